-- A new installation with the server's default settings, where nobody has analyzed anything, as after a restore: no reading of
-- a month is dear enough for the JIT, before the first refresh and after it. Costs, not times: what the planner decides by.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();

CALL edustats.create_platform('platform');
\ir ../march_2015/load.sql

-- What the planner knows of tables that were never analyzed: how long they are, and no more.
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE sql AS $$
    DELETE FROM pg_statistic USING pg_class c WHERE c.oid = starelid AND c.oid > 16383 AND c.relnamespace <> 'pg_catalog'::regnamespace;
    UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0
    WHERE oid > 16383 AND relkind IN ('r', 'i') AND relnamespace <> 'pg_toast'::regnamespace;
$$;
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
SELECT pg_temp.forget();
CALL edustats.attach();
SELECT pg_temp.costs('attached');
SELECT pg_temp.forget();
SELECT pg_temp.costs('attached, and not even that analyzed');
CALL edustats.refresh();
SELECT pg_temp.costs('refreshed');
SELECT cmp_ok(pg_temp.cost(format('SELECT count(*) FROM bulletin.%I', view)), '<', current_setting('jit_above_cost')::numeric,
              format('all months of %s, too', view))
FROM unnest(ARRAY['table_1', 'headline', 'users', 'learning_hours']) view;
SELECT pg_temp.forget();
SELECT pg_temp.costs('refreshed, and not even that analyzed');
SELECT * FROM finish();
