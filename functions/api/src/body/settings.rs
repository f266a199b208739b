//! Settings as somebody asks for them. Whatever is wrong is told at once, each field by its name.

use std::ops::RangeInclusive;

use app::users::{CountingChange, SettingsChange};
use domain::countries::Countries;
use domain::lead_choice::LeadChoice;
use domain::lead_time::{BadLeadTime, LeadTime, LeadTimes};
use domain::limits;
use domain::quiet_hours::{BadQuietHours, QuietHours, QuietPolicy, QuietWindow};
use domain::quiet_parse;
use domain::text_hours::Preset;
use domain::texts::{HourCycle, Language};
use domain::time::Zones;
use domain::user::{AllDayTime, DailyLimit};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, SchemaType, Type};

use crate::problem::FieldError;

/// Most days ahead at which somebody may be told of an all-day entry.
const ALL_DAY_DAYS_MAX: u8 = 7;

/// The word for what the system is set to.
pub(crate) const USUAL: &str = "usual";

/// What shall change. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsBody {
    /// Where texts go. A new number counts as not verified, unless `verified` says otherwise.
    #[schema(example = "+12025550123")]
    pub(crate) phone: Option<String>,
    /// Whether you vouch that the number is theirs. Nobody is texted at a number nobody vouches
    /// for.
    pub(crate) verified: Option<bool>,
    /// The zone they live by: an IANA name.
    #[schema(example = "America/New_York")]
    pub(crate) zone: Option<String>,
    /// How they read the clock: `12h` or `24h`.
    #[schema(example = "12h")]
    pub(crate) clock: Option<String>,
    /// The language of their texts: `en`, `de`, `es`, `fr`, `pt` or `ja`.
    #[schema(example = "en")]
    pub(crate) language: Option<String>,
    /// Whether they want reminders at all.
    pub(crate) reminders: Option<bool>,
    /// How long before events: one to five of 1 minute to 7 days.
    #[schema(schema_with = lead_schema)]
    pub(crate) lead: Option<Vec<String>>,
    /// Two to five lead times, of which one is found by what they think of their texts, in the
    /// place of those in `lead`; none to switch that off.
    #[schema(schema_with = choice_schema)]
    pub(crate) lead_choice: Option<Vec<String>>,
    /// When not to be texted: up to eight windows of their wall clock; none for never.
    #[schema(schema_with = quiet_schema)]
    pub(crate) quiet: Option<Vec<String>>,
    /// What becomes of a text that is due then: `defer`, `advance` or `skip`.
    #[schema(example = "defer")]
    pub(crate) quiet_policy: Option<String>,
    /// Whether a deferred text may go out after the event has begun, until one hour after the
    /// window's end.
    pub(crate) allow_after_start: Option<bool>,
    /// What holds beside them: `us-tcpa` (texts go out from 8:00 to 21:00 only, by their zone and
    /// by those of their number's area code), `none`, or `usual`: what this system is set to.
    #[schema(example = "usual")]
    pub(crate) quiet_preset: Option<String>,
    /// Texts per local day: 0 (none) to 50.
    #[schema(maximum = 50)]
    pub(crate) limit: Option<u32>,
    /// Which entries of calendars count.
    pub(crate) counting: Option<CountingBody>,
}

/// How a lead time is written, for the description of the API.
const LEAD: &str = "^([1-9][0-9]{0,2}(m|min)|[1-9][0-9]?h|[1-7]d)$";

/// How lead times to choose among are written, for the description of the API.
pub(crate) fn choice_schema() -> Array {
    texts(
        "Two to five lead times, of which one is found by what they think of their texts, in the \
         place of those in `lead`; none to switch that off.",
        LEAD,
        &["5m", "15m", "1h"],
        0..=limits::LEAD_TIMES_MAX,
    )
}

