-- How the bulletin's page looks. No <, > or & here: in a page that is read as HTML they would have to stand as they
-- are, and in one that is read as XML they could not.

CREATE FUNCTION edustats.bulletin_css() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN $css$
:root {
    color-scheme: light dark;
    --paper: #fbfaf7; --ink: #23262b; --quiet: #666b72; --rule: #dedbd3; --strong: #5b5f66; --shade: #0002;
    --bar: #4b6f93; --mark: #a03a2e;
    --sans: "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC",
        "Source Han Sans SC", sans-serif;
    --serif: "Songti SC", "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", STZhongsong, SimSun, serif;
}
html:not(:lang(zh)) {
    --sans: system-ui, "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", sans-serif;
    --serif: Georgia, "Noto Serif", "DejaVu Serif", "Noto Serif CJK SC", serif;
}
@media screen and (prefers-color-scheme: dark) {
    :root {
        --paper: #17191c; --ink: #e4e2dd; --quiet: #9ea2a8; --rule: #33373c; --strong: #84898f; --shade: #0009;
        --bar: #7ea2c6; --mark: #d9776a;
    }
}
* { box-sizing: border-box; }
html { background: var(--paper); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
    max-width: 46rem; margin: 0 auto; padding: 3.5rem 1.5rem 5rem;
    color: var(--ink); font: 1rem/1.85 var(--sans); text-autospace: normal; line-break: strict; overflow-wrap: anywhere;
}
h1, h2 { font-family: var(--serif); font-weight: 700; line-height: 1.4; text-wrap: balance; }
h1 { margin: 0; font-size: 2rem; text-align: center; letter-spacing: .04em; }
h2 { margin: 3.5rem 0 1rem; padding-bottom: .4rem; border-bottom: 1px solid var(--rule); font-size: 1.375rem; }
.period { margin: .75rem 0 0; color: var(--quiet); font-size: .9375rem; text-align: center; }
.office, .issue, .subtitle { margin: .5rem 0 0; text-align: center; text-indent: 0; }
.office { color: var(--mark); font: 700 1.25rem/1.4 var(--serif); letter-spacing: .12em; }
.issue { margin-bottom: 1.5rem; color: var(--quiet); font-size: .9375rem; }
.subtitle { font-size: 1.0625rem; }
footer { margin-top: 3.5rem; text-align: right; break-inside: avoid; }
footer p { margin: .25rem 0; }
.period::after { content: ""; display: block; width: 3.5rem; margin: 1.5rem auto 0; border-top: 2px solid var(--mark); }
nav ol {
    display: flex; flex-wrap: wrap; justify-content: center; gap: .25rem 1.5rem; margin: 2rem 0 0; padding: 0;
    list-style: none; font-size: .9375rem;
}
a { color: inherit; text-decoration-color: var(--rule); text-underline-offset: .3em; }
a:hover { text-decoration-color: currentColor; }
section p { margin: .75rem 0; text-align: justify; text-indent: 2em; }

.table, figure { margin: 2rem 0 2.25rem; }
caption, figcaption { font-size: .9375rem; font-weight: 600; line-height: 1.6; text-align: center; text-wrap: balance; }
caption { padding-bottom: .6rem; }
figcaption { padding-bottom: .9rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--bar); outline-offset: 4px; }
table {
    width: 100%; border-collapse: collapse; border-top: 2px solid var(--strong); border-bottom: 2px solid var(--strong);
    font-size: .875rem; line-height: 1.5; font-variant-numeric: tabular-nums lining-nums;
}
th, td { padding: .4em .6em; font-weight: 400; text-align: left; vertical-align: middle; }
thead th { border-bottom: 1px solid var(--rule); font-weight: 600; }
thead tr:last-child th, thead th[rowspan] { border-bottom-color: var(--strong); }
thead th[colspan] { text-align: center; }
thead th.n, thead th.r { white-space: nowrap; }
tbody th, tbody td { border-top: 1px solid var(--rule); }
tbody tr:first-child th, tbody tr:first-child td { border-top: 0; }
th.n, td.n { text-align: right; }
th.r, td.r { width: 4em; text-align: center; }
td.n { white-space: nowrap; }
td.none, p.none { color: var(--quiet); text-align: center; text-indent: 0; }
.sum tbody tr:last-child th, .sum tbody tr:last-child td { border-top: 1px solid var(--strong); font-weight: 600; }
.pairs th:nth-child(3), .pairs td:nth-child(3) { padding-left: 2em; }
.even { table-layout: fixed; }
.even th, .even td { padding-right: .4em; padding-left: .4em; }
.even th:first-child { width: 4.5em; }
html:not(:lang(zh)) .even th:first-child { width: 7em; }
.note { margin: .6rem 0 0; color: var(--quiet); font-size: .8125rem; line-height: 1.6; text-indent: 0; }

