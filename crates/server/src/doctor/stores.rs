//! The database, the cache, and whether their clocks agree with this machine's.

use std::fmt::Display;
use std::sync::Arc;

use raally_app::Services;
use raally_app::ports::Clock;
use raally_app::services::Adapters;
use raally_domain::time::Timestamp;

use super::{Finding, Findings, answer};
use crate::compose::{self, DataFolder};
use crate::config::Config;

/// A disk with less than that free is soon full.
const LITTLE_SPACE: u64 = 1 << 30;
/// So far clocks may differ: leases and sessions are compared across machines. In microseconds.
const APART: i64 = 2_000_000;

/// The database, and the services on it where it may be opened.
pub(super) async fn database(
    config: &Config,
    adapters: &Adapters,
) -> (Option<Services>, Vec<Finding>) {
    let mut found = Findings::of("database");
    if config.postgres.url.is_empty() {
        folder(config, &mut found);
        return (None, found.made);
    }
    match answer(async {
        let opened = compose::on_database(config, adapters.clone()).await;
        opened.map_err(String::from)
    })
    .await
    {
        Ok(services) => {
            found.well("PostgreSQL answers; the role keeps tenants apart, and the tables are those of this program");
            for server in services.store_metrics.connections() {
                let (name, most) = (server.server, server.most);
                found.well(format!(
                    "{name}: at most {most} connections of each process"
                ));
            }
            (Some(services), found.made)
        }
        Err(why) => {
            found.wrong_until(
                why,
                "until then servers are alive and not ready, and try again by themselves",
            );
            (None, found.made)
        }
    }
}

/// The data folder of a store inside the process.
fn folder(config: &Config, found: &mut Findings) {
    let folder = config.data.display();
    match compose::data_folder(config) {
        Ok(DataFolder::Empty) => found.well(format!(
            "{folder} holds nothing yet; the first start makes a database there"
        )),
        Ok(DataFolder::InUse(process)) => {
            let process = process.map_or(String::new(), |pid| format!(" (process {pid})"));
            found.well(format!(
                "{folder} is open in a running Raally{process}; `raally health` asks it how it is"
            ));
        }
        Ok(DataFolder::Free {
            missing_migrations: 0,
        }) => found.well(format!("{folder} has the tables of this program")),
        Ok(DataFolder::Free { missing_migrations }) => found.notice(
            format!("{folder} is older than this program by {missing_migrations} migrations"),
            "the next start applies them; copy the folder before, to be able to go back",
        ),
        Err(why) => return found.wrong(why),
    }
    let free = match compose::free_space(&config.data) {
        Ok(free) => free,
        Err(why) => return found.wrong(why),
    };
    let said = format!("{} MiB are free on its disk", free >> 20);
    match free < LITTLE_SPACE {
        true => found.wrong_until(said, "make room: a full disk refuses every write"),
        false => found.well(said),
    }
}

pub(super) async fn cache(config: &Config, adapters: &Adapters) -> Vec<Finding> {
    let mut found = Findings::of("cache");
    if config.redis.urls.is_empty() {
        found.well("in this process");
        return found.made;
    }
    match answer(adapters.cache.get("health")).await {
        Ok(_) => {
            found.well("Redis answers");
            let asked = adapters.cache.server_time();
            agrees(&mut found, "Redis", &adapters.clock, asked).await;
        }
        Err(why) => found.wrong_until(
            why,
            "look at redis.urls, redis.password_file and redis.ca_file; until then answers are worked out by each process, and limits count in each",
        ),
    }
    found.made
}

pub(super) async fn clocks(services: &Services) -> Vec<Finding> {
    let mut found = Findings::of("database");
    let asked = services.store_metrics.server_time();
    agrees(&mut found, "the database", &services.clock, asked).await;
    found.made
}

/// Compares a server's clock with ours, as exactly as the answer's way here allows.
async fn agrees<E: Display>(
    found: &mut Findings,
    whose: &str,
    clock: &Arc<dyn Clock>,
    asked: impl Future<Output = Result<Option<Timestamp>, E>>,
) {
    let before = clock.now();
    let told = answer(asked).await;
    let after = clock.now();
    match told {
        Ok(None) => {}
        Ok(Some(theirs)) => {
            let ahead = apart(before, theirs, after);
            let seconds = ahead as f64 / 1e6;
            let said = format!("the clock of {whose} is {seconds:+.1} s from this machine's");
            match ahead.abs() > APART {
                true => found.wrong_until(said, "let a time service (NTP) set both clocks"),
                false => found.well(said),
            }
        }
        Err(why) => found.wrong_until(
            format!("{whose} does not say what time it is: {why}"),
            "see that it answers",
        ),
    }
}

/// How far a clock is ahead that said that time between those two of ours, at least; in
/// microseconds.
fn apart(before: Timestamp, theirs: Timestamp, after: Timestamp) -> i64 {
    let (before, theirs, after) = (before.micros(), theirs.micros(), after.micros());
    match theirs {
        late if late > after => late - after,
        early if early < before => early - before,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert_eq!(apart(at(10), at(12), at(15)), 0);
        assert_eq!(apart(at(10), at(18), at(15)), 3_000_000);
        assert_eq!(apart(at(10), at(6), at(15)), -4_000_000);
    }
}
