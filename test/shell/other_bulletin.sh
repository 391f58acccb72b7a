#!/usr/bin/env bash
# test/with-cluster test/shell/other_bulletin.sh: the bulletin of another year, made of the seed's platform by rows and views of its
# owner's alone: a kind of organisation more, places without a name, visits by terminal, daily actives with their peak, words,
# sections of its own in another order; dumped, restored and attached again, its page is the same byte for byte.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/other.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PGCLIENTENCODING=UTF8
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }
page() {
    sql -At -d "$1" -c "SELECT edustats.bulletin_html('bulletin', '2015-03-01')" >"$2"
    sql -At -d "$1" -c "SELECT edustats.bulletin_html('bulletin', '[2015-02-10,2015-03-25)')" >"$2.days"
}
same() { cmp "$work/first.html" "$work/$1.html" && cmp "$work/first.html.days" "$work/$1.html.days" || { echo "not ok: another page $2"; exit 1; }; }
has() { grep -q -- "$1" "$work/first.html" || { echo "not ok: no $1 on the page"; exit 1; }; }
has_not() { ! grep -q -- "$1" "$work/first.html" || { echo "not ok: $1 on the page"; exit 1; }; }

sql -f "$here/../march_2015.sql" >/dev/null 2>&1
sql >/dev/null <<'SQL'
SET client_min_messages = warning;
ALTER TABLE platform.member DROP CONSTRAINT member_district_id_fkey;
-- what the platform has by now: schools, accounts whose district is not on file, and visits by terminal
INSERT INTO platform.member (member_id, org_type, allocated, district_id, name, registered_at)
SELECT 100000 + i, '中小学', i % 3 > 0, CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN 999 ELSE (ARRAY(SELECT district_id FROM platform.district ORDER BY 1))[1 + i % 16] END, '第' || i || '中学', '2015-02-10 09:00+08'
FROM generate_series(1, 60) i;
INSERT INTO platform.station_fitness (member_id, fit_from) SELECT 100000 + i, '2015-02-10' FROM generate_series(1, 60) i WHERE i % 3 > 0;
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT 100000 + i, timestamptz '2015-03-02 08:00+08' + i * interval '11 hours', 600 * i FROM generate_series(1, 60) i;
CREATE TABLE platform.terminal (terminal_id bigint PRIMARY KEY, name text);
INSERT INTO platform.terminal VALUES (1, '电脑'), (2, '手机'), (3, '电视机顶盒');
CREATE TABLE platform.terminal_visit (terminal_id bigint, member_id bigint, visited_at timestamptz NOT NULL);
CREATE INDEX ON platform.terminal_visit (visited_at);
INSERT INTO platform.terminal_visit SELECT 1 + (i * 7 / 5) % 3, 1 + i % 5000, timestamptz '2015-02-20 00:00+08' + i * interval '97 seconds' FROM generate_series(1, 30000) i;
CREATE TABLE platform.search_log (word text, searched_at timestamptz NOT NULL);
CREATE INDEX ON platform.search_log (searched_at);
CREATE VIEW platform.search AS SELECT edustats.key_of(word) AS word_id, searched_at FROM platform.search_log;
INSERT INTO platform.search_log SELECT (ARRAY['两会', '种植技术', '党课', '村官', '养殖'])[1 + (i * 7 + i / 11) % 5], timestamptz '2015-03-01 00:00+08' + i * interval '5 minutes'
FROM generate_series(1, 8000) i;
CALL edustats.attach();

-- the owner's rows
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, member_column, unit, label) VALUES
    ('terminal_visits', 'terminal_visit', 'visited_at', 'terminal_id', 'member_id', 'visits', '终端访问'),
    ('searches', 'search', 'searched_at', 'word_id', NULL, 'searches', '搜索');
UPDATE bulletin_data.org_type SET compared = true, label = '学校' WHERE org_type = '中小学';
UPDATE bulletin_data.org_type SET compared = false WHERE org_type = '社区';
UPDATE bulletin_data.org_type SET position = -1 WHERE org_type = '高校';
CREATE SCHEMA office;
CREATE VIEW office.terminals AS
SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY e.count DESC, e.key) AS rank, t.name AS terminal, e.count AS visits,
       edustats.share(e.count, edustats.total(m.tally)) AS share
