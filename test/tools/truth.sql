-- What every reader is to read: with :rows true the rows of March 2015 of each documented view, one a line, VIEW and the columns
-- as canonical text, instants in milliseconds; else the views' columns. A line is a row of COPY's text format, so that NULL is \N.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET timezone TO 'UTC';
CREATE TEMPORARY VIEW documented AS
SELECT c.oid, c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'month') AS monthly
FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v';
\if :rows
SELECT format('COPY (SELECT %L, %s FROM bulletin.%I%s) TO STDOUT', d.relname, (
    SELECT string_agg(format(CASE a.atttypid WHEN 'numeric'::regtype THEN 'trim_scale(%I)::text' WHEN 'boolean'::regtype THEN '%I::text'
                                             WHEN 'timestamptz'::regtype THEN 'to_char(%I, ''YYYY-MM-DD HH24:MI:SS.MS'')' ELSE '%I::text' END, a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a WHERE a.attrelid = d.oid AND a.attnum > 0), d.relname, CASE WHEN d.monthly THEN ' WHERE month = ''2015-03-01''' END)
FROM documented d ORDER BY d.relname \gexec
\else
COPY (
    SELECT d.relname, a.attname, t.typname, CASE WHEN a.atttypmod > 0 THEN (a.atttypmod - 4) >> 16 END, CASE WHEN a.atttypmod > 0 THEN (a.atttypmod - 4) & 2047 END,
           NOT a.attnotnull, col_description(d.oid, a.attnum)
    FROM documented d JOIN pg_attribute a ON a.attrelid = d.oid AND a.attnum > 0 JOIN pg_type t ON t.oid = a.atttypid
    ORDER BY d.relname, a.attnum) TO STDOUT
\endif
