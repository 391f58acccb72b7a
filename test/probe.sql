-- The state of an installation and of its attachments, without OIDs: run in two databases, the answers can be compared.
-- Run by psql; attach first, or there is the extension only to be seen.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
\pset border 0
SET client_min_messages = warning;
SET search_path = pg_catalog;
SET timezone = 'UTC';

CREATE TEMP VIEW schemas AS
SELECT 'edustats'::name AS name UNION SELECT bulletin FROM edustats.attachment UNION SELECT data FROM edustats.attachment
UNION SELECT n.nspname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgfoid = 'edustats.log_changes'::regproc;

\echo '# extension and schemas'
SELECT extname, extversion FROM pg_extension WHERE extname = 'edustats';
SELECT n.nspname, n.nspowner::regrole, n.nspacl, obj_description(n.oid, 'pg_namespace')
FROM pg_namespace n WHERE n.nspname IN (TABLE schemas) ORDER BY 1;
\echo '# relations'
SELECT c.oid::regclass, c.relkind, c.relpersistence, c.relowner::regrole,
       (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(c.relacl) a), c.reloptions, obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN (TABLE schemas) ORDER BY c.oid::regclass::text COLLATE "C";
\echo '# columns'
SELECT a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attstorage, a.attacl,
       pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE n.nspname IN (TABLE schemas) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'
ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum;
\echo '# view definitions'
SELECT c.oid::regclass, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN (TABLE schemas) AND c.relkind IN ('v', 'm') ORDER BY c.oid::regclass::text COLLATE "C";
\echo '# constraints, indexes, triggers'
SELECT c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname IN (TABLE schemas) ORDER BY c.conrelid::regclass::text COLLATE "C", c.conname;
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN (TABLE schemas) ORDER BY 1;
SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN (TABLE schemas) AND NOT t.tgisinternal ORDER BY t.tgrelid::regclass::text COLLATE "C", t.tgname;
SELECT e.evtname, e.evtevent, e.evtowner::regrole, e.evtfoid::regproc, e.evtenabled, e.evttags FROM pg_event_trigger e ORDER BY 1;
\echo '# functions, types, operators, casts'
SELECT p.oid::regprocedure, p.prokind, pg_get_function_result(p.oid), p.proowner::regrole, coalesce(p.proacl, acldefault('f', p.proowner)), p.provolatile, p.proparallel,
       p.proisstrict, p.prosecdef, p.proleakproof, p.procost, p.prorows, p.proconfig, l.lanname, obj_description(p.oid, 'pg_proc'),
       CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn,
                                                              g.aggtranstype::regtype, g.aggtransspace, g.agginitval)
                                     FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
            ELSE md5(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname IN (TABLE schemas) ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT t.oid::regtype, t.typlen, t.typalign, t.typstorage, t.typinput, t.typoutput, t.typreceive, t.typsend, obj_description(t.oid, 'pg_type')
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = 'edustats' AND t.typrelid = 0 AND t.typelem = 0 ORDER BY 1::text COLLATE "C";
SELECT o.oid::regoperator, o.oprcode, o.oprcom::regoperator, o.oprnegate::regoperator, o.oprrest, o.oprjoin, obj_description(o.oid, 'pg_operator')
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE n.nspname = 'edustats' ORDER BY o.oid::regoperator::text COLLATE "C";
SELECT c.castsource::regtype, c.casttarget::regtype, c.castfunc::regprocedure, c.castcontext FROM pg_cast c
WHERE c.castfunc IN (SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'edustats'::regnamespace) ORDER BY 1::text, 2::text;
\echo '# members of the extension'
SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats') ORDER BY 1;
\echo '# rows'
-- OIDs, numbers of columns and transactions are others after a restore.
SELECT format('SELECT %L, t::text FROM %s t ORDER BY t::text COLLATE "C"', c.oid::regclass, CASE c.relname
    WHEN 'part' THEN format('(SELECT metric, relation, first, last, bears FROM %s)', c.oid::regclass)
    WHEN 'made_view' THEN format('(SELECT view FROM %s)', c.oid::regclass) ELSE c.oid::regclass::text END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN (TABLE schemas) AND c.relkind = 'r' ORDER BY c.oid::regclass::text COLLATE "C" \gexec
