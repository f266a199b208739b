//! Whatever happens on the way, in the end we know what the calendar says: calendars are edited at
//! random while their servers fail at random and pushes get lost, late, doubled and disordered;
//! after a quiet while the reminders ahead are those that a fresh plan of the true calendar has.
//! A failure names its seed; `CONVERGENCE_SEEDS=7..8` plays that one alone, and
//! `tests/convergence/run` as many as one likes.

use std::collections::BTreeMap;

use app::users::SettingsChange;
use domain::limits;
use domain::reminder::{Reminder, State};
use domain::user::DailyLimit;
use jiff::SignedDuration;
use serde_json::json;
use tests::calendar_server::Trouble;
use tests::chance::Chance;
use tests::google_server::{self, fault_body};
use tests::microsoft_server;
use tests::world::World;

use super::{MORNING, NEW_YORK, caldav, connection, google, microsoft, pushes, subscriptions};

/// Calendars of each kind; some 20 seconds with all others that are tested at the same time.
const SEEDS: u64 = 6;

/// Edits of one calendar.
const EDITS: usize = 12;

const NAMES: [&str; 5] = ["Alpha", "Bravo", "Charlie", "Delta", "Echo"];

/// What the calendar truly holds: names with the minute of the day in New York they begin at.
type Truth = BTreeMap<&'static str, i64>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    Google,
    Microsoft,
    CalDav,
}

