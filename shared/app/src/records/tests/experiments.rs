//! Experiments, prompts and the arms of reminders as they are stored.

use domain::experiment::board::{
    Board, Decided, InArm, Labelled, Proposed, Run, RunState, Trial, Usual,
};
use domain::experiment::{Experiment, Metric, Promotion, Slice, Treatment, Variant, WordSource};
use domain::gates::guardrail::Guardrails;
use domain::lead_choice::Belief;
use domain::texts::TemplateVersion;

use super::*;
use crate::compose::prompts::Kept;
use crate::records::{BoardV1, PromptV1};

fn board() -> Board {
    let treatment = Treatment {
        source: Some(WordSource::Model),
        prompt: Some(2),
        template: Some(TemplateVersion::of(2)),
        lead: LeadTime::from_minutes(30).ok(),
    };
    let arm = |name: &str, treatment| Variant { name: name.to_owned(), weight: 1, treatment };
    let usual = Usual::default().with(treatment);
    let decided = Decided {
        state: RunState::Promoted,
        by: "ann".to_owned(),
        reason: "better".to_owned(),
        at: at("2026-12-24T00:00:00Z"),
        arm: Some("b".to_owned()),
        before: Some(Usual::default()),
    };
    let experiment = Experiment {
        name: "leads".to_owned(),
        salt: "first".to_owned(),
        slice: Slice { layer: "time".to_owned(), from: 0, until: 5_000 },
        arms: vec![arm("a", Treatment::default()), arm("b", treatment)],
        starts_at: at("2026-12-01T00:00:00Z"),
        ends_at: at("2026-12-31T00:00:00Z"),
        metric: Metric::OptOut,
        guardrails: Guardrails { delivered_min: 0.8, opted_out_max: 0.2, ..Guardrails::default() },
        promotion: Promotion::WhenApproved,
    };
    let labelled = Labelled {
        version: 2,
        before: 1,
        is_taken_back: false,
        by: "ann".to_owned(),
        reason: "better".to_owned(),
        at: decided.at,
    };
    let proposed = Some(Proposed {
        arm: "early".to_owned(),
        evidence: "it won".to_owned(),
        at: at("2026-12-09T00:00:00Z"),
    });
    let (state, decided) = (RunState::Promoted, vec![decided]);
    let run = Run { experiment, state, decided, proposed, looked_days: 9 };
    Board { version: 0, runs: vec![run], usual, labelled: vec![labelled] }
}

#[test]
fn experiments_and_prompts_come_back_as_they_were() {
    check_round_trip::<BoardV1>(&board());
    check_unknown_fields::<BoardV1>(&board());
    check_round_trip::<BoardV1>(&Board::default());
    let kept = Kept {
        version: 2,
        text: "Write {time}.".to_owned(),
        by: "ann".to_owned(),
        reason: "kinder".to_owned(),
        created_at: Some(at("2026-12-01T00:00:00Z")),
    };
    check_round_trip::<PromptV1>(&kept);
    check_unknown_fields::<PromptV1>(&kept);
}

#[test]
fn ops_03_what_was_written_before_templates_had_versions_is_of_the_first() {
    // As a release wrote it that knew no versions of templates.
    let text = r#"{"v":1,"usual":{"lead":30,"prompt":2},"labelled":[],"runs":[]}"#;
    let read = from_json::<BoardV1>(text).unwrap();
    assert_eq!((read.usual.template, read.usual.prompt), (None, 2));
    // And what it would have written it is given again, for as long as no other is usual.
    let again: serde_json::Value =
        serde_json::from_str(&to_json::<BoardV1>(&read).unwrap()).unwrap();
    assert_eq!(again, serde_json::from_str::<serde_json::Value>(text).unwrap());
    let of_model = r#"{"source":"model","model":"small","prompt_version":"reminder.1",
        "input_tokens":1,"output_tokens":1,"cost_microdollars":1,"took_ms":1,
        "instead_of":{"before":"a: ","after":", at 9:00 AM."}}"#;
    for source in [of_model, r#"{"source":"template","id":"reminder.en.2"}"#] {
        let source: TextSource = serde_json::from_str(source).unwrap();
        assert_eq!(source.template_version(), TemplateVersion::FIRST);
    }
}

#[test]
fn a_reminder_keeps_its_arms() {
    let arms = vec![InArm { experiment: "leads".to_owned(), arm: "b".to_owned() }];
    let opted_out_at = Some(at("2026-12-01T00:00:00Z"));
    let lead_by = vec![Belief { lead: LeadTime::from_minutes(30).unwrap(), good: 4, bad: 1 }];
    let trial = Trial { arms, is_lead_given: true, lead_by, opted_out_at, opened_at: opted_out_at };
    check_round_trip::<ReminderV1>(&Reminder { trial, ..reminder() });
}
