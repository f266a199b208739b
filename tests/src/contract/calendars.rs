//! The contract of [`app::ports::Calendars`] and [`app::ports::Events`].

use app::ports::{Calendar, CalendarSource, MirrorWindow};
use domain::calendar_event::{CalendarEvent, EventTime};
use domain::ids::{CalendarId, EventUid, Occurrence};
use domain::limits::NAME_CHARS_MAX;
use jiff::Timestamp;

use super::samples::{add, at, calendar, event, event_at, id, on, plan, stored};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn calendars_suite(make: impl AsyncFn() -> StorePorts) {
    a_mirror_is_written_whole_and_raises_the_inputs(make().await).await;
    a_stale_write_changes_nothing(make().await).await;
    of_writes_at_once_one_wins(make().await).await;
    a_removed_calendar_takes_its_events_along(make().await).await;
    events_are_found_by_when_they_may_begin(make().await).await;
    events_come_in_order(make().await).await;
    copies_are_found_in_every_calendar(make().await).await;
    a_large_mirror_is_written_whole(make().await).await;
    a_large_document_is_kept(make().await).await;
    the_longest_names_are_kept_apart(make().await).await;
}

async fn write(
    ports: &StorePorts,
    calendar: &Calendar,
    events: &[CalendarEvent],
    expected: u64,
) -> bool {
    ports.calendars.write_mirror(calendar, events, &[], expected).await.unwrap().is_some()
}

async fn all(ports: &StorePorts, name: &str) -> Vec<CalendarEvent> {
    let window = MirrorWindow { from: Timestamp::MIN, until: Timestamp::MAX };
    ports.events.events_between(&id(name), window).await.unwrap()
}

async fn a_mirror_is_written_whole_and_raises_the_inputs(ports: StorePorts) {
    add(&ports, &["ann", "bob"]).await;
    plan(&ports, "ann", 1, &[]).await;
    let before = stored(&ports, "ann").await;
    let mut work = calendar("ann", "work");
    let (one, two) = (
        event("work", "one", "2026-03-02T10:00:00Z"),
        event("work", "two", "2026-03-02T11:00:00Z"),
    );
    assert!(write(&ports, &work, &[one.clone(), two.clone()], 1).await);
    let mut expected = before.clone();
    expected.inputs_version = 2;
    assert_eq!(stored(&ports, "ann").await, expected, "nothing else of the user changes");
    assert!(expected.is_plan_stale());
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), [work.clone()]);
    assert_eq!(all(&ports, "ann").await, [one.clone(), two.clone()]);
    // One moves, one goes, one comes; a removal of what is not there does no harm.
    let moved = event("work", "one", "2026-03-02T12:00:00Z");
    let three = event("work", "three", "2026-03-02T09:00:00Z");
    work.changed_at = at("2026-03-02T08:00:00Z");
    work.mirrored = None;
    let gone = EventUid::parse("never seen").unwrap();
    let removals = [(two.uid.clone(), two.occurrence.clone()), (gone, Occurrence::single())];
    let upserts = [moved.clone(), three.clone()];
    let raised = ports.calendars.write_mirror(&work, &upserts, &removals, 2).await.unwrap();
    assert_eq!(raised, Some(3));
    assert_eq!(all(&ports, "ann").await, [three, moved]);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), [work]);
    assert_eq!(stored(&ports, "ann").await.inputs_version, 3);
    assert_eq!(all(&ports, "bob").await, []);
    assert_eq!(stored(&ports, "bob").await.inputs_version, 1);
}

async fn a_stale_write_changes_nothing(ports: StorePorts) {
    let work = calendar("ann", "work");
    let one = event("work", "one", "2026-03-02T10:00:00Z");
    assert!(!write(&ports, &work, std::slice::from_ref(&one), 0).await, "nobody there");
    add(&ports, &["ann"]).await;
    for wrong in [0, 2] {
        assert!(!write(&ports, &work, std::slice::from_ref(&one), wrong).await);
        assert!(!ports.calendars.remove_calendar(&id("ann"), &work.id, wrong).await.unwrap());
    }
    assert_eq!(all(&ports, "ann").await, []);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), []);
    assert_eq!(stored(&ports, "ann").await.inputs_version, 1);
}

async fn of_writes_at_once_one_wins(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let won = at_once(50, |number| {
        let calendars = ports.calendars.clone();
        async move {
            let uid = format!("uid-{number}");
            let events = [event("work", &uid, "2026-03-02T10:00:00Z")];
            let written = calendars.write_mirror(&calendar("ann", "work"), &events, &[], 1).await;
            written.unwrap().is_some()
        }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let events = all(&ports, "ann").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].uid.as_str(), format!("uid-{winner}"));
    assert_eq!(stored(&ports, "ann").await.inputs_version, 2);
}

