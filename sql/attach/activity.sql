-- What attach makes in the bulletin's schema. Every function here runs with the search_path that attach has set: the
-- bulletin, the platform, edustats; so the statements read as a DBA would write them.

CREATE FUNCTION edustats.create_tables() RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    CREATE TABLE attachment (
        source name NOT NULL,
        timezone text NOT NULL,
        member_note text,
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
    );
    COMMENT ON TABLE attachment IS 'What this bulletin is attached to: one row, which refresh locks.';
    COMMENT ON COLUMN attachment.source IS 'Schema of the platform.';
    COMMENT ON COLUMN attachment.timezone IS 'Zone of every day and month in this bulletin.';
    COMMENT ON COLUMN attachment.member_note IS
        'Why changes of a member''s class can''t be seen; NULL where they can.';
    COMMENT ON COLUMN attachment.only_row IS 'True, so that there is never a second row.';

    CREATE TABLE metric (
        metric text PRIMARY KEY,
        source name NOT NULL,
        time_column name NOT NULL,
        key_column name NOT NULL,
        weight_column name,
        member_column name,
        unit text NOT NULL,
        note text,
        refreshed_day date NOT NULL,
        refreshed_at timestamptz
    );
    COMMENT ON TABLE metric IS 'The metrics of this bulletin, as they were attached.';
    COMMENT ON COLUMN metric.metric IS 'The metric.';
    COMMENT ON COLUMN metric.source IS 'Relation of the platform that it counts.';
    COMMENT ON COLUMN metric.time_column IS 'When it happened.';
    COMMENT ON COLUMN metric.key_column IS 'What is counted by.';
    COMMENT ON COLUMN metric.weight_column IS 'What is summed; NULL where rows are counted.';
    COMMENT ON COLUMN metric.member_column IS 'Whose class the row counts under; NULL where all count under class 0.';
    COMMENT ON COLUMN metric.unit IS 'Unit of the totals.';
    COMMENT ON COLUMN metric.note IS
        'Why writes to the source can''t be seen, so that the days since the last refresh count as dirty; NULL where they can.';
    COMMENT ON COLUMN metric.refreshed_day IS 'Local day on which the last refresh, or else the attaching, began.';
    COMMENT ON COLUMN metric.refreshed_at IS 'When the last refresh began; NULL before the first.';

    CREATE TABLE rollup (
        metric text,
        month date,
        day date,
        class smallint,
        tally edustats.tally NOT NULL,
        PRIMARY KEY (metric, month, day, class)
    );
    ALTER TABLE rollup ALTER tally SET STORAGE EXTERNAL, ALTER tally SET STATISTICS 0;  -- nothing for ANALYZE to see
    COMMENT ON TABLE rollup IS 'Tallies by day, right for the days that are not dirty. Read the view "activity" instead.';
    COMMENT ON COLUMN rollup.metric IS 'The metric.';
    COMMENT ON COLUMN rollup.month IS 'First day of the month.';
    COMMENT ON COLUMN rollup.day IS 'Local day.';
    COMMENT ON COLUMN rollup.class IS 'Class of member, see edustats.class.';
    COMMENT ON COLUMN rollup.tally IS 'Count by key.';

    CREATE TABLE rollup_month (
        metric text,
        month date,
        class smallint,
        total bigint NOT NULL,
        tally edustats.tally NOT NULL,
        PRIMARY KEY (metric, month, class)
    );
    ALTER TABLE rollup_month ALTER tally SET STORAGE EXTERNAL, ALTER tally SET STATISTICS 0;
    COMMENT ON TABLE rollup_month IS 'The rollup''s days merged by month. Read the view "monthly" instead.';
    COMMENT ON COLUMN rollup_month.metric IS 'The metric.';
    COMMENT ON COLUMN rollup_month.month IS 'First day of the month.';
    COMMENT ON COLUMN rollup_month.class IS 'Class of member, see edustats.class.';
    COMMENT ON COLUMN rollup_month.total IS 'Total of the tally.';
    COMMENT ON COLUMN rollup_month.tally IS 'Count by key.';

    CREATE TABLE dirty (
        metric text,
        month date,
        day date,
        member bigint
    );
    COMMENT ON TABLE dirty IS
        'The dirty log: days of a metric whose rollup is out of date, and members whose class has changed.';
    COMMENT ON COLUMN dirty.metric IS 'The metric; NULL for a member.';
    COMMENT ON COLUMN dirty.month IS 'First day of the month; NULL for a member.';
    COMMENT ON COLUMN dirty.day IS 'Local day; NULL for a member.';
    COMMENT ON COLUMN dirty.member IS 'Member whose days are all out of date; NULL for a day.';

    CREATE TABLE refresh_error (
        metric text,
        day date,
        message text NOT NULL,
        failed_at timestamptz NOT NULL,
        PRIMARY KEY (metric, day)
    );
    COMMENT ON TABLE refresh_error IS 'Days that the last refresh could not compute; they stay dirty.';
    COMMENT ON COLUMN refresh_error.metric IS 'The metric.';
    COMMENT ON COLUMN refresh_error.day IS 'Local day.';
    COMMENT ON COLUMN refresh_error.message IS 'What went wrong.';
    COMMENT ON COLUMN refresh_error.failed_at IS 'When it did last.';
