-- Users, sessions and keys.

CREATE TABLE users (
    user_id        BLOB    NOT NULL PRIMARY KEY,
    email          TEXT    NOT NULL UNIQUE,
    full_name      TEXT    NOT NULL,
    password_hash  TEXT,
    locale         TEXT,
    last_view      TEXT,
    email_verified INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    imported       TEXT
) STRICT, WITHOUT ROWID;

-- `generation` counts the rotations of the refresh token.
CREATE TABLE sessions (
    session_id BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users,
    generation INTEGER NOT NULL DEFAULT 0,
    rotated_at INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

-- Every refresh token a living session has had, so that one used again is known.
CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id BLOB    NOT NULL REFERENCES sessions ON DELETE CASCADE,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE signing_keys (
    kid         TEXT    NOT NULL PRIMARY KEY,
    private_key BLOB    NOT NULL,
    public_key  BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    signs_from  INTEGER NOT NULL,
    retires_at  INTEGER
) STRICT, WITHOUT ROWID;
