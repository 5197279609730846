//! A few connections that read beside the writer. What reads much has no more than half of them, so
//! that whoever looks something up does not wait for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::fault::Fault;
use crate::folder::Folder;

/// Whether a read may be of megabytes or of hundreds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Much {
    Yes,
    No,
}

type Turn = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

pub(crate) struct Readers {
    folder: Arc<Folder>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    /// For what reads much, beside a permit of all.
    long: Arc<Semaphore>,
    wait: Duration,
}

impl Readers {
    pub(crate) fn new(folder: Arc<Folder>, count: usize, wait: Duration) -> Readers {
        Readers {
            folder,
            idle: Mutex::new(Vec::with_capacity(count)),
            permits: Arc::new(Semaphore::new(count)),
            long: Arc::new(Semaphore::new((count / 2).max(1))),
            wait,
        }
    }

    /// Runs a read on a thread where blocking is allowed. What it reads is one state of the
    /// store if it is one statement or opens a transaction.
    ///
    /// It waits for its turn in a task of its own, which ends with the caller: a turn that is given
    /// to a caller who waits for something else just then would be nobody's, and four of them stop
    /// everybody's reads.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, much: Much, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let mut one = JoinSet::new();
        one.spawn(Arc::clone(self).in_turn(much, read));
        let read = one.join_next().await;
        read.unwrap_or_else(|| unreachable!("it was spawned"))
            .unwrap_or_else(|e| Err(StoreError::Failed(e.into())))
    }

    async fn in_turn<T, F>(self: Arc<Self>, much: Much, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let turn = tokio::time::timeout(self.wait, self.turn(much)).await;
        let Ok(Some(turn)) = turn else {
            return Err(StoreError::Unavailable(format!(
                "the store has been busy reading for {} s; try again",
                self.wait.as_secs()
            )));
        };
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            self.run(read)
        })
        .await
        .map_err(|e| StoreError::Failed(e.into()))?
    }

    async fn turn(&self, much: Much) -> Option<Turn> {
        let long = match much {
            Much::Yes => Some(Arc::clone(&self.long).acquire_owned().await.ok()?),
            Much::No => None,
        };
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        Some((permit, long))
    }

    fn run<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let fault = |e| Fault::new(&self.folder.path, &e);
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.folder.reader().map_err(|e| fault(e).to_error())?,
        };
        let result = read(&conn).map_err(fault);
        if !matches!(&result, Err(fault) if fault.breaks_connection()) {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(conn);
        }
        result.map_err(|fault| fault.to_error())
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;
    use crate::Options;

    /// As a caller does who is about to wait for something else: a select, or one of many that a
    /// loop polls between its own waits.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_read_that_nobody_polls_keeps_no_other_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(dir.path(), Options::default()).unwrap());
        let readers = Arc::new(Readers::new(folder, 1, Duration::from_secs(20)));
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let first = Arc::clone(&readers);
        let first = tokio::spawn(async move {
            let holding = move |_: &Connection| {
                begun.send(()).unwrap();
                held.recv().unwrap();
                Ok(())
            };
            first.read(Much::No, holding).await.unwrap();
        });
        begins.recv().unwrap();
        let mut asked = pin!(readers.read(Much::No, |_| Ok(())));
        let polled = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        release.send(()).unwrap();
        let others = readers.read(Much::No, |_| Ok(7));
        let others = tokio::time::timeout(Duration::from_secs(10), others).await;
        assert_eq!(others.expect("its turn comes").unwrap(), 7);
        first.await.unwrap();
        asked.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_look_up_does_not_wait_for_what_reads_much() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::open(dir.path(), Options::default()).unwrap());
        let readers = Arc::new(Readers::new(folder, 4, Duration::from_secs(20)));
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let mut long = JoinSet::new();
        for _ in 0..20 {
            let (readers, held) = (Arc::clone(&readers), Arc::clone(&held));
            long.spawn(async move {
                let holding = move |_: &Connection| {
                    held.lock().unwrap().recv().unwrap();
                    Ok(())
                };
                readers.read(Much::Yes, holding).await.unwrap();
            });
        }
        while readers.long.available_permits() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let found = readers.read(Much::No, |_| Ok(7));
        let found = tokio::time::timeout(Duration::from_secs(10), found).await;
        assert_eq!(found.expect("there is room for it").unwrap(), 7);
        for _ in 0..20 {
            release.send(()).unwrap();
        }
        long.join_all().await;
    }
}
