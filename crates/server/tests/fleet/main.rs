//! Many processes over PostgreSQL, Kafka and Redis: that they are one system, and that nothing is
//! lost while parts of it are taken away.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]
#![allow(unreachable_pub, reason = "nothing is outside of a test binary")]

#[path = "../api/engines.rs"]
mod engines;

mod chaos;
mod client;
mod disk;
mod epochs;
mod faults;
mod instances;
mod ledger;
mod outages;
mod own;
mod process;
mod proxy;
mod work;