async fn a_removed_calendar_takes_its_events_along(ports: StorePorts) {
    add(&ports, &["ann", "bob"]).await;
    let one = |calendar| event(calendar, "one", "2026-03-02T10:00:00Z");
    assert!(write(&ports, &calendar("ann", "work"), &[one("work")], 1).await);
    assert!(write(&ports, &calendar("ann", "home"), &[one("home")], 2).await);
    assert!(write(&ports, &calendar("bob", "work"), &[one("work")], 1).await);
    let names: Vec<_> = ports.calendars.calendars(&id("ann")).await.unwrap();
    let names: Vec<_> = names.iter().map(|calendar| calendar.id.as_str()).collect();
    assert_eq!(names, ["home", "work"], "in order of their ids");
    let work = CalendarId::parse("work").unwrap();
    assert!(ports.calendars.remove_calendar(&id("ann"), &work, 3).await.unwrap());
    assert_eq!(stored(&ports, "ann").await.inputs_version, 4);
    assert_eq!(all(&ports, "ann").await, [one("home")]);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), [calendar("ann", "home")]);
    assert_eq!(all(&ports, "bob").await, [one("work")]);
    assert_eq!(ports.events.events_of(&id("ann"), &work).await.unwrap(), []);
}

async fn events_are_found_by_when_they_may_begin(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let wall = |hour| on("2026-03-05").at(hour, 0, 0, 0);
    let events = [
        event("work", "timed", "2026-03-05T12:00:00Z"),
        event("work", "a hair later", "2026-03-05T12:00:00.000000001Z"),
        event_at("work", "floating", EventTime::Floating { start: wall(12), end: wall(13) }),
        event_at(
            "work",
            "all day",
            EventTime::AllDay { from: on("2026-03-05"), until: on("2026-03-08") },
        ),
    ];
    assert!(write(&ports, &calendar("ann", "work"), &events, 1).await);
    let check = async |from: &str, until: &str, expected: &[&str]| {
        let window = MirrorWindow { from: at(from), until: at(until) };
        let found = ports.events.events_between(&id("ann"), window).await.unwrap();
        let mut found: Vec<_> = found.iter().map(|event| event.uid.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "from {from} until {until}");
    };
    let everything = ["a hair later", "all day", "floating", "timed"];
    check("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", &everything).await;
    // The start is included, the end is not.
    check(
        "2026-03-05T12:00:00Z",
        "2026-03-05T12:00:00.000000001Z",
        &["all day", "floating", "timed"],
    )
    .await;
    check(
        "2026-03-05T12:00:00.000000001Z",
        "2026-03-05T12:00:01Z",
        &["a hair later", "all day", "floating"],
    )
    .await;
    check("2026-03-05T11:00:00Z", "2026-03-05T12:00:00Z", &["all day", "floating"]).await;
    // A wall clock may show it as early as in Kiribati and as late as in Baker Island.
    check("2026-03-04T22:00:00Z", "2026-03-04T22:00:01Z", &["all day", "floating"]).await;
    check("2026-03-04T10:00:00Z", "2026-03-04T10:00:01Z", &["all day", "floating"]).await;
    check("2026-03-06T00:00:00Z", "2026-03-06T00:00:01Z", &["all day", "floating"]).await;
    check("2026-03-03T00:00:00Z", "2026-03-03T12:00:00Z", &[]).await;
    check("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z", &[]).await;
}

async fn events_come_in_order(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let mut second = event("work", "b", "2026-03-02T10:00:00Z");
    second.occurrence = Occurrence::parse("20260302T100000").unwrap();
    let ordered = [
        event("home", "late", "2026-03-02T20:00:00Z"),
        event("work", "z", "2026-03-02T09:00:00Z"),
        event("work", "z2", "2026-03-02T09:00:00.5Z"),
        event("work", "a", "2026-03-02T10:00:00Z"),
        event("work", "b", "2026-03-02T10:00:00Z"),
        second,
        event("work", "early in the alphabet", "2026-03-02T10:00:01Z"),
    ];
    let mut work = ordered[1..].to_vec();
    work.reverse();
    assert!(write(&ports, &calendar("ann", "work"), &work, 1).await);
    assert!(write(&ports, &calendar("ann", "home"), &ordered[..1], 2).await);
    assert_eq!(all(&ports, "ann").await, ordered);
    let work = CalendarId::parse("work").unwrap();
    assert_eq!(ports.events.events_of(&id("ann"), &work).await.unwrap().len(), 6);
}

async fn copies_are_found_in_every_calendar(ports: StorePorts) {
    add(&ports, &["ann", "bob"]).await;
    let one = |calendar| event(calendar, "one", "2026-03-02T10:00:00Z");
    let other = event("work", "other", "2026-03-02T10:00:00Z");
    let mut later = one("work");
    later.occurrence = Occurrence::parse("20260309T100000").unwrap();
    assert!(write(&ports, &calendar("ann", "work"), &[one("work"), other, later], 1).await);
    assert!(write(&ports, &calendar("ann", "home"), &[one("home")], 2).await);
    assert!(write(&ports, &calendar("bob", "work"), &[one("work")], 1).await);
    let uid = EventUid::parse("one").unwrap();
    let copies = ports.events.event_copies(&id("ann"), &uid, &Occurrence::single()).await.unwrap();
    assert_eq!(copies, [one("home"), one("work")]);
    let none = EventUid::parse("none").unwrap();
    let copies = ports.events.event_copies(&id("ann"), &none, &Occurrence::single()).await;
    assert_eq!(copies.unwrap(), []);
}

