-- What keeps the rollup of a metric from being up to date: marked days, and what the log says that has changed on others.

-- The platform's columns by name, and not the views over it, which go on reading what they were made for.
CREATE OR REPLACE FUNCTION class_query() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (
        SELECT format(
            'SELECT m.member_id, coalesce(k.class, o.class) AS class FROM (%s) m '
            'JOIN class o ON o.org_type IS NULL AND o.account = CASE WHEN m.org_type IS NULL THEN ''individual'' '
            'WHEN edustats.is_station(m.org_type, m.allocated) THEN ''station'' ELSE ''registered'' END '
            'LEFT JOIN class k ON k.org_type = m.org_type::text COLLATE "C" AND k.account = o.account',
            lookup_query(a.source, 'member', 'member_id', ARRAY['member_id', 'org_type', 'allocated']::name[]))
        FROM attachment a);
END
$function$;
COMMENT ON FUNCTION class_query() IS 'The query for the class of each member; one whose kind of organisation has none is in that of others.';

CREATE OR REPLACE FUNCTION class_map(members bigint[]) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    map edustats.tally;
BEGIN
    PERFORM set_config('TimeZone', (SELECT a.timezone FROM attachment a), true);        -- until the function ends
    EXECUTE format('SELECT edustats.tally_agg(c.member_id::bigint, c.class) FROM (%s) c WHERE $1 IS NULL OR c.member_id = ANY ($1)', class_query())
        INTO map USING members;
    RETURN coalesce(map, '{}');
END
$function$;
COMMENT ON FUNCTION class_map(bigint[]) IS 'The class of some members, or where they are NULL, of each, as a tally.';

-- As the last refresh has left them, but for members that have been written since. Where the log names other keys, or the
-- members are not tracked, they are looked up.
CREATE OR REPLACE FUNCTION classes_of(metric text, days datemultirange) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    known edustats.tally;
    tracked boolean;
    keys text[];
    of_members boolean;
    members bigint[];
BEGIN
    SELECT CASE WHEN m.member_column IS NULL THEN '{}' ELSE c.classes END, m.note IS NULL INTO known, tracked
        FROM metric m LEFT JOIN class_map c ON true WHERE m.metric = classes_of.metric;
    IF edustats.cardinality(known) = 0 THEN
        RETURN known;
    END IF;
    SELECT array_agg(DISTINCT l.key), bool_and(l.of_members) INTO keys, of_members
        FROM (SELECT l.key, edustats.is_of_members(this_schema(), classes_of.metric, l.lookup) AS of_members FROM log l
              WHERE l.lookup IS NOT NULL AND (l.metric IS NULL OR l.metric = classes_of.metric)) l
        WHERE l.of_members IS NOT NULL;
    IF known IS NOT NULL AND tracked AND keys IS NULL THEN
        RETURN known;
    END IF;
    PERFORM source_rows(metric);                -- may it be read?
    IF known IS NOT NULL AND tracked AND of_members THEN
        members := keys::bigint[];
        RETURN edustats.tally_merge(edustats.drop(known, (SELECT edustats.tally_agg(u) FROM unnest(members) u)), class_map(members));
    END IF;
    RETURN class_map(edustats.changed_members(ARRAY(
        SELECT l.changes FROM log l WHERE l.metric = classes_of.metric AND l.changes IS NOT NULL AND l.first <@ days)));
END
$function$;
COMMENT ON FUNCTION classes_of(text, datemultirange) IS 'The class of each member that the log has changes of on some days, maybe of others, too.';

CREATE OR REPLACE FUNCTION logged_changes(metric text, days datemultirange) RETURNS edustats.daily_change[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    classes edustats.tally := classes_of(metric, days);
    first_day date := lower(days);
    last_day date := upper(days) - 1;
    is_range boolean := days = datemultirange(range_merge(days));       -- as it mostly is, which is found out faster of a row
BEGIN
    RETURN coalesce((SELECT edustats.daily_changes_agg(l.first, l.changes, classes) FROM log l
                     WHERE l.changes IS NOT NULL AND l.first BETWEEN first_day AND last_day
                       AND l.metric = logged_changes.metric AND (is_range OR l.first <@ days)), '{}');
END
$function$;
COMMENT ON FUNCTION logged_changes(text, datemultirange) IS
    'What has changed on those of some days that the log has changes of, by the classes that members are in now.';

CREATE OR REPLACE FUNCTION month_changes(changes edustats.daily_change[])
RETURNS TABLE (month date, class smallint, added edustats.tally, removed edustats.tally)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT edustats.month_of(c.day), c.class, edustats.rollup(c.added), edustats.rollup(c.removed) FROM unnest(changes) c GROUP BY 1, 2;
END;
COMMENT ON FUNCTION month_changes(edustats.daily_change[]) IS 'Changes of days, added up by month and class.';

-- Changes that take away more than there is say that something has not been seen: the day is one of those whose changes are
-- not known.
CREATE OR REPLACE FUNCTION pending(metric text) RETURNS edustats.pending
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    covered datemultirange := '{}';
    p edustats.pending := ('{}', '{}', '{}', '{}', '{}');
BEGIN
    IF NOT edustats.may_be_dirty(schema, metric) THEN
        RETURN p;
    END IF;
    IF edustats.may_be_dirty(schema, metric, false) THEN
        covered := marked_days(metric);
        p.marked := days_with_rows(metric, covered);
    END IF;
    p.changes := logged_changes(metric, open_days(metric)::datemultirange - covered);
    SELECT coalesce(range_agg(daterange(c.day, c.day, '[]')), '{}') INTO p.impossible
    FROM unnest(p.changes) c
    LEFT JOIN rollup r ON (r.metric, r.month, r.day, r.class) = (pending.metric, edustats.month_of(c.day), c.day, c.class)
    WHERE edustats.cardinality(c.removed) > 0 AND edustats.changed_tally(r.tally, c.added, c.removed) IS NULL;
    IF NOT isempty(p.impossible) THEN
        p.marked := p.marked + p.impossible;
        p.changes := ARRAY(SELECT c FROM unnest(p.changes) c WHERE NOT c.day <@ p.impossible);
    END IF;
    p.days := p.marked + (SELECT coalesce(range_agg(daterange(c.day, c.day, '[]')), '{}') FROM unnest(p.changes) c);
    p.months := months_of(p.days);
    RETURN p;
END
$function$;
COMMENT ON FUNCTION pending(text) IS 'What keeps the rollup of a metric from being up to date.';

CREATE OR REPLACE FUNCTION statement_pending(metric text) RETURNS edustats.pending
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    name text := 'pending ' || metric;
    p edustats.pending := edustats.recall(schema, name, NULL::edustats.pending);
BEGIN
    IF p IS NULL THEN
        p := edustats.remember(schema, name, pending(metric));
    END IF;
    RETURN p;
END
$function$;
COMMENT ON FUNCTION statement_pending(text) IS 'What keeps the rollup of a metric from being up to date, found out once for a statement.';
