//! What the reminders of the users inside say of a stage: counters of everybody do not tell who
//! was inside, nor who was texted, rated or cost how much.
//!
//! Reading them all may take longer than one run of the monitor. So a survey notes how far it came
//! and goes on with the next run; a look at the gate waits for its end.

use std::collections::BTreeSet;

use domain::gates::GateFigures;
use domain::ids::UserId;
use domain::ratings::GOOD_STARS_MIN;
use domain::reminder::{Attempt, Reminder, TextSource};
use domain::rollout::{Rollout, RolloutStage};
use domain::statistics::Share;
use domain::time::{ahead, back, utc_date};
use domain::user::User;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::RolloutPorts;
use crate::ports::StoreError;

/// Users read at a time.
const USERS: usize = 200;

/// Users whose reminders are read side by side.
const AT_ONCE: usize = 16;

/// How long one run reads.
const BUDGET: SignedDuration = SignedDuration::from_secs(10);

/// Local dates differ from UTC's by a day at most; a text moves by another where it is deferred.
const MARGIN: SignedDuration = SignedDuration::from_hours(48);

/// A reading of the users inside, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Reminders are read as of then.
    pub until: Timestamp,
    /// The last user that was read; none at the beginning.
    #[serde(default)]
    pub after: Option<UserId>,
    /// What was found so far.
    pub found: Found,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Users inside.
    pub inside: u64,
    /// Those of them who were texted.
    pub texted: u64,
    /// Days of users on which they were texted.
    pub user_days: u64,
    /// Ratings of 4 and 5, of all.
    pub satisfied: Share,
    /// Texts of the model, of the reminders for which it was asked.
    pub model_used: Share,
    /// What that cost, in millionths of a US dollar.
    pub model_micros: u64,
    /// Testers who rated, and rated nothing below 4.
    pub content: u64,
    /// The zones of testers.
    pub zones: BTreeSet<String>,
    /// Testers who were found.
    pub testers: u64,
    /// Texts of the tester who got the fewest.
    pub texts_of_least: Option<u64>,
}

impl Survey {
    /// One that begins.
    pub fn begin(until: Timestamp) -> Self {
        Self { until, after: None, found: Found::default() }
    }

    /// Reads on for a while. Says whether it is at its end.
    pub(super) async fn go_on(
        &mut self,
        ports: &RolloutPorts,
        rollout: &Rollout,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let stop_at = ahead(ports.clock.now(), BUDGET);
        let (from, to) = (utc_date(back(since, MARGIN)), utc_date(ahead(self.until, MARGIN)));
        while ports.clock.now() <= stop_at {
            let page = ports.users.users(self.after.as_ref(), USERS).await?;
            let Some(last) = page.last() else { return Ok(true) };
            self.after = Some(last.id.clone());
            let inside: Vec<&User> =
                page.iter().filter(|user| rollout.includes(&user.id)).collect();
            let mut reads = Vec::new();
            for user in &inside {
                reads.push(rows_of(ports, &user.id, from, to));
            }
            let rows: Vec<Vec<Reminder>> =
                stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
            for (user, rows) in inside.into_iter().zip(rows) {
                let is_tester = rollout.stage_of(&user.id) == RolloutStage::Internal;
                self.found.add(user, is_tester, &Told::of(&rows, since, self.until));
            }
        }
        Ok(false)
    }
}

/// The reminders of a user. Whoever cannot be read, since a later release wrote them, must not stop
/// the rest.
async fn rows_of(
    ports: &RolloutPorts,
    user: &UserId,
    from: Date,
    to: Date,
) -> Result<Vec<Reminder>, StoreError> {
    match ports.reminders.reminders_between(user, from, to).await {
        Err(StoreError::Permanent { .. }) => Ok(Vec::new()),
        rows => rows,
    }
}

impl Found {
    fn add(&mut self, user: &User, is_tester: bool, told: &Told) {
        self.inside += 1;
        self.texted += u64::from(told.texts > 0);
        self.user_days += u64::try_from(told.days.len()).unwrap_or(0);
        for (sum, more) in
            [(&mut self.satisfied, told.satisfied), (&mut self.model_used, told.model_used)]
        {
            sum.hits += more.hits;
            sum.of += more.of;
        }
        self.model_micros += told.model_micros;
        if is_tester {
            self.testers += 1;
            let is_content = told.satisfied.of > 0 && told.satisfied.hits == told.satisfied.of;
            self.content += u64::from(is_content);
            self.zones.insert(user.zone.as_str().to_owned());
            let least = self.texts_of_least.map_or(told.texts, |least| least.min(told.texts));
            self.texts_of_least = Some(least);
        }
    }

    /// Adds it to the figures of a gate. Whoever is named as a tester, and is not there, has not
    /// answered and was not texted.
    pub(super) fn complete(&self, figures: &mut GateFigures, named: usize, opted_out: Option<u64>) {
        let named = u64::try_from(named).unwrap_or(u64::MAX);
        figures.opted_out = opted_out.map(|hits| Share::new(hits, self.texted));
        figures.model_used = Some(self.model_used);
        figures.satisfied = Some(self.satisfied);
        figures.feedback = Some(Share::new(self.content, named));
        figures.model_cost_usd =
            (self.user_days > 0).then(|| usd(self.model_micros, self.user_days));
        figures.zones = Some(u64::try_from(self.zones.len()).unwrap_or(u64::MAX));
        let are_all_there = self.testers >= named;
        figures.texts_of_least =
            self.texts_of_least.map(|least| if are_all_there { least } else { 0 });
    }
}

/// US dollars for each of so many.
#[expect(clippy::cast_precision_loss, reason = "costs and counts stay far below 2^53")]
pub(super) fn usd(micros: u64, of: u64) -> f64 {
    micros as f64 / 1e6 / of.max(1) as f64
}

/// What the reminders of one user say of a stage.
#[derive(Default)]
struct Told {
    texts: u64,
    days: BTreeSet<Date>,
    satisfied: Share,
    model_used: Share,
    model_micros: u64,
}

impl Told {
    fn of(rows: &[Reminder], since: Timestamp, until: Timestamp) -> Self {
        let mut told = Self::default();
        let is_within = |at: Timestamp| since <= at && at <= until;
        for row in rows {
            let is_texted =
                |attempt: &Attempt| attempt.may_have_been_texted() && is_within(attempt.claimed_at);
            if row.attempts.iter().any(is_texted) {
                told.texts += 1;
                told.days.insert(row.day_on);
            }
            if let Some(rating) = row.rating.as_ref().filter(|rating| is_within(rating.at)) {
                told.satisfied.of += 1;
                told.satisfied.hits += u64::from(rating.stars >= GOOD_STARS_MIN);
            }
            // What the model wrote counts with the time its text was for, sent or not.
            if let Some(call) = row.source.model_call().filter(|_| is_within(row.send_at)) {
                let is_used = matches!(row.source, TextSource::Model { .. });
                told.model_used.of += 1;
                told.model_used.hits += u64::from(is_used);
                told.model_micros += call.cost_microdollars;
            }
        }
        told
    }
}
