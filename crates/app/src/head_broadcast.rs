//! Broadcasting heads: processes publish where logs stand, so that readers and followers of other
//! processes see a write at once. Nothing depends on it: a process that receives nothing asks the
//! store within a second.

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
const BATCH_WINDOW: Duration = Duration::from_millis(2);
/// How long to wait before listening again after that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Where the epoch is not known: events do not say it.
pub(crate) const ANY_EPOCH: u32 = 0;
/// A tenant and its head: 16, 4 and 8 bytes, big-endian.
const ENTRY: usize = 28;

/// Commits of this process that others are to hear of.
#[derive(Default)]
pub struct CommitNotifier {
    /// For the relay.
    relay: Arc<Notify>,
    heads: Mutex<HashMap<TenantId, Head>>,
    changed: Notify,
}

impl CommitNotifier {
    /// Notified after every commit here or, as far as it is broadcast, elsewhere.
    #[must_use]
    pub fn relay(&self) -> Arc<Notify> {
        Arc::clone(&self.relay)
    }

    pub(crate) fn publish(&self, tenant: TenantId, head: Head) {
        self.relay.notify_one();
        let mut heads = self.heads.lock();
        // Where nobody announces, heads must not pile up.
        if heads.len() < 100_000 {
            heads.insert(tenant, head);
        }
        drop(heads);
        self.changed.notify_one();
    }

    async fn heads(&self) -> HashMap<TenantId, Head> {
        loop {
            let heads = std::mem::take(&mut *self.heads.lock());
            if !heads.is_empty() {
                return heads;
            }
            self.changed.notified().await;
            tokio::time::sleep(BATCH_WINDOW).await;
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
pub(crate) async fn publish(
    cache: &dyn Cache,
    from: Uuid,
    tenant: TenantId,
    seq: u64,
) -> Result<(), CacheError> {
    let head = Head {
        epoch: ANY_EPOCH,
        seq,
    };
    publish_all(cache, from, &HashMap::from([(tenant, head)])).await
}

/// Tells every process where logs stand.
pub(crate) async fn publish_all(
    cache: &dyn Cache,
    from: Uuid,
    heads: &HashMap<TenantId, Head>,
) -> Result<(), CacheError> {
    cache.announce(CHANNEL, write(from, heads)).await
}

async fn announce(tenants: &Tenants, cache: &dyn Cache, process: Uuid) {
    let committed = tenants.commit_notifier();
    loop {
        let heads = committed.heads().await;
        if let Err(error) = publish_all(cache, process, &heads).await {
            tracing::debug!(%error, "the heads of this process's commits could not be broadcast");
        }
    }
}

async fn listen(tenants: &Tenants, cache: &dyn Cache, process: Uuid) {
    loop {
        match cache.listen(CHANNEL).await {
            Ok(mut received) => loop {
                match received.recv().await {
                    Ok(heads) => on_message(tenants, process, &heads),
                    // Those missed are found by whoever reads or follows.
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => break,
                }
            },
            Err(error) => tracing::debug!(%error, "other processes' heads cannot be received"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn on_message(tenants: &Tenants, process: Uuid, heads: &[u8]) {
    let Some((from, heads)) = read(heads) else {
        return;
    };
    if from == process {
        return;
    }
    tenants.commit_notifier().relay.notify_one();
    for (tenant, head) in heads {
        tenants.on_head(tenant, head);
    }
}

fn write(process: Uuid, heads: &HashMap<TenantId, Head>) -> Bytes {
    let mut bytes = BytesMut::with_capacity(16 + heads.len() * ENTRY);
    bytes.put_slice(process.as_bytes());
    for (tenant, head) in heads {
        bytes.put_slice(tenant.0.as_bytes());
        bytes.put_u32(head.epoch);
        bytes.put_u64(head.seq);
    }
    bytes.freeze()
}

/// Who announces, and which heads; nothing where another version of Raally speaks differently.
fn read(heads: &[u8]) -> Option<(Uuid, Vec<(TenantId, Head)>)> {
    let (process, entries) = heads.split_first_chunk::<16>()?;
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
        let heads: HashMap<_, _> = (1..4)
            .map(|n| {
                let head = Head {
                    epoch: n,
                    seq: u64::MAX - u64::from(n),
                };
                (TenantId(Uuid::from_u128(n.into())), head)
            })
            .collect();
        let bytes = write(process, &heads);
        let (from, received) = read(&bytes).unwrap();
        assert_eq!(from, process);
        assert_eq!(received.into_iter().collect::<HashMap<_, _>>(), heads);
        assert!(read(&bytes[1..]).is_none());
        assert!(read(&[]).is_none());
    }
}
