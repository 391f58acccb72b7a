-- Figures of the document: charts of DrawingML, of a fixed size, with their values in a workbook of their own, which is what opens when
-- somebody edits them. The order of elements is the standard's. What is the same in all of them is written as it stands in the file.

CREATE FUNCTION edustats.texts_docx(texts text[], reference text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN xmlelement(NAME "c:strRef", xmlelement(NAME "c:f", reference), xmlelement(NAME "c:strCache",
        xmlelement(NAME "c:ptCount", xmlattributes(cardinality(texts) AS val)),
        (SELECT xmlagg(xmlelement(NAME "c:pt", xmlattributes(t.place - 1 AS idx), xmlelement(NAME "c:v", edustats.xml_text(t.words))) ORDER BY t.place)
         FROM unnest(texts) WITH ORDINALITY t(words, place))));
END
$function$;
COMMENT ON FUNCTION edustats.texts_docx(text[], text) IS 'Texts of a chart, and where they stand in its workbook.';

CREATE FUNCTION edustats.numbers_docx(numbers numeric[], reference text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN xmlelement(NAME "c:numRef", xmlelement(NAME "c:f", reference), xmlelement(NAME "c:numCache",
        xmlelement(NAME "c:formatCode", 'General'), xmlelement(NAME "c:ptCount", xmlattributes(cardinality(numbers) AS val)),
        (SELECT xmlagg(xmlelement(NAME "c:pt", xmlattributes(n.place - 1 AS idx), xmlelement(NAME "c:v", n.number)) ORDER BY n.place)
         FROM unnest(numbers) WITH ORDINALITY n(number, place) WHERE n.number IS NOT NULL)));
END
$function$;
COMMENT ON FUNCTION edustats.numbers_docx(numeric[], text) IS 'Numbers of a chart, and where they stand in its workbook; NULL is a gap.';

CREATE FUNCTION edustats.number_format(numbers numeric[], separator text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE WHEN separator IS NULL THEN '0' ELSE '#,##0' END || CASE WHEN EXISTS (SELECT FROM unnest(numbers) n WHERE n <> trunc(n)) THEN '.00' ELSE '' END;
END
$function$;
COMMENT ON FUNCTION edustats.number_format(numeric[], text) IS
    'The format by which Office prints numbers: with 2 decimals unless all are whole, and a separator between each three digits if there is one.';

-- All bars bear their values; of a line or of columns the first of the highest, which has another colour, as the page has it.
CREATE FUNCTION edustats.labels_docx(format text, peak bigint) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    said xml := xmlparse(CONTENT '<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/>'
                                 '<c:showPercent val="0"/><c:showBubbleSize val="0"/>');
    number_format xml := xmlelement(NAME "c:numFmt", xmlattributes(format AS "formatCode", 0 AS "sourceLinked"));
BEGIN
    RETURN xmlelement(NAME "c:dLbls", CASE
        WHEN peak IS NULL THEN xmlconcat(number_format, said)
        ELSE xmlconcat(xmlelement(NAME "c:dLbl", xmlelement(NAME "c:idx", xmlattributes(peak AS val)), number_format, said),
                       xmlparse(CONTENT replace(said::text, '<c:showVal val="1"/>', '<c:showVal val="0"/>'))) END);
END
$function$;
COMMENT ON FUNCTION edustats.labels_docx(text, bigint) IS 'The values that a chart prints: that of the peak, by its place from 0 on, or all of them where that is NULL.';

CREATE FUNCTION edustats.series_docx(style text, name text, labels text[], "values" numeric[], format text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    last integer := cardinality(labels) + 1;
    peak bigint := CASE WHEN style IN ('line', 'columns') THEN
        (SELECT v.place - 1 FROM unnest("values") WITH ORDINALITY v(value, place) ORDER BY v.value DESC NULLS LAST, v.place LIMIT 1) END;
    fill xml := xmlparse(CONTENT '<a:solidFill><a:srgbClr val="4B6F93"/></a:solidFill>');
    marked xml := xmlparse(CONTENT '<a:solidFill><a:srgbClr val="A03A2E"/></a:solidFill>');
BEGIN
    RETURN xmlelement(NAME "c:ser",
        xmlparse(CONTENT '<c:idx val="0"/><c:order val="0"/>'), xmlelement(NAME "c:tx", edustats.texts_docx(ARRAY[name], 'Sheet1!$B$1')),
        CASE WHEN style = 'line' THEN xmlconcat(xmlelement(NAME "c:spPr", xmlelement(NAME "a:ln", xmlattributes(25400 AS w, 'rnd' AS cap), fill)),
                                               xmlparse(CONTENT '<c:marker><c:symbol val="none"/></c:marker>'))
             ELSE xmlconcat(xmlelement(NAME "c:spPr", fill), xmlparse(CONTENT '<c:invertIfNegative val="0"/>')) END,
        CASE WHEN peak IS NULL THEN NULL
             WHEN style = 'line' THEN xmlelement(NAME "c:dPt", xmlelement(NAME "c:idx", xmlattributes(peak AS val)),
                 xmlelement(NAME "c:marker", xmlparse(CONTENT '<c:symbol val="circle"/>'
                     '<c:size val="7"/>'), xmlelement(NAME "c:spPr", marked)), xmlparse(CONTENT '<c:bubble3D val="0"/>'))
             ELSE xmlelement(NAME "c:dPt", xmlelement(NAME "c:idx", xmlattributes(peak AS val)),
                             xmlparse(CONTENT '<c:invertIfNegative val="0"/><c:bubble3D val="0"/>'),
                             xmlelement(NAME "c:spPr", marked)) END,
        edustats.labels_docx(format, peak),
        xmlelement(NAME "c:cat", edustats.texts_docx(labels, format('Sheet1!$A$2:$A$%s', last))),
        xmlelement(NAME "c:val", edustats.numbers_docx("values", format('Sheet1!$B$2:$B$%s', last))),
        CASE WHEN style = 'line' THEN xmlparse(CONTENT '<c:smooth val="0"/>') END);
END
$function$;
COMMENT ON FUNCTION edustats.series_docx(text, text, text[], numeric[], text) IS 'The values of a chart, how they look, and which of them it prints. format: of the numbers.';

-- An axis has zero, like those of the page.
CREATE FUNCTION edustats.axes_docx(bars boolean, format text, lowest numeric, highest numeric) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    line xml := xmlparse(CONTENT '<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="5B5F66"/></a:solidFill></a:ln></c:spPr>');
    grid xml := xmlparse(CONTENT '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="DEDBD3"/></a:solidFill></a:ln>'
                                 '</c:spPr></c:majorGridlines>');
BEGIN
    RETURN xmlconcat(
        xmlelement(NAME "c:catAx", xmlparse(CONTENT '<c:axId val="1"/>'),
            xmlelement(NAME "c:scaling", xmlelement(NAME "c:orientation", xmlattributes(CASE WHEN bars THEN 'maxMin' ELSE 'minMax' END AS val))),
            xmlparse(CONTENT '<c:delete val="0"/>'), xmlelement(NAME "c:axPos", xmlattributes(CASE WHEN bars THEN 'l' ELSE 'b' END AS val)),
            xmlparse(CONTENT '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
                             '<c:tickLblPos val="low"/>'), line,
            xmlparse(CONTENT '<c:crossAx val="2"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/>'
                             '<c:noMultiLvlLbl val="1"/>')),
        xmlelement(NAME "c:valAx", xmlparse(CONTENT '<c:axId val="2"/>'),
            xmlelement(NAME "c:scaling", xmlparse(CONTENT '<c:orientation val="minMax"/>'),
                CASE WHEN lowest >= 0 THEN xmlparse(CONTENT '<c:min val="0"/>') WHEN highest <= 0 THEN xmlparse(CONTENT '<c:max val="0"/>') END),
            xmlelement(NAME "c:delete", xmlattributes(CASE WHEN bars THEN 1 ELSE 0 END AS val)),
            xmlelement(NAME "c:axPos", xmlattributes(CASE WHEN bars THEN 't' ELSE 'l' END AS val)), CASE WHEN NOT bars THEN grid END,
            xmlelement(NAME "c:numFmt", xmlattributes(format AS "formatCode", 0 AS "sourceLinked")),
            xmlparse(CONTENT '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:spPr><a:ln>'
                             '<a:noFill/></a:ln></c:spPr>'),
            xmlparse(CONTENT '<c:crossAx val="1"/><c:crosses val="autoZero"/><c:crossBetween val="between"/>')));
END
$function$;
COMMENT ON FUNCTION edustats.axes_docx(boolean, text, numeric, numeric) IS
    'The axes of a chart of values from the lowest to the highest: for bars, the first on top and no scale, as each bears its value.';

CREATE FUNCTION edustats.chart_docx(style text, name text, labels text[], "values" numeric[], separator text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    bars boolean := coalesce(style NOT IN ('line', 'columns'), true);
    format text := edustats.number_format("values", separator);
    series xml := edustats.series_docx(style, name, labels, "values", format);
    ids xml := xmlparse(CONTENT '<c:axId val="1"/><c:axId val="2"/>');
BEGIN
    RETURN xmlelement(NAME "c:chartSpace",
        xmlattributes('http://schemas.openxmlformats.org/drawingml/2006/chart' AS "xmlns:c", 'http://schemas.openxmlformats.org/drawingml/2006/main' AS "xmlns:a",
                      'http://schemas.openxmlformats.org/officeDocument/2006/relationships' AS "xmlns:r"),
        xmlparse(CONTENT '<c:date1904 val="0"/><c:roundedCorners val="0"/>'),
        xmlelement(NAME "c:chart", xmlparse(CONTENT '<c:autoTitleDeleted val="1"/>'),
            xmlelement(NAME "c:plotArea", xmlparse(CONTENT '<c:layout/>'),
                CASE WHEN style = 'line' THEN xmlelement(NAME "c:lineChart", xmlparse(CONTENT '<c:grouping val="standard"/>'
                    '<c:varyColors val="0"/>'), series, xmlparse(CONTENT '<c:marker val="1"/>'), ids)
                     ELSE xmlelement(NAME "c:barChart", xmlelement(NAME "c:barDir", xmlattributes(CASE WHEN bars THEN 'bar' ELSE 'col' END AS val)),
                                     xmlparse(CONTENT '<c:grouping val="clustered"/>'
                                                      '<c:varyColors val="0"/>'), series, xmlparse(CONTENT '<c:gapWidth val="50"/>'), ids) END,
                edustats.axes_docx(bars, format, (SELECT min(v) FROM unnest("values") v), (SELECT max(v) FROM unnest("values") v))),
            xmlparse(CONTENT '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/>')),
        xmlparse(CONTENT '<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr><c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr>'
                         '<a:defRPr sz="900"><a:latin typeface="Arial"/><a:ea typeface="SimHei"/></a:defRPr></a:pPr>'
                         '<a:endParaRPr lang="en-US"/></a:p></c:txPr><c:externalData r:id="workbook"><c:autoUpdate val="0"/></c:externalData>'));
END
$function$;
COMMENT ON FUNCTION edustats.chart_docx(text, text, text[], numeric[], text) IS
    'A figure as a chart of DrawingML: bars, a line, or columns, as page_item.style says. name: what the values are; separator: between each three digits of them.';

CREATE FUNCTION edustats.cell_xlsx(reference text, words text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME c, xmlattributes(reference AS r, 'inlineStr' AS t), xmlelement(NAME "is", xmlelement(NAME t, edustats.xml_text(words))));
COMMENT ON FUNCTION edustats.cell_xlsx(text, text) IS 'A text in a cell of a workbook.';

CREATE FUNCTION edustats.chart_xlsx(label_head text, value_head text, labels text[], "values" numeric[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    sheet xml := (
        SELECT xmlelement(NAME worksheet, xmlattributes('http://schemas.openxmlformats.org/spreadsheetml/2006/main' AS xmlns), xmlelement(NAME "sheetData",
            xmlelement(NAME "row", xmlattributes(1 AS r), edustats.cell_xlsx('A1', label_head), edustats.cell_xlsx('B1', value_head)),
            xmlagg(xmlelement(NAME "row", xmlattributes(v.line AS r), edustats.cell_xlsx('A' || v.line, v.label),
                              CASE WHEN v.value IS NOT NULL THEN xmlelement(NAME c, xmlattributes('B' || v.line AS r), xmlelement(NAME v, v.value)) END) ORDER BY v.line)))
        FROM (SELECT u.label, u.value, u.place + 1 AS line FROM unnest(labels, "values") WITH ORDINALITY u(label, value, place)) v);
BEGIN
    RETURN edustats.zip('{[Content_Types].xml,_rels/.rels,xl/workbook.xml,xl/_rels/workbook.xml.rels,xl/worksheets/sheet1.xml}', ARRAY[
        edustats.types_docx('{xl/workbook.xml,xl/worksheets/sheet1.xml}', '{officedocument.spreadsheetml.sheet.main,officedocument.spreadsheetml.worksheet}'),
        edustats.relations_docx('{workbook}', '{officeDocument/2006/relationships/officeDocument}', '{xl/workbook.xml}'),
        edustats.part_docx('<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
                           'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
                           '<sheets><sheet name="Sheet1" sheetId="1" r:id="sheet"/></sheets></workbook>'),
        edustats.relations_docx('{sheet}', '{officeDocument/2006/relationships/worksheet}', '{worksheets/sheet1.xml}'),
        edustats.part_docx(sheet)]);
END
$function$;
COMMENT ON FUNCTION edustats.chart_xlsx(text, text, text[], numeric[]) IS 'The labels and values of a chart as a workbook, under what they are.';

CREATE FUNCTION edustats.files_docx(chart bigint, style text, columns jsonb, cells jsonb, separator text) RETURNS TABLE (name text, content bytea)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    labels text[] := edustats.figure_labels(cells);
    numbers numeric[] := edustats.figure_values(cells);
    value_head text := edustats.one_line(columns #>> '{1,head,-1}');
BEGIN
    RETURN QUERY VALUES
        (format('word/charts/chart%s.xml', chart), edustats.part_docx(edustats.chart_docx(style, value_head, labels, numbers, separator))),
        (format('word/charts/_rels/chart%s.xml.rels', chart),
         edustats.relations_docx('{workbook}', '{officeDocument/2006/relationships/package}', ARRAY[format('../embeddings/chart%s.xlsx', chart)])),
        (format('word/embeddings/chart%s.xlsx', chart), edustats.chart_xlsx(edustats.one_line(columns #>> '{0,head,-1}'), value_head, labels, numbers));
END
$function$;
COMMENT ON FUNCTION edustats.files_docx(bigint, text, jsonb, jsonb, text) IS
    'The files of a chart, by its number: the drawing, its workbook, and that it is its workbook. separator: between each three digits of numbers.';

CREATE FUNCTION edustats.drawing_docx(place bigint, title text, description text, style text, number integer) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    height integer := CASE WHEN style IN ('line', 'columns') THEN 2700000 ELSE least(180000 + 252000 * number, 7800000) END;
BEGIN
    RETURN xmlelement(NAME "w:r", xmlelement(NAME "w:drawing", xmlelement(NAME "wp:inline", xmlattributes(0 AS "distT", 0 AS "distB", 0 AS "distL", 0 AS "distR"),
        xmlelement(NAME "wp:extent", xmlattributes(5220000 AS cx, height AS cy)),
        xmlelement(NAME "wp:docPr", xmlattributes(place AS id, edustats.xml_text(title) AS name, edustats.xml_text(description) AS descr)),
        xmlelement(NAME "wp:cNvGraphicFramePr"),
        xmlelement(NAME "a:graphic", xmlelement(NAME "a:graphicData", xmlattributes('http://schemas.openxmlformats.org/drawingml/2006/chart' AS uri),
            xmlelement(NAME "c:chart", xmlattributes('chart' || place AS "r:id")))))));
END
$function$;
COMMENT ON FUNCTION edustats.drawing_docx(bigint, text, text, text, integer) IS
    'Where a chart stands in the document: 14.5 cm wide, bars with 7 mm for each of that number of them up to 21.7 cm, others 7.5 cm high. place: the number of the chart''s files.';
