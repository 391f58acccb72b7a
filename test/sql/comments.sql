-- Everything public is described: objects of the extension, and of a bulletin as attach makes it. Lists what is not.
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
CALL edustats.create_platform('described');
CALL edustats.attach('described', 'described_bulletin');

-- Functions behind a type, an operator, an aggregate or an operator class are described there.
WITH member AS (
    SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
    FROM pg_depend d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats')
), support AS (
    SELECT unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze]) AS function
    FROM pg_type t WHERE t.typnamespace = 'edustats'::regnamespace
    UNION SELECT o.oprcode FROM pg_operator o WHERE o.oprnamespace = 'edustats'::regnamespace
    UNION SELECT unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn]) FROM pg_aggregate a
    UNION SELECT p.amproc FROM pg_amproc p
    UNION SELECT c.castfunc FROM pg_cast c
)
SELECT object FROM member
WHERE obj_description(objid, classid::regclass::name) IS NULL
  AND classid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass, 'pg_class'::regclass, 'pg_namespace'::regclass,
                  'pg_cast'::regclass)
  AND NOT (classid = 'pg_proc'::regclass AND objid IN (SELECT function FROM support))
  AND NOT (classid = 'pg_type'::regclass AND (SELECT typelem <> 0 OR typrelid <> 0 FROM pg_type WHERE oid = objid))
ORDER BY object COLLATE "C";
-- The schema is no member.
SELECT nspname FROM pg_namespace WHERE nspname = 'edustats' AND obj_description(oid, 'pg_namespace') IS NULL;

SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('described', 'described_bulletin', 'described_bulletin_data') AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
ORDER BY 1, 2;
SELECT n.nspname FROM pg_namespace n
WHERE n.nspname IN ('described_bulletin', 'described_bulletin_data') AND obj_description(n.oid, 'pg_namespace') IS NULL;
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'described_bulletin_data'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL ORDER BY 1;
SELECT n.nspname, c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum) AS columns
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('described_bulletin', 'described_bulletin_data', 'edustats') AND c.relkind IN ('r', 'v')
  AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
GROUP BY 1, 2 ORDER BY 1, 2;

CALL edustats.detach('described_bulletin');
DROP SCHEMA described CASCADE;
