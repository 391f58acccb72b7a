-- Reads the CSV files of this folder into temporary tables, one a file: table_1.csv into csv_table_1 and so on. For
-- load.sql, check.sql and whoever compares views with the published figures; included with \ir, from anywhere.
--
-- \copy takes its path relative to psql's working directory, not to the script, and psql tells no script where it lies.
-- So the folder is, in this order: the variable march_2015 (psql -v march_2015=/path/to/test/march_2015), or the folder
-- of this very file, which psql holds open while reading it: told by /proc on Linux, by lsof elsewhere.
\set ON_ERROR_STOP on
\set csv_quiet :QUIET
\set QUIET on
\if :{?march_2015}
\else
    \set csv_open `if [ -d /proc/$PPID/fd ]; then ls -l /proc/$PPID/fd; else lsof -p $PPID -Fn; fi`
    SELECT coalesce(substring(:'csv_open' FROM '(?n)^(?:n|.* -> )(/.*)/csv\.sql$'), '') AS march_2015 \gset
\endif
SELECT :'march_2015' = '' AS csv_lost, current_setting('client_min_messages') AS csv_messages \gset
\if :csv_lost
    \warn 'march_2015: this folder was not found; name it: psql -v march_2015=/path/to/test/march_2015'
    DO $$BEGIN RAISE EXCEPTION 'march_2015: folder not found'; END$$;
\endif

SET client_min_messages = warning;
DROP TABLE IF EXISTS
    pg_temp.csv_table_1, pg_temp.csv_table_2, pg_temp.csv_table_3, pg_temp.csv_table_4, pg_temp.csv_table_5,
    pg_temp.csv_table_6, pg_temp.csv_table_7, pg_temp.csv_table_8, pg_temp.csv_table_9, pg_temp.csv_figure_1,
    pg_temp.csv_figure_2, pg_temp.csv_figure_3, pg_temp.csv_figure_4, pg_temp.csv_figure_5, pg_temp.csv_sentences,
    pg_temp.csv_invented_districts, pg_temp.csv_invented_stations, pg_temp.csv_invented_courses,
    pg_temp.csv_invented_columns, pg_temp.csv_invented_articles, pg_temp.csv_invented_topics,
    pg_temp.csv_invented_posts;

CREATE TEMPORARY TABLE csv_table_1 (row int, audience text, org_type text, account text, users bigint);
CREATE TEMPORARY TABLE csv_table_2 (
    row int, district text, rural numeric, community numeric, agency numeric, soe numeric, new_org numeric,
    total numeric
);
CREATE TEMPORARY TABLE csv_table_3 (
    row int, district text, rural_attended bigint, rural_absent bigint, rural_expected bigint, rural_rate numeric,
    community_attended bigint, community_absent bigint, community_expected bigint, community_rate numeric
);
CREATE TEMPORARY TABLE csv_table_4 (rank int, station text, hours numeric);
CREATE TEMPORARY TABLE csv_table_5 (
    rank int, rural_category text, rural_clicks bigint, community_category text, community_clicks bigint
);
CREATE TEMPORARY TABLE csv_table_6 (rank int, course text, producer text, clicks bigint);
CREATE TEMPORARY TABLE csv_table_7 (
    rank int, rural_course text, rural_clicks bigint, community_course text, community_clicks bigint
);
CREATE TEMPORARY TABLE csv_table_8 (rank int, article text, column_name text, views bigint);
CREATE TEMPORARY TABLE csv_table_9 (rank int, topic text, views bigint);
CREATE TEMPORARY TABLE csv_figure_1 (rank int, category text, clicks bigint, invented boolean);
CREATE TEMPORARY TABLE csv_figure_2 (rank int, column_name text, visits bigint, invented boolean);
CREATE TEMPORARY TABLE csv_figure_3 (rank int, category text, posts bigint, invented boolean);
CREATE TEMPORARY TABLE csv_figure_4 (rank int, district text, posts bigint, invented boolean);
CREATE TEMPORARY TABLE csv_figure_5 (rank int, topic text, posts bigint, invented boolean);
CREATE TEMPORARY TABLE csv_sentences (
    section int, metric text, item text, published numeric, unit text, exact numeric, invented boolean
);
CREATE TEMPORARY TABLE csv_invented_districts (
    position int, district text, code bigint, suffix text, towns text, streets text
);
CREATE TEMPORARY TABLE csv_invented_stations (district text, org_type text, stations bigint, learners bigint);
CREATE TEMPORARY TABLE csv_invented_courses (
    course_id bigint, course text, producer text, category text, rural_clicks bigint, community_clicks bigint,
    other_clicks bigint
);
CREATE TEMPORARY TABLE csv_invented_columns (
    column_id bigint, column_name text, medium text, february bigint, march bigint
);
CREATE TEMPORARY TABLE csv_invented_articles (
    article_id bigint, article text, column_name text, february bigint, march bigint
);
CREATE TEMPORARY TABLE csv_invented_topics (
    topic_id bigint, topic text, board text, february bigint, march bigint
);
CREATE TEMPORARY TABLE csv_invented_posts (
    district text, forum_february bigint, forum_march bigint, blog_february bigint, blog_march bigint
);

\set csv_back `pwd`
\cd :march_2015
\copy csv_table_1 FROM 'table_1.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_2 FROM 'table_2.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_3 FROM 'table_3.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_4 FROM 'table_4.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_5 FROM 'table_5.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_6 FROM 'table_6.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_7 FROM 'table_7.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_8 FROM 'table_8.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_table_9 FROM 'table_9.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_figure_1 FROM 'figure_1.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_figure_2 FROM 'figure_2.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_figure_3 FROM 'figure_3.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_figure_4 FROM 'figure_4.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_figure_5 FROM 'figure_5.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_sentences FROM 'sentences.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_districts FROM 'invented_districts.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_stations FROM 'invented_stations.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_courses FROM 'invented_courses.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_columns FROM 'invented_columns.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_articles FROM 'invented_articles.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_topics FROM 'invented_topics.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\copy csv_invented_posts FROM 'invented_posts.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\cd :csv_back
SET client_min_messages = :csv_messages;
\set QUIET :csv_quiet
