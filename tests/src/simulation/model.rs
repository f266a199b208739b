//! What the world should be, kept apart from what the system stores; and the promise, judged by it
//! in other words than the system's own.

use std::collections::{BTreeMap, BTreeSet};

use adapters_embedded::sms_sandbox::{Direction, SandboxText, SmsSandbox};
use app::ports::TextIds;
use domain::quiet_hours::{QuietPolicy, QuietWindow};
use domain::reminder::{AttemptOutcome, Reminder, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// One event on somebody's calendar.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) uid: String,
    pub(super) title: String,
    pub(super) start: Timestamp,
}

/// Somebody, as they want to be treated.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) rules: TimeZone,
    /// Whose name the phone's number is made from.
    pub(super) owner: String,
    /// The number.
    pub(super) number: String,
    /// Whether every event stands in a second calendar, too.
    pub(super) has_copies: bool,
    pub(super) leads: Vec<u32>,
    pub(super) limit: u32,
    pub(super) windows: Vec<QuietWindow>,
    pub(super) policy: QuietPolicy,
    pub(super) after_start: bool,
    pub(super) is_on: bool,
    pub(super) is_verified: bool,
    pub(super) events: Vec<Entry>,
}

/// Everything that the promise depends on.
pub(super) struct Model {
    pub(super) people: BTreeMap<String, Person>,
    /// Numbers whose owners said STOP.
    pub(super) stopped: BTreeSet<String>,
    /// Reminders that somebody cancelled by name.
    pub(super) cancelled: BTreeSet<String>,
    /// Whether reminders are switched on at all.
    pub(super) is_on: bool,
    /// What broke the promise.
    pub(super) broken: Vec<String>,
    /// Every attempt that left for the provider, by user, reminder and its number.
    attempts: BTreeMap<String, BTreeMap<(String, u32), Left>>,
    /// The last text that the provider took of each user's reminder, by its sid.
    last: BTreeMap<(String, String), String>,
    /// How many texts of the provider were looked at, in whatever direction.
    seen: u64,
    /// How many of them we sent.
    pub(super) texts: u64,
    /// Posts, and how many of them were to go without an answer.
    pub(super) posts: u64,
    pub(super) unanswered: u64,
}

/// An attempt that left.
struct Left {
    /// The local date on which it was claimed.
    claimed_on: Date,
    /// How many texts its user wanted a day when it left.
    limit: u32,
    /// Whether the provider took it.
    has_arrived: bool,
}

/// User, reminder, attempt.
type Name = (String, String, u32);

impl Model {
    pub(super) fn new(people: BTreeMap<String, Person>) -> Self {
        Self {
            people,
            stopped: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            is_on: true,
            broken: Vec::new(),
            attempts: BTreeMap::new(),
            last: BTreeMap::new(),
            seen: 0,
            texts: 0,
            posts: 0,
            unanswered: 0,
        }
    }

    /// Looks at the texts that the provider took since the last look. Of the texts of one reminder,
    /// each but the last must have failed before the next was created.
    pub(super) fn look_at(&mut self, sandbox: &SmsSandbox) {
        let (texts, seen) = sandbox.texts_after(self.seen);
        self.seen = seen;
        for text in texts.into_iter().filter(|text| text.direction == Direction::OutboundApi) {
            self.texts += 1;
            let Some((user, reminder, attempt)) = name_of(&text) else {
                self.broken.push(format!("{}: a text without a name", text.created_at));
                continue;
            };
            if !self.has_place(&user, &reminder, attempt) {
                let what = format!("{}: {user} above the daily limit", text.created_at);
                self.broken.push(format!("{what}: {}", text.body));
            }
            let before = self.last.insert((user.clone(), reminder), text.sid.clone());
            let before = before.and_then(|sid| sandbox.text(&sid));
            let had_failed = |before: &SandboxText| {
                before.status.is_failure() && before.updated_at <= text.created_at
            };
            if let Some(before) = before.filter(|before| !had_failed(before)) {
                let (first, second) = (before.created_at, text.created_at);
                let what =
                    format!("{second}: {user} texted twice, first at {first}, attempt {attempt}");
                self.broken.push(format!("{what}: {} and {}", before.body, text.body));
            }
        }
    }

