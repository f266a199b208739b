//! Everything the system needs in one process: the store, queues and cron, and the sandboxes for
//! texts and for models.

pub mod clock;
pub mod cron;
pub mod dice;
pub mod domain_events;
pub mod model_sandbox;
pub mod queue;
pub mod sms_sandbox;
pub mod store;
