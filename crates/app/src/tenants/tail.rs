//! Reading a log: pages of events, their chain checked and their personal values put back.

use std::collections::HashMap;

use raally_domain::event::{Event, EventError, Hash};
use raally_domain::ids::{PersonalRef, TenantId};
use raally_domain::personal::PersonalError;
use raally_domain::plan::{ApplyError, Plan};

use crate::error::Error;
use crate::ports::{LoggedEvent, Store, StoreError};

/// How many events are read at a time.
pub(crate) const PAGE: usize = 1_000;
/// How many personal values are asked for at a time.
const VALUES: usize = 500;

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event is not of this chain, or of a type or version that is not known.
    #[error(transparent)]
    Event(#[from] EventError),
    /// An event does not fit the plan.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// A personal value is not the one that its event commits to.
    #[error("event {seq}: {error}")]
    Personal { seq: u64, error: PersonalError },
}

impl From<TailError> for Error {
    fn from(error: TailError) -> Error {
        match error {
            TailError::Store(error) => error.into(),
            TailError::Event(EventError::Unknown(..)) => Error::Unavailable {
                detail: "this workspace was written by a newer version of Raally".to_owned(),
                retry_after: std::time::Duration::from_secs(30),
                source: Some(std::sync::Arc::new(error)),
            },
            error => Error::internal("the log of this workspace cannot be read", error),
        }
    }
}

/// Events after `after`, whose own hash is `previous`: read, checked and opened, with their
/// hashes. At most `limit`.
pub(crate) async fn read(
    store: &dyn Store,
    tenant: TenantId,
    after: u64,
    previous: Hash,
    limit: usize,
) -> Result<Vec<(Event, Hash)>, TailError> {
    let page = store.events(tenant, after, limit).await?;
    let mut events = Vec::with_capacity(page.len());
    let mut last = previous;
    for (seq, logged) in (after + 1..).zip(page) {
        let event = Event::read(seq, &logged.stored, &last)?;
        if event.tenant != tenant {
            return Err(EventError::Broken(seq).into());
        }
        last = logged.stored.hash;
        events.push((event, last));
    }
    open(store, tenant, events.iter_mut().map(|(e, _)| e)).await?;
    Ok(events)
}

/// Events as they stand anywhere in the log, without a look at the chain; personal values closed.
pub(crate) fn closed(logged: &[LoggedEvent]) -> Result<Vec<Event>, TailError> {
    logged
        .iter()
        .map(|l| Event::read_trusted(l.seq, &l.stored.body).map_err(TailError::from))
        .collect()
}

/// Events as they stand anywhere in the log, without a look at the chain; opened.
pub(crate) async fn read_trusted(
    store: &dyn Store,
    tenant: TenantId,
    logged: &[LoggedEvent],
) -> Result<Vec<Event>, TailError> {
    let mut events = closed(logged)?;
    open(store, tenant, events.iter_mut()).await?;
    Ok(events)
}

/// The event with its personal values.
pub(crate) async fn opened(store: &dyn Store, mut event: Event) -> Result<Event, TailError> {
    let tenant = event.tenant;
    open(store, tenant, std::iter::once(&mut event)).await?;
    Ok(event)
}

/// Puts the personal values back; those erased stay away.
async fn open<'a>(
    store: &dyn Store,
    tenant: TenantId,
    events: impl Iterator<Item = &'a mut Event>,
) -> Result<(), TailError> {
    let mut events: Vec<&mut Event> = events.collect();
    let mut references: Vec<PersonalRef> = Vec::new();
    for event in &events {
        event
            .change
            .personal(&mut |_, slot| references.push(slot.reference()));
    }
    references.sort_unstable();
    references.dedup();
    let mut values = HashMap::with_capacity(references.len());
    for some in references.chunks(VALUES) {
        let found = store.personal_values(tenant, some).await?;
        values.extend(found.into_iter().map(|v| (v.reference, v)));
    }
    for event in &mut events {
        let mut failed = None;
        event.change.personal_mut(&mut |slot| {
            if let Some(value) = values.get(&slot.reference())
                && let Err(error) = slot.open(value)
            {
                failed.get_or_insert(error);
            }
        });
        if let Some(error) = failed {
            return Err(TailError::Personal {
                seq: event.seq,
                error,
            });
        }
    }
    Ok(())
}

/// Applies the log to `plan` up to `until` (or to its end), handing each event to `seen`.
/// Returns how many events there were.
pub(crate) async fn follow(
    store: &dyn Store,
    plan: &mut Plan,
    until: Option<u64>,
    mut seen: impl FnMut(&Event, &Plan),
) -> Result<u64, TailError> {
    let begin = plan.head().seq;
    loop {
        let at = plan.head().seq;
        let left = until.map_or(u64::MAX, |u| u.saturating_sub(at));
        let limit = usize::try_from(left).unwrap_or(PAGE).min(PAGE);
        if limit == 0 {
            return Ok(at - begin);
        }
        let page = read(store, plan.tenant(), at, plan.last_hash(), limit).await?;
        let whole = page.len() == limit;
        for (event, hash) in &page {
            plan.apply(event, *hash)?;
            seen(event, plan);
        }
        if !whole {
            return Ok(plan.head().seq - begin);
        }
    }
}
