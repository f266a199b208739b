use jiff::Timestamp;

use super::report::{ALPHA, ArmFigures, Finding, of_users, report};
use super::{BadExperiment, Experiment, Metric, Promotion, Slice, Treatment, Variant, WordSource};
use crate::buckets::bucket_of;
use crate::gates::guardrail::Guardrails;
use crate::ids::UserId;
use crate::lead_time::LeadTime;
use crate::statistics::{Share, always_valid_difference, wilson};
use crate::texts::TemplateVersion;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn experiment(weights: &[u32]) -> Experiment {
    let arm = |(place, weight): (usize, &u32)| Variant {
        name: format!("arm-{place}"),
        weight: *weight,
        treatment: Treatment::default(),
    };
    Experiment {
        name: "leads".to_owned(),
        salt: "first".to_owned(),
        slice: Slice { layer: "time".to_owned(), from: 0, until: 10_000 },
        arms: weights.iter().enumerate().map(arm).collect(),
        starts_at: at("2026-12-01T00:00:00Z"),
        ends_at: at("2026-12-31T00:00:00Z"),
        metric: Metric::Rating,
        guardrails: Guardrails::default(),
        promotion: Promotion::default(),
    }
}

fn crowd(count: usize) -> Vec<UserId> {
    (0..count).map(|number| UserId::parse(&format!("user {number}")).unwrap()).collect()
}

/// Whether the metric holds of a user in a run: a throw of the dice that has nothing to do with
/// the arm.
fn hits(run: u32, user: &UserId, percent: u32) -> bool {
    bucket_of(&["metric", &run.to_string()], user) < percent * 100
}

fn figures(
    experiment: &Experiment,
    users: &[UserId],
    hits: impl Fn(&UserId, usize) -> bool,
) -> Vec<ArmFigures> {
    let mut arms = vec![ArmFigures::default(); experiment.arms.len()];
    for user in users {
        let Some(arm) = experiment.arm_of(user) else { continue };
        arms[arm].exposed += 1;
        arms[arm].of += 1;
        arms[arm].hits += u64::from(hits(user, arm));
    }
    arms
}

#[test]
fn exp_01_arms_are_sticky_and_as_large_as_their_weights() {
    let users = crowd(10_000);
    let minutes = [5, 10, 15, 30, 60];
    let mut leads = experiment(&[1; 5]);
    for (arm, minutes) in leads.arms.iter_mut().zip(minutes) {
        arm.treatment.lead = LeadTime::from_minutes(minutes).ok();
    }
    assert_eq!(leads.check(&[]), Ok(()));
    for experiment in [leads, experiment(&[1, 1]), experiment(&[9, 1])] {
        let stored = serde_like(&experiment);
        let whole: u32 = experiment.arms.iter().map(|arm| arm.weight).sum();
        let mut sizes = vec![0_u32; experiment.arms.len()];
        for user in &users {
            let arm = experiment.arm_of(user).unwrap();
            assert_eq!(stored.arm_of(user), Some(arm));
            sizes[arm] += 1;
        }
        for (arm, size) in experiment.arms.iter().zip(sizes) {
            let expected = 10_000 * arm.weight / whole;
            // Four standard deviations of the largest variance.
            assert!(size.abs_diff(expected) < 200, "{}: {size}", arm.name);
        }
    }
}

/// The same experiment made anew, as another process reads it.
fn serde_like(experiment: &Experiment) -> Experiment {
    Experiment { arms: experiment.arms.clone(), ..experiment.clone() }
}

#[test]
fn exp_01_slices_of_a_layer_share_nobody_and_layers_are_independent() {
    let mut first = experiment(&[1, 1]);
    first.slice.until = 4_000;
    let mut second = Experiment { name: "words".to_owned(), ..first.clone() };
    let taken = second.check(std::slice::from_ref(&first)).unwrap_err();
    assert!(matches!(taken, BadExperiment::Overlaps { .. }), "{taken}");
    (second.slice.from, second.slice.until) = (4_000, 10_000);
    assert_eq!(second.check(std::slice::from_ref(&first)), Ok(()));
    let other_layer = Experiment {
        slice: Slice { layer: "texts".to_owned(), from: 0, until: 10_000 },
        ..second.clone()
    };
    assert_eq!(other_layer.check(&[first.clone(), second.clone()]), Ok(()));
    let mut together = [[0_u32; 2]; 2];
    for user in crowd(10_000) {
        let (one, two) = (first.arm_of(&user), second.arm_of(&user));
        assert!(one.is_some() != two.is_some(), "{user} is in exactly one");
        if let Some(one) = one {
            together[one][other_layer.arm_of(&user).unwrap()] += 1;
        }
    }
    // 4,000 users over four cells: four standard deviations are 110.
    assert!(together.iter().flatten().all(|cell| cell.abs_diff(1_000) < 120), "{together:?}");
}

