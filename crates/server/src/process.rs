//! What the operating system says of this process.

/// The figures of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Process {
    pub resident_bytes: u64,
    pub cpu_seconds: f64,
    pub open_files: u64,
}

/// The memory of this process, in bytes. `None` where the operating system does not say.
#[cfg(target_os = "linux")]
pub(crate) fn resident() -> Option<u64> {
    let process = procfs::process::Process::myself().ok()?;
    Some(process.statm().ok()?.resident * procfs::page_size())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn resident() -> Option<u64> {
    None
}

/// `None` where the operating system does not say.
#[cfg(target_os = "linux")]
pub(crate) fn now() -> Option<Process> {
    let process = procfs::process::Process::myself().ok()?;
    let stat = process.stat().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "no process takes 2^52 ticks")]
    let ticks = (stat.utime + stat.stime) as f64;
    #[expect(clippy::cast_precision_loss, reason = "there are a hundred or so")]
    let per_second = procfs::ticks_per_second() as f64;
    Some(Process {
        resident_bytes: stat.rss * procfs::page_size(),
        cpu_seconds: ticks / per_second,
        open_files: process.fd_count().ok()? as u64,
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Option<Process> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    #[test]
    fn this_process_has_memory_and_files() {
        let process = super::now().unwrap();
        assert!(process.resident_bytes > 100_000, "{process:?}");
        assert!(process.open_files > 2, "{process:?}");
        assert!(process.cpu_seconds >= 0.0, "{process:?}");
        assert!(super::resident().unwrap() > 100_000);
    }
}