/// How lead times are written, for the description of the API.
pub(crate) fn lead_schema() -> Array {
    texts(
        "How long before events: one to five of 1 minute to 7 days.",
        LEAD,
        &["15m", "1h", "2d"],
        1..=limits::LEAD_TIMES_MAX,
    )
}

/// How quiet hours are written, for the description of the API.
pub(crate) fn quiet_schema() -> Array {
    const DAY: &str = "(?:mon|tue|wed|thu|fri|sat|sun)";
    const TIME: &str = "(?:[01][0-9]|2[0-3]):[0-5][0-9]";
    texts(
        "When not to be texted: up to eight windows of their wall clock; none for never.",
        // A window that ends when it starts could mean never or always.
        &format!("^(?:{DAY}(?:[-,]{DAY})* )?({TIME})-(?!\\1){TIME}$"),
        &["22:00-08:00", "mon-fri 12:00-13:00"],
        0..=limits::QUIET_WINDOWS_MAX,
    )
}

fn texts(
    description: &str,
    pattern: &str,
    example: &[&str],
    count: RangeInclusive<usize>,
) -> Array {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .description(Some(description))
        .items(text)
        .examples([example])
        .min_items(Some(*count.start()))
        .max_items(Some(*count.end()))
        .build()
}

/// Which entries shall count or no longer count. What is left out stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountingBody {
    /// Tentative events, and invitations answered "maybe".
    pub(crate) tentative: Option<bool>,
    /// Invitations they declined.
    pub(crate) declined: Option<bool>,
    /// Events marked as free time.
    pub(crate) transparent: Option<bool>,
    /// Out-of-office entries.
    pub(crate) out_of_office: Option<bool>,
    /// Focus-time entries.
    pub(crate) focus_time: Option<bool>,
    /// Working-location entries.
    pub(crate) working_location: Option<bool>,
    /// All-day entries, and when to be told of them; null for not at all.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AllDayBody>)]
    pub(crate) all_day: Option<Option<AllDayBody>>,
}

/// When to be told of an all-day entry.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllDayBody {
    /// So many days before its first day: 0 to 7; 1 if left out.
    #[schema(maximum = 7)]
    pub(crate) days_before: Option<u8>,
    /// At this time on the wall; 18:00 if left out.
    #[serde(default, deserialize_with = "wall_clock")]
    #[schema(value_type = Option<String>, example = "18:00")]
    pub(crate) at: Option<jiff::civil::Time>,
}

/// Tells a field that is null from one that is missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn wall_clock<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<jiff::civil::Time>, D::Error> {
    let given = Option::<String>::deserialize(deserializer)?;
    let read = |text: String| {
        quiet_parse::clock(&text).ok_or_else(|| {
            serde::de::Error::custom("`at` is not a time on the wall; write it like 18:00")
        })
    };
    given.map(read).transpose()
}

/// How names and numbers are read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// The zones that are known.
    pub(crate) zones: &'a Zones,
    /// The country of phone numbers that are written without one.
    pub(crate) country: Option<&'a str>,
    /// Where texts may go.
    pub(crate) countries: &'a Countries,
}

impl SettingsBody {
    /// The change, or everything that is wrong with it.
    pub(crate) fn read(&self, reading: Reading<'_>) -> Result<SettingsChange, Vec<FieldError>> {
        let mut errors = Errors::default();
        let change = SettingsChange {
            phone: errors.field("phone", &self.phone, |phone| {
                reading.countries.read(phone, reading.country)
            }),
            is_phone_verified: self.verified,
            zone: errors.field("zone", &self.zone, |zone| reading.zones.parse(zone)),
            language: errors.field("language", &self.language, |tag| Language::parse(tag)),
            hours: errors.field("clock", &self.clock, |clock| hours(clock)),
            reminders_on: self.reminders,
            lead_times: errors.field("lead", &self.lead, |leads| lead_times(leads)),
            lead_choice: errors.field("lead_choice", &self.lead_choice, |leads| lead_choice(leads)),
            quiet_windows: errors.field("quiet", &self.quiet, |quiet| windows(quiet)),
            quiet_policy: errors
                .field("quiet_policy", &self.quiet_policy, |policy| quiet_policy(policy)),
            allow_after_start: self.allow_after_start,
            quiet_preset: errors
                .field("quiet_preset", &self.quiet_preset, |preset| quiet_preset(preset)),
            daily_limit: errors.field("limit", &self.limit, |limit| DailyLimit::new(*limit)),
            counting: self
                .counting
                .map_or_else(CountingChange::default, |counting| counting.read(&mut errors)),
        };
        if errors.0.is_empty() { Ok(change) } else { Err(errors.0) }
    }
}

