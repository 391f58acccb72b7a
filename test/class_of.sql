-- The classes of the kinds that come along, told without any function or table of the extension's.
CREATE FUNCTION public.class_of(org_type text, allocated boolean) RETURNS smallint LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN org_type IS NULL THEN 13
    ELSE CASE org_type WHEN '农村' THEN 2 WHEN '社区' THEN 4 WHEN '机关事业单位' THEN 6 WHEN '国企' THEN 8 WHEN '“两新”组织' THEN 10 WHEN '高校' THEN 12 ELSE 15 END
         - CASE WHEN allocated THEN 1 ELSE 0 END
END::smallint;
