-- Numbers as a bulletin prints them, against plain SQL.
\pset format unaligned
\pset tuples_only on
SELECT setseed(0.2015);

\echo # growth and share: the published figures, then generated ones
SELECT edustats.growth(42505, 42382), edustats.growth(110, 100), edustats.growth(96.8, 100), edustats.growth(7, 7),
    edustats.growth(0, 5), edustats.growth(-5, 10), edustats.growth(bigint '9223372036854775807', 1);
SELECT edustats.share(13450.27, 18144.79), edustats.share(3993.77, 18144.79), edustats.share(700.75, 18144.79),
    edustats.share(0, 5), edustats.share(5, 5), edustats.share(-1, 3), edustats.share(-1, -3), edustats.share(10, 3);
\echo # halves go away from zero
SELECT edustats.growth(1.00005, 1), edustats.growth(0.99995, 1), edustats.growth(1.00004999, 1),
    edustats.share(1, 800), edustats.share(-1, 800), edustats.share(3, 800);
\echo # rounded once: this share is a little less than 0.005, and a division that rounds first does not see it
SELECT edustats.share(1e26 - 1, 2e30), edustats.share(1e26, 2e30), round((1e26 - 1) * 100 / 2e30, 2);
SELECT count(*), count(*) FILTER (WHERE edustats.growth(a, b) IS DISTINCT FROM round((a - b) * 100 / b, 2)),
    count(*) FILTER (WHERE edustats.share(a, b) IS DISTINCT FROM round(a * 100 / b, 2)),
    count(*) FILTER (WHERE scale(edustats.growth(a, b)) <> 2 OR scale(edustats.share(a, b)) <> 2)
FROM (SELECT round((random() * 10 ^ (random() * 9 - 2))::numeric, (random() * 4)::int) AS a,
        round((random() * 10 ^ (random() * 9 - 2))::numeric, (random() * 4)::int) + 0.0001 AS b
    FROM generate_series(1, 20000)) n;
SELECT count(*), count(*) FILTER (WHERE edustats.share(a, b) IS DISTINCT FROM round(a * 100.0 / b, 2))
FROM generate_series(-130, 130) a, generate_series(-130, 130) b WHERE b <> 0;
\echo # no base, and NULL
SELECT n, edustats.growth(c, p) IS NULL, edustats.share(c, p) IS NULL
FROM (VALUES (1, 5, 0), (2, 0, 0), (3, 5, NULL), (4, NULL, 5), (5, NULL, NULL), (6, 5, -5)) v(n, c, p);

\echo # changes in words
SELECT edustats.growth_text(c, p) FROM (VALUES (1, 42505, 42382), (2, 110, 100), (3, 210, 100), (4, 200, 100),
    (5, 199.99, 100), (6, 199.995, 100), (7, 199.994, 100), (8, 210.55, 100),
    (9, 305, 100), (10, 96.8, 100),
    (11, 7, 7), (12, 7.0, 7.00), (13, 0, 7),
    (14, -7, 7), (15, 1000001, 1000000), (16, 999999, 1000000), (17, 1000050, 1000000),
    (18, 999950, 1000000),
    (19, 5, 0), (20, 0, 0), (21, 5, -5), (22, -5, -5), (23, 5, NULL), (24, 100000000, 3)) v(n, c, p) ORDER BY n;
SELECT edustats.growth_text(bigint '42505', bigint '42382', '2月'), edustats.growth_text(7, 7, '一季度'),
    edustats.growth_text(7, NULL, '去年同期'), edustats.growth_text(7, 0, ''),
    edustats.growth_text(700001, 700000, '上周');
SELECT edustats.growth_text(NULL, 5) IS NULL, edustats.growth_text(NULL, NULL) IS NULL,
    edustats.growth_text(5, 5, NULL) IS NULL;
-- The words say what growth() says.
SELECT count(*), count(*) FILTER (WHERE edustats.growth_text(c, p, 'X') IS DISTINCT FROM
    CASE WHEN c = p THEN '与X持平'
        WHEN g = 0 THEN '与X基本持平'
        WHEN g >= 100 THEN '比X增长' || trim_scale(round((c - p) / p, 2)) || '倍'
        WHEN g > 0 THEN '比X增长' || g || '%'
        ELSE '比X下降' || -g || '%' END)
FROM (SELECT c, p, round((c - p) * 100 / p, 2) AS g FROM (
    SELECT round((random() * 100)::numeric, 2) AS c, round((random() * 100 + 1)::numeric, 2) AS p
        FROM generate_series(1, 10000)
    UNION ALL SELECT 30000 + n, 30000 FROM generate_series(-20, 20) n) s) n;