/// What was pushed.
enum Push {
    Google(google_server::Push),
    Microsoft(microsoft_server::Push),
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn dav_event(name: &str, minute: i64) -> tests::events::Event {
    tests::events::event(name, &format!("2026-11-24T{}", clock(minute)), NEW_YORK)
}

/// A world at this time, whose calendar holds this. Where many are asked for, the store is one that
/// is faster than a database, and logs are not searched.
async fn world_of(keeper: Keeper, truth: &Truth, start: &str) -> World {
    let maker = World::maker(start);
    let world = if asked_for().is_some() { maker.in_memory().make() } else { maker.make() };
    let world = match keeper {
        Keeper::Google => {
            let event = |(name, minute): (&&str, &i64)| google::event(name, name, &clock(*minute));
            google::connected_in(world, &truth.iter().map(event).collect::<Vec<_>>()).await
        }
        Keeper::Microsoft => {
            let event =
                |(name, minute): (&&str, &i64)| microsoft::event(name, name, &clock(*minute));
            microsoft::connected_in(world, &truth.iter().map(event).collect::<Vec<_>>()).await
        }
        Keeper::CalDav => {
            let event = |(name, minute): (&&str, &i64)| dav_event(name, *minute);
            let events: Vec<_> = truth.iter().map(event).collect();
            caldav::connected_in(world, &events, |_| ()).await
        }
    };
    // Moved events are texted again, and the usual limit would withhold what a fresh world has.
    let daily_limit = Some(DailyLimit::new(limits::DAILY_LIMIT_MAX).expect("the most there is"));
    world.change("ada", &SettingsChange { daily_limit, ..SettingsChange::default() }).await;
    world
}

/// Somebody edits the calendar.
fn edit(world: &World, keeper: Keeper, chance: &Chance, truth: &mut Truth) {
    let name = *chance.pick(&NAMES);
    if chance.one_in(4) {
        truth.remove(name);
        match keeper {
            Keeper::Google => world.google.delete(name),
            Keeper::Microsoft => world.microsoft.delete(name),
            Keeper::CalDav => world.calendars.dav(|dav| dav.remove(&format!("{name}@test.ics"))),
        }
        return;
    }
    // Whole hours make meetings follow each other without a break, which the first one's text says.
    let minute =
        if chance.one_in(2) { 60 * chance.between(9, 15) } else { chance.between(9 * 60, 21 * 60) };
    truth.insert(name, minute);
    match keeper {
        Keeper::Google => world.google.put(google::event(name, name, &clock(minute))),
        Keeper::Microsoft => world.microsoft.put(microsoft::event(name, name, &clock(minute))),
        Keeper::CalDav => world.calendars.dav(|dav| caldav::put(dav, &dav_event(name, minute))),
    }
}

/// The keeper's servers have a bad time.
fn disturb(world: &World, keeper: Keeper, chance: &Chance) {
    let times = chance.below(4);
    match keeper {
        Keeper::Google => {
            let quota = fault_body(403, "rateLimitExceeded");
            let kinds = [None, Some((500, json!({}))), Some((403, quota)), Some((429, json!({})))];
            world.google.trouble((0..times).map(|_| chance.pick(&kinds).clone()));
            world.google.page_size(usize::try_from(chance.between(1, 4)).unwrap());
            if chance.one_in(3) {
                world.google.forget_tokens();
            }
            if chance.one_in(3) {
                world.google.expire_access();
            }
        }
        Keeper::Microsoft => {
            let busy = Some((429, "ApplicationThrottled", Some(20)));
            let kinds = [None, Some((500, "generalException", None)), busy];
            world.microsoft.trouble((0..times).map(|_| *chance.pick(&kinds)));
            world.microsoft.page_size(usize::try_from(chance.between(1, 4)).unwrap());
            if chance.one_in(3) {
                world.microsoft.forget_links();
            }
            if chance.one_in(3) {
                world.microsoft.expire_access();
            }
            if chance.one_in(6) {
                let news = ["reauthorizationRequired", "subscriptionRemoved", "missed"];
                world.microsoft.lifecycle(chance.pick::<&str>(&news));
            }
        }
        Keeper::CalDav => {
            let kinds = [
                Trouble::Status(500, Vec::new()),
                Trouble::Status(429, Vec::new()),
                Trouble::Instead("<html>"),
                Trouble::Timeout,
            ];
            world.calendars.trouble((0..times).map(|_| chance.pick(&kinds).clone()));
            if chance.one_in(3) {
                world.calendars.dav(tests::dav_server::DavServer::forget_tokens);
            }
        }
    }
}

/// Some pushes arrive, some twice, some late and in another order, and some never.
async fn arrive(world: &World, chance: &Chance, waiting: &mut Vec<Push>) {
    waiting.extend(world.google.pushes().into_iter().map(Push::Google));
    waiting.extend(world.microsoft.pushes().into_iter().map(Push::Microsoft));
    waiting.retain(|_| !chance.one_in(3));
    while !waiting.is_empty() && !chance.one_in(3) {
        let index = usize::try_from(chance.below(waiting.len() as u64)).unwrap();
        let push = waiting.swap_remove(index);
        for _ in 0..=chance.below(2) {
            match &push {
                Push::Google(push) => pushes::deliver(world, push, "").await,
                Push::Microsoft(push) => subscriptions::deliver(world, push).await.0,
            };
        }
    }
}

/// The reminders that wait, as they are, with what they say.
async fn ahead(world: &World) -> Vec<String> {
    let soon = world.now() + SignedDuration::from_mins(1);
    let rows = world.reminders("ada").await;
    let rows = rows.iter().filter(|row| row.send_at > soon && row.state == State::Scheduled);
    let told = |row: &Reminder| format!("{} {}{}", row.send_at, row.body.before, row.body.after);
    let mut all: Vec<_> = rows.map(told).collect();
    all.sort();
    all
}

async fn converges(keeper: Keeper, seed: u64) {
    let chance = Chance::new(seed);
    let mut truth = Truth::new();
    let world = world_of(keeper, &truth, MORNING).await;
    let mut waiting = Vec::new();
    for _ in 0..EDITS {
        for _ in 0..=chance.below(2) {
            edit(&world, keeper, &chance, &mut truth);
        }
        if chance.one_in(2) {
            disturb(&world, keeper, &chance);
        }
        arrive(&world, &chance, &mut waiting).await;
        world.run_for(SignedDuration::from_mins(chance.between(0, 30))).await;
    }
    world.google.calm();
    world.microsoft.calm();
    world.calendars.calm();
    // Nobody pushes any more: the periodic looks must be enough.
    let next = connection(&world).await.next_sync_at.max(world.now());
    world.run_until(&(next + SignedDuration::from_mins(1)).to_string()).await;
    let problem = connection(&world).await.health.problem;
    assert_eq!(problem, None, "{keeper:?}, seed {seed}");
    let fresh = world_of(keeper, &truth, &world.now().to_string()).await;
    assert_eq!(ahead(&world).await, ahead(&fresh).await, "{keeper:?}, seed {seed}: {truth:?}");
    world.finish().await;
    fresh.finish().await;
}

/// The seeds that somebody asks for.
fn asked_for() -> Option<std::ops::Range<u64>> {
    let asked = std::env::var("CONVERGENCE_SEEDS").ok()?;
    let bounds = asked.split_once("..").map(|(from, until)| (from.parse(), until.parse()));
    let Some((Ok(from), Ok(until))) = bounds else {
        panic!("CONVERGENCE_SEEDS={asked}: write it like 0..100");
    };
    Some(from..until)
}

async fn all(keeper: Keeper) {
    for seed in asked_for().unwrap_or(0..SEEDS) {
        converges(keeper, seed).await;
    }
}

#[tokio::test]
async fn cal_12_cal_13_calendars_at_google_converge() {
    all(Keeper::Google).await;
}

#[tokio::test]
async fn cal_12_cal_13_calendars_at_microsoft_converge() {
    all(Keeper::Microsoft).await;
}

#[tokio::test]
async fn cal_12_cal_13_calendars_at_caldav_servers_converge() {
    all(Keeper::CalDav).await;
}
