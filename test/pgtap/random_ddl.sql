-- Random steps of the kinds that no trigger tells of: columns that come to mean others, tables and views in a source's
-- place, triggers switched off and on, owners, schemas renamed and dropped. After each, what is read equals the sources by
-- the names of the contract, before and after refresh; or an error says why it can't be read, and only where it can't.
\set ON_ERROR_STOP on
\set steps 300
SET client_min_messages TO error;
SET timezone TO 'Europe/Paris';
SET jit TO off;
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE ROLE ddl_owner;
CREATE ROLE ddl_other;
SELECT format('GRANT CREATE ON DATABASE %I TO ddl_owner', current_database()) \gexec
SET ROLE ddl_owner;
CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, 'a', 1);
INSERT INTO platform.member (member_id, org_type, allocated, district_id, name, registered_at)
SELECT i, (ARRAY['农村', '社区', '国企', NULL])[1 + i % 4], i % 4 < 3 AND i % 3 = 0, 1, 'm' || i, '2014-12-01+08' FROM generate_series(1, 30) i;
RESET ROLE;
CALL edustats.attach();                 -- as a superuser: the bulletin is the owner's of the sources

CREATE FUNCTION chance(n integer, salt text, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN (('x' || substr(md5(n || '/' || salt), 1, 7))::bit(28)::integer) % below;
CREATE FUNCTION moment(n integer, salt text) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN timestamptz '2015-01-05 00:00+08' + chance(n, salt, 60) * interval '1 day' + chance(n, salt || 's', 86400) * interval '1 second';

-- The truth, by name; nothing where there is no such relation.
CREATE FUNCTION truth() RETURNS TABLE (metric text, day date, class integer, key bigint, n numeric) LANGUAGE plpgsql AS $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT * FROM (VALUES
        ('course_clicks', 'course_click', 'clicked_at', 'course_id', '1', 's.member_id'),
        ('learning', 'learning_session', 'started_at', 'member_id', 's.seconds', 's.member_id'),
        ('topic_views', 'topic_view', 'viewed_at', 'topic_id', '1', 'NULL')) v(metric, source, at, key, weight, member)
        WHERE to_regclass('platform.' || v.source) IS NOT NULL
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %1$L, (s.%2$I AT TIME ZONE ''Asia/Shanghai'')::date, coalesce(c.class, 0)::integer, s.%3$I::bigint, sum(%4$s)::numeric '
            'FROM platform.%5$I s LEFT JOIN (SELECT m.member_id, public.class_of(m.org_type, m.allocated) AS class FROM platform.member m) c ON c.member_id = %6$s '
            'WHERE isfinite(s.%2$I) AND s.%3$I IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING sum(%4$s) > 0',
            s.metric, s.at, s.key, s.weight, s.source, s.member);
    END LOOP;
END $$;

-- How many rows differ by day or by month; an error's message where the bulletin can't be read.
CREATE TYPE verdict AS (wrong bigint, error text);
CREATE FUNCTION look() RETURNS verdict LANGUAGE plpgsql AS $$
DECLARE
    data text := (SELECT quote_ident(data) FROM edustats.attachment);
    v verdict;
BEGIN
    EXECUTE format($q$
        WITH truth AS MATERIALIZED (SELECT * FROM truth()),
        mine AS MATERIALIZED (SELECT a.metric, a.day, a.class::integer, e.key, e.count::numeric FROM %1$s.activity a, edustats.each(a.tally) e
                 WHERE a.metric IN ('course_clicks', 'learning', 'topic_views')),
        month AS (SELECT metric, date_trunc('month', day)::date AS month, class, sum(n) AS n FROM truth GROUP BY 1, 2, 3),
        monthly AS MATERIALIZED (SELECT metric, month, class::integer, total::numeric FROM %1$s.monthly
                 WHERE metric IN ('course_clicks', 'learning', 'topic_views'))
        SELECT (SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE mine) UNION ALL (TABLE mine EXCEPT ALL TABLE truth)) d)
             + (SELECT count(*) FROM ((TABLE month EXCEPT ALL TABLE monthly) UNION ALL (TABLE monthly EXCEPT ALL TABLE month)) d)
    $q$, data) INTO v.wrong;
    RETURN v;
EXCEPTION WHEN insufficient_privilege OR undefined_column OR datatype_mismatch OR undefined_function THEN
    v.error := SQLERRM;
    RETURN v;
END $$;

