-- recall and remember: whose they are, and what they take.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE ROLE regress_memory;
CREATE ROLE regress_curious;
CREATE SCHEMA mine AUTHORIZATION regress_memory;
SET SESSION AUTHORIZATION regress_memory;
-- only within a statement of the client
SELECT edustats.remember('mine', 'a', 1), edustats.recall('mine', 'a', 0), edustats.remember('mine', 'a', 2), edustats.recall('mine', 'a', NULL::integer);
SELECT edustats.recall('mine', 'a', 0);
-- by name, schema and type
CREATE FUNCTION pg_temp.ask(VARIADIC asked text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    a text;
BEGIN
    PERFORM edustats.remember('mine', 'a', 'text'::text), edustats.remember('mine', 'b', 7), edustats.remember('mine', '', '{1,2,3}'::integer[]),
            edustats.remember('mine', 'long', repeat('x', 100000)), edustats.remember('mine', 'row', (1, 'b', NULL)::record),
            edustats.remember('mine', 'tally', '{1:2}'::edustats.tally), edustats.remember('mine', 'name', 'n'::name);
    FOREACH a IN ARRAY asked LOOP
        EXECUTE 'SELECT (' || a || ')::text' INTO a;
        RETURN NEXT a;
    END LOOP;
END
$$;
SELECT pg_temp.ask($$edustats.recall('mine', 'a', ''::text)$$, $$edustats.recall('mine', 'a', ''::varchar)$$, $$edustats.recall('mine', 'a', 0)$$,
    $$edustats.recall('mine', 'b', 0)$$, $$edustats.recall('mine', 'b', 0::bigint)$$, $$edustats.recall('mine', '', NULL::integer[])$$,
    $$length(edustats.recall('mine', 'long', ''::text))$$, $$edustats.recall('mine', 'row', NULL::record)$$,
    $$edustats.recall('mine', 'tally', NULL::edustats.tally)$$, $$edustats.recall('mine', 'name', ''::name)$$, $$edustats.recall('mine', 'none', ''::text)$$);
-- NULL
SELECT edustats.remember('mine', 'a', NULL::text), edustats.remember(NULL, 'a', 1), edustats.remember('mine', NULL, 1), edustats.recall(NULL, 'a', 1),
    edustats.recall('mine', NULL, 1);
-- of his own schema alone
SET SESSION AUTHORIZATION regress_curious;
SELECT edustats.recall('mine', 'a', 0);
SELECT edustats.remember('mine', 'a', 0);
SELECT edustats.remember(0::regnamespace, 'a', 0);
RESET SESSION AUTHORIZATION;
-- within bounds
SET maintenance_work_mem = '1MB';
WITH m AS MATERIALIZED (SELECT count(edustats.remember('mine', i::text, repeat('x', 100000))) FROM generate_series(1, 100) i)
SELECT count(edustats.recall('mine', i::text, ''::text)) BETWEEN 5 AND 12 AS some FROM m, generate_series(1, 100) i;
DROP OWNED BY regress_memory;
DROP ROLE regress_memory, regress_curious;
