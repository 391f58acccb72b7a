-- The bulletin as a document for Word and LibreOffice.

CREATE FUNCTION edustats.figure_docx(caption text, style text, cells jsonb, unit text, note text, place bigint, settings jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    labels text[] := edustats.figure_labels(cells);
    described text;
BEGIN
    IF place IS NOT NULL THEN
        described := edustats.chart_description(CASE WHEN style IN ('line', 'columns') THEN style ELSE 'bars' END || '_text', labels,
                                                edustats.figure_values(cells), unit, edustats.chart_words(settings));
    END IF;
    RETURN xmlconcat(
        edustats.paragraph_docx('Caption', edustats.run_docx(caption), true),
        edustats.paragraph_docx('Figure', CASE
            WHEN place IS NULL THEN edustats.run_docx(settings ->> 'empty_figure')
            ELSE edustats.drawing_docx(place, edustats.one_line(caption), described, style, cardinality(labels)) END, note IS NOT NULL),
        edustats.paragraph_docx('Note', CASE WHEN note IS NOT NULL THEN edustats.run_docx(note) END));
END
$function$;
COMMENT ON FUNCTION edustats.figure_docx(text, text, jsonb, text, text, bigint, jsonb) IS
    'A figure between its caption and its note. place: the number of its chart; NULL where there is nothing to draw, which it says then.';

CREATE FUNCTION edustats.item_docx(kind text, caption text, style text, columns jsonb, cells jsonb, unit text, note text, chart bigint, settings jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE kind
        WHEN 'sentence' THEN (SELECT xmlagg(edustats.optional_docx('Normal', c.value ->> 0) ORDER BY c.place)
                              FROM jsonb_array_elements(cells) WITH ORDINALITY c(value, place))
        WHEN 'note' THEN edustats.optional_docx('Normal', note)
        WHEN 'table' THEN edustats.table_docx(caption, style, columns, cells, note, settings ->> 'empty_table')
        ELSE edustats.figure_docx(caption, style, cells, unit, note, chart, settings) END;
END
$function$;
COMMENT ON FUNCTION edustats.item_docx(text, text, text, jsonb, jsonb, text, text, bigint, jsonb) IS
    'An item of the page in the document, see the view "page". chart: the number of its chart, NULL where it has none.';

CREATE FUNCTION edustats.text_docx(settings jsonb, sections xml) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN xmlelement(NAME "w:document",
        xmlattributes('http://schemas.openxmlformats.org/wordprocessingml/2006/main' AS "xmlns:w",
                      'http://schemas.openxmlformats.org/officeDocument/2006/relationships' AS "xmlns:r",
                      'http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing' AS "xmlns:wp",
                      'http://schemas.openxmlformats.org/drawingml/2006/main' AS "xmlns:a",
                      'http://schemas.openxmlformats.org/drawingml/2006/chart' AS "xmlns:c"),
        xmlelement(NAME "w:body",
            edustats.optional_docx('Office', settings ->> 'office'), edustats.optional_docx('Issue', settings ->> 'issue'),
            edustats.paragraph_docx('Title', edustats.run_docx(coalesce(settings ->> 'title', ''))),
            edustats.optional_docx('Subtitle', settings ->> 'subtitle'), edustats.optional_docx('Period', settings ->> 'period'),
            sections,
            edustats.optional_docx('Signature', settings ->> 'signature'), edustats.optional_docx('Signature', settings ->> 'date'),
            xmlparse(CONTENT '<w:sectPr><w:footerReference w:type="default" r:id="footer"/><w:pgSz w:w="11906" w:h="16838"/>'
                             '<w:pgMar w:top="1418" w:right="1418" w:bottom="1304" w:left="1418" w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>')));
END
$function$;
COMMENT ON FUNCTION edustats.text_docx(jsonb, xml) IS 'The text of a document, on A4: what the page says of itself around its sections.';

CREATE FUNCTION edustats.bulletin_document(bulletin name, days daterange) RETURNS bytea
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
DECLARE
    settings jsonb := edustats.bulletin_settings(bulletin, days);
    content xml;
    charts text[];
    names text[];
    parts bytea[];
BEGIN
    WITH item AS MATERIALIZED (
        SELECT i.*, CASE WHEN i.drawn THEN count(*) FILTER (WHERE i.drawn) OVER (ORDER BY i.section, i.position) END AS chart
        FROM (SELECT t.*, CASE WHEN t.kind = 'figure' THEN num_nonnulls(VARIADIC edustats.figure_values(t.cells)) > 0 ELSE false END AS drawn
              FROM edustats.bulletin_items(bulletin, days) t) i
    ), section AS (
        SELECT i.section, xmlconcat(edustats.paragraph_docx('Heading1', edustats.run_docx(min(i.title))), xmlagg(
                   edustats.item_docx(i.kind, i.caption, i.style, i.columns, i.cells, i.unit, i.note, i.chart, settings) ORDER BY i.position)) AS content
        FROM item i GROUP BY i.section
    ), part AS (
        SELECT i.chart, f.* FROM item i CROSS JOIN LATERAL edustats.files_docx(i.chart, i.style, i.columns, i.cells, settings ->> 'digit_separator') f WHERE i.drawn
    )
    SELECT (SELECT xmlagg(s.content ORDER BY s.section) FROM section s), ARRAY(SELECT 'chart' || i.chart FROM item i WHERE i.drawn ORDER BY i.chart),
           ARRAY(SELECT p.name FROM part p ORDER BY p.chart, p.name), ARRAY(SELECT p.content FROM part p ORDER BY p.chart, p.name)
    INTO content, charts, names, parts;
    RETURN edustats.package_docx(settings, edustats.part_docx(edustats.text_docx(settings, content)), charts, names, parts);
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_document(name, daterange) IS
    'The bulletin of any days as a document of Office Open XML (.docx), which Word and LibreOffice open: what its view "page" has of them, tables as tables, whose heads each page repeats, and figures as charts of a fixed size, whose values can be edited. The same figures and settings make the same bytes. Errors for an unknown bulletin (invalid_schema_name), for days that the bulletin has no rows for, and without a first or a last one (invalid_parameter_value). NULL for NULL.';

CREATE FUNCTION edustats.bulletin_document(bulletin name, month date) RETURNS bytea
LANGUAGE sql STABLE STRICT
RETURN edustats.bulletin_document(bulletin, edustats.days_of(month));
COMMENT ON FUNCTION edustats.bulletin_document(name, date) IS 'The month that the date is in, as bulletin_document of days has it.';

CREATE FUNCTION edustats.bulletin_document(bulletin name, month_or_days text) RETURNS bytea
LANGUAGE sql STABLE STRICT
RETURN edustats.bulletin_document(bulletin, edustats.days_of(month_or_days));
COMMENT ON FUNCTION edustats.bulletin_document(name, text) IS
    'A month, named by one of its days as PostgreSQL reads dates, or days, written as a daterange, as bulletin_document of days has them.';