#[test]
fn exp_01_experiments_that_touch_in_buckets_or_in_time_share_nobody() {
    let first = experiment(&[1, 1]);
    let with = |from, until| Experiment {
        name: format!("words-{from}"),
        slice: Slice { layer: "time".to_owned(), from, until },
        ..first.clone()
    };
    assert_eq!(with(0, 4_000).check(&[with(4_000, 10_000)]), Ok(()));
    let beside = |one: &Experiment, other: &Experiment| {
        [one.check(std::slice::from_ref(other)), other.check(std::slice::from_ref(one))]
    };
    assert_eq!(beside(&first, &with(0, 4_000)).map(|told| told.is_ok()), [false; 2]);
    let mut next = with(0, 10_000);
    (next.starts_at, next.ends_at) = (first.ends_at, at("2027-01-31T00:00:00Z"));
    assert_eq!(beside(&first, &next), [Ok(()), Ok(())]);
}

#[test]
fn exp_01_arms_are_found_by_name_and_told_apart_by_what_they_do() {
    let mut experiment = experiment(&[1, 1]);
    assert_eq!(experiment.arm("arm-1"), experiment.arms.get(1));
    assert_eq!(experiment.arm("arm-2"), None);
    assert!(experiment.is_a_a() && !experiment.is_of_leads() && !experiment.is_of_words());
    experiment.arms[1].treatment.source = Some(WordSource::Template);
    assert_eq!(experiment.check(&[]), Ok(()));
    assert!(experiment.is_of_words() && !experiment.is_of_leads() && !experiment.is_a_a());
    experiment.arms[1].treatment =
        Treatment { lead: LeadTime::from_minutes(30).ok(), ..Treatment::default() };
    assert!(experiment.is_of_leads() && !experiment.is_of_words());
    experiment.arms[1].name = "two words".to_owned();
    let given = "two words".to_owned();
    assert_eq!(experiment.check(&[]), Err(BadExperiment::Name { given }));
    experiment.arms[1].name = String::new();
    assert_eq!(experiment.check(&[]), Err(BadExperiment::Names));
    assert_eq!(Metric::ALL.map(Metric::name), ["delivery", "rating", "opt_out"]);
}

#[test]
fn exp_01_a_report_shows_rates_intervals_cost_and_no_winner_too_soon() {
    let experiment = experiment(&[1, 1]);
    let users = crowd(10_000);
    let mut arms =
        figures(&experiment, &users, |user, arm| hits(1, user, if arm == 0 { 40 } else { 60 }));
    arms[1].cost_micro_usd = Some(arms[1].exposed * 300);
    let told = report(&experiment, &arms);
    let second = &told.arms[1];
    let comparison = second.comparison.unwrap();
    assert_eq!(comparison.finding, Finding::Better);
    assert!(comparison.at_every_look.holds(0.2), "{comparison:?}");
    assert!(second.interval.holds(second.rate.unwrap()));
    assert_eq!((told.arms[0].cost_per_user_usd, second.cost_per_user_usd), (None, Some(0.0003)));
    assert!((0.02..0.04).contains(&comparison.detectable.unwrap()), "{comparison:?}");
    let few = figures(&experiment, &users[..60], |user, arm| {
        hits(1, user, if arm == 0 { 40 } else { 60 })
    });
    let early = report(&experiment, &few).arms[1].comparison.unwrap();
    assert_eq!(early.finding, Finding::NoVerdictYet);
    let nobody = report(&experiment, &[ArmFigures::default(); 2]);
    assert_eq!(nobody.arms[1].comparison.unwrap().finding, Finding::NoVerdictYet);
}

