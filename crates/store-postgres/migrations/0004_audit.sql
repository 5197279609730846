-- The audit store: every event a second time, in a schema of its own, which the application may read and add to and
-- nothing else. A stream is named as its events name it (`tenant/` and an id), so that streams of others than tenants
-- fit as they are; whoever asks sees the one stream of `raally.stream`, which the functions below set for their
-- transaction. Whatever belongs to a tenant there begins with the tenant's stream.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO raally_app, raally_keeper;

CREATE TABLE audit.entries (
    stream      text   NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    recorded_at bigint NOT NULL,
    hash        bytea  NOT NULL,
    body        text   NOT NULL,
    PRIMARY KEY (stream, seq)
);
ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.entries FORCE ROW LEVEL SECURITY;
CREATE POLICY one_stream ON audit.entries USING (stream = current_setting('raally.stream', true));
CREATE POLICY keeper ON audit.entries TO raally_keeper USING (true);
GRANT SELECT, INSERT ON audit.entries TO raally_app;
GRANT SELECT (stream) ON audit.entries TO raally_keeper;

-- ---- One stream's functions: they run as whoever calls them, under the policies ----

-- Keeps an entry and moves the consumer's place, both or neither. 'kept'; 'elsewhere' if the place was not at p_from;
-- 'broken' if the entry before it is missing or has another hash, or another entry has its place.
CREATE FUNCTION audit.keep(
    p_tenant uuid, p_consumer text, p_from bigint,
    p_stream text, p_seq bigint, p_previous bytea, p_recorded bigint[], p_hashes bytea[], p_bodies text[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    upto   bigint := p_seq + cardinality(p_bodies) - 1;
    added  bigint;
BEGIN
    PERFORM set_config('raally.tenant_id', p_tenant::text, true), set_config('raally.stream', p_stream, true);
    IF p_seq > 1 AND NOT EXISTS (
        SELECT FROM audit.entries e WHERE e.stream = p_stream AND e.seq = p_seq - 1 AND e.hash = p_previous
    ) THEN
        -- Another process may have gone on from a place that this one does not know of.
        RETURN CASE WHEN p_from = coalesce(
            (SELECT i.seq FROM raally.inbox i WHERE i.tenant_id = p_tenant AND i.consumer = p_consumer),
            (SELECT i.seq FROM raally.account_inbox i WHERE i.stream = p_stream AND i.consumer = p_consumer), 0)
                    THEN 'broken' ELSE 'elsewhere' END;
    END IF;
    IF p_tenant IS NULL AND p_from = 0 THEN
        INSERT INTO raally.account_inbox AS i (stream, consumer, seq) VALUES (p_stream, p_consumer, upto)
        ON CONFLICT (stream, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = 0;
    ELSIF p_tenant IS NULL THEN
        UPDATE raally.account_inbox i SET seq = upto
        WHERE i.stream = p_stream AND i.consumer = p_consumer AND i.seq = p_from;
    ELSIF p_from = 0 THEN
        INSERT INTO raally.inbox AS i (tenant_id, consumer, seq) VALUES (p_tenant, p_consumer, upto)
        ON CONFLICT (tenant_id, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = 0;
    ELSE
        UPDATE raally.inbox i SET seq = upto
        WHERE i.tenant_id = p_tenant AND i.consumer = p_consumer AND i.seq = p_from;
    END IF;
    IF NOT FOUND THEN
        RETURN 'elsewhere';
    END IF;
    INSERT INTO audit.entries (stream, seq, recorded_at, hash, body)
    SELECT p_stream, p_seq + e.n - 1, e.recorded, e.hash, e.body
    FROM unnest(p_recorded, p_hashes, p_bodies) WITH ORDINALITY AS e(recorded, hash, body, n)
    ON CONFLICT (stream, seq) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added < cardinality(p_bodies) AND EXISTS (
        SELECT FROM unnest(p_hashes, p_bodies) WITH ORDINALITY AS e(hash, body, n)
        WHERE NOT EXISTS (
            SELECT FROM audit.entries k
            WHERE k.stream = p_stream AND k.seq = p_seq + e.n - 1 AND k.hash = e.hash AND k.body = e.body)
    ) THEN
        RAISE EXCEPTION 'another entry has the place of one of % from % on', p_stream, p_seq USING ERRCODE = 'RY002';
    END IF;
    RETURN 'kept';
END $$;

CREATE FUNCTION audit.entries_of(p_stream text, p_after bigint, p_limit bigint)
RETURNS TABLE (seq bigint, body text, hash bytea) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('raally.stream', p_stream, true);
    RETURN QUERY SELECT e.seq, e.body, e.hash FROM audit.entries e
                 WHERE e.stream = p_stream AND e.seq > p_after ORDER BY e.seq LIMIT p_limit;
END $$;

-- As raally.seq_at, of a stream that may have been tampered with: entries may be missing.
CREATE FUNCTION audit.recorded_until(p_stream text, p_at bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
    found  record;
BEGIN
    PERFORM set_config('raally.stream', p_stream, true);
    high := coalesce((SELECT max(e.seq) FROM audit.entries e WHERE e.stream = p_stream), 0);
    WHILE low < high LOOP
        middle := high - (high - low) / 2;
        SELECT e.seq, e.recorded_at INTO found FROM audit.entries e
        WHERE e.stream = p_stream AND e.seq >= middle ORDER BY e.seq LIMIT 1;
        IF found.recorded_at <= p_at THEN
            low := found.seq;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- ---- The keeper's ----

-- Each stream is found by one look into the index, however many entries it has.
CREATE FUNCTION audit.streams(p_after text, p_limit bigint) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE next (stream) AS (
        (SELECT e.stream FROM audit.entries e WHERE e.stream > p_after ORDER BY e.stream LIMIT 1)
        UNION ALL
        SELECT (SELECT e.stream FROM audit.entries e WHERE e.stream > n.stream ORDER BY e.stream LIMIT 1)
        FROM next n WHERE n.stream IS NOT NULL
    )
    SELECT stream FROM next WHERE stream IS NOT NULL LIMIT p_limit
$$;
REVOKE ALL ON FUNCTION audit.streams(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.streams(text, bigint) TO raally_app;
GRANT CREATE ON SCHEMA audit TO raally_keeper;
ALTER FUNCTION audit.streams(text, bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA audit FROM raally_keeper;
