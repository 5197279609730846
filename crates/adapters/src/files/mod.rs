//! Files.

mod local;

pub use local::LocalFiles;