CREATE PROCEDURE write(n integer) LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM pg_class WHERE relnamespace = 'platform'::regnamespace AND relkind = 'r'
        AND relname IN ('course_click', 'learning_session', 'topic_view')) < 3 THEN
        RETURN;
    END IF;
    INSERT INTO platform.course_click (member_id, course_id, clicked_at) SELECT chance(n, 'm' || i, 35), chance(n, 'c' || i, 9), moment(n, 'a' || i)
    FROM generate_series(1, 5) i;
    INSERT INTO platform.learning_session (member_id, started_at, seconds) SELECT chance(n, 'm' || i, 35), moment(n, 'b' || i), chance(n, 'w' || i, 50)
    FROM generate_series(1, 5) i;
    INSERT INTO platform.topic_view (topic_id, viewed_at) SELECT chance(n, 't' || i, 5), moment(n, 'd' || i) FROM generate_series(1, 5) i;
    UPDATE platform.learning_session SET seconds = seconds + 1 WHERE member_id = chance(n, 'u', 35);
    DELETE FROM platform.course_click WHERE course_id = chance(n, 'x', 9);
    UPDATE platform.member SET org_type = (ARRAY['农村', '社区', '国企'])[1 + chance(n, 'o', 3)], allocated = chance(n, 'l', 2) = 0
    WHERE member_id = chance(n, 'p', 30);
END $$;

-- A counted column is renamed, and another one gets its name: with a default, without a rewrite; or empty, and filled.
CREATE PROCEDURE swap(n integer, source text, col text, type text, value text) LANGUAGE plpgsql AS $$
DECLARE
    aside text := format('%s_%s', col, n);
BEGIN
    EXECUTE format('ALTER TABLE platform.%I RENAME %I TO %I', source, col, aside);
    EXECUTE format('ALTER TABLE platform.%I ALTER %I DROP NOT NULL', source, aside);
    IF n % 3 = 0 THEN
        EXECUTE format('ALTER TABLE platform.%I ADD %I %s DEFAULT %L', source, col, type, value);
        EXECUTE format('ALTER TABLE platform.%I ALTER %I DROP DEFAULT', source, col);
    ELSE
        EXECUTE format('ALTER TABLE platform.%I ADD %I %s', source, col, type);
        EXECUTE format('UPDATE platform.%I SET %I = %I%s', source, col, aside, CASE n % 3 WHEN 1 THEN '' ELSE ' + ' || CASE type
            WHEN 'timestamptz' THEN 'interval ''3 days''' ELSE '1' END END);
    END IF;
    IF n % 2 = 0 THEN
        EXECUTE format('ALTER TABLE platform.%I DROP %I', source, aside);
    END IF;
END $$;

CREATE PROCEDURE do_step(n integer, INOUT kind text) LANGUAGE plpgsql AS $$
DECLARE
    kinds text[] := ARRAY['write', 'write', 'write', 'write', 'swap time', 'swap key', 'swap weight', 'swap class', 'drop and add', 'type',
        'create table as', 'view in its place', 'away', 'triggers off', 'triggers off and always', 'trigger dropped', 'owner', 'child', 'truncate',
        'drop schema', 'rename both', 'rename data', 'rename bulletin', 'detach', 'platform renamed', 'refresh', 'refresh', 'refresh', 'attach', 'invalidate'];
    source text := (ARRAY['course_click', 'learning_session', 'topic_view'])[1 + chance(n, 'source', 3)];
    at text := CASE source WHEN 'course_click' THEN 'clicked_at' WHEN 'topic_view' THEN 'viewed_at' ELSE 'started_at' END;
    key text := CASE source WHEN 'course_click' THEN 'course_id' WHEN 'topic_view' THEN 'topic_id' ELSE 'member_id' END;
    bulletin name := (SELECT a.bulletin FROM edustats.attachment a);
    t name;
