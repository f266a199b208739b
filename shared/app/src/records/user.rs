//! Stored users.

use domain::ids::UserId;
use domain::lead_choice::LeadChoice;
use domain::lead_time::LeadTimes;
use domain::phone::PhoneNumber;
use domain::quiet_hours::QuietHours;
use domain::texts::Locale;
use domain::time::ZoneName;
use domain::user::{AllDayTime, Counting, DailyLimit, Planned, Preferences, User};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// A user, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserV1 {
    /// The version.
    pub v: u32,
    /// See [`User`], as for all that follow.
    pub user: UserId,
    /// Where texts go.
    pub phone: PhoneNumber,
    /// Whether the number is proven.
    #[serde(default)]
    pub is_phone_verified: bool,
    /// The zone.
    pub zone: ZoneName,
    /// Language and clock habit.
    pub locale: Locale,
    /// What the person wants.
    #[serde(default)]
    pub preferences: PreferencesV1,
    /// When they were added.
    pub created_at: Timestamp,
    /// The version of the inputs.
    pub inputs_version: u64,
    /// What the last plan was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
}

/// The number in a stored user: the same form, of which nothing else is read.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserNumberV1 {
    /// The version.
    pub v: u32,
    /// Where texts go.
    pub phone: PhoneNumber,
}

/// What a user wants, version 1.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct PreferencesV1 {
    /// See [`Preferences`], as for all that follow.
    pub reminders_on: bool,
    /// Lead times in minutes, each with its slot.
    pub lead_times: LeadTimes,
    /// The lead times of which one is found, if so.
    #[serde(skip_serializing_if = "LeadChoice::is_off")]
    pub lead_choice: LeadChoice,
    /// Quiet hours.
    pub quiet_hours: QuietHours,
    /// Texts a day.
    pub daily_limit: DailyLimit,
    /// Which entries count.
    pub counting: CountingV1,
}

/// Which entries count, version 1. The domain's own form refuses what it does not know, because
/// people write it; a store must not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct CountingV1 {
    /// See [`Counting`], as for all that follow.
    pub tentative: bool,
    /// Declined invitations.
    pub declined: bool,
    /// Free time.
    pub transparent: bool,
    /// Out of office.
    pub out_of_office: bool,
    /// Focus time.
    pub focus_time: bool,
    /// Working location.
    pub working_location: bool,
    /// All-day entries, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_day: Option<AllDayTime>,
}

impl Default for PreferencesV1 {
    fn default() -> Self {
        Self::of(&Preferences::default())
    }
}

impl Default for CountingV1 {
    fn default() -> Self {
        Self::of(&Counting::default())
    }
}

impl Record for UserV1 {
    type Value = User;
    const WHAT: &'static str = "user";

    fn of(user: &User) -> Self {
        Self {
            v: VERSION,
            user: user.id.clone(),
            phone: user.phone.clone(),
            is_phone_verified: user.is_phone_verified,
            zone: user.zone.clone(),
            locale: user.locale,
            preferences: PreferencesV1::of(&user.preferences),
            created_at: user.created_at,
            inputs_version: user.inputs_version,
            planned: user.planned,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<User, BadRecord> {
        Ok(User {
            id: self.user,
            phone: self.phone,
            is_phone_verified: self.is_phone_verified,
            zone: self.zone,
            locale: self.locale,
            preferences: self.preferences.into_value(),
            created_at: self.created_at,
            inputs_version: self.inputs_version,
            planned: self.planned,
        })
    }
}

impl Record for UserNumberV1 {
    type Value = PhoneNumber;
    const WHAT: &'static str = UserV1::WHAT;

    fn of(phone: &PhoneNumber) -> Self {
        Self { v: VERSION, phone: phone.clone() }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<PhoneNumber, BadRecord> {
        Ok(self.phone)
    }
}

impl PreferencesV1 {
    fn of(preferences: &Preferences) -> Self {
        Self {
            reminders_on: preferences.reminders_on,
            lead_times: preferences.lead_times.clone(),
            lead_choice: preferences.lead_choice.clone(),
            quiet_hours: preferences.quiet_hours.clone(),
            daily_limit: preferences.daily_limit,
            counting: CountingV1::of(&preferences.counting),
        }
    }

    fn into_value(self) -> Preferences {
        Preferences {
            reminders_on: self.reminders_on,
            lead_times: self.lead_times,
            lead_choice: self.lead_choice,
            quiet_hours: self.quiet_hours,
            daily_limit: self.daily_limit,
            counting: self.counting.into_value(),
        }
    }
}

impl CountingV1 {
    fn of(counting: &Counting) -> Self {
        Self {
            tentative: counting.tentative,
            declined: counting.declined,
            transparent: counting.transparent,
            out_of_office: counting.out_of_office,
            focus_time: counting.focus_time,
            working_location: counting.working_location,
            all_day: counting.all_day,
        }
    }

    fn into_value(self) -> Counting {
        Counting {
            tentative: self.tentative,
            declined: self.declined,
            transparent: self.transparent,
            out_of_office: self.out_of_office,
            focus_time: self.focus_time,
            working_location: self.working_location,
            all_day: self.all_day,
        }
    }
}
