//! Prints what the statistics say of many cases, a case on each line: what, inputs, `=`, results.
//! `tests/statistics/run` compares them with a second opinion.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "that is what it is for")]

use domain::gates::{
    Bound, Criterion, GATE_ALPHA, GateFigures, GateMetric, Rule, SuccessGate, evaluate, spent_at,
};
use domain::lead_choice::Belief;
use domain::lead_time::LeadTime;
use domain::statistics::{
    Interval, Share, always_valid, always_valid_difference, detectable, difference, sample_ratio,
    wilson,
};

/// Sizes of samples, from none to many.
const SIZES: [u64; 9] = [1, 2, 5, 30, 100, 300, 1_000, 3_000, 100_000];

/// Errors, from the wide to those that a daily look spends.
const ALPHAS: [f64; 4] = [0.1, 0.05, 0.01, 0.000_05];

fn main() {
    for of in SIZES {
        for hits in shares(of) {
            for alpha in ALPHAS {
                one(Share::new(hits, of), alpha);
            }
        }
    }
    for (first, second) in SIZES.into_iter().zip(SIZES.into_iter().rev()) {
        for hits in shares(first) {
            for other in shares(second) {
                two(Share::new(hits, first), Share::new(other, second));
            }
        }
    }
    for count in SIZES {
        for (weights, skew) in [([1, 1, 1], 0), ([1, 1, 1], 7), ([1, 2, 7], 0), ([5, 3, 2], 11)] {
            let counts = [count * 10 + skew, count * 11, count * 9 + 2 * skew];
            let p = sample_ratio(&counts, &weights).unwrap_or(f64::NAN);
            let [a, b, c] = counts;
            let [x, y, z] = weights;
            println!("sample_ratio {a} {b} {c} {x} {y} {z} = {p:e}");
        }
    }
    for good in SIZES {
        for bad in [0, 1, 4, 30, 3_000] {
            beliefs(good, bad);
        }
    }
    for look in 1..=60 {
        println!("spent {GATE_ALPHA} {look} = {:e}", spent_at(GATE_ALPHA, look));
        needed(look);
    }
}

/// None, one, a tenth, a half, nearly all, all.
fn shares(of: u64) -> Vec<u64> {
    let mut shares = vec![0, 1, of / 10, of / 2, of - of / 20, of];
    shares.sort_unstable();
    shares.dedup();
    shares
}

fn one(share: Share, alpha: f64) {
    let Share { hits, of } = share;
    told(&format!("wilson {hits} {of} {alpha}"), wilson(share, alpha));
    told(&format!("always_valid {hits} {of} {alpha}"), always_valid(share, alpha));
}

fn two(first: Share, second: Share) {
    let inputs = format!("{} {} {} {} 0.05", first.hits, first.of, second.hits, second.of);
    if let Some(apart) = difference(first, second, 0.05) {
        told(&format!("difference {inputs}"), apart);
    }
    let apart = always_valid_difference(first, second, 0.05);
    told(&format!("always_valid_difference {inputs}"), apart);
    let rate = first.rate().unwrap_or(0.0);
    let sizes = [first.of, second.of];
    let found = detectable(rate, sizes, 0.05, 0.8).unwrap_or(f64::NAN);
    println!("detectable {rate} {} {} 0.05 0.8 = {found:e}", sizes[0], sizes[1]);
}

/// What is drawn of a lead time of which so many quarters of texts were liked, and not.
fn beliefs(good: u64, bad: u64) {
    let lead = LeadTime::from_minutes(15).expect("a lead time");
    let quarters = |count| u32::try_from(count).unwrap_or(u32::MAX);
    let belief = Belief { lead, good: quarters(good), bad: quarters(bad) };
    for p in [0.001, 0.1, 0.5, 0.9, 0.999] {
        println!("belief {good} {bad} {p} = {:e}", belief.quantile(p));
    }
}

/// How many texts a gate of 95 % still needs at 291 of 300 delivered.
fn needed(look: u32) {
    let criterion = Criterion {
        metric: GateMetric::Delivered,
        bound: Bound::AtLeast(0.95),
        rule: Rule::Interval,
    };
    let gate = SuccessGate { days_min: 0, criteria: vec![criterion] };
    let delivered = Some(Share::new(291, 300));
    let figures = GateFigures { delivered, ..GateFigures::default() };
    let report = evaluate(&gate, &figures, None, look);
    let needed = report.findings.first().and_then(|finding| finding.still_needed).unwrap_or(0);
    println!("needed 0.97 0.95 {:e} = {}", report.alpha, needed + 300);
}

fn told(what: &str, interval: Interval) {
    println!("{what} = {:e} {:e}", interval.low, interval.high);
}
