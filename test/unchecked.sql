-- Takes foreign keys and checks off the tables of a platform in the schema "platform": keys may lead nowhere, and values be odd.
DO $$
DECLARE
    ddl text;
BEGIN
    FOR ddl IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
               FROM pg_constraint c WHERE c.connamespace = 'platform'::regnamespace AND c.contype IN ('f', 'c') LOOP
        EXECUTE ddl;
    END LOOP;
END $$;
