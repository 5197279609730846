-- The logs and what is written in the same transaction beside them.
--
-- Who may do what. Three roles, of which two cannot sign in:
--
--   the owner     runs `raally migrate` and owns every table. Row-level security is forced on it too.
--   raally_app    what `raally serve` and `raally worker` are: their login is a member of it. It may do what is
--                 granted below and no more: it adds to logs and cannot alter or shorten them.
--   raally_keeper owns the few functions that look across tenants: which streams wait for the relay, which tenants
--                 there are, whose slug it is, a user's memberships, answers that are too old. It alone has a policy
--                 that shows it rows of all tenants, and column rights on what those functions read.
--
-- Everything else sees one tenant: that of `raally.tenant_id`, which a transaction sets for itself and which ends with
-- it. Where it is not set no row is there to be seen, and none can be written.
--
-- A later migration that changes rows of all tenants must therefore lift FORCE for as long as it runs, and a backup by
-- pg_dump needs a role with BYPASSRLS.
--
-- Every key of a tenant's table begins with tenant_id, so each can be partitioned or sharded by it as it stands.
-- Times are microseconds since 1970-01-01T00:00:00Z. Hashes cover the bytes of `body`, which is why it is text.

GRANT USAGE ON SCHEMA raally TO raally_app, raally_keeper;
GRANT SELECT ON raally.migrations TO raally_app;

-- ---- Tables ----

