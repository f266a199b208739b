//! A function's configuration: environment variables, read once, trimmed, validated whole.
//! Everything that is wrong is named at once.
//!
//! Every function is given the same variables. There is none that puts a stand-in where an adapter
//! belongs: what runs on AWS texts people.

mod access;
mod accounts;
mod ceiling;
mod model;
mod reader;
mod retention;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::env;
use std::fmt;

use app::ceiling::CeilingSettings;
use app::purse::DayBudgets;
use domain::alerts::digest::DigestTime;
use domain::countries::Countries;
use domain::limits;
use domain::pace::{Lane, Rate};
use domain::phone::PhoneNumber;
use domain::retention::Retention;
use domain::text_hours::Preset;
use domain::time::Zones;
use jiff::tz::TimeZone;

use self::reader::Reader;
use crate::secrets::SecretRef;

pub use self::access::AccessConfig;
pub use self::accounts::{AccountConfig, AccountParts};
pub use self::model::{ModelConfig, ModelProvider};

/// What all our variables begin with.
pub const PREFIX: &str = "BEFOREHAND_";

/// Every variable there is, without the prefix.
pub const KEYS: [&str; 59] = [
    "TABLE_PREFIX",
    "SEND_QUEUE_URL",
    "PLAN_QUEUE_URL",
    "COMPOSE_QUEUE_URL",
    "SYNC_QUEUE_URL",
    "EVENT_BUS_NAME",
    "PUBLIC_BASE_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_FROM",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_BASE_URL",
    "TWILIO_VERIFY_SERVICE_SID",
    "TWILIO_VERIFY_BASE_URL",
    "TEXTS_PER_SECOND",
    "STOP_REPLY",
    "TEXTS_DAY_USD_MAX",
    "SEGMENT_USD",
    "DEFAULT_COUNTRY",
    "TEXTS_COUNTRIES",
    "TEXTS_HOURS",
    "RETENTION_EVENTS_DAYS",
    "RETENTION_REMINDERS_DAYS",
    "RETENTION_COUNTERS_DAYS",
    "ENVIRONMENT",
    "RUNBOOKS_URL",
    "PAGERDUTY_BASE_URL",
    "OTLP_ENDPOINT",
    "ALERT_EMAIL_FROM",
    "ALERT_EMAIL_TO",
    "DIGEST_HOUR",
    "DIGEST_ZONE",
    "MODEL_BASE_URL",
    "MODEL_NAME",
    "MODEL_PROVIDER",
    "MODEL_SHARE_PERCENT",
    "MODEL_INPUT_USD_PER_MILLION_TOKENS",
    "MODEL_OUTPUT_USD_PER_MILLION_TOKENS",
    "MODEL_USER_DAY_USD_MAX",
    "MODEL_DAY_USD_MAX",
    "PRIVATE_CALENDARS",
    "OIDC_ISSUER",
    "OIDC_AUDIENCE",
    "OIDC_JWKS_URL",
    "OIDC_USER_CLAIM",
    "OIDC_USER_SCOPE",
    "OIDC_OPERATOR_SCOPE",
    "CALLER_REQUESTS_PER_MINUTE",
    "ADDRESS_REQUESTS_PER_MINUTE",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_AUTHORIZE_URL",
    "GOOGLE_TOKEN_URL",
    "GOOGLE_API_URL",
    "MICROSOFT_CLIENT_ID",
    "MICROSOFT_AUTHORIZE_URL",
    "MICROSOFT_TOKEN_URL",
    "MICROSOFT_API_URL",
    "TEXTS_LINK",
    "SIGN_UP",
    "SECRETS_ARN",
];

/// The country of phone numbers that are written without one, if none is configured.
const COUNTRY: &str = "US";

