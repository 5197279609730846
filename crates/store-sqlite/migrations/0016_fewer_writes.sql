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

-- How long an endpoint is left alone stands with the endpoint, not with all that waits for it.

ALTER TABLE webhook_endpoints ADD COLUMN rests_until INTEGER NOT NULL DEFAULT 0;
-- What may be sent to one that rests: what was tried has a moment of its own, what an admin tries out has theirs.
CREATE INDEX webhook_deliveries_tried ON webhook_deliveries (tenant_id, endpoint_id, next_at)
    WHERE next_at IS NOT NULL AND (attempts <> '[]' OR event_type = 'webhook.test');

-- When a delivery was asked for again since it was leased: whoever holds it does not note over that.

ALTER TABLE webhook_deliveries ADD COLUMN asked_again_at INTEGER;
