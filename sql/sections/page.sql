-- The page: what its owner has settled, see the tables setting, page_section and page_item, made of these views.

-- view page requires member key month section position
CREATE OR REPLACE VIEW page AS
SELECT m.month, p.section, p.section_number, p.title, p.position, p.kind, p.number, p.view, p.caption, p.note, p.columns, p.cells, p.style, p.unit, p.rows
FROM months m
CROSS JOIN LATERAL page_of(m.month, m.last_day) p;
COMMENT ON VIEW page IS 'The bulletin''s page: an item a row, in its order, with all texts as they are printed.';
COMMENT ON COLUMN page.month IS 'First day of the month.';
COMMENT ON COLUMN page.section IS 'Section, by which the page is ordered.';
COMMENT ON COLUMN page.section_number IS 'Number of the section on the page.';
COMMENT ON COLUMN page.title IS 'Title of the section.';
COMMENT ON COLUMN page.position IS 'Order in the section.';
COMMENT ON COLUMN page.kind IS 'sentence, table, figure or note.';
COMMENT ON COLUMN page.number IS 'Number of the table, or figure; NULL for the others.';
COMMENT ON COLUMN page.view IS 'The view that is shown; NULL for a note.';
COMMENT ON COLUMN page.caption IS 'Caption of a table or figure; NULL for the others.';
COMMENT ON COLUMN page.note IS 'What is printed below it, or the text of a note; NULL for nothing.';
COMMENT ON COLUMN page.columns IS 'The columns that are printed: [{"name", "head": its levels, "form": header, rank, text, number, percent or wan, "merged"}]; NULL for a note.';
COMMENT ON COLUMN page.cells IS 'The rows: an array for each of them, of the texts of its cells, null where there is none; the first row first. NULL for a note.';
COMMENT ON COLUMN page.style IS 'How it looks, see page_item.style.';
COMMENT ON COLUMN page.unit IS 'Unit of the values of a figure.';
COMMENT ON COLUMN page.rows IS 'The rows once more, with values as the view has them: an object for each of them, by the names of the columns. NULL for a note.';

-- view page_setting requires member key month
CREATE OR REPLACE VIEW page_setting AS
SELECT m.month, page_settings(m.month, m.last_day) AS settings FROM months m;
COMMENT ON VIEW page_setting IS 'What the bulletin''s page says of itself.';
COMMENT ON COLUMN page_setting.month IS 'First day of the month.';
COMMENT ON COLUMN page_setting.settings IS 'Texts by the names of the settings, as they are printed: {"title", "period", …}.';
