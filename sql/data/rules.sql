-- Rules that a bulletin must keep: what its owner has settled, and what breaks them, of a month or of rows that somebody has.

CREATE TABLE IF NOT EXISTS rule (
    rule text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('sum', 'share', 'growth', 'order', 'limits', 'everywhere', 'equal', 'part', 'told', 'view')),
    severity text NOT NULL CHECK (severity IN ('error', 'warning', 'notice', 'off')),
    view text NOT NULL CHECK (cardinality(parse_ident(view)) <= 2),
    arguments jsonb NOT NULL DEFAULT '{}',
    message text,
    CONSTRAINT arguments_are_of_the_kind CHECK (edustats.is_rule(kind, arguments))
);
COMMENT ON TABLE rule IS
    'Rules that the bulletin''s figures must keep: yours to change, to add to and to delete from. What breaks them stands in the view "failure". Of what you have not changed, attach makes what comes along with edustats. Who may write here has your rights where it names views of yours.';
COMMENT ON COLUMN rule.rule IS 'Its name.';
COMMENT ON COLUMN rule.kind IS
    'sum: a row or a column is the sum of others; share and growth: a column in percent is what it says; order: a ranking never rises; limits: numbers are at least and at most so many; everywhere: a column does not have one value in all rows; equal: a cell has the number of another; part: a number is not more than its whole; told: a sentence tells what a table has; view: a view of yours has no rows of the month.';
COMMENT ON COLUMN rule.severity IS 'error: a month that breaks it can''t be published; warning and notice: publish says so; off: nobody looks.';
COMMENT ON COLUMN rule.view IS 'The view whose cells it is about, named as on the page, or "headline"; of the kind view: the view, with a schema before it where it is neither in the bulletin''s nor in this one. Nothing is looked at where it is not there.';
COMMENT ON COLUMN rule.arguments IS
    'What it is about, an object: for sum {"row", "columns", "rows"} or {"column", "columns"}; share and growth {"column", "of", "base"}; order {"columns"}; limits {"columns", "rows", "least", "most"}; everywhere {"columns", "value"}; equal {"row", "column", "other": {"view", "row", "column"}}; part {"column", "whole": {"view", "row", "column"}} or {"label", "column", "whole": {"view", "label", "column"}}; told {"sentence": {"section", "paragraph"}, "label", "column", "rows", "but", "top"}. Rows are called as edustats.rows_of calls them. In it {code} stands for the code of each kind of organisation, {total}, {other} and the like for the words of the table "label".';
COMMENT ON COLUMN rule.message IS
    'What is said of what breaks it, with {caption} of the table, {head} of the column, {view}, {row}, {column}, {found} and {expected}; NULL for just these.';

-- What {code} stands for alone is a rule for each kind; in a list, an item for each.
CREATE OR REPLACE FUNCTION rule_arguments(arguments jsonb, words jsonb) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE ROWS 5
SET search_path FROM CURRENT
AS $function$
BEGIN
    arguments := edustats.fill_text(arguments::text, words)::jsonb;
    IF jsonb_path_exists(arguments, 'strict $.* ? (@.type() == "string" && @ like_regex "[{]code[}]")') THEN
        RETURN QUERY SELECT replace(arguments::text, '{code}', o.code)::jsonb FROM org_type o ORDER BY o.position, o.code;
        RETURN;
    END IF;
    RETURN NEXT arguments || (
        SELECT coalesce(jsonb_object_agg(a.key, (
            SELECT coalesce(jsonb_agg(n.name ORDER BY e.place, n.position), '[]')
            FROM jsonb_array_elements_text(a.value) WITH ORDINALITY e(name, place)
            CROSS JOIN LATERAL (SELECT e.name, 0 AS position WHERE strpos(e.name, '{code}') = 0
                                UNION ALL SELECT replace(e.name, '{code}', o.code), o.position FROM org_type o WHERE strpos(e.name, '{code}') > 0) n)), '{}')
        FROM jsonb_each(arguments) a
        WHERE jsonb_typeof(a.value) = 'array');
END
$function$;
COMMENT ON FUNCTION rule_arguments(jsonb, jsonb) IS
    'The arguments of a rule with what their places stand for, once or for each kind of organisation. words: those of labels, as they stand in JSON.';

