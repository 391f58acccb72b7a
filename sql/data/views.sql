-- The bulletin's views. Documented ones stand in the bulletin's own schema, the others beside the data. The texts of the
-- sections are run with a search_path of both, and the platform after them, so that they read as a DBA would write them.

-- A section's blocks: each makes one view and names the relations of the platform that it needs, and what tells the rows of a
-- documented one from each other. The names are fixed there and not looked up by a pattern, so that a view of the user's own is
-- never taken for ours.
CREATE OR REPLACE FUNCTION section_blocks() RETURNS TABLE (kind text, view text, requires text[], key text[], body text, spoken boolean)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT b.kind, b.view, b.requires, b.key, b.body, coalesce(s.language = page_language(), true)
    FROM edustats.section s
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s.blocks) AS (kind text, view text, requires text[], key text[], body text)) WITH ORDINALITY b
    ORDER BY s.position, b.ordinality
$function$;
COMMENT ON FUNCTION section_blocks() IS
    'The statements of the bulletin''s views in order, whether each is a documented view, one of data, one whose rows are kept or one of sentences about the headline, the relations of the platform that it needs, the columns that tell its rows from each other, and whether it is for bulletins in this one''s language.';

-- What the platform's people and things are called.
CREATE OR REPLACE FUNCTION lookups() RETURNS TABLE (relation name, key name, columns name[])
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT k.relation, k.key, (SELECT array_agg(c.column_name ORDER BY c.column_name) FROM edustats.contract c WHERE c.source = k.relation)
    FROM (VALUES ('district'::name, 'district_id'::name), ('member', 'member_id'), ('course', 'course_id'), ('site_column', 'column_id'),
                 ('article', 'article_id'), ('topic', 'topic_id'), ('blog', 'blog_id'), ('village_topic', 'topic_id')) k(relation, key)
$function$;
COMMENT ON FUNCTION lookups() IS 'The relations of a platform that are looked up by a key, and their columns.';

-- Replaced only where it reads something else than it should, as that waits for who is reading it.
CREATE OR REPLACE FUNCTION is_current(view regclass, source regclass, key name, columns name[]) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN edustats.is_unique(source, key) <> EXISTS (
               SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
               WHERE r.ev_class = view AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = 'only_once(bigint,text,text)'::regprocedure)
       AND ARRAY(SELECT a.attnum::integer FROM pg_attribute a
                 WHERE a.attrelid = source AND a.attname = ANY (columns) AND NOT a.attisdropped ORDER BY 1)
         = ARRAY(SELECT DISTINCT d.refobjsubid
                 FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                 WHERE r.ev_class = view AND d.refclassid = 'pg_class'::regclass AND d.refobjid = source AND d.refobjsubid > 0
                 ORDER BY 1);
END
$function$;
COMMENT ON FUNCTION is_current(regclass, regclass, name, name[]) IS
    'Does the view of a look-up read the relation and the columns that it should, and see to unique keys where no index does?';

-- attached: by attach, which has looked at the platform; a refresh takes up nothing of others by itself.
CREATE OR REPLACE FUNCTION create_lookups(source name, attached boolean) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    l record;
    body text;
BEGIN
    FOR l IN
        SELECT k.* FROM lookups() k
        WHERE find_relation(source, k.relation) IS NOT NULL
          AND (attached OR is_ours(find_relation(source, k.relation)))
          AND is_current(to_regclass(format('%I.%I', current_schema(), k.relation)), find_relation(source, k.relation),
                         k.key, k.columns) IS NOT TRUE
    LOOP
        body := format('CREATE OR REPLACE VIEW %I AS %s', l.relation, lookup_query(source, l.relation, l.key, l.columns))
            || body_comments(quote_ident(l.relation), format('What is looked up in the platform''s "%s", by a key that is there only once.', l.relation), (
                   SELECT jsonb_object_agg(c, format('As in the platform''s "%s".', l.relation)) FROM unnest(l.columns) c));
        IF attached THEN
            PERFORM make_view(current_schema(), l.relation, body, current_setting('search_path'));
        ELSE
            PERFORM run_block(body, current_setting('search_path'));
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION create_lookups(name, boolean) IS 'Creates the views of the platform''s look-ups, or replaces those that are not current.';

