//! The contract of [`app::ports::Metrics`]: each change counts once.

use app::ports::{Contribution, Globally};
use domain::figures::{Counts, Dimension, Figures, add};
use domain::ids::ReminderId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::samples::{at, id, on, reminder};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn metrics_suite(make: impl AsyncFn() -> StorePorts) {
    a_contribution_replaces_the_one_before(make().await).await;
    only_a_higher_revision_counts(make().await).await;
    counters_belong_to_a_user_and_a_date(make().await).await;
    of_folds_at_once_each_revision_counts_once(make().await).await;
    hours_count_everybody_once(make().await).await;
    what_was_counted_before_there_were_hours_is_counted_anew(make().await).await;
    sketches_are_kept_where_they_are_asked_for(make().await).await;
    sums_are_those_of_the_hours(make().await).await;
    days_of_a_user_are_read_in_order(make().await).await;
    what_no_reminder_says_is_counted_once(make().await).await;
    the_feed_is_never_unfolded(make().await).await;
}

fn contribution(date: &str, counts: &[(&str, i64)]) -> Contribution {
    let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Contribution { on: on(date), counts, globally: None, edition: 0 }
}

fn reminder_id(name: &str, uid: &str) -> ReminderId {
    reminder(name, uid, "2026-03-02T10:00:00Z").id
}

async fn fold(
    ports: &StorePorts,
    name: &str,
    uid: &str,
    revision: u64,
    contribution: &Contribution,
) -> bool {
    let reminder = reminder_id(name, uid);
    let metrics = &ports.metrics;
    metrics.replace_contribution(&id(name), reminder, revision, contribution).await.unwrap()
}

#[track_caller]
fn check(found: &[(String, i64)], expected: &[(&str, i64)]) {
    let found: Vec<_> = found.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(found, expected);
}

async fn counters(ports: &StorePorts, name: &str, date: &str) -> Vec<(String, i64)> {
    let date: Date = on(date);
    ports.metrics.counters(&id(name), date).await.unwrap()
}

async fn a_contribution_replaces_the_one_before(ports: StorePorts) {
    check(&counters(&ports, "ann", "2026-03-02").await, &[]);
    check(&ports.metrics.totals().await.unwrap(), &[]);
    let planned = contribution("2026-03-02", &[("scheduled", 1), ("planned", 1)]);
    assert!(fold(&ports, "ann", "one", 1, &planned).await);
    check(&counters(&ports, "ann", "2026-03-02").await, &[("planned", 1), ("scheduled", 1)]);
    let sent = contribution("2026-03-02", &[("planned", 1), ("sent", 1), ("segments", 3)]);
    assert!(fold(&ports, "ann", "one", 4, &sent).await);
    let expected = [("planned", 1), ("segments", 3), ("sent", 1)];
    check(&counters(&ports, "ann", "2026-03-02").await, &expected);
    check(&ports.metrics.totals().await.unwrap(), &expected);
    // To another date, and to nothing.
    assert!(fold(&ports, "ann", "one", 5, &contribution("2026-03-03", &[("sent", 1)])).await);
    check(&counters(&ports, "ann", "2026-03-02").await, &[]);
    check(&counters(&ports, "ann", "2026-03-03").await, &[("sent", 1)]);
    assert!(fold(&ports, "ann", "one", 6, &contribution("2026-03-03", &[])).await);
    check(&counters(&ports, "ann", "2026-03-03").await, &[]);
    check(&ports.metrics.totals().await.unwrap(), &[]);
}

async fn only_a_higher_revision_counts(ports: StorePorts) {
    let (sent, other) =
        (contribution("2026-03-02", &[("sent", 1)]), contribution("2026-03-02", &[("other", 1)]));
    assert!(fold(&ports, "ann", "one", 3, &sent).await);
    for old in [3, 2, 1] {
        assert!(!fold(&ports, "ann", "one", old, &other).await);
        check(&counters(&ports, "ann", "2026-03-02").await, &[("sent", 1)]);
    }
    assert!(fold(&ports, "ann", "one", 9, &other).await, "revisions may be skipped");
    check(&counters(&ports, "ann", "2026-03-02").await, &[("other", 1)]);
}

