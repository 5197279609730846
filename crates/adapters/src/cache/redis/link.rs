//! The connection to Redis: made when it is needed, made anew when it fails, never waited for long.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo, Pipeline, RedisError, RedisFuture, RedisResult, ScriptInvocation,
    ServerErrorKind, TlsCertificates, Value,
};

use crate::PasswordSource;

/// Where Redis is and how long to wait for it.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://` addresses: one of a single server, or some nodes of a cluster.
    pub addresses: Vec<String>,
    /// The addresses are nodes of a cluster.
    pub cluster: bool,
    /// Stands above a password in the addresses.
    pub password: Option<PasswordSource>,
    /// PEM certificates to trust; by default the system's. Read again with every connection.
    pub ca_file: Option<PathBuf>,
    /// What every key and channel begins with.
    pub prefix: String,
    /// How long a call waits at most.
    pub timeout: Duration,
    /// For how long calls fail at once after one has failed for want of Redis.
    pub pause: Duration,
}

impl RedisSettings {
    /// A single server.
    #[must_use]
    pub fn new(address: &str) -> RedisSettings {
        RedisSettings {
            addresses: vec![address.to_owned()],
            cluster: false,
            password: None,
            ca_file: None,
            prefix: "raally:".to_owned(),
            timeout: Duration::from_millis(200),
            pause: Duration::from_millis(500),
        }
    }
}

/// Commands of many tasks share one connection to each node.
#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Connection::Single(c) => c.req_packed_command(cmd),
            Connection::Cluster(c) => c.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Connection::Single(c) => c.req_packed_commands(pipeline, offset, count),
            Connection::Cluster(c) => c.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Connection::Single(c) => c.get_db(),
            Connection::Cluster(c) => c.get_db(),
        }
    }
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Tells a connection from the one before it.
    generation: u64,
    /// Until then Redis is taken to be away.
    away_until: Option<Instant>,
}

/// A way to Redis over one connection, which many tasks share.
pub struct RedisLink {
    pub(super) settings: RedisSettings,
    servers: Vec<ConnectionInfo>,
    state: Mutex<State>,
    /// One connection is made at a time.
    connecting: tokio::sync::Mutex<()>,
}

fn away(why: &'static str) -> RedisError {
    RedisError::from((ErrorKind::Io, why))
}

/// Whether the connection is of no more use. After a failover the server at its other end may
/// have become a replica: a new one finds the primary.
fn is_spoilt(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::AuthenticationFailed
        || matches!(
            error.kind(),
            ErrorKind::Server(
                ServerErrorKind::ReadOnly
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::BusyLoading
            )
        )
}

impl RedisLink {
    /// Reads the settings; connects with the first call.
    ///
    /// # Errors
    /// When an address cannot be read.
    pub fn new(settings: RedisSettings) -> RedisResult<Arc<RedisLink>> {
        let addresses = settings.addresses.iter();
        let servers = addresses.map(|address| address.as_str().into_connection_info());
        let servers = servers.collect::<RedisResult<Vec<_>>>()?;
        if servers.is_empty() || (servers.len() > 1 && !settings.cluster) {
            let why = "a single Redis has one address";
            return Err(RedisError::from((ErrorKind::InvalidClientConfig, why)));
        }
        let is_tls =
            |server: &ConnectionInfo| matches!(server.addr(), ConnectionAddr::TcpTls { .. });
        if settings.ca_file.is_some() && !servers.iter().all(is_tls) {
            let why = "certificates to trust are named, and an address is not of rediss://";
            return Err(RedisError::from((ErrorKind::InvalidClientConfig, why)));
        }
        Ok(Arc::new(RedisLink {
            settings,
            servers,
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        }))
    }

    /// A way to the same servers over a connection of its own: on one connection every command waits
    /// for those before it to be sent and answered, however large.
    #[must_use]
    pub fn beside(&self) -> Arc<RedisLink> {
        Arc::new(RedisLink {
            settings: self.settings.clone(),
            servers: self.servers.clone(),
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        })
    }

    pub(crate) fn key(&self, key: &str) -> String {
        format!("{}{key}", self.settings.prefix)
    }

