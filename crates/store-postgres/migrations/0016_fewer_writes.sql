-- Rows are written where something is another, and an endpoint's rest is one row's.

-- What is sent of an event is kept once in SQLite, where changing a delivery would write its body again; PostgreSQL keeps
-- long values apart by itself.

-- ---- Webhooks: an event is as many rows as it has endpoints, and each row is in fewer indexes ----

-- Since 0.7.0 deliveries are found by endpoint. What is old lies together and is dropped once a day.
DROP INDEX raally.webhook_deliveries_due;
DROP INDEX raally.webhook_deliveries_at;
CREATE INDEX webhook_deliveries_at ON raally.webhook_deliveries USING brin (created_at);

-- A body of megabytes is compressed for each of its endpoints: with what takes a third of the time, where it is there.
DO $$
BEGIN
    IF (SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression') THEN
        ALTER TABLE raally.webhook_deliveries ALTER COLUMN body SET COMPRESSION lz4;
    END IF;
END $$;

-- ---- Reporting: what is worked out again and is the same stays as it lies ----

CREATE OR REPLACE FUNCTION raally.replace_reporting(
    p_tenant uuid, p_owner text, d_kinds text[], d_ids uuid[], d_froms integer[], d_tos integer[], d_seqs bigint[],
    p_people text, p_projects text, r_people uuid[], r_froms integer[], r_tos integer[],
    c_people uuid[], c_days integer[], c_capacity integer[], c_booked integer[], c_tentative integer[],
    b_people uuid[], b_days integer[], b_projects uuid[], b_booked integer[], b_tentative integer[], b_billable integer[],
    t_people uuid[], t_days integer[], t_ids uuid[], t_kinds text[], t_statuses text[], t_minutes integer[]
) RETURNS boolean LANGUAGE plpgsql
-- Twenty rows and twenty thousand are not compared in the same way.
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    by_day text;
BEGIN
    IF NOT raally.holds_reporting(p_tenant, p_owner) THEN
        RETURN false;
    END IF;
    FOREACH by_day IN ARRAY ARRAY['capacity_by_day', 'booked_by_day', 'time_off_by_day'] LOOP
        EXECUTE format('DELETE FROM reporting.%I t USING json_to_recordset($2::json) AS n (id uuid, gone boolean)
            WHERE t.tenant_id = $1 AND t.person_id = n.id AND n.gone', by_day)
        USING p_tenant, p_people;
    END LOOP;

    -- Of each table what is not as it should be goes, and what is not there comes.
    DELETE FROM reporting.capacity_by_day t USING unnest(r_people, r_froms, r_tos) AS r (person_id, from_day, to_day)
    WHERE t.tenant_id = p_tenant AND t.person_id = r.person_id
      AND t.day BETWEEN date '1970-01-01' + r.from_day AND date '1970-01-01' + r.to_day
      AND NOT EXISTS (
        SELECT FROM unnest(c_people, c_days, c_capacity, c_booked, c_tentative)
            AS n (person, day, capacity, booked, tentative)
        WHERE n.person = t.person_id AND date '1970-01-01' + n.day = t.day AND n.capacity = t.capacity_minutes
          AND n.booked = t.booked_minutes AND n.tentative = t.tentative_minutes);
    INSERT INTO reporting.capacity_by_day
        (tenant_id, person_id, day, capacity_minutes, booked_minutes, tentative_minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.capacity, n.booked, n.tentative
    FROM unnest(c_people, c_days, c_capacity, c_booked, c_tentative) AS n (person, day, capacity, booked, tentative)
    ON CONFLICT DO NOTHING;

    DELETE FROM reporting.booked_by_day t USING unnest(r_people, r_froms, r_tos) AS r (person_id, from_day, to_day)
    WHERE t.tenant_id = p_tenant AND t.person_id = r.person_id
      AND t.day BETWEEN date '1970-01-01' + r.from_day AND date '1970-01-01' + r.to_day
      AND NOT EXISTS (
        SELECT FROM unnest(b_people, b_days, b_projects, b_booked, b_tentative, b_billable)
            AS n (person, day, project, booked, tentative, billable)
        WHERE n.person = t.person_id AND date '1970-01-01' + n.day = t.day AND n.project = t.project_id
          AND n.booked = t.booked_minutes AND n.tentative = t.tentative_minutes AND n.billable = t.billable_minutes);
    INSERT INTO reporting.booked_by_day
        (tenant_id, person_id, day, project_id, booked_minutes, tentative_minutes, billable_minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.project, n.booked, n.tentative, n.billable
    FROM unnest(b_people, b_days, b_projects, b_booked, b_tentative, b_billable)
        AS n (person, day, project, booked, tentative, billable)
    ON CONFLICT DO NOTHING;

    DELETE FROM reporting.time_off_by_day t USING unnest(r_people, r_froms, r_tos) AS r (person_id, from_day, to_day)
    WHERE t.tenant_id = p_tenant AND t.person_id = r.person_id
      AND t.day BETWEEN date '1970-01-01' + r.from_day AND date '1970-01-01' + r.to_day
      AND NOT EXISTS (
        SELECT FROM unnest(t_people, t_days, t_ids, t_kinds, t_statuses, t_minutes)
            AS n (person, day, id, kind, status, minutes)
        WHERE n.person = t.person_id AND date '1970-01-01' + n.day = t.day AND n.id = t.time_off_id
          AND n.kind = t.kind AND n.status = t.status AND n.minutes IS NOT DISTINCT FROM t.minutes);
    INSERT INTO reporting.time_off_by_day (tenant_id, person_id, day, time_off_id, kind, status, minutes)
    SELECT p_tenant, n.person, date '1970-01-01' + n.day, n.id, n.kind, n.status, n.minutes
    FROM unnest(t_people, t_days, t_ids, t_kinds, t_statuses, t_minutes)
        AS n (person, day, id, kind, status, minutes)
    ON CONFLICT DO NOTHING;

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
        employed_from = excluded.employed_from, employed_until = excluded.employed_until, archived = excluded.archived
    WHERE (people.name, people.job_title, people.team, people.employed_from, people.employed_until, people.archived)
        IS DISTINCT FROM (excluded.name, excluded.job_title, excluded.team, excluded.employed_from,
                          excluded.employed_until, excluded.archived);

    DELETE FROM reporting.projects p USING json_to_recordset(p_projects::json) AS n (id uuid, gone boolean)
    WHERE p.tenant_id = p_tenant AND p.project_id = n.id AND n.gone;
    INSERT INTO reporting.projects (tenant_id, project_id, name, code, client, status, billable, archived)
    SELECT p_tenant, n.id, n.name, n.code, n.client, n.status, n.billable, n.archived
    FROM json_to_recordset(p_projects::json)
        AS n (id uuid, gone boolean, name text, code text, client text, status text, billable boolean, archived boolean)
    WHERE NOT n.gone
    ON CONFLICT (tenant_id, project_id) DO UPDATE
    SET name = excluded.name, code = excluded.code, client = excluded.client, status = excluded.status,
        billable = excluded.billable, archived = excluded.archived
    WHERE (projects.name, projects.code, projects.client, projects.status, projects.billable, projects.archived)
        IS DISTINCT FROM (excluded.name, excluded.code, excluded.client, excluded.status, excluded.billable,
                          excluded.archived);

    DELETE FROM raally.reporting_dirt d
    USING unnest(d_kinds, d_ids, d_froms, d_tos, d_seqs) AS n (kind, id, from_day, to_day, seq)
    WHERE d.tenant_id = p_tenant AND d.kind = n.kind AND d.id = n.id AND d.seq = n.seq
      AND d.from_day IS NOT DISTINCT FROM n.from_day AND d.to_day IS NOT DISTINCT FROM n.to_day;
    RETURN true;
END $$;

-- ---- Webhooks: how long an endpoint is left alone stands with the endpoint, not with all that waits for it ----

ALTER TABLE raally.webhook_endpoints ADD COLUMN rests_until bigint NOT NULL DEFAULT 0;
-- What may be sent to one that rests: what was tried has a moment of its own, what an admin tries out has theirs.
CREATE INDEX webhook_deliveries_tried ON raally.webhook_deliveries (tenant_id, endpoint_id, next_at)
    WHERE next_at IS NOT NULL AND (attempts <> '[]' OR event_type = 'webhook.test');
-- When a delivery was asked for again since it was leased: whoever holds it does not note over that.
ALTER TABLE raally.webhook_deliveries ADD COLUMN asked_again_at bigint;
GRANT SELECT (event_type, attempts), UPDATE (asked_again_at) ON raally.webhook_deliveries TO raally_keeper;
GRANT UPDATE (asked_again_at) ON raally.webhook_deliveries TO raally_app;

-- As lease_deliveries_in_turn, which stays for processes of the release before, but for endpoints that rest.
CREATE FUNCTION raally.lease_due_deliveries(
    p_owner text, p_now bigint, p_until bigint, p_endpoint bigint, p_tenant bigint, p_limit bigint)
RETURNS TABLE (tenant_id uuid, endpoint_id uuid, delivery_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- That few deliveries are held is seen from the moment that is asked about; however many wait, a few are looked at.
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH held AS (
        SELECT d.tenant_id, d.endpoint_id, count(*) AS held FROM raally.webhook_deliveries d
        WHERE d.lease_until > 0 AND d.lease_until > p_now GROUP BY 1, 2
    ), held_by_tenant AS (
        SELECT h.tenant_id, sum(h.held)::bigint AS held FROM held h GROUP BY 1
    ), endpoints AS (
        SELECT e.tenant_id, e.endpoint_id, e.rests_until > p_now AS rests, coalesce(t.held, 0) AS held_by_tenant,
               greatest(0, CASE WHEN e.failing_since IS NULL THEN p_endpoint ELSE 1 END - coalesce(h.held, 0)) AS room
        FROM raally.webhook_endpoints e
        LEFT JOIN held h ON h.tenant_id = e.tenant_id AND h.endpoint_id = e.endpoint_id
        LEFT JOIN held_by_tenant t ON t.tenant_id = e.tenant_id
    ), turns AS (
        SELECT e.tenant_id, e.endpoint_id, d.delivery_id, d.next_at, e.held_by_tenant
                   + row_number() OVER (PARTITION BY e.tenant_id ORDER BY d.place, d.next_at) AS turn
        FROM endpoints e
        -- Each part ends at its limit, in the order of its index, however many wait.
        CROSS JOIN LATERAL (
            SELECT u.delivery_id, u.next_at, row_number() OVER (ORDER BY u.next_at) AS place
            FROM (
                (SELECT w.delivery_id, w.next_at FROM raally.webhook_deliveries w
                 WHERE NOT e.rests AND w.tenant_id = e.tenant_id AND w.endpoint_id = e.endpoint_id
                   AND w.next_at <= p_now AND w.lease_until <= p_now
                 ORDER BY w.next_at LIMIT e.room)
                UNION ALL
                (SELECT w.delivery_id, w.next_at FROM raally.webhook_deliveries w
                 WHERE e.rests AND w.tenant_id = e.tenant_id AND w.endpoint_id = e.endpoint_id
                   AND w.next_at <= p_now AND w.lease_until <= p_now
                   AND (w.attempts <> '[]' OR w.event_type = 'webhook.test')
                 ORDER BY w.next_at LIMIT e.room)
            ) u
        ) d
    ), chosen AS (
        SELECT t.tenant_id, t.endpoint_id, t.delivery_id FROM turns t
        WHERE t.turn <= p_tenant ORDER BY t.turn, t.next_at LIMIT p_limit
    ), due AS (
        SELECT d.tenant_id, d.endpoint_id, d.delivery_id FROM raally.webhook_deliveries d
        JOIN chosen c ON c.tenant_id = d.tenant_id AND c.endpoint_id = d.endpoint_id AND c.delivery_id = d.delivery_id
        WHERE d.next_at <= p_now AND d.lease_until <= p_now
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE raally.webhook_deliveries d SET lease_until = p_until, lease_owner = p_owner, asked_again_at = NULL FROM due
    WHERE d.tenant_id = due.tenant_id AND d.endpoint_id = due.endpoint_id AND d.delivery_id = due.delivery_id
    RETURNING d.tenant_id, d.endpoint_id, d.delivery_id;
END $$;

REVOKE ALL ON FUNCTION raally.lease_due_deliveries(text, bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION raally.lease_due_deliveries(text, bigint, bigint, bigint, bigint, bigint) TO raally_app;
GRANT CREATE ON SCHEMA raally TO raally_keeper;
ALTER FUNCTION raally.lease_due_deliveries(text, bigint, bigint, bigint, bigint, bigint) OWNER TO raally_keeper;
REVOKE CREATE ON SCHEMA raally FROM raally_keeper;
