//! How fast the API answers with many users stored:
//! `cargo run --release -p tests --no-default-features --example api_load -- FOLDER [USERS]`.
//!
//! FOLDER is an empty folder; the store lies in it as a real system's does, and stays, so that
//! `tests/load/run` can serve it. Each user has a calendar, an event and its reminder. Requests go
//! through the whole router in this process, one after the other and eight at once, to users
//! drawn at random; every write changes something and is on disk when it is answered.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::path::PathBuf;
use std::time::Instant;

use app::ports::Clock;
use axum::Router;
use axum::body::Body;
use domain::time::ahead;
use http::{Method, Request};
use jiff::SignedDuration;
use tests::load::{Crowd, Effort, Rig, Way, machine, percentile};
use tower::ServiceExt;

/// Requests of each kind and way.
const REQUESTS: usize = 4_000;

/// Requests under way at once, in the second run.
const AT_ONCE: usize = 8;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let users = arguments.next().map_or(100_000, |text| text.parse().expect("a number"));
    println!("{}", machine());
    let rig = Rig::new(Way::InProcess, false, Some(folder)).await;
    let began = Instant::now();
    let crowd = Crowd {
        users,
        due_at: ahead(rig.clock.now(), SignedDuration::from_hours(3)),
        spacing: SignedDuration::from_millis(10),
        at_once: 1,
    };
    crowd.join(&rig).await;
    println!("{users} users with a reminder each, in {:.0} s", began.elapsed().as_secs_f64());
    for at_once in [1, AT_ONCE] {
        for kind in Kind::ALL {
            measure(&rig, kind, users, at_once).await;
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Kind {
    User,
    Settings,
    Reminders,
    Why,
    Outlook,
    ChangeSettings,
    Switch,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::User,
        Self::Settings,
        Self::Reminders,
        Self::Why,
        Self::Outlook,
        Self::ChangeSettings,
        Self::Switch,
    ];

    /// Method, path and body of a request about a user; each differs from the one before.
    fn request(self, user: &str, round: usize) -> Request<Body> {
        let user = user.replace('@', "%40");
        let (method, path, body) = match self {
            Self::User => (Method::GET, String::new(), String::new()),
            Self::Settings => (Method::GET, "/settings".to_owned(), String::new()),
            Self::Reminders => (Method::GET, "/reminders".to_owned(), String::new()),
            Self::Why => (Method::GET, "/why".to_owned(), String::new()),
            Self::Outlook => (Method::GET, "/outlook".to_owned(), String::new()),
            Self::ChangeSettings => {
                let body = format!("{{\"limit\": {}}}", 1 + round % 50);
                (Method::PATCH, "/settings".to_owned(), body)
            }
            Self::Switch => {
                let body = format!("{{\"reminders\": {}}}", round.is_multiple_of(2));
                (Method::PATCH, "/settings".to_owned(), body)
            }
        };
        let request = Request::builder().method(method).uri(format!("/v1/users/{user}{path}"));
        let request = request.header("content-type", "application/json");
        request.body(Body::from(body)).expect("a request")
    }
}

fn name(index: usize) -> String {
    format!("user-{index:07}@example.org")
}

async fn measure(rig: &Rig, kind: Kind, users: usize, at_once: usize) {
    let router = rig.system.router();
    let effort = Effort::begin();
    let tasks: Vec<_> = (0..at_once)
        .map(|task| tokio::spawn(ask(router.clone(), kind, users, (task, at_once))))
        .collect();
    let mut took = Vec::with_capacity(REQUESTS);
    for task in tasks {
        took.extend(task.await.expect("all are answered"));
    }
    let (seconds, worked) = (effort.seconds(), effort.worked());
    took.sort_by(f64::total_cmp);
    let of = |percent| percentile(&took, percent);
    println!(
        "{at_once} at once, {kind:?}: p50 {:.2} ms, p99 {:.2} ms, at most {:.1} ms; \
         {:.0} a second, {:.0} us of processor each",
        of(50.0),
        of(99.0),
        of(100.0),
        took.len() as f64 / seconds,
        worked * 1e6 / took.len() as f64
    );
}

async fn ask(
    router: Router,
    kind: Kind,
    users: usize,
    (task, at_once): (usize, usize),
) -> Vec<f64> {
    let mut took = Vec::new();
    for round in (task..REQUESTS).step_by(at_once) {
        // A walk over all users that comes to each once before it comes to one again.
        let user = name(round.wrapping_mul(7_919) % users);
        let request = kind.request(&user, round);
        let began = Instant::now();
        let answer = router.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(status, 200, "{kind:?} of {user}");
    }
    took
}
