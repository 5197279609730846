//! What was measured, and what it may be.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::actor::client;
use crate::quiet::Waits;

/// What the process may take by default, in MiB.
const BUDGET: u64 = 768;
/// What requests under way may take beside that.
const BESIDE: u64 = 150;
/// The longest that health may take.
const HEALTH: Duration = Duration::from_millis(250);

/// The resident memory of a process in MiB: now, and at its highest.
#[derive(Clone, Copy)]
pub struct Memory {
    pub now: u64,
    pub most: u64,
}

impl Memory {
    pub fn of(pid: u32) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap();
            let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            kib / 1024
        };
        Memory {
            now: field("VmRSS:"),
            most: field("VmHWM:"),
        }
    }
}

/// The slowest answer of health, and how many were asked for.
pub struct Health {
    pub slowest: Duration,
    pub asked: usize,
    pub failed: usize,
}

impl Health {
    pub async fn watch(base: String, stopped: watch::Receiver<bool>) -> Health {
        let http = client(IpAddr::V4(Ipv4Addr::new(127, 0, 201, 1)));
        let mut health = Health {
            slowest: Duration::ZERO,
            asked: 0,
            failed: 0,
        };
        while !*stopped.borrow() {
            let began = Instant::now();
            let answer = http.get(format!("{base}/api/health/live")).send().await;
            health.asked += 1;
            health.failed += usize::from(!answer.is_ok_and(|a| a.status().is_success()));
            health.slowest = health.slowest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        health
    }
}

pub struct Report {
    pub seed: u64,
    pub length: Duration,
    pub alone: Waits,
    pub beside: Waits,
    pub health: Health,
    pub memory_before: Memory,
    pub memory: Memory,
    /// Writes that were acknowledged, and those of them that are not there.
    pub lost: (usize, usize),
    pub made: BTreeMap<&'static str, u64>,
}

impl Report {
    /// Memory and writes always; waits where they are asked for, on a server that is optimized.
    pub fn check(&self, waits: bool) {
        let (written, lost) = self.lost;
        assert!(written > 0, "the quiet workspace has written");
        assert_eq!(lost, 0, "of {written} acknowledged writes");
        assert!(
            self.memory.most <= BUDGET + BESIDE,
            "{} MiB at the highest, of {BUDGET} and {BESIDE} beside",
            self.memory.most
        );
        assert_eq!(self.health.failed, 0, "health answers");
        assert_eq!(self.beside.refused, 0, "nobody is refused for others");
        if waits {
            assert!(
                self.health.slowest <= HEALTH,
                "health: {:?}",
                self.health.slowest
            );
            let (alone, beside) = (self.alone.percentile(99), self.beside.percentile(99));
            assert!(
                beside <= alone * 3,
                "p99 {beside:?} beside, {alone:?} alone"
            );
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |wait: Duration| wait.as_secs_f64() * 1e3;
        writeln!(f, "abuse: {} s, seed {}", self.length.as_secs(), self.seed)?;
        for (name, waits) in [("alone", &self.alone), ("beside", &self.beside)] {
            writeln!(
                f,
                "the quiet workspace {name:6}: {} requests, median {:.1} ms, p99 {:.1} ms, most {:.1} ms, refused {}",
                waits.count(),
                ms(waits.percentile(50)),
                ms(waits.percentile(99)),
                ms(waits.percentile(100)),
                waits.refused,
            )?;
            for (what, of) in &waits.by {
                let (median, p99) = (of.percentile(50), of.percentile(99));
                writeln!(
                    f,
                    "  {what:9} median {:.1} ms, p99 {:.1} ms",
                    ms(median),
                    ms(p99)
                )?;
            }
        }
        let ratio = ms(self.beside.percentile(99)) / ms(self.alone.percentile(99));
        writeln!(f, "p99 beside ÷ alone: {ratio:.2} (to reach: ≤ 3)")?;
        let health = &self.health;
        writeln!(
            f,
            "health: slowest {:.1} ms of {} (to reach: ≤ 250), failed {}",
            ms(health.slowest),
            health.asked,
            health.failed
        )?;
        writeln!(
            f,
            "resident memory: {} MiB before, {} MiB at the highest, {} MiB after (to reach: ≤ {})",
            self.memory_before.now,
            self.memory.most,
            self.memory.now,
            BUDGET + BESIDE
        )?;
        let (written, lost) = self.lost;
        writeln!(f, "writes: {written} acknowledged, {lost} lost")?;
        for (name, count) in &self.made {
            writeln!(f, "  {count:6} × {name}")?;
        }
        Ok(())
    }
}