impl CountingBody {
    fn read(&self, errors: &mut Errors) -> CountingChange {
        let usual = AllDayTime::default();
        let all_day = self.all_day.map(|wish| {
            wish.map(|wish| AllDayTime {
                days_before: wish.days_before.unwrap_or(usual.days_before),
                at: wish.at.unwrap_or(usual.at),
            })
        });
        if all_day.flatten().is_some_and(|wish| wish.days_before > ALL_DAY_DAYS_MAX) {
            let detail = format!("choose 0 to {ALL_DAY_DAYS_MAX} days before");
            errors.0.push(FieldError::new("counting.all_day.days_before", detail));
        }
        CountingChange {
            tentative: self.tentative,
            declined: self.declined,
            transparent: self.transparent,
            out_of_office: self.out_of_office,
            focus_time: self.focus_time,
            working_location: self.working_location,
            all_day,
        }
    }
}

/// Collects what is wrong.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn field<T, U, E: ToString>(
        &mut self,
        name: &str,
        given: &Option<T>,
        read: impl FnOnce(&T) -> Result<U, E>,
    ) -> Option<U> {
        match read(given.as_ref()?) {
            Ok(value) => Some(value),
            Err(bad) => {
                self.0.push(FieldError::new(name, bad));
                None
            }
        }
    }
}

fn lead_times(given: &[String]) -> Result<Vec<LeadTime>, BadLeadTime> {
    let leads: Vec<_> = given.iter().map(|lead| LeadTime::parse(lead)).collect::<Result<_, _>>()?;
    // Says how many are too many.
    LeadTimes::new(&leads)?;
    Ok(leads)
}

fn lead_choice(given: &[String]) -> Result<Vec<LeadTime>, BadLeadTime> {
    let leads: Vec<_> = given.iter().map(|lead| LeadTime::parse(lead)).collect::<Result<_, _>>()?;
    LeadChoice::new(&leads)?;
    Ok(leads)
}

fn windows(given: &[String]) -> Result<Vec<QuietWindow>, BadQuietHours> {
    let windows: Vec<_> =
        given.iter().map(|window| quiet_parse::window(window)).collect::<Result<_, _>>()?;
    QuietHours::new(windows.clone(), QuietPolicy::default(), false)?;
    Ok(windows)
}

fn quiet_policy(given: &str) -> Result<QuietPolicy, String> {
    match given {
        "defer" => Ok(QuietPolicy::Defer),
        "advance" => Ok(QuietPolicy::Advance),
        "skip" => Ok(QuietPolicy::Skip),
        _ => Err(one_of("quiet policy", given, "defer, advance or skip")),
    }
}

fn quiet_preset(given: &str) -> Result<Option<Preset>, String> {
    let unknown = || one_of("preset", given, "usual, none or us-tcpa");
    if given == USUAL { Ok(None) } else { given.parse().map(Some).map_err(|_| unknown()) }
}

fn hours(given: &str) -> Result<HourCycle, String> {
    match given {
        "12h" => Ok(HourCycle::H12),
        "24h" => Ok(HourCycle::H24),
        _ => Err(one_of("clock", given, "12h or 24h")),
    }
}

