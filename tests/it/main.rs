//! All tests that need more than one crate, in one binary.

mod api;
mod cal;
mod cli;
mod contract;
mod contract_dynamodb;
mod contract_services;
mod del;
mod domain_events;
mod dynamodb;
mod faults;
mod inbound;
mod pages;
mod payloads;
mod pre;
mod restart;
mod sch;
mod simulation;
mod template;
mod tidy;
mod twilio_loopback;
mod tz;
