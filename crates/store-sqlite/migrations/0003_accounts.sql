-- The streams of users and of the platform: what happens to accounts, and attempts by nobody known. A stream is
-- named as its events name it: user/<id> or platform.

CREATE TABLE account_streams (
    stream      TEXT    NOT NULL PRIMARY KEY,
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    -- Of the last event.
    recorded_at INTEGER NOT NULL,
    sent        INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX account_streams_unsent ON account_streams (lease_until) WHERE sent < seq;

CREATE TABLE account_events (
    stream      TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT;

CREATE TABLE account_inbox (
    stream   TEXT    NOT NULL,
    consumer TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (stream, consumer)
) STRICT, WITHOUT ROWID;

-- Secrets of the installation, each made once.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
