-- What users are told: ids and dates, no values.

CREATE TABLE raally.notifications (
    tenant_id       uuid    NOT NULL,
    user_id         uuid    NOT NULL,
    notification_id uuid    NOT NULL,
    actor           uuid,
    person_id       uuid,
    entity_id       uuid,
    project_id      uuid,
    at              bigint  NOT NULL,
    digest_at       bigint,
    mailed_at       bigint,
    read_at         bigint,
    -- Days since 1970-01-01.
    from_day        integer,
    to_day          integer,
    count           bigint  NOT NULL,
    in_app          boolean NOT NULL,
    kind            text    NOT NULL,
    entity_kind     text,
    PRIMARY KEY (tenant_id, user_id, notification_id)
);
CREATE INDEX notifications_latest ON raally.notifications (tenant_id, user_id, at, notification_id) WHERE in_app;
CREATE INDEX notifications_unread ON raally.notifications (tenant_id, user_id) WHERE in_app AND read_at IS NULL;
CREATE INDEX notifications_digest ON raally.notifications (digest_at)
    WHERE digest_at IS NOT NULL AND mailed_at IS NULL AND read_at IS NULL;
CREATE INDEX notifications_at ON raally.notifications (at);

CREATE TABLE raally.notification_preferences (
    tenant_id uuid    NOT NULL,
    user_id   uuid    NOT NULL,
    in_app    boolean NOT NULL,
    email     boolean NOT NULL,
    kind      text    NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notifications', 'notification_preferences'] LOOP
        EXECUTE format('ALTER TABLE raally.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE raally.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON raally.%I
            USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', name);
    END LOOP;
END $$;
CREATE POLICY keeper ON raally.notifications TO raally_keeper USING (true);

GRANT SELECT, INSERT, UPDATE (read_at, mailed_at) ON raally.notifications TO raally_app;
GRANT SELECT, INSERT, UPDATE ON raally.notification_preferences TO raally_app;
GRANT SELECT (tenant_id, user_id, at, digest_at, mailed_at, read_at), DELETE ON raally.notifications TO raally_keeper;

-- Users whose digest is due.
CREATE FUNCTION raally.digests_due(p_now bigint, p_limit bigint) RETURNS TABLE (tenant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.tenant_id, n.user_id FROM raally.notifications n
    WHERE n.digest_at <= p_now AND n.mailed_at IS NULL AND n.read_at IS NULL
    GROUP BY n.tenant_id, n.user_id ORDER BY min(n.digest_at), n.tenant_id, n.user_id LIMIT p_limit
$$;

-- Drops what came before a moment; returns how many went.
CREATE FUNCTION raally.drop_notifications(p_before bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped bigint;
BEGIN
    DELETE FROM raally.notifications n WHERE n.at < p_before;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END $$;

GRANT CREATE ON SCHEMA raally TO raally_keeper;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['digests_due(bigint, bigint)', 'drop_notifications(bigint)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION raally.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION raally.%s TO raally_app', name);
        EXECUTE format('ALTER FUNCTION raally.%s OWNER TO raally_keeper', name);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
