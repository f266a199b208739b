//! The whole system in one process, and the operator's command line.

pub mod config;