async fn counters_belong_to_a_user_and_a_date(ports: StorePorts) {
    let sent = contribution("2026-03-02", &[("sent", 1)]);
    assert!(fold(&ports, "ann", "one", 1, &sent).await);
    assert!(fold(&ports, "ann", "two", 1, &sent).await);
    assert!(fold(&ports, "bob", "one", 1, &sent).await);
    let tomorrow = contribution("2026-03-03", &[("sent", 1), ("late", 2)]);
    assert!(fold(&ports, "ann", "three", 1, &tomorrow).await);
    check(&counters(&ports, "ann", "2026-03-02").await, &[("sent", 2)]);
    check(&counters(&ports, "ann", "2026-03-03").await, &[("late", 2), ("sent", 1)]);
    check(&counters(&ports, "bob", "2026-03-02").await, &[("sent", 1)]);
    check(&counters(&ports, "bob", "2026-03-03").await, &[]);
    check(&ports.metrics.totals().await.unwrap(), &[("late", 2), ("sent", 4)]);
}

async fn of_folds_at_once_each_revision_counts_once(ports: StorePorts) {
    // Ten reminders, each with five revisions in a row, each told five times over.
    let folded = at_once(250, |number| {
        let ports = ports.clone();
        async move {
            let (uid, revision) = (format!("uid-{}", number % 10), 1 + (number / 10) % 5);
            let counts = [("all", 1), ("revision", i64::try_from(revision).unwrap())];
            let contribution = contribution("2026-03-02", &counts);
            fold(&ports, "ann", &uid, u64::try_from(revision).unwrap(), &contribution).await
        }
    })
    .await;
    assert!(count(&folded, &true) >= 10);
    check(&counters(&ports, "ann", "2026-03-02").await, &[("all", 10), ("revision", 50)]);
    check(&ports.metrics.totals().await.unwrap(), &[("all", 10), ("revision", 50)]);
}

/// The same contribution, also counted in an hour.
fn in_hour(mut contribution: Contribution, hour: &str, dimensions: &[&str]) -> Contribution {
    let dimensions = dimensions.iter().map(|name| Dimension::parse(name).unwrap()).collect();
    contribution.globally = Some(Globally { hour_at: at(hour), dimensions });
    contribution.edition = 1;
    contribution
}

async fn hours(
    ports: &StorePorts,
    dimension: &str,
    from: &str,
    until: &str,
) -> Vec<(Timestamp, Vec<(String, i64)>)> {
    let dimension = Dimension::parse(dimension).unwrap();
    let hours = ports.metrics.hours(&dimension, at(from), at(until)).await.unwrap();
    hours.into_iter().map(|(at, counts)| (at, counts.into_iter().collect())).collect()
}

const NINE: &str = "2026-03-02T09:00:00Z";
const TEN: &str = "2026-03-02T10:00:00Z";
const ELEVEN: &str = "2026-03-02T11:00:00Z";

async fn hours_count_everybody_once(ports: StorePorts) {
    assert_eq!(hours(&ports, "all", NINE, ELEVEN).await, []);
    let planned = contribution("2026-03-02", &[("planned", 1)]);
    let planned = in_hour(planned, TEN, &["all", "source:template"]);
    let sent = contribution("2026-03-02", &[("planned", 1), ("sent", 1)]);
    let sent = in_hour(sent, NINE, &["all", "country:US", "source:model"]);
    for _ in 0..2 {
        fold(&ports, "ann", "one", 1, &planned).await;
        fold(&ports, "bob", "one", 1, &planned).await;
    }
    let found = hours(&ports, "all", NINE, ELEVEN).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, at(TEN));
    check(&found[0].1, &[("planned", 2)]);
    // The text of one goes out in the hour before, in other words, and is told late and again.
    assert!(fold(&ports, "ann", "one", 5, &sent).await);
    assert!(!fold(&ports, "ann", "one", 5, &sent).await);
    assert!(!fold(&ports, "ann", "one", 1, &planned).await);
    let found = hours(&ports, "all", NINE, ELEVEN).await;
    let at_each: Vec<_> = found.iter().map(|(at, _)| *at).collect();
    assert_eq!(at_each, [at(NINE), at(TEN)], "in order");
    check(&found[0].1, &[("planned", 1), ("sent", 1)]);
    check(&found[1].1, &[("planned", 1)]);
    assert_eq!(hours(&ports, "all", NINE, TEN).await.len(), 1, "its end is not in it");
    assert_eq!(hours(&ports, "all", TEN, NINE).await, []);
    assert_eq!(hours(&ports, "country:US", NINE, ELEVEN).await, found[..1]);
    assert_eq!(hours(&ports, "source:template", NINE, ELEVEN).await, found[1..]);
    assert_eq!(hours(&ports, "country:U", NINE, ELEVEN).await, []);
    // Taken back, nothing is left.
    for name in ["ann", "bob"] {
        assert!(fold(&ports, name, "one", 9, &contribution("2026-03-02", &[])).await);
    }
    assert_eq!(hours(&ports, "all", NINE, ELEVEN).await, []);
    assert_eq!(hours(&ports, "source:template", NINE, ELEVEN).await, []);
}