SELECT edustats.share_text(13450.27, 18144.79), edustats.share_text(5, 5), edustats.share_text(0, 5),
    edustats.share_text(5, 0), edustats.share_text(5, NULL), edustats.share_text(NULL, 5) IS NULL,
    edustats.share_text(NULL, NULL) IS NULL;

\echo # ten thousands
SELECT n, edustats.wan_text(n) FROM unnest(ARRAY[0, 0.00, 7, 6046, 9999, 9999.99, 9999.994, 9999.995, 10000, 10049,
    10050, 44500, 205300, 1392400, 13450.27, 2370000, 3.10, 3.14159, 0.004, -0.004, -6046, -9999.995, -44500, -237e4,
    99999999, 99994999, 99995000, 99999949.99, 100000000, 120000000, 100499999, 100500000, 1e12, 123456789012.34,
    -99999999, -1e8]) AS n;
SELECT count(*), count(*) FILTER (WHERE edustats.wan_text(x) IS DISTINCT FROM CASE
    WHEN abs(round(x, 2)) < 10000 THEN trim_scale(round(x, 2))::text
    WHEN abs(round(x / 10000, 2)) < 10000 THEN trim_scale(round(x / 10000, 2)) || '万'
    ELSE trim_scale(round(x / 100000000, 2)) || '亿' END)
FROM (SELECT round(((random() - 0.3) * 10 ^ (random() * 12))::numeric, (random() * 3)::int) AS x
    FROM generate_series(1, 20000)) n;
SELECT edustats.wan_text(NULL) IS NULL, edustats.wan_text(bigint '-9223372036854775808');

\echo # cells
SELECT edustats.decimal_text(5215.7), edustats.decimal_text(0), edustats.decimal_text(-0.001),
    edustats.decimal_text(0.005), edustats.decimal_text(-0.005), edustats.decimal_text(1234567.895),
    edustats.decimal_text(1169, 0), edustats.decimal_text(2.5, 0), edustats.decimal_text(1e20, 1),
    length(edustats.decimal_text(1, 1000)), edustats.decimal_text(NULL) IS NULL;
SELECT edustats.cell_text(5215.7), edustats.cell_text(NULL), edustats.cell_text(0), edustats.cell_text(NULL, 0),
    edustats.cell_text(1169, 0), edustats.cell_text(5, NULL) IS NULL;
SELECT edustats.percent_text(37.91), edustats.percent_text(0), edustats.percent_text(100),
    edustats.percent_text(30.005), edustats.percent_text(NULL);

\echo # numbers that are none
CREATE FUNCTION pg_temp.state_of(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT edustats.' || expression INTO result;
    RETURN 'no error: ' || coalesce(left(result, 40), 'NULL') || ', ' || coalesce(length(result), 0);
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT format(f, v), pg_temp.state_of(format(f, v))
FROM unnest(ARRAY['growth(%L, 1)', 'growth(1, %L)', 'share(%L, 1)', 'share(1, %L)', 'growth_text(%L, 1)',
        'growth_text(1, %L)', 'growth_text(%L, NULL)', 'share_text(%L, NULL)', 'share_text(1, %L)', 'wan_text(%L)',
        'decimal_text(%L)', 'cell_text(%L)', 'percent_text(%L)']) AS f, unnest(ARRAY['NaN', '-Infinity']) AS v;
SELECT edustats.growth(1, 'Infinity');
\echo # very large and very small numbers
SELECT e, pg_temp.state_of(e) FROM unnest(ARRAY['growth(1e1000, 1)', 'growth(1, 1e1000)', 'share(1e1000, 3e1000)',
    'growth_text(1e1000, 1)', 'growth_text(1, 1e1000)', 'share_text(1e-1000, 1e1000)',
    'wan_text(1e1000)', 'wan_text(-1e1000)', 'wan_text(1e-1000)',
    'decimal_text(1e1000)', 'percent_text(1e1000)', 'share(9e131071, 1)',
    'growth(9e131071, -9e131071)', 'growth(1e-16383, 3e-16383)',
    'share(9e131071, 1e-16383)', 'wan_text(9e131071)', 'cell_text(9e131071, 1000)',
    'decimal_text(1, -1)', 'decimal_text(1, 1001)', 'cell_text(1, 2147483647)', 'cell_text(1, -2147483648)']) AS e;
