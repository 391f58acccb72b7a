-- Prints a script for timed: the statements that tools send, over each documented view that has months, or, with :schema
-- "plain", over a table of its rows; they are called VIEW.SHAPE. {v} is the view, {counts} counts the values of all its columns.
SELECT '\pset format unaligned';
SELECT replace(replace(string_agg(s.script, E'\n' ORDER BY s.place), '{v}', format('%I.%I', :'schema', c.relname)), '{counts}',
               (SELECT string_agg(format('count(v.%I)', o.attname), ', ' ORDER BY o.attnum) FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attnum > 0))
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'month'
CROSS JOIN LATERAL (
    SELECT 0 AS place, format($$PREPARE any_%s(date[]) AS SELECT * FROM {v} WHERE month = ANY ($1);$$, c.relname) AS script
    UNION ALL
    SELECT 0, $$SELECT * FROM {v} WHERE month = '2015-03-01';$$
    UNION ALL
    SELECT t.place, format(E'-- @%s.%s\n%s;\n-- @@', c.relname, t.shape, t.statement)
    FROM (VALUES (1, 'month', $$SELECT * FROM {v} WHERE month = '2015-03-01'$$),
                 (2, 'all', 'SELECT * FROM {v}'),
                 (3, 'count', 'SELECT count(*) FROM {v}'),
                 (4, 'months', 'SELECT DISTINCT month FROM {v}'),
                 (5, 'preview', 'SELECT * FROM (SELECT * FROM {v}) v LIMIT 1000'),
                 (6, 'years', $$SELECT date_trunc('year', month), {counts} FROM {v} v GROUP BY 1$$),
                 (7, 'date_table_year', 'SELECT d.year, v.* FROM date_table d JOIN {v} v ON v.month = d.month WHERE d.year = 2014'),
                 (8, 'date_table', 'SELECT d.year, {counts} FROM date_table d JOIN {v} v ON v.month = d.month GROUP BY 1'),
                 (9, 'any', format($$EXECUTE any_%s('{2010-03-01,2011-03-01,2012-03-01,2013-03-01,2014-01-01,2014-02-01,2014-03-01,2015-01-01,2015-02-01,2015-03-01}')$$,
                                   c.relname))) t(place, shape, statement)) s
WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v'
GROUP BY c.relname, c.oid
ORDER BY c.relname;
