-- Tables of the bulletin's page.

-- A letter of kinds for each cell: h the row's header, r a rank, t text, n a number. Text that is missing has the class
-- x, so that a title that is a dash isn't taken for it.
CREATE FUNCTION edustats.row_html(kinds text, cells text[]) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlelement(NAME tr, xmlagg(
        CASE substr(kinds, place::integer, 1)
            WHEN 'h' THEN xmlelement(NAME th, xmlattributes('row' AS scope), content)
            WHEN 't' THEN xmlelement(NAME td, xmlattributes(CASE WHEN cell IS NULL THEN 'x' END AS class), content)
            ELSE xmlelement(NAME td, xmlattributes(substr(kinds, place::integer, 1) AS class), content)
        END ORDER BY place))
    FROM unnest(cells) WITH ORDINALITY c(cell, place)
    CROSS JOIN LATERAL (SELECT coalesce(edustats.xml_text(cell), '-') AS content) t;
END;
COMMENT ON FUNCTION edustats.row_html(text, text[]) IS
    'A row of a table; - for a NULL. kinds: a letter a cell, h the row''s header, r a rank, t text, n a number.';

-- A row of table 1. The first of its audience, and the first of its kind of organisation, bears the merged cell of all.
CREATE FUNCTION edustats.users_row_html(audience text, org_type text, account text, users bigint,
                                        of_audience bigint, in_audience bigint, of_type bigint, in_type bigint)
RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME tr,
    CASE WHEN of_audience = 1 THEN xmlelement(NAME th,
        xmlattributes(CASE WHEN in_audience > 1 THEN 'rowgroup' ELSE 'row' END AS scope,
                      nullif(in_audience, 1) AS rowspan, CASE WHEN org_type IS NULL THEN 3 END AS colspan),
        audience) END,
    CASE WHEN of_type = 1 AND org_type IS NOT NULL THEN xmlelement(NAME th,
        xmlattributes(CASE WHEN in_type > 1 THEN 'rowgroup' ELSE 'row' END AS scope,
                      nullif(in_type, 1) AS rowspan, CASE WHEN account IS NULL THEN 2 END AS colspan), org_type) END,
    CASE WHEN account IS NOT NULL THEN xmlelement(NAME th, xmlattributes('row' AS scope), account) END,
    xmlelement(NAME td, xmlattributes('n' AS class), users));
COMMENT ON FUNCTION edustats.users_row_html(text, text, text, bigint, bigint, bigint, bigint, bigint) IS
    'A row of table 1: the of_audience-th of in_audience rows of its audience, the of_type-th of in_type rows of its '
    'kind of organisation; the first of them bear the merged cells.';

-- The remark on "-" is printed only where there is one. Cells are escaped, so the markup looked for is nobody's text.
CREATE FUNCTION edustats.table_note(body xml, on_dash text, note text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN count(*) > 0 THEN xmlelement(NAME p, xmlattributes('note' AS class),
        string_agg(format('注%s：%s。', CASE WHEN remarks > 1 THEN place END, remark), '' ORDER BY place)) END
    FROM (SELECT remark, row_number() OVER (ORDER BY place) AS place, count(*) OVER () AS remarks
          FROM (VALUES (1, CASE WHEN body::text ~ '<td class="[nx]">-<' THEN '“-”表示' || on_dash END),
                       (2, note)) r(place, remark)
          WHERE remark IS NOT NULL) n;
END;
COMMENT ON FUNCTION edustats.table_note(xml, text, text) IS
    'The remarks below a table: what "-" means, where its rows have one, and a remark of its own; NULL for none.';

CREATE FUNCTION edustats.table_html(id text, title text, class text, columns integer, header text, body xml, note xml)
RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME div, xmlattributes('table' AS class),
    xmlelement(NAME div,
        xmlattributes('scroll' AS class, 'region' AS role, 0 AS tabindex, id || '-title' AS "aria-labelledby"),
        xmlelement(NAME "table", xmlattributes(id AS id, class AS class),
            xmlelement(NAME caption, xmlattributes(id || '-title' AS id), title),
            xmlelement(NAME thead, xmlparse(CONTENT header)),
            xmlelement(NAME tbody, coalesce(body,
                xmlelement(NAME tr,
                    xmlelement(NAME td, xmlattributes(columns AS colspan, 'none' AS class), '本月没有数据')))))),
    note);
COMMENT ON FUNCTION edustats.table_html(text, text, text, integer, text, xml, xml) IS
    'A table of so many columns from its header''s markup and its rows; without rows it says that there is nothing. '
    'note stands below it.';
