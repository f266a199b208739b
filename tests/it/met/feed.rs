//! A feed that repeats, splits and comes late, folded from a week in which much goes wrong.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, CallbackPlan, Fate, Script};
use app::domain_events::Standing;
use app::fold::{CountedOnce, FoldPorts, RowChange, contribution, counted_once, fold_changes};
use app::ports::{FeedEntry, Metrics};
use domain::figures::names::OPTED_OUT;
use domain::figures::{Counts, Dimension};
use jiff::Timestamp;
use jiff::civil::Date;
use tests::chance::Chance;
use tests::domain_events::KeptDomainEvents;
use tests::events::event;
use tests::faults::{Faults, faulty};
use tests::memory::MemoryStore;
use tests::users::{phone_of, user};
use tests::world::{World, user_id};

const NEW_YORK: &str = "America/New_York";
const PEOPLE: [&str; 4] = ["ada", "bob", "carol", "dave"];
const DIMENSIONS: [&str; 4] = ["all", "country:US", "source:template", "source:model"];

/// Everything that reminders count in: of each user and day, of each dimension and hour, of
/// everybody. Opt-outs are counted when they come; no reminder says them.
#[derive(Debug, PartialEq)]
struct Counted {
    days: Vec<Vec<(Date, Counts)>>,
    hours: Vec<Vec<(Timestamp, Counts)>>,
    totals: Vec<(String, i64)>,
}

async fn counted(metrics: &dyn Metrics) -> Counted {
    let (mut days, mut hours) = (Vec::new(), Vec::new());
    for id in PEOPLE {
        days.push(metrics.days(&user_id(id), Date::MIN, Date::MAX).await.unwrap());
    }
    for name in DIMENSIONS {
        let dimension = Dimension::parse(name).unwrap();
        let (from, until) = (Timestamp::MIN, Timestamp::MAX);
        let mut of_dimension = metrics.hours(&dimension, from, until).await.unwrap();
        for (_, counts) in &mut of_dimension {
            counts.remove(OPTED_OUT);
        }
        of_dimension.retain(|(_, counts)| !counts.is_empty());
        hours.push(of_dimension);
    }
    let mut totals = metrics.totals().await.unwrap();
    totals.retain(|(name, _)| name != OPTED_OUT);
    Counted { days, hours, totals }
}

/// A week of four people: ports fail, texts are refused, lost, undelivered, reported twice; people
/// have quiet hours and limits, and one opts out.
async fn week() -> World {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world = World::maker("2026-11-23T06:00:00Z")
        .in_memory()
        .ports(move |ports| faulty(&inside, ports))
        .make();
    world.add(user("ada", NEW_YORK).leads(&[15, 60])).await;
    world.add(user("bob", NEW_YORK).quiet(&["09:00-10:30"])).await;
    world.add(user("carol", "Asia/Kolkata").limit(1)).await;
    world.add(user("dave", NEW_YORK).unverified()).await;
    for (id, zone) in PEOPLE.into_iter().zip([NEW_YORK, NEW_YORK, "Asia/Kolkata", NEW_YORK]) {
        let daily = |title: &str, time: &str| {
            event(title, &format!("2026-11-23T{time}"), zone).with("RRULE:FREQ=DAILY;COUNT=7")
        };
        world.put(id, "work", &[daily("Early", "10:00"), daily("Later", "11:05")]).await;
    }
    let scripts = [
        Script::answer(Answer::Reject { status: 400, code: 21_611 }),
        Script::fate(Fate::Undeliver { code: 30_003 }),
        Script::answer(Answer::Lost { processed: true }),
        Script::default().with_callbacks(CallbackPlan::Twice),
        Script::default().with_callbacks(CallbackPlan::Never),
    ];
    faults.fail_randomly(7, 2);
    for day in 24..=30 {
        for (script, id) in scripts.iter().zip(PEOPLE.iter().cycle().skip(day)) {
            world.sandbox.script_next_to(phone_of(id).as_e164(), script, 1);
        }
        world.run_until(&format!("2026-11-{day}T06:00:00Z")).await;
    }
    faults.stop();
    world.reply("bob", "STOP").await;
    world.run_until("2026-12-01T18:00:00Z").await;
    world
}

fn change(entry: &FeedEntry) -> RowChange {
    let before: Option<Standing> = entry.before.clone();
    RowChange { before, counts_as_before: false, row: entry.row.clone() }
}

#[tokio::test]
async fn met_01_a_week_with_faults_is_counted_as_its_reminders_say() {
    let world = week().await;
    // Folds what is left, and compares every counter with a recount.
    world.finish().await;
    let own = counted(&*world.ports.stores.metrics).await;
    assert!(own.hours[0].len() > 10 && own.totals.len() > 10, "{own:#?}");

    // The counters once more, straight from the rows.
    let metrics = MemoryStore::new(world.ports.clock.clone());
    for id in PEOPLE {
        for row in world.reminders(id).await {
            let counts = contribution(&row);
            let (user, revision) = (&row.user, row.revision);
            for once in counted_once(&row) {
                let CountedOnce { id, rank, contribution } = once;
                metrics.replace_contribution(user, id, rank, &contribution).await.unwrap();
            }
            metrics.replace_contribution(user, row.id, revision, &counts).await.unwrap();
        }
    }
    assert_eq!(counted(&metrics).await, own);

    // And from the feed, in batches that overlap, repeat, come late and in any order.
    let feed = world.ports.stores.feed.changes_after(0, 100_000).await.unwrap();
    assert!(feed.len() > 100 && feed[0].sequence == 1, "all of it is still there");
    for seed in 1..=3 {
        let chance = Chance::new(seed);
        let metrics = Arc::new(MemoryStore::new(world.ports.clock.clone()));
        let domain_events = Arc::new(KeptDomainEvents::default());
        let ports = FoldPorts { metrics: metrics.clone(), domain_events };
        let fold = async |from: usize, until: usize| {
            let batch: Vec<_> = feed[from..until].iter().map(change).collect();
            fold_changes(&ports, &batch).await.unwrap();
        };
        for _ in 0..60 {
            let from = usize::try_from(chance.below(feed.len() as u64)).unwrap();
            let most = u64::try_from(feed.len() - from).unwrap().min(40);
            let until = from + usize::try_from(1 + chance.below(most)).unwrap();
            fold(from, until).await;
        }
        // Whatever was left out comes last, the oldest at the very end.
        for from in (0..feed.len()).rev().step_by(7) {
            fold(from.saturating_sub(6), from + 1).await;
        }
        assert_eq!(counted(&*metrics).await, own, "seed {seed}");
    }
}
