//! The board: who is in which arm, what that does to a plan, and what it leaves alone.

use jiff::{SignedDuration, Timestamp};

use super::board::*;
use super::{BadExperiment, Experiment, Metric, Promotion, Slice, Treatment, Variant, WordSource};
use crate::fixtures::{Desk, at};
use crate::gates::guardrail::Guardrails;
use crate::lead_time::LeadTime;
use crate::limits;
use crate::pre_send::{SendDecision, Surroundings, check_before_send};
use crate::reminder::{Reminder, TextSource};
use crate::texts::TemplateVersion;
use crate::time::ahead;

fn minutes(minutes: u32) -> Option<LeadTime> {
    LeadTime::from_minutes(minutes).ok()
}

/// An experiment whose every arm has the same treatment, so that any user shows it.
fn running(treatment: Treatment) -> Board {
    let arm = |name: &str| Variant { name: name.to_owned(), weight: 1, treatment };
    let experiment = Experiment {
        name: "leads".to_owned(),
        salt: String::new(),
        slice: Slice { layer: "time".to_owned(), from: 0, until: 10_000 },
        arms: vec![arm("a"), arm("b")],
        starts_at: at("2026-11-01T00:00:00Z"),
        ends_at: at("2026-12-01T00:00:00Z"),
        metric: Metric::Rating,
        guardrails: Guardrails::default(),
        promotion: Promotion::default(),
    };
    let (state, decided) = (RunState::Running, Vec::new());
    let run = Run { experiment, state, decided, proposed: None, looked_days: 0 };
    Board { runs: vec![run], ..Board::default() }
}

fn decided(state: RunState, on: &str) -> Decided {
    let (by, reason) = ("ann".to_owned(), "so it is".to_owned());
    Decided { state, by, reason, at: at(on), arm: None, before: None }
}

/// An experiment of lead times that runs since its start, and whose winner the monitor promotes.
fn watched() -> Run {
    let mut run = running(Treatment { lead: minutes(60), ..Treatment::default() }).runs.remove(0);
    run.experiment.promotion = Promotion::ByItself;
    run.decided = vec![decided(RunState::Running, "2026-11-01T00:00:00Z")];
    run
}

fn proposed() -> Option<Proposed> {
    let (arm, evidence) = ("b".to_owned(), "it is better".to_owned());
    Some(Proposed { arm, evidence, at: at("2026-11-09T00:00:00Z") })
}

/// A desk with one meeting at ten, planned the night before, and then under the board.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    desk
}

fn plan_under(desk: &mut Desk, board: &Board, now: Timestamp) -> Reminder {
    let own = desk.user.clone();
    desk.enrolment = board.enrol(&own, true, now);
    desk.user = desk.enrolment.treat(&own);
    let day = desk.row("a").day_on;
    desk.plan_one(day, now);
    desk.user = own;
    desk.row("a").clone()
}

fn decision(desk: &Desk, row: &Reminder) -> SendDecision {
    let around = Surroundings { rows: &[], ..desk.surroundings() };
    check_before_send(row, &around, row.send_at)
}

#[test]
fn exp_01_an_arm_moves_what_waits_in_its_slot_and_the_sender_agrees() {
    let (mut desk, now) = (desk(), at("2026-11-24T10:00:00Z"));
    let before = desk.row("a").clone();
    let board = running(Treatment { lead: minutes(60), ..Treatment::default() });
    let row = plan_under(&mut desk, &board, now);
    assert_eq!((row.id, row.slot), (before.id, before.slot), "the same reminder, moved");
    assert_eq!(row.send_at, ahead(before.send_at, SignedDuration::from_mins(-45)));
    assert!(row.trial.is_lead_given && row.trial.arms[0].experiment == "leads");
    assert!(matches!(decision(&desk, &row), SendDecision::Send { .. }));
    assert_eq!(plan_under(&mut desk, &board, now), row, "planning again changes nothing");
    // It is over: the row goes back, and out of the arm.
    let mut over = board.clone();
    over.runs[0].state = RunState::Stopped;
    let back = plan_under(&mut desk, &over, now);
    assert_eq!((back.send_at, &back.trial), (before.send_at, &Trial::default()));
    assert!(matches!(decision(&desk, &back), SendDecision::Send { .. }));
}

