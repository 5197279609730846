-- How long an endpoint is left alone stands with the endpoint, not with all that waits for it.

ALTER TABLE webhook_endpoints ADD COLUMN rests_until INTEGER NOT NULL DEFAULT 0;
-- What may be sent to one that rests: what was tried has a moment of its own, what an admin tries out has theirs.
CREATE INDEX webhook_deliveries_tried ON webhook_deliveries (tenant_id, endpoint_id, next_at)
    WHERE next_at IS NOT NULL AND (attempts <> '[]' OR event_type = 'webhook.test');
