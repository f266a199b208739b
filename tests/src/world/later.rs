//! What happens in the middle of something else.

use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use adapters_embedded::sms_sandbox::{InboundText, SmsSandbox};
use app::ports::Clock;
use app::users::UserPorts;
use axum::body::Body;
use beforehand::system::System;
use http::{Method, Request};
use jiff::Timestamp;

use super::{SENDER, World};
use crate::stand_ins::{InProcessWebhooks, answer};
use crate::users::phone_of;

/// A world's handles, for whatever happens while its owner is busy.
#[derive(Clone)]
pub struct Later {
    /// Who works beside our side: the release before while there is one.
    pub beside: Arc<System>,
    /// Our side.
    pub system: Arc<System>,
    /// What changes to users and calendars need.
    pub users: UserPorts,
    pub(super) sandbox: Arc<SmsSandbox>,
    pub(super) webhooks: Arc<InProcessWebhooks>,
    pub(super) clock: Arc<ManualClock>,
}

impl World {
    /// What lets something happen later, in the middle of something else.
    pub fn later(&self) -> Later {
        let (system, sandbox) = (self.system.clone(), self.sandbox.clone());
        let (webhooks, clock) = (self.webhooks.clone(), self.clock.clone());
        let beside = self.beside();
        Later { beside, system, users: self.ports.users(&self.settings), sandbox, webhooks, clock }
    }
}

impl Later {
    /// The instant it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Asks the API, and says with which status it answered.
    pub async fn request(&self, method: Method, path: &str, body: &str) -> u16 {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_owned())).expect("a test makes requests");
        answer(self.webhooks.router(), request).await.0
    }

    /// A user's phone sends a text; whether it was taken.
    pub async fn text_us(&self, owner: &str, body: &str) -> bool {
        let text = InboundText {
            from: phone_of(owner).as_e164().to_owned(),
            to: SENDER.to_owned(),
            body: body.to_owned(),
        };
        let now = self.clock.now();
        let outcome = self.sandbox.inbound(text, now, &*self.webhooks).await;
        outcome.answer.is_some_and(|answer| answer.is_ok_and(|said| said.status == 200))
    }
}
