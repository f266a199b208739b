//! The store in DynamoDB.

mod tables;

pub use tables::Tables;
