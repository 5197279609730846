//! Tests of the application, on the real store: one program, which links once and runs its tests beside one another.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod accounts;
mod audit_logger;
mod auth;
mod bounded;
mod decide_ahead;
mod delivery;
mod epochs;
mod erasure;
mod idempotency;
mod memory;
mod notifications;
mod past;
mod sagas;
mod sequencer;
mod support;
mod tenants;
mod webhooks;
mod workspaces;
