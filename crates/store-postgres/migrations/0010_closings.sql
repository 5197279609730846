-- Workspaces that are being closed, and those that were: what is left of them for ever (docs/adr/0017).

CREATE TABLE raally.closings (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    saga_id   uuid   NOT NULL,
    since     bigint NOT NULL,
    -- Null as long as it can be taken back.
    closed_at bigint
);

-- What a workspace held, for its admins to fetch until it is erased.
CREATE TABLE raally.exports (
    tenant_id uuid    NOT NULL,
    saga_id   uuid    NOT NULL,
    last_seq  bigint  NOT NULL,
    part      integer NOT NULL,
    lines     text    NOT NULL,
    PRIMARY KEY (tenant_id, saga_id, part)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['closings', 'exports'] LOOP
        EXECUTE format('ALTER TABLE raally.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE raally.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON raally.%I
            USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', name);
    END LOOP;
END $$;
-- What was closed stays closed.
CREATE POLICY for_ever ON raally.closings AS RESTRICTIVE FOR DELETE USING (closed_at IS NULL);
GRANT SELECT, INSERT (tenant_id, saga_id, since), DELETE ON raally.closings TO raally_app;
GRANT SELECT, INSERT, DELETE ON raally.exports TO raally_app;
GRANT SELECT, INSERT, UPDATE (closed_at) ON raally.closings TO raally_keeper;

-- Suspends a tenant, if no other saga has. Whoever appends to its log holds the row of the stream: what is under way is
-- waited for, and who comes later finds the closing.
CREATE FUNCTION raally.suspend(p_tenant uuid, p_saga uuid, p_at bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM raally.streams s WHERE s.tenant_id = p_tenant FOR NO KEY UPDATE;
    INSERT INTO raally.closings (tenant_id, saga_id, since) VALUES (p_tenant, p_saga, p_at)
    ON CONFLICT (tenant_id) DO NOTHING;
    RETURN EXISTS (SELECT FROM raally.closings c
                   WHERE c.tenant_id = p_tenant AND c.saga_id = p_saga AND c.closed_at IS NULL);
END $$;

-- ---- Nothing is written for who is suspended or closed ----

-- Appends hold the row of the stream by then, so this sees a suspension that they came after.
CREATE FUNCTION raally.refuse_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM raally.closings c
               WHERE c.tenant_id = nullif(current_setting('raally.tenant_id', true), '')::uuid) THEN
        RAISE EXCEPTION 'the workspace is suspended' USING ERRCODE = 'RY003';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_suspended BEFORE INSERT ON raally.events
    FOR EACH STATEMENT EXECUTE FUNCTION raally.refuse_suspended();

-- The lock is shared by all who write something new for a tenant, and taken alone by who closes it; it lies in memory.
CREATE FUNCTION raally.refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant uuid := nullif(current_setting('raally.tenant_id', true), '')::uuid;
BEGIN
    IF tenant IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(tenant::text, 8241938));
        IF EXISTS (SELECT FROM raally.closings c WHERE c.tenant_id = tenant AND c.closed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'the workspace is closed' USING ERRCODE = 'RY003';
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- ---- The keeper's ----

-- Every table that holds something of a tenant's; those of them that are written to beside its log get a guard, and all
-- are the keeper's to empty. A test compares them with the catalog.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'raally.inbox', 'raally.streams', 'raally.leases', 'raally.tenants', 'raally.memberships', 'raally.events',
        'raally.personal_values', 'raally.snapshots', 'raally.answers', 'raally.notifications',
        'raally.notification_preferences', 'raally.webhook_endpoints', 'raally.webhook_deliveries',
        'raally.reporting_dirt', 'raally.reporting_work', 'raally.sagas', 'raally.closings', 'raally.exports',
        'reporting.progress', 'reporting.people', 'reporting.projects', 'reporting.capacity_by_day',
        'reporting.booked_by_day', 'reporting.time_off_by_day', 'audit.entries'] LOOP
        IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = name::regclass AND p.polname = 'keeper') THEN
            EXECUTE format('CREATE POLICY keeper ON %s TO raally_keeper USING (true)', name);
        END IF;
        CONTINUE WHEN name = 'raally.closings';
        EXECUTE format('GRANT SELECT, DELETE ON %s TO raally_keeper', name);
        CONTINUE WHEN name IN ('raally.events', 'raally.personal_values', 'audit.entries');
        EXECUTE format('CREATE TRIGGER refuse_closed BEFORE INSERT ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION raally.refuse_closed()', name);
    END LOOP;