    /// Notes that the provider took an attempt. Says whether its user wanted as many texts that day
    /// when it left, with those that were taken before it.
    fn has_place(&mut self, user: &str, reminder: &str, attempt: u32) -> bool {
        let name = (reminder.to_owned(), attempt);
        let Some(of_user) = self.attempts.get_mut(user) else { return true };
        let Some(left) = of_user.get_mut(&name) else { return true };
        left.has_arrived = true;
        let (on, limit) = (left.claimed_on, left.limit);
        let of_day = of_user.iter().filter(|(_, left)| left.has_arrived && left.claimed_on == on);
        let of_day: BTreeSet<_> = of_day.map(|((reminder, _), _)| reminder).collect();
        of_day.len() <= limit as usize
    }

    /// Judges a text in the moment in which it leaves for the provider.
    pub(super) fn judge(&mut self, row: &Reminder, ids: &TextIds, to: &str, now: Timestamp) {
        let user = row.user.as_str().to_owned();
        let reminder = row.id.to_string();
        let mut wrong = Vec::new();
        let mut check = |holds: bool, what: &'static str| {
            if !holds {
                wrong.push(what);
            }
        };
        let attempt = row.attempts.last();
        let is_open = attempt.is_some_and(|attempt| {
            attempt.outcome == AttemptOutcome::Open
                && attempt.number == ids.attempt
                && now.duration_since(attempt.claimed_at) < SignedDuration::from_secs(10)
        });
        check(row.state == State::Claimed && is_open, "without a fresh claim");
        check(now >= row.send_at, "before its instant");
        check(self.is_on, "while everything is switched off");
        check(!self.stopped.contains(to), "after STOP");
        check(!self.cancelled.contains(&reminder), "although it was cancelled by name");
        let person = &self.people[&user];
        check(person.is_on, "although the user switched reminders off");
        check(person.is_verified, "to a number that is not verified");
        check(person.number == to, "to another number");
        check(!person.is_quiet(now), "in quiet hours");
        match person.events.iter().find(|entry| entry.uid == row.uid.as_str()) {
            None => check(false, "although the event is gone"),
            Some(entry) => {
                check(entry.title == row.facts.title, "with an old title");
                check(entry.start == row.facts.start, "for an old time");
                check(now < entry.start || person.after_start, "after the event has begun");
                check(person.is_due(entry.start, now), "early");
            }
        }
        let claimed_at = attempt.map_or(now, |attempt| attempt.claimed_at);
        let on = person.rules.to_datetime(claimed_at).date();
        let limit = person.limit;
        let attempts = self.attempts.entry(user.clone()).or_default();
        let name = (reminder, ids.attempt);
        for what in wrong {
            self.broken.push(format!("{now}: {user} {name:?} {:?} {what}", row.facts.title));
        }
        let has_arrived = attempts.get(&name).is_some_and(|left| left.has_arrived);
        attempts.insert(name, Left { claimed_on: on, limit, has_arrived });
    }
}

impl Person {
    /// Whether quiet hours bring the texts of two lead times to one instant, where they are one
    /// text: no minute between them is outside.
    pub(super) fn meet(&self, one: Timestamp, other: Timestamp) -> bool {
        let (mut at, last) = (one.min(other), one.max(other));
        while at <= last && self.is_quiet(at) {
            at += SignedDuration::from_mins(1);
        }
        at > last
    }

    fn is_quiet(&self, at: Timestamp) -> bool {
        let wall = self.rules.to_datetime(at);
        let (time, today) = (wall.time(), wall.date());
        let yesterday = today.yesterday().expect("not the first day of all");
        self.windows.iter().any(|window| {
            let holds = |date: Date| window.days().contains(date.weekday());
            if window.from() < window.until() {
                window.from() <= time && time < window.until() && holds(today)
            } else {
                (time >= window.from() && holds(today))
                    || (time < window.until() && holds(yesterday))
            }
        })
    }

    /// Whether one of the lead times, or quiet hours that send ahead of it, lets a text out.
    fn is_due(&self, start: Timestamp, now: Timestamp) -> bool {
        let advance = match self.policy {
            QuietPolicy::Advance => SignedDuration::from_hours(24),
            QuietPolicy::Defer | QuietPolicy::Skip => SignedDuration::ZERO,
        };
        let lead = self.leads.iter().max().copied().unwrap_or(0);
        now >= start - SignedDuration::from_mins(lead.into()) - advance
    }
}

/// Which attempt a text belongs to, as its callback says.
fn name_of(text: &SandboxText) -> Option<Name> {
    let url = Url::parse(text.status_callback.as_deref()?).ok()?;
    let said: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    Some((
        said.get("user")?.clone(),
        said.get("reminder")?.clone(),
        said.get("attempt")?.parse().ok()?,
    ))
}
