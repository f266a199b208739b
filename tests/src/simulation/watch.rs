//! A provider that judges every text before it passes it on.

use std::sync::{Arc, Mutex, OnceLock};

use adapters_embedded::sms_sandbox::SmsSandbox;
use app::ports::{
    Clock, Control, GatewayError, OutgoingText, Reminders, SmsGateway, TextList, TextState,
};
use async_trait::async_trait;
use beforehand::system::Ports;
use domain::ids::MessageSid;
use domain::phone::PhoneNumber;
use domain::reminder::SendOutcome;
use jiff::Timestamp;

use super::doubt::Doubts;
use super::model::{Model, Person};

/// What judging needs, whichever process posts.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) model: Arc<Mutex<Model>>,
    pub(super) sandbox: Arc<OnceLock<Arc<SmsSandbox>>>,
    /// Which posts are to go without an answer, if any.
    pub(super) doubts: Option<Arc<Doubts>>,
}

struct Watched {
    inner: Arc<dyn SmsGateway>,
    reminders: Arc<dyn Reminders>,
    control: Arc<dyn Control>,
    clock: Arc<dyn Clock>,
    watch: Watch,
}

impl Watch {
    /// Changes what somebody wants.
    pub(super) fn person(&self, id: &str, change: impl FnOnce(&mut Person)) {
        let mut model = self.model.lock().expect("nobody panics in here");
        change(model.people.get_mut(id).expect("they are there"));
    }

    /// The ports with every post watched.
    pub(super) fn over(self, ports: Ports) -> Ports {
        let watched = Watched {
            inner: ports.gateway.clone(),
            reminders: ports.stores.reminders.clone(),
            control: ports.stores.control.clone(),
            clock: ports.clock.clone(),
            watch: self,
        };
        Ports { gateway: Arc::new(watched), ..ports }
    }
}

#[async_trait]
impl SmsGateway for Watched {
    async fn send(&self, text: OutgoingText<'_>) -> SendOutcome {
        // The post begins here; while the row is read for the judge, others may let time pass.
        let (ids, now) = (text.ids, self.clock.now());
        let row = self.reminders.reminder(&ids.user, ids.reminder).await;
        let row = row.expect("the store answers");
        let rollout = self.control.rollout().await.expect("the store answers");
        {
            let sandbox = self.watch.sandbox.get().expect("the world is made");
            let mut model = self.watch.model.lock().unwrap();
            model.look_at(sandbox);
            match row {
                Some(row) => {
                    model.judge(&row, ids, text.to.as_e164(), now);
                    if !rollout.includes(&ids.user) {
                        let user = &ids.user;
                        model.broken.push(format!("{now}: {user} is outside the rollout"));
                    }
                }
                None => model.broken.push(format!("{now}: a text for no reminder")),
            }
            let doubts = self.watch.doubts.as_ref();
            let is_lost = doubts.is_some_and(|doubts| doubts.script(sandbox, text.to.as_e164()));
            model.posts += 1;
            model.unanswered += u64::from(is_lost);
        }
        self.inner.send(text).await
    }

    async fn list(&self, to: &PhoneNumber, since: Timestamp) -> Result<TextList, GatewayError> {
        self.inner.list(to, since).await
    }

    async fn fetch(&self, sid: &MessageSid) -> Result<Option<TextState>, GatewayError> {
        self.inner.fetch(sid).await
    }
}
