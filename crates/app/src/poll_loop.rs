//! Background loops: work that is done in rounds until the process ends.

use std::future::Future;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinError;

use crate::error::Error;

/// The pause after the first failure; each further one doubles it.
const FIRST_BACK_OFF: Duration = Duration::from_millis(400);
/// The pause after a failure, at most.
const BACK_OFF: Duration = Duration::from_secs(30);

/// How the rounds of a background loop follow one another.
#[derive(Clone, Copy)]
pub(crate) struct PollLoop {
    /// What the loop does, for the log.
    pub name: &'static str,
    /// The pause after a round that found something to do, in which more gathers.
    pub batch_window: Duration,
    /// The pause after a round that found nothing, unless woken: other processes make work too.
    pub interval: Duration,
}

impl PollLoop {
    /// Does rounds until `stop` holds true; a round that has begun is done to its end. `round`
    /// tells how much it found to do.
    pub(crate) async fn run<F, R>(self, wake: &Notify, mut stop: watch::Receiver<bool>, round: F)
    where
        F: Fn() -> R,
        R: Future<Output = Result<usize, Error>>,
    {
        let mut failures = 0;
        loop {
            let found = round().await;
            failures = if found.is_err() { failures + 1 } else { 0 };
            let wait = async {
                match found {
                    Ok(0) => {
                        let _ = tokio::time::timeout(self.interval, wake.notified()).await;
                    }
                    Ok(_) => tokio::time::sleep(self.batch_window).await,
                    Err(error) => {
                        tracing::warn!(
                            error = error.causes(),
                            failures,
                            background_loop = self.name,
                            "a background loop failed and is retried"
                        );
                        tokio::time::sleep(back_off(failures)).await;
                    }
                }
            };
            tokio::select! {
                () = wait => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

/// A panic of a task is one of the part that has begun it, which is begun again.
pub(crate) fn pass_on_panic(ended: Result<(), JoinError>) {
    if let Err(ended) = ended
        && let Ok(panic) = ended.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

fn back_off(failures: u32) -> Duration {
    let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
    FIRST_BACK_OFF.saturating_mul(doubled).min(BACK_OFF)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;

    use super::*;
    use crate::ports::StoreError;

    const LOOP: PollLoop = PollLoop {
        name: "test",
        batch_window: Duration::from_millis(25),
        interval: Duration::from_secs(2),
    };

    /// When each of the rounds began that `answers` has an answer for, in milliseconds.
    async fn begun(wake: &Notify, answers: Vec<Result<usize, Error>>) -> Vec<u128> {
        let (end, stop) = watch::channel(false);
        let (start, begun) = (Instant::now(), parking_lot::Mutex::new(Vec::new()));
        let next = AtomicUsize::new(0);
        LOOP.run(wake, stop, || async {
            let n = next.fetch_add(1, Ordering::Relaxed);
            begun.lock().push(start.elapsed().as_millis());
            if n + 1 == answers.len() {
                end.send_replace(true);
            }
            answers[n].clone()
        })
        .await;
        begun.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn more_gathers_after_work_and_nothing_is_polled_for() {
        let begun = begun(&Notify::new(), vec![Ok(3), Ok(0), Ok(0)]).await;
        assert_eq!(begun, [0, 25, 2_025]);
    }

    #[tokio::test(start_paused = true)]
    async fn waking_ends_the_wait_for_nothing() {
        let wake = Arc::new(Notify::new());
        wake.notify_one();
        assert_eq!(begun(&wake, vec![Ok(0), Ok(0)]).await, [0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_back_off_up_to_a_bound_and_success_forgets_them() {
        let away = || Err(Error::from(StoreError::Unavailable("away".into())));
        let mut answers: Vec<_> = (0..9).map(|_| away()).collect();
        answers.extend([Ok(1), away(), Ok(0)]);
        let begun = begun(&Notify::new(), answers).await;
        let pauses: Vec<u128> = begun.windows(2).map(|w| w[1] - w[0]).collect();
        let expected = [
            400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 25, 400,
        ];
        assert_eq!(pauses, expected);
    }
}
