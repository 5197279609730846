//! The cache.

mod memory;

pub use memory::MemoryCache;
