-- A new installation with the server's default settings, where nobody has analyzed anything: no reading of a month is dear
-- enough for the JIT, before the first refresh and after it. Costs, not times: what the planner decides by.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, '大兴', 1), (2, '顺义', 2);
INSERT INTO platform.member (member_id, org_type, allocated, district_id, name, registered_at)
VALUES (1, '农村', true, 1, 'a', '2015-01-05 09:00+08'), (2, '社区', true, 2, 'b', '2015-03-02 10:00+08');
INSERT INTO platform.learning_session VALUES (1, '2015-03-31 23:30+08', 5400), (2, '2015-03-08 19:00+08', 1800);

CREATE FUNCTION pg_temp.cost(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN plan -> 0 -> 'Plan' ->> 'Total Cost';
END $$;
CREATE FUNCTION pg_temp.costs(state text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT cmp_ok(pg_temp.cost(format('SELECT * FROM bulletin.%I %s', c.relname,
                                      CASE WHEN c.relname <> 'refresh_status' THEN 'WHERE month = ''2015-03-01''' END)), '<',
                  current_setting('jit_above_cost')::numeric, format('%s: %s is too cheap for the JIT', state, c.relname))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'bulletin' AND c.relkind = 'v' ORDER BY c.relname
$$;
SELECT is(current_setting('jit'), 'on', 'the JIT is on');
CALL edustats.attach();
SELECT pg_temp.costs('attached');
CALL edustats.refresh();
SELECT pg_temp.costs('refreshed');
SELECT cmp_ok(pg_temp.cost(format('SELECT count(*) FROM bulletin.%I', view)), '<', current_setting('jit_above_cost')::numeric,
              format('all months of %s, too', view))
FROM unnest(ARRAY['table_1', 'headline', 'users', 'learning_hours']) view;
SELECT * FROM finish();
