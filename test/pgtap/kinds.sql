-- Kinds of organisation as rows: over generated platforms, whose kinds come, are called otherwise, change places, lose their rows
-- and get them back, every table adds up and says what plain SQL says over the sources, before a refresh and after.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
SET jit TO off;
CREATE EXTENSION edustats;
SELECT no_plan();
CALL edustats.create_platform('platform');
SET search_path TO platform, public;
\ir ../unchecked.sql

-- What the owner's table and the dictionary say, read as plain tables: which kind a member is printed as.
CREATE FUNCTION month_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS
    $$SELECT date_trunc('month', $1 AT TIME ZONE 'Asia/Shanghai')::date$$;
CREATE PROCEDURE tell_truth() LANGUAGE plpgsql AS $$
BEGIN
    DROP VIEW IF EXISTS account CASCADE;
    CREATE VIEW account AS
    SELECT m.member_id, month_of(m.registered_at) AS opened, d.district_id AS place,
           CASE WHEN m.org_type IS NOT NULL THEN coalesce(o.code, 'other') END AS kind,
           CASE WHEN m.org_type IS NOT NULL THEN coalesce(o.label, o.org_type, '其他') END AS label,
           CASE WHEN m.org_type IS NULL THEN '个人用户' WHEN m.allocated THEN '站点用户' ELSE '非站点用户' END AS account
    FROM member m
    LEFT JOIN district d USING (district_id)
    LEFT JOIN (SELECT DISTINCT c.org_type FROM bulletin_data.class c) c ON c.org_type = m.org_type
    LEFT JOIN bulletin_data.org_type o ON o.org_type = c.org_type;
    CREATE VIEW cell AS
    SELECT a.place, a.kind, round(sum(l.seconds) / 3600.0, 2) AS hours
    FROM learning_session l JOIN account a USING (member_id)
    WHERE a.account = '站点用户' AND month_of(l.started_at) = '2015-03-01' GROUP BY 1, 2;
    CREATE VIEW fit AS
    SELECT a.place, a.kind, EXISTS (SELECT FROM learning_session l WHERE l.member_id = a.member_id AND l.seconds > 0 AND month_of(l.started_at) = '2015-03-01') AS attended
    FROM account a JOIN station_fitness f USING (member_id) WHERE a.account = '站点用户' AND a.opened <= '2015-03-01';
    CREATE VIEW click AS
    SELECT c.course_id, a.kind FROM course_click c LEFT JOIN account a USING (member_id) WHERE month_of(c.clicked_at) = '2015-03-01';
END $$;

-- A table of the bulletin as rows of (row, column, value), so that its columns need not be known.
CREATE FUNCTION cells(view text) RETURNS TABLE ("row" integer, col text, value text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$SELECT coalesce(t.j ->> 'row', t.j ->> 'rank')::integer, e.key, e.value
        FROM (SELECT to_jsonb(v) AS j FROM bulletin.%I v WHERE v.month = '2015-03-01') t, jsonb_each_text(t.j) e$q$, view);
END $$;
-- The columns of kinds in table 2, which follow the owner's table once a refresh has made them.
CREATE FUNCTION columns() RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(SELECT a.attname FROM pg_attribute a
                 WHERE a.attrelid = 'bulletin.table_2'::regclass AND a.attname NOT IN ('month', 'row', 'district', 'other', 'total') AND a.attnum > 0 ORDER BY a.attnum);
