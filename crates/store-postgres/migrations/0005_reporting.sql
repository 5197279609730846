-- Tables for SQL and BI users: figures of plans by day, worked out by Raally (docs/adr/0012). Minutes are whole; days are
-- civil dates. `raally_reader` may read them, all tenants', and nothing else; a login that is to see less gets a view.

CREATE SCHEMA reporting;
GRANT USAGE ON SCHEMA reporting TO raally_app, raally_keeper, raally_reader;

-- How far the tables are: they hold the figures of the plan at this head, for the days from from_day to to_day.
CREATE TABLE reporting.progress (
    tenant_id    uuid        NOT NULL PRIMARY KEY,
    epoch        bigint      NOT NULL,
    seq          bigint      NOT NULL,
    from_day     date        NOT NULL,
    to_day       date        NOT NULL,
    refreshed_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX progress_to_day ON reporting.progress (to_day);

-- The name is personal: it goes with the person, and when it is erased. The job title is the last that comes into force.
CREATE TABLE reporting.people (
    tenant_id      uuid    NOT NULL,
    person_id      uuid    NOT NULL,
    name           text,
    job_title      text,
    team           text,
    employed_from  date,
    employed_until date,
    archived       boolean NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);

CREATE TABLE reporting.projects (
    tenant_id  uuid    NOT NULL,
    project_id uuid    NOT NULL,
    name       text    NOT NULL,
    code       text,
    client     text,
    status     text    NOT NULL,
    billable   boolean NOT NULL,
    archived   boolean NOT NULL,
    PRIMARY KEY (tenant_id, project_id)
);

-- A day without capacity and load has no row.
CREATE TABLE reporting.capacity_by_day (
    tenant_id         uuid    NOT NULL,
    person_id         uuid    NOT NULL,
    day               date    NOT NULL,
    capacity_minutes  integer NOT NULL,
    booked_minutes    integer NOT NULL,
    tentative_minutes integer NOT NULL,
    PRIMARY KEY (tenant_id, person_id, day)
);

CREATE TABLE reporting.booked_by_day (
    tenant_id         uuid    NOT NULL,
    person_id         uuid    NOT NULL,
    day               date    NOT NULL,
    project_id        uuid    NOT NULL,
    booked_minutes    integer NOT NULL,
    tentative_minutes integer NOT NULL,
    billable_minutes  integer NOT NULL,
    PRIMARY KEY (tenant_id, person_id, day, project_id)
);

-- `minutes` is null for whole days.
CREATE TABLE reporting.time_off_by_day (
    tenant_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    day         date NOT NULL,
    time_off_id uuid NOT NULL,
    kind        text NOT NULL,
    status      text NOT NULL,
    minutes     integer,
    PRIMARY KEY (tenant_id, person_id, day, time_off_id)
);

-- What no longer holds: of everybody ('all', id 0), of a person, of a project; days as they are counted from 1970-01-01,
-- null where none is touched; the last event that brought it.
CREATE TABLE raally.reporting_dirt (
    tenant_id uuid   NOT NULL,
    kind      text   NOT NULL,
    id        uuid   NOT NULL,
    from_day  integer,
    to_day    integer,
    seq       bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Tenants with something to work out, and who does it until when. A tenant without a row is settled.
CREATE TABLE raally.reporting_work (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    until     bigint NOT NULL DEFAULT 0,
    owner     text
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reporting.progress', 'reporting.people', 'reporting.projects',
                                'reporting.capacity_by_day', 'reporting.booked_by_day', 'reporting.time_off_by_day',
                                'raally.reporting_dirt', 'raally.reporting_work'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY one_tenant ON %s
            USING (tenant_id = nullif(current_setting(''raally.tenant_id'', true), '''')::uuid)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO raally_app', name);
        IF name LIKE 'reporting.%' THEN
            EXECUTE format('CREATE POLICY reader ON %s FOR SELECT TO raally_reader USING (true)', name);
            EXECUTE format('GRANT SELECT ON %s TO raally_reader', name);
        END IF;
    END LOOP;
END $$;
CREATE POLICY keeper ON reporting.progress TO raally_keeper USING (true);
CREATE POLICY keeper ON raally.reporting_work TO raally_keeper USING (true);
GRANT SELECT (tenant_id, to_day) ON reporting.progress TO raally_keeper;
GRANT SELECT, INSERT, UPDATE ON raally.reporting_work TO raally_keeper;

-- ---- One tenant's functions: they run as whoever calls them, under the policies ----

-- Puts dirt beside what is there. The tenant must be set.
CREATE FUNCTION raally.add_reporting_dirt(
    p_tenant uuid, p_kinds text[], p_ids uuid[], p_froms integer[], p_tos integer[], p_seqs bigint[]
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO raally.reporting_dirt AS d (tenant_id, kind, id, from_day, to_day, seq)
    SELECT p_tenant, n.* FROM unnest(p_kinds, p_ids, p_froms, p_tos, p_seqs) AS n (kind, id, from_day, to_day, seq)
    ORDER BY n.kind, n.id
    ON CONFLICT (tenant_id, kind, id) DO UPDATE
    SET from_day = least(d.from_day, excluded.from_day), to_day = greatest(d.to_day, excluded.to_day),
        seq = greatest(d.seq, excluded.seq)
$$;

-- Notes dirt and moves the consumer's place, both or neither; false if that was elsewhere.
CREATE FUNCTION raally.mark_reporting(
    p_tenant uuid, p_consumer text, p_from bigint, p_to bigint,
    p_kinds text[], p_ids uuid[], p_froms integer[], p_tos integer[], p_seqs bigint[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('raally.tenant_id', p_tenant::text, true);
    IF p_from = 0 THEN
        INSERT INTO raally.inbox AS i (tenant_id, consumer, seq) VALUES (p_tenant, p_consumer, p_to)
        ON CONFLICT (tenant_id, consumer) DO UPDATE SET seq = excluded.seq WHERE i.seq = 0;
    ELSE
        UPDATE raally.inbox i SET seq = p_to
        WHERE i.tenant_id = p_tenant AND i.consumer = p_consumer AND i.seq = p_from;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Held until the end, so that whoever settles the tenant meanwhile either sees this or leaves the row. It does not
    -- stand in the way of those who lease and replace, who change no key.
    LOOP
        INSERT INTO raally.reporting_work (tenant_id) VALUES (p_tenant) ON CONFLICT (tenant_id) DO NOTHING;
        PERFORM FROM raally.reporting_work w WHERE w.tenant_id = p_tenant FOR KEY SHARE;
        EXIT WHEN FOUND;
    END LOOP;
    PERFORM raally.add_reporting_dirt(p_tenant, p_kinds, p_ids, p_froms, p_tos, p_seqs);
    RETURN true;
END $$;

-- Whether the lease is still the owner's, and holds it so until the end of the transaction.
CREATE FUNCTION raally.holds_reporting(p_tenant uuid, p_owner text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('raally.tenant_id', p_tenant::text, true);
    PERFORM FROM raally.reporting_work w WHERE w.tenant_id = p_tenant AND w.owner = p_owner FOR NO KEY UPDATE;
    RETURN FOUND;
END $$;

CREATE FUNCTION raally.spread_reporting(
    p_tenant uuid, p_owner text, p_kinds text[], p_ids uuid[], p_froms integer[], p_tos integer[], p_seqs bigint[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT raally.holds_reporting(p_tenant, p_owner) THEN
        RETURN false;
    END IF;
    PERFORM raally.add_reporting_dirt(p_tenant, p_kinds, p_ids, p_froms, p_tos, p_seqs);
    RETURN true;
END $$;

-- Writes rows and forgets the dirt that they settle, unless that has grown since. The arrays of a group are of one length:
-- dirt that is settled; people and projects (json, `gone` where they are no more); days whose rows are replaced; capacity;
-- booked; time off.
CREATE FUNCTION raally.replace_reporting(
    p_tenant uuid, p_owner text, d_kinds text[], d_ids uuid[], d_froms integer[], d_tos integer[], d_seqs bigint[],
    p_people text, p_projects text, r_people uuid[], r_froms integer[], r_tos integer[],
    c_people uuid[], c_days integer[], c_capacity integer[], c_booked integer[], c_tentative integer[],
    b_people uuid[], b_days integer[], b_projects uuid[], b_booked integer[], b_tentative integer[], b_billable integer[],
    t_people uuid[], t_days integer[], t_ids uuid[], t_kinds text[], t_statuses text[], t_minutes integer[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    by_day text;
BEGIN
    IF NOT raally.holds_reporting(p_tenant, p_owner) THEN
        RETURN false;
    END IF;
    FOREACH by_day IN ARRAY ARRAY['capacity_by_day', 'booked_by_day', 'time_off_by_day'] LOOP
        EXECUTE format('DELETE FROM reporting.%I t USING unnest($2, $3, $4) AS r (person_id, from_day, to_day)
            WHERE t.tenant_id = $1 AND t.person_id = r.person_id
              AND t.day BETWEEN date ''1970-01-01'' + r.from_day AND date ''1970-01-01'' + r.to_day', by_day)
        USING p_tenant, r_people, r_froms, r_tos;
        EXECUTE format('DELETE FROM reporting.%I t USING json_to_recordset($2::json) AS n (id uuid, gone boolean)
            WHERE t.tenant_id = $1 AND t.person_id = n.id AND n.gone', by_day)
        USING p_tenant, p_people;
    END LOOP;
    INSERT INTO reporting.capacity_by_day
        (tenant_id, person_id, day, capacity_minutes, booked_minutes, tentative_minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.capacity, n.booked, n.tentative
    FROM unnest(c_people, c_days, c_capacity, c_booked, c_tentative) AS n (person, day, capacity, booked, tentative);
    INSERT INTO reporting.booked_by_day
        (tenant_id, person_id, day, project_id, booked_minutes, tentative_minutes, billable_minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.project, n.booked, n.tentative, n.billable
    FROM unnest(b_people, b_days, b_projects, b_booked, b_tentative, b_billable)
        AS n (person, day, project, booked, tentative, billable);
    INSERT INTO reporting.time_off_by_day (tenant_id, person_id, day, time_off_id, kind, status, minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.id, n.kind, n.status, n.minutes
    FROM unnest(t_people, t_days, t_ids, t_kinds, t_statuses, t_minutes)
        AS n (person, day, id, kind, status, minutes);

    DELETE FROM reporting.people p USING json_to_recordset(p_people::json) AS n (id uuid, gone boolean)
    WHERE p.tenant_id = p_tenant AND p.person_id = n.id AND n.gone;
    -- A plan in memory may know a name that has been erased since.
    INSERT INTO reporting.people
        (tenant_id, person_id, name, job_title, team, employed_from, employed_until, archived)
    SELECT p_tenant, n.id,
           CASE WHEN EXISTS (SELECT FROM raally.personal_values v WHERE v.tenant_id = p_tenant AND v.ref = n.ref)
                THEN n.name END,
           n.job_title, n.team, n.employed_from, n.employed_until, n.archived
    FROM json_to_recordset(p_people::json)
        AS n (id uuid, gone boolean, ref uuid, name text, job_title text, team text, employed_from date,
              employed_until date, archived boolean)
    WHERE NOT n.gone
    ON CONFLICT (tenant_id, person_id) DO UPDATE
    SET name = excluded.name, job_title = excluded.job_title, team = excluded.team,
        employed_from = excluded.employed_from, employed_until = excluded.employed_until, archived = excluded.archived;

    DELETE FROM reporting.projects p USING json_to_recordset(p_projects::json) AS n (id uuid, gone boolean)
    WHERE p.tenant_id = p_tenant AND p.project_id = n.id AND n.gone;
    INSERT INTO reporting.projects (tenant_id, project_id, name, code, client, status, billable, archived)
    SELECT p_tenant, n.id, n.name, n.code, n.client, n.status, n.billable, n.archived
    FROM json_to_recordset(p_projects::json)
        AS n (id uuid, gone boolean, name text, code text, client text, status text, billable boolean, archived boolean)
    WHERE NOT n.gone
    ON CONFLICT (tenant_id, project_id) DO UPDATE
    SET name = excluded.name, code = excluded.code, client = excluded.client, status = excluded.status,
        billable = excluded.billable, archived = excluded.archived;

    DELETE FROM raally.reporting_dirt d
    USING unnest(d_kinds, d_ids, d_froms, d_tos, d_seqs) AS n (kind, id, from_day, to_day, seq)
    WHERE d.tenant_id = p_tenant AND d.kind = n.kind AND d.id = n.id AND d.seq = n.seq
      AND d.from_day IS NOT DISTINCT FROM n.from_day AND d.to_day IS NOT DISTINCT FROM n.to_day;
    RETURN true;
END $$;

-- Ends the lease. If nothing is left to work out, drops rows outside the days and notes how far the tables are.
CREATE FUNCTION raally.settle_reporting(
    p_tenant uuid, p_owner text, p_consumer text, p_from integer, p_to integer, p_now bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first date := date '1970-01-01' + p_from;
    last  date := date '1970-01-01' + p_to;
    by_day text;
BEGIN
    PERFORM set_config('raally.tenant_id', p_tenant::text, true);
    -- Waits for those who are noting dirt; those who come later wait for us.
    PERFORM FROM raally.reporting_work w WHERE w.tenant_id = p_tenant AND w.owner = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM raally.reporting_dirt d WHERE d.tenant_id = p_tenant) THEN
        UPDATE raally.reporting_work w SET owner = NULL WHERE w.tenant_id = p_tenant;
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM reporting.progress p WHERE p.tenant_id = p_tenant AND (p.from_day < first OR p.to_day > last)) THEN
        FOREACH by_day IN ARRAY ARRAY['capacity_by_day', 'booked_by_day', 'time_off_by_day'] LOOP
            EXECUTE format('DELETE FROM reporting.%I t WHERE t.tenant_id = $1 AND (t.day < $2 OR t.day > $3)', by_day)
            USING p_tenant, first, last;
        END LOOP;
    END IF;
    INSERT INTO reporting.progress (tenant_id, epoch, seq, from_day, to_day, refreshed_at)
    SELECT p_tenant, s.epoch, i.seq, first, last, to_timestamp(p_now / 1000000.0)
    FROM raally.streams s JOIN raally.inbox i ON i.tenant_id = s.tenant_id AND i.consumer = p_consumer
    WHERE s.tenant_id = p_tenant
    ON CONFLICT (tenant_id) DO UPDATE
    SET epoch = excluded.epoch, seq = excluded.seq, from_day = excluded.from_day, to_day = excluded.to_day,
        refreshed_at = excluded.refreshed_at;
    DELETE FROM raally.reporting_work w WHERE w.tenant_id = p_tenant;
    RETURN true;
END $$;

-- ---- The keeper's ----

-- Leases tenants that have something to work out and that nobody holds; first notes those whose tables end before p_last.
CREATE FUNCTION raally.lease_reporting(p_owner text, p_now bigint, p_until bigint, p_last integer, p_limit bigint)
RETURNS SETOF uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO raally.reporting_work (tenant_id)
    SELECT p.tenant_id FROM reporting.progress p
    WHERE p.to_day < date '1970-01-01' + p_last ORDER BY p.to_day LIMIT p_limit
    ON CONFLICT (tenant_id) DO NOTHING;
    RETURN QUERY
    UPDATE raally.reporting_work w SET owner = p_owner, until = p_until
    WHERE w.tenant_id IN (
        SELECT f.tenant_id FROM raally.reporting_work f WHERE f.owner IS NULL OR f.until <= p_now
        ORDER BY f.until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING w.tenant_id;
END $$;
REVOKE ALL ON FUNCTION raally.lease_reporting(text, bigint, bigint, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.lease_reporting(text, bigint, bigint, integer, bigint) TO raally_app;
GRANT CREATE ON SCHEMA raally TO raally_keeper;
ALTER FUNCTION raally.lease_reporting(text, bigint, bigint, integer, bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
