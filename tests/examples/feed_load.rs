//! What a large calendar costs to follow: a feed of many events is looked at, changed by one event,
//! and looked at unchanged.
//! `cargo run --release -p tests --no-default-features --example feed_load -- [EVENTS] [DAYS]`.
//!
//! The events are spread over so many days, half of them before today. Everything runs in one
//! process, the feed's server and the store in memory among it, so a function takes less than this.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::fs;
use std::time::Instant;

use app::ports::Access;
use app::sync::{Connect, NewConnection, connect};
use domain::calendar_address::CalendarAddress;
use domain::ids::CalendarId;
use domain::limits;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use tests::load::{Effort, machine};
use tests::users::user;
use tests::world::{World, user_id};

const ADDRESS: &str = "https://calendar.example/large.ics";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number =
        |default: i64| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (events, days) = (number(50_000), number(5 * 365));
    println!("{}", machine());
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", "America/New_York").limit(50)).await;
    let feed = feed(events, days, world.now());
    println!("{events} events over {days} days, {} KiB", feed.len() / 1024);
    world.calendars.tell_etags();
    world.calendars.publish(ADDRESS, feed.clone());
    measure(&world, "connected and looked at", async {
        let new = NewConnection {
            user: user_id("ada"),
            calendar: CalendarId::parse("work").expect("a name"),
            access: Access::IcsAddress {
                address: CalendarAddress::parse(ADDRESS).expect("an address"),
            },
            every: limits::SYNC_EVERY,
        };
        let ports = world.ports.connecting(&world.settings);
        let connected = connect(&ports, &new, world.now()).await.expect("the store answers");
        assert!(matches!(connected, Connect::Connected { .. }));
        world.settle().await;
    })
    .await;
    assert!(!world.reminders("ada").await.is_empty(), "today has reminders");
    look(&world, "looked at, unchanged").await;
    world.calendars.publish(ADDRESS, feed.replace("Meeting 7\r\n", "Renamed 7\r\n"));
    look(&world, "looked at, one event renamed").await;
    world.abandon();
}

async fn look(world: &World, what: &str) {
    world.sleep_until(&(world.now() + SignedDuration::from_mins(1)).to_string());
    measure(world, what, async {
        let path = "/v1/users/ada/calendars/work/sync";
        assert_eq!(world.request(Method::POST, path, "").await.0, 202);
        world.settle().await;
    })
    .await;
}

async fn measure(world: &World, what: &str, work: impl Future<Output = ()>) {
    let asked = world.calendars.requests().len();
    let (began, effort) = (Instant::now(), Effort::begin());
    work.await;
    let (took, worked) = (began.elapsed().as_secs_f64(), effort.worked());
    let asked = world.calendars.requests().len() - asked;
    println!(
        "{what}: {took:.2} s, {worked:.2} s of processor, {asked} requests, at most {} MiB so far",
        peak_mebibytes(),
    );
}

/// The most memory that this process has had.
fn peak_mebibytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() / 1024
}

/// Meetings of half an hour, evenly spread around `now`.
fn feed(events: i64, days: i64, now: Timestamp) -> String {
    let apart = SignedDuration::from_secs(days * 86_400 / events.max(1));
    let first = now - SignedDuration::from_hours(days * 12);
    let mut feed = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n");
    for number in 0..events {
        let start = first + apart * i32::try_from(number).expect("not so many");
        let end = start + SignedDuration::from_mins(30);
        let text = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
        feed += &format!(
            "BEGIN:VEVENT\r\nUID:meeting-{number}@test\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:{}\r\nDTEND:{}\r\nSUMMARY:Meeting {number}\r\nLOCATION:Room {}\r\n\
             DESCRIPTION:What this is about\\, at some length\\, as people write it.\r\n\
             END:VEVENT\r\n",
            text(start),
            text(end),
            number % 40,
        );
    }
    feed + "END:VCALENDAR\r\n"
}
