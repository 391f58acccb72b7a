-- Figures of the bulletin's page: columns and lines for a series, over days for one. The plot is 200 high, from 26, and as
-- wide as the numbers of its axis leave room for.

-- At most five steps from end to end, and six when the ends are rounded: lines of the axis are 33 apart, or more.
CREATE FUNCTION edustats.chart_step(span numeric, whole boolean) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT min(s.step)
    FROM (SELECT m * ('1e' || k)::numeric AS step FROM generate_series(-2, 20) k, unnest(ARRAY[1, 2, 5]) m) s
    WHERE s.step * 5 >= span AND (s.step >= 1 OR NOT whole);
END;
COMMENT ON FUNCTION edustats.chart_step(numeric, boolean) IS
    'The step of an axis that is so long: 1, 2 or 5 times a power of ten, 0.01 at least, or 1 where all values are whole.';

CREATE FUNCTION edustats.chart_y(value numeric, low numeric, high numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trim_scale(round(226 - (value - low) * 200 / (high - low), 2));
COMMENT ON FUNCTION edustats.chart_y(numeric, numeric, numeric) IS 'How far down a value is, on an axis from low to high.';

CREATE FUNCTION edustats.chart_tick(tick numeric, words jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN words ->> 'axis_form' = 'wan' THEN edustats.wan_text(tick) ELSE edustats.chart_number(tick, words) END;
COMMENT ON FUNCTION edustats.chart_tick(numeric, jsonb) IS 'A number of an axis as it is printed.';

CREATE FUNCTION edustats.chart_axis(low numeric, high numeric, step numeric, origin integer, finish integer, words jsonb) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlagg(xmlconcat(
        xmlelement(NAME line, xmlattributes(CASE WHEN tick <> 0 THEN 'grid' END AS class, origin AS x1, y AS y1, finish AS x2, y AS y2,
                                            CASE WHEN tick <> 0 THEN '#dedbd3' ELSE '#5b5f66' END AS stroke)),
        xmlelement(NAME text, xmlattributes('tick' AS class, origin - 8 AS x, y + 5 AS y, 'end' AS "text-anchor"), edustats.chart_tick(tick, words)))
        ORDER BY tick)
    FROM (SELECT tick, edustats.chart_y(tick, low, high) AS y FROM generate_series(low, high, step) tick) t;
END;
COMMENT ON FUNCTION edustats.chart_axis(numeric, numeric, numeric, integer, integer, jsonb) IS
    'The axis of a chart with its numbers, from low to high, and lines at them from origin to finish.';

CREATE FUNCTION edustats.chart_label(label text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.short_text(label, 112);
COMMENT ON FUNCTION edustats.chart_label(text) IS 'A label of a series as it is printed: as much as 8 Chinese characters are wide.';

CREATE FUNCTION edustats.chart_labels(labels text[], origin integer, slot numeric, width integer) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlagg(xmlelement(NAME text,
        xmlattributes('label' AS class, round(origin + slot * (place - 0.5), 2) AS x, 247 AS y, 'middle' AS "text-anchor"), label)
        ORDER BY place)
    FROM unnest(labels) WITH ORDINALITY l(label, place)
    WHERE (place - 1) % ceil((width + 10) / slot) = 0;
END;
COMMENT ON FUNCTION edustats.chart_labels(text[], integer, numeric, integer) IS
    'As many of the labels of a series as stand side by side, from the first on, when each is at most so wide; a slot is '
    'what each value has of the width.';

CREATE FUNCTION edustats.chart_column(x numeric, y numeric, zero numeric, width numeric, peak boolean, tip xml) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME g, tip, xmlelement(NAME rect,
    xmlattributes(CASE WHEN peak THEN 'peak' END AS class, round(x - width / 2, 2) AS x, least(y, zero) AS y,
                  round(width, 2) AS width, abs(zero - y) AS height, CASE WHEN peak THEN '#a03a2e' ELSE '#4b6f93' END AS fill)));
COMMENT ON FUNCTION edustats.chart_column(numeric, numeric, numeric, numeric, boolean, xml) IS
    'A column from zero to y with its middle at x; that of the peak has another colour.';

CREATE FUNCTION edustats.chart_point(x numeric, y numeric, slot numeric, peak boolean, tip xml) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME g, tip, xmlelement(NAME circle,
    xmlattributes(CASE WHEN peak THEN 'peak' END AS class, x AS cx, y AS cy,
                  CASE WHEN peak THEN 4 ELSE round(greatest(least(slot / 4, 3), 1), 2) END AS r,
                  CASE WHEN peak THEN '#a03a2e' ELSE '#4b6f93' END AS fill)));
COMMENT ON FUNCTION edustats.chart_point(numeric, numeric, numeric, boolean, xml) IS
    'A point of a line, as large as its slot allows; that of the peak has another colour.';

-- The words are 16 high, and begin 5 above what they belong to, or 3 above a line of the axis that would cross them.
CREATE FUNCTION edustats.chart_peak(x numeric, y numeric, words text, origin integer, line_gap numeric) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlelement(NAME text,
        xmlattributes('peak' AS class, greatest(least(x, 478 - half), origin + 2 + half) AS x,
                      222 - CASE WHEN line < least(foot + 18, 201) THEN round(line + 3, 2) ELSE foot END AS y,
                      'middle' AS "text-anchor", '#a03a2e' AS fill),
        words)
    FROM (SELECT edustats.text_width(words) / 2 AS half, 231 - y AS foot, ceil((231 - y) / line_gap) * line_gap AS line) above;
END;
COMMENT ON FUNCTION edustats.chart_peak(numeric, numeric, text, integer, numeric) IS
    'The words over the peak of a series, which reaches up to y, moved to the side where they would leave the plot.';

CREATE FUNCTION edustats.chart_plot(labels text[], "values" numeric[], unit text, columns boolean, mark_peak boolean,
                                    low numeric, high numeric, origin integer, slot numeric, line_gap numeric, words jsonb) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH mark AS (
        SELECT v.place, v.label, v.value, round(origin + slot * (v.place - 0.5), 2) AS x, edustats.chart_y(v.value, low, high) AS y,
               edustats.chart_tip(v.label, v.value, unit, words) AS tip,
               mark_peak AND row_number() OVER (ORDER BY v.value DESC NULLS LAST, v.place) = 1
               AND (count(v.value) OVER () = 1 OR min(v.value) OVER () < max(v.value) OVER ()) AS peak
        FROM edustats.chart_values(labels, "values") v
    ), step AS (
        SELECT m.place, CASE WHEN lag(m.y) OVER (ORDER BY m.place) IS NULL THEN 'M' ELSE 'L' END || m.x || ' ' || m.y AS step FROM mark m
    )
    SELECT xmlconcat(
        CASE WHEN NOT columns THEN
            (SELECT xmlelement(NAME path, xmlattributes(string_agg(s.step, ' ' ORDER BY s.place) AS d, 'none' AS fill, '#4b6f93' AS stroke,
                                                        2 AS "stroke-width", 'round' AS "stroke-linejoin"))
             FROM step s) END,
        (SELECT xmlagg(CASE WHEN columns
                            THEN edustats.chart_column(m.x, m.y, edustats.chart_y(0, low, high), least(slot * 0.7, 40), m.peak, m.tip)
                            ELSE edustats.chart_point(m.x, m.y, slot, m.peak, m.tip) END ORDER BY m.place)
         FROM mark m WHERE m.value IS NOT NULL),
        (SELECT edustats.chart_peak(m.x, CASE WHEN columns THEN least(m.y, edustats.chart_y(0, low, high)) ELSE m.y END,
                                    CASE WHEN edustats.text_width(p.label || p.number) <= 476 - origin THEN p.label ELSE '' END || p.number, origin, line_gap)
         FROM mark m CROSS JOIN LATERAL (SELECT edustats.chart_label(m.label) || ' ' AS label, edustats.chart_number(m.value, words) AS number) p
         WHERE m.peak));
END;
COMMENT ON FUNCTION edustats.chart_plot(text[], numeric[], text, boolean, boolean, numeric, numeric, integer, numeric, numeric, jsonb) IS
    'The values of a series as columns, or as a line with points, on an axis from low to high, with the words over its peak.';

CREATE FUNCTION edustats.series_chart_svg(id text, title text, kind text, labels text[], "values" numeric[], unit text, columns boolean,
                                          mark_peak boolean, words jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    short text[];
    label_width integer;
    step numeric;
    low numeric;
    high numeric;
    origin integer;
    finish integer;
    slot numeric;
    said jsonb := edustats.chart_words(words);
BEGIN
    SELECT array_agg(edustats.chart_label(v.label) ORDER BY v.place), max(edustats.text_width(edustats.chart_label(v.label))),
           least(min(v.value), 0), greatest(max(v.value), 0),
           edustats.chart_step(greatest(max(v.value), 0) - least(min(v.value), 0), bool_and(v.value = trunc(v.value)))
    INTO short, label_width, low, high, step
    FROM edustats.chart_values(labels, "values") v HAVING count(v.value) > 0;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    low := floor(low / step) * step;
    high := greatest(ceil(high / step) * step, CASE WHEN low = 0 THEN step END);
    SELECT greatest(max(edustats.text_width(edustats.chart_tick(t, said))) + 10, label_width / 2 + 1) INTO origin
    FROM generate_series(low, high, step) t;
    finish := 480 - greatest(10, label_width / 2 + 1);
    slot := (finish - origin)::numeric / cardinality("values");
    RETURN edustats.chart_svg(id, title, kind, labels, "values", unit, 254, xmlconcat(
        edustats.chart_axis(low, high, step, origin, finish, said),
        edustats.chart_labels(short, origin, slot, label_width),
        edustats.chart_plot(labels, "values", unit, columns, mark_peak, low, high, origin, slot, 200 * step / (high - low), said)), said);
END
$function$;
COMMENT ON FUNCTION edustats.series_chart_svg(text, text, text, text[], numeric[], text, boolean, boolean, jsonb) IS
    'A chart of a series as columns or a line, of that kind in words. See edustats.line_chart_svg.';

CREATE FUNCTION edustats.line_chart_svg(id text, title text, labels text[], "values" numeric[], unit text, mark_peak boolean DEFAULT true,
                                        words jsonb DEFAULT NULL)
RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.series_chart_svg(id, title, 'line_text', labels, "values", unit, false, mark_peak, words);
COMMENT ON FUNCTION edustats.line_chart_svg(text, text, text[], numeric[], text, boolean, jsonb) IS
    'A line for a series, over days for one, on an axis that has zero and round steps, strictly proportional to the values, '
    'with its title and all values as text alternatives. As many labels are printed as stand side by side. mark_peak: the '
    'first of the highest values is marked, and printed with its label, unless all are equal. A value below zero is shown '
    'below zero, NULL is a gap. id begins the ids of its parts; unit follows a value; words are those of a page''s settings '
    'that say how a figure is told: line_text, columns_text, value_text and so on. NULL where no value is there. Errors '
    'for arrays of different lengths (invalid_parameter_value), for NaN, infinity and what is beyond 1e20 '
    '(numeric_value_out_of_range).';

CREATE FUNCTION edustats.column_chart_svg(id text, title text, labels text[], "values" numeric[], unit text, mark_peak boolean DEFAULT true,
                                          words jsonb DEFAULT NULL)
RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.series_chart_svg(id, title, 'columns_text', labels, "values", unit, true, mark_peak, words);
COMMENT ON FUNCTION edustats.column_chart_svg(text, text, text[], numeric[], text, boolean, jsonb) IS
    'Columns for a series, over days for one, and otherwise as edustats.line_chart_svg.';
