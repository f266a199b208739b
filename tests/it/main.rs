//! All tests that need more than one crate, in one binary.

mod api;
mod cli;
mod pages;
mod del;
mod faults;
mod inbound;
mod pre;
mod sch;
mod tidy;
mod tz;
