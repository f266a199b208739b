//! The contract of [`app::ports::Erasure`]: nothing of a person is left, and nothing of others
//! goes.

use app::ports::{ClaimResult, Contribution, MirrorWindow, PlanWriteResult, RowUpdate};
use domain::difference::RowWrite;
use domain::reasons::CancelReason;
use domain::reminder::Reminder;
use domain::states::Change;
use domain::user::{Consent, User};
use jiff::Timestamp;
use jiff::civil::Date;

use super::StorePorts;
use super::samples::{
    add, add_with, after, calendar, claim_of, claimed, connection, event, id, key, plan, reminder,
    stored, user,
};

/// Runs every case.
pub async fn erasure_suite(make: impl AsyncFn() -> StorePorts) {
    nobody_can_be_removed_twice(make().await).await;
    nothing_is_written_about_somebody_who_was_removed(make().await).await;
    nothing_is_left_and_nothing_of_others_goes(make().await).await;
    a_row_of_a_phone_goes_with_the_last_who_stands_in_it(make().await).await;
    an_opt_out_outlives_its_users(make().await).await;
    a_full_day_goes_whole(make().await).await;
}

async fn remove(ports: &StorePorts, name: &str) -> (bool, usize) {
    let was_there = ports.erasure.remove_user(&id(name)).await.unwrap();
    (was_there, ports.erasure.remove_remains(&id(name)).await.unwrap())
}

async fn nobody_can_be_removed_twice(ports: StorePorts) {
    assert_eq!(remove(&ports, "ann").await, (false, 0));
    add(&ports, &["ann"]).await;
    assert!(remove(&ports, "ann").await.0);
    assert_eq!(ports.users.user(&id("ann")).await.unwrap(), None);
    assert_eq!(remove(&ports, "ann").await, (false, 0));
    // The name is free again.
    add(&ports, &["ann"]).await;
    assert_eq!(stored(&ports, "ann").await, user("ann"));
}

async fn nothing_is_written_about_somebody_who_was_removed(ports: StorePorts) {
    let row = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&row)).await;
    assert!(ports.erasure.remove_user(&id("ann")).await.unwrap());
    let (taken, phone) = (claimed(&row), key("ann"));
    let claim = claim_of(&taken, &phone, 10);
    assert_eq!(ports.claims.claim(&claim).await.unwrap(), ClaimResult::Changed);
    let other = reminder("ann", "two", "2026-03-02T11:00:00Z");
    let rows = [RowWrite { row: other, expected: None }];
    assert_eq!(plan(&ports, "ann", 1, &rows).await, PlanWriteResult::Outdated);
    let changed = User { inputs_version: 2, ..user("ann") };
    assert!(!ports.users.update_user(&changed, &phone, 1).await.unwrap());
    let (mirror, events) =
        (calendar("ann", "work"), [event("work", "one", "2026-03-02T10:00:00Z")]);
    assert_eq!(ports.calendars.write_mirror(&mirror, &events, &[], 1).await.unwrap(), None);
    ports.erasure.remove_remains(&id("ann")).await.unwrap();
    let next = after(&row, Change::Cancel(CancelReason::Declined));
    let update = RowUpdate { row: &next, expected: row.revision, leaves_day: None };
    assert!(!ports.reminders.update(&update).await.unwrap());
    assert_eq!(ports.reminders.find_reminder(row.id).await.unwrap(), None);
}

/// A user with one of everything.
async fn furnish(ports: &StorePorts, name: &str) -> Reminder {
    let row = reminder(name, "one", "2026-03-02T10:00:00Z");
    add_with(ports, name, std::slice::from_ref(&row)).await;
    let (taken, phone) = (claimed(&row), key(name));
    let claim = claim_of(&taken, &phone, 10);
    assert_eq!(ports.claims.claim(&claim).await.unwrap(), ClaimResult::Claimed);
    let events = [event("work", "one", "2026-03-02T10:00:00Z")];
    let mirror = calendar(name, "work");
    let place = connection(name, "work", "2026-03-02T10:00:00Z");
    assert!(ports.connections.put_connection(&place).await.unwrap());
    assert!(ports.calendars.write_mirror(&mirror, &events, &[], 1).await.unwrap().is_some());
    let counted = Contribution {
        on: row.day_on,
        counts: vec![("planned".to_owned(), 1)],
        globally: None,
        edition: 0,
    };
    let (user, metrics) = (id(name), &ports.metrics);
    assert!(metrics.replace_contribution(&user, row.id, 1, &counted).await.unwrap());
    taken
}

