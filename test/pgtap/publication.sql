-- Publishing a month: what has been published stays as it was, and what has changed since is named cell by cell.
\ir ../march_2015.sql
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
SELECT no_plan();
CREATE TABLE first AS SELECT edustats.bulletin_html('bulletin', '2015-03-01') AS page, (SELECT jsonb_object_agg(district, jsonb_strip_nulls(jsonb_build_object('district', district, 'rural', rural::text,
    'community', community::text, 'agency', agency::text, 'soe', soe::text, 'new_org', new_org::text, 'total', total::text))) FROM bulletin.table_2 WHERE month = '2015-03-01') AS table_2;

SELECT is_empty('SELECT * FROM bulletin.revision', 'nothing is published');
SELECT is(edustats.published('bulletin', '2015-03-01'), NULL, 'so there is no page');
CALL edustats.publish('bulletin', '2015-03-17', '第一版');
SELECT results_eq($$SELECT month, revision, published_by = current_user, note, versions ->> 'edustats' = (SELECT extversion FROM pg_extension WHERE extname = 'edustats'), intact FROM bulletin.revision$$,
    $$VALUES (date '2015-03-01', 1, true, '第一版', true, true)$$, 'one revision');
SELECT ok(published_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AND hash ~ '^[0-9a-f]{64}$', 'when, and a hash') FROM bulletin.revision;
SELECT is(edustats.published('bulletin', '2015-03-31'), page, 'the page, byte for byte') FROM first;
SELECT is(rows -> 'table_2', table_2, 'the rows of a table') FROM first, bulletin.revision_content WHERE revision = 1;
SELECT set_eq($$SELECT jsonb_object_keys(rows) FROM bulletin.revision_content WHERE revision = 1$$,
    $$SELECT 'headline' UNION SELECT view FROM bulletin.page WHERE month = '2015-03-01' AND view IS NOT NULL$$, 'of all that is on the page, and of the headline');
SELECT cmp_ok((SELECT sum(pg_column_size(p.*)) FROM bulletin_data.published p), '<=', 50000::bigint, 'in 50 kB');
SELECT is((SELECT count(*) FROM edustats.revision_diff('bulletin', '2015-03-01', 1)), 0::bigint, 'nothing has changed');
CALL edustats.publish('bulletin', '2015-03-01');
SELECT is((SELECT count(*) FROM bulletin.revision), 1::bigint, 'and so nothing is published again');

-- A late row, and a correction of a name
INSERT INTO platform.learning_session SELECT member_id, '2015-03-31 23:59:59+08', 3600 FROM platform.member JOIN platform.district d USING (district_id)
    WHERE allocated AND org_type = '农村' AND d.name = '朝阳' ORDER BY member_id LIMIT 1;
SELECT set_eq($$SELECT "row", "column", new::numeric - old::numeric FROM edustats.revision_diff('bulletin', '2015-03-01', 1) WHERE view = 'table_2'$$,
    $$VALUES ('朝阳', 'rural', 1.00), ('朝阳', 'total', 1.00), ('合计', 'rural', 1.00), ('合计', 'total', 1.00)$$, 'exactly the cells of table 2');
SELECT set_eq($$SELECT "column" FROM edustats.revision_diff('bulletin', '2015-03-01', 1) WHERE view = 'headline'$$,
    ARRAY['value', 'growth', 'cumulative', 'year_to_date'], 'of the headline');
SELECT results_eq($$SELECT "row", "column", new::numeric - old::numeric FROM edustats.revision_diff('bulletin', '2015-03-01', 1) WHERE view = 'headline' AND "column" = 'value'$$,
    $$VALUES ('learning_hours', 'value', 1.00)$$, 'only hours');
