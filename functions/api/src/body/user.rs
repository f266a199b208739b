//! Users.

use app::users::{NewUser, usual_locale};
use domain::ids::UserId;
use domain::quiet_hours::QuietPolicy;
use domain::quiet_parse;
use domain::text_hours::Preset;
use domain::texts::HourCycle;
use domain::user::{Consent, Counting, Preferences, User};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::calendar::CalendarView;
use super::lead;
use super::settings::{
    CountingBody, Reading, SettingsBody, USUAL, choice_schema, lead_schema, quiet_schema,
};
use crate::problem::FieldError;

/// Somebody who shall get reminders.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUserBody {
    /// Their name in our tables: 1 to 255 characters that you choose.
    #[schema(example = "ada")]
    id: String,
    /// Where texts go. Whoever adds a number vouches that its owner agreed to get texts.
    #[schema(example = "+12025550123")]
    phone: String,
    /// The zone they live by: an IANA name.
    #[schema(example = "America/New_York")]
    zone: String,
    /// Whether you vouch that the number is theirs; false if left out. Nobody is texted at a
    /// number nobody vouches for.
    #[serde(default)]
    verified: bool,
    /// How they read the clock: `12h` or `24h`; if left out, as is usual in the number's country.
    #[schema(example = "12h")]
    clock: Option<String>,
    /// The language of their texts: `en` (if left out), `de`, `es`, `fr`, `pt` or `ja`.
    #[schema(example = "en")]
    language: Option<String>,
    /// Whether they want reminders at all; true if left out.
    reminders: Option<bool>,
    /// How long before events: one to five of 1 minute to 7 days; `15m` if left out.
    #[schema(schema_with = lead_schema)]
    lead: Option<Vec<String>>,
    /// Two to five lead times, of which one is found by what they think of their texts; none (if
    /// left out) for those in `lead`.
    #[schema(schema_with = choice_schema)]
    lead_choice: Option<Vec<String>>,
    /// When not to be texted: up to eight windows of their wall clock; `22:00-08:00` if left out.
    #[schema(schema_with = quiet_schema)]
    quiet: Option<Vec<String>>,
    /// What becomes of a text that is due then: `defer` (if left out), `advance` or `skip`.
    #[schema(example = "defer")]
    quiet_policy: Option<String>,
    /// Whether a deferred text may go out after the event has begun; false if left out.
    allow_after_start: Option<bool>,
    /// What holds beside them: `us-tcpa`, `none`, or `usual` (if left out): what this system is
    /// set to.
    #[schema(example = "usual")]
    quiet_preset: Option<String>,
    /// Texts per local day: 0 (none) to 50; 10 if left out.
    #[schema(maximum = 50)]
    limit: Option<u32>,
    /// Which entries of calendars count.
    counting: Option<CountingBody>,
}

