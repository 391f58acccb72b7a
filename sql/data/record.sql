-- The tables of a bulletin's data: the record of its sources, the rollup, the log. They stand in a schema that is the
-- owner's alone; edustats.install runs all texts of sql/data there, with the schema first in the search_path.

CREATE TABLE IF NOT EXISTS attachment (
    source name NOT NULL,
    timezone text NOT NULL,
    kinds jsonb,
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE attachment IS 'What this bulletin is attached to: one row, which refresh locks.';
COMMENT ON COLUMN attachment.source IS 'Schema of the platform.';
COMMENT ON COLUMN attachment.timezone IS 'Zone of every day and month in this bulletin.';
COMMENT ON COLUMN attachment.kinds IS 'The kinds of organisation, as in "org_type", that the views'' columns are of; NULL until there are views.';
COMMENT ON COLUMN attachment.only_row IS 'True, so that there is never a second row.';

-- The names that are refused are those of headlines that are no metrics.
CREATE TABLE IF NOT EXISTS metric (
    metric text PRIMARY KEY CONSTRAINT metric_name CHECK (metric ~ '^[a-z][a-z0-9_]{0,29}$') CONSTRAINT metric_not_a_headline CHECK (metric NOT IN (
        'users', 'collective_users', 'individual_users', 'station_users', 'new_users', 'new_allocated_users', 'new_registered_users',
        'learning_hours', 'video_visits', 'text_visits', 'other_visits', 'reports_quarter')),
    source name NOT NULL,
    time_column name NOT NULL,
    key_column name NOT NULL,
    weight_column name,
    member_column name,
    unit text NOT NULL,
    label text NOT NULL,
    since date NOT NULL DEFAULT '1990-01-01' CHECK (isfinite(since)),
    null_key bigint,
    closed_before date CHECK (isfinite(closed_before)),
    definition text,
    note text,
    refreshed_day date,
    refreshed_at timestamptz
);
COMMENT ON TABLE metric IS
    'The metrics of this bulletin. Yours to extend: insert a row with the first ten columns, and attach, or refresh. Those that come along are copied from edustats.metric, where there is their source.';
COMMENT ON COLUMN metric.metric IS 'The metric: lower-case letters, digits and _, at most 30, and no name of another headline.';
COMMENT ON COLUMN metric.source IS 'Relation of the platform that it counts.';
COMMENT ON COLUMN metric.time_column IS 'When it happened, timestamptz; a row without is not counted.';
COMMENT ON COLUMN metric.key_column IS 'What is counted by, an integer; a row without is not counted, but see null_key. For keys of text or uuid see edustats.key_of.';
COMMENT ON COLUMN metric.weight_column IS 'What is summed, an integer of at least 0; NULL where rows are counted.';
COMMENT ON COLUMN metric.member_column IS 'Whose class the row counts under; NULL where all count under class 0.';
COMMENT ON COLUMN metric.unit IS 'Unit of the totals.';
COMMENT ON COLUMN metric.label IS 'What it is called, for people.';
COMMENT ON COLUMN metric.since IS
    'First day that is counted; earlier ones, and those after tomorrow, are outside the calendar and told in refresh_status. Yours to change; invalidate the metric afterwards.';
COMMENT ON COLUMN metric.null_key IS
    'The key that rows without one count under, one that is nothing''s; NULL where they are not counted. Yours to change.';
COMMENT ON COLUMN metric.closed_before IS 'Days before this one are final, see edustats.close; NULL where none are.';
COMMENT ON COLUMN metric.definition IS
    'What its rows were made of when that was recorded: the query of them, down to the tables, and what it calls. NULL until then.';
COMMENT ON COLUMN metric.note IS
    'Why writes to the source can''t be seen, so that the days since the last refresh count as dirty; NULL where they can.';
COMMENT ON COLUMN metric.refreshed_day IS 'Local day on which the last refresh began; NULL before the first.';
COMMENT ON COLUMN metric.refreshed_at IS 'When the last refresh began; NULL before the first.';

CREATE TABLE IF NOT EXISTS watch (
    metric text,
    relation regclass,
    view regclass NOT NULL,
    margin integer NOT NULL CHECK (margin BETWEEN 0 AND 1000),
    PRIMARY KEY (metric, relation)
);
COMMENT ON TABLE watch IS 'Tables whose writes make days of a metric dirty that can''t be seen through, see edustats.watch.';
COMMENT ON COLUMN watch.metric IS 'The metric.';
COMMENT ON COLUMN watch.relation IS 'The table.';
COMMENT ON COLUMN watch.view IS 'A view of this schema that says when a row of it is.';
COMMENT ON COLUMN watch.margin IS 'So many days before and after that are dirty as well.';

CREATE TABLE IF NOT EXISTS part (
    metric text,
    relation regclass,
    recorded oid NOT NULL,
    columns smallint[] NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    bears boolean NOT NULL,
    PRIMARY KEY (metric, relation)
);
COMMENT ON TABLE part IS
    'The tables beneath the sources, with all their partitions and children, as they were when their triggers were made. What does not agree with the catalogs any more makes days dirty.';
COMMENT ON COLUMN part.metric IS 'The metric.';
COMMENT ON COLUMN part.relation IS 'The relation.';
COMMENT ON COLUMN part.recorded IS
    'Its OID when it was recorded: after a restore it has another one, and its columns other numbers.';
COMMENT ON COLUMN part.columns IS
    'Numbers (pg_attribute.attnum) of those of its columns that matter for the metric, ascending.';
COMMENT ON COLUMN part.first IS 'First day that its rows can have, by its bounds as a partition; -infinity where these don''t say.';
COMMENT ON COLUMN part.last IS 'Last day that its rows can have; infinity where the bounds don''t say.';
COMMENT ON COLUMN part.bears IS 'True where it bears triggers; false where its writes can''t be seen.';

CREATE TABLE IF NOT EXISTS rollup (
    metric text,
    month date,
    day date,
    class smallint,
    tally edustats.tally NOT NULL,
    PRIMARY KEY (metric, month, day, class)
);
COMMENT ON TABLE rollup IS 'Tallies by day, right for the days that are not dirty. Read the view "activity" instead.';
COMMENT ON COLUMN rollup.metric IS 'The metric.';
COMMENT ON COLUMN rollup.month IS 'First day of the month.';
COMMENT ON COLUMN rollup.day IS 'Local day.';
COMMENT ON COLUMN rollup.class IS
    'Class of member, see the table "class"; -1 for rows with an impossible weight, of which the tally counts the rows.';
COMMENT ON COLUMN rollup.tally IS 'Count by key.';

CREATE TABLE IF NOT EXISTS rollup_month (
    metric text,
    month date,
    class smallint,
    total bigint NOT NULL,
    tally edustats.tally NOT NULL,
    PRIMARY KEY (metric, month, class)
);
COMMENT ON TABLE rollup_month IS 'The rollup''s days merged by month. Read the view "monthly" instead.';
COMMENT ON COLUMN rollup_month.metric IS 'The metric.';
COMMENT ON COLUMN rollup_month.month IS 'First day of the month.';
COMMENT ON COLUMN rollup_month.class IS 'Class of member, as in "rollup".';
COMMENT ON COLUMN rollup_month.total IS 'Total of the tally.';
COMMENT ON COLUMN rollup_month.tally IS 'Count by key.';

-- A log that was dropped took its marks along.
CREATE OR REPLACE FUNCTION create_log() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF to_regclass(format('%I.log', current_schema())) IS NULL THEN
        CREATE TABLE log (metric text, first date, last date, lookup text, key text, note text, changes bytea);
        INSERT INTO log (metric, first, last) SELECT m.metric, '-infinity', 'infinity' FROM metric m;
    END IF;
END
$function$;
COMMENT ON FUNCTION create_log() IS 'Creates the log; one that is missing takes with it what is known of every day.';

-- No index, constraint or default: rows are written by whoever writes to a source, and nothing of ours runs as he.
SELECT create_log();
COMMENT ON TABLE log IS 'What has changed on days of a metric since their rollup was computed, or that it is out of date; and keys of lookups whose rows have changed.';
COMMENT ON COLUMN log.metric IS
    'The metric; NULL for the mark of a key that no refresh has seen yet.';
COMMENT ON COLUMN log.first IS 'First of the days; -infinity for all until the last; NULL for a key.';
COMMENT ON COLUMN log.last IS 'Last of the days; infinity for all from the first on; NULL for a key.';
COMMENT ON COLUMN log.lookup IS 'Table and key of a lookup that has changed: all days are out of date on which anything is joined to it. NULL for days.';
COMMENT ON COLUMN log.key IS 'The key''s value, as text; NULL for days.';
COMMENT ON COLUMN log.changes IS 'What has changed on the day, see edustats.each_change; NULL where that is not known, so that the days are to be computed anew, and for a key.';
COMMENT ON COLUMN log.note IS 'What went wrong when a row was written, so that all days were marked; else NULL.';

CREATE TABLE IF NOT EXISTS outside (
    metric text,
    day date,
    rows bigint NOT NULL,
    PRIMARY KEY (metric, day)
);
COMMENT ON TABLE outside IS 'Rows on days outside the calendar when the last refresh saw them; they are counted nowhere.';
COMMENT ON COLUMN outside.metric IS 'The metric.';
COMMENT ON COLUMN outside.day IS 'Local day.';
COMMENT ON COLUMN outside.rows IS 'Number of rows.';

CREATE TABLE IF NOT EXISTS late (
    metric text,
    day date,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (metric, day)
);
COMMENT ON TABLE late IS 'Days that were written to after they had been closed; they are counted as they were.';
COMMENT ON COLUMN late.metric IS 'The metric.';
COMMENT ON COLUMN late.day IS 'Local day; -infinity for a write that may have been on any day.';
COMMENT ON COLUMN late.seen_at IS 'When a refresh saw it last.';

CREATE TABLE IF NOT EXISTS key_name (
    metric text,
    key bigint,
    name text NOT NULL,
    PRIMARY KEY (metric, key)
);
COMMENT ON TABLE key_name IS 'What the keys are made of that edustats.key_of has made, as refreshes have seen them.';
COMMENT ON COLUMN key_name.metric IS 'The metric.';
COMMENT ON COLUMN key_name.key IS 'The key.';
COMMENT ON COLUMN key_name.name IS 'The text, or uuid, that it is the number of.';

CREATE TABLE IF NOT EXISTS class_map (
    part smallint PRIMARY KEY,
    classes edustats.tally NOT NULL,
    others boolean NOT NULL
);
COMMENT ON TABLE class_map IS
    'The class of each member when a refresh last took marks out of the log: right but for members that the log has marks of since. Without rows where that is not known.';
COMMENT ON COLUMN class_map.part IS 'Which members, see edustats.class_part.';
COMMENT ON COLUMN class_map.classes IS 'Class by member, see the table "class".';
COMMENT ON COLUMN class_map.others IS 'Is any of them an organisation whose kind has no class of its own, and nobody has looked since whether it should have?';

CREATE TABLE IF NOT EXISTS suspended (
    position integer PRIMARY KEY,
    object text NOT NULL,
    command text NOT NULL
);
COMMENT ON TABLE suspended IS 'What edustats.suspend has taken away and edustats.resume brings back; empty where nothing is suspended.';
COMMENT ON COLUMN suspended.position IS 'The order in which.';
COMMENT ON COLUMN suspended.object IS 'The view that the command is about, by its full name; empty for none.';
COMMENT ON COLUMN suspended.command IS 'The command.';

CREATE TABLE IF NOT EXISTS materialized (
    schema name NOT NULL,
    created boolean NOT NULL,
    inputs text,
    page_inputs text,
    first date,
    last date,
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE materialized IS 'Where the bulletin''s views are materialized, see edustats.materialize, and of what: one row, or none.';
COMMENT ON COLUMN materialized.schema IS 'The schema.';
COMMENT ON COLUMN materialized.created IS 'Was it made for them?';
COMMENT ON COLUMN materialized.inputs IS 'Hash of what they were made of besides the activity, see inputs_hash.';
COMMENT ON COLUMN materialized.page_inputs IS 'Hash of what only the page was made of, see page_hash.';
COMMENT ON COLUMN materialized.first IS 'First month that there was.';
COMMENT ON COLUMN materialized.last IS 'Last month that there was.';
COMMENT ON COLUMN materialized.only_row IS 'True, so that there is never a second row.';

CREATE TABLE IF NOT EXISTS changed_month (
    month date NOT NULL
);
COMMENT ON TABLE changed_month IS 'Months from which on materialized views may not be what their views are, since a refresh has last compared them.';
COMMENT ON COLUMN changed_month.month IS 'First day of the month; -infinity for all.';

CREATE TABLE IF NOT EXISTS computed_months (
    view text PRIMARY KEY,
    months date[]
);
COMMENT ON TABLE computed_months IS 'Which months of materialized views are being computed anew; without rows but within the transaction that does so.';
COMMENT ON COLUMN computed_months.view IS 'The view.';
COMMENT ON COLUMN computed_months.months IS 'The months; NULL for all.';

CREATE TABLE IF NOT EXISTS refresh_error (
    metric text,
    day date,
    message text NOT NULL,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (metric, day)
);
COMMENT ON TABLE refresh_error IS 'Days that the last refresh could not compute; they stay dirty.';
COMMENT ON COLUMN refresh_error.metric IS 'The metric.';
COMMENT ON COLUMN refresh_error.day IS 'Local day; -infinity where the metric''s dirty days could not even be found out.';
COMMENT ON COLUMN refresh_error.message IS 'What went wrong.';
COMMENT ON COLUMN refresh_error.failed_at IS 'When it did last.';

-- What is packed already is not to be compressed, and nothing for ANALYZE to see. Only where it is not so, as it waits for
-- everybody who reads the table.
CREATE OR REPLACE FUNCTION set_storage() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    packed record;
BEGIN
    FOR packed IN
        SELECT a.attrelid::regclass AS relation, a.attname AS name FROM pg_attribute a
        WHERE a.attrelid IN ('rollup'::regclass, 'rollup_month'::regclass, 'class_map'::regclass, 'log'::regclass) AND a.attstorage <> 'e'
          AND a.attname IN ('tally', 'classes', 'changes') AND NOT a.attisdropped
    LOOP
        EXECUTE format('ALTER TABLE %1$s ALTER %2$I SET STORAGE EXTERNAL, ALTER %2$I SET STATISTICS 0', packed.relation, packed.name);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION set_storage() IS 'Has the server store tallies and changes as they are.';
SELECT set_storage();

CREATE OR REPLACE TRIGGER record_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attachment
    FOR EACH STATEMENT EXECUTE FUNCTION edustats.record_changed();
CREATE OR REPLACE TRIGGER record_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON metric
    FOR EACH STATEMENT EXECUTE FUNCTION edustats.record_changed();
CREATE OR REPLACE TRIGGER record_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON watch
    FOR EACH STATEMENT EXECUTE FUNCTION edustats.record_changed();
CREATE OR REPLACE TRIGGER record_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON part
    FOR EACH STATEMENT EXECUTE FUNCTION edustats.record_changed();

-- The planner takes a table that was never analyzed for one of ten pages, and autovacuum analyzes none that has so few rows:
-- reading would seem dear enough for the JIT. Later on, what has changed a little since is not worth reading the whole
-- rollup for: a refresh must not cost more as history grows.
CREATE OR REPLACE FUNCTION analyze_tables() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    changed text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO changed
    FROM pg_class c
    WHERE c.oid IN ('log'::regclass, 'metric'::regclass, 'attachment'::regclass, 'part'::regclass, 'watch'::regclass, 'outside'::regclass, 'late'::regclass,
                    'refresh_error'::regclass, 'rollup'::regclass, 'rollup_month'::regclass, 'class'::regclass, 'org_type'::regclass, 'label'::regclass)
      AND (c.reltuples < 0 OR pg_stat_get_mod_since_analyze(c.oid) > 50 + c.reltuples / 10);
    IF changed IS NOT NULL THEN
        EXECUTE 'ANALYZE ' || changed;
    END IF;
END
$function$;
COMMENT ON FUNCTION analyze_tables() IS 'Brings the planner''s statistics of the bulletin''s tables up to date where much has changed.';
