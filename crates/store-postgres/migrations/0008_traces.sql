-- Of which traced request an event came, for a day or so (docs/adr/0014). An event's id says nothing of a tenant, so no
-- policy guards these rows.

CREATE TABLE raally.event_traces (
    event_id    uuid   NOT NULL PRIMARY KEY,
    recorded_at bigint NOT NULL,
    traceparent text   NOT NULL
);
CREATE INDEX event_traces_by_time ON raally.event_traces (recorded_at);
GRANT SELECT, INSERT, DELETE ON raally.event_traces TO raally_app;

-- ---- The keeper's ----

CREATE POLICY keeper ON raally.events TO raally_keeper USING (true);
GRANT SELECT (tenant_id, seq, recorded_at) ON raally.events TO raally_keeper;
GRANT SELECT (stream, seq, sent, waiting) ON raally.account_streams TO raally_keeper;
GRANT SELECT (stream, seq, recorded_at) ON raally.account_events TO raally_keeper;

-- What waits to be relayed: how many streams (at most p_limit of each kind), how many events, and when the one that has
-- waited longest was recorded.
CREATE FUNCTION raally.outbox_waiting(p_limit bigint) RETURNS TABLE (streams bigint, events bigint, since bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), coalesce(sum(w.events), 0)::bigint, min(w.since) FROM (
        (SELECT s.seq - s.sent AS events,
                (SELECT e.recorded_at FROM raally.events e WHERE e.tenant_id = s.tenant_id AND e.seq = s.sent + 1) AS since
         FROM raally.streams s WHERE s.waiting LIMIT p_limit)
        UNION ALL
        (SELECT s.seq - s.sent,
                (SELECT e.recorded_at FROM raally.account_events e WHERE e.stream = s.stream AND e.seq = s.sent + 1)
         FROM raally.account_streams s WHERE s.waiting LIMIT p_limit)
    ) w
$$;
REVOKE ALL ON FUNCTION raally.outbox_waiting(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.outbox_waiting(bigint) TO raally_app;
GRANT CREATE ON SCHEMA raally TO raally_keeper;
ALTER FUNCTION raally.outbox_waiting(bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
