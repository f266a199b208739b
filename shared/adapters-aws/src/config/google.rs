//! What people allow to read their calendars at Google.

use super::PREFIX;
use super::reader::{self, Reader};
use crate::secrets::Secrets;

/// A client that is registered with Google, and where Google is if not at its own addresses. The
/// client's secret is one of the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleConfig {
    /// The client's id.
    pub client_id: String,
    /// The page at which people allow it.
    pub authorize_url: Option<String>,
    /// Where tokens are handed out.
    pub token_url: Option<String>,
    /// Where the API is, up to `/calendars`.
    pub api_url: Option<String>,
}

impl GoogleConfig {
    /// In the order of an adapter's settings: id, secret, and the three addresses.
    pub fn parts(&self, secrets: &Secrets) -> (String, Option<String>, [Option<String>; 3]) {
        let Self { client_id, authorize_url, token_url, api_url } = self.clone();
        let secret = secrets.google_client_secret.as_ref();
        let secret = secret.map(|secret| secret.reveal().to_owned());
        (client_id, secret, [authorize_url, token_url, api_url])
    }
}

/// Reads the variables. None if no client is named.
pub(super) fn read(reader: &Reader) -> Option<GoogleConfig> {
    let client_id = reader.optional("GOOGLE_CLIENT_ID", reader::text);
    let addresses = ["GOOGLE_AUTHORIZE_URL", "GOOGLE_TOKEN_URL", "GOOGLE_API_URL"];
    let [authorize_url, token_url, api_url] =
        addresses.map(|key| reader.optional(key, reader::web_address));
    if !reader.has("GOOGLE_CLIENT_ID") {
        for key in addresses.into_iter().filter(|key| reader.has(key)) {
            reader.fault(key, &format!("means nothing without {PREFIX}GOOGLE_CLIENT_ID"));
        }
        return None;
    }
    Some(GoogleConfig { client_id: client_id?, authorize_url, token_url, api_url })
}
