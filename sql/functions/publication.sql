-- Publishing a month, and what has been published.

CREATE PROCEDURE edustats.publish(bulletin name, month date, note text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
DECLARE
    result jsonb;
BEGIN
    IF bulletin IS NULL OR month IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin and month must not be null';
    END IF;
    result := edustats.as_owner(edustats.existing_data(bulletin), 'publish', bulletin, edustats.month_of(month), note, current_user);
    RAISE NOTICE '%', format(CASE WHEN (result ->> 1)::boolean THEN 'bulletin "%s": %s is published as revision %s'
                                  ELSE 'bulletin "%s": %s has not changed since revision %s' END, bulletin, edustats.month_of(month), result ->> 0);
END
$procedure$;
COMMENT ON PROCEDURE edustats.publish(name, date, text) IS
    'Publishes the month that the date is in: keeps its page, and the rows of all that stands on it, for good, as a revision of the month, with a hash, who, when, and from which versions. A month that is as the last revision has it is not published again. Errors for a month that the bulletin does not have (invalid_parameter_value), that is not over, of which something can''t be known, or that breaks a rule whose severity is error (object_not_in_prerequisite_state); a warning and a notice for other rules.';

-- What tells a row from the others: its headers, its rank, the label of a bar; or, where it has none, its place.
CREATE FUNCTION edustats.named_rows(kind text, item text, columns jsonb, cells jsonb) RETURNS TABLE (place bigint, name text, named jsonb)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT r.place, CASE WHEN kind = 'sentence' THEN item
                         ELSE coalesce(string_agg(r.cells ->> (c.place - 1)::integer, ' / ' ORDER BY c.place)
                                           FILTER (WHERE c.value ->> 'form' IN ('header', 'rank') OR kind = 'figure' AND c.place = 1), r.place::text) END,
           coalesce(jsonb_object_agg(c.value ->> 'name', r.cells -> (c.place - 1)::integer) FILTER (WHERE r.cells ->> (c.place - 1)::integer IS NOT NULL), '{}')
    FROM jsonb_array_elements(cells) WITH ORDINALITY r(cells, place)
    CROSS JOIN jsonb_array_elements(columns) WITH ORDINALITY c(value, place)
    GROUP BY r.place, r.cells;
END
$function$;
COMMENT ON FUNCTION edustats.named_rows(text, text, jsonb, jsonb) IS
    'The rows of an item of the page with their names and cells as they are printed: {"column": "cell"}, but for empty ones. item: what a sentence is called.';

CREATE FUNCTION edustats.rows_of(bulletin name, month date) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format($query$
        SELECT jsonb_object_agg(v.view, v.rows)
        FROM (SELECT n.view, jsonb_object_agg(n.name || CASE WHEN n.copy > 1 THEN format(' (%%s)', n.copy) ELSE '' END, n.named) AS rows
              FROM (SELECT i.view, w.name, w.named, row_number() OVER (PARTITION BY i.view, w.name ORDER BY i.section, i.position, w.place) AS copy
                    FROM (SELECT p.section, p.position, p.kind, p.view, p.columns, p.cells FROM %1$I.page p WHERE p.month = $1 AND p.view IS NOT NULL) i
                    CROSS JOIN LATERAL edustats.named_rows(i.kind, format('%%s.%%s', i.section, i.position), i.columns, i.cells) w
                    UNION ALL
                    SELECT 'headline', h.metric, (
                        SELECT jsonb_object_agg(f.key, CASE WHEN f.key !~ '^growth' AND f.value::numeric = trunc(f.value::numeric) THEN trunc(f.value::numeric) ELSE f.value::numeric END)
                        FROM jsonb_each_text(to_jsonb(h) - '{month,metric}'::text[]) f WHERE f.value IS NOT NULL), 1 FROM %1$I.headline h WHERE h.month = $1) n
              GROUP BY n.view) v
        $query$, bulletin) INTO result USING month;
    RETURN result;
END
$function$;
COMMENT ON FUNCTION edustats.rows_of(name, date) IS
    'The cells of a month''s headline, and of all that stands on its page as they are printed, as the views "headline" and "page" have them now, whole numbers of the headline without decimals: {"view": {"row": {"column": "cell"}}}. Rows of one name are told apart by a number.';

-- One row of a bulletin's view revision_content, or the month as it is now; an error where there is none.
CREATE FUNCTION edustats.revision_content(bulletin name, month date, revision integer, OUT rows jsonb, OUT page text)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    first date := edustats.month_of(month);
BEGIN
    PERFORM edustats.existing_data(bulletin);
    IF revision IS NULL THEN
        rows := edustats.rows_of(bulletin, first);
    ELSE
        EXECUTE format('SELECT c.rows, c.page FROM %I.revision_content c WHERE c.month = $1 AND c.revision = $2', bulletin) INTO rows, page USING first, revision;
    END IF;
    IF rows IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = CASE WHEN revision IS NULL THEN format('bulletin "%s" has no month %s', bulletin, first)
                           ELSE format('bulletin "%s" has no revision %s of %s', bulletin, revision, first) END;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.revision_content(name, date, integer) IS
    'What a revision of a month has; NULL for the month as it is now, without its page. Errors for an unknown bulletin (invalid_schema_name), and for what there is not (invalid_parameter_value).';

CREATE FUNCTION edustats.published(bulletin name, month date, revision integer DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF bulletin IS NULL OR month IS NULL THEN
        RETURN NULL;
    ELSIF revision IS NULL THEN
        PERFORM edustats.existing_data(bulletin);
        EXECUTE format('SELECT max(r.revision) FROM %I.revision r WHERE r.month = $1', bulletin) INTO revision USING edustats.month_of(month);
    END IF;
    RETURN CASE WHEN revision IS NOT NULL THEN (edustats.revision_content(bulletin, month, revision)).page END;
END
$function$;
COMMENT ON FUNCTION edustats.published(name, date, integer) IS
    'The page of a month as it was published: of a revision, or of the last one; NULL where there is none. Errors for an unknown bulletin (invalid_schema_name), and a revision that there is not (invalid_parameter_value).';

CREATE FUNCTION edustats.row_cells(rows jsonb) RETURNS TABLE (view text, "row" text, "column" text, cell text)
LANGUAGE sql IMMUTABLE ROWS 1000
BEGIN ATOMIC
    SELECT v.key, r.key, c.key, c.value
    FROM jsonb_each(rows) v CROSS JOIN LATERAL jsonb_each(v.value) r CROSS JOIN LATERAL jsonb_each_text(r.value) c;
END;
COMMENT ON FUNCTION edustats.row_cells(jsonb) IS 'The cells of what rows_of has made.';

CREATE FUNCTION edustats.revision_diff(bulletin name, month date, a integer, b integer DEFAULT NULL)
RETURNS TABLE (view text, "row" text, "column" text, old text, new text)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF bulletin IS NULL OR month IS NULL OR a IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT coalesce(o.view, n.view), coalesce(o."row", n."row"), coalesce(o."column", n."column"), o.cell, n.cell
    FROM edustats.row_cells((edustats.revision_content(bulletin, month, a)).rows) o
    FULL JOIN edustats.row_cells((edustats.revision_content(bulletin, month, b)).rows) n
        ON n.view = o.view AND n."row" = o."row" AND n."column" = o."column"
    WHERE o.cell IS DISTINCT FROM n.cell
    ORDER BY 1, 2, 3;
END
$function$;
COMMENT ON FUNCTION edustats.revision_diff(name, date, integer, integer) IS
    'What differs between two revisions of a month, or between one and the month as it is now: each cell with its view, row, column, and what was printed and is. NULL where it is empty or not there. row: what stands at its head, its rank, the label of a bar, the metric, or its place; of a sentence, its section and position. Errors as revision_content.';
