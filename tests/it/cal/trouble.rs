//! What goes wrong at the calendar's server.

use domain::limits;
use jiff::SignedDuration;
use tests::calendar_server::Trouble;
use tests::events::event;
use tests::world::{World, instant};

use super::{ADDRESS, NEW_YORK, connect_to, connected, connection, publish};

const EVENING: &str = "2026-11-25T03:00:00Z";

async fn with_standup() -> World {
    connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await
}

#[tokio::test]
async fn cal_16_trouble_withdraws_nothing_and_is_tried_again() {
    let whole = tests::events::calendar(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]);
    let troubles = [
        Trouble::Status(500, Vec::new()),
        Trouble::Status(503, Vec::new()),
        Trouble::Status(429, Vec::new()),
        Trouble::Status(302, Vec::new()),
        Trouble::Status(200, vec![("content-encoding", "gzip".to_owned())]),
        Trouble::Status(200, vec![("content-encoding", "br".to_owned())]),
        Trouble::Instead(""),
        Trouble::Instead("<html>BEGIN:VCALENDAR</html>"),
        Trouble::BrokenOff(whole.len() - 20),
        Trouble::BrokenOff(40),
        Trouble::Timeout,
    ];
    for trouble in troubles {
        let world = with_standup().await;
        world.calendars.trouble([trouble.clone()]);
        world.run_until("2026-11-24T13:15:00Z").await;
        let failing = connection(&world).await;
        let problem = failing.health.problem.unwrap_or_else(|| panic!("{trouble:?} is noticed"));
        assert!(!problem.needs_person, "{trouble:?}");
        assert_eq!(failing.next_sync_at, instant("2026-11-24T13:17:00Z"), "{trouble:?}");
        let standup = ["Standup scheduled 2026-11-24T14:45:00Z"];
        assert_eq!(world.outcomes("ada").await, standup, "{trouble:?}");
        world.run_until("2026-11-24T13:17:00Z").await;
        let well = connection(&world).await;
        assert_eq!((well.health.problem, well.health.failures), (None, 0), "{trouble:?}");
        world.run_until(EVENING).await;
        assert_eq!(world.texts().len(), 1, "{trouble:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn cal_16_a_server_that_stays_down_is_asked_less_and_less() {
    let world = with_standup().await;
    let asked = world.calendars.requests().len();
    world.calendars.trouble(vec![Trouble::Status(503, Vec::new()); 100]);
    world.run_until("2026-11-24T14:20:00Z").await;
    // At 13:15, then after 2, 4, 8, 16 and 32 minutes.
    assert_eq!(world.calendars.requests().len() - asked, 6);
    assert_eq!(connection(&world).await.health.failures, 6);
    let since = connection(&world).await.health.problem.unwrap().since;
    assert_eq!(since, instant("2026-11-24T13:15:00Z"));
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1, "what was planned goes out");
    world.finish().await;
}

#[tokio::test]
async fn cal_16_a_server_that_asks_for_time_is_given_it() {
    let check = async |status, after: &str, expected: &str| {
        let world = with_standup().await;
        let headers = vec![("retry-after", after.to_owned())];
        world.calendars.trouble([Trouble::Status(status, headers)]);
        world.run_until("2026-11-24T13:15:00Z").await;
        assert_eq!(connection(&world).await.next_sync_at, instant(expected), "{status} {after}");
        world.finish().await;
    };
    check(429, "1800", "2026-11-24T13:45:00Z").await;
    check(403, "3600", "2026-11-24T14:15:00Z").await;
    check(503, "Tue, 24 Nov 2026 16:00:00 GMT", "2026-11-24T16:00:00Z").await;
    check(503, "5", "2026-11-24T13:17:00Z").await;
    check(503, "99999999", "2026-11-25T13:15:00Z").await;
}

