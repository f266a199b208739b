//! What must still be there after a restart.

use app::ports::{ClaimResult, Contribution, MirrorWindow};
use domain::rollout::Rollout;
use jiff::Timestamp;

use super::StorePorts;
use super::samples::{
    add_with, at, calendar, claim_of, claimed, event, id, key, on, reminder, run_record, stored,
};

/// Runs every case. Each `open` gives ports of the same store, opened anew.
pub async fn restart_suite(open: impl AsyncFn() -> StorePorts) {
    let ports = open().await;
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let two = reminder("ann", "two", "2026-03-02T11:00:00Z");
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let (taken, phone) = (claimed(&one), key("ann"));
    let claim = claim_of(&taken, &phone, 10);
    assert_eq!(ports.claims.claim(&claim).await.unwrap(), ClaimResult::Claimed);
    let meeting = event("work", "one", "2026-03-02T10:15:00Z");
    let (work, events) = (calendar("ann", "work"), [meeting.clone()]);
    assert_eq!(ports.calendars.write_mirror(&work, &events, &[], 1).await.unwrap(), Some(2));
    ports
        .control
        .put_rollout(&Rollout { is_on: false, version: 1, ..Rollout::default() })
        .await
        .unwrap();
    ports.control.set_promoted_until(at("2026-03-02T10:05:00Z")).await.unwrap();
    let sent = Contribution {
        on: on("2026-03-02"),
        counts: vec![("sent".to_owned(), 1)],
        globally: None,
        edition: 0,
    };
    let metrics = &ports.metrics;
    assert!(metrics.replace_contribution(&id("ann"), one.id, 2, &sent).await.unwrap());
    metrics.set_folded_until(3).await.unwrap();
    let user = stored(&ports, "ann").await;
    let phone_row = ports.phones.phone(&phone).await.unwrap();
    drop(ports);

    let ports = open().await;
    assert_eq!(stored(&ports, "ann").await, user);
    assert_eq!(ports.phones.phone(&phone).await.unwrap(), phone_row);
    let day = on("2026-03-02");
    let rows = ports.reminders.reminders_between(&id("ann"), day, day).await.unwrap();
    assert_eq!(rows, [taken.clone(), two.clone()]);
    let records = ports.reminders.run_records(&id("ann"), day, day).await.unwrap();
    assert_eq!(records, [run_record("2026-03-02", 2)]);
    let due = ports.reminders.due(Timestamp::MIN, Timestamp::MAX, None, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    assert_eq!(ports.claims.claimed_on(&id("ann"), day).await.unwrap(), [one.id]);
    let again = ports.claims.claim(&claim).await.unwrap();
    assert_eq!(again, ClaimResult::Changed, "what was claimed is not claimed again");
    let window = MirrorWindow { from: Timestamp::MIN, until: Timestamp::MAX };
    assert_eq!(ports.events.events_between(&id("ann"), window).await.unwrap(), [meeting]);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), [work]);
    assert!(!ports.control.rollout().await.unwrap().is_on);
    let promoted = ports.control.promoted_until().await.unwrap();
    assert_eq!(promoted, Some(at("2026-03-02T10:05:00Z")));
    assert_eq!(ports.metrics.folded_until().await.unwrap(), 3);
    assert_eq!(ports.metrics.totals().await.unwrap(), [("sent".to_owned(), 1)]);
    let metrics = &ports.metrics;
    assert!(!metrics.replace_contribution(&id("ann"), one.id, 2, &sent).await.unwrap());
}
