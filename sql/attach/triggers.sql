-- The dirty log's triggers, on a source and on each of its partitions: a statement fires the triggers of the relation
-- that it names, so a row sent straight to a partition is seen by the partition's own. The one row trigger is made on a
-- partitioned source alone, and the server makes its copies on the partitions: see mark_moves.

-- Which triggers write to which dirty log, read off their arguments (kept as bytes that end in a zero byte each).
-- Anybody can make a trigger with any arguments, so none may make this view fail.
CREATE VIEW edustats.marker AS
SELECT t.tgrelid::regclass AS relation, t.tgname AS name, t.tgenabled AS enabled,
       convert_from(a.first, getdatabaseencoding()) AS bulletin,
       convert_from(substring(a.rest FOR position('\x00'::bytea IN a.rest) - 1), getdatabaseencoding()) AS metric,
       p.proname = 'mark_moves' AS of_rows
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.tgnargs >= 2 THEN position('\x00'::bytea IN t.tgargs) END AS zero) z
CROSS JOIN LATERAL (
    SELECT substring(t.tgargs FOR z.zero - 1) AS first, substring(t.tgargs FROM z.zero + 1) AS rest) a
WHERE p.oid IN ('edustats.mark_days'::regproc, 'edustats.mark_members'::regproc, 'edustats.mark_moves'::regproc,
                'edustats.mark_truncate'::regproc)
  AND t.tgnargs >= 2 AND t.tgparentid = 0;
COMMENT ON VIEW edustats.marker IS 'Triggers that write to dirty logs; the metric is empty for the member relation''s.';
COMMENT ON COLUMN edustats.marker.relation IS 'Relation that bears the trigger.';
COMMENT ON COLUMN edustats.marker.name IS 'Name of the trigger.';
COMMENT ON COLUMN edustats.marker.enabled IS 'As in pg_trigger.tgenabled; attach makes it A, for always.';
COMMENT ON COLUMN edustats.marker.bulletin IS 'Bulletin whose log it writes to.';
COMMENT ON COLUMN edustats.marker.metric IS 'Metric that it marks; empty for the member relation.';
COMMENT ON COLUMN edustats.marker.of_rows IS 'True for the row trigger of a partitioned source; it comes with four of statements.';
GRANT SELECT ON edustats.marker TO PUBLIC;

CREATE FUNCTION edustats.trigger_name(bulletin name, metric text, event text) RETURNS name
LANGUAGE sql IMMUTABLE
RETURN CASE                 -- a metric has no "." in it: no two of bulletin and metric make the same name
    WHEN octet_length(bulletin) + octet_length(metric) < 45 THEN format('edustats_%s.%s_%s', bulletin, metric, lower(event))
    ELSE 'edustats_' || md5(format('%s %s %s', bulletin, metric, lower(event)))
END::name;
COMMENT ON FUNCTION edustats.trigger_name(name, text, text) IS
    'Name of a dirty log''s trigger; the metric is empty for the member relation''s.';

-- arguments: as the trigger function wants them. The triggers also fire for session_replication_role = replica.
CREATE FUNCTION edustats.create_triggers(bulletin name, metric text, relation regclass, function text, arguments text,
                                         truncate_arguments text) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    event text;
    name name;
BEGIN
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] LOOP
        name := edustats.trigger_name(bulletin, metric, event);
        EXECUTE CASE event
            WHEN 'TRUNCATE' THEN format(
                'CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT '
                'EXECUTE FUNCTION edustats.mark_truncate(%s)', name, relation, truncate_arguments)
            ELSE format(
                'CREATE OR REPLACE TRIGGER %I AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT '
                'EXECUTE FUNCTION edustats.%I(%s)', name, event, relation,
                CASE event WHEN 'INSERT' THEN 'NEW TABLE AS new_rows' WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
                           ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END,
                function, arguments)
        END;
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation, name);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.create_triggers(name, text, regclass, text, text, text) IS
    'Creates the four triggers of a metric, or of the member relation, on one relation.';

