//! Proving that what is kept of a tenant agrees with its log.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use raally_domain::account::AccountEvent;
use raally_domain::event::{Change, Event, Head};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::plan::{Plan, PlanSnapshot};
use raally_domain::stream::StreamId;

use crate::error::Error;
use crate::ports::{AccountHead, LogHead, LoggedEvent};
use crate::services::Services;
use crate::tenants::{Tenants, load, tail};

/// What verifying a tenant found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whose log.
    pub tenant: TenantId,
    /// The workspace's name.
    pub name: String,
    /// Where the log stands.
    pub head: Head,
    /// Events read, each checked against the chain of hashes and its personal values'
    /// commitments.
    pub events: u64,
    /// Snapshots compared with the fold at their head.
    pub snapshots: usize,
    /// A sentence for every difference; empty where all agrees.
    pub differences: Vec<String>,
}

impl Report {
    /// Whether no difference was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Folds a tenant's log from its first event, and compares: the snapshots on the way, what
/// opening it gives, the plan that `open` holds (if it does), and the lookups beside the log.
/// Errors only where the store cannot be asked; whatever is wrong stands in the report.
pub async fn verify(
    services: &Services,
    open: Option<&Tenants>,
    tenant: TenantId,
) -> Result<Report, Error> {
    let Some(log) = services.store.head(tenant).await? else {
        return Err(crate::access::no_workspace());
    };
    let mut check = Check {
        services,
        tenant,
        members: BTreeSet::new(),
        report: Report {
            tenant,
            name: String::new(),
            head: log.head,
            events: 0,
            snapshots: 0,
            differences: Vec::new(),
        },
    };
    let Some(plan) = check.fold(log).await? else {
        return Ok(check.report);
    };
    check.report.name = plan.settings().name.clone();
    check.opening(&plan).await?;
    check.cached(open, &plan);
    check.lookups(&plan).await?;
    Ok(check.report)
}

/// What verifying the streams of users and of the platform found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountsReport {
    /// How many streams were checked.
    pub streams: u64,
    /// Events read, each checked against the chain of hashes.
    pub events: u64,
    /// A sentence for every difference; empty where all agrees.
    pub differences: Vec<String>,
}

/// How many streams, and events of one, are read at a time.
const PAGE: usize = 500;

/// Follows every stream of a user and the platform's to its head. Errors only where the store
/// cannot be asked; whatever is wrong stands in the report.
pub async fn verify_accounts(services: &Services) -> Result<AccountsReport, Error> {
    let mut report = AccountsReport::default();
    let mut after = None;
    loop {
        let page = services.store.account_streams(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(report);
        };
        after = Some(*last);
        for stream in page {
            report.streams += 1;
            follow_account(services, stream, &mut report).await?;
        }
    }
}

async fn follow_account(
    services: &Services,
    stream: StreamId,
    report: &mut AccountsReport,
) -> Result<(), Error> {
    let head = services.store.account_head(stream).await?;
    let mut at = AccountHead::default();
    while at.seq < head.seq {
        let page = services.store.account_events(stream, at.seq, PAGE).await?;
        if page.is_empty() {
            break;
        }
        // What was appended since the head was asked for is the next run's.
        for LoggedEvent { seq, stored } in page.into_iter().filter(|e| e.seq <= head.seq) {
            match AccountEvent::read(at.seq + 1, &stored, &at.hash) {
                Ok(event)
                    if event.stream == stream
                        && event.previous == at.hash
                        && event.recorded_at >= at.recorded_at =>
                {
                    at = AccountHead {
                        seq,
                        hash: stored.hash,
                        recorded_at: event.recorded_at,
                    };
                    report.events += 1;
                }
                Ok(_) => {
                    let text = format!("{stream}: event {seq} does not belong where it stands");
                    report.differences.push(text);
                    return Ok(());
                }
                Err(error) => {
                    report.differences.push(format!("{stream}: {error}"));
                    return Ok(());
                }
            }
        }
    }
    if at != head {
        let text = format!(
            "{stream}: its events end at {}, its head says {}",
            at.seq, head.seq
        );
        report.differences.push(text);
    }
    Ok(())
}

struct Check<'a> {
    services: &'a Services,
    tenant: TenantId,
    /// Everybody who ever was a member.
    members: BTreeSet<UserId>,
    report: Report,
}

