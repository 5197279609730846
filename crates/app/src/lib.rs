//! What Raally does, behind ports: use cases, the sequencer of each tenant, and the traits that
//! stores and adapters implement. Knows nothing of HTTP, SQL or any engine.
#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

pub mod access;
pub mod accounts;
pub mod audit;
pub mod auth;
pub mod consumers;
#[cfg(feature = "contract")]
pub mod contract;
pub mod cpu;
pub mod digest;
mod emails;
pub mod epochs;
pub mod erasure;
pub mod error;
pub mod event_factory;
pub mod export;
pub mod head_broadcast;
pub mod history;
pub mod idempotency;
pub mod live;
pub mod mail;
pub mod memory;
pub mod notifications;
mod poll_loop;
pub mod ports;
pub mod relay;
pub mod reporting;
pub mod retention;
pub mod sagas;
pub mod services;
pub mod tenants;
pub mod trace;
pub mod verify;
pub mod web_address;
pub mod webhooks;
pub mod workspaces;

pub use error::Error;
pub use raally_domain::problem::{FieldError, Message, Thing};
pub use services::Services;
