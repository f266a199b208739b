//! Posting the sandbox's webhooks over HTTP on loopback, as Twilio would.

use adapters_embedded::sms_sandbox::{Callback, CallbackAnswer, CallbackFault, CallbackSender};
use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use transport::{Transport, TransportFault};

/// Posts webhooks through a transport.
pub struct HttpCallbacks<T>(pub T);

#[async_trait]
impl<T: Transport> CallbackSender for HttpCallbacks<T> {
    async fn post(&self, callback: Callback) -> Result<CallbackAnswer, CallbackFault> {
        let mut request = Request::post(&callback.url);
        for (name, value) in &callback.headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Bytes::from(callback.body))
            .map_err(|bad| CallbackFault::NotConnected(bad.to_string()))?;
        match self.0.send(request).await {
            Ok(answer) => Ok(CallbackAnswer {
                status: answer.status().as_u16(),
                body: String::from_utf8_lossy(answer.body()).into_owned(),
            }),
            Err(TransportFault::NotSent { reason }) => Err(CallbackFault::NotConnected(reason)),
            Err(TransportFault::MayHaveBeenProcessed { reason }) => {
                Err(CallbackFault::NoAnswer(reason))
            }
        }
    }
}
