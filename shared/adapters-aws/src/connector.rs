//! AWS's clients over our own way out, instead of an HTTP client and a TLS stack that come with
//! them: a second of each would make a function's package larger by some 300 KiB.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Request;
use transport::{ReqwestTransport, Transport};

/// Sends what the clients ask for. Its timeouts are the transport's.
#[derive(Debug)]
pub(crate) struct OverTransport(pub(crate) Arc<ReqwestTransport>);

impl HttpConnector for OverTransport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move { answer(&*transport, request).await })
    }
}

/// The answer of AWS. Without one, the clients may ask again: their requests can be repeated.
async fn answer(
    transport: &dyn Transport,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|bad| ConnectorError::user(bad.into()))?;
    let (parts, body) = request.into_parts();
    let Some(body) = body.bytes().map(Bytes::copy_from_slice) else {
        return Err(ConnectorError::user("bodies that are streams are not sent".into()));
    };
    let answer = transport.send(Request::from_parts(parts, body)).await;
    let answer = answer.map_err(|fault| ConnectorError::io(fault.into()))?;
    HttpResponse::try_from(answer.map(SdkBody::from))
        .map_err(|bad| ConnectorError::other(bad.into(), None))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use http::Response;
    use transport::TransportFault;

    use super::*;

    struct Answers(Result<u16, TransportFault>);

    #[async_trait]
    impl Transport for Answers {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
            let status = self.0.clone()?;
            let mut answer = Response::new(request.body().clone());
            *answer.status_mut() = status.try_into().unwrap();
            answer.headers_mut().insert("x-asked", request.headers()["x-amz-target"].clone());
            Ok(answer)
        }
    }

    fn request(body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri("https://sqs.example/").unwrap();
        request.headers_mut().insert("x-amz-target", "AmazonSQS.SendMessage");
        request
    }

    #[tokio::test]
    async fn requests_and_answers_arrive_as_they_are() {
        for (status, body) in [(200, "{}"), (400, ""), (503, "later")] {
            let answer = answer(&Answers(Ok(status)), request(body)).await.unwrap();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().get("x-asked"), Some("AmazonSQS.SendMessage"));
            assert_eq!(answer.body().bytes(), Some(body.as_bytes()));
        }
    }

    #[tokio::test]
    async fn no_answer_is_a_reason_to_ask_again() {
        let reason = "refused".to_owned();
        for fault in [
            TransportFault::NotSent { reason: reason.clone() },
            TransportFault::MayHaveBeenProcessed { reason },
        ] {
            let failed = answer(&Answers(Err(fault.clone())), request("{}")).await.unwrap_err();
            assert!(failed.is_io(), "{failed:?}");
            assert_eq!(failed.into_source().downcast_ref::<TransportFault>(), Some(&fault));
        }
    }
}