async fn a_large_mirror_is_written_whole(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let events: Vec<_> = (0..2_000)
        .map(|number| event("work", &format!("uid-{number:04}"), "2026-03-02T10:00:00Z"))
        .collect();
    let work = calendar("ann", "work");
    let raised = ports.calendars.write_mirror(&work, &events, &[], 1).await.unwrap().unwrap();
    assert!(raised > 1);
    assert_eq!(stored(&ports, "ann").await.inputs_version, raised);
    assert_eq!(all(&ports, "ann").await, events);
    let calendars = ports.calendars.calendars(&id("ann")).await.unwrap();
    assert_eq!(calendars, std::slice::from_ref(&work));
    let removals: Vec<_> =
        events.iter().map(|event| (event.uid.clone(), event.occurrence.clone())).collect();
    for stale in [1, raised + 1] {
        let refused = ports.calendars.write_mirror(&work, &[], &removals, stale).await.unwrap();
        assert_eq!(refused, None);
    }
    assert_eq!(all(&ports, "ann").await.len(), 2_000);
    let lower = ports.calendars.write_mirror(&work, &[], &removals[1_000..], raised).await;
    let raised = lower.unwrap().unwrap();
    assert_eq!(stored(&ports, "ann").await.inputs_version, raised);
    assert_eq!(all(&ports, "ann").await, events[..1_000]);
    assert!(ports.calendars.remove_calendar(&id("ann"), &work.id, raised).await.unwrap());
    assert_eq!(all(&ports, "ann").await, []);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), []);
    assert!(stored(&ports, "ann").await.inputs_version > raised);
}

/// Real exports reach 20 MiB, and a document must come back to the letter.
async fn a_large_document_is_kept(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    // Digits that no compression gets rid of, and a long calendar that it does.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("X-NOISE:{state:016x}\r\n")
    };
    let mut version = 1;
    let mut work = calendar("ann", "work");
    for lines in [60_000, 1, 0, 100_000] {
        let noise: String = (0..lines).map(|_| noise()).collect();
        let plain = "SUMMARY:Besprechung im Grünen 🌳\r\n".repeat(lines);
        work.source = CalendarSource::Ics { text: format!("{noise}{plain}") };
        let written = ports.calendars.write_mirror(&work, &[], &[], version).await.unwrap();
        assert_eq!(written, Some(version + 1));
        version += 1;
        let home = calendar("ann", "home");
        if lines == 1 {
            let written = ports.calendars.write_mirror(&home, &[], &[], version).await.unwrap();
            version = written.unwrap();
        }
        let stored = ports.calendars.calendars(&id("ann")).await.unwrap();
        assert!(stored.last() == Some(&work), "a document of {lines} lines comes back");
    }
    // The window moves on, the document stays.
    work.mirrored = None;
    assert!(write(&ports, &work, &[], version).await);
    assert!(ports.calendars.calendars(&id("ann")).await.unwrap().last() == Some(&work));
    assert!(ports.calendars.remove_calendar(&id("ann"), &work.id, version + 1).await.unwrap());
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap(), [calendar("ann", "home")]);
}

async fn the_longest_names_are_kept_apart(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let long = "🎂".repeat(NAME_CHARS_MAX - 1);
    let mut events = Vec::new();
    for (calendar, version) in [("a", 1), ("b", 2)] {
        let name = format!("{long}{calendar}");
        let mut of_calendar = Vec::new();
        for uid in ["1", "2"] {
            for occurrence in ["3", "4"] {
                let mut event = event(&name, &format!("{long}{uid}"), "2026-03-02T10:00:00Z");
                event.occurrence = Occurrence::parse(&format!("{long}{occurrence}")).unwrap();
                of_calendar.push(event);
            }
        }
        assert!(
            write(&ports, &super::samples::calendar("ann", &name), &of_calendar, version).await
        );
        events.extend(of_calendar);
    }
    assert_eq!(all(&ports, "ann").await, events);
    let one = &events[1];
    let copies = ports.events.event_copies(&id("ann"), &one.uid, &one.occurrence).await.unwrap();
    assert_eq!(copies, [events[1].clone(), events[5].clone()]);
    assert_eq!(ports.calendars.calendars(&id("ann")).await.unwrap().len(), 2);
    assert!(ports.calendars.remove_calendar(&id("ann"), &one.calendar, 3).await.unwrap());
    assert_eq!(all(&ports, "ann").await, events[4..]);
}