CREATE OR REPLACE FUNCTION create_opening(source name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM make_view(current_schema(), 'opening', CASE WHEN find_relation(source, 'opening_balance') IS NULL
        THEN 'CREATE OR REPLACE VIEW opening AS SELECT NULL::text AS metric, NULL::bigint AS key, NULL::bigint AS amount WHERE false'
        ELSE format('CREATE OR REPLACE VIEW opening AS SELECT metric::text, key::bigint, amount::bigint FROM %I.opening_balance', source) END
        || body_comments('opening', 'What cumulative figures had reached before the first row of a metric''s source.', '{
            "metric": "The metric.",
            "key": "The metric''s key, or 0 where the balance is not split.",
            "amount": "What it had reached, in the metric''s unit."}'), current_setting('search_path'));
END
$function$;
COMMENT ON FUNCTION create_opening(name) IS 'Creates the view opening, empty where the platform has no opening balances.';

-- The views of some that the sections have made under the names VIEW_..., in their order.
CREATE OR REPLACE FUNCTION view_parts(view text, made text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(SELECT p FROM unnest(made) WITH ORDINALITY u(p, n) WHERE starts_with(p, view || '_') ORDER BY n)
$function$;
COMMENT ON FUNCTION view_parts(text, text[]) IS 'Those of some views that are parts of another, by their names.';

CREATE OR REPLACE FUNCTION comment_parts(parts text[], columns jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT p.part, a.attname, t.value FROM unnest(parts::regclass[]) p(part) JOIN pg_attribute a ON a.attrelid = p.part JOIN jsonb_each_text(columns) t ON t.key = a.attname
             WHERE t.value IS DISTINCT FROM col_description(a.attrelid, a.attnum)
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', c.part, c.attname, c.value);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION comment_parts(text[], jsonb) IS 'Comments on the columns of the parts of a view, which have them all.';

-- What a metric of the user's own has reached is a headline, too; some built-in ones have headlines of their own.
CREATE OR REPLACE FUNCTION create_headline(bulletin name, parts text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    list text := 'SELECT month, metric, value::numeric(28,2) AS value, previous::numeric(28,2) AS previous, growth::numeric(30,2) AS growth, '
                 'cumulative::numeric(28,2) AS cumulative, last_year::numeric(28,2) AS last_year, growth_on_year::numeric(30,2) AS growth_on_year, '
                 'year_to_date::numeric(28,2) AS year_to_date FROM ';
    columns jsonb := '{
        "month": "First day of the month.",
        "metric": "What is counted.",
        "value": "The figure of the month; for users, how many there are at its end; for reports_quarter, that of the quarter that ends with it.",
        "previous": "The figure of the month before; for reports_quarter, of the quarter before.",
        "growth": "Growth over that in percent; NULL where it was nothing.",
        "cumulative": "The figure from the platform''s beginning to the end of the month, opening balance included.",
        "last_year": "The figure of the same month of the year before; for reports_quarter, of the same quarter.",
        "growth_on_year": "Growth over that in percent; NULL where it was nothing.",
        "year_to_date": "What the figure has come to from January of the month''s year to the end of the month; NULL for users, who are counted and not added up. Hours are rounded once, from seconds, as the cumulative ones are."}';
BEGIN
    PERFORM make_view(bulletin, 'headline',
        'CREATE OR REPLACE VIEW headline AS ' || list || 'metric_total WHERE metric NOT IN (''registrations'', ''closures'', ''learning'', ''column_visits'')'
        || array_to_string(ARRAY(SELECT ' UNION ALL ' || list || quote_ident(p) FROM unnest(parts) p), '')
        || body_comments('headline', 'The bulletin''s headline figures: one row a metric and month.', columns), current_setting('search_path'));
    PERFORM comment_parts(parts, columns);
END
$function$;
COMMENT ON FUNCTION create_headline(name, text[]) IS 'Creates the view headline, of its parts and of the metrics.';

-- Its parts stand side by side and have nothing in common, so a function reads one after the other: one plan of them all
-- would take tens of megabytes, and more time than reading them.
CREATE OR REPLACE FUNCTION create_narrative(bulletin name, parts text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    columns jsonb := '{
        "month": "First day of the month.",
        "section": "Section of the bulletin, from 1.",
        "paragraph": "Place of the paragraph in its section, ascending, with gaps where a platform has no source for one.",
        "text": "The paragraph."}';
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION all_sentences(month date) RETURNS SETOF edustats.sentence LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS %L',
        format(E'\nBEGIN\n    IF $1 IS NULL THEN\n%s    ELSE\n%s    END IF;\nEND\n',
               (SELECT string_agg(format(E'        RETURN QUERY SELECT * FROM %I;\n', p), '' ORDER BY n) FROM unnest(parts) WITH ORDINALITY u(p, n)),
               (SELECT string_agg(format(E'        RETURN QUERY SELECT * FROM %I p WHERE p.month = $1;\n', p), '' ORDER BY n) FROM unnest(parts) WITH ORDINALITY u(p, n))));
    COMMENT ON FUNCTION all_sentences(date) IS 'The bulletin''s sentences of a month; for NULL, those of all.';
    PERFORM create_kept_function('sentences', 'sentences(month date)', 'section integer, paragraph integer, text text', 'c.section, c.paragraph, c.text',
                                 'edustats.sentence', 'all_sentences($1) c', 'all_sentences(NULL) c');
    COMMENT ON FUNCTION sentences(date) IS 'The bulletin''s sentences of a month: what narrative reads.';
    PERFORM make_view(bulletin, 'narrative',
        'CREATE OR REPLACE VIEW narrative AS SELECT m.month, s.section, s.paragraph, s.text FROM months m CROSS JOIN LATERAL sentences(m.month) s'
        || body_comments('narrative', 'The bulletin''s sentences, in its language.', columns), current_setting('search_path'));
    PERFORM comment_parts(parts, columns);
END
$function$;
COMMENT ON FUNCTION create_narrative(name, text[]) IS 'Creates the view narrative, and the function that reads its parts.';

-- Who has asked for several months will ask for more, and one query of all months is much cheaper than one for each.
CREATE OR REPLACE FUNCTION wants_all(name text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    asked integer := 1 + coalesce(edustats.recall(this_schema(), name || ' months', 0), 0);
BEGIN
    PERFORM edustats.remember(this_schema(), name || ' months', asked);
    RETURN asked = 3;
END
$function$;
COMMENT ON FUNCTION wants_all(text) IS 'Is this the time at which a statement that asks for something by month had better find out all months? Once, at the third.';

CREATE OR REPLACE FUNCTION create_kept_function(name text, signature text, definitions text, columns text, type text, one text, every text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS TABLE (%s) LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS %s COST 10000 '
                   'SET search_path FROM CURRENT SET row_security TO off SET jit TO off SET plan_cache_mode TO force_generic_plan AS %L',
        signature, definitions, CASE WHEN every IS NULL THEN 10 ELSE 50 END, format($body$
DECLARE
    name text := %1$L%2$s;
    rows %3$s[] := edustats.recall(this_schema(), name, NULL::%3$s[]);
BEGIN%4$s
    IF rows IS NULL THEN
        rows := edustats.remember(this_schema(), name, ARRAY(SELECT c FROM %5$s));
    END IF;
    RETURN QUERY SELECT %6$s FROM unnest(rows) c;
END
$body$, name, CASE WHEN every IS NULL THEN '' ELSE ' || '' '' || $1' END, type, CASE WHEN every IS NOT NULL THEN format($body$
    IF rows IS NULL AND wants_all(%1$L) THEN
        PERFORM edustats.remember(this_schema(), %1$L || ' ' || m.month, coalesce(r.rows, '{}'))
        FROM months m LEFT JOIN (SELECT c.month, array_agg(c) AS rows FROM %2$s GROUP BY c.month) r ON r.month = m.month;
        rows := edustats.recall(this_schema(), name, rows);
    END IF;$body$, name, every) END, one, columns));
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', signature);
END
$function$;
COMMENT ON FUNCTION create_kept_function(text, text, text, text, text, text, text) IS
    'Creates a function whose rows, of a type, are found out once for a statement: those of a month by "one", and by "every", if that is not NULL, those of all months once several have been asked for.';

-- Behind a function, whose plan a session makes once and which expects so many rows whatever the planner knows of the tables:
-- what is read above it is cheap to plan, and never seems dear enough for the JIT.
CREATE OR REPLACE FUNCTION create_kept(view text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    computed regclass := view || '_computed';
    by_month boolean := EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = computed AND a.attname = 'month');
    signature text := format('kept_%s(%s)', view, CASE WHEN by_month THEN 'date' ELSE '' END);
    c record;
BEGIN
    SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) AS definitions,
           string_agg('c.' || quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
           array_agg(a.attname::text ORDER BY a.attnum) AS names, array_agg(a.atttypid ORDER BY a.attnum) AS types,
           jsonb_object_agg(a.attname, col_description(computed, a.attnum)) AS comments
        INTO c FROM pg_attribute a WHERE a.attrelid = computed AND a.attnum > 0 AND a.attname <> 'month';
    IF (SELECT (p.proargnames[p.pronargs + 1:], p.proallargtypes[p.pronargs + 1:]) <> (c.names, c.types) FROM pg_proc p WHERE p.oid = to_regprocedure(signature)) THEN
        PERFORM move_aside(to_regclass(view));
    END IF;
    PERFORM create_kept_function(view, signature, c.definitions, c.columns, view || '_computed', view || '_computed c' || CASE WHEN by_month THEN ' WHERE c.month = $1' ELSE '' END,
                                 CASE WHEN by_month THEN view || '_computed c' END);
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', signature, format('The rows of %s_computed%s, found out once for a statement.',
                                                                     view, CASE WHEN by_month THEN ' of a month' ELSE '' END));
    PERFORM make_view(current_schema(), view,
        format(CASE WHEN by_month THEN 'CREATE OR REPLACE VIEW %1$s AS SELECT m.month, %2$s FROM months m CROSS JOIN LATERAL kept_%1$s(m.month) c'
                    ELSE 'CREATE OR REPLACE VIEW %1$s AS SELECT %2$s FROM kept_%1$s() c' END, view, c.columns)
        || body_comments(view, obj_description(computed), c.comments || CASE WHEN by_month THEN '{"month": "First day of the month."}' ELSE '{}'::jsonb END),
        current_setting('search_path'));
END
$function$;
COMMENT ON FUNCTION create_kept(text) IS 'Creates a view of the rows of another, VIEW_computed, found out once for a statement, for each month where they are of months.';

-- A view's own schema comes first, where it is made.
CREATE OR REPLACE FUNCTION block_path(kind text, source name, bulletin name) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format(CASE kind WHEN 'view' THEN '%I, %I, %I, edustats, pg_temp' ELSE '%2$I, %1$I, %3$I, edustats, pg_temp' END, bulletin, current_schema(), source)
$function$;
COMMENT ON FUNCTION block_path(text, name, name) IS 'The search_path for the statements of a block of some kind.';

-- By itself, so that nothing but the statements is looked up in a path with the platform and the bulletin in it.
CREATE OR REPLACE FUNCTION run_block(body text, path text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM set_config('search_path', path, true);
    EXECUTE body;
END
$function$;
COMMENT ON FUNCTION run_block(text, text) IS 'Runs the statements of a view with a search_path.';

-- Others may create in the platform's schema, and in the bulletin's. What they put there under a name that our texts use
-- would run with the rights of whoever reads, and of the owner.
CREATE OR REPLACE FUNCTION check_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    planted record;
BEGIN
    SELECT v.view, pg_describe_object(d.refclassid, d.refobjid, 0) AS object INTO planted
    FROM our_views(source, bulletin) v
    JOIN pg_rewrite r ON r.ev_class = v.view
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjid <> v.view
    LEFT JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
    LEFT JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
    LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, p.pronamespace, o.oprnamespace)
    WHERE n.nspname NOT IN ('pg_catalog', 'edustats')
      AND NOT (n.nspname IN (current_schema(), bulletin)
               AND pg_get_userbyid(coalesce(c.relowner, p.proowner, o.oprowner)) = current_user)
      AND (n.nspname = source AND c.relname IN (SELECT t.source FROM edustats.contract t)) IS NOT TRUE
    ORDER BY v.view::text, 2 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('the view %s would use %s', planted.view, planted.object),
            DETAIL = 'It has a name that the bulletin''s views use, and is not the bulletin''s.', HINT = 'Rename it, or drop it.';
    END IF;
END
$function$;
COMMENT ON FUNCTION check_views(name, name) IS 'An error where a view of the bulletin has been made over something that somebody planted.';

CREATE OR REPLACE FUNCTION create_blocks(source name, bulletin name, kinds text[]) RETURNS text[]
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    block record;
    made text[] := '{}';
BEGIN
    FOR block IN SELECT * FROM section_blocks() b WHERE b.spoken AND b.kind = ANY (kinds) AND missing_sources(source, b.requires) = '{}' LOOP
        PERFORM make_view(CASE block.kind WHEN 'view' THEN bulletin ELSE current_schema() END,
                          block.view || CASE block.kind WHEN 'kept' THEN '_computed' ELSE '' END, with_kinds(block.body), block_path(block.kind, source, bulletin));
        IF block.kind = 'kept' THEN
            PERFORM create_kept(block.view);
        END IF;
        made := made || block.view;
    END LOOP;
    RETURN made;
END
$function$;
COMMENT ON FUNCTION create_blocks(name, name, text[]) IS
    'Runs those of the sections'' statements that are of some kinds, and tells which views they make; what lacks a source is left out.';

-- Each documented view of months as a function of days, too, by the view's name.
CREATE OR REPLACE FUNCTION create_period_functions(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT o.name FROM our_views(source, bulletin) o JOIN pg_attribute a ON a.attrelid = o.view AND a.attname = 'month'
        WHERE o.schema = bulletin AND o.name <> ALL (ARRAY['revision', 'revision_content'])       -- these are of months alone
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION %1$I.%2$I(days daterange) RETURNS SETOF %1$I.%2$I LANGUAGE sql STABLE ROWS 50 COST 10000 AS %3$L',
                       bulletin, v.name, format('SELECT * FROM edustats.of_period(NULL::%I.%I, days)', bulletin, v.name));
        EXECUTE format('COMMENT ON FUNCTION %I.%I(daterange) IS %L', bulletin, v.name,
                       format('The rows of the view "%s" for any days, the first of which is their "month". For who may read the view. None for NULL; an error for days without a first or a last one (invalid_parameter_value).', v.name));
    END LOOP;
END
$function$;
COMMENT ON FUNCTION create_period_functions(name, name) IS 'Creates or replaces a function of days for each documented view of months.';

CREATE OR REPLACE FUNCTION create_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    made text[];
BEGIN
    PERFORM create_opening(source);
    PERFORM create_lookups(source, true);
    made := create_blocks(source, bulletin, '{view,data,kept}');
    PERFORM create_headline(bulletin, view_parts('headline', made));
    PERFORM create_narrative(bulletin, view_parts('narrative', made));
    PERFORM create_blocks(source, bulletin, '{sentence}');
    PERFORM create_period_functions(source, bulletin);
    PERFORM check_views(source, bulletin);
END
$function$;
COMMENT ON FUNCTION create_views(name, name) IS 'Creates or replaces all views of a bulletin that the platform has the sources for.';
