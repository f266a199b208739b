//! The `[twilio]` table: the account that texts go out from.

use std::path::Path;

use domain::limits;
use domain::pace::{Lane, Rate};
use domain::phone::PhoneNumber;
use url::Url;

use super::Variables;
use super::document::Section;
use super::secret::{Secret, Whereabouts};

/// The variable that holds the account's secret, for those who keep it out of files.
pub const AUTH_TOKEN_VARIABLE: &str = "BEFOREHAND_TWILIO_AUTH_TOKEN";

/// Where the account's secret stands.
const AUTH_TOKEN: Whereabouts = Whereabouts {
    key: "auth_token",
    file_key: "auth_token_file",
    variable: AUTH_TOKEN_VARIABLE,
    is_required: true,
};

/// Twilio's own address.
const BASE_URL: &str = "https://api.twilio.com";

/// An account at Twilio, or at a stand-in that speaks its protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwilioSettings {
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Its secret.
    pub auth_token: Secret,
    /// The other secret that is valid while secrets are being exchanged. Webhooks signed with
    /// either are taken.
    pub auth_token_secondary: Option<Secret>,
    /// Who the texts come from.
    pub sender: Sender,
    /// Where the API is.
    pub base_url: Url,
    /// The service of Verify that makes codes, `VA` and 32 hexadecimal digits, if there is one.
    pub verify_service_sid: Option<String>,
    /// Where Verify is, if not at Twilio's own address.
    pub verify_base_url: Option<Url>,
    /// Who answers STOP, START and HELP.
    pub stop_reply: StopReply,
    /// How many texts a second the sender may send; none: what is usual for its kind.
    pub rate: Option<Rate>,
}

/// Who texts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number of the account.
    From(PhoneNumber),
    /// A pool of senders: `MG` and 32 hexadecimal digits.
    MessagingService(String),
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

/// Reads the table. None if it is not there, or if something is wrong with it, which is noted.
pub(super) fn read(
    table: &Section<'_>,
    folder: &Path,
    country: &str,
    variables: &Variables<'_>,
) -> Option<TwilioSettings> {
    let account_sid = table.parsed("account_sid", |sid| sid_of("AC", sid));
    let auth_token = AUTH_TOKEN.read(table, folder, variables);
    let secondary = table.text("auth_token_secondary").map(Secret::new);
    let sender = sender(table, country);
    let base_url = table.parsed("base_url", super::http_url);
    let verify_service_sid = table.parsed("verify_service_sid", |sid| sid_of("VA", sid));
    let verify_base_url = table.parsed("verify_base_url", super::http_url);
    let stop_reply = table.parsed("stop_reply", stop_reply);
    let rate = rate(table);
    if !table.is_present() {
        return None;
    }
    if !table.has("account_sid") {
        table.problem("account_sid", "is missing; it begins with AC in Twilio's console");
    }
    // What is there and wrong was noted, and no settings are made of a table with problems.
    Some(TwilioSettings {
        account_sid: account_sid?,
        auth_token: auth_token?,
        auth_token_secondary: secondary,
        sender: sender?,
        base_url: base_url.or_else(|| Url::parse(BASE_URL).ok())?,
        verify_service_sid,
        verify_base_url,
        stop_reply: stop_reply.unwrap_or_default(),
        rate,
    })
}

impl TwilioSettings {
    /// The sender and its rate.
    pub fn lane(&self) -> Lane {
        let sender = match &self.sender {
            Sender::From(number) => number.as_e164(),
            Sender::MessagingService(sid) => sid,
        };
        Lane::of(sender, self.rate)
    }
}

fn sender(table: &Section<'_>, country: &str) -> Option<Sender> {
    let from = table.parsed("from", |from| PhoneNumber::parse(from, Some(country)));
    let service = table.parsed("messaging_service_sid", |sid| sid_of("MG", sid));
    if !table.is_present() {
        return None;
    }
    match (table.has("from"), table.has("messaging_service_sid")) {
        (true, true) => {
            table.problem("from", "stands beside `twilio.messaging_service_sid`; keep one of them");
            None
        }
        (false, false) => {
            table.problem("from", "is missing; or give `messaging_service_sid`");
            None
        }
        _ => from.map(Sender::From).or(service.map(Sender::MessagingService)),
    }
}

/// Whether the table itself holds a secret.
pub(super) fn holds_secret(table: &Section<'_>) -> bool {
    table.has("auth_token") || table.has("auth_token_secondary")
}

/// Reads who answers STOP.
pub(super) fn stop_reply(word: &str) -> Result<StopReply, &'static str> {
    match word {
        "twilio" => Ok(StopReply::Twilio),
        "self" => Ok(StopReply::Ourselves),
        _ => Err("must be \"twilio\" or \"self\""),
    }
}

/// Reads how many texts a second may be sent.
pub(super) fn rate(table: &Section<'_>) -> Option<Rate> {
    let texts = table.integer("texts_per_second", 1..=i64::from(limits::RATE_MAX))?;
    u32::try_from(texts).ok().and_then(Rate::new)
}

fn sid_of(prefix: &str, given: &str) -> Result<String, String> {
    let digits = given.strip_prefix(prefix).unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(given.to_owned())
    } else {
        Err(format!("must be {prefix} and 32 hexadecimal digits"))
    }
}