impl NewUserBody {
    /// The name as it was given.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The user, or everything that is wrong.
    pub(crate) fn read(self, reading: Reading<'_>) -> Result<NewUser, Vec<FieldError>> {
        let settings = SettingsBody {
            phone: Some(self.phone),
            verified: Some(self.verified),
            zone: Some(self.zone),
            clock: self.clock,
            language: self.language,
            reminders: self.reminders,
            lead: self.lead,
            lead_choice: self.lead_choice,
            quiet: self.quiet,
            quiet_policy: self.quiet_policy,
            allow_after_start: self.allow_after_start,
            quiet_preset: self.quiet_preset,
            limit: self.limit,
            counting: self.counting,
        };
        let id = UserId::parse(&self.id).map_err(|bad| FieldError::new("id", bad));
        let change = match (id.as_ref(), settings.read(reading)) {
            (Err(bad), Err(mut errors)) => {
                errors.insert(0, bad.clone());
                return Err(errors);
            }
            (_, change) => change?,
        };
        let preferences = change
            .preferences(&Preferences::default())
            .map_err(|bad| vec![FieldError::new("settings", bad)])?;
        // Both were given, so both were read.
        let (Some(phone), Some(zone)) = (change.phone, change.zone) else {
            return Err(vec![FieldError::new("phone", "is missing")]);
        };
        let mut locale = usual_locale(&phone);
        locale.hours = change.hours.unwrap_or(locale.hours);
        locale.language = change.language.unwrap_or(locale.language);
        Ok(NewUser {
            id: id.map_err(|bad| vec![bad])?,
            phone,
            is_phone_verified: self.verified,
            zone,
            locale,
            preferences,
        })
    }
}

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// Their name in our tables.
    #[schema(example = "ada")]
    id: String,
    /// Where texts go, hidden but for the country code and the last two digits.
    #[schema(example = "+1•••23")]
    phone: String,
    /// Whether somebody vouched that the number is theirs.
    verified: bool,
    /// Whether the owner of the number agrees to texts: `opted_in` or `opted_out`. Not told in
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'static str>,
    /// The zone they live by.
    #[schema(example = "America/New_York")]
    pub(crate) zone: String,
    /// How they read the clock: `12h` or `24h`.
    pub(crate) clock: &'static str,
    /// The language of their texts.
    #[schema(example = "en")]
    pub(crate) language: &'static str,
    /// Whether they want reminders at all.
    pub(crate) reminders: bool,
    /// How long before events.
    #[schema(example = json!(["15m", "1h"]))]
    pub(crate) lead: Vec<String>,
    /// The lead times of which one is found by what they think of their texts; none if that is off.
    #[schema(example = json!(["5m", "15m", "1h"]))]
    pub(crate) lead_choice: Vec<String>,
    /// When not to be texted.
    #[schema(example = json!(["22:00-08:00"]))]
    pub(crate) quiet: Vec<String>,
    /// What becomes of a text that is due then: `defer`, `advance` or `skip`.
    pub(crate) quiet_policy: &'static str,
    /// Whether a deferred text may go out after the event has begun.
    allow_after_start: bool,
    /// What holds beside them: `us-tcpa`, `none`, or `usual`: what this system is set to.
    pub(crate) quiet_preset: &'static str,
    /// Texts per local day.
    pub(crate) limit: u32,
    /// Which entries of calendars count.
    counting: CountingView,
    /// Their calendars. Not told in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendars: Option<Vec<CalendarView>>,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The last local date that is planned, if any is.
    #[schema(value_type = Option<String>, format = Date)]
    planned_on: Option<Date>,
    /// Whether that plan was made from the calendars and settings as they are now.
    plan_is_current: bool,
}

/// Which entries count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CountingView {
    /// Tentative events, and invitations answered "maybe".
    tentative: bool,
    /// Invitations they declined.
    declined: bool,
    /// Events marked as free time.
    transparent: bool,
    /// Out-of-office entries.
    out_of_office: bool,
    /// Focus-time entries.
    focus_time: bool,
    /// Working-location entries.
    working_location: bool,
    /// When they are told of all-day entries; null for not at all.
    all_day: Option<AllDayView>,
}

/// When somebody is told of an all-day entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AllDayView {
    /// So many days before its first day.
    days_before: u8,
    /// At this time on the wall.
    #[schema(example = "18:00")]
    at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let wishes = &user.preferences;
        Self {
            id: user.id.as_str().to_owned(),
            phone: user.phone.masked(),
            verified: user.is_phone_verified,
            consent: None,
            zone: user.zone.as_str().to_owned(),
            clock: match user.locale.hours {
                HourCycle::H12 => "12h",
                HourCycle::H24 => "24h",
            },
            language: user.locale.language.tag(),
            reminders: wishes.reminders_on,
            lead: wishes.lead_times.iter().map(|(_, time)| lead(time)).collect(),
            lead_choice: wishes.lead_choice.iter().map(lead).collect(),
            quiet: wishes.quiet_hours.windows().iter().map(quiet_parse::write).collect(),
            quiet_policy: match wishes.quiet_hours.policy {
                QuietPolicy::Defer => "defer",
                QuietPolicy::Advance => "advance",
                QuietPolicy::Skip => "skip",
            },
            allow_after_start: wishes.quiet_hours.allow_after_start,
            quiet_preset: wishes.quiet_hours.preset.map_or(USUAL, Preset::as_str),
            limit: wishes.daily_limit.get(),
            counting: (&wishes.counting).into(),
            calendars: None,
            created_at: user.created_at,
            planned_on: user.planned.map(|planned| planned.on),
            plan_is_current: !user.is_plan_stale(),
        }
    }
}

