//! A change of settings: only what is named changes.

use domain::lead_choice::LeadChoice;
use domain::lead_time::{BadLeadTime, LeadTime};
use domain::phone::PhoneNumber;
use domain::quiet_hours::{BadQuietHours, QuietHours, QuietPolicy, QuietWindow};
use domain::text_hours::Preset;
use domain::texts::{HourCycle, Language};
use domain::time::ZoneName;
use domain::user::{AllDayTime, Counting, DailyLimit, Preferences, User};

/// What shall change. What is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Where texts go. A new number counts as not verified, unless this change says otherwise.
    pub phone: Option<PhoneNumber>,
    /// Whether the number is known to be theirs.
    pub is_phone_verified: Option<bool>,
    /// The zone they live by.
    pub zone: Option<ZoneName>,
    /// The language of texts.
    pub language: Option<Language>,
    /// 12 or 24 hours.
    pub hours: Option<HourCycle>,
    /// Whether they want reminders at all.
    pub reminders_on: Option<bool>,
    /// How long before events; what stays keeps its slot.
    pub lead_times: Option<Vec<LeadTime>>,
    /// The lead times of which one is found for them; empty to switch that off.
    pub lead_choice: Option<Vec<LeadTime>>,
    /// When not to be texted; empty for never.
    pub quiet_windows: Option<Vec<QuietWindow>>,
    /// What becomes of a text that is due then.
    pub quiet_policy: Option<QuietPolicy>,
    /// Whether a deferred text may go out after the event has begun.
    pub allow_after_start: Option<bool>,
    /// The preset that holds beside them: `Some(None)` for what is usual.
    pub quiet_preset: Option<Option<Preset>>,
    /// Texts per local day.
    pub daily_limit: Option<DailyLimit>,
    /// Which entries of calendars count.
    pub counting: CountingChange,
}

/// Which entries shall count or no longer count. What is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountingChange {
    /// Tentative events, and invitations answered "maybe".
    pub tentative: Option<bool>,
    /// Invitations the user declined.
    pub declined: Option<bool>,
    /// Events marked as free time.
    pub transparent: Option<bool>,
    /// Out-of-office entries.
    pub out_of_office: Option<bool>,
    /// Focus-time entries.
    pub focus_time: Option<bool>,
    /// Working-location entries.
    pub working_location: Option<bool>,
    /// All-day entries: `Some(None)` for no longer.
    pub all_day: Option<Option<AllDayTime>>,
}

