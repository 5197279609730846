-- Tables that hold something of a tenant's are found in the catalog: every table of the schemas raally and reporting that
-- has a column tenant_id. A migration that makes one adopts it, and names it nowhere else.

-- Makes a table a tenant's: only its own rows are seen and written, the keeper may erase them, and nothing is written
-- into it for a tenant that is closed.
CREATE FUNCTION raally.adopt_tenant_table(p_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                   WHERE i.indrelid = p_table AND i.indisprimary AND a.attname = 'tenant_id') THEN
        RAISE EXCEPTION 'the primary key of % does not begin with tenant_id', p_table;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('CREATE POLICY one_tenant ON %s
        USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', p_table);
    EXECUTE format('CREATE POLICY keeper ON %s TO raally_keeper USING (true)', p_table);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO raally_app', p_table);
    EXECUTE format('GRANT SELECT, DELETE ON %s TO raally_keeper', p_table);
    EXECUTE format('CREATE TRIGGER refuse_closed BEFORE INSERT ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION raally.refuse_closed()', p_table);
END $$;
REVOKE ALL ON FUNCTION raally.adopt_tenant_table(regclass) FROM PUBLIC;

-- The function below is the keeper's, who replaces it.
GRANT CREATE ON SCHEMA raally TO raally_keeper;
SET LOCAL ROLE raally_keeper;

-- Erases about p_limit rows of a tenant that is closed, wherever the catalog says that there are some; returns how many
-- went. What stays is that it was closed, and the saga that did it.
CREATE OR REPLACE FUNCTION raally.erase_tenant(p_tenant uuid, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text;
    went bigint;
    gone bigint := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM raally.closings c WHERE c.tenant_id = p_tenant AND c.closed_at IS NOT NULL) THEN
        RETURN 0;
    END IF;
    FOR name IN
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r'
          AND c.relnamespace IN ('raally'::regnamespace, 'reporting'::regnamespace)
          AND c.oid NOT IN ('raally.closings'::regclass, 'raally.sagas'::regclass)
        ORDER BY 1
    LOOP
        EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
                            SELECT t.ctid FROM %1$s t WHERE t.tenant_id = $1 LIMIT $2))', name)
        USING p_tenant, p_limit - gone;
        GET DIAGNOSTICS went = ROW_COUNT;
        gone := gone + went;
        EXIT WHEN gone >= p_limit;
    END LOOP;
    -- Entries of the audit store are named by their stream.
    DELETE FROM audit.entries e WHERE e.ctid = ANY (ARRAY(
        SELECT t.ctid FROM audit.entries t WHERE t.stream = 'tenant/' || p_tenant LIMIT p_limit - gone));
    GET DIAGNOSTICS went = ROW_COUNT;
    gone := gone + went;
    DELETE FROM raally.sagas s WHERE s.tenant_id = p_tenant
        AND s.saga_id <> (SELECT c.saga_id FROM raally.closings c WHERE c.tenant_id = p_tenant);
    GET DIAGNOSTICS went = ROW_COUNT;
    RETURN gone + went;
END $$;

RESET ROLE;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