END $$;
-- Two queries whose rows must be the same.
CREATE TABLE agreement (what text, one text, other text);
INSERT INTO agreement VALUES
    ('no rule is broken, once columns are of the kinds', $$SELECT rule, "row", "column", found FROM bulletin.failure WHERE month = '2015-03-01' AND severity = 'error'
       AND (SELECT kinds FROM bulletin_data.attachment) = bulletin_data.kinds_now()$$, 'SELECT NULL::text, NULL::text, NULL::text, NULL::text'),
    ('users by kind and account', $$SELECT org_type, account, users::bigint FROM (SELECT org_type, account, sum(users) AS users FROM bulletin.users WHERE month = '2015-03-01' GROUP BY 1, 2) u WHERE users > 0$$,
     $$SELECT coalesce(o.org_type, CASE WHEN a.kind IS NOT NULL THEN '其他' END), a.account, count(*)
       FROM account a LEFT JOIN bulletin_data.org_type o ON o.code = a.kind WHERE opened <= '2015-03-01' GROUP BY 1, 2$$),
    ('table 1 by kind', $$SELECT audience, org_type, sum(users)::bigint FROM bulletin.table_1 WHERE month = '2015-03-01' GROUP BY 1, 2 HAVING sum(users) > 0$$,
     $$SELECT CASE WHEN kind IS NULL THEN '个人用户' ELSE '集体用户' END, label, count(*) FROM account WHERE opened <= '2015-03-01' GROUP BY 1, 2
       UNION ALL SELECT '合计', NULL, count(*) FROM account WHERE opened <= '2015-03-01' HAVING count(*) > 0$$),
    ('table 1 tells accounts where it is to', $$SELECT DISTINCT org_type, account FROM bulletin.table_1 WHERE month = '2015-03-01' AND org_type IS NOT NULL AND org_type <> '其他'$$,
     $$SELECT DISTINCT coalesce(label, org_type), a FROM bulletin_data.org_type, LATERAL unnest(CASE WHEN by_account THEN ARRAY['站点用户', '非站点用户'] ELSE ARRAY[NULL] END) a$$),
    ('table 1 in the owner''s order', $$SELECT string_agg(org_type, ',' ORDER BY row) FROM (SELECT org_type, min(row) AS row FROM bulletin.table_1 WHERE month = '2015-03-01' AND org_type IS NOT NULL AND org_type <> '其他' GROUP BY 1) r$$,
     $$SELECT string_agg(coalesce(label, org_type), ',' ORDER BY position, code) FROM bulletin_data.org_type$$),
    ('cells of learning hours', $$SELECT district_id, org_type, hours FROM bulletin.learning_hours WHERE month = '2015-03-01' AND hours > 0$$,
     $$SELECT c.place, coalesce(o.org_type, '其他'), c.hours FROM cell c LEFT JOIN bulletin_data.org_type o ON o.code = c.kind WHERE hours > 0$$),
    ('table 2 by kind', $$SELECT col, sum(value::numeric) FROM cells('table_2') WHERE row < (SELECT max(row) FROM cells('table_2')) AND col NOT IN ('month', 'row', 'district') AND value::numeric > 0 GROUP BY 1$$,
     $$SELECT CASE WHEN kind = ANY (columns()) THEN kind ELSE 'other' END, sum(hours) FROM cell WHERE hours > 0 GROUP BY 1
       UNION ALL SELECT 'total', sum(hours) FROM cell HAVING sum(hours) > 0$$),
    ('table 2: the last row is the sum', $$SELECT col, sum(value::numeric) FROM cells('table_2') WHERE row = (SELECT max(row) FROM cells('table_2')) AND col NOT IN ('month', 'row', 'district') AND value::numeric > 0 GROUP BY 1$$,
     $$SELECT CASE WHEN kind = ANY (columns()) THEN kind ELSE 'other' END, sum(hours) FROM cell WHERE hours > 0 GROUP BY 1
       UNION ALL SELECT 'total', sum(hours) FROM cell HAVING sum(hours) > 0$$),
    ('table 2: a row for others where it is needed', $$SELECT count(*) FROM bulletin.table_2 WHERE month = '2015-03-01' AND district = '其他' AND total > 0$$,
     $$SELECT count(*) FROM (SELECT 1 FROM cell WHERE place IS NULL HAVING sum(hours) > 0) x$$),
    ('headline, hours', $$SELECT value FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'learning_hours'$$, 'SELECT coalesce(sum(hours), 0) FROM cell'),
    ('participation', $$SELECT district_id, org_type, attended, expected FROM bulletin.participation WHERE month = '2015-03-01' AND expected > 0$$,
     $$SELECT place, coalesce(o.org_type, '其他'), count(*) FILTER (WHERE attended), count(*) FROM fit LEFT JOIN bulletin_data.org_type o ON o.code = kind GROUP BY 1, 2$$),
    ('participation of the period', $$SELECT sum(attended), sum(expected) FROM edustats.participation('bulletin', '[2015-03-01,2015-04-01)')$$,
     $$SELECT sum(attended), sum(expected) FROM bulletin.participation WHERE month = '2015-03-01'$$),
    ('table 3', $$SELECT col, value::bigint FROM cells('table_3') WHERE row = (SELECT max(row) FROM cells('table_3')) AND col ~ '_(attended|expected)$' AND value::bigint > 0$$,
     $$SELECT kind || s, CASE s WHEN '_expected' THEN count(*) ELSE count(*) FILTER (WHERE attended) END FROM fit, unnest(ARRAY['_attended', '_expected']) s
       WHERE (kind || s) IN (SELECT attname FROM pg_attribute WHERE attrelid = 'bulletin.table_3'::regclass) GROUP BY kind, s
       HAVING CASE s WHEN '_expected' THEN count(*) ELSE count(*) FILTER (WHERE attended) END > 0$$),
    ('clicks by kind', $$SELECT org_type, sum(clicks)::bigint FROM bulletin.course_clicks WHERE month = '2015-03-01' GROUP BY 1$$,
     $$SELECT coalesce(o.org_type, CASE WHEN kind IS NOT NULL THEN '其他' END), count(*) FROM click LEFT JOIN bulletin_data.org_type o ON o.code = kind GROUP BY 1$$),
    ('table 5', $$SELECT col, sum(value::bigint)::bigint FROM cells('table_5') WHERE col ~ '_clicks$' GROUP BY 1 HAVING sum(value::bigint) > 0$$,
     $$SELECT kind || '_clicks', count(*) FROM click WHERE (kind || '_clicks') IN (SELECT attname FROM pg_attribute WHERE attrelid = 'bulletin.table_5'::regclass)
         AND kind IN (SELECT code FROM bulletin_data.org_type WHERE compared) GROUP BY 1$$),
    ('table 7', $$SELECT col, sum(value::bigint)::bigint FROM cells('table_7') WHERE col ~ '_clicks$' GROUP BY 1 HAVING sum(value::bigint) > 0$$,
     $$SELECT kind || '_clicks', sum(n)::bigint FROM (SELECT kind, count(*) AS n, row_number() OVER (PARTITION BY kind ORDER BY count(*) DESC, course_id) AS r FROM click GROUP BY kind, course_id) x
       WHERE r <= 10 AND (kind || '_clicks') IN (SELECT attname FROM pg_attribute WHERE attrelid = 'bulletin.table_7'::regclass)
         AND kind IN (SELECT code FROM bulletin_data.org_type WHERE compared) GROUP BY 1$$),
    ('told: kinds of users', $$SELECT sum(m[1]::bigint) FROM bulletin.narrative n, regexp_matches(n.text, '用户(\d+)个（占', 'g') m WHERE n.month = '2015-03-01' AND section = 1$$,
     $$SELECT sum(n) FROM (SELECT count(*) AS n FROM account WHERE kind IS NOT NULL AND opened <= '2015-03-01' HAVING count(*) > 0) x$$),
    ('told: stations', $$SELECT sum(m[1]::bigint) FROM bulletin.narrative n, regexp_matches(n.text, '(?<!的)站点用户(\d+)个', 'g') m WHERE n.month = '2015-03-01' AND section = 1 AND paragraph = 2$$,
     $$SELECT sum(n) FROM (SELECT count(*) AS n FROM account WHERE account = '站点用户' AND opened <= '2015-03-01' HAVING count(*) > 0) x$$),
    ('told: hours by kind', $$SELECT sum(m[1]::numeric) FROM bulletin.narrative n, regexp_matches(n.text, '站点([0-9.]+)小时，占', 'g') m WHERE n.month = '2015-03-01' AND section = 2$$,
     $$SELECT sum(hours) FROM cell HAVING sum(hours) > 0$$);

