use domain::time::ahead;

use super::*;
use crate::clock::ManualClock;

struct Bench {
    queue: DelayQueue,
    clock: Arc<ManualClock>,
    store: SqliteStore,
}

fn bench() -> Bench {
    let clock = Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    let store = SqliteStore::in_memory(clock.clone()).unwrap();
    let settings = QueueSettings {
        name: "sends".to_owned(),
        visibility: SignedDuration::from_secs(30),
        receives_max: 3,
    };
    let queue = DelayQueue::new(settings, clock.clone(), store.clone());
    Bench { queue, clock, store }
}

impl Bench {
    fn push(&self, messages: &[(&str, i64)]) {
        let messages = messages
            .iter()
            .map(|(body, delay)| ((*body).to_owned(), SignedDuration::from_secs(*delay)))
            .collect();
        self.queue.push(messages).unwrap();
    }

    async fn receive(&self, max: usize) -> Vec<Received> {
        self.queue.receive(self.clock.now(), max).await
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    fn in_seconds(&self, seconds: i64) -> Timestamp {
        ahead(self.clock.now(), SignedDuration::from_secs(seconds))
    }
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|message| message.body.as_str()).collect()
}

#[tokio::test]
async fn messages_come_out_when_their_delay_is_over_in_that_order() {
    let bench = bench();
    assert_eq!(bench.queue.next_visible_at(), None);
    bench.push(&[("c", 10), ("a", 0), ("d", 900), ("b", 0), ("e", -5)]);
    assert_eq!(bench.queue.next_visible_at(), Some(bench.clock.now()));
    assert_eq!(bodies(&bench.receive(2).await), ["a", "b"]);
    assert_eq!(bodies(&bench.receive(10).await), ["e"]);
    assert_eq!(bench.queue.next_visible_at(), Some(bench.in_seconds(10)));
    bench.advance(9);
    assert_eq!(bodies(&bench.receive(10).await), Vec::<&str>::new());
    bench.advance(1);
    assert_eq!(bodies(&bench.receive(10).await), ["c"]);
    assert_eq!(bench.queue.len(), 5, "what was received is hidden, not gone");
    bench.queue.clear();
    assert!(bench.queue.is_empty());
    assert_eq!(bench.queue.next_visible_at(), None);
}

#[tokio::test]
async fn a_message_comes_back_unless_it_is_deleted() {
    let bench = bench();
    bench.push(&[("a", 0), ("b", 0)]);
    let first = bench.receive(10).await;
    assert_eq!(first[0].receives, 1);
    assert!(bench.queue.delete(&first[0].receipt));
    assert!(!bench.queue.delete(&first[0].receipt), "once only");
    bench.advance(29);
    assert_eq!(bench.receive(10).await, []);
    bench.advance(1);
    let again = bench.receive(10).await;
    assert_eq!(bodies(&again), ["b"]);
    assert_eq!(again[0].receives, 2);
    assert_eq!(again[0].receipt.message_id(), first[1].receipt.message_id());
    assert_eq!(again[0].added_at, first[1].added_at);
    assert!(!bench.queue.delete(&first[1].receipt), "somebody else has it now");
    assert!(!bench.queue.return_to_queue(&first[1].receipt, bench.clock.now()));
    assert!(bench.queue.delete(&again[0].receipt));
    bench.advance(3_600);
    assert_eq!(bench.receive(10).await, []);
}

#[tokio::test]
async fn a_returned_message_is_seen_when_it_was_asked_for() {
    let bench = bench();
    bench.push(&[("a", 0)]);
    let first = bench.receive(10).await;
    assert!(bench.queue.return_to_queue(&first[0].receipt, bench.in_seconds(100)));
    assert_eq!(bench.queue.next_visible_at(), Some(bench.in_seconds(100)));
    bench.advance(99);
    assert_eq!(bench.receive(10).await, []);
    bench.advance(1);
    let again = bench.receive(10).await;
    assert!(bench.queue.return_to_queue(&again[0].receipt, bench.clock.now()));
    assert_eq!(bodies(&bench.receive(10).await), ["a"]);
}

#[tokio::test]
async fn what_was_received_too_often_is_kept_as_a_dead_letter() {
    let bench = bench();
    bench.push(&[("bad", 0)]);
    let added_at = bench.clock.now();
    for receives in 1..=3 {
        assert_eq!(bench.receive(10).await[0].receives, receives);
        bench.advance(30);
    }
    bench.push(&[("good", 0)]);
    assert_eq!(bodies(&bench.receive(10).await), ["good"]);
    let letters = bench.store.dead_letters(0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].queue.as_str(), letters[0].body.as_str()), ("sends", "bad"));
    assert_eq!((letters[0].receives, letters[0].added_at), (3, added_at));
    assert_eq!(letters[0].dead_at, bench.clock.now());
    assert_eq!(bench.queue.len(), 1);
    bench.advance(3_600);
    assert_eq!(bodies(&bench.receive(10).await), ["good"]);
}

