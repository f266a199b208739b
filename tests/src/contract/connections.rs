//! The contract of [`app::ports::Connections`].

use app::ports::{Channel, Connection, Cursor, DueSync, SyncHealth, SyncProblem};
use domain::ids::CalendarId;
use domain::limits::NAME_CHARS_MAX;

use super::samples::{add, at, calendar, connection, id};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn connections_suite(make: impl AsyncFn() -> StorePorts) {
    a_connection_comes_back_as_it_was_written(make().await).await;
    a_stale_write_changes_nothing(make().await).await;
    of_writes_at_once_one_wins(make().await).await;
    what_is_due_is_found_in_order(make().await).await;
    calendars_and_connections_do_not_meet(make().await).await;
}

async fn put(ports: &StorePorts, connection: &Connection) -> bool {
    ports.connections.put_connection(connection).await.unwrap()
}

async fn a_connection_comes_back_as_it_was_written(ports: StorePorts) {
    let mut work = connection("ann", "work", "2026-03-02T10:00:00Z");
    assert_eq!(ports.connections.connection(&work.user, &work.calendar).await.unwrap(), None);
    assert!(put(&ports, &work).await);
    let stored = ports.connections.connection(&work.user, &work.calendar).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&work));
    work.revision = 2;
    work.cursor = Some(Cursor("{\"etag\":\"\\\"é\\\"\"}".to_owned()));
    work.health = SyncHealth {
        checked_at: Some(at("2026-03-02T10:00:00.5Z")),
        ok_at: Some(at("2026-03-02T09:45:00Z")),
        failures: 3,
        problem: Some(SyncProblem {
            what: "the calendar's server answers 503".to_owned(),
            needs_person: true,
            since: at("2026-03-02T09:50:00Z"),
        }),
    };
    work.channel = Some(Channel {
        id: "4f6b".to_owned(),
        resource: "a/resource é".to_owned(),
        expires_at: at("2026-03-09T10:00:00.123Z"),
    });
    work.wanted_at = Some(at("2026-03-02T10:00:15Z"));
    assert!(put(&ports, &work).await);
    let home = connection("ann", "home", "2026-03-02T11:00:00Z");
    assert!(put(&ports, &home).await);
    let all = ports.connections.connections(&id("ann")).await.unwrap();
    assert_eq!(all, [home.clone(), work]);
    assert_eq!(ports.connections.connections(&id("bob")).await.unwrap(), []);
    assert!(ports.connections.remove_connection(&home.user, &home.calendar).await.unwrap());
    assert!(!ports.connections.remove_connection(&home.user, &home.calendar).await.unwrap());
    assert_eq!(ports.connections.connections(&id("ann")).await.unwrap().len(), 1);
}

async fn a_stale_write_changes_nothing(ports: StorePorts) {
    let first = connection("ann", "work", "2026-03-02T10:00:00Z");
    for revision in [0, 2, 7] {
        assert!(!put(&ports, &Connection { revision, ..first.clone() }).await, "{revision}");
    }
    assert!(put(&ports, &first).await);
    for revision in [0, 1, 3] {
        let host = "elsewhere.example".to_owned();
        assert!(!put(&ports, &Connection { revision, host, ..first.clone() }).await, "{revision}");
    }
    assert_eq!(ports.connections.connections(&id("ann")).await.unwrap(), [first]);
}

async fn of_writes_at_once_one_wins(ports: StorePorts) {
    let won = at_once(20, |number| {
        let connections = ports.connections.clone();
        let mut mine = connection("ann", "work", "2026-03-02T10:00:00Z");
        mine.host = format!("{number}.example");
        async move { connections.put_connection(&mine).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let stored = ports.connections.connections(&id("ann")).await.unwrap();
    assert_eq!(stored[0].host, format!("{winner}.example"));
}

async fn what_is_due_is_found_in_order(ports: StorePorts) {
    let long = "🎂".repeat(NAME_CHARS_MAX);
    let all = [
        ("ann", "work", "2026-03-02T10:00:00Z"),
        ("bob", long.as_str(), "2026-03-02T10:00:00.5Z"),
        ("cem", "work", "2026-03-02T10:05:00Z"),
        ("dan", "work", "2026-03-02T10:10:00Z"),
    ];
    for (user, name, next) in all.iter().rev() {
        assert!(put(&ports, &connection(user, name, next)).await);
    }
    let due = |of: &[usize]| -> Vec<DueSync> {
        let one = |index: &usize| {
            let (user, calendar, _) = all[*index];
            DueSync { user: id(user), calendar: CalendarId::parse(calendar).unwrap() }
        };
        of.iter().map(one).collect()
    };
    let found =
        async |until: &str, limit| ports.connections.syncs_due(at(until), limit).await.unwrap();
    assert_eq!(found("2026-03-02T09:59:59Z", 10).await, []);
    assert_eq!(found("2026-03-02T10:00:00Z", 10).await, due(&[0]));
    assert_eq!(found("2026-03-02T10:09:00Z", 10).await, due(&[0, 1, 2]));
    assert_eq!(found("2026-03-02T10:09:00Z", 2).await, due(&[0, 1]));
    // Looked at, and due later.
    let mut ann = connection("ann", "work", "2026-03-02T11:00:00Z");
    ann.revision = 2;
    assert!(put(&ports, &ann).await);
    assert_eq!(found("2026-03-02T10:30:00Z", 10).await, due(&[1, 2, 3]));
    let gone = connection("cem", "work", "2026-03-02T10:05:00Z");
    assert!(ports.connections.remove_connection(&gone.user, &gone.calendar).await.unwrap());
    assert_eq!(found("2026-03-02T10:30:00Z", 10).await, due(&[1, 3]));
}

async fn calendars_and_connections_do_not_meet(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let long = "é".repeat(NAME_CHARS_MAX);
    let mut version = 1;
    for name in ["work", long.as_str()] {
        let document = calendar("ann", name);
        let write = ports.calendars.write_mirror(&document, &[], &[], version).await.unwrap();
        version = write.unwrap();
        assert!(put(&ports, &connection("ann", name, "2026-03-02T10:00:00Z")).await);
    }
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap().len(), 2);
    assert_eq!(ports.connections.connections(&id("ann")).await.unwrap().len(), 2);
    let work = CalendarId::parse("work").unwrap();
    assert!(ports.calendars.remove_calendar(&id("ann"), &work, version).await.unwrap());
    assert!(ports.connections.connection(&id("ann"), &work).await.unwrap().is_some());
    assert!(ports.connections.remove_connection(&id("ann"), &work).await.unwrap());
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap().len(), 1);
}
