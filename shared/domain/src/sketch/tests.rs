//! Sketches: what they promise, for any values.

use proptest::prelude::*;

use super::*;

/// Two months, in milliseconds.
const LONG: u64 = 60 * 24 * 3_600 * 1_000;

fn sketch(values: &[u64]) -> Sketch {
    let mut sketch = Sketch::default();
    values.iter().for_each(|value| sketch.add(*value));
    sketch
}

#[test]
fn buckets_hold_a_month_of_milliseconds() {
    assert!(BOUNDS.is_sorted());
    assert!(BOUNDS[BUCKETS - 1] > 31 * 24 * 3_600 * 1_000, "{}", BOUNDS[BUCKETS - 1]);
    for value in 0..26 {
        assert_eq!(middle(bucket(value)), value, "small values are kept exactly");
    }
    assert_eq!(usize::from(bucket(u64::MAX)), BUCKETS - 1);
}

#[test]
fn nothing_has_no_mean_and_no_median() {
    assert_eq!(Sketch::default().mean(), None);
    assert_eq!(Sketch::default().quantile(500), None);
    assert_eq!(Sketch::default().spread(), None);
    assert_eq!(Sketch::of([(3, 0), (4, -2)], -7), Sketch::default());
}

#[test]
fn a_hundred_values_are_described() {
    let spread = sketch(&(1..=100).map(|n| n * 1_000).collect::<Vec<_>>()).spread().unwrap();
    assert_eq!((spread.count, spread.mean), (100, 50_500));
    for (found, expected) in [(spread.p50, 50_000), (spread.p95, 95_000), (spread.p99, 99_000)] {
        assert!(u64::abs_diff(found, expected) * 50 <= expected, "{found} for {expected}");
    }
}

proptest! {
    #[test]
    fn quantiles_err_by_two_hundredths_at_most(
        mut values in prop::collection::vec(0..LONG / 2, 1..200),
        thousandths in 0..=1_000_u64,
    ) {
        let found = sketch(&values).quantile(thousandths).unwrap();
        values.sort_unstable();
        let rank = (values.len() as u64 * thousandths).div_ceil(1_000).max(1);
        let exact = values[usize::try_from(rank - 1).unwrap()];
        prop_assert!(u64::abs_diff(found, exact) * 50 <= exact, "{found} for {exact}");
    }

    #[test]
    fn merging_is_the_sketch_of_all_and_subtracting_undoes_it(
        one in prop::collection::vec(0..LONG, 0..50),
        other in prop::collection::vec(0..LONG, 0..50),
    ) {
        let mut merged = sketch(&one);
        merged.merge(&sketch(&other));
        let all: Vec<_> = one.iter().chain(&other).copied().collect();
        prop_assert_eq!(&merged, &sketch(&all));
        merged.subtract(&sketch(&other));
        prop_assert_eq!(merged, sketch(&one));
    }
}

#[test]
fn the_middle_of_a_bucket_is_between_its_first_and_its_last_value() {
    let mut of: std::collections::BTreeMap<u16, (u64, u64)> = std::collections::BTreeMap::new();
    for value in 0..20_000 {
        of.entry(bucket(value)).or_insert((value, value)).1 = value;
    }
    // The values of the last end further up.
    of.pop_last();
    for (bucket, (first, last)) in of {
        assert_eq!(middle(bucket), first.midpoint(last), "{bucket}");
    }
    let last = u16::try_from(BUCKETS - 1).unwrap();
    assert_eq!(middle(u16::MAX), middle(last));
    assert_eq!(sketch(&[3, 40, 500]).sum(), 543);
}
