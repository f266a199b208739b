//! Secrets: one JSON document in Secrets Manager or in a parameter of Systems Manager, read once
//! when a function starts.

use std::fmt;

use app::ports::PhoneKeys;
use app::seals::Seals;
use serde_json::{Map, Value};

use crate::causes::words;
use crate::clients::Clients;

/// The shortest key that phone numbers are hashed with: fewer characters could be guessed.
const PHONE_KEY_CHARS_MIN: usize = 16;

/// Where the secrets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// A secret of Secrets Manager, by ARN or name.
    Secret(String),
    /// A parameter of Systems Manager, by ARN or name.
    Parameter(String),
}

impl SecretRef {
    /// Reads a reference: an ARN says itself what it is of, and names that begin with a slash are
    /// parameters.
    pub fn new(given: &str) -> Self {
        let is_parameter = given.split(':').nth(2) == Some("ssm") || given.starts_with('/');
        if is_parameter {
            Self::Parameter(given.to_owned())
        } else {
            Self::Secret(given.to_owned())
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "secret {name}"),
            Self::Parameter(name) => write!(f, "parameter {name}"),
        }
    }
}

/// A text that is shown only to whoever asks for it by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

/// What opens doors, and what names phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Twilio's auth token, with which we sign in and it signs its webhooks.
    pub twilio_auth_token: Secret,
    /// The other token that is valid while tokens are being exchanged.
    pub twilio_auth_token_next: Option<Secret>,
    /// What phone numbers are hashed with. It must never change: opt-outs are found by it.
    pub phone_key: Secret,
    /// What opens the API.
    pub operator_token: Secret,
    /// The integration key of PagerDuty's service, if alerts go there.
    pub pagerduty_routing_key: Option<Secret>,
    /// The address of Slack's webhook, if alerts go there.
    pub slack_webhook_url: Option<Secret>,
    /// The mail server with user and password, if alerts are mailed.
    pub smtp_url: Option<Secret>,
    /// The key of the language model; none for servers that ask for none.
    pub model_key: Option<Secret>,
    /// What our client proves itself with at Google, if calendars there may be connected.
    pub google_client_secret: Option<Secret>,
    /// The same at Microsoft.
    pub microsoft_client_secret: Option<Secret>,
    /// What seals what opens people's calendars; the phone key does if there is none.
    pub calendar_key: Option<Secret>,
    /// What sealed it before, while keys are being exchanged.
    pub calendar_key_former: Option<Secret>,
}

/// Secrets that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSecrets {
    /// The service did not hand it out.
    #[error("read the {place}: {why}")]
    NotRead {
        /// Which.
        place: SecretRef,
        /// Why.
        why: String,
    },
    /// It is not what we need. Everything that is wrong is named, without what stands there.
    #[error("the {place} is wrong: {}", .faults.join("; "))]
    Invalid {
        /// Which.
        place: SecretRef,
        /// What is wrong.
        faults: Vec<String>,
    },
}

impl Secrets {
    /// Reads the secrets.
    ///
    /// # Errors
    /// [`BadSecrets`], which says what to do.
    pub async fn read(clients: &Clients, place: &SecretRef) -> Result<Self, BadSecrets> {
        let text = match place {
            SecretRef::Secret(id) => secret(clients, id).await,
            SecretRef::Parameter(name) => parameter(clients, name).await,
        };
        let text = text.map_err(|why| BadSecrets::NotRead { place: place.clone(), why })?;
        Self::parse(&text).map_err(|faults| BadSecrets::Invalid { place: place.clone(), faults })
    }

    fn parse(text: &str) -> Result<Self, Vec<String>> {
        // The words of JSON errors quote what they found.
        let Ok(document) = serde_json::from_str::<Map<String, Value>>(text) else {
            let shape = "it is no JSON object; write {\"twilio_auth_token\": \"...\", \
                         \"phone_key\": \"...\", \"operator_token\": \"...\"}";
            return Err(vec![shape.to_owned()]);
        };
        let mut faults = Vec::new();
        let mut value = |key: &str, is_required: bool| {
            let text = match document.get(key) {
                Some(Value::String(text)) => text.trim(),
                Some(_) => {
                    faults.push(format!("{key} is no text"));
                    return Secret(String::new());
                }
                None => "",
            };
            if text.is_empty() && is_required {
                faults.push(format!("{key} is missing"));
            }
            Secret(text.to_owned())
        };
        let mut given = |key| Some(value(key, false)).filter(|it| !it.reveal().is_empty());
        let next = given("twilio_auth_token_next");
        let (key, former) = (given("calendar_key"), given("calendar_key_former"));
        let (pager, slack) = (given("pagerduty_routing_key"), given("slack_webhook_url"));
        let (smtp_url, model_key) = (given("smtp_url"), given("model_key"));
        let google = given("google_client_secret");
        let microsoft = given("microsoft_client_secret");
        let secrets = Self {
            twilio_auth_token: value("twilio_auth_token", true),
            twilio_auth_token_next: next,
            phone_key: value("phone_key", true),
            operator_token: value("operator_token", true),
            pagerduty_routing_key: pager,
            slack_webhook_url: slack,
            smtp_url,
            model_key,
            google_client_secret: google,
            microsoft_client_secret: microsoft,
            calendar_key: key,
            calendar_key_former: former,
        };
        let length = secrets.phone_key.reveal().chars().count();
        if (1..PHONE_KEY_CHARS_MIN).contains(&length) {
            faults.push(format!("phone_key has less than {PHONE_KEY_CHARS_MIN} characters"));
        }
        if faults.is_empty() { Ok(secrets) } else { Err(faults) }
    }