CREATE FUNCTION differences() RETURNS text LANGUAGE plpgsql SET search_path TO platform, public AS $$
DECLARE
    a agreement;
    n bigint;
    wrong text := '';
BEGIN
    FOR a IN SELECT * FROM agreement LOOP
        EXECUTE format('SELECT count(*) FROM ((SELECT * FROM (%1$s) o EXCEPT ALL SELECT * FROM (%2$s) t WHERE NOT t IS NULL) UNION ALL '
                       '(SELECT * FROM (%2$s) t WHERE NOT t IS NULL EXCEPT ALL SELECT * FROM (%1$s) o)) d WHERE NOT d IS NULL', a.one, a.other) INTO n;
        IF n > 0 THEN
            wrong := wrong || format('; %s: %s', a.what, n);
        END IF;
    END LOOP;
    RETURN wrong;
END $$;
-- A sentence has a hole where a kind, or anything, is missing.
CREATE FUNCTION holes() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg('; ' || coalesce(text, 'NULL'), '') FROM bulletin.narrative WHERE month = '2015-03-01'
      AND (text IS NULL OR text !~ '。$' OR text ~ 'NULL|、、|，，|。。|；；|：。|：、|[：，；、和是]。|（）' OR text ~ '[：，；、和][ 　]*(用户|站点)[0-9点参较]'));
