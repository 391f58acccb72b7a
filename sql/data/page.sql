-- The page of the bulletin as data: what its owner has settled, and how what comes along gets there.

CREATE TABLE IF NOT EXISTS setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE setting IS
    'What the page says of itself, and the words that it puts around things. Yours to change, to add to and to delete from. Of what you have not changed, attach makes what comes along with edustats for the setting "language".';
COMMENT ON COLUMN setting.name IS
    'language (of the page, as in HTML''s lang, and of its sentences, which attach makes), title, subtitle, period, office, issue, signature, date, contents; section_title, table_caption, figure_caption, dash_note, one_note, numbered_note, empty_table and empty_figure; list_separator and list_last (between items, and before the last), digit_separator (between three digits of a number); bars_text, line_text and columns_text (a figure in words), value_text and value_separator in it, tip_text (of one value) and axis_form (wan: its numbers in the unit of their size); what places are made of: compared (of one kind of organisation, {label}), end_of_month, and the names of periods: month, quarter, first_half, second_half, whole_year, months, months_over_years, day, days, days_over_months and days_over_years. What is not there is not printed.';
COMMENT ON COLUMN setting.value IS
    'The text. In it {month} is the name of the period, a month or another, {quarter} that of the quarter it ends in, {days} the period by its days, {end} its end; {year}, {month_number}, {month_name}, {quarter_number}, {quarter_numeral} and {last_day} are of its last day, {first_year}, {first_month_number}, {first_month_name} and {first_day} of its first; {compared} the kinds of organisation that are compared; {title}, {caption}, {note}, {dash}, {number} and, in Chinese, {numeral} where the text is about one; {label}, {value}, {unit} and {values} where it is about a figure. A name in the table "label" is one, too, and without _month, _quarter, _half, _year, _week or _period where the period is such a one: {this}, {before}, {at_end}.';

CREATE TABLE IF NOT EXISTS page_section (
    section integer PRIMARY KEY,
    title text NOT NULL
);
COMMENT ON TABLE page_section IS 'The sections of the page: yours to change. One that nothing stands in is left out, and they are numbered by themselves.';
COMMENT ON COLUMN page_section.section IS 'Their order.';
COMMENT ON COLUMN page_section.title IS 'Title; with places as in a setting.';

CREATE TABLE IF NOT EXISTS page_item (
    section integer,
    position integer,
    kind text NOT NULL CHECK (kind IN ('sentence', 'table', 'figure', 'note')),
    view text CHECK ((view IS NULL) = (kind = 'note')) CHECK (cardinality(parse_ident(view)) <= 2),
    rows jsonb CHECK (jsonb_typeof(rows) = 'object'),
    months integer NOT NULL DEFAULT 1 CHECK (months IN (1, 2, 3, 4, 6, 12)),
    caption text,
    note text,
    dash text,
    heads jsonb CHECK (jsonb_typeof(heads) = 'object'),
    forms jsonb CHECK (jsonb_typeof(forms) = 'object'),
    hidden text[],
    optional text[],
    merged text[],
    style text,
    unit text,
    PRIMARY KEY (section, position)
);
COMMENT ON TABLE page_item IS
    'What stands in the sections of the page: yours to change. A row with a kind and any view that has a column "month" is enough.';
COMMENT ON COLUMN page_item.section IS 'The section; where there is none of that number, the item is left out.';
COMMENT ON COLUMN page_item.position IS 'Order in it.';
COMMENT ON COLUMN page_item.kind IS
    'sentence: each row of the view is a paragraph, its column "text"; table; figure; note: a paragraph of its own, whose text is the note.';
COMMENT ON COLUMN page_item.view IS
    'The view, with a schema before it where it is neither in the bulletin''s nor in this one. It is read with your rights for everybody who may read the view "page". An item whose view is not there is left out.';
COMMENT ON COLUMN page_item.rows IS 'Which rows of it: those that have these values, {"column": value}. NULL: all of the month.';
COMMENT ON COLUMN page_item.months IS 'It is there in every so-manieth month of a year only: 3 for what is of quarters, 12 for what is of years; and in other periods that end with such a month.';
COMMENT ON COLUMN page_item.caption IS 'Caption of a table or figure, with places as in a setting. NULL: the comment on the view.';
COMMENT ON COLUMN page_item.note IS 'A remark below it; or the text of a note.';
COMMENT ON COLUMN page_item.dash IS 'What "-" means in the table, which is said below it where it has one.';
COMMENT ON COLUMN page_item.heads IS
    'Heads of columns: {"column": "head"}, with places as in a setting; {code} in a name stands for the codes of all kinds of organisation, and {label} in its head for their names; with | between the levels of one, of which equal neighbours are one, and a line break where there is to be one. Others have the comment on the column, or else its name.';
