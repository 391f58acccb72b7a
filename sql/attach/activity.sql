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
    ALTER TABLE rollup ALTER tally SET STORAGE EXTERNAL;
    COMMENT ON TABLE rollup IS 'Tallies by day, right for the days that are not dirty. Read the view "activity" instead.';

    CREATE TABLE rollup_month (
        metric text,
        month date,
        class smallint,
        total bigint NOT NULL,
        tally edustats.tally NOT NULL,
        PRIMARY KEY (metric, month, class)
    );
    ALTER TABLE rollup_month ALTER tally SET STORAGE EXTERNAL;
    COMMENT ON TABLE rollup_month IS 'The rollup''s days merged by month. Read the view "monthly" instead.';

    CREATE TABLE dirty (
        metric text,
        month date,
        day date,
        member bigint
    );
    COMMENT ON TABLE dirty IS
        'The dirty log: days of a metric whose rollup is out of date, and members whose class has changed.';

    CREATE TABLE refresh_error (
        metric text,
        day date,
        message text NOT NULL,
        failed_at timestamptz NOT NULL,
        PRIMARY KEY (metric, day)
    );
    COMMENT ON TABLE refresh_error IS 'Days that the last refresh could not compute; they stay dirty.';
END
$function$;
COMMENT ON FUNCTION edustats.create_tables() IS 'Creates a bulletin''s tables in the first schema of the search_path.';

-- Views that all metrics share and that the metrics' own views read.
CREATE FUNCTION edustats.create_base_views(source name, timezone text) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    IF to_regclass(format('%I.opening_balance', source)) IS NULL THEN
        CREATE OR REPLACE VIEW opening AS SELECT NULL::text AS metric, NULL::bigint AS key, NULL::bigint AS amount WHERE false;
    ELSE
        CREATE OR REPLACE VIEW opening AS SELECT metric::text, key::bigint, amount::bigint FROM opening_balance;
    END IF;
    COMMENT ON VIEW opening IS 'What cumulative figures had reached before the first row of a metric''s source.';

    CREATE OR REPLACE VIEW member_class AS
        SELECT member_id, edustats.class_of(org_type, allocated) AS class FROM member;
    COMMENT ON VIEW member_class IS 'The class of each member; NULL where its org_type is unknown.';

    EXECUTE format($view$
        CREATE OR REPLACE VIEW untracked_day AS
        SELECT m.metric, edustats.month_of(m.refreshed_day + n) AS month, m.refreshed_day + n AS day
        FROM metric m
        CROSS JOIN LATERAL generate_series(0, edustats.local_day(now(), %L) - m.refreshed_day) n
        WHERE m.note IS NOT NULL
    $view$, timezone);
    COMMENT ON VIEW untracked_day IS
        'Days since the last refresh of metrics whose sources can''t carry triggers: they count as dirty.';

    EXECUTE format($view$
        CREATE OR REPLACE VIEW calendar AS
        SELECT g.month::date AS month, (g.month + interval '1 month')::date - 1 AS last_day,
               edustats.day_start(g.month::date, %1$L) AS starts_at,
               edustats.day_start((g.month + interval '1 month')::date, %1$L) AS ends_at
        FROM (SELECT least(min(m.first), (SELECT min(d.month) FROM dirty d)) AS first,
                     greatest(max(m.last), (SELECT max(d.month) FROM dirty d)) AS last,
                     edustats.month_of(edustats.local_day(now(), %1$L)) AS current
              FROM metric
              CROSS JOIN LATERAL (
                  SELECT min(r.month) AS first, max(r.month) AS last FROM rollup_month r
                  WHERE r.metric = metric.metric) m) x
        CROSS JOIN LATERAL generate_series(least(x.first, x.current)::timestamp, greatest(x.last, x.current)::timestamp,
                                           interval '1 month') g(month)
    $view$, timezone);
    COMMENT ON VIEW calendar IS 'The months that the bulletin''s views have rows for: from the first activity to now, or to the last.';
    COMMENT ON COLUMN calendar.month IS 'First day of the month.';
    COMMENT ON COLUMN calendar.last_day IS 'Last day of the month.';
    COMMENT ON COLUMN calendar.starts_at IS 'Instant at which the month begins in the bulletin''s zone.';
    COMMENT ON COLUMN calendar.ends_at IS 'Instant at which the next month begins.';
END
$function$;
COMMENT ON FUNCTION edustats.create_base_views(name, text) IS 'Creates the views that the metrics'' own views read.';

