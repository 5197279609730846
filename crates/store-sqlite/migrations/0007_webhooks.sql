-- Endpoints of others that are told of events, and what is on its way to them.

CREATE TABLE webhook_endpoints (
    tenant_id     BLOB    NOT NULL,
    endpoint_id   BLOB    NOT NULL,
    created_at    INTEGER NOT NULL,
    -- Since when it has failed without a success.
    failing_since INTEGER,
    body          TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
    tenant_id   BLOB    NOT NULL,
    delivery_id BLOB    NOT NULL,
    endpoint_id BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER,
    lease_until INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    status      TEXT    NOT NULL,
    event_type  TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    attempts    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id, delivery_id)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_latest ON webhook_deliveries (tenant_id, endpoint_id, created_at, delivery_id);
CREATE INDEX webhook_deliveries_at ON webhook_deliveries (created_at);
