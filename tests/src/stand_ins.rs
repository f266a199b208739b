//! What stands below the adapters: the SMS sandbox, called in process.

use std::sync::{Arc, Mutex, PoisonError};

use adapters_embedded::model_sandbox::ModelSandbox;
use adapters_embedded::sms_sandbox::{
    Callback, CallbackAnswer, CallbackFault, CallbackSender, SandboxFault, SmsSandbox,
};
use adapters_http::twilio::{Credentials, Sender, Twilio, TwilioSettings, TwilioVerify};
use app::ports::{Clock, CodeService, Hidden, PhoneCodes, SmsGateway};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;
use transport::{Transport, TransportFault};
use twilio_webhook::STATUS_PATH;

use crate::world::{PUBLIC_URL, SENDER};

/// Twilio's API, answered by a sandbox in this process.
pub struct InProcessTwilio(pub Arc<SmsSandbox>);

#[async_trait]
impl Transport for InProcessTwilio {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        self.0.handle_in_process(request).await.map_err(|fault| match fault {
            SandboxFault::NotReached => TransportFault::NotSent { reason: fault.to_string() },
            SandboxFault::AnswerLost => {
                TransportFault::MayHaveBeenProcessed { reason: fault.to_string() }
            }
        })
    }
}

/// Twilio as [`World`](crate::world::World) reaches it.
pub fn gateway(sandbox: &Arc<SmsSandbox>, clock: Arc<dyn Clock>) -> Arc<dyn SmsGateway> {
    let config = sandbox.config();
    let credentials =
        Credentials { user: config.account_sid.clone(), secret: config.auth_token.clone() };
    let settings = TwilioSettings::new(
        config.account_sid.clone(),
        credentials,
        Sender::Number(SENDER.to_owned()),
        format!("{PUBLIC_URL}{STATUS_PATH}"),
    );
    let transport = Arc::new(InProcessTwilio(sandbox.clone()));
    Arc::new(Twilio::new(settings, transport, clock).expect("the settings are right"))
}

/// Twilio Verify as [`World`](crate::world::World) reaches it.
pub fn codes(sandbox: &Arc<SmsSandbox>) -> Arc<dyn PhoneCodes> {
    let config = sandbox.config();
    let service = CodeService {
        account: config.account_sid.clone(),
        secret: Hidden::new(config.auth_token.clone()),
        service: config.verify_service.clone(),
        base_url: None,
    };
    let transport = Arc::new(InProcessTwilio(sandbox.clone()));
    Arc::new(TwilioVerify::new(service, transport).expect("the settings are right"))
}

/// A language model in this process.
pub struct InProcessModel(pub Arc<ModelSandbox>);

#[async_trait]
impl Transport for InProcessModel {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        self.0
            .handle_in_process(&request)
            .map_err(|fault| TransportFault::MayHaveBeenProcessed { reason: fault.to_string() })
    }
}

/// Our webhooks, called by the sandbox without a network.
#[derive(Default)]
pub struct InProcessWebhooks {
    router: Mutex<Option<Router>>,
}

impl InProcessWebhooks {
    /// Connects the routes, once there are any, or those of the release that takes over.
    pub fn connect(&self, router: Router) {
        *self.router.lock().unwrap_or_else(PoisonError::into_inner) = Some(router);
    }

    /// All routes, which are many: whoever asks often asks for those that were made once.
    pub fn router(&self) -> Router {
        let router = self.router.lock().unwrap_or_else(PoisonError::into_inner);
        router.clone().expect("the webhooks are connected")
    }
}

#[async_trait]
impl CallbackSender for InProcessWebhooks {
    async fn post(&self, callback: Callback) -> Result<CallbackAnswer, CallbackFault> {
        let mut request = Request::post(&callback.url);
        for (name, value) in &callback.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(callback.body)).expect("a sandbox makes requests");
        let (status, body) = answer(self.router(), request).await;
        Ok(CallbackAnswer { status, body })
    }
}

/// Sends one request into a router and reads the whole answer.
pub async fn answer(router: Router, request: Request<Body>) -> (u16, String) {
    let response = router.oneshot(request).await.expect("routers do not fail");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("bodies end").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
