-- Figures of the bulletin's page, as SVG: what all have in common, and bars. A drawing is 480 wide, with letters of 14, and
-- stands alone when it is taken out of its page: its colours and fonts are attributes, which the page's style overrides. What is
-- called for each of many is in PL/pgSQL: a SQL function would be planned anew by each statement that calls it.

CREATE FUNCTION edustats.xml_text(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(words, '[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]', '�', 'g');
COMMENT ON FUNCTION edustats.xml_text(text) IS
    'The text with a replacement character for each one that XML forbids and xmlelement would pass. NULL for NULL.';

CREATE FUNCTION edustats.text_width(words text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 14 * length(words) - 6 * length(regexp_replace(words, '[^\u0001-$&-?[-ln-vx-\u10FF]', '', 'g'));
COMMENT ON FUNCTION edustats.text_width(text) IS
    'About how wide a text is in a figure: 14 for a Chinese character, a capital and other wide letters, else 8. NULL for NULL.';

CREATE FUNCTION edustats.short_text(words text, width integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF edustats.text_width(words) <= width THEN
        RETURN words;
    END IF;
    RETURN (SELECT left(words, max(n)) FROM generate_series(0, width / 8) n WHERE edustats.text_width(left(words, n)) <= width - 14) || '…';
END
$function$;
COMMENT ON FUNCTION edustats.short_text(text, integer) IS
    'The text, or as much of it as fits into that width with an ellipsis. NULL for NULL.';

CREATE FUNCTION edustats.figure_labels(cells jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT coalesce(c.value ->> 0, '-') FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place) ORDER BY c.place);
COMMENT ON FUNCTION edustats.figure_labels(jsonb) IS 'The labels of a figure''s cells, see the view "page"; - for NULL.';

CREATE FUNCTION edustats.figure_values(cells jsonb) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT (c.value ->> 1)::numeric FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place) ORDER BY c.place);
COMMENT ON FUNCTION edustats.figure_values(jsonb) IS 'The values of a figure''s cells, see the view "page".';

-- What a figure says besides its labels and values is the page's, in the page's language.
CREATE FUNCTION edustats.chart_words(words jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '{"bars_text": "{values}", "line_text": "{values}", "columns_text": "{values}", "value_text": "{label} {value}{unit}", "value_separator": "; ",
         "tip_text": "{label}: {value}{unit}"}'::jsonb || coalesce(words, '{}');
COMMENT ON FUNCTION edustats.chart_words(jsonb) IS
    'The words of a figure by the names of the page''s settings, with those for what is not said, which are of no language.';

