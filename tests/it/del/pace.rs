//! More texts than their sender may send in a second.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Delays, Script};
use domain::reasons::SkipReason;
use domain::reminder::{Reminder, State};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use tests::events::{Event, event};
use tests::faults::{Faults, faulty};
use tests::users::user;
use tests::world::{World, instant};

use super::{DUE_AT, NEW_YORK, claims};

/// A world whose sender has a rate, and the calls to its ports.
fn paced(texts_per_second: Option<u32>) -> (World, Arc<Faults>) {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let maker = World::maker("2026-11-24T10:00:00Z")
        .sandbox(|config| config.delays = Delays::NONE)
        .ports(move |ports| faulty(&inside, ports));
    let maker = match texts_per_second {
        Some(texts) => maker.texts_per_second(texts),
        None => maker,
    };
    (maker.make(), faults)
}

/// Ten people with ten meetings each, all due at [`DUE_AT`]. The later the name in the alphabet,
/// the earlier the meetings begin.
async fn hundred_due_at_once(world: &World) -> Vec<String> {
    let names: Vec<_> = (0..10).map(|number| format!("user{number}")).collect();
    for (number, name) in (0..10).zip(&names) {
        let lead = 60 - 5 * number;
        world.add(user(name, NEW_YORK).leads(&[lead])).await;
        let start = instant(DUE_AT) + SignedDuration::from_mins(lead.into());
        world.put(name, "work", &ten_events(start)).await;
    }
    names
}

fn ten_events(start: Timestamp) -> Vec<Event> {
    let start = start.to_string();
    let start = start.trim_end_matches('Z');
    (0..10).map(|number| event(&format!("Meeting {number}"), start, "UTC")).collect()
}

async fn rows_of(world: &World, names: &[String]) -> Vec<Reminder> {
    let mut rows = Vec::new();
    for name in names {
        rows.extend(world.reminders(name).await);
    }
    rows.sort_by_key(|row| (claims(row).last().map(|at| at.as_second()), row.last_at));
    rows
}

/// How many texts the provider took in each second.
fn per_second(world: &World) -> BTreeMap<i64, usize> {
    let mut seconds = BTreeMap::new();
    for text in world.texts() {
        *seconds.entry(text.at.as_second()).or_default() += 1;
    }
    seconds
}

fn seconds_after_due(at: Timestamp) -> i64 {
    instant(DUE_AT).duration_until(at).as_secs()
}

#[tokio::test]
async fn del_15_a_hundred_due_at_once_leave_one_a_second_by_deadline() {
    let (world, _) = paced(Some(1));
    let names = hundred_due_at_once(&world).await;
    world.run_until("2026-11-24T16:30:00Z").await;
    let rows = rows_of(&world, &names).await;
    assert!(rows.iter().all(|row| row.state == State::Delivered));
    let at: Vec<_> = world.texts().iter().map(|text| seconds_after_due(text.at)).collect();
    assert_eq!(at, (0..100).collect::<Vec<_>>());
    assert!(rows.is_sorted_by_key(|row| row.last_at), "whoever has the least time left is first");
    world.finish().await;
}

/// They are planned minutes before, so nobody promotes them: all come at the same instant.
#[tokio::test]
async fn del_15_a_hundred_planned_at_the_last_minute_leave_one_a_second_by_deadline() {
    let (world, faults) = paced(Some(1));
    world.run_until("2026-11-24T14:50:30Z").await;
    let names = hundred_due_at_once(&world).await;
    world.run_until("2026-11-24T16:30:00Z").await;
    let rows = rows_of(&world, &names).await;
    assert!(rows.iter().all(|row| row.state == State::Delivered));
    assert!(per_second(&world).values().all(|texts| *texts == 1));
    let last = seconds_after_due(world.texts().last().unwrap().at);
    assert!((99..115).contains(&last), "the line moves on each second: {last}");
    let asked = calls(&faults, "Control::take_turns");
    assert!(asked <= 115, "a second that is full is not asked again: {asked}");
    // Only whoever came first, before there was a line, may stand in the wrong place.
    assert!(rows[1..].is_sorted_by_key(|row| row.last_at));
    world.finish().await;
}