async fn what_was_counted_before_there_were_hours_is_counted_anew(ports: StorePorts) {
    let old = contribution("2026-03-02", &[("sent", 1)]);
    assert!(fold(&ports, "ann", "one", 3, &old).await);
    let new = contribution("2026-03-02", &[("sent", 1), ("posted", 1)]);
    let new = in_hour(new, NINE, &["all"]);
    assert!(!fold(&ports, "ann", "one", 2, &new).await);
    assert!(fold(&ports, "ann", "one", 3, &new).await, "the row has not changed, its count has");
    assert!(!fold(&ports, "ann", "one", 3, &new).await);
    assert!(!fold(&ports, "ann", "one", 3, &old).await);
    let expected = [("posted", 1), ("sent", 1)];
    check(&ports.metrics.totals().await.unwrap(), &expected);
    check(&hours(&ports, "all", NINE, TEN).await[0].1, &expected);
}

async fn sketches_are_kept_where_they_are_asked_for(ports: StorePorts) {
    let delivered = |bucket: &str| {
        let counts = [("delivered", 1), (bucket, 1), ("d.sum", 400), ("l~7", 1), ("l.sum", 7)];
        in_hour(contribution("2026-03-02", &counts), NINE, &["all", "country:US", "arm:x/a"])
    };
    assert!(fold(&ports, "ann", "one", 1, &delivered("d~100")).await);
    assert!(fold(&ports, "ann", "two", 1, &delivered("d~100")).await);
    assert!(fold(&ports, "bob", "one", 1, &delivered("d~120")).await);
    let expected =
        [("d.sum", 1_200), ("delivered", 3), ("d~100", 2), ("d~120", 1), ("l.sum", 21), ("l~7", 3)];
    let all = hours(&ports, "all", NINE, TEN).await;
    check(&all[0].1, &expected);
    let figures = Figures::of(all[0].1.iter().map(|(name, count)| (name.as_str(), *count)));
    assert_eq!((figures.delivery_ms.count(), figures.delivery_ms.mean()), (3, Some(400)));
    check(&hours(&ports, "arm:x/a", NINE, TEN).await[0].1, &expected);
    let short = [("d.sum", 1_200), ("delivered", 3), ("l.sum", 21)];
    check(&hours(&ports, "country:US", NINE, TEN).await[0].1, &short);
    check(&ports.metrics.totals().await.unwrap(), &short);
    let day = counters(&ports, "ann", "2026-03-02").await;
    check(&day, &[("d.sum", 800), ("delivered", 2), ("d~100", 2), ("l.sum", 14), ("l~7", 2)]);
}

/// The sums between bounds, made of single hours.
async fn summed(ports: &StorePorts, dimension: &str, bounds: &[Timestamp]) -> Vec<Counts> {
    let dimension = Dimension::parse(dimension).unwrap();
    let mut sums = Vec::new();
    for span in bounds.windows(2) {
        let mut sum = Counts::new();
        for (_, counts) in ports.metrics.hours(&dimension, span[0], span[1]).await.unwrap() {
            counts.iter().for_each(|(name, count)| add(&mut sum, name, *count));
        }
        sums.push(sum);
    }
    sums
}

