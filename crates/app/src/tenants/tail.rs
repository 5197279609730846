//! Reading a log: pages of events, their chain checked and their personal values put back.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use raally_domain::event::{Event, EventError, Hash};
use raally_domain::ids::{PersonalRef, TenantId};
use raally_domain::personal::PersonalError;
use raally_domain::plan::{ApplyError, Plan};

use crate::error::Error;
use crate::ports::{LoggedEvent, Store, StoreError};
use crate::services::Services;

/// The most events that are read at a time.
const PAGE: usize = 1_000;
/// How many are read first.
const FIRST_PAGE: usize = 100;
/// From so many bytes on, the next page has fewer events.
const PAGE_BYTES: usize = 2 << 20;
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
    /// The process is ending.
    #[error(transparent)]
    Ending(Error),
    /// A personal value is not the one that its event commits to.
    #[error("event {seq}: {error}")]
    Personal { seq: u64, error: PersonalError },
}

impl From<TailError> for Error {
    fn from(error: TailError) -> Error {
        match error {
            TailError::Store(error) => error.into(),
            TailError::Ending(error) => error,
            TailError::Event(EventError::Unknown(..)) => Error::Unavailable {
                detail: "this workspace was written by a newer version of Raally".to_owned(),
                retry_after: std::time::Duration::from_secs(30),
                source: Some(std::sync::Arc::new(error)),
            },
            error => Error::internal("the log of this workspace cannot be read", error),
        }
    }
}

/// The events of a page, each read and checked against the one before, with their hashes; the
/// first follows `previous`. Personal values are still closed.
fn parse(
    page: Vec<LoggedEvent>,
    tenant: TenantId,
    after: u64,
    previous: Hash,
) -> Result<Vec<(Event, Hash)>, EventError> {
    let mut events = Vec::with_capacity(page.len());
    let mut last = previous;
    for (seq, logged) in (after + 1..).zip(page) {
        let event = Event::read(seq, &logged.stored, &last)?;
        if event.tenant != tenant {
            return Err(EventError::Broken(seq));
        }
        last = logged.stored.hash;
        events.push((event, last));
    }
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

/// The events of these numbers, opened. They are committed.
pub(crate) async fn read(
    services: &Services,
    tenant: TenantId,
    numbers: RangeInclusive<u64>,
) -> Result<Vec<Event>, TailError> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let at = events.last().map_or(numbers.start() - 1, |event| event.seq);
        let left = usize::try_from(numbers.end() - at).unwrap_or(PAGE);
        if left == 0 {
            break;
        }
        let page = services.store.events(tenant, at, left.min(PAGE)).await?;
        if page.is_empty() {
            break;
        }
        let size = (page.len(), bytes(&page));
        events.extend(aside(services, tenant, size, move || closed(&page)).await??);
    }
    open(&*services.store, tenant, events.iter_mut()).await?;
    Ok(events)
}

/// The event with its personal values.
pub(crate) async fn opened(store: &dyn Store, mut event: Event) -> Result<Event, TailError> {
    let tenant = event.tenant;
    open(store, tenant, std::iter::once(&mut event)).await?;
    Ok(event)
}

/// Whether none of these personal values was erased.
pub(crate) async fn has_values(
    store: &dyn Store,
    tenant: TenantId,
    references: &[PersonalRef],
) -> Result<bool, StoreError> {
    for some in references.chunks(VALUES) {
        if store.personal_values(tenant, some).await?.len() < some.len() {
            return Ok(false);
        }
    }
    Ok(true)
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

/// Applies the log to `plan` up to `until` (or to its end), handing each event to `seen`; a page
/// that does not fit leaves the plan as it was before it. Reading and applying is done aside.
/// Returns how many events there were.
pub(crate) async fn follow(
    services: &Services,
    plan: &mut Plan,
    until: u64,
    mut seen: impl FnMut(&Event, &Plan) + Send + 'static,
) -> Result<u64, TailError> {
    let begin = plan.head().seq;
    let tenant = plan.tenant();
    let mut most = FIRST_PAGE;
    loop {
        let at = plan.head().seq;
        let left = until.saturating_sub(at);
        let limit = usize::try_from(left).unwrap_or(most).min(most);
        if limit == 0 {
            return Ok(at - begin);
        }
        let page = services.store.events(tenant, at, limit).await?;
        let (count, bytes) = (page.len(), bytes(&page));
        most = next_page(most, bytes);
        let previous = plan.last_hash();
        let parsing = move || parse(page, tenant, at, previous);
        let mut events = aside(services, tenant, (count, bytes), parsing).await??;
        open(&*services.store, tenant, events.iter_mut().map(|(e, _)| e)).await?;
        let mut next = plan.clone();
        let applying = move || {
            let applied = events.iter().try_for_each(|(event, hash)| {
                next.apply(event, *hash)?;
                seen(event, &next);
                Ok::<_, ApplyError>(())
            });
            (applied.map(|()| next), seen)
        };
        let (applied, back) = aside(services, tenant, (count, bytes), applying).await?;
        seen = back;
        *plan = applied?;
        // A page may end where its bytes do, so only an empty one says that the log does.
        if count == 0 {
            return Ok(plan.head().seq - begin);
        }
    }
}

pub(crate) fn bytes(page: &[LoggedEvent]) -> usize {
    page.iter().map(|logged| logged.stored.body.len()).sum()
}

/// Pages grow while their events are small, so that a page never takes much memory.
pub(crate) fn next_page(most: usize, bytes: usize) -> usize {
    if bytes > PAGE_BYTES {
        (most / 2).max(1)
    } else {
        (most * 2).min(PAGE)
    }
}

/// Works on a page aside, unless that takes no longer than going there.
pub(crate) async fn aside<T: Send + 'static>(
    services: &Services,
    tenant: TenantId,
    (count, bytes): (usize, usize),
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TailError> {
    if count <= 2 && bytes <= 16 << 10 {
        return Ok(work());
    }
    let done = services.cpu.run_patiently(tenant.0, work).await;
    done.map_err(TailError::Ending)
}
