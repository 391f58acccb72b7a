-- Any period: rankings, totals and participation for whatever range of local days, on the rollup. Whole months come
-- from the months' tallies, the days at the edges from their own.

CREATE FUNCTION edustats.class_tally(data regnamespace, metric text, days daterange, classes smallint[]) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    whole date[];
    part date[];
    result edustats.tally;
BEGIN
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
    RETURN coalesce(result, '{}');
END
$function$;
COMMENT ON FUNCTION edustats.class_tally(regnamespace, text, daterange, smallint[]) IS
    'The tally of a metric over a range of local days, for some classes of members. Empty where nothing happened.';

CREATE FUNCTION edustats.period_tally(bulletin name, metric text, days daterange, class text DEFAULT NULL)
RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    data regnamespace := edustats.existing_data(bulletin);
    classes smallint[];
    found boolean;
BEGIN
    IF bulletin IS NULL OR metric IS NULL OR days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin, metric and days must not be null';
    END IF;
    EXECUTE format('SELECT array_agg(k.class), EXISTS (SELECT FROM %1$s.metric t WHERE t.metric = $2) FROM %1$s.class_kind k '
                   'WHERE $1 IS NULL OR $1 IN (k.class::text, k.value, k.org_type, k.account_label)', data)
        INTO classes, found USING class, metric;
    IF classes IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('there is no class "%s" of members', class),
            HINT = format('A class is named by its number, its org_type or its account, see %s.class_kind.', data);
    ELSIF NOT found THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('bulletin "%s" has no metric "%s"', bulletin, metric);
    END IF;
    RETURN edustats.class_tally(data, metric, days, classes);
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
    data regnamespace := edustats.existing_data(bulletin);
    classes smallint[];
BEGIN
    IF days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'days must not be null';
    ELSIF isempty(days) OR upper_inf(days) OR upper(days) = 'infinity' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the period needs a last day',
            DETAIL = 'Stations are expected to learn that are fit for use at the end of the period.';
    END IF;
    EXECUTE format('SELECT array_agg(c.class) FROM %s.class c WHERE c.account = $1', data) INTO classes USING 'station'::text;
    RETURN QUERY EXECUTE format(
        'SELECT p.district, p.org_type, edustats.attended(p.value), edustats.absent(p.value), edustats.expected(p.value), '
        'edustats.rate(p.value)::numeric FROM %s.period_participation($1, $2) p ORDER BY 1, 2', data)
        USING days, edustats.class_tally(data, 'learning', days, classes);
END
$function$;
COMMENT ON FUNCTION edustats.participation(name, daterange) IS
    'Participation of stations over a range of local days, by district and kind of organisation: of the stations fit for use on its last day, how many learned at all in it. rate: percent, NULL where none is expected.';
