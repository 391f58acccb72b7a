-- The bulletin as a page: the markup of its items.

-- A title may hold characters that turn the order of letters round. In a cell they end with it, in a sentence they
-- would turn what follows as well: so they are left out there.
CREATE FUNCTION edustats.paragraph_html(words text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME p, edustats.xml_text(regexp_replace(words, '[\u202A-\u202E\u2066-\u2069]', '', 'g')));
COMMENT ON FUNCTION edustats.paragraph_html(text) IS
    'A paragraph, without characters that override the direction of writing.';

CREATE FUNCTION edustats.figure_html(id text, title text, style text, cells jsonb, unit text, note text, words jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    labels text[] := edustats.figure_labels(cells);
    amounts numeric[] := edustats.figure_values(cells);
    drawing xml;
BEGIN
    drawing := CASE WHEN labels = '{}' THEN NULL
                    WHEN style = 'line' THEN edustats.line_chart_svg(id, title, labels, amounts, unit, words => words)
                    WHEN style = 'columns' THEN edustats.column_chart_svg(id, title, labels, amounts, unit, words => words)
                    ELSE edustats.bar_chart_svg(id, title, labels, amounts, unit, words) END;
    RETURN xmlelement(NAME figure, xmlattributes(id AS id),
        xmlelement(NAME figcaption, edustats.xml_text(title)),
        coalesce(drawing, xmlelement(NAME p, xmlattributes('none' AS class), edustats.xml_text(words ->> 'empty_figure'))),
        CASE WHEN note IS NOT NULL THEN xmlelement(NAME p, xmlattributes('note' AS class), edustats.xml_text(note)) END);
END
$function$;
COMMENT ON FUNCTION edustats.figure_html(text, text, text, jsonb, text, text, jsonb) IS
    'A figure of labels and values: bars, a line or columns; without any it says that there is nothing. words are the page''s settings.';

CREATE FUNCTION edustats.item_html(kind text, id text, caption text, style text, columns jsonb, cells jsonb, unit text, note text, settings jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE kind
        WHEN 'sentence' THEN (SELECT xmlagg(edustats.paragraph_html(c.value ->> 0) ORDER BY c.place)
                              FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place) WHERE c.value ->> 0 IS NOT NULL)
        WHEN 'note' THEN edustats.paragraph_html(note)
        WHEN 'table' THEN edustats.table_html(id, caption, style, columns, cells, note, settings ->> 'empty_table')
        ELSE edustats.figure_html(id, caption, style, cells, unit, note, settings) END;
END
$function$;
COMMENT ON FUNCTION edustats.item_html(text, text, text, text, jsonb, jsonb, text, text, jsonb) IS 'The markup of an item of the page, see the view "page".';

CREATE FUNCTION edustats.optional_html(words text, class text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN words IS NOT NULL THEN xmlelement(NAME p, xmlattributes(class AS class), edustats.lines_html(words)) END;
COMMENT ON FUNCTION edustats.optional_html(text, text) IS 'A paragraph of a class; NULL for NULL.';

CREATE FUNCTION edustats.bulletin_page(settings jsonb, sections integer[], titles text[], contents xml[]) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN (SELECT xmlelement(NAME html, xmlattributes(edustats.xml_text(settings ->> 'language') AS lang),
            xmlelement(NAME head,
                xmlelement(NAME meta, xmlattributes('utf-8' AS charset)),
                xmlelement(NAME meta, xmlattributes('viewport' AS name, 'width=device-width, initial-scale=1' AS content)),
                xmlelement(NAME title, edustats.xml_text(coalesce(settings ->> 'title', ''))),
                xmlelement(NAME style, edustats.bulletin_css())),
            xmlelement(NAME body,
                xmlelement(NAME header,
                    edustats.optional_html(settings ->> 'office', 'office'), edustats.optional_html(settings ->> 'issue', 'issue'),
                    xmlelement(NAME h1, edustats.xml_text(coalesce(settings ->> 'title', ''))),
                    edustats.optional_html(settings ->> 'subtitle', 'subtitle'), edustats.optional_html(settings ->> 'period', 'period')),
                xmlelement(NAME nav, xmlattributes(edustats.xml_text(settings ->> 'contents') AS "aria-label"), xmlelement(NAME ol, xmlagg(
                    xmlelement(NAME li, xmlelement(NAME a, xmlattributes('#section-' || s.section AS href), edustats.xml_text(s.title)))
                    ORDER BY s.section))),
                xmlelement(NAME main, xmlagg(
                    xmlelement(NAME section, xmlattributes('section-' || s.section AS "aria-labelledby"),
                        xmlelement(NAME h2, xmlattributes('section-' || s.section AS id), edustats.xml_text(s.title)), s.content)
                    ORDER BY s.section)),
                CASE WHEN settings ?| ARRAY['signature', 'date'] THEN xmlelement(NAME footer,
                    edustats.optional_html(settings ->> 'signature', 'signature'), edustats.optional_html(settings ->> 'date', 'date')) END))
        FROM unnest(sections, titles, contents) s(section, title, content));
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_page(jsonb, integer[], text[], xml[]) IS
    'A page of sections, with their numbers, titles and contents.';

-- Without JIT: the views are wide and their rows few, so that compiling takes many times as long as reading.
CREATE FUNCTION edustats.bulletin_html(bulletin name, days daterange) RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
DECLARE
    settings jsonb := edustats.bulletin_settings(bulletin, days);
    page xml;
BEGIN
    page := (SELECT edustats.bulletin_page(settings, array_agg(s.number ORDER BY s.section), array_agg(s.title ORDER BY s.section), array_agg(s.content ORDER BY s.section))
             FROM (SELECT i.section, min(i.section_number) AS number, min(i.title) AS title,
                          xmlagg(edustats.item_html(i.kind, i.id, i.caption, i.style, i.columns, i.cells, i.unit, i.note, settings) ORDER BY i.position) AS content
                   FROM edustats.bulletin_items(bulletin, days) i GROUP BY i.section) s);

    -- An element a line, so that two pages can be compared line by line: only markup has a < that is not escaped.
    RETURN E'<!DOCTYPE html>\n' || regexp_replace(page::text,
        '<(?=(?:head|meta|title|style|body|header|h1|h2|p|nav|li|main|section|div|table|thead|tbody|tr|figure|svg|g|footer)'
        '[ >/])', E'\n<', 'g') || E'\n';
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_html(name, daterange) IS
    'The bulletin of any days, as one self-contained page of HTML that is well-formed XML, too: '
    'what its view "page" has of them, with figures in SVG, for screens and for paper. Errors for an unknown bulletin '
    '(invalid_schema_name), for days that the bulletin has no rows for, and without a first or a last one (invalid_parameter_value). NULL for NULL.';

CREATE FUNCTION edustats.bulletin_html(bulletin name, month date) RETURNS text
LANGUAGE sql STABLE STRICT
RETURN edustats.bulletin_html(bulletin, edustats.days_of(month));
COMMENT ON FUNCTION edustats.bulletin_html(name, date) IS
    'The bulletin of the month that the date is in, as bulletin_html of days makes it.';

CREATE FUNCTION edustats.bulletin_html(bulletin name, month_or_days text) RETURNS text
LANGUAGE sql STABLE STRICT
RETURN edustats.bulletin_html(bulletin, edustats.days_of(month_or_days));
COMMENT ON FUNCTION edustats.bulletin_html(name, text) IS
    'The bulletin of a month, named by one of its days as PostgreSQL reads dates, or of days, written as a daterange.';
