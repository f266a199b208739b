//! The contract of [`app::ports::Control`] and [`app::ports::StoreClock`].

use app::pace::{Pacer, Turn};
use app::ports::Document;
use domain::ids::UserId;
use domain::pace::{Lane, Pace, Rate};
use domain::rollout::{Rollout, RolloutStage};
use jiff::SignedDuration;

use super::samples::{at, reminder};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn control_suite(make: impl AsyncFn() -> StorePorts) {
    the_rollout_is_on_until_it_is_set(make().await).await;
    a_staged_rollout_comes_back_whole(make().await).await;
    of_switches_at_once_one_wins(make().await).await;
    documents_are_kept_by_kind_and_name(make().await).await;
    documents_that_pass_are_kept_until_then(make().await).await;
    the_promoter_never_goes_back(make().await).await;
    a_pace_is_new_until_it_is_set(make().await).await;
    of_paces_at_once_one_wins(make().await).await;
    turns_are_counted_by_sender_and_second(make().await).await;
    of_turns_at_once_none_is_taken_twice(make().await).await;
    many_senders_at_once_take_no_more_turns_than_there_are(make().await).await;
    clocks_that_differ_use_each_turn_once(make().await).await;
    a_hold_is_heard_by_the_others_within_a_second(make().await).await;
    the_store_tells_its_time(make().await).await;
}

async fn the_rollout_is_on_until_it_is_set(ports: StorePorts) {
    let rollout = async || ports.control.rollout().await.unwrap();
    let put = async |is_on, version| ports.control.put_rollout(&of(is_on, version)).await.unwrap();
    assert_eq!(rollout().await, of(true, 0));
    assert!(!put(false, 0).await);
    assert!(!put(false, 2).await);
    assert!(rollout().await.is_on);
    assert!(put(false, 1).await);
    assert_eq!(rollout().await, of(false, 1));
    assert!(!put(true, 1).await, "somebody else set it meanwhile");
    assert!(!rollout().await.is_on);
    assert!(put(true, 2).await);
    assert_eq!(rollout().await, of(true, 2));
}

async fn a_staged_rollout_comes_back_whole(ports: StorePorts) {
    let named = |name: &str| [UserId::parse(name).unwrap()].into();
    let staged = Rollout {
        stage: RolloutStage::Beta,
        salt: "of ours".to_owned(),
        internal: named("ada"),
        beta: named("bo"),
        ..of(true, 1)
    };
    assert!(ports.control.put_rollout(&staged).await.unwrap());
    assert_eq!(ports.control.rollout().await.unwrap(), staged);
}

async fn of_switches_at_once_one_wins(ports: StorePorts) {
    let won = at_once(50, |number| {
        let control = ports.control.clone();
        let rollout = of(number % 2 == 0, 1);
        async move { control.put_rollout(&rollout).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let expected = of(winner % 2 == 0, 1);
    assert_eq!(ports.control.rollout().await.unwrap(), expected);
}

async fn documents_are_kept_by_kind_and_name(ports: StorePorts) {
    let control = &ports.control;
    let of = |version, body: &str| Document::new(version, body.to_owned());
    let put = async |name: &str, document: &Document| {
        control.put_document("test_kind", name, document).await.unwrap()
    };
    assert_eq!(control.document("test_kind", "a").await.unwrap(), None);
    assert!(!put("a", &of(2, "{}")).await, "there is no first one");
    assert!(put("a", &of(1, "{\"x\": 1}")).await);
    assert!(!put("a", &of(1, "{}")).await, "it is there already");
    assert!(put("a", &of(2, "{}")).await);
    assert!(put("c", &of(1, "[]")).await);
    assert!(put("b", &of(1, "null")).await);
    assert!(control.put_document("test_kinds", "z", &of(1, "{}")).await.unwrap());
    assert_eq!(control.document("test_kind", "a").await.unwrap(), Some(of(2, "{}")));
    let listed = async |after: Option<&str>, limit| {
        let page = control.documents("test_kind", after, limit).await.unwrap();
        page.into_iter().map(|(name, document)| format!("{name} {}", document.body)).collect()
    };
    let all: Vec<String> = listed(None, 9).await;
    assert_eq!(all, ["a {}", "b null", "c []"]);
    let rest: Vec<String> = listed(Some("a"), 1).await;
    assert_eq!(rest, ["b null"]);
}

async fn documents_that_pass_are_kept_until_then(ports: StorePorts) {
    let control = &ports.control;
    let now = at("2026-11-23T12:00:00Z");
    let put = async |name: &str, version, until: &str| {
        let document = Document::new(version, format!("[{version}]"));
        let times = (now, at(until));
        control.put_passing_document("test_passing", name, &document, times).await.unwrap()
    };
    let body = async |name: &str| {
        let found = control.document("test_passing", name).await.unwrap();
        found.map(|document| (document.version, document.body.to_string()))
    };
    let first = "2026-11-24T12:00:00Z";
    assert!(!put("a", 2, first).await, "there is no first one");
    assert!(put("a", 1, first).await);
    assert!(!put("a", 1, first).await, "it is there already");
    assert!(put("a", 2, "2026-11-25T12:00:00.5Z").await);
    assert!(put("b", 1, first).await);
    assert_eq!(body("a").await, Some((2, "[2]".to_owned())));
    assert_eq!(body("b").await, Some((1, "[1]".to_owned())));
    let won = at_once(20, |_| {
        let control = ports.control.clone();
        let document = Document::new(1, "{}".to_owned());
        async move {
            let times = (now, at("2026-11-24T12:00:00Z"));
            control.put_passing_document("test_passing", "c", &document, times).await.unwrap()
        }
    })
    .await;
    assert_eq!(count(&won, &true), 1, "of many at once one is the first");
}

async fn the_promoter_never_goes_back(ports: StorePorts) {
    let until = async || ports.control.promoted_until().await.unwrap();
    let set = async |text: &str| ports.control.set_promoted_until(at(text)).await.unwrap();
    assert_eq!(until().await, None);
    set("2026-03-02T10:05:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00Z")));
    set("2026-03-02T10:00:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00Z")));
    set("2026-03-02T10:05:00.5Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00.5Z")));
    set("2026-03-02T10:10:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:10:00Z")));
}

