//! What is kept, wherever it came from: data of earlier releases, files of the first Raally, the demo company, and events as others read them.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod demo;
mod events;
mod legacy_import;
mod old_data;
