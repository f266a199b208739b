//! Which account, which sender, which addresses.

use std::fmt;

use app::ports::TextIds;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use http::HeaderValue;
use jiff::SignedDuration;
use url::Url;

/// How to reach one Twilio account.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// Where the API is: [`TwilioSettings::BASE_URL`], or a stand-in; may have a path.
    pub base_url: String,
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// What opens it.
    pub credentials: Credentials,
    /// Who the texts come from.
    pub sender: Sender,
    /// The public address of our webhook for status callbacks, without query and fragment. The ids
    /// of a text are put into its query as `user`, `reminder` and `attempt`.
    pub status_callback_url: String,
    /// The fragment of that address: Twilio's connection overrides. It is not part of the
    /// signature.
    pub connection_overrides: String,
    /// Pages of a list that are read at most.
    pub list_pages_max: u32,
    /// Texts on a page, at most 1,000.
    pub list_page_size: u32,
    /// After this time no further page is asked for.
    pub list_time_max: SignedDuration,
}

impl TwilioSettings {
    /// Twilio's own address.
    pub const BASE_URL: &'static str = "https://api.twilio.com";

    /// Up to five retries, after refusals, server errors and timeouts; Twilio's default is one
    /// retry, and only where no connection could be made.
    pub const CONNECTION_OVERRIDES: &'static str = "rc=5&rp=4xx,5xx,ct,rt";

    /// Twilio's own address and limits that fit one phone's texts.
    pub fn new(
        account_sid: String,
        credentials: Credentials,
        sender: Sender,
        status_callback_url: String,
    ) -> Self {
        Self {
            base_url: Self::BASE_URL.to_owned(),
            account_sid,
            credentials,
            sender,
            status_callback_url,
            connection_overrides: Self::CONNECTION_OVERRIDES.to_owned(),
            list_pages_max: 10,
            list_page_size: 100,
            list_time_max: SignedDuration::from_secs(20),
        }
    }

    /// As [`Self::new`], for an account that its auth token opens, from texts as configurations
    /// hold them: `sender` is a number, a short code or the sid of a messaging service, `base_url`
    /// a stand-in's address if there is one.
    pub fn of_account(
        account_sid: &str,
        auth_token: &str,
        sender: &str,
        base_url: Option<&str>,
        status_callback_url: String,
    ) -> Self {
        let credentials =
            Credentials { user: account_sid.to_owned(), secret: auth_token.to_owned() };
        let is_service = sender.starts_with("MG");
        let sender = if is_service { Sender::Service } else { Sender::Number }(sender.to_owned());
        let mut settings =
            Self::new(account_sid.to_owned(), credentials, sender, status_callback_url);
        base_url.unwrap_or(Self::BASE_URL).clone_into(&mut settings.base_url);
        settings
    }

    /// The settings with the base address as it is joined to paths, or what is wrong with them.
    pub(super) fn checked(mut self) -> Result<Self, BadSettings> {
        web_address("base URL", &self.base_url)?;
        web_address("status callback URL", &self.status_callback_url)?;
        if !is_sid(&self.account_sid) {
            return Err(BadSettings::AccountSid);
        }
        while self.base_url.ends_with('/') {
            self.base_url.pop();
        }
        Ok(self)
    }

    /// Where Twilio reports on a text. The query is covered by the signature, so the ids can be
    /// trusted when they come back.
    pub(super) fn callback_url(&self, ids: &TextIds) -> String {
        let query = Serializer::new(String::new())
            .append_pair("user", ids.user.as_str())
            .append_pair("reminder", &ids.reminder.to_string())
            .append_pair("attempt", &ids.attempt.to_string())
            .finish();
        // A space is `%20` in every part of an address, but `+` only in forms: one that passes
        // through proxies should have one reading. A plus sign itself is already `%2B`.
        let query = query.replace('+', "%20");
        let TwilioSettings { status_callback_url, connection_overrides, .. } = self;
        if connection_overrides.is_empty() {
            format!("{status_callback_url}?{query}")
        } else {
            format!("{status_callback_url}?{query}#{connection_overrides}")
        }
    }
}

/// An address that paths can be joined to.
pub(super) fn web_address(what: &'static str, given: &str) -> Result<(), BadSettings> {
    let url = Url::parse(given).map_err(|_| BadSettings::Address { what })?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let is_usable = matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain;
    if is_usable { Ok(()) } else { Err(BadSettings::Address { what }) }
}

/// Whether something can stand in an address as a name of Twilio's.
pub(super) fn is_sid(given: &str) -> bool {
    !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// User and password of HTTP Basic authentication: the account's sid with its auth token, or an
/// API key's sid with its secret.
#[derive(Clone)]
pub struct Credentials {
    /// `AC...` or `SK...`.
    pub user: String,
    /// The token or secret.
    pub secret: String,
}

impl Credentials {
    pub(super) fn authorization(&self) -> Result<HeaderValue, BadSettings> {
        let pair = STANDARD.encode(format!("{}:{}", self.user, self.secret));
        let mut value =
            HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| BadSettings::Credentials)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, •••)", self.user)
    }
}

/// Who the texts come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Sender {
    /// One number, in E.164, or a short code.
    Number(String),
    /// A messaging service, `MG` and 32 hexadecimal digits, which chooses the number.
    Service(String),
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_) => f.write_str("Number(•••)"),
            Self::Service(sid) => write!(f, "Service({sid})"),
        }
    }
}

/// Settings that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// An address is not usable.
    #[error("the {what} must be an http or https address without query and fragment")]
    Address {
        /// Which one.
        what: &'static str,
    },
    /// The account's sid is not one.
    #[error("the account sid must be letters and digits, such as AC and 32 hexadecimal digits")]
    AccountSid,
    /// The sid of the service that makes codes is not one.
    #[error("the service of Verify must be letters and digits: VA and 32 hexadecimal digits")]
    VerifyServiceSid,
    /// User or secret cannot be written into a header.
    #[error("the credentials cannot be written into a header")]
    Credentials,
}
