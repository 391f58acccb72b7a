-- Is autovacuum at rest, and has no table so many changes that it will soon come? TOAST tables and pg_statistic are never analyzed.
SELECT current_setting('autovacuum') = 'off' OR NOT (
    EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')
    OR EXISTS (
        SELECT FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid
        WHERE c.relpersistence <> 't' AND NOT coalesce('autovacuum_enabled=false' = ANY (c.reloptions), false)
          AND (s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0) AND c.relkind <> 't' AND s.relname <> 'pg_statistic'
               OR s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
               OR s.n_ins_since_vacuum > 1000 + 0.2 * greatest(c.reltuples, 0))));
