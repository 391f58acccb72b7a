-- Figures: bars, lines and columns of generated series, read back from their markup: proportions, places of letters and lines,
-- thinned labels, gaps, peaks; hostile labels; errors.
\pset tuples_only on
\pset format unaligned
SET client_min_messages TO warning;
CREATE EXTENSION edustats;
SELECT no_plan();
SELECT setseed(0.31);
-- Hostile words, and what is left of them: XML forbids some characters. The label of nothing is a dash.
CREATE TEMP TABLE hostile (n serial, name text);
INSERT INTO hostile (name) VALUES ('<script>alert(1)</script>'), ('"quoted'' & "&amp; <b>'), (']]> -- --> <!-- <![CDATA['), (repeat('长', 5000)), (repeat('W', 5000)),
    (repeat('m', 500)), ('右' || chr(8238) || 'ltr' || chr(8234)), ('مرحبا بالعالم'), ('表情😀👩‍👩‍👧'), (''), (E'控\x01制\x08\x0B\x0C\x1F字\t符\n行\r尾'), (chr(65534) || chr(65535)),
    ('</svg></figure>'), ('&#1;&nbsp;'), ('${x} %s \1 {{y}}'), ('-'), (NULL);
CREATE FUNCTION pg_temp.clean(words text) RETURNS text LANGUAGE sql AS
    $$SELECT translate(coalesce($1, '-'), E'\x01\x08\x0B\x0C\x1F' || chr(65534) || chr(65535), repeat(chr(65533), 7))$$;
CREATE TEMP TABLE fig (name text PRIMARY KEY, kind text, labels text[], "values" numeric[], x xml, language text);
CREATE FUNCTION pg_temp.words(language text) RETURNS jsonb LANGUAGE sql AS
    $$SELECT jsonb_object_agg(s.name, s.value) FROM edustats.setting s WHERE s.language = $1$$;
