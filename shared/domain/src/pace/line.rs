//! A line: whose turn is when, by deadline.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::{Rate, SECOND};
use crate::limits;
use crate::time::{ahead, aligned, back};

/// Something that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting<T> {
    /// What.
    pub what: T,
    /// The instant from which on it may have its turn.
    pub due_at: Timestamp,
    /// The first instant at which it is too late for it; none for what takes no turn.
    pub last_at: Option<Timestamp>,
}

/// Something with its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// What.
    pub what: T,
    /// The instant from which on it could have had its turn.
    pub due_at: Timestamp,
    /// When its turn is.
    pub turn_at: Timestamp,
}

/// Gives each its turn, not before `from` and not before it is due, at most `rate` in each second:
/// of those that are due whoever has the least time left is first. Who cannot make it takes
/// nobody's turn, and is placed where that is certain. The result is in order of turns.
///
/// Texts of equal length on one line: no other order makes more of them.
pub fn line_up<T>(waiting: Vec<Waiting<T>>, from: Timestamp, rate: Option<Rate>) -> Vec<Placed<T>> {
    let (takers, others): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|row| rate.is_some() && row.last_at.is_some());
    let mut placed: Vec<_> = others.into_iter().map(|row| free(row, from)).collect();
    if let Some(rate) = rate {
        give_turns(takers, from, rate, &mut placed);
    }
    placed.sort_by_key(|(placed, last_at)| (placed.turn_at, *last_at));
    placed.into_iter().map(|(placed, _)| placed).collect()
}

type Ranked<T> = (Placed<T>, Option<Timestamp>);

fn free<T>(row: Waiting<T>, from: Timestamp) -> Ranked<T> {
    let turn_at = row.due_at.max(from);
    (Placed { what: row.what, due_at: row.due_at, turn_at }, row.last_at)
}

fn give_turns<T>(
    mut takers: Vec<Waiting<T>>,
    from: Timestamp,
    rate: Rate,
    placed: &mut Vec<Ranked<T>>,
) {
    takers.sort_by_key(|row| (row.due_at, row.last_at));
    let due: Vec<_> = takers.iter().map(|row| row.due_at.max(from)).collect();
    let mut rows: Vec<_> = takers.into_iter().map(Some).collect();
    let mut ready = BinaryHeap::new();
    let (mut next, mut second) = (0, aligned(from, SECOND));
    while next < rows.len() || !ready.is_empty() {
        if ready.is_empty() {
            second = second.max(aligned(due[next], SECOND));
        }
        let end = ahead(second, SECOND);
        while next < rows.len() && due[next] < end {
            let last_at = rows[next].as_ref().and_then(|row| row.last_at);
            ready.push(Reverse((last_at, next)));
            next += 1;
        }
        let mut left = rate.get();
        while left > 0
            && let Some(Reverse((last_at, index))) = ready.pop()
        {
            let Some(row) = rows[index].take() else { continue };
            let turn_at = second.max(due[index]);
            let lost_at = last_at.map(|last_at| back(last_at, limits::VALIDITY_MIN));
            let is_lost = lost_at.is_some_and(|lost_at| turn_at > lost_at);
            let turn_at = match lost_at.filter(|_| is_lost) {
                Some(lost_at) => ahead(lost_at, SECOND).max(due[index]),
                None => turn_at,
            };
            placed.push((Placed { what: row.what, due_at: row.due_at, turn_at }, last_at));
            left -= u32::from(!is_lost);
        }
        second = end;
    }
}