/// A change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// None or too many lead times.
    #[error(transparent)]
    LeadTimes(#[from] BadLeadTime),
    /// Too many quiet windows.
    #[error(transparent)]
    QuietHours(#[from] BadQuietHours),
}

impl SettingsChange {
    /// The user after the change, with the same `inputs_version`.
    pub fn apply(&self, user: &User) -> Result<User, BadSettings> {
        let mut next = user.clone();
        next.preferences = self.preferences(&user.preferences)?;
        if let Some(phone) = &self.phone
            && *phone != user.phone
        {
            next.phone = phone.clone();
            next.is_phone_verified = false;
        }
        next.is_phone_verified = self.is_phone_verified.unwrap_or(next.is_phone_verified);
        next.zone = self.zone.clone().unwrap_or(next.zone);
        next.locale.language = self.language.unwrap_or(next.locale.language);
        next.locale.hours = self.hours.unwrap_or(next.locale.hours);
        Ok(next)
    }

    /// What a user wants after the change.
    pub fn preferences(&self, before: &Preferences) -> Result<Preferences, BadSettings> {
        let lead_times = match &self.lead_times {
            Some(leads) => before.lead_times.changed_to(leads)?,
            None => before.lead_times.clone(),
        };
        let lead_choice = match &self.lead_choice {
            Some(leads) => LeadChoice::new(leads)?,
            None => before.lead_choice.clone(),
        };
        let quiet = &before.quiet_hours;
        let windows = self.quiet_windows.clone().unwrap_or_else(|| quiet.windows().to_vec());
        let mut quiet_hours = QuietHours::new(
            windows,
            self.quiet_policy.unwrap_or(quiet.policy),
            self.allow_after_start.unwrap_or(quiet.allow_after_start),
        )?;
        quiet_hours.preset = self.quiet_preset.unwrap_or(quiet.preset);
        Ok(Preferences {
            reminders_on: self.reminders_on.unwrap_or(before.reminders_on),
            lead_times,
            lead_choice,
            quiet_hours,
            daily_limit: self.daily_limit.unwrap_or(before.daily_limit),
            counting: self.counting.apply(before.counting),
        })
    }
}

impl CountingChange {
    fn apply(&self, before: Counting) -> Counting {
        Counting {
            tentative: self.tentative.unwrap_or(before.tentative),
            declined: self.declined.unwrap_or(before.declined),
            transparent: self.transparent.unwrap_or(before.transparent),
            out_of_office: self.out_of_office.unwrap_or(before.out_of_office),
            focus_time: self.focus_time.unwrap_or(before.focus_time),
            working_location: self.working_location.unwrap_or(before.working_location),
            all_day: self.all_day.unwrap_or(before.all_day),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::UserId;
    use domain::texts::Locale;
    use domain::time::Zones;
    use jiff::Timestamp;

    use super::*;

    fn user() -> User {
        User {
            id: UserId::parse("ada").unwrap(),
            phone: PhoneNumber::parse("+12025550123", None).unwrap(),
            is_phone_verified: true,
            zone: Zones::bundled().parse("Europe/Berlin").unwrap(),
            locale: Locale { language: Language::En, hours: HourCycle::H24 },
            preferences: Preferences::default(),
            created_at: Timestamp::UNIX_EPOCH,
            inputs_version: 7,
            planned: None,
        }
    }

    #[test]
    fn a_change_of_nothing_changes_nothing() {
        assert_eq!(SettingsChange::default().apply(&user()), Ok(user()));
    }

    #[test]
    fn a_new_number_is_not_verified_unless_somebody_vouches() {
        let other = PhoneNumber::parse("+12025550199", None).ok();
        let check = |phone: Option<PhoneNumber>, vouched: Option<bool>, expected: bool| {
            let change =
                SettingsChange { phone, is_phone_verified: vouched, ..SettingsChange::default() };
            let next = change.apply(&user()).unwrap();
            assert_eq!(next.is_phone_verified, expected, "{change:?}");
        };
        check(other.clone(), None, false);
        check(other, Some(true), true);
        check(Some(user().phone), None, true);
        check(None, Some(false), false);
    }

    #[test]
    fn a_changed_lead_time_keeps_its_slot_and_the_rest_stays() {
        let leads = vec![LeadTime::from_minutes(30).unwrap()];
        let change = SettingsChange { lead_times: Some(leads), ..SettingsChange::default() };
        let next = change.apply(&user()).unwrap();
        let slots: Vec<_> = next.preferences.lead_times.iter().collect();
        assert_eq!(slots.len(), 1);
        assert_eq!((slots[0].0.number(), slots[0].1.minutes()), (0, 30));
        assert_eq!(next.preferences.quiet_hours, user().preferences.quiet_hours);
    }

    #[test]
    fn a_preset_stays_until_it_is_changed_and_can_be_left_to_what_is_usual() {
        let chosen = |change: &SettingsChange, before: &User| {
            let next = change.apply(before).unwrap();
            (next.preferences.quiet_hours.preset, next)
        };
        let nothing = SettingsChange::default();
        let to = |preset| SettingsChange { quiet_preset: Some(preset), ..nothing.clone() };
        let (preset, strict) = chosen(&to(Some(Preset::UsTcpa)), &user());
        assert_eq!(preset, Some(Preset::UsTcpa));
        let windows = SettingsChange { quiet_windows: Some(Vec::new()), ..nothing.clone() };
        assert_eq!(chosen(&windows, &strict).0, Some(Preset::UsTcpa));
        assert_eq!(chosen(&to(None), &strict).0, None);
    }

    #[test]
    fn too_many_lead_times_or_windows_are_refused() {
        let leads = (1..=6).map(|m| LeadTime::from_minutes(m).unwrap()).collect();
        let many = SettingsChange { lead_times: Some(leads), ..SettingsChange::default() };
        assert!(matches!(many.apply(&user()), Err(BadSettings::LeadTimes(_))));
        let night = user().preferences.quiet_hours.windows()[0];
        let windows = Some(vec![night; 9]);
        let many = SettingsChange { quiet_windows: windows, ..SettingsChange::default() };
        assert!(matches!(many.apply(&user()), Err(BadSettings::QuietHours(_))));
    }
}
