//! All tests that need more than one crate, in one binary.

mod access;
mod alr;
mod api;
mod cal;
mod cli;
mod codes;
mod contract;
#[cfg(feature = "aws")]
mod contract_dynamodb;
#[cfg(feature = "aws")]
mod contract_services;
mod dashboard;
mod del;
mod domain_events;
#[cfg(feature = "aws")]
mod dynamodb;
mod exp;
mod faults;
mod fuzz;
mod grafana;
mod inbound;
mod met;
mod ops;
mod own_page;
mod pages;
#[cfg(feature = "aws")]
mod payloads;
mod people;
mod pre;
mod privacy;
mod ratings;
mod restart;
mod retention;
mod rol;
mod sch;
mod sec;
mod simulation;
mod small_worlds;
mod template;
mod tidy;
mod twilio_loopback;
mod txt;
mod tz;
