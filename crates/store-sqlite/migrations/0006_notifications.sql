-- What users are told: ids and dates, no values.

CREATE TABLE notifications (
    tenant_id       BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    notification_id BLOB    NOT NULL,
    at              INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    actor           BLOB,
    person_id       BLOB,
    entity_kind     TEXT,
    entity_id       BLOB,
    project_id      BLOB,
    -- Days since 1970-01-01.
    from_day        INTEGER,
    to_day          INTEGER,
    count           INTEGER NOT NULL,
    in_app          INTEGER NOT NULL,
    digest_at       INTEGER,
    mailed_at       INTEGER,
    read_at         INTEGER,
    PRIMARY KEY (tenant_id, user_id, notification_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_latest ON notifications (tenant_id, user_id, at, notification_id) WHERE in_app;
CREATE INDEX notifications_unread ON notifications (tenant_id, user_id) WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_digest ON notifications (digest_at)
    WHERE digest_at IS NOT NULL AND mailed_at IS NULL AND read_at IS NULL;
CREATE INDEX notifications_at ON notifications (at);

CREATE TABLE notification_preferences (
    tenant_id BLOB    NOT NULL,
    user_id   BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    in_app    INTEGER NOT NULL,
    email     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind)
) STRICT, WITHOUT ROWID;
