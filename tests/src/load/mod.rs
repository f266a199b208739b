//! The whole system under load, on the real clock: what the measurements of `docs/BENCHMARKS.md`
//! stand on. Nothing here is a test, and no test uses it.

mod crowd;
mod machine;
mod rig;

pub use crowd::{Crowd, LEAD};
pub use machine::{Effort, machine, percentile};
pub use rig::{Rig, Way};
