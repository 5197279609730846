//! The event bus.

pub mod kafka;
mod memory;

pub use kafka::{Iam, KafkaBus, KafkaSecurity, KafkaSettings, view};
pub use memory::{MemoryBus, Options};
