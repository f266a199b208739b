//! What changes mean to others, and whether docs/domain-events.md says so.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use app::domain_events::{DomainEvent, Standing, meaning, opt_out_of};
use app::ports::{ConsentEntry, ConsentSource, Phone};
use domain::ids::MessageSid;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::{DeliveryStatus, Reminder, SendOutcome, State};
use domain::states::{Change, Place, Receipt};
use domain::trail::Step;
use domain::user::Consent;
use jiff::SignedDuration;
use serde_json::Value;
use tests::contract::samples::{NOW, after, at, claimed, id, key, reminder};
use tests::domain_events::KeptDomainEvents;
use tests::events::event;
use tests::users::user;
use tests::webhooks::Webhook;
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

fn planned() -> Reminder {
    let mut row = reminder("ada", "standup", "2026-03-02T14:45:00Z");
    row.trail.push(at("2026-03-01T04:45:00Z"), Step::Planned { send_at: row.send_at });
    row
}

fn outcome(row: &Reminder, outcome: SendOutcome) -> Reminder {
    let attempt = row.last_attempt().unwrap().number;
    after(row, Change::Outcome { attempt, outcome, wait: SignedDuration::from_secs(5) })
}

fn sid() -> MessageSid {
    MessageSid::parse("SM0123456789abcdef0123456789abcdef").unwrap()
}

fn accepted(row: &Reminder) -> Reminder {
    outcome(row, SendOutcome::Accepted(sid()))
}

fn receipt(row: &Reminder, status: DeliveryStatus, code: Option<u32>) -> Reminder {
    let attempt = row.last_attempt().unwrap().number;
    after(row, Change::Receipt(Receipt { attempt, sid: sid(), status, code }))
}

/// Puts a withdrawn row back to where it was.
fn restored(row: &Reminder) -> Reminder {
    let row = row.clone();
    let place = Place {
        lead: row.lead,
        when: row.when,
        facts: row.facts.clone(),
        body: row.body.clone(),
        source: row.source.clone(),
        nominal_at: row.nominal_at,
        wanted_at: row.wanted_at,
        send_at: row.send_at,
        last_at: row.last_at,
        day_on: row.day_on,
    };
    after(&row, Change::Place(Box::new(place)))
}

fn types(before: Option<&Reminder>, row: &Reminder) -> Vec<&'static str> {
    let before = before.map(Standing::of);
    meaning(before.as_ref(), row).iter().map(DomainEvent::detail_type).collect()
}

#[track_caller]
fn check(before: &Reminder, row: &Reminder, expected: &[&str]) {
    assert_eq!(types(Some(before), row), expected, "{:?} to {:?}", before.state, row.state);
}

#[test]
fn each_change_means_what_it_says() {
    let new = planned();
    assert_eq!(types(None, &new), ["ReminderPlanned"]);
    let taken = claimed(&new);
    check(&new, &taken, &[]);
    let with_provider = accepted(&taken);
    check(&taken, &with_provider, &["ReminderSent"]);
    let sent = receipt(&with_provider, DeliveryStatus::Sent, None);
    check(&with_provider, &sent, &[]);
    check(&sent, &receipt(&sent, DeliveryStatus::Delivered, None), &["ReminderDelivered"]);
    let undelivered = receipt(&sent, DeliveryStatus::Undelivered, Some(30005));
    check(&sent, &undelivered, &["ReminderFailed"]);
    check(&taken, &outcome(&taken, SendOutcome::Rejected(21211)), &["ReminderFailed"]);
    check(&sent, &after(&sent, Change::Unconfirmed), &[]);
    for (reason, expected) in [
        (CancelReason::EventCancelled, "ReminderCancelled"),
        (CancelReason::OptedOut, "ReminderCancelled"),
        (CancelReason::RolledBack, "ReminderRolledBack"),
    ] {
        let cancelled = after(&new, Change::Cancel(reason));
        check(&new, &cancelled, &[expected]);
        assert_eq!(types(None, &cancelled), [expected], "born withdrawn");
        check(&cancelled, &restored(&cancelled), &["ReminderPlanned"]);
    }
    let skipped = after(&new, Change::Skip(SkipReason::TooLate));
    check(&new, &skipped, &["ReminderSkipped"]);
}

#[test]
fn news_that_overtook_each_other_are_all_told_and_retries_are_no_news() {
    let taken = claimed(&planned());
    let early = receipt(&taken, DeliveryStatus::Delivered, None);
    check(&taken, &early, &["ReminderSent", "ReminderDelivered"]);
    check(&taken, &outcome(&taken, SendOutcome::NotProcessed), &[]);
    check(&taken, &outcome(&taken, SendOutcome::Unknown), &[]);
    let with_provider = accepted(&taken);
    let again = receipt(&with_provider, DeliveryStatus::Undelivered, Some(30003));
    assert_eq!(again.state, State::Scheduled);
    check(&with_provider, &again, &[]);
    // The second text is told as well.
    let second = accepted(&claimed(&again));
    check(&claimed(&again), &second, &["ReminderSent"]);
    let moved = restored(&planned());
    check(&planned(), &moved, &[]);
}

