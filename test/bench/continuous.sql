-- A continuous aggregate of TimescaleDB's, kept beside the peers of peers.sql. It adds up what is newer than its last refresh by
-- itself, as it does where one asks for that.
\set ON_ERROR_STOP on
SELECT create_hypertable('peers.continuous', 'clicked_at', create_default_indexes => false) \g /dev/null
INSERT INTO peers.continuous TABLE peers.plain;
SELECT 'CREATE MATERIALIZED VIEW peers.continuous_counts WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS '
       || peers.counts('peers.continuous', $$time_bucket('1 month', k.clicked_at, 'Asia/Shanghai')$$) || ' WITH DATA' \gexec