/// What is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What the names of the tables begin with; also names the deployment in measurements.
    pub table_prefix: String,
    /// The delay queue that the sender consumes.
    pub send_queue_url: String,
    /// The queue that the planner consumes.
    pub plan_queue_url: String,
    /// The queue that the composer consumes.
    pub compose_queue_url: String,
    /// The queue that the sync of calendars consumes.
    pub sync_queue_url: String,
    /// Whether calendars may be fetched from private addresses, and without encryption.
    pub allows_private_calendars: bool,
    /// Whether texts carry a link to their reminder.
    pub links_in_texts: bool,
    /// The bus.
    pub event_bus: String,
    /// The address by which Twilio reaches us, without a slash at its end.
    pub public_base_url: String,
    /// The account that texts go out from.
    pub twilio: TwilioAccount,
    /// Who answers STOP, START and HELP.
    pub stop_reply: StopReply,
    /// The country of phone numbers that are written without one.
    pub default_country: String,
    /// Where texts may go: to the default country, unless others are named.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// How long what is stored is kept.
    pub retention: Retention,
    /// How alerts are told.
    pub alerts: AlertConfig,
    /// What texts cost, and what they may cost in a day.
    pub ceiling: CeilingSettings,
    /// The language model that writes texts, if one does.
    pub model: Option<ModelConfig>,
    /// Whose tokens open the API, and how often it may be asked.
    pub access: AccessConfig,
    /// What people allow to read their calendars at Google, if it is set up.
    pub google: Option<AccountConfig>,
    /// The same at Microsoft.
    pub microsoft: Option<AccountConfig>,
    /// Where traces go (OTLP over HTTP), without `/v1/traces`; nowhere unless it is said.
    pub otlp_endpoint: Option<String>,
    /// Where the secrets are.
    pub secrets: SecretRef,
}

/// How alerts are told, without the secrets of their channels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertConfig {
    /// Whether real people wait for texts: only then is anybody woken.
    pub is_production: bool,
    /// The page with the runbooks, if it can be reached by an address.
    pub runbooks_url: Option<String>,
    /// Where PagerDuty's Events API is, if not at its own address.
    pub pagerduty_base_url: Option<String>,
    /// Who mail comes from.
    pub email_from: Option<String>,
    /// Who gets mail.
    pub email_to: Vec<String>,
    /// When the summary of a day is told.
    pub digest: DigestTime,
}

/// A Twilio account, without what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct TwilioAccount {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Who the texts come from: a number in E.164, a short code, or a messaging service's sid.
    pub sender: String,
    /// How many texts a second the sender may send; none: what is usual for its kind.
    pub rate: Option<Rate>,
    /// Where the API is, if not at Twilio's own address.
    pub base_url: Option<String>,
    /// The service of Verify that makes codes, `VA` and 32 hexadecimal digits, if there is one.
    pub verify_service_sid: Option<String>,
    /// Where Verify is, if not at Twilio's own address.
    pub verify_base_url: Option<String>,
}

impl fmt::Debug for TwilioAccount {
    // Without the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioAccount")
            .field("account_sid", &self.account_sid)
            .field("base_url", &self.base_url)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

/// Who answers STOP, START and HELP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopReply {
    /// Twilio does, as it does unless it is told otherwise.
    #[default]
    Twilio,
    /// We do; Twilio's own handling is switched off for the account.
    Ourselves,
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is wrong: {}", .faults.join("; "))]
pub struct BadConfig {
    /// Everything that is wrong with it, in order of variables.
    pub faults: Vec<String>,
}

impl Config {
    /// From the environment of the process.
    ///
    /// # Errors
    /// [`BadConfig`] names all that is wrong.
    pub fn from_env() -> Result<Self, BadConfig> {
        // A value that is not Unicode is none of AWS's making; it is told as the nonsense it is.
        let lossy = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        };
        Self::from_variables(env::vars_os().map(lossy))
    }

