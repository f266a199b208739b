//! What people allow to read their calendars at Google and Microsoft.

use super::PREFIX;
use super::reader::{self, Reader};
use crate::secrets::Secret;

/// The keys of Google's client: its id, and where the consent page, the tokens and the API are.
pub(super) const GOOGLE: [&str; 4] =
    ["GOOGLE_CLIENT_ID", "GOOGLE_AUTHORIZE_URL", "GOOGLE_TOKEN_URL", "GOOGLE_API_URL"];

/// The keys of Microsoft's.
pub(super) const MICROSOFT: [&str; 4] =
    ["MICROSOFT_CLIENT_ID", "MICROSOFT_AUTHORIZE_URL", "MICROSOFT_TOKEN_URL", "MICROSOFT_API_URL"];

/// A client that is registered with somebody who keeps calendars, and where they are if not at
/// their own addresses. The client's secret is one of the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountConfig {
    /// The client's id.
    pub client_id: String,
    /// The page at which people allow it, where tokens are handed out, and where the API is.
    pub addresses: [Option<String>; 3],
}

/// A client's id, its secret, and the three addresses, in the order of an adapter's settings.
pub type AccountParts = (String, Option<String>, [Option<String>; 3]);

impl AccountConfig {
    /// In the order of an adapter's settings: id, secret, and the three addresses.
    pub fn parts(&self, secret: Option<&Secret>) -> AccountParts {
        let secret = secret.map(|secret| secret.reveal().to_owned());
        (self.client_id.clone(), secret, self.addresses.clone())
    }
}

/// Reads the variables. None if no client is named.
pub(super) fn read(reader: &Reader, keys: [&str; 4]) -> Option<AccountConfig> {
    let [client, addresses @ ..] = keys;
    let client_id = reader.optional(client, reader::text);
    let given = addresses.map(|key| reader.optional(key, reader::web_address));
    if !reader.has(client) {
        for key in addresses.into_iter().filter(|key| reader.has(key)) {
            reader.fault(key, &format!("means nothing without {PREFIX}{client}"));
        }
        return None;
    }
    Some(AccountConfig { client_id: client_id?, addresses: given })
}