-- When a row can move: when one of the columns changes by which the tree is partitioned, at whatever level.
CREATE FUNCTION edustats.move_condition(source regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN bool_and(k.attnum <> 0)            -- 0 is an expression: any change may matter
                THEN format('WHEN (%s)', string_agg(DISTINCT format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', a.attname), ' OR ')) END
    FROM edustats.relation_tree(source) r(relid)
    JOIN pg_partitioned_table p ON p.partrelid = r.relid
    CROSS JOIN LATERAL unnest(p.partattrs::smallint[]) k(attnum)
    LEFT JOIN pg_attribute a ON a.attrelid = r.relid AND a.attnum = k.attnum;
END;
COMMENT ON FUNCTION edustats.move_condition(regclass) IS
    'The condition of the row trigger of a partitioned source; NULL where there is none.';

CREATE FUNCTION edustats.create_move_trigger(bulletin name, metric text, source regclass, arguments text) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    name name := edustats.trigger_name(bulletin, metric, 'move');
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW %s EXECUTE FUNCTION edustats.mark_moves(%s)',
                   name, source, edustats.move_condition(source), arguments);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', source, name);
END
$function$;
COMMENT ON FUNCTION edustats.create_move_trigger(name, text, regclass, text) IS
    'Creates, or replaces, the row trigger of a metric, or of the member relation, on a partitioned source.';

CREATE FUNCTION edustats.drop_triggers(bulletin name, metric text, relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    trigger record;
BEGIN
    FOR trigger IN
        SELECT t.relation, t.name FROM edustats.marker t
        WHERE t.bulletin = drop_triggers.bulletin
          AND (drop_triggers.metric IS NULL OR t.metric = drop_triggers.metric)
          AND (drop_triggers.relation IS NULL OR t.relation = drop_triggers.relation)
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', trigger.name, trigger.relation);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.drop_triggers(name, text, regclass) IS
    'Drops a bulletin''s triggers; NULL for every metric, or every relation.';

-- What is to be marked where: one row for each metric, and one with the metric '' for the member relation.
CREATE FUNCTION edustats.marking(bulletin name)
RETURNS TABLE (metric text, source regclass, function text, arguments text, truncate_arguments text)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT m.metric, to_regclass(format('%%I.%%I', a.source, m.source)), 'mark_days',
               concat_ws(', ', format('%%L, %%L, %%L, %%L, %%L', %1$L, m.metric, a.timezone, m.time_column, m.key_column),
                         quote_literal(m.weight_column), quote_literal(m.member_column)),
               format('%%L, %%L, %%L, %%L', %1$L, m.metric, a.timezone, m.time_column)
        FROM %1$I.metric m, %1$I.attachment a
        UNION ALL
        SELECT '', to_regclass(format('%%I.member', a.source)), 'mark_members',
               format('%%L, %%L, %%L, %%L, %%L, %%L', %1$L, '', '', 'member_id', 'org_type', 'allocated'),
               format('%%L, %%L, %%L, %%L', %1$L, '', '', 'member_id')
        FROM %1$I.attachment a
    $query$, bulletin);
END
$function$;
COMMENT ON FUNCTION edustats.marking(name) IS 'The triggers that a bulletin''s sources should bear, before partitions.';

-- Makes the triggers of every source match its partitions of now, and marks the days that came or went with one.
-- A source whose triggers can't be made is noted as untracked, with the reason; that must not stop anybody's DDL.
CREATE FUNCTION edustats.sync_triggers(bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    marking record;
    problem text;
BEGIN
    FOR marking IN SELECT * FROM edustats.marking(bulletin) m WHERE m.source IS NOT NULL LOOP
        problem := edustats.track_problem(marking.source);
        BEGIN
            PERFORM edustats.sync_source(bulletin, marking.metric, marking.source, marking.function, marking.arguments,
                                         marking.truncate_arguments, problem IS NULL);
            PERFORM edustats.note_tracking(bulletin, marking.metric, marking.source, problem);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING USING ERRCODE = SQLSTATE,
                MESSAGE = format('edustats: the writes to %s can not be seen', marking.source),
                DETAIL = SQLERRM;
            PERFORM edustats.note_tracking(bulletin, marking.metric, NULL,
                                           format('its triggers could not be made: %s', SQLERRM));
        END;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.sync_triggers(name) IS
    'Makes a bulletin''s triggers match the partitions of its sources, and marks the days of partitions that came or went.';

CREATE FUNCTION edustats.sync_source(bulletin name, metric text, source regclass, function text, arguments text,
                                     truncate_arguments text, tracked boolean) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    part regclass;
    lapsed boolean;
    new_level boolean := false;
BEGIN
    FOR part IN
        SELECT DISTINCT t.relation FROM edustats.marker t
        WHERE t.bulletin = sync_source.bulletin AND t.metric = sync_source.metric
          AND (NOT tracked OR t.relation NOT IN (SELECT * FROM edustats.relation_tree(source)))
    LOOP
        PERFORM edustats.drop_triggers(bulletin, metric, part);
        PERFORM edustats.mark_relation(bulletin, metric, part, true);
    END LOOP;
    FOR part, lapsed IN
        SELECT r.relid, t.all > 0
        FROM edustats.relation_tree(source) r(relid)
        CROSS JOIN LATERAL (
            SELECT count(*) AS all, count(*) FILTER (WHERE t.enabled = 'A') AS enabled
            FROM edustats.marker t
            WHERE t.bulletin = sync_source.bulletin AND t.metric = sync_source.metric AND t.relation = r.relid
              AND NOT t.of_rows) t
        WHERE tracked AND t.enabled < 4
    LOOP
        PERFORM edustats.create_triggers(bulletin, metric, part, function, arguments, truncate_arguments);
        IF lapsed THEN
            -- Dropped or disabled for a while: what was deleted meanwhile nobody saw.
            PERFORM edustats.mark_invalid(bulletin, nullif(metric, ''), '(,)');
        ELSE
            PERFORM edustats.mark_relation(bulletin, metric, part, true);
        END IF;
        new_level := new_level OR EXISTS (SELECT FROM pg_class c WHERE c.oid = part AND c.relkind = 'p');
    END LOOP;
    IF new_level THEN
        PERFORM edustats.create_move_trigger(bulletin, metric, source, arguments);
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.sync_source(name, text, regclass, text, text, text, boolean) IS
    'Makes the triggers of one source match its partitions, and marks the days of partitions that came or went.';

-- Logs every day, or every member, that a relation holds rows of. Under the newest snapshot, as a partition that a
-- repeatable-read transaction attaches or detaches comes or goes with rows that are newer than the transaction's.
CREATE FUNCTION edustats.mark_relation(bulletin name, metric text, relation regclass, alone boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    scope text := CASE WHEN alone THEN 'ONLY ' ELSE '' END || relation;
    time_column name;
    zone text;
BEGIN
    IF metric = '' THEN
        -- Where nothing has been computed yet, every day is dirty anyway.
        PERFORM edustats.execute_newest(format(
            'INSERT INTO %1$I.dirty (member) SELECT member_id FROM %2$s WHERE EXISTS (SELECT FROM %1$I.rollup)',
            bulletin, scope));
        RETURN;
    END IF;
    EXECUTE format('SELECT m.time_column, a.timezone FROM %1$I.metric m, %1$I.attachment a WHERE m.metric = $1', bulletin)
        INTO STRICT time_column, zone USING metric;
    PERFORM edustats.execute_newest(format(
        'INSERT INTO %I.dirty (metric, month, day) SELECT %L, edustats.month_of(s.day), s.day '
        'FROM (SELECT DISTINCT edustats.local_day(%I, %L) AS day FROM %s) s WHERE isfinite(s.day)',
        bulletin, metric, time_column, zone, scope));
END
$function$;
COMMENT ON FUNCTION edustats.mark_relation(name, text, regclass, boolean) IS
    'Logs every day that a relation holds rows of; for the metric '''', every member. alone: without its partitions.';

-- Logs every day that the rollup holds; days that it does not hold are in the log already.
CREATE FUNCTION edustats.mark_rollup(bulletin name, metric text, spared tstzmultirange DEFAULT '{}') RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM edustats.execute_newest(format(
        'INSERT INTO %1$I.dirty (metric, month, day) '
        'SELECT DISTINCT r.metric, r.month, r.day FROM %1$I.rollup r CROSS JOIN %1$I.attachment a '
        'WHERE r.metric = %2$L '
        'AND NOT %3$L::tstzmultirange @> tstzrange(edustats.day_start(r.day, a.timezone), edustats.day_end(r.day, a.timezone))',
        bulletin, metric, spared));
END
$function$;
COMMENT ON FUNCTION edustats.mark_rollup(name, text, tstzmultirange) IS
    'Logs the days that the rollup holds of a metric, but for those that lie wholly in spared.';

-- When a source ceases to be tracked, or is tracked again, all its days are marked: what came or went while nobody
-- looked, with a foreign partition say, is unknown.
CREATE FUNCTION edustats.note_tracking(bulletin name, metric text, source regclass, problem text) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    was text;
BEGIN
    IF metric = '' THEN
        EXECUTE format('UPDATE %I.attachment SET member_note = $1 WHERE member_note IS DISTINCT FROM $1', bulletin)
            USING problem;
        RETURN;
    END IF;
    EXECUTE format('SELECT note FROM %I.metric WHERE metric = $1', bulletin) INTO was USING metric;
    IF problem IS NOT DISTINCT FROM was THEN
        RETURN;
    END IF;
    EXECUTE format('UPDATE %I.metric SET note = $2 WHERE metric = $1', bulletin) USING metric, problem;
    IF source IS NOT NULL AND (problem IS NULL OR was IS NULL) THEN
        PERFORM edustats.mark_rollup(bulletin, metric);
        PERFORM edustats.mark_relation(bulletin, metric, source);
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.note_tracking(name, text, regclass, text) IS
    'Notes why a source''s writes can''t be seen; NULL where they can.';

-- The instants whose rows can only lie in partitions that are there: those of leaves below partitioning by ranges of the
-- time column alone. A default partition covers nothing, as it takes in what another one left.
CREATE FUNCTION edustats.partition_cover(source regclass, time_column name) RETURNS tstzmultirange
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
SET datestyle TO iso
BEGIN ATOMIC
    WITH RECURSIVE node AS (
        SELECT source::oid AS relid, tstzrange(NULL, NULL) AS span
        UNION ALL
        SELECT c.oid, n.span * CASE
            WHEN b.bound IS NULL THEN 'empty'::tstzrange
            ELSE tstzrange(nullif(btrim(b.bound[1], ''''), 'MINVALUE')::timestamptz,
                           nullif(btrim(b.bound[2], ''''), 'MAXVALUE')::timestamptz)
        END
        FROM node n
        JOIN pg_partitioned_table p ON p.partrelid = n.relid AND p.partstrat = 'r' AND p.partnatts = 1
        JOIN pg_attribute a ON a.attrelid = n.relid AND a.attnum = p.partattrs[0] AND a.attname = time_column
        JOIN pg_inherits i ON i.inhparent = n.relid AND NOT i.inhdetachpending
        JOIN pg_class c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL (
            SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid), '^FOR VALUES FROM \((.*)\) TO \((.*)\)$')) b(bound)
    )
    SELECT coalesce(range_agg(n.span), '{}')
    FROM node n JOIN pg_class c ON c.oid = n.relid
    WHERE n.relid <> source AND c.relkind <> 'p';
END;
COMMENT ON FUNCTION edustats.partition_cover(regclass, name) IS
    'The instants whose rows can only lie in the partitions that a relation has now, as far as can be told from their bounds.';

-- A partition was dropped, and nobody can tell any more which rows it held; only where they can not have been.
CREATE FUNCTION edustats.mark_dropped(bulletin name, triggers name[]) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    m record;
    members boolean := edustats.trigger_name(bulletin, '', 'insert') = ANY (triggers);
BEGIN
    FOR m IN EXECUTE format(
        'SELECT m.metric, m.member_column, m.time_column, to_regclass(format(''%%I.%%I'', a.source, m.source)) AS source '
        'FROM %1$I.metric m CROSS JOIN %1$I.attachment a', bulletin)
    LOOP
        IF members AND m.member_column IS NOT NULL THEN
            PERFORM edustats.mark_rollup(bulletin, m.metric);
        ELSIF edustats.trigger_name(bulletin, m.metric, 'insert') = ANY (triggers) THEN
            PERFORM edustats.mark_rollup(bulletin, m.metric,
                                         edustats.partition_cover(m.source, m.time_column));
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.mark_dropped(name, name[]) IS
    'Logs the days that the rollup holds of metrics whose triggers were dropped along with a partition, but for those that other partitions cover.';