    async fn connect(&self) -> RedisResult<Connection> {
        let timeout = self.settings.timeout;
        if self.settings.cluster {
            let servers: RedisResult<Vec<_>> =
                (0..self.servers.len()).map(|i| self.at(i)).collect();
            let cluster = ClusterClient::builder(servers?)
                .connection_timeout(timeout)
                .response_timeout(timeout)
                .retries(2);
            let cluster = match self.trusted()? {
                Some(trusted) => cluster.certs(trusted),
                None => cluster,
            };
            let connection = cluster.build()?.get_async_connection().await;
            return connection.map(Connection::Cluster);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout));
        let client = self.client(0)?;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        connection.await.map(Connection::Single)
    }

    /// Whom to trust, where that is not those the system trusts.
    fn trusted(&self) -> RedisResult<Option<TlsCertificates>> {
        let Some(file) = &self.settings.ca_file else {
            return Ok(None);
        };
        let root_cert = Some(std::fs::read(file).map_err(RedisError::from)?);
        Ok(Some(TlsCertificates {
            client_tls: None,
            root_cert,
        }))
    }

    /// One of the servers, with the password that is right now.
    fn at(&self, turn: usize) -> RedisResult<ConnectionInfo> {
        let server = self.servers[turn % self.servers.len()].clone();
        let Some(source) = &self.settings.password else {
            return Ok(server);
        };
        let password = source().map_err(RedisError::from)?;
        let redis = server.redis_settings().clone().set_password(password);
        Ok(server.set_redis_settings(redis))
    }

    fn ready(&self) -> RedisResult<Option<(Connection, u64)>> {
        let state = self.state.lock();
        if state.away_until.is_some_and(|until| Instant::now() < until) {
            return Err(away("it did not answer a moment ago"));
        }
        let generation = state.generation;
        Ok(state.connection.clone().map(|c| (c, generation)))
    }

    async fn connection(&self) -> RedisResult<(Connection, u64)> {
        if let Some(ready) = self.ready()? {
            return Ok(ready);
        }
        let _one = self.connecting.lock().await;
        if let Some(ready) = self.ready()? {
            return Ok(ready);
        }
        let connection = self.connect().await?;
        let mut state = self.state.lock();
        state.generation += 1;
        state.connection = Some(connection.clone());
        Ok((connection, state.generation))
    }

    /// Gives up the connection, unless another has taken its place.
    fn spoil(&self, generation: Option<u64>) {
        let mut state = self.state.lock();
        if generation == Some(state.generation) {
            state.connection = None;
        }
    }

    fn pause(&self) {
        self.state.lock().away_until = Some(Instant::now() + self.settings.pause);
    }

    /// One try: what it answered, or why not and whether another connection may do better.
    async fn attempt<T, F>(&self, call: F) -> Result<T, (RedisError, bool)>
    where
        F: AsyncFnOnce(&mut Connection) -> RedisResult<T>,
    {
        if let Err(error) = self.ready() {
            return Err((error, false));
        }
        let mut generation = None;
        let work = async {
            let (mut connection, of) = self.connection().await?;
            generation = Some(of);
            call(&mut connection).await
        };
        let result = tokio::time::timeout(self.settings.timeout, work)
            .await
            .unwrap_or_else(|_| Err(away("it did not answer in time")));
        let error = match result {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if !is_spoilt(&error) {
            return Err((error, false));
        }
        self.spoil(generation);
        // An old connection may fail for its age alone.
        let worth = generation.is_some() && !error.is_timeout();
        if !worth {
            self.pause();
        }
        Err((error, worth))
    }

    /// Sends a command, once more over a new connection where the old one was cut or leads to a
    /// replica. `once` is for commands that must not be done twice: those are repeated only where
    /// the server has refused them.
    pub(crate) async fn query<T: FromRedisValue>(&self, cmd: &Cmd, once: bool) -> RedisResult<T> {
        match self.attempt(async |c| cmd.query_async(c).await).await {
            Err((error, true)) if !once || !error.is_io_error() => {
                self.again(async |c| cmd.query_async(c).await).await
            }
            result => result.map_err(|(error, _)| error),
        }
    }

    /// Whether its keys lie on several nodes.
    pub(crate) fn is_cluster(&self) -> bool {
        self.settings.cluster
    }

    /// Runs a script, as `query` sends a command: in one round trip where the server knows it.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
        once: bool,
    ) -> RedisResult<T> {
        match self.attempt(async |c| script.invoke_async(c).await).await {
            Err((error, true)) if !once || !error.is_io_error() => {
                self.again(async |c| script.invoke_async(c).await).await
            }
            result => result.map_err(|(error, _)| error),
        }
    }

    async fn again<T, F>(&self, call: F) -> RedisResult<T>
    where
        F: AsyncFnOnce(&mut Connection) -> RedisResult<T>,
    {
        self.attempt(call).await.map_err(|(error, worth)| {
            if worth {
                self.pause();
            }
            error
        })
    }

    /// A client that can be asked for a connection of its own, for announcements; each turn leads
    /// to the next server. Every node of a cluster hears what is announced on any.
    pub(super) fn client(&self, turn: usize) -> RedisResult<Client> {
        match self.trusted()? {
            Some(trusted) => Client::build_with_tls(self.at(turn)?, trusted),
            None => Client::open(self.at(turn)?),
        }
    }
}
