-- Stations: which are open, which are expected to learn, and which did. These rules are those of months and of any period, which views read alike.

-- Districts and kinds are joined to groups of stations, which are few, and not to each station.
CREATE OR REPLACE FUNCTION station_groups(starts_at timestamptz, ends_at timestamptz)
RETURNS TABLE (district_id bigint, district text, kind text, org_type text, open boolean, stations edustats.tally, open_at_end edustats.tally)
LANGUAGE plpgsql STABLE ROWS 50 COST 10000
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN QUERY
    SELECT d.district_id, d.name::text, coalesce(k.kind, 'other'), coalesce(k.org_type, w.other), bool_or(s.open),
           edustats.rollup(s.stations), edustats.rollup(s.open_at_end)
    FROM (SELECT a.district_id, a.org_type, edustats.tally_agg(a.member_id) AS stations,
                 bool_or(a.opened_at < ends_at AND (a.closed_at IS NULL OR a.closed_at >= starts_at)) AS open,
                 -- By those that were not, which are few.
                 edustats.drop(edustats.tally_agg(a.member_id), coalesce(edustats.tally_agg(a.member_id) FILTER (
                     WHERE (a.opened_at < ends_at AND (a.closed_at IS NULL OR a.closed_at >= ends_at)) IS NOT TRUE), '{}')) AS open_at_end
          FROM station_account a
          GROUP BY a.district_id, a.org_type) s
    CROSS JOIN word w
    LEFT JOIN class_kind k ON k.account = 'station' AND k.value = s.org_type
    LEFT JOIN place d ON d.district_id = s.district_id
    GROUP BY 1, 2, 3, 4;
END
$function$;
COMMENT ON FUNCTION station_groups(timestamptz, timestamptz) IS
    'The stations by district and kind, as keys. open: was any of them open at any time from the first instant until the other? open_at_end: those that were open at the other.';

CREATE OR REPLACE FUNCTION fit_stations(day date) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(edustats.tally_agg(f.member_id), '{}') FROM fitness f
            WHERE f.fit_from <= day AND (f.fit_until IS NULL OR f.fit_until > day));
END
$function$;
COMMENT ON FUNCTION fit_stations(date) IS 'The members that were fit for use on a day, as keys.';

CREATE OR REPLACE FUNCTION participation_of(open_at_end edustats.tally, fit_at_end edustats.tally, learned edustats.tally) RETURNS edustats.participation
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    expected edustats.tally := edustats.keep(open_at_end, fit_at_end);
BEGIN
    RETURN format('%s/%s', edustats.cardinality(edustats.keep(expected, learned)), edustats.cardinality(expected));
END
$function$;
COMMENT ON FUNCTION participation_of(edustats.tally, edustats.tally, edustats.tally) IS
    'Participation of stations in a period: expected are those open and fit for use at its end; of these, who learned at all in it has attended.';
