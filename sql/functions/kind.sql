-- What members are: the rules that stand once for all who read them.

-- Inlined, so that an index of the platform's on its stations is one for these, too.
CREATE FUNCTION edustats.is_station(org_type text, allocated boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN allocated AND org_type IS NOT NULL;
COMMENT ON FUNCTION edustats.is_station(text, boolean) IS
    'Is a member a station: an organisation''s account that the platform allocated? NULL, as false, where nobody knows.';

-- A longer one would not fit into an index.
CREATE FUNCTION edustats.is_kind(org_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(edustats.named(org_type) IS NOT NULL AND length(org_type) <= 200, false);
COMMENT ON FUNCTION edustats.is_kind(text) IS
    'Can a member''s org_type be a kind of organisation of its own? One that is NULL, white space or longer than 200 characters can not.';

-- A code makes a column of table 2 alone, and with a suffix of up to 9 letters columns of others.
CREATE FUNCTION edustats.is_kind_code(code text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(code ~ '^[a-z][a-z0-9_]{0,49}$'
                AND code NOT IN ('month', 'row', 'district', 'total', 'other', 'tableoid', 'ctid', 'xmin', 'cmin', 'xmax', 'cmax'), false);
COMMENT ON FUNCTION edustats.is_kind_code(text) IS
    'Can a text name the columns of a kind of organisation: lower-case letters, digits and _, at most 50, and no other column of the tables?';
