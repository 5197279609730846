-- Sessions say what they were begun with, and old ones are cleared away with their tokens.

ALTER TABLE raally.sessions ADD COLUMN device text;
ALTER TABLE raally.refresh_tokens ADD COLUMN created_at bigint;
CREATE INDEX sessions_expire ON raally.sessions (expires_at);
CREATE INDEX sessions_ended ON raally.sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX refresh_tokens_at ON raally.refresh_tokens (created_at) WHERE created_at IS NOT NULL;
GRANT DELETE ON raally.sessions TO raally_app;

-- As it was, but that a token knows when it was given out, and that a session ends 90 days after it began, however
-- often it is refreshed.
CREATE OR REPLACE FUNCTION raally.rotate(
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
    UPDATE raally.sessions s SET generation = current_generation, rotated_at = rotated,
        expires_at = least(p_expires_at, s.created_at + 7776000000000)
    WHERE s.session_id = rotate.session_id;
    INSERT INTO raally.refresh_tokens (hash, session_id, generation, created_at)
    VALUES (p_next, rotate.session_id, current_generation, p_now);
    outcome := 'rotated';
END $$;