fn phone(consents: &[(Consent, &str)]) -> Phone {
    let entry = |(consent, when): &(Consent, &str)| ConsentEntry {
        at: at(when),
        consent: *consent,
        source: ConsentSource::InboundText { sid: "SM1".to_owned() },
    };
    Phone {
        key: key("ada"),
        consent: consents.last().unwrap().0,
        ledger: consents.iter().map(entry).collect(),
        users: vec![id("ada")],
        mark: None,
        hinted_at: None,
        last_inbound: Vec::new(),
        version: 9,
    }
}

#[test]
fn an_opt_out_keeps_its_id_whatever_is_written_after_it() {
    use Consent::{OptedIn, OptedOut};
    let (one, two, three) =
        ("2026-01-01T00:00:00Z", "2026-03-02T15:00:00Z", "2026-03-02T15:01:00Z");
    let first = opt_out_of(&phone(&[(OptedIn, one), (OptedOut, two)])).unwrap();
    let again = opt_out_of(&phone(&[(OptedIn, one), (OptedOut, two), (OptedOut, three)])).unwrap();
    assert_eq!(first.id(), format!("{}:{two}", key("ada").as_str()));
    assert_eq!(first, again);
    let back = phone(&[(OptedIn, one), (OptedOut, two), (OptedIn, three)]);
    assert_eq!(opt_out_of(&back), None);
}

/// One of each type, in the order of the page's table.
fn one_of_each() -> Vec<DomainEvent> {
    let new = planned();
    let (taken, before) = (claimed(&new), |row: &Reminder| Some(Standing::of(row)));
    let sent = accepted(&taken);
    let changes = [
        (None, new.clone()),
        (before(&taken), sent.clone()),
        (before(&sent), receipt(&sent, DeliveryStatus::Delivered, None)),
        (before(&sent), receipt(&sent, DeliveryStatus::Undelivered, Some(30005))),
        (before(&new), after(&new, Change::Skip(SkipReason::QuietUntilAfterStart))),
        (before(&new), after(&new, Change::Cancel(CancelReason::EventCancelled))),
        (before(&new), after(&new, Change::Cancel(CancelReason::RolledBack))),
    ];
    let told = changes.iter().flat_map(|(before, row)| meaning(before.as_ref(), row));
    let opted_out = phone(&[(Consent::OptedIn, "2026-01-01T00:00:00Z"), (Consent::OptedOut, NOW)]);
    told.chain(opt_out_of(&opted_out)).collect()
}

#[test]
fn the_page_shows_what_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/domain-events.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, _) = page.split_once("## Examples\n").unwrap();
    let mut right = format!("{before}## Examples\n");
    for told in one_of_each() {
        let detail: Value = serde_json::from_str(&told.to_json()).unwrap();
        let kind = told.detail_type();
        assert!(before.contains(&format!("| `{kind}` |")), "the table names {kind}");
        for field in detail.as_object().unwrap().keys() {
            assert!(before.contains(&format!("`{field}`")), "the page explains {field} of {kind}");
        }
        // In the order it is written in, which a map would lose.
        let fields = told.to_json().replace("{\"", "{\n  \"").replace(",\"", ",\n  \"");
        let json = fields.replace("\":", "\": ").trim_end_matches('}').to_owned() + "\n}";
        right.push_str(&format!("\n`{kind}`\n\n```json\n{json}\n```\n"));
    }
    if std::env::var_os("UPDATE_DOMAIN_EVENTS").is_some() {
        fs::write(&path, &right).unwrap();
        return;
    }
    assert_eq!(page, right, "UPDATE_DOMAIN_EVENTS=1 cargo test -p tests --test it domain_events");
}

#[tokio::test]
async fn whoever_subscribes_hears_of_a_reminder_from_its_plan_to_the_phone_and_of_stop() {
    let kept = KeptDomainEvents::default();
    let sink = kept.clone();
    let world = World::maker("2026-11-24T10:00:00Z")
        .ports(move |mut ports| {
            ports.domain_events = Arc::new(sink);
            ports
        })
        .make();
    world.add(user("ada", NEW_YORK)).await;
    let evening = event("Dinner", "2026-11-24T19:00", NEW_YORK);
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK), evening]).await;
    world.run_until("2026-11-24T10:30:00Z").await;
    world.system.fold().await.unwrap();
    assert_eq!(kept.take_types(), ["ReminderPlanned", "ReminderPlanned"]);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.system.fold().await.unwrap();
    assert_eq!(kept.take_types(), ["ReminderSent", "ReminderDelivered"]);
    world.system.fold().await.unwrap();
    assert_eq!(kept.take_types(), [""; 0], "what was folded is not told again");
    // The same STOP twice, as a webhook may come: told twice, by one name.
    let stop = Webhook::inbound("ada", "SM77", "STOP").signed(world.token());
    stop.post(world.system.router()).await;
    stop.post(world.system.router()).await;
    let told = kept.take();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].detail_type(), "PhoneOptedOut");
    world.system.fold().await.unwrap();
    assert_eq!(kept.take_types(), ["ReminderCancelled"]);
    world.finish().await;
}
