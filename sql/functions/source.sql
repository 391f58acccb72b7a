-- Sources: what attach has recorded of them, and whether it holds. What stands here is called by what belongs to a
-- bulletin's owner, whoever that is, and reads catalogs and his own record alone.

CREATE FUNCTION edustats.lapses(schema regnamespace, metric text)
RETURNS TABLE (relation regclass, kind text, first date, last date, problem text)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_lapses';
COMMENT ON FUNCTION edustats.lapses(regnamespace, text) IS
    'Where the record in a bulletin''s schema of data does not agree with the catalogs any more, for a metric, or for the classes of members (the metric ''''). kind: came, a relation that is not on record; gone, one that is no part of the source any more, with the days that it can have had rows of; lapsed, one of which columns, triggers, bounds or owner have changed. No rows where all holds.';

CREATE FUNCTION edustats.may_be_dirty(schema regnamespace, metric text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_may_be_dirty';
COMMENT ON FUNCTION edustats.may_be_dirty(regnamespace, text) IS
    'Is there anything, a mark or a lapse, by which days of a metric can be dirty?';

CREATE FUNCTION edustats.source_facts(schema regnamespace, metric text, relation regclass,
                                      OUT columns smallint[], OUT first date, OUT last date)
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_facts';
COMMENT ON FUNCTION edustats.source_facts(regnamespace, text, regclass) IS
    'What the record is to say of a relation: the numbers of its counted columns, and the days that its bounds as a partition allow.';

CREATE FUNCTION edustats.source_relation(schema regnamespace, metric text) RETURNS regclass
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_source_relation_sql';
COMMENT ON FUNCTION edustats.source_relation(regnamespace, text) IS
    'The relation that a metric is to be read from; NULL if the platform has none. An error where it has taken a source''s place without attach, and belongs to a role whose rights the bulletin''s owner has not, or where a superuser would read a relation of others.';

CREATE FUNCTION edustats.record_changed() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_record_changed';
COMMENT ON FUNCTION edustats.record_changed() IS
    'Trigger on the tables of a record: every session reads it anew.';
