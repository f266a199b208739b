use super::{
    Interval, Share, always_valid, always_valid_difference, detectable, deviations, difference,
    sample_ratio, wilson,
};

#[track_caller]
fn near(interval: Interval, low: f64, high: f64) {
    let apart = (interval.low - low).abs().max((interval.high - high).abs());
    assert!(apart < 5e-5, "{interval:?}, expected {low} to {high}");
}

#[test]
fn wilsons_interval_is_the_published_one() {
    // Newcombe (1998), table I: 81/263, 15/148, 0/20, 1/29.
    near(wilson(Share::new(81, 263), 0.05), 0.2553, 0.3662);
    near(wilson(Share::new(15, 148), 0.05), 0.0624, 0.1605);
    near(wilson(Share::new(0, 20), 0.05), 0.0, 0.1611);
    near(wilson(Share::new(1, 29), 0.05), 0.0061, 0.1718);
    assert_eq!(wilson(Share::new(0, 0), 0.05), Interval::UNKNOWN);
}

#[test]
fn newcombes_interval_is_the_published_one() {
    // Newcombe (1998), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
    let of = |hits, of| Share::new(hits, of);
    near(difference(of(48, 80), of(56, 70), 0.05).unwrap(), 0.0524, 0.3339);
    near(difference(of(3, 10), of(9, 10), 0.05).unwrap(), 0.1705, 0.8090);
    near(difference(of(0, 20), of(10, 10), 0.05).unwrap(), 0.6791, 1.0);
    assert_eq!(difference(of(0, 0), of(1, 1), 0.05), None);
}

#[test]
fn an_interval_for_every_look_holds_the_one_for_a_single_look() {
    for of in [1_u64, 2, 10, 100, 3_000] {
        for hits in [0, of / 10, of / 2, of * 9 / 10, of] {
            let share = Share::new(hits, of);
            let (one, every) = (wilson(share, 0.05), always_valid(share, 0.05));
            assert!(every.low <= one.low + 0.02 && every.high >= one.high - 0.02, "{share:?}");
            assert!(every.holds(share.rate().unwrap()), "{share:?} {every:?}");
        }
    }
    let (first, second) = (Share::new(500, 1_000), Share::new(700, 1_000));
    let every = always_valid_difference(first, second, 0.05);
    let one = difference(first, second, 0.05).unwrap();
    assert!(every.low < one.low && every.high > one.high && every.low > 0.0);
}

#[test]
fn the_sample_ratio_is_judged_by_the_weights() {
    // Chi-square of 3.84 with one degree of freedom is the 5 % point.
    let p = sample_ratio(&[5_098, 4_902], &[1, 1]).unwrap();
    assert!((p - 0.05).abs() < 1e-3, "{p}");
    assert!(sample_ratio(&[100, 200, 300], &[1, 2, 3]).unwrap() > 0.999);
    assert!(sample_ratio(&[5_300, 4_700], &[1, 1]).unwrap() < 1e-6);
    assert_eq!(sample_ratio(&[0, 0], &[1, 1]), None);
    assert_eq!(sample_ratio(&[3], &[1]), None);
    assert_eq!(sample_ratio(&[1, 2, 3], &[1, 1]), None, "a group without a weight");
}

#[test]
fn twice_as_much_is_found_with_a_quarter_of_the_users() {
    let found = |size| detectable(0.5, [size, size], 0.05, 0.8).unwrap();
    assert!((found(1_000) * 2.0 - found(250)).abs() < 1e-12);
    assert!((found(1_565) - 0.05).abs() < 1e-3, "the textbook's 5 points at 50 %");
    assert_eq!(detectable(0.5, [0, 9], 0.05, 0.8), None);
}

/// As they were when `tests/statistics/run` found that scipy and statsmodels say the same.
#[test]
fn intervals_stay_what_other_libraries_agree_with() {
    let counts = [(0, 20), (1, 29), (15, 148), (30, 30), (500, 1_000), (2_994, 3_000)];
    let mut lines = Vec::new();
    let told = |interval: Interval| format!("{:.7} to {:.7}", interval.low, interval.high);
    for alpha in [0.05, 0.001] {
        lines.push(format!("{alpha}: {:.7} deviations", deviations(alpha)));
        for (hits, of) in counts {
            let share = Share::new(hits, of);
            let (one, every) = (told(wilson(share, alpha)), told(always_valid(share, alpha)));
            lines.push(format!("{hits} of {of} at {alpha}: {one}, always {every}"));
            let other = Share::new(60, 200);
            let one = told(difference(share, other, alpha).unwrap());
            let every = told(always_valid_difference(share, other, alpha));
            lines.push(format!("    60 of 200 are more by {one}, always {every}"));
        }
    }
    for (counts, weights) in [([5_098, 4_902], [1, 1]), ([10, 30], [1, 2]), ([7, 3], [2, 1])] {
        let p = sample_ratio(&counts, &weights).unwrap();
        lines.push(format!("{counts:?} by {weights:?}: {p:.7}"));
    }
    for (rate, sizes) in [(0.5, [100, 100]), (0.02, [50, 4_000])] {
        let least = detectable(rate, sizes, 0.05, 0.8).unwrap();
        lines.push(format!("{rate} of {sizes:?}: {least:.7}"));
    }
    insta::assert_snapshot!("intervals", lines.join("\n"));
}