END $$;
CREATE FUNCTION says_something() RETURNS bigint LANGUAGE plpgsql SET search_path TO platform, public AS $$
DECLARE
    a agreement;
    found boolean;
    n bigint := 0;
BEGIN
    FOR a IN SELECT * FROM agreement LOOP
        EXECUTE format('SELECT count(*) > 0 FROM (%s) t WHERE NOT t IS NULL', a.other) INTO found;
        n := n + found::integer;
    END LOOP;
    RETURN n;
END $$;
-- The functions of days have the columns that the views have now, and add up.
CREATE FUNCTION period_differences() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t text;
    n bigint;
    wrong text := '';
BEGIN
    FOREACH t IN ARRAY ARRAY['table_1', 'table_2', 'table_3', 'table_5', 'table_7', 'users'] LOOP
        EXECUTE format('SELECT count(*) FROM ((SELECT * FROM bulletin.%1$s WHERE month = ''2015-03-01'' EXCEPT ALL SELECT * FROM bulletin.%1$s(''[2015-03-01,2015-04-01)'')) UNION ALL '
                       '(SELECT * FROM bulletin.%1$s(''[2015-03-01,2015-04-01)'') EXCEPT ALL SELECT * FROM bulletin.%1$s WHERE month = ''2015-03-01'')) d', t) INTO n;
        IF n > 0 THEN
            wrong := wrong || format('; %s of days: %s', t, n);
        END IF;
    END LOOP;
    EXECUTE $q$SELECT count(*) FROM bulletin.table_2('[2015-02-20,2015-03-20)') t WHERE coalesce(total, 0) <> (SELECT coalesce(sum(value::numeric), 0)
               FROM jsonb_each_text(to_jsonb(t)) WHERE key NOT IN ('month', 'row', 'district', 'total'))$q$ INTO n;
    RETURN wrong || CASE WHEN n > 0 THEN '; hours of days' ELSE '' END;
END $$;
CREATE FUNCTION check_all(state text) RETURNS text LANGUAGE sql AS $$SELECT is(concat(differences(), holes(), period_differences()), '', state)$$;

