-- What has been published, as readers see it.

-- view revision requires member key month revision
CREATE OR REPLACE VIEW revision AS
SELECT p.month, p.revision, p.published_at, p.published_by, p.note, p.versions, p.hash, p.hash = published_hash(p) AS intact FROM published p;
COMMENT ON VIEW revision IS 'What has been published: a row for each revision of a month.';
COMMENT ON COLUMN revision.month IS 'First day of the month.';
COMMENT ON COLUMN revision.revision IS 'The first, the second, … of the month; the last one holds.';
COMMENT ON COLUMN revision.published_at IS 'When.';
COMMENT ON COLUMN revision.published_by IS 'Who published it.';
COMMENT ON COLUMN revision.note IS 'What he had to say; NULL for nothing.';
COMMENT ON COLUMN revision.versions IS 'The versions of edustats and PostgreSQL that made it.';
COMMENT ON COLUMN revision.hash IS 'SHA-256 of all that has been published, and of when, by whom and of which month.';
COMMENT ON COLUMN revision.intact IS 'Does the hash agree with what is there?';

-- view revision_content requires member key month revision
CREATE OR REPLACE VIEW revision_content AS
SELECT p.month, p.revision, p.rows, p.page, p.failures FROM published p;
COMMENT ON VIEW revision_content IS 'What each revision has.';
COMMENT ON COLUMN revision_content.month IS 'First day of the month.';
COMMENT ON COLUMN revision_content.revision IS 'The revision.';
COMMENT ON COLUMN revision_content.rows IS 'The cells of the headline and of all that stands on the page: {"view": {"row": {"column": "cell"}}}, see edustats.rows_of.';
COMMENT ON COLUMN revision_content.page IS 'The page.';
COMMENT ON COLUMN revision_content.failures IS 'What broke rules, and was no error, when it was published: the rows of the view "failure" as they were then, an array of objects.';
