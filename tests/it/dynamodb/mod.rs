//! The DynamoDB store where DynamoDB does not do what one would like.

mod answers;
mod clock;
mod conflicts;
mod hours;
mod lost;
mod mirror;
mod unreadable;
