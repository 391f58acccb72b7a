-- Numbers as a bulletin prints them. NaN and infinity are errors (numeric_value_out_of_range) in all of these.

CREATE FUNCTION edustats.growth(current numeric, previous numeric) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_growth';
COMMENT ON FUNCTION edustats.growth(numeric, numeric) IS
    'By how many percent current is above previous: 2 decimals, half away from zero, negative for a fall. NULL where '
    'either is NULL and where there is no base to measure by, which is a previous of 0 or less.';

CREATE FUNCTION edustats.share(part numeric, whole numeric) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_share';
COMMENT ON FUNCTION edustats.share(numeric, numeric) IS
    'How many percent of the whole the part is: 2 decimals, half away from zero. NULL where either is NULL and where '
    'the whole is 0.';

CREATE FUNCTION edustats.growth_text(current numeric, previous numeric, base text DEFAULT '上月') RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_growth_text';
COMMENT ON FUNCTION edustats.growth_text(numeric, numeric, text) IS
    'The change as a clause of a sentence: 比上月增长0.29%, 比上月增长1.1倍 (from 100 % on), 比上月下降3.20%, 与上月持平, '
    '与上月基本持平 (below 0.005 %), 上月无可比基数 (previous is 0 or less), 上月无数据可比 (previous is NULL). base '
    'names the period compared with. NULL where current or base is NULL.';

CREATE FUNCTION edustats.points_text(current numeric, previous numeric, base text DEFAULT '上月') RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_points_text';
COMMENT ON FUNCTION edustats.points_text(numeric, numeric, text) IS
    'The difference of two percentages as a clause of a sentence, in percentage points with 2 decimals: '
    '比上月提高0.35个百分点, 比上月下降3.20个百分点, 与上月持平, 与上月基本持平 (below 0.005 points), 上月无数据可比 (previous '
    'is NULL). Rounded once, half away from zero: give it percentages as they are printed, and it says what a reader who '
    'subtracts them gets. base names the period compared with. NULL where current or base is NULL.';

CREATE FUNCTION edustats.share_text(part numeric, whole numeric) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_share_text';
COMMENT ON FUNCTION edustats.share_text(numeric, numeric) IS
    'The share as a clause of a sentence: 占74.13%, or 占比无法计算 where the whole is NULL or 0. NULL where the part is '
    'NULL.';

CREATE FUNCTION edustats.wan_text(number numeric) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_wan_text';
COMMENT ON FUNCTION edustats.wan_text(numeric) IS
    'The number with at most 2 decimals, none of them a zero at the end, in units of its size: 6046, 4.45万 from ten '
    'thousand on, 1.2亿 from a hundred million on. NULL for NULL.';

CREATE FUNCTION edustats.unit_text(number numeric, unit text, scale integer DEFAULT 2) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_unit_text';
COMMENT ON FUNCTION edustats.unit_text(numeric, text, integer) IS
    'The number in that unit, 万 or 亿, whatever its size, with exactly that many decimals (0 to 1000), rounded half away '
    'from zero: 0.66万, 78.40万. NULL where any argument is NULL. Errors for another unit and for another number of '
    'decimals (invalid_parameter_value).';

CREATE FUNCTION edustats.decimal_text(number numeric, scale integer DEFAULT 2) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_decimal_text';
COMMENT ON FUNCTION edustats.decimal_text(numeric, integer) IS
    'The number with exactly that many decimals (0 to 1000), rounded half away from zero: 5215.70. NULL for NULL.';

CREATE FUNCTION edustats.cell_text(number numeric, scale integer DEFAULT 2) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_cell_text';
COMMENT ON FUNCTION edustats.cell_text(numeric, integer) IS
    'As decimal_text, for the cell of a table: - for NULL. NULL where the scale is NULL.';

CREATE FUNCTION edustats.percent_text(percent numeric) RETURNS text
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_percent_text';
COMMENT ON FUNCTION edustats.percent_text(numeric) IS
    'A percentage for the cell of a table, with 2 decimals: 37.91%. - for NULL.';
