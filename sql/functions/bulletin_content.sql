-- What a bulletin has of some days, for whatever is made of it: a page, a document, lines of CSV, JSON.

CREATE FUNCTION edustats.days_of(month date) RETURNS daterange
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    first date := edustats.month_of(month);
BEGIN
    RETURN daterange(first, (first + interval '1 month')::date);
END
$function$;
COMMENT ON FUNCTION edustats.days_of(date) IS 'The days of the month that a date is in. NULL for NULL.';

-- A literal without a type is taken for text where there is a function for that: without it PostgreSQL could not choose.
CREATE FUNCTION edustats.days_of(month_or_days text) RETURNS daterange
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE WHEN month_or_days ~ '[,[(]|^\s*empty\s*$' THEN month_or_days::daterange ELSE edustats.days_of(month_or_days::date) END;
END
$function$;
COMMENT ON FUNCTION edustats.days_of(text) IS
    'The days of a month, named by one of its days as PostgreSQL reads dates, or days, written as a daterange. NULL for NULL.';

CREATE FUNCTION edustats.bulletin_settings(bulletin name, days daterange) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    settings jsonb;
BEGIN
    PERFORM edustats.existing_data(bulletin);
    EXECUTE format('SELECT s.settings FROM edustats.of_period(NULL::%I.page_setting, $1) s', bulletin) INTO settings USING days;
    IF settings IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bulletin "%s" has no %s', bulletin, CASE edustats.period_kind(days) WHEN 'month' THEN format('month %s', lower(days)) ELSE format('days %s', days) END),
            DETAIL = 'A bulletin goes from the month of the first activity to the present one.';
    END IF;
    RETURN settings;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_settings(name, daterange) IS
    'What the page of any days says of itself. Errors for an unknown bulletin (invalid_schema_name), for days that the bulletin has no rows for, and without a first or a last one (invalid_parameter_value). NULL for NULL.';

-- Rows are in an order of their own, if the view has one, or else in that of their columns: so equal rows make equal files.
CREATE FUNCTION edustats.view_item(bulletin name, days daterange, INOUT view text, OUT columns jsonb, OUT rows jsonb)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    relation regclass := to_regclass(format('%I.%I', bulletin, view));
    sorting text;
BEGIN
    SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'head', jsonb_build_array(a.attname), 'merged', false,
                                        'form', CASE WHEN t.typcategory = 'N' THEN 'number' ELSE 'text' END) ORDER BY a.attnum),
           string_agg(format('r.%I', a.attname), ', ' ORDER BY array_position('{row,rank,position}', a.attname::text), a.attnum) FILTER (WHERE t.typcategory IN ('B', 'D', 'N', 'S'))
    INTO columns, sorting
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attrelid = relation AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped;
    IF columns IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('bulletin "%s" has no view "%s"', bulletin, view);
    END IF;
    EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY %s), ''[]'') FROM edustats.of_period(NULL::%I.%I, $1) r', coalesce(sorting, '1'), bulletin, view)
    INTO rows USING days;
END
$function$;
COMMENT ON FUNCTION edustats.view_item(name, daterange, text) IS
    'Any view of a bulletin''s months as an item of the page is, under the names of its columns: for views that do not stand there. Read with the caller''s rights. Errors for a view that there is not (undefined_table), and one without a column "month" (undefined_column).';

-- The name of the view is an id where that can be one and is the only one of it.
CREATE FUNCTION edustats.bulletin_items(bulletin name, days daterange, asked text DEFAULT NULL)
RETURNS TABLE (section integer, section_number integer, title text, "position" integer, kind text, number integer, view text, caption text, note text,
               columns jsonb, cells jsonb, rows jsonb, style text, unit text, id text)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT p.section, p.section_number, p.title, p.position, p.kind, p.number, p.view, p.caption, p.note, p.columns, p.cells, p.rows, p.style, p.unit,
               CASE WHEN p.view ~ '^[a-z][a-z0-9_]*$' AND count(*) OVER (PARTITION BY p.view) = 1 THEN p.view
                    ELSE format('item-%%s-%%s', p.section, p.position) END
        FROM edustats.of_period(NULL::%I.page, $1) p
        WHERE $2 IS NULL OR p.view = $2
        ORDER BY p.section, p.position
        $query$, bulletin) USING days, asked;
    IF NOT FOUND AND asked IS NOT NULL THEN
        RETURN QUERY SELECT NULL::integer, NULL::integer, NULL::text, NULL::integer, 'view', NULL::integer, v.view, NULL::text, NULL::text,
                            v.columns, NULL::jsonb, v.rows, NULL::text, NULL::text, NULL::text
                     FROM edustats.view_item(bulletin, days, asked) v;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_items(name, daterange, text) IS
    'What stands on the page of any days, as the view "page" has it, in its order, each with an id; or what stands there of one view alone. One that does not stand there is as view_item has it, of the kind "view".';
