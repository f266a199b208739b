//! Whether the sets of claimed reminders, which hold the daily limits, are what the rows say.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ReminderId, UserId};
use domain::limits;
use domain::reminder::Reminder;
use jiff::civil::Date;

use super::{Problem, VerifyPorts, VerifyReport};
use crate::ports::StoreError;

pub(super) async fn check(
    ports: &VerifyPorts,
    user: &UserId,
    rows: &[Reminder],
    since_on: Date,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut days: BTreeMap<Date, Vec<&Reminder>> = BTreeMap::new();
    // A set passes with its day, a row only with its event.
    for row in rows.iter().filter(|row| row.day_on >= since_on) {
        days.entry(row.day_on).or_default().push(row);
    }
    for (on, rows) in days {
        let claimed = ports.claims.claimed_on(user, on).await?;
        if problems(user, on, &rows, &claimed).is_empty() {
            continue;
        }
        let rows = ports.reminders.reminders_between(user, on, on).await?;
        let claimed = ports.claims.claimed_on(user, on).await?;
        let rows: Vec<_> = rows.iter().collect();
        problems(user, on, &rows, &claimed).into_iter().for_each(|problem| report.add(problem));
    }
    Ok(())
}

fn problems(user: &UserId, on: Date, rows: &[&Reminder], claimed: &[ReminderId]) -> Vec<Problem> {
    let set: BTreeSet<_> = claimed.iter().copied().collect();
    let problem = |code, reminder, what| Problem { code, user: Some(user.clone()), reminder, what };
    let mut found = Vec::new();
    if set.len() > limits::DAILY_LIMIT_MAX as usize {
        let what = format!("{} reminders are claimed on {on}, above any limit.", set.len());
        found.push(problem("daily_limit", None, what));
    }
    for row in rows {
        // One that waits for another attempt, or was withdrawn while it waited, may stand on a
        // later day than the one it counted in.
        let is_under_way = row.may_have_been_texted() && !row.state.is_open_to_plans();
        if is_under_way && !set.contains(&row.id) {
            let what = format!("It was claimed but is missing from the set of {on}.");
            found.push(problem("day_set", Some(row.id), what));
        }
        if !row.may_have_been_texted() && set.contains(&row.id) {
            let what = format!("It certainly sent nothing but takes a place of {on}.");
            found.push(problem("day_set", Some(row.id), what));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::why::tests::{accepted, after, claim, scheduled};

    #[test]
    fn a_set_holds_exactly_what_may_have_been_texted() {
        let (sent, waiting) = (after(45, vec![claim(), accepted(1)]), scheduled());
        let check = |row: &Reminder, claimed: &[ReminderId], expected: &str| {
            let found = problems(&row.user, row.day_on, &[row], claimed);
            let told: Vec<_> = found.iter().map(|problem| problem.what.as_str()).collect();
            assert_eq!(told.is_empty(), expected.is_empty(), "{told:?}");
            assert!(told.iter().all(|what| what.contains(expected)), "{told:?}");
        };
        check(&sent, &[sent.id], "");
        check(&waiting, &[], "");
        check(&sent, &[], "missing from the set");
        check(&waiting, &[waiting.id], "takes a place");
    }

    #[test]
    fn a_set_above_every_limit_is_found() {
        let row = scheduled();
        let ids = (0..=limits::DAILY_LIMIT_MAX).map(|n| {
            let (calendar, uid) = (row.calendar.clone(), row.uid.clone());
            ReminderId::of(&row.user, &calendar, &uid, &row.occurrence, row.slot, n + 1)
        });
        let ids: Vec<_> = ids.collect();
        let found = problems(&row.user, row.day_on, &[], &ids);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, "daily_limit");
    }
}
