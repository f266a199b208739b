//! The contract of [`app::ports::Reminders`], but for what is due.

use app::ports::{PlanWrite, PlanWriteResult, RowUpdate};
use domain::difference::RowWrite;
use domain::reasons::CancelReason;
use domain::reminder::Reminder;
use domain::states::Change;
use domain::user::Planned;
use jiff::civil::Date;

use super::samples::{
    add, add_with, after, at, claim_of, claimed, id, key, new_rows, on, plan, reminder, run_record,
    stored, user,
};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn reminders_suite(make: impl AsyncFn() -> StorePorts) {
    a_plan_is_written_whole(make().await).await;
    reminders_are_found_by_id_and_by_date(make().await).await;
    a_plan_from_old_inputs_writes_nothing(make().await).await;
    a_plan_over_a_changed_row_writes_nothing(make().await).await;
    of_plans_at_once_one_is_written(make().await).await;
    a_plan_and_a_change_of_settings_never_both_win(make().await).await;
    a_row_is_changed_on_its_revision_only(make().await).await;
    of_changes_at_once_one_wins(make().await).await;
    a_row_leaves_the_day_it_sent_nothing_on(make().await).await;
    the_last_record_of_each_date_is_kept(make().await).await;
    a_plan_of_thousands_of_rows_is_written(make().await).await;
    a_large_plan_that_meets_a_change_leaves_the_user_unplanned(make().await).await;
}

async fn row(ports: &StorePorts, row: &Reminder) -> Option<Reminder> {
    ports.reminders.reminder(&row.user, row.id).await.unwrap()
}

async fn between(ports: &StorePorts, name: &str, from: Date, to: Date) -> Vec<Reminder> {
    ports.reminders.reminders_between(&id(name), from, to).await.unwrap()
}

async fn a_plan_is_written_whole(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let (one, two) = (
        reminder("ann", "one", "2026-03-02T10:00:00Z"),
        reminder("ann", "two", "2026-03-02T11:00:00Z"),
    );
    let written = plan(&ports, "ann", 1, &new_rows(&[one.clone(), two.clone()])).await;
    assert_eq!(written, PlanWriteResult::Written);
    let mut expected = user("ann");
    expected.planned = Some(Planned { on: on("2026-03-02"), inputs_version: 1 });
    assert_eq!(stored(&ports, "ann").await, expected, "nothing else of the user changes");
    // The next plan changes one row, leaves one alone and adds one.
    let cancelled = after(&one, Change::Cancel(CancelReason::EventCancelled));
    let three = reminder("ann", "three", "2026-03-02T12:00:00Z");
    let rows = [
        RowWrite { row: cancelled.clone(), expected: Some(1) },
        RowWrite { row: three.clone(), expected: None },
    ];
    assert_eq!(plan(&ports, "ann", 1, &rows).await, PlanWriteResult::Written);
    let day = on("2026-03-02");
    assert_eq!(between(&ports, "ann", day, day).await, [cancelled, two, three]);
}