/// How much is found of a user, place by place.
async fn found(ports: &StorePorts, row: &Reminder) -> [usize; 8] {
    let (user, all) = (&row.user, MirrorWindow { from: Timestamp::MIN, until: Timestamp::MAX });
    let (first, last) = (Date::MIN, Date::MAX);
    [
        usize::from(ports.users.user(user).await.unwrap().is_some()),
        ports.calendars.calendars(user).await.unwrap().len(),
        ports.connections.connections(user).await.unwrap().len(),
        ports.events.events_between(user, all).await.unwrap().len(),
        ports.reminders.reminders_between(user, first, last).await.unwrap().len(),
        ports.claims.claimed_on(user, row.day_on).await.unwrap().len(),
        ports.reminders.run_records(user, first, last).await.unwrap().len(),
        ports.metrics.counters(user, row.day_on).await.unwrap().len(),
    ]
}

async fn nothing_is_left_and_nothing_of_others_goes(ports: StorePorts) {
    let ann = furnish(&ports, "ann").await;
    let bob = furnish(&ports, "bob").await;
    let before = found(&ports, &ann).await;
    assert_eq!(before[0..6], [1; 6]);
    assert_eq!(found(&ports, &bob).await, before);
    let (was_there, items) = remove(&ports, "ann").await;
    assert!(was_there && items >= 6, "{items}");
    assert_eq!(found(&ports, &ann).await, [0; 8]);
    assert_eq!(found(&ports, &bob).await, before);
    let due = ports.reminders.due(Timestamp::MIN, Timestamp::MAX, None, 10).await.unwrap();
    assert!(due.iter().all(|row| row.user == bob.user), "{due:?}");
    let syncs = ports.connections.syncs_due(Timestamp::MAX, 10).await.unwrap();
    assert!(syncs.iter().all(|sync| sync.user == bob.user), "{syncs:?}");
    assert_eq!(remove(&ports, "ann").await, (false, 0));
}

async fn a_row_of_a_phone_goes_with_the_last_who_stands_in_it(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    assert!(ports.users.add_user(&user("bob"), &key("ann")).await.unwrap());
    let version = ports.phones.phone(&key("ann")).await.unwrap().unwrap().version;
    assert!(ports.erasure.remove_user(&id("ann")).await.unwrap());
    let shared = ports.phones.phone(&key("ann")).await.unwrap().expect("bob uses it");
    assert_eq!(shared.users, [id("bob")]);
    assert!(shared.version > version, "a claim that was decided before is void");
    assert!(ports.erasure.remove_user(&id("bob")).await.unwrap());
    assert_eq!(ports.phones.phone(&key("ann")).await.unwrap(), None);
}

async fn an_opt_out_outlives_its_users(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let mut phone = ports.phones.phone(&key("ann")).await.unwrap().unwrap();
    (phone.consent, phone.version) = (Consent::OptedOut, 2);
    assert!(ports.phones.put_phone(&phone, Some(1)).await.unwrap());
    assert!(ports.erasure.remove_user(&id("ann")).await.unwrap());
    let left = ports.phones.phone(&key("ann")).await.unwrap().expect("the opt-out is kept");
    assert_eq!((left.consent, left.users.len()), (Consent::OptedOut, 0));
    add(&ports, &["ann"]).await;
    let again = ports.phones.phone(&key("ann")).await.unwrap().unwrap();
    assert_eq!(again.consent, Consent::OptedOut, "whoever is added later is still out");
}

async fn a_full_day_goes_whole(ports: StorePorts) {
    let rows: Vec<_> = (0..230)
        .map(|number| reminder("ann", &format!("event-{number}"), "2026-03-02T10:00:00Z"))
        .collect();
    add_with(&ports, "ann", &rows).await;
    assert!(remove(&ports, "ann").await.1 >= 230);
    assert_eq!(found(&ports, &rows[0]).await, [0; 8]);
}
