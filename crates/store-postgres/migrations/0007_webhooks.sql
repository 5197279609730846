-- Endpoints of others that are told of events, and what is on its way to them.

CREATE TABLE raally.webhook_endpoints (
    tenant_id     uuid   NOT NULL,
    endpoint_id   uuid   NOT NULL,
    created_at    bigint NOT NULL,
    -- Since when it has failed without a success.
    failing_since bigint,
    body          text   NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id)
);

CREATE TABLE raally.webhook_deliveries (
    tenant_id   uuid   NOT NULL,
    endpoint_id uuid   NOT NULL,
    delivery_id uuid   NOT NULL,
    created_at  bigint NOT NULL,
    next_at     bigint,
    lease_until bigint NOT NULL DEFAULT 0,
    lease_owner text,
    status      text   NOT NULL,
    event_type  text   NOT NULL,
    body        text   NOT NULL,
    attempts    text   NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id, delivery_id)
);
CREATE INDEX webhook_deliveries_due ON raally.webhook_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_latest ON raally.webhook_deliveries (tenant_id, endpoint_id, created_at, delivery_id);
CREATE INDEX webhook_deliveries_at ON raally.webhook_deliveries (created_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoints', 'webhook_deliveries'] LOOP
        EXECUTE format('ALTER TABLE raally.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE raally.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON raally.%I
            USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', name);
    END LOOP;
END $$;
CREATE POLICY keeper ON raally.webhook_deliveries TO raally_keeper USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON raally.webhook_endpoints TO raally_app;
GRANT SELECT, INSERT, DELETE, UPDATE (next_at, lease_until, lease_owner, status, attempts) ON raally.webhook_deliveries TO raally_app;
GRANT SELECT (tenant_id, endpoint_id, delivery_id, created_at, next_at, lease_until, lease_owner),
    UPDATE (lease_until, lease_owner), DELETE ON raally.webhook_deliveries TO raally_keeper;

-- Leases deliveries that are due and that nobody holds, those due longest first.
CREATE FUNCTION raally.lease_deliveries(p_owner text, p_now bigint, p_until bigint, p_limit bigint)
RETURNS TABLE (tenant_id uuid, endpoint_id uuid, delivery_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH due AS (
        SELECT d.tenant_id, d.endpoint_id, d.delivery_id FROM raally.webhook_deliveries d
        WHERE d.next_at <= p_now AND d.lease_until <= p_now
        ORDER BY d.next_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE raally.webhook_deliveries d SET lease_until = p_until, lease_owner = p_owner FROM due
    WHERE d.tenant_id = due.tenant_id AND d.endpoint_id = due.endpoint_id AND d.delivery_id = due.delivery_id
    RETURNING d.tenant_id, d.endpoint_id, d.delivery_id
$$;

-- Drops deliveries created before a moment; returns how many went.
CREATE FUNCTION raally.drop_deliveries(p_before bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped bigint;
BEGIN
    DELETE FROM raally.webhook_deliveries d WHERE d.created_at < p_before;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END $$;

GRANT CREATE ON SCHEMA raally TO raally_keeper;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lease_deliveries(text, bigint, bigint, bigint)', 'drop_deliveries(bigint)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION raally.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION raally.%s TO raally_app', name);
        EXECUTE format('ALTER FUNCTION raally.%s OWNER TO raally_keeper', name);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
