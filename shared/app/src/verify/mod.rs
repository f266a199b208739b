//! Recounting: whether what is stored adds up and keeps the promise.
//!
//! A running system changes while it is read. What changes is looked at twice before it is called
//! a problem, so a busy system is not accused of being wrong.

mod counters;
mod day_sets;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use domain::retention::Retention;
use domain::time::back;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::counters::Recount;
use crate::ports::{ChangeFeed, Claims, Metrics, Reminders, StoreError, Users};

/// Users read at a time.
const PAGE: usize = 200;

/// Problems that are told one by one; the rest is counted.
const PROBLEMS_MAX: usize = 1_000;

/// How long past its instant a row may wait before somebody should look: two rounds of the sweep.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How often counters are compared again because the feed was folded meanwhile.
const RECOUNTS_MAX: usize = 3;

/// What a recount needs. It writes nothing.
#[derive(Clone)]
pub struct VerifyPorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Their reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The sets of claimed reminders.
    pub claims: Arc<dyn Claims>,
    /// The counters.
    pub metrics: Arc<dyn Metrics>,
    /// What the counters are folded from, where it can be read. A stream that hands changes over
    /// cannot: there nobody knows whether some wait.
    pub feed: Option<Arc<dyn ChangeFeed>>,
    /// How long rows are kept: what was counted of rows that passed cannot be recounted.
    pub retention: Retention,
}

/// What a recount found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Users looked at.
    pub users: u64,
    /// Reminders ever planned.
    pub planned: u64,
    /// Reminders by the state they are in; they add up to `planned`.
    pub by_state: BTreeMap<&'static str, u64>,
    /// Texts that the provider took.
    pub texts: u64,
    /// The counters that were compared.
    pub counters: Counters,
    /// What does not hold; at most 1,000 are told.
    pub problems: Vec<Problem>,
    /// How many there are.
    pub problem_count: u64,
}

impl VerifyReport {
    /// Whether everything holds.
    pub fn is_sound(&self) -> bool {
        self.problem_count == 0
    }

    /// Says whether the counters are right.
    fn judge(&mut self, differences: Vec<Problem>) {
        self.counters = if differences.is_empty() { Counters::Equal } else { Counters::Different };
        differences.into_iter().for_each(|problem| self.add(problem));
    }

    fn add(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

/// What is known of the counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Counters {
    /// They equal the recount.
    Equal,
    /// They do not; each difference is a problem.
    Different,
    /// Changes wait to be folded, or may wait, so a difference would say nothing yet.
    #[default]
    NotFoldedYet,
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort of thing, for programs.
    pub code: &'static str,
    /// Whose, if it is somebody's.
    pub user: Option<UserId>,
    /// Which reminder, if it is one's.
    pub reminder: Option<ReminderId>,
    /// What is wrong, as a sentence without personal data.
    pub what: String,
}

/// Recounts everything.
pub async fn verify(ports: &VerifyPorts, now: Timestamp) -> Result<VerifyReport, StoreError> {
    let since = ports.retention.all_since(now);
    for _ in 0..RECOUNTS_MAX {
        let folded = ports.metrics.folded_until().await?;
        let mut report = VerifyReport::default();
        let counted = recount(ports, since, &mut report).await?;
        overdue(ports, now, &mut report).await?;
        let differences = counted.differences(ports, since).await?;
        let Some(feed) = &ports.feed else {
            // What agrees, agrees. What differs may only wait to be folded.
            let mut compared = report.clone();
            compared.judge(differences);
            return Ok(if compared.counters == Counters::Equal { compared } else { report });
        };
        let until = ports.metrics.folded_until().await?;
        let is_behind = !feed.changes_after(until, 1).await?.is_empty();
        if is_behind {
            return Ok(report);
        }
        if until == folded {
            report.judge(differences);
            return Ok(report);
        }
    }
    let mut report = VerifyReport::default();
    recount(ports, since, &mut report).await?;
    overdue(ports, now, &mut report).await?;
    Ok(report)
}

/// Reads every reminder once and sums what each adds to the counters.
async fn recount(
    ports: &VerifyPorts,
    since: Timestamp,
    report: &mut VerifyReport,
) -> Result<Recount, StoreError> {
    let since_on = TimeZone::UTC.to_datetime(since).date();
    let mut counted = Recount::default();
    let mut after: Option<UserId> = None;
    loop {
        let page = ports.users.users(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(counted) };
        after = Some(last.id.clone());
        for user in &page {
            report.users += 1;
            counted.may_lack_rows |= user.created_at < since;
            let rows = ports.reminders.reminders_between(&user.id, Date::MIN, Date::MAX).await?;
            for row in &rows {
                count(row, report);
                if !row::problems(row).is_empty() {
                    look_again(ports, row, report).await?;
                }
            }
            counted.add(ports, &user.id, &rows, since_on).await?;
            day_sets::check(ports, &user.id, &rows, since_on, report).await?;
        }
    }
}

fn count(row: &Reminder, report: &mut VerifyReport) {
    report.planned += 1;
    *report.by_state.entry(row.state.name()).or_default() += 1;
    report.texts += row::texts(row);
}

async fn look_again(
    ports: &VerifyPorts,
    row: &Reminder,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    if let Some(row) = ports.reminders.reminder(&row.user, row.id).await? {
        row::problems(&row).into_iter().for_each(|problem| report.add(problem));
    }
    Ok(())
}

/// Rows that nobody took care of in time.
async fn overdue(
    ports: &VerifyPorts,
    now: Timestamp,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let until = back(now, OVERDUE_AFTER);
    let mut after = None;
    loop {
        let page = ports.reminders.due(Timestamp::MIN, until, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for due in page {
            let since = due.due_at;
            report.add(Problem {
                code: "overdue",
                user: Some(due.user),
                reminder: Some(due.reminder),
                what: format!("It is due since {since} and nobody took care of it."),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_beyond_the_most_are_counted() {
        let mut report = VerifyReport::default();
        for _ in 0..PROBLEMS_MAX + 5 {
            let what = String::new();
            report.add(Problem { code: "counter", user: None, reminder: None, what });
        }
        assert_eq!(report.problems.len(), PROBLEMS_MAX);
        assert_eq!(report.problem_count, PROBLEMS_MAX as u64 + 5);
        assert!(!report.is_sound());
    }
}
