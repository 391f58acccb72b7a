-- Views whose columns follow the kinds of organisation: their texts are filled in, and a refresh makes them anew.

-- What follows the kinds of organisation has lines that are there for each, between "-- each kind", or "-- each compared kind",
-- and "-- end". What is in braces is filled in there, as an identifier or a literal, in one pass: {code}, {column} and {column_...},
-- which have the code before them, {text: ...} with the label for %; and anywhere {kinds} and {compared kinds}, all their codes.
CREATE OR REPLACE FUNCTION filled_in(template text, code text, label text) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT string_agg(CASE
        WHEN p.part[1] = '{code}' THEN quote_literal(code)
        WHEN p.part[1] ~ '^{column\w*}$' THEN quote_ident(code || substr(p.part[1], 8, length(p.part[1]) - 8))
        WHEN starts_with(p.part[1], '{text: ') THEN quote_literal(replace(substr(p.part[1], 8, length(p.part[1]) - 8), '%', label))
        WHEN p.part[1] = '{kinds}' THEN quote_literal(ARRAY(SELECT o.code FROM org_type o))
        WHEN p.part[1] = '{compared kinds}' THEN quote_literal(ARRAY(SELECT o.code FROM org_type o WHERE o.compared))
        ELSE p.part[1] END, '' ORDER BY p.place)
    FROM regexp_matches(template, '[^{]+|{[^{}]*}|{', 'g') WITH ORDINALITY p(part, place)
$function$;
COMMENT ON FUNCTION filled_in(text, text, text) IS 'A text of a view with a kind of organisation filled in.';

CREATE OR REPLACE FUNCTION with_kinds(body text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    part text[];
    result text := '';
BEGIN
    LOOP
        part := regexp_match(body, '^(.*?\n) *-- each (compared )?kind\n(.*?\n) *-- end\n(.*)$');
        EXIT WHEN part IS NULL;
        result := concat(result, filled_in(part[1], NULL, NULL), (
            SELECT string_agg(filled_in(part[3], o.code, coalesce(o.label, o.org_type)), '' ORDER BY o.position, o.code)
            FROM org_type o WHERE o.compared OR part[2] IS NULL));
        body := part[4];
    END LOOP;
    RETURN result || CASE WHEN result = '' THEN body ELSE filled_in(body, NULL, NULL) END;
END
$function$;
COMMENT ON FUNCTION with_kinds(text) IS 'A text of a view with its lines for each kind of organisation.';

CREATE OR REPLACE FUNCTION kinds_now() RETURNS jsonb
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT coalesce(jsonb_agg(o ORDER BY o.position, o.code), '[]') FROM org_type o
$function$;
COMMENT ON FUNCTION kinds_now() IS 'The kinds of organisation that the views'' columns are to be of.';

-- Those of the views that are there whose columns follow the kinds. Nothing of the bulletin's reads them, and they read nothing of
-- the platform: so a refresh may make them anew.
CREATE OR REPLACE FUNCTION remake_kind_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM make_view(bulletin, b.view, with_kinds(b.body), block_path(b.kind, source, bulletin))
    FROM section_blocks() b JOIN our_views(source, bulletin) v ON v.name = b.view AND v.schema = bulletin
    WHERE b.kind = 'view' AND v.view IS NOT NULL AND b.body ~ '\n *-- each ';
    PERFORM create_period_functions(source, bulletin);
    PERFORM check_views(source, bulletin);
    PERFORM settle_former_views(bulletin);
    UPDATE attachment SET kinds = kinds_now() WHERE kinds IS DISTINCT FROM kinds_now();
END
$function$;
COMMENT ON FUNCTION remake_kind_views(name, name) IS 'Makes anew the views whose columns follow the kinds of organisation.';

CREATE OR REPLACE FUNCTION refresh_columns(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout TO '2s'
AS $function$
DECLARE
    named text;
BEGIN
    IF lock_attachment() THEN
        PERFORM remake_kind_views((SELECT a.source FROM attachment a), bulletin);
    END IF;
    RETURN NULL;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR dependent_objects_still_exist THEN
    GET STACKED DIAGNOSTICS named = PG_EXCEPTION_DETAIL;
    RAISE WARNING USING MESSAGE = format('tables keep their columns of kinds of organisation until a later refresh or attach: %s', SQLERRM), DETAIL = named;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION refresh_columns(name) IS 'The part of a refresh that makes views anew whose columns follow the kinds of organisation.';