CREATE FUNCTION edustats.chart_number(amount numeric, words jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.grouped_text(trim_scale(round(amount, 2))::text, edustats.xml_text(words ->> 'digit_separator'));
COMMENT ON FUNCTION edustats.chart_number(numeric, jsonb) IS
    'A value as a figure prints it: with at most 2 decimals, none of them a zero at the end. NULL for NULL.';

CREATE FUNCTION edustats.chart_value(template text, label text, value numeric, unit text, words jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN edustats.fill_text(template, jsonb_build_object('label', label, 'value', coalesce(edustats.chart_number(value, words), '-'),
                                                           'unit', CASE WHEN value IS NOT NULL THEN edustats.xml_text(coalesce(unit, '')) ELSE '' END));
END
$function$;
COMMENT ON FUNCTION edustats.chart_value(text, text, numeric, text, jsonb) IS 'A value of a figure in words.';

CREATE FUNCTION edustats.chart_values(labels text[], "values" numeric[]) RETURNS TABLE (place bigint, label text, value numeric)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    wrong numeric;
BEGIN
    IF cardinality(labels) <> cardinality("values") THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a figure needs as many labels as values',
            DETAIL = format('There are %s labels and %s values.', cardinality(labels), cardinality("values"));
    END IF;
    SELECT v INTO wrong FROM unnest("values") v WHERE v NOT BETWEEN -1e20 AND 1e20 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = format('a figure cannot show %s', edustats.short_text(wrong::text, 200)),
            DETAIL = 'Its values are numbers from -1e20 to 1e20.';
    END IF;
    RETURN QUERY SELECT v.place, edustats.xml_text(coalesce(v.label, '-')), v.value
                 FROM unnest(labels, "values") WITH ORDINALITY v(label, value, place);
END
$function$;
COMMENT ON FUNCTION edustats.chart_values(text[], numeric[]) IS
    'The values of a figure by their places, with labels that XML can hold, - for a NULL one. Errors for arrays of '
    'different lengths (invalid_parameter_value), for NaN, infinity and what is beyond 1e20 (numeric_value_out_of_range).';

CREATE FUNCTION edustats.chart_tip(label text, value numeric, unit text, words jsonb) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME title, edustats.chart_value(edustats.xml_text(words ->> 'tip_text'), label, value, unit, words));
COMMENT ON FUNCTION edustats.chart_tip(text, numeric, text, jsonb) IS 'What is told of one value of a figure where it is pointed at.';

CREATE FUNCTION edustats.chart_description(kind text, labels text[], "values" numeric[], unit text, words jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    template text := edustats.xml_text(words ->> 'value_text');
BEGIN
    RETURN (SELECT edustats.fill_text(edustats.xml_text(words ->> kind), jsonb_build_object('number', count(*), 'values',
                       string_agg(edustats.chart_value(template, v.label, v.value, unit, words), edustats.xml_text(words ->> 'value_separator') ORDER BY v.place)))
            FROM edustats.chart_values(labels, "values") v);
END
$function$;
COMMENT ON FUNCTION edustats.chart_description(text, text[], numeric[], text, jsonb) IS
    'All values of a figure in words. kind: the setting for such a figure, bars_text, line_text or columns_text.';

CREATE FUNCTION edustats.chart_svg(id text, title text, kind text, labels text[], "values" numeric[], unit text, height integer,
                                   drawing xml, words jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    name text := edustats.xml_text(id);
BEGIN
    RETURN xmlelement(NAME svg,
        xmlattributes('http://www.w3.org/2000/svg' AS xmlns, 'img' AS role, format('%1$s-title %1$s-description', name) AS "aria-labelledby",
                      480 AS width, height AS height, format('0 0 480 %s', height) AS "viewBox",
                      '''PingFang SC'', ''Microsoft YaHei'', ''Noto Sans CJK SC'', ''Noto Sans SC'', sans-serif' AS "font-family",
                      14 AS "font-size", '#23262b' AS fill),
        xmlelement(NAME title, xmlattributes(name || '-title' AS id), edustats.xml_text(title)),
        xmlelement(NAME "desc", xmlattributes(name || '-description' AS id), edustats.chart_description(kind, labels, "values", unit, words)),
        drawing);
END
$function$;
COMMENT ON FUNCTION edustats.chart_svg(text, text, text, text[], numeric[], text, integer, xml, jsonb) IS
    'A drawing of that height as a figure that can be taken out of its page, with its title and, by the words for that kind '
    'of figure, all its values as text alternatives. id begins the ids of its parts.';

-- Short labels stand beside their bars, long ones above them. origin and span are where a bar begins and how long the
-- longest is.
CREATE FUNCTION edustats.chart_bar(place bigint, label text, value numeric, unit text, most numeric, beside boolean,
                                   origin integer, span integer, words jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN (SELECT xmlelement(NAME g, edustats.chart_tip(label, value, unit, words),
            xmlelement(NAME text,
                xmlattributes(CASE WHEN beside THEN origin - 10 ELSE 0 END AS x, CASE WHEN beside THEN y + 19 ELSE y + 15 END AS y,
                              CASE WHEN beside THEN 'end' END AS "text-anchor", 'label' AS class),
                edustats.short_text(label, 320)),
            xmlelement(NAME rect,
                xmlattributes(origin AS x, CASE WHEN beside THEN y + 4 ELSE y + 22 END AS y, width AS width,
                              CASE WHEN beside THEN 20 ELSE 16 END AS height, '#4b6f93' AS fill)),
            xmlelement(NAME text,
                xmlattributes(origin + width + 8 AS x, CASE WHEN beside THEN y + 19 ELSE y + 35 END AS y, 'value' AS class),
                coalesce(edustats.chart_number(value, words), '-')))
        FROM (SELECT (place - 1) * CASE WHEN beside THEN 30 ELSE 50 END AS y,
                     coalesce(round(value * span / nullif(most, 0), 2), 0) AS width) geometry);
END
$function$;
COMMENT ON FUNCTION edustats.chart_bar(bigint, text, numeric, text, numeric, boolean, integer, integer, jsonb) IS
    'One bar of a chart, with its label and its value.';

CREATE FUNCTION edustats.bar_chart_svg(id text, title text, labels text[], "values" numeric[], unit text, words jsonb DEFAULT NULL) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    label_width integer;
    value_width integer;
    most numeric;
    beside boolean;
    origin integer := 0;
    bars xml;
    said jsonb := edustats.chart_words(words);
BEGIN
    SELECT max(edustats.text_width(v.label)), max(edustats.text_width(edustats.chart_number(v.value, said))), max(v.value)
    INTO label_width, value_width, most
    FROM edustats.chart_values(labels, "values") v;
    IF most IS NULL THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM unnest("values") v WHERE v < 0) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a chart of bars cannot show a value below zero',
            HINT = 'A chart of columns or a line can.';
    END IF;

    beside := label_width <= 112;
    IF beside THEN
        origin := label_width + 14;
    END IF;
    SELECT xmlagg(edustats.chart_bar(v.place, v.label, v.value, unit, most, beside, origin, 480 - origin - value_width - 12, said)
                  ORDER BY v.place)
    INTO bars
    FROM edustats.chart_values(labels, "values") v;
    IF beside THEN
        bars := xmlconcat(bars, xmlelement(NAME line,
            xmlattributes(origin AS x1, 0 AS y1, origin AS x2, 30 * cardinality(labels) AS y2, '#5b5f66' AS stroke)));
    END IF;
    RETURN edustats.chart_svg(id, title, 'bars_text', labels, "values", unit, cardinality(labels) * CASE WHEN beside THEN 30 ELSE 50 END, bars, said);
END
$function$;
COMMENT ON FUNCTION edustats.bar_chart_svg(text, text, text[], numeric[], text, jsonb) IS
    'A chart of horizontal bars, strictly proportional to the values, with its title and all values as text '
    'alternatives. id begins the ids of its parts; unit follows a value; words are those of a page''s settings that say how a '
    'figure is told: bars_text, value_text and so on. NULL where no value is there; a NULL among others '
    'has no bar. Errors for a value below zero and for arrays of different lengths (invalid_parameter_value), for NaN, '
    'infinity and what is beyond 1e20 (numeric_value_out_of_range).';
