-- Deliveries are leased in turns, so that none waits for another workspace's or another endpoint's.

CREATE INDEX webhook_deliveries_turn ON raally.webhook_deliveries (tenant_id, endpoint_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_leased ON raally.webhook_deliveries (lease_until, tenant_id, endpoint_id) WHERE lease_until > 0;

-- Leases deliveries that are due and that nobody holds: of each endpoint at most p_endpoint with those that are held (one
-- of an endpoint that fails), of each workspace at most p_tenant; who holds least is first, then what is due longest.
-- lease_deliveries stays for processes of the release before.
CREATE FUNCTION raally.lease_deliveries_in_turn(
    p_owner text, p_now bigint, p_until bigint, p_endpoint bigint, p_tenant bigint, p_limit bigint)
RETURNS TABLE (tenant_id uuid, endpoint_id uuid, delivery_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH held AS (
        SELECT d.tenant_id, d.endpoint_id, count(*) AS held FROM raally.webhook_deliveries d
        WHERE d.lease_until > p_now GROUP BY 1, 2
    ), held_by_tenant AS (
        SELECT h.tenant_id, sum(h.held)::bigint AS held FROM held h GROUP BY 1
    ), turns AS (
        SELECT e.tenant_id, e.endpoint_id, d.delivery_id, d.next_at, coalesce(t.held, 0)
                   + row_number() OVER (PARTITION BY e.tenant_id ORDER BY d.place, d.next_at) AS turn
        FROM raally.webhook_endpoints e
        LEFT JOIN held h ON h.tenant_id = e.tenant_id AND h.endpoint_id = e.endpoint_id
        LEFT JOIN held_by_tenant t ON t.tenant_id = e.tenant_id
        CROSS JOIN LATERAL (
            SELECT w.delivery_id, w.next_at, row_number() OVER (ORDER BY w.next_at) AS place
            FROM raally.webhook_deliveries w
            WHERE w.tenant_id = e.tenant_id AND w.endpoint_id = e.endpoint_id
              AND w.next_at <= p_now AND w.lease_until <= p_now
            ORDER BY w.next_at
            LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN p_endpoint ELSE 1 END - coalesce(h.held, 0))
        ) d
    ), chosen AS (
        SELECT t.tenant_id, t.endpoint_id, t.delivery_id FROM turns t
        WHERE t.turn <= p_tenant ORDER BY t.turn, t.next_at LIMIT p_limit
    ), due AS (
        SELECT d.tenant_id, d.endpoint_id, d.delivery_id FROM raally.webhook_deliveries d
        JOIN chosen c ON c.tenant_id = d.tenant_id AND c.endpoint_id = d.endpoint_id AND c.delivery_id = d.delivery_id
        WHERE d.next_at <= p_now AND d.lease_until <= p_now
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE raally.webhook_deliveries d SET lease_until = p_until, lease_owner = p_owner FROM due
    WHERE d.tenant_id = due.tenant_id AND d.endpoint_id = due.endpoint_id AND d.delivery_id = due.delivery_id
    RETURNING d.tenant_id, d.endpoint_id, d.delivery_id
$$;

REVOKE ALL ON FUNCTION raally.lease_deliveries_in_turn(text, bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.lease_deliveries_in_turn(text, bigint, bigint, bigint, bigint, bigint) TO raally_app;
GRANT CREATE ON SCHEMA raally TO raally_keeper;
ALTER FUNCTION raally.lease_deliveries_in_turn(text, bigint, bigint, bigint, bigint, bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
