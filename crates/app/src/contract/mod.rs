//! One contract suite a port, written against the trait and run by every implementation. A suite
//! lies beside its port: `ports/<name>/contract.rs`.
//!
//! A suite is a module of cases and a macro that makes one `#[tokio::test]` of each:
//! `cache_contract!(fresh)`, where `fresh` is an async function that makes an empty subject. The
//! suites of all that a database keeps are run by one line, [`database_contract!`].
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "these are tests: they fail by panicking"
)]

mod fixtures;

pub use fixtures::{Log, batch, member, moment, person, settings, team, user};
pub(crate) use fixtures::{history, person_changed, person_named, signed_in, skill, team_renamed};

pub use crate::ports::bus::contract as bus;
pub use crate::ports::cache::contract as cache;
pub use crate::ports::limits::contract as limits;

/// The suites of the database's ports.
macro_rules! suites {
    (; $($(#[$doc:meta])* $field:ident: $port:ident,)+) => {
        $(pub use crate::ports::$field::contract as $field;)+
    };
}
crate::database_ports! { (suites) }

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

/// Runs the suite of each port that a database keeps, in a module of the port's name. `open` is an
/// async function that makes an empty database, and what has to live as long as it does.
#[macro_export]
macro_rules! database_contract {
    ($open:ident) => {
        $crate::database_ports! { ($crate::database_suites) $open }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! database_suites {
    ($open:ident; $($(#[$doc:meta])* $field:ident: $port:ident,)+) => {$(
        mod $field {
            async fn fresh() -> $crate::contract::$field::Subject {
                let (database, keep) = super::$open().await;
                $crate::contract::$field::Subject::new(database, keep)
            }
            $crate::contract::$field::tests!(fresh);
        }
    )+};
}

/// Declares the `Subject` of a suite: those of a database's ports that its cases use.
macro_rules! subject {
    ($(#[doc = $about:literal])+ $($field:ident: $port:ident,)+) => {
        $(#[doc = $about])+
        pub struct Subject {
            $(pub $field: std::sync::Arc<dyn $port>,)+
            /// Lives as long as the case: a temporary folder, say.
            pub keep: Box<dyn std::any::Any + Send + Sync>,
        }

        impl Subject {
            /// That database, which is empty.
            #[must_use]
            pub fn new(
                database: std::sync::Arc<impl $($port +)+ 'static>,
                keep: Box<dyn std::any::Any + Send + Sync>,
            ) -> Subject {
                Subject {
                    $($field: database.clone(),)+
                    keep,
                }
            }
        }
    };
}
pub(crate) use subject;

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The text of a suite, which is a file or a folder of them.
    fn text(path: &Path) -> String {
        if path.is_file() {
            return std::fs::read_to_string(path).unwrap();
        }
        let files = std::fs::read_dir(path).unwrap();
        files.map(|file| text(&file.unwrap().path())).collect()
    }

    /// A case that is written but not named in its suite's macro would never run.
    #[test]
    fn every_case_is_named_in_its_suite() {
        let ports = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ports");
        let mut suites = 0;
        for port in std::fs::read_dir(ports).unwrap() {
            let port = port.unwrap().path();
            let suite = ["contract.rs", "contract"].map(|name| port.join(name));
            let Some(suite) = suite.iter().find(|path| path.exists()) else {
                continue;
            };
            suites += 1;
            let text = text(suite);
            let (_, listed) = text.split_once("contract_tests!").unwrap();
            let (listed, _) = listed.split_once("};").unwrap();
            let cases = text
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn "))
                .filter_map(|rest| rest.split('(').next());
            for case in cases {
                assert!(
                    listed.contains(&format!(" {case},")),
                    "{case} is not named in its suite's macro"
                );
            }
        }
        assert_eq!(suites, 13);
    }
}