#[test]
fn exp_01_who_chose_lead_times_is_in_no_experiment_of_them() {
    let (mut desk, now) = (desk(), at("2026-11-24T10:00:00Z"));
    let mut board = running(Treatment { lead: minutes(60), ..Treatment::default() });
    board.usual.lead = minutes(30);
    let under = plan_under(&mut desk, &board, now);
    assert_eq!(under.lead, minutes(60), "an arm comes before what is usual");
    desk.set_leads(&[5]);
    // They chose while a text waits that an arm placed: the sender has it planned anew.
    assert!(matches!(decision(&desk, &under), SendDecision::Defer { .. }));
    let row = plan_under(&mut desk, &board, now);
    assert_eq!((row.lead, row.trial), (minutes(5), Trial::default()));
    desk.set_leads(&[15]);
    board.runs.clear();
    let usual = plan_under(&mut desk, &board, now);
    assert_eq!((usual.lead, usual.trial.is_lead_given), (minutes(30), true));
    assert!(matches!(decision(&desk, &usual), SendDecision::Send { .. }));
}

#[test]
fn exp_01_an_arm_says_by_which_template_and_what_is_usual_by_which_everybody_elses() {
    let (mut desk, now) = (desk(), at("2026-11-24T10:00:00Z"));
    let before = desk.row("a").clone();
    let second = Some(TemplateVersion::of(2));
    let board = running(Treatment { template: second, ..Treatment::default() });
    let row = plan_under(&mut desk, &board, now);
    assert_eq!((row.id, row.send_at), (before.id, before.send_at), "the same, in other words");
    assert_eq!(row.body.before, "10:00 AM - a: ");
    assert_eq!(row.source, TextSource::Template { id: "reminder.v2.en.1".to_owned() });
    assert_eq!((row.source.template_version().number(), row.trial.arms.len()), (2, 1));
    assert!(matches!(decision(&desk, &row), SendDecision::Send { .. }));
    assert_eq!(plan_under(&mut desk, &board, now), row, "planning again changes nothing");
    // It is over: the words of old again.
    let mut over = board.clone();
    over.runs[0].state = RunState::Stopped;
    let back = plan_under(&mut desk, &over, now);
    assert_eq!(
        (&back.body, &back.source, back.trial.arms.len()),
        (&before.body, &before.source, 0)
    );
    // What is usual is everybody's, but an arm comes before it.
    over.usual = over.usual.with(Treatment { template: second, ..Treatment::default() });
    assert_eq!(plan_under(&mut desk, &over, now).body, row.body);
    let mut first = over.clone();
    first.runs[0].state = RunState::Running;
    for arm in &mut first.runs[0].experiment.arms {
        arm.treatment.template = Some(TemplateVersion::FIRST);
    }
    assert_eq!(plan_under(&mut desk, &first, now).body, before.body);
}

#[test]
fn exp_01_arms_decide_who_writes_before_what_is_usual_and_the_share() {
    let mut board = running(Treatment { prompt: Some(7), ..Treatment::default() });
    let user = Desk::new().user;
    let now = at("2026-11-24T10:00:00Z");
    assert_eq!(board.enrol(&user, false, now), Enrolment::default(), "nobody writes for them");
    let arms = board.enrol(&user, true, now).arms;
    let words = |source, prompt| Words { source, prompt };
    assert_eq!(board.words(&arms, true), words(WordSource::Model, 7));
    assert_eq!(board.words(&[], true), words(WordSource::Model, 1));
    assert_eq!(board.words(&[], false), words(WordSource::Template, 1));
    board.usual = board.usual.with(Treatment {
        source: Some(WordSource::Model),
        prompt: Some(2),
        ..Treatment::default()
    });
    assert_eq!(board.words(&[], false), words(WordSource::Model, 2));
    board.runs[0].experiment.arms[0].treatment.source = Some(WordSource::Template);
    board.runs[0].experiment.arms[1].treatment.source = Some(WordSource::Template);
    assert_eq!(board.words(&arms, true).source, WordSource::Template);
    let ended = at("2026-12-01T00:00:00Z");
    assert_eq!(board.enrol(&user, true, ended).arms, []);
}

#[test]
fn a_run_was_started_when_it_first_ran_and_not_before_its_experiment_begins() {
    let mut run = running(Treatment::default()).runs.remove(0);
    assert_eq!((run.started_at(), run.over_at()), (None, None));
    run.decided = vec![
        decided(RunState::Draft, "2026-10-01T00:00:00Z"),
        decided(RunState::Running, "2026-10-02T00:00:00Z"),
        decided(RunState::Stopped, "2026-11-09T00:00:00Z"),
    ];
    assert_eq!(run.started_at(), Some(at("2026-11-01T00:00:00Z")), "the experiment begins later");
    assert_eq!(run.over_at(), Some(at("2026-11-09T00:00:00Z")));
    run.decided[1].at = at("2026-11-03T00:00:00Z");
    assert_eq!(run.started_at(), Some(at("2026-11-03T00:00:00Z")));
    run.decided[2].state = RunState::Promoted;
    assert_eq!(run.over_at(), Some(at("2026-11-09T00:00:00Z")));
}