-- A rule names a paragraph; an item of the page may show it alone, or others with it.
CREATE OR REPLACE FUNCTION told_words(content jsonb, sentence jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    narrative text := coalesce(sentence ->> 'view', 'narrative');
    selected jsonb := sentence - 'view';
BEGIN
    RETURN (SELECT string_agg(r.value ->> 'text', ' ' ORDER BY i.section, i.position, length(r.key), r.key)
            FROM page_item i JOIN jsonb_each(content -> narrative) r ON split_part(r.key, ' ', 1) = format('%s.%s', i.section, i.position)
            WHERE i.kind = 'sentence' AND i.view = narrative AND (i.rows IS NULL OR i.rows @> selected OR selected @> i.rows));
END
$function$;
COMMENT ON FUNCTION told_words(jsonb, jsonb) IS 'What a bulletin tells in the paragraph of a rule, as the page has it; NULL where it is not there.';

-- A column that its owner does not print is missing in a sum across; that is no slip.
CREATE OR REPLACE FUNCTION hides(view text, columns jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN EXISTS (SELECT FROM page_item i WHERE i.view = hides.view AND columns ?| i.hidden);
END
$function$;
COMMENT ON FUNCTION hides(text, jsonb) IS 'Does the page leave out any of the columns of a view?';

CREATE OR REPLACE FUNCTION content_failures(content jsonb) RETURNS TABLE (rule text, view text, "row" text, "column" text, found text, expected text)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    r record;
    separator text := (SELECT t.value FROM setting t WHERE t.name = 'digit_separator');
    words jsonb := (SELECT jsonb_object_agg(l.name, substr(to_jsonb(l.label)::text, 2, length(to_jsonb(l.label)::text) - 2)) FROM label l WHERE l.name <> 'code');
BEGIN
    FOR r IN
        SELECT u.rule, u.kind, u.view, a.arguments, told_words(content, a.arguments -> 'sentence') AS words
        FROM rule u CROSS JOIN LATERAL rule_arguments(u.arguments, words) a(arguments)
        WHERE u.kind <> 'view' AND u.severity <> 'off' AND content ? u.view
          AND NOT (u.kind = 'sum' AND u.arguments ? 'column' AND hides(u.view, a.arguments -> 'columns'))
    LOOP
        RETURN QUERY SELECT r.rule, r.view, f.row, f.column, f.found, f.expected
                     FROM edustats.failed_cells(r.kind, content, r.view, r.arguments, r.words, separator) f;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION content_failures(jsonb) IS 'The cells of what rows_of has made, or of what is like it, that break rules, but for those of the kind view.';

-- It is read with the owner's rights, as is what stands on the page; so it must be his.
CREATE OR REPLACE FUNCTION view_failures(bulletin name, month date) RETURNS TABLE (rule text, view text, "row" text, "column" text, found text, expected text)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT u.rule, u.view, item_view(u.view, bulletin) AS relation FROM rule u WHERE u.kind = 'view' AND u.severity <> 'off' LOOP
        IF (SELECT c.relowner::regrole::text <> quote_ident(current_user) FROM pg_class c WHERE c.oid = r.relation) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('the rule "%s" can''t read %s: it is not the bulletin''s owner''s', r.rule, r.relation);
        END IF;
        RETURN QUERY SELECT r.rule, r.view, f ->> 'row', f ->> 'column', f ->> 'found', f ->> 'expected'
                     FROM jsonb_array_elements(CASE WHEN r.relation IS NOT NULL THEN page_rows(r.relation, month) END) f;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION view_failures(name, date) IS
    'The rows of a month in the views that rules of the kind view name, each of which is a failure. An error for a view of another owner (insufficient_privilege), or without a column "month" (undefined_column).';

CREATE OR REPLACE FUNCTION failure_text(template text, f jsonb, places jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    item page_item := (SELECT i FROM page_item i WHERE i.view = f ->> 'view' ORDER BY i.section, i.position LIMIT 1);
    head text := edustats.fill_text(with_codes(item.heads) ->> (f ->> 'column'), places);
BEGIN
    RETURN edustats.fill_text(coalesce(template, '{caption}, {row}, {head}: {found} ({expected})'), (
        SELECT jsonb_object_agg(p.key, coalesce(p.value, '-')) FROM jsonb_each_text(f || jsonb_build_object(
            'caption', coalesce(edustats.fill_text(item.caption, places), f ->> 'view'),
            'head', coalesce(replace(replace(head, E'\n', ''), '|', ' '), f ->> 'column'))) p));
END
$function$;
COMMENT ON FUNCTION failure_text(text, jsonb, jsonb) IS 'What is said of a failure. places: what the period says, see page_places.';

CREATE OR REPLACE FUNCTION failures(month date, last_day date, content jsonb, platform boolean)
RETURNS TABLE (rule text, severity text, view text, "row" text, "column" text, found text, expected text, message text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 COST 1000000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    bulletin name := (SELECT a.bulletin FROM edustats.attachment a WHERE a.data = current_schema());
    places jsonb := page_places(month, last_day, all_settings());
BEGIN
    RETURN QUERY
    SELECT f.rule, r.severity, f.view, f.row, f.column, f.found, f.expected, failure_text(r.message, to_jsonb(f) - 'n', places)
    FROM (SELECT c.*, row_number() OVER () AS n
          FROM (SELECT c.* FROM content_failures(content) c
                UNION ALL SELECT v.* FROM view_failures(bulletin, month) v WHERE platform) c) f
    JOIN rule r ON r.rule = f.rule
    ORDER BY array_position('{error,warning,notice}', r.severity), f.view, f.rule, f.n;
END
$function$;
COMMENT ON FUNCTION failures(date, date, jsonb, boolean) IS
    'What breaks the rules in rows that are said to be those of a month, or another period. platform: are they those of now, of which rules of the kind view tell something, too?';

CREATE OR REPLACE FUNCTION month_failures(month date, last_day date)
RETURNS TABLE (rule text, severity text, view text, "row" text, "column" text, found text, expected text, message text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 10 COST 1000000
SET search_path FROM CURRENT
SET row_security TO off
AS $function$
BEGIN
    RETURN QUERY SELECT f.* FROM failures(month, last_day, edustats.rows_of((SELECT a.bulletin FROM edustats.attachment a WHERE a.data = current_schema()), month), true) f;
END
$function$;
COMMENT ON FUNCTION month_failures(date, date) IS 'What breaks the rules in a month, or another period, as it is now.';

GRANT EXECUTE ON FUNCTION month_failures(date, date) TO PUBLIC;
