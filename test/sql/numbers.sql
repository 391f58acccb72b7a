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

\echo # percentage points
SELECT n, edustats.points_text(c, p) FROM (VALUES (1, 67.84, 67.49), (2, 67.49, 67.84), (3, 5, 5.00), (4, 5, 5.004999), (5, 5.004999, 5),
    (6, 5.005, 5), (7, 5, 5.005), (8, 0, 0), (9, 100, 0), (10, 0, 100), (11, 5.5, -5), (12, -5, -4.5), (13, 0.3, NULL), (14, 31.67, 30.67)) v(n, c, p) ORDER BY n;
SELECT edustats.points_text(7, 6, '去年同期'), edustats.points_text(7, 7, ''), edustats.points_text(7, NULL, '上季度'),
    edustats.points_text(NULL, 5) IS NULL, edustats.points_text(NULL, NULL) IS NULL, edustats.points_text(5, 5, NULL) IS NULL;
SELECT count(*), count(*) FILTER (WHERE edustats.points_text(c, p, 'X') IS DISTINCT FROM
    CASE WHEN c = p THEN '与X持平'
        WHEN round(c - p, 2) = 0 THEN '与X基本持平'
        WHEN c > p THEN '比X提高' || round(c - p, 2) || '个百分点'
        ELSE '比X下降' || round(p - c, 2) || '个百分点' END)
FROM (SELECT round((random() * 3)::numeric, (random() * 4)::int) AS c, round((random() * 3)::numeric, (random() * 4)::int) AS p
    FROM generate_series(1, 20000)) n;
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

\echo # a unit that is said
SELECT n, edustats.unit_text(n, '万'), edustats.unit_text(n, '万', 0), edustats.unit_text(n, '亿', 3)
FROM unnest(ARRAY[0, 7, 50, 49.999999, -50, -49.999999, 6600, 784000, 44500, 205300, 5000, 4999.99, -15000, 99999999, 123456789012.34, 1e20]) AS n;
SELECT edustats.unit_text(NULL, '万') IS NULL, edustats.unit_text(1, NULL) IS NULL, edustats.unit_text(1, '万', NULL) IS NULL,
    edustats.unit_text(bigint '-9223372036854775808', '万'), length(edustats.unit_text(1, '亿', 1000));
SELECT count(*), count(*) FILTER (WHERE edustats.unit_text(x, '万', s) IS DISTINCT FROM round(x / 10000, s) || '万'),
    count(*) FILTER (WHERE edustats.unit_text(x, '亿', s) IS DISTINCT FROM round(x / 100000000, s) || '亿')
FROM (SELECT round(((random() - 0.5) * 10 ^ (random() * 12))::numeric, (random() * 3)::int) AS x, (random() * 6)::int AS s
    FROM generate_series(1, 20000)) n;
\echo # rounded once: a little less than a half, at the last decimal that numeric has
SELECT edustats.unit_text(50 - (n || 'e-16383')::numeric, '万'), edustats.wan_text(1000050 - (n || 'e-16383')::numeric) FROM generate_series(0, 1) n;

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
        'decimal_text(%L)', 'cell_text(%L)', 'percent_text(%L)', 'points_text(%L, 1)', 'points_text(1, %L)', 'points_text(%L, NULL)',
        'unit_text(%L, ''万'')']) AS f, unnest(ARRAY['NaN', '-Infinity']) AS v;
SELECT edustats.growth(1, 'Infinity');
\echo # very large and very small numbers
SELECT e, pg_temp.state_of(e) FROM unnest(ARRAY['growth(1e1000, 1)', 'growth(1, 1e1000)', 'share(1e1000, 3e1000)',
    'growth_text(1e1000, 1)', 'growth_text(1, 1e1000)', 'share_text(1e-1000, 1e1000)',
    'wan_text(1e1000)', 'wan_text(-1e1000)', 'wan_text(1e-1000)',
    'decimal_text(1e1000)', 'percent_text(1e1000)', 'share(9e131071, 1)',
    'growth(9e131071, -9e131071)', 'growth(1e-16383, 3e-16383)',
    'share(9e131071, 1e-16383)', 'wan_text(9e131071)', 'cell_text(9e131071, 1000)',
    'decimal_text(1, -1)', 'decimal_text(1, 1001)', 'cell_text(1, 2147483647)', 'cell_text(1, -2147483648)',
    'points_text(1e1000, -1e1000)', 'points_text(1e-1000, 2e-1000)', 'points_text(9e131071, -9e131071)',
    'unit_text(1e1000, ''万'')', 'unit_text(-1e-1000, ''亿'')', 'unit_text(9e131071, ''亿'', 1000)', 'unit_text(1, ''万'', -1)',
    'unit_text(1, ''万'', 1001)', 'unit_text(1, ''千'')', 'unit_text(1, '''')', 'unit_text(1, ''万 '')',
    'unit_text(1, ''<&%%s'')', 'unit_text(1, repeat(''万'', 9))']) AS e;

\echo # names of places, short
SELECT string_agg(n || ' ' || edustats.short_name(n), ', ' ORDER BY place) FROM unnest(ARRAY[
    '大兴区 大兴 密云县 东城区 西城区 石景山区 门头沟区 蓟县 新县 城区 东区 沙市区 津市市 新市区 高新区 大新区 北京市 河北省 锡林郭勒盟 敖汉旗 阿克苏地区 六枝特区 神农架林区 浦东新区 香港特别行政区',
    '大厂回族自治县 围场满族蒙古族自治县 积石山保安族东乡族撒拉族自治县 张家川回族自治县 东乡族自治县 喀喇沁左翼蒙古族自治县 巴里坤哈萨克自治县 龙胜各族自治县 鄂温克族自治旗 鄂伦春自治旗 瀍河回族区 梅里斯达斡尔族区 东乡区',
    '内蒙古自治区 西藏自治区 新疆维吾尔自治区 巴音郭楞蒙古自治州 黔西南布依族苗族自治州 北京经济技术开发区 苏州工业园区 下花园区 井陉矿区 市辖区 阿拉善左旗 科尔沁左翼中旗 杭锦后旗 正蓝旗']) WITH ORDINALITY r(names, row),
    string_to_table(names, ' ') WITH ORDINALITY p(n, place) GROUP BY row ORDER BY row;
\echo # what is no such name stays, and a short name is how the name begins
SELECT count(*), count(*) FILTER (WHERE edustats.short_name(n) IS DISTINCT FROM n)
FROM unnest(ARRAY['', ' ', '区', '县', '自治', '其他', 'Chaoyang', 'Chaoyang District', '大兴区 ', '<b>', E'\x01', repeat('区', 100000), repeat('大', 100000) || '区', '\1', '左旗']) n;
SELECT edustats.short_name(NULL) IS NULL;
SELECT count(*) > 15000, count(*) FILTER (WHERE NOT starts_with(n, s) OR length(s) < least(2, length(n)))
FROM (SELECT n, edustats.short_name(n) AS s FROM (
    SELECT string_agg(substr('区县市旗自治族满蒙古新林特左大', 1 + floor(random() * 15)::integer, 1), '') AS n
    FROM generate_series(1, 20000) i, generate_series(1, 1 + i % 9) GROUP BY i) t) n;
