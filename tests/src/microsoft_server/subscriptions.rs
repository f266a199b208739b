//! Subscriptions, and what is pushed.

use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{MicrosoftServer, State, fault, told};

/// How long a subscription to events may last at most.
const LIFE_MAX: SignedDuration = SignedDuration::from_mins(4_230);

/// A subscription.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    id: String,
    client_state: String,
    address: String,
    lifecycle_address: String,
    expires_at: Timestamp,
}

/// A push: where it goes, and what it says. Whether it arrives, and when, is the test's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where.
    pub address: String,
    /// What it says; nothing in a handshake.
    pub body: String,
}

impl MicrosoftServer {
    /// What was pushed since the last time this was asked.
    pub fn pushes(&self) -> Vec<Push> {
        self.lock().pushes.drain(..).collect()
    }

    /// The subscriptions there are, by their ids, with their ends.
    pub fn subscriptions(&self) -> Vec<(String, Timestamp)> {
        let all = &self.lock().subscriptions;
        all.iter().map(|one| (one.id.clone(), one.expires_at)).collect()
    }

    /// From now on there can be no subscription, nor a longer one.
    pub fn refuse_subscriptions(&self, refuses: bool) {
        self.lock().refuses_subscriptions = refuses;
    }

    /// Tells every subscriber what becomes of their subscription. One that is removed is gone.
    pub fn lifecycle(&self, event: &str) {
        let mut state = self.lock();
        let told: Vec<_> = state.subscriptions.iter().map(|it| it.lifecycle(event)).collect();
        state.pushes.extend(told);
        if event == "subscriptionRemoved" {
            state.subscriptions.clear();
        }
    }
}

impl State {
    pub(super) fn subscribe(
        &mut self,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Response<Bytes> {
        let Ok(asked) = serde_json::from_slice::<Value>(request.body()) else {
            return fault(400, "BadRequest", None);
        };
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let (address, lifecycle_address) =
            (text("notificationUrl"), text("lifecycleNotificationUrl"));
        let expires_at = text("expirationDateTime").parse::<Timestamp>();
        let is_good = text("changeType") == "created,updated,deleted"
            && text("resource") == "/me/events"
            && text("clientState").len() <= 128
            && [&address, &lifecycle_address].iter().all(|it| it.starts_with("https://"));
        let expires_at = expires_at.ok().filter(|at| is_good && now < *at && *at <= now + LIFE_MAX);
        let Some(expires_at) = expires_at else { return fault(400, "ExtensionError", None) };
        if self.refuses_subscriptions {
            return fault(403, "ExtensionError", Some(60));
        }
        self.made += 1;
        let id = format!("7f105c7d-2dc5-4530-97cd-{:012}", self.made);
        let client_state = text("clientState");
        let made = Subscription { id, client_state, address, lifecycle_address, expires_at };
        self.pushes.push_back(made.handshake());
        let answer = made.told();
        self.subscriptions.push(made);
        told(201, &answer)
    }

    pub(super) fn renew(
        &mut self,
        id: &str,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Response<Bytes> {
        self.subscriptions.retain(|one| now < one.expires_at);
        let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let until = asked["expirationDateTime"].as_str().unwrap_or_default().parse::<Timestamp>();
        let Some(until) = until.ok().filter(|at| now < *at && *at <= now + LIFE_MAX) else {
            return fault(400, "ExtensionError", None);
        };
        if self.refuses_subscriptions {
            return fault(403, "ExtensionError", Some(60));
        }
        let Some(one) = self.subscriptions.iter_mut().find(|one| one.id == id) else {
            return fault(404, "ResourceNotFound", None);
        };
        one.expires_at = until;
        told(200, &one.told())
    }

    pub(super) fn unsubscribe(&mut self, id: &str, now: Timestamp) -> Response<Bytes> {
        self.subscriptions.retain(|one| now < one.expires_at);
        let before = self.subscriptions.len();
        self.subscriptions.retain(|one| one.id != id);
        if self.subscriptions.len() == before {
            return fault(404, "ResourceNotFound", None);
        }
        let mut answer = told(204, &Value::Null);
        *answer.body_mut() = Bytes::new();
        answer
    }

    /// Tells whoever subscribed that something changed.
    pub(super) fn tell(&mut self, now: Timestamp) {
        self.subscriptions.retain(|one| now < one.expires_at);
        let told: Vec<_> = self.subscriptions.iter().map(Subscription::change).collect();
        self.pushes.extend(told);
    }
}

impl Subscription {
    fn told(&self) -> Value {
        json!({
            "id": self.id, "resource": "/me/events", "changeType": "created,updated,deleted",
            "notificationUrl": self.address, "expirationDateTime": self.expires_at.to_string(),
        })
    }

    fn handshake(&self) -> Push {
        let token = "Validation%3a+Testing+client+application+reachability";
        let separator = if self.address.contains('?') { '&' } else { '?' };
        let address = format!("{}{separator}validationToken={token}", self.address);
        Push { address, body: String::new() }
    }

    fn change(&self) -> Push {
        let value = json!([{
            "subscriptionId": self.id, "clientState": self.client_state, "changeType": "updated",
            "subscriptionExpirationDateTime": self.expires_at.to_string(),
            "resource": "Users/1/Events/AAMkAG1=", "tenantId": "2",
            "resourceData": { "@odata.type": "#Microsoft.Graph.Event", "id": "AAMkAG1=" },
        }]);
        Push { address: self.address.clone(), body: json!({ "value": value }).to_string() }
    }

    fn lifecycle(&self, event: &str) -> Push {
        let value = json!([{
            "subscriptionId": self.id, "clientState": self.client_state, "lifecycleEvent": event,
            "subscriptionExpirationDateTime": self.expires_at.to_string(), "tenantId": "2",
        }]);
        let body = json!({ "value": value }).to_string();
        Push { address: self.lifecycle_address.clone(), body }
    }
}
