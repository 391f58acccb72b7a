-- The bulletin of March 2015, from raw rows: run by psql in an empty database, from any directory, for instance
--     test/with-cluster psql -f test/march_2015.sql
-- What the rows are and what of them is invented: test/march_2015/README.md.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');

\ir march_2015/load.sql

CALL edustats.attach(source => 'platform', bulletin => 'bulletin', timezone => 'Asia/Shanghai');
CALL edustats.refresh('bulletin');

RESET client_min_messages;
