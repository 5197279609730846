//! Certificates are verified, whatever `sslmode` says.

use crate::support::cluster::Cluster;
use raally_app::ports::Store;
use raally_store_postgres::testing::Database;
use raally_store_postgres::{Config, OpenError, PostgresStore};
use tokio_postgres::config::SslMode;

async fn refused(config: &Config) -> String {
    match PostgresStore::connect(config.clone()).await {
        Err(OpenError::Unreachable { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it connected"),
    }
}

#[tokio::test]
async fn a_server_is_who_its_certificate_says_or_is_not_talked_to() {
    let cluster = Cluster::start();
    let mut database = Database::empty_in(cluster.config()).await;
    raally_store_postgres::migrate(&database.owner())
        .await
        .unwrap();
    let authority = cluster.require_tls();
    let login = database.application().primary;
    let mut named = tokio_postgres::Config::new();
    named.host("localhost").port(login.get_ports()[0]);
    named.user(login.get_user().unwrap()).dbname(&database.name);
    let mut config = database.application();
    config.primary = named;
    config.primary.ssl_mode(SslMode::Require);

    let reason = refused(&config).await;
    assert!(reason.contains("certificate"), "{reason}");
    config.ca_file = Some(authority);
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store.ping().await.unwrap();
    config.primary.ssl_mode(SslMode::Disable);
    let reason = refused(&config).await;
    assert!(reason.contains("no encryption"), "{reason}");
    // The right authority, another name.
    config.primary = login;
    config.primary.ssl_mode(SslMode::Require);
    let reason = refused(&config).await;
    assert!(reason.contains("certificate"), "{reason}");
    // The folder goes, and the database with it.
    database.leave();
}
