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

-- The classes are as the last refresh has left them, but for members that have been written since. Where the log names other
-- keys, or the members are not tracked, they are looked up.
CREATE OR REPLACE FUNCTION logged_changes(metric text, days datemultirange, has_marks boolean) RETURNS edustats.daily_change[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    has_members boolean;
    kept boolean;               -- are the classes?
    keys text[];
    of_members boolean;
BEGIN
    SELECT m.member_column IS NOT NULL, m.note IS NULL AND EXISTS (SELECT FROM class_map) INTO has_members, kept
        FROM metric m WHERE m.metric = logged_changes.metric;
    IF NOT has_members OR kept AND NOT has_marks THEN
        RETURN edustats.logged_changes(schema, metric, days, has_members, '{}', '{}');
    END IF;
    SELECT array_agg(DISTINCT l.key), bool_and(l.of_members) INTO keys, of_members
        FROM (SELECT l.key, edustats.is_of_members(schema, logged_changes.metric, l.lookup) AS of_members FROM log l
              WHERE l.lookup IS NOT NULL AND (l.metric IS NULL OR l.metric = logged_changes.metric)) l
        WHERE l.of_members IS NOT NULL;
    IF kept AND keys IS NULL THEN
        RETURN edustats.logged_changes(schema, metric, days, true, '{}', '{}');
    END IF;
    PERFORM source_rows(metric);                -- may it be read?
    IF kept AND of_members THEN
        RETURN edustats.logged_changes(schema, metric, days, true, keys::bigint[], class_map(keys::bigint[]));
    END IF;
    RETURN edustats.logged_changes(schema, metric, days, false, '{}', class_map(edustats.logged_members(schema, metric)));
END
$function$;
COMMENT ON FUNCTION logged_changes(text, datemultirange, boolean) IS
    'What the log says that has changed on some days, by the classes that members are in now. has_marks: may it have other rows of the metric, too?';

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
    has_marks boolean;
    covered datemultirange := '{}';
    p edustats.pending := ('{}', '{}', '{}', '{}', '{}');
BEGIN
    IF NOT edustats.may_be_dirty(schema, metric) THEN
        RETURN p;
    END IF;
    has_marks := edustats.may_be_dirty(schema, metric, false);
    IF has_marks THEN
        covered := marked_days(metric);
        p.marked := days_with_rows(metric, covered);
    END IF;
    p.changes := logged_changes(metric, open_days(metric)::datemultirange - covered, has_marks);
    SELECT coalesce(range_agg(daterange(c.day, c.day, '[]')), '{}'),
           coalesce(range_agg(daterange(c.day, c.day, '[]')) FILTER (
               WHERE edustats.cardinality(c.removed) > 0 AND edustats.changed_tally(r.tally, c.added, c.removed) IS NULL), '{}')
        INTO p.days, p.impossible
        FROM unnest(p.changes) c
        LEFT JOIN rollup r ON (r.metric, r.month, r.day, r.class) = (pending.metric, edustats.month_of(c.day), c.day, c.class)
                           AND edustats.cardinality(c.removed) > 0;
    IF NOT isempty(p.impossible) THEN
        p.marked := p.marked + p.impossible;
        p.changes := ARRAY(SELECT c FROM unnest(p.changes) c WHERE NOT c.day <@ p.impossible);
    END IF;
    p.days := p.days + p.marked;
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
