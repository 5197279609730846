//! Processes tell one another where logs stand, so that what one writes the others' readers and
//! followers see at once. Nothing rests on it: who hears nothing looks by itself within a second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use parking_lot::Mutex;
use raally_domain::event::Head;
use raally_domain::ids::TenantId;
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::ports::{Cache, CacheError};
use crate::tenants::Tenants;

const CHANNEL: &str = "heads";
/// What is written meanwhile goes into one announcement.
const GATHER: Duration = Duration::from_millis(2);
/// How long to wait before listening again after that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Where the epoch is not known: events do not say it.
pub(crate) const ANY_EPOCH: u32 = 0;
/// A tenant and its head: 16, 4 and 8 bytes, big-endian.
const ENTRY: usize = 28;

/// Commits of this process that others are to hear of.
#[derive(Default)]
pub struct Committed {
    /// For the relay.
    relay: Arc<Notify>,
    news: Mutex<HashMap<TenantId, Head>>,
    told: Notify,
}

impl Committed {
    /// Told after every commit here or, as far as it is heard of, elsewhere.
    #[must_use]
    pub fn relay(&self) -> Arc<Notify> {
        Arc::clone(&self.relay)
    }

    pub(crate) fn tell(&self, tenant: TenantId, head: Head) {
        self.relay.notify_one();
        let mut news = self.news.lock();
        // Where nobody announces, news must not pile up.
        if news.len() < 100_000 {
            news.insert(tenant, head);
        }
        drop(news);
        self.told.notify_one();
    }

    async fn news(&self) -> HashMap<TenantId, Head> {
        loop {
            let news = std::mem::take(&mut *self.news.lock());
            if !news.is_empty() {
                return news;
            }
            self.told.notified().await;
            tokio::time::sleep(GATHER).await;
        }
    }
}

/// Announces this process's commits and takes up the others', until `stop` holds true.
pub async fn run(tenants: Tenants, process: Uuid, mut stop: watch::Receiver<bool>) {
    let cache = &*tenants.services().cache;
    let announcing = announce(&tenants, cache, process);
    let listening = listen(&tenants, cache, process);
    tokio::select! {
        () = announcing => {}
        () = listening => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Tells every process that a log has reached that event.
pub(crate) async fn tell(
    cache: &dyn Cache,
    from: Uuid,
    tenant: TenantId,
    seq: u64,
) -> Result<(), CacheError> {
    let head = Head {
        epoch: ANY_EPOCH,
        seq,
    };
    tell_all(cache, from, &HashMap::from([(tenant, head)])).await
}

/// Tells every process where logs stand.
pub(crate) async fn tell_all(
    cache: &dyn Cache,
    from: Uuid,
    heads: &HashMap<TenantId, Head>,
) -> Result<(), CacheError> {
    cache.announce(CHANNEL, write(from, heads)).await
}

async fn announce(tenants: &Tenants, cache: &dyn Cache, process: Uuid) {
    let committed = tenants.committed();
    loop {
        let news = committed.news().await;
        if let Err(error) = tell_all(cache, process, &news).await {
            tracing::debug!(%error, "new heads were not announced");
        }
    }
}

async fn listen(tenants: &Tenants, cache: &dyn Cache, process: Uuid) {
    loop {
        match cache.listen(CHANNEL).await {
            Ok(mut heard) => loop {
                match heard.recv().await {
                    Ok(news) => hear(tenants, process, &news),
                    // Those missed are found by whoever reads or follows.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                }
            },
            Err(error) => tracing::debug!(%error, "new heads are not heard of"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn hear(tenants: &Tenants, process: Uuid, news: &[u8]) {
    let Some((from, heads)) = read(news) else {
        return;
    };
    if from == process {
        return;
    }
    tenants.committed().relay.notify_one();
    for (tenant, head) in heads {
        tenants.heard(tenant, head);
    }
}

fn write(process: Uuid, news: &HashMap<TenantId, Head>) -> Bytes {
    let mut bytes = BytesMut::with_capacity(16 + news.len() * ENTRY);
    bytes.put_slice(process.as_bytes());
    for (tenant, head) in news {
        bytes.put_slice(tenant.0.as_bytes());
        bytes.put_u32(head.epoch);
        bytes.put_u64(head.seq);
    }
    bytes.freeze()
}

/// Who announces, and which heads; nothing where another version of Raally speaks differently.
fn read(news: &[u8]) -> Option<(Uuid, Vec<(TenantId, Head)>)> {
    let (process, entries) = news.split_first_chunk::<16>()?;
    if entries.len() % ENTRY != 0 {
        return None;
    }
    let entry = |bytes: &[u8]| {
        let (tenant, bytes) = bytes.split_first_chunk::<16>()?;
        let (epoch, bytes) = bytes.split_first_chunk::<4>()?;
        let head = Head {
            epoch: u32::from_be_bytes(*epoch),
            seq: u64::from_be_bytes(bytes.try_into().ok()?),
        };
        Some((TenantId(Uuid::from_bytes(*tenant)), head))
    };
    let heads = entries.chunks_exact(ENTRY).map(entry);
    Some((Uuid::from_bytes(*process), heads.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_read_again() {
        let process = Uuid::from_u128(7);
        let news: HashMap<_, _> = (1..4)
            .map(|n| {
                let head = Head {
                    epoch: n,
                    seq: u64::MAX - u64::from(n),
                };
                (TenantId(Uuid::from_u128(n.into())), head)
            })
            .collect();
        let bytes = write(process, &news);
        let (from, heads) = read(&bytes).unwrap();
        assert_eq!(from, process);
        assert_eq!(heads.into_iter().collect::<HashMap<_, _>>(), news);
        assert!(read(&bytes[1..]).is_none());
        assert!(read(&[]).is_none());
    }
}
