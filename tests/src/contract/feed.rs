//! The contract of [`app::ports::ChangeFeed`].

use std::collections::HashMap;
use std::sync::Arc;

use app::domain_events::Standing;
use app::ports::{ChangeFeed, ClaimResult, FeedEntry, PlanWriteResult, RowUpdate};
use domain::difference::RowWrite;
use domain::reasons::CancelReason;
use domain::reminder::Reminder;
use domain::states::Change;

use super::samples::{add, add_with, after, claim_of, claimed, key, new_rows, plan, reminder};
use super::{StorePorts, at_once};

/// Runs every case. `make` gives a store, and the feed of its changes.
pub async fn feed_suite(make: impl AsyncFn() -> (StorePorts, Arc<dyn ChangeFeed>)) {
    let (ports, feed) = make().await;
    every_change_is_told_in_order(ports, feed).await;
    let (ports, feed) = make().await;
    what_is_refused_is_not_told(ports, feed).await;
    let (ports, feed) = make().await;
    changes_at_once_are_each_told(ports, feed).await;
    let (ports, feed) = make().await;
    what_is_not_folded_stays(ports, feed).await;
}

async fn everything(feed: &Arc<dyn ChangeFeed>) -> Vec<FeedEntry> {
    feed.changes_after(0, 100_000).await.unwrap()
}

fn rows(entries: &[FeedEntry]) -> Vec<Reminder> {
    entries.iter().map(|entry| entry.row.clone()).collect()
}

async fn every_change_is_told_in_order(ports: StorePorts, feed: Arc<dyn ChangeFeed>) {
    assert_eq!(everything(&feed).await, []);
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let two = reminder("ann", "two", "2026-03-02T11:00:00Z");
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let taken = claimed(&one);
    ports.claims.claim(&claim_of(&taken, &key("ann"), 10)).await.unwrap();
    let back = after(&taken, Change::GiveBack);
    let update = RowUpdate { row: &back, expected: 2, leaves_day: Some(one.day_on) };
    assert!(ports.reminders.update(&update).await.unwrap());
    let cancelled = after(&two, Change::Cancel(CancelReason::EventCancelled));
    let write = RowWrite { row: cancelled.clone(), expected: Some(1) };
    assert_eq!(plan(&ports, "ann", 1, &[write]).await, PlanWriteResult::Written);
    let told = everything(&feed).await;
    // The rows as they were after each change, not as they are now.
    let told_rows = rows(&told);
    assert_eq!(told_rows, [one, two, taken, back, cancelled]);
    assert!(told.is_sorted_by(|a, b| a.sequence < b.sequence));
    // With where each stood before it.
    let before: Vec<_> = told.iter().map(|entry| entry.before.clone()).collect();
    let standing = |told: usize| Some(Standing::of(&told_rows[told]));
    assert_eq!(before, [None, None, standing(0), standing(2), standing(1)]);
    let after_second = feed.changes_after(told[1].sequence, 2).await.unwrap();
    assert_eq!(after_second, told[2..4]);
    assert_eq!(feed.changes_after(told[4].sequence, 10).await.unwrap(), []);
    assert_eq!(everything(&feed).await, told, "reading takes nothing away");
}

async fn what_is_refused_is_not_told(ports: StorePorts, feed: Arc<dyn ChangeFeed>) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let told = everything(&feed).await;
    let taken = claimed(&one);
    let phone = key("ann");
    let full = ports.claims.claim(&claim_of(&taken, &phone, 0)).await.unwrap();
    assert_eq!(full, ClaimResult::LimitReached);
    let mut stale = claim_of(&taken, &phone, 10);
    stale.inputs_version = 9;
    assert_eq!(ports.claims.claim(&stale).await.unwrap(), ClaimResult::Changed);
    let update = RowUpdate { row: &taken, expected: 7, leaves_day: None };
    assert!(!ports.reminders.update(&update).await.unwrap());
    let new = reminder("ann", "two", "2026-03-02T10:00:00Z");
    assert_eq!(plan(&ports, "ann", 9, &new_rows(&[new])).await, PlanWriteResult::Outdated);
    assert_eq!(everything(&feed).await, told);
}

async fn changes_at_once_are_each_told(ports: StorePorts, feed: Arc<dyn ChangeFeed>) {
    let names: Vec<_> = (0..20).map(|number| format!("user-{number}")).collect();
    at_once(20, |number| {
        let (ports, name) = (ports.clone(), names[number].clone());
        async move {
            add(&ports, &[&name]).await;
            let one = reminder(&name, "one", "2026-03-02T10:00:00Z");
            plan(&ports, &name, 1, &new_rows(std::slice::from_ref(&one))).await;
            let mut row = claimed(&one);
            ports.claims.claim(&claim_of(&row, &key(&name), 10)).await.unwrap();
            for _ in 0..3 {
                let mut next = row.clone();
                next.revision += 1;
                let update = RowUpdate { row: &next, expected: row.revision, leaves_day: None };
                assert!(ports.reminders.update(&update).await.unwrap());
                row = next;
            }
        }
    })
    .await;
    let mut told: HashMap<_, Vec<u64>> = HashMap::new();
    let mut last = 0;
    loop {
        let page = feed.changes_after(last, 7).await.unwrap();
        let Some(end) = page.last() else { break };
        last = end.sequence;
        for entry in page {
            told.entry(entry.row.id).or_default().push(entry.row.revision);
        }
    }
    assert_eq!(told.len(), 20);
    for revisions in told.values() {
        assert_eq!(*revisions, [1, 2, 3, 4, 5]);
    }
}

async fn what_is_not_folded_stays(ports: StorePorts, feed: Arc<dyn ChangeFeed>) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let mut row = one;
    for _ in 0..1_500 {
        let mut next = row.clone();
        next.revision += 1;
        let update = RowUpdate { row: &next, expected: row.revision, leaves_day: None };
        assert!(ports.reminders.update(&update).await.unwrap());
        row = next;
    }
    let told = everything(&feed).await;
    assert_eq!(told.len(), 1_501);
    let folded = told[1_200].sequence;
    ports.metrics.set_folded_until(folded).await.unwrap();
    let left = feed.changes_after(folded, 10_000).await.unwrap();
    assert_eq!(left, told[1_201..]);
    // However much is folded, numbers never come twice.
    let last = told[1_500].sequence;
    ports.metrics.set_folded_until(last + 10_000_000).await.unwrap();
    let mut next = row.clone();
    next.revision += 1;
    let update = RowUpdate { row: &next, expected: row.revision, leaves_day: None };
    assert!(ports.reminders.update(&update).await.unwrap());
    let after = feed.changes_after(last, 10).await.unwrap();
    assert_eq!(rows(&after), [next]);
}
