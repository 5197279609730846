//! Adapters behind the ports, but for the stores: bus, cache, limits, mail, webhooks, clock, randomness.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

/// Says the current password whenever a connection is made, so that one changed while the
/// program runs is taken up without a restart.
pub type PasswordSource = std::sync::Arc<dyn Fn() -> std::io::Result<String> + Send + Sync>;

pub mod bus;
pub mod cache;
pub mod in_process;
pub mod limits;
pub mod mail;
pub mod system;
pub mod webhook_client;

pub use in_process::in_process;
