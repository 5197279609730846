//! Requests under one idempotency key act once, wherever whoever acts dies.

use std::cell::RefCell;
use std::time::Duration;

use crate::support::TestProcess;
use raally_app::Error;
use raally_app::idempotency::once;
use raally_app::tenants::{Idempotency, RenderedResponse};
use raally_domain::ids::{TenantId, UserId};
use uuid::Uuid;

struct Desk {
    bench: TestProcess,
    tenant: TenantId,
    user: UserId,
    /// The ids of all that was made.
    made: RefCell<Vec<Uuid>>,
}

fn answer(id: Uuid) -> RenderedResponse {
    RenderedResponse {
        status: 201,
        body: id.to_string().into(),
    }
}

impl Desk {
    async fn new(seed: u64) -> Desk {
        let bench = TestProcess::new(seed);
        let (tenant, user) = bench.workspace("Acme").await;
        Desk {
            bench,
            tenant,
            user,
            made: RefCell::default(),
        }
    }

    fn key(&self, body: u8) -> Option<Idempotency> {
        Some(Idempotency {
            user: self.user,
            key: "key".to_owned(),
            request_hash: [body; 32],
        })
    }

    /// Makes something, unless `refuses`.
    async fn make(&self, body: u8, refuses: bool) -> Result<(RenderedResponse, bool), Error> {
        let act = async |id| {
            self.made.borrow_mut().push(id);
            match refuses {
                true => Err(Error::Conflict(raally_app::Message::ExportAway)),
                false => Ok(answer(id)),
            }
        };
        once(&self.bench.services, self.tenant, self.key(body), act).await
    }

    /// Makes something and dies before it can say so.
    async fn make_and_die(&self) {
        let act = async |id| {
            self.made.borrow_mut().push(id);
            std::future::pending::<Result<RenderedResponse, Error>>().await
        };
        let acting = once(&self.bench.services, self.tenant, self.key(1), act);
        let died = tokio::time::timeout(Duration::from_millis(200), acting).await;
        assert!(died.is_err());
    }
}

#[tokio::test]
async fn an_answer_is_given_again_for_a_day_and_to_the_same_request_alone() {
    let d = Desk::new(1).await;
    let (first, again) = d.make(1, false).await.unwrap();
    assert!(!again);
    assert_eq!(d.make(1, false).await.unwrap(), (first.clone(), true));
    let other = d.make(2, false).await;
    assert!(
        matches!(other, Err(Error::IdempotencyMismatch)),
        "{other:?}"
    );
    assert_eq!(d.made.borrow().len(), 1);
    d.bench.clock.advance(Duration::from_secs(24 * 3600 + 1));
    let (later, again) = d.make(2, false).await.unwrap();
    assert!(!again && later != first);
}

#[tokio::test]
async fn what_is_refused_leaves_the_key_free() {
    let d = Desk::new(2).await;
    for _ in 0..2 {
        let refused = d.make(1, true).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }
    assert!(!d.make(1, false).await.unwrap().1);
    assert_eq!(d.made.borrow().len(), 3);
}

#[tokio::test]
async fn what_somebody_died_over_is_made_again_under_the_same_id() {
    let d = Desk::new(3).await;
    d.make_and_die().await;
    // Their turn is not over: whoever asks waits, and in the end is told to come back.
    let hurry = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        d.bench.clock.advance(Duration::from_secs(11));
    };
    let (waited, ()) = tokio::join!(d.make(1, false), hurry);
    assert!(
        matches!(waited, Err(Error::Unavailable { .. })),
        "{waited:?}"
    );
    d.bench.clock.advance(Duration::from_secs(50));
    let (made, again) = d.make(1, false).await.unwrap();
    assert!(!again);
    let first = d.made.borrow()[0];
    assert_eq!(made, answer(first));
    assert_eq!(*d.made.borrow(), [first, first]);
}
