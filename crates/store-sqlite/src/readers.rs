//! A few connections that read beside the writer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use raally_app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::fault::Fault;
use crate::folder::Folder;

pub(crate) struct Readers {
    folder: Arc<Folder>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    wait: Duration,
}

impl Readers {
    pub(crate) fn new(folder: Arc<Folder>, count: usize, wait: Duration) -> Readers {
        Readers {
            folder,
            idle: Mutex::new(Vec::with_capacity(count)),
            permits: Arc::new(Semaphore::new(count)),
            wait,
        }
    }

    /// Runs a read on a thread where blocking is allowed. What it reads is one state of the
    /// store if it is one statement or opens a transaction.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = tokio::time::timeout(self.wait, self.permits.clone().acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| {
                StoreError::Unavailable(format!(
                    "the store has been busy reading for {} s; try again",
                    self.wait.as_secs()
                ))
            })?;
        let readers = self.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run(read)
        })
        .await
        .map_err(|e| StoreError::Failed(e.into()))?
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
