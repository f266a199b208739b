//! Push channels: `events.watch`, `channels.stop`, and what is pushed.

use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{GoogleServer, State, fault, told};

/// How long a channel lives.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A channel.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    id: String,
    token: String,
    address: String,
    expires_at: Timestamp,
    messages: u64,
}

/// A push: where it goes, and its headers. Whether it arrives, and when, is the test's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where.
    pub address: String,
    /// What it says.
    pub headers: Vec<(&'static str, String)>,
}

impl GoogleServer {
    /// What was pushed since the last time this was asked.
    pub fn pushes(&self) -> Vec<Push> {
        self.lock().pushes.drain(..).collect()
    }

    /// The channels that are open, by their ids.
    pub fn channels(&self) -> Vec<String> {
        self.lock().channels.iter().map(|channel| channel.id.clone()).collect()
    }

    /// From now on no channel can be opened, or again.
    pub fn refuse_channels(&self, refuses: bool) {
        self.lock().refuses_channels = refuses;
    }
}

impl State {
    pub(super) fn watch(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let Ok(asked) = serde_json::from_slice::<Value>(request.body()) else {
            return fault(400, "parseError");
        };
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let (id, address) = (text("id"), text("address"));
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte);
        if !(1..=64).contains(&id.len()) || !id.bytes().all(is_id) || text("type") != "web_hook" {
            return fault(400, "channelIdInvalid");
        }
        if text("token").len() > 256 || !address.starts_with("https://") {
            return fault(400, "push.webhookUrlNotHttps");
        }
        if self.refuses_channels {
            return fault(401, "push.webhookUrlUnauthorized");
        }
        if self.channels.iter().any(|channel| channel.id == id) {
            return fault(400, "channelIdNotUnique");
        }
        let expires_at = now + LIFE;
        let channel = Channel { id, token: text("token"), address, expires_at, messages: 0 };
        self.channels.push(channel);
        let channel = self.channels.last_mut().unwrap();
        let answer = json!({
            "kind": "api#channel", "id": channel.id, "resourceId": "resource-1",
            "token": channel.token, "expiration": expires_at.as_millisecond().to_string(),
        });
        self.pushes.push_back(channel.push("sync"));
        told(200, &answer)
    }

    pub(super) fn stop(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let before = self.channels.len();
        self.channels.retain(|channel| channel.id != asked["id"]);
        if self.channels.len() == before || asked["resourceId"] != "resource-1" {
            return fault(404, "channelUnknown");
        }
        let mut answer = told(204, &Value::Null);
        *answer.body_mut() = Bytes::new();
        answer
    }

    /// Tells whoever watches that something changed.
    pub(super) fn tell(&mut self, now: Timestamp) {
        self.channels.retain(|channel| now < channel.expires_at);
        for channel in &mut self.channels {
            let push = channel.push("exists");
            self.pushes.push_back(push);
        }
    }
}

impl Channel {
    fn push(&mut self, resource_state: &str) -> Push {
        self.messages += 1;
        Push {
            address: self.address.clone(),
            headers: vec![
                ("x-goog-channel-id", self.id.clone()),
                ("x-goog-channel-token", self.token.clone()),
                ("x-goog-message-number", self.messages.to_string()),
                ("x-goog-resource-id", "resource-1".to_owned()),
                ("x-goog-resource-state", resource_state.to_owned()),
            ],
        }
    }
}