async fn sums_are_those_of_the_hours(ports: StorePorts) {
    let fold_at = async |uid: &str, revision, hour: &str, counts: &[(&str, i64)]| {
        let dimensions = ["all", "country:US", "arm:x/a"];
        let counted = in_hour(contribution("2026-03-02", counts), hour, &dimensions);
        assert!(fold(&ports, "ann", uid, revision, &counted).await);
    };
    for (place, hour) in
        ["01T23", "02T00", "02T09", "02T23", "03T00", "03T13", "05T04", "31T12"].iter().enumerate()
    {
        let bucket = format!("l~{place}");
        let counts = [("planned", 1), ("sent", 2), (bucket.as_str(), 1)];
        fold_at(&format!("uid-{place}"), 1, &format!("2026-03-{hour}:00:00Z"), &counts).await;
    }
    // One moves to another day, one loses what it counted.
    fold_at("uid-4", 2, "2026-03-04T01:00:00Z", &[("planned", 1)]).await;
    fold_at("uid-2", 2, "2026-03-02T09:00:00Z", &[("planned", 1)]).await;
    let opted_out = at("2026-03-02T09:30:00Z");
    assert!(ports.metrics.count_once("one", opted_out, "opted_out").await.unwrap());
    let day = |day: u8| at(&format!("2026-03-{day:02}T00:00:00Z"));
    let check = async |bounds: &[Timestamp]| {
        for dimension in ["all", "country:US", "arm:x/a", "source:model"] {
            let expected = summed(&ports, dimension, bounds).await;
            let dimension = Dimension::parse(dimension).unwrap();
            let found = ports.metrics.sums(&dimension, bounds, |_| true).await.unwrap();
            assert_eq!(found, expected, "{dimension} {bounds:?}");
        }
    };
    check(&[]).await;
    check(&[day(2)]).await;
    check(&[day(2), day(2), day(3)]).await;
    check(&(1..=6).map(day).collect::<Vec<_>>()).await;
    check(&[day(1), day(31), at("2026-04-01T00:00:00Z")]).await;
    // Days that are not those of UTC, and what is no day at all.
    check(&(1..=5).map(|n| day(n) + SignedDuration::from_mins(330)).collect::<Vec<_>>()).await;
    check(&(0..30).map(|n| day(2) + SignedDuration::from_hours(n)).collect::<Vec<_>>()).await;
    check(&[at("2026-03-01T22:30:00Z"), at("2026-03-04T00:00:00.000000001Z")]).await;
    check(&[Timestamp::MIN, day(3), Timestamp::MAX]).await;
    let all = Dimension::all();
    let some = ports.metrics.sums(&all, &[day(2), day(3)], |name| name.contains('n')).await;
    let some: Vec<_> = some.unwrap().remove(0).into_iter().collect();
    self::check(&some, &[("planned", 3), ("sent", 4)]);
}

async fn days_of_a_user_are_read_in_order(ports: StorePorts) {
    for (uid, date, count) in
        [("a", "2026-03-10", 1), ("b", "2026-03-09", 2), ("c", "2026-02-28", 3)]
    {
        assert!(fold(&ports, "ann", uid, 1, &contribution(date, &[("sent", count)])).await);
    }
    assert!(fold(&ports, "annie", "a", 1, &contribution("2026-03-09", &[("sent", 9)])).await);
    assert!(fold(&ports, "ann", "d", 1, &contribution("2026-03-09", &[])).await);
    let days = async |from, until| {
        let days = ports.metrics.days(&id("ann"), on(from), on(until)).await.unwrap();
        days.into_iter().map(|(on, counts)| (on, counts["sent"])).collect::<Vec<_>>()
    };
    let (first, second) = ((on("2026-03-09"), 2), (on("2026-03-10"), 1));
    assert_eq!(days("2026-03-09", "2026-03-10").await, [first, second]);
    assert_eq!(days("2026-03-01", "2026-03-09").await, [first]);
    assert_eq!(days("2026-03-10", "2026-03-09").await, []);
    assert_eq!(days("-009999-01-01", "9999-12-31").await.len(), 3);
}

async fn what_no_reminder_says_is_counted_once(ports: StorePorts) {
    let count = async |id: &str, minute: &str| {
        let at = at(&format!("2026-03-02T{minute}:00Z"));
        ports.metrics.count_once(id, at, "opted_out").await.unwrap()
    };
    assert!(count("one", "09:00").await);
    assert!(!count("one", "09:00").await);
    assert!(!count("one", "10:30").await, "one is one, whenever it is told");
    assert!(count("two", "09:59").await);
    assert!(count("three", "10:00").await);
    let at_once = at_once(20, |_| {
        let metrics = ports.metrics.clone();
        async move { metrics.count_once("four", at(TEN), "opted_out").await.unwrap() }
    });
    assert_eq!(self::count(&at_once.await, &true), 1);
    assert!(fold(&ports, "ann", "one", 1, &contribution("2026-03-02", &[("sent", 1)])).await);
    let found = hours(&ports, "all", NINE, ELEVEN).await;
    check(&found[0].1, &[("opted_out", 2)]);
    check(&found[1].1, &[("opted_out", 2)]);
    check(&ports.metrics.totals().await.unwrap(), &[("opted_out", 4), ("sent", 1)]);
}

async fn the_feed_is_never_unfolded(ports: StorePorts) {
    let until = async || ports.metrics.folded_until().await.unwrap();
    assert_eq!(until().await, 0);
    ports.metrics.set_folded_until(100).await.unwrap();
    ports.metrics.set_folded_until(99).await.unwrap();
    assert_eq!(until().await, 100);
    ports.metrics.set_folded_until(1_000).await.unwrap();
    assert_eq!(until().await, 1_000, "numbers are compared as numbers");
}