END $$;

-- Closes a tenant for a saga of its own that is under way. Whatever is being written for it is waited for. From then on
-- whoever looks for its log, its name or its members finds none, and no consumer has a place in it.
CREATE FUNCTION raally.close_tenant(p_tenant uuid, p_saga uuid, p_at bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_tenant::text, 8241938));
    INSERT INTO raally.closings AS c (tenant_id, saga_id, since, closed_at)
    SELECT s.tenant_id, s.saga_id, p_at, p_at FROM raally.sagas s
    WHERE s.tenant_id = p_tenant AND s.saga_id = p_saga AND s.course IN ('doing', 'undoing')
    ON CONFLICT (tenant_id) DO UPDATE SET closed_at = coalesce(c.closed_at, excluded.closed_at)
    WHERE c.saga_id = excluded.saga_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM raally.inbox t WHERE t.tenant_id = p_tenant;
    DELETE FROM raally.streams t WHERE t.tenant_id = p_tenant;
    DELETE FROM raally.leases t WHERE t.tenant_id = p_tenant;
    DELETE FROM raally.tenants t WHERE t.tenant_id = p_tenant;
    DELETE FROM raally.memberships t WHERE t.tenant_id = p_tenant;
    RETURN true;
END $$;

-- Erases about p_limit rows of a tenant that is closed; returns how many went.
CREATE FUNCTION raally.erase_tenant(p_tenant uuid, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
    went bigint;
    gone bigint := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM raally.closings c WHERE c.tenant_id = p_tenant AND c.closed_at IS NOT NULL) THEN
        RETURN 0;
    END IF;
    FOREACH name IN ARRAY ARRAY[
        'raally.inbox', 'raally.streams', 'raally.leases', 'raally.tenants', 'raally.memberships', 'raally.events',
        'raally.personal_values', 'raally.snapshots', 'raally.answers', 'raally.notifications',
        'raally.notification_preferences', 'raally.webhook_endpoints', 'raally.webhook_deliveries',
        'raally.reporting_dirt', 'raally.reporting_work', 'raally.exports',
        'reporting.progress', 'reporting.people', 'reporting.projects', 'reporting.capacity_by_day',
        'reporting.booked_by_day', 'reporting.time_off_by_day'] LOOP
        EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
                            SELECT t.ctid FROM %1$s t WHERE t.tenant_id = $1 LIMIT $2))', name)
        USING p_tenant, p_limit - gone;
        GET DIAGNOSTICS went = ROW_COUNT;
        gone := gone + went;
        EXIT WHEN gone >= p_limit;
    END LOOP;
    DELETE FROM audit.entries e WHERE e.ctid = ANY (ARRAY(
        SELECT t.ctid FROM audit.entries t WHERE t.stream = 'tenant/' || p_tenant LIMIT p_limit - gone));
    GET DIAGNOSTICS went = ROW_COUNT;
    gone := gone + went;
    -- All but that of the closing.
    DELETE FROM raally.sagas s WHERE s.tenant_id = p_tenant
        AND s.saga_id <> (SELECT c.saga_id FROM raally.closings c WHERE c.tenant_id = p_tenant);
    GET DIAGNOSTICS went = ROW_COUNT;
    RETURN gone + went;
END $$;

-- How many sagas have not ended.
CREATE FUNCTION raally.count_sagas() RETURNS TABLE (kind text, course text, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.kind, s.course, count(*) FROM raally.sagas s WHERE s.course IN ('doing', 'undoing')
    GROUP BY s.kind, s.course ORDER BY s.kind, s.course
$$;

GRANT CREATE ON SCHEMA raally TO raally_keeper;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['close_tenant(uuid, uuid, bigint)', 'erase_tenant(uuid, bigint)', 'count_sagas()'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION raally.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION raally.%s TO raally_app', name);
        EXECUTE format('ALTER FUNCTION raally.%s OWNER TO raally_keeper', name);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
