//! Raally's core: what a plan is, what may happen to it, and what its numbers mean.
//!
//! Pure: no async, no I/O, no clock, no randomness. Everything that happens to a tenant is an
//! [`event::Event`]; [`plan::Plan::apply`] is the only thing that changes a plan.
#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

#[macro_use]
pub mod kinds;

pub mod access;
pub mod account;
pub mod date;
pub mod decide;
pub mod default_week;
pub mod effort;
pub mod employment;
pub mod event;
pub mod figures;
pub mod hex;
pub mod ids;
pub mod money;
pub mod notifications;
pub mod pattern;
pub mod personal;
pub mod plan;
pub mod problem;
pub mod redact;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod stream;
pub mod time;
pub mod written;
