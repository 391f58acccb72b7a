-- The bulletin as a page: what stands where in it, and its parts put together.

-- In captions and titles %1$s is the month, %2$s the quarter that ends with it.
CREATE FUNCTION edustats.bulletin_tables() RETURNS TABLE (
    view name, section integer, paragraph integer, caption text, class text, columns integer, header text,
    row_markup text, place name, on_dash text, note text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
VALUES
    ('table_1'::name, 1, 3, '表1 截至%1$s底平台用户构成', 'sum', 4,
     '<tr><th colspan="3" scope="colgroup">用户分类</th><th class="n" scope="col">用户数(个)</th></tr>',
     'edustats.users_row_html(audience, org_type, account, users, '
     'row_number() OVER (PARTITION BY audience ORDER BY row), count(*) OVER (PARTITION BY audience), '
     'row_number() OVER (PARTITION BY audience, org_type ORDER BY row), '
     'count(*) OVER (PARTITION BY audience, org_type))',
     'row'::name, NULL, '“非站点用户”是指在互联网上自行注册的集体用户'),
    ('table_2', 2, 2, '表2 %1$s各区县站点用户观看学习时间（单位：小时）', 'sum even wide', 7,
     '<tr><th scope="col">区县</th><th class="n" scope="col">农村</th><th class="n" scope="col">社区</th>'
     '<th class="n" scope="col">机关事业单位</th><th class="n" scope="col">国企</th><th class="n" scope="col">“两新”组织</th>'
     '{college:<th class="n" scope="col">高校</th>}{other:<th class="n" scope="col">其他</th>}'
     '<th class="n" scope="col">合计</th></tr>',
     'edustats.row_html(''hnnnnnnnn'', ARRAY[district, edustats.cell_text(rural), edustats.cell_text(community), '
     'edustats.cell_text(agency), edustats.cell_text(soe), edustats.cell_text(new_org), '
     '{college:edustats.cell_text(college), }{other:edustats.cell_text(other), }edustats.cell_text(total)])',
     'row', '没有此类站点', NULL),
    ('table_3', 2, 3, '表3 %1$s农村站点和社区站点参学情况', 'sum even wide', 9,
     '<tr><th rowspan="2" scope="col">区县</th><th colspan="4" scope="colgroup">农村站点</th>'
     '<th colspan="4" scope="colgroup">社区站点</th></tr>'
     '<tr><th class="n" scope="col">参学<br/>站点数</th><th class="n" scope="col">未学<br/>站点数</th>'
     '<th class="n" scope="col">应学<br/>站点数</th><th class="n" scope="col">站点<br/>参学率</th>'
     '<th class="n" scope="col">参学<br/>站点数</th><th class="n" scope="col">未学<br/>站点数</th>'
     '<th class="n" scope="col">应学<br/>站点数</th><th class="n" scope="col">站点<br/>参学率</th></tr>',
     'edustats.row_html(''hnnnnnnnn'', ARRAY[district, rural_attended::text, rural_absent::text, rural_expected::text, '
     'edustats.percent_text(rural_rate), community_attended::text, community_absent::text, community_expected::text, '
     'edustats.percent_text(community_rate)])',
     'row', '没有此类站点，或没有应学站点', '应学站点是指月末场所和设备完好、可正常开展学习的站点'),
    ('table_4', 2, 4, '表4 %1$s站点学习时长排行', NULL, 3,
     '<tr><th class="r" scope="col">排行</th><th scope="col">站点名称</th><th class="n" scope="col">学习时长(小时)</th></tr>',
     'edustats.row_html(''rtn'', ARRAY[rank::text, station, edustats.cell_text(hours)])',
     'rank', '没有数据', '表2至表4只统计平台统一分配的站点用户'),
    ('table_5', 3, 2, '表5 %1$s不同类别用户关注视频课程分类排行', 'pairs', 4,
     '<tr><th colspan="2" scope="colgroup">农村用户</th><th colspan="2" scope="colgroup">社区用户</th></tr>'
     '<tr><th scope="col">视频点播栏目</th><th class="n" scope="col">点击次数(次)</th>'
     '<th scope="col">视频点播栏目</th><th class="n" scope="col">点击次数(次)</th></tr>',
     'edustats.row_html(''tntn'', '
     'ARRAY[rural_category, rural_clicks::text, community_category, community_clicks::text])',
     'rank', '没有数据', NULL),
    ('table_6', 3, 3, '表6 %1$s较受欢迎视频课程排行', 'names', 4,
     '<tr><th class="r" scope="col">排行</th><th scope="col">视频课程</th><th scope="col">节目制作单位</th>'
     '<th class="n" scope="col">点击次数(次)</th></tr>',
     'edustats.row_html(''rttn'', ARRAY[rank::text, course, producer, clicks::text])',
     'rank', '没有数据', NULL),
    ('table_7', 3, 3, '表7 %1$s不同类别用户关注视频课程排行', 'pairs wide', 4,
     '<tr><th colspan="2" scope="colgroup">农村用户</th><th colspan="2" scope="colgroup">社区用户</th></tr>'
     '<tr><th scope="col">视频课程</th><th class="n" scope="col">点击次数(次)</th>'
     '<th scope="col">视频课程</th><th class="n" scope="col">点击次数(次)</th></tr>',
     'edustats.row_html(''tntn'', ARRAY[rural_course, rural_clicks::text, community_course, community_clicks::text])',
     'rank', '没有数据', NULL),
    ('table_8', 4, 2, '表8 %1$s图文信息点击次数排行', 'names', 4,
     '<tr><th class="r" scope="col">排行</th><th scope="col">文章名称</th><th scope="col">所属图文栏目</th>'
     '<th class="n" scope="col">浏览次数(次)</th></tr>',
     'edustats.row_html(''rttn'', ARRAY[rank::text, article, column_name, views::text])',
     'rank', '没有数据', NULL),
    ('table_9', 5, 2, '表9 %1$s论坛主题浏览次数排行', NULL, 2,
     '<tr><th scope="col">本月被浏览最多的主题</th><th class="n" scope="col">浏览次数(次)</th></tr>',
     'edustats.row_html(''tn'', ARRAY[topic, views::text])',
     'rank', '没有数据', NULL);
END;
COMMENT ON FUNCTION edustats.bulletin_tables() IS
    'The tables of the bulletin''s page: the view behind each, the paragraph that it follows, its caption, the markup '
    'of its header, the expression that makes a row of markup of a row of the view, the column that gives the order, '
    'what a "-" means there, and a remark of its own. In header and markup, {COLUMN:…} is there only when some row of the '
    'month has a value in that column of the view.';

CREATE FUNCTION edustats.bulletin_figures() RETURNS TABLE (
    view name, section integer, paragraph integer, caption text, label name, value name, unit text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
VALUES
    ('figure_1'::name, 3, 2, '图1 %1$s较受欢迎视频课程类型访问次数排行（单位：次）', 'category'::name, 'clicks'::name, '次'),
    ('figure_2', 4, 1, '图2 %1$s图文栏目访问量排行（单位：次）', 'column_name', 'visits', '次'),
    ('figure_3', 5, 3, '图3 %1$s热点博客分类排行（单位：篇）', 'category', 'posts', '篇'),
    ('figure_4', 5, 3, '图4 %2$s区县发表博客排行（单位：篇）', 'district', 'posts', '篇'),
    ('figure_5', 5, 4, '图5 %1$s村官栏目热点话题（单位：条）', 'topic', 'posts', '条');
END;
COMMENT ON FUNCTION edustats.bulletin_figures() IS
    'The figures of the bulletin''s page: the view behind each, the paragraph that it follows, its caption, the '
    'columns with the labels and the values of its bars, and their unit.';

CREATE FUNCTION edustats.quarter_text(month date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s年第%s季度', extract(year FROM month),
              (ARRAY['一', '二', '三', '四'])[extract(quarter FROM month)::integer]);
COMMENT ON FUNCTION edustats.quarter_text(date) IS 'The quarter that the month is in, in Chinese.';

-- The view is read once, and its rows are kept as JSON: which columns are there is known only after all of them.
CREATE FUNCTION edustats.bulletin_table(bulletin name, month date, view name) RETURNS xml
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    t record;
    optional name;
    rows jsonb;
    body xml;
BEGIN
    IF to_regclass(format('%I.%I', bulletin, view)) IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT t FROM edustats.bulletin_tables() l WHERE l.view = bulletin_table.view;
    EXECUTE format('SELECT jsonb_agg(r) FROM %I.%I r WHERE month = $1', bulletin, view) INTO rows USING month;
    FOR optional IN SELECT m[1] FROM regexp_matches(t.header, '{(\w+):', 'g') m LOOP
        SELECT regexp_replace(t.header, p.part, p.put), regexp_replace(t.row_markup, p.part, p.put)
        INTO t.header, t.row_markup
        FROM (SELECT format('{%s:([^}]*)}', optional) AS part,
                     CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(rows) r WHERE r ->> optional IS NOT NULL)
                          THEN '\1' ELSE '' END AS put) p;
    END LOOP;
    EXECUTE format('SELECT xmlagg(markup ORDER BY place) '
                   'FROM (SELECT %s AS markup, %I AS place FROM jsonb_populate_recordset(NULL::%I.%I, $1)) r',
                   t.row_markup, t.place, bulletin, view)
    INTO body USING rows;
    RETURN edustats.table_html(view, format(t.caption, edustats.month_text(month)), t.class, t.columns, t.header, body,
                               edustats.table_note(body, t.on_dash, t.note));
EXCEPTION WHEN undefined_column THEN
    RETURN NULL;                -- its columns are of other kinds of organisation
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_table(name, date, name) IS
    'A table of the bulletin of a month, by the name of its view; NULL where the bulletin has no such view, or one of other columns.';

CREATE FUNCTION edustats.bulletin_figure(bulletin name, month date, view name) RETURNS xml
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    f record;
    title text;
    labels text[];
    amounts bigint[];
BEGIN
    SELECT * INTO STRICT f FROM edustats.bulletin_figures() l WHERE l.view = bulletin_figure.view;
    IF to_regclass(format('%I.%I', bulletin, view)) IS NULL
       OR strpos(f.caption, '%2$s') > 0 AND extract(month FROM month)::integer % 3 <> 0 THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT array_agg(coalesce(%1$I::text, ''-'') ORDER BY rank), array_agg(%2$I::bigint ORDER BY rank) '
                   'FROM %3$I.%4$I WHERE month = $1', f.label, f.value, bulletin, view)
    INTO labels, amounts USING month;
    title := format(f.caption, edustats.month_text(month), edustats.quarter_text(month));
    RETURN xmlelement(NAME figure, xmlattributes(view AS id),
        xmlelement(NAME figcaption, title),
        CASE WHEN labels IS NULL THEN xmlelement(NAME p, xmlattributes('none' AS class), '没有数据')
             ELSE edustats.bar_chart_svg(view, title, labels, amounts, f.unit) END);
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_figure(name, date, name) IS
    'A figure of the bulletin of a month, by the name of its view; NULL where the bulletin has no such view, and for a '
    'quarter''s figure in a month that ends none.';

