-- The bulletin as a page: the markup of what its views "page" and "page_setting" have of a month.

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
    labels text[] := ARRAY(SELECT coalesce(c.value ->> 0, '-') FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place) ORDER BY c.place);
    amounts numeric[] := ARRAY(SELECT (c.value ->> 1)::numeric FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place) ORDER BY c.place);
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

-- The name of the view is an id where that can be one and is the only one of it.
CREATE FUNCTION edustats.bulletin_items(bulletin name, days daterange, settings jsonb)
RETURNS TABLE (section integer, number integer, title text, "position" integer, markup xml)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT p.section, p.section_number, p.title, p.position, CASE p.kind
            WHEN 'sentence' THEN (SELECT xmlagg(edustats.paragraph_html(c.value ->> 0) ORDER BY c.place)
                                  FROM jsonb_array_elements(p.cells) WITH ORDINALITY c(value, place) WHERE c.value ->> 0 IS NOT NULL)
            WHEN 'note' THEN edustats.paragraph_html(p.note)
            WHEN 'table' THEN edustats.table_html(p.id, p.caption, p.style, p.columns, p.cells, p.note, $2 ->> 'empty_table')
            ELSE edustats.figure_html(p.id, p.caption, p.style, p.cells, p.unit, p.note, $2) END
        FROM (SELECT i.*, CASE WHEN i.view ~ '^[a-z][a-z0-9_]*$' AND count(*) OVER (PARTITION BY i.view) = 1 THEN i.view
                               ELSE format('item-%%s-%%s', i.section, i.position) END AS id
              FROM edustats.of_period(NULL::%I.page, $1) i) p
        $query$, bulletin) USING days, settings;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_items(name, daterange, jsonb) IS 'The markup of what stands in the sections of a period''s page.';

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
    settings jsonb;
    page xml;
BEGIN
    PERFORM edustats.existing_data(bulletin);
    EXECUTE format('SELECT s.settings FROM edustats.of_period(NULL::%I.page_setting, $1) s', bulletin) INTO settings USING days;
    IF settings IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bulletin "%s" has no %s', bulletin, CASE edustats.period_kind(days) WHEN 'month' THEN format('month %s', lower(days)) ELSE format('days %s', days) END),
            DETAIL = 'A bulletin goes from the month of the first activity to the present one.';
    END IF;
    page := (SELECT edustats.bulletin_page(settings, array_agg(s.number ORDER BY s.section), array_agg(s.title ORDER BY s.section), array_agg(s.content ORDER BY s.section))
             FROM (SELECT i.section, min(i.number) AS number, min(i.title) AS title, xmlagg(i.markup ORDER BY i.position) AS content
                   FROM edustats.bulletin_items(bulletin, days, settings) i GROUP BY i.section) s);

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
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    first date := edustats.month_of(month);
BEGIN
    RETURN edustats.bulletin_html(bulletin, daterange(first, (first + interval '1 month')::date));
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_html(name, date) IS
    'The bulletin of the month that the date is in, as bulletin_html of days makes it.';

-- A literal without a type is taken for text where there is a function for that: without it PostgreSQL could not choose.
CREATE FUNCTION edustats.bulletin_html(bulletin name, month_or_days text) RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF month_or_days ~ '[,[(]|^\s*empty\s*$' THEN
        RETURN edustats.bulletin_html(bulletin, month_or_days::daterange);
    END IF;
    RETURN edustats.bulletin_html(bulletin, month_or_days::date);
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_html(name, text) IS
    'The bulletin of a month, named by one of its days as PostgreSQL reads dates, or of days, written as a daterange.';
