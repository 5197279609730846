//! What may go wrong around a store: processes killed, disks full or failing, folders that are
//! not ours. And the one thing that no kill can show: that a commit is synced before it is
//! acknowledged.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod child;
mod crash;
mod disk;
mod folder;
mod sync;
