-- Rules over rows that somebody has: what was published, here or elsewhere, or what is to be.

CREATE FUNCTION edustats.check_failures(bulletin name, month date, rows jsonb)
RETURNS TABLE (rule text, severity text, view text, "row" text, "column" text, found text, expected text, message text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    first date := edustats.month_of(month);
    data regnamespace := edustats.existing_data(bulletin);
BEGIN
    IF first IS NULL OR rows IS NULL THEN
        RETURN;
    ELSIF jsonb_typeof(rows) <> 'object' OR jsonb_path_exists(rows, 'strict $.* ? (@.type() != "object")') OR jsonb_path_exists(rows, 'strict $.*.* ? (@.type() != "object")') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'rows must be a JSON object of objects of objects',
            DETAIL = 'The cells of views are {"view": {"row": {"column": "cell"}}}, as edustats.rows_of makes them.';
    END IF;
    RETURN QUERY EXECUTE format('SELECT f.* FROM %s.failures($1, $2, $3, false) f', data)
        USING first, (first + interval '1 month')::date - 1, rows;
END
$function$;
COMMENT ON FUNCTION edustats.check_failures(name, date, jsonb) IS
    'What breaks a bulletin''s rules in rows that are said to be a month''s, {"view": {"row": {"column": "cell"}}} as rows_of makes them: those of a revision, or of what was published elsewhere. Columns as in the view "failure", which has the months as they are now. For whom the owner lets read the schema of the bulletin''s data. None for a NULL month or NULL rows. Errors for an unknown bulletin (invalid_schema_name), and rows of another form (invalid_parameter_value).';
