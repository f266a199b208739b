use super::guardrail::{Guarded, Guardrails, Window, breach};
use super::{
    Bound, Criterion, GATE_ALPHA, GateFigures, GateMetric, Rule, SuccessGate, Verdict,
    default_gate, evaluate, spent_at,
};
use crate::rollout::RolloutStage;
use crate::statistics::{Share, always_valid, wilson};

fn delivered(hits: u64, of: u64) -> GateFigures {
    GateFigures { texts: of, delivered: Some(Share::new(hits, of)), ..GateFigures::default() }
}

fn gate(rule: Rule) -> SuccessGate {
    let criterion = Criterion { metric: GateMetric::Delivered, bound: Bound::AtLeast(0.95), rule };
    SuccessGate { days_min: 1, criteria: vec![criterion] }
}

#[track_caller]
fn check(hits: u64, of: u64, expected: Verdict) {
    let report = evaluate(&gate(Rule::Interval), &delivered(hits, of), None, 1);
    assert_eq!(report.verdict, expected, "{report:?}");
    let interval = report.findings[0].interval.unwrap();
    assert_eq!(interval, wilson(Share::new(hits, of), report.alpha));
    let as_the_interval_says = match expected {
        Verdict::Pass => interval.low >= 0.95,
        Verdict::Fail => interval.high < 0.95,
        Verdict::NotEnoughData => interval.low < 0.95 && interval.high >= 0.95,
    };
    assert!(as_the_interval_says, "{interval:?}");
}

#[test]
fn metrics_have_the_names_they_are_stored_by() {
    for metric in [
        GateMetric::Delivered,
        GateMetric::OptedOut,
        GateMetric::ModelUsed,
        GateMetric::Satisfied,
        GateMetric::Feedback,
        GateMetric::ModelCostUsd,
        GateMetric::OpenFaults,
        GateMetric::Zones,
        GateMetric::TextsOfLeast,
        GateMetric::OverBudget,
    ] {
        assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
    }
}

#[test]
fn rol_02_of_30_texts_a_gate_knows_only_the_worst() {
    check(30, 30, Verdict::NotEnoughData);
    check(29, 30, Verdict::NotEnoughData);
    check(20, 30, Verdict::Fail);
}

#[test]
fn rol_02_of_300_texts_a_gate_passes_what_is_far_above_and_fails_what_is_far_below() {
    check(298, 300, Verdict::Pass);
    check(290, 300, Verdict::NotEnoughData);
    check(285, 300, Verdict::NotEnoughData);
    check(265, 300, Verdict::Fail);
}

#[test]
fn rol_02_of_3000_texts_a_gate_decides_but_for_a_percent() {
    check(2_895, 3_000, Verdict::Pass);
    check(2_850, 3_000, Verdict::NotEnoughData);
    check(2_800, 3_000, Verdict::Fail);
}

#[test]
fn rol_02_what_is_still_needed_is_enough_and_no_less_is() {
    let report = evaluate(&gate(Rule::Interval), &delivered(291, 300), None, 1);
    let needed = report.findings[0].still_needed.unwrap();
    assert_eq!(report.verdict, Verdict::NotEnoughData);
    // At the same rate of 97 %, in steps of a hundred.
    let verdict =
        |of: u64| evaluate(&gate(Rule::Interval), &delivered(of * 97 / 100, of), None, 1).verdict;
    let whole = (300 + needed).next_multiple_of(100);
    assert_eq!(verdict(whole), Verdict::Pass, "{needed}");
    assert_eq!(verdict(whole - 100), Verdict::NotEnoughData, "{needed}");
    let hopeless = evaluate(&gate(Rule::Interval), &delivered(282, 300), None, 1);
    assert_eq!(hopeless.findings[0].still_needed, None, "94 % never passes 95 %");
}

#[test]
fn rol_02_small_stages_pass_on_the_share_itself_once_the_sample_is_there() {
    let rule = Rule::Point { sample_min: 30 };
    let verdict = |hits, of| evaluate(&gate(rule), &delivered(hits, of), None, 1);
    assert_eq!(verdict(29, 29).verdict, Verdict::NotEnoughData);
    assert_eq!(verdict(29, 29).findings[0].still_needed, Some(1));
    assert_eq!(verdict(29, 30).verdict, Verdict::Pass);
    assert_eq!(verdict(28, 30).verdict, Verdict::Fail);
    assert!(verdict(29, 30).findings[0].interval.unwrap().low < 0.95, "and it is shown");
}

#[test]
fn rol_02_what_is_not_measured_does_not_pass() {
    for stage in RolloutStage::ALL {
        let report = evaluate(&default_gate(stage), &delivered(3_000, 3_000), None, 30);
        assert_eq!(report.verdict, Verdict::NotEnoughData, "{stage:?}");
    }
    let nothing = SuccessGate { days_min: 0, criteria: Vec::new() };
    let report = evaluate(&nothing, &GateFigures::default(), None, 9);
    assert_eq!(report.verdict, Verdict::NotEnoughData);
}

#[test]
fn rol_02_a_stage_lasts_as_long_as_it_must() {
    let gate = SuccessGate { days_min: 3, ..gate(Rule::Point { sample_min: 1 }) };
    assert_eq!(evaluate(&gate, &delivered(9, 9), None, 2).verdict, Verdict::NotEnoughData);
    assert_eq!(evaluate(&gate, &delivered(9, 9), None, 3).verdict, Verdict::Pass);
    assert_eq!(
        evaluate(&gate, &delivered(1, 9), None, 2).verdict,
        Verdict::Fail,
        "bad is bad at once"
    );
}