impl From<&Counting> for CountingView {
    fn from(counting: &Counting) -> Self {
        Self {
            tentative: counting.tentative,
            declined: counting.declined,
            transparent: counting.transparent,
            out_of_office: counting.out_of_office,
            focus_time: counting.focus_time,
            working_location: counting.working_location,
            all_day: counting.all_day.map(|wish| AllDayView {
                days_before: wish.days_before,
                at: wish.at.strftime("%H:%M").to_string(),
            }),
        }
    }
}

impl UserView {
    /// With what is only told of one user at a time.
    pub(crate) fn with_details(
        self,
        consent: Option<Consent>,
        calendars: Vec<CalendarView>,
    ) -> Self {
        let consent = consent.map(|consent| match consent {
            Consent::OptedIn => "opted_in",
            Consent::OptedOut => "opted_out",
        });
        Self { consent, calendars: Some(calendars), ..self }
    }
}

/// A user's settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// Where texts go, hidden but for the country code and the last two digits.
    #[schema(example = "+1•••23")]
    phone: String,
    /// Whether somebody vouched that the number is theirs.
    verified: bool,
    /// The zone they live by.
    #[schema(example = "America/New_York")]
    zone: String,
    /// How they read the clock: `12h` or `24h`.
    clock: &'static str,
    /// The language of their texts.
    #[schema(example = "en")]
    language: &'static str,
    /// Whether they want reminders at all.
    reminders: bool,
    /// How long before events.
    #[schema(example = json!(["15m", "1h"]))]
    lead: Vec<String>,
    /// The lead times of which one is found by what they think of their texts; none if that is off.
    #[schema(example = json!(["5m", "15m", "1h"]))]
    lead_choice: Vec<String>,
    /// When not to be texted.
    #[schema(example = json!(["22:00-08:00"]))]
    quiet: Vec<String>,
    /// What becomes of a text that is due then: `defer`, `advance` or `skip`.
    quiet_policy: &'static str,
    /// Whether a deferred text may go out after the event has begun.
    allow_after_start: bool,
    /// What holds beside them: `us-tcpa`, `none`, or `usual`: what this system is set to.
    quiet_preset: &'static str,
    /// Texts per local day.
    limit: u32,
    /// Which entries of calendars count.
    counting: CountingView,
}

impl From<&User> for SettingsView {
    fn from(user: &User) -> Self {
        let UserView {
            phone,
            verified,
            zone,
            clock,
            language,
            reminders,
            lead,
            lead_choice,
            quiet,
            quiet_policy,
            allow_after_start,
            quiet_preset,
            limit,
            counting,
            ..
        } = user.into();
        Self {
            phone,
            verified,
            zone,
            clock,
            language,
            reminders,
            lead,
            lead_choice,
            quiet,
            quiet_policy,
            allow_after_start,
            quiet_preset,
            limit,
            counting,
        }
    }
}

/// Which users.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersAsked {
    /// The `next` of the page before.
    #[param(
        min_length = 1,
        max_length = 255,
        pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,255}$"
    )]
    pub(crate) after: Option<String>,
    /// How many at most: 1 to 500; 100 if left out.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
}

/// A page of users, in an order that stays the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UsersView {
    /// The users.
    pub(crate) users: Vec<UserView>,
    /// What to ask for next as `after`; null on the last page.
    pub(crate) next: Option<String>,
}
