-- Figures of the bulletin's page: bar charts as SVG. Widths are percentages of the drawing and letters keep their size,
-- so that a chart needs no scaling and is as readable on a telephone as on paper.

CREATE FUNCTION edustats.xml_text(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(words, '[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]', '�', 'g');
COMMENT ON FUNCTION edustats.xml_text(text) IS
    'The text with a replacement character for each one that XML forbids and xmlelement would pass. NULL for NULL.';

CREATE FUNCTION edustats.text_width(words text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2 * length(words) - length(regexp_replace(words, '[^\u0001-@[-\u10FF]', '', 'g'));
COMMENT ON FUNCTION edustats.text_width(text) IS
    'About how wide a text is, in half em: 2 for a Chinese character or a capital, else 1. NULL for NULL.';

CREATE FUNCTION edustats.short_text(words text, width integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN edustats.text_width(words) <= width THEN words
    ELSE (SELECT left(words, max(n)) FROM generate_series(0, width) n
          WHERE edustats.text_width(left(words, n)) <= width - 2) || '…'
END;
COMMENT ON FUNCTION edustats.short_text(text, integer) IS
    'The text, or as much of it as fits into that many half em with an ellipsis. NULL for NULL.';

-- Short labels stand beside their bars, long ones above them. origin and span are where a bar begins and how long the
-- longest is, in percent of the drawing.
CREATE FUNCTION edustats.chart_bar(place bigint, label text, value bigint, unit text, most bigint, beside boolean,
                                   origin numeric, span numeric) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlelement(NAME g,
        xmlelement(NAME title, edustats.xml_text(label) || '：' || value || unit),
        xmlelement(NAME text,
            xmlattributes(CASE WHEN beside THEN origin || '%' ELSE '0' END AS x,
                          CASE WHEN beside THEN '-10' END AS dx, CASE WHEN beside THEN y + 19 ELSE y + 15 END AS y,
                          CASE WHEN beside THEN 'end' END AS "text-anchor", 'label' AS class),
            edustats.xml_text(edustats.short_text(label, 44))),
        xmlelement(NAME rect,
            xmlattributes(origin || '%' AS x, CASE WHEN beside THEN y + 4 ELSE y + 22 END AS y,
                          width || '%' AS width, CASE WHEN beside THEN 20 ELSE 16 END AS height)),
        xmlelement(NAME text,
            xmlattributes(origin + width || '%' AS x, 8 AS dx, CASE WHEN beside THEN y + 19 ELSE y + 35 END AS y,
                          'value' AS class),
            value))
    FROM (SELECT (place - 1) * CASE WHEN beside THEN 30 ELSE 50 END AS y,
                 coalesce(round(value * span / nullif(most, 0), 6), 0) AS width) geometry;
END;
COMMENT ON FUNCTION edustats.chart_bar(bigint, text, bigint, text, bigint, boolean, numeric, numeric) IS
    'One bar of a chart, with its label and its value.';

CREATE FUNCTION edustats.bar_chart_svg(id text, title text, labels text[], "values" bigint[], unit text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    label_width integer;
    digits integer;
    most bigint;
    beside boolean;
    origin numeric := 0;
    span numeric;
    described text;
    bars xml;
BEGIN
    SELECT max(edustats.text_width(b.label)), max(length(b.value::text)), max(b.value),
           string_agg(format('%s %s%s', b.label, b.value, unit), '；' ORDER BY b.place)
    INTO label_width, digits, most, described
    FROM unnest(labels, "values") WITH ORDINALITY b(label, value, place);

    -- What letters need in percent of the narrowest drawing, 340 pixels wide: 7 pixels half an em, 8 a digit.
    beside := label_width <= 16;
    IF beside THEN
        origin := ceil((label_width * 7 + 14) / 3.4);
    END IF;
    span := greatest(100 - origin - ceil((digits * 8 + 12) / 3.4), 10);

    SELECT xmlagg(edustats.chart_bar(b.place, b.label, b.value, unit, most, beside, origin, span) ORDER BY b.place)
    INTO bars
    FROM unnest(labels, "values") WITH ORDINALITY b(label, value, place);

    RETURN xmlelement(NAME svg,
        xmlattributes('http://www.w3.org/2000/svg' AS xmlns, 'img' AS role,
                      format('%s-title %s-description', id, id) AS "aria-labelledby",
                      '100%' AS width, cardinality(labels) * CASE WHEN beside THEN 30 ELSE 50 END AS height),
        xmlelement(NAME title, xmlattributes(id || '-title' AS id), edustats.xml_text(title)),
        xmlelement(NAME "desc", xmlattributes(id || '-description' AS id),
                   format('条形图，共%s项：%s。', cardinality(labels), edustats.xml_text(described))),
        bars,
        CASE WHEN beside THEN
            xmlelement(NAME line, xmlattributes(origin || '%' AS x1, 0 AS y1, origin || '%' AS x2, '100%' AS y2)) END);
END
$function$;
COMMENT ON FUNCTION edustats.bar_chart_svg(text, text, text[], bigint[], text) IS
    'A chart of horizontal bars, strictly proportional to the values, with its title and all values as text '
    'alternatives. id begins the ids of its parts; unit follows a value. Arrays of one length, without NULL.';