-- A title may hold characters that turn the order of letters round. In a cell they end with it, in a sentence they
-- would turn what follows as well: so they are left out there.
CREATE FUNCTION edustats.paragraph_html(words text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME p, edustats.xml_text(regexp_replace(words, '[\u202A-\u202E\u2066-\u2069]', '', 'g')));
COMMENT ON FUNCTION edustats.paragraph_html(text) IS
    'A paragraph, without characters that override the direction of writing.';

-- The sentences are read first: there are some of each month that the bulletin has, and of no other.
CREATE FUNCTION edustats.bulletin_parts(bulletin name, month date)
RETURNS TABLE (section integer, paragraph integer, kind integer, view name, markup xml)
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY EXECUTE format('SELECT section::integer, paragraph::integer, 1, NULL::name, edustats.paragraph_html(text) '
                                'FROM %I.narrative WHERE month = $1', bulletin) USING month;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bulletin "%s" has no month %s', bulletin, month),
            DETAIL = 'A bulletin goes from the month of the first activity to the present one.';
    END IF;
    RETURN QUERY SELECT f.section, f.paragraph, 2, f.view, edustats.bulletin_figure(bulletin, month, f.view)
                 FROM edustats.bulletin_figures() f;
    RETURN QUERY SELECT t.section, t.paragraph, 3, t.view, edustats.bulletin_table(bulletin, month, t.view)
                 FROM edustats.bulletin_tables() t;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_parts(name, date) IS
    'What the sections of the bulletin of a month are made of: paragraphs, each followed by its figures and tables. '
    'No markup where the bulletin has no view. An error for a month that the bulletin has no rows for (invalid_parameter_value).';

