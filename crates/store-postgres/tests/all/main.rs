//! Tests of the store on PostgreSQL: one program, which links once and runs its tests beside one another.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../../../app/tests/all/support/mod.rs"]
mod app_support;
mod contract;
mod crash;
mod faults;
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../../../domain/tests/all/figures_support/mod.rs"]
mod figures_support;
mod migrations;
mod replica;
mod reporting;
mod support;
mod tenants;
mod tls;
mod verify_kept;
mod webhooks;
