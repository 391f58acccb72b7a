-- Sentences: the pieces of which the bulletin's Chinese text is made. Those that use an argument more than once are in
-- PL/pgSQL: they can't be inlined, and a SQL function would be planned anew for each place that calls it.

CREATE FUNCTION edustats.list_text(items text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN nullif(concat_ws('和', nullif(array_to_string(items[:cardinality(items) - 1], '、'), ''), items[cardinality(items)]), '');
END
$function$;
COMMENT ON FUNCTION edustats.list_text(text[]) IS 'Items as an enumeration in a sentence; NULL for none.';

CREATE FUNCTION edustats.named(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN btrim(name, E' \t\r\n\u00A0\u3000') <> '' THEN name END;
COMMENT ON FUNCTION edustats.named(text) IS 'The name; NULL for one that is empty or white space.';

CREATE FUNCTION edustats.title_text(title text, unnamed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce('《' || nullif(btrim(edustats.named(title)), unnamed) || '》', unnamed);
COMMENT ON FUNCTION edustats.title_text(text, text) IS 'A title in Chinese title marks; the words for a missing one without.';

CREATE FUNCTION edustats.districts_text(intro text, districts text[], other text, elsewhere text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(concat_ws('，', intro || edustats.list_text(districts), other || '（区县不详）' || elsewhere), '');
COMMENT ON FUNCTION edustats.districts_text(text, text[], text, text) IS
    'The first of the districts, and, after the word for others, what was done in none of them, where there is any: NULL without both.';

CREATE FUNCTION edustats.first_text(names text[], figure text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE
        WHEN cardinality(names) = 1 THEN format('%s最多，为%s', names[1], figure)
        WHEN cardinality(names) <= 3 THEN format('%s并列最多，均为%s', edustats.list_text(names), figure)
        WHEN cardinality(names) > 3 THEN
            format('%s等并列最多，均为%s', array_to_string(names[:3], '、'), figure)
    END;
END
$function$;
COMMENT ON FUNCTION edustats.first_text(text[], text) IS
    'Who is first with which figure; more than one where they tie, without their number, as rankings end. NULL for none.';

CREATE FUNCTION edustats.month_text(month date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s年%s月', extract(year FROM month), extract(month FROM month));
COMMENT ON FUNCTION edustats.month_text(date) IS 'A month in Chinese.';

CREATE FUNCTION edustats.hours_text(hours numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.decimal_text(hours, 2) || '小时';
COMMENT ON FUNCTION edustats.hours_text(numeric) IS 'Hours with 2 decimals and their unit; NULL for NULL.';