COMMENT ON COLUMN page_item.forms IS
    'How a column is printed: {"column": form}, with {code} as in heads, of header, rank, text, number, percent, wan (in the unit of its size). Others by their type; "rank" is a rank. In a figure, label and value say which columns are its labels and values, or else they are the first of texts and the first of numbers.';
COMMENT ON COLUMN page_item.hidden IS 'Columns that are not printed, as "month" never is.';
COMMENT ON COLUMN page_item.optional IS 'Columns that are printed only where some row of the month has a value in them; with {code} as in heads.';
COMMENT ON COLUMN page_item.merged IS 'Of the headers of rows, those whose equal neighbours below each other are one. A header without a value is one with that before it.';
COMMENT ON COLUMN page_item.style IS 'Classes of the page''s style for a table: sum (the last row is one), even, pairs, names, wide. bars, line or columns for a figure; NULL: bars.';
COMMENT ON COLUMN page_item.unit IS 'Unit of the values of a figure.';

CREATE TABLE IF NOT EXISTS shipped (
    target name,
    key jsonb,
    content jsonb NOT NULL,
    PRIMARY KEY (target, key)
);
COMMENT ON TABLE shipped IS 'The rows that came along with edustats when attach last saw them: a row of yours that is still so is replaced by what comes along with a later version.';
COMMENT ON COLUMN shipped.target IS 'The table.';
COMMENT ON COLUMN shipped.key IS 'Which row of it.';
COMMENT ON COLUMN shipped.content IS 'The row as it came.';

-- What the owner has changed, or deleted, stays as it is.
CREATE OR REPLACE FUNCTION take_shipped(target name, keys name[], contents jsonb[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    s record;
    own jsonb;
BEGIN
    FOR s IN
        SELECT coalesce(n.key, o.key) AS key, n.content, o.content AS before
        FROM (SELECT (SELECT jsonb_object_agg(k, c -> k::text) FROM unnest(keys) k) AS key, c AS content FROM unnest(contents) c) n
        FULL JOIN (SELECT h.* FROM shipped h WHERE h.target = take_shipped.target) o ON o.key = n.key
        WHERE n.content IS DISTINCT FROM o.content
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT to_jsonb(t) FROM %I t WHERE to_jsonb(t) @> $1', target) INTO own USING s.key;
        IF own @> s.before OR own IS NULL AND s.before IS NULL THEN
            EXECUTE format('DELETE FROM %I t WHERE to_jsonb(t) @> $1', target) USING s.key;
            EXECUTE format('INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, $1)).* WHERE $1 IS NOT NULL', target) USING s.content;
        END IF;
        DELETE FROM shipped h WHERE h.target = take_shipped.target AND h.key = s.key;
        INSERT INTO shipped (target, key, content) SELECT take_shipped.target, s.key, s.content WHERE s.content IS NOT NULL;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION take_shipped(name, name[], jsonb[]) IS 'Brings the rows that come along into a table of the bulletin''s, but for what its owner has changed.';

CREATE OR REPLACE FUNCTION page_language() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN coalesce((SELECT t.value FROM setting t WHERE t.name = 'language'), 'zh-CN');
END
$function$;
COMMENT ON FUNCTION page_language() IS 'The language of the bulletin, as in HTML''s lang.';

CREATE OR REPLACE FUNCTION all_settings() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(t.name, t.value), '{}') FROM setting t);
END
$function$;
COMMENT ON FUNCTION all_settings() IS 'The settings by their names, read once for a page.';

CREATE OR REPLACE FUNCTION sync_page() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    wanted text := page_language();
BEGIN
    IF NOT EXISTS (SELECT FROM edustats.setting t WHERE t.language = wanted) THEN      -- the words are the owner's, then
        RETURN;
    END IF;
    PERFORM take_shipped('label', '{name}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.label t WHERE t.language = wanted));
    INSERT INTO label (name, label) SELECT t.name, t.label FROM edustats.label t WHERE t.language = wanted ON CONFLICT DO NOTHING;     -- views need each
    PERFORM take_shipped('setting', '{name}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.setting t WHERE t.language = wanted));
    PERFORM take_shipped('page_section', '{section}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.page_section t WHERE t.language = wanted));
    PERFORM take_shipped('page_item', '{section,position}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.page_item t WHERE t.language = wanted));
    PERFORM take_shipped('rule', '{rule}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.rule t WHERE t.language = wanted));
END
$function$;
COMMENT ON FUNCTION sync_page() IS 'Brings the words, the page and the rules that come along in the bulletin''s language into its tables.';
