-- What is sent of an event is kept once in SQLite, where changing a delivery would write its body again; PostgreSQL keeps
-- long values apart by itself. What is held is looked for by a function, whose plan does not know that the moment it is
-- given is more than zero, so that an index of what has a lease was left aside and every delivery was read.

DROP INDEX raally.webhook_deliveries_leased;
CREATE INDEX webhook_deliveries_leased ON raally.webhook_deliveries (lease_until, tenant_id, endpoint_id);