#[test]
fn exp_02_of_200_a_a_runs_on_10_000_users_3_to_8_percent_are_false_alarms_at_the_end() {
    let users = crowd(10_000);
    let (mut at_the_end, mut at_any_look) = (0, 0);
    for run in 0..200 {
        let experiment = Experiment { salt: format!("run {run}"), ..experiment(&[1, 1]) };
        let assigned: Vec<_> = users.iter().map(|user| experiment.arm_of(user).unwrap()).collect();
        let mut arms = [ArmFigures::default(); 2];
        let mut is_alarmed = false;
        for (place, (user, arm)) in users.iter().zip(assigned).enumerate() {
            arms[arm].exposed += 1;
            arms[arm].of += 1;
            arms[arm].hits += u64::from(hits(run, user, 50));
            // A look a day for 25 days, while 400 users a day come in.
            if (place + 1) % 400 == 0 {
                let finding = report(&experiment, &arms).arms[1].comparison.unwrap().finding;
                is_alarmed |= matches!(finding, Finding::Better | Finding::Worse);
            }
        }
        let end = report(&experiment, &arms).arms[1].comparison.unwrap().at_the_end.unwrap();
        at_the_end += u32::from(!end.holds(0.0));
        at_any_look += u32::from(is_alarmed);
    }
    assert!((6..=16).contains(&at_the_end), "{at_the_end} of 200 at the end");
    assert!(at_any_look <= 10, "{at_any_look} of 200 at any of 25 looks");
}

#[test]
fn exp_03_a_broken_assignment_is_told_and_no_winner_is_named() {
    let experiment = experiment(&[1, 1]);
    let users = crowd(10_000);
    let mut arms =
        figures(&experiment, &users, |user, arm| hits(1, user, if arm == 0 { 40 } else { 60 }));
    assert!(report(&experiment, &arms).is_sample_sound);
    // A tenth of the second arm is lost on the way to the log.
    arms[1].exposed -= arms[1].exposed / 10;
    arms[1].of = arms[1].exposed;
    arms[1].hits -= arms[1].hits / 10;
    let told = report(&experiment, &arms);
    assert!(!told.is_sample_sound && told.sample_ratio_p.unwrap() < 1e-4);
    assert_eq!(told.arms[1].comparison.unwrap().finding, Finding::BrokenAssignment);
}

fn plain() -> Treatment {
    Treatment::default()
}

#[test]
fn what_cannot_be_run_is_refused() {
    let check = |change: fn(&mut Experiment), expected: BadExperiment| {
        let mut changed = experiment(&[1, 1]);
        change(&mut changed);
        assert_eq!(changed.check(&[]), Err(expected));
    };
    check(|it| it.arms.truncate(1), BadExperiment::Arms);
    check(|it| it.arms[1].name = it.arms[0].name.clone(), BadExperiment::Names);
    check(|it| it.arms[1].weight = 0, BadExperiment::Weights);
    check(|it| it.slice.until = 10_001, BadExperiment::Slice);
    check(|it| it.name = "a/b".to_owned(), BadExperiment::Name { given: "a/b".to_owned() });
    check(|it| it.name = String::new(), BadExperiment::Name { given: String::new() });
    let arm = || "arm-1".to_owned();
    let seven = |it: &mut Experiment| it.arms[1].treatment.lead = LeadTime::from_minutes(7).ok();
    check(seven, BadExperiment::Lead { arm: arm() });
    let odd = |it: &mut Experiment| {
        it.arms[1].treatment =
            Treatment { source: Some(WordSource::Template), prompt: Some(2), ..plain() };
    };
    check(odd, BadExperiment::PromptOfTemplate { arm: arm() });
    let modelled = |it: &mut Experiment| {
        let template = Some(TemplateVersion::of(2));
        it.arms[1].treatment = Treatment { source: Some(WordSource::Model), template, ..plain() };
    };
    check(modelled, BadExperiment::TemplateOfModel { arm: arm() });
    let ninth = |it: &mut Experiment| {
        it.arms[1].treatment.template = Some(TemplateVersion::of(9));
    };
    let known = "1, 2".to_owned();
    check(ninth, BadExperiment::NoTemplate { arm: arm(), version: 9, known });
    let mut second = experiment(&[1, 1]);
    second.arms[1].treatment.template = Some(TemplateVersion::of(2));
    assert!(second.check(&[]).is_ok() && !second.is_a_a() && !second.is_of_words());
    check(|it| it.guardrails.delivered_min = 95.0, BadExperiment::Guardrails);
    check(|it| it.ends_at = it.starts_at, BadExperiment::Times);
    assert!(!experiment(&[1, 1]).runs_at(at("2026-12-31T00:00:00Z")), "the end is not in it");
}

#[test]
fn exp_01_fewer_opt_outs_are_better_and_texts_count_as_their_users_do() {
    let opt_outs = Experiment { metric: Metric::OptOut, ..experiment(&[1, 1]) };
    let arm =
        |hits| ArmFigures { exposed: 1_000, of: 1_000, hits, openers: 0, cost_micro_usd: None };
    let finding = |experiment: &Experiment, first, second| {
        report(experiment, &[arm(first), arm(second)]).arms[1].comparison.unwrap().finding
    };
    assert_eq!(finding(&opt_outs, 300, 100), Finding::Better);
    assert_eq!(finding(&opt_outs, 100, 300), Finding::Worse);
    assert_eq!(finding(&experiment(&[1, 1]), 100, 300), Finding::Better);
    let share = |hits, of| crate::statistics::Share { hits, of };
    assert_eq!(of_users(share(900, 1_000), 100), share(90, 100));
    assert_eq!(of_users(share(3, 4), 100), share(3, 4));
    assert_eq!(of_users(share(0, 0), 0), share(0, 0));
    assert_eq!(of_users(share(5, 9), 0), share(0, 0));
}

