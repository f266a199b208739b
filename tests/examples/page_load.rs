//! How large the dashboard's page of a busy month is, and how long the server takes for it:
//! `cargo run --release -p tests --no-default-features --example page_load -- [USERS] [REQUESTS]`.
//!
//! Each user has five reminders a day for 30 days: most delivered, some not, with codes of
//! carriers, some skipped. `kept` asks as an open page does, every ten seconds: days that are over
//! are read once in five minutes. `cold` asks so rarely that all 30 days are read for each page.
//! `scraped` is what Prometheus reads.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::time::Instant;

use app::ports::{Contribution, Globally, Metrics};
use beforehand::system::Tick;
use domain::figures::{Counts, Dimension, EDITION, hour_at, names};
use domain::ids::ReminderId;
use domain::time::{back, utc_date};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use tests::load::{Effort, machine, percentile};
use tests::users::{names as user_names, user};
use tests::world::{World, user_id};

const DAYS: i64 = 30;
const REMINDERS_A_DAY: i64 = 5;

/// Codes of carriers that occur.
const CODES: [u32; 6] = [30_003, 30_005, 30_006, 30_007, 30_008, 99_999];

/// Users whose figures are counted side by side.
const TASKS: usize = 32;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number =
        |default: usize| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (users, requests) = (number(1_000), number(1_000));
    println!("{}", machine());
    let world = World::at("2026-11-23T20:30:00Z");
    let began = Instant::now();
    let names = user_names(users);
    for name in &names {
        world.add(user(name, "UTC")).await;
    }
    count_all(&world, &names).await;
    world.system.fire(Tick::Monitor).await;
    println!("{users} users, {DAYS} days, counted in {:.1} s", began.elapsed().as_secs_f64());
    let (often, rarely) = (SignedDuration::from_secs(10), SignedDuration::from_mins(6));
    measure(&world, "kept", "/dashboard", requests, often).await;
    measure(&world, "cold", "/dashboard", requests / 5, rarely).await;
    measure(&world, "scraped", "/metrics", requests / 5, rarely).await;
    world.abandon();
}

async fn measure(world: &World, what: &str, path: &str, requests: usize, apart: SignedDuration) {
    let mut took = Vec::with_capacity(requests);
    let mut bytes = 0;
    let effort = Effort::begin();
    for _ in 0..requests {
        world.sleep_until(&(world.now() + apart).to_string());
        let began = Instant::now();
        let (status, page) = world.request(Method::GET, path, "").await;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(status, 200, "{page}");
        bytes = bytes.max(page.len());
    }
    took.sort_by(f64::total_cmp);
    let at = |percent| percentile(&took, percent);
    println!(
        "{what}: {requests} pages of at most {bytes} bytes, p50 {:.1} ms, p99 {:.1} ms, \
         {:.1} ms of processor each",
        at(50.0),
        at(99.0),
        effort.worked() * 1_000.0 / requests as f64,
    );
}

async fn count_all(world: &World, names: &[String]) {
    let share = names.len().div_ceil(TASKS).max(1);
    let running: Vec<_> = names
        .chunks(share)
        .enumerate()
        .map(|(part, some)| {
            let (some, store, now) = (some.to_vec(), world.store.clone(), world.now());
            tokio::spawn(async move {
                for (at, name) in some.iter().enumerate() {
                    let index = i64::try_from(part * share + at).expect("a number");
                    count_one(&store, name, index, now).await;
                }
            })
        })
        .collect();
    for task in running {
        task.await.expect("figures are counted");
    }
}

async fn count_one(metrics: &dyn Metrics, name: &str, index: i64, now: Timestamp) {
    for each in 0..DAYS * REMINDERS_A_DAY {
        let hours = each * 24 / REMINDERS_A_DAY + (index + each) % 5;
        let hour_at = hour_at(back(now, SignedDuration::from_hours(hours)));
        let serial = index * 1_000 + each;
        let id = ReminderId::parse(&format!("{serial:032x}")).expect("an id");
        let counted = contribution(serial, hour_at);
        let stored = metrics.replace_contribution(&user_id(name), id, 1, &counted).await;
        assert!(stored.expect("the store answers"), "it is new");
    }
}

/// What one reminder adds.
fn contribution(serial: i64, hour_at: Timestamp) -> Contribution {
    let mut counts = Counts::from([(names::PLANNED.to_owned(), 1)]);
    let mut add = |name: String, by: i64| {
        counts.insert(name, by);
    };
    // Users of one hour differ, so durations fall into many buckets, as those of a busy day do.
    let die = (serial / 1_000 * 37 + serial * 7_919) % 100;
    if die < 8 {
        let reason = ["too_late", "quiet_hours", "phone_unverified"][usize::from(die > 3)];
        add("skipped".to_owned(), 1);
        add(format!("skipped.{reason}"), 1);
    } else {
        for name in [names::POSTED, names::TEXTS, names::ATTEMPTS, names::SEGMENTS] {
            add(name.to_owned(), 1);
        }
        add(names::TEXTS_COST.to_owned(), 11_800);
        add(names::bucket(names::LATENESS, domain::sketch::bucket(10 + die.unsigned_abs())), 1);
        add(names::sum(names::LATENESS), 10 + die);
        if die < 16 {
            let code = CODES[usize::try_from(serial % 6).expect("a digit")];
            add("undelivered".to_owned(), 1);
            add(names::code(code), 1);
        } else {
            let took = 1_500 + die * 90;
            add("delivered".to_owned(), 1);
            let bucket = domain::sketch::bucket(took.unsigned_abs());
            add(names::bucket(names::DELIVERY, bucket), 1);
            add(names::sum(names::DELIVERY), took);
        }
    }
    let dimensions = ["all", "source:template", "country:US", "stage:everyone"];
    let dimensions = dimensions.map(|name| Dimension::parse(name).expect("a dimension"));
    Contribution {
        on: utc_date(hour_at),
        counts: counts.into_iter().collect(),
        globally: Some(Globally { hour_at, dimensions: dimensions.to_vec() }),
        edition: EDITION,
    }
}
