-- Which schemas are a bulletin, read off the catalogs: the view refresh_status in the bulletin's schema reads the table
-- "attachment" in that of its data, whatever the two are called now, and all of it belongs to one role.

CREATE VIEW edustats.attachment AS
SELECT DISTINCT b.nspname AS bulletin, d.nspname AS data, b.nspowner::regrole AS owner
FROM pg_class v
JOIN pg_namespace b ON b.oid = v.relnamespace
JOIN pg_rewrite r ON r.ev_class = v.oid
JOIN pg_depend x ON x.classid = 'pg_rewrite'::regclass AND x.objid = r.oid AND x.refclassid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = x.refobjid
JOIN pg_namespace d ON d.oid = t.relnamespace
WHERE v.relname = 'refresh_status' AND v.relkind = 'v' AND t.relname = 'attachment' AND t.relkind = 'r' AND b.oid <> d.oid
  AND v.relowner = b.nspowner AND t.relowner = b.nspowner AND d.nspowner = b.nspowner;
COMMENT ON VIEW edustats.attachment IS 'The bulletins of this database. What each is attached to stands in the table "attachment" of its data.';
COMMENT ON COLUMN edustats.attachment.bulletin IS 'Schema of the bulletin: what readers read.';
COMMENT ON COLUMN edustats.attachment.data IS 'Schema of its data: its owner''s alone.';
COMMENT ON COLUMN edustats.attachment.owner IS 'Role that owns both, and with whose rights it is refreshed.';
GRANT SELECT ON edustats.attachment TO PUBLIC;

-- Where the bulletin's schema was dropped by hand, its data are found by their name.
CREATE FUNCTION edustats.data_schema(bulletin name) RETURNS regnamespace
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
SET plan_cache_mode TO force_generic_plan           -- planning it takes longer than running it
AS $function$
DECLARE
    found regnamespace := (SELECT n.oid FROM edustats.attachment a JOIN pg_namespace n ON n.nspname = a.data
                           WHERE a.bulletin = data_schema.bulletin);
BEGIN
    IF found IS NULL THEN
        found := (SELECT n.oid FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
                  WHERE n.nspname = data_schema.bulletin || '_data' AND c.relname = 'attachment' AND c.relkind = 'r'
                    AND c.relowner = n.nspowner
                    AND NOT EXISTS (SELECT FROM pg_namespace b WHERE b.nspname = data_schema.bulletin)
                    AND NOT EXISTS (SELECT FROM edustats.attachment a WHERE a.data = n.nspname));
    END IF;
    RETURN found;
END
$function$;
COMMENT ON FUNCTION edustats.data_schema(name) IS 'The schema of a bulletin''s data; NULL if there is no such bulletin.';

CREATE FUNCTION edustats.existing_data(bulletin name) RETURNS regnamespace
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    data regnamespace := edustats.data_schema(bulletin);
BEGIN
    IF bulletin IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin must not be null';
    ELSIF data IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('bulletin "%s" does not exist', bulletin),
            HINT = 'The bulletins stand in edustats.attachment.';
    END IF;
    RETURN data;
END
$function$;
COMMENT ON FUNCTION edustats.existing_data(name) IS 'The schema of a bulletin''s data; an error if there is no such bulletin.';
