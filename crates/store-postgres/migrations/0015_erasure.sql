-- Erasing what is known of somebody begins a new epoch of that workspace's log (docs/adr/0026). The application may not
-- write epochs itself.

GRANT CREATE ON SCHEMA raally TO raally_keeper;

-- Where the log of the tenant in scope stands, in a new epoch where that is asked for; nothing where there is no log.
CREATE FUNCTION raally.renew_head(p_tenant uuid, p_epoch bigint, p_renew boolean)
RETURNS TABLE (epoch bigint, seq bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF p_tenant IS DISTINCT FROM nullif(current_setting('raally.tenant_id', true), '')::uuid THEN
        RAISE EXCEPTION 'the tenant % is not in scope', p_tenant;
    END IF;
    RETURN QUERY
    UPDATE raally.streams s
    SET epoch = CASE WHEN p_renew THEN greatest(p_epoch, s.epoch + 1) ELSE s.epoch END
    WHERE s.tenant_id = p_tenant
    RETURNING s.epoch, s.seq;
END $$;

REVOKE ALL ON FUNCTION raally.renew_head(uuid, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.renew_head(uuid, bigint, boolean) TO raally_app;
ALTER FUNCTION raally.renew_head(uuid, bigint, boolean) OWNER TO raally_keeper;

REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
