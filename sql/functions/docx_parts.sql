-- The files of a document that are the same in all of them, or nearly.

CREATE FUNCTION edustats.part_docx(content text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN convert_to(E'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' || content, 'UTF8');
COMMENT ON FUNCTION edustats.part_docx(text) IS 'A file of a document, of that XML.';

CREATE FUNCTION edustats.part_docx(content xml) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.part_docx(xmlserialize(CONTENT content AS text));
COMMENT ON FUNCTION edustats.part_docx(xml) IS 'A file of a document, of that XML.';

CREATE FUNCTION edustats.types_docx(files text[], types text[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT edustats.part_docx(xmlelement(NAME "Types", xmlattributes('http://schemas.openxmlformats.org/package/2006/content-types' AS xmlns),
                xmlparse(CONTENT '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                                 '<Default Extension="xml" ContentType="application/xml"/>'
                                 '<Default Extension="xlsx" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>'),
                xmlagg(xmlelement(NAME "Override", xmlattributes('/' || f.file AS "PartName", format('application/vnd.openxmlformats-%s+xml', f.type) AS "ContentType")) ORDER BY f.place)))
            FROM unnest(files, types) WITH ORDINALITY f(file, type, place));
END
$function$;
COMMENT ON FUNCTION edustats.types_docx(text[], text[]) IS 'What is what among the files of a document, or of a workbook.';

CREATE FUNCTION edustats.relations_docx(ids text[], types text[], targets text[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT edustats.part_docx(xmlelement(NAME "Relationships", xmlattributes('http://schemas.openxmlformats.org/package/2006/relationships' AS xmlns),
                xmlagg(xmlelement(NAME "Relationship", xmlattributes(r.id AS "Id", 'http://schemas.openxmlformats.org/' || r.type AS "Type", r.target AS "Target")) ORDER BY r.place)))
            FROM unnest(ids, types, targets) WITH ORDINALITY r(id, type, target, place));
END
$function$;
COMMENT ON FUNCTION edustats.relations_docx(text[], text[], text[]) IS 'To which files a file of a document, or of a workbook, refers, by which ids, and what they are for it.';

-- Where a machine has none of these fonts, the names after them say which are like them, on Windows, macOS and Linux.
CREATE FUNCTION edustats.fonts_docx() RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.part_docx('<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:font w:name="SimSun"><w:altName w:val="宋体,Songti SC,Noto Serif CJK SC,Source Han Serif SC"/><w:charset w:val="86"/>'
    '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    '<w:font w:name="SimHei"><w:altName w:val="黑体,Heiti SC,Noto Sans CJK SC,Source Han Sans SC"/><w:charset w:val="86"/>'
    '<w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font>'
    '<w:font w:name="Times New Roman"><w:altName w:val="Liberation Serif"/><w:charset w:val="00"/><w:family w:val="roman"/>'
    '<w:pitch w:val="variable"/></w:font>'
    '<w:font w:name="Arial"><w:altName w:val="Liberation Sans"/><w:charset w:val="00"/><w:family w:val="swiss"/><w:pitch w:val="variable"/>'
    '</w:font></w:fonts>');
COMMENT ON FUNCTION edustats.fonts_docx() IS 'The fonts of a document, and what may stand for them.';

CREATE FUNCTION edustats.style_docx(id text, name text, paragraph text, run text, based text DEFAULT 'Normal', next text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN concat(format('<w:style w:type="paragraph" w:styleId="%s"%s>'
                         '<w:name w:val="%s"/>', id, CASE WHEN id = 'Normal' THEN ' w:default="1"' END, name),
        CASE WHEN id <> 'Normal' THEN format('<w:basedOn w:val="%s"/>', based) END, format('<w:next w:val="%s"/>', coalesce(next, id)),
        format('<w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>', paragraph, run));
END
$function$;
COMMENT ON FUNCTION edustats.style_docx(text, text, text, text, text, text) IS 'A style of paragraphs: what it is called, how paragraph and letters look, and from which style it takes the rest.';

-- Sizes are in half points, distances in twentieths of one, lines of borders in eighths.
CREATE FUNCTION edustats.styles_docx(language text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    known text := coalesce(substring(language FROM '^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$'), 'en-US');
    wide boolean := known ~ '^(zh|ja|ko)\M';
    sans text := '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial" w:eastAsia="SimHei"/>';
    centred text := '<w:spacing w:before="%s" w:after="%s"/><w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="center"/>';
    cell text := '<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/><w:ind w:firstLine="0" w:firstLineChars="0"/>'
                 '<w:jc w:val="%s"/>';
BEGIN
    RETURN edustats.part_docx(concat('<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults>'
                                     '<w:rPrDefault><w:rPr>',
        '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="SimSun"/><w:sz w:val="22"/>'
        '<w:szCs w:val="22"/>',
        format('<w:lang w:val="%s" w:eastAsia="%s"/>', CASE WHEN wide THEN 'en-US' ELSE known END, CASE WHEN wide THEN known ELSE 'zh-CN' END),
        '</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>',
        edustats.style_docx('Normal', 'Normal', '<w:spacing w:before="60" w:after="60" w:line="324" w:lineRule="auto"/>'
                                                '<w:ind w:firstLine="440" w:firstLineChars="200"/><w:jc w:val="both"/>', ''),
        edustats.style_docx('Title', 'Title', format(centred, 120, 60), sans || '<w:b/><w:sz w:val="36"/>'),
        edustats.style_docx('Office', 'Office', format(centred, 0, 60), sans || '<w:b/><w:color w:val="A03A2E"/><w:spacing w:val="40"/>'
            '<w:sz w:val="30"/>'),
        edustats.style_docx('Issue', 'Issue', format(centred, 0, 120), '<w:color w:val="555555"/>'),
        edustats.style_docx('Subtitle', 'Subtitle', format(centred, 0, 60), '<w:sz w:val="24"/>'),
        edustats.style_docx('Period', 'Period', format(centred, 60, 240), '<w:color w:val="555555"/><w:sz w:val="20"/>'),
        edustats.style_docx('Heading1', 'heading 1', '<w:keepNext/><w:keepLines/><w:spacing w:before="360" w:after="120"/>'
                                                     '<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="left"/><w:outlineLvl w:val="0"/>',
                            sans || '<w:b/><w:sz w:val="28"/>', next => 'Normal'),
        edustats.style_docx('Caption', 'caption', '<w:keepNext/><w:keepLines/>' || format(centred, 240, 80), sans || '<w:b/><w:sz w:val="20"/>'),
        edustats.style_docx('Figure', 'Figure', format(centred, 0, 0), ''),
        edustats.style_docx('Note', 'Note', '<w:spacing w:before="60" w:after="180" w:line="264" w:lineRule="auto"/>'
                                            '<w:ind w:firstLine="0" w:firstLineChars="0"/>', '<w:color w:val="444444"/><w:sz w:val="18"/>'),
        edustats.style_docx('TableText', 'Table Text', format(cell, 'left'), '<w:sz w:val="18"/>'),
        edustats.style_docx('TableApart', 'Table Apart', '<w:ind w:left="284" w:firstLine="0" w:firstLineChars="0"/>', '', 'TableText'),
        edustats.style_docx('TableNumber', 'Table Number', format(cell, 'right'), '', 'TableText'),
        edustats.style_docx('TableCentre', 'Table Centre', format(cell, 'center'), '', 'TableText'),
        edustats.style_docx('Signature', 'Signature', '<w:keepLines/><w:spacing w:before="60" w:after="60"/>'
                                                      '<w:ind w:firstLine="0" w:firstLineChars="0"/><w:jc w:val="right"/>', ''),
        edustats.style_docx('Footer', 'footer', format(centred, 0, 0), '<w:sz w:val="18"/>'),
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>',
        '<w:style w:type="table" w:styleId="BulletinTable"><w:name w:val="Bulletin Table"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>',
        '<w:top w:val="single" w:sz="12" w:space="0" w:color="5B5F66"/><w:bottom w:val="single" w:sz="12" w:space="0" w:color="5B5F66"/>',
        '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="CCCCCC"/><w:insideV w:val="nil"/></w:tblBorders>',
        '<w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>'));
END
$function$;
COMMENT ON FUNCTION edustats.styles_docx(text) IS 'The styles of a document in a language, as in HTML''s lang.';

CREATE FUNCTION edustats.settings_docx() RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.part_docx('<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                          '<w:characterSpacingControl w:val="compressPunctuation"/>'
    '<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>');
COMMENT ON FUNCTION edustats.settings_docx() IS 'The settings of a document: it is of no earlier version of Word.';

CREATE FUNCTION edustats.footer_docx() RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.part_docx('<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr>'
                          '<w:pStyle w:val="Footer"/></w:pPr>'
    '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>');
COMMENT ON FUNCTION edustats.footer_docx() IS 'The foot of each page: its number.';

CREATE FUNCTION edustats.properties_docx(settings jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.part_docx(xmlelement(NAME "cp:coreProperties",
    xmlattributes('http://schemas.openxmlformats.org/package/2006/metadata/core-properties' AS "xmlns:cp", 'http://purl.org/dc/elements/1.1/' AS "xmlns:dc"),
    xmlelement(NAME "dc:title", edustats.xml_text(edustats.one_line(settings ->> 'title'))),
    xmlelement(NAME "dc:creator", edustats.xml_text(edustats.one_line(coalesce(settings ->> 'office', settings ->> 'signature')))),
    xmlelement(NAME "dc:language", edustats.xml_text(settings ->> 'language'))));
COMMENT ON FUNCTION edustats.properties_docx(jsonb) IS 'What a document says of itself. It has no date of its own: so the same month makes the same bytes.';

CREATE FUNCTION edustats.package_docx(settings jsonb, content bytea, charts text[], names text[], parts bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    relation text := 'officeDocument/2006/relationships/';
    word text := 'officedocument.wordprocessingml.';
    files text[] := ARRAY(SELECT format('charts/%s.xml', c.chart) FROM unnest(charts) WITH ORDINALITY c(chart, place) ORDER BY c.place);
BEGIN
    RETURN edustats.zip(
        '{[Content_Types].xml,_rels/.rels,docProps/core.xml,word/document.xml,word/_rels/document.xml.rels,word/styles.xml,word/settings.xml}'
            || ARRAY['word/fontTable.xml', 'word/footer.xml'] || names,
        ARRAY[edustats.types_docx('{docProps/core.xml,word/document.xml,word/styles.xml,word/settings.xml,word/fontTable.xml,word/footer.xml}'
                                      || ARRAY(SELECT 'word/' || f.file FROM unnest(files) WITH ORDINALITY f(file, place) ORDER BY f.place),
                                  ARRAY['package.core-properties', word || 'document.main', word || 'styles', word || 'settings', word || 'fontTable', word || 'footer']
                                      || array_fill('officedocument.drawingml.chart'::text, ARRAY[cardinality(charts)])),
              edustats.relations_docx('{document,core}', ARRAY[relation || 'officeDocument', 'package/2006/relationships/metadata/core-properties'],
                                      '{word/document.xml,docProps/core.xml}'),
              edustats.properties_docx(settings), content,
              edustats.relations_docx('{styles,settings,fonts,footer}' || charts,
                                      ARRAY[relation || 'styles', relation || 'settings', relation || 'fontTable', relation || 'footer']
                                          || array_fill(relation || 'chart', ARRAY[cardinality(charts)]),
                                      '{styles.xml,settings.xml,fontTable.xml,footer.xml}' || files),
              edustats.styles_docx(settings ->> 'language'), edustats.settings_docx(), edustats.fonts_docx(), edustats.footer_docx()] || parts);
END
$function$;
COMMENT ON FUNCTION edustats.package_docx(jsonb, bytea, text[], text[], bytea[]) IS
    'A document of its text, of what its settings say, and of the files of its charts. charts: by which ids the text refers to them.';
