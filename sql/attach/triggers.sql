-- The dirty log's triggers, on a source and on each of its partitions: a statement fires the triggers of the relation
-- that it names, so a row sent straight to a partition is seen by the partition's own.

-- Which triggers write to which dirty log, read off their arguments (kept as bytes that end in a zero byte each).
-- Anybody can make a trigger with any arguments, so none may make this view fail.
CREATE VIEW edustats.marker AS
SELECT t.tgrelid::regclass AS relation, t.tgname AS name, t.tgenabled AS enabled,
       convert_from(a.first, getdatabaseencoding()) AS bulletin,
       CASE WHEN p.proname = 'mark_members' THEN ''
            ELSE convert_from(substring(a.rest FOR position('\x00'::bytea IN a.rest) - 1), getdatabaseencoding()) END AS metric
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.tgnargs >= 2 THEN position('\x00'::bytea IN t.tgargs) END AS zero) z
CROSS JOIN LATERAL (
    SELECT substring(t.tgargs FOR z.zero - 1) AS first, substring(t.tgargs FROM z.zero + 1) AS rest) a
WHERE p.oid IN ('edustats.mark_days'::regproc, 'edustats.mark_members'::regproc, 'edustats.mark_truncate'::regproc)
  AND t.tgnargs >= 2;
COMMENT ON VIEW edustats.marker IS 'Triggers that write to dirty logs; the metric is empty for the member relation''s.';
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
               format('%%L, %%L, %%L, %%L', %1$L, 'member_id', 'org_type', 'allocated'),
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
    part regclass;
    lapsed boolean;
    problem text;
BEGIN
    FOR marking IN SELECT * FROM edustats.marking(bulletin) m WHERE m.source IS NOT NULL LOOP
        problem := edustats.track_problem(marking.source);
        BEGIN
            FOR part IN
                SELECT DISTINCT t.relation FROM edustats.marker t
                WHERE t.bulletin = sync_triggers.bulletin AND t.metric = marking.metric
                  AND (problem IS NOT NULL OR t.relation NOT IN (SELECT * FROM edustats.relation_tree(marking.source)))
            LOOP
                PERFORM edustats.drop_triggers(bulletin, marking.metric, part);
                PERFORM edustats.mark_relation(bulletin, marking.metric, part);
            END LOOP;
            FOR part, lapsed IN
                SELECT r.relid, t.all > 0
                FROM edustats.relation_tree(marking.source) r(relid)
                CROSS JOIN LATERAL (
                    SELECT count(*) AS all, count(*) FILTER (WHERE t.enabled = 'A') AS enabled
                    FROM edustats.marker t
                    WHERE t.bulletin = sync_triggers.bulletin AND t.metric = marking.metric AND t.relation = r.relid) t
                WHERE problem IS NULL AND t.enabled < 4
            LOOP
                PERFORM edustats.create_triggers(bulletin, marking.metric, part, marking.function, marking.arguments,
                                                 marking.truncate_arguments);
                IF lapsed THEN
                    -- Dropped or disabled for a while: what was deleted meanwhile nobody saw.
                    PERFORM edustats.mark_invalid(bulletin, nullif(marking.metric, ''), '(,)');
                ELSE
                    PERFORM edustats.mark_relation(bulletin, marking.metric, part);
                END IF;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            problem := format('its triggers could not be made: %s', SQLERRM);
            RAISE WARNING USING ERRCODE = SQLSTATE,
                MESSAGE = format('edustats: the writes to %s can not be seen', marking.source),
                DETAIL = SQLERRM;
        END;
        PERFORM edustats.note_tracking(bulletin, marking.metric, problem);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.sync_triggers(name) IS
    'Makes a bulletin''s triggers match the partitions of its sources, and marks the days of partitions that came or went.';

-- Logs every day, or every member, that a relation holds rows of.
CREATE FUNCTION edustats.mark_relation(bulletin name, metric text, relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    time_column name;
    zone text;
BEGIN
    IF metric = '' THEN
        -- Where nothing has been computed yet, every day is dirty anyway.
        EXECUTE format('INSERT INTO %1$I.dirty (member) SELECT member_id FROM ONLY %2$s '
                       'WHERE EXISTS (SELECT FROM %1$I.rollup)', bulletin, relation);
        RETURN;
    END IF;
    EXECUTE format('SELECT m.time_column, a.timezone FROM %1$I.metric m, %1$I.attachment a WHERE m.metric = $1', bulletin)
        INTO STRICT time_column, zone USING metric;
    EXECUTE format(
        'INSERT INTO %I.dirty (metric, month, day) SELECT %L, edustats.month_of(s.day), s.day '
        'FROM (SELECT DISTINCT edustats.local_day(%I, %L) AS day FROM ONLY %s) s WHERE isfinite(s.day)',
        bulletin, metric, time_column, zone, relation);
END
$function$;
COMMENT ON FUNCTION edustats.mark_relation(name, text, regclass) IS
    'Logs every day that a relation alone, without its partitions, holds rows of; for the metric '''', every member.';

CREATE FUNCTION edustats.note_tracking(bulletin name, metric text, problem text) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF metric = '' THEN
        EXECUTE format('UPDATE %I.attachment SET member_note = $1 WHERE member_note IS DISTINCT FROM $1', bulletin)
            USING problem;
        RETURN;
    END IF;
    IF problem IS NULL THEN
        -- What was written before the triggers were there stays dirty.
        EXECUTE format(
            'INSERT INTO %I.dirty (metric, month, day) SELECT $2, u.month, u.day FROM edustats.untracked_days($1, $2) u',
            bulletin) USING bulletin, metric;
    END IF;
    EXECUTE format('UPDATE %I.metric SET note = $2 WHERE metric = $1 AND note IS DISTINCT FROM $2', bulletin)
        USING metric, problem;
END
$function$;
COMMENT ON FUNCTION edustats.note_tracking(name, text, text) IS 'Notes why a source''s writes can''t be seen; NULL where they can.';

-- Days of a metric that lost a partition with all its rows: which, nobody can tell any more, so all that are held.
CREATE FUNCTION edustats.mark_dropped(bulletin name, triggers name[]) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    EXECUTE format(
        'INSERT INTO %1$I.dirty (metric, month, day) SELECT DISTINCT r.metric, r.month, r.day '
        'FROM %1$I.metric m JOIN %1$I.rollup r USING (metric) '
        'WHERE edustats.trigger_name(%1$L, m.metric, ''insert'') = ANY ($1)', bulletin)
        USING triggers;
END
$function$;
COMMENT ON FUNCTION edustats.mark_dropped(name, name[]) IS
    'Logs all the days that the rollup holds of the metrics whose triggers were dropped along with a partition.';
