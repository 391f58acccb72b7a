-- tally: its entries as rows
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

SELECT * FROM each('{-5:1, 5:3, 9:1}');
SELECT * FROM each('{}') UNION ALL SELECT * FROM each(NULL);
SELECT * FROM each('{-9223372036854775808:9223372036854775806, 9223372036854775807:1}');
SELECT (each('{5:3, 9:1}')).*;

-- Ties: the lower key first
SELECT * FROM top('{1:3, 2:5, 3:5, 9:1}', 3);
SELECT string_agg(format('%s. %s:%s', rank, key, count), '  ' ORDER BY rank)
FROM top('{-7:2, -3:2, 1:2, 2:2, 5:9, 6:2}', 4);
SELECT n, (SELECT count(*) FROM top('{1:3, 2:5, 3:5, 9:1}', n))
FROM unnest(ARRAY[0, 1, 3, 4, 5, 9223372036854775807, NULL]) n;
SELECT * FROM top('{}', 3) UNION ALL SELECT * FROM top(NULL, 3);
SELECT * FROM top('{1:1}', -1);
SELECT * FROM top('{1:1}', -9223372036854775808);
-- Against plain SQL: many ties, n from none to all
WITH tallied AS (
        SELECT id, tally_agg(abs(hashint8extended(row, id)) % 60 * (id % 3 - 1)) AS t
        FROM generate_series(1, 300) id, LATERAL generate_series(1, id) row GROUP BY id),
    top AS (SELECT id, n, e.* FROM tallied, generate_series(0, 65, 5) n, top(t, n) e),
    ranked AS (SELECT id, row_number() OVER (PARTITION BY id ORDER BY count DESC, key) AS rank, key, count
        FROM tallied, each(t)),
    plain AS (SELECT * FROM ranked, generate_series(0, 65, 5) n WHERE rank <= n)
SELECT count(*) > 50000 AS many, count(*) FILTER (WHERE top.key IS NULL OR plain.key IS NULL) AS differences
FROM top FULL JOIN plain USING (id, n, rank, key, count);
SELECT sum(key) AS keys, min(count), max(rank)
FROM (SELECT tally_agg(i, 1 + i % 1000) AS t FROM generate_series(1, 200000) i) v, top(t, 201);

-- The planner knows the number of rows of constants.
CREATE FUNCTION pg_temp.planned_rows(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    EXECUTE 'EXPLAIN ' || query INTO line;
    RETURN substring(line FROM 'rows=(\d+)');
END
$$;
SELECT pg_temp.planned_rows($$ SELECT * FROM edustats.each('{1:1, 2:1, 3:1}') $$) AS each,
    pg_temp.planned_rows($$ SELECT * FROM edustats.top('{1:1, 2:1, 3:1}', 2) $$) AS top,
    pg_temp.planned_rows($$ SELECT * FROM edustats.top('{1:1, 2:1, 3:1}', 20) $$) AS top_all,
    pg_temp.planned_rows($$ SELECT * FROM edustats.top((SELECT '{1:1}'::edustats.tally), 25) $$) AS top_of_some,
    pg_temp.planned_rows($$ SELECT * FROM edustats.top((SELECT '{1:1}'::edustats.tally), (SELECT 3)) $$) AS unknown,
    pg_temp.planned_rows($$ SELECT * FROM edustats.each((SELECT '{1:1}'::edustats.tally)) $$) AS unknown_each;
