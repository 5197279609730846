//! The world behind the ports, but for the stores: bus, cache, mail, files, clock, randomness.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test may panic where it stands")
)]

pub mod bus;
pub mod cache;
pub mod files;
pub mod limits;
pub mod mail;
pub mod system;
