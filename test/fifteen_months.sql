-- A small platform with all kinds of activity in fourteen months and the present one, as the calendar goes on to that; attached,
-- refreshed, two months published, and then written to. Included with \ir, from anywhere, into an empty database.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION edustats;
CREATE FUNCTION month_back(months integer) RETURNS date LANGUAGE sql STABLE AS
    $$ SELECT (date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai') - make_interval(months => months))::date $$;
CREATE FUNCTION moment(months integer, n bigint) RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT (month_back(months) + CASE WHEN months = 0 THEN 0 ELSE n::integer * 11 % 27 END + time '00:20' * (n % 70)) AT TIME ZONE 'Asia/Shanghai' $$;
CALL edustats.create_platform('platform');
CALL edustats.attach();
SET search_path TO platform, public;
INSERT INTO district VALUES (1, '东区', 1), (2, '西区', 2), (3, '北县', 3);
INSERT INTO member
SELECT n, k.org_type, n % 2 = 0 AND k.org_type IS NOT NULL, nullif(n % 4, 0), CASE WHEN k.org_type IS NULL THEN '私人' ELSE '户' END || n, moment((14 - n % 15)::integer, n), CASE WHEN n % 19 = 0 THEN moment(1, n) + interval '40 days' END
FROM generate_series(1, 120) n
LEFT JOIN (SELECT org_type, row_number() OVER (ORDER BY position) AS place FROM bulletin_data.org_type) k ON k.place = n % 9;
INSERT INTO station_fitness SELECT member_id, '2000-01-01', CASE WHEN member_id % 5 = 0 THEN month_back(4) END FROM member WHERE allocated;
INSERT INTO course SELECT n, '课程' || n, '类' || n % 4, '社' || n % 3 FROM generate_series(1, 15) n;
INSERT INTO site_column VALUES (1, '影像', 'video'), (2, '文字', 'text'), (3, '图片', 'text');
INSERT INTO article SELECT n, '文章' || n, 2 + n % 2 FROM generate_series(1, 12) n;
INSERT INTO topic SELECT n, '话题' || n, '版' || n % 3 FROM generate_series(1, 12) n;
INSERT INTO blog SELECT n, n, '类' || n % 5 FROM generate_series(1, 40) n;
INSERT INTO village_topic SELECT n, '村题' || n FROM generate_series(1, 8) n;
INSERT INTO village_participant SELECT n, moment((n % 15)::integer, n) FROM generate_series(1, 30) n;
INSERT INTO opening_balance VALUES ('learning', 0, 36000), ('course_clicks', 0, 500);
CREATE TABLE happening AS
SELECT n, months, moment(months, n * 13 + months) AS at FROM generate_series(0, 14) months CROSS JOIN LATERAL generate_series(1, 40 + months * 3) n;
INSERT INTO learning_session SELECT 1 + n * 7 % 120, at, n * 61 FROM happening;
INSERT INTO course_click SELECT nullif(n * 3 % 121, 0), 1 + n * n % 15, at FROM happening;
INSERT INTO column_visit SELECT 1 + n % 3, at FROM happening;
INSERT INTO article_view SELECT 1 + n * n % 12, at FROM happening;
INSERT INTO forum_post SELECT 1 + n * 5 % 120, at FROM happening;
INSERT INTO topic_view SELECT 1 + n * n % 13, at FROM happening;
INSERT INTO blog_post SELECT 1 + n % 40, at FROM happening;
INSERT INTO village_post SELECT 1 + n % 8, at FROM happening;
INSERT INTO report SELECT 1 + n % 3, at FROM happening WHERE n % 4 = 0;
CALL edustats.refresh();
CALL edustats.publish('bulletin', month_back(2));
CALL edustats.publish('bulletin', month_back(13));
-- Few rows, of which the log says what has changed, and many, of which it says the days.
INSERT INTO course_click SELECT 2, 3, moment(3, n) FROM generate_series(1, 5) n;
UPDATE learning_session SET seconds = seconds + 7 WHERE started_at >= moment(6, 0) AND member_id = 8;
DELETE FROM topic_view WHERE viewed_at < moment(13, 0) AND topic_id = 2;
INSERT INTO learning_session SELECT 1 + n % 120, moment(5, 4), 9 FROM generate_series(1, 5000) n;
INSERT INTO course_click SELECT 1 + n % 120, 1 + n % 15, moment(12, 4) FROM generate_series(1, 5000) n;
RESET search_path;
