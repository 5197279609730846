-- Processes of several steps. `due_at` is also the lease: who takes one moves it to when the turn ends.

CREATE TABLE raally.sagas (
    tenant_id uuid    NOT NULL,
    saga_id   uuid    NOT NULL,
    version   bigint  NOT NULL,
    due_at    bigint  NOT NULL,
    step      integer NOT NULL,
    attempts  integer NOT NULL,
    kind      text    NOT NULL,
    course    text    NOT NULL,
    state     text    NOT NULL,
    PRIMARY KEY (tenant_id, saga_id)
);
CREATE INDEX sagas_due ON raally.sagas (due_at) WHERE course IN ('doing', 'undoing');

ALTER TABLE raally.sagas ENABLE ROW LEVEL SECURITY;
ALTER TABLE raally.sagas FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON raally.sagas
    USING (tenant_id = nullif(current_setting('raally.tenant_id', true), '')::uuid);
CREATE POLICY keeper ON raally.sagas TO raally_keeper USING (true);

GRANT SELECT, INSERT, UPDATE (version, due_at, step, attempts, course, state) ON raally.sagas TO raally_app;
GRANT SELECT, UPDATE (version, due_at) ON raally.sagas TO raally_keeper;

-- Takes sagas of all tenants that are due, those due longest first. One that somebody has in hand is left to them.
CREATE FUNCTION raally.take_sagas(p_now bigint, p_until bigint, p_limit bigint)
RETURNS TABLE (tenant_id uuid, saga_id uuid, kind text, course text, step integer, state text, attempts integer,
               due_at bigint, version bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE raally.sagas s SET due_at = p_until, version = s.version + 1
    FROM (SELECT d.tenant_id, d.saga_id FROM raally.sagas d
          WHERE d.due_at <= p_now AND d.course IN ('doing', 'undoing')
          ORDER BY d.due_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED) due
    WHERE s.tenant_id = due.tenant_id AND s.saga_id = due.saga_id
    RETURNING s.tenant_id, s.saga_id, s.kind, s.course, s.step, s.state, s.attempts, s.due_at, s.version
$$;

REVOKE ALL ON FUNCTION raally.take_sagas(bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.take_sagas(bigint, bigint, bigint) TO raally_app;
GRANT CREATE ON SCHEMA raally TO raally_keeper;
ALTER FUNCTION raally.take_sagas(bigint, bigint, bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
