//!
pub mod cron;
pub mod sms_sandbox;
