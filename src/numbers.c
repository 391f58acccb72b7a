/*
 * numbers.c: numbers and their changes as a bulletin prints them.
 *
 * All arithmetic is that of numeric, so it is exact, and what is too large for numeric is its error. Quotients are
 * rounded once, from their exact value: rounding again what numeric's division has rounded could be off by one.
 */
#include "edustats.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#define MAX_SCALE NUMERIC_MAX_PRECISION

PG_FUNCTION_INFO_V1(edustats_growth);
PG_FUNCTION_INFO_V1(edustats_share);
PG_FUNCTION_INFO_V1(edustats_growth_text);
PG_FUNCTION_INFO_V1(edustats_points_text);
PG_FUNCTION_INFO_V1(edustats_share_text);
PG_FUNCTION_INFO_V1(edustats_wan_text);
PG_FUNCTION_INFO_V1(edustats_unit_text);
PG_FUNCTION_INFO_V1(edustats_decimal_text);
PG_FUNCTION_INFO_V1(edustats_cell_text);
PG_FUNCTION_INFO_V1(edustats_percent_text);

/* One of numeric's own operations on two numbers. */
static Numeric
apply(PGFunction operation, Numeric left, Numeric right)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(left), NumericGetDatum(right)));
}

/* The number without its sign. */
static Numeric
absolute(Numeric number)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(number)));
}

/* Below, at or above zero as left is less than, equal to or greater than right. */
static int
compare(Numeric left, Numeric right)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(left), NumericGetDatum(right)));
}

/* Below, at or above zero as the number is. */
static int
sign(Numeric number)
{
	return compare(number, int64_to_numeric(0));
}

/* The number rounded half away from zero to that many decimals, and padded to them. */
static Numeric
round_to(Numeric number, int scale)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(number), Int32GetDatum(scale)));
}

/* The number, which must be one. */
static Numeric
check_finite(Numeric number)
{
	if (numeric_is_nan(number) || numeric_is_inf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a bulletin cannot print %s", numeric_is_nan(number) ? "NaN" : "an infinite number")));
	return number;
}

/* part / whole * 100^power to 2 decimals, half away from zero; whole is not 0. */
static Numeric
scaled_quotient(Numeric part, Numeric whole, int power)
{
	int64		hundredths = power == 0 ? 100 : 10000;
	Numeric		two = int64_to_numeric(2);
	Numeric		divisor = apply(numeric_mul, two, absolute(whole));
	Numeric		dividend = apply(numeric_mul, int64_to_numeric(2 * hundredths), absolute(part));
	Numeric		result;

	/* Half of the whole is added, and everything doubled, so that cutting off the fraction rounds. */
	result = apply(numeric_div_trunc, apply(numeric_add, dividend, absolute(whole)), divisor);
	result = apply(numeric_mul, result, int64_div_fast_to_numeric(1, 2));
	if (sign(part) * sign(whole) < 0)
		result = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(result)));
	return result;
}

/* part / whole in percent to 2 decimals, rounded once, half away from zero; whole is not 0, NaN and infinity fail. */
Numeric
edustats_percent(Numeric part, Numeric whole)
{
	return scaled_quotient(check_finite(part), check_finite(whole), 1);
}

