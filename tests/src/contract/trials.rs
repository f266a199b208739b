//! Experiments and prompts on a store (EXP-02, EXP-04, and EXP-01 for templates): what was folded
//! there is reported, and what was added there is tried, promoted and taken back.

use std::sync::Arc;

use app::compose::{ModelArm, prompt, prompts};
use app::domain_events::DomainEvent;
use app::experiments::{
    self, ExperimentError, ExperimentPorts, Told, board, create, promote, report, roll_back,
    set_prompt, start,
};
use app::fold::{FoldPorts, RowChange, fold_changes};
use app::ports::{DomainEvents, QueueError};
use async_trait::async_trait;
use domain::experiment::board::{InArm, RunState, Usual, Words};
use domain::experiment::report::Finding;
use domain::experiment::{Experiment, Metric, Promotion, Slice, Treatment, Variant, WordSource};
use domain::figures::{Dimension, names};
use domain::gates::guardrail::Guardrails;
use domain::ids::MessageSid;
use domain::ratings::Rating;
use domain::reminder::{Reminder, SendOutcome};
use domain::states::Change;
use domain::texts::TemplateVersion;
use domain::user::User;
use jiff::SignedDuration;

use super::rollout::{ann, clock, count, rolling};
use super::samples::{NOW, after, at, claimed, reminder, user};
use super::{StorePorts, at_once};

/// Users of an A/A run, each with one text.
const USERS: usize = 48;

/// Changes folded at a time, as a stream hands them over.
const BATCH: usize = 16;

/// Runs every case.
pub async fn trials_suite(make: impl AsyncFn() -> StorePorts) {
    exp_02_what_an_a_a_run_folded_is_reported_without_a_winner(make().await).await;
    exp_04_prompts_are_numbered_in_turn_and_come_back_whole(make().await).await;
    exp_04_a_stored_prompt_is_tried_promoted_and_rolled_back(make().await).await;
    exp_01_a_template_on_the_board_is_tried_promoted_and_taken_back(make().await).await;
}

/// Tells nobody.
struct Nobody;

#[async_trait]
impl DomainEvents for Nobody {
    async fn publish(&self, _: &[DomainEvent]) -> Result<(), QueueError> {
        Ok(())
    }
}

fn experiment(name: &str, treatments: [Treatment; 2], promotion: Promotion) -> Experiment {
    let arm = |name: &str, treatment| Variant { name: name.to_owned(), weight: 1, treatment };
    let [first, second] = treatments;
    Experiment {
        name: name.to_owned(),
        salt: name.to_owned(),
        slice: Slice { layer: name.to_owned(), from: 0, until: 10_000 },
        arms: vec![arm("a", first), arm("b", second)],
        starts_at: at("2026-03-02T09:00:00Z"),
        ends_at: at("2026-03-20T09:00:00Z"),
        metric: Metric::Rating,
        guardrails: Guardrails::default(),
        promotion,
    }
}

/// Starts it, with plans asked for of nobody.
async fn begin(trying: &ExperimentPorts, experiment: Experiment) {
    let (author, name) = (ann(trying.clock.now()), experiment.name.clone());
    create(trying, experiment, &author).await.unwrap();
    start(trying, &name, &author).await.unwrap();
}

/// What the arm's text of a user became: taken by the provider, and rated, by a change of the row.
fn texted(user: &User, arm: &str, (stars, revision): (u8, u64)) -> Reminder {
    let mut planned = reminder(user.id.as_str(), "one", "2026-03-02T10:00:00Z");
    let in_arm = InArm { experiment: "aa".to_owned(), arm: arm.to_owned() };
    planned.trial.arms = vec![in_arm];
    let sid = MessageSid::parse(&format!("SM{}", planned.id)).expect("a provider's name");
    let (outcome, wait) = (SendOutcome::Accepted(sid), SignedDuration::ZERO);
    let mut taken = after(&claimed(&planned), Change::Outcome { attempt: 1, outcome, wait });
    taken.rating = Some(Rating { stars, feedback: None, at: at(NOW), text: "SM1".to_owned() });
    taken.revision = revision;
    taken
}

/// Folds what became of everybody's text, twice, as a stream that repeats itself does.
async fn fold(ports: &StorePorts, rows: &[Reminder]) {
    let (metrics, domain_events) = (ports.metrics.clone(), Arc::new(Nobody));
    let folding = FoldPorts { metrics, domain_events };
    let change =
        |row: &Reminder| RowChange { before: None, counts_as_before: false, row: row.clone() };
    let changes: Vec<_> = rows.iter().map(change).collect();
    for batch in changes.chunks(BATCH).chain(changes.chunks(BATCH)) {
        fold_changes(&folding, batch).await.unwrap();
    }
}

