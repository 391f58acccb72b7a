-- A view of March 2015 (the variable "view") as Calc writes what it has read: texts in quotes, numbers without zeros at their end, one line each,
-- without commas at their end.
WITH item AS (
    SELECT edustats.bulletin_json('bulletin', '2015-03-01', :'view') -> 'items' -> 0 AS item
), field AS (
    SELECT 1 AS part, 0::bigint AS row, 1::bigint AS place, to_jsonb(item ->> 'caption') AS value FROM item
    UNION ALL SELECT 2, l.level, c.place, to_jsonb(replace(c.value -> 'head' ->> least(l.level, jsonb_array_length(c.value -> 'head'))::integer - 1, E'\n', '')
                                                   || CASE WHEN c.value ->> 'form' = 'percent' AND l.level = d.depth THEN ' (%)' ELSE '' END)
    FROM item, (SELECT max(jsonb_array_length(h)) AS depth FROM item, jsonb_path_query(item, '$.columns[*].head') h) d, generate_series(1, d.depth) l(level),
        jsonb_array_elements(item -> 'columns') WITH ORDINALITY c(value, place)
    UNION ALL SELECT 3, r.place, c.place, r.value -> (c.value ->> 'name') FROM item, jsonb_array_elements(item -> 'rows') WITH ORDINALITY r(value, place), jsonb_array_elements(item -> 'columns') WITH ORDINALITY c(value, place)
    UNION ALL SELECT 4, 0, 1, to_jsonb(item ->> 'note') FROM item
)
SELECT rtrim(string_agg(CASE WHEN jsonb_typeof(value) = 'number' THEN trim_scale(value::numeric)::text
                             WHEN value #>> '{}' ~ '^\d{4}-\d\d-\d\d$' THEN value #>> '{}'
                             WHEN jsonb_typeof(value) = 'string' THEN '"' || CASE WHEN value #>> '{}' ~ '^\s*[-=+@＝]' THEN '''' ELSE '' END || replace(value #>> '{}', '"', '""') || '"'
                             ELSE '' END, ',' ORDER BY place), ',')
FROM field GROUP BY part, row HAVING bool_or(part IN (2, 3) OR value IS NOT NULL) ORDER BY part, row;