-- The views of a metric: its dirty days, its activity by day, its activity by month, its totals. They are made for each
-- metric, and not once for all, so that a query for one metric is planned without the others. Joins that the planner
-- could turn round to read all of a source are written so that it can't: a dirty day is a range of the time index, a
-- marked member a look-up in the member index, and without marks the source is not touched.
CREATE FUNCTION edustats.create_metric_views(source name, timezone text, metric text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    m record;
BEGIN
    SELECT * INTO STRICT m FROM metric t WHERE t.metric = create_metric_views.metric;

    EXECUTE format($view$
        CREATE OR REPLACE VIEW dirty_%1$s AS
        SELECT month, day FROM dirty WHERE metric = %1$L
        UNION
        SELECT month, day FROM untracked_day WHERE metric = %1$L
    $view$, m.metric) || CASE WHEN m.member_column IS NULL THEN '' ELSE format($view$
        UNION
        SELECT edustats.month_of(s.day), s.day
        FROM (SELECT edustats.local_day(s.%4$I, %5$L) AS day
              FROM %2$I.%3$I s
              WHERE s.%6$I = ANY (ARRAY(SELECT d.member FROM dirty d WHERE d.member IS NOT NULL))) s
        WHERE EXISTS (SELECT FROM dirty d WHERE d.member IS NOT NULL) AND isfinite(s.day)
    $view$, NULL, source, m.source, m.time_column, timezone, m.member_column) END;

    EXECUTE format($view$
        CREATE OR REPLACE VIEW activity_%1$s AS
        SELECT r.month, r.day, r.class, r.tally
        FROM rollup r
        WHERE r.metric = %1$L
          AND NOT EXISTS (SELECT FROM dirty_%1$s d WHERE d.month = r.month AND d.day = r.day)
        UNION ALL
        SELECT d.month, d.day, %8$s AS class, edustats.tally_agg(s.key%7$s) AS tally
        FROM (SELECT month, day, edustats.day_start(day, %4$L) AS day_start, edustats.day_end(day, %4$L) AS day_end
              FROM dirty_%1$s) d
        CROSS JOIN LATERAL (
            SELECT s.%6$I::bigint AS key, %9$s AS weight, %10$s AS member
            FROM %2$I.%3$I s
            WHERE s.%5$I >= d.day_start AND s.%5$I < d.day_end AND edustats.local_day(s.%5$I, %4$L) = d.day
            OFFSET 0) s
        %11$s
        GROUP BY 1, 2, 3
        HAVING edustats.tally_agg(s.key%7$s) IS NOT NULL
    $view$, m.metric, source, m.source, timezone, m.time_column, m.key_column,
        CASE WHEN m.weight_column IS NULL THEN '' ELSE ', s.weight' END,
        CASE WHEN m.member_column IS NULL THEN '0::smallint' ELSE 'coalesce(c.class, 0::smallint)' END,
        coalesce('s.' || quote_ident(m.weight_column), 'NULL') || '::bigint',
        coalesce('s.' || quote_ident(m.member_column), 'NULL') || '::bigint',
        CASE WHEN m.member_column IS NULL THEN '' ELSE 'LEFT JOIN member_class c ON c.member_id = s.member' END);

    EXECUTE format($view$
        CREATE OR REPLACE VIEW monthly_%1$s AS
        SELECT r.month, r.class, r.total, r.tally
        FROM rollup_month r
        WHERE r.metric = %1$L AND NOT EXISTS (SELECT FROM dirty_%1$s d WHERE d.month = r.month)
        UNION ALL
        SELECT a.month, a.class, edustats.total(edustats.rollup(a.tally)), edustats.rollup(a.tally)
        FROM (SELECT DISTINCT month FROM dirty_%1$s) d
        JOIN activity_%1$s a USING (month)
        GROUP BY a.month, a.class
    $view$, m.metric);

    EXECUTE format($view$
        CREATE OR REPLACE VIEW total_%1$s AS
        SELECT c.month, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth,
               t.cumulative + (SELECT coalesce(sum(o.amount), 0) FROM opening o WHERE o.metric = %1$L) AS cumulative
        FROM calendar c
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(m.total) FILTER (WHERE m.month = c.month), 0) AS value,
                   coalesce(sum(m.total) FILTER (WHERE m.month = (c.month - interval '1 month')::date), 0) AS previous,
                   coalesce(sum(m.total), 0) AS cumulative
            FROM monthly_%1$s m
            WHERE m.month <= c.month) t
    $view$, m.metric);

    EXECUTE format('COMMENT ON VIEW dirty_%1$s IS %2$L', m.metric,
        format('Days of the metric %s that the rollup is out of date for; reading computes them from the source.', m.metric));
    EXECUTE format('COMMENT ON VIEW activity_%1$s IS %2$L', m.metric,
        format('The metric %s by local day and class of member, right at every moment.', m.metric));
    EXECUTE format('COMMENT ON VIEW monthly_%1$s IS %2$L', m.metric,
        format('The metric %s by month and class of member, with its total in %s, right at every moment.', m.metric, m.unit));
    EXECUTE format('COMMENT ON VIEW total_%1$s IS %2$L', m.metric,
        format('The metric %s in the month, in the month before, and from the beginning, in %s.', m.metric, m.unit));