fn one_of(what: &str, given: &str, known: &str) -> String {
    let shown: String = given.chars().take(40).collect();
    format!("{what} {shown:?} is not known: choose {known}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<SettingsChange, String> {
        let body: SettingsBody = serde_json::from_str(json).map_err(|bad| bad.to_string())?;
        let zones = Zones::bundled();
        body.read(Reading { zones: &zones, country: Some("US"), countries: &Countries::ALL })
            .map_err(|errors| {
                let told = errors.iter().map(|error| format!("{}: {}", error.field, error.detail));
                told.collect::<Vec<_>>().join("\n")
            })
    }

    #[test]
    fn what_is_given_changes_and_nothing_else() {
        assert_eq!(read("{}"), Ok(SettingsChange::default()));
        let change = read(
            r#"{"phone": "(202) 555-0123", "zone": "america/new_york", "lead": ["15m", "1h"],
                "quiet": ["mon-fri 12:00-13:00"], "quiet_policy": "advance", "limit": 0,
                "clock": "24h", "counting": {"all_day": {"at": "07:30"}, "declined": true}}"#,
        )
        .unwrap();
        assert_eq!(change.phone.unwrap().as_e164(), "+12025550123");
        assert_eq!(change.zone.unwrap().as_str(), "America/New_York");
        assert_eq!(change.lead_times.unwrap().len(), 2);
        assert_eq!(change.quiet_policy, Some(QuietPolicy::Advance));
        assert_eq!(change.daily_limit.unwrap().get(), 0);
        assert_eq!(change.hours, Some(HourCycle::H24));
        assert_eq!((change.counting.declined, change.counting.tentative), (Some(true), None));
        let all_day = change.counting.all_day.unwrap().unwrap();
        assert_eq!((all_day.days_before, all_day.at.hour()), (1, 7));
        assert_eq!(change.reminders_on, None);
    }

    #[test]
    fn all_day_entries_can_be_switched_off_by_null() {
        let check = |json: &str, expected: Option<bool>| {
            let change = read(json).unwrap();
            assert_eq!(change.counting.all_day.map(|wish| wish.is_some()), expected, "{json}");
        };
        check(r#"{"counting": {}}"#, None);
        check(r#"{"counting": {"all_day": null}}"#, Some(false));
        check(r#"{"counting": {"all_day": {}}}"#, Some(true));
    }

    #[test]
    fn every_wrong_field_is_named_with_its_remedy() {
        let check = |json: &str, words: &[&str]| {
            let refused = read(json).unwrap_err();
            for words in words {
                assert!(refused.contains(words), "{json}: {refused}");
            }
        };
        check(
            r#"{"zone": "America/New_Yrok", "lead": ["soon"], "quiet": ["8:00-8:00"],
                "limit": 51}"#,
            &["zone: ", "did you mean America/New_York", "lead: ", "quiet: ", "limit: "],
        );
        check(r#"{"lead": []}"#, &["1 to 5 different lead times"]);
        check(r#"{"lead": ["1m","2m","3m","4m","5m","6m"]}"#, &["not 6"]);
        check(r#"{"phone": "12"}"#, &["phone: phone number"]);
        check(r#"{"lead_choice": ["15m"]}"#, &["lead_choice: ", "among 2 to 5 different ones"]);
        check(r#"{"clock": "am"}"#, &["choose 12h or 24h"]);
        check(r#"{"quiet_policy": "wait"}"#, &["choose defer, advance or skip"]);
        check(r#"{"counting": {"all_day": {"days_before": 8}}}"#, &["choose 0 to 7"]);
        check(r#"{"counting": {"all_day": {"at": "25:00"}}}"#, &["like 18:00"]);
        check(r#"{"quiets": []}"#, &["unknown field `quiets`"]);
        check(r#"{"counting": {"decline": true}}"#, &["unknown field `decline`"]);
    }
}
