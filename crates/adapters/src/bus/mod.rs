//! The event bus.

mod memory;

pub use memory::{MemoryBus, Options};
