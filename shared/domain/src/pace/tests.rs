use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn rate(texts: u32) -> Option<Rate> {
    Rate::new(texts)
}

fn row(what: usize, due: i64, last: i64) -> Waiting<usize> {
    Waiting { what, due_at: at(due * 1_000), last_at: Some(at(last * 1_000)) }
}

/// Who has which turn, in seconds.
fn turns(placed: &[Placed<usize>]) -> Vec<(usize, i64)> {
    placed.iter().map(|p| (p.what, at(0).duration_until(p.turn_at).as_secs())).collect()
}

#[test]
fn a_sender_has_the_rate_of_its_kind() {
    let check = |sender, expected| {
        assert_eq!(Rate::of_sender(sender).map(Rate::get), expected, "{sender}");
    };
    check("+12025550100", Some(1));
    check("+18885550100", Some(3));
    check("+4915112345678", Some(1));
    check("+88855501000", Some(1));
    check("48151", Some(100));
    check("MG0123456789abcdef0123456789abcdef", None);
    assert_eq!((rate(0), rate(limits::RATE_MAX + 1)), (None, None));
}

#[test]
fn del_15_a_second_has_as_many_turns_as_the_rate_allows_however_they_are_asked_for() {
    let three = Rate::new(3).unwrap();
    let mut asked = 0;
    let mut take = |wanted| {
        let turns = three.grants(asked, wanted);
        asked += wanted;
        turns
    };
    assert_eq!([take(2), take(2), take(1), take(9)], [2, 1, 0, 0]);
    assert_eq!([three.grants(0, 5), three.grants(u32::MAX, 1), three.grants(1, 0)], [3, 0, 0]);
}

#[test]
fn del_15_turns_are_those_of_whole_seconds() {
    for millis in [4_000, 4_001, 4_999] {
        assert_eq!(second_of(at(millis)), (at(4_000), at(5_000)));
    }
}

#[test]
fn del_03_strikes_hold_everybody_and_are_forgiven_one_by_one() {
    let mut pace = Pace::default();
    let wait = SignedDuration::from_secs(2);
    assert_eq!(pace.admit(9, at(0)).turns, 9);
    pace.strike(wait, at(100));
    pace.strike(wait, at(200));
    assert_eq!(pace.strikes, 1, "the second was posted before the first was known");
    let held = pace.admit(9, at(1_000));
    assert_eq!((held.turns, held.next_at, held.is_held), (0, at(2_100), true));
    // One tries, the others wait for its answer.
    assert_eq!(pace.admit(9, at(2_100)).turns, 1);
    let held = pace.admit(9, at(2_200));
    assert_eq!((held.turns, held.next_at), (0, at(3_200)));
    pace.strike(wait * 2, at(2_300));
    assert_eq!((pace.strikes, pace.held(at(2_300))), (2, Some(at(6_300))));
    assert!(!pace.relieve(), "an answer from before says nothing about now");
    for strikes in [1, 0] {
        assert_eq!(pace.admit(9, at(7_000)).turns, 1);
        assert!(pace.relieve());
        assert_eq!(pace.strikes, strikes);
    }
    assert_eq!(pace.admit(9, at(7_000)).turns, 9);
    assert!(!pace.relieve(), "there is nothing to forgive");
}

#[test]
fn a_text_whose_try_is_never_answered_holds_the_others_for_half_a_minute() {
    let mut pace = Pace::default();
    pace.strike(SignedDuration::from_secs(2), at(0));
    assert_eq!(pace.admit(2, at(2_000)).turns, 1);
    assert_eq!(pace.admit(2, at(31_999)).turns, 0);
    assert_eq!(pace.admit(2, at(32_000)).turns, 1);
}

#[test]
fn del_15_of_those_that_are_due_whoever_has_the_least_time_left_is_first() {
    let rows = vec![row(0, 0, 900), row(1, 0, 300), row(2, 1, 200), row(3, 50, 60)];
    let placed = turns(&line_up(rows, at(0), rate(1)));
    assert_eq!(placed, [(1, 0), (2, 1), (0, 2), (3, 50)]);
}

