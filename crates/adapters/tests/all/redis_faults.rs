//! Redis killed, hung, back, or turned into a replica. Each case has a server of its own.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use raally_adapters::cache::{RedisCache, RedisLink, RedisSettings};
use raally_app::ports::Cache;

const LONG: Duration = Duration::from_secs(600);

/// A Redis server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(port: u16) -> Server {
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing: run 'scripts/engines install redis'");
        let server = Server { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "Redis did not start within 20 s");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn kill(mut self) -> u16 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.port
    }

    fn cli(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(command)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn cache(&self) -> RedisCache {
        let address = format!("redis://127.0.0.1:{}/0", self.port);
        RedisCache::new(
            RedisLink::new(RedisSettings::new(&address)).unwrap(),
            "test",
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn one() -> Bytes {
    Bytes::from_static(b"1")
}

/// Tries until it works again, which it must without anybody's help.
async fn comes_back(cache: &RedisCache) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = cache.put("back", one(), LONG).await {
        assert!(Instant::now() < deadline, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(cache.get("back").await.unwrap(), Some(one()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_fail_quickly_while_redis_is_away_and_work_once_it_is_back() {
    let server = Server::start(free_port());
    let cache = server.cache();
    let mut heard = cache.listen("heads").await.unwrap();
    comes_back(&cache).await;
    let port = server.kill();

    let began = Instant::now();
    for _ in 0..200 {
        cache.get("a").await.unwrap_err();
        cache.increment("n", 1, LONG).await.unwrap_err();
        cache.announce("heads", one()).await.unwrap_err();
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "600 calls took {took:?}");

    let _server = Server::start(port);
    comes_back(&cache).await;
    let hears = async {
        loop {
            cache.announce("heads", one()).await.unwrap();
            let soon = Duration::from_millis(100);
            if let Ok(said) = tokio::time::timeout(soon, heard.recv()).await {
                return said.unwrap();
            }
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(10), hears).await;
    assert_eq!(said.expect("the listener was to hear again"), one());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_holds_nobody_up() {
    let server = Server::start(free_port());
    let cache = server.cache();
    comes_back(&cache).await;
    let pid = server.child.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(signal("-STOP").success());
    let began = Instant::now();
    for _ in 0..200 {
        cache.get("back").await.unwrap_err();
    }
    let took = began.elapsed();
    assert!(signal("-CONT").success());
    assert!(took < Duration::from_secs(2), "200 calls took {took:?}");
    comes_back(&cache).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_became_a_replica_is_left_for_the_new_one() {
    // The address stays and leads to the new primary: as a name would after a failover.
    let old = Server::start(free_port());
    let new = Server::start(free_port());
    let proxy = crate::support::Proxy::start(old.port).await;
    let address = format!("redis://127.0.0.1:{}/0", proxy.port);
    let cache = RedisCache::new(
        RedisLink::new(RedisSettings::new(&address)).unwrap(),
        "test",
    );
    comes_back(&cache).await;

    assert_eq!(
        old.cli(&["replicaof", "127.0.0.1", &new.port.to_string()])
            .trim(),
        "OK"
    );
    proxy.lead_to(new.port);
    // The connection that is open still leads to the old one, which refuses to write.
    let refused = old.cli(&["set", "a", "1"]);
    assert!(refused.starts_with("READONLY"), "{refused}");
    assert!(cache.put_if_absent("lock", one(), LONG).await.unwrap());
    assert_eq!(new.cli(&["get", "raally:lock"]).trim(), "1");
    comes_back(&cache).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flushed_server_is_an_empty_cache() {
    let server = Server::start(free_port());
    let cache = server.cache();
    comes_back(&cache).await;
    assert_eq!(cache.increment("n", 5, LONG).await.unwrap(), 5);
    server.cli(&["flushall"]);
    server.cli(&["script", "flush"]);
    assert_eq!(cache.get("back").await.unwrap(), None);
    assert_eq!(cache.increment("n", 1, LONG).await.unwrap(), 1);
}
