-- Sources: what attach has recorded of them, and whether it holds. What stands here is called by what belongs to a
-- bulletin's owner, whoever that is, and reads catalogs and his own record alone.

CREATE FUNCTION edustats.lapses(schema regnamespace, metric text)
RETURNS TABLE (relation regclass, kind text, first date, last date, problem text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_lapses';
COMMENT ON FUNCTION edustats.lapses(regnamespace, text) IS
    'Where the record in a bulletin''s schema of data does not agree with the catalogs any more, for a metric. kind: came, a relation that is not on record; gone, one that is no part of the source any more, with the days that it can have had rows of; lapsed, one of which columns, triggers, bounds or owner have changed, or, without a relation, the metric''s definition. No rows where all holds.';

CREATE FUNCTION edustats.may_be_dirty(schema regnamespace, metric text, changes boolean DEFAULT true) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_may_be_dirty';
COMMENT ON FUNCTION edustats.may_be_dirty(regnamespace, text, boolean) IS
    'Is there anything by which days of a metric can be dirty: a lapse, a mark, or, if these are asked for, too, changes that the log has?';

CREATE FUNCTION edustats.source_facts(schema regnamespace, metric text, relation regclass,
                                      OUT columns smallint[], OUT first date, OUT last date)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_facts';
COMMENT ON FUNCTION edustats.source_facts(regnamespace, text, regclass) IS
    'What the record is to say of a part of a source: the numbers of the columns that matter, and the days that its bounds as a partition allow.';

CREATE FUNCTION edustats.source_definition(schema regnamespace, metric text) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_definition';
COMMENT ON FUNCTION edustats.source_definition(regnamespace, text) IS
    'What the record is to say of a metric: the query of its rows, down to the tables, that of the members, and the sources of the functions that are not the server''s own.';

CREATE FUNCTION edustats.source_tables(schema regnamespace, metric text) RETURNS TABLE (relation regclass, problem text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_tables';
COMMENT ON FUNCTION edustats.source_tables(regnamespace, text) IS
    'The tables beneath a metric''s source; or the source itself, and why it can''t be seen through.';

CREATE FUNCTION edustats.source_lookups(schema regnamespace, metric text) RETURNS TABLE (relation regclass, lookup text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_lookups';
COMMENT ON FUNCTION edustats.source_lookups(regnamespace, text) IS
    'The lookups of a metric that are joined by a key, under the names that marks have for them; and one without a name if the metric is not defined as it was recorded.';

CREATE FUNCTION edustats.lookup_rows(schema regnamespace, metric text, lookup text) RETURNS SETOF text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_lookup_rows';
COMMENT ON FUNCTION edustats.lookup_rows(regnamespace, text, text) IS
    'The queries of the times of a metric''s rows that are joined to rows of a lookup with one of the keys $1, an array of texts.';

CREATE FUNCTION edustats.is_of_members(schema regnamespace, metric text, lookup text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_is_members_lookup';
COMMENT ON FUNCTION edustats.is_of_members(regnamespace, text, text) IS
    'Are a lookup''s keys the members that a metric''s rows count under, wherever it stands? NULL if it is no lookup of the metric.';

CREATE FUNCTION edustats.source_rows(schema regnamespace, metric text, OUT rows text, OUT ends text[], OUT missing_index text,
                                     OUT by_day boolean, OUT named boolean)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_rows';
COMMENT ON FUNCTION edustats.source_rows(regnamespace, text) IS
    'How a metric is read. rows: the query of its rows (time, key, weight, member), of which those outside [$1, $2) may be missing; NULL if the platform has no such relation. ends: for each of its parts a query for the first and the last time within [$1, $2), without a row where there is none; NULL where no index finds them. missing_index: what would make an index by which a day is found; NULL where there is one, or none would. by_day: whether a day is found without reading all. named: whether rows has a fifth column, key_name, of which edustats.key_of made the key. An error where a relation has taken a source''s place without attach, and belongs to a role whose rights the bulletin''s owner has not, or where a superuser would read a relation of others.';

CREATE FUNCTION edustats.is_unique(relation regclass, column_name name) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_is_unique';
COMMENT ON FUNCTION edustats.is_unique(regclass, name) IS
    'Does an index see to it that a column of a table, or of a view of one table, has each value only once?';

CREATE FUNCTION edustats.epoch_bound(at timestamptz, per_second double precision, upper boolean) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_epoch_bound';
COMMENT ON FUNCTION edustats.epoch_bound(timestamptz, double precision, boolean) IS
    'A bound of the numbers, so many of which make a second since 1970, that stand for instants from "at" on, or with upper, up to it; a second is allowed for rounding.';

CREATE FUNCTION edustats.local_bound(at timestamptz, zone text, upper boolean) RETURNS timestamp
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_local_bound';
COMMENT ON FUNCTION edustats.local_bound(timestamptz, text, boolean) IS
    'A bound of the local times in a zone that stand for instants from "at" on, or with upper, up to it; wider by a day where clocks change near by.';

CREATE FUNCTION edustats.record_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_record_changed';
COMMENT ON FUNCTION edustats.record_changed() IS
    'Trigger on the tables of a record: every session reads it anew.';
