//! What was measured on, and how much it had to do.

use std::fs;
use std::thread::available_parallelism;
use std::time::Instant;

/// The processor and how many cores of it this process may use.
pub fn machine() -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    format!("{cores} cores, {model}, load {load} at the start")
}

/// Time on the wall, and work of the processors for this process.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    began: Instant,
    worked: f64,
}

impl Effort {
    /// From now on.
    pub fn begin() -> Self {
        Self { began: Instant::now(), worked: processor_seconds() }
    }

    /// Seconds on the wall since the beginning.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Seconds that processors worked for this process since the beginning. Unlike the time on the
    /// wall it hardly depends on what else the machine does.
    pub fn worked(&self) -> f64 {
        processor_seconds() - self.worked
    }
}

/// NaN where the system does not say.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets; `utime` and `stime` are fields 14 and 15, in hundredths.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok());
    ticks(11).zip(ticks(12)).map_or(f64::NAN, |(user, system)| (user + system) / 100.0)
}

/// The value that so many percent of the sorted values do not exceed.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    let index = (last * percent / 100.0).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
