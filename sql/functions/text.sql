-- Texts of any language, and the pieces of which the bulletin's Chinese sentences are made. Those that use an argument more
-- than once are in PL/pgSQL: they can't be inlined, and a SQL function would be planned anew for each place that calls it.

CREATE FUNCTION edustats.joined_text(items text[], separator text, last text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN nullif(concat_ws(last, nullif(array_to_string(items[:cardinality(items) - 1], separator), ''), items[cardinality(items)]), '');
END
$function$;
COMMENT ON FUNCTION edustats.joined_text(text[], text, text) IS
    'Items with a separator between them, and another one before the last. NULL for none.';

CREATE FUNCTION edustats.list_text(items text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.joined_text(items, '、', '和');
COMMENT ON FUNCTION edustats.list_text(text[]) IS 'Items as an enumeration in a sentence; NULL for none.';

CREATE FUNCTION edustats.named(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN btrim(name, E' \t\r\n\u00A0\u3000') <> '' THEN name END;
COMMENT ON FUNCTION edustats.named(text) IS 'The name; NULL for one that is empty or white space.';

CREATE FUNCTION edustats.title_text(title text, unnamed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce('《' || nullif(btrim(edustats.named(title)), unnamed) || '》', unnamed);
COMMENT ON FUNCTION edustats.title_text(text, text) IS 'A title in Chinese title marks; the words for a missing one without.';

CREATE FUNCTION edustats.districts_text(intro text, districts text[], other text, elsewhere text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(concat_ws('，', intro || edustats.list_text(districts), other || '（区县不详）' || elsewhere), '');
COMMENT ON FUNCTION edustats.districts_text(text, text[], text, text) IS
    'The first of the districts, and, after the word for others, what was done in none of them, where there is any: NULL without both.';

CREATE FUNCTION edustats.first_text(names text[], figure text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE
        WHEN cardinality(names) = 1 THEN format('%s最多，为%s', names[1], figure)
        WHEN cardinality(names) BETWEEN 2 AND 3 THEN format('%s并列最多，均为%s', edustats.list_text(names), figure)
        WHEN cardinality(names) > 3 THEN
            format('%s等并列最多，均为%s', array_to_string(names[:3], '、'), figure)
    END;
END
$function$;
COMMENT ON FUNCTION edustats.first_text(text[], text) IS
    'Who is first with which figure; more than one where they tie, without their number, as rankings end. NULL for none.';

CREATE FUNCTION edustats.until_text(last_day date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s年%s月', extract(year FROM last_day), extract(month FROM last_day))
    || CASE WHEN extract(day FROM last_day + 1) = 1 THEN '底' ELSE extract(day FROM last_day) || '日' END;
COMMENT ON FUNCTION edustats.until_text(date) IS 'The last day of a period in Chinese: 2015年3月底, 2015年3月8日.';

CREATE FUNCTION edustats.hours_text(hours numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.decimal_text(hours, 2) || '小时';
COMMENT ON FUNCTION edustats.hours_text(numeric) IS 'Hours with 2 decimals and their unit; NULL for NULL.';

-- A nationality belongs to the kind of an autonomous place: 大厂回族自治县 is 大厂. Nothing but their list tells where the
-- name ends (积石山保安族…, 张家川回族…). Those of more than one character may stand without 族.
CREATE FUNCTION edustats.nationalities() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '[各汉回藏苗彝壮满侗瑶白傣黎佤畲水土羌怒京]族|(?:蒙古|维吾尔|布依|朝鲜|土家|哈尼|哈萨克|傈僳|高山|拉祜|东乡|纳西|景颇|'
       '柯尔克孜|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|塔塔尔|独龙|'
       '鄂伦春|赫哲|门巴|珞巴|基诺)族?';
COMMENT ON FUNCTION edustats.nationalities() IS 'A regular expression of the nationalities in the names of autonomous places.';

-- What is left are two characters at least, as few as can be. 区 is no kind of place where it ends another word (开发区), nor
-- 旗 where what is before it only tells one from another (左旗, 后旗, 正蓝旗).
CREATE FUNCTION edustats.short_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(name,
    '^(?!.*(?:(?:开发|工业|[业技]园|矿|风景|管理|示范|合作|实验|试验|保税|保护|度假|市辖)区|[左右前中后黄白红蓝]旗)$)(.{2,30}?)'
    '(?:(?:' || edustats.nationalities() || ')*(?:族?自治[区州盟县旗]|(?<=族)区)|特别行政区|[新林特地]区|[省市区县旗盟])$', '\1');
COMMENT ON FUNCTION edustats.short_name(text) IS
    'The name of a district, city or province without its kind, as tables print it: 大兴 for 大兴区, 密云 for 密云县, 大厂 '
    'for 大厂回族自治县. A name that is short already, that would be left with one character (蓟县), or that would not be '
    'understood (阿拉善左旗, 经济技术开发区), is given as it is. Two names can have one short form (承德市, 承德县). '
    'There is no way back: a short name does not tell the kind. NULL for NULL.';

CREATE FUNCTION edustats.numeral_text(number integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN number BETWEEN 1 AND 99 THEN
        CASE WHEN number >= 20 THEN substr('一二三四五六七八九', number / 10, 1) ELSE '' END
        || CASE WHEN number >= 10 THEN '十' ELSE '' END || CASE WHEN number % 10 > 0 THEN substr('一二三四五六七八九', number % 10, 1) ELSE '' END
    ELSE number::text END;
COMMENT ON FUNCTION edustats.numeral_text(integer) IS 'A number in Chinese numerals, from 1 to 99; others in digits.';

-- In one pass: what is put in is not looked through for further places.
CREATE FUNCTION edustats.fill_text(template text, places jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    IF strpos(template, '{') = 0 THEN
        RETURN template;
    END IF;
    RETURN (SELECT string_agg(CASE WHEN p.part ~ '^\{\w+\}$' THEN coalesce(places ->> btrim(p.part, '{}'), p.part) ELSE p.part END, '' ORDER BY p.place)
            FROM regexp_split_to_table(template, '(?=\{\w+\})|(?<=\})') WITH ORDINALITY p(part, place));
END
$function$;
COMMENT ON FUNCTION edustats.fill_text(text, jsonb) IS
    'A text in which {name} stands for what an object has by that name; one that it has not stays as it is. NULL for NULL.';

CREATE FUNCTION edustats.grouped_text(number text, separator text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    part text[];
BEGIN
    IF separator IS NOT NULL THEN
        part := regexp_match(number, '^(-?)(\d{4,})(.*)$');
    END IF;
    IF part IS NULL THEN
        RETURN number;
    END IF;
    RETURN part[1] || replace(reverse(regexp_replace(reverse(part[2]), '(\d{3})(?=\d)', '\1 ', 'g')), ' ', separator) || part[3];
END
$function$;
COMMENT ON FUNCTION edustats.grouped_text(text, text) IS
    'A number as it is printed, with a separator between each three digits of its whole part: 12,345.6%. As it is without a separator, and what is no number. NULL for NULL.';

CREATE FUNCTION edustats.form_text(value text, form text, separator text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN NULL
            WHEN form = 'number' THEN edustats.grouped_text(value, separator)
            WHEN form = 'percent' THEN edustats.grouped_text(edustats.percent_text(value::numeric), separator)
            WHEN form = 'wan' THEN edustats.wan_text(value::numeric)
            ELSE value END;
COMMENT ON FUNCTION edustats.form_text(text, text, text) IS
    'A value as a form prints it: number and percent with a separator between each three digits, if there is one; wan; or as it is. NULL for NULL.';

-- What a sentence of the bulletin is.

CREATE TYPE edustats.sentence AS (month date, section integer, paragraph integer, text text);
COMMENT ON TYPE edustats.sentence IS 'A row of a bulletin''s narrative: the section, the place in it, ascending, and the text.';
