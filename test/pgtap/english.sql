-- The bulletin in English beside the Chinese: words for numbers, sentences' grammar over generated platforms in both languages,
-- a platform of students, staff and alumni, a language changed and changed back.
\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
SET client_min_messages TO warning;
SET jit TO off;
CREATE EXTENSION edustats;
SELECT no_plan();

-- 1. Words.
SELECT is(edustats.english_number(n, s), want, format('the number %s', want)) FROM (VALUES (0, 0, '0'), (7, 0, '7'), (999, 0, '999'), (1000, 0, '1,000'), (12345.675, 2, '12,345.68'),
    (-1234567.5, 0, '-1,234,568'), (0.005, 2, '0.01'), (999999.995, 2, '1,000,000.00'), (1e15, 3, '1,000,000,000,000,000.000'), (-999, 0, '-999'), (0.12345, 5, '0.12345')) v(n, s, want);
SELECT is_empty($$SELECT n, e FROM (SELECT round((random() * 10 ^ (random() * 14) * sign(random() - 0.3))::numeric, 2) AS n FROM generate_series(1, 5000)) x,
    edustats.english_number(n, 2) e WHERE replace(e, ',', '')::numeric <> n OR e !~ '^-?\d{1,3}(,\d{3})*\.\d\d$'$$, 'numbers are what they were, in groups of three');