CREATE FUNCTION pg_temp.draw(name text, kind text, labels text[], "values" numeric[], language text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    x xml;
BEGIN
    EXECUTE format('SELECT edustats.%I($1, $2, $3, $4, $5, words => $6)', kind || '_chart_svg')
        INTO x USING name, 'Figure ' || name, labels, "values", '次', pg_temp.words(language);
    INSERT INTO fig VALUES (name, kind, ARRAY(SELECT pg_temp.clean(l) FROM unnest(labels) WITH ORDINALITY u(l, n) ORDER BY n), "values", x, language);
END $$;
-- A value as it is printed: with commas in English, and none in Chinese.
CREATE FUNCTION pg_temp.number(value numeric, language text) RETURNS text LANGUAGE sql AS
    $$SELECT CASE WHEN $2 = 'en' THEN CASE WHEN n < 0 THEN '-' ELSE '' END || to_char(trunc(abs(n)), 'FM999,999,999,999,999,999,990')
                         || CASE WHEN n <> trunc(n) THEN ltrim(trim_scale(abs(n) - trunc(abs(n)))::text, '0') ELSE '' END
                  ELSE trim_scale(n)::text END
      FROM (SELECT round($1, 2) AS n) r$$;

-- 1. Series of many lengths and sizes. A seventh of the values are missing in some, some are below zero, some all the same.
CREATE TEMP TABLE shape AS
SELECT row_number() OVER () AS id, n, size, low, gaps, named
FROM unnest(ARRAY[1, 2, 3, 12, 31, 92, 366]) n,
    (VALUES (1.0, 0.0, false, 'day'), (40, 0, true, 'day'), (9999, 0, true, 'date'), (123456, 0, false, 'month and day'), (7e9, 0, true, 'name'),
            (9.9e19, 0, false, 'iso'), (0.004, 0, false, 'day'), (30, -30, true, 'day'), (-5, -900, false, 'date'), (8e18, -8e18, true, 'name'),
            (0, 0, false, 'day'), (77, 77, true, 'date'),
            (1000, 0, true, 'hostile')) v(size, low, gaps, named);
CREATE TEMP TABLE series AS
SELECT s.id, s.n, s.low, array_agg(CASE s.named WHEN 'day' THEN i || '日' WHEN 'date' THEN to_char(d, 'MM-DD') WHEN 'iso' THEN d::text
                                WHEN 'month and day' THEN to_char(d, 'YYYY"年"FMMM"月"FMDD"日"')
                            WHEN 'hostile' THEN (SELECT h.name FROM hostile h WHERE h.n = 1 + i % 17) ELSE repeat('长', i % 40) || i END ORDER BY i) AS labels,
    array_agg(CASE WHEN NOT s.gaps OR i = 1 OR random() > 0.15
                   THEN round((s.low + (s.size - s.low) * random())::numeric, CASE WHEN s.size < 100 AND s.low <> s.size THEN 3 ELSE i % 2 END) END ORDER BY i) AS "values"
FROM shape s, generate_series(1, s.n) i, LATERAL (SELECT date '2015-01-01' + i - 1 AS d) t
GROUP BY s.id, s.n, s.low;
SELECT count(pg_temp.draw(format('%s-%s-%s', kind, n, id), kind, labels, "values", CASE WHEN (id + n) % 2 = 0 THEN 'en' ELSE 'zh-CN' END))
FROM series, unnest(ARRAY['line', 'column', 'bar']) kind
WHERE kind <> 'bar' OR low >= 0;
SELECT is((SELECT string_agg(DISTINCT name, ' ') FROM fig WHERE x IS NULL), NULL, 'each is drawn');
SELECT cmp_ok((SELECT count(*) FROM fig), '=', 91 + 91 + 70::bigint, 'all of them');

-- What stands in a drawing. A letter is 14 wide or 8, and 16 high.
CREATE VIEW pg_temp.element AS
SELECT f.name, f.kind, e.* FROM fig f, xmltable(xmlnamespaces('http://www.w3.org/2000/svg' AS s), '/s:svg//*' PASSING f.x COLUMNS
    n FOR ORDINALITY, element text PATH 'local-name(.)', class text PATH '@class', words text PATH 'string(.)', tip text PATH '../s:title', anchor text PATH '@text-anchor',
    x numeric PATH '@x', y numeric PATH '@y', width numeric PATH '@width', height numeric PATH '@height',
    x1 numeric PATH '@x1', y1 numeric PATH '@y1', x2 numeric PATH '@x2', y2 numeric PATH '@y2',
    cx numeric PATH '@cx', cy numeric PATH '@cy', r numeric PATH '@r', d text PATH '@d', fill text PATH '@fill', stroke text PATH '@stroke') e;
CREATE FUNCTION pg_temp.wide(words text) RETURNS numeric LANGUAGE sql AS
    $$SELECT coalesce(sum(CASE WHEN c ~ '[A-Z]' OR ascii(c) > 4351 OR c IN ('m', 'w', '%', '@') THEN 14 ELSE 8 END), 0) FROM string_to_table($1, NULL) c$$;
CREATE TEMP TABLE part AS
SELECT e.*, CASE element WHEN 'text' THEN x - w * CASE anchor WHEN 'end' THEN 1 WHEN 'middle' THEN 0.5 ELSE 0 END
                WHEN 'rect' THEN x WHEN 'circle' THEN cx - r ELSE x1 END AS left,
    CASE element WHEN 'text' THEN x + w * CASE anchor WHEN 'end' THEN 0 WHEN 'middle' THEN 0.5 ELSE 1 END
                WHEN 'rect' THEN x + width WHEN 'circle' THEN cx + r ELSE x2 END AS right,
    CASE element WHEN 'text' THEN y - 12 WHEN 'rect' THEN y WHEN 'circle' THEN cy - r ELSE y1 END AS top,
    CASE element WHEN 'text' THEN y + 4 WHEN 'rect' THEN y + height WHEN 'circle' THEN cy + r ELSE y2 END AS bottom
FROM pg_temp.element e, LATERAL (SELECT pg_temp.wide(words) AS w) m WHERE element IN ('text', 'rect', 'circle', 'line');
CREATE TEMP TABLE frame AS
SELECT name, kind, a.* FROM fig, xmltable(xmlnamespaces('http://www.w3.org/2000/svg' AS s), '/s:svg' PASSING x COLUMNS
    width numeric PATH '@width', height numeric PATH '@height', box text PATH '@viewBox', role text PATH '@role', labelled text PATH '@aria-labelledby',
    fonts text PATH '@font-family', size text PATH '@font-size', fill text PATH '@fill', title text PATH 's:title', title_id text PATH 's:title/@id',
    words text PATH 's:desc', words_id text PATH 's:desc/@id', styles text PATH 's:style', classes text PATH '@style') a;

-- 2. Each can stand alone.
SELECT is((SELECT count(*) FROM frame WHERE box = format('0 0 %s %s', width, height) AND width = 480 AND height > 0 AND role = 'img' AND title = 'Figure ' || name
           AND labelled = title_id || ' ' || words_id AND starts_with(title_id, name) AND fonts LIKE '%sans-serif' AND size = '14' AND fill LIKE '#%'),
          (SELECT count(*) FROM fig), 'size, fonts, colours and names are in the drawing');
SELECT is_empty($$SELECT name FROM part WHERE element IN ('rect', 'circle') AND fill !~ '^#' OR element = 'line' AND stroke !~ '^#'$$, 'so are those of shapes');
SELECT is_empty($$SELECT name FROM frame JOIN fig USING (name, kind)
    WHERE words <> CASE language WHEN 'en' THEN format(CASE kind WHEN 'bar' THEN 'Bar chart, number of bars: %s. %s.' WHEN 'line' THEN 'Line, number of values: %s. %s.'
                                                                 ELSE 'Column chart, number of columns: %s. %s.' END, cardinality(labels),
        (SELECT string_agg(l || ': ' || coalesce(pg_temp.number(v, language) || '次', '-'), '; ' ORDER BY n) FROM unnest(labels, "values") WITH ORDINALITY u(l, v, n)))
    ELSE format('%s，共%s项：%s。', CASE kind WHEN 'bar' THEN '条形图' WHEN 'line' THEN '折线图' ELSE '柱形图' END, cardinality(labels),
        (SELECT string_agg(l || ' ' || coalesce(pg_temp.number(v, language) || '次', '-'), '；' ORDER BY n) FROM unnest(labels, "values") WITH ORDINALITY u(l, v, n))) END$$,
    'all values in words');

-- 3. Nothing leaves the drawing, no words meet others, nor a bar, a column or a line of the axis.
SELECT is_empty($$SELECT p.name, p.element, p.words FROM part p JOIN frame f USING (name)
    WHERE NOT (p.left >= 0 AND p.right <= f.width AND p.top >= 0 AND p.bottom <= f.height AND p.left <= p.right AND p.top <= p.bottom)$$, 'all is in the drawing');
SELECT is_empty($$SELECT a.name, a.words, b.words FROM part a JOIN part b ON a.name = b.name AND a.n < b.n AND a.element = 'text' AND b.element = 'text'
    WHERE a.left < b.right AND b.left < a.right AND a.top < b.bottom AND b.top < a.bottom$$, 'no words on words');
SELECT is_empty($$SELECT a.name, a.words, b.element FROM part a JOIN part b ON a.name = b.name AND a.element = 'text' AND b.element IN ('rect', 'circle')
    WHERE a.left < b.right AND b.left < a.right AND a.top < b.bottom AND b.top < a.bottom$$, 'no words on bars, columns and points');
SELECT is_empty($$SELECT a.name, a.words FROM part a JOIN part b ON a.name = b.name AND a.element = 'text' AND b.element = 'line'
    WHERE a.left < b.right AND b.left < a.right AND a.top < b.bottom AND b.top < a.bottom$$, 'no words on lines');
SELECT is_empty($$SELECT name FROM (SELECT name, "left", lag("right") OVER (PARTITION BY name ORDER BY n) AS before FROM part WHERE kind = 'column' AND element = 'rect') c
    WHERE "left" < before$$, 'no column on a column');

-- 4. The axis: round steps, zero, all values.
CREATE TEMP TABLE tick AS
SELECT name, y - 5 AS y, replace(left(words, length(words) - (words ~ '[万亿]')::integer), ',', '')::numeric * CASE right(words, 1) WHEN '万' THEN 1e4 WHEN '亿' THEN 1e8 ELSE 1 END AS value
FROM part WHERE element = 'text' AND class = 'tick';
CREATE TEMP TABLE axis AS
SELECT name, min(value) AS low, max(value) AS high, count(*) AS ticks, max(value - before) AS step, min(value - before) AS least_step, bool_or(value = 0) AS zero,
    max(y) AS bottom, min(y) AS top
FROM (SELECT *, lag(value) OVER (PARTITION BY name ORDER BY value) AS before FROM tick) t GROUP BY name;
SELECT is((SELECT count(*) FROM axis), (SELECT count(*) FROM fig WHERE kind <> 'bar'), 'lines and columns have one');
SELECT is_empty($$SELECT * FROM axis WHERE step <> least_step OR trim_scale(step)::text !~ '^(0\.0?)?[125]0*$' OR ticks NOT BETWEEN 2 AND 7 OR NOT zero OR top < 26 OR bottom > 226$$,
    'round steps');
SELECT is_empty($$SELECT f.name FROM fig f JOIN axis a USING (name), LATERAL (SELECT max(v) AS most, min(v) AS least, bool_and(v = trunc(v)) AS whole FROM unnest("values") v) m
    WHERE least < low OR most > high OR whole AND step < 1 OR greatest(most - high, low - least) < -step$$, 'which hold the values and little more');
SELECT is_empty($$SELECT t.name, t.value FROM tick t JOIN axis a USING (name) WHERE abs(t.y - (a.bottom - (t.value - a.low) * (a.bottom - a.top) / (a.high - a.low))) > 0.01$$,
    'numbers stand where they belong');
SELECT is_empty($$SELECT t.name, t.value FROM tick t WHERE NOT EXISTS (SELECT FROM part p WHERE p.name = t.name AND p.element = 'line' AND p.y1 = t.y AND p.y2 = t.y
    AND (p.class = 'grid') IS NOT DISTINCT FROM nullif(t.value <> 0, false))$$, 'with a line each, which is strong at zero');

-- 5. Values: columns and points on the axis, bars by the longest.
CREATE TEMP TABLE mark AS
SELECT *, row_number() OVER (PARTITION BY name ORDER BY n) AS nth FROM part WHERE element IN ('rect', 'circle');
CREATE TEMP TABLE truth AS
SELECT f.name, f.kind, f.language, u.place, u.label, u.value, row_number() OVER (PARTITION BY f.name ORDER BY u.place) AS nth, cardinality(f.labels) AS n
FROM fig f, unnest(labels, "values") WITH ORDINALITY u(label, value, place) WHERE u.value IS NOT NULL OR f.kind = 'bar';
SELECT is((SELECT count(*) FROM mark), (SELECT count(*) FROM truth), 'as many marks as values');
SELECT is_empty($$SELECT * FROM truth t FULL JOIN mark m USING (name, nth)
    WHERE m.tip IS DISTINCT FROM t.label || CASE t.language WHEN 'en' THEN ': ' ELSE '：' END || coalesce(pg_temp.number(t.value, t.language) || '次', '-')$$, 'each tells its label and value');
CREATE FUNCTION pg_temp.level(name text, value numeric) RETURNS numeric LANGUAGE sql AS
    $$SELECT 226 - ($2 - low) * 200 / (high - low) FROM axis a WHERE a.name = $1$$;
SELECT is_empty($$SELECT * FROM truth t JOIN mark m USING (name, nth) WHERE t.kind = 'line' AND abs(m.cy - pg_temp.level(name, t.value)) > 0.01$$, 'points are as high as their values');
SELECT is_empty($$SELECT * FROM truth t JOIN mark m USING (name, nth) WHERE t.kind = 'column'
    AND (abs(m.y - pg_temp.level(name, greatest(t.value, 0))) > 0.01 OR abs(m.y + m.height - pg_temp.level(name, least(t.value, 0))) > 0.02)$$,
    'columns go from zero to their values');
SELECT is_empty($$SELECT * FROM (SELECT *, max(m.width) OVER (PARTITION BY name) AS widest, max(t.value) OVER (PARTITION BY name) AS most, min(m.x) OVER (PARTITION BY name) AS origin
    FROM truth t JOIN mark m USING (name, nth) WHERE t.kind = 'bar') b
    WHERE abs(width - coalesce(value, 0) * widest / nullif(most, 0)) > 0.01 OR b.x <> origin OR widest < 100 AND most > 0$$, 'bars are in proportion');
SELECT is_empty($$SELECT t.name FROM truth t JOIN mark m USING (name, nth)
    JOIN (SELECT name, min(x1) AS start, max(x2) AS finish FROM part WHERE element = 'line' AND kind <> 'bar' GROUP BY 1) l USING (name)
    WHERE abs(coalesce(m.cx, m.x + m.width / 2) - (start + (finish - start) * (t.place - 0.5) / t.n)) > 0.011$$, 'each has its place in the row, and so has what is missing');
-- A line goes from point to point, and is broken where a value is missing.
SELECT is_empty($$SELECT name, d, want FROM (
    SELECT t.name, string_agg(CASE WHEN t.place > 1 AND before = t.place - 1 THEN 'L' ELSE 'M' END || m.cx || ' ' || m.cy, ' ' ORDER BY nth) AS want
    FROM (SELECT *, lag(place) OVER (PARTITION BY name ORDER BY place) AS before FROM truth WHERE kind = 'line') t JOIN mark m USING (name, nth) GROUP BY t.name) w
    FULL JOIN (SELECT name, d FROM pg_temp.element WHERE element = 'path') p USING (name) WHERE d IS DISTINCT FROM want$$, 'the line is that of its points');
SELECT cmp_ok((SELECT count(*) FROM pg_temp.element WHERE d LIKE '%M%M%'), '>', 10::bigint, 'and some have gaps');

-- 6. Labels: the first and every so many, as many as fit; a short one is whole.
CREATE TEMP TABLE printed AS
SELECT p.name, p.words, f.labels, l.slot, round((p.x - l.start) / l.slot + 0.5, 1) AS place, row_number() OVER (PARTITION BY p.name ORDER BY p.n) AS nth
FROM part p JOIN fig f USING (name),
    LATERAL (SELECT min(x1) AS start, (max(x2) - min(x1)) / cardinality(f.labels) AS slot FROM part l WHERE l.name = p.name AND l.element = 'line') l
WHERE p.element = 'text' AND p.class = 'label' AND p.kind <> 'bar';
CREATE TEMP TABLE every AS
SELECT name, coalesce(max(place) FILTER (WHERE nth = 2) - 1, cardinality(labels)) AS every, count(*) AS shown, cardinality(labels) AS n, slot,
    (SELECT max(CASE WHEN pg_temp.wide(l) <= 112 THEN pg_temp.wide(l) ELSE 112 END) FROM unnest(labels) l) AS widest
FROM printed GROUP BY name, labels, slot;
SELECT is_empty($$SELECT name FROM fig WHERE kind <> 'bar' EXCEPT SELECT name FROM every$$, 'each has some');
SELECT is_empty($$SELECT name, place, words FROM printed JOIN every USING (name) WHERE place <> 1 + (nth - 1) * every$$, 'from the first on, under their values, at equal distances');
SELECT is_empty($$SELECT name, place, words FROM printed p, LATERAL (SELECT labels[place::integer] AS label) l
    WHERE words <> label AND (words NOT LIKE '%…' OR pg_temp.wide(label) <= 112 OR NOT starts_with(label, left(words, -1)))$$, 'the labels of their values');
SELECT is_empty($$SELECT * FROM every WHERE shown <> ceil(n / every) OR every > 1 AND (every - 1) * slot > widest + 11$$, 'as many as fit');
SELECT is((SELECT string_agg(DISTINCT shown::text, ' ') FROM every JOIN fig USING (name) WHERE n = 31 AND labels[2] = '2日'), '11', '11 of 31 days');

-- 7. The peak: the first of the highest, unless all are equal.
SELECT is_empty($$SELECT name, words, want FROM (
    SELECT DISTINCT ON (t.name) t.name, t.language, t.label, t.value FROM truth t
    JOIN (SELECT name, count(value) AS n, min(value) < max(value) AS differ FROM truth GROUP BY 1) c ON c.name = t.name AND (c.n = 1 OR differ)
    WHERE kind <> 'bar' ORDER BY t.name, t.value DESC, t.place) w
    FULL JOIN (SELECT name, words FROM part WHERE element = 'text' AND class = 'peak') p USING (name),
    LATERAL (SELECT CASE WHEN pg_temp.wide(w.label) <= 112 THEN w.label || ' ' END AS label, pg_temp.number(w.value, w.language) AS value) x,
    LATERAL (SELECT CASE WHEN pg_temp.wide(x.label || x.value) <= 476 - (SELECT min(x1) FROM part l WHERE l.name = w.name AND l.element = 'line') THEN x.label ELSE '' END || x.value AS want) y
    WHERE words IS NULL OR w.value IS NULL OR words <> want$$, 'the peak is printed');
SELECT is_empty($$SELECT name FROM part WHERE class = 'peak' GROUP BY name HAVING count(*) FILTER (WHERE element = 'text') <> 1 OR count(*) FILTER (WHERE element <> 'text') <> 1$$, 'and marked');
SELECT is_empty($$SELECT p.name FROM part p JOIN part m ON m.name = p.name AND m.class = 'peak' AND m.element <> 'text'
    WHERE p.class = 'peak' AND p.element = 'text' AND (m.top - p.bottom NOT BETWEEN 0.9 AND 28 OR p.right < m.left OR p.left > m.right) AND m.bottom <= pg_temp.level(p.name, 0)$$, 'right above what it belongs to');
SELECT is(cardinality(xpath('//*[@class="peak"]', edustats.line_chart_svg('x', 'x', ARRAY['1', '2'], ARRAY[1, 2], '', false))), 0, 'not if it shall not be');
SELECT is((SELECT count(*) FROM part WHERE kind = 'bar' AND element = 'text' AND class = 'value'), (SELECT count(*) FROM truth WHERE kind = 'bar'), 'a bar prints its value');

-- 8. Nothing to draw; wrong arguments.
SELECT is(n, NULL, 'nothing to draw') FROM unnest(ARRAY[
    edustats.bar_chart_svg('x', 'x', '{}', '{}', ''), edustats.line_chart_svg('x', 'x', '{}', '{}', ''), edustats.column_chart_svg('x', 'x', '{}', '{}', ''),
    edustats.bar_chart_svg('x', 'x', NULL, NULL, ''), edustats.line_chart_svg('x', 'x', NULL, NULL, ''), edustats.column_chart_svg('x', 'x', ARRAY['1', '2'], ARRAY[NULL, NULL]::numeric[], '')
    ]::text[]) n;
SELECT throws_ok(format('SELECT edustats.%s_chart_svg(%L, %L, %L, %L, %L)', k, 'x', 'x', l, v, ''), state, message)
FROM unnest(ARRAY['bar', 'line', 'column']) k, (VALUES
    ('{a,b}', '{1}', '22023', 'a figure needs as many labels as values'), ('{}', '{1}', '22023', 'a figure needs as many labels as values'),
    ('{a,b}', '{1,NaN}', '22003', 'a figure cannot show NaN'), ('{a,b}', '{Infinity,2}', '22003', 'a figure cannot show Infinity'),
    ('{a,b}', '{1,-Infinity}', '22003', 'a figure cannot show -Infinity'), ('{a}', '{100000000000000000001}', '22003', 'a figure cannot show 100000000000000000001'),
    ('{a}', '{-1e300}', '22003', 'a figure cannot show -1' || repeat('0', 21) || '…'), ('{a}', '{1e130000}', '22003', 'a figure cannot show 1' || repeat('0', 22) || '…'))
    e(l, v, state, message);
SELECT throws_ok($$SELECT edustats.bar_chart_svg('x', 'x', '{a,b}', '{1,-0.01}', '')$$, '22023', 'a chart of bars cannot show a value below zero');
SELECT isnt(edustats.line_chart_svg(NULL, NULL, ARRAY[NULL, 'b'], ARRAY[1, 2], NULL)::text, NULL, 'names that are NULL');
SELECT is((xpath('string(//*[local-name()="desc"])', edustats.bar_chart_svg('x', 'x', ARRAY['a', NULL], ARRAY[1, NULL], '次', pg_temp.words('zh-CN'))))[1]::text, '条形图，共2项：a 1次；- -。', 'a bar that is NULL');
SELECT is((xpath('string(//*[local-name()="desc"])', edustats.line_chart_svg('x', 'x', ARRAY['a', NULL], ARRAY[12345, NULL], 'h')))[1]::text, 'a 12345h; - -', 'no words');

-- 9. Hostile words: in labels, titles, units and ids.
TRUNCATE fig;
SELECT count(pg_temp.draw('hostile-' || kind, kind, l, v, 'zh-CN'))
FROM unnest(ARRAY['line', 'column', 'bar']) kind, (SELECT array_agg(name ORDER BY n) AS l, array_agg(n * n::numeric ORDER BY n) AS v FROM hostile) h;
SELECT results_eq($$SELECT name, tip, element FROM pg_temp.element WHERE element IN ('rect', 'circle') ORDER BY name, n$$,
    $$SELECT 'hostile-' || k, pg_temp.clean(h.name) || '：' || h.n * h.n || '次', CASE k WHEN 'line' THEN 'circle' ELSE 'rect' END
      FROM hostile h, unnest(ARRAY['line', 'column', 'bar']) k ORDER BY 1, h.n$$, 'they are told as they are');
SELECT is_empty($$SELECT name FROM (SELECT *, x - w * CASE anchor WHEN 'end' THEN 1 WHEN 'middle' THEN 0.5 ELSE 0 END AS "left"
    FROM pg_temp.element, LATERAL (SELECT pg_temp.wide(words) AS w) m WHERE element = 'text') t WHERE "left" < 0 OR "left" + w > 480$$, 'and cut where they are printed');
SELECT is_empty($$SELECT name, element FROM pg_temp.element
    WHERE element NOT IN ('title', 'desc', 'g', 'text', 'rect', 'circle', 'path', 'line')$$, 'no elements of their own');
INSERT INTO fig SELECT format('%s of %s', k, h.n), k, NULL, NULL, CASE k WHEN 'line' THEN edustats.line_chart_svg(h.name, h.name, ARRAY['a', h.name, 'b'], ARRAY[1, 2, 3], h.name)
    WHEN 'bar' THEN edustats.bar_chart_svg(h.name, h.name, ARRAY['a', h.name, 'b'], ARRAY[1, 2, 3], h.name)
    ELSE edustats.column_chart_svg(h.name, h.name, ARRAY['a', h.name, 'b'], ARRAY[1, 2, 3], h.name) END FROM hostile h, unnest(ARRAY['line', 'column', 'bar']) k;
SELECT is((SELECT count(xmlparse(DOCUMENT x::text)) FROM fig), (SELECT 3 + 3 * count(*) FROM hostile), 'titles, units and ids, too');
\set file `mktemp`
SELECT xmlelement(NAME all, xmlagg(x)) FROM fig
\g :file
\set verdict `xmllint --noout --huge :'file' 2>&1 && echo fine`
SELECT is(:'verdict'::text, 'fine', 'xmllint, by its own strict rules');
\set verdict `rm -f :'file'`

-- 10. The session does not show.
CREATE FUNCTION pg_temp.plain() RETURNS text LANGUAGE sql AS
    $$SELECT edustats.line_chart_svg('x', 'y', ARRAY['1日', '2日'], ARRAY[1.5, 2], '次')::text || edustats.bar_chart_svg('x', 'y', ARRAY['1日', '2日'], ARRAY[1.5, 2], '次')$$;
CREATE TEMP TABLE plain AS SELECT pg_temp.plain() AS page;
BEGIN;
SET LOCAL xmloption TO document;
SET LOCAL xmlbinary TO hex;
SET LOCAL search_path TO '';
SET LOCAL standard_conforming_strings TO off;
CREATE TEMP TABLE other AS SELECT pg_temp.plain() AS page;
COMMIT;
SELECT is(o.page, p.page, 'settings of the session do not show') FROM plain p, other o;
SELECT * FROM finish();
