//! Beforehand on AWS: the DynamoDB store, the queues, the bus, secrets, configuration and logs, and
//! the clients that everything here speaks through.

mod batches;
#[cfg(feature = "bedrock")]
pub mod bedrock;
pub mod bus;
mod causes;
pub mod clients;
pub mod clock;
pub mod config;
mod connector;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod queues;
pub mod secrets;
pub mod start;
pub mod store;
pub mod telemetry;