END
$function$;
COMMENT ON FUNCTION edustats.create_tables() IS 'Creates a bulletin''s tables in the first schema of the search_path.';

CREATE FUNCTION edustats.create_opening(source name) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    IF to_regclass(format('%I.opening_balance', source)) IS NULL THEN
        CREATE OR REPLACE VIEW opening AS SELECT NULL::text AS metric, NULL::bigint AS key, NULL::bigint AS amount WHERE false;
    ELSE
        CREATE OR REPLACE VIEW opening AS SELECT metric::text, key::bigint, amount::bigint FROM opening_balance;
    END IF;
    COMMENT ON VIEW opening IS 'What cumulative figures had reached before the first row of a metric''s source.';
    COMMENT ON COLUMN opening.metric IS 'The metric.';
    COMMENT ON COLUMN opening.key IS 'The metric''s key, or 0 where the balance is not split.';
    COMMENT ON COLUMN opening.amount IS 'What it had reached, in the metric''s unit.';
END
$function$;
COMMENT ON FUNCTION edustats.create_opening(name) IS
    'Creates the view opening, empty where the platform has no opening balances.';

-- The functions that views call where they need more than the rollup. They are the bulletin's own, with its owner's
-- rights: a reader of the views needs none on the sources. What is behind a function is planned, and compiled by the JIT,
-- only when it runs: dirty days hardly ever do, and a view that is planned at each reading must stay small. Row-level
-- security gives an error there.
CREATE FUNCTION edustats.create_function(signature text, result text, options text, body text, comment text) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS TABLE (%s) STABLE STRICT SECURITY DEFINER %s '
                   'SET search_path TO pg_catalog, pg_temp SET row_security TO off SET jit TO off AS %L',
                   signature, result, options, body);
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', signature, comment);
END
$function$;
COMMENT ON FUNCTION edustats.create_function(text, text, text, text, text) IS
    'Creates or replaces a function that runs with the rights of the bulletin''s owner, and comments on it.';

