-- Any period: rankings, totals and participation for whatever range of local days, on the rollup. Whole months come
-- from the months' tallies, the days at the edges from their own.

CREATE FUNCTION edustats.period_tally(bulletin name, metric text, days daterange, class text DEFAULT NULL)
RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    classes smallint[] := ARRAY(
        SELECT c.class FROM edustats.class c
        WHERE period_tally.class IS NULL OR period_tally.class IN (c.class::text, c.org_type, c.account));
    data regnamespace := edustats.existing_data(bulletin);
    whole date[];
    part date[];
    result edustats.tally;
BEGIN
    IF bulletin IS NULL OR metric IS NULL OR days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin, metric and days must not be null';
    ELSIF classes = '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no class "%s" of members', class),
            HINT = 'A class is named by its number, its org_type or its account, see edustats.class.';
    END IF;
    EXECUTE format('SELECT array_agg(m.month) FILTER (WHERE daterange(m.month, m.last_day, ''[]'') <@ $1), '
                   'array_agg(m.month) FILTER (WHERE NOT daterange(m.month, m.last_day, ''[]'') <@ $1) '
                   'FROM %s.calendar m WHERE daterange(m.month, m.last_day, ''[]'') && $1', data)
        INTO whole, part USING days;
    EXECUTE format(
        'SELECT edustats.rollup(t.tally) FROM ('
        'SELECT m.tally FROM %1$s.monthly m WHERE m.metric = $1 AND m.month = ANY ($2) AND m.class = ANY ($4) '
        'UNION ALL '
        'SELECT a.tally FROM %1$s.activity a WHERE a.metric = $1 AND a.month = ANY ($3) AND a.class = ANY ($4) AND a.day <@ $5) t',
        data) INTO result USING metric, whole, part, classes, days;
    IF result IS NULL THEN
        EXECUTE format('SELECT CASE WHEN EXISTS (SELECT FROM %s.metric t WHERE t.metric = $1) THEN ''{}'' END', data)
            INTO result USING metric;
        IF result IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('bulletin "%s" has no metric "%s"', bulletin, metric);
        END IF;
    END IF;
    RETURN result;
END
$function$;
COMMENT ON FUNCTION edustats.period_tally(name, text, daterange, text) IS
    'The tally of a metric over a range of local days, for one class (its number, org_type or account; NULL for all). Empty, not NULL, where nothing happened.';

CREATE FUNCTION edustats.ranking(bulletin name, metric text, days daterange, n integer DEFAULT 10, class text DEFAULT NULL)
RETURNS TABLE (rank bigint, key bigint, count bigint, name text)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format('SELECT t.rank, t.key, t.count, k.name FROM edustats.top($1, $2) t '
                                'LEFT JOIN %s.key_name k ON k.metric = $3 AND k.key = t.key ORDER BY t.rank', edustats.existing_data(bulletin))
        USING edustats.period_tally(bulletin, metric, days, class), n, metric;
END
$function$;
COMMENT ON FUNCTION edustats.ranking(name, text, daterange, integer, text) IS
    'The n keys of a metric with most in a range of local days, of equals the lower key first. class: number, org_type or account; NULL for all. name: the text that a key is made of, where edustats.key_of has made it and a refresh has seen it; else NULL.';

CREATE FUNCTION edustats.total(bulletin name, metric text, days daterange, class text DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE
RETURN edustats.total(edustats.period_tally(bulletin, metric, days, class));
COMMENT ON FUNCTION edustats.total(name, text, daterange, text) IS
    'The total of a metric over a range of local days, in its unit. class: number, org_type or account; NULL for all.';

CREATE FUNCTION edustats.active_keys(bulletin name, metric text, days daterange, class text DEFAULT NULL) RETURNS bigint
LANGUAGE sql STABLE
RETURN edustats.cardinality(edustats.period_tally(bulletin, metric, days, class));
COMMENT ON FUNCTION edustats.active_keys(name, text, daterange, text) IS
    'How many keys of a metric were active at all in a range of local days: a union over the days, not a sum. class: number, org_type or account; NULL for all.';

CREATE FUNCTION edustats.participation(bulletin name, days daterange)
RETURNS TABLE (district text, org_type text, attended bigint, absent bigint, expected bigint, rate numeric)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    learned edustats.tally := edustats.period_tally(bulletin, 'learning', days, '站点用户');
BEGIN
    IF isempty(days) OR upper_inf(days) OR upper(days) = 'infinity' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the period needs a last day',
            DETAIL = 'Stations are expected to learn that are fit for use at the end of the period.';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT p.district, p.org_type, edustats.attended(p.value), edustats.absent(p.value), edustats.expected(p.value), '
        'edustats.rate(p.value)::numeric '
        'FROM (SELECT s.district_id, s.district, s.org_type, '
        'coalesce(edustats.participation_agg(CASE WHEN s.fit THEN l.key IS NOT NULL END), ''0/0'') AS value '
        'FROM (SELECT f.member_id, f.district_id, f.district, f.org_type, '
        'bool_or(f.fit_from <= $1 AND (f.fit_until IS NULL OR f.fit_until > $1)) AS fit '
        'FROM %s.station f WHERE f.opened <= $1 AND (f.closed IS NULL OR f.closed > $1) '
        'GROUP BY f.member_id, f.district_id, f.district, f.org_type) s '
        'LEFT JOIN edustats.each($2) l ON l.key = s.member_id GROUP BY s.district_id, s.district, s.org_type) p ORDER BY 1, 2', edustats.existing_data(bulletin))
        USING upper(days) - 1, learned;
END
$function$;
COMMENT ON FUNCTION edustats.participation(name, daterange) IS
    'Participation of stations over a range of local days, by district and kind of organisation: of the stations fit for use on its last day, how many learned at all in it. rate: percent, NULL where none is expected.';
