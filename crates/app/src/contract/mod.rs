//! One contract suite a port, written against the trait and run by every implementation.
//!
//! A suite is a module of cases and a macro that makes one `#[tokio::test]` of each:
//! `store_contract!(fresh)`, where `fresh` is an async function that makes an empty subject.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "these are tests: they fail by panicking"
)]
#![expect(missing_docs, reason = "the cases' names are sentences")]

pub mod audit;
pub mod bus;
pub mod cache;
pub mod deletion;
pub mod epochs;
mod fixtures;
pub mod identity;
pub mod limits;
pub mod notifications;
pub mod sagas;
pub mod store;
pub mod store_metrics;
pub mod webhooks;

pub use fixtures::{Log, batch, member, moment, person, settings, team, user};

/// Makes a test of each case named; the suites' own macros call it.
#[macro_export]
macro_rules! contract_tests {
    ($subject:path, $suite:ident: $($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            $crate::contract::$suite::$case($subject().await).await;
        }
    )+};
}

#[cfg(test)]
mod tests {
    /// A case that is written but not named in its suite's macro would never run.
    #[test]
    fn every_case_is_named_in_its_suite() {
        let suites: [(&str, &[&str]); 12] = [
            (
                include_str!("store/mod.rs"),
                &[
                    include_str!("store/accounts.rs"),
                    include_str!("store/answers.rs"),
                    include_str!("store/audit.rs"),
                    include_str!("store/log.rs"),
                    include_str!("store/lookups.rs"),
                    include_str!("store/outbox.rs"),
                    include_str!("store/personal.rs"),
                    include_str!("store/snapshots.rs"),
                ],
            ),
            (include_str!("audit.rs"), &[include_str!("audit.rs")]),
            (include_str!("identity.rs"), &[include_str!("identity.rs")]),
            (include_str!("bus.rs"), &[include_str!("bus.rs")]),
            (include_str!("cache.rs"), &[include_str!("cache.rs")]),
            (include_str!("limits.rs"), &[include_str!("limits.rs")]),
            (include_str!("webhooks.rs"), &[include_str!("webhooks.rs")]),
            (
                include_str!("notifications.rs"),
                &[include_str!("notifications.rs")],
            ),
            (
                include_str!("store_metrics.rs"),
                &[include_str!("store_metrics.rs")],
            ),
            (include_str!("epochs.rs"), &[include_str!("epochs.rs")]),
            (include_str!("sagas.rs"), &[include_str!("sagas.rs")]),
            (include_str!("deletion.rs"), &[include_str!("deletion.rs")]),
        ];
        for (listing, files) in suites {
            let (_, listed) = listing.split_once("contract_tests!").unwrap();
            let (listed, _) = listed.split_once("};").unwrap_or((listed, ""));
            let written = files
                .iter()
                .flat_map(|text| text.lines())
                .filter_map(|line| line.strip_prefix("pub async fn "))
                .filter_map(|rest| rest.split('(').next());
            for case in written {
                assert!(
                    listed.contains(&format!(" {case},")),
                    "{case} is not named in its suite's macro"
                );
            }
        }
    }
}
