//! One budget of memory, whoever keeps what.

use std::sync::Arc;
use std::time::Duration;

use raally_app::history::{At, History};
use raally_app::memory::{Cache, Kept, Memory};
use raally_app::tenants::TenantsConfig;
use raally_domain::event::Head;

use crate::support::{TestProcess, add_team};

fn of(usage: &[(Kept, u64)], kept: Kept) -> u64 {
    usage.iter().find(|(k, _)| *k == kept).unwrap().1
}

fn cache(memory: &Memory, kept: Kept, bytes: u32, entries: u32) -> Arc<Cache<u32, u32>> {
    let entries_of = moka::future::Cache::builder()
        .weigher(move |_, _| bytes)
        .max_capacity(u64::from(bytes * entries * 2))
        .build();
    let cache = Arc::new(Cache::new(kept, entries_of));
    let keeper = Arc::downgrade(&cache);
    memory.register(keeper);
    cache
}

async fn fill(cache: &Cache<u32, u32>, entries: u32) {
    for n in 0..entries {
        cache.entries.insert(n, n).await;
    }
    cache.entries.run_pending_tasks().await;
}

#[tokio::test]
async fn the_cheapest_to_make_again_goes_first_and_no_more_than_need_be() {
    let memory = Memory::new(1 << 30);
    let answers = cache(&memory, Kept::Answers, 1_000, 100);
    let pasts = cache(&memory, Kept::Pasts, 1_000, 10);
    fill(&answers, 100).await;
    fill(&pasts, 10).await;
    assert_eq!(of(&memory.usage(), Kept::Answers), 100_000);

    assert_eq!(memory.keep_within(Some(memory.budget())).await, 0);
    let gone = memory.keep_within(Some(memory.budget() + 14_500)).await;
    assert_eq!(gone, 15_000);
    let usage = memory.usage();
    assert_eq!(of(&usage, Kept::Pasts), 0);
    assert_eq!(of(&usage, Kept::Answers), 95_000);
    assert_eq!(of(&memory.put_away(), Kept::Pasts), 10_000);
    assert_eq!(of(&memory.put_away(), Kept::Answers), 5_000);

    // Where the system does not say what the process takes, the estimate counts.
    let memory = Memory::new(96 << 20);
    let answers = cache(&memory, Kept::Answers, 1_000, 100);
    fill(&answers, 100).await;
    assert_eq!(memory.keep_within(None).await, 100_000);
    drop(answers);
    assert_eq!(of(&memory.usage(), Kept::Answers), 0, "it lives no more");
}

#[tokio::test]
async fn plans_and_their_pasts_are_kept_within_one_budget() {
    let bench = TestProcess::new(1);
    let config = TenantsConfig {
        idle_after: Duration::from_secs(1),
        ..TenantsConfig::default()
    };
    let tenants = bench.tenants(config);
    let history = History::new(bench.services.clone());
    let (id, admin) = bench.workspace("Acme").await;
    let tenant = tenants.open(id).await.unwrap();
    tenant.submit(add_team(admin, "A")).await.unwrap();
    let plan = tenant.published();
    let past = At::Head(Head { epoch: 1, seq: 1 });
    history.as_of(&plan, past).await.unwrap();
    drop(tenant);
    let memory = &bench.services.memory;
    // The cache counts what it keeps a moment later.
    let mut usage = memory.usage();
    while of(&usage, Kept::Pasts) == 0 {
        history.as_of(&plan, past).await.unwrap();
        usage = memory.usage();
    }
    assert!(of(&usage, Kept::Plans) > 0);

    bench.clock.advance(Duration::from_secs(2));
    memory.keep_within(Some(memory.budget() + 1)).await;
    let usage = memory.usage();
    assert_eq!(of(&usage, Kept::Pasts), 0);
    assert!(of(&usage, Kept::Plans) > 0, "pasts go first");
    memory.keep_within(Some(memory.budget() + 1)).await;
    assert_eq!(of(&memory.usage(), Kept::Plans), 0);
    assert_eq!(*tenants.open(id).await.unwrap().published(), *plan);
}
