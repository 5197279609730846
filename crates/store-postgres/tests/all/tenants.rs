//! Tenants are kept apart by the database itself, whatever a statement forgets.

use std::collections::BTreeSet;

use crate::support::{fill, fill_and_suspend};
use raally_app::ports::TenantDeletion;
use raally_domain::ids::TenantId;
use raally_store_postgres::testing::{Database, PLATFORM_TABLES, raw};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Tables whose rows belong to a stream, whoever's it is.
const STREAM_TABLES: [&str; 1] = ["audit.entries"];

/// The tables that were a tenant's when the catalog was asked for them for the first time.
const KNOWN_TENANT_TABLES: [&str; 24] = [
    "raally.answers",
    "raally.closings",
    "raally.events",
    "raally.exports",
    "raally.inbox",
    "raally.leases",
    "raally.memberships",
    "raally.notification_preferences",
    "raally.notifications",
    "raally.personal_values",
    "raally.reporting_dirt",
    "raally.reporting_work",
    "raally.sagas",
    "raally.snapshots",
    "raally.streams",
    "raally.tenants",
    "raally.webhook_deliveries",
    "raally.webhook_endpoints",
    "reporting.booked_by_day",
    "reporting.capacity_by_day",
    "reporting.people",
    "reporting.progress",
    "reporting.projects",
    "reporting.time_off_by_day",
];

/// Every table there is, and whether it has a column `tenant_id`.
async fn tables(client: &Client) -> Vec<(String, bool)> {
    let sql = "SELECT n.nspname || '.' || c.relname, EXISTS (
                   SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn tenant_tables(client: &Client) -> Vec<String> {
    let tables = tables(client).await.into_iter();
    tables.filter(|t| t.1).map(|t| t.0).collect()
}

async fn count(client: &Client, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    client.query_one(&sql, &[]).await.unwrap().get(0)
}

/// Puts a row of a tenant's into each of its tables that has none, as one must be whose migration
/// came after this test.
async fn fill_what_is_empty(superuser: &Client, tenant: TenantId) {
    for table in tenant_tables(superuser).await {
        let sql = format!("SELECT EXISTS (SELECT FROM {table} WHERE tenant_id = $1)");
        if superuser
            .query_one(&sql, &[&tenant.0])
            .await
            .unwrap()
            .get(0)
        {
            continue;
        }
        let values = "SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                string_agg(CASE WHEN a.attname = 'tenant_id' THEN quote_literal($2::text) || '::uuid'
                    ELSE CASE t.typname WHEN 'uuid' THEN 'gen_random_uuid()'
                         WHEN 'bytea' THEN 'decode(''00'', ''hex'')' WHEN 'date' THEN 'DATE ''2026-03-02'''
                         WHEN 'bool' THEN 'false' WHEN 'jsonb' THEN 'jsonb_build_object()'
                         ELSE '1' END END, ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped";
        let named = tenant.to_string();
        let row = superuser
            .query_one(values, &[&table, &named])
            .await
            .unwrap();
        let (columns, values): (String, String) = (row.get(0), row.get(1));
        let insert = format!("INSERT INTO {table} ({columns}) VALUES ({values})");
        superuser.batch_execute(&insert).await.unwrap();
    }
}

async fn refused(client: &Client, sql: &str) {
    let error = client.batch_execute(sql).await.unwrap_err();
    assert_eq!(
        error.code(),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE),
        "{sql}: {error:?}"
    );
    client.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn every_table_is_a_tenants_and_guarded_or_known_to_be_nobodys() {
    let database = Database::fresh().await;
    let client = raw(&database.superuser()).await;
    let (tenants, others): (Vec<_>, Vec<_>) = tables(&client).await.into_iter().partition(|t| t.1);
    let names = |tables: Vec<(String, bool)>| -> BTreeSet<String> {
        tables.into_iter().map(|t| t.0).collect()
    };
    let nobodys = PLATFORM_TABLES.iter().map(|t| format!("raally.{t}"));
    let nobodys = nobodys.chain(STREAM_TABLES.map(str::to_owned));
    assert_eq!(names(others), nobodys.collect());
    let tenants = names(tenants);
    for table in KNOWN_TENANT_TABLES {
        assert!(tenants.contains(table), "{table} is no tenant's any more");
    }
    let sql = "SELECT c.relname::text FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND (a.attname = 'tenant_id'
                   OR a.attname = 'stream' AND c.relnamespace = 'audit'::regnamespace)
               LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
               WHERE c.relkind = 'r' AND NOT coalesce(
                   c.relrowsecurity AND c.relforcerowsecurity AND i.indkey[0] = a.attnum, false)";
    let unguarded = client.query(sql, &[]).await.unwrap();
    let unguarded: Vec<String> = unguarded.iter().map(|row| row.get(0)).collect();
    assert_eq!(unguarded, [""; 0]);
    // Written by appends alone, which look for themselves.
    let by_appends = ["raally.closings", "raally.events", "raally.personal_values"];
    let sql = "SELECT c.relnamespace::regnamespace::text || '.' || c.relname, EXISTS (
                   SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'keeper'),
                   EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'refuse_closed')
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
               WHERE c.relkind = 'r'";
    for row in client.query(sql, &[]).await.unwrap() {
        let table: String = row.get(0);
        assert!(row.get::<_, bool>(1), "the keeper cannot erase {table}");
        let guarded: bool = row.get(2);
        assert!(guarded || by_appends.contains(&&*table), "{table}");
    }
}

