//! Push channels of calendars: `events.watch` and `channels.stop`.

use app::ports::{Access, Channel, Channels, Hidden, Keeper, PullError, Telling};
use async_trait::async_trait;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Google, failure};
use crate::oauth::Ask;
use crate::oauth::no_channel;

/// Characters of a token; Google's own limit.
const TOKEN_CHARS_MAX: usize = 256;

/// What an opened channel is told as.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    resource_id: String,
    /// Milliseconds since 1970, as a text.
    expiration: String,
}

#[async_trait]
impl Channels for Google {
    fn telling(&self, access: &Access) -> Option<Telling> {
        let Access::Google { .. } = access else { return None };
        self.client.settings.push_url.as_ref()?;
        let provider = Keeper::Google.as_str();
        Some(Telling { provider, token_chars_max: TOKEN_CHARS_MAX })
    }

    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError> {
        let (Access::Google { calendar, refresh_token }, Some(push_url)) =
            (access, &self.client.settings.push_url)
        else {
            return Err(no_channel());
        };
        let url = self.client.address(&["calendars", calendar, "events", "watch"], None)?;
        let body =
            json!({ "id": id, "type": "web_hook", "address": push_url, "token": token.reveal() });
        let ask = Ask::with(Method::POST, &url, &body);
        let response = self.client.call(ask, refresh_token, now).await?;
        if !response.status().is_success() {
            return Err(failure::of_api(&self.client, &response, now));
        }
        let unreadable = || self.client.unreadable();
        let opened: Opened = serde_json::from_slice(response.body()).map_err(|_| unreadable())?;
        let expires_at = opened.expiration.parse().map_err(|_| unreadable())?;
        let expires_at = Timestamp::from_millisecond(expires_at).map_err(|_| unreadable())?;
        Ok(Channel { id: id.to_owned(), resource: opened.resource_id, expires_at })
    }

    async fn renew(
        &self,
        _access: &Access,
        _channel: &Channel,
        _now: Timestamp,
    ) -> Result<Option<Channel>, PullError> {
        // Google's channels cannot be made longer.
        Ok(None)
    }

    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError> {
        let Access::Google { refresh_token, .. } = access else { return Ok(()) };
        let url = self.client.address(&["channels", "stop"], None)?;
        let body = json!({ "id": channel.id, "resourceId": channel.resource });
        let ask = Ask::with(Method::POST, &url, &body);
        let response = self.client.call(ask, refresh_token, now).await?;
        match response.status().as_u16() {
            200..300 | 404 => Ok(()),
            _ => Err(failure::of_api(&self.client, &response, now)),
        }
    }
}
