//! Push channels of calendars: `events.watch` and `channels.stop`.

use app::ports::{Access, Channel, Channels, Hidden, PullError};
use async_trait::async_trait;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Google, failure};
use crate::feed::later;

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
    fn provider(&self, access: &Access) -> Option<&'static str> {
        let is_ours = matches!(access, Access::Google { .. }) && self.settings.push_url.is_some();
        is_ours.then_some("google")
    }

    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError> {
        let (Access::Google { calendar, refresh_token }, Some(push_url)) =
            (access, &self.settings.push_url)
        else {
            return Err(later("the calendar can have no channel"));
        };
        let url = self.address(&["calendars", calendar, "events", "watch"], None)?;
        let body =
            json!({ "id": id, "type": "web_hook", "address": push_url, "token": token.reveal() });
        let body = Some(body.to_string());
        let response = self.call(Method::POST, &url, body.as_deref(), refresh_token, now).await?;
        if !response.status().is_success() {
            return Err(failure::of_api(&response, now));
        }
        let unreadable = || later("Google's answer is not what its documents say");
        let opened: Opened = serde_json::from_slice(response.body()).map_err(|_| unreadable())?;
        let expires_at = opened.expiration.parse().map_err(|_| unreadable())?;
        let expires_at = Timestamp::from_millisecond(expires_at).map_err(|_| unreadable())?;
        Ok(Channel { id: id.to_owned(), resource: opened.resource_id, expires_at })
    }

    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError> {
        let Access::Google { refresh_token, .. } = access else { return Ok(()) };
        let url = self.address(&["channels", "stop"], None)?;
        let body = json!({ "id": channel.id, "resourceId": channel.resource }).to_string();
        let response = self.call(Method::POST, &url, Some(&body), refresh_token, now).await?;
        match response.status().as_u16() {
            200..300 | 404 => Ok(()),
            _ => Err(failure::of_api(&response, now)),
        }
    }
}
