-- Of which traced request an event came, for a day or so (docs/adr/0014). An event's id says nothing of a tenant.

CREATE TABLE event_traces (
    event_id    BLOB    NOT NULL PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    traceparent TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX event_traces_by_time ON event_traces (recorded_at);
