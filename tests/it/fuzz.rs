//! A short run of every fuzz target; `tests/fuzz/run` is the long one.

use tests::fuzz::{NAMES, feed, target};

/// Inputs of each target, its seeds included.
const INPUTS: usize = 400;

#[track_caller]
fn check(name: &str) {
    assert!(NAMES.contains(&name));
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("FUZZ_SEED={seed}");
    let fed = feed(&mut *target(name), seed, |number| number < INPUTS);
    let fed = fed.unwrap_or_else(|broken| {
        let input = String::from_utf8_lossy(&broken.input);
        panic!("{name}: input {} of seed {seed} is not read as it must be:\n{input}", broken.number)
    });
    assert!(fed >= INPUTS, "{fed}");
}

#[test]
fn any_form_that_is_signed_is_answered() {
    check("form");
}

#[test]
fn any_calendar_file_is_read_the_same_way_twice() {
    check("calendar");
}

#[test]
fn any_stored_item_is_refused_or_read_as_it_would_be_written() {
    check("stored");
}

#[test]
fn any_payload_is_refused_or_read_as_it_would_be_written() {
    check("payload");
}

#[test]
fn any_configuration_is_refused_or_taken_without_telling_its_secret() {
    check("configuration");
}