SELECT throws_ok($$SELECT edustats.english_number('NaN')$$, '22003');
SELECT throws_ok($$SELECT edustats.english_growth('Infinity', NULL)$$, '22003');
SELECT throws_ok($$SELECT edustats.english_share(1, 'NaN')$$, '22003');
SELECT is(edustats.grouped_text(v, s), want) FROM (VALUES ('1234567', '''', '1''234''567'), ('1234', '\1', '1\1234'), ('12345.6789%', ',', '12,345.6789%'), ('a1234', ',', 'a1234'), ('-', ',', '-'),
    ('1234', NULL, '1234'), (NULL, ',', NULL), ('-123456万', ' . ', '-123 . 456万'), ('', ',', ''), (repeat('123', 40000), '', repeat('123', 40000))) t(v, s, want);
SELECT is(edustats.english_count(n, 'user'), want) FROM (VALUES (0, 'no users'), (1, '1 user'), (2, '2 users'), (12345, '12,345 users'), (NULL, NULL)) v(n, want);
SELECT is(edustats.english_count(n, 'entry', 'entries'), want) FROM (VALUES (0, 'no entries'), (1, '1 entry'), (3, '3 entries')) v(n, want);
SELECT is(edustats.english_count(3, NULL), NULL, 'of nothing');
SELECT is(edustats.english_list(i::text[]), want) FROM (VALUES ('{}', NULL), (NULL, NULL), ('{A}', 'A'), ('{A,B}', 'A and B'), ('{A,B,C}', 'A, B and C'), ('{A,B,C,D}', 'A, B, C and D')) v(i, want);
SELECT is(edustats.english_first(i::text[], 'came first', '5 clicks'), want) FROM (VALUES ('{}', NULL), ('{A}', 'A came first with 5 clicks'), ('{A,B}', 'A and B came first with 5 clicks each'),
    ('{A,B,C}', 'A, B and C came first with 5 clicks each'), ('{A,B,C,D}', 'A, B, C and others came first with 5 clicks each')) v(i, want);
SELECT is(edustats.english_growth(c, p), want) FROM (VALUES (42505, 42383, 'up 0.29% on the month before'), (96.8, 100, 'down 3.20% on the month before'), (5, 5, 'unchanged from the month before'),
    (0, 0, 'unchanged from the month before'), (210, 100, '2.1 times the figure of the month before'), (200, 100, '2 times the figure of the month before'), (199.995, 100, '2 times the figure of the month before'),
    (199.99, 100, 'up 99.99% on the month before'), (1e6, 3, '333,333.33 times the figure of the month before'), (1000001, 1e9, 'down 99.90% on the month before'), (0, 7, 'down 100.00% on the month before'),
    (100000001, 100000000, 'almost unchanged from the month before'), (99999999, 100000000, 'almost unchanged from the month before'), (5, 0, 'with nothing in the month before to compare with'),
    (5, -5, 'with nothing in the month before to compare with'), (5, NULL, 'with no figure for the month before to compare with'), (-500, 10, 'down 5,100.00% on the month before'), (NULL, 5, NULL)) v(c, p, want);
SELECT is(edustats.english_growth(3, 2, 'March 2014'), 'up 50.00% on March 2014', 'another base');
SELECT is(edustats.english_growth(3, 2, NULL), NULL, 'no base');
-- English and Chinese say the same: the same direction, the same figure.
SELECT is_empty($$SELECT c, p, e, z FROM (SELECT round((random() * 10 ^ (random() * 6))::numeric, 2) AS c, round((random() * 10 ^ (random() * 6) - 0.1)::numeric, 2) AS p FROM generate_series(1, 5000)) n,
    edustats.english_growth(c, p) e, edustats.growth_text(c, p) z
    WHERE replace(e, ',', '') IS DISTINCT FROM CASE WHEN z ~ '增长.*%$' THEN 'up ' || substring(z, '[0-9.]+%') || ' on the month before' WHEN z ~ '下降' THEN 'down ' || substring(z, '[0-9.]+%') || ' on the month before'
        WHEN z ~ '倍$' THEN trim_scale(round(c / p, 2)) || ' times the figure of the month before' WHEN z ~ '无可比基数' THEN 'with nothing in the month before to compare with'
        WHEN z ~ '基本持平' THEN 'almost unchanged from the month before' ELSE 'unchanged from the month before' END$$, 'both languages say the same of a change');
SELECT is(edustats.english_share(p, w), want) FROM (VALUES (1, 3, '33.33%'), (0, 3, '0.00%'), (5, 0, '-'), (5, NULL, '-'), (NULL, 5, NULL), (50, 3, '1,666.67%')) v(p, w, want);
SELECT is(edustats.english_title(t, '(name unknown)'), want) FROM (VALUES ('Torts', '“Torts”'), (' Torts ', '“Torts”'), ('', '(name unknown)'), (NULL, '(name unknown)'), ('(name unknown)', '(name unknown)')) v(t, want);
SELECT is(edustats.english_sentence(t), want) FROM (VALUES ('most', 'Most.'), ('élan', 'Élan.'), ('', '.'), (NULL, NULL)) v(t, want);
SELECT is(edustats.english_until('2015-03-31') || ', ' || edustats.english_until('2015-03-08') || ', ' || edustats.english_at('2012-02-29') || ', ' || edustats.english_at('2012-02-28'),
          'the end of March 2015, 8 March 2015, At the end of February 2012, On 28 February 2012');

-- 2. A platform of students, staff and alumni, in English.
CALL edustats.create_platform('platform');
SET search_path TO platform, public;
\ir ../unchecked.sql
DROP TABLE village_post, village_participant, village_topic, report, blog_post, blog, article_view, article, topic_view, topic;
INSERT INTO district VALUES (1, 'North', 1), (2, 'South', 2);
INSERT INTO member SELECT i, (ARRAY['student', 'student', 'student', 'staff', 'alumni'])[1 + i % 5], true, 1 + i % 2, 'User ' || i, '2015-01-05+08' FROM generate_series(1, 1250) i;
INSERT INTO member SELECT i, 'staff', false, 1, 'User ' || i, '2015-03-05+08' FROM generate_series(1251, 1251) i;
INSERT INTO station_fitness SELECT i, '2015-01-01' FROM generate_series(1, 1250) i WHERE i % 4 > 0;
INSERT INTO learning_session SELECT i, '2015-03-02+08', 3600 + i FROM generate_series(1, 1250) i WHERE i % 3 > 0;
INSERT INTO course SELECT i, 'Course ' || i, (ARRAY['Law', 'Arts'])[1 + i % 2], 'Faculty ' || i % 2 FROM generate_series(1, 12) i;
INSERT INTO course_click SELECT i, 1 + i % 12, '2015-03-02+08' FROM generate_series(1, 1250) i;
INSERT INTO site_column VALUES (1, 'Lectures', 'video'), (2, 'News', 'text');
INSERT INTO column_visit SELECT 1 + i % 2, '2015-03-02+08' FROM generate_series(1, 3001) i;
CALL edustats.attach();
CREATE FUNCTION page() RETURNS text LANGUAGE sql AS $$SELECT edustats.bulletin_html('bulletin', '2015-03-01')$$;
CREATE TABLE first AS SELECT page() AS html;
CREATE FUNCTION speak(language text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bulletin_data.setting SET value = language WHERE name = 'language';
    CALL edustats.attach();
END $$;
CREATE FUNCTION sentences() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s.%s %s', section, paragraph, text), E'\n' ORDER BY section, paragraph) FROM bulletin.narrative WHERE month = '2015-03-01' $$;
CREATE FUNCTION parts() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = 'bulletin_data'::regnamespace AND c.relname ~ '^narrative_' $$;
SELECT is(parts(), 'narrative_columns narrative_courses narrative_forum narrative_learning narrative_participation narrative_users', 'sentences in Chinese');
SELECT speak('en');
SELECT is(parts(), 'narrative_columns narrative_courses narrative_learning narrative_participation narrative_users', 'those in English are others, and there are no more');
CREATE TABLE english AS SELECT page() AS html;
SELECT matches(html, '<html lang="en">') FROM english;
SELECT doesnt_match(html, '[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]', 'no Chinese') FROM english;
SELECT is(array_to_string(xpath('//h1/text() | //h2/text() | //caption/text() | //figcaption/text()', replace(html, '<!DOCTYPE html>', '')::xml)::text[], E'\n'), $$Learning statistics, March 2015
1. Users
Table 1. Users at the end of March 2015
2. Learning
Table 2. Hours that allocated users learned, by district, March 2015
Table 3. Participation of allocated users (student and staff), March 2015
Table 4. Who learned longest, March 2015
3. Courses
Figure 1. Categories of courses by clicks of all users, March 2015
Table 5. Categories of courses by clicks, March 2015
Table 6. Courses by clicks, March 2015
Table 7. Courses by clicks of each kind of users, March 2015
4. Articles
Figure 2. Text columns by visits, March 2015$$, 'what stands on it') FROM english;
SELECT results_eq($$SELECT audience, org_type, account, users FROM bulletin.table_1 WHERE month = '2015-03-01' ORDER BY row$$,
    $$VALUES ('affiliated', 'student', NULL, 750::bigint), ('affiliated', 'staff', 'allocated', 250), ('affiliated', 'staff', 'self-registered', 1), ('affiliated', 'alumni', NULL, 250),
             ('total', NULL, NULL, 1251)$$, 'no row but theirs');
SELECT is(array_to_string(xpath('//table[@id="table_1"]//td/text() | //table[@id="table_6"]//tr[1]/td/text()', replace(html, '<!DOCTYPE html>', '')::xml)::text[], ' '),
    '750 250 1 250 1,251 1 Course 2 Faculty 0 105', 'numbers in groups of three') FROM english;
SELECT is(sentences(), $$1.1 At the end of March 2015, the platform had 1,251 users, up 0.08% on the month before: 1,251 affiliated. Affiliated users belong to student (750 or 59.95%), staff (251 or 20.06%) and alumni (250 or 19.98%).
1.2 The number of allocated users is 1,250: student (750), staff (250) and alumni (250).
1.3 There was 1 new user in the month.
2.1 By the end of March 2015, allocated users had learned 978.91 hours in all. In the month they learned 978.90 hours, with nothing in the month before to compare with: 587.94 hours (60.06%) by student; 194.84 hours (19.90%) by staff; 196.12 hours (20.03%) by alumni.
2.2 Most was learned in North (489.45 hours) and South (489.45 hours).
2.3 Participation was 66.84% for student (most in South with 66.93% and North with 66.67%) and 66.31% for staff (most in South with 66.40% and North with 66.13%).
2.4 User 1250, User 1249, User 1247 and others learned longest with 1.35 hours each.
3.1 By the end of March 2015, video columns had 1,500 visits in all. In the month they had 1,500 visits, with nothing in the month before to compare with.
3.2 By category, most clicks went to Arts (625) and Law (625). The first choice of student and staff users was Arts and Law.
3.3 “Course 2” (Faculty 0) and “Course 3” (Faculty 1) came first among the courses with 105 clicks each. Apart from the course that was clicked most, student users preferred “Course 3” and “Course 6”; staff users preferred “Course 1” and “Course 3”.
4.1 By the end of March 2015, text columns had 1,501 visits in all. In the month they had 1,501 visits, with nothing in the month before to compare with. “News” came first with 1,501 visits.$$, 'its sentences');

-- 3. A language that has no sentences; there and back; what the owner has changed, and who may read.
CREATE ROLE english_reader;
GRANT USAGE ON SCHEMA bulletin TO english_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO english_reader;
SELECT speak('eo');
SELECT is(parts(), NULL, 'no sentences but one''s own');
SELECT is(sentences(), NULL, 'and none in narrative');
SELECT is((SELECT count(*) FROM bulletin.page WHERE month = '2015-03-01' AND kind = 'sentence'), 0::bigint, 'nor on the page');
CREATE VIEW bulletin.frazoj AS SELECT m.month, 'Saluton.'::text AS text FROM bulletin_data.calendar m;
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (1, 1, 'sentence', 'frazoj');
SELECT is((xpath('//section[1]/p/text()', replace(page(), '<!DOCTYPE html>', '')::xml))[1]::text, 'Saluton.', 'but those');
SELECT speak('en');
DELETE FROM bulletin_data.page_item WHERE view = 'frazoj';
SELECT is(page(), html, 'English again') FROM english;
SELECT speak('zh-CN');
SELECT is(page(), html, 'and Chinese, byte for byte') FROM first;
SELECT is(parts(), 'narrative_columns narrative_courses narrative_forum narrative_learning narrative_participation narrative_users', 'with all sentences');
SELECT set_eq($$SELECT to_jsonb(t) - 'language' FROM edustats.setting t WHERE language = 'zh-CN'$$, 'SELECT to_jsonb(t) FROM bulletin_data.setting t', 'and all settings');
SELECT ok(has_table_privilege('english_reader', 'bulletin.narrative', 'SELECT') AND has_table_privilege('english_reader', 'bulletin.page', 'SELECT'), 'who could read it can');
DROP OWNED BY english_reader;
DROP ROLE english_reader;
UPDATE bulletin_data.setting SET value = 'Mine {month}' WHERE name = 'title';
UPDATE bulletin_data.label SET label = 'campus' WHERE name = 'station';
SELECT speak('en');
SELECT is((xpath('//h1/text()', replace(page(), '<!DOCTYPE html>', '')::xml))[1]::text, 'Mine March 2015', 'a title of one''s own stays');
SELECT ok(sentences() ~ 'The number of campus users is' AND page() ~ 'Participation of campus users', 'and so does a word, in sentences and captions');
SELECT set_eq($$SELECT DISTINCT language FROM edustats.setting$$, $$SELECT DISTINCT language FROM edustats.label$$, 'each language has words');
SELECT is_empty($$SELECT name FROM edustats.label WHERE language = 'zh-CN' EXCEPT SELECT name FROM edustats.label WHERE language = 'en'$$, 'all of them');

-- 4. Hostile names.
CREATE TABLE hostile (n serial, name text);
INSERT INTO hostile (name) VALUES ('<script>alert(1)</script>'), ('"quoted'' & "&amp; <b>'), (']]> -- --> <!-- <![CDATA['), ('%s %1$s \1 {month} {label}'), (repeat('W', 150)), (E'\x01\x08\n\t'), ('. , and ; ()'), ('“Title”');
CREATE FUNCTION hostile(n bigint) RETURNS text LANGUAGE sql AS $$SELECT h.name FROM hostile h WHERE h.n = 1 + $1 % (SELECT count(*) FROM hostile)$$;
BEGIN;
UPDATE member SET name = hostile(member_id);
UPDATE course SET title = hostile(course_id), producer = hostile(course_id + 1), category = hostile(course_id % 5);
UPDATE site_column SET name = hostile(column_id);
UPDATE district SET name = hostile(district_id + 2);
UPDATE bulletin_data.label SET label = hostile(length(name));
UPDATE bulletin_data.org_type SET label = hostile(position + 3);
UPDATE bulletin_data.setting SET value = '\1<&>' WHERE name IN ('digit_separator', 'list_separator', 'list_last', 'value_separator', 'tip_text', 'axis_form');
SELECT ok(xmlparse(CONTENT replace(page(), '<!DOCTYPE html>', '')) IS DOCUMENT, 'leave the page well-formed');
SELECT is(cardinality(xpath('//script', replace(page(), '<!DOCTYPE html>', '')::xml)), 0, 'as text');
SELECT is((SELECT count(*) FROM bulletin.narrative WHERE month = '2015-03-01' AND text IS NULL), 0::bigint, 'and no sentence is lost');
ROLLBACK;
CALL edustats.detach('bulletin');

-- 5. What a period is called, in both languages: nothing of months where it is none.
CALL edustats.attach();
CREATE TABLE period_name (days daterange, chinese text, of_chinese text, english text, of_english text);
INSERT INTO period_name VALUES
    ('[2015-03-01,2015-04-01)', '2015年3月', '2015年3月1日至31日', 'March 2015', '1 to 31 March 2015'),
    ('[2015-01-01,2015-04-01)', '2015年第一季度', '2015年1月1日至3月31日', 'quarter 1 of 2015', '1 January to 31 March 2015'),
    ('[2015-01-01,2015-07-01)', '2015年上半年', '2015年1月1日至6月30日', 'the first half of 2015', '1 January to 30 June 2015'),
    ('[2015-07-01,2016-01-01)', '2015年下半年', '2015年7月1日至12月31日', 'the second half of 2015', '1 July to 31 December 2015'),
    ('[2015-01-01,2016-01-01)', '2015年', '2015年1月1日至12月31日', '2015', '1 January to 31 December 2015'),
    ('[2015-03-02,2015-03-09)', '2015年3月2日至8日', '2015年3月2日至8日', '2 to 8 March 2015', '2 to 8 March 2015'),
    ('[2015-02-23,2015-03-02)', '2015年2月23日至3月1日', '2015年2月23日至3月1日', '23 February to 1 March 2015', '23 February to 1 March 2015'),
    ('[2014-12-29,2015-03-05)', '2014年12月29日至2015年3月4日', '2014年12月29日至2015年3月4日', '29 December 2014 to 4 March 2015', '29 December 2014 to 4 March 2015'),
    ('[2015-02-01,2015-04-01)', '2015年2月至3月', '2015年2月1日至3月31日', 'February to March 2015', '1 February to 31 March 2015'),
    ('[2014-11-01,2015-04-01)', '2014年11月至2015年3月', '2014年11月1日至2015年3月31日', 'November 2014 to March 2015', '1 November 2014 to 31 March 2015'),
    ('[2015-03-05,2015-03-06)', '2015年3月5日', '2015年3月5日', '5 March 2015', '5 March 2015');
CREATE FUNCTION page_of(days daterange) RETURNS text LANGUAGE sql AS $$SELECT edustats.bulletin_html('bulletin', $1)$$;
CREATE FUNCTION words_of(days daterange) RETURNS text LANGUAGE sql AS
    $$SELECT array_to_string(xpath('//body//text()', replace(page_of($1), '<!DOCTYPE html>', '')::xml)::text[], ' ')$$;
SELECT is((SELECT ARRAY[settings ->> 'title', settings ->> 'period'] FROM bulletin.page_setting(days)), ARRAY[chinese || '学习情况统计通报', '统计时段：' || of_chinese], 'Chinese: ' || days)
FROM period_name;
SELECT ok(CASE WHEN days = '[2015-03-01,2015-04-01)' THEN words_of(days) ~ '本月|月末' ELSE words_of(days) ~ '本(季度|半年|年|周|期)' AND words_of(days) !~ '本月|上月|月末' END AND words_of(days) !~ '[{}]|NULL',
          'in Chinese words: ' || days) FROM period_name;
SELECT speak('en');
SELECT is((SELECT ARRAY[settings ->> 'title', settings ->> 'period'] FROM bulletin.page_setting(days)), ARRAY['Learning statistics, ' || english, of_english], 'English: ' || days)
FROM period_name;
SELECT ok((words_of(days) ~ 'the month') = (days = '[2015-03-01,2015-04-01)') AND words_of(days) ~ 'in the (month|quarter|half year|year|week|period)' AND words_of(days) !~ '[{}]|NULL', 'in English words: ' || days)
FROM period_name;
SELECT ok(xmlparse(CONTENT replace(page_of(days), '<!DOCTYPE html>', '')) IS DOCUMENT, 'well-formed: ' || days) FROM period_name;
DELETE FROM bulletin_data.setting WHERE name IN ('days', 'quarter', 'end_of_month', 'day');
DELETE FROM bulletin_data.label WHERE name LIKE 'this\_%' OR name LIKE 'before\_%';
SELECT is((SELECT settings ->> 'title' FROM bulletin.page_setting('[2015-03-02,2015-03-09)')), 'Learning statistics, [2015-03-02,2015-03-09)', 'one without a name is told by its days');
SELECT ok(words_of('[2015-01-01,2015-04-01)') ~ 'in this period', 'and one without a word is a period');
CALL edustats.detach('bulletin');

-- 6. Grammar, over platforms of few kinds, districts and clicks, or none: what must never appear.
CREATE FUNCTION number(most integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::integer + 1';
CREATE FUNCTION moment(first integer) RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT timestamptz '2015-01-10 00:00+08' + ($1 + floor(random() * (100 - $1))) * interval '1 day' + floor(random() * 86400) * interval '1 second'$$;
CREATE PROCEDURE anew(kinds integer, districts integer, people integer) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE district, member, station_fitness, learning_session, course, course_click, column_visit, forum_post CASCADE;
    PERFORM setseed(0.01 * kinds + 0.001 * districts + 0.0001 * people);
    INSERT INTO district SELECT i, 'Town ' || chr(64 + i), i FROM generate_series(1, districts) i;
    INSERT INTO member SELECT i, CASE WHEN kinds > 0 AND i % 5 > 0 THEN 'Kind ' || chr(65 + i % kinds) END, kinds > 0 AND i % 5 > 0 AND random() < 0.7, nullif(number(districts + 1), districts + 1), 'User ' || i, moment(25)
        FROM generate_series(1, people) i;
    INSERT INTO station_fitness SELECT i, '2015-01-01' FROM generate_series(1, people) i WHERE random() < 0.8;
    INSERT INTO learning_session SELECT number(people), moment(50), CASE WHEN random() < 0.5 THEN 1 ELSE 3600 * number(3) END FROM generate_series(1, people);
    INSERT INTO course SELECT i, CASE WHEN i < 8 THEN 'Course ' || i ELSE '' END, CASE WHEN i % 3 > 0 THEN 'Topic ' || i % 3 ELSE ' ' END, CASE WHEN i % 2 > 0 THEN 'Faculty' ELSE '' END FROM generate_series(1, 8) i;
    INSERT INTO course_click SELECT nullif(number(people + 2), people + 1), number(9), moment(0) FROM generate_series(1, greatest(people, 2));
    INSERT INTO column_visit SELECT number(3), moment(0) FROM generate_series(1, people);
END $$;
CREATE TABLE said (language text, month date, section integer, paragraph integer, text text);
CREATE FUNCTION never(language text, text text) RETURNS boolean LANGUAGE sql AS $$
    SELECT CASE WHEN text IS NULL THEN true
        WHEN language = 'zh-CN' THEN text !~ '。$' OR text ~ 'NULL|、、|，，|。。|；；|：：|：、|、和|和、|[：，；、和是为有]。|（）|其中。|  |[：，；、和][ 　]*(用户|站点)[0-9点参较]|^[，；、]|“”|《》'
        ELSE text !~ '^[[:upper:]“(].*\.$' OR text ~ 'NULL|  | [,.;:)]|\( |\(\)|“”|[{}]|[,;:]\.|\.\.|,,|;;|, and |and [.;,]|\m(in|by|of|for|to|was|had|went to) ?[.;:)]|\mand and\M|: [.;]'
             OR text ~ '(?<![\d.,])1 (users|visits|clicks|others|new users)\M|(\d[\d,]*\d|[02-9]) (user|visit|click|other|new user)\M|\mno (user|visit|click)\M|\m0 '
             OR text ~ 'There was (?!1 )|There were 1 |[\u2e80-\uffef]' END $$;
SELECT ok(never(l, t), 'never: ' || t) FROM (VALUES ('en', 'The platform had 1 users.'), ('en', 'There were 2 user.'), ('en', 'A, and B.'), ('en', 'A and .'), ('en', 'A  B.'), ('en', 'A ().'), ('en', 'a.'), ('en', 'A'),
    ('en', 'There were 1 new user.'), ('en', 'Most went to.'), ('en', '1,001 user.'), ('en', 'A NULL.'), ('en', 'It had 1 users.'), ('en', 'It was A (most in ).'), ('en', 'They belong to .'), ('en', 'A ,B.'), ('en', NULL), ('zh-CN', '甲、。'), ('zh-CN', '甲，。'), ('zh-CN', '甲（）。'), ('zh-CN', '甲和。'), ('zh-CN', '其中。'), ('zh-CN', '甲')) v(l, t);
SELECT ok(NOT never(l, t), 'sometimes: ' || t) FROM (VALUES ('en', 'There was 1 new user in the month.'), ('en', 'It had 1,001 users, 21 visits and no clicks: A and B.'), ('en', '“A” came first with 1.00 hours.'), ('zh-CN', '甲、乙和丙。')) v(l, t);
CREATE PROCEDURE hear(language text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO said SELECT language, n.month, n.section, n.paragraph, n.text FROM bulletin.narrative n WHERE n.month BETWEEN '2015-01-01' AND '2015-05-01';
    INSERT INTO said SELECT language, date '2000-01-01' + d.place::integer, n.section, n.paragraph, n.text
    FROM unnest('{"[2015-02-23,2015-03-02)", "[2015-01-01,2015-04-01)", "[2015-01-20,2015-04-10)", "[2015-02-28,2015-03-01)", "[2015-01-01,2016-01-01)"}'::daterange[])
        WITH ORDINALITY d(days, place), bulletin.narrative(d.days) n;
END $$;
-- What both languages say of a month in percent must be the same, and the affiliated users of English all of them.
CREATE FUNCTION percents(text text) RETURNS text[] LANGUAGE sql AS $$SELECT array_agg(m[1] ORDER BY m[1]) FROM regexp_matches(replace($1, ',', ''), '[0-9.]+%', 'g') m$$;
\set ON_ERROR_STOP off
SELECT statement
FROM (VALUES (0, 0, 3), (0, 3, 1), (1, 0, 1), (1, 1, 2), (1, 2, 9), (2, 1, 4), (2, 2, 12), (2, 8, 40), (3, 0, 9), (3, 3, 6), (3, 3, 30), (12, 8, 200), (12, 1, 30)) p(kinds, districts, people)
CROSS JOIN LATERAL string_to_table(format($q$TRUNCATE said;CALL anew(%s, %s, %s);CALL edustats.attach();CALL hear('zh-CN');SELECT speak('en');CALL hear('en');
    SELECT is(string_agg(format('%%s %%s.%%s %%s', month, section, paragraph, text), E'\n'), NULL, '%1$s kinds, %2$s districts, %3$s people: grammar') FROM said WHERE never(language, text);
    SELECT cmp_ok(count(*), '>=', 9::bigint, 'with sentences') FROM said WHERE language = 'en';
    SELECT is_empty($t$SELECT e.month, e.section, e.paragraph, e.text, z.text FROM (SELECT * FROM said WHERE language = 'en') e FULL JOIN (SELECT * FROM said WHERE language = 'zh-CN' AND (section < 4 OR (section, paragraph) IN ((4, 1), (4, 3)))) z
        USING (month, section, paragraph) WHERE percents(e.text) IS DISTINCT FROM percents(z.text)$t$, 'the same in both');
    SELECT is(coalesce(sum((SELECT sum(replace(m[1], ',', '')::bigint) FROM regexp_matches(text, '\(([\d,]+) or ', 'g') m)), 0), (SELECT coalesce(sum(users), 0) FROM bulletin.users WHERE org_type IS NOT NULL AND month BETWEEN '2015-01-01' AND '2015-05-01'),
        'all kinds are told of') FROM said WHERE language = 'en' AND section = 1 AND paragraph = 1 AND month > '2010-01-01';CALL edustats.detach('bulletin')$q$, kinds, districts, people), ';') WITH ORDINALITY t(statement, n)
ORDER BY kinds, districts, people, n \gexec
SELECT * FROM finish();