CREATE FUNCTION edustats.bulletin_page(title text, period text, sections text[], contents xml[]) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlelement(NAME html, xmlattributes('zh-CN' AS lang),
        xmlelement(NAME head,
            xmlelement(NAME meta, xmlattributes('utf-8' AS charset)),
            xmlelement(NAME meta, xmlattributes('viewport' AS name, 'width=device-width, initial-scale=1' AS content)),
            xmlelement(NAME title, title),
            xmlelement(NAME style, edustats.bulletin_css())),
        xmlelement(NAME body,
            xmlelement(NAME header,
                xmlelement(NAME h1, title), xmlelement(NAME p, xmlattributes('period' AS class), period)),
            xmlelement(NAME nav, xmlattributes('目录' AS "aria-label"), xmlelement(NAME ol, xmlagg(
                xmlelement(NAME li, xmlelement(NAME a, xmlattributes('#section-' || s.place AS href), s.heading))
                ORDER BY s.place))),
            xmlelement(NAME main, xmlagg(
                xmlelement(NAME section, xmlattributes('section-' || s.place AS "aria-labelledby"),
                    xmlelement(NAME h2, xmlattributes('section-' || s.place AS id), s.heading), s.content)
                ORDER BY s.place))))
    FROM (SELECT u.place, substr('一二三四五六七八九', u.place::integer, 1) || '、' || u.title AS heading, u.content
          FROM unnest(sections, contents) WITH ORDINALITY u(title, content, place)) s;
