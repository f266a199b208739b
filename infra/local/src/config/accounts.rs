//! The tables `[google]` and `[microsoft]`: what people allow to read their calendars there.

use std::path::Path;

use adapters_http::oauth::{AccountSettings, Places};
use app::ports::{Hidden, Keeper};
use url::Url;

use super::Variables;
use super::document::Section;
use super::secret::{Secret, Whereabouts};

/// The variables that hold the clients' secrets, for those who keep them out of files: Google's
/// and Microsoft's.
pub const ACCOUNT_SECRET_VARIABLES: [&str; 2] =
    ["BEFOREHAND_GOOGLE_CLIENT_SECRET", "BEFOREHAND_MICROSOFT_CLIENT_SECRET"];

/// Where a client's secret stands.
fn secret_of(keeper: Keeper) -> Whereabouts {
    let [google, microsoft] = ACCOUNT_SECRET_VARIABLES;
    Whereabouts {
        key: "client_secret",
        file_key: "client_secret_file",
        variable: match keeper {
            Keeper::Google => google,
            Keeper::Microsoft => microsoft,
        },
        is_required: true,
    }
}

/// A client that is registered with somebody who keeps calendars, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClient {
    /// The client's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The page at which people allow it, if not the usual one.
    pub authorize_url: Option<Url>,
    /// Where tokens are handed out, if not at the usual address.
    pub token_url: Option<Url>,
    /// Where the API is, if not at the usual address.
    pub api_url: Option<Url>,
}

impl AccountClient {
    /// What an adapter is made with, for a system that others reach at `base_url`.
    pub fn settings(&self, places: &Places, base_url: &str) -> AccountSettings {
        let text = |url: &Option<Url>| url.as_ref().map(|url| url.as_str().to_owned());
        let secret = Hidden::new(self.client_secret.reveal());
        AccountSettings::new(places, self.client_id.clone(), secret, base_url).at(
            text(&self.authorize_url),
            text(&self.token_url),
            text(&self.api_url),
        )
    }
}

/// Reads the table. None if it is not there, or if something is wrong, which is noted.
pub(super) fn read(
    keeper: Keeper,
    table: &Section<'_>,
    folder: &Path,
    variables: &Variables<'_>,
) -> Option<AccountClient> {
    let client_id = table.text("client_id");
    let client_secret = secret_of(keeper).read(table, folder, variables);
    let authorize_url = table.parsed("authorize_url", super::http_url);
    let token_url = table.parsed("token_url", super::http_url);
    let api_url = table.parsed("api_url", super::http_url);
    if !table.is_present() {
        return None;
    }
    if client_id.is_none() && !table.has("client_id") {
        table.problem("client_id", "is missing; it is shown where the client is registered");
    }
    Some(AccountClient {
        client_id: client_id?,
        client_secret: client_secret?,
        authorize_url,
        token_url,
        api_url,
    })
}

/// Whether the table itself holds a secret.
pub(super) fn holds_secret(table: &Section<'_>) -> bool {
    table.has("client_secret")
}