async fn reminders_are_found_by_id_and_by_date(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    assert_eq!(ports.reminders.find_reminder(one.id).await.unwrap(), None);
    let rows = [
        one.clone(),
        reminder("ann", "sooner", "2026-03-02T09:59:59.999Z"),
        reminder("ann", "later", "2026-03-02T10:00:00.001Z"),
        reminder("ann", "before", "2026-03-01T23:59:59Z"),
        reminder("ann", "next", "2026-03-03T00:00:00Z"),
        reminder("ann", "after", "2026-03-04T00:00:00Z"),
    ];
    add_with(&ports, "ann", &rows).await;
    add_with(&ports, "bob", &[reminder("bob", "one", "2026-03-02T10:00:00Z")]).await;
    assert_eq!(row(&ports, &one).await, Some(one.clone()));
    assert_eq!(ports.reminders.find_reminder(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(ports.reminders.reminder(&id("bob"), one.id).await.unwrap(), None, "it is Ann's");
    let check = async |from: &str, to: &str, expected: &[&str]| {
        let found = between(&ports, "ann", on(from), on(to)).await;
        let found: Vec<_> = found.iter().map(|row| row.uid.as_str()).collect();
        assert_eq!(found, expected, "{from} to {to}");
    };
    check("2026-03-02", "2026-03-02", &["sooner", "one", "later"]).await;
    check("2026-03-02", "2026-03-03", &["sooner", "one", "later", "next"]).await;
    check("2026-02-01", "2026-03-01", &["before"]).await;
    check("2026-03-03", "2026-03-02", &[]).await;
    check("2027-01-01", "2027-12-31", &[]).await;
}

async fn a_plan_from_old_inputs_writes_nothing(ports: StorePorts) {
    let rows = new_rows(&[reminder("ann", "one", "2026-03-02T10:00:00Z")]);
    assert_eq!(plan(&ports, "ann", 1, &rows).await, PlanWriteResult::Outdated, "nobody there");
    add(&ports, &["ann"]).await;
    let mut changed = user("ann");
    changed.inputs_version = 2;
    assert!(ports.users.update_user(&changed, &key("ann"), 1).await.unwrap());
    for stale in [1, 3] {
        assert_eq!(plan(&ports, "ann", stale, &rows).await, PlanWriteResult::Outdated);
    }
    assert_eq!(row(&ports, &rows[0].row).await, None);
    assert_eq!(stored(&ports, "ann").await, changed);
    let day = on("2026-03-02");
    assert_eq!(ports.reminders.run_records(&id("ann"), day, day).await.unwrap(), []);
    assert_eq!(plan(&ports, "ann", 2, &rows).await, PlanWriteResult::Written);
}

async fn a_plan_over_a_changed_row_writes_nothing(ports: StorePorts) {
    let (one, two) = (
        reminder("ann", "one", "2026-03-02T10:00:00Z"),
        reminder("ann", "two", "2026-03-02T11:00:00Z"),
    );
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let before = stored(&ports, "ann").await;
    let cancelled = |row| after(row, Change::Cancel(CancelReason::EventCancelled));
    let three = reminder("ann", "three", "2026-03-02T12:00:00Z");
    let check = async |second: RowWrite| {
        // The good rows around it are not written either.
        let rows = [
            RowWrite { row: cancelled(&one), expected: Some(1) },
            second,
            RowWrite { row: three.clone(), expected: None },
        ];
        let user = id("ann");
        let planned = Planned { on: on("2026-03-09"), inputs_version: 1 };
        let records = [run_record("2026-03-09", 3)];
        let write =
            PlanWrite { user: &user, inputs_version: 1, planned, rows: &rows, records: &records };
        let result = ports.reminders.write_plan(&write).await.unwrap();
        assert_eq!(result, PlanWriteResult::Outdated);
        let day = on("2026-03-02");
        assert_eq!(between(&ports, "ann", day, day).await, [one.clone(), two.clone()]);
        assert_eq!(stored(&ports, "ann").await, before);
        let day = on("2026-03-09");
        assert_eq!(ports.reminders.run_records(&user, day, day).await.unwrap(), []);
    };
    check(RowWrite { row: cancelled(&two), expected: Some(2) }).await;
    check(RowWrite { row: cancelled(&two), expected: None }).await;
    let unknown = reminder("ann", "unknown", "2026-03-02T11:00:00Z");
    check(RowWrite { row: cancelled(&unknown), expected: Some(1) }).await;
}

async fn of_plans_at_once_one_is_written(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let results = at_once(50, |_| {
        let ports = ports.clone();
        async move {
            let rows =
                ["one", "two", "three"].map(|uid| reminder("ann", uid, "2026-03-02T10:00:00Z"));
            plan(&ports, "ann", 1, &new_rows(&rows)).await
        }
    })
    .await;
    assert_eq!(count(&results, &PlanWriteResult::Written), 1);
    let day = on("2026-03-02");
    assert_eq!(between(&ports, "ann", day, day).await.len(), 3);
}

async fn a_plan_and_a_change_of_settings_never_both_win(ports: StorePorts) {
    for round in 0..20 {
        let name = format!("user-{round}");
        add(&ports, &[&name]).await;
        let (planning, changing) = (ports.clone(), ports.clone());
        let (planner, changer) = (name.clone(), name.clone());
        let plan = tokio::spawn(async move {
            let rows = new_rows(&[reminder(&planner, "one", "2026-03-02T10:00:00Z")]);
            plan(&planning, &planner, 1, &rows).await
        });
        let change = tokio::spawn(async move {
            let mut changed = stored(&changing, &changer).await;
            changed.inputs_version = 2;
            changing.users.update_user(&changed, &key(&changer), 1).await.unwrap()
        });
        let written = plan.await.unwrap();
        assert!(change.await.unwrap(), "a plan never stands in the way of a change");
        // Whichever came first: the plan is either not there, or known to be stale.
        let user = stored(&ports, &name).await;
        let day = on("2026-03-02");
        let rows = between(&ports, &name, day, day).await.len();
        assert_eq!(rows, usize::from(written == PlanWriteResult::Written));
        assert!(user.is_plan_stale());
    }
}

async fn a_row_is_changed_on_its_revision_only(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let cancelled = after(&one, Change::Cancel(CancelReason::ByRequest));
    let update = |expected| RowUpdate { row: &cancelled, expected, leaves_day: None };
    add(&ports, &["ann"]).await;
    assert!(!ports.reminders.update(&update(0)).await.unwrap(), "there is no such row");
    assert_eq!(row(&ports, &one).await, None);
    plan(&ports, "ann", 1, &new_rows(std::slice::from_ref(&one))).await;
    for wrong in [0, 2] {
        assert!(!ports.reminders.update(&update(wrong)).await.unwrap());
    }
    assert_eq!(row(&ports, &one).await, Some(one));
    assert!(ports.reminders.update(&update(1)).await.unwrap());
    assert_eq!(row(&ports, &cancelled).await.as_ref(), Some(&cancelled));
    assert!(!ports.reminders.update(&update(1)).await.unwrap(), "once only");
    let day = on("2026-03-02");
    assert_eq!(between(&ports, "ann", day, day).await, [cancelled]);
}

async fn of_changes_at_once_one_wins(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let won = at_once(50, |number| {
        let (reminders, one) = (ports.reminders.clone(), one.clone());
        async move {
            let mut row = after(&one, Change::Cancel(CancelReason::ByRequest));
            row.body.before = format!("by {number}");
            let update = RowUpdate { row: &row, expected: 1, leaves_day: None };
            reminders.update(&update).await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let stored = row(&ports, &one).await.unwrap();
    assert_eq!((stored.revision, stored.body.before), (2, format!("by {winner}")));
}

async fn a_row_leaves_the_day_it_sent_nothing_on(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let two = reminder("ann", "two", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", &[one.clone(), two.clone()]).await;
    let (phone, day) = (key("ann"), on("2026-03-02"));
    for row in [&one, &two] {
        let row = claimed(row);
        ports.claims.claim(&claim_of(&row, &phone, 10)).await.unwrap();
    }
    let mut both = vec![one.id, two.id];
    both.sort();
    let in_day = async || {
        let mut ids = ports.claims.claimed_on(&id("ann"), day).await.unwrap();
        ids.sort();
        ids
    };
    assert_eq!(in_day().await, both);
    let back = after(&claimed(&one), Change::GiveBack);
    let stale = RowUpdate { row: &back, expected: 1, leaves_day: Some(day) };
    assert!(!ports.reminders.update(&stale).await.unwrap());
    assert_eq!(in_day().await, both, "a refused change takes nothing out");
    let other_day = on("2026-03-01");
    let update = RowUpdate { row: &back, expected: 2, leaves_day: Some(other_day) };
    assert!(ports.reminders.update(&update).await.unwrap());
    assert_eq!(in_day().await, both, "it was another day's set");
    let again = claimed(&back);
    ports.claims.claim(&claim_of(&again, &phone, 10)).await.unwrap();
    let back = after(&again, Change::GiveBack);
    let update = RowUpdate { row: &back, expected: again.revision, leaves_day: Some(day) };
    assert!(ports.reminders.update(&update).await.unwrap());
    assert_eq!(in_day().await, [two.id]);
}

async fn the_last_record_of_each_date_is_kept(ports: StorePorts) {
    add(&ports, &["ann", "bob"]).await;
    let (ann, bob) = (id("ann"), id("bob"));
    let write = async |records: &[app::ports::RunRecord]| {
        let planned = Planned { on: on("2026-03-03"), inputs_version: 1 };
        let write = PlanWrite { user: &ann, inputs_version: 1, planned, rows: &[], records };
        let result = ports.reminders.write_plan(&write).await.unwrap();
        assert_eq!(result, PlanWriteResult::Written);
    };
    write(&[run_record("2026-03-02", 1), run_record("2026-03-03", 2)]).await;
    let mut later = run_record("2026-03-02", 7);
    later.at = at("2026-03-02T12:00:00Z");
    write(std::slice::from_ref(&later)).await;
    let (first, last) = (on("2026-03-02"), on("2026-03-03"));
    let records = ports.reminders.run_records(&ann, first, last).await.unwrap();
    assert_eq!(records, [later.clone(), run_record("2026-03-03", 2)]);
    assert_eq!(ports.reminders.run_records(&ann, first, first).await.unwrap(), [later]);
    assert_eq!(ports.reminders.run_records(&bob, first, last).await.unwrap(), []);
}

async fn a_plan_of_thousands_of_rows_is_written(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let mut rows: Vec<_> = (0..3_000)
        .map(|number| {
            let (day, second) = (1 + number / 1_000, number % 60);
            let send_at = format!("2026-03-{day:02}T10:00:{second:02}Z");
            reminder("ann", &format!("uid-{number}"), &send_at)
        })
        .collect();
    assert_eq!(plan(&ports, "ann", 1, &new_rows(&rows)).await, PlanWriteResult::Written);
    rows.sort_by_key(|row| (row.send_at, row.id));
    let found = between(&ports, "ann", on("2026-03-01"), on("2026-03-03")).await;
    assert!(found == rows, "{} of {} rows", found.len(), rows.len());
    assert_eq!(
        between(&ports, "ann", on("2026-03-02"), on("2026-03-02")).await,
        rows[1_000..2_000]
    );
    assert!(!stored(&ports, "ann").await.is_plan_stale());
}

/// Whatever part of it was written: the next plan sees the rows as they are, and is asked for.
async fn a_large_plan_that_meets_a_change_leaves_the_user_unplanned(ports: StorePorts) {
    let rows: Vec<_> = (0..250)
        .map(|number| reminder("ann", &format!("uid-{number}"), "2026-03-02T10:00:00Z"))
        .collect();
    add(&ports, &["ann"]).await;
    let mut writes = new_rows(&rows);
    writes[240].expected = Some(7);
    let before = stored(&ports, "ann").await;
    assert_eq!(plan(&ports, "ann", 1, &writes).await, PlanWriteResult::Outdated);
    assert_eq!(stored(&ports, "ann").await, before);
    assert_eq!(ports.users.users_with_stale_plans(10).await.unwrap(), [id("ann")]);
    let day = on("2026-03-02");
    let there = between(&ports, "ann", day, day).await;
    let missing: Vec<_> = rows.iter().filter(|row| !there.contains(row)).cloned().collect();
    assert!(missing.contains(&rows[240]));
    assert_eq!(plan(&ports, "ann", 1, &new_rows(&missing)).await, PlanWriteResult::Written);
    assert_eq!(between(&ports, "ann", day, day).await.len(), 250);
}