#[test]
fn what_sqs_would_refuse_is_refused() {
    let bench = bench();
    let seconds = |seconds| ("x".to_owned(), SignedDuration::from_secs(seconds));
    let refused = bench.queue.push(vec![seconds(0), seconds(901)]).unwrap_err();
    assert_eq!(refused, Refused::DelayTooLong(SignedDuration::from_secs(901)));
    assert_eq!(refused.to_string(), "a delay of 901 s is refused: at most 900 s; enqueue it later");
    assert!(bench.queue.is_empty(), "all or none");
    let many = vec![seconds(0); MESSAGES_MAX];
    bench.queue.push(many).unwrap();
    assert_eq!(bench.queue.push(vec![seconds(0)]), Err(Refused::Full));
}

#[tokio::test]
async fn whoever_waits_is_told_of_new_messages() {
    let bench = bench();
    let added = bench.queue.added();
    bench.push(&[("a", 0)]);
    added.notified().await;
    let received = bench.receive(10).await;
    bench.queue.return_to_queue(&received[0].receipt, bench.clock.now());
    added.notified().await;
}

#[tokio::test]
async fn ports_carry_their_jobs_as_json() {
    use domain::ids::UserId;
    use domain::time::ZoneName;

    let bench = bench();
    let plan = PlanJob { users: vec![UserId::parse("ann").unwrap()] };
    PlanQueue::enqueue(&bench.queue, std::slice::from_ref(&plan)).await.unwrap();
    let zone = ZoneName::from_store("Europe/Berlin".to_owned());
    let day = LocalDayStarted { zone, date: "2026-03-03".parse().unwrap() };
    bench.queue.local_days_started(std::slice::from_ref(&day)).await.unwrap();
    let received = bench.receive(10).await;
    assert_eq!(PlanJob::from_json(&received[0].body).unwrap(), plan);
    assert_eq!(LocalDayStarted::from_json(&received[1].body).unwrap(), day);
}

/// Random pushes, receives, deletes, returns and waits, against a list that is searched whole.
#[tokio::test]
async fn it_behaves_like_a_plain_list() {
    use app::ports::Dice;

    struct Plain {
        id: usize,
        visible_at: Timestamp,
        receives: u32,
    }

    let bench = bench();
    let dice = crate::dice::SeededDice::new(42);
    let mut plain: Vec<Plain> = Vec::new();
    let mut held: Vec<(usize, Receipt)> = Vec::new();
    let mut next = 0;
    for _ in 0..5_000 {
        let seconds = i64::from(dice.byte());
        match dice.byte() % 6 {
            0 | 1 => {
                bench.push(&[(&next.to_string(), seconds)]);
                let visible_at = bench.in_seconds(seconds);
                plain.push(Plain { id: next, visible_at, receives: 0 });
                next += 1;
            }
            2 => {
                let now = bench.clock.now();
                plain.retain(|each| each.visible_at > now || each.receives < 3);
                plain.sort_by_key(|each| (each.visible_at, each.id));
                let hidden_until = bench.in_seconds(30);
                let mut expected = Vec::new();
                for each in plain.iter_mut().filter(|each| each.visible_at <= now) {
                    (each.visible_at, each.receives) = (hidden_until, each.receives + 1);
                    expected.push(each.id.to_string());
                }
                let received = bench.receive(usize::MAX).await;
                assert_eq!(bodies(&received), expected);
                for message in received {
                    let id = message.body.parse().unwrap();
                    held.retain(|(other, _)| *other != id);
                    held.push((id, message.receipt));
                }
            }
            3 if !held.is_empty() => {
                let (id, receipt) = held.swap_remove(usize::from(dice.byte()) % held.len());
                let known = plain.iter().any(|each| each.id == id);
                assert_eq!(bench.queue.delete(&receipt), known);
                plain.retain(|each| each.id != id);
            }
            4 if !held.is_empty() => {
                let (id, receipt) = held.swap_remove(usize::from(dice.byte()) % held.len());
                let visible_at = bench.in_seconds(seconds);
                let known = plain.iter_mut().find(|each| each.id == id);
                let is_known = known.is_some();
                if let Some(each) = known {
                    each.visible_at = visible_at;
                }
                assert_eq!(bench.queue.return_to_queue(&receipt, visible_at), is_known);
            }
            _ => bench.advance(seconds / 8),
        }
        assert_eq!(bench.queue.len(), plain.len());
        let soonest = plain.iter().map(|each| each.visible_at).min();
        assert_eq!(bench.queue.next_visible_at(), soonest);
    }
    assert!(next > 1_000);
}
