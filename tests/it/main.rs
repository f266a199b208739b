//! All tests that need more than one crate, in one binary.

mod alr;
mod api;
mod cal;
mod cli;
mod contract;
#[cfg(feature = "aws")]
mod contract_dynamodb;
#[cfg(feature = "aws")]
mod contract_services;
mod del;
mod domain_events;
#[cfg(feature = "aws")]
mod dynamodb;
mod faults;
mod fuzz;
mod inbound;
mod met;
mod ops;
mod own_page;
mod pages;
mod payloads;
mod people;
mod pre;
mod ratings;
mod restart;
mod rol;
mod sch;
mod sec;
mod simulation;
mod template;
mod tidy;
mod twilio_loopback;
mod txt;
mod tz;