SELECT is((SELECT string_agg(DISTINCT "row", ' ') FROM edustats.revision_diff('bulletin', '2015-03-01', 1) WHERE view = 'narrative' AND "column" = 'text'), '2.100', 'and the sentence about them');
SELECT set_eq($$SELECT DISTINCT view FROM edustats.revision_diff('bulletin', '2015-03-01', 1) WHERE view NOT IN ('table_3', 'table_4')$$, ARRAY['headline', 'narrative', 'table_2'], 'nothing else');
SELECT is(edustats.published('bulletin', '2015-03-01'), page, 'what was published is as it was') FROM first;
CREATE TABLE difference AS SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', 1);
CALL edustats.publish('bulletin', '2015-03-01', 'again');
CALL edustats.refresh();
SELECT results_eq($$SELECT revision, note, intact FROM bulletin.revision ORDER BY 1$$, $$VALUES (1, '第一版', true), (2, 'again', true)$$, 'another revision');
SELECT set_eq($$SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', 1, 2)$$, 'SELECT * FROM difference', 'differs by the same');
SELECT set_eq($$SELECT view, "row", "column", new, old FROM edustats.revision_diff('bulletin', '2015-03-01', 2, 1)$$, 'SELECT * FROM difference', 'and the other way round');
SELECT is(edustats.published('bulletin', '2015-03-01', 1), page, 'the first is as it was') FROM first;
SELECT is(edustats.published('bulletin', '2015-03-01'), edustats.bulletin_html('bulletin', '2015-03-01'), 'the last one holds');

-- A row more, one less, and two of one name
BEGIN;
ALTER TABLE platform.district DROP CONSTRAINT district_name_key;
INSERT INTO platform.district VALUES (901, '东城', 98), (902, '新区', 0);
UPDATE platform.member SET district_id = 902 WHERE district_id = (SELECT district_id FROM platform.district WHERE name = '延庆');
DELETE FROM platform.district WHERE name = '延庆';
SELECT set_eq($$SELECT "row", old IS NULL AS added, new IS NULL AS gone FROM edustats.revision_diff('bulletin', '2015-03-01', 2) WHERE view = 'table_2' AND "column" IN ('district', 'total')$$,
    $$VALUES ('东城 (2)', true, false), ('新区', true, false), ('延庆', false, true)$$, 'rows are told by what is in them');
SELECT is_empty($$SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', 2) WHERE view = 'table_2' AND "row" NOT IN ('东城 (2)', '新区', '延庆')$$, 'and not by their number');
ROLLBACK;

-- Nothing published is changed, by nobody; and if it is, that shows
SELECT throws_ok($$UPDATE bulletin_data.published SET note = 'x'$$, '55000', 'what has been published is not changed', 'no update');
SELECT throws_ok('DELETE FROM bulletin_data.published', '55000', NULL, 'no delete');
SELECT throws_ok('TRUNCATE bulletin_data.published', '55000', NULL, 'no truncate');
SELECT throws_ok($$CALL edustats.detach('bulletin')$$, '55000', 'bulletin "bulletin" has published months', 'no detach');
BEGIN;
ALTER TABLE bulletin_data.published DISABLE TRIGGER final;
UPDATE bulletin_data.published SET page = replace(page, '农村', '乡村') WHERE revision = 1;
UPDATE bulletin_data.published SET published_at = published_at - interval '1 day' WHERE revision = 2;
SELECT is((SELECT string_agg(intact::text, ' ' ORDER BY revision) FROM bulletin.revision), 'false false', 'who does it all the same can be seen');
ROLLBACK;
SET timezone TO 'America/New_York';
SET datestyle TO 'German';
SELECT is((SELECT bool_and(intact) FROM bulletin.revision), true, 'whatever the session''s settings');
RESET timezone;
RESET datestyle;
CALL edustats.attach();
SELECT is((SELECT bool_and(intact) FROM bulletin.revision), true, 'attached again');

-- What can't be published
SELECT throws_ok(format('CALL edustats.publish(%L, %L)', 'bulletin', now() AT TIME ZONE 'Asia/Shanghai'), '55000', NULL, 'the present month');
SELECT throws_ok($$CALL edustats.publish('bulletin', '1990-01-01')$$, '22023', 'bulletin "bulletin" has no month 1990-01-01', 'one before all');
SELECT throws_ok($$CALL edustats.publish('bulletin', '2990-01-01')$$, '22023', NULL, 'one after all');
SELECT throws_ok($$CALL edustats.publish('bulletin', NULL)$$, '22004', NULL, 'none');
SELECT throws_ok($$CALL edustats.publish('no_such', '2015-03-01')$$, '3F000', NULL, 'no bulletin');
SELECT throws_ok($$SELECT edustats.published('no_such', '2015-03-01')$$, '3F000', NULL, 'nor its pages');
SELECT throws_ok($$SELECT edustats.published('bulletin', '2015-03-01', 3)$$, '22023', 'bulletin "bulletin" has no revision 3 of 2015-03-01', 'no such revision');
SELECT throws_ok($$SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', 1, 0)$$, '22023', NULL, 'nor differences to it');
SELECT is_empty($$SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', NULL)$$, 'none to nothing');
ALTER TABLE platform.learning_session DROP CONSTRAINT learning_session_seconds_check;
INSERT INTO platform.learning_session SELECT member_id, '2015-02-11 12:00+08', -5 FROM platform.learning_session LIMIT 1;
CALL edustats.refresh();
SELECT throws_ok($$CALL edustats.publish('bulletin', '2015-02-01')$$, '55000', '2015-02-01 can''t be published: not all of it is known', 'one with an impossible row');
DELETE FROM platform.learning_session WHERE seconds < 0;
CALL edustats.refresh();
SELECT lives_ok($$CALL edustats.publish('bulletin', '2015-02-01')$$, 'until that is mended');
SELECT is((SELECT string_agg(format('%s %s', month, revision), ', ' ORDER BY month, revision) FROM bulletin.revision), '2015-02-01 1, 2015-03-01 1, 2015-03-01 2', 'each month has its own');

-- Who may
CREATE ROLE pub_reader;
GRANT USAGE ON SCHEMA bulletin TO pub_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO pub_reader;
SET ROLE pub_reader;
SELECT is((SELECT count(*) FROM bulletin.revision), 3::bigint, 'a reader reads what is published');
SELECT is(length(edustats.published('bulletin', '2015-03-01', 1)), (SELECT length(page) FROM bulletin.revision_content WHERE month = '2015-03-01' AND revision = 1), 'its pages');
SELECT cmp_ok((SELECT count(*) FROM edustats.revision_diff('bulletin', '2015-03-01', 1)), '>', 5::bigint, 'and its differences to the month as it is now');
SELECT throws_ok($$CALL edustats.publish('bulletin', '2015-02-01')$$, '42501', NULL, 'he publishes nothing');
SELECT throws_ok('SELECT * FROM bulletin_data.published', '42501', NULL, 'nor reads the table');
RESET ROLE;
DROP OWNED BY pub_reader;
DROP ROLE pub_reader;
SELECT * FROM finish();
