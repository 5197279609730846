-- Processes of several steps. `due_at` is also the lease: who takes one moves it to when the turn ends.

CREATE TABLE sagas (
    tenant_id BLOB    NOT NULL,
    saga_id   BLOB    NOT NULL,
    kind      TEXT    NOT NULL,
    course    TEXT    NOT NULL,
    step      INTEGER NOT NULL,
    state     TEXT    NOT NULL,
    attempts  INTEGER NOT NULL,
    due_at    INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, saga_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sagas_due ON sagas (due_at) WHERE course IN ('doing', 'undoing');