BEGIN
    kind := kinds[1 + chance(n, 'kind', cardinality(kinds))];
    CASE kind
    WHEN 'write' THEN
        CALL write(n);
    WHEN 'swap time' THEN
        CALL swap(n, source, at, 'timestamptz', '2015-02-02 03:00+08');
    WHEN 'swap key' THEN
        CALL swap(n, source, key, 'bigint', '7');
    WHEN 'swap weight' THEN
        CALL swap(n, 'learning_session', 'seconds', 'bigint', '11');
    WHEN 'swap class' THEN
        IF n % 2 = 0 THEN
            ALTER TABLE platform.member RENAME allocated TO allocated_before;
            EXECUTE format('ALTER TABLE platform.member ADD allocated boolean NOT NULL DEFAULT %L', n % 4 = 0);
        ELSE
            ALTER TABLE platform.member RENAME org_type TO org_type_before;
            ALTER TABLE platform.member ADD org_type text DEFAULT '社区';
            UPDATE platform.member SET org_type = '农村' WHERE member_id % 2 = 0;
        END IF;
        CALL edustats.attach(bulletin => bulletin);         -- its views read the columns that they were made for until then
        ALTER TABLE platform.member DROP COLUMN IF EXISTS allocated_before, DROP COLUMN IF EXISTS org_type_before;
    WHEN 'drop and add' THEN
        EXECUTE format('ALTER TABLE platform.%I DROP %I', source, at);
        EXECUTE format('ALTER TABLE platform.%I ADD %I timestamptz DEFAULT %L', source, at, moment(n, 'default'));
    WHEN 'type' THEN
        EXECUTE format('ALTER TABLE platform.%I ALTER %I TYPE %s USING (%2$I + 1)', source, key, CASE n % 2 WHEN 0 THEN 'integer' ELSE 'bigint' END);
        EXECUTE format('ALTER TABLE platform.%I ALTER %I TYPE timestamptz USING %2$I + interval ''1 day''', source, at);
    WHEN 'create table as' THEN
        EXECUTE format('ALTER TABLE platform.%I RENAME TO %I', source, source || '_' || n);
        EXECUTE format('CREATE TABLE platform.%I AS SELECT * FROM platform.%I WHERE %I %% 2 = %s', source, source || '_' || n, key, n % 2);
        EXECUTE format('ALTER TABLE platform.%I OWNER TO ddl_owner', source);
    WHEN 'view in its place' THEN
        EXECUTE format('ALTER TABLE platform.%I RENAME TO %I', source, source || '_' || n);
        EXECUTE format('CREATE VIEW platform.%I AS SELECT * FROM platform.%I WHERE %I %% 2 = 0', source, source || '_' || n, key);
        EXECUTE format('ALTER VIEW platform.%I OWNER TO ddl_owner', source);
        IF n % 2 = 0 THEN
            CALL edustats.attach(bulletin => bulletin);
            EXECUTE format('INSERT INTO platform.%I (%I, %I) VALUES (2, %L)', source || '_' || n, key, at, moment(n, 'view'));
        END IF;
    WHEN 'away' THEN
        EXECUTE format('ALTER TABLE platform.%I RENAME TO %I', source, source || '_' || n);
    WHEN 'triggers off', 'triggers off and always' THEN
        EXECUTE format('ALTER TABLE platform.%I DISABLE TRIGGER ALL', source);
        CALL write(n);
        IF kind = 'triggers off' THEN
            EXECUTE format('ALTER TABLE platform.%I ENABLE TRIGGER ALL', source);
        ELSE
            FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = ('platform.' || source)::regclass AND NOT tgisinternal LOOP
                EXECUTE format('ALTER TABLE platform.%I ENABLE ALWAYS TRIGGER %I', source, t);
            END LOOP;
        END IF;
    WHEN 'trigger dropped' THEN
        FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = ('platform.' || source)::regclass AND NOT tgisinternal LIMIT 1 + n % 4 LOOP
            EXECUTE format('DROP TRIGGER %I ON platform.%I', t, source);
        END LOOP;
        CALL write(n);
    WHEN 'owner' THEN
        EXECUTE format('ALTER TABLE platform.%I OWNER TO ddl_other', source);
        CALL write(n);
    WHEN 'child' THEN
        EXECUTE format('CREATE TABLE platform.child_%s () INHERITS (platform.%I)', n, source);
        EXECUTE format('ALTER TABLE platform.child_%s OWNER TO ddl_owner', n);
        EXECUTE format('INSERT INTO platform.child_%s (%I, %I) VALUES (3, %L), (4, %L)', n, key, at, moment(n, 'e'), moment(n, 'f'));
    WHEN 'truncate' THEN
        EXECUTE format('TRUNCATE platform.%I', source);
    WHEN 'drop schema' THEN
        EXECUTE format('DROP SCHEMA %I CASCADE', CASE WHEN n % 2 = 0 THEN bulletin ELSE bulletin || '_data' END);
        CALL write(n);
        IF n % 2 = 1 THEN
            EXECUTE format('DROP SCHEMA %I CASCADE', bulletin);
        END IF;
        CALL edustats.attach(bulletin => bulletin);
    WHEN 'rename both' THEN
        EXECUTE format('ALTER SCHEMA %I RENAME TO b%s', bulletin, n);
        EXECUTE format('ALTER SCHEMA %I RENAME TO b%s_data', bulletin || '_data', n);
        CALL write(n);
        CALL edustats.attach(bulletin => ('b' || n)::name);
    WHEN 'rename bulletin' THEN
        EXECUTE format('ALTER SCHEMA %I RENAME TO b%s', bulletin, n);
        CALL write(n);
    WHEN 'rename data' THEN
        EXECUTE format('ALTER SCHEMA %I RENAME TO hidden', bulletin || '_data');
        CALL write(n);
        EXECUTE format('ALTER SCHEMA hidden RENAME TO %I', bulletin || '_data');
    WHEN 'detach' THEN
        CALL edustats.detach(bulletin);
        CALL write(n);
        CALL edustats.attach(bulletin => bulletin);
    WHEN 'platform renamed' THEN
        ALTER SCHEMA platform RENAME TO elsewhere;
        ALTER SCHEMA elsewhere RENAME TO platform;
        CALL write(n);
    WHEN 'refresh' THEN
        CALL edustats.refresh(bulletin);
    WHEN 'attach' THEN
        CALL edustats.attach(bulletin => bulletin);
    WHEN 'invalidate' THEN
        CALL edustats.invalidate(bulletin, 'learning', daterange('2015-01-10', '2015-01-20'));
    END CASE;
    COMMIT;
