//! Faults of every kind, drawn by a seed, under load. The quick form runs with the other tests;
//! `make chaos` runs the long one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::faults::Fault;
use super::own::Own;
use super::process::Fleet;
use super::work::{Load, Races, Workspace};

/// How long, with which seed: from the environment, or the quick form.
fn asked() -> (Duration, u64) {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    (
        Duration::from_secs(number("RAALLY_CHAOS_SECONDS").unwrap_or(45)),
        number("RAALLY_CHAOS_SEED").unwrap_or(20_261_123),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts PostgreSQL, Kafka and Redis of its own: scripts/test and `make chaos` run it"]
async fn nothing_is_lost_doubled_reordered_or_oversold() {
    let (length, seed) = asked();
    println!("chaos: {} s, seed {seed}", length.as_secs());
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut own = Own::start().await;
    let mut fleet = Fleet::start(own.settings.clone());
    let bases = fleet.bases();
    let mut workspaces = Vec::new();
    for n in 0..6 {
        workspaces.push(Workspace::open(&bases, &format!("w{n}")).await);
    }
    let races = Arc::new(Races::prepare(&bases, "races").await);
    let load = Load::start(&workspaces, 16, seed);
    let racing = {
        let races = races.clone();
        let until = Instant::now() + length;
        tokio::spawn(async move {
            while Instant::now() < until {
                races.run(8, 4).await;
            }
        })
    };

    let began = Instant::now();
    let mut struck: BTreeMap<Fault, u32> = BTreeMap::new();
    // Every kind once, whatever the seed says; then as it says. The failover comes once.
    let mut first = vec![
        Fault::KillServe,
        Fault::CutPostgres,
        Fault::CrashRedis,
        Fault::KillWorker,
        Fault::CrashPostgres,
        Fault::CrashKafka,
        Fault::Poison,
        Fault::SlowPostgres,
        Fault::LoseView,
        Fault::RestartServe,
        Fault::FlushRedis,
    ];
    while began.elapsed() < length || !first.is_empty() {
        let late = began.elapsed() > length.mul_f64(0.8) && first.is_empty();
        let fault = if late && !own.failed_over {
            Fault::FailOver
        } else {
            first.pop().unwrap_or_else(|| Fault::choose(&mut chance))
        };
        println!("{:6.1} s: {fault:?}", began.elapsed().as_secs_f64());
        *struck.entry(fault).or_default() += 1;
        fault.strike(&mut own, &mut fleet, &mut chance).await;
        let calm = Duration::from_millis(u64::from(500 + chance.next_u32() % 2_500));
        tokio::time::sleep(calm).await;
    }
    if !own.failed_over {
        Fault::FailOver
            .strike(&mut own, &mut fleet, &mut chance)
            .await;
        *struck.entry(Fault::FailOver).or_default() += 1;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;

    let met = workspaces[0].admin.met.clone();
    let ledger = load.stop().await;
    racing.await.unwrap();
    println!("faults: {struck:?}");
    println!("acknowledged: {} writes", ledger.len());
    println!("one workspace's clients met: {met:?}");
    let lost = ledger.differences(&own.settings);
    assert!(lost.is_empty(), "{} differences: {lost:#?}", lost.len());
    let oversold = races.oversold(&own.settings);
    assert!(oversold.is_empty(), "{oversold:#?}");
    let (sound, said) = own.verify();
    assert!(sound, "{said}");
    println!("lost 0, doubled 0, reordered 0, oversold 0");
    println!("{said}");
}