fn findings(told: &Told) -> Vec<Finding> {
    let arms = told.report.arms.iter();
    arms.filter_map(|arm| arm.comparison.map(|comparison| comparison.finding)).collect()
}

async fn exp_02_what_an_a_a_run_folded_is_reported_without_a_winner(ports: StorePorts) {
    let clock = clock();
    let trying = ExperimentPorts::from(&rolling(&ports, &clock));
    let nothing = [Treatment::default(); 2];
    begin(&trying, experiment("aa", nothing, Promotion::ByItself)).await;
    let of = board(&*ports.control).await.unwrap();
    let users: Vec<_> = (0..USERS).map(|number| user(&format!("user-{number}"))).collect();
    let arm = |user: &User| of.enrol(user, false, trying.clock.now()).arms[0].arm.clone();
    let in_b = users.iter().filter(|user| arm(user) == "b").count();
    let content: Vec<_> = users.iter().map(|user| texted(user, &arm(user), (4, 5))).collect();
    fold(&ports, &content).await;
    let told = report(&trying, "aa").await.unwrap();
    let figures: Vec<_> = told.counts.iter().map(|arm| &arm.figures).collect();
    let exposed = [USERS - in_b, in_b].map(|users| users as u64);
    assert_eq!([figures[0].exposed, figures[1].exposed], exposed, "each counts once");
    assert_eq!([figures[0].rated_well, figures[1].rated_well], exposed);
    assert!(told.is_a_a && told.report.is_sample_sound);
    assert_eq!(findings(&told), [Finding::NoVerdictYet]);
    // The same people change their minds by the arm: a difference that has no cause.
    let stars = |user: &User| if arm(user) == "b" { 5 } else { 1 };
    let apart: Vec<_> =
        users.iter().map(|user| texted(user, &arm(user), (stars(user), 6))).collect();
    fold(&ports, &apart).await;
    let told = report(&trying, "aa").await.unwrap();
    assert_eq!(findings(&told), [Finding::Better]);
    let figures: Vec<_> = told.counts.iter().map(|arm| &arm.figures).collect();
    assert_eq!([figures[0].rated_well, figures[1].rated_well], [0, exposed[1]]);
    assert_eq!([figures[0].exposed, figures[1].exposed], exposed, "and nobody anew");
    let author = ann(trying.clock.now());
    let promoted = promote(&trying, ("aa", "b"), false, &author).await;
    assert!(
        matches!(&promoted, Err(ExperimentError::NoWinner { why, .. }) if why.contains("A/A")),
        "{promoted:?}"
    );
    clock.advance(SignedDuration::from_hours(24));
    experiments::watch(&trying).await.unwrap();
    let of = board(&*ports.control).await.unwrap();
    assert_eq!((of.runs[0].state, &of.runs[0].proposed), (RunState::Running, &None));
    assert_eq!(of.usual, Usual::default());
}

fn kinder(number: usize) -> String {
    format!("{}\nBe kind, and for the {number}. time.\n", prompt::built_in().text)
}

async fn exp_04_prompts_are_numbered_in_turn_and_come_back_whole(ports: StorePorts) {
    let control = ports.control.clone();
    let added = at_once(5, |number| {
        let control = control.clone();
        async move { prompts::add(&*control, &kinder(number), &ann(at(NOW))).await.unwrap() }
    })
    .await;
    let mut versions: Vec<_> = added.iter().map(|kept| kept.version).collect();
    versions.sort_unstable();
    assert_eq!(versions, [2, 3, 4, 5, 6], "of those at once each has its own");
    let all = prompts::all(&*control).await.unwrap();
    assert_eq!((all.len(), all[0].version), (6, 1));
    for kept in &added {
        assert_eq!(all[kept.version as usize - 1], *kept);
        let prompt = prompts::version(&*control, kept.version).await.unwrap().unwrap();
        assert_eq!(prompt.text, kept.text);
    }
    assert!(prompts::add(&*control, "Write something.", &ann(at(NOW))).await.is_err());
    assert_eq!(prompts::version(&*control, 7).await.unwrap(), None);
}

