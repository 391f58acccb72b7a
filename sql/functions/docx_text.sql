-- The bulletin as a document of Office Open XML (ISO/IEC 29500): its paragraphs and tables. The order of elements is the standard's.

-- Quotation marks and dashes that Chinese and Western texts share are the wide ones in a text with Chinese characters.
CREATE FUNCTION edustats.run_docx(words text, bold boolean DEFAULT false) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    wide boolean := words ~ '[\u2E80-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF]';
BEGIN
    RETURN (SELECT xmlelement(NAME "w:r",
            CASE WHEN wide OR bold THEN xmlelement(NAME "w:rPr",
                CASE WHEN wide THEN xmlelement(NAME "w:rFonts", xmlattributes('eastAsia' AS "w:hint")) END,
                CASE WHEN bold THEN xmlelement(NAME "w:b") END) END,
            xmlagg(xmlconcat(CASE WHEN l.place > 1 THEN xmlelement(NAME "w:br") END,
                             xmlelement(NAME "w:t", xmlattributes('preserve' AS "xml:space"), l.line)) ORDER BY l.place))
        FROM regexp_split_to_table(regexp_replace(edustats.xml_text(words), '[\u202A-\u202E\u2066-\u2069]', '', 'g'), '\r\n|\r|\n') WITH ORDINALITY l(line, place));
END
$function$;
COMMENT ON FUNCTION edustats.run_docx(text, boolean) IS
    'A text with its line breaks as a run of a paragraph, without characters that override the direction of writing.';

CREATE FUNCTION edustats.paragraph_docx(style text, content xml, keep boolean DEFAULT false) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME "w:p",
    xmlelement(NAME "w:pPr", xmlelement(NAME "w:pStyle", xmlattributes(style AS "w:val")), CASE WHEN keep THEN xmlelement(NAME "w:keepNext") END),
    content);
COMMENT ON FUNCTION edustats.paragraph_docx(text, xml, boolean) IS 'A paragraph of a style, see styles_docx. keep: it stays on a page with what follows.';

CREATE FUNCTION edustats.optional_docx(style text, words text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN words IS NOT NULL THEN edustats.paragraph_docx(style, edustats.run_docx(words)) END;
COMMENT ON FUNCTION edustats.optional_docx(text, text) IS 'A text as a paragraph of a style; NULL for NULL.';

-- A cell of a table, as it stands in its row.
CREATE FUNCTION edustats.cell_docx(words text, style text, bold boolean, keep boolean, width integer, across integer, merge text, rule text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN xmlelement(NAME "w:tc",
        xmlelement(NAME "w:tcPr",
            xmlelement(NAME "w:tcW", xmlattributes(width AS "w:w", 'dxa' AS "w:type")),
            CASE WHEN across > 1 THEN xmlelement(NAME "w:gridSpan", xmlattributes(across AS "w:val")) END,
            CASE WHEN merge IS NOT NULL THEN xmlelement(NAME "w:vMerge", xmlattributes(merge AS "w:val")) END,
            CASE rule WHEN 'top' THEN xmlparse(CONTENT '<w:tcBorders><w:top w:val="single" w:sz="6" w:space="0" w:color="5B5F66"/></w:tcBorders>')
                      WHEN 'bottom' THEN xmlparse(CONTENT '<w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="5B5F66"/></w:tcBorders>') END,
            xmlelement(NAME "w:vAlign", xmlattributes('center' AS "w:val"))),
        edustats.paragraph_docx(style, CASE WHEN merge = 'continue' THEN NULL ELSE edustats.run_docx(coalesce(words, '-'), bold) END, keep));
END
$function$;
COMMENT ON FUNCTION edustats.cell_docx(text, text, boolean, boolean, integer, integer, text, text) IS
    'A cell of a table, - for NULL. width: in twentieths of a point; across: over how many columns it goes; merge: restart where it goes on below, continue where it does so; rule: top or bottom for a strong line there.';

CREATE FUNCTION edustats.cell_style(kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind WHEN 'n' THEN 'TableNumber' WHEN 'r' THEN 'TableCentre' WHEN 'a' THEN 'TableApart' ELSE 'TableText' END;
COMMENT ON FUNCTION edustats.cell_style(text) IS 'The style of a cell by its letter, see cell_html, or a for text that stands apart from the number before it.';

-- A longer head goes on in each row down to its last.
CREATE FUNCTION edustats.head_docx(columns jsonb, kinds text, widths integer[]) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT xmlagg(r.row ORDER BY r.level)
        FROM (
            SELECT l.level, xmlelement(NAME "w:tr", xmlelement(NAME "w:trPr", xmlelement(NAME "w:cantSplit"), xmlelement(NAME "w:tblHeader")), xmlagg(
                edustats.cell_docx(h.words, CASE WHEN h.across > 1 THEN 'TableCentre' ELSE edustats.cell_style(substr(kinds, h.place, 1)) END, true, true,
                    (SELECT sum(w) FROM unnest(widths[h.place:h.place + h.across - 1]) w)::integer, h.across,
                    CASE WHEN h.down = 1 THEN NULL WHEN h.level = l.level THEN 'restart' ELSE 'continue' END,
                    CASE WHEN l.level = h.depth THEN 'bottom' END) ORDER BY h.place)) AS row
            FROM (SELECT c.*, max(c.level + c.down - 1) OVER () AS depth FROM edustats.head_cells(columns) c) h
            CROSS JOIN LATERAL generate_series(h.level, h.level + h.down - 1) l(level)
            GROUP BY l.level) r);
END
$function$;
COMMENT ON FUNCTION edustats.head_docx(jsonb, text, integer[]) IS 'The rows of a table''s head, which each page repeats. kinds: a letter a column, see cell_style; widths: of the columns.';

CREATE FUNCTION edustats.row_docx(kinds text, cells text[], spans integer[], widths integer[], total boolean, keep boolean) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT xmlelement(NAME "w:tr", xmlelement(NAME "w:trPr", xmlelement(NAME "w:cantSplit")), xmlagg(
            edustats.cell_docx(c.cell, edustats.cell_style(c.kind), total, keep,
                (SELECT sum(w) FROM unnest(widths[c.place:c.place + c.across - 1]) w)::integer, c.across,
                CASE WHEN c.kind <> 'h' THEN NULL WHEN spans[c.place] > 1 THEN 'restart' WHEN spans[c.place] = 0 THEN 'continue' END,
                CASE WHEN total THEN 'top' END) ORDER BY c.place))
        FROM edustats.printed_cells(kinds, cells) c);
END
$function$;
COMMENT ON FUNCTION edustats.row_docx(text, text[], integer[], integer[], boolean, boolean) IS
    'A row of a table. kinds: a letter a column, see cell_style; spans: over how many rows each header goes, see merged_row_html; total: is it the sum; keep: it stays on a page with what follows.';

-- By the longest word or number of a column, within bounds; in an even table all but the first are as wide as each other.
CREATE FUNCTION edustats.column_widths(columns jsonb, cells jsonb, even boolean, width integer) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT array_agg(floor(width * e.share / e.whole)::integer ORDER BY e.place)
        FROM (
            SELECT s.place, s.share, sum(s.share) OVER () AS whole
            FROM (SELECT w.place, CASE WHEN even AND w.place > 1 THEN max(w.width) OVER (PARTITION BY w.place > 1) ELSE w.width END AS share
                  FROM (SELECT c.place, least(greatest(max(edustats.text_width(t.words)), 42), 380) + 24 AS width
                        FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place)
                        CROSS JOIN LATERAL (
                            SELECT string_to_table(c.value -> 'head' ->> -1, E'\n')
                            UNION ALL SELECT r ->> (c.place - 1)::integer FROM jsonb_array_elements(cells) r) t(words)
                        GROUP BY c.place) w) s) e);
