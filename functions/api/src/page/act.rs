//! What people do about one reminder, on their page or by a link to it.

use app::cancel::{CancelOutcome, cancel};
use app::rate::rate_one;
use app::snooze::{SnoozeOutcome, acknowledge, note_opened, snooze};
use domain::ids::{ReminderId, UserId};
use domain::limits;
use domain::ratings::{Opinion, STARS_MAX};
use domain::snooze::SnoozeTime;
use jiff::Timestamp;

use super::card::Eyes;
use super::words::fill;
use crate::problem::Problem;
use crate::state::ApiState;

/// What somebody wants done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Cancel,
    Open,
    Seen,
    Snooze(SnoozeTime),
    Rate(Opinion),
}

impl Wish {
    /// As a form says it; none if no form of ours does.
    pub(super) fn read(what: &str, words: &str) -> Option<Self> {
        let number = |prefix: &str| what.strip_prefix(prefix)?.parse::<u32>().ok();
        match what {
            "cancel" => Some(Self::Cancel),
            "open" => Some(Self::Open),
            "seen" => Some(Self::Seen),
            _ => match (number("snooze-"), number("rate-")) {
                (Some(minutes), _) => SnoozeTime::from_minutes(minutes).ok().map(Self::Snooze),
                (_, Some(stars)) => {
                    let stars = u8::try_from(stars).ok().filter(|s| (1..=STARS_MAX).contains(s))?;
                    let words = words.trim().chars().filter(|c| !c.is_control());
                    let words: String = words.take(limits::FEEDBACK_CHARS_MAX).collect();
                    let feedback = (!words.is_empty()).then_some(words);
                    Some(Self::Rate(Opinion { stars, feedback }))
                }
                _ => None,
            },
        }
    }
}

/// Does it, and says in a query what became of it; none if there is no such reminder.
pub(super) async fn carry_out(
    state: &ApiState,
    user: &UserId,
    id: ReminderId,
    wish: Wish,
) -> Result<Option<String>, Problem> {
    let now = state.clock.now();
    let reminders = &*state.reminders;
    Ok(match wish {
        Wish::Cancel => match cancel(&state.cancelling(), user, id, now).await? {
            CancelOutcome::Cancelled(_) | CancelOutcome::Already(_) => Some("cancelled".to_owned()),
            CancelOutcome::Over(_) => Some("over".to_owned()),
            CancelOutcome::Missing => None,
        },
        Wish::Open => {
            note_opened(reminders, user, id, now).await?;
            None
        }
        Wish::Seen => match acknowledge(reminders, user, id, now).await? {
            Some(_) => Some("seen".to_owned()),
            None => reminders.reminder(user, id).await?.map(|_| "over".to_owned()),
        },
        Wish::Snooze(time) => match snooze(&state.snoozing(), user, id, time, now).await? {
            SnoozeOutcome::Snoozed(row) | SnoozeOutcome::Already(row) => {
                Some(format!("snoozed-{}", row.send_at.as_second()))
            }
            SnoozeOutcome::Refused(refused) => Some(format!("refused-{}", refused.as_str())),
            SnoozeOutcome::Missing => None,
        },
        Wish::Rate(opinion) => {
            let stars = opinion.stars;
            if rate_one(reminders, user, id, opinion, now).await? {
                Some(format!("rated-{stars}"))
            } else {
                reminders.reminder(user, id).await?.map(|_| "over".to_owned())
            }
        }
    })
}

/// What a query says was done, in words; none if it says nothing of ours.
pub(super) fn said(done: &str, eyes: &Eyes<'_>) -> Option<String> {
    let words = eyes.words;
    let plain = match done {
        "cancelled" => Some(&words.done.cancelled),
        "seen" => Some(&words.done.seen),
        "saved" => Some(&words.done.saved),
        "over" => Some(&words.done.over),
        "opted-out" => Some(&words.done.opted_out),
        "opted-in" => Some(&words.done.opted_in),
        "connected" => Some(&words.done.connected),
        "code-sent" => Some(&words.done.code_sent),
        "code-wrong" => Some(&words.done.code_wrong),
        "code-gone" => Some(&words.done.code_gone),
        "code-often" => Some(&words.done.code_often),
        "verified" => Some(&words.done.verified),
        _ => None,
    };
    if let Some(plain) = plain {
        return Some(plain.clone());
    }
    let (what, about) = done.split_once('-')?;
    match what {
        "snoozed" => {
            let at = Timestamp::from_second(about.parse().ok()?).ok()?;
            Some(fill(&words.done.snoozed, "time", &eyes.time(at)))
        }
        "rated" => {
            let stars: u8 = about.parse().ok().filter(|stars| (1..=STARS_MAX).contains(stars))?;
            Some(fill(&words.done.rated, "stars", &stars.to_string()))
        }
        "refused" => words.refused.get(about).cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_forms_say_is_done() {
        let check = |what: &str, is_known: bool| {
            assert_eq!(Wish::read(what, "").is_some(), is_known, "{what}");
        };
        for known in
            ["cancel", "open", "seen", "snooze-5", "snooze-10", "snooze-15", "rate-1", "rate-5"]
        {
            check(known, true);
        }
        for unknown in ["", "erase", "snooze", "snooze-7", "snooze--5", "rate-0", "rate-6", "rate-"]
        {
            check(unknown, false);
        }
        let rated = Wish::read("rate-4", " good\u{0} \n").unwrap();
        let feedback = Some("good".to_owned());
        assert_eq!(rated, Wish::Rate(Opinion { stars: 4, feedback: feedback.clone() }));
    }
}
