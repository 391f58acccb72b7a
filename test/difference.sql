-- \set source, data (the schema of the bulletin's data) and zone, and run this: the view "difference" holds what the daily counts of a bulletin and plain SQL
-- over its sources do not agree on, by metric, day, kind of account and key. The session's role reads both.
SELECT string_agg(format($$SELECT %1$L::text AS metric, (s.%2$I AT TIME ZONE %3$L)::date AS day, %4$s AS account, s.%5$I::bigint AS key, %6$s::numeric AS count
        FROM %7$I.%8$I s %9$s WHERE isfinite(s.%2$I) AND s.%5$I IS NOT NULL GROUP BY 2, 3, 4 HAVING %6$s > 0$$,
    m.metric, m.time_column, :'zone', CASE WHEN m.member_column IS NULL THEN 'NULL::text' ELSE
        $$CASE WHEN w.member_id IS NULL THEN NULL WHEN w.org_type IS NULL THEN 'individual' WHEN w.allocated THEN 'station' ELSE 'registered' END$$ END,
    m.key_column, coalesce('sum(s.' || quote_ident(m.weight_column) || ')', 'count(*)'), :'source', m.source,
    CASE WHEN m.member_column IS NULL THEN '' ELSE format('LEFT JOIN %I.member w ON w.member_id = s.%I', :'source', m.member_column) END),
    ' UNION ALL ') AS truth
FROM edustats.metric m JOIN :"data".metric USING (metric) \gset
SET client_min_messages = warning;
CREATE OR REPLACE VIEW truth AS :truth;
CREATE OR REPLACE VIEW computed AS
SELECT a.metric, a.day, c.account, e.key, sum(e.count) AS count
FROM :"data".activity a JOIN :"data".class c USING (class) CROSS JOIN LATERAL edustats.each(a.tally) e GROUP BY 1, 2, 3, 4;
CREATE OR REPLACE VIEW difference AS
SELECT metric, day, account, key, sum(truth) AS truth, sum(computed) AS computed
FROM (SELECT metric, day, account, key, count AS truth, NULL AS computed FROM truth
      UNION ALL SELECT metric, day, account, key, NULL, count FROM computed) d
GROUP BY 1, 2, 3, 4
HAVING sum(truth) IS DISTINCT FROM sum(computed);