-- 1. Generated platforms
CREATE FUNCTION number(most integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::integer + 1';
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT timestamptz '2015-01-20 00:00+08' + floor(random() * 80) * interval '1 day' + floor(random() * 86400) * interval '1 second'$$;
CREATE TABLE name (n bigserial, org_type text);
INSERT INTO name (org_type) VALUES ('student'), ('农村'), ('Staff'), ('staff'), ('o''brien'), ('"quoted"'), ('100% %s %1$I'), ('$$ $text$'),
    (E'back\\slash'), ('社区'), ('total'), ('select'), ('two words'), ('other'), ('{code} {column} {text: x}'), (E'a\nline'), ('-- end'), ('高校'),
    (repeat('长', 200)), ('月'), ('kind_1'), ('ctid');
CREATE PROCEDURE people(first integer, last integer, kinds integer) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member (member_id, org_type, allocated, district_id, name, registered_at)
    SELECT i, k.names[number(kinds + 1)], random() < 0.6, (ARRAY[1, 2, 3, 99, NULL])[number(5)], 'm' || i, moment()
    FROM generate_series(first, last) i, (SELECT array_agg(org_type ORDER BY n) FILTER (WHERE n <= kinds) AS names FROM name) k;
    UPDATE member SET allocated = false WHERE org_type IS NULL AND member_id BETWEEN first AND last;
    INSERT INTO station_fitness SELECT i, '2015-01-01' FROM generate_series(first, last) i WHERE random() < 0.7;
    INSERT INTO learning_session SELECT number(last + 5), moment(), number(9000) FROM generate_series(1, 150) i;
    INSERT INTO course_click SELECT nullif(number(last + 5), last + 5), number(25), moment() FROM generate_series(1, 200);
END $$;
INSERT INTO district VALUES (1, '东', 1), (2, '西', 2), (3, '南', 3);
INSERT INTO course SELECT i, '课' || i, (ARRAY['甲', '乙', '丙'])[1 + i % 3], '市' FROM generate_series(1, 20) i;
CREATE PROCEDURE anew(seed double precision, kinds integer) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE member, station_fitness, learning_session, course_click CASCADE;
    PERFORM setseed(seed);
    UPDATE name SET n = r.n FROM (SELECT org_type, row_number() OVER (ORDER BY random()) AS n FROM name) r WHERE r.org_type = name.org_type;
    CALL people(1, 60, kinds);
END $$;
-- What can happen to kinds; each step is checked before a refresh and after.
CREATE PROCEDURE step(n integer) LANGUAGE plpgsql AS $step$
DECLARE
    last integer := (SELECT coalesce(max(member_id), 0) FROM member);
BEGIN
    CASE n
    WHEN 1 THEN CALL people(last + 1, last + 30, 12);                                   -- kinds come
    WHEN 2 THEN UPDATE bulletin_data.org_type SET label = (ARRAY['甲''级', '%s $$', E'x\\y', 'L {kinds}', NULL])[number(5)] || code;
    WHEN 3 THEN UPDATE bulletin_data.org_type SET position = number(9), compared = random() < 0.4, told_together = random() < 0.4, by_account = random() < 0.5;
    WHEN 4 THEN DELETE FROM bulletin_data.org_type WHERE random() < 0.4;                -- lose their rows
    WHEN 5 THEN UPDATE member SET org_type = (SELECT o.org_type FROM name o WHERE o.n = 2 + member_id % 15) WHERE member_id % 3 = 0;
    WHEN 6 THEN INSERT INTO bulletin_data.org_type (org_type, code, position)           -- and get them back
        SELECT org_type, 'own_' || row_number() OVER (ORDER BY org_type), 50 FROM (SELECT DISTINCT m.org_type FROM member m WHERE edustats.is_kind(m.org_type)) m
        WHERE m.org_type NOT IN (SELECT o.org_type FROM bulletin_data.org_type o) ON CONFLICT DO NOTHING;
    WHEN 7 THEN UPDATE bulletin_data.org_type SET code = code || '_x' WHERE random() < 0.3 AND length(code) < 20;
    WHEN 8 THEN UPDATE member SET org_type = NULL, allocated = false WHERE member_id % 4 = 0;
    WHEN 9 THEN UPDATE member SET org_type = '  ', allocated = true WHERE member_id % 7 = 0;
    WHEN 10 THEN UPDATE member SET org_type = repeat('z', 300), allocated = true WHERE member_id % 9 = 0;
    END CASE;
END $step$;
\set ON_ERROR_STOP off
SELECT statement
FROM unnest(ARRAY[0, 1, 2, 5, 12]) kinds
CROSS JOIN LATERAL (
    SELECT 0, 0, format($q$CALL anew(%s, %s);CALL edustats.attach();CALL tell_truth();SELECT check_all('%2$s kinds, attached');CALL edustats.refresh();
                           SELECT check_all('%2$s kinds, refreshed');SELECT cmp_ok(says_something(), '>=', %3$s::bigint, '%2$s kinds are about something')$q$,
                  0.01 * kinds, kinds, CASE kinds WHEN 0 THEN 4 ELSE 17 END)
    UNION ALL
    SELECT 1, row_number() OVER (ORDER BY md5(s || ' ' || kinds)), format($q$CALL step(%s);SELECT check_all('%s kinds, step %1$s');CALL edustats.refresh();
                           SELECT check_all('%2$s kinds, step %1$s, refreshed');
                           SELECT is(columns(), ARRAY(SELECT code FROM bulletin_data.org_type ORDER BY position, code), '%2$s kinds, step %1$s: columns')$q$, s, kinds)
    FROM generate_series(1, 10) s
    UNION ALL
    SELECT 2, 0, $q$CALL edustats.detach('bulletin')$q$) q(part, place, statements)
CROSS JOIN LATERAL string_to_table(statements, ';') WITH ORDINALITY t(statement, n)
ORDER BY kinds, part, place, n \gexec

-- 2. What refresh and attach do about a kind that nobody has seen
CREATE FUNCTION kinds() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg(format('%s=%s', o.org_type, o.code), ' ' ORDER BY o.position) FROM bulletin_data.org_type o);
END $$;
CREATE FUNCTION printed(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT string_agg(concat_ws('' '', org_type, account, users), '', '' ORDER BY row) FROM bulletin.table_1 WHERE month = ''2015-03-01'' AND ' || condition INTO result;
    RETURN result;
END $$;
CREATE FUNCTION hours(VARIADIC columns text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(c.value, '-'), ' ' ORDER BY w.n)
    FROM unnest(columns) WITH ORDINALITY w(col, n) LEFT JOIN cells('table_2') c ON c.col = w.col AND c.row = (SELECT max(row) FROM cells('table_2'))
$$;
CREATE FUNCTION classes() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg(DISTINCT class::text, ' ') FROM bulletin_data.rollup WHERE metric = 'learning');
END $$;
TRUNCATE member, station_fitness, learning_session, course_click CASCADE;
CALL edustats.attach();
SELECT is(kinds(), '农村=rural 社区=community 机关事业单位=agency 国企=soe “两新”组织=new_org 高校=college', 'where there is nobody yet, those that come along');
SELECT is((SELECT string_agg(class::text, ' ' ORDER BY class) FROM bulletin_data.class), '0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15', 'with their classes');
INSERT INTO member VALUES (1, '中小学', true, 1, 'a', '2015-03-01+08'), (2, '中小学', false, 1, 'b', '2015-03-01+08'), (3, 'student', true, NULL, 'c', '2015-03-01+08');
INSERT INTO learning_session VALUES (1, '2015-03-02+08', 3600), (3, '2015-03-02+08', 7200);
SELECT is(printed('users > 0'), '其他 站点用户 2, 其他 非站点用户 1, 3', 'others until a refresh has seen them');
SELECT is(hours('total', 'other'), '3.00 3.00', 'in every table');
CALL edustats.refresh();
SELECT is(kinds(), '农村=rural 社区=community 机关事业单位=agency 国企=soe “两新”组织=new_org 高校=college 中小学=kind_1 student=student', 'added at the end, the most frequent first');
SELECT is(printed('users > 0'), '中小学 站点用户 1, 中小学 非站点用户 1, student 1, 3', 'and printed');
SELECT is(hours('kind_1', 'student', 'other', 'total'), '1.00 2.00 - 3.00', 'in every table');
SELECT is(classes(), '16 18', 'with classes of their own');