impl Check<'_> {
    fn differs(&mut self, what: impl Into<String>) {
        self.report.differences.push(what.into());
    }

    /// The plan that the whole log gives; `None` if it cannot be read to its end.
    async fn fold(&mut self, log: LogHead) -> Result<Option<Plan>, Error> {
        let store = &self.services.store;
        let mut stops: Vec<Head> = store.snapshot_heads(self.tenant).await?;
        stops.retain(|head| head.seq <= log.head.seq);
        stops.sort_unstable_by_key(|head| head.seq);
        let mut plan = Plan::empty(self.tenant, log.head.epoch);
        for stop in stops {
            if !self.follow(&mut plan, stop.seq).await? {
                return Ok(None);
            }
            self.snapshot(&plan, stop).await?;
        }
        if !self.follow(&mut plan, log.head.seq).await? {
            return Ok(None);
        }
        if plan.head() != log.head || plan.last_hash() != log.hash {
            self.differs(format!(
                "the log ends at {}, its head says {}",
                plan.head(),
                log.head
            ));
        }
        Ok(Some(plan))
    }

    /// Follows the log up to `until`; false if it breaks before.
    async fn follow(&mut self, plan: &mut Plan, until: u64) -> Result<bool, Error> {
        let members = Arc::new(Mutex::new(Vec::new()));
        let found = Arc::clone(&members);
        let note = move |event: &Event, _: &Plan| {
            if let Change::Member(d) = &event.change {
                found.lock().push(d.id);
            }
        };
        let followed = tail::follow(self.services, plan, until, note).await;
        self.members.extend(members.lock().drain(..));
        self.report.events = plan.head().seq;
        match followed {
            Ok(_) => Ok(true),
            Err(tail::TailError::Store(error)) => Err(error.into()),
            Err(error) => {
                self.differs(format!("the log cannot be followed to its end: {error}"));
                Ok(false)
            }
        }
    }

    /// A snapshot must be the fold at its head. One of an older format is no difference, nor one
    /// of commits that were lost before this epoch began: they are not used.
    async fn snapshot(&mut self, plan: &Plan, head: Head) -> Result<(), Error> {
        let store = &self.services.store;
        let kept = store.snapshot(self.tenant, head.seq).await?;
        let Some(kept) = kept.filter(|s| s.head == head) else {
            return Ok(());
        };
        let Ok(snapshot) = PlanSnapshot::from_bytes(&kept.bytes) else {
            return Ok(());
        };
        let former = head.epoch < self.report.head.epoch;
        if former && snapshot.last_hash() != plan.last_hash() {
            return Ok(());
        }
        let mut plan = plan.clone();
        plan.begin_epoch(head.epoch);
        self.report.snapshots += 1;
        match snapshot.into_plan() {
            Ok(kept) if kept == plan => {}
            Ok(_) => self.differs(format!("the snapshot at {head} is not what the log gives")),
            Err(error) => self.differs(format!("the snapshot at {head}: {error}")),
        }
        Ok(())
    }

    /// What opening the tenant gives (snapshot and tail) must be the fold.
    async fn opening(&mut self, plan: &Plan) -> Result<(), Error> {
        match load::load(self.services, self.tenant).await {
            // Written to in the meantime: the next run sees it.
            Ok(Some(loaded)) if loaded.plan.head() != plan.head() => {}
            Ok(Some(loaded)) if loaded.plan == *plan => {}
            Ok(_) => self.differs("snapshot and tail do not give what the whole log gives"),
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            Err(error) => self.differs(format!("it cannot be opened: {}", error.causes())),
        }
        Ok(())
    }

    fn cached(&mut self, open: Option<&Tenants>, plan: &Plan) {
        let cached = open.and_then(|tenants| tenants.published(self.tenant));
        if cached.is_some_and(|c| c.head() == plan.head() && *c != *plan) {
            self.differs("the plan in memory is not what the log gives");
        }
    }

    /// Names and memberships beside the log must be those of the plan.
    async fn lookups(&mut self, plan: &Plan) -> Result<(), Error> {
        let identity = &self.services.identity;
        let settings = plan.settings();
        match identity.tenant(self.tenant).await? {
            Some(name) if name.name == settings.name && name.slug == settings.slug => {}
            Some(name) => self.differs(format!(
                "it is looked up as {} ({}), the log says {} ({})",
                name.name, name.slug, settings.name, settings.slug
            )),
            None => self.differs("it cannot be looked up by its address"),
        }
        for user in std::mem::take(&mut self.members) {
            let looked_up: Option<Role> = identity
                .memberships(user)
                .await?
                .into_iter()
                .find(|(m, _)| m.tenant == self.tenant)
                .map(|(m, _)| m.role);
            let in_plan = plan.members().get(&user).map(|m| m.value.role);
            // A member without an account is nobody to look up.
            if looked_up != in_plan {
                self.differs(format!(
                    "the membership of {user} is looked up as {looked_up:?}, the log says {in_plan:?}"
                ));
            }
        }
        Ok(())
    }
}
