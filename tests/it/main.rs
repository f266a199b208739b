//! All tests that need more than one crate, in one binary.

mod api;
mod cli;
mod contract;
mod del;
mod faults;
mod inbound;
mod pages;
mod pre;
mod restart;
mod sch;
mod simulation;
mod template;
mod tidy;
mod twilio_loopback;
mod tz;
