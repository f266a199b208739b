//! The process is killed with a thousand reminders in every state, and started again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use adapters_embedded::sms_sandbox::{
    Answer, CallbackPlan, Delays, Direction, Fate, Script, TextStatus,
};
use app::ports::Reminders as _;
use domain::reminder::Reminder;
use jiff::SignedDuration;
use jiff::civil::Date;
use tests::events::event;
use tests::faults::{Fault, Faults, faulty};
use tests::users::{UserSpec, phone_of, user};
use tests::world::{World, user_id};

const NEW_YORK: &str = "America/New_York";

/// People of each kind, with this many reminders each.
const USERS: usize = 6;
const EVENTS: usize = 10;

/// Reminders that are alike in everything that matters here.
struct Kind {
    name: &'static str,
    /// The start of the events, in local time; the texts are due 15 minutes before.
    start: &'static str,
    /// What the provider does, always or the first time only.
    script: Script,
    is_only_first: bool,
    user: fn(UserSpec) -> UserSpec,
    /// The state in the end, and how many texts each reminder took.
    ends: (&'static str, usize),
}

fn kind(name: &'static str, start: &'static str, ends: (&'static str, usize)) -> Kind {
    let script = Script::default();
    Kind { name, start, script, is_only_first: false, user: |user| user, ends }
}

impl Kind {
    fn always(self, script: Script) -> Self {
        Self { script, ..self }
    }

    fn at_first(self, script: Script) -> Self {
        Self { script, is_only_first: true, ..self }
    }

    fn of(self, user: fn(UserSpec) -> UserSpec) -> Self {
        Self { user, ..self }
    }
}

/// It is killed at 10:00 local time on the 24th.
const KILLED_AT: &str = "2026-11-24T15:00:00Z";

fn kinds() -> Vec<Kind> {
    let slow = Delays { sending: SignedDuration::from_mins(2), ..Delays::default() };
    let unheard = || Script::fate(Fate::StopAt(TextStatus::Sent));
    let lost = |processed| Script::answer(Answer::Lost { processed });
    vec![
        kind("long delivered", "2026-11-24T08:30", ("delivered", 1)),
        kind("sent", "2026-11-24T08:30", ("unconfirmed", 1)).always(unheard()),
        kind("unconfirmed", "2026-11-23T09:30", ("unconfirmed", 1)).always(unheard()),
        kind("accepted", "2026-11-24T10:14", ("delivered", 1))
            .always(Script::default().with_delays(slow)),
        kind("undelivered", "2026-11-24T09:30", ("undelivered", 1))
            .always(Script::fate(Fate::Undeliver { code: 30005 })),
        kind("failed", "2026-11-24T09:30", ("failed", 0))
            .always(Script::answer(Answer::Reject { status: 400, code: 21614 })),
        kind("tried again", "2026-11-24T10:14", ("delivered", 2))
            .at_first(Script::fate(Fate::Undeliver { code: 30001 })),
        kind("unknown and taken", "2026-11-24T10:14", ("delivered", 1))
            .at_first(lost(true).with_callbacks(CallbackPlan::Never)),
        kind("unknown and lost", "2026-11-24T10:14", ("delivered", 1)).at_first(lost(false)),
        kind("posted", "2026-11-24T10:14:45", ("delivered", 1))
            .always(Script::default().with_callbacks(CallbackPlan::Never)),
        kind("claimed", "2026-11-24T10:14:55", ("delivered", 1)),
        kind("due soon", "2026-11-24T10:20", ("delivered", 1)),
        kind("due today", "2026-11-24T14:00", ("delivered", 1)),
        kind("not planned yet", "2026-11-25T09:00", ("delivered", 1)),
        kind("deferred", "2026-11-24T10:30", ("delivered", 1))
            .of(|user| user.quiet(&["10:00-10:20"])),
        kind("event gone", "2026-11-24T12:00", ("cancelled", 0)),
        kind("limited", "2026-11-24T12:00", ("cancelled", 0)).of(|user| user.limit(0)),
        kind("unverified", "2026-11-24T09:00", ("skipped", 0)).of(UserSpec::unverified),
    ]
}

/// The ids of a kind's people; no two people here share a number.
fn ids(kind: &Kind, phones: &mut HashSet<String>) -> Vec<String> {
    let name = kind.name.replace(' ', "-");
    let candidates = (0..).map(|number| format!("{name}-{number}"));
    let is_new = |id: &String| phones.insert(phone_of(id).as_e164().to_owned());
    candidates.filter(is_new).take(USERS).collect()
}

async fn add(world: &World, kind: &Kind, ids: &[String]) {
    for id in ids {
        let phone = phone_of(id);
        if kind.is_only_first {
            world.sandbox.script_next_to(phone.as_e164(), &kind.script, EVENTS);
        } else {
            world.sandbox.script_always_to(phone.as_e164(), kind.script.clone());
        }
        world.add((kind.user)(user(id, NEW_YORK))).await;
        let events: Vec<_> = (0..EVENTS)
            .map(|number| event(&format!("Talk {number} of {id}"), kind.start, NEW_YORK))
            .collect();
        world.put(id, "work", &events).await;
    }
}

/// Every reminder, by the kind it belongs to; read from the store itself, as its port may be dead.
async fn rows(world: &World, people: &[(Kind, Vec<String>)]) -> Vec<(&'static str, Reminder)> {
    let (from, to) = (Date::constant(2026, 11, 1), Date::constant(2026, 12, 1));
    let mut rows = Vec::new();
    for (kind, ids) in people {
        for id in ids {
            let found = world.store.reminders_between(&user_id(id), from, to).await.unwrap();
            rows.extend(found.into_iter().map(|row| (kind.name, row)));
        }
    }
    rows
}

/// How many texts the provider took for each reminder.
fn texts_by_reminder(world: &World) -> HashMap<String, usize> {
    let mut texts = HashMap::new();
    for text in world.sandbox.texts_where(|text| text.direction == Direction::OutboundApi) {
        let url = url::Url::parse(text.status_callback.as_deref().unwrap()).unwrap();
        let (_, id) = url.query_pairs().find(|(name, _)| name == "reminder").unwrap();
        *texts.entry(id.into_owned()).or_default() += 1;
    }
    texts
}

#[tokio::test]
async fn del_16_a_restart_with_a_thousand_reminders_in_every_state_loses_none_and_repeats_none() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-23T12:00:00Z").ports(move |ports| faulty(&inside, ports)).make();
    let mut phones = HashSet::new();
    let mut people = Vec::new();
    for kind in kinds() {
        let ids = ids(&kind, &mut phones);
        add(&world, &kind, &ids).await;
        people.push((kind, ids));
    }
    world.run_until("2026-11-24T14:59:44Z").await;
    for id in &people.iter().find(|(kind, _)| kind.name == "event gone").unwrap().1 {
        world.put(id, "work", &[]).await;
    }
    world.settle().await;
    // No outcome can be recorded any more, and then the process dies as it is about to post.
    faults.fail("Reminders::update", Fault::Before, usize::MAX);
    world.run_until("2026-11-24T14:59:50Z").await;
    faults.kill("SmsGateway::send", Fault::Before);
    let now = world.now();
    assert!(!world.run_unless(now + SignedDuration::from_secs(6), || faults.is_dead()).await);
    world.sleep_until(KILLED_AT);

    let before = rows(&world, &people).await;
    assert!(before.len() >= 1_000, "{}", before.len());
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, row) in &before {
        *states.entry(row.state.name()).or_default() += 1;
    }
    assert_eq!(states.len(), 11, "every state there is: {states:?}");
    assert!(states["claimed"] > USERS * EVENTS, "with and without a text: {states:?}");

