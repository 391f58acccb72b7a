-- The kinds of organisation: what the bulletin's owner says of them, the numbers by which the rollup knows them, and the
-- words that are printed.

CREATE TABLE IF NOT EXISTS org_type (
    org_type text PRIMARY KEY CONSTRAINT org_type_is_a_kind CHECK (edustats.is_kind(org_type)),
    code text NOT NULL UNIQUE CONSTRAINT code_names_columns CHECK (edustats.is_kind_code(code)),
    position integer NOT NULL,
    label text CONSTRAINT label_is_not_blank CHECK (label IS NULL OR edustats.named(label) IS NOT NULL),
    compared boolean NOT NULL DEFAULT false,
    told_together boolean NOT NULL DEFAULT false,
    by_account boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE org_type IS
    'The kinds of organisation that the bulletin tells apart. Yours to change: rows change what is printed at once, and, with the next refresh or attach, the columns of tables. A kind without a row is printed among others. Refresh and attach add those of members that they have not seen before.';
COMMENT ON COLUMN org_type.org_type IS 'The kind, as the platform has it.';
COMMENT ON COLUMN org_type.code IS
    'Name of its columns: that of table 2, and with a suffix those of tables 3, 5 and 7. Lower-case letters, digits and _, at most 50, and no other column of the tables.';
COMMENT ON COLUMN org_type.position IS 'Its place in tables and sentences, ascending.';
COMMENT ON COLUMN org_type.label IS 'What it is called in tables and sentences; NULL: as the platform calls it.';
COMMENT ON COLUMN org_type.compared IS 'Is it one of those that tables 3, 5 and 7 and their sentences compare?';
COMMENT ON COLUMN org_type.told_together IS 'Does the sentence about learning time take it together with the others of which this is true?';
COMMENT ON COLUMN org_type.by_account IS 'Does table 1 tell its station users from the others?';

CREATE TABLE IF NOT EXISTS class (
    class smallint PRIMARY KEY,
    org_type text,
    account text CHECK (account IN ('station', 'registered', 'individual')),
    UNIQUE NULLS NOT DISTINCT (org_type, account)
);
COMMENT ON TABLE class IS
    'The classes of members, as the rollup stores them. Rows are only ever added, by refresh and attach. What is printed of each stands in the view "class_kind".';
COMMENT ON COLUMN class.class IS 'The class; 0 for activity of nobody known (a visitor, a member no longer on file).';
COMMENT ON COLUMN class.org_type IS
    'Kind of organisation, as the platform has it; NULL for individuals, for class 0, and for organisations whose kind has no class of its own.';
COMMENT ON COLUMN class.account IS
    'station: the account of an organisation that the platform allocated; registered: another one of an organisation; individual; NULL for class 0.';

CREATE TABLE IF NOT EXISTS label (
    name text PRIMARY KEY,
    label text NOT NULL CONSTRAINT label_is_not_blank CHECK (edustats.named(label) IS NOT NULL)
);
COMMENT ON TABLE label IS
    'Words that the views print beside the platform''s own names. Yours to change; of what you have not changed, attach makes what comes along for the setting "language", and it brings back what is missing.';
COMMENT ON COLUMN label.name IS 'What the word is for.';
COMMENT ON COLUMN label.label IS 'The word.';

-- The numbers of the catalogue are below these, and kinds that are found have those above.
INSERT INTO class (class, org_type, account) VALUES
    (0, NULL, NULL), (13, NULL, 'individual'), (14, NULL, 'station'), (15, NULL, 'registered') ON CONFLICT DO NOTHING;

-- Every column that a kind may have must be free: the code of another, or a word that would have to be quoted, is not.
CREATE OR REPLACE FUNCTION free_code(org_type text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (
        SELECT c.code
        FROM (SELECT coalesce((SELECT s.code FROM edustats.org_type s WHERE s.org_type = free_code.org_type),
                              lower(free_code.org_type COLLATE "C")) AS code, 0 AS n
              UNION ALL SELECT 'kind_' || n, n FROM generate_series(1, (SELECT count(*) + 1 FROM org_type)) n) c
        WHERE edustats.is_kind_code(c.code) AND c.code NOT IN (SELECT o.code FROM org_type o)
          AND c.code NOT IN (SELECT k.word FROM pg_get_keywords() k WHERE k.catcode = 'R')
        ORDER BY c.n LIMIT 1);
END
$function$;
COMMENT ON FUNCTION free_code(text) IS 'The code for a kind: as it comes along, made of its name if that can be one, or a number.';

CREATE OR REPLACE FUNCTION add_classes(org_type text) RETURNS void
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    INSERT INTO class (class, org_type, account)
    SELECT n.class + a.n, add_classes.org_type, a.account
    FROM (SELECT coalesce((SELECT s.class FROM edustats.org_type s WHERE s.org_type = add_classes.org_type),
                          (SELECT max(c.class) + 1 FROM class c)) AS class) n
    CROSS JOIN (VALUES (0, 'station'), (1, 'registered')) a(n, account)
$function$;
COMMENT ON FUNCTION add_classes(text) IS 'Gives a kind of organisation its classes, which it keeps.';

-- The first two are compared, as there must be something to compare.
CREATE OR REPLACE FUNCTION add_kind(org_type text, by_account boolean) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM add_classes(org_type);
    INSERT INTO org_type AS o (org_type, code, position, compared, told_together, by_account)
    SELECT add_kind.org_type, free_code(add_kind.org_type), n.position,
           coalesce(s.compared, true) AND n.compared < 2, coalesce(s.told_together, false), coalesce(s.by_account, true) AND add_kind.by_account
    FROM (SELECT coalesce(max(o.position), 0) + 1 AS position, count(*) FILTER (WHERE o.compared) AS compared FROM org_type o) n
    LEFT JOIN edustats.org_type s ON s.org_type = add_kind.org_type;
END
$function$;
COMMENT ON FUNCTION add_kind(text, boolean) IS 'Adds a kind of organisation at the end, with its classes. by_account: whether it has both station users and others.';

-- The members as they are, each as often as it is there: who is there twice is an error for who counts them. A kind that is
-- called as others are is none of its own.
CREATE OR REPLACE FUNCTION new_kinds(source name, n integer) RETURNS TABLE (org_type text, members bigint, by_account boolean, kinds bigint)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT m.org_type, m.members, m.stations AND NOT m.only_stations, count(*) OVER () FROM ('
        'SELECT s.org_type, count(*) AS members, bool_or(s.station) AS stations, bool_and(s.station) AS only_stations '
        'FROM (SELECT m.org_type::text COLLATE "C" AS org_type, edustats.is_station(m.org_type, m.allocated) IS TRUE AS station FROM %I.member m) s '
        'WHERE s.org_type IS NOT NULL GROUP BY s.org_type) m '
        'WHERE edustats.is_kind(m.org_type) AND m.org_type NOT IN (SELECT c.org_type FROM class c WHERE c.org_type IS NOT NULL) '
        'AND m.org_type NOT IN (SELECT l.label FROM label l WHERE l.name = ''other'') '
        'ORDER BY m.members DESC, m.org_type LIMIT $1', source) USING n;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR insufficient_resources THEN
        RAISE;                  -- nothing about the members
    WHEN OTHERS THEN
        RAISE WARNING 'the members'' kinds of organisation can not be read: %', SQLERRM;
END
$function$;
COMMENT ON FUNCTION new_kinds(name, integer) IS
    'The n kinds with most members of those that have no classes yet, whether they have both station users and others, and how many such kinds there are. A warning where the members can''t be read.';

-- Only members that the log has marks of, or that came between the last look at kinds and that at classes, can be of one that
-- nobody has seen.
CREATE OR REPLACE FUNCTION may_have_new_kinds() RETURNS boolean
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT coalesce((SELECT bool_or(c.others) FROM class_map c), true) OR EXISTS (SELECT FROM log l WHERE l.changes IS NULL)
        OR EXISTS (SELECT FROM metric m WHERE m.member_column IS NOT NULL AND m.note IS NOT NULL)
$function$;
COMMENT ON FUNCTION may_have_new_kinds() IS 'Can there be members of a kind of organisation that has no classes yet?';

-- Those that come along do so with any one of them, or where there is nobody yet: a platform of other kinds has none of them.
CREATE OR REPLACE FUNCTION add_shipped_kinds(source name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    come boolean;
BEGIN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %1$I.member) OR EXISTS ('
                   'SELECT FROM edustats.org_type s WHERE s.org_type IN (SELECT m.org_type::text COLLATE "C" FROM %1$I.member m))', source) INTO come;
    IF come THEN
        PERFORM add_kind(s.org_type, s.by_account) FROM (SELECT * FROM edustats.org_type ORDER BY position) s;
    END IF;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        NULL;                   -- who looks for the others says so
END
$function$;
COMMENT ON FUNCTION add_shipped_kinds(name) IS 'Adds the kinds of organisation that come along, if the platform has one of them, or no members yet.';

-- What was computed while a kind had no classes of its own is among that of others.
CREATE OR REPLACE FUNCTION mark_others() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    INSERT INTO log (metric, first, last)
    SELECT d.metric, r.first, r.last
    FROM (SELECT r.metric, range_agg(daterange(r.day, r.day, '[]')) * open_days(r.metric)::datemultirange AS days
          FROM rollup r
          WHERE r.metric IN (SELECT m.metric FROM metric m WHERE m.member_column IS NOT NULL)
            AND r.class IN (SELECT c.class FROM class c WHERE c.org_type IS NULL AND c.account <> 'individual')
          GROUP BY r.metric) d
    CROSS JOIN LATERAL month_runs(d.days) r;
END
$function$;
COMMENT ON FUNCTION mark_others() IS 'Marks the open days that have organisations of no known kind in the rollup.';

-- Each kind is a column, and a platform may have as many as it has members.
CREATE OR REPLACE FUNCTION tell_kinds(kinds text[], left_out bigint) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF kinds <> '{}' THEN
        RAISE NOTICE 'new kinds of organisation, at the end of the table %.org_type: %', quote_ident(current_schema()),
            (SELECT string_agg(format('"%s" (%s)', left(k, 60), o.code), ', ' ORDER BY n)
             FROM unnest(kinds) WITH ORDINALITY u(k, n) JOIN org_type o ON o.org_type = k);
    END IF;
    IF left_out > 0 THEN
        RAISE WARNING '% kinds of organisation count among others', left_out
            USING HINT = format('A bulletin takes up 50 by itself. Insert rows into %I.org_type for those that are to be told apart.', current_schema());
    END IF;
END
$function$;
COMMENT ON FUNCTION tell_kinds(text[], bigint) IS 'Tells which kinds of organisation have been added, and how many have not.';

CREATE OR REPLACE FUNCTION sync_kinds(attached boolean) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    source name := (SELECT a.source FROM attachment a);
    before bigint := (SELECT count(*) FROM class);
    kind record;
    added text[] := '{}';
    room bigint;
    all_kinds bigint := 0;
BEGIN
    PERFORM add_classes(o.org_type)
        FROM (SELECT o.org_type FROM org_type o WHERE o.org_type NOT IN (SELECT c.org_type FROM class c WHERE c.org_type IS NOT NULL)
              ORDER BY o.position, o.code) o;
    IF attached OR may_have_new_kinds() AND is_ours(find_relation(source, 'member')) THEN
        IF NOT EXISTS (SELECT FROM class c WHERE c.org_type IS NOT NULL) THEN
            PERFORM add_shipped_kinds(source);
        END IF;
        room := greatest(50 - (SELECT count(DISTINCT c.org_type) FROM class c), 0);
        FOR kind IN SELECT k.* FROM new_kinds(source, room::integer + 1) k LOOP
            all_kinds := kind.kinds;
            EXIT WHEN cardinality(added) = room;
            PERFORM add_kind(kind.org_type, kind.by_account);
            added := added || kind.org_type;
        END LOOP;
        PERFORM tell_kinds(added, all_kinds - cardinality(added));
        UPDATE class_map SET others = false WHERE others;       -- whoever comes later has a mark
    END IF;
    IF (SELECT count(*) FROM class) > before THEN
        DELETE FROM class_map;
        PERFORM mark_others();
    END IF;
END
$function$;
COMMENT ON FUNCTION sync_kinds(boolean) IS
    'Adds the kinds of organisation that members have and nobody has seen before, and gives those of the owner''s their classes. attached: by attach, which has looked at the platform.';

CREATE OR REPLACE FUNCTION refresh_kinds() RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout TO '2s'
AS $function$
BEGIN
    IF lock_attachment() IS NULL THEN
        RETURN 'false';
    END IF;
    PERFORM sync_kinds(false);
    RETURN (SELECT to_jsonb(a.kinds IS DISTINCT FROM kinds_now()) FROM attachment a);
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RAISE WARNING 'new kinds of organisation count among others until a later refresh: %', SQLERRM;
    RETURN 'false';
END
$function$;
COMMENT ON FUNCTION refresh_kinds() IS 'The part of a refresh that adds kinds of organisation; true if the columns of views are of others now.';