CREATE FUNCTION edustats.create_functions(bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM edustats.create_function('dirty_days(metric text)', 'month date, day date', 'LANGUAGE plpgsql ROWS 5 COST 1000',
        format($body$
        DECLARE
            members bigint[] := (SELECT array_agg(DISTINCT d.member) FROM %1$I.dirty d WHERE d.member IS NOT NULL);
        BEGIN
            RETURN QUERY SELECT d.month, d.day FROM %1$I.dirty d WHERE d.metric = dirty_days.metric;
            IF members IS NOT NULL THEN
                RETURN QUERY SELECT m.month, m.day FROM edustats.member_days(%1$L, metric, members) m;
            END IF;
            RETURN QUERY SELECT u.month, u.day FROM edustats.untracked_days(%1$L, metric) u
                WHERE EXISTS (SELECT FROM %1$I.metric m WHERE m.metric = dirty_days.metric AND m.note IS NOT NULL);
        END
        $body$, bulletin),
        'Days of a metric whose rollup is out of date, some of them more than once.');

    PERFORM edustats.create_function('live_days(metric text, month date, days date[])',
        'day date, class smallint, tally edustats.tally', 'LANGUAGE sql ROWS 20 COST 10000',
        format(' SELECT * FROM edustats.compute_live_days(%L, metric, month, days) ', bulletin),
        'The activity of a metric on those of some days that are in a month, computed from the source.');

    PERFORM edustats.create_function('live_month(metric text, month date, days date[])',
        'class smallint, total bigint, tally edustats.tally', 'LANGUAGE plpgsql ROWS 15 COST 10000',
        format($body$
        BEGIN
            RETURN QUERY
            SELECT t.class, edustats.total(t.tally), t.tally
            FROM (SELECT d.class, edustats.rollup(d.tally) AS tally
                  FROM (SELECT r.class, r.tally FROM %1$I.rollup r
                        WHERE r.metric = live_month.metric AND r.month = live_month.month AND r.day <> ALL (days)
                        UNION ALL
                        SELECT l.class, l.tally FROM %1$I.live_days(metric, month, days) l) d
                  GROUP BY d.class) t;
        END
        $body$, bulletin),
        'The activity of a metric in a month: some days computed from the source, the others taken from the rollup.');

    PERFORM edustats.create_function('months()', 'month date', 'LANGUAGE plpgsql ROWS 100 COST 1000', format($body$
        BEGIN
            RETURN QUERY
            SELECT generate_series(least(x.first, x.current)::timestamp, greatest(x.last, x.current)::timestamp, '1 month')::date
            FROM (SELECT least(min(r.first), (SELECT min(d.month) FROM %1$I.dirty d)) AS first,
                         greatest(max(r.last), (SELECT max(d.month) FROM %1$I.dirty d)) AS last,
                         (SELECT edustats.month_of(edustats.local_day(now(), a.timezone)) FROM %1$I.attachment a) AS current
                  FROM %1$I.metric m
                  CROSS JOIN LATERAL (
                      SELECT min(r.month) AS first, max(r.month) AS last
                      FROM %1$I.rollup_month r WHERE r.metric = m.metric) r) x;
        END
        $body$, bulletin),
        'The months that the bulletin''s views have rows for: from the first activity to now, or to the last.');
END
$function$;
COMMENT ON FUNCTION edustats.create_functions(name) IS
    'Creates the functions that a bulletin''s views call: its months, its dirty days, and what happened on those.';

-- The query that computes the tallies of a run of days, by time range; $1 and $2 are its bounds. by_map: the class of a
-- member comes from $3, a tally of member and class, which beats a join where there are many rows.
CREATE FUNCTION edustats.day_query(bulletin name, metric text, by_map boolean) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    m record;
BEGIN
    EXECUTE format('SELECT m.*, a.source AS platform, a.timezone FROM %1$I.metric m CROSS JOIN %1$I.attachment a '
                   'WHERE m.metric = $1', bulletin) INTO STRICT m USING metric;
    RETURN format(
        'SELECT edustats.daily_tally_agg(s.%1$I, %2$L, %3$s, s.%4$I::bigint%5$s) FROM %6$I.%7$I s %8$s '
        'WHERE s.%1$I >= $1 AND s.%1$I < $2',
        m.time_column, m.timezone,
        CASE WHEN m.member_column IS NULL THEN '0::smallint'
             WHEN by_map THEN format('edustats.count_of($3, s.%I::bigint)::smallint', m.member_column)
             ELSE 'c.class' END,
        m.key_column, ', s.' || quote_ident(m.weight_column) || '::bigint', m.platform, m.source,
        CASE WHEN m.member_column IS NOT NULL AND NOT by_map
             THEN format('LEFT JOIN %I.member_class c ON c.member_id = s.%I', bulletin, m.member_column) END);
END
$function$;
COMMENT ON FUNCTION edustats.day_query(name, text, boolean) IS
    'The query that computes the daily tallies of a metric between two instants, $1 and $2; with by_map, classes come from the tally $3.';

-- Runs of consecutive days, so that a run is one range of the source.
CREATE FUNCTION edustats.day_runs(days date[]) RETURNS TABLE (first date, last date)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT min(r.day), max(r.day)
    FROM (SELECT d.day, d.day - row_number() OVER (ORDER BY d.day)::integer AS run
          FROM (SELECT DISTINCT u.day FROM unnest(days) u(day)) d) r
    GROUP BY r.run
    ORDER BY 1;
END;
COMMENT ON FUNCTION edustats.day_runs(date[]) IS 'Days as runs of consecutive days.';

CREATE FUNCTION edustats.compute_live_days(bulletin name, metric text, month date, days date[])
RETURNS TABLE (day date, class smallint, tally edustats.tally)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    query text := edustats.day_query(bulletin, metric, false);
    zone text;
    run record;
    tallies edustats.daily_tally[];
BEGIN
    EXECUTE format('SELECT a.timezone FROM %I.attachment a', bulletin) INTO zone;
    FOR run IN SELECT * FROM edustats.day_runs(ARRAY(SELECT u FROM unnest(days) u WHERE edustats.month_of(u) = month)) LOOP
        EXECUTE query INTO tallies USING edustats.day_start(run.first, zone), edustats.day_end(run.last, zone);
        RETURN QUERY SELECT t.day, t.class, t.tally FROM unnest(tallies) t WHERE t.day BETWEEN run.first AND run.last;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.compute_live_days(name, text, date, date[]) IS
    'The activity of a metric on those of some days that are in a month, computed from the source.';

CREATE FUNCTION edustats.member_days(bulletin name, metric text, members bigint[]) RETURNS TABLE (month date, day date)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    m record;
BEGIN
    EXECUTE format('SELECT m.*, a.source AS platform, a.timezone FROM %1$I.metric m CROSS JOIN %1$I.attachment a '
                   'WHERE m.metric = $1', bulletin) INTO STRICT m USING metric;
    IF m.member_column IS NOT NULL THEN
        RETURN QUERY EXECUTE format(
            'SELECT edustats.month_of(s.day), s.day FROM (SELECT DISTINCT edustats.local_day(%1$I, %2$L) AS day '
            'FROM %3$I.%4$I WHERE %5$I = ANY ($1)) s WHERE isfinite(s.day)',
            m.time_column, m.timezone, m.platform, m.source, m.member_column) USING members;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.member_days(name, text, bigint[]) IS
    'The days on which a metric has activity of some members; none where it does not count by class.';

CREATE FUNCTION edustats.untracked_days(bulletin name, metric text) RETURNS TABLE (month date, day date)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT edustats.month_of(m.refreshed_day + n), m.refreshed_day + n FROM %1$I.metric m CROSS JOIN %1$I.attachment a '
        'CROSS JOIN LATERAL generate_series(0, edustats.local_day(now(), a.timezone) - m.refreshed_day) n '
        'WHERE m.metric = $1 AND m.note IS NOT NULL', bulletin) USING metric;
END
$function$;
COMMENT ON FUNCTION edustats.untracked_days(name, text) IS
    'The days since the last refresh of a metric whose source can''t carry triggers: they count as dirty. None for others.';

CREATE FUNCTION edustats.comment_columns(view name, comments jsonb) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    comment record;
BEGIN
    FOR comment IN SELECT * FROM jsonb_each_text(comments) LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', view, comment.key, comment.value);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.comment_columns(name, jsonb) IS 'Comments on the columns of a view: {column: comment}.';
