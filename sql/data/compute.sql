-- Days as the source has them.

-- The query that computes the tallies of a run of days, by time range; $1 and $2 are its bounds. by_map: the class of a
-- member comes from $3, a tally of member and class, which beats a join where there are many rows. A row with an impossible
-- weight counts as one row of class -1, which is told and counted nowhere. Within 2^53 the sum of a thousand rows fits.
CREATE OR REPLACE FUNCTION day_query(metric text, by_map boolean, OUT query text, OUT outside_query text, OUT by_day boolean)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    s record;
    class text;
    impossible text;
    tallies text;
    names text;
BEGIN
    SELECT * INTO s FROM source_rows(metric);
    IF s.rows IS NULL THEN
        RETURN;
    END IF;
    by_day := s.by_day;
    SELECT t.*, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = day_query.metric;
    class := CASE WHEN m.member_column IS NULL THEN '0::smallint'
                  WHEN by_map THEN 'edustats.count_of($3, s.member::bigint)::smallint'
                  ELSE 'c.class' END;
    impossible := CASE WHEN m.weight_column IS NOT NULL THEN 's.weight NOT BETWEEN 0 AND 9007199254740992' END;
    tallies := format('edustats.daily_tally_agg(s.time, %L, %s, s.key::bigint%s)', m.timezone,
        coalesce('CASE WHEN ' || impossible || ' THEN -1::smallint ELSE ' || class || ' END', class),
        ', CASE WHEN ' || impossible || ' THEN 1 ELSE s.weight END::bigint');
    names := CASE WHEN s.named THEN 'edustats.key_names(s.key::bigint, s.key_name)' END;
    query := format('SELECT %s%s FROM (%s) s %s WHERE s.time >= $1 AND s.time < $2', tallies, ', ' || names, s.rows,
        CASE WHEN m.member_column IS NOT NULL AND NOT by_map
             THEN format('LEFT JOIN (%s) c ON c.member_id = s.member', class_query()) END);
    outside_query := format(
        'SELECT %1$s FILTER (WHERE %2$s), %3$s, edustats.daily_tally_agg(greatest(s.time, ''4713-01-01 BC''), %4$L, 0::smallint, 0::bigint) '
        'FILTER (WHERE (s.time < $6 OR s.time >= $7) AND isfinite(s.time) AND s.key IS NOT NULL) FROM (%5$s) s',
        tallies, 's.time >= $4 AND s.time < $5', coalesce(names || ' FILTER (WHERE s.time >= $4 AND s.time < $5)', 'NULL::edustats.key_name[]'),
        m.timezone, s.rows);
END
$function$;
COMMENT ON FUNCTION day_query(text, boolean) IS
    'The query that computes the daily tallies of a metric between two instants, $1 and $2, and the names of its keys if these are made of such; with by_map, classes come from the tally $3. NULL where the source is gone. outside_query: the same, by map, between $4 and $5, with $1 and $2 infinite; and the number of rows, by day, that are not between $6 and $7. by_day: whether days are found without reading all.';

CREATE OR REPLACE FUNCTION impossible_text(rows bigint) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('%s row(s) with a weight that is negative or above 2^53, not counted', rows)
$function$;
COMMENT ON FUNCTION impossible_text(bigint) IS 'What is wrong with rows that have an impossible weight.';

-- Rows of one day that can't be counted must not stop every month whose cumulative figures contain it: they are told.
CREATE OR REPLACE FUNCTION tell_impossible(metric text, tallies edustats.daily_tally[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT u.day, edustats.total(u.tally) AS rows FROM unnest(tallies) u WHERE u.class < 0 LOOP
        RAISE WARNING 'metric "%": %: %', metric, t.day, impossible_text(t.rows);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION tell_impossible(text, edustats.daily_tally[]) IS 'Warns of the days that have rows with an impossible weight.';

-- What makes the same number is never counted together: not in one reading, see edustats.key_names, and not in two.
CREATE OR REPLACE FUNCTION check_key_names(metric text, names edustats.key_name[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    other record;
BEGIN
    IF names IS NOT NULL THEN
        SELECT k.key, k.name, n.name AS new INTO other
        FROM unnest(names) n JOIN key_name k ON (k.metric, k.key) = (check_key_names.metric, n.key) WHERE k.name <> n.name LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = format('two keys of metric "%s" have the same number %s', metric, other.key),
                DETAIL = format('They are "%s" and "%s".', other.name, other.new);
        END IF;
    END IF;
END
$function$;
COMMENT ON FUNCTION check_key_names(text, edustats.key_name[]) IS 'An error if names have the number of another one that is on file.';

CREATE OR REPLACE FUNCTION live_tallies(metric text, month date, days datemultirange) RETURNS edustats.daily_tally[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    map boolean := (SELECT m.member_column IS NOT NULL AND NOT edustats.is_unique(find_relation(a.source, 'member'), 'member_id')
                    FROM metric m CROSS JOIN attachment a WHERE m.metric = live_tallies.metric);
    source record := day_query(metric, map);    -- a join that sees to uniqueness as well is read for each row, if it goes wrong
    classes edustats.tally := CASE WHEN map THEN class_map(NULL) END;
    zone text := (SELECT a.timezone FROM attachment a);
    run daterange;
    tallies edustats.daily_tally[];
    names edustats.key_name[];
    found edustats.daily_tally[] := '{}';
BEGIN
    IF source.query IS NULL THEN
        RETURN found;
    END IF;
    PERFORM set_config('TimeZone', zone, true);     -- until the function ends
    IF NOT source.by_day THEN
        month := NULL;
    END IF;
    FOR run IN SELECT unnest(CASE WHEN month IS NULL THEN datemultirange(range_merge(days)) ELSE days * month_days(month) END) LOOP
        EXECUTE source.query INTO tallies, names USING edustats.day_start(lower(run), zone), edustats.day_end(upper(run) - 1, zone), classes;
        PERFORM tell_impossible(metric, tallies);
        PERFORM check_key_names(metric, names);
        found := found || tallies;
    END LOOP;
    RETURN edustats.remember(this_schema(), live_name(metric, month, days), found);
END
$function$;
COMMENT ON FUNCTION live_tallies(text, date, datemultirange) IS
    'The activity of a metric on those of some days that are in a month, computed from the source and remembered for the statement. On all of the days where month is NULL, or all of the source is read anyway.';

CREATE OR REPLACE FUNCTION live_name(metric text, month date, days datemultirange) RETURNS text
LANGUAGE sql STABLE
RETURN format('live %s %s %s', metric, month, days);
COMMENT ON FUNCTION live_name(text, date, datemultirange) IS 'The name by which the activity on days, of a month or of all of them, is remembered.';
