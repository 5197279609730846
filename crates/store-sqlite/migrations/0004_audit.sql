-- The audit store: every event a second time, added to and never changed.

CREATE TABLE audit_entries (
    stream      TEXT    NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq > 0),
    recorded_at INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT;

CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries BEGIN
    SELECT RAISE (ABORT, 'the audit store is only added to');
END;
CREATE TRIGGER audit_entries_stay_as_they_are BEFORE UPDATE ON audit_entries BEGIN
    SELECT RAISE (ABORT, 'the audit store is only added to');
END;