#[tokio::test]
async fn del_15_who_gets_no_turn_before_the_event_begins_is_skipped_too_late() {
    let (world, _) = paced(Some(1));
    let mut names = Vec::new();
    for number in 0..10 {
        let name = format!("user{number}");
        world.add(user(&name, NEW_YORK).leads(&[1])).await;
        world.put(&name, "work", &ten_events(instant("2026-11-24T14:53:00Z"))).await;
        names.push(name);
    }
    world.run_until("2026-11-24T16:00:00Z").await;
    // With less than ten seconds left a text is too late.
    let at: Vec<_> = world.texts().iter().map(|text| seconds_after_due(text.at)).collect();
    assert_eq!(at, (0..=50).collect::<Vec<_>>());
    let rows = rows_of(&world, &names).await;
    let late = rows.iter().filter(|row| row.state == State::Skipped(SkipReason::TooLate));
    assert_eq!(late.count(), 49);
    world.finish().await;
}

#[tokio::test]
async fn del_15_a_backlog_of_minutes_leaves_at_the_full_rate_by_deadline() {
    let (world, _) = paced(Some(2));
    world.run_until("2026-11-24T14:50:00Z").await;
    let mut names = Vec::new();
    for number in 0..50 {
        let name = format!("person{number}");
        let lead = 60 - number;
        world.add(user(&name, NEW_YORK).leads(&[lead])).await;
        let start = instant(DUE_AT) + SignedDuration::from_mins(lead.into());
        world.put(&name, "work", &ten_events(start)).await;
        names.push(name);
    }
    world.run_until("2026-11-24T17:00:00Z").await;
    assert_eq!(world.texts().len(), 500);
    assert!(per_second(&world).values().all(|texts| *texts <= 2));
    let last = seconds_after_due(world.texts().last().unwrap().at);
    assert!(last <= 260, "500 at 2 a second take 250 s: {last}");
    let rows = rows_of(&world, &names).await;
    let inversions = rows.windows(2).filter(|pair| pair[0].last_at > pair[1].last_at).count();
    assert!(inversions <= 25, "{inversions}");
    world.finish().await;
}

#[tokio::test]
async fn del_15_a_text_that_nobody_competes_with_leaves_at_its_instant_for_one_write() {
    let (world, faults) = paced(Some(1));
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts().iter().map(|text| text.at).collect::<Vec<_>>(), [instant(DUE_AT)]);
    let writes = ["Control::take_turns", "Control::put_pace"].map(|write| calls(&faults, write));
    assert_eq!(writes, [1, 0]);
    world.finish().await;
}

/// What a rate costs: writes of turns for a hundred texts that are due at once.
#[tokio::test]
async fn del_15_texts_that_leave_together_share_the_write_of_their_turns() {
    for (rate, writes_max) in [(Some(1_000), 20), (None, 0)] {
        let (world, faults) = paced(rate);
        hundred_due_at_once(&world).await;
        world.run_until("2026-11-24T16:30:00Z").await;
        assert!(world.texts().iter().all(|text| text.at == instant(DUE_AT)));
        assert_eq!(calls(&faults, "Control::put_pace"), 0);
        let writes = calls(&faults, "Control::take_turns");
        assert!(writes <= writes_max, "{rate:?}: {writes} writes for 100 texts");
        world.finish().await;
    }
}

fn calls(faults: &Faults, operation: &str) -> usize {
    faults.calls().into_iter().filter(|call| *call == operation).count()
}

#[tokio::test]
async fn del_15_why_says_that_a_text_waited_for_its_turn() {
    let (world, _) = paced(Some(1));
    let names = hundred_due_at_once(&world).await;
    world.run_until("2026-11-24T16:30:00Z").await;
    let rows = rows_of(&world, &names).await;
    let why = async |row: &Reminder| {
        let path = format!("/v1/reminders/{}/why", row.id);
        world.request(Method::GET, &path, "").await.1
    };
    assert!(!why(&rows[0]).await.contains("turn"));
    let said = why(&rows[60]).await;
    assert!(said.contains("when its turn had come; it waited since"), "{said}");
    world.finish().await;
}

