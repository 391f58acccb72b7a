-- Any period: a bulletin's views for whatever range of local days, and rankings and totals of one metric.

CREATE FUNCTION edustats.of_period(example anyelement, days daterange) RETURNS SETOF anyelement
LANGUAGE c STABLE PARALLEL UNSAFE ROWS 50 COST 10000 AS 'MODULE_PATHNAME', 'edustats_of_period';
COMMENT ON FUNCTION edustats.of_period(anyelement, daterange) IS
    'The rows of a view for a period instead of for months: of_period(NULL::bulletin.table_2, days). Their column "month" is the period''s first day. Any view that stands on a bulletin''s views will do; it is read with the caller''s rights. A period that is a month is read as one. None for NULL; errors for what is no view with such a column (wrong_object_type, undefined_column), and for days without a first or a last one (invalid_parameter_value).';

CREATE FUNCTION edustats.period() RETURNS daterange
LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_period';
COMMENT ON FUNCTION edustats.period() IS
    'The days that views are being read for by of_period; NULL where they are read by months.';

CREATE FUNCTION edustats.each_month(first date, last date, OUT month date, OUT last_day date) RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL UNSAFE ROWS 100 COST 1 AS 'MODULE_PATHNAME', 'edustats_each_month';
COMMENT ON FUNCTION edustats.each_month(date, date) IS
    'The months from that of one day to that of another, each with its last day, in order; while views are read for a period, that alone, if any of its days is in these months. None for NULL; an error for infinite days, and after the year 9999 (invalid_parameter_value).';

CREATE FUNCTION edustats.period_before(first date, last date) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF extract(day FROM first) = 1 AND extract(day FROM last + 1) = 1 THEN
        RETURN first - ((extract(year FROM last + 1) - extract(year FROM first)) * 12 + extract(month FROM last + 1) - extract(month FROM first))::integer
                       * interval '1 month';
    END IF;
    RETURN first - (last + 1 - first);
END
$function$;
COMMENT ON FUNCTION edustats.period_before(date, date) IS
    'The first day of the period before one: as many months before it where it is of whole months, or else as many days.';

-- What a page and its sentences call a period.

CREATE FUNCTION edustats.period_form(first date, last date) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    same_year boolean := extract(year FROM first) = extract(year FROM last);
    months integer := (extract(month FROM last) - extract(month FROM first))::integer + 1;
BEGIN
    IF extract(day FROM first) <> 1 OR extract(day FROM last + 1) <> 1 THEN
        RETURN edustats.days_form(first, last);
    END IF;
    RETURN CASE WHEN NOT same_year THEN 'months_over_years'
                WHEN months = 1 THEN 'month'
                WHEN months = 3 AND extract(month FROM last)::integer % 3 = 0 THEN 'quarter'
                WHEN months = 6 AND extract(month FROM last) = 6 THEN 'first_half'
                WHEN months = 6 AND extract(month FROM last) = 12 THEN 'second_half'
                WHEN months = 12 THEN 'whole_year'
                ELSE 'months' END;
END
$function$;
COMMENT ON FUNCTION edustats.period_form(date, date) IS
    'The setting by which a page names the days from one to another: month, quarter, first_half, second_half, whole_year, months, months_over_years, or as days_form.';

CREATE FUNCTION edustats.days_form(first date, last date) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE WHEN first = last THEN 'day'
                WHEN edustats.month_of(first) = edustats.month_of(last) THEN 'days'
                WHEN extract(year FROM first) = extract(year FROM last) THEN 'days_over_months'
                ELSE 'days_over_years' END;
END
$function$;
COMMENT ON FUNCTION edustats.days_form(date, date) IS
    'The setting by which a page tells the days from one to another by their dates: day, days, days_over_months or days_over_years.';

CREATE FUNCTION edustats.period_kind(days daterange) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    form text := edustats.period_form(lower(days), upper(days) - 1);
BEGIN
    RETURN CASE WHEN days IS NULL OR form = 'month' THEN 'month'
                WHEN form = 'quarter' THEN form
                WHEN form IN ('first_half', 'second_half') THEN 'half'
                WHEN form = 'whole_year' THEN 'year'
                WHEN upper(days) - lower(days) = 7 AND extract(isodow FROM lower(days)) = 1 THEN 'week'
                ELSE 'period' END;
END
$function$;
COMMENT ON FUNCTION edustats.period_kind(daterange) IS
    'What some days are, by which words for them end: month, which they are by default, quarter, half, year, week (from Monday to Sunday), or any period.';

CREATE FUNCTION edustats.class_tally(data regnamespace, metric text, days daterange, classes smallint[]) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    result edustats.tally;
BEGIN
    EXECUTE format('SELECT edustats.rollup(p.tally) FROM %1$s.pieces($1, $2, %1$s.cut_months(ARRAY[lower($2), upper($2)])) p WHERE p.class = ANY ($3)',
                   data) INTO result USING metric, days, classes;
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
    first date := lower(days);
BEGIN
    IF days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'days must not be null';
    ELSIF isempty(days) OR upper_inf(days) OR upper(days) = 'infinity' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the period needs a last day',
            DETAIL = 'Stations are expected to learn that are fit for use at the end of the period.';
    ELSIF coalesce(NOT isfinite(first), true) THEN
        EXECUTE format('SELECT min(c.month) FROM %s.calendar c', data) INTO first;
        IF first >= upper(days) THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT p.district, p.org_type, p.attended, p.absent, p.expected, p.rate::numeric '
        'FROM edustats.of_period(NULL::%I.participation, daterange($1, $2)) p ORDER BY 1, 2', bulletin)
        USING first, upper(days);
END
$function$;
COMMENT ON FUNCTION edustats.participation(name, daterange) IS
    'Participation of stations over a range of local days, by district and kind of organisation, as the view of that name has it: of the stations fit for use on its last day, how many learned at all in it. rate: percent, NULL where none is expected.';
