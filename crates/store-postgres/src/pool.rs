//! Connections, and the only ways through them: a tenant's scope, or a statement that is known
//! not to touch a tenant's table.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Connect, Hook, HookError, Manager, ManagerConfig, Object, PoolError,
    RecyclingMethod, Runtime,
};
use futures::TryStreamExt;
use raally_app::ports::{Connections, StoreError};
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::{Config, PasswordSource, place};
use crate::fault::{Fault, FaultKind, of, say};
use crate::platform::Platform;
use crate::rows::int;
use crate::tls;

pub(crate) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What a statement brought.
pub(crate) struct Reply {
    pub(crate) rows: Vec<Row>,
    /// How many rows it changed.
    pub(crate) changed: u64,
}

/// Connections to one server.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: deadpool_postgres::Pool,
    wait: Duration,
    /// How long an answer may take until the connection is given up.
    patience: Duration,
    pub(crate) place: Arc<str>,
}

impl Pool {
    /// Makes the pool; connections are made when they are needed.
    pub(crate) fn new(config: &Config, session: tokio_postgres::Config) -> Result<Pool, String> {
        let place = place(&session).into();
        let connector = Connector {
            tls: tls::connector(config.ca_file.as_deref()).map_err(|e| e.to_string())?,
            password: config.password.clone(),
        };
        let manager = Manager::from_connect(
            session,
            connector,
            ManagerConfig {
                // Looks whether it is closed, and asks nothing of the server.
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let max_lifetime = config.max_lifetime;
        let connections = deadpool_postgres::Pool::builder(manager)
            .max_size(config.connections)
            .runtime(Runtime::Tokio1)
            .queue_mode(deadpool_postgres::QueueMode::Lifo)
            .pre_recycle(Hook::sync_fn(move |_, metrics| {
                if metrics.age() > max_lifetime {
                    return Err(HookError::message("it has lived long enough"));
                }
                Ok(())
            }))
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Pool {
            connections,
            wait: config.wait,
            patience: config.statement + Duration::from_secs(2),
            place,
        })
    }

    /// How its connections are used; `server` names it.
    pub(crate) fn use_of(&self, server: &'static str) -> Connections {
        let status = self.connections.status();
        Connections {
            server,
            most: status.max_size as u64,
            open: status.size as u64,
            idle: status.available as u64,
            waiting: status.waiting as u64,
        }
    }

    /// The scope of one tenant: the only way to its tables.
    pub(crate) fn of(&self, tenant: TenantId) -> Scope<'_> {
        Scope { pool: self, tenant }
    }

    /// Asks once more on another connection if the first turns out to have been lost.
    pub(crate) async fn read(
        &self,
        sql: Platform,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.reading(None, sql.sql(), params).await
    }

    pub(crate) async fn write(&self, sql: Platform, params: Params<'_>) -> Result<Reply, Fault> {
        self.once(None, sql.sql(), params).await
    }

    pub(crate) fn error(&self, fault: &Fault) -> StoreError {
        fault.to_error(&self.place)
    }

    async fn reading(
        &self,
        tenant: Option<TenantId>,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut reply = self.once(tenant, sql, params).await;
        if reply
            .as_ref()
            .is_err_and(|fault| fault.kind() == FaultKind::Lost)
        {
            reply = self.once(tenant, sql, params).await;
        }
        reply
            .map(|reply| reply.rows)
            .map_err(|fault| self.error(&fault))
    }

    async fn once(
        &self,
        tenant: Option<TenantId>,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Reply, Fault> {
        let connection = self.connection().await?;
        let asking = async { Ok(ask(&connection.client, tenant, sql, params).await?) };
        let answered = self.patiently(asking).await;
        connection.kept(answered)
    }

    /// Bounds the time that an answer may take.
    pub(crate) async fn patiently<T>(
        &self,
        asking: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        timeout(self.patience, asking)
            .await
            .unwrap_or(Err(Fault::Silent))
    }

    /// A connection, within the time that a request may wait for one.
    pub(crate) async fn connection(&self) -> Result<Connection<'_>, Fault> {
        let getting = async {
            match self.connections.get().await {
                // The server was restarted while we signed in.
                Err(PoolError::Backend(error))
                    if error.code().is_some() && of(&error) == FaultKind::Lost =>
                {
                    self.connections.get().await
                }
                other => other,
            }
        };
        let client = timeout(self.wait, getting)
            .await
            .map_err(|_| Fault::Busy)?
            .map_err(|error| match error {
                PoolError::Backend(error) => match Fault::Server(error) {
                    fault if matches!(fault.kind(), FaultKind::Refused) => fault,
                    Fault::Server(error) => Fault::Away(say(&error)),
                    fault => fault,
                },
                other => Fault::Away(other.to_string()),
            })?;
        Ok(Connection { pool: self, client })
    }
}

/// A connection that is ours for now.
pub(crate) struct Connection<'p> {
    pool: &'p Pool,
    client: Object,
}

impl Connection<'_> {
    /// Gives the connection back, or up if the fault says so. The idle ones go with it: they lead
    /// to the same server.
    pub(crate) fn kept<T>(self, answered: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &answered
            && fault.breaks_connection()
        {
            self.pool.connections.retain(|_, _| false);
            drop(Object::take(self.client));
        }
        answered
    }

    pub(crate) async fn query(&self, sql: Platform, params: Params<'_>) -> Result<Reply, Error> {
        ask(&self.client, None, sql.sql(), params).await
    }

    /// A transaction of several statements; undone when it is dropped before its commit.
    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        self.client.transaction().await.map(Transaction)
    }
}

