//! Beforehand on AWS: the DynamoDB store, and the clients that everything here speaks through.

pub mod clients;
pub mod store;
