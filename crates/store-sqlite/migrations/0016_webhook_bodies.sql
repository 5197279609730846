-- What is sent of an event is the same for all endpoints and kept once, beside the deliveries: whoever changes one of
-- these does not write a body of megabytes again.

CREATE TABLE webhook_bodies (
    tenant_id   BLOB    NOT NULL,
    delivery_id BLOB    NOT NULL,
    -- When the latest of its deliveries was made.
    at          INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id)
) STRICT;
CREATE INDEX webhook_bodies_at ON webhook_bodies (at);

INSERT OR IGNORE INTO webhook_bodies
    SELECT tenant_id, delivery_id, created_at, body FROM webhook_deliveries ORDER BY created_at DESC;
ALTER TABLE webhook_deliveries DROP COLUMN body;