/// What a migration does for a table of its own is one call.
#[tokio::test]
async fn a_table_that_is_adopted_is_guarded_and_erased_without_being_named() {
    let database = Database::fresh().await;
    let store = database.store().await;
    let (ana, ben) = (fill_and_suspend(&store, 1).await, fill(&store, 2).await);
    let owner = raw(&database.owner()).await;
    let make = "CREATE TABLE raally.badges (
                    tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
                SELECT raally.adopt_tenant_table('raally.badges')";
    owner.batch_execute(make).await.unwrap();
    let client = raw(&database.application()).await;
    let scope = |tenant| format!("BEGIN; SELECT set_config('raally.tenant_id', '{tenant}', true);");
    let insert = |tenant| {
        format!(
            "INSERT INTO raally.badges SELECT '{tenant}', gen_random_uuid() FROM generate_series(1, 9)"
        )
    };
    for tenant in [ana.tenant, ben.tenant] {
        let own = format!("{} {}; COMMIT", scope(tenant), insert(tenant));
        client.batch_execute(&own).await.unwrap();
    }
    let others = format!("{} {}", scope(ana.tenant), insert(ben.tenant));
    refused(&client, &others).await;
    assert_eq!(count(&client, "raally.badges").await, 0);
    let superuser = raw(&database.superuser()).await;
    assert_eq!(count(&superuser, "raally.badges").await, 18);

    let at = raally_app::contract::moment(1);
    assert!(store.close(ana.tenant, ana.tenant.0, at).await.unwrap());
    while store.erase(ana.tenant, 3).await.unwrap() > 0 {}
    assert_eq!(
        count(&superuser, "raally.badges").await,
        9,
        "another's stay"
    );
    let late = format!("{} {}", scope(ana.tenant), insert(ana.tenant));
    let error = client.batch_execute(&late).await.unwrap_err();
    assert_eq!(error.code().map(SqlState::code), Some("RY003"));
    client.batch_execute("ROLLBACK").await.unwrap();

    let unkeyed = "CREATE TABLE raally.loose (tenant_id uuid NOT NULL);
                   SELECT raally.adopt_tenant_table('raally.loose')";
    owner.batch_execute(unkeyed).await.unwrap_err();
}

