-- The bulletin's sentences in English, a view for what needs the same of a platform. Words for accounts are what stands
-- before "users"; a number stands where one and many read alike, or english_count says which.

-- data narrative_users requires member
CREATE OR REPLACE VIEW narrative_users AS
SELECT m.month, 1 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN word w
LEFT JOIN (
    SELECT o.month, sum(o.users) AS users, sum(o.users_before) AS users_before, sum(o.individual) AS individual,
           sum(o.stations) AS station, sum(o.new) AS new, sum(o.allocated) AS allocated,
           edustats.english_list(array_agg(format('%s (%s or %s)', o.label, edustats.english_number(o.users), edustats.english_share(o.users, o.collective))
                                           ORDER BY o.users DESC, o.place)
                                 FILTER (WHERE o.kind IS NOT NULL AND o.users > 0)) AS types,
           edustats.english_list(array_agg(format('%s (%s)', o.label, edustats.english_number(o.stations)) ORDER BY o.place)
                                 FILTER (WHERE o.stations > 0)) AS station_types
    FROM user_kind o
    GROUP BY o.month) u ON u.month = m.month
CROSS JOIN LATERAL (
    SELECT coalesce(u.users, 0) AS users, coalesce(u.users_before, 0) AS users_before, coalesce(u.individual, 0) AS individual,
           coalesce(u.station, 0) AS station, coalesce(u.new, 0) AS new, coalesce(u.allocated, 0) AS allocated, u.types, u.station_types) n