    // Once is not enough: what goes on meanwhile is cut short again, in the midst of settling.
    let mut world = world;
    for _ in 0..6 {
        world = world.restart().await;
        world.run_for(SignedDuration::from_secs(17)).await;
    }
    world.run_until("2026-11-26T15:00:00Z").await;

    let texts = texts_by_reminder(&world);
    let after = rows(&world, &people).await;
    assert_eq!(after.len(), people.len() * USERS * EVENTS);
    for (kind, _) in &people {
        let got: BTreeMap<(String, usize), usize> = after
            .iter()
            .filter(|(name, _)| *name == kind.name)
            .map(|(_, row)| {
                let texts = texts.get(&row.id.to_string()).copied().unwrap_or_default();
                (row.state.name().to_owned(), texts)
            })
            .fold(BTreeMap::new(), |mut counts, found| {
                *counts.entry(found).or_default() += 1;
                counts
            });
        let (state, texts) = kind.ends;
        let expected = BTreeMap::from([((state.to_owned(), texts), USERS * EVENTS)]);
        assert_eq!(got, expected, "{}", kind.name);
    }
    let early = |row: &Reminder| {
        let ours = |text: &&tests::world::Text| text.body.contains(&row.facts.title);
        world.texts_to(row.user.as_str()).iter().filter(ours).any(|text| text.at < row.nominal_at)
    };
    assert!(!after.iter().any(|(_, row)| early(row)));
    world.finish().await;
}
