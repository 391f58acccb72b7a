-- Turns the figures in this folder's CSV files into the raw rows that a platform would have had to bring them about:
-- fills the tables of CALL edustats.create_platform('platform'), which must be empty. The same rows on every server
-- and in every session: no random numbers, no hash function of the server's, no dependence on the session's time zone.
-- Included with \ir, from anywhere (see csv.sql); check.sql proves the result.
\set ON_ERROR_STOP on
\set load_quiet :QUIET
\set QUIET on
\encoding UTF8
\ir csv.sql

BEGIN;

-- A number from 0 to below - 1 that looks like chance: two rounds of a linear congruence within 32 bits.
CREATE FUNCTION pg_temp.scatter(seed bigint, below bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN (((((seed * 1103515245 + 12345) & 4294967295) # (((seed * 1103515245 + 12345) & 4294967295) >> 16))
    * 1540483477 + 99991) & 4294967295) % below;

-- The months with rows, from the first instant to the first instant after.
CREATE TEMPORARY TABLE month ON COMMIT DROP AS
SELECT month, starts, ends, extract(epoch FROM ends - starts)::bigint AS seconds
FROM (VALUES (1, timestamptz '2015-01-01 00:00:00+08', timestamptz '2015-02-01 00:00:00+08'),
    (2, '2015-02-01 00:00:00+08', '2015-03-01 00:00:00+08'),
    (3, '2015-03-01 00:00:00+08', '2015-04-01 00:00:00+08')) AS m(month, starts, ends);

-- When the i-th event of its kind happens: the first in the month's first second, the second in its last, so that a
-- wrong time zone or bound shows for every key; the others anywhere.
CREATE FUNCTION pg_temp.moment(starts timestamptz, seconds bigint, seed bigint, i bigint) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN starts + interval '1 second'
    * CASE i WHEN 1 THEN 0 WHEN 2 THEN seconds - 1 ELSE pg_temp.scatter(seed * 100003 + i, seconds) END;

\ir load_members.sql
\ir load_learning.sql
\ir load_content.sql
\ir load_interaction.sql

DROP FUNCTION pg_temp.moment, pg_temp.scatter;
COMMIT;

-- The benchmark leaves that to autovacuum.
\if :{?unanalyzed}
\else
ANALYZE platform.district, platform.member, platform.station_fitness, platform.course, platform.site_column,
    platform.article, platform.topic, platform.blog, platform.village_topic, platform.village_participant,
    platform.opening_balance, platform.learning_session, platform.course_click, platform.column_visit,
    platform.article_view, platform.forum_post, platform.topic_view, platform.blog_post, platform.village_post,
    platform.report;
\endif
\set QUIET :load_quiet
