//! The event bus.

#[cfg(feature = "kafka")]
pub mod kafka;
mod memory;
mod view;
mod waiting;

#[cfg(feature = "kafka")]
pub use kafka::{Iam, KafkaBus, KafkaSecurity, KafkaSettings};
pub use memory::{MemoryBus, Options};
pub use view::view;
