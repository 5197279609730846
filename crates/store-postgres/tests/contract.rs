//! The contract suites of Store, AuditStore, Identity, Traces and StoreMetrics, on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

use std::sync::Arc;

use raally_store_postgres::PostgresStore;
use raally_store_postgres::testing::Database;

async fn open() -> (Arc<PostgresStore>, Box<Database>) {
    let database = Database::fresh().await;
    (Arc::new(database.store().await), Box::new(database))
}

mod store {
    use raally_app::contract::store::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            identity: store,
            keep,
        }
    }
    raally_app::store_contract!(fresh);
}

mod audit {
    use raally_app::contract::audit::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            audit: store.clone(),
            store,
            keep,
        }
    }
    raally_app::audit_contract!(fresh);
}

mod store_metrics {
    use raally_app::contract::store_metrics::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            traces: store.clone(),
            store_metrics: store,
            keep,
        }
    }
    raally_app::store_metrics_contract!(fresh);
}

mod identity {
    use raally_app::contract::identity::Subject;

    async fn fresh() -> Subject {
        let (identity, keep) = super::open().await;
        Subject { identity, keep }
    }
    raally_app::identity_contract!(fresh);
}

mod notifications {
    use raally_app::contract::notifications::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            notifications: store,
            keep,
        }
    }
    raally_app::notifications_contract!(fresh);
}

mod webhooks {
    use raally_app::contract::webhooks::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            webhooks: store,
            keep,
        }
    }
    raally_app::webhooks_contract!(fresh);
}

mod sagas {
    use raally_app::contract::sagas::Subject;

    async fn fresh() -> Subject {
        let (sagas, keep) = super::open().await;
        Subject { sagas, keep }
    }
    raally_app::sagas_contract!(fresh);
}

mod deletion {
    use raally_app::contract::deletion::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            identity: store.clone(),
            sagas: store.clone(),
            deletion: store,
            keep,
        }
    }
    raally_app::deletion_contract!(fresh);
}

mod epochs {
    use raally_app::contract::epochs::Subject;

    async fn fresh() -> Subject {
        let (store, keep) = super::open().await;
        Subject {
            store: store.clone(),
            epochs: store,
            keep,
        }
    }
    raally_app::epochs_contract!(fresh);
}