END
$function$;
COMMENT ON FUNCTION edustats.create_metric_views(name, text, text) IS 'Creates the views of a metric.';

-- A view over views of the same shape: all metrics, or all parts of the headline.
CREATE FUNCTION edustats.create_union(view name, comment text, branches text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %I AS %s', view, array_to_string(branches, ' UNION ALL '));
    EXECUTE format('COMMENT ON VIEW %I IS %L', view, comment);
END
$function$;
COMMENT ON FUNCTION edustats.create_union(name, text, text[]) IS 'Creates a view that unites others.';

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

CREATE FUNCTION edustats.create_unions() RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM edustats.create_union('dirty_day',
        'Days whose rollup is out of date. Reading is right all the same; refresh makes it fast.',
        ARRAY(SELECT format('SELECT %1$L::text AS metric, month, day FROM dirty_%1$s', m.metric) FROM metric m ORDER BY 1));
    PERFORM edustats.create_union('activity',
        'What was done: a tally (key, count) by metric, local day and class of member. Clean days come from the rollup, dirty days from the sources, so it is right at every moment.',
        ARRAY(SELECT format('SELECT %1$L::text AS metric, month, day, class, tally FROM activity_%1$s', m.metric)
              FROM metric m ORDER BY 1));
    PERFORM edustats.create_union('monthly',
        'The activity by month: a tally and its total by metric and class of member.',
        ARRAY(SELECT format('SELECT %1$L::text AS metric, month, class, total, tally FROM monthly_%1$s', m.metric)
              FROM metric m ORDER BY 1));
END
$function$;
COMMENT ON FUNCTION edustats.create_unions() IS 'Creates the views over all metrics.';

CREATE FUNCTION edustats.create_refresh_status(bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW refresh_status AS
        SELECT m.metric, m.source,
               m.note IS NULL AND t.missing IS NULL AS tracked,
               nullif(concat_ws('; ', m.note, t.missing,
                                CASE WHEN m.member_column IS NOT NULL THEN 'members: ' || a.member_note END), '') AS note,
               d.dirty_days, d.first_dirty, d.last_dirty, e.failed_days, e.message AS error, m.refreshed_at
        FROM metric m
        CROSS JOIN attachment a
        CROSS JOIN LATERAL (
            SELECT min(format('%%s does not bear its triggers, or they are disabled', r.relid)) AS missing
            FROM edustats.relation_tree(to_regclass(format('%%I.%%I', a.source, m.source))) r(relid)
            WHERE m.note IS NULL
              AND (SELECT count(*) FROM edustats.marker k
                   WHERE k.bulletin = %L AND k.metric = m.metric AND k.relation = r.relid AND k.enabled = 'A') < 4) t
        CROSS JOIN LATERAL (
            SELECT count(*) AS dirty_days, min(day) AS first_dirty, max(day) AS last_dirty
            FROM dirty_day d WHERE d.metric = m.metric) d
        CROSS JOIN LATERAL (
            SELECT count(*) AS failed_days, min(format('%%s: %%s', e.day, e.message)) AS message
            FROM refresh_error e WHERE e.metric = m.metric) e
        ORDER BY m.metric
    $view$, bulletin);
    COMMENT ON VIEW refresh_status IS 'How fresh the rollup is, by metric.';
    COMMENT ON COLUMN refresh_status.tracked IS
        'True where triggers see every write to the source; false where the days since the last refresh count as dirty.';
    COMMENT ON COLUMN refresh_status.note IS 'What can''t be seen, and why; NULL where everything can.';
    COMMENT ON COLUMN refresh_status.dirty_days IS 'Days that the next refresh computes; until then, each reading does.';
    COMMENT ON COLUMN refresh_status.failed_days IS 'Days that the last refresh could not compute.';
    COMMENT ON COLUMN refresh_status.error IS 'The first failed day, and why; NULL without.';
    COMMENT ON COLUMN refresh_status.refreshed_at IS 'When the last refresh began; NULL before the first.';
END
$function$;
COMMENT ON FUNCTION edustats.create_refresh_status(name) IS 'Creates the view refresh_status.';
