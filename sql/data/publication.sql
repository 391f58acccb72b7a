-- What has been published: a month's page, and the rows of what stands on it, as they were then.

CREATE TABLE IF NOT EXISTS published (
    month date,
    revision integer CHECK (revision > 0),
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    note text,
    versions jsonb NOT NULL,
    rows jsonb NOT NULL,
    page text NOT NULL,
    failures jsonb NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (month, revision)
);
COMMENT ON TABLE published IS 'What has been published. Rows are added by edustats.publish, and none is changed or deleted; see the view "revision".';
COMMENT ON COLUMN published.month IS 'First day of the month.';
COMMENT ON COLUMN published.revision IS 'The first, the second, … of the month.';
COMMENT ON COLUMN published.published_at IS 'When.';
COMMENT ON COLUMN published.published_by IS 'Who called edustats.publish.';
COMMENT ON COLUMN published.note IS 'What he had to say.';
COMMENT ON COLUMN published.versions IS 'Of edustats and PostgreSQL, which made it.';
COMMENT ON COLUMN published.rows IS 'The cells of the headline and of all that stands on the page, see edustats.rows_of.';
COMMENT ON COLUMN published.page IS 'The page, as bulletin_html made it.';
COMMENT ON COLUMN published.failures IS 'What broke rules and was no error: the rows of the view "failure", as objects.';
COMMENT ON COLUMN published.hash IS 'SHA-256 of all of it, see published_hash.';

CREATE OR REPLACE FUNCTION published_is_final() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = 'what has been published is not changed',
        HINT = 'Publish the month again: that is another revision.';
END
$function$;
COMMENT ON FUNCTION published_is_final() IS 'Refuses to change or delete what has been published.';
CREATE OR REPLACE TRIGGER final BEFORE UPDATE OR DELETE OR TRUNCATE ON published FOR EACH STATEMENT EXECUTE FUNCTION published_is_final();

CREATE OR REPLACE FUNCTION published_hash(p published) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
BEGIN
    RETURN encode(sha256(convert_to((to_jsonb(p) - 'hash')::text, 'UTF8')), 'hex');
END
$function$;
COMMENT ON FUNCTION published_hash(published) IS 'SHA-256 over all columns of a row but the hash itself, as one JSON object.';

GRANT EXECUTE ON FUNCTION published_hash(published) TO PUBLIC;

-- Not before the month is over, and not while something of it can't be known.
CREATE OR REPLACE FUNCTION check_publishable(bulletin name, month date) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    wrong text;
    days datemultirange := month_days(month);
BEGIN
    IF NOT EXISTS (SELECT FROM months m WHERE m.month = check_publishable.month) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('bulletin "%s" has no month %s', bulletin, month),
            DETAIL = 'A bulletin goes from the month of the first activity to the present one.';
    ELSIF upper(days) > edustats.local_day(now(), (SELECT a.timezone FROM attachment a)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s is not over yet', month),
            HINT = 'Publish it when it is.';
    END IF;
    SELECT string_agg(w.problem, E'\n' ORDER BY w.problem) INTO wrong
    FROM (SELECT format('metric "%s": %s', e.metric, e.message) FROM refresh_error e WHERE e.day <@ days OR NOT isfinite(e.day)
          UNION SELECT format('metric "%s": %s', m.metric, d.problem) FROM metric m CROSS JOIN LATERAL dirty_or_problem(m.metric) d WHERE d.problem IS NOT NULL
          UNION SELECT format('metric "%s": %s', r.metric, impossible_text(edustats.total(r.tally))) FROM rollup r WHERE r.class < 0 AND r.day <@ days) w(problem);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s can''t be published: not all of it is known', month),
            DETAIL = wrong, HINT = 'See refresh_status.';
    END IF;
END
$function$;
COMMENT ON FUNCTION check_publishable(name, date) IS 'An error, with the reasons, where a month can''t be published.';

CREATE OR REPLACE FUNCTION failure_list(failures jsonb, severity text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT string_agg(CASE WHEN f.place <= 50 THEN f.message ELSE '…' END, E'\n' ORDER BY f.place)
            FROM (SELECT e.failure ->> 'message' AS message, row_number() OVER (ORDER BY e.place) AS place
                  FROM jsonb_array_elements(failures) WITH ORDINALITY e(failure, place) WHERE e.failure ->> 'severity' = failure_list.severity) f
            WHERE f.place <= 51);
END
$function$;
COMMENT ON FUNCTION failure_list(jsonb, text) IS 'The failures of a severity in words, the first 50, each in a line; NULL for none.';

-- Errors are reasons not to publish. Of the others is told who does.
CREATE OR REPLACE FUNCTION check_failures(month date, failures jsonb) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    hint text := format('See the view "failure", and the table "rule" in %I for what is an error.', current_schema());
    errors text := failure_list(failures, 'error');
    warnings text := failure_list(failures, 'warning');
    notices text := failure_list(failures, 'notice');
BEGIN
    IF errors IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s can''t be published: it breaks rules', month), DETAIL = errors, HINT = hint;
    END IF;
    IF warnings IS NOT NULL THEN
        RAISE WARNING USING MESSAGE = format('%s breaks rules', month), DETAIL = warnings, HINT = hint;
    END IF;
    IF notices IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = format('%s breaks rules', month), DETAIL = notices, HINT = hint;
    END IF;
END
$function$;
COMMENT ON FUNCTION check_failures(date, jsonb) IS 'An error for failures that are errors; a warning, or a notice, for the others.';

CREATE OR REPLACE FUNCTION publish(bulletin name, month date, note text, publisher name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    last published;
    p published;
BEGIN
    PERFORM check_not_suspended();
    PERFORM check_publishable(bulletin, month);
    LOCK TABLE published IN SHARE ROW EXCLUSIVE MODE;       -- so that two at a time are two revisions
    SELECT o.* INTO last FROM published o WHERE o.month = publish.month ORDER BY o.revision DESC LIMIT 1;
    p := (month, coalesce(last.revision, 0) + 1, clock_timestamp(), publisher, note,
          (SELECT jsonb_build_object('edustats', e.extversion, 'postgresql', current_setting('server_version')) FROM pg_extension e WHERE e.extname = 'edustats'),
          edustats.rows_of(bulletin, month), edustats.bulletin_html(bulletin, month), '[]', '');
    IF (last.rows, last.page) = (p.rows, p.page) THEN
        RETURN jsonb_build_array(last.revision, false);
    END IF;
    p.failures := (SELECT coalesce(jsonb_agg(f), '[]') FROM failures(month, upper(month_days(month)) - 1, p.rows, true) f);
    PERFORM check_failures(month, p.failures);
    p.hash := published_hash(p);
    INSERT INTO published SELECT p.*;
    RETURN jsonb_build_array(p.revision, true);
END
$function$;
COMMENT ON FUNCTION publish(name, date, text, name) IS
    'The part of edustats.publish that runs with the rights of the bulletin''s owner: returns the revision, and whether it is a new one.';
