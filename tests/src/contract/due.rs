//! The contract of [`app::ports::Reminders::due`].

use app::ports::{DueRow, RowUpdate};
use domain::reasons::CancelReason;
use domain::reminder::{Reminder, SendOutcome};
use domain::states::Change;
use jiff::{SignedDuration, Timestamp};

use super::samples::{add_with, after, at, claim_of, claimed, id, key, reminder};
use super::{StorePorts, at_once};

/// Runs every case.
pub async fn due_suite(make: impl AsyncFn() -> StorePorts) {
    what_is_due_lies_within_the_window(make().await).await;
    pages_miss_nothing_and_repeat_nothing(make().await).await;
    a_row_is_due_when_it_next_needs_a_look(make().await).await;
    ten_thousand_of_one_minute_come_out_whole(make().await).await;
}

fn due_row(row: &Reminder) -> DueRow {
    let due_at = row.due_at().expect("it needs a look");
    DueRow { user: row.user.clone(), reminder: row.id, due_at, last_at: row.needs_turn_before() }
}

async fn what_is_due_lies_within_the_window(ports: StorePorts) {
    let rows = [
        reminder("ann", "first", "2026-03-02T10:00:00Z"),
        reminder("ann", "half", "2026-03-02T10:00:00.5Z"),
        reminder("ann", "half and a bit", "2026-03-02T10:00:00.500000001Z"),
        reminder("ann", "next", "2026-03-02T10:00:01Z"),
        reminder("ann", "tomorrow", "2026-03-03T10:00:00Z"),
    ];
    add_with(&ports, "ann", &rows).await;
    let check = async |from: &str, until: &str, expected: &[usize]| {
        let due = ports.reminders.due(at(from), at(until), None, 10).await.unwrap();
        let expected: Vec<_> = expected.iter().map(|index| due_row(&rows[*index])).collect();
        assert_eq!(due, expected, "from {from} until {until}");
    };
    check("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z", &[0, 1, 2, 3, 4]).await;
    check("2026-03-02T10:00:00Z", "2026-03-02T10:00:01Z", &[0, 1, 2]).await;
    check("2026-03-02T10:00:00.25Z", "2026-03-02T10:00:00.500000001Z", &[1]).await;
    check("2026-03-02T10:00:00.5Z", "2026-03-02T10:00:00.5Z", &[]).await;
    check("2026-03-02T10:00:00.500000001Z", "2026-03-02T10:00:02Z", &[2, 3]).await;
    check("2026-03-02T11:00:00Z", "2026-03-02T10:00:00Z", &[]).await;
    check("-009999-01-02T01:59:59Z", "2026-03-02T10:00:00.1Z", &[0]).await;
    check("2026-03-03T10:00:00Z", "9999-12-30T22:00:00.999999999Z", &[4]).await;
}

async fn pages_miss_nothing_and_repeat_nothing(ports: StorePorts) {
    // Many share an instant, of several users, and pages end in their middle.
    let mut expected = Vec::new();
    for name in ["ann", "bob", "cy"] {
        let rows: Vec<_> = (0..20)
            .map(|number| {
                let second = number / 10;
                let send_at = format!("2026-03-02T10:00:0{second}Z");
                reminder(name, &format!("uid-{number}"), &send_at)
            })
            .collect();
        add_with(&ports, name, &rows).await;
        expected.extend(rows.iter().map(due_row));
    }
    expected.sort_by_key(|row| (row.due_at, row.reminder));
    let (from, until) = (at("2026-03-02T10:00:00Z"), at("2026-03-02T10:05:00Z"));
    for limit in [1, 7, 60, 1_000] {
        let mut found: Vec<DueRow> = Vec::new();
        loop {
            let page = ports.reminders.due(from, until, found.last(), limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, expected, "in pages of {limit}");
    }
}

async fn a_row_is_due_when_it_next_needs_a_look(ports: StorePorts) {
    let one = reminder("ann", "one", "2026-03-02T10:00:00Z");
    add_with(&ports, "ann", std::slice::from_ref(&one)).await;
    let due = async || {
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        ports.reminders.due(from, until, None, 10).await.unwrap()
    };
    let change = async |before: &Reminder, change: Change| {
        let row = after(before, change);
        let update = RowUpdate { row: &row, expected: before.revision, leaves_day: None };
        assert!(ports.reminders.update(&update).await.unwrap());
        row
    };
    assert_eq!(due().await, [due_row(&one)]);
    let one = claimed(&one);
    ports.claims.claim(&claim_of(&one, &key("ann"), 10)).await.unwrap();
    assert_eq!(due().await, [due_row(&one)]);
    let outcome = SendOutcome::Unknown;
    let wait = SignedDuration::ZERO;
    let one = change(&one, Change::Outcome { attempt: 1, outcome, wait }).await;
    assert_eq!(due().await, [due_row(&one)]);
    let sid = domain::ids::MessageSid::parse("SM1").unwrap();
    let one = change(&one, Change::FoundInList { sid }).await;
    assert_eq!(due().await, [due_row(&one)]);
    change(&one, Change::Unconfirmed).await;
    assert_eq!(due().await, [], "nothing further happens by itself");
    // What is withdrawn needs no look; restored by a plan, it does.
    let two = reminder("bob", "two", "2026-03-02T10:00:00Z");
    add_with(&ports, "bob", std::slice::from_ref(&two)).await;
    assert_eq!(due().await, [due_row(&two)]);
    change(&two, Change::Cancel(CancelReason::EventCancelled)).await;
    assert_eq!(due().await, []);
    assert!(ports.reminders.find_reminder(two.id).await.unwrap().is_some());
    assert_eq!(id("bob"), two.user);
}

async fn ten_thousand_of_one_minute_come_out_whole(ports: StorePorts) {
    let users: Vec<_> = (0..50).map(|number| format!("user-{number}")).collect();
    let rows = users.iter().map(|name| {
        let row = |number| {
            let send_at = format!("2026-03-02T10:00:{:02}.{number:03}Z", number % 60);
            reminder(name, &format!("uid-{number}"), &send_at)
        };
        (0..200).map(row).collect::<Vec<_>>()
    });
    let rows: Vec<_> = rows.collect();
    at_once(5, |number| {
        let (ports, share) = (ports.clone(), 10 * number..10 * number + 10);
        let (users, rows) = (users[share.clone()].to_vec(), rows[share].to_vec());
        async move {
            for (name, rows) in users.iter().zip(&rows) {
                add_with(&ports, name, rows).await;
            }
        }
    })
    .await;
    let mut expected: Vec<_> = rows.iter().flatten().map(due_row).collect();
    expected.sort_by_key(|row| (row.due_at, row.reminder));
    let (from, until) = (Timestamp::MIN, at("2026-03-02T10:01:00Z"));
    let mut found: Vec<DueRow> = Vec::new();
    loop {
        let page = ports.reminders.due(from, until, found.last(), 500).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert_eq!(page.len(), 500);
        found.extend(page);
    }
    assert_eq!(found.len(), 10_000);
    assert!(found == expected, "none is lost, none is repeated, all are in order");
}