END;
COMMENT ON FUNCTION edustats.bulletin_page(text, text, text[], xml[]) IS
    'A page of numbered sections, with their titles and contents.';

-- Without JIT: the views are wide and their rows few, so that compiling takes many times as long as reading.
CREATE FUNCTION edustats.bulletin_html(bulletin name, month date) RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
DECLARE
    first_day date := edustats.month_of(month);
    titles text[];
    contents xml[];
BEGIN
    IF NOT EXISTS (SELECT FROM edustats.attachment a WHERE a.bulletin = bulletin_html.bulletin) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = format('bulletin "%s" does not exist', bulletin);
    END IF;
    SELECT array_agg(s.title ORDER BY s.section), array_agg(s.content ORDER BY s.section)
    INTO titles, contents
    FROM (SELECT v.section, v.title, xmlagg(p.markup ORDER BY p.paragraph, p.kind, p.view) AS content
          FROM edustats.bulletin_parts(bulletin, first_day) p
          JOIN (VALUES (1, '平台用户数量构成情况'), (2, '各区县用户学习培训情况'), (3, '视频课程点播收看情况'),
                       (4, '图文栏目访问情况'), (5, '互动栏目使用情况')) v(section, title) ON v.section = p.section
          WHERE p.markup IS NOT NULL
          GROUP BY v.section, v.title) s;

    -- An element a line, so that two pages can be compared line by line: only markup has a < that is not escaped.
    RETURN E'<!DOCTYPE html>\n' || regexp_replace(
        edustats.bulletin_page(edustats.month_text(first_day) || '学习情况统计通报',
                               format('统计时段：%s1日至%s日', edustats.month_text(first_day),
                                      extract(day FROM first_day + interval '1 month' - interval '1 day')),
                               titles, contents)::text,
        '<(?=(?:head|meta|title|style|body|header|h1|h2|p|nav|li|main|section|div|table|thead|tbody|tr|figure|svg|g)'
        '[ >/])', E'\n<', 'g') || E'\n';
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_html(name, date) IS
    'The bulletin of the month that the date is in, as one self-contained page of HTML that is well-formed XML, too: '
    'sections, sentences, tables, and figures in SVG, for screens and for paper. Views that the bulletin lacks are '
    'left out. Errors for an unknown bulletin (invalid_schema_name) and for a month that the bulletin has no rows for '
    '(invalid_parameter_value). NULL for NULL.';
