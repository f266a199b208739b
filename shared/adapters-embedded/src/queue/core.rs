//! The queue itself: plain data that is told the time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};

use super::{QueueSettings, Receipt, Received};

/// Messages, and the order in which they become visible.
#[derive(Default)]
pub(super) struct Core {
    messages: HashMap<u64, Message>,
    // By instant, then by age. Entries of a former turn are void and dropped when they surface.
    order: BinaryHeap<Reverse<(Timestamp, u64, u64)>>,
    next_id: u64,
}

struct Message {
    body: String,
    added_at: Timestamp,
    receives: u32,
    /// Rises whenever it gets a new place in the order.
    turn: u64,
}

/// What a receive takes.
pub(super) struct Taken {
    pub(super) received: Vec<Received>,
    /// What was received too often; hidden like the others until it is deleted.
    pub(super) dead: Vec<Received>,
}

impl Core {
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn push(&mut self, body: String, now: Timestamp, delay: SignedDuration) {
        let id = self.next_id;
        self.next_id += 1;
        self.messages.insert(id, Message { body, added_at: now, receives: 0, turn: 0 });
        self.order.push(Reverse((ahead(now, delay.max(SignedDuration::ZERO)), id, 0)));
    }

    pub(super) fn receive(
        &mut self,
        now: Timestamp,
        max: usize,
        settings: &QueueSettings,
    ) -> Taken {
        let mut taken = Taken { received: Vec::new(), dead: Vec::new() };
        // Hidden for at least a moment, so that one receive never sees a message twice.
        let hidden = settings.visibility.max(SignedDuration::from_nanos(1));
        let visible_at = ahead(now, hidden);
        while taken.received.len() < max
            && let Some(id) = self.pop_visible(now)
            && let Some(message) = self.messages.get_mut(&id)
        {
            message.receives = message.receives.saturating_add(1);
            message.turn += 1;
            self.order.push(Reverse((visible_at, id, message.turn)));
            let is_dead = message.receives > settings.receives_max;
            let received = Received {
                receipt: Receipt { id, turn: message.turn },
                body: message.body.clone(),
                receives: message.receives,
                added_at: message.added_at,
            };
            if is_dead { taken.dead.push(received) } else { taken.received.push(received) }
        }
        taken
    }

    pub(super) fn delete(&mut self, receipt: Receipt) -> bool {
        let is_valid = self.holds(receipt.id, receipt.turn);
        if is_valid {
            self.messages.remove(&receipt.id);
            self.drop_void_entries();
        }
        is_valid
    }

    pub(super) fn reschedule(&mut self, receipt: Receipt, visible_at: Timestamp) -> bool {
        if !self.holds(receipt.id, receipt.turn) {
            return false;
        }
        if let Some(message) = self.messages.get_mut(&receipt.id) {
            message.turn += 1;
            self.order.push(Reverse((visible_at, receipt.id, message.turn)));
        }
        true
    }

    pub(super) fn next_visible_at(&mut self) -> Option<Timestamp> {
        while let Some(Reverse((visible_at, id, turn))) = self.order.peek().copied() {
            if self.holds(id, turn) {
                return Some(visible_at);
            }
            self.order.pop();
        }
        None
    }

    fn pop_visible(&mut self, now: Timestamp) -> Option<u64> {
        let visible_at = self.next_visible_at()?;
        if visible_at > now {
            return None;
        }
        self.order.pop().map(|Reverse((_, id, _))| id)
    }

    fn holds(&self, id: u64, turn: u64) -> bool {
        self.messages.get(&id).is_some_and(|message| message.turn == turn)
    }

    /// Void entries surface only when their instant comes. When they are the most by far, they are
    /// swept out at once, so that memory follows the number of messages.
    fn drop_void_entries(&mut self) {
        const FEW: usize = 1_024;
        if self.order.len() > FEW && self.order.len() / 4 > self.messages.len() {
            let messages = &self.messages;
            self.order.retain(|Reverse((_, id, turn))| {
                messages.get(id).is_some_and(|message| message.turn == *turn)
            });
        }
    }
}