#[test]
fn del_15_who_cannot_make_it_takes_nobodys_turn() {
    let rows = vec![row(0, 0, 11), row(1, 0, 12), row(2, 0, 12), row(3, 0, 900)];
    let placed = turns(&line_up(rows, at(1_000), rate(1)));
    // The third of them would be handed over with nine seconds left, which is too late.
    assert_eq!(placed, [(0, 1), (1, 2), (2, 3), (3, 3)]);
}

#[test]
fn what_takes_no_turn_is_placed_when_it_is_due() {
    let other = Waiting { last_at: None, ..row(9, 0, 0) };
    let placed = line_up(vec![row(0, 0, 900), other.clone(), row(1, 0, 900)], at(0), rate(1));
    assert_eq!(turns(&placed), [(9, 0), (0, 0), (1, 1)]);
    // Without a rate nobody waits, and whoever has the least time left still is first.
    let placed = line_up(vec![row(0, 0, 900), row(1, 5, 300), row(2, 4, 800)], at(5_500), None);
    assert_eq!(placed.iter().map(|p| p.what).collect::<Vec<_>>(), [1, 2, 0]);
}

#[test]
fn a_line_counts_for_a_while_and_not_if_it_was_made_far_ahead() {
    let crowded = |lined_up: i64, now: i64| {
        let pace = Pace { lined_up_at: Some(at(lined_up)), ..Pace::default() };
        pace.is_crowded(at(now))
    };
    let counts_for = i64::try_from(limits::LINE_COUNTS_FOR.as_millis()).unwrap();
    assert_eq!(
        [crowded(0, 0), crowded(0, counts_for - 1), crowded(0, counts_for)],
        [true, true, false]
    );
    let skew = i64::try_from(limits::CLOCK_SKEW_MAX.as_millis()).unwrap() * 2;
    assert_eq!([crowded(skew, 0), crowded(skew + 1, 0)], [true, false]);
    assert!(!Pace::default().is_crowded(at(0)));
    assert_eq!(Pace::default().line_rate(rate(7)), rate(7));
    assert_eq!(Pace { strikes: 1, ..Pace::default() }.line_rate(rate(7)), Some(Rate::LEAST));
}

proptest! {
    /// Nobody is early, no second has more turns than the rate, and no two that could change
    /// places are in the wrong order.
    #[test]
    fn del_15_lines_keep_to_rate_instants_and_deadlines(
        rows in prop::collection::vec((0_i64..40, 11_i64..200), 0..60),
        texts in 1_u32..4,
        from in 0_i64..30_000,
    ) {
        let waiting: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(what, (due, time))| row(what, *due, due + time))
            .collect();
        let placed = line_up(waiting.clone(), at(from), rate(texts));
        prop_assert_eq!(placed.len(), rows.len());
        let mut per_second = BTreeMap::<i64, u32>::new();
        let mut makes = Vec::new();
        for place in &placed {
            let one = &waiting[place.what];
            prop_assert!(place.turn_at >= one.due_at && place.turn_at >= at(from));
            let left = place.turn_at.duration_until(one.last_at.unwrap());
            if left >= limits::VALIDITY_MIN {
                *per_second.entry(place.turn_at.as_second()).or_default() += 1;
                makes.push((place.turn_at, one));
            }
        }
        prop_assert!(per_second.values().all(|turns| *turns <= texts));
        for (turn_at, one) in &makes {
            for (later_at, other) in &makes {
                let could_swap = other.due_at < aligned(*turn_at, SECOND);
                let is_later = later_at.as_second() > turn_at.as_second();
                prop_assert!(!(could_swap && is_later) || one.last_at <= other.last_at);
            }
        }
    }
}

#[test]
fn who_asks_for_no_turn_does_not_try_the_provider() {
    let mut pace = Pace { strikes: 1, ..Pace::default() };
    assert!(!pace.admit(0, at(0)).is_held);
    assert_eq!((pace.is_trying, pace.held_until), (false, None));
    assert!(pace.admit(3, at(0)).is_held);
    assert!(pace.is_trying);
}