    /// From these variables. Those that do not begin with [`PREFIX`] are somebody else's.
    ///
    /// # Errors
    /// [`BadConfig`] names all that is wrong.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BadConfig> {
        let ours = variables.into_iter().filter_map(|(name, value)| {
            name.strip_prefix(PREFIX).map(|key| (key.to_owned(), value.trim().to_owned()))
        });
        let reader = Reader::new(ours.collect::<BTreeMap<_, _>>());
        reader.refuse_unknown(&KEYS);
        let country = reader
            .optional("DEFAULT_COUNTRY", reader::country)
            .unwrap_or_else(|| COUNTRY.to_owned());
        let countries = countries(&reader, &country);
        let table_prefix = reader.required("TABLE_PREFIX", reader::table_prefix);
        let send_queue_url = reader.required("SEND_QUEUE_URL", reader::web_address);
        let plan_queue_url = reader.required("PLAN_QUEUE_URL", reader::web_address);
        let compose_queue_url = reader.required("COMPOSE_QUEUE_URL", reader::web_address);
        let sync_queue_url = reader.required("SYNC_QUEUE_URL", reader::web_address);
        let allows_private_calendars =
            reader.optional("PRIVATE_CALENDARS", reader::is_allowed).unwrap_or_default();
        let hours = |given: &str| given.parse::<Preset>().map_err(|bad| bad.to_string());
        let hours = reader.optional("TEXTS_HOURS", hours).unwrap_or_default();
        let links_in_texts = reader.optional("TEXTS_LINK", reader::is_on).unwrap_or_default();
        let event_bus = reader.required("EVENT_BUS_NAME", reader::text);
        let public_base_url = reader.required("PUBLIC_BASE_URL", reader::web_address);
        let twilio = twilio(&reader);
        let stop_reply = reader.optional("STOP_REPLY", stop_reply).unwrap_or_default();
        let alerts = alerts(&reader);
        let ceiling = ceiling::read(&reader);
        let retention = retention::read(&reader);
        let model = model::read(&reader);
        let access = access::read(&reader);
        let google = accounts::read(&reader, accounts::GOOGLE);
        let microsoft = accounts::read(&reader, accounts::MICROSOFT);
        let otlp_endpoint = reader.optional("OTLP_ENDPOINT", reader::web_address);
        let secrets = reader.required("SECRETS_ARN", |given| Ok(SecretRef::new(given)));
        // All was read, and what is missing noted, before the first gap ends this.
        let whole = || {
            Some(Self {
                table_prefix: table_prefix?,
                send_queue_url: send_queue_url?,
                plan_queue_url: plan_queue_url?,
                compose_queue_url: compose_queue_url?,
                sync_queue_url: sync_queue_url?,
                allows_private_calendars,
                links_in_texts,
                event_bus: event_bus?,
                public_base_url: public_base_url?,
                twilio: twilio?,
                stop_reply,
                default_country: country,
                countries: countries?,
                hours,
                retention,
                alerts,
                ceiling,
                model,
                access,
                google,
                microsoft,
                otlp_endpoint,
                secrets: secrets?,
            })
        };
        let config = whole();
        reader.finish(config)
    }
}

impl Config {
    /// The address of a path of ours, as Twilio reaches it.
    pub fn public_address(&self, path: &str) -> String {
        format!("{}{path}", self.public_base_url)
    }

    /// What may be spent in a day.
    pub fn budgets(&self) -> DayBudgets {
        DayBudgets {
            models: self.model.as_ref().map(|model| model.settings.day_microdollars_max),
            texts: self.ceiling.day_microdollars_max,
        }
    }

    /// Who texts go out from, and how fast.
    pub fn lane(&self) -> Lane {
        Lane::of(&self.twilio.sender, self.twilio.rate)
    }
}

/// Where texts may go: whoever names no countries texts people in their own.
fn countries(reader: &Reader, default_country: &str) -> Option<Countries> {
    let parse = |given: &str| given.parse::<Countries>().map_err(|bad| bad.to_string());
    reader.optional("TEXTS_COUNTRIES", parse).or_else(|| {
        parse(default_country).map_err(|what| reader.fault("DEFAULT_COUNTRY", &what)).ok()
    })
}

