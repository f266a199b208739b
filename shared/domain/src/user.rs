//! One person, their phone, and what they want.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::lead_choice::LeadChoice;
use crate::lead_time::{LeadTime, LeadTimes};
use crate::limits;
use crate::phone::PhoneNumber;
use crate::quiet_hours::QuietHours;
use crate::texts::Locale;
use crate::time::ZoneName;

/// One person who gets reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their name in our tables.
    pub id: UserId,
    /// Where texts go.
    pub phone: PhoneNumber,
    /// Whether the person proved that the number is theirs.
    pub is_phone_verified: bool,
    /// The zone they live by.
    pub zone: ZoneName,
    /// Language and clock habit.
    pub locale: Locale,
    /// What they want.
    pub preferences: Preferences,
    /// When they were added.
    pub created_at: Timestamp,
    /// Rises with every change to the user's calendar events or settings.
    pub inputs_version: u64,
    /// What the last written plan was made for, if there was one.
    pub planned: Option<Planned>,
}

/// What a user's last written plan was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The last local date it covers.
    pub on: Date,
    /// The inputs it was made from.
    pub inputs_version: u64,
}

impl User {
    /// Whether the calendar or the settings changed since the last written plan.
    pub fn is_plan_stale(&self) -> bool {
        self.planned.is_none_or(|planned| planned.inputs_version != self.inputs_version)
    }
}

/// What a user wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Whether they want reminders at all.
    pub reminders_on: bool,
    /// How long before events.
    pub lead_times: LeadTimes,
    /// The lead times of which one is found for them, in the place of those; off at first.
    #[serde(default, skip_serializing_if = "LeadChoice::is_off")]
    pub lead_choice: LeadChoice,
    /// When not to be texted.
    pub quiet_hours: QuietHours,
    /// Texts per local day.
    pub daily_limit: DailyLimit,
    /// Which entries of their calendars count.
    pub counting: Counting,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            reminders_on: true,
            lead_times: LeadTimes::default(),
            lead_choice: LeadChoice::default(),
            quiet_hours: QuietHours::default(),
            daily_limit: DailyLimit::default(),
            counting: Counting::default(),
        }
    }
}

impl Preferences {
    /// The longest lead time that a reminder of theirs may have.
    pub fn longest_lead(&self) -> LeadTime {
        self.lead_choice.iter().fold(self.lead_times.longest(), LeadTime::max)
    }
}

/// How many texts a user gets on one local day: 0 (none) to 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct DailyLimit(u32);

/// A daily limit out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a daily limit of {0} is refused: choose 0 (no texts) to {max}",
    max = limits::DAILY_LIMIT_MAX
)]
pub struct BadDailyLimit(u32);

impl DailyLimit {
    /// A limit of so many texts a day.
    pub fn new(texts: u32) -> Result<Self, BadDailyLimit> {
        if texts <= limits::DAILY_LIMIT_MAX { Ok(Self(texts)) } else { Err(BadDailyLimit(texts)) }
    }

    /// Texts a day.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for DailyLimit {
    fn default() -> Self {
        Self(limits::DAILY_LIMIT_DEFAULT)
    }
}

impl TryFrom<u32> for DailyLimit {
    type Error = BadDailyLimit;
    fn try_from(texts: u32) -> Result<Self, BadDailyLimit> {
        Self::new(texts)
    }
}

impl From<DailyLimit> for u32 {
    fn from(limit: DailyLimit) -> u32 {
        limit.0
    }
}

/// Which entries of a calendar count, beyond firm events with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Counting {
    /// Tentative events, and invitations not answered or answered "maybe".
    pub tentative: bool,
    /// Invitations the user declined.
    pub declined: bool,
    /// Events marked as free time.
    pub transparent: bool,
    /// Out-of-office entries.
    pub out_of_office: bool,
    /// Focus-time entries.
    pub focus_time: bool,
    /// Working-location entries.
    pub working_location: bool,
    /// All-day entries, and when to be told of them.
    pub all_day: Option<AllDayTime>,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            tentative: true,
            declined: false,
            transparent: false,
            out_of_office: false,
            focus_time: false,
            working_location: false,
            all_day: None,
        }
    }
}

/// When to be told of an all-day entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllDayTime {
    /// So many days before its first day; 0 is the day itself, at most 7.
    pub days_before: u8,
    /// At this time on the wall.
    pub at: Time,
}

impl Default for AllDayTime {
    /// 18:00 the day before.
    fn default() -> Self {
        Self { days_before: 1, at: Time::constant(18, 0, 0, 0) }
    }
}

/// What the owner of a phone number agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Texts are welcome.
    OptedIn,
    /// No texts.
    OptedOut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sch_14_a_daily_limit_is_0_to_50() {
        let check = |texts: u32, is_good: bool| {
            assert_eq!(DailyLimit::new(texts).is_ok(), is_good, "{texts}");
        };
        check(0, true);
        check(50, true);
        check(51, false);
        check(u32::MAX, false);
        let refused = DailyLimit::new(51).unwrap_err().to_string();
        assert_eq!(refused, "a daily limit of 51 is refused: choose 0 (no texts) to 50");
        assert_eq!(DailyLimit::default().get(), 10);
    }

    #[test]
    fn a_daily_limit_is_stored_as_its_number_and_checked_when_it_is_read() {
        let limit = DailyLimit::new(7).unwrap();
        assert_eq!(serde_json::to_string(&limit).unwrap(), "7");
        assert_eq!(serde_json::from_str::<DailyLimit>("7").unwrap(), limit);
        assert!(serde_json::from_str::<DailyLimit>("51").is_err());
    }

    #[test]
    fn a_plan_is_stale_when_its_inputs_changed_or_there_is_none() {
        let mut user = crate::fixtures::user();
        assert!(user.is_plan_stale());
        let on = Date::constant(2026, 11, 24);
        user.planned = Some(Planned { on, inputs_version: user.inputs_version });
        assert!(!user.is_plan_stale());
        user.inputs_version += 1;
        assert!(user.is_plan_stale());
    }

    #[test]
    fn who_chose_nothing_gets_the_defaults_of_the_design() {
        let preferences = Preferences::default();
        let leads: Vec<_> = preferences.lead_times.iter().map(|(_, lead)| lead.minutes()).collect();
        assert_eq!(leads, [15]);
        assert_eq!(preferences.quiet_hours, QuietHours::default());
        assert_eq!(preferences.counting.all_day, None);
        let all_day = AllDayTime::default();
        assert_eq!((all_day.days_before, all_day.at), (1, Time::constant(18, 0, 0, 0)));
    }
}
