-- Users, sessions and keys. They belong to no tenant, so no policy guards them; grants do.

CREATE TABLE raally.users (
    user_id        uuid    NOT NULL PRIMARY KEY,
    created_at     bigint  NOT NULL,
    email_verified boolean NOT NULL,
    email          text    NOT NULL CONSTRAINT users_email UNIQUE,
    full_name      text    NOT NULL,
    password_hash  text,
    locale         text,
    last_view      text,
    imported       text
);

-- `generation` counts the rotations of the refresh token.
CREATE TABLE raally.sessions (
    session_id uuid   NOT NULL PRIMARY KEY,
    user_id    uuid   NOT NULL REFERENCES raally.users,
    generation bigint NOT NULL DEFAULT 0,
    rotated_at bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at   bigint
);
CREATE INDEX sessions_user ON raally.sessions (user_id);

-- Every refresh token a living session has had, so that one used again is known.
CREATE TABLE raally.refresh_tokens (
    hash       bytea  NOT NULL PRIMARY KEY,
    session_id uuid   NOT NULL REFERENCES raally.sessions ON DELETE CASCADE,
    generation bigint NOT NULL
);
CREATE INDEX refresh_tokens_session ON raally.refresh_tokens (session_id);

CREATE TABLE raally.signing_keys (
    kid         text   NOT NULL PRIMARY KEY,
    created_at  bigint NOT NULL,
    signs_from  bigint NOT NULL,
    retires_at  bigint,
    private_key bytea  NOT NULL,
    public_key  bytea  NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON raally.users, raally.sessions TO raally_app;
GRANT SELECT, INSERT, DELETE ON raally.refresh_tokens TO raally_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON raally.signing_keys TO raally_app;

-- Exchanges a refresh token for the next. `outcome` is rotated, reused (the session has been ended) or unknown.
-- The tokens of one generation are those given out by one rotation and by refreshes that came within the grace after it.
-- Whichever of them is presented first begins the next generation.
CREATE FUNCTION raally.rotate(
    p_presented bytea, p_next bytea, p_now bigint, p_expires_at bigint, p_grace bigint,
    OUT outcome text, OUT session_id uuid, OUT user_id uuid
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    current_generation bigint;
    rotated            bigint;
    its_generation     bigint;
BEGIN
    SELECT s.session_id, s.user_id, s.generation, s.rotated_at, t.generation
    INTO session_id, user_id, current_generation, rotated, its_generation
    FROM raally.refresh_tokens t JOIN raally.sessions s ON s.session_id = t.session_id
    WHERE t.hash = p_presented AND s.ended_at IS NULL AND s.expires_at > p_now
    FOR NO KEY UPDATE OF s;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    IF its_generation = current_generation THEN
        current_generation := current_generation + 1;
        rotated := p_now;
    ELSIF NOT coalesce(its_generation + 1 = current_generation AND p_now - rotated <= p_grace, false) THEN
        PERFORM raally.end_session(session_id, p_now);
        outcome := 'reused';
        RETURN;
    END IF;
    UPDATE raally.sessions s SET generation = current_generation, rotated_at = rotated, expires_at = p_expires_at
    WHERE s.session_id = rotate.session_id;
    INSERT INTO raally.refresh_tokens (hash, session_id, generation)
    VALUES (p_next, rotate.session_id, current_generation);
    outcome := 'rotated';
END $$;

-- A session that has ended needs its tokens no more: none of them is known from then on.
CREATE FUNCTION raally.end_session(p_session uuid, p_now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE raally.sessions s SET ended_at = p_now WHERE s.session_id = p_session AND s.ended_at IS NULL;
    DELETE FROM raally.refresh_tokens t WHERE t.session_id = p_session;
END $$;

-- Ends the living sessions of a user, but for one; returns those ended.
CREATE FUNCTION raally.end_sessions_of(p_user uuid, p_except uuid, p_now bigint) RETURNS SETOF uuid
LANGUAGE plpgsql AS $$
DECLARE
    ended uuid[];
BEGIN
    WITH over AS (
        UPDATE raally.sessions s SET ended_at = p_now
        WHERE s.user_id = p_user AND s.ended_at IS NULL AND s.expires_at > p_now
          AND s.session_id IS DISTINCT FROM p_except
        RETURNING s.session_id
    )
    SELECT array_agg(over.session_id ORDER BY over.session_id) INTO ended FROM over;
    DELETE FROM raally.refresh_tokens t WHERE t.session_id = ANY (ended);
    RETURN QUERY SELECT unnest(ended);
END $$;
