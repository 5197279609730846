-- The streams of users and of the platform: what happens to accounts, and attempts by nobody known. A stream is
-- named as its events name it: user/<id> or platform.
--
-- They belong to no tenant, so no policy guards them; grants do: their events are added to and never altered. They
-- hold ids and hashes, nothing that identifies a person to somebody who has no other table.

-- `waiting` is generated as in raally.streams. Leases are in the row: a stream of an account is written to rarely.
CREATE TABLE raally.account_streams (
    stream      text    COLLATE "C" NOT NULL PRIMARY KEY,
    seq         bigint  NOT NULL,
    -- Of the last event.
    recorded_at bigint  NOT NULL,
    sent        bigint  NOT NULL DEFAULT 0,
    lease_until bigint  NOT NULL DEFAULT 0,
    hash        bytea   NOT NULL,
    lease_owner text,
    waiting     boolean NOT NULL GENERATED ALWAYS AS (sent < seq) STORED
) WITH (fillfactor = 70);
CREATE INDEX account_streams_waiting ON raally.account_streams (stream) WHERE waiting;

CREATE TABLE raally.account_events (
    stream      text   COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    recorded_at bigint NOT NULL,
    hash        bytea  NOT NULL,
    body        text   NOT NULL,
    PRIMARY KEY (stream, seq)
);

CREATE TABLE raally.account_inbox (
    stream   text   COLLATE "C" NOT NULL,
    consumer text   NOT NULL,
    seq      bigint NOT NULL,
    PRIMARY KEY (stream, consumer)
) WITH (fillfactor = 50);

-- Secrets of the installation, each made once.
CREATE TABLE raally.secrets (
    name  text  NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);

GRANT SELECT, INSERT, UPDATE (seq, hash, recorded_at, sent, lease_owner, lease_until)
    ON raally.account_streams TO raally_app;
GRANT SELECT, INSERT ON raally.account_events, raally.secrets TO raally_app;
GRANT SELECT, INSERT, UPDATE (seq) ON raally.account_inbox TO raally_app;

-- Appends an event to a stream that stands right before it (by seq and hash); false, and nothing is written, if it
-- stands elsewhere.
CREATE FUNCTION raally.record(
    p_stream text, p_seq bigint, p_previous bytea, p_recorded bigint, p_hash bytea, p_body text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_seq = 1 AND p_previous = decode(repeat('00', 32), 'hex') THEN
        INSERT INTO raally.account_streams (stream, seq, hash, recorded_at) VALUES (p_stream, 1, p_hash, p_recorded)
        ON CONFLICT (stream) DO NOTHING;
    ELSE
        UPDATE raally.account_streams s SET seq = p_seq, hash = p_hash, recorded_at = p_recorded
        WHERE s.stream = p_stream AND s.seq = p_seq - 1 AND s.hash = p_previous;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO raally.account_events (stream, seq, recorded_at, hash, body)
    VALUES (p_stream, p_seq, p_recorded, p_hash, p_body);
    RETURN true;
END $$;