svg {
    display: block; width: min(100vw - 1rem, 34rem); height: auto; margin-left: calc(50% - min(50vw - .5rem, 17rem));
    font-family: var(--sans); font-variant-numeric: tabular-nums; text-autospace: no-autospace;
}
svg rect, svg circle { fill: var(--bar); }
svg path { stroke: var(--bar); }
svg text { fill: var(--ink); }
svg line { stroke: var(--strong); }
svg .grid { stroke: var(--rule); }
svg .peak { fill: var(--mark); }

@media screen and (max-width: 40rem) {
    body { padding: 2rem 1.25rem 3rem; }
    h1 { font-size: 1.5rem; letter-spacing: 0; }
    h2 { margin-top: 2.75rem; font-size: 1.1875rem; }
    nav ol { display: block; font-size: .875rem; }
    section p { text-align: start; }
    .scroll {
        background: linear-gradient(to left, var(--paper) 40%, transparent) right / 2.5rem 100% no-repeat local,
            linear-gradient(to left, var(--shade), transparent) right / .75rem 100% no-repeat scroll;
    }
    .wide { min-width: 41rem; }
    .names td:nth-child(3) { min-width: 5.8em; }
    .even tbody th, .even thead tr:first-child th:first-child { position: sticky; left: 0; background: var(--paper); }
    .wide caption { position: sticky; left: 0; width: calc(100vw - 2.5rem); }
    thead th.n { min-width: 4.8em; white-space: normal; }
    th.r, td.r { width: 3.2em; }
    th, td { padding-right: .4em; padding-left: .4em; }
    .pairs th:nth-child(3), .pairs td:nth-child(3) { padding-left: 1.2em; }
}
@page { size: A4; margin: 16mm 20mm 18mm; @bottom-center { content: counter(page); font-size: 9pt; } }
@media print {
    :root { --paper: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --strong: #333; --bar: #587695; --mark: #a03a2e; }
    body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.7; }
    nav { display: none; }
    h1 { font-size: 20pt; }
    h2 { margin: 8mm 0 3mm; font-size: 14pt; break-after: avoid; }
    section p { margin: 1.5mm 0; }
    caption, figcaption { padding-bottom: 1.5mm; font-size: 10pt; }
    table { font-size: 8.5pt; line-height: 1.4; }
    th, td { padding-top: .18em; padding-bottom: .18em; }
    .scroll { overflow: visible; }
    .table, figure, tr, svg { break-inside: avoid; }
    .table:has(tbody tr:nth-child(13)):not(:has(tbody [rowspan])) { break-inside: auto; }
    caption, thead, tbody tr:nth-child(-n+3) { break-after: avoid; }
    tbody, tbody tr:first-child, tbody tr:nth-last-child(-n+3), .note { break-before: avoid; }
    .table, figure { margin: 4mm 0 5mm; }
    thead { display: table-header-group; }
    p { orphans: 3; widows: 3; }
    svg { width: 110mm; margin: 0 auto; }
    svg rect, svg circle { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
$css$;
COMMENT ON FUNCTION edustats.bulletin_css() IS
    'The style sheet of the bulletin''s page: light and dark, wide and narrow, screen and paper.';
