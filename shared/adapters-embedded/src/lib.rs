//! Everything the system needs in one process: the store, queues and cron, and the SMS sandbox.

pub mod clock;
pub mod cron;
pub mod dice;
pub mod domain_events;
pub mod queue;
pub mod sms_sandbox;
pub mod store;
