//! Keeps the parts alive that a process runs beside requests: one that panics, or ends by itself,
//! is started again after a pause, counted, and said to be down until it has run for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

/// How long a part is left alone after it stopped, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A part that has run for so long since it was started again is well.
const STEADY: Duration = Duration::from_secs(10);

/// How the parts of a process are.
#[derive(Default)]
pub(crate) struct Supervisor {
    parts: Mutex<BTreeMap<&'static str, PartState>>,
}

/// How a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartState {
    /// How often it was started again.
    pub restarts: u64,
    /// It stopped, and has not run for a while since.
    pub down: bool,
}

impl Supervisor {
    /// Every part that has been started, by its name.
    pub(crate) fn parts(&self) -> Vec<(&'static str, PartState)> {
        let parts = self.parts.lock();
        parts.iter().map(|(name, state)| (*name, *state)).collect()
    }

    /// Whether some part is down.
    pub(crate) fn is_down(&self) -> bool {
        self.parts.lock().values().any(|part| part.down)
    }

    /// Runs what `part` makes until `stop` holds true, and makes it again where it stops before.
    pub(crate) async fn run<F>(
        &self,
        name: &'static str,
        mut stop: watch::Receiver<bool>,
        part: impl Fn(watch::Receiver<bool>) -> F,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        self.parts.lock().entry(name).or_default();
        let mut backoff = BACKOFF.0;
        loop {
            let mut running = tokio::spawn(part(stop.clone()));
            let ended = tokio::select! {
                ended = &mut running => ended,
                () = tokio::time::sleep(STEADY) => {
                    self.change(name, |state| state.down = false);
                    backoff = BACKOFF.0;
                    running.await
                }
            };
            if *stop.borrow() {
                return;
            }
            let panicked = ended.is_err_and(|error| error.is_panic());
            tracing::error!(
                part = name,
                panicked,
                "a background part stopped and is started again after a pause"
            );
            self.change(name, |state| {
                state.down = true;
                state.restarts += 1;
            });
            tokio::select! {
                () = tokio::time::sleep(backoff) => backoff = (backoff * 2).min(BACKOFF.1),
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut PartState)) {
        change(self.parts.lock().entry(name).or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_part_that_panics_is_started_again_and_down_until_it_has_run_for_a_while() {
        let supervisor = Arc::new(Supervisor::default());
        let (end, stop) = watch::channel(false);
        let starts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&starts);
        let part = move |mut stop: watch::Receiver<bool>| {
            let start = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                assert!(start >= 3, "it panics three times");
                let _ = stop.wait_for(|stop| *stop).await;
            }
        };
        let running = tokio::spawn({
            let supervisor = Arc::clone(&supervisor);
            async move { supervisor.run("part", stop, part).await }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(starts.load(Ordering::Relaxed), 4);
        let state = |down| vec![("part", PartState { restarts: 3, down })];
        assert_eq!(
            (supervisor.parts(), supervisor.is_down()),
            (state(true), true)
        );
        tokio::time::sleep(STEADY).await;
        assert_eq!(
            (supervisor.parts(), supervisor.is_down()),
            (state(false), false)
        );
        end.send_replace(true);
        running.await.unwrap();
        assert_eq!(starts.load(Ordering::Relaxed), 4);
    }
}
