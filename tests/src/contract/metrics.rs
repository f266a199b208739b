//! The contract of [`app::ports::Metrics`]: each change counts once.

use app::ports::Contribution;
use domain::ids::ReminderId;
use jiff::civil::Date;

use super::samples::{id, on, reminder};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn metrics_suite(make: impl AsyncFn() -> StorePorts) {
    a_contribution_replaces_the_one_before(make().await).await;
    only_a_higher_revision_counts(make().await).await;
    counters_belong_to_a_user_and_a_date(make().await).await;
    of_folds_at_once_each_revision_counts_once(make().await).await;
    the_feed_is_never_unfolded(make().await).await;
}

fn contribution(date: &str, counts: &[(&str, i64)]) -> Contribution {
    let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    Contribution { on: on(date), counts }
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

async fn the_feed_is_never_unfolded(ports: StorePorts) {
    let until = async || ports.metrics.folded_until().await.unwrap();
    assert_eq!(until().await, 0);
    ports.metrics.set_folded_until(100).await.unwrap();
    ports.metrics.set_folded_until(99).await.unwrap();
    assert_eq!(until().await, 100);
    ports.metrics.set_folded_until(1_000).await.unwrap();
    assert_eq!(until().await, 1_000, "numbers are compared as numbers");
}