#[test]
fn promotions_have_names() {
    let names = Promotion::ALL.map(Promotion::name);
    assert_eq!(names, ["by_hand", "when_approved", "by_itself"]);
}

#[test]
fn exp_02_arms_that_all_do_nothing_are_an_a_a_test() {
    let mut experiment = experiment(&[1, 1]);
    assert!(experiment.is_a_a());
    let lead = LeadTime::from_minutes(5).ok();
    experiment.arms[1].treatment = Treatment { lead, ..Treatment::default() };
    assert!(!experiment.is_a_a());
}

/// An arm of a thousand users.
fn thousand(hits: u64) -> ArmFigures {
    ArmFigures { exposed: 1_000, of: 1_000, hits, ..ArmFigures::default() }
}

#[test]
fn exp_01_each_comparison_with_the_first_arm_spends_its_part_of_the_error() {
    let arms = [thousand(100), thousand(300), thousand(400)];
    let told = report(&experiment(&[1; 3]), &arms);
    let expected = |arm: &ArmFigures| always_valid_difference(arms[0].share(), arm.share(), 0.025);
    let shown = |place: usize| told.arms[place].comparison.map(|it| it.at_every_look);
    assert_eq!(shown(0), None, "the first is compared with nothing");
    assert_eq!([shown(1), shown(2)], [&arms[1], &arms[2]].map(|arm| Some(expected(arm))));
}

#[test]
fn exp_01_a_report_shows_who_opened_a_link_and_no_cost_of_nobody() {
    let opened = ArmFigures { openers: 30, ..thousand(100) };
    let nobody = ArmFigures { cost_micro_usd: Some(0), ..ArmFigures::default() };
    assert_eq!(opened.opens(), Share { hits: 30, of: 1_000 });
    let told = report(&experiment(&[1, 1]), &[opened, nobody]);
    assert_eq!(told.arms[0].opened, wilson(Share { hits: 30, of: 1_000 }, ALPHA));
    assert_eq!(told.arms[1].cost_per_user_usd, None);
}

#[test]
fn exp_01_an_arm_wins_over_the_first_and_the_first_over_all_others() {
    let wins = |hits: [u64; 3]| {
        let told = report(&experiment(&[1; 3]), &hits.map(thousand));
        ["arm-0", "arm-1", "arm-2", "arm-9"].map(|arm| told.has_won(arm))
    };
    assert_eq!(wins([100, 300, 100]), [false, true, false, false]);
    assert_eq!(wins([100, 300, 400]), [false, true, true, false]);
    assert_eq!(wins([300, 100, 100]), [true, false, false, false]);
    assert_eq!(wins([300, 100, 300]), [false; 4], "the last is not worse");
}

#[test]
fn exp_01_of_several_winners_the_one_with_the_best_rate_is_named() {
    let winner = |metric, hits: [u64; 3]| {
        let told = report(&Experiment { metric, ..experiment(&[1; 3]) }, &hits.map(thousand));
        told.winner(metric).map(|arm| arm.name.clone())
    };
    assert_eq!(winner(Metric::Rating, [100, 400, 300]).as_deref(), Some("arm-1"));
    assert_eq!(winner(Metric::OptOut, [400, 300, 100]).as_deref(), Some("arm-2"));
    assert_eq!(winner(Metric::Rating, [300, 100, 100]).as_deref(), Some("arm-0"));
    assert_eq!(winner(Metric::Rating, [300; 3]), None);
}

#[test]
fn exp_01_arms_that_show_the_same_are_never_told_apart() {
    // Of the largest, doubles round the interval to zero alone: it still holds that.
    for of in [2, 1_000, 4_000_000_000_000_000] {
        let arm = ArmFigures { exposed: of, of, hits: of / 2, ..ArmFigures::default() };
        let comparison = report(&experiment(&[1, 1]), &[arm; 2]).arms[1].comparison.unwrap();
        assert!(comparison.at_every_look.holds(0.0), "{comparison:?}");
        assert_eq!(comparison.finding, Finding::NoVerdictYet, "{of}");
    }
}
