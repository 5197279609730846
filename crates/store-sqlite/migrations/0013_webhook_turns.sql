-- Each endpoint's deliveries that are due, and those that somebody holds: none waits for another's.

CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (tenant_id, endpoint_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (lease_until, tenant_id, endpoint_id) WHERE lease_until > 0;
