-- Sentences: the pieces of which the bulletin's English text is made. Numbers are rounded where the functions of numbers.sql
-- round them, and nowhere else.

CREATE FUNCTION edustats.english_number(number numeric, scale integer DEFAULT 0) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN edustats.grouped_text(edustats.decimal_text(number, scale), ',');
COMMENT ON FUNCTION edustats.english_number(numeric, integer) IS
    'The number with exactly that many decimals (0 to 1000), rounded half away from zero, in groups of three digits: 12,345. NULL for NULL.';

CREATE FUNCTION edustats.english_count(number numeric, one text, many text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    digits text := edustats.english_number(number);
BEGIN
    RETURN CASE digits WHEN '0' THEN 'no ' WHEN '1' THEN '1 ' || one ELSE digits || ' ' END
        || CASE WHEN digits = '1' THEN '' ELSE coalesce(many, one || 's') END;
END
$function$;
COMMENT ON FUNCTION edustats.english_count(numeric, text, text) IS
    'How many there are of something: no users, 1 user, 12,345 users. one is what a single one is called, many what others are, which is one with an s by default. NULL where the number or the name is NULL.';

CREATE FUNCTION edustats.english_hours(hours numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.english_number(hours, 2) || ' hours';
COMMENT ON FUNCTION edustats.english_hours(numeric) IS 'Hours with 2 decimals and their unit: 1.00 hours. NULL for NULL.';

CREATE FUNCTION edustats.english_list(items text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.joined_text(items, ', ', ' and ');
COMMENT ON FUNCTION edustats.english_list(text[]) IS 'Items as an enumeration in a sentence: A, A and B, A, B and C. NULL for none.';

CREATE FUNCTION edustats.english_growth(current numeric, previous numeric, base text DEFAULT 'the month before') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    percent numeric := edustats.growth(current, coalesce(previous, 0));
BEGIN
    RETURN CASE
        WHEN current IS NULL OR base IS NULL THEN NULL
        WHEN previous IS NULL THEN format('with no figure for %s to compare with', base)
        WHEN current = previous THEN 'unchanged from ' || base
        WHEN percent IS NULL THEN format('with nothing in %s to compare with', base)
        WHEN percent = 0 THEN 'almost unchanged from ' || base
        WHEN percent >= 100 THEN
            format('%s times the figure of %s', edustats.grouped_text(trim_scale(edustats.share(current, previous * 100))::text, ','), base)
        ELSE format('%s %s on %s', CASE WHEN percent > 0 THEN 'up' ELSE 'down' END,
                    edustats.grouped_text(edustats.percent_text(abs(percent)), ','), base) END;
END
$function$;
COMMENT ON FUNCTION edustats.english_growth(numeric, numeric, text) IS
    'The change as a part of a sentence: up 0.29% on the month before, down 3.20% on the month before, 2.1 times the figure of '
    'the month before (from 100 % more on), unchanged or almost unchanged (below 0.005 %) from the month before, with nothing in '
    'the month before to compare with (previous is 0 or less), with no figure for the month before to compare with (previous is '
    'NULL). base names the period compared with. NULL where current or base is NULL.';

CREATE FUNCTION edustats.english_share(part numeric, whole numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN part IS NOT NULL THEN edustats.grouped_text(edustats.percent_text(edustats.share(part, coalesce(whole, 0))), ',') END;
COMMENT ON FUNCTION edustats.english_share(numeric, numeric) IS
    'The share in percent: 74.13%, or - where the whole is NULL or 0. NULL where the part is NULL.';

CREATE FUNCTION edustats.english_first(names text[], did text, figure text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE
        WHEN cardinality(names) = 1 THEN format('%s %s with %s', names[1], did, figure)
        WHEN cardinality(names) BETWEEN 2 AND 3 THEN format('%s %s with %s each', edustats.english_list(names), did, figure)
        WHEN cardinality(names) > 3 THEN format('%s and others %s with %s each', array_to_string(names[:3], ', '), did, figure)
    END;
END
$function$;
COMMENT ON FUNCTION edustats.english_first(text[], text, text) IS
    'Who is first, in what, with which figure: A came first with 5 clicks, A and B came first with 5 clicks each. More than three who tie are not all named, as rankings end. NULL for none.';

CREATE FUNCTION edustats.english_title(title text, unnamed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce('“' || nullif(btrim(edustats.named(title)), unnamed) || '”', unnamed);
COMMENT ON FUNCTION edustats.english_title(text, text) IS 'A title in quotation marks; the words for a missing one without.';

CREATE FUNCTION edustats.english_until(last_day date) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN to_char(last_day, CASE WHEN extract(day FROM last_day + 1) = 1 THEN '"the end of "FMMonth YYYY' ELSE 'FMDD FMMonth YYYY' END);
END
$function$;
COMMENT ON FUNCTION edustats.english_until(date) IS 'The last day of a period, for what was by it: the end of March 2015, 8 March 2015. NULL for NULL.';

CREATE FUNCTION edustats.english_at(last_day date) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN extract(day FROM last_day + 1) = 1 THEN 'At ' ELSE 'On ' END || edustats.english_until(last_day);
COMMENT ON FUNCTION edustats.english_at(date) IS 'The last day of a period, for what was then: At the end of March 2015, On 8 March 2015. NULL for NULL.';

CREATE FUNCTION edustats.english_sentence(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN upper(left(words, 1)) || substr(words, 2) || '.';
COMMENT ON FUNCTION edustats.english_sentence(text) IS 'Words as a sentence, with a capital and a full stop. NULL for NULL.';
