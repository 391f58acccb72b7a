-- Any period: against plain SQL over the sources, for days, weeks, months, quarters and years, whole and odd.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
SELECT no_plan();
CREATE FUNCTION pg_temp.begins(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN (day::timestamp AT TIME ZONE 'Asia/Shanghai');
CREATE TEMP TABLE period AS
SELECT * FROM (VALUES ('[2015-03-01,2015-04-01)'::daterange), ('[2015-01-01,2015-04-01)'), ('[2015-01-01,2016-01-01)'),
    ('[2015-03-02,2015-03-09)'), ('[2015-02-26,2015-03-04]'), ('[2015-03-15,2015-03-15]'), ('[2014-06-10,2015-03-17)'),
    ('[2015-02-01,2015-03-16)')) p(days);
CREATE TEMP VIEW click AS
SELECT p.days, c.course_id, m.org_type, m.allocated, m.member_id
FROM period p
JOIN platform.course_click c ON c.clicked_at >= pg_temp.begins(lower(p.days)) AND c.clicked_at < pg_temp.begins(upper(p.days))
LEFT JOIN platform.member m USING (member_id);

-- Once with every day clean, and once with a third of them dirty.
CREATE FUNCTION pg_temp.checks(state text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT is(edustats.total('bulletin', 'course_clicks', days), count(*), format('%s: clicks of %s', state, days)) FROM click GROUP BY days
    UNION ALL
    SELECT is(edustats.total('bulletin', 'course_clicks', days, '农村'), count(*) FILTER (WHERE org_type = '农村'),
              format('%s: rural clicks of %s', state, days)) FROM click GROUP BY days
    UNION ALL
    SELECT is(edustats.total('bulletin', 'course_clicks', days, '站点用户'), count(*) FILTER (WHERE allocated),
              format('%s: stations'' clicks of %s', state, days)) FROM click GROUP BY days
    UNION ALL
    SELECT is(edustats.total('bulletin', 'course_clicks', days, '0'), count(*) FILTER (WHERE member_id IS NULL),
              format('%s: visitors'' clicks of %s', state, days)) FROM click GROUP BY days
    UNION ALL
    SELECT is(edustats.active_keys('bulletin', 'course_clicks', days), count(DISTINCT course_id), format('%s: courses of %s', state, days))
        FROM click GROUP BY days
    UNION ALL
    SELECT is((SELECT jsonb_agg(jsonb_build_array(r.rank, r.key, r.count) ORDER BY r.rank)
               FROM edustats.ranking('bulletin', 'course_clicks', p.days, 7, '社区') r),
              (SELECT jsonb_agg(jsonb_build_array(r.rank, r.course_id, r.count) ORDER BY r.rank)
               FROM (SELECT row_number() OVER (ORDER BY count(*) DESC, course_id) AS rank, course_id, count(*)
                     FROM click c WHERE c.days = p.days AND org_type = '社区' GROUP BY course_id ORDER BY 1 LIMIT 7) r),
              format('%s: ranking of %s', state, p.days)) FROM period p
    UNION ALL
    SELECT is((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.district, r.org_type) FROM edustats.participation('bulletin', p.days) r WHERE expected > 0),
              (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.district, t.org_type)
               FROM (SELECT d.name AS district, m.org_type, count(l.member_id) AS attended, count(*) - count(l.member_id) AS absent,
                            count(*) AS expected, round(count(l.member_id) * 100.0 / count(*), 2) AS rate
                     FROM platform.member m JOIN platform.district d USING (district_id)
                     LEFT JOIN (SELECT DISTINCT s.member_id FROM platform.learning_session s
                                WHERE s.seconds > 0 AND s.started_at >= pg_temp.begins(lower(p.days))
                                  AND s.started_at < pg_temp.begins(upper(p.days))) l USING (member_id)
                     WHERE m.allocated AND m.registered_at < pg_temp.begins(upper(p.days))
                       AND (m.closed_at IS NULL OR m.closed_at >= pg_temp.begins(upper(p.days)))
                       AND EXISTS (SELECT FROM platform.station_fitness f
                                   WHERE f.member_id = m.member_id AND f.fit_from < upper(p.days)
                                     AND (f.fit_until IS NULL OR f.fit_until >= upper(p.days)))
                     GROUP BY d.name, m.org_type) t),
              format('%s: participation of %s', state, p.days)) FROM period p;
END $$;
SELECT * FROM pg_temp.checks('clean');
UPDATE platform.course_click SET course_id = course_id % 11 + 1 WHERE extract(day FROM clicked_at)::integer % 3 = 0;
DELETE FROM platform.learning_session WHERE extract(day FROM started_at)::integer % 3 = 0;
SELECT * FROM pg_temp.checks('dirty');

SELECT is((SELECT jsonb_agg(to_jsonb(p) - 'month' - 'district_id' ORDER BY district, org_type) FROM bulletin.participation p
           WHERE month = '2015-03-01' AND expected > 0),
          (SELECT jsonb_agg(to_jsonb(p) ORDER BY district, org_type) FROM edustats.participation('bulletin', '[2015-03-01,2015-04-01)') p
           WHERE expected > 0), 'a month by period is the month''s view');
SELECT cmp_ok((SELECT sum(attended) FROM edustats.participation('bulletin', '[2015-01-01,2015-04-01)')), '<',
              (SELECT sum(attended) FROM bulletin.participation WHERE month IN ('2015-01-01', '2015-02-01', '2015-03-01')),
              'a quarter''s participation is a union, not a sum');
SELECT is(edustats.total('bulletin', 'reports', '[2015-01-01,2015-04-01)'), 8::bigint, 'reports of the quarter');
SELECT is(edustats.total('bulletin', 'course_clicks', '[1999-01-01,1999-02-01)'), 0::bigint, 'nothing is 0');
SELECT is(edustats.total('bulletin', 'course_clicks', 'empty'), 0::bigint, 'an empty period has nothing');
SELECT is(edustats.total('bulletin', 'course_clicks', '(,)'), (SELECT count(*) FROM platform.course_click), 'all time');
SELECT is_empty($$SELECT * FROM edustats.ranking('bulletin', 'course_clicks', '[1999-01-01,1999-02-01)')$$, 'no ranking of nothing');
SELECT throws_ok($$SELECT edustats.total('bulletin', 'no_such', '[2015-01-01,2015-04-01)')$$, '42704', NULL, 'unknown metric');
SELECT throws_ok($$SELECT edustats.total('no_such', 'learning', '[2015-01-01,2015-04-01)')$$, '3F000', NULL, 'unknown bulletin');
SELECT throws_ok($$SELECT edustats.total('bulletin', 'learning', NULL)$$, '22004', NULL, 'no period');
SELECT throws_ok($$SELECT edustats.total('bulletin', 'learning', '(,)', 'no such')$$, '22023', NULL, 'unknown class');
SELECT throws_ok($$SELECT * FROM edustats.participation('bulletin', '[2015-01-01,)')$$, '22023', NULL, 'participation needs an end');
SELECT * FROM finish();