-- A row per log: where it stands, and how far it has been relayed. `waiting` is generated, so an append to a stream that
-- waits already changes no indexed value and stays within its page (HOT); the room left free on pages is for that.
CREATE TABLE raally.streams (
    tenant_id uuid    NOT NULL PRIMARY KEY,
    epoch     bigint  NOT NULL,
    seq       bigint  NOT NULL,
    sent      bigint  NOT NULL DEFAULT 0,
    hash      bytea   NOT NULL,
    waiting   boolean NOT NULL GENERATED ALWAYS AS (sent < seq) STORED
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX streams_waiting ON raally.streams (tenant_id) WHERE waiting;

-- Who relays a stream. Apart from `streams`, so that leasing never waits for an append nor an append for it. `until` is
-- kept when a lease ends: the stream served longest ago comes first.
CREATE TABLE raally.leases (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    until     bigint NOT NULL,
    owner     text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE raally.events (
    tenant_id   uuid   NOT NULL,
    seq         bigint NOT NULL,
    recorded_at bigint NOT NULL,
    occurred_at bigint NOT NULL,
    entity_id   uuid   NOT NULL,
    actor       uuid,
    kind        text   NOT NULL,
    action      text   NOT NULL,
    hash        bytea  NOT NULL,
    body        text   NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
-- Events whose order in the log is not that of `occurred_at`, and those that every filter of the audit list lets pass.
CREATE INDEX events_apart ON raally.events (tenant_id, occurred_at, seq)
    WHERE occurred_at <> recorded_at OR kind = 'history';

CREATE TABLE raally.personal_values (
    tenant_id uuid  NOT NULL,
    ref       uuid  NOT NULL,
    subject   uuid  NOT NULL,
    salt      bytea NOT NULL,
    value     text  NOT NULL,
    PRIMARY KEY (tenant_id, ref)
);

-- Snapshots do not get smaller by compressing them once more.
CREATE TABLE raally.snapshots (
    tenant_id uuid   NOT NULL,
    seq       bigint NOT NULL,
    epoch     bigint NOT NULL,
    bytes     bytea  NOT NULL,
    PRIMARY KEY (tenant_id, seq, epoch)
);
ALTER TABLE raally.snapshots ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE raally.answers (
    tenant_id    uuid    NOT NULL,
    user_id      uuid    NOT NULL,
    at           bigint  NOT NULL,
    status       integer NOT NULL,
    key          text    NOT NULL,
    request_hash bytea   NOT NULL,
    body         bytea   NOT NULL,
    PRIMARY KEY (tenant_id, user_id, key)
);
CREATE INDEX answers_at ON raally.answers (at);

CREATE TABLE raally.inbox (
    tenant_id uuid   NOT NULL,
    seq       bigint NOT NULL,
    consumer  text   NOT NULL,
    PRIMARY KEY (tenant_id, consumer)
) WITH (fillfactor = 50);

-- Lookups that follow from the log.
CREATE TABLE raally.tenants (
    tenant_id uuid NOT NULL PRIMARY KEY,
    slug      text NOT NULL CONSTRAINT tenants_slug UNIQUE,
    name      text NOT NULL
);

CREATE TABLE raally.memberships (
    tenant_id uuid NOT NULL,
    user_id   uuid NOT NULL,
    role      text NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_user ON raally.memberships (user_id);

-- ---- Tenants apart ----

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['streams', 'leases', 'events', 'personal_values', 'snapshots', 'answers', 'inbox',
                                'tenants', 'memberships'] LOOP
        EXECUTE format('ALTER TABLE raally.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE raally.%I FORCE ROW LEVEL SECURITY', name);
        -- An ended transaction leaves the setting empty, not unset.
        EXECUTE format('CREATE POLICY one_tenant ON raally.%I
            USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['streams', 'leases', 'answers', 'tenants', 'memberships'] LOOP
        EXECUTE format('CREATE POLICY keeper ON raally.%I TO raally_keeper USING (true)', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE (seq, hash, sent) ON raally.streams TO raally_app;
GRANT SELECT, UPDATE (owner) ON raally.leases TO raally_app;
GRANT SELECT, INSERT ON raally.events TO raally_app;
GRANT SELECT, INSERT, DELETE ON raally.personal_values TO raally_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON raally.snapshots, raally.answers, raally.memberships TO raally_app;
GRANT SELECT, INSERT, UPDATE ON raally.inbox, raally.tenants TO raally_app;

GRANT SELECT (tenant_id, seq, sent, waiting) ON raally.streams TO raally_keeper;
GRANT SELECT, INSERT, UPDATE ON raally.leases TO raally_keeper;
GRANT SELECT (at), DELETE ON raally.answers TO raally_keeper;
GRANT SELECT ON raally.tenants, raally.memberships TO raally_keeper;

-- ---- One tenant's functions: they run as whoever calls them, under the policies ----

-- Appends to one tenant's log, if that stands where it is expected (epoch, seq and hash; all null: it is not there yet).
-- Otherwise nothing is written, `moved` is true and the rest says where the log stands (null: nowhere).
-- The arrays of a group are of one length; events are given in the order of their seqs.
-- Errors: RY001 when another tenant has a slug, the slug being the message; 40001 when two create one log at once.
CREATE FUNCTION raally.append(
    p_tenant uuid, p_epoch bigint, p_seq bigint, p_hash bytea, p_last_seq bigint, p_last_hash bytea,
    p_recorded bigint[], p_occurred bigint[], p_entities uuid[], p_actors uuid[], p_kinds text[], p_actions text[],
    p_hashes bytea[], p_bodies text[],
    p_refs uuid[], p_subjects uuid[], p_salts bytea[], p_values text[],
    p_slugs text[], p_names text[], p_members uuid[], p_roles text[],
    p_users uuid[], p_keys text[], p_requests bytea[], p_statuses integer[], p_answers bytea[], p_ats bigint[],
    OUT moved boolean, OUT epoch bigint, OUT seq bigint, OUT hash bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('raally.tenant_id', p_tenant::text, true);
    IF p_epoch IS NULL THEN
        moved := EXISTS (SELECT FROM raally.streams s WHERE s.tenant_id = p_tenant);
        IF NOT moved AND p_last_seq IS NOT NULL THEN
            INSERT INTO raally.streams (tenant_id, epoch, seq, hash) VALUES (p_tenant, 1, p_last_seq, p_last_hash)
            ON CONFLICT (tenant_id) DO NOTHING;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the log of % has just been created', p_tenant USING ERRCODE = '40001';
            END IF;
        END IF;
    ELSIF p_last_seq IS NULL THEN
        PERFORM FROM raally.streams s
        WHERE s.tenant_id = p_tenant AND s.epoch = p_epoch AND s.seq = p_seq AND s.hash = p_hash FOR NO KEY UPDATE;
        moved := NOT FOUND;
    ELSE
        UPDATE raally.streams s SET seq = p_last_seq, hash = p_last_hash
        WHERE s.tenant_id = p_tenant AND s.epoch = p_epoch AND s.seq = p_seq AND s.hash = p_hash;
        moved := NOT FOUND;
    END IF;
    IF moved THEN
        SELECT s.epoch, s.seq, s.hash INTO epoch, seq, hash FROM raally.streams s WHERE s.tenant_id = p_tenant;
        RETURN;
    END IF;

    INSERT INTO raally.events
        (tenant_id, seq, recorded_at, occurred_at, entity_id, actor, kind, action, hash, body)
    SELECT p_tenant, coalesce(p_seq, 0) + e.n, e.recorded, e.occurred, e.entity, e.actor, e.kind, e.action, e.hash, e.body
    FROM unnest(p_recorded, p_occurred, p_entities, p_actors, p_kinds, p_actions, p_hashes, p_bodies) WITH ORDINALITY
        AS e (recorded, occurred, entity, actor, kind, action, hash, body, n);
    -- The values of before were stored when they were new.
    IF cardinality(p_refs) > 0 THEN
        INSERT INTO raally.personal_values (tenant_id, ref, subject, salt, value)
        SELECT p_tenant, v.* FROM unnest(p_refs, p_subjects, p_salts, p_values) AS v
        ON CONFLICT (tenant_id, ref) DO NOTHING;
    END IF;
    FOR i IN 1 .. cardinality(p_slugs) LOOP
        BEGIN
            INSERT INTO raally.tenants (tenant_id, slug, name) VALUES (p_tenant, p_slugs[i], p_names[i])
            ON CONFLICT (tenant_id) DO UPDATE SET slug = excluded.slug, name = excluded.name;
        EXCEPTION WHEN unique_violation THEN
            RAISE EXCEPTION '%', p_slugs[i] USING ERRCODE = 'RY001';
        END;
    END LOOP;
    FOR i IN 1 .. cardinality(p_members) LOOP
        IF p_roles[i] IS NULL THEN
            DELETE FROM raally.memberships m WHERE m.tenant_id = p_tenant AND m.user_id = p_members[i];
        ELSE
            INSERT INTO raally.memberships (tenant_id, user_id, role) VALUES (p_tenant, p_members[i], p_roles[i])
            ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role;
        END IF;
    END LOOP;
    FOR i IN 1 .. cardinality(p_users) LOOP
        INSERT INTO raally.answers (tenant_id, user_id, key, request_hash, status, body, at)
        VALUES (p_tenant, p_users[i], p_keys[i], p_requests[i], p_statuses[i], p_answers[i], p_ats[i])
        ON CONFLICT (tenant_id, user_id, key) DO UPDATE
        SET request_hash = excluded.request_hash, status = excluded.status, body = excluded.body, at = excluded.at;
    END LOOP;
END $$;

-- The last seq recorded at or before a moment, 0 if there is none. `recorded_at` never falls along a log whose seqs have
-- no gap, so halving finds it without an index.
CREATE FUNCTION raally.seq_at(p_tenant uuid, p_at bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low    bigint := 0;
    high   bigint := coalesce((SELECT s.seq FROM raally.streams s WHERE s.tenant_id = p_tenant), 0);
    middle bigint;
BEGIN
    WHILE low < high LOOP
        middle := high - (high - low) / 2;
        IF (SELECT e.recorded_at <= p_at FROM raally.events e WHERE e.tenant_id = p_tenant AND e.seq = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- ---- The keeper's functions: the only way to look across tenants ----

-- Leases streams that wait and that nobody holds, those served longest ago first. Relays take turns here, so each gets
-- streams of its own.
CREATE FUNCTION raally.lease_outbox(p_owner text, p_now bigint, p_until bigint, p_limit bigint)
RETURNS TABLE (tenant_id uuid, seq bigint, sent bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    taken uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(8241938, 1);
    WITH free AS (
        SELECT s.tenant_id FROM raally.streams s LEFT JOIN raally.leases l ON l.tenant_id = s.tenant_id
        WHERE s.waiting AND (l.owner IS NULL OR l.until <= p_now)
        ORDER BY l.until NULLS FIRST, s.tenant_id LIMIT p_limit
    ), leased AS (
        INSERT INTO raally.leases AS l (tenant_id, until, owner) SELECT f.tenant_id, p_until, p_owner FROM free f
        ON CONFLICT (tenant_id) DO UPDATE SET until = excluded.until, owner = excluded.owner
        WHERE l.owner IS NULL OR l.until <= p_now
        RETURNING l.tenant_id
    )
    SELECT array_agg(leased.tenant_id) INTO taken FROM leased;
    -- The one that held a stream before may have relayed it since we looked; from here on only we can.
    RETURN QUERY SELECT s.tenant_id, s.seq, s.sent FROM raally.streams s
                 WHERE s.tenant_id = ANY (taken) AND s.waiting;
    UPDATE raally.leases l SET owner = NULL FROM raally.streams s
    WHERE l.tenant_id = ANY (taken) AND s.tenant_id = l.tenant_id AND NOT s.waiting;
END $$;

CREATE FUNCTION raally.tenants_with_log() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant_id FROM raally.streams ORDER BY tenant_id
$$;

CREATE FUNCTION raally.tenant_by_slug(p_slug text) RETURNS TABLE (tenant_id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tenant_id, t.slug, t.name FROM raally.tenants t WHERE t.slug = p_slug
$$;

CREATE FUNCTION raally.memberships_of(p_user uuid) RETURNS TABLE (tenant_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tenant_id, t.slug, t.name, m.role FROM raally.memberships m JOIN raally.tenants t USING (tenant_id)
    WHERE m.user_id = p_user
$$;

-- Drops answers stored before a moment; returns how many.
CREATE FUNCTION raally.drop_answers(p_before bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped bigint;
BEGIN
    DELETE FROM raally.answers a WHERE a.at < p_before;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END $$;

-- Handing them over needs CREATE on the schema, for that moment.
GRANT CREATE ON SCHEMA raally TO raally_keeper;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lease_outbox(text, bigint, bigint, bigint)', 'tenants_with_log()',
                                'tenant_by_slug(text)', 'memberships_of(uuid)', 'drop_answers(bigint)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION raally.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION raally.%s TO raally_app', name);
        EXECUTE format('ALTER FUNCTION raally.%s OWNER TO raally_keeper', name);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