FROM bulletin_data.monthly_tally m CROSS JOIN LATERAL edustats.each(m.tally) e LEFT JOIN platform.terminal t ON t.terminal_id = e.key
WHERE m.metric = 'terminal_visits';
COMMENT ON COLUMN office.terminals.rank IS '位次';
COMMENT ON COLUMN office.terminals.terminal IS '终端';
CREATE VIEW office.daily_active AS
SELECT a.month, a.day, to_char(a.day, 'FMMM/FMDD') AS label, count(DISTINCT e.key) AS members
FROM bulletin_data.activity a CROSS JOIN LATERAL edustats.each(a.tally) e WHERE a.metric = 'learning' GROUP BY 1, 2 ORDER BY 2;
CREATE VIEW office.peak AS
SELECT DISTINCT ON (month) month, format('日活跃用户最多的是%s月%s日，为%s人。', extract(month FROM day), extract(day FROM day), members) AS text
FROM office.daily_active ORDER BY month, members DESC, day;
CREATE VIEW office.words AS
SELECT m.month, t.rank, k.name AS word, t.count FROM bulletin_data.monthly_tally m CROSS JOIN LATERAL edustats.top(m.tally, 5) t
LEFT JOIN bulletin_data.key_name k ON k.metric = m.metric AND k.key = t.key WHERE m.metric = 'searches';
UPDATE bulletin_data.setting SET value = '全市党员教育平台{year}年第{month_number}期运行通报' WHERE name = 'title';
INSERT INTO bulletin_data.setting VALUES ('office', '市委组织部电教中心'), ('issue', '第{month_number}期'), ('signature', '市委组织部电教中心'), ('date', '2015年4月8日');
INSERT INTO bulletin_data.page_section VALUES (0, '平台活跃情况'), (9, '热词');
INSERT INTO bulletin_data.page_item (section, position, kind, view, caption, heads, forms) VALUES
    (0, 20, 'table', 'office.terminals', '{month}各终端访问情况', '{"visits": "访问|次数(万次)", "share": "访问|占比"}', '{"visits": "wan", "share": "percent"}'),
    (9, 10, 'table', 'office.words', '{month}搜索热词', '{"word": "热词", "count": "次数", "rank": "位次"}', NULL);
INSERT INTO bulletin_data.page_item (section, position, kind, view, caption, style, unit, forms) VALUES
    (0, 10, 'figure', 'office.daily_active', '{month}日活跃用户（单位：人）', 'line', '人', '{"label": "label", "members": "value"}');
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (0, 5, 'sentence', 'office.peak');
INSERT INTO bulletin_data.page_item (section, position, kind, note) VALUES (9, 20, 'note', '热词由搜索记录统计。');
UPDATE bulletin_data.page_section SET section = 10 WHERE section = 2;
UPDATE bulletin_data.page_item SET section = 10 WHERE section = 2;
DELETE FROM bulletin_data.page_item WHERE section = 5;
CALL edustats.attach();
CALL edustats.refresh();
SQL
page "$PGDATABASE" "$work/first.html"
[ -z "${PAGE:-}" ] || cp "$work/first.html" "$PAGE"

has '<h1>全市党员教育平台2015年第3期运行通报</h1>'
has '一、平台活跃情况</h2>'
has '<p>日活跃用户最多的是3月.*日，为.*人。</p>'
has '表1 2015年3月各终端访问情况'
has '农村站点和学校站点参学情况'
has '<td>种植技术</td>'
has '<th scope="row">其他</th>'
has '<td>电视机顶盒</td>'
has '市委组织部电教中心</p>'
has_not '村官栏目'
has_not '五、互动'
has_not '<th class="n" scope="col">社区站点'

pg_dump >"$work/dump.sql"
createdb other_restored
sql -d other_restored -f "$work/dump.sql" >/dev/null
page other_restored "$work/restored.html"
same restored 'after a restore'
sql -d other_restored -c 'SET client_min_messages = warning' -c 'CALL edustats.attach()' -c 'CALL edustats.refresh()'
page other_restored "$work/attached.html"
same attached 'after attach'
dropdb other_restored
echo 'ok: a bulletin of rows'
