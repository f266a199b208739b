//! How long a rollback takes until everything that waits is terminal, how long where the process is
//! cut short in the middle and the monitor goes on, and how long after it a text is still claimed.
//!
//! `cargo run --profile simulation -p tests --no-default-features --example rollback -- [N] [PART]`
//!
//! Each of N users (100,000) has one reminder that waits. The store is a file with
//! `synchronous=FULL`. PART is `withdrawn` for the first two, `under-way` for the last, which has
//! no more users than come due while it is watched; without it all three are measured.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::time::Duration;

use app::ports::Clock;
use app::rollout::{Author, switch, watch};
use domain::reminder::State;
use domain::time::ahead;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tests::load::{Crowd, Effort, Rig, Way, machine};

/// Users whose texts come due one after the other while the switch is turned: some seconds' worth
/// before, and more than [`WATCHED`] after. As many as all of N would only take longer to add.
const UNDER_WAY: usize = 6_000;

/// How long after one text the next comes due: 500 a second.
const SPACING: SignedDuration = SignedDuration::from_millis(2);

/// Texts that must have left before the switch is turned.
const BEFORE: usize = 1_000;

/// How long it is watched whether a text is claimed after all, and how late one may be.
const WATCHED: SignedDuration = SignedDuration::from_secs(7);
const CLAIMED_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// How long it may take from the first user that is added to the end.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() {
    let mut given = std::env::args().skip(1);
    let users = given.next().map_or(100_000, |count| count.parse().expect("a number"));
    let part = given.next();
    let is_wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    println!("{}", machine());
    if is_wanted("withdrawn") {
        measure(users, None).await;
        measure(users, Some(Duration::from_secs(2))).await;
    }
    if is_wanted("under-way") {
        let ended = tokio::time::timeout(PATIENCE, under_way(users.min(UNDER_WAY))).await;
        ended.expect("it ends within a minute, unless the machine has too much else to do");
    }
}

/// Switches off for everybody while everything runs and texts leave, 500 a second. First only the
/// rollout's row changes, as where a process is killed right after it: what comes due then meets
/// nothing but the check before the claim. Then the monitor withdraws the rest.
async fn under_way(users: usize) {
    let whole = Effort::begin();
    let rig = Rig::new(Way::InProcess, false, None).await;
    let due_at = ahead(rig.clock.now(), SignedDuration::from_secs(1));
    let crowd = Crowd { users, due_at, spacing: SPACING, at_once: 1 };
    crowd.join(&rig).await;
    let live = rig.run();
    while rig.sandbox.texts().len() < BEFORE {
        wait().await;
    }
    let ports = rig.ports.rollout();
    let on = ports.control.rollout().await.expect("an answer");
    let at = rig.ports.clock.now();
    let is_off = ports.control.put_rollout(&on.at(on.stage, false)).await;
    assert!(is_off.expect("an answer"), "nobody else turns the switch");
    while rig.ports.clock.now() < ahead(at, WATCHED) {
        wait().await;
    }
    let effort = Effort::begin();
    while waiting(&rig, users).await > 0 {
        watch(&ports).await.expect("the monitor goes on");
    }
    let seconds = effort.seconds();
    let told = Told::of(&rig, &crowd, at).await;
    println!(
        "{} of {users} texted, {} of them claimed after the switch was turned, the last {:.3} s \
         after it; {} more came due within {} s of it and were not; the rest withdrawn in \
         {seconds:.1} s",
        told.texted,
        told.claimed_after,
        told.last_claim.as_secs_f64(),
        told.due_after,
        WATCHED.as_secs(),
    );
    assert!(told.last_claim < CLAIMED_WITHIN, "a claim is too late");
    assert!(told.due_after > 1_000, "enough came due to show it");
    assert_eq!(told.texted, rig.sandbox.texts().len(), "each has one text");
    rig.end(live).await;
    println!("ended after {:.1} s, {:.1} s of processor", whole.seconds(), whole.worked());
}

/// What became of everybody's reminder.
#[derive(Default)]
struct Told {
    texted: usize,
    claimed_after: usize,
    last_claim: SignedDuration,
    /// Not texted, although they came due while it was watched.
    due_after: usize,
}

impl Told {
    async fn of(rig: &Rig, crowd: &Crowd, decided_at: Timestamp) -> Self {
        let mut told = Self::default();
        let all = (Date::constant(1970, 1, 1), Date::constant(2200, 1, 1));
        for index in 0..crowd.users {
            let user = Crowd::user_id(index);
            let rows = rig.ports.stores.reminders.reminders_between(&user, all.0, all.1).await;
            let rows = rows.expect("an answer");
            let [row] = &rows[..] else { panic!("{user} has one reminder") };
            assert!(row.state != State::Scheduled, "{user}'s waits");
            let due_after = decided_at.duration_until(crowd.due_at(index));
            let Some(attempt) = row.attempts.first() else {
                let is_watched = due_after > SignedDuration::ZERO && due_after < WATCHED;
                told.due_after += usize::from(is_watched);
                continue;
            };
            let late = decided_at.duration_until(attempt.claimed_at);
            told.texted += usize::from(attempt.may_have_been_texted());
            told.claimed_after += usize::from(late > SignedDuration::ZERO);
            told.last_claim = told.last_claim.max(late);
        }
        told
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement looks on from outside")]
async fn wait() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Switches off for everybody; cut short after a while, if one is given.
async fn measure(users: usize, cut_after: Option<Duration>) {
    let rig = Rig::new(Way::InProcess, false, None).await;
    // The clock stands still. This is beyond the horizon, and of a day that is planned already if
    // it has not begun yet, which planners do 20 minutes ahead.
    let due_at = ahead(rig.clock.now(), SignedDuration::from_mins(16));
    Crowd { users, due_at, spacing: SignedDuration::ZERO, at_once: users }.join(&rig).await;
    assert_eq!(waiting(&rig, users).await, users);
    let ports = rig.ports.rollout();
    let at = rig.ports.clock.now();
    let author = Author { by: "ann".to_owned(), reason: "a measurement".to_owned(), at };
    let effort = Effort::begin();
    let off = switch(&ports, false, author);
    match cut_after {
        None => drop(off.await.expect("it is switched off")),
        // Dropped where it stands, as a process that is killed.
        Some(time) => {
            let cut = tokio::time::timeout(time, off).await;
            println!("cut short: {}, {} still wait", cut.is_err(), waiting(&rig, users).await);
            watch(&ports).await.expect("the monitor goes on");
        }
    }
    let seconds = effort.seconds();
    assert_eq!(waiting(&rig, users).await, 0, "everything is terminal");
    println!("{users} reminders withdrawn in {seconds:.1} s");
}

async fn waiting(rig: &Rig, users: usize) -> usize {
    let (from, until) = (Timestamp::MIN, Timestamp::MAX);
    let due = rig.ports.stores.reminders.due(from, until, None, users + 1).await;
    // What was texted needs looks, too, but waits no longer.
    due.expect("an answer").iter().filter(|row| row.last_at.is_some()).count()
}
