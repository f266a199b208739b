//! Subscriptions to changes: made, made longer, ended.
//!
//! The name of a subscription is Microsoft's to choose, and what it is told by must not hold more
//! than 128 characters, so our own name for it stands in the address it pushes to. Changes and news
//! of the subscription itself come to the same address; each says what it is.

use app::ports::{Access, Channel, Channels, Hidden, Keeper, PullError, Telling};
use async_trait::async_trait;
use bytes::Bytes;
use domain::time::ahead;
use http::{Method, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use url::Url;

use super::wire::Subscription;
use super::{Microsoft, OWN, failure, whole_second};
use crate::oauth::Ask;
use crate::oauth::no_channel;

/// Characters of a `clientState` (resource type `subscription`).
const TOKEN_CHARS_MAX: usize = 128;

/// How long a subscription shall last: for events 4,230 minutes were allowed at least at all times,
/// and clocks differ.
const LIFE: SignedDuration = SignedDuration::from_mins(4_200);

impl Microsoft {
    fn subscription(
        &self,
        response: &Response<Bytes>,
        id: &str,
        now: Timestamp,
    ) -> Result<Channel, PullError> {
        if !response.status().is_success() {
            return Err(failure::of_api(&self.client, response, now));
        }
        let made: Subscription =
            serde_json::from_slice(response.body()).map_err(|_| self.client.unreadable())?;
        let expires_at = made.expiration_date_time;
        Ok(Channel { id: id.to_owned(), resource: made.id, expires_at })
    }
}

#[async_trait]
impl Channels for Microsoft {
    fn telling(&self, access: &Access) -> Option<Telling> {
        let Access::Microsoft { .. } = access else { return None };
        self.client.settings.push_url.as_ref()?;
        let provider = Keeper::Microsoft.as_str();
        Some(Telling { provider, token_chars_max: TOKEN_CHARS_MAX })
    }

    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError> {
        let (Access::Microsoft { calendar, refresh_token }, Some(push_url)) =
            (access, &self.client.settings.push_url)
        else {
            return Err(no_channel());
        };
        let mut push_url = Url::parse(push_url).map_err(|_| self.client.unreadable())?;
        push_url.query_pairs_mut().append_pair("channel", id);
        let resource = match calendar.as_str() {
            OWN => "/me/events".to_owned(),
            calendar => format!("/me/calendars/{calendar}/events"),
        };
        let body = json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": push_url.as_str(),
            "lifecycleNotificationUrl": push_url.as_str(),
            "resource": resource,
            "expirationDateTime": whole_second(ahead(now, LIFE)),
            "clientState": token.reveal(),
        });
        let url = self.client.address(&["subscriptions"], None)?;
        let response =
            self.client.call(Ask::with(Method::POST, &url, &body), refresh_token, now).await?;
        self.subscription(&response, id, now)
    }

    async fn renew(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Option<Channel>, PullError> {
        let Access::Microsoft { refresh_token, .. } = access else { return Ok(None) };
        let url = self.client.address(&["subscriptions", &channel.resource], None)?;
        let body = json!({ "expirationDateTime": whole_second(ahead(now, LIFE)) });
        let response =
            self.client.call(Ask::with(Method::PATCH, &url, &body), refresh_token, now).await?;
        match response.status().as_u16() {
            404 => Ok(None),
            _ => self.subscription(&response, &channel.id, now).map(Some),
        }
    }

    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError> {
        let Access::Microsoft { refresh_token, .. } = access else { return Ok(()) };
        let url = self.client.address(&["subscriptions", &channel.resource], None)?;
        let ask = Ask { method: Method::DELETE, ..Ask::get(&url) };
        let response = self.client.call(ask, refresh_token, now).await?;
        match response.status().as_u16() {
            200..300 | 404 => Ok(()),
            _ => Err(failure::of_api(&self.client, &response, now)),
        }
    }
}