/* growth(current numeric, previous numeric) returns numeric */
Datum
edustats_growth(PG_FUNCTION_ARGS)
{
	Numeric		current = check_finite(PG_GETARG_NUMERIC(0));
	Numeric		previous = check_finite(PG_GETARG_NUMERIC(1));

	if (sign(previous) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(edustats_percent(apply(numeric_sub, current, previous), previous));
}

/* share(part numeric, whole numeric) returns numeric */
Datum
edustats_share(PG_FUNCTION_ARGS)
{
	Numeric		part = check_finite(PG_GETARG_NUMERIC(0));
	Numeric		whole = check_finite(PG_GETARG_NUMERIC(1));

	if (sign(whole) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(edustats_percent(part, whole));
}

/* Appends words of this file, which are UTF-8, in the encoding of the database. */
static void
append_words(StringInfo out, const char *words)
{
	appendStringInfoString(out, pg_any_to_server(words, strlen(words), PG_UTF8));
}

/* Appends the digits of a number, all its decimals or without zeros at their end. */
static void
append_number(StringInfo out, Numeric number, bool trim)
{
	Datum		value = NumericGetDatum(number);

	if (trim)
		value = DirectFunctionCall1(numeric_trim_scale, value);
	appendStringInfoString(out, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
}

/* The text that was built. */
static text *
built_text(StringInfo out)
{
	return cstring_to_text_with_len(out->data, out->len);
}

/* Appends a clause that says how two numbers that differ compare. */
typedef void (*AppendChange) (StringInfo out, Numeric current, Numeric previous, const char *base);

/* Appends that there is no change from base, in those words. */
static void
append_level(StringInfo out, const char *base, const char *words)
{
	append_words(out, "与");
	appendStringInfoString(out, base);
	append_words(out, words);
}

/* Appends that a change is from base, and its direction in one of two words. */
static void
append_direction(StringInfo out, const char *base, Numeric change, const char *up, const char *down)
{
	append_words(out, "比");
	appendStringInfoString(out, base);
	append_words(out, sign(change) > 0 ? up : down);
}

/* Appends by how many percent, or times, current is above or below previous. */
static void
append_growth(StringInfo out, Numeric current, Numeric previous, const char *base)
{
	Numeric		change = apply(numeric_sub, current, previous);
	Numeric		percent;

	if (sign(previous) <= 0)
	{
		appendStringInfoString(out, base);
		append_words(out, "无可比基数");
		return;
	}
	percent = edustats_percent(change, previous);
	if (sign(percent) == 0)
	{
		append_level(out, base, "基本持平");
		return;
	}
	append_direction(out, base, change, "增长", "下降");
	if (compare(percent, int64_to_numeric(100)) >= 0)
	{
		append_number(out, scaled_quotient(change, previous, 0), true);
		append_words(out, "倍");
	}
	else
	{
		append_number(out, absolute(percent), false);
		appendStringInfoChar(out, '%');
	}
}

/* Appends by how many percentage points current is above or below previous. */
static void
append_points(StringInfo out, Numeric current, Numeric previous, const char *base)
{
	Numeric		points = round_to(apply(numeric_sub, current, previous), 2);

	if (sign(points) == 0)
	{
		append_level(out, base, "基本持平");
		return;
	}
	append_direction(out, base, points, "提高", "下降");
	append_number(out, absolute(points), false);
	append_words(out, "个百分点");
}

/* The clause for the arguments (current numeric, previous numeric, base text). */
static Datum
comparison_text(FunctionCallInfo fcinfo, AppendChange append_change)
{
	StringInfoData out;
	Numeric		current;
	Numeric		previous;
	char	   *base;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	current = check_finite(PG_GETARG_NUMERIC(0));
	base = text_to_cstring(PG_GETARG_TEXT_PP(2));
	initStringInfo(&out);
	if (PG_ARGISNULL(1))
	{
		appendStringInfoString(&out, base);
		append_words(&out, "无数据可比");
		PG_RETURN_TEXT_P(built_text(&out));
	}

	previous = check_finite(PG_GETARG_NUMERIC(1));
	if (compare(current, previous) == 0)
		append_level(&out, base, "持平");
	else
		append_change(&out, current, previous, base);
	PG_RETURN_TEXT_P(built_text(&out));
}

/* growth_text(current numeric, previous numeric, base text) returns text */
Datum
edustats_growth_text(PG_FUNCTION_ARGS)
{
	return comparison_text(fcinfo, append_growth);
}

/* points_text(current numeric, previous numeric, base text) returns text */
Datum
edustats_points_text(PG_FUNCTION_ARGS)
{
	return comparison_text(fcinfo, append_points);
}

/* share_text(part numeric, whole numeric) returns text */
Datum
edustats_share_text(PG_FUNCTION_ARGS)
{
	StringInfoData out;
	Numeric		part;
	Numeric		whole = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	part = check_finite(PG_GETARG_NUMERIC(0));
	if (!PG_ARGISNULL(1))
		whole = check_finite(PG_GETARG_NUMERIC(1));

	initStringInfo(&out);
	if (whole == NULL || sign(whole) == 0)
		append_words(&out, "占比无法计算");
	else
	{
		append_words(&out, "占");
		append_number(&out, edustats_percent(part, whole), false);
		appendStringInfoChar(&out, '%');
	}
	PG_RETURN_TEXT_P(built_text(&out));
}

/* What is counted in units of 10000^n, by n. */
static const char *const units[] = {"", "万", "亿"};

/* The number in units of 10000^unit, rounded half away from zero to that many decimals, and padded to them. */
static Numeric
in_units(Numeric number, int unit, int scale)
{
	/* Rounded before it is divided: quotients end at numeric's last decimal, and rounding those would round twice. */
	Numeric		rounded = round_to(number, scale - 4 * unit);

	return round_to(apply(numeric_mul, rounded, int64_div_fast_to_numeric(1, 4 * unit)), scale);
}

/* wan_text(number numeric) returns text */
Datum
edustats_wan_text(PG_FUNCTION_ARGS)
{
	Numeric		number = check_finite(PG_GETARG_NUMERIC(0));
	Numeric		limit = int64_to_numeric(10000);
	Numeric		rounded = round_to(number, 2);
	StringInfoData out;
	int			unit = 0;

	/* The rounded number decides, so that 9999.9999 ten thousands are a hundred million. */
	while (unit + 1 < (int) lengthof(units) && compare(absolute(rounded), limit) >= 0)
		rounded = in_units(number, ++unit, 2);
	initStringInfo(&out);
	append_number(&out, rounded, true);
	append_words(&out, units[unit]);
	PG_RETURN_TEXT_P(built_text(&out));
}

/* The number of decimals, which must be one that numeric has. */
static int
check_scale(int scale)
{
	if (scale < 0 || scale > MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of decimals must be between 0 and %d", MAX_SCALE)));
	return scale;
}

/* The unit of that name, as a power of 10000; an error where there is none. */
static int
unit_named(const char *name)
{
	for (int unit = 1; unit < (int) lengthof(units); unit++)
		if (strcmp(units[unit], name) == 0)
			return unit;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no unit \"%s\" of numbers", name),
			 errhint("The units are %s and %s.", units[1], units[2])));
}

/* unit_text(number numeric, unit text, scale integer) returns text */
Datum
edustats_unit_text(PG_FUNCTION_ARGS)
{
	Numeric		number = check_finite(PG_GETARG_NUMERIC(0));
	int			unit = unit_named(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	int			scale = check_scale(PG_GETARG_INT32(2));
	StringInfoData out;

	initStringInfo(&out);
	append_number(&out, in_units(number, unit, scale), false);
	append_words(&out, units[unit]);
	PG_RETURN_TEXT_P(built_text(&out));
}

/* The number with exactly that many decimals. */
static text *
fixed_text(Numeric number, int scale)
{
	StringInfoData out;

	initStringInfo(&out);
	append_number(&out, round_to(check_finite(number), check_scale(scale)), false);
	return built_text(&out);
}

/* decimal_text(number numeric, scale integer) returns text */
Datum
edustats_decimal_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(fixed_text(PG_GETARG_NUMERIC(0), PG_GETARG_INT32(1)));
}

/* cell_text(number numeric, scale integer) returns text */
Datum
edustats_cell_text(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text("-"));
	PG_RETURN_TEXT_P(fixed_text(PG_GETARG_NUMERIC(0), PG_GETARG_INT32(1)));
}

/* percent_text(percent numeric) returns text */
Datum
edustats_percent_text(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text("-"));
	initStringInfo(&out);
	append_number(&out, round_to(check_finite(PG_GETARG_NUMERIC(0)), 2), false);
	appendStringInfoChar(&out, '%');
	PG_RETURN_TEXT_P(built_text(&out));
}