pub(crate) struct Transaction<'c>(deadpool_postgres::Transaction<'c>);

impl Transaction<'_> {
    pub(crate) async fn query(&self, sql: Platform, params: Params<'_>) -> Result<Reply, Error> {
        let statement = self.0.prepare_cached(sql.sql()).await?;
        let rows = self.0.query_raw(&statement, params.iter().copied()).await?;
        collect(rows).await
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.0.commit().await
    }
}

/// Statements that see one tenant's rows and no others.
pub(crate) struct Scope<'p> {
    pool: &'p Pool,
    tenant: TenantId,
}

impl Scope<'_> {
    /// Asks once more on another connection if the first turns out to have been lost. `$1` and so
    /// on are the parameters; the tenant is among them where the statement needs it.
    pub(crate) async fn read(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.pool.reading(Some(self.tenant), sql, params).await
    }

    /// Asks a replica, if it has reached that head; `None` if it has not.
    pub(crate) async fn read_since(
        &self,
        head: Head,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Option<Vec<Row>>, Fault> {
        let connection = self.pool.connection().await?;
        let asking = async {
            let asked = ask_since(&connection.client, self.tenant, head, sql, params);
            Ok(asked.await?)
        };
        let answered = self.pool.patiently(asking).await;
        connection.kept(answered)
    }

    /// Returns how many rows it changed.
    pub(crate) async fn write(&self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        let reply = self.writing(sql, params).await;
        reply.map(|reply| reply.changed)
    }

    /// Returns the rows that a statement says it changed.
    pub(crate) async fn write_returning(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let reply = self.writing(sql, params).await;
        reply.map(|reply| reply.rows)
    }

    async fn writing(&self, sql: &str, params: Params<'_>) -> Result<Reply, StoreError> {
        let reply = self.pool.once(Some(self.tenant), sql, params).await;
        reply.map_err(|fault| self.pool.error(&fault))
    }
}

/// One round trip once the statement is prepared: the transaction that sets the tenant, the
/// statement and the commit are sent together. If the caller goes away in between, all of them
/// have been sent, so the connection is left outside a transaction in any case.
async fn ask(
    client: &ClientWrapper,
    tenant: Option<TenantId>,
    sql: &str,
    params: Params<'_>,
) -> Result<Reply, Error> {
    let statement = client.prepare_cached(sql).await?;
    let Some(tenant) = tenant else {
        return run(client, &statement, params).await;
    };
    let begin = format!("BEGIN; SELECT set_config('raally.tenant_id', '{tenant}', true)");
    let (began, reply, ended) = tokio::join!(
        biased;
        client.batch_execute(&begin),
        run(client, &statement, params),
        client.batch_execute("COMMIT"),
    );
    began?;
    let reply = reply?;
    ended?;
    Ok(reply)
}

/// Like `ask`, of a replica that may lag. It only ever moves on, so what it answers after it has
/// said that it has reached the head is not older.
async fn ask_since(
    client: &ClientWrapper,
    tenant: TenantId,
    head: Head,
    sql: &str,
    params: Params<'_>,
) -> Result<Option<Vec<Row>>, Error> {
    let reached = "SELECT (epoch, seq) >= ($2, $3) FROM raally.streams WHERE tenant_id = $1";
    let reached = client.prepare_cached(reached).await?;
    let statement = client.prepare_cached(sql).await?;
    let begin = format!("BEGIN; SELECT set_config('raally.tenant_id', '{tenant}', true)");
    let (epoch, seq) = (i64::from(head.epoch), int(head.seq));
    let wanted: [&(dyn ToSql + Sync); 3] = [&tenant.0, &epoch, &seq];
    let (began, reached, reply, ended) = tokio::join!(
        biased;
        client.batch_execute(&begin),
        run(client, &reached, &wanted),
        run(client, &statement, params),
        client.batch_execute("COMMIT"),
    );
    began?;
    let reached = match reached?.rows.first() {
        Some(row) => row.try_get(0)?,
        None => false,
    };
    let reply = reply?;
    ended?;
    Ok(reached.then_some(reply.rows))
}

async fn run(
    client: &ClientWrapper,
    statement: &Statement,
    params: Params<'_>,
) -> Result<Reply, Error> {
    collect(client.query_raw(statement, params.iter().copied()).await?).await
}

async fn collect(stream: tokio_postgres::RowStream) -> Result<Reply, Error> {
    futures::pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    let changed = stream.rows_affected().unwrap_or_default();
    Ok(Reply { rows, changed })
}

/// Makes connections with the password of the moment.
struct Connector {
    tls: MakeRustlsConnect,
    password: Option<PasswordSource>,
}

type Connecting<'a> = Pin<
    Box<dyn Future<Output = Result<(tokio_postgres::Client, JoinHandle<()>), Error>> + Send + 'a>,
>;

impl Connect for Connector {
    fn connect(&self, session: &tokio_postgres::Config) -> Connecting<'_> {
        let mut session = session.clone();
        match self.password.as_ref().map(|password| password()) {
            Some(Ok(password)) => drop(session.password(password)),
            Some(Err(error)) => tracing::warn!(%error, "PostgreSQL's password cannot be read"),
            None => {}
        }
        let tls = self.tls.clone();
        Box::pin(async move {
            let (client, connection) = session.connect(tls).await?;
            let task = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::info!(error = say(&error), "a connection to PostgreSQL ended");
                }
            });
            Ok((client, task))
        })
    }
}
