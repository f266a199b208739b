//! The `[google]` table: what people allow to read their calendars at Google.

use std::path::Path;

use adapters_http::google::GoogleSettings;
use app::ports::Hidden;
use url::Url;

use super::Variables;
use super::document::Section;
use super::secret::{Secret, Whereabouts};

/// The variable that holds the client's secret, for those who keep it out of files.
pub const GOOGLE_SECRET_VARIABLE: &str = "BEFOREHAND_GOOGLE_CLIENT_SECRET";

/// Where the client's secret stands.
const SECRET: Whereabouts = Whereabouts {
    key: "client_secret",
    file_key: "client_secret_file",
    variable: GOOGLE_SECRET_VARIABLE,
    is_required: true,
};

/// A client that is registered with Google, and where Google is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleClient {
    /// The client's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The page at which people allow it, if not Google's own.
    pub authorize_url: Option<Url>,
    /// Where tokens are handed out, if not at Google's own address.
    pub token_url: Option<Url>,
    /// Where the API is, up to `/calendars`, if not at Google's own address.
    pub api_url: Option<Url>,
}

impl GoogleClient {
    /// What the adapter is made with, for a system that others reach at `base_url`.
    pub fn settings(&self, base_url: &str) -> GoogleSettings {
        let text = |url: &Option<Url>| url.as_ref().map(|url| url.as_str().to_owned());
        let secret = Hidden::new(self.client_secret.reveal());
        GoogleSettings::of_deployment(self.client_id.clone(), secret, base_url).at(
            text(&self.authorize_url),
            text(&self.token_url),
            text(&self.api_url),
        )
    }
}

/// Reads the table. None if it is not there, or if something is wrong, which is noted.
pub(super) fn read(
    table: &Section<'_>,
    folder: &Path,
    variables: &Variables<'_>,
) -> Option<GoogleClient> {
    let client_id = table.text("client_id");
    let client_secret = SECRET.read(table, folder, variables);
    let authorize_url = table.parsed("authorize_url", super::http_url);
    let token_url = table.parsed("token_url", super::http_url);
    let api_url = table.parsed("api_url", super::http_url);
    if !table.is_present() {
        return None;
    }
    if client_id.is_none() && !table.has("client_id") {
        table.problem("client_id", "is missing; Google shows it beside the client's secret");
    }
    Some(GoogleClient {
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