#[test]
fn states_have_the_names_that_are_stored() {
    let states = [RunState::Draft, RunState::Running, RunState::Stopped, RunState::Promoted];
    let names = states.map(RunState::name);
    assert_eq!(names, ["draft", "running", "stopped", "promoted"]);
    let stored = states.map(|state| serde_json::to_value(state).unwrap());
    assert_eq!(stored, names.map(serde_json::Value::from));
}

#[test]
fn a_winner_awaits_approval_while_its_experiment_runs() {
    let mut run = watched();
    assert_eq!(run.awaits_approval(), None);
    run.proposed = proposed();
    assert_eq!(run.awaits_approval(), proposed().as_ref());
    run.state = RunState::Stopped;
    assert_eq!(run.awaits_approval(), None);
}

#[test]
fn a_look_is_due_once_for_each_whole_day_until_a_day_after_the_end() {
    let mut run = watched();
    assert_eq!(run.look_due(at("2026-11-01T23:59:59Z")), None, "no day is over");
    assert_eq!(run.look_due(at("2026-11-02T00:00:00Z")), Some(1));
    let now = at("2026-11-04T12:00:00Z");
    assert_eq!(run.look_due(now), Some(3), "days that were missed are one look");
    for (looked, due) in [(2, Some(3)), (3, None), (4, None)] {
        run.looked_days = looked;
        assert_eq!(run.look_due(now), due, "{looked}");
    }
    // Thirty days, and one for what was still on its way.
    assert_eq!(run.look_due(at("2027-03-01T00:00:00Z")), Some(31));
    run.decided.clear();
    assert_eq!(run.look_due(now), None, "it was never started");
}

#[test]
fn no_look_is_due_where_nothing_would_come_of_it() {
    let look = |change: fn(&mut Run)| {
        let mut run = watched();
        change(&mut run);
        run.look_due(at("2026-11-04T12:00:00Z"))
    };
    assert_eq!(look(|run| run.experiment.promotion = Promotion::WhenApproved), Some(3));
    assert_eq!(look(|run| run.experiment.promotion = Promotion::ByHand), None);
    let a_a = |run: &mut Run| {
        run.experiment.arms.iter_mut().for_each(|arm| arm.treatment = Treatment::default());
    };
    assert_eq!(look(a_a), None, "no arm does anything");
    assert_eq!(look(|run| run.state = RunState::Stopped), None);
    assert_eq!(look(|run| run.proposed = proposed()), None, "somebody is to approve");
}

#[test]
fn exp_01_an_experiment_joins_the_board_beside_those_that_are_not_over() {
    let mut board = running(Treatment::default());
    let mut other = board.runs[0].experiment.clone();
    other.name = "words".to_owned();
    let taken = BadExperiment::Overlaps { other: "leads".to_owned(), layer: "time".to_owned() };
    for (state, told) in [
        (RunState::Draft, Err(taken.clone())),
        (RunState::Running, Err(taken)),
        (RunState::Stopped, Ok(())),
        (RunState::Promoted, Ok(())),
    ] {
        board.runs[0].state = state;
        assert_eq!(board.check(&other), told, "{state:?}");
    }
}

#[test]
fn the_board_has_room_for_so_many_experiments_and_no_more() {
    let mut board = Board::default();
    assert!(board.has_room());
    board.runs = vec![watched(); limits::EXPERIMENTS_MAX - 1];
    assert!(board.has_room());
    board.runs.push(watched());
    assert!(!board.has_room());
}

#[test]
fn a_prompt_goes_back_to_the_one_before_and_not_to_one_that_was_taken_back() {
    let now = at("2026-11-24T10:00:00Z");
    let mut board = Board::default();
    assert_eq!((board.usual.prompt, board.prompt_before()), (1, None));
    board.label(1, false, "ann", "it is already", now);
    assert_eq!(board.labelled, [], "nothing changes");
    board.label(7, false, "ann", "it is shorter", now);
    let labelled = Labelled {
        version: 7,
        before: 1,
        is_taken_back: false,
        by: "ann".to_owned(),
        reason: "it is shorter".to_owned(),
        at: now,
    };
    assert_eq!(board.labelled, [labelled]);
    assert_eq!((board.usual.prompt, board.prompt_before()), (7, Some(1)));
    board.label(9, false, "ann", "it is kinder", now);
    assert_eq!((board.usual.prompt, board.prompt_before()), (9, Some(7)));
    board.label(7, true, "monitor", "it fails", now);
    assert_eq!((board.usual.prompt, board.prompt_before()), (7, Some(1)));
    board.label(1, true, "monitor", "it fails too", now);
    assert_eq!((board.usual.prompt, board.prompt_before()), (1, None));
}
