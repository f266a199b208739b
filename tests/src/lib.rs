//! The whole system on a manual clock, for tests: everything embedded, nothing waits.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are the helpers of tests: what does not hold ends the test"
)]

pub mod alerts;
#[cfg(feature = "aws")]
pub mod aws;
pub mod browser;
pub mod calendar_server;
pub mod chance;
pub mod collector;
pub mod contract;
pub mod dav_server;
pub mod domain_events;
pub mod events;
pub mod faults;
pub mod fuzz;
pub mod google_server;
pub mod inspect;
pub mod issuer;
pub mod leaks;
pub mod load;
pub mod memory;
pub mod microsoft_server;
pub mod simulation;
pub mod small_worlds;
pub mod stand_ins;
pub mod stored;
mod token_server;
pub mod twice;
pub mod users;
pub mod webhooks;
pub mod world;