-- A member that comes between a refresh's look at the kinds and at the activity, whose days it computes
INSERT INTO member VALUES (4, 'late', true, 1, 'd', '2015-03-01+08');
INSERT INTO learning_session VALUES (4, '2015-03-03+08', 3600);
SELECT edustats.as_owner('bulletin_data', 'prepare_refresh') IS NOT NULL AS prepared \gset
SELECT edustats.as_owner('bulletin_data', 'plan_refresh') AS plan \gset
SELECT count(edustats.as_owner('bulletin_data', 'refresh_run', r ->> 0, (r ->> 1)::date, (r ->> 2)::date)) AS runs FROM jsonb_array_elements(:'plan') r \gset
SELECT is(classes(), '14 16 18', 'is among others');
SELECT is((SELECT sum(dirty_days) FROM bulletin.refresh_status), 0::numeric, 'with no day dirty');
CALL edustats.refresh();
SELECT is(classes(), '16 18 20', 'and put right by the next refresh');
SELECT is(hours('late'), '1.00', 'in the table, too');
SELECT is((SELECT bool_or(others) FROM bulletin_data.class_map), false, 'after which nobody is');

-- Removed, it is among others, and does not come back by itself; put in again, it has the classes that it had
DELETE FROM bulletin_data.org_type WHERE code = 'student';
SELECT is(printed($$org_type = '其他'$$), '其他 站点用户 1', 'without a row it is among others');
CALL edustats.refresh();
UPDATE member SET name = 'x';
CALL edustats.refresh();
CALL edustats.attach();
SELECT is((SELECT count(*) FROM bulletin_data.org_type WHERE org_type = 'student'), 0::bigint, 'for good');
SELECT is(hours('kind_1', 'late', 'other', 'total'), '1.00 1.00 2.00 4.00', 'which are printed');
INSERT INTO bulletin_data.org_type (org_type, code, position, label) VALUES ('student', 'pupils', 0, '学生');
SELECT is(printed('users > 0'), '学生 站点用户 1, 中小学 站点用户 1, 中小学 非站点用户 1, late 1, 4', 'with a row it is there again');
CALL edustats.refresh();
SELECT is((columns())[1] || ' ' || hours('pupils', 'other'), 'pupils 2.00 -', 'and a column');
SELECT is((SELECT col_description('bulletin.table_2'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'bulletin.table_2'::regclass AND attname = 'pupils'),
          '学生: Hours of stations of the kind 学生.', 'which says whose it is');
SELECT is(classes(), '16 18 20', 'of the same rollup');
-- The platform calls a kind otherwise, and the owner says so
UPDATE member SET org_type = 'pupil' WHERE org_type = 'student';
UPDATE bulletin_data.org_type SET org_type = 'pupil' WHERE org_type = 'student';
CALL edustats.refresh();
SELECT is(hours('pupils', 'other', 'total'), '2.00 - 4.00', 'it keeps its column');

-- What can be no kind of its own
INSERT INTO member VALUES (5, '', true, 1, 'e', '2015-03-01+08'), (6, ' 　', true, 1, 'f', '2015-03-01+08'), (7, repeat('z', 201), true, 1, 'g', '2015-03-01+08'),
    (8, '其他', true, 1, 'h', '2015-03-01+08'), (9, repeat('z', 1000000), false, 1, 'g', '2015-03-01+08');
CALL edustats.refresh();
SELECT is(printed($$org_type = '其他'$$), '其他 站点用户 4, 其他 非站点用户 1', 'blank and overlong ones are among others');
SELECT throws_ok($$INSERT INTO bulletin_data.org_type (org_type, code, position) VALUES (' ', 'x', 1)$$, '23514', NULL, 'no blank kind');
SELECT throws_ok($$INSERT INTO bulletin_data.org_type (org_type, code, position) VALUES (repeat('z', 201), 'x', 1)$$, '23514', NULL, 'no overlong kind');
SELECT throws_ok($$UPDATE bulletin_data.org_type SET label = E' \t' WHERE code = 'late'$$, '23514', NULL, 'no blank label');
SELECT throws_ok(format($$UPDATE bulletin_data.org_type SET code = %L WHERE code = 'late'$$, c), '23514', NULL, 'no code ' || c)
FROM unnest(ARRAY['', 'Late', 'a b', '1a', 'total', 'other', 'district', 'month', 'row', 'ctid', repeat('a', 51), 'x"; DROP TABLE member; --']) c;
SELECT throws_ok($$UPDATE bulletin_data.org_type SET code = 'rural' WHERE code = 'late'$$, '23505', NULL, 'no code twice');
UPDATE bulletin_data.org_type SET code = repeat('a', 50), compared = true WHERE code = 'late';
CALL edustats.refresh();
SELECT is((SELECT count(*) FROM pg_attribute WHERE attrelid = 'bulletin.table_3'::regclass AND attname ~ '^a{50}_(attended|absent|expected|rate)$'), 4::bigint, 'the longest code fits');

-- More kinds than can be columns
INSERT INTO member SELECT 1000 + i, 'k' || i, true, 1, 'n', '2015-03-01+08' FROM generate_series(1, 3000) i;
INSERT INTO member SELECT 9000 + i, 'k' || 3000 - i, true, 1, 'n', '2015-03-01+08' FROM generate_series(0, 2) i;
SET client_min_messages TO error;
CALL edustats.refresh();
SET client_min_messages TO warning;
SELECT is((SELECT count(DISTINCT org_type) FROM bulletin_data.class), 50::bigint, 'fifty are told apart');
SELECT is((SELECT count(*) FROM bulletin_data.org_type WHERE code IN ('k3000', 'k2999', 'k2998')), 3::bigint, 'those with most members');
SELECT is((SELECT sum(users) FROM bulletin.table_1 WHERE month = '2015-03-01' AND org_type IS NOT NULL), (SELECT count(*)::numeric FROM member), 'and nobody is lost');
INSERT INTO bulletin_data.org_type (org_type, code, position) VALUES ('k1500', 'k1500', 999);
SET client_min_messages TO error;
CALL edustats.refresh();
SELECT is(printed($$org_type = 'k1500' AND users > 0$$), 'k1500 站点用户 1', 'the owner may have more');

-- Words
UPDATE bulletin_data.label SET label = CASE name WHEN 'station' THEN '学习点' WHEN 'other' THEN 'Others ''%s''' ELSE label END;
DELETE FROM bulletin_data.label WHERE name = 'total';
SELECT is((SELECT array_agg(DISTINCT account ORDER BY account) FROM bulletin.users WHERE month = '2015-03-01' AND users > 0), ARRAY['学习点', '非站点用户'], 'facts have the owner''s words');
SELECT ok((SELECT string_agg(text, '') ~ '学习点' AND string_agg(text, '') !~ '站点用户' FROM bulletin.narrative WHERE month = '2015-03-01' AND section = 1), 'and sentences');
SELECT is((SELECT audience FROM bulletin.table_1 WHERE month = '2015-03-01' ORDER BY row DESC LIMIT 1), 'total', 'a word that is missing is its name');
CALL edustats.attach();
SELECT is((SELECT string_agg(label, ' ' ORDER BY name) FROM bulletin_data.label WHERE name IN ('total', 'station')), '学习点 合计', 'attach adds it, and leaves the others');
SELECT throws_ok($$UPDATE bulletin_data.label SET label = ' '$$, '23514', NULL, 'no blank word');
SELECT is(edustats.total('bulletin', 'learning', '[2015-03-01,2015-04-01)', '学习点'), 14400::bigint, 'and functions of periods know it');
SELECT is(edustats.total('bulletin', 'learning', '[2015-03-01,2015-04-01)', '中小学'), 3600::bigint, 'and a kind');

-- Who reads the tables goes on reading them; with a view over one that would go they keep their columns, and lose nothing
CREATE ROLE kinds_reader;
GRANT USAGE ON SCHEMA bulletin TO kinds_reader;
GRANT SELECT ON bulletin.table_2, bulletin.table_5 TO kinds_reader;
CREATE VIEW mine AS SELECT * FROM bulletin.table_2;
UPDATE bulletin_data.org_type SET code = 'school' WHERE code = 'kind_1';
CALL edustats.refresh();
SELECT is(hours('kind_1', 'other', 'total'), '- 1.00 4.00', 'a kind without a column is among others');
DROP VIEW mine;
CALL edustats.refresh();
SELECT is(hours('school', 'other', 'total'), '1.00 0.00 4.00', 'until its column can be made');
SELECT ok(has_table_privilege('kinds_reader', 'bulletin.table_2', 'SELECT') AND has_table_privilege('kinds_reader', 'bulletin.table_5', 'SELECT')
          AND NOT has_table_privilege('kinds_reader', 'bulletin.table_3', 'SELECT'), 'and who could read it can');
DROP OWNED BY kinds_reader;
DROP ROLE kinds_reader;
CALL edustats.detach('bulletin');

-- 3. A platform of students, staff and alumni: no word of another one's
TRUNCATE member, station_fitness, learning_session, course_click CASCADE;
INSERT INTO member SELECT i, (ARRAY['student', 'student', 'student', 'staff', 'alumni'])[1 + i % 5], true, 1, 'u' || i, '2015-01-05+08' FROM generate_series(1, 50) i;
INSERT INTO learning_session SELECT i, '2015-03-02+08', 360 FROM generate_series(1, 50) i;
INSERT INTO course_click SELECT i, 1 + i % 3, '2015-03-02+08' FROM generate_series(1, 50) i;
CALL edustats.attach();
SELECT is(printed('true'), 'student 30, alumni 10, staff 10, 50', 'no row but theirs');
SELECT is(columns(), ARRAY['student', 'alumni', 'staff'], 'no column but theirs');
SELECT ok(string_agg(t, '') !~ '农村|社区|机关|国企|两新|高校|其他' AND string_agg(t, '') ~ 'student用户30个（占60.00%）、alumni用户10个（占20.00%）和staff用户10个（占20.00%）', 'no word but theirs')
FROM (SELECT text AS t FROM bulletin.narrative WHERE month = '2015-03-01' AND section <= 3 UNION ALL SELECT to_jsonb(v)::text FROM bulletin.table_2 v WHERE month = '2015-03-01'
      UNION ALL SELECT to_jsonb(v)::text FROM bulletin.table_5 v WHERE month = '2015-03-01' UNION ALL SELECT to_jsonb(v)::text FROM bulletin.table_7 v WHERE month = '2015-03-01') x;
SELECT * FROM finish();