#[tokio::test]
async fn cal_16_whoever_must_do_something_is_told_so_and_texted_all_the_same() {
    for status in [401, 403, 404, 410] {
        let world = with_standup().await;
        world.calendars.trouble(vec![Trouble::Status(status, Vec::new()); 100]);
        world.run_until("2026-11-24T13:15:00Z").await;
        let stored = connection(&world).await;
        let problem = stored.health.problem.expect("it is noticed");
        assert!(problem.needs_person, "{status}");
        assert!(problem.what.contains("connect it anew"), "{}", problem.what);
        let path = "/v1/users/ada/connections";
        let (_, told) = world.request(http::Method::GET, path, "").await;
        assert!(told.contains("needs_person") && !told.contains("ada.ics"), "{told}");
        // Connected anew, it goes on at once.
        let moved = "https://calendar.example/new.ics";
        let events = [event("Lunch", "2026-11-24T12:00", NEW_YORK)];
        world.calendars.publish(moved, tests::events::calendar(&events));
        world.run_until(EVENING).await;
        assert_eq!(world.texts().len(), 1, "{status}");
        world.finish().await;
    }
}

#[tokio::test]
async fn cal_13_a_cursor_that_means_nothing_reads_everything_anew_and_nothing_twice() {
    let world = with_standup().await;
    world.calendars.tell_etags();
    world.run_until("2026-11-24T13:30:00Z").await;
    let statuses = |world: &World| -> Vec<u16> {
        world.calendars.requests().iter().map(|(_, status)| *status).collect()
    };
    assert_eq!(statuses(&world), [200, 200, 304], "an unchanged calendar costs one request");
    let mut corrupt = connection(&world).await;
    let before = world.reminder("ada").await;
    corrupt.revision += 1;
    corrupt.cursor = Some(app::ports::Cursor("{\"etag\": 7".to_owned()));
    let put = app::ports::Connections::put_connection(&world.store, &corrupt).await;
    assert!(put.unwrap());
    world.run_until("2026-11-24T13:45:00Z").await;
    assert_eq!(statuses(&world).last(), Some(&200));
    assert_eq!(world.reminder("ada").await, before);
    assert_ne!(connection(&world).await.cursor, corrupt.cursor);
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn sec_02_a_redirect_is_followed_a_few_times_and_never_into_a_private_network() {
    let to = |target: &str| Trouble::Status(302, vec![("location", target.to_owned())]);
    let check = async |troubles: Vec<Trouble>, words: Option<&str>| {
        let world = with_standup().await;
        world.calendars.publish("https://other.example/b.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR");
        world.calendars.trouble(troubles.clone());
        world.run_until("2026-11-24T13:15:00Z").await;
        let problem = connection(&world).await.health.problem.map(|problem| problem.what);
        match words {
            None => assert_eq!(problem, None, "{troubles:?}"),
            Some(words) => {
                let told = problem.unwrap_or_default();
                assert!(told.contains(words), "{troubles:?}: {told}");
                // What was refused was never asked.
                let requests = world.calendars.requests();
                let is_public = |(address, _): &(String, u16)| address.contains(".example/");
                assert!(requests.iter().all(is_public), "{requests:?}");
            }
        }
        world.finish().await;
    };
    check(vec![to("https://other.example/b.ics")], None).await;
    check(vec![to("/ada.ics")], None).await;
    let private = Some("private network");
    check(vec![to("https://169.254.169.254/latest/meta-data/")], private).await;
    check(vec![to("https://other.example/b.ics"), to("https://[::1]/")], private).await;
    check(vec![to("http://other.example/b.ics")], Some("https")).await;
    check(vec![to("file:///etc/passwd")], Some("https")).await;
    check(vec![to(ADDRESS); limits::REDIRECTS_MAX + 1], Some("without end")).await;
}

#[tokio::test]
async fn sec_02_an_address_in_a_private_network_is_connected_but_never_asked() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(tests::users::user("ada", NEW_YORK)).await;
    connect_to(&world, "ada", "work", "https://127.0.0.1/ada.ics").await;
    world.run_for(SignedDuration::from_mins(1)).await;
    let problem = connection(&world).await.health.problem.expect("it is refused");
    assert!(problem.needs_person && problem.what.contains("private network"));
    assert_eq!(world.calendars.requests(), []);
    publish(&world, &[]);
    world.finish().await;
}