#[tokio::test]
async fn del_03_what_the_provider_turns_away_slows_all_texts_of_its_sender() {
    for rate in [None, Some(50)] {
        let (world, faults) = paced(rate);
        let names = hundred_due_at_once(&world).await;
        world.run_until("2026-11-24T14:51:59Z").await;
        world.sandbox.script_always(Script::answer(Answer::RateLimited));
        world.run_until("2026-11-24T14:57:00Z").await;
        let posts = calls(&faults, "SmsGateway::send");
        assert!((5..100).contains(&posts), "{rate:?}: {posts} posts in five minutes");
        world.sandbox.script_always(Script::default());
        world.run_until("2026-11-24T16:30:00Z").await;
        let rows = rows_of(&world, &names).await;
        assert!(
            rows.iter().all(|row| row.state == State::Delivered && row.counted_attempts() == 1)
        );
        assert_eq!(world.texts().len(), 100);
        let last = seconds_after_due(world.texts().last().unwrap().at);
        assert!(last < 8 * 60, "{rate:?}: healed within three minutes, last after {last} s");
        world.finish().await;
    }
}

/// Two hundred people with fifty meetings each, spread over four hours.
async fn ten_thousand_in_four_hours(world: &World) -> Vec<String> {
    let mut names = Vec::new();
    for number in 0..200_i64 {
        let name = format!("person{number}");
        let lead = [5, 15, 30, 60][usize::try_from(number % 4).unwrap()];
        world.add(user(&name, NEW_YORK).leads(&[lead]).limit(50)).await;
        let events: Vec<_> = (0..50)
            .map(|of_day| {
                let due = (of_day * 288 + number * 7) % (4 * 3_600);
                let start = instant("2026-11-24T12:00:00Z") + SignedDuration::from_secs(due);
                let start = (start + SignedDuration::from_mins(lead.into())).to_string();
                event(&format!("Meeting {of_day}"), start.trim_end_matches('Z'), "UTC")
            })
            .collect();
        world.put(&name, "work", &events).await;
        names.push(name);
    }
    names
}

#[tokio::test]
async fn del_14_after_an_outage_of_four_hours_the_rest_is_drained_by_deadline_and_none_twice() {
    let (world, faults) = paced(Some(5));
    let names = ten_thousand_in_four_hours(&world).await;
    world.run_until("2026-11-24T11:59:00Z").await;
    world.sandbox.script_always(Script::answer(Answer::NotReached));
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts(), []);
    let tries = calls(&faults, "SmsGateway::send");
    assert!(tries < 1_000, "one tries for all: {tries}");
    world.sandbox.script_always(Script::default());
    world.run_until("2026-11-24T18:00:00Z").await;
    let up_at = instant("2026-11-24T16:00:00Z");
    let rows = rows_of(&world, &names).await;
    assert_eq!(rows.len(), 10_000);
    let (sent, skipped): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row.state == State::Delivered);
    let begun = [SkipReason::TooLate, SkipReason::EventBegun].map(State::Skipped);
    assert!(skipped.iter().all(|row| begun.contains(&row.state)));
    assert_eq!(world.texts().len(), sent.len(), "none twice");
    // Whoever had a minute and a half is texted: a hold may last a minute, and who went first had
    // less time.
    let slack = SignedDuration::from_secs(150);
    let lost = skipped.iter().filter(|row| row.last_at > up_at + slack).count();
    assert_eq!(lost, 0);
    assert!(sent.len() > 1_000, "{}", sent.len());
    assert!(sent.iter().all(|row| claims(row).last().unwrap() < &row.last_at));
    assert!(per_second(&world).values().all(|texts| *texts <= 5));
    // By deadline: of the backlog as it was, few stand behind somebody with more time.
    let backlog: Vec<_> = sent.iter().filter(|row| row.nominal_at < up_at).collect();
    let inversions = backlog.windows(2).filter(|pair| pair[0].last_at > pair[1].last_at).count();
    assert!(inversions * 10 < backlog.len(), "{inversions} of {}", backlog.len());
    world.finish().await;
}