#[test]
fn rol_02_an_internal_stage_that_went_well_passes() {
    let figures = GateFigures {
        zones: Some(5),
        texts_of_least: Some(6),
        model_used: Some(Share::new(28, 30)),
        feedback: Some(Share::new(5, 5)),
        open_faults: Some(0),
        ..delivered(30, 30)
    };
    let gate = default_gate(RolloutStage::Internal);
    assert_eq!(evaluate(&gate, &figures, None, 3).verdict, Verdict::Pass);
    let bug = GateFigures { open_faults: Some(1), ..figures };
    assert_eq!(evaluate(&gate, &bug, None, 3).verdict, Verdict::Fail);
    let few = GateFigures { texts_of_least: Some(5), ..figures };
    let verdict = evaluate(&gate, &few, None, 3).verdict;
    assert_eq!(verdict, Verdict::NotEnoughData, "the sixth may come");
    let silent = GateFigures { feedback: Some(Share::new(4, 5)), ..figures };
    assert_eq!(evaluate(&gate, &silent, None, 3).verdict, Verdict::Fail);
}

#[test]
fn rol_02_a_stage_is_stable_unless_a_share_is_worse_than_before_beyond_doubt() {
    let figures = |delivered, opted_out| GateFigures {
        opted_out: Some(Share::new(opted_out, 1_000)),
        open_faults: Some(0),
        ..super::tests::delivered(delivered, 10_000)
    };
    let before = figures(9_800, 20);
    let verdict = |now: &GateFigures, before: Option<&GateFigures>| {
        evaluate(&default_gate(RolloutStage::Percent25), now, before, 7)
    };
    assert_eq!(verdict(&before, Some(&before)).verdict, Verdict::Pass);
    assert_eq!(verdict(&figures(9_790, 24), Some(&before)).verdict, Verdict::Pass, "by chance");
    let worse = verdict(&figures(9_700, 20), Some(&before));
    assert_eq!(worse.verdict, Verdict::Fail, "97 % is enough, but it was 98 %");
    let failed: Vec<_> = worse.findings.iter().filter(|f| f.verdict == Verdict::Fail).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].criterion.bound, Bound::AtLeast(0.98), "the bound is what it was");
    assert_eq!(verdict(&figures(9_800, 60), Some(&before)).verdict, Verdict::Fail);
    assert_eq!(verdict(&before, None).verdict, Verdict::NotEnoughData, "nothing to compare with");
}

#[test]
fn rol_02_all_looks_together_spend_no_more_than_the_error() {
    let spent: f64 = (1..=100_000).map(|look| spent_at(GATE_ALPHA, look)).sum();
    assert!(spent < GATE_ALPHA && spent > 0.99 * GATE_ALPHA, "{spent}");
}

#[test]
fn rol_04_a_fall_to_80_percent_breaks_the_guardrail_and_a_healthy_rate_never_does() {
    let rails = Guardrails::default();
    for window in Window::ALL {
        let broken = breach(&rails, window, &delivered(400, 500)).unwrap();
        assert_eq!((broken.what, broken.window), (Guarded::Delivered, window));
        assert!(broken.interval.high < 0.9);
        for (hits, of) in [(0, 0), (0, 2), (8, 10), (18, 20), (95, 100), (9_000, 10_000)] {
            assert_eq!(breach(&rails, window, &delivered(hits, of)), None, "{hits} of {of}");
        }
    }
    let out = Some(Share::new(90, 300));
    let figures = GateFigures { opted_out: out, ..delivered(300, 300) };
    assert_eq!(breach(&rails, Window::Stage, &figures).unwrap().what, Guarded::OptedOut);
}

#[test]
fn rol_04_a_share_breaks_its_guardrail_if_its_whole_interval_lies_beyond() {
    let rails = Guardrails::default();
    for (hits, of) in (1..=60).flat_map(|of| (0..=of).map(move |hits| (hits * 7, of * 7))) {
        let interval = always_valid(Share::new(hits, of), Window::Day.alpha() / 2.0);
        let is_beyond = interval.high < rails.delivered_min;
        let found = breach(&rails, Window::Day, &delivered(hits, of));
        assert_eq!(found.map(|breach| breach.interval), is_beyond.then_some(interval));
    }
}

#[test]
fn rol_04_a_day_in_which_the_model_costs_too_much_breaks_the_guardrail() {
    let rails = Guardrails::default();
    let costs = |model_cost_usd| GateFigures {
        model_cost_usd: Some(model_cost_usd),
        ..delivered(100, 100)
    };
    let broken = breach(&rails, Window::Day, &costs(0.051)).unwrap();
    assert_eq!(broken.what, Guarded::ModelCostUsd);
    assert_eq!(broken.words(), "cost of the model 0.0510 USD a user and day (at most 0.0500)");
    assert_eq!(breach(&rails, Window::Day, &costs(0.05)), None);
    assert_eq!(breach(&rails, Window::Stage, &costs(0.051)), None, "a stage has many days");
}

#[test]
fn rol_04_windows_end_and_a_stage_does_not() {
    let began: jiff::Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
    let is_over = |window: Window, minutes| {
        window.is_over(began, began + jiff::SignedDuration::from_mins(minutes))
    };
    assert!(!is_over(Window::Hour, 59) && is_over(Window::Hour, 60));
    assert!(!is_over(Window::Day, 24 * 60 - 1) && is_over(Window::Day, 24 * 60));
    assert!(!is_over(Window::Stage, 400 * 24 * 60));
    for what in [Guarded::Delivered, Guarded::OptedOut, Guarded::ModelCostUsd] {
        assert_eq!(serde_json::to_value(what).unwrap(), what.name());
    }
}
