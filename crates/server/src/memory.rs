//! Keeps this process within its budget of memory.

use std::sync::Arc;
use std::time::Duration;

use raally_app::memory::Memory;
use tokio::sync::watch;

use crate::process;

/// How often the operating system is asked what this process takes.
const EVERY: Duration = Duration::from_millis(250);

/// Looks again and again, until `stop` holds true.
pub(crate) async fn keep_within(memory: Arc<Memory>, mut stop: watch::Receiver<bool>) {
    loop {
        if memory.keep_within(process::resident()).await > 0 {
            give_back();
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Has the allocator give the operating system what is free at once, and not when a delay has
/// passed: until then, more would be put away than need be.
#[expect(unsafe_code, reason = "the allocator is C, and this takes no pointer")]
fn give_back() {
    // SAFETY: it may be called from any thread at any time.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