fn alerts(reader: &Reader) -> AlertConfig {
    let environment = reader.optional("ENVIRONMENT", is_production);
    let email_to = reader.optional("ALERT_EMAIL_TO", reader::text).unwrap_or_default();
    let email_to = email_to.split(',').map(str::trim).filter(|to| !to.is_empty());
    AlertConfig {
        // Whoever runs on AWS texts people, unless they say that nobody waits for it.
        is_production: environment.unwrap_or(true),
        runbooks_url: reader.optional("RUNBOOKS_URL", reader::web_address),
        pagerduty_base_url: reader.optional("PAGERDUTY_BASE_URL", reader::web_address),
        email_from: reader.optional("ALERT_EMAIL_FROM", reader::text),
        email_to: email_to.map(str::to_owned).collect(),
        digest: digest(reader),
    }
}

fn digest(reader: &Reader) -> DigestTime {
    let default = DigestTime::default();
    let hour = reader.optional("DIGEST_HOUR", hour).unwrap_or(default.hour);
    let zone = reader.optional("DIGEST_ZONE", zone);
    let (zone_name, zone) = zone.unwrap_or((default.zone_name, default.zone));
    DigestTime { hour, zone, zone_name }
}

fn hour(given: &str) -> Result<i8, String> {
    let hour = given.parse().ok().filter(|hour| (0..24).contains(hour));
    hour.ok_or_else(|| "must be a full hour from 0 to 23".to_owned())
}

fn zone(given: &str) -> Result<(String, TimeZone), String> {
    let zone = Zones::bundled().find(given).map(|zone| (given.to_owned(), zone));
    zone.ok_or_else(|| "must be a time zone like America/New_York".to_owned())
}

fn is_production(word: &str) -> Result<bool, String> {
    match word {
        "production" => Ok(true),
        "development" => Ok(false),
        _ => Err("must be \"production\" or \"development\"".to_owned()),
    }
}

fn sender(reader: &Reader) -> Option<String> {
    let (from, service) = ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID");
    match (reader.has(from), reader.has(service)) {
        (true, true) => reader.fault(from, &format!("stands beside {PREFIX}{service}; keep one")),
        (false, false) => reader.fault(from, &format!("is missing; or give {PREFIX}{service}")),
        (true, false) => return reader.required(from, number),
        (false, true) => return reader.required(service, |sid| reader::sid("MG", sid)),
    }
    None
}

fn twilio(reader: &Reader) -> Option<TwilioAccount> {
    let account_sid = reader.required("TWILIO_ACCOUNT_SID", |sid| reader::sid("AC", sid));
    let sender = sender(reader);
    let base_url = reader.optional("TWILIO_BASE_URL", reader::web_address);
    let verify_service_sid =
        reader.optional("TWILIO_VERIFY_SERVICE_SID", |sid| reader::sid("VA", sid));
    let verify_base_url = reader.optional("TWILIO_VERIFY_BASE_URL", reader::web_address);
    let rate = reader.optional("TEXTS_PER_SECOND", rate);
    Some(TwilioAccount {
        account_sid: account_sid?,
        sender: sender?,
        rate,
        base_url,
        verify_service_sid,
        verify_base_url,
    })
}

/// A number is only looked at from outside: whether its country has it is Twilio's to say, and to
/// read all numbering plans for it would take longer than all else that a function does to start.
fn number(given: &str) -> Result<String, String> {
    let is_short = (3..=8).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_digit());
    if is_short {
        return Ok(given.to_owned());
    }
    // The error of a number repeats it, which a log must not hold.
    let digits = given.replace([' ', '-', '.', '(', ')'], "");
    let number = PhoneNumber::try_from(digits)
        .map_err(|_| "must be a number with its country code, like +12025550100")?;
    Ok(number.as_e164().to_owned())
}

fn rate(given: &str) -> Result<Rate, String> {
    let rate = given.parse().ok().and_then(Rate::new);
    rate.ok_or_else(|| {
        format!("must be a whole number from 1 to {}, or empty for the usual", limits::RATE_MAX)
    })
}

fn stop_reply(word: &str) -> Result<StopReply, String> {
    match word {
        "twilio" => Ok(StopReply::Twilio),
        "self" => Ok(StopReply::Ourselves),
        _ => Err("must be \"twilio\" or \"self\"".to_owned()),
    }
}