async fn a_pace_is_new_until_it_is_set(ports: StorePorts) {
    let number = "+12025550100";
    let pace = async |sender: &str| ports.control.pace(sender).await.unwrap();
    assert_eq!(pace(number).await, Pace::default());
    let first = Pace {
        lined_up_at: Some(at("2026-03-02T10:04:00.25Z")),
        held_until: Some(at("2026-03-02T10:05:30Z")),
        is_trying: true,
        strikes: 2,
        version: 1,
    };
    let put = async |pace: &Pace| ports.control.put_pace(number, pace).await.unwrap();
    assert!(!put(&Pace { version: 0, ..first.clone() }).await);
    assert!(!put(&Pace { version: 2, ..first.clone() }).await);
    assert!(put(&first).await);
    assert_eq!(pace(number).await, first);
    let next = Pace { version: 2, ..Pace::default() };
    assert!(put(&next).await);
    assert!(!put(&Pace { version: 2, ..first }).await, "somebody else set it meanwhile");
    assert_eq!(pace(number).await, next);
    assert_eq!(pace("48151").await, Pace::default(), "each sender has its own");
}

async fn of_paces_at_once_one_wins(ports: StorePorts) {
    let won = at_once(50, |number| {
        let control = ports.control.clone();
        let strikes = u32::try_from(number).unwrap();
        let pace = Pace { strikes, version: 1, ..Pace::default() };
        async move { control.put_pace("48151", &pace).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let stored = ports.control.pace("48151").await.unwrap();
    assert_eq!(stored.strikes, u32::try_from(winner).unwrap());
}

async fn turns_are_counted_by_sender_and_second(ports: StorePorts) {
    let take = async |sender: &str, second: &str, wanted| {
        ports.control.take_turns(sender, at(second), wanted).await.unwrap()
    };
    let (this, next) = ("2026-03-02T10:05:00Z", "2026-03-02T10:05:01Z");
    assert_eq!(take("48151", this, 3).await, 0);
    assert_eq!(take("48151", this, 1).await, 3);
    assert_eq!(take("48151", next, 2).await, 0, "each second has its own");
    assert_eq!(take("48151", this, 0).await, 4, "a second that is over is still known");
    assert_eq!(take("4815", this, 1).await, 0, "each sender has its own");
    assert_eq!(take("48151", next, 1_000).await, 2);
    assert_eq!(take("48151", next, 1).await, 1_002, "what is asked for beyond any rate counts");
    assert_eq!(ports.control.pace("48151").await.unwrap(), Pace::default());
}

/// Whoever asks is told where the others' turns end and their own begin.
async fn of_turns_at_once_none_is_taken_twice(ports: StorePorts) {
    let (second, rate) = (at("2026-03-02T10:05:00Z"), Rate::new(60).unwrap());
    let mut taken = at_once(50, |number| {
        let control = ports.control.clone();
        let wanted = u32::try_from(number % 4).unwrap();
        async move { (control.take_turns("48151", second, wanted).await.unwrap(), wanted) }
    })
    .await;
    taken.sort_unstable();
    let mut expected = 0;
    for (before, wanted) in &taken {
        assert_eq!(*before, expected);
        expected += wanted;
    }
    let granted: u32 = taken.iter().map(|(before, wanted)| rate.grants(*before, *wanted)).sum();
    assert_eq!(granted, 60);
}

/// Each has a pacer of its own, as functions have that run side by side.
async fn many_senders_at_once_take_no_more_turns_than_there_are(ports: StorePorts) {
    let second = at("2026-03-02T10:05:00Z");
    for later in 0..3 {
        let now = second + SignedDuration::from_secs(later);
        let turns = at_once(30, |number| {
            let lane = Lane { sender: "48151".to_owned(), rate: Rate::new(7) };
            let pacer = Pacer::new(lane, ports.control.clone());
            let row = reminder("ann", &number.to_string(), "2026-03-02T10:05:00Z");
            async move { pacer.take(row.id, row.last_at, now).await.unwrap() }
        })
        .await;
        assert_eq!(count(&turns, &Turn::Now), 7);
    }
}

/// Of three senders one is two seconds fast and one two slow, as far as clocks may be off.
async fn clocks_that_differ_use_each_turn_once(ports: StorePorts) {
    let (begin, rate, seconds) = (at("2026-03-02T10:05:00Z"), 5, 6);
    let pacers = [-2, 0, 2].map(|off| {
        let lane = Lane { sender: "48151".to_owned(), rate: Rate::new(rate) };
        (Pacer::new(lane, ports.control.clone()), SignedDuration::from_secs(off))
    });
    let mut turns = 0;
    for second in 0..seconds {
        for text in 0..15 {
            for (pacer, off) in &pacers {
                let now = begin + SignedDuration::from_secs(second) + *off;
                let row = reminder("ann", &format!("{second} {text} {off:#}"), &begin.to_string());
                let turn = pacer.take(row.id, row.last_at, now).await.unwrap();
                turns += u32::from(turn == Turn::Now);
            }
        }
    }
    // Everybody wanted more than there is, and together they had what the seconds have that one
    // of them could name.
    assert_eq!(turns, rate * (u32::try_from(seconds).unwrap() + 4));
}

async fn a_hold_is_heard_by_the_others_within_a_second(ports: StorePorts) {
    let begin = at("2026-03-02T10:05:00Z");
    let after = |millis| begin + SignedDuration::from_millis(millis);
    let pacer = || {
        let lane = Lane { sender: "48151".to_owned(), rate: Rate::new(100) };
        Pacer::new(lane, ports.control.clone())
    };
    let take = async |pacer: &Pacer, text: &str, now| {
        let row = reminder("ann", text, "2026-03-02T10:05:00Z");
        pacer.take(row.id, row.last_at, now).await.unwrap()
    };
    let (one, other) = (pacer(), pacer());
    assert_eq!(take(&one, "a", after(0)).await, Turn::Now);
    assert_eq!(take(&other, "b", after(0)).await, Turn::Now);
    let wait = one.strike(0, 0, after(100)).await;
    let held = take(&other, "c", after(1_000)).await;
    assert_eq!(held, Turn::Later { at: after(100) + wait, is_held: true });
    // One tries for all of them, whoever that is.
    let over = after(100) + wait;
    let tries = [take(&other, "c", over).await, take(&one, "d", over).await];
    assert_eq!(count(&tries, &Turn::Now), 1, "{tries:?}");
    other.relieve(over).await;
    assert_eq!(take(&one, "d", over + SignedDuration::from_secs(1)).await, Turn::Now);
}

async fn the_store_tells_its_time(ports: StorePorts) {
    let time = ports.clock.store_time().await.unwrap();
    let apart = time.store_at.duration_since(time.local_at).abs();
    assert!(apart < SignedDuration::from_mins(5), "{apart:?} apart");
}

fn of(is_on: bool, version: u64) -> Rollout {
    Rollout { is_on, version, ..Rollout::default() }
}
