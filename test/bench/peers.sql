-- What others keep for table 7: clicks by month, kind of organisation and course. A materialized view keeps them of the platform's
-- own clicks; the others of a copy of a million at most, as they make it for as long as all else takes.
\set ON_ERROR_STOP on
CREATE SCHEMA peers;
CREATE TABLE peers.plain (LIKE platform.course_click INCLUDING ALL);
INSERT INTO peers.plain SELECT * FROM platform.course_click TABLESAMPLE SYSTEM (:percent);
CREATE TABLE peers.incremental (LIKE peers.plain INCLUDING ALL);
CREATE TABLE peers.continuous (LIKE peers.plain INCLUDING ALL);
INSERT INTO peers.incremental TABLE peers.plain;
-- The query that counts, of some clicks.
CREATE FUNCTION peers.counts(clicks text, month text DEFAULT $$date_trunc('month', k.clicked_at AT TIME ZONE 'Asia/Shanghai')$$)
RETURNS text LANGUAGE sql AS $function$
    SELECT format('SELECT %2$s AS month, m.org_type, k.course_id, count(*) AS clicks '
                  'FROM %1$s k JOIN platform.member m ON m.member_id = k.member_id GROUP BY %2$s, m.org_type, k.course_id', clicks, month)
$function$;
-- Table 7 of March over what such a query counts.
CREATE FUNCTION peers.table_7(counted text, month text DEFAULT '2015-03-01') RETURNS text LANGUAGE sql AS $function$
    SELECT format($query$
        SELECT rank, max(title) FILTER (WHERE org_type = '农村') AS rural_course, max(clicks) FILTER (WHERE org_type = '农村') AS rural_clicks,
               max(title) FILTER (WHERE org_type = '社区') AS community_course, max(clicks) FILTER (WHERE org_type = '社区') AS community_clicks
        FROM (SELECT p.org_type, c.title, p.clicks, row_number() OVER (PARTITION BY p.org_type ORDER BY p.clicks DESC, p.course_id) AS rank
              FROM %s p JOIN platform.course c USING (course_id)
              WHERE p.month = %L AND p.org_type IN ('农村', '社区')) r
        WHERE rank <= 10 GROUP BY rank ORDER BY rank;$query$, counted, month)
$function$;
SELECT 'CREATE MATERIALIZED VIEW peers.materialized_counts AS ' || peers.counts('platform.course_click') \gexec
CREATE INDEX ON peers.materialized_counts (month, org_type);
