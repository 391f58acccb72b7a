-- As random_trees, for sources that are views: each round makes tables of odd names and kinds, views over them drawn from a
-- grammar, attaches a bulletin, and writes at random to the tables beneath, facts and lookups. After each step activity and
-- its months are what SQL computes from the views; after a last refresh no day is dirty, and all views are seen through.
-- A round is a script, written beforehand, that depends on its number alone: ROUNDS=1 FIRST=17 in the environment repeats one.
\set ON_ERROR_STOP on
\set rounds 30
\set first 1
\getenv rounds ROUNDS
\getenv first FIRST
SET client_min_messages TO warning;
SET timezone TO 'America/New_York';
SET jit TO off;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION edustats;

CREATE SEQUENCE throw;
CREATE SEQUENCE name;
CREATE FUNCTION dice(below integer) RETURNS integer LANGUAGE sql
RETURN (('x' || substr(md5('views' || nextval('throw')), 1, 7))::bit(28)::integer) % below;
CREATE FUNCTION pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql RETURN choices[1 + dice(cardinality(choices))];
CREATE FUNCTION new_name() RETURNS text LANGUAGE sql
RETURN quote_ident(pick('xx_', 'User', 'a b', 'ü', 'q"t', '%s', 'it''s', 'semi;', 'dot.', '\', 'select ') || nextval('name'));

-- Rows for every table. Many times are at the edges of days, many on the day on which the clock changes (in odd rounds in
-- autumn), some are counted nowhere.
CREATE FUNCTION chance(n integer, salt text, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN (('x' || substr(md5(n || '/' || salt), 1, 7))::bit(28)::integer) % below;
CREATE FUNCTION some_rows(seed integer, amount integer, ids integer) RETURNS TABLE (id integer, wall timestamp, at timestamptz, epoch numeric,
    member integer, key integer, ref integer, weight integer, flag boolean, kind text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT 1 + (chance(seed, 'id', ids) + i) % ids, wall, wall AT TIME ZONE 'Europe/Berlin',
        CASE WHEN isfinite(wall) THEN extract(epoch FROM wall AT TIME ZONE 'Europe/Berlin') END,
        nullif(chance(seed, 'member' || i, 90), 89), nullif(chance(seed, 'key' || i, 12), 11), nullif(chance(seed, 'ref' || i, 50), 49),
        nullif(chance(seed, 'weight' || i, 7), 6), (ARRAY[true, true, false, NULL])[1 + chance(seed, 'flag' || i, 4)],
        (ARRAY['农村', '社区', '国企', 'core.view', 'core.click', NULL])[1 + chance(seed, 'kind' || i, 6)]
    FROM generate_series(1, amount) i
    CROSS JOIN LATERAL (SELECT CASE chance(seed, 'odd' || i, 40)
        WHEN 0 THEN NULL WHEN 1 THEN 'infinity'::timestamp WHEN 2 THEN '-infinity' WHEN 3 THEN '1970-01-01 01:00' WHEN 4 THEN '2037-05-05'
        ELSE CASE chance(seed, 'change' || i, 5) WHEN 0 THEN (ARRAY['2015-03-29'::timestamp, '2015-10-25'])[1 + seed / 1000 % 2]
             ELSE (ARRAY['2015-03-01'::timestamp, '2015-09-20'])[1 + seed / 1000 % 2] + chance(seed, 'day' || i, 60) * interval '1 day' END
             + (ARRAY['0', '-1 us', '1 us', '01:59:59.9995', '02:30', '03:00', '12:00', '23:30'])[1 + chance(seed, 'edge' || i, 8)]::interval
        END) w(wall);
END;

-- How a table can keep a time: its type, what is stored there, a little later or earlier, and what a view makes of it.
CREATE TABLE clock (kind text, type text, fill text, later text[], seen text[]);
INSERT INTO clock VALUES
    ('timestamptz', 'timestamptz', 'r.at', '{@at + interval ''1 day'',@at - interval ''1 hour''}', '{@at}'),
    ('timestamp', 'timestamp', 'r.wall', '{@at + interval ''1 day'',@at - interval ''25 minutes''}',
     '{@at AT TIME ZONE ''Europe/Berlin'',@at AT TIME ZONE ''UTC'',@at AT TIME ZONE ''America/New_York''}'),
    ('date', 'date', 'r.wall::date', '{@at + 1,@at - 10}', '{@at::timestamp AT TIME ZONE ''Europe/Berlin'',@at::timestamp AT TIME ZONE ''Asia/Shanghai''}'),
    ('int', 'integer', 'floor(r.epoch)', '{@at + 86400,@at - 3600}', '{to_timestamp(@at)}'),
    ('bigint', 'bigint', 'floor(r.epoch)', '{@at + 86400,@at - 1}', '{to_timestamp(@at),to_timestamp(@at::double precision)}'),
    ('numeric', 'numeric(20,6)', 'r.epoch', '{@at + 86400,@at - 0.000001}', '{to_timestamp(@at)}'),
    ('double', 'double precision', 'r.epoch', '{@at + 86400,@at - 3600.5}', '{to_timestamp(@at)}'),
    ('ms', 'bigint', 'floor(r.epoch * 1000)', '{@at + 86400000,@at - 1}', '{to_timestamp(@at / 1000),to_timestamp(@at / 1000.0)}');

-- What kinds of table there are: by what they are parted, into what; the last part comes and goes if its rows can be told.
CREATE TABLE tree (kind text, clause text, bounds text[], late_rows text);
INSERT INTO tree VALUES ('plain', '', '{}', NULL), ('inherited', '', '{child,grandchild}', NULL),
    ('range', 'PARTITION BY RANGE (@at)', ARRAY['FROM (MINVALUE) TO ($1)', 'FROM ($1) TO ($2)', 'FROM ($2) TO ($3)'], '@at >= $2 AND @at < $3'),
    ('list', 'PARTITION BY LIST (@kind)', ARRAY['IN (''农村'', NULL)', 'IN (''社区'', ''core.view'')'], '@kind IN (''社区'', ''core.view'')'),
    ('hash', 'PARTITION BY HASH (@id)', ARRAY['WITH (MODULUS 2, REMAINDER 0)', 'WITH (MODULUS 2, REMAINDER 1)'], NULL);

-- A table, or a view between: its columns by what they are for. Facts refer to sessions, sessions and users to groups, by a
-- code, which is there once but for that of sessions where they are many; facts, sessions and groups to users, by their id.
CREATE TABLE rel (name text, role text, kind text, target text, clock text, family text, ref_family text, many boolean, ids integer,
    cols jsonb, types jsonb, fills jsonb, parts text[], bound text, late text, late_rows text, attached boolean, used boolean);
CREATE TABLE meaning (name text, meaning text, query text);     -- of the round's names: shapes are compared without them
CREATE TABLE shown (round integer DEFAULT current_setting('test.round')::integer, source text, definition text, shape text);
CREATE TABLE script (n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, round integer DEFAULT current_setting('test.round')::integer,
    step integer DEFAULT current_setting('test.step')::integer, statement text);
CREATE TABLE spec AS SELECT metric, source::text, time_column AS at, key_column AS key, weight_column AS weight, member_column AS member
FROM edustats.metric;

CREATE FUNCTION say(VARIADIC statements text[]) RETURNS void LANGUAGE sql
AS 'INSERT INTO script (statement) SELECT s FROM unnest(statements) WITH ORDINALITY u(s, place) ORDER BY place';
CREATE FUNCTION seed() RETURNS integer LANGUAGE sql RETURN current_setting('test.round')::integer * 1000 + dice(1000);
CREATE FUNCTION code(family text, value text) RETURNS text LANGUAGE sql
RETURN CASE family WHEN 'int' THEN value WHEN 'text' THEN '''k'' || ' || value ELSE 'md5(''k'' || ' || value || ')::uuid' END;
CREATE FUNCTION code_type(family text) RETURNS text LANGUAGE sql RETURN CASE family WHEN 'int' THEN pick('integer', 'bigint') ELSE family END;
CREATE FUNCTION replaced(so_far text, template text, old text, new text) RETURNS text LANGUAGE sql RETURN replace(coalesce(so_far, template), old, new);
CREATE AGGREGATE replace_all(template text, old text, new text) (SFUNC = replaced, STYPE = text);

-- SQL from templates, in which @at, @key … stand for the columns of a relation and @time for what is made of its time.
CREATE FUNCTION expand(template text, alias text, r rel) RETURNS text LANGUAGE sql
RETURN (SELECT replace_all(replace(template, '@time', (SELECT pick(VARIADIC k.seen) FROM clock k WHERE k.kind = r.clock)), '@' || key, coalesce(alias || '.', '') || value)
        FROM jsonb_each_text(r.cols));
CREATE FUNCTION number(col text, alias text, r rel) RETURNS text LANGUAGE sql RETURN expand(replace(
    CASE WHEN r.types->>col ~ 'char' THEN pick('#::integer', 'nullif(#, ''0'')::bigint')
         ELSE pick('#', '#', 'nullif(#, 0)', '#::bigint', 'nullif(#, 0)::integer', 'CASE WHEN # > 0 THEN # END') END, '#', '@' || col), alias, r);
CREATE FUNCTION filter(alias text, r rel) RETURNS text LANGUAGE sql RETURN expand(pick(
    '@flag', 'NOT @flag', '@flag IS NOT TRUE', 'coalesce(@flag, true)', '@kind = ''社区''', '@kind <> ''core.view''',
    '@kind IN (''农村'', ''core.view'', ''core.click'')', '@kind LIKE ''core.%''', '@kind IS NOT NULL', '@kind IS NULL', 'length(@kind) > 2',
    '@key IS NOT NULL', '@member IS NOT NULL', '@key BETWEEN 1 AND 8', '@key = ANY (''{1,2,3,5,8}'')', '@weight % 3 <> 1', '(@weight > 1 OR @flag)',
    '(@flag AND @weight >= 1 OR @kind = ''社区'')', 'NOT (@key = 3 OR @kind = ''农村'')', 'CASE WHEN @flag THEN @weight > 0 ELSE @key > 2 END',
    '@time >= ''2015-03-09 00:00+01''::timestamptz', '@time < ''2015-11-11 00:00+01''::timestamptz', '@at IS NOT NULL'), alias, r);
CREATE FUNCTION where_all(terms text[]) RETURNS text LANGUAGE sql RETURN coalesce(' WHERE ' || nullif(array_to_string(terms, ' AND '), ''), '');
CREATE FUNCTION normalised(q text) RETURNS text LANGUAGE sql
RETURN (SELECT coalesce(replace_all(q, name, meaning ORDER BY length(name) DESC), q) FROM meaning);
CREATE FUNCTION inlined(q text) RETURNS text LANGUAGE sql
RETURN (SELECT coalesce(replace_all(q, name, query ORDER BY length(name) DESC), q) FROM meaning WHERE query IS NOT NULL);
CREATE FUNCTION view_between(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := '"views between".' || new_name();
BEGIN
    PERFORM say(format('CREATE VIEW %s AS %s', name, query));
    INSERT INTO meaning VALUES (name, '(' || normalised(query) || ')', '(' || inlined(query) || ')');
    RETURN name;
END $$;

-- Tables and their parts have the columns in any order, one of them dropped again, so that numbers differ.
CREATE FUNCTION create_table(name text, r rel, clause text) RETURNS void LANGUAGE sql
RETURN say((SELECT format('CREATE TABLE %s (%s) %s', name, string_agg(d, ', ' ORDER BY md5(name || k)), expand(clause, NULL, r))
            FROM (SELECT key, format('%s %s', value, r.types->>key) FROM jsonb_each_text(r.cols) UNION ALL SELECT 'gone', 'gone text') c(k, d)),
           format('ALTER TABLE %s DROP gone', name));
CREATE FUNCTION in_order(r rel, of jsonb) RETURNS text LANGUAGE sql RETURN (SELECT string_agg(of->>key, ', ' ORDER BY key) FROM jsonb_each(r.cols));
CREATE FUNCTION new_rows(r rel, amount integer, clause text DEFAULT NULL) RETURNS text LANGUAGE sql
RETURN format('SELECT %s FROM some_rows(%s, %s, %s) r ', in_order(r, r.fills), seed(), amount, r.ids)
    || coalesce(clause, format('WHERE NOT EXISTS (SELECT FROM %s t WHERE t.%s = %s)', r.name, r.cols->>'id', r.fills->>'id'));
CREATE FUNCTION insert_into(r rel, name text, rows text) RETURNS text LANGUAGE sql RETURN format('INSERT INTO %s (%s) %s', name, in_order(r, r.cols), rows);

CREATE FUNCTION make_table(role text, target_role text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    target rel := (SELECT t FROM rel t WHERE t.role = target_role);
    k clock := (SELECT k FROM clock k ORDER BY kind OFFSET dice(8) LIMIT 1);
    t tree := (SELECT t FROM tree t WHERE kind = (SELECT pick('plain', 'plain', 'range', 'range', 'list', 'hash', 'inherited')));
    r rel;
    b text[];
BEGIN
    SELECT pick('"Plat form"', 'lms') || '.' || new_name(), role, t.kind, target_role, k.kind, role = 'session' AND dice(2) = 0, CASE role WHEN 'fact' THEN 400 ELSE 60 END
        INTO r.name, r.role, r.kind, r.target, r.clock, r.many, r.ids;
    r.family := pick('int', 'int', 'text', 'uuid');
    r.ref_family := coalesce(target.family, 'int');
    r.types := jsonb_build_object('id', pick('integer', 'bigint'), 'at', k.type, 'key', pick('smallint', 'integer', 'bigint'), 'weight', pick('smallint', 'integer', 'bigint'),
        'member', pick('integer', 'bigint', CASE role WHEN 'fact' THEN 'varchar(20)' ELSE 'bigint' END), 'flag', 'boolean', 'kind', pick('text', 'varchar(40)'),
        'ref', code_type(r.ref_family), 'note', 'text');
    r.fills := jsonb_build_object('id', CASE role WHEN 'user' THEN 'r.id * 2' WHEN 'other user' THEN 'r.id * 2 + 1' ELSE 'r.id' END, 'at', k.fill, 'key', 'r.key',
        'weight', 'r.weight', 'member', 'r.member', 'flag', 'r.flag', 'kind', 'r.kind', 'ref', code(r.ref_family, 'r.ref'), 'note', '''n''');
    IF role IN ('session', 'group') THEN
        r.types := r.types || jsonb_build_object('code', code_type(r.family));
        r.fills := r.fills || jsonb_build_object('code', code(r.family, CASE WHEN r.many THEN '(1 + r.id % 12)' ELSE 'r.id' END));
    END IF;
    r.cols := (SELECT jsonb_object_agg(key, coalesce(CASE key WHEN 'ref' THEN target.cols->>'code' END, new_name())) FROM jsonb_each(r.types));
    INSERT INTO meaning SELECT value, key || ':' || (r.types->>key) FROM jsonb_each_text(r.cols) UNION ALL SELECT r.name, role || ':' || r.kind;
    EXECUTE format('SELECT array_agg(quote_literal((%s)::%s) ORDER BY at) FROM (SELECT at, at AT TIME ZONE ''Europe/Berlin'' AS wall, extract(epoch FROM at) AS epoch '
        'FROM unnest(%L::timestamptz[]) at) r', k.fill, k.type, CASE WHEN current_setting('test.round')::integer % 2 = 1
        THEN '{2015-10-05 05:00+02,2015-10-25 01:30+01,2015-11-05 00:00+01}' ELSE '{2015-03-12 05:00+01,2015-03-29 03:00+02,2015-04-11 00:00+02}' END) INTO b;
    t.bounds := ARRAY(SELECT replace(replace(replace(bound, '$1', b[1]), '$2', b[2]), '$3', b[3]) FROM unnest(t.bounds) WITH ORDINALITY u(bound, place) ORDER BY place);
    r.late_rows := expand(replace(replace(t.late_rows, '$2', b[2]), '$3', b[3]), NULL, r);

    PERFORM create_table(r.name, r, t.clause);
    r.parts := '{}';
    FOR i IN 1 .. cardinality(t.bounds) LOOP
        r.parts[i] := 'parts.' || new_name();
        PERFORM create_table(r.parts[i], r, CASE WHEN r.kind = 'range' AND i = 1 THEN 'PARTITION BY HASH (@id)' ELSE '' END);
        PERFORM say(CASE r.kind WHEN 'inherited' THEN format('ALTER TABLE %s INHERIT %s', r.parts[i], CASE i WHEN 1 THEN r.name ELSE r.parts[1] END)
                    ELSE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s', r.name, r.parts[i], t.bounds[i]) END);
    END LOOP;
    IF r.kind = 'inherited' THEN
        PERFORM say(insert_into(r, part, new_rows(r, 20))) FROM unnest(r.parts) part;
    ELSIF r.kind = 'range' THEN                         -- the first part has parts itself
        PERFORM say(format('CREATE TABLE parts.%s PARTITION OF %s FOR VALUES WITH (MODULUS 2, REMAINDER %s)', new_name(), r.parts[1], m)) FROM generate_series(0, 1) m;
    END IF;
    IF r.late_rows IS NOT NULL THEN
        SELECT r.parts[cardinality(r.parts)], t.bounds[cardinality(r.parts)], true INTO r.late, r.bound, r.attached;
        PERFORM say(format('CREATE TABLE parts.%s PARTITION OF %s DEFAULT', new_name(), r.name));
    ELSIF r.kind <> 'inherited' THEN
        PERFORM say(format('CREATE UNIQUE INDEX ON %s (%s)', r.name, r.cols->>'id'));
    END IF;
    PERFORM say(insert_into(r, r.name, new_rows(r, CASE role WHEN 'fact' THEN 80 ELSE 45 END)));
    INSERT INTO rel VALUES (r.*);
END $$;

-- A relation of a role: a table, or a view upon it, which has all of its columns by other names.
CREATE FUNCTION relation(wanted text, depth integer DEFAULT pick('0', '0', '0', '1', '1', '2')::integer) RETURNS rel LANGUAGE plpgsql AS $$
DECLARE
    w rel;
    r rel[];
    g rel;
    how text := pick('names', 'names', 'filter', 'join', 'union');
    arms text[];
BEGIN
    IF depth = 0 THEN
        SELECT * INTO w FROM rel t WHERE t.role = wanted ORDER BY name OFFSET dice((SELECT count(*) FROM rel t WHERE t.role = wanted)::integer) LIMIT 1;
        RETURN w;
    END IF;
    r[1] := relation(wanted, depth - 1);
    IF how = 'union' AND wanted = 'fact' THEN
        r[2] := relation(wanted, 0);
    ELSIF how = 'join' AND r[1].target = 'group' THEN
        SELECT * INTO g FROM rel t WHERE t.role = 'group';
    END IF;
    w := r[1];
    w.clock := CASE WHEN cardinality(r) = 2 OR dice(2) = 0 THEN 'timestamptz' ELSE w.clock END;
    w.types := w.types || '{"member": "bigint"}';
    w.cols := (SELECT jsonb_object_agg(key, new_name() ORDER BY key) FROM jsonb_each(w.cols));
    INSERT INTO meaning SELECT value, key FROM jsonb_each_text(w.cols);
    FOR i IN 1 .. cardinality(r) LOOP
        arms[i] := (SELECT 'SELECT ' || string_agg(CASE
                WHEN key = 'member' THEN number(key, 'b', r[i])
                WHEN key = 'at' THEN expand(CASE WHEN w.clock = r[i].clock THEN '@at' ELSE '@time' END, 'b', r[i])
                WHEN key IN ('flag', 'kind', 'key', 'weight') AND g.name IS NOT NULL AND dice(2) = 0 THEN expand('@' || key, 'g', g)
                ELSE expand('@' || key, 'b', r[i]) END || ' AS ' || value, ', ' ORDER BY key) || format(' FROM %s b', r[i].name)
            FROM jsonb_each_text(w.cols));
        arms[i] := arms[i] || CASE WHEN g.name IS NOT NULL THEN format(' %s %s g ON %s = %s', pick('JOIN', 'LEFT JOIN'), g.name, expand('@code', 'g', g), expand('@ref', 'b', r[i]))
            WHEN how = 'filter' THEN ' WHERE ' || filter('b', r[i]) ELSE '' END;
    END LOOP;
    w.name := view_between(array_to_string(arms, ' UNION ALL '));
    RETURN w;
END $$;

-- One arm of a source: facts alone, or joined to one or two more, each to one of those before.
CREATE FUNCTION arm(m spec) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r rel[] := ARRAY[relation('fact')];
    a text[] := '{s1}';
    solid integer[] := '{1}';                           -- not on the nullable side of a left join
    joins integer := pick('0', '0', '1', '1', '2', '2')::integer;
    tables text := r[1].name || ' s1';
    terms text[] := '{}';
    i integer;
    via text;
    how text;
    condition text;
    member text;
    weight text;
BEGIN
    FOR k IN 2 .. joins + 1 LOOP
        i := 1 + dice(k - 1);
        via := CASE WHEN r[i].target IS NULL THEN 'member' WHEN r[i].role = 'user' OR r[i].types->>'member' ~ 'char' OR dice(3) > 0 THEN 'ref' ELSE 'member' END;
        how := pick('JOIN', 'JOIN', 'WHERE', 'USING', 'LEFT JOIN', 'LEFT JOIN');
        a[k] := 's' || k;
        r[k] := relation(CASE via WHEN 'ref' THEN r[i].target ELSE 'user' END, CASE how WHEN 'USING' THEN 0 ELSE pick('0', '0', '1')::integer END);
        condition := expand('@' || via, a[i], r[i]) || ' = ' || expand(CASE via WHEN 'ref' THEN '@code' ELSE '@id' END, a[k], r[k]);
        IF how = 'USING' AND k = 2 AND via = 'ref' AND r[1].cols->>'ref' = r[2].cols->>'code' THEN
            tables := tables || format(' JOIN %s s2 USING (%s)', r[2].name, r[2].cols->>'code');
        ELSIF how = 'WHERE' THEN
            tables := tables || CASE WHEN k = joins + 1 THEN ', ' ELSE ' CROSS JOIN ' END || r[k].name || ' ' || a[k];
            terms := terms || condition;
        ELSE
            tables := tables || format(' %s %s %s ON %s%s', replace(how, 'USING', 'JOIN'), r[k].name, a[k], condition, CASE dice(4) WHEN 0 THEN ' AND ' || filter(a[k], r[k]) END);
        END IF;
        IF how <> 'LEFT JOIN' THEN
            solid := solid || k;
        END IF;
    END LOOP;
    FOR k IN 1 .. pick('0', '0', '1', '1', '2')::integer LOOP
        i := 1 + dice(joins + 1);
        terms := terms || filter(a[i], r[i]);
    END LOOP;
    i := CASE dice(3) WHEN 0 THEN 1 + dice(joins + 1) ELSE 1 END;
    member := CASE WHEN r[i].role = 'user' THEN expand(pick('@id', '@id::bigint'), a[i], r[i]) ELSE number('member', a[i], r[i]) END;
    IF i <> ALL (solid) AND dice(2) = 0 THEN
        member := format('coalesce(%s, %s)', member, number('member', 's1', r[1]));
    END IF;
    i := 1 + dice(joins + 1);
    weight := expand(pick('@weight', '@weight', 'coalesce(@weight, 0)', 'CASE WHEN @flag THEN @weight ELSE 0 END', '@weight * 60', 'greatest(@weight, 1)'), a[i], r[i]);
    i := CASE dice(3) WHEN 0 THEN solid[1 + dice(cardinality(solid))] ELSE 1 END;
    RETURN format('SELECT %s AS %I, %s AS %I', expand('@time', a[i], r[i]), m.at, CASE m.key WHEN 'member_id' THEN member ELSE number('key', a[joins + 1], r[joins + 1]) END, m.key)
        || coalesce(format(', %s AS ', weight) || m.weight, '') || CASE WHEN m.member <> m.key THEN format(', %s AS %I', member, m.member) ELSE '' END
        || format(' FROM %s', tables) || where_all(terms);
END $$;

-- Members: of one table, of two, or of one that is taken in two halves; with what their group says of them, too.
CREATE FUNCTION members() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    how text := pick('one', 'one', 'two', 'two', 'halves');
    r rel[] := ARRAY[relation('user')];
    g rel := relation('group');
    arms text[];
    joined text;
BEGIN
    r[2] := CASE how WHEN 'two' THEN relation('other user') ELSE r[1] END;
    FOR i IN 1 .. CASE how WHEN 'one' THEN 1 ELSE 2 END LOOP
        joined := pick('', '', ' JOIN @g g ON @on', ' LEFT JOIN @g g ON @on', ' LEFT JOIN @g g ON @on', ', @g g');
        arms[i] := 'SELECT ' || expand('@id AS member_id, ', 's', r[i])
            || CASE WHEN joined = '' OR dice(3) = 0 THEN expand(pick('@kind', 'CASE WHEN @weight = 0 THEN ''农村'' WHEN @flag THEN ''社区'' ELSE @kind END'), 's', r[i])
                    ELSE expand('@kind', 'g', g) END || ' AS org_type, '
            || CASE WHEN joined = '' OR dice(2) = 0 THEN expand(pick('@flag', 'coalesce(@flag, false)', '@weight > 2'), 's', r[i]) ELSE expand('@flag', 'g', g) END || ' AS allocated, '
            || number('key', 's', r[i]) || ' AS district_id, ' || expand(pick('@note', '''m'' || @id'), 's', r[i]) || ' AS name, '
            || expand('@time AS registered_at, ' || pick('NULL::timestamptz', 'CASE WHEN @weight > 3 THEN @time END') || ' AS closed_at FROM ', 's', r[i]) || r[i].name || ' s'
            || replace(replace(joined, '@on', expand('@code', 'g', g) || ' = ' || expand('@ref', 's', r[i])), '@g', g.name)
            || where_all(ARRAY[
                   CASE WHEN joined ~ '^,' THEN expand('@code', 'g', g) || ' = ' || expand('@ref', 's', r[i]) END,
                   CASE WHEN how = 'halves' THEN expand(CASE i WHEN 1 THEN '@flag' ELSE '@flag IS NOT TRUE' END, 's', r[i])
                        WHEN dice(2) = 0 THEN expand(pick('@kind IS DISTINCT FROM ''core.view''', '@flag IS NOT FALSE', '@weight BETWEEN 0 AND 4'), 's', r[i]) END]);
    END LOOP;
    RETURN array_to_string(arms, ' UNION ALL ');
END $$;

CREATE FUNCTION make_source(m spec) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    query text := CASE m.source WHEN 'member' THEN members() ELSE arm(m) END;
BEGIN
    FOR i IN 2 .. CASE m.source WHEN 'member' THEN 1 ELSE pick('1', '1', '1', '2', '3')::integer END LOOP
        query := query || ' UNION ALL ' || arm(m);
    END LOOP;
    IF dice(4) = 0 THEN
        query := format('SELECT * FROM %s v%s', view_between(query), pick('', format(' WHERE v.%I IS NOT NULL', m.key), format(' WHERE v.%I >= ''2015-03-06 00:00Z''', m.at)));
    END IF;
    PERFORM say(format('CREATE VIEW site.%I AS %s', m.source, query));
    INSERT INTO shown (source, definition, shape) VALUES (m.source, inlined(query), m.source || ': ' || normalised(query));
END $$;

-- A random write to a random table, or two or three that belong together. Ids and codes stay unique: a code follows from the id.
CREATE FUNCTION some_write(ddl boolean) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    t rel := (SELECT r FROM rel r WHERE r.used ORDER BY name OFFSET dice((SELECT count(*) FROM rel WHERE used)::integer) LIMIT 1);
    part text := t.parts[1 + dice(greatest(cardinality(t.parts), 1))];
    id text := 't.' || (t.cols->>'id');
    moved text := format('(CASE WHEN %1$s > 1000 THEN %1$s - 1000 ELSE %1$s + 1000 END)', id);
    which text := expand(pick('@id % 4 = ' || dice(4), '@id % 3 = ' || dice(3), '@key = ' || dice(9), '@flag', '@kind LIKE ''core%'''), 't', t);
    col text := pick('at', 'at', 'at', 'member', 'key', 'ref', 'ref', 'weight', 'flag', 'flag', 'kind', 'kind', 'note', 'code', 'id');
    what text := CASE WHEN ddl AND t.late IS NOT NULL AND dice(4) = 0 THEN 'late' WHEN part IS NOT NULL AND dice(5) = 0 THEN 'part'
                 ELSE pick('update', 'update', 'update', 'update', 'insert', 'insert', 'copy', 'delete', 'truncate', 'conflict', 'merge') END;
    file text := quote_literal(current_setting('data_directory') || '/random_views.copy');
    value text;
BEGIN
    IF what = 'conflict' AND t.kind IN ('plain', 'hash') THEN
        RETURN ARRAY[insert_into(t, t.name, new_rows(t, 12, format('ON CONFLICT (%s) DO UPDATE SET %s', t.cols->>'id', (
            SELECT string_agg(format('%s = excluded.%1$s', t.cols->>c), ', ') FROM unnest(ARRAY['at', 'member', 'key', 'flag', 'kind']) c))))];
    ELSIF what = 'insert' THEN
        RETURN ARRAY[insert_into(t, CASE WHEN t.kind = 'inherited' THEN pick(t.name, part) ELSE t.name END, new_rows(t, 1 + dice(20)))];
    ELSIF what = 'copy' THEN
        RETURN ARRAY[format('COPY (%s) TO %s', new_rows(t, 15), file), format('COPY %s (%s) FROM %s', t.name, in_order(t, t.cols), file)];
    ELSIF what = 'delete' THEN
        RETURN ARRAY[format('DELETE FROM %s t WHERE %s', t.name, which)];
    ELSIF what = 'truncate' AND dice(2) = 0 THEN
        RETURN ARRAY['TRUNCATE ' || coalesce(part, t.name)];
    ELSIF what = 'merge' THEN
        RETURN ARRAY[format('MERGE INTO %s t USING some_rows(%s, 25, %s) r ON %s = %s %s WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)',
            t.name, seed(), t.ids, id, t.fills->>'id', pick('', expand('WHEN MATCHED AND @flag THEN DELETE', 't', t)),
            (SELECT string_agg(format('%s = %s', t.cols->>c, t.fills->>c), ', ') FROM unnest(ARRAY['at', 'ref', 'kind', 'weight']) c), in_order(t, t.cols), in_order(t, t.fills))];
    ELSIF what = 'part' AND dice(3) = 0 AND t.role = 'fact' AND t.kind <> 'hash' THEN
        RETURN ARRAY[insert_into(t, part, format('SELECT %s FROM %s t WHERE %s', in_order(t, t.cols || jsonb_build_object('id', id || ' + 2000')), part, which))];
    ELSIF what = 'part' THEN
        RETURN ARRAY[replace(pick('DELETE FROM @ t', format('UPDATE @ t SET %s = %s', t.cols->>'weight', dice(6)), format('UPDATE @ t SET %s = t.%1$s IS NOT TRUE', t.cols->>'flag')),
                             '@', part) || ' WHERE ' || which];
    ELSIF what = 'late' THEN
        UPDATE rel SET attached = NOT attached WHERE name = t.name;
        RETURN CASE WHEN t.attached THEN ARRAY[format('ALTER TABLE %s DETACH PARTITION %s', t.name, t.late)]
            ELSE ARRAY[format('DELETE FROM %s t WHERE %s OR %s IN (SELECT %3$s FROM %s t)', t.name, t.late_rows, id, t.late),
                       format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s', t.name, t.late, t.bound)] END;
    END IF;
    value := CASE col
        WHEN 'at' THEN (SELECT expand(pick(VARIADIC c.later), 't', t) FROM clock c WHERE c.kind = t.clock)
        WHEN 'member' THEN quote_literal(dice(90)) WHEN 'key' THEN dice(12)::text WHEN 'weight' THEN dice(6)::text WHEN 'note' THEN '''x'''
        WHEN 'ref' THEN code(t.ref_family, dice(15)::text) WHEN 'flag' THEN expand('@flag IS NOT TRUE', 't', t)
        WHEN 'kind' THEN quote_literal(pick('农村', '社区', '国企', 'core.view'))
        WHEN 'code' THEN code(t.family, CASE WHEN t.many THEN format('(1 + %s %% %s)', id, 2 + dice(12)) ELSE pick(id, format('(5000 + %s)', id)) END) ELSE moved END;
    IF col = 'code' AND NOT t.cols ? 'code' THEN
        SELECT 'note', '''y''' INTO col, value;
    ELSIF col = 'id' THEN
        value := value || CASE WHEN t.cols ? 'code' THEN format(', %s = %s', t.cols->>'code', code(t.family, moved)) ELSE '' END;
        which := format('%s AND NOT EXISTS (SELECT FROM %s x WHERE x.%s = %s)', which, t.name, t.cols->>'id', moved);
    END IF;
    RETURN ARRAY[format('UPDATE %s t SET %s = %s WHERE %s', t.name, t.cols->>col, value, which)];
END $$;

CREATE TABLE done (round integer, step integer);
CREATE FUNCTION make_round(round integer, steps integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    zone text;
    kind text;
    look text;
    done text;
BEGIN
    PERFORM set_config('test.round', round::text, false), set_config('test.step', '0', false), setval('throw', round * 100000), setval('name', 1);
    DELETE FROM rel;
    DELETE FROM meaning;
    zone := pick('Europe/Berlin', 'Europe/Berlin', 'Asia/Shanghai', 'America/New_York');
    PERFORM say('CREATE SCHEMA site', 'CREATE SCHEMA "views between"', 'CREATE SCHEMA "Plat form"', 'CREATE SCHEMA lms', 'CREATE SCHEMA parts');
    PERFORM make_table('group'), make_table('user', 'group'), make_table('other user', 'group'), make_table('session', 'group'),
            make_table('fact', 'session'), make_table('fact', 'session');
    PERFORM say(expand('CREATE VIEW site.district AS SELECT @id AS district_id, @note AS name, @weight AS position FROM ', 'd', r) || r.name || ' d') FROM rel r WHERE r.role = 'group';
    PERFORM make_source(m) FROM (SELECT DISTINCT ON (source) * FROM spec ORDER BY source) m WHERE m.source = 'member'
        OR m.source IN (SELECT source FROM spec WHERE source <> 'member' ORDER BY md5(round || source) LIMIT 5);
    UPDATE rel r SET used = EXISTS (SELECT FROM script s WHERE s.round = make_round.round AND s.statement LIKE 'CREATE VIEW%' AND strpos(s.statement, r.name) > 0);
    PERFORM say(format('CALL edustats.attach(source => ''site'', bulletin => ''bulletin'', timezone => %L)', zone));
    FOR step IN 1 .. steps LOOP
        PERFORM set_config('test.step', step::text, false);
        look := format('SELECT look(%s, %s, %L)', round, step, zone);
        done := format('INSERT INTO done VALUES (%s, %s)', round, step);
        kind := CASE WHEN step = steps OR step = 2 AND dice(3) > 0 THEN 'refresh' WHEN step = 1 THEN 'look' ELSE pick('write', 'write', 'write', 'write', 'write', 'write',
            'write', 'two writes', 'rolled back', 'savepoint', 'savepoint', 'refresh', 'refresh', 'attach') END;
        CASE kind
        WHEN 'write' THEN PERFORM say(VARIADIC ARRAY['BEGIN'] || some_write(true) || done || ARRAY['COMMIT']);
        WHEN 'two writes' THEN PERFORM say(VARIADIC ARRAY['BEGIN'] || some_write(true) || some_write(false) || look || done || ARRAY['COMMIT']);
        WHEN 'rolled back' THEN PERFORM say(VARIADIC ARRAY['BEGIN'] || some_write(false) || some_write(false) || ARRAY['ROLLBACK', done]);
        WHEN 'savepoint' THEN PERFORM say(VARIADIC ARRAY['BEGIN', 'SAVEPOINT s'] || some_write(false) || ARRAY['ROLLBACK TO s', 'SAVEPOINT t'] || some_write(false)
                                          || ARRAY['RELEASE t'] || some_write(false) || done || ARRAY['COMMIT']);
        WHEN 'refresh' THEN PERFORM say('CALL edustats.refresh(''bulletin'')', done);
        WHEN 'attach' THEN PERFORM say('BEGIN', format('CALL edustats.attach(''site'', ''bulletin'', %L)', zone), done, 'COMMIT');
        ELSE PERFORM say(done);
        END CASE;
        PERFORM say(look);
    END LOOP;
    PERFORM say(format($q$INSERT INTO failure (round, kind, metric, example)
        SELECT %1$s, 'dirty', metric, min(day) || ' and ' || count(*) - 1 || ' more days' FROM bulletin_data.dirty_day GROUP BY metric
        UNION ALL SELECT %1$s, 'untracked', metric, note FROM bulletin.refresh_status WHERE NOT tracked OR note ~ 'members: '$q$, round), 'CALL edustats.detach(''bulletin'')', 'DROP SCHEMA site, "views between", "Plat form", lms, parts CASCADE');
END $$;

-- What is seen: how many rows the truth has, by metric, and what of it is wrong.
CREATE TABLE seen (round integer, step integer, metric text, rows bigint, digest text);
CREATE TABLE failure (n integer GENERATED ALWAYS AS IDENTITY, round integer, step integer, kind text, metric text, wrong bigint, example text);
CREATE FUNCTION look(round integer, step integer, zone text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kind text := CASE WHEN EXISTS (SELECT FROM script s WHERE s.round = look.round AND s.step <= look.step AND s.statement ~ '^CALL edustats.refresh')
                      THEN 'after refresh' ELSE 'before refresh' END;
    truth text := (SELECT string_agg(format(
            'SELECT %L::text AS metric, (s.%I AT TIME ZONE $3)::date AS day, %s AS class, s.%I::bigint AS key, sum(%s)::numeric AS n FROM site.%I s %s '
            'WHERE isfinite(s.%2$I) AND s.%4$I IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING sum(%5$s) > 0', m.metric, m.at,
            CASE WHEN m.member IS NULL THEN '0' ELSE 'coalesce(c.class, 0)' END, m.key, coalesce('s.' || quote_ident(m.weight), '1'), m.source,
            'LEFT JOIN class c ON c.member_id = s.' || quote_ident(m.member)), ' UNION ALL ')
        FROM spec m JOIN shown w ON w.source = m.source AND w.round = look.round);
BEGIN
    EXECUTE format($q$
        WITH class AS MATERIALIZED (
            SELECT member_id, CASE WHEN org_type IS NULL THEN 13
                ELSE coalesce((SELECT d.class FROM bulletin_data.class d WHERE d.org_type = m.org_type AND d.account = 'station'), 14) + CASE WHEN allocated THEN 0 ELSE 1 END END AS class FROM site.member m
        ), truth AS MATERIALIZED (SELECT * FROM (%s) t WHERE day BETWEEN '1990-01-01' AND (now() AT TIME ZONE $3)::date + 1
        ), mine AS MATERIALIZED (SELECT a.metric, a.day, a.class::integer, e.key, e.count FROM bulletin_data.activity a, edustats.each(a.tally) e
        ), difference AS (
            SELECT metric, day, class, key, t.n, m.count FROM truth t FULL JOIN mine m USING (metric, day, class, key) WHERE t.n IS DISTINCT FROM m.count
            UNION ALL
            SELECT metric, month, class, NULL, t.n, m.total
            FROM (SELECT metric, date_trunc('month', day)::date AS month, class, sum(n) AS n FROM truth GROUP BY 1, 2, 3) t
            FULL JOIN (SELECT metric, month, class::integer, total FROM bulletin_data.monthly) m USING (metric, month, class) WHERE t.n IS DISTINCT FROM m.total
        ), failed AS (
            INSERT INTO failure (round, step, kind, metric, wrong, example)
            SELECT $1, $2, $4, metric, count(*), min(format('%%s, class %%s, key %%s: expected %%s, got %%s', day, class, key, n, count)) FROM difference GROUP BY metric)
        INSERT INTO seen SELECT $1, $2, metric, count(*), md5(string_agg(concat_ws(' ', day, class, key, n), ',' ORDER BY day, class, key)) FROM truth GROUP BY metric
    $q$, truth) USING round, step, zone, kind;
EXCEPTION WHEN OTHERS THEN
    INSERT INTO failure (round, step, kind, example) VALUES (round, step, kind, SQLERRM);
END $$;
-- The first that failed of each metric in each round, with what it takes to see it again.
CREATE FUNCTION failures(kinds text) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT string_agg(format(E'round %s, step %s, %s: %s', round, step, metric, example), E'\n')
        FROM (SELECT DISTINCT ON (round, metric) * FROM failure WHERE kind ~ kinds ORDER BY round, metric, n LIMIT 12) f);

SELECT count(make_round(r, 14)) FROM generate_series(:first, :first + :rounds - 1) r \g /dev/null
SELECT plan(9);
\set ON_ERROR_STOP off
\o /dev/null
SELECT statement FROM script ORDER BY n \gexec
\o
SELECT is((SELECT string_agg(format('round %s, step %s', round, step), ', ') FROM (SELECT DISTINCT round, step FROM script WHERE step > 0 EXCEPT TABLE done ORDER BY 1, 2) s), NULL,
          'every step ran');
SELECT is(failures('before refresh'), NULL, 'activity and its months are right before a first refresh');
SELECT is(failures('after refresh'), NULL, 'and after it, after each step');
SELECT is(failures('dirty'), NULL, 'a last refresh leaves no dirty day');
SELECT is(failures('untracked'), NULL, 'all views are seen through');
SELECT cmp_ok((SELECT count(DISTINCT shape) FROM shown), '>=', 5 * :rounds::bigint, 'the views are of so many different shapes');
SELECT cmp_ok((SELECT count(DISTINCT (round, source)) FROM seen JOIN spec USING (metric)), '>=', 5 * :rounds::bigint, 'most of them have rows to count');
SELECT cmp_ok((SELECT count(*) FILTER (WHERE digest <> before) FROM (SELECT digest, lag(digest) OVER (PARTITION BY round, metric ORDER BY step) AS before FROM seen) s),
              '>=', 10 * :rounds::bigint, 'the steps change the truth');
SELECT cmp_ok((SELECT count(*) FROM (SELECT DISTINCT round, step FROM seen) s), '=', 14 * :rounds::bigint, 'each step was looked at');
SELECT diag(format(E'round %s, step %s, %s: %s\n    site.%s: %s\n    %s', f.round, f.step, f.kind, f.example, w.source, w.definition,
       (SELECT string_agg(s.statement, E';\n    ' ORDER BY s.n) FROM script s WHERE s.round = f.round AND s.step = f.step)))
FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY n) AS place FROM (SELECT DISTINCT ON (round, kind, metric) * FROM failure ORDER BY round, kind, metric, n) d) f
LEFT JOIN spec USING (metric) LEFT JOIN shown w ON w.source = spec.source AND w.round = f.round WHERE f.place <= 4 AND f.kind <> 'dirty' ORDER BY f.n;
SELECT * FROM finish();
