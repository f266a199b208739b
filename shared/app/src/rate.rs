//! Ratings: which text an answer speaks of, and keeping it with that reminder.

use domain::ids::{ReminderId, UserId};
use domain::limits;
use domain::phone::PhoneNumber;
use domain::ratings::{Opinion, Rating};
use domain::reminder::Reminder;
use domain::states::Change;
use domain::time::{ahead, back, utc_date};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::ports::{Reminders, StoreError};
use crate::update::change_reminder;

/// Keeps an opinion with the latest text that went to `from`; false if none did within
/// [`limits::RATING_WITHIN`]. Of several users who share the number it is the one texted last. A
/// later rating replaces an earlier one; the same text again changes nothing.
pub(crate) async fn rate(
    reminders: &dyn Reminders,
    users: &[UserId],
    from: &PhoneNumber,
    said: &Said,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(row) = last_texted(reminders, users, from, now).await? else { return Ok(false) };
    let rating = Rating {
        stars: said.opinion.stars,
        feedback: said.opinion.feedback.clone(),
        at: now,
        text: said.text.clone(),
    };
    let decide = |row: &Reminder| {
        let is_known = row.rating.as_ref().is_some_and(|known| known.text == rating.text);
        (!is_known).then(|| Change::Rate(rating.clone()))
    };
    change_reminder(reminders, &row.user, row.id, now, decide).await?;
    info!(reminder.id = %row.id, "Reminder {} was rated", row.id);
    Ok(true)
}

/// What stands in a rating for the provider's name of an inbound text, if it was given on a page.
const ON_A_PAGE: &str = "page";

/// Keeps an opinion with the reminder that somebody looks at; false if nothing of it was ever
/// texted. The same opinion again changes nothing.
pub async fn rate_one(
    reminders: &dyn Reminders,
    user: &UserId,
    id: ReminderId,
    opinion: Opinion,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_known = |row: &Reminder| {
        row.rating.as_ref().is_some_and(|known| {
            known.text == ON_A_PAGE
                && known.stars == opinion.stars
                && known.feedback == opinion.feedback
        })
    };
    let decide = |row: &Reminder| {
        (!is_known(row)).then(|| {
            Change::Rate(Rating {
                stars: opinion.stars,
                feedback: opinion.feedback.clone(),
                at: now,
                text: ON_A_PAGE.to_owned(),
            })
        })
    };
    let changed = change_reminder(reminders, user, id, now, decide).await?;
    if changed.is_changed() {
        info!(reminder.id = %id, "Reminder {id} was rated");
    }
    Ok(changed.row().is_some_and(is_known))
}

/// An opinion, and the inbound text that held it.
pub(crate) struct Said {
    /// What somebody thinks.
    pub(crate) opinion: Opinion,
    /// The provider's name for their text.
    pub(crate) text: String,
}

/// The reminder of these users that was last texted to `to`, if one was of late.
pub(crate) async fn last_texted(
    reminders: &dyn Reminders,
    users: &[UserId],
    to: &PhoneNumber,
    now: Timestamp,
) -> Result<Option<Reminder>, StoreError> {
    let since = back(now, limits::RATING_WITHIN);
    // The widest that a local date differs from that of UTC, on both sides.
    let day = SignedDuration::from_hours(24);
    let (first, last) = (utc_date(back(since, day)), utc_date(ahead(now, day)));
    let mut latest: Option<(Timestamp, Reminder)> = None;
    for user in users {
        for row in reminders.reminders_between(user, first, last).await? {
            let texted = row.attempts.iter().filter(|attempt| {
                attempt.to == *to && attempt.may_have_been_texted() && attempt.claimed_at >= since
            });
            let Some(at) = texted.map(|attempt| attempt.claimed_at).max() else { continue };
            let is_later = latest
                .as_ref()
                .is_none_or(|(other_at, other)| (at, row.id) > (*other_at, other.id));
            if is_later {
                latest = Some((at, row));
            }
        }
    }
    Ok(latest.map(|(_, row)| row))
}