END
$function$;
COMMENT ON FUNCTION edustats.column_widths(jsonb, jsonb, boolean, integer) IS 'How wide the columns of a table of that width are.';

-- A table of some rows stays on one page, with its caption and its note; a longer one goes on, with its head.
CREATE FUNCTION edustats.table_docx(caption text, class text, columns jsonb, cells jsonb, note text, nothing text) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    classes text[] := string_to_array(coalesce(class, ''), ' ');
    widths integer[] := edustats.column_widths(columns, cells, 'even' = ANY (classes), 9070);
    kinds text := CASE WHEN 'pairs' = ANY (classes) THEN regexp_replace(edustats.row_kinds(columns), '^(..)t', '\1a') ELSE edustats.row_kinds(columns) END;
    width integer := (SELECT sum(w) FROM unnest(widths) w);
    last integer := jsonb_array_length(cells);
    short boolean := last <= 20;
    body xml;
BEGIN
    body := (SELECT xmlagg(edustats.row_docx(kinds, ARRAY(SELECT jsonb_array_elements_text(r.value)), s.spans, widths, r.place = last AND 'sum' = ANY (classes),
                                             CASE WHEN r.place = last THEN note IS NOT NULL ELSE short OR r.place IN (1, last - 1) END) ORDER BY r.place)
             FROM jsonb_array_elements(cells) WITH ORDINALITY r(value, place)
             LEFT JOIN edustats.row_spans(columns, cells) s ON s.place = r.place);
    RETURN xmlconcat(
        edustats.paragraph_docx('Caption', edustats.run_docx(caption), true),
        xmlelement(NAME "w:tbl",
            xmlelement(NAME "w:tblPr", xmlelement(NAME "w:tblStyle", xmlattributes('BulletinTable' AS "w:val")),
                xmlelement(NAME "w:tblW", xmlattributes(width AS "w:w", 'dxa' AS "w:type")),
                xmlelement(NAME "w:jc", xmlattributes('center' AS "w:val")),
                xmlelement(NAME "w:tblLayout", xmlattributes('fixed' AS "w:type")),
                xmlelement(NAME "w:tblCaption", xmlattributes(edustats.xml_text(edustats.one_line(caption)) AS "w:val"))),
            xmlelement(NAME "w:tblGrid", (SELECT xmlagg(xmlelement(NAME "w:gridCol", xmlattributes(w.width AS "w:w")) ORDER BY w.place)
                                          FROM unnest(widths) WITH ORDINALITY w(width, place))),
            edustats.head_docx(columns, kinds, widths),
            coalesce(body, xmlelement(NAME "w:tr",
                edustats.cell_docx(nothing, 'TableCentre', false, note IS NOT NULL, width, cardinality(widths), NULL, NULL)))),
        edustats.paragraph_docx('Note', CASE WHEN note IS NOT NULL THEN edustats.run_docx(note) END));
END
$function$;
COMMENT ON FUNCTION edustats.table_docx(text, text, jsonb, jsonb, text, text) IS
    'A table of columns and cells, see the view "page", between its caption and its note; without rows it says that there is nothing.';