CROSS JOIN LATERAL (VALUES
    (1, CASE WHEN n.users = 0 THEN format('%s, the platform had no users yet.', edustats.english_at(m.last_day))
             ELSE format('%s, the platform had %s, %s: %s.', edustats.english_at(m.last_day), edustats.english_count(n.users, 'user'),
                         edustats.english_growth(n.users, n.users_before, w.before), edustats.english_list(array_remove(ARRAY[
                             edustats.english_number(nullif(n.users - n.individual, 0)) || ' ' || w.collective,
                             edustats.english_number(nullif(n.individual, 0)) || ' ' || w.individual], NULL)))
                  || coalesce(' ' || edustats.english_sentence(w.collective || ' users belong to ' || n.types), '') END),
    (2, CASE WHEN n.station > 0 THEN format('The number of %s users is %s: %s.', w.station, edustats.english_number(n.station), n.station_types) END),
    (3, CASE WHEN n.new = 0 THEN format('There were no new users in %s.', w.this)
             ELSE format('There %s %s in %s', CASE n.new WHEN 1 THEN 'was' ELSE 'were' END, edustats.english_count(n.new, 'new user'), w.this)
                  || CASE n.allocated WHEN 0 THEN '' WHEN n.new THEN ': ' || edustats.english_number(n.allocated) || ' ' || w.station
                         ELSE format(': %s %s and %s', edustats.english_number(n.allocated), w.station,
                                     edustats.english_count(n.new - n.allocated, 'other')) END || '.' END)
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_users IS 'The sentences of section 1.';

-- data narrative_learning requires member district learning_session
CREATE OR REPLACE VIEW narrative_learning AS
SELECT h.month, 2 AS section, p.paragraph, p.text
FROM (SELECT t.month, t.hours AS cumulative, c.last_day FROM learning_total t JOIN calendar c ON c.month = t.month) h
CROSS JOIN word w
LEFT JOIN (
    SELECT x.month, sum(x.hours) AS hours, sum(x.hours_before) AS hours_before,
           (array_agg(format('%s (%s)', x.district, edustats.english_hours(x.hours)) ORDER BY x.hours DESC, x.position, x.district_id)
                FILTER (WHERE x.hours > 0 AND x.district IS NOT NULL))[:5] AS districts,
           nullif(sum(x.hours) FILTER (WHERE x.district IS NULL), 0) AS elsewhere
    FROM learning_district x
    GROUP BY x.month) d ON d.month = h.month
CROSS JOIN LATERAL (SELECT coalesce(d.hours, 0) AS value, coalesce(d.hours_before, 0) AS previous, d.districts, d.elsewhere) t
LEFT JOIN (
    SELECT k.month, string_agg(format('%s (%s)', edustats.english_hours(k.hours), edustats.english_share(k.hours, k.value)) || ' by ' || edustats.english_list(k.labels), '; '
                      ORDER BY k.place) AS parts
    FROM (SELECT l.*, coalesce(sum(l.hours) OVER (PARTITION BY l.month), 0) AS value FROM learning_kind l) k
    GROUP BY k.month) k ON k.month = h.month
LEFT JOIN (
    SELECT x.month, array_agg(x.station ORDER BY x.rank) FILTER (WHERE x.hours = x.most) AS first, max(x.most) AS most,
           edustats.english_list(array_agg(format('%s (%s)', x.station, edustats.english_hours(x.hours)) ORDER BY x.rank)
                                 FILTER (WHERE x.hours < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.hours) OVER (PARTITION BY f.month) AS most FROM table_4 f) x
    GROUP BY x.month) s ON s.month = h.month
CROSS JOIN LATERAL (VALUES
    (1, format('By %s, %s users had learned %s in all. ', edustats.english_until(h.last_day), w.station, edustats.english_hours(h.cumulative))
        || CASE WHEN s.most IS NULL THEN format('Nothing was learned in %s.', w.this)
                WHEN t.value = 0 THEN format('In %s they learned %s.', w.this, edustats.english_hours(t.value))
                ELSE format('In %s they learned %s, %s: %s.', w.this, edustats.english_hours(t.value), edustats.english_growth(t.value, t.previous, w.before), k.parts) END),
    (2, edustats.english_sentence(nullif(concat_ws('; ', 'most was learned in ' || edustats.english_list(t.districts),
                                                   'without a known district it was ' || edustats.english_hours(t.elsewhere)), ''))),
    (4, edustats.english_first(s.first, 'learned longest', edustats.english_hours(s.most)) || coalesce(', followed by ' || s.next, '') || '.')
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_learning IS 'The sentences of section 2 about learning time.';

-- data narrative_participation requires member district learning_session station_fitness
CREATE OR REPLACE VIEW narrative_participation AS
SELECT t.month, 2 AS section, 3 AS paragraph,
       format('Participation was %s.',
              edustats.english_list(array_agg(format('%s for %s', edustats.percent_text(edustats.share(t.attended, t.expected)), t.label)
                                              || coalesce(' (most in ' || edustats.english_list(t.districts) || ')', '') ORDER BY t.place))) AS text
FROM (
    SELECT p.month, p.place, p.label, sum(p.attended) AS attended, sum(p.expected) AS expected,
           (array_agg(p.district || ' with ' || edustats.percent_text(p.rate) ORDER BY p.rate DESC, p.position, p.district_id)
                FILTER (WHERE p.attended > 0 AND p.district IS NOT NULL))[:3] AS districts
    FROM participation_told p
    GROUP BY p.month, p.place, p.label) t
WHERE t.attended > 0
GROUP BY t.month;
COMMENT ON VIEW narrative_participation IS 'The sentence of section 2 about participation.';

-- data narrative_courses requires course_click course
CREATE OR REPLACE VIEW narrative_courses AS
SELECT m.month, 3 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN word w
LEFT JOIN (
    SELECT r.month, edustats.english_list(array_agg(format('%s (%s)', r.category, edustats.english_number(r.clicks)) ORDER BY r.rank)) AS categories
    FROM category_ranking r
    WHERE r.audience IS NULL AND r.rank <= 5
    GROUP BY r.month) c ON c.month = m.month
LEFT JOIN (        -- kinds that like the same are told of together
    SELECT l.month, string_agg(CASE WHEN l.n = 1 THEN 'the first choice of ' ELSE 'that of ' END || l.kinds || ' users was ' || l.categories, '; ' ORDER BY l.n) AS kinds
    FROM (SELECT f.month, edustats.english_list(f.categories) AS categories, edustats.english_list(array_agg(f.label ORDER BY f.place)) AS kinds, row_number() OVER (PARTITION BY f.month ORDER BY min(f.place)) AS n
          FROM favourite_category f
          GROUP BY f.month, f.categories) l
    GROUP BY l.month) l ON l.month = m.month
LEFT JOIN (
    SELECT t.month, array_agg(edustats.english_title(t.course, w.unnamed) || coalesce(' (' || t.producer || ')', '') ORDER BY t.rank) AS first,
           max(t.clicks) AS clicks
    FROM favourite_course t CROSS JOIN word w
    GROUP BY t.month) t ON t.month = m.month
LEFT JOIN (                 -- what a kind likes besides what everybody does
    SELECT k.month, string_agg(k.label || ' users preferred ' || k.courses, '; ' ORDER BY k.place) AS kinds
    FROM (SELECT f.month, f.label, f.place, edustats.english_list(array_agg(edustats.english_title(f.course, w.unnamed) ORDER BY f.rank)) AS courses
          FROM other_favourite f CROSS JOIN word w
          GROUP BY f.month, f.label, f.place) k
    GROUP BY k.month) b ON b.month = m.month
CROSS JOIN LATERAL (VALUES
    (2, CASE WHEN c.categories IS NULL THEN format('No courses were clicked in %s.', w.this)
             ELSE format('By category, most clicks went to %s.', c.categories) || coalesce(' ' || edustats.english_sentence(l.kinds), '') END),
    (3, edustats.english_first(t.first, 'came first among the courses', edustats.english_count(t.clicks, 'click')) || '.'
        || coalesce(' Apart from the course that was clicked most, ' || b.kinds || '.', ''))
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_courses IS 'The sentences of section 3 about courses.';

-- data narrative_columns requires column_visit site_column
CREATE OR REPLACE VIEW narrative_columns AS
SELECT h.month, p.section, p.paragraph,
       format('By %s, %s columns had %s in all. In %s they had %s', edustats.english_until(c.last_day), p.name,
              edustats.english_count(h.cumulative, 'visit'), w.this, edustats.english_count(h.value, 'visit'))
       || CASE WHEN h.value = 0 THEN '.'
               ELSE ', ' || edustats.english_growth(h.value, h.previous, w.before) || '.' || CASE WHEN h.metric = 'text_visits'
                         THEN coalesce(' ' || f.first || coalesce(', followed by ' || f.next, '') || '.', '') ELSE '' END END AS text
FROM headline_columns h
JOIN calendar c ON c.month = h.month
CROSS JOIN word w
JOIN LATERAL (VALUES ('video_visits', 3, 1, 'video'), ('text_visits', 4, 1, 'text'), ('other_visits', 4, 3, w.other))
    p(metric, section, paragraph, name) ON p.metric = h.metric
LEFT JOIN (
    SELECT x.month, edustats.english_first(array_agg(format('“%s”', x.column_name) ORDER BY x.rank) FILTER (WHERE x.visits = x.most),
                                  'came first', edustats.english_count(max(x.most), 'visit')) AS first,
           edustats.english_list(array_agg(format('“%s” (%s)', x.column_name, edustats.english_number(x.visits)) ORDER BY x.rank)
                                 FILTER (WHERE x.visits < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.visits) OVER (PARTITION BY f.month) AS most FROM figure_2 f) x
    GROUP BY x.month) f ON f.month = h.month AND h.metric = 'text_visits';
COMMENT ON VIEW narrative_columns IS
    'The sentences of sections 3 and 4 about visits of columns; the one about others only where the headline has them.';
