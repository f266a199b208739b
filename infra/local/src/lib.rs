//! The whole system in one process, and the operator's command line.

pub mod cli;
pub mod config;
pub mod output;
pub mod pages;
pub mod sandbox_server;
pub mod system;