#[tokio::test]
async fn a_connection_without_a_tenant_sees_nothing() {
    let database = Database::fresh().await;
    let store = database.store().await;
    let ana = fill_and_suspend(&store, 1).await;
    let ben = fill_and_suspend(&store, 2).await;
    let superuser = raw(&database.superuser()).await;
    for tenant in [ana.tenant, ben.tenant] {
        fill_what_is_empty(&superuser, tenant).await;
    }
    for table in tenant_tables(&superuser).await {
        assert!(count(&superuser, &table).await >= 2, "{table} is empty");
    }
    for login in [database.application(), database.owner()] {
        let client = raw(&login).await;
        for table in tenant_tables(&superuser).await {
            assert_eq!(count(&client, &table).await, 0, "{table}");
        }
        for tenant in [ana.tenant, ben.tenant] {
            let begin = format!("BEGIN; SELECT set_config('raally.tenant_id', '{tenant}', true)");
            client.batch_execute(&begin).await.unwrap();
            for table in tenant_tables(&superuser).await {
                let sql = format!("SELECT count(*), bool_and(tenant_id = $1) FROM {table}");
                let row = client.query_one(&sql, &[&tenant.0]).await.unwrap();
                assert!(row.get::<_, i64>(0) >= 1, "{table}");
                assert_eq!(row.get::<_, Option<bool>>(1), Some(true), "{table}");
            }
            client.batch_execute("COMMIT").await.unwrap();
            // What a transaction set ended with it.
            for table in tenant_tables(&superuser).await {
                assert_eq!(count(&client, &table).await, 0, "{table} afterwards");
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_written_for_another_tenant() {
    let database = Database::fresh().await;
    let store = database.store().await;
    let (ana, ben) = (fill(&store, 1).await.tenant, fill(&store, 2).await.tenant);
    let client = raw(&database.application()).await;
    let own = format!("BEGIN; SELECT set_config('raally.tenant_id', '{ana}', true);");
    for sql in [
        format!("UPDATE raally.inbox SET tenant_id = '{ben}'"),
        format!("INSERT INTO raally.inbox (tenant_id, consumer, seq) VALUES ('{ben}', 'x', 1)"),
        format!(
            "INSERT INTO raally.streams (tenant_id, epoch, seq, hash) VALUES ('{ben}', 1, 1, '')"
        ),
    ] {
        refused(&client, &format!("{own} {sql}")).await;
        refused(&client, &sql.replace(&format!("UPDATE raally.inbox SET tenant_id = '{ben}'"),
            "INSERT INTO raally.inbox (tenant_id, consumer, seq) VALUES (gen_random_uuid(), 'x', 1)")).await;
    }
    let all = format!("{own} DELETE FROM raally.snapshots; DELETE FROM raally.answers; COMMIT");
    client.batch_execute(&all).await.unwrap();
    let superuser = raw(&database.superuser()).await;
    for table in ["raally.snapshots", "raally.answers"] {
        assert_eq!(count(&superuser, table).await, 1, "{table}");
    }
}

#[tokio::test]
async fn the_application_adds_to_logs_and_cannot_alter_them() {
    let database = Database::fresh().await;
    let tenant = fill(&database.store().await, 1).await.tenant;
    let client = raw(&database.application()).await;
    for sql in [
        "UPDATE raally.events SET body = '{}'",
        "DELETE FROM raally.events",
        "TRUNCATE raally.events",
        "UPDATE raally.streams SET epoch = 2",
        "DELETE FROM raally.streams",
        "UPDATE raally.account_events SET body = '{}'",
        "DELETE FROM raally.account_events",
        "DELETE FROM raally.account_streams",
        "UPDATE raally.secrets SET value = ''",
        "INSERT INTO raally.migrations VALUES (99, '0099_x', '')",
        "CREATE TABLE raally.mine (n int)",
        "ALTER TABLE raally.events NO FORCE ROW LEVEL SECURITY",
        "SET ROLE raally_keeper",
        "UPDATE audit.entries SET body = '{}'",
        "DELETE FROM audit.entries",
        "TRUNCATE audit.entries",
        "CREATE TABLE audit.mine (n int)",
    ] {
        let own = format!("BEGIN; SELECT set_config('raally.tenant_id', '{tenant}', true); {sql}");
        refused(&client, &own).await;
    }
}

#[tokio::test]
async fn audit_entries_are_seen_a_stream_at_a_time() {
    let database = Database::fresh().await;
    let store = database.store().await;
    let (ana, ben) = (fill(&store, 1).await, fill(&store, 2).await);
    let superuser = raw(&database.superuser()).await;
    assert!(count(&superuser, "audit.entries").await >= 2);
    for login in [database.application(), database.owner()] {
        let client = raw(&login).await;
        assert_eq!(count(&client, "audit.entries").await, 0);
        let set = format!(
            "SELECT set_config('raally.stream', 'tenant/{}', false)",
            ana.tenant
        );
        client.batch_execute(&set).await.unwrap();
        let sql = "SELECT DISTINCT stream FROM audit.entries";
        let seen = client.query(sql, &[]).await.unwrap();
        let seen: Vec<String> = seen.iter().map(|row| row.get(0)).collect();
        assert_eq!(seen, [format!("tenant/{}", ana.tenant)]);
        let insert = format!(
            "INSERT INTO audit.entries VALUES ('tenant/{}', 99, 0, '', '')",
            ben.tenant
        );
        refused(&client, &insert).await;
    }
}

#[tokio::test]
async fn a_reader_reads_the_reporting_tables_and_nothing_else() {
    let database = Database::fresh().await;
    let store = database.store().await;
    fill(&store, 1).await;
    fill(&store, 2).await;
    let client = raw(&database.superuser()).await;
    client
        .batch_execute("SET ROLE raally_reader")
        .await
        .unwrap();
    let superuser = raw(&database.superuser()).await;
    let tables = tenant_tables(&superuser).await;
    let tables: Vec<_> = tables
        .iter()
        .filter(|t| t.starts_with("reporting."))
        .collect();
    assert!(tables.len() >= 6);
    for table in tables {
        assert_eq!(count(&client, table).await, 2, "{table}");
        refused(&client, &format!("DELETE FROM {table}")).await;
        refused(&client, &format!("INSERT INTO {table} DEFAULT VALUES")).await;
    }
    for sql in [
        "SELECT FROM raally.events",
        "SELECT FROM raally.personal_values",
        "SELECT FROM audit.entries",
        "SELECT raally.tenants_with_log()",
        "CREATE TABLE reporting.mine (n int)",
    ] {
        refused(&client, sql).await;
    }
}

#[tokio::test]
async fn only_the_application_looks_across_tenants() {
    let database = Database::fresh().await;
    fill(&database.store().await, 1).await;
    let sql = "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname IN ('raally', 'audit', 'reporting') AND p.prosecdef AND (
                   has_function_privilege('public', p.oid, 'EXECUTE')
                   OR pg_get_userbyid(p.proowner) <> 'raally_keeper'
                   OR NOT 'search_path=pg_catalog, pg_temp' = ANY (p.proconfig))";
    let client = raw(&database.superuser()).await;
    let open = client.query(sql, &[]).await.unwrap();
    let open: Vec<String> = open.iter().map(|row| row.get(0)).collect();
    assert_eq!(open, [""; 0]);
    let client = raw(&database.application()).await;
    let listed = client.query("SELECT * FROM raally.tenants_with_log()", &[]);
    assert_eq!(listed.await.unwrap().len(), 1);
    client
        .batch_execute("SET ROLE raally_keeper")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn of_a_closed_tenant_nothing_is_left_in_any_table() {
    let database = Database::fresh().await;
    let store = database.store().await;
    let (ana, ben) = (fill_and_suspend(&store, 1).await, fill(&store, 2).await);
    let superuser = raw(&database.superuser()).await;
    fill_what_is_empty(&superuser, ana.tenant).await;
    let tables = tenant_tables(&superuser).await;
    let rows = async |table: &str, tenant| -> i64 {
        let sql = format!("SELECT count(*) FROM {table} WHERE tenant_id = $1");
        let row = superuser.query_one(&sql, &[&tenant]).await.unwrap();
        row.get(0)
    };
    for table in &tables {
        assert!(rows(table, ana.tenant.0).await >= 1, "{table} is empty");
    }
    let at = raally_app::contract::moment(1);
    let closed = store.close(ana.tenant, ana.tenant.0, at).await;
    assert!(closed.unwrap());
    while store.erase(ana.tenant, 3).await.unwrap() > 0 {}
    // That it was closed, and the saga that did it.
    let kept = ["raally.closings", "raally.sagas"];
    for table in &tables {
        let left = rows(table, ana.tenant.0).await;
        assert_eq!(left, i64::from(kept.contains(&&**table)), "{table}");
        let others = rows(table, ben.tenant.0).await;
        if KNOWN_TENANT_TABLES.contains(&&**table) {
            assert_eq!(others >= 1, table != "raally.closings", "{table}");
        }
    }
    let entries = "SELECT count(*) FROM audit.entries WHERE stream = $1";
    for (tenant, left) in [(ana.tenant, 0_i64), (ben.tenant, 1)] {
        let stream = format!("tenant/{tenant}");
        let row = superuser.query_one(entries, &[&stream]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), left, "{stream}");
    }
    let own = format!(
        "BEGIN; SELECT set_config('raally.tenant_id', '{}', true); ",
        ana.tenant
    );
    let client = raw(&database.application()).await;
    // What was closed stays closed.
    let reopen = format!("{own} UPDATE raally.closings SET closed_at = NULL");
    refused(&client, &reopen).await;
    let forget = format!("{own} DELETE FROM raally.closings; COMMIT");
    client.batch_execute(&forget).await.unwrap();
    assert_eq!(rows("raally.closings", ana.tenant.0).await, 1);
}
