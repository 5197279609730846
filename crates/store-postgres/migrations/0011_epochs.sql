-- Epochs: when the database lost commits, every log's head begins a new one (docs/adr/0018).

CREATE TABLE raally.epochs (
    epoch    bigint NOT NULL PRIMARY KEY,
    began_at bigint NOT NULL,
    reason   text   NOT NULL
);
GRANT SELECT, INSERT ON raally.epochs TO raally_app;
GRANT SELECT ON raally.epochs TO raally_keeper;

-- Whether a log has the event of that seq and hash; true where no hash is given. Of a tenant's log where a tenant is
-- given, else of the stream of that name. Events are never changed, so what is true stays true.
CREATE FUNCTION raally.has_event(p_tenant uuid, p_stream text, p_seq bigint, p_hash bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF p_hash IS NULL THEN
        RETURN true;
    END IF;
    IF p_tenant IS NULL THEN
        RETURN EXISTS (SELECT FROM raally.account_events e
                       WHERE e.stream = p_stream AND e.seq = p_seq AND e.hash = p_hash);
    END IF;
    PERFORM set_config('raally.tenant_id', p_tenant::text, true);
    RETURN EXISTS (SELECT FROM raally.events e
                   WHERE e.tenant_id = p_tenant AND e.seq = p_seq AND e.hash = p_hash);
END $$;

GRANT SELECT (epoch), UPDATE (epoch) ON raally.streams TO raally_keeper;

-- The highest epoch that a log or an earlier beginning has.
CREATE FUNCTION raally.last_epoch() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT greatest((SELECT coalesce(max(s.epoch), 0) FROM raally.streams s),
                    (SELECT coalesce(max(e.epoch), 0) FROM raally.epochs e))
$$;

-- Moves the heads of some logs into an epoch that has begun, those of tenants after p_after in the order of their ids.
CREATE FUNCTION raally.renew_heads(p_epoch bigint, p_after uuid, p_limit bigint)
RETURNS TABLE (tenant_id uuid, epoch bigint, seq bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM raally.epochs e WHERE e.epoch = p_epoch) THEN
        RAISE EXCEPTION 'the epoch % has not begun', p_epoch;
    END IF;
    RETURN QUERY
    WITH taken AS MATERIALIZED (
        SELECT s.tenant_id FROM raally.streams s
        WHERE (p_after IS NULL OR s.tenant_id > p_after) AND s.epoch < p_epoch
        ORDER BY s.tenant_id LIMIT p_limit FOR NO KEY UPDATE
    ), renewed AS (
        UPDATE raally.streams s SET epoch = p_epoch FROM taken t WHERE s.tenant_id = t.tenant_id
        RETURNING s.tenant_id, s.epoch, s.seq
    )
    SELECT r.tenant_id, r.epoch, r.seq FROM renewed r ORDER BY r.tenant_id;
END $$;

GRANT CREATE ON SCHEMA raally TO raally_keeper;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['last_epoch()', 'renew_heads(bigint, uuid, bigint)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION raally.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION raally.%s TO raally_app', name);
        EXECUTE format('ALTER FUNCTION raally.%s OWNER TO raally_keeper', name);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
