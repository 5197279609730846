//! A process under write load is killed at random moments, again and again.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use raally_app::contract::moment;
use raally_app::ports::{Identity, Store};
use raally_domain::event::{Change, Event, Hash};
use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::Role;
use raally_domain::stream::StreamId;
use raally_store_sqlite::{Options, SqliteStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use super::child::{CLIENTS, Running};

/// Another run with the same moments: `RAALLY_CRASH_SEED=…`.
#[expect(
    clippy::disallowed_methods,
    reason = "the moments are to differ from run to run; the seed is printed"
)]
fn dice() -> StdRng {
    let seed = std::env::var("RAALLY_CRASH_SEED")
        .ok()
        .map_or_else(rand::random, |seed| seed.parse().unwrap());
    println!("RAALLY_CRASH_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

#[tokio::test]
async fn fifty_kills_lose_no_acknowledged_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = dice();
    let mut known = Known::default();
    for run in 0..50 {
        let mut child = Running::start("write", folder.path(), run, &[]);
        // From the first acknowledgement on; a few are killed while they open the store.
        if dice.random_ratio(9, 10) {
            let first = child.line("ack ").expect("the child was to write");
            known.acked.insert(first);
        }
        tokio::time::sleep(Duration::from_micros(dice.random_range(0..250_000))).await;
        known.hear(child.kill());
        // Sometimes the next child is the one to recover.
        if dice.random_ratio(4, 5) {
            known.check(folder.path(), run).await;
        }
    }
    known.check(folder.path(), 50).await;
    assert!(known.acked.len() > 500, "{} writes", known.acked.len());
    println!("{} writes acknowledged", known.acked.len());
}

#[tokio::test]
async fn a_store_whose_making_was_cut_short_is_made_whole() {
    let mut dice = dice();
    for _ in 0..15 {
        let folder = tempfile::tempdir().unwrap();
        let child = Running::start("open", folder.path(), 0, &[]);
        tokio::time::sleep(Duration::from_micros(dice.random_range(0..60_000))).await;
        child.kill();
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        assert_eq!(store.tenants().await.unwrap(), []);
    }
}

/// What was acknowledged, and what has been found so far.
#[derive(Default)]
struct Known {
    acked: HashSet<String>,
    inbox: HashMap<TenantId, u64>,
    sent: HashMap<TenantId, u64>,
    snapshots: HashMap<TenantId, u64>,
    logs: HashMap<TenantId, Folded>,
    /// Every marker with the logs it stands in.
    markers: HashMap<String, Vec<TenantId>>,
}

/// A log as far as it has been read.
#[derive(Default)]
struct Folded {
    seq: u64,
    hash: Hash,
    name: Option<(String, String)>,
    role: Option<Role>,
}

impl Known {
    fn hear(&mut self, lines: Vec<String>) {
        for line in lines {
            let mut words = line.split(' ');
            let (word, rest) = (words.next().unwrap(), words.collect::<Vec<_>>());
            let places = match word {
                "ack" => {
                    self.acked.insert(rest[0].to_owned());
                    continue;
                }
                "inbox" => &mut self.inbox,
                "sent" => &mut self.sent,
                "snapshot" => &mut self.snapshots,
                _ => continue,
            };
            places.insert(rest[0].parse().unwrap(), rest[1].parse().unwrap());
        }
    }

    async fn check(&mut self, folder: &Path, run: u64) {
        let store = SqliteStore::open(folder, Options::default()).unwrap();
        let tenants = store.tenants().await.unwrap();
        for tenant in tenants {
            self.fold(&store, tenant).await;
            self.check_beside(&store, tenant).await;
        }
        self.check_outbox(&store, run).await;
        for marker in &self.acked {
            let logs = self.markers.get(marker);
            let logs = logs.unwrap_or_else(|| panic!("{marker} was acknowledged and is lost"));
            let n: u64 = marker.rsplit('-').next().unwrap().parse().unwrap();
            let wanted = if n % 6 == 4 { 2 } else { 1 };
            assert_eq!(logs.len(), wanted, "{marker}");
            if n % 6 == 3 {
                let ana = UserId(Uuid::from_u128(11));
                let kept = store
                    .idempotent_response(logs[0], ana, marker, moment(0))
                    .await;
                assert!(kept.unwrap().is_some(), "the answer of {marker} is lost");
            }
            if n % 6 == 4 {
                let email = format!("{marker}@example.com");
                let kept = store.user_by_email(&email).await.unwrap();
                assert!(kept.is_some(), "the user of {marker} is lost");
            }
        }
        // What was not acknowledged is there whole, or not at all.
        for (marker, logs) in &self.markers {
            let n: u64 = marker.rsplit('-').next().unwrap().parse().unwrap();
            assert_eq!(logs.len(), if n % 6 == 4 { 2 } else { 1 }, "{marker}");
        }
    }

    /// Reads on in a log: no gap, the chain whole, nothing twice.
    async fn fold(&mut self, store: &SqliteStore, tenant: TenantId) {
        let folded = self.logs.entry(tenant).or_default();
        for event in store.events(tenant, folded.seq, usize::MAX).await.unwrap() {
            assert_eq!(event.seq, folded.seq + 1);
            let read = Event::read(event.seq, &event.stored, &folded.hash).unwrap();
            folded.seq = event.seq;
            folded.hash = event.stored.hash;
            match &read.change {
                Change::Team(team) => {
                    let name = &team.after.as_ref().unwrap().name;
                    if name.starts_with("w-") {
                        let logs = self.markers.entry(name.clone()).or_default();
                        assert!(!logs.contains(&tenant), "{name} is there twice");
                        logs.push(tenant);
                    }
                }
                Change::Settings(settings) => {
                    let settings = settings.after.as_ref().unwrap();
                    folded.name = Some((settings.slug.clone(), settings.name.clone()));
                }
                Change::Member(member) => folded.role = member.after.as_ref().map(|m| m.role),
                Change::Person(person) => {
                    let name = person.after.as_ref().unwrap().full_name.clone();
                    let reference = raally_domain::personal::PersonalSlot::reference(&name);
                    let kept = store.personal_values(tenant, &[reference]).await.unwrap();
                    assert_eq!(kept.len(), 1, "the name of {} is lost", person.id);
                }
                other => panic!("nobody wrote {other:?}"),
            }
        }
        let head = store.head(tenant).await.unwrap().unwrap();
        assert_eq!((head.head.seq, head.hash), (folded.seq, folded.hash));
    }

    async fn check_beside(&self, store: &SqliteStore, tenant: TenantId) {
        let folded = &self.logs[&tenant];
        let name = store.tenant(tenant).await.unwrap();
        assert_eq!(name.map(|t| (t.slug, t.name)), folded.name);
        let members = store
            .memberships(UserId(Uuid::from_u128(11)))
            .await
            .unwrap();
        let role = members.iter().find(|(m, _)| m.tenant == tenant);
        let role = role.map(|(m, _)| m.role);
        // A membership shows once its workspace has a name.
        if folded.name.is_some() {
            assert_eq!(role, folded.role);
        }
        let inbox = store.inbox("audit", tenant.into()).await.unwrap();
        let said = self.inbox.get(&tenant).copied().unwrap_or(0);
        assert!((said..=folded.seq).contains(&inbox), "{inbox} of {said}");
        let snapshots = store.snapshot_heads(tenant).await.unwrap();
        let latest = snapshots.last().map_or(0, |head| head.seq);
        let said = self.snapshots.get(&tenant).copied().unwrap_or(0);
        assert!((said..=folded.seq).contains(&latest), "{latest} of {said}");
    }

    async fn check_outbox(&self, store: &SqliteStore, run: u64) {
        let now = moment(run as i64);
        let waiting = store.lease_outbox("check", now, now, 1000).await.unwrap();
        let waiting: HashMap<_, _> = waiting.into_iter().map(|row| (row.stream, row)).collect();
        assert!(waiting.len() <= 2 * CLIENTS as usize);
        for (tenant, folded) in &self.logs {
            let said = self.sent.get(tenant).copied().unwrap_or(0);
            match waiting.get(&StreamId::Tenant(*tenant)) {
                None => assert!(said <= folded.seq),
                Some(row) => {
                    assert_eq!(row.head, folded.seq);
                    assert!((said..row.head).contains(&row.sent), "{row:?} of {said}");
                }
            }
        }
    }
}