/// The second arm is liked far better, by as many as prove it.
async fn liked(ports: &StorePorts, trying: &ExperimentPorts, name: &str) {
    let of = rolling(ports, &clock());
    for (arm, well) in [("a", 40), ("b", 190)] {
        let rated = [(names::EXPOSED, 200), (names::RATERS, 200), (names::RATED, 200)];
        let counts = [&rated[..], &[(names::RATED_WELL, well)]].concat();
        count(&of, 1, &Dimension::arm(name, arm), &counts).await;
    }
    assert!(report(trying, name).await.unwrap().report.has_won("b"));
}

async fn exp_04_a_stored_prompt_is_tried_promoted_and_rolled_back(ports: StorePorts) {
    let clock = clock();
    let trying = ExperimentPorts::from(&rolling(&ports, &clock));
    let author = ann(trying.clock.now());
    let asks = |prompt| Treatment { prompt: Some(prompt), ..Treatment::default() };
    let kind = experiment("kind", [asks(1), asks(2)], Promotion::ByHand);
    let unknown = create(&trying, kind.clone(), &author).await;
    assert!(matches!(unknown, Err(ExperimentError::NoPrompt { version: 2 })), "{unknown:?}");
    prompts::add(&*ports.control, &kinder(1), &author).await.unwrap();
    begin(&trying, kind).await;
    // Whoever is in its arm is written for with it, whoever reads the board.
    let ann_of = user("ann");
    let everybody = ModelArm { share_percent: 100 };
    let asked = async || {
        let of = board(&*ports.control).await.unwrap();
        let arms = of.enrol(&ann_of, true, trying.clock.now()).arms;
        of.words(&arms, everybody.holds(&ann_of.id))
    };
    let by = |prompt| Words { source: WordSource::Model, prompt };
    let of = board(&*ports.control).await.unwrap();
    let in_b = of.enrol(&ann_of, true, trying.clock.now()).arms[0].arm == "b";
    assert_eq!(asked().await, by(if in_b { 2 } else { 1 }));
    liked(&ports, &trying, "kind").await;
    promote(&trying, ("kind", "b"), false, &author).await.unwrap();
    assert_eq!(asked().await, by(2), "everybody's by now");
    let of = board(&*ports.control).await.unwrap();
    assert_eq!((of.usual.prompt, of.labelled.len()), (2, 1));
    assert_eq!((of.labelled[0].before, &of.labelled[0].by), (1, &author.by));
    set_prompt(&trying, None, &author).await.unwrap();
    assert_eq!(asked().await, by(1));
    let nothing = set_prompt(&trying, None, &author).await;
    assert!(matches!(nothing, Err(ExperimentError::NothingBefore)), "{nothing:?}");
    set_prompt(&trying, Some(2), &author).await.unwrap();
    let unknown = set_prompt(&trying, Some(3), &author).await;
    assert!(matches!(unknown, Err(ExperimentError::NoPrompt { version: 3 })), "{unknown:?}");
    assert_eq!(board(&*ports.control).await.unwrap().usual.prompt, 2);
}

async fn exp_01_a_template_on_the_board_is_tried_promoted_and_taken_back(ports: StorePorts) {
    let clock = clock();
    let trying = ExperimentPorts::from(&rolling(&ports, &clock));
    let author = ann(trying.clock.now());
    let writes = |version| Treatment {
        template: Some(TemplateVersion::of(version)),
        ..Treatment::default()
    };
    let third = experiment("tone", [writes(1), writes(3)], Promotion::ByHand);
    let third = create(&trying, third, &author).await.unwrap_err().to_string();
    assert!(third.ends_with("choose one of 1, 2"), "{third}");
    begin(&trying, experiment("tone", [writes(1), writes(2)], Promotion::ByHand)).await;
    let by = async || {
        let of = board(&*ports.control).await.unwrap();
        of.enrol(&user("ann"), false, trying.clock.now()).template.number()
    };
    let of = board(&*ports.control).await.unwrap();
    let in_b = of.enrol(&user("ann"), false, trying.clock.now()).arms[0].arm == "b";
    assert_eq!(by().await, if in_b { 2 } else { 1 });
    liked(&ports, &trying, "tone").await;
    promote(&trying, ("tone", "b"), false, &author).await.unwrap();
    assert_eq!(by().await, 2);
    roll_back(&trying, "tone", &author).await.unwrap();
    assert_eq!(by().await, 1);
    assert_eq!(board(&*ports.control).await.unwrap().usual, Usual::default());
}
