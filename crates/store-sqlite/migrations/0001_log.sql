-- The logs and what is written in the same transaction beside them.

-- A row per log: where it stands, and how far it has been relayed (the outbox).
CREATE TABLE streams (
    tenant_id   BLOB    NOT NULL PRIMARY KEY,
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    sent        INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    -- Kept when a lease ends, so that the stream served longest ago comes first.
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX streams_unsent ON streams (lease_until) WHERE sent < seq;

-- The body stands last: filters read the columns before it without touching overflow pages.
CREATE TABLE events (
    tenant_id   BLOB    NOT NULL,
    seq         INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    actor       BLOB,
    kind        TEXT    NOT NULL,
    entity_id   BLOB    NOT NULL,
    action      TEXT    NOT NULL,
    hash        BLOB    NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_entity ON events (tenant_id, entity_id, seq);
-- Where the order of `seq` is not the order of `occurred_at`, or every filter lets it pass.
CREATE INDEX events_apart ON events (tenant_id, occurred_at, seq)
    WHERE occurred_at <> recorded_at OR kind = 'history';

CREATE TABLE personal_values (
    tenant_id BLOB NOT NULL,
    ref       BLOB NOT NULL,
    subject   BLOB NOT NULL,
    salt      BLOB NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (tenant_id, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX personal_values_subject ON personal_values (tenant_id, subject);

CREATE TABLE snapshots (
    tenant_id BLOB    NOT NULL,
    epoch     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    bytes     BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, seq, epoch)
) STRICT;

CREATE TABLE answers (
    tenant_id    BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash BLOB    NOT NULL,
    status       INTEGER NOT NULL,
    body         BLOB    NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key)
) STRICT;
CREATE INDEX answers_at ON answers (at);

CREATE TABLE inbox (
    tenant_id BLOB    NOT NULL,
    consumer  TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, consumer)
) STRICT, WITHOUT ROWID;

-- Lookups that follow from the log.
CREATE TABLE tenants (
    tenant_id BLOB NOT NULL PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    tenant_id BLOB NOT NULL,
    user_id   BLOB NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (user_id);
