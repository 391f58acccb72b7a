-- The triggers on what is counted, and the record of it. reconcile brings both into line with the catalogs; whatever it
-- could not do is seen at every reading, and read live.

CREATE OR REPLACE FUNCTION our_triggers(relation regclass) RETURNS SETOF name
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT t.tgname FROM pg_trigger t
    CROSS JOIN LATERAL (SELECT convert_from(rtrim(t.tgargs, '\x00'), getdatabaseencoding())) a(schema)
    WHERE t.tgrelid = relation AND t.tgfoid = 'edustats.log_changes'::regproc AND t.tgparentid = 0
      AND (a.schema = current_schema() OR to_regnamespace(quote_ident(a.schema)) IS NULL)
$function$;
COMMENT ON FUNCTION our_triggers(regclass) IS
    'The triggers of this bulletin, or of one whose data are gone, that a relation bears, but for copies of its parent''s.';

CREATE OR REPLACE FUNCTION drop_triggers(relation regclass, kept name[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    name name;
BEGIN
    FOR name IN SELECT o FROM our_triggers(relation) o WHERE o <> ALL (kept) LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', name, relation);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION drop_triggers(regclass, name[]) IS 'Drops this bulletin''s triggers on a relation, but for some that are kept.';

-- Several bulletins can count one relation: the triggers of the second one have a number. The row triggers are made on the
-- top of a partitioned tree alone: the server makes their copies.
CREATE OR REPLACE FUNCTION trigger_number(relation regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    WITH taken AS (
        SELECT DISTINCT coalesce(substring(t.tgname FROM '_(\d+)$')::integer, 1) AS number
        FROM relation_tree(relation) r(relid) JOIN pg_trigger t ON t.tgrelid = r.relid
        WHERE t.tgname ~ '^edustats_(apply|move)(_\d{1,4})?$' OR r.relid = relation AND t.tgname ~ '^edustats_[a-z]+(_\d{1,4})?$' AND t.tgparentid = 0)
    SELECT coalesce(
        (SELECT coalesce(substring(o FROM '_\d+$'), '') FROM our_triggers(relation) o ORDER BY o LIMIT 1),
        (SELECT CASE min(n) WHEN 1 THEN '' ELSE '_' || min(n) END
         FROM generate_series(1, (SELECT count(*) + 1 FROM taken)) n WHERE n NOT IN (SELECT k.number FROM taken k)))
$function$;
COMMENT ON FUNCTION trigger_number(regclass) IS 'What the names of this bulletin''s triggers on a relation end with.';

-- For what a subscription applies no trigger of statements fires: "apply" is for that, and in replicas alone. TRUNCATE has no
-- rows. Only an update moves rows to other partitions: "moving" is fired before it, and "move" for each of them.
CREATE OR REPLACE FUNCTION wanted_triggers(relation regclass) RETURNS TABLE (name name, clause text, firing text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ('edustats_' || e.name || n.number)::name, format('%s ON %s %s', e.event, relation, e.action),
           CASE e.name WHEN 'truncate' THEN 'ALWAYS' WHEN 'apply' THEN 'REPLICA' END
    FROM (SELECT trigger_number(relation) OFFSET 0) n(number)
    CROSS JOIN (VALUES ('insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'),
                 ('update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT'),
                 ('delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT'),
                 ('truncate', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT'),
                 ('apply', 'AFTER INSERT OR UPDATE OR DELETE', 'FOR EACH ROW'),
                 ('moving', 'BEFORE UPDATE', 'FOR EACH STATEMENT'),
                 ('move', 'AFTER INSERT OR DELETE', 'FOR EACH ROW WHEN (edustats.row_may_move())')) e(name, event, action)
    JOIN pg_class c ON c.oid = relation
    WHERE (e.name NOT IN ('moving', 'move') OR c.relkind = 'p') AND (e.name NOT IN ('apply', 'move') OR NOT c.relispartition)
$function$;
COMMENT ON FUNCTION wanted_triggers(regclass) IS 'The triggers that a relation is to bear for this bulletin.';

-- Replaced and not dropped, as DROP TRIGGER waits for whoever has but read the relation, and who might come to write it
-- and wait for us.
CREATE OR REPLACE FUNCTION create_triggers(relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM wanted_triggers(relation) LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I %s EXECUTE FUNCTION edustats.log_changes(%L)',
                       wanted.name, wanted.clause, current_schema());
        IF wanted.firing IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s ENABLE %s TRIGGER %I', relation, wanted.firing, wanted.name);
        END IF;
    END LOOP;
    PERFORM drop_triggers(relation, ARRAY(SELECT w.name FROM wanted_triggers(relation) w));
END
$function$;
COMMENT ON FUNCTION create_triggers(regclass) IS 'Creates or replaces this bulletin''s triggers on a relation, and drops those of it that are not wanted.';

-- Locks what triggers are to be made on, or dropped from, in one order. A writer may hold one of them and come to want
-- another: while any is held, none is waited for longer than a fraction of deadlock_timeout, so that it is never the
-- writer who is chosen as a deadlock's victim. The session's lock_timeout, if there is one, is the limit for all.
CREATE OR REPLACE FUNCTION lock_sources(relations regclass[], dropping regclass[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    patience integer := (SELECT setting::integer FROM pg_settings WHERE name = 'lock_timeout');
    give_up timestamptz := CASE WHEN patience > 0 THEN clock_timestamp() + patience * interval '1 ms' END;
    brief integer := greatest(1, (SELECT setting::integer / 5 FROM pg_settings WHERE name = 'deadlock_timeout'));
    relation regclass;
    busy regclass := NULL;
BEGIN
    LOOP
        BEGIN
            -- The one that was busy first, with nothing held; then all, in order.
            FOREACH relation IN ARRAY array_remove(busy || ARRAY(SELECT DISTINCT r FROM unnest(relations || dropping) r ORDER BY r), NULL) LOOP
                PERFORM set_config('lock_timeout', CASE
                    WHEN relation = busy AND give_up IS NULL THEN 0
                    WHEN relation = busy THEN greatest(1, extract(epoch FROM give_up - clock_timestamp()) * 1000)::integer
                    ELSE brief END::text, true);
                EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', relation,
                               CASE WHEN relation = ANY (dropping) THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
            END LOOP;
            PERFORM set_config('lock_timeout', patience::text, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN      -- and with the subtransaction all locks are gone
            IF clock_timestamp() >= give_up THEN
                RAISE;
            END IF;
            busy := relation;
        END;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION lock_sources(regclass[], regclass[]) IS
    'Locks relations against writers, and those that triggers are dropped from against everybody; never makes one of them the victim of a deadlock.';

-- A superuser's bulletin is read only as long as all that it reads is superusers': what a relation has become since attach,
-- or what is beneath a view, is asked each time.
CREATE OR REPLACE FUNCTION source_rows(metric text, OUT rows text, OUT ends text[], OUT missing_index text, OUT by_day boolean, OUT named boolean)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    other regrole;
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        other := (SELECT o.owner FROM attachment a CROSS JOIN LATERAL edustats.source_owners(a.source, ARRAY(SELECT m.source FROM metric m)) o
                  WHERE NOT o.superuser LIMIT 1);
    END IF;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('the sources of "%s" are not read with the rights of a superuser: they are, or read, those of %s',
                             current_schema(), other),
            HINT = 'Detach the bulletin and attach it for that role, or make a superuser the owner of all that it reads.';
    END IF;
    SELECT s.* INTO rows, ends, missing_index, by_day, named FROM edustats.source_rows(this_schema(), metric) s;
END
$function$;
COMMENT ON FUNCTION source_rows(text) IS 'How a metric is read, see edustats.source_rows, if it may be.';

-- May a relation be read that nobody has looked at since attach? Only where its owner's code may run with our rights anyway.
CREATE OR REPLACE FUNCTION is_ours(relation regclass) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT pg_has_role(c.relowner, 'USAGE') AND (o.rolsuper OR NOT u.rolsuper)
            FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner JOIN pg_roles u ON u.rolname = current_user WHERE c.oid = relation);
END
$function$;
COMMENT ON FUNCTION is_ours(regclass) IS 'Does a relation belong to a role whose rights the current one has, and to a superuser if this is one?';

-- A member table is beneath a metric as a lookup, not as what is counted.
CREATE OR REPLACE FUNCTION is_source(relation regclass, metric text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT relation IN (SELECT relation_tree(find_relation(a.source, t.source)))
       AND (t.member_column IS NULL OR relation NOT IN (SELECT relation_tree(find_relation(a.source, 'member'))))
    FROM metric t CROSS JOIN attachment a WHERE t.metric = is_source.metric
$function$;
COMMENT ON FUNCTION is_source(regclass, text) IS 'Is a relation a part of a metric''s source, if that is a table, and of nothing else that decides about it?';

-- Days that the rows of a relation, without its partitions or children, can be on: by its bounds, or else by looking. The
-- first days of all are no days west of Greenwich.
CREATE OR REPLACE FUNCTION part_days(metric text, relation regclass) RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    days daterange;
BEGIN
    SELECT t.time_column, a.timezone, f.first, f.last, c.relkind INTO m
    FROM metric t CROSS JOIN attachment a
    CROSS JOIN LATERAL edustats.source_facts(this_schema(), t.metric, relation) f
    LEFT JOIN pg_class c ON c.oid = relation        -- an older snapshot may not see it yet
    WHERE t.metric = part_days.metric;
    IF m.relkind = 'p' THEN
        RETURN 'empty';
    ELSIF isfinite(m.first) AND isfinite(m.last) THEN
        RETURN daterange(m.first, m.last, '[]');
    ELSIF m.relkind IS DISTINCT FROM 'r' OR NOT is_source(relation, metric) OR NOT is_ours(relation) THEN
        RETURN '(,)';           -- not to be looked at, so not to be trusted
    END IF;
    EXECUTE format('SELECT daterange(edustats.local_day(greatest(min(%1$I), ''4713-01-01 BC''), $1) - 1, '
                   'edustats.local_day(max(%1$I), $1) + 1, ''[]'') '
                   'FROM ONLY %2$s WHERE %1$I > ''-infinity'' AND %1$I < ''infinity''', m.time_column, relation)
        INTO days USING m.timezone;
    RETURN CASE WHEN lower(days) IS NULL THEN 'empty' ELSE days END;
END
$function$;
COMMENT ON FUNCTION part_days(text, regclass) IS
    'The local days, and one more at either end, on which a relation can have rows of a metric.';

CREATE OR REPLACE FUNCTION lapse_days(metric text, relation regclass, kind text, first date, last date) RETURNS daterange
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT CASE kind WHEN 'came' THEN part_days(metric, relation)
                     WHEN 'gone' THEN daterange(first, last, '[]')
                     ELSE '(,)' END
$function$;
COMMENT ON FUNCTION lapse_days(text, regclass, text, date, date) IS
    'The days that can''t be trusted for a row of edustats.lapses; all of them where a relation''s own days don''t say.';

-- What is to be on record: every part of a table beneath that can be tracked, and the table itself of one that can't.
CREATE OR REPLACE FUNCTION wanted_parts()
RETURNS TABLE (metric text, relation regclass, bears boolean, problem text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    WITH root AS MATERIALIZED (
        SELECT t.metric, s.relation, s.problem FROM metric t CROSS JOIN LATERAL edustats.source_tables(this_schema(), t.metric) s
    ), looked_at AS MATERIALIZED (      -- once, and not for each metric
        SELECT r.relation, track_problem(r.relation) AS problem FROM (SELECT DISTINCT relation FROM root) r
    )
    SELECT s.metric, r.relid, bool_or(s.problem IS NULL), min(s.problem)        -- it may stand there twice, as itself and as a part of another
    FROM (SELECT r.metric, r.relation, CASE WHEN r.problem IS NULL THEN l.problem ELSE format('%s can''t be seen through: %s', r.relation, r.problem) END AS problem
          FROM root r JOIN looked_at l USING (relation)) s
    CROSS JOIN LATERAL relation_tree(s.relation) r(relid)
    WHERE s.problem IS NULL OR r.relid = s.relation
    GROUP BY s.metric, r.relid
$function$;
COMMENT ON FUNCTION wanted_parts() IS 'The relations that should be on record, and why triggers can''t be made on one; problem is NULL where they can.';

CREATE OR REPLACE FUNCTION all_lapses()
RETURNS TABLE (metric text, relation regclass, kind text, first date, last date, problem text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT m.metric, l.* FROM metric m
    CROSS JOIN LATERAL edustats.lapses(this_schema(), m.metric) l
$function$;
COMMENT ON FUNCTION all_lapses() IS 'Where the record does not agree with the catalogs, for every metric.';

-- A metric that ceases to be tracked, or is tracked again, is marked as a whole: what came or went meanwhile is unknown.
CREATE OR REPLACE FUNCTION note_tracking() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    WITH changed AS (
        UPDATE metric m SET note = w.problem
        FROM (SELECT w.metric, min(w.problem) AS problem FROM wanted_parts() w GROUP BY w.metric) w
        WHERE w.metric = m.metric AND w.problem IS DISTINCT FROM m.note
        RETURNING m.metric)
    INSERT INTO log (metric, first, last) SELECT c.metric, '-infinity', 'infinity' FROM changed c;
END
$function$;
COMMENT ON FUNCTION note_tracking() IS 'Notes why sources'' writes can''t be seen, and marks the metrics for which that has changed.';

-- A lapse becomes a mark that stays until the days are computed. A metric that is marked as a whole needs no other: so a
-- first attach reads no row under its locks. Nor does a partition that has bounds.
CREATE OR REPLACE FUNCTION mark_lapses() RETURNS void
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    WITH whole AS (SELECT g.metric FROM log g WHERE g.first = '-infinity' AND g.last = 'infinity')
    INSERT INTO log (metric, first, last)
    SELECT l.metric, coalesce(lower(d.days), '-infinity'), coalesce(upper(d.days) - 1, 'infinity')
    FROM all_lapses() l
    CROSS JOIN LATERAL lapse_days(l.metric, l.relation, l.kind, l.first, l.last) d(days)
    WHERE l.metric NOT IN (SELECT w.metric FROM whole w WHERE w.metric IS NOT NULL) AND NOT isempty(d.days)
$function$;
COMMENT ON FUNCTION mark_lapses() IS 'Marks the days that can''t be trusted for what the record does not agree with.';

-- Triggers first and the record after them: what is on record and lacks triggers for a moment would be marked as a whole.
-- The marks come after the locks, so that they see what was committed before there were triggers.
CREATE OR REPLACE FUNCTION reconcile() RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    -- What is put on record is what there was before the locks: what comes after it may have had writers that nobody saw.
    defined jsonb := (SELECT jsonb_object_agg(m.metric, edustats.source_definition(this_schema(), m.metric)) FROM metric m);
    lapsed regclass[];
    bearing regclass[];
    relation regclass;
BEGIN
    PERFORM note_tracking();
    -- With a partition's row trigger, or with a new level, that of the top is to be made anew, of which it is a copy.
    lapsed := ARRAY(
        WITH lapse AS MATERIALIZED (SELECT l.metric, l.relation, l.kind FROM all_lapses() l)
        SELECT l.relation FROM lapse l WHERE l.relation IS NOT NULL
        UNION       -- what can be tracked now, or no longer
        SELECT w.relation FROM wanted_parts() w JOIN part p ON (p.metric, p.relation) = (w.metric, w.relation) WHERE p.bears <> w.bears
        UNION       -- whoever writes while a metric is defined anew must have been seen
        SELECT w.relation FROM wanted_parts() w WHERE w.metric IN (SELECT l.metric FROM lapse l WHERE l.relation IS NULL)
        UNION
        SELECT p.relation FROM part p WHERE p.metric NOT IN (SELECT m.metric FROM metric m)
        UNION
        SELECT pg_partition_root(c.oid)::regclass FROM lapse l JOIN pg_class c ON c.oid = l.relation
        WHERE c.relispartition AND (l.kind = 'lapsed' OR c.relkind = 'p'));
    bearing := ARRAY(SELECT DISTINCT w.relation FROM wanted_parts() w WHERE w.bears AND w.relation = ANY (lapsed));
    PERFORM lock_sources(bearing, ARRAY(
        SELECT r FROM unnest(lapsed) r JOIN pg_class c ON c.oid = r
        WHERE pg_has_role(c.relowner, 'USAGE') AND EXISTS (
            SELECT FROM our_triggers(r) t
            WHERE r <> ALL (bearing) OR t NOT IN (SELECT w.name FROM wanted_triggers(r) w))));
    PERFORM mark_lapses();
    DELETE FROM part p WHERE p.relation = ANY (lapsed)
        OR (p.metric, p.relation, p.bears) NOT IN (SELECT w.metric, w.relation, w.bears FROM wanted_parts() w);
    FOR relation IN SELECT DISTINCT w.relation FROM wanted_parts() w WHERE w.bears AND w.relation = ANY (lapsed) LOOP
        PERFORM create_triggers(relation);
    END LOOP;
    INSERT INTO part (metric, relation, recorded, columns, first, last, bears)
    SELECT w.metric, w.relation, w.relation, f.columns, f.first, f.last, w.bears
    FROM wanted_parts() w
    CROSS JOIN LATERAL edustats.source_facts(this_schema(), w.metric, w.relation) f
    WHERE NOT EXISTS (SELECT FROM part p WHERE (p.metric, p.relation) = (w.metric, w.relation));
    FOR relation IN
        SELECT r FROM unnest(lapsed) r JOIN pg_class c ON c.oid = r
        WHERE NOT EXISTS (SELECT FROM part p WHERE p.relation = r AND p.bears) AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        PERFORM drop_triggers(relation);
    END LOOP;
    WITH changed AS (
        UPDATE metric m SET definition = defined ->> m.metric WHERE m.definition IS DISTINCT FROM defined ->> m.metric
        RETURNING m.metric)
    INSERT INTO log (metric, first, last)       -- it may have been the one on record again when lapses were marked
    SELECT c.metric, '-infinity'::date, 'infinity'::date FROM changed c EXCEPT SELECT l.metric, l.first, l.last FROM log l;
    DELETE FROM class_map;                      -- the members may be others
    UPDATE attachment SET source = source;      -- its row's xmin is the record's version, see source.h
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION reconcile() IS
    'Brings triggers and record into line with what the sources consist of now, and marks the days that can''t be trusted.';
