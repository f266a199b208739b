//! What the sandbox remembers: plain maps behind one lock, bounded.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::Timestamp;

use super::codes::Codes;
use super::entry::{CallbackId, Entry};
use super::script::Scripts;
use super::text::SandboxText;

/// Something that is due at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// The next step of the text of this number.
    Step(u64),
    /// A webhook to post.
    Post(CallbackId),
}

/// Everything behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) scripts: Scripts,
    /// Pairs of our number and a phone that said STOP to it.
    pub(super) opted_out: HashSet<(String, String)>,
    pub(super) codes: Codes,
    pub(super) created: u64,
    pub(super) inbound: u64,
    pub(super) callbacks_posted: u64,
    pub(super) callbacks_given_up: u64,
    /// Texts in the order in which they came; `first` is the number of the oldest one kept.
    entries: VecDeque<Entry>,
    first: u64,
    by_sid: HashMap<String, u64>,
    by_to: HashMap<String, VecDeque<u64>>,
    work: BTreeMap<(Timestamp, u64), Work>,
    work_added: u64,
}

impl State {
    /// An empty sandbox whose next text gets this number.
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// The number that the next text will get; it rises for ever.
    pub(super) fn next_number(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Texts dropped because there were too many.
    pub(super) fn dropped(&self) -> u64 {
        self.first
    }

    /// Keeps a text, and drops the oldest beyond `texts_max`.
    pub(super) fn insert(&mut self, entry: Entry, texts_max: usize) -> u64 {
        while self.entries.len() >= texts_max.max(1) {
            self.drop_oldest();
        }
        let number = self.next_number();
        self.by_sid.insert(entry.text.sid.clone(), number);
        self.by_to.entry(entry.text.to.clone()).or_default().push_back(number);
        self.entries.push_back(entry);
        number
    }

    fn drop_oldest(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        self.first += 1;
        self.by_sid.remove(&entry.text.sid);
        if let Some(numbers) = self.by_to.get_mut(&entry.text.to) {
            // The oldest text of all is also the oldest to its number.
            numbers.pop_front();
            if numbers.is_empty() {
                self.by_to.remove(&entry.text.to);
            }
        }
    }

    pub(super) fn entry_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get_mut(index)
    }

    pub(super) fn entry(&self, number: u64) -> Option<&Entry> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get(index)
    }

    pub(super) fn text(&self, number: u64) -> Option<&SandboxText> {
        self.entry(number).map(|entry| &entry.text)
    }

    pub(super) fn number_of(&self, sid: &str) -> Option<u64> {
        self.by_sid.get(sid).copied()
    }

    /// All texts with what is still to come of them, oldest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// All texts, oldest first.
    pub(super) fn texts(&self) -> impl DoubleEndedIterator<Item = &SandboxText> {
        self.entries.iter().map(|entry| &entry.text)
    }

    /// The numbers of the texts to one phone, or of all, below `before`; newest first.
    pub(super) fn newest_first<'a>(
        &'a self,
        to: Option<&str>,
        before: u64,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        match to {
            Some(to) => {
                let numbers = self.by_to.get(to).into_iter().flatten().rev().copied();
                Box::new(numbers.skip_while(move |number| *number >= before))
            }
            None => Box::new((self.first..self.next_number().min(before)).rev()),
        }
    }

    /// Queues what is still to come of every text.
    pub(super) fn resume(&mut self) {
        let mut work = Vec::new();
        for (number, entry) in (self.first..).zip(&self.entries) {
            work.extend(entry.steps.front().map(|(_, at)| (*at, Work::Step(number))));
            for callback in &entry.callbacks {
                let id = CallbackId { number, index: callback.index };
                work.extend(callback.due_at.map(|at| (at, Work::Post(id))));
            }
        }
        for (at, work) in work {
            self.add_work(at, work);
        }
    }

    pub(super) fn add_work(&mut self, at: Timestamp, work: Work) {
        self.work_added += 1;
        self.work.insert((at, self.work_added), work);
    }

    /// When the next work is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.work.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the earliest work if it is due at `now`; equal instants in the order of adding.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Work> {
        let earliest = self.work.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(earliest.remove())
    }
}
