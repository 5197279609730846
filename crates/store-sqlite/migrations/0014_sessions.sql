-- Sessions say what they were begun with, and old ones are cleared away with their tokens.

ALTER TABLE sessions ADD COLUMN device TEXT;
ALTER TABLE refresh_tokens ADD COLUMN created_at INTEGER;
CREATE INDEX sessions_expire ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX refresh_tokens_at ON refresh_tokens (created_at) WHERE created_at IS NOT NULL;