END $$;

-- Puts right what a step has left that the next one can't work on.
CREATE PROCEDURE repair() LANGUAGE plpgsql AS $$
DECLARE
    b name := (SELECT bulletin FROM edustats.attachment);
    s record;
BEGIN
    FOR s IN
        SELECT v.name, c.relkind, c.relowner = 'ddl_owner'::regrole AS own,
               (SELECT t.relname FROM pg_class t WHERE t.relnamespace = 'platform'::regnamespace AND t.relname ~ ('^' || v.name || '_\d+$')
                ORDER BY t.oid DESC LIMIT 1) AS aside
        FROM unnest(ARRAY['course_click', 'learning_session', 'topic_view']) v(name)
        LEFT JOIN pg_class c ON c.relnamespace = 'platform'::regnamespace AND c.relname = v.name
    LOOP
        IF s.relkind = 'v' THEN
            EXECUTE format('DROP VIEW platform.%I', s.name);
        END IF;
        IF s.relkind IS NULL OR s.relkind = 'v' THEN
            EXECUTE format('ALTER TABLE platform.%I RENAME TO %I', (SELECT relname FROM pg_class
                WHERE relnamespace = 'platform'::regnamespace AND relname ~ ('^' || s.name || '_\d+$') AND relkind = 'r'
                ORDER BY substring(relname FROM '\d+$')::integer DESC LIMIT 1), s.name);
        ELSIF NOT s.own THEN
            EXECUTE format('ALTER TABLE platform.%I OWNER TO ddl_owner', s.name);
        END IF;
    END LOOP;
    IF b ~ '^b\d+$' THEN
        EXECUTE format('ALTER SCHEMA %I RENAME TO bulletin', b);
        CALL edustats.attach();
    END IF;
    COMMIT;
END $$;

CREATE TABLE step (n integer, kind text, wrong bigint, error text, wrong_repaired bigint, error_repaired text, tracked boolean);
CREATE PROCEDURE do_steps(steps integer) LANGUAGE plpgsql AS $$
DECLARE
    kind text;
    v verdict;
    r verdict;
BEGIN
    FOR n IN 1 .. steps LOOP
        CALL do_step(n, kind);
        v := look();
        CALL repair();
        r := look();
        INSERT INTO step VALUES (n, kind, v.wrong, v.error, r.wrong, r.error);
        COMMIT;
    END LOOP;
END $$;

\set ON_ERROR_STOP off
SELECT plan(7);
CALL do_steps(:steps);
SELECT is((SELECT count(*) FROM step), :steps::bigint, 'every step ran');
SELECT is((SELECT string_agg(format('step %s, %s: %s rows differ', n, kind, wrong), E'\n' ORDER BY n) FROM step WHERE wrong <> 0), NULL,
          'what is read equals the sources after each step');
SELECT is((SELECT string_agg(format('step %s, %s: %s rows differ, %s', n, kind, wrong_repaired, error_repaired), E'\n' ORDER BY n) FROM step
           WHERE wrong_repaired <> 0 OR error_repaired IS NOT NULL), NULL, 'and after it is put right by hand, without any error');
SELECT is((SELECT string_agg(DISTINCT kind, ', ') FROM step WHERE error IS NOT NULL), 'owner', 'an error only where another role owns a source');
SELECT is((SELECT bool_and(error ~ 'permission denied|ddl_other|not read with') FROM step WHERE error IS NOT NULL), true, 'and it says so');
SELECT cmp_ok((SELECT min(c) FROM (SELECT count(*) AS c FROM step GROUP BY kind) k), '>=', 5::bigint, 'each kind of step ran');
CALL edustats.refresh();
SELECT is((look()).wrong + (SELECT sum(dirty_days) FROM bulletin.refresh_status WHERE tracked), 0::numeric, 'a last refresh leaves no difference');
SELECT * FROM finish();
CALL edustats.detach('bulletin');
DROP OWNED BY ddl_owner, ddl_other CASCADE;
DROP ROLE ddl_owner, ddl_other;
