//! What leasing deliveries costs on PostgreSQL.

use raally_store_postgres::testing::{Database, raw};

/// Whoever posts to an endpoint that takes nothing has tens of thousands waiting.
#[tokio::test]
async fn leasing_reads_no_more_than_it_takes_however_many_wait() {
    let database = Database::fresh().await;
    let client = raw(&database.superuser()).await;
    let change = async |sql: &str| client.batch_execute(sql).await.unwrap();
    let tenant = "00000000-0000-0000-0000-000000000001";
    for (endpoint, rests_until) in [(1, 0), (2, 1_000_000)] {
        let endpoint = format!("00000000-0000-0000-0000-00000000000{endpoint}");
        change(&format!(
            "INSERT INTO raally.webhook_endpoints (tenant_id, endpoint_id, created_at, rests_until, body)
             VALUES ('{tenant}', '{endpoint}', 1, {rests_until}, '{{}}');
             INSERT INTO raally.webhook_deliveries
                 (tenant_id, endpoint_id, delivery_id, created_at, next_at, status, event_type, body, attempts)
             SELECT '{tenant}', '{endpoint}', gen_random_uuid(), n, n, 'pending', 'team.created', '{{}}', '[]'
             FROM generate_series(1, 5000) n"
        ))
        .await;
    }
    change("ANALYZE raally.webhook_deliveries").await;
    change("BEGIN").await;
    let lease = "SELECT count(*) FROM raally.lease_due_deliveries('one', 9000, 9999, 4, 16, 64)";
    let leased: i64 = client.query_one(lease, &[]).await.unwrap().get(0);
    assert_eq!(leased, 4, "the other endpoint rests");
    let read = "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
                FROM pg_stat_xact_user_tables WHERE relname = 'webhook_deliveries'";
    let read: i64 = client.query_one(read, &[]).await.unwrap().get(0);
    assert!(read < 50, "{read} rows were read for 4");
    change("COMMIT").await;
}
