-- tally: what one tells of another's keys, and tallies by day
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

-- On some, on none, on NULL
SELECT t, regroup(t, '{5:7, 9:7, 10:1}') AS one_group, regroup(t, '{5:2, 9:1}') AS two, regroup(t, '{}') AS none, regroup(t, NULL) AS of_null,
    set_counts(t, 1) AS ones, set_counts(t, NULL) AS null_count, not_below(t, 7) AS raised, not_below(t, 9) AS to_last, not_below(t, 100) AS above,
    not_below(t, -100) AS below
FROM (VALUES (1, '{5:3, 9:1}'::tally), (2, '{}'), (3, NULL), (4, '{-9223372036854775808:1, 9223372036854775807:2}')) v (i, t)
ORDER BY i;
SELECT set_counts('{1:1}', 0);
SELECT set_counts('{1:1}', -1);
SELECT set_counts('{1:1, 2:1}', 9223372036854775807);
SELECT set_counts('{1:1}', 9223372036854775807) AS largest, regroup('{1:9223372036854775806, 2:1}', '{1:5, 2:5}') AS all_one;

-- Days as numbers, and back
SELECT day, day_number(day), CASE WHEN isfinite(day) THEN numbered_day(day_number(day)) END AS back
FROM (VALUES (1, 'infinity'::date), (2, '-infinity'), (3, '2015-03-31'), (4, '4714-11-24 BC'), (5, '5874897-12-31'), (6, NULL)) v (i, day) ORDER BY i;
SELECT numbered_day(0);
SELECT numbered_day(-1);
SELECT numbered_day(day_number('5874897-12-31') + 1);
SELECT numbered_day(9223372036854775807);

-- What was counted on some days
CREATE TEMP TABLE history AS
SELECT tally_agg(day_number(day), n) AS tally FROM (VALUES ('2015-01-31'::date, 1), ('2015-02-01', 10), ('2015-02-28', 100), ('2015-03-01', 1000)) v (day, n);
SELECT first, last, in_days(tally, first, last)
FROM history CROSS JOIN (VALUES (1, '2015-02-01'::date, '2015-02-28'::date), (2, '-infinity', '2015-02-27'), (3, '2015-02-02', 'infinity'), (4, '-infinity', 'infinity'),
    (5, '2015-02-28', '2015-02-01'), (6, 'infinity', '-infinity'), (7, NULL, 'infinity'), (8, '2015-02-01', NULL)) v (i, first, last)
ORDER BY i;
SELECT in_days('{}', '-infinity', 'infinity') AS of_none, in_days(NULL, '-infinity', 'infinity') AS of_null,
    in_days('{-5:9223372036854775000, 1:807}', '-infinity', 'infinity') AS no_day, in_days('{1:9223372036854775807}', '-infinity', 'infinity') AS most;

-- What lasts on a day
SELECT day, lasting(began, ended, day)
FROM (SELECT tally_agg(key, day_number(began)) AS began, tally_agg(key, day_number(ended)) AS ended
      FROM (VALUES (1, '2015-01-05'::date, NULL::date), (2, '2015-01-05', '2015-01-07'), (3, '2015-01-06', '2015-01-06'), (4, '-infinity', 'infinity'),
          (5, '2015-01-07', '2015-01-05'), (6, 'infinity', NULL), (7, NULL, '2015-01-05')) v (key, began, ended)) t
CROSS JOIN (VALUES ('2015-01-04'::date), ('2015-01-05'), ('2015-01-06'), ('2015-01-07'), ('infinity'), ('-infinity'), (NULL)) d (day)
ORDER BY day;

-- Against plain SQL: 300 pairs of tallies with keys in common, groups and days few and many
CREATE TEMP TABLE pair AS
SELECT id, tally_agg(key, 1 + abs(hashint8(row)) % 9) FILTER (WHERE side < 2) AS a,
    tally_agg(key, 1 + abs(hashint8(key)) % (CASE id % 2 WHEN 0 THEN 5 ELSE 2000 END)) FILTER (WHERE side > 0) AS b
FROM (SELECT id, row, abs(hashint8(row)) % 3 AS side,
          CASE id % 3 WHEN 0 THEN hashint8extended(row, id) % 20 WHEN 1 THEN hashint8extended(row, id) % 1000 * 10000000000000 ELSE hashint8extended(row, id) % 400 END AS key
      FROM generate_series(1, 300) id, generate_series(1, 200) row) v
GROUP BY id;
WITH a AS (SELECT id, e.* FROM pair, each(a) e), b AS (SELECT id, e.* FROM pair, each(b) e),
    read AS (SELECT id, 'regroup' AS what, e.key, e.count FROM pair, each(regroup(a, b)) e
        UNION ALL SELECT id, 'set_counts', e.key, e.count FROM pair, each(set_counts(a, id)) e
        UNION ALL SELECT id, 'not_below', e.key, e.count FROM pair, each(not_below(a, id - 150)) e
        UNION ALL SELECT id, 'in_days', n, in_days(b, date '4714-11-24 BC' + n - 1, date '4714-11-24 BC' + 2 * n - 1) FROM pair, generate_series(1, 400, 100) n
        UNION ALL SELECT id, 'lasting', e.key, e.count FROM pair, each(lasting(a, b, date '4714-11-24 BC' + 3)) e),
    plain AS (SELECT a.id, 'regroup' AS what, b.count AS key, sum(a.count)::bigint AS count FROM a JOIN b USING (id, key) GROUP BY a.id, b.count
        UNION ALL SELECT id, 'set_counts', key, id FROM a
        UNION ALL SELECT id, 'not_below', greatest(key, id - 150), sum(count)::bigint FROM a GROUP BY id, greatest(key, id - 150)
        UNION ALL SELECT p.id, 'in_days', n, coalesce(sum(b.count), 0)::bigint FROM pair p CROSS JOIN generate_series(1, 400, 100) n
                  LEFT JOIN b ON b.id = p.id AND b.key BETWEEN n AND 2 * n GROUP BY p.id, n
        UNION ALL SELECT a.id, 'lasting', a.key, 1 FROM a LEFT JOIN b USING (id, key) WHERE a.count <= 4 AND (b.count <= 4) IS NOT TRUE)
SELECT what, count(*) > 500 AS many, count(*) FILTER (WHERE plain.key IS NULL OR read.key IS NULL) AS differences
FROM read FULL JOIN plain USING (id, what, key, count) GROUP BY what ORDER BY what;
