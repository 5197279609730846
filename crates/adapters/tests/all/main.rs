//! Tests of the adapters, each on what it speaks to: one program, which links once and runs its tests beside one another.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod contract;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "kafka")]
mod kafka_beyond;
#[cfg(feature = "kafka")]
mod kafka_iam;
#[cfg(feature = "redis")]
mod limits;
mod memory_bus;
mod memory_cache;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod redis_faults;
#[cfg(feature = "redis")]
mod redis_tls;
#[cfg(any(feature = "kafka", feature = "redis"))]
mod support;
