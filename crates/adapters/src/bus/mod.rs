//! The event bus.

pub mod kafka;
mod memory;

pub use kafka::{KafkaBus, KafkaSecurity, KafkaSettings};
pub use memory::{MemoryBus, Options};