    /// What opens the channels of alerts: PagerDuty, Slack, the mail server.
    pub fn of_alert_channels(&self) -> [Option<String>; 3] {
        let secrets = [&self.pagerduty_routing_key, &self.slack_webhook_url, &self.smtp_url];
        secrets.map(|secret| secret.as_ref().map(|secret| secret.reveal().to_owned()))
    }

    /// What seals and opens. The phone key, which never changes, always opens: so a deployment may
    /// begin without a key for calendars and be given one later.
    pub fn seals(&self) -> Seals {
        let bytes = |secret: &Secret| secret.reveal().as_bytes().to_vec();
        let current = bytes(self.calendar_key.as_ref().unwrap_or(&self.phone_key));
        let former: Vec<_> =
            self.calendar_key_former.iter().chain([&self.phone_key]).map(bytes).collect();
        Seals::new(&current, &former.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Names phones.
    pub fn phone_keys(&self) -> PhoneKeys {
        PhoneKeys::new(self.phone_key.reveal().as_bytes())
    }

    /// Every token with which Twilio may sign.
    pub fn twilio_auth_tokens(&self) -> Vec<String> {
        let tokens = [Some(&self.twilio_auth_token), self.twilio_auth_token_next.as_ref()];
        tokens.into_iter().flatten().map(|token| token.reveal().to_owned()).collect()
    }
}

async fn secret(clients: &Clients, id: &str) -> Result<String, String> {
    let request = clients.secrets_manager().get_secret_value().secret_id(id);
    let answer =
        request.send().await.map_err(|e| words(&e, "secretsmanager:GetSecretValue", "secret"))?;
    answer.secret_string.ok_or_else(|| "it holds bytes; store the JSON as text".to_owned())
}

async fn parameter(clients: &Clients, name: &str) -> Result<String, String> {
    let request = clients.ssm().get_parameter().name(name).with_decryption(true);
    let answer = request.send().await.map_err(|e| words(&e, "ssm:GetParameter", "parameter"))?;
    answer.parameter.and_then(|found| found.value).ok_or_else(|| "it has no value".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    #[test]
    fn all_keys_are_read_and_none_is_shown() {
        let text = format!(
            "{{\"twilio_auth_token\": \" hush1 \", \"twilio_auth_token_next\": \"hush2\", \
             \"phone_key\": \"{KEY}\", \"operator_token\": \"hush3\", \
             \"model_key\": \"hush4\", \"note\": 1, \
             \"slack_webhook_url\": \"hush5\", \"smtp_url\": \" \"}}"
        );
        let secrets = Secrets::parse(&text).unwrap();
        assert_eq!(secrets.twilio_auth_tokens(), ["hush1", "hush2"]);
        assert_eq!(secrets.operator_token.reveal(), "hush3");
        assert_eq!(secrets.model_key.as_ref().map(Secret::reveal), Some("hush4"));
        assert_eq!(secrets.slack_webhook_url.as_ref().map(Secret::reveal), Some("hush5"));
        assert_eq!((&secrets.smtp_url, &secrets.pagerduty_routing_key), (&None, &None));
        assert!(!format!("{secrets:?}").contains("hush"));
    }

    #[test]
    fn all_that_is_wrong_is_named_and_nothing_is_quoted() {
        let check = |text: &str, expected: &[&str]| {
            let faults = Secrets::parse(text).unwrap_err();
            let starts: Vec<_> = faults.iter().map(|fault| &fault[..]).collect();
            assert_eq!(starts.len(), expected.len(), "{faults:?}");
            for (fault, expected) in starts.iter().zip(expected) {
                assert!(fault.starts_with(expected), "{fault}");
                assert!(!fault.contains("hush"), "{fault}");
            }
        };
        check("hush", &["it is no JSON object"]);
        check("[\"hush\"]", &["it is no JSON object"]);
        check(
            "{\"twilio_auth_token\": 7, \"operator_token\": \" \", \"phone_key\": \"hush\"}",
            &["twilio_auth_token is no text", "operator_token is missing", "phone_key has less"],
        );
    }

    #[test]
    fn a_reference_says_where_it_leads() {
        let check = |given: &str, is_parameter: bool| {
            let found = matches!(SecretRef::new(given), SecretRef::Parameter(_));
            assert_eq!(found, is_parameter, "{given}");
        };
        check("arn:aws:secretsmanager:eu-central-1:123456789012:secret:beforehand-a1B2c3", false);
        check("arn:aws:ssm:eu-central-1:123456789012:parameter/beforehand", true);
        check("/beforehand/secrets", true);
        check("beforehand/secrets", false);
    }
}
