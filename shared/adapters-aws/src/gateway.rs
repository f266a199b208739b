//! An HTTP API of API Gateway before a router: its requests and answers as JSON (payload format
//! 2.0). `lambda_http` does the same, and brings tables of every alphabet to read our own answers
//! with, which are a twentieth of a function's package.

use std::convert::Infallible;
use std::error::Error;
use std::net::IpAddr;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_smithy_types::base64;
use bytes::Bytes;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{Service, ServiceExt};
use url::{Position, Url};

/// Why an invocation fails, as Lambda's runtime takes it.
type Failure = Box<dyn Error + Send + Sync>;

/// Takes a request through a router. It comes as any JSON, because the runtime reads what it gives
/// with the path of each error, in code as large as what reads it here.
///
/// # Errors
/// What comes is no request, or its answer broke off. API Gateway then answers 500.
pub async fn through<R, B>(router: R, event: Value) -> Result<ApiGatewayV2httpResponse, Failure>
where
    R: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body,
    B::Error: Into<Failure>,
{
    let Ok(answer) = router.oneshot(request(event)?).await;
    response(answer).await
}

/// The request that somebody made. Where from is among its extensions, as an [`IpAddr`]: the
/// gateway saw that, while headers can be written by anybody.
///
/// # Errors
/// It cannot be one, which the gateway would not have let through.
pub fn request(event: Value) -> Result<Request<Full<Bytes>>, Failure> {
    let event: ApiGatewayV2httpRequest = serde_json::from_value(event)?;
    // The gateway has decoded the path, but not the query, whose spelling may be signed.
    let mut path = Url::parse("http://gateway")?;
    path.set_path(event.raw_path.as_deref().unwrap_or_default());
    let path = &path[Position::BeforePath..];
    let uri = match event.raw_query_string.as_deref() {
        None | Some("") => path.to_owned(),
        Some(query) => format!("{path}?{query}"),
    };
    let body = match event.body {
        Some(body) if event.is_base64_encoded => base64::decode(body)?.into(),
        body => Bytes::from(body.unwrap_or_default()),
    };
    let called = event.request_context.http;
    let mut request = Request::builder().method(called.method).uri(uri).body(Full::new(body))?;
    *request.headers_mut() = event.headers;
    if let Some(cookies) = event.cookies {
        request.headers_mut().insert(COOKIE, HeaderValue::from_str(&cookies.join("; "))?);
    }
    if let Some(address) = called.source_ip.and_then(|ip| ip.parse::<IpAddr>().ok()) {
        request.extensions_mut().insert(address);
    }
    Ok(request)
}

/// An answer as the gateway reads it: with cookies apart, and what is no text in Base64.
async fn response<B>(answer: Response<B>) -> Result<ApiGatewayV2httpResponse, Failure>
where
    B: http_body::Body,
    B::Error: Into<Failure>,
{
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(Into::into)?.to_bytes();
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = parts.status.as_u16().into();
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    response.cookies =
        cookies.filter_map(|cookie| Some(cookie.to_str().ok()?.to_owned())).collect();
    parts.headers.remove(SET_COOKIE);
    response.headers = parts.headers;
    let body = String::from_utf8(body.into())
        .map_or_else(|other| Body::Binary(other.into_bytes()), Body::Text);
    response.is_base64_encoded = matches!(body, Body::Binary(_));
    response.body = Some(body);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;
    use tower::service_fn;

    use super::*;

    fn event(changes: &Value) -> Value {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/v1/users",
            "rawQueryString": "",
            "headers": { "host": "api.example", "accept": "a, b" },
            "requestContext": {
                "http": { "method": "POST", "path": "/v1/users", "sourceIp": "192.0.2.7" },
                "stage": "$default",
            },
            "isBase64Encoded": false,
        });
        event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        event
    }

    async fn body(request: Request<Full<Bytes>>) -> Bytes {
        request.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_request_arrives_as_it_was_made() {
        let made = request(event(&json!({
            "rawQueryString": "a=1&b=it's%20%C3%BC&a=2",
            "cookies": ["one=1", "two=2"],
            "body": "naïve",
        })));
        let made = made.unwrap();
        assert_eq!(made.method(), "POST");
        assert_eq!(made.uri(), "/v1/users?a=1&b=it's%20%C3%BC&a=2");
        assert_eq!(made.headers()["accept"], "a, b");
        assert_eq!(made.headers()["cookie"], "one=1; two=2");
        assert_eq!(made.extensions().get(), Some(&"192.0.2.7".parse::<IpAddr>().unwrap()));
        assert_eq!(body(made).await, "naïve");
    }

    #[tokio::test]
    async fn paths_are_encoded_again_and_bodies_decoded() {
        let made = event(&json!({
            "rawPath": "/v1/users/ada lövelace?#%",
            "body": "AP8=",
            "isBase64Encoded": true,
        }));
        let made = request(made).unwrap();
        assert_eq!(made.uri(), "/v1/users/ada%20l%C3%B6velace%3F%23%");
        assert!(made.headers().get("cookie").is_none());
        assert_eq!(body(made).await, [0, 255][..]);
        assert_eq!(request(event(&json!({ "rawPath": "" }))).unwrap().uri(), "/");
    }

    #[test]
    fn what_cannot_be_a_request_is_refused() {
        let not_base64 = json!({ "body": "%", "isBase64Encoded": true });
        for changes in [not_base64, json!({ "rawQueryString": "a b" }), json!({ "body": 7 })] {
            assert!(request(event(&changes)).is_err(), "{changes}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_what_the_gateway_reads() {
        let answered = async |body: &'static [u8]| {
            let router = service_fn(async |_: Request<Full<Bytes>>| {
                let answer = Response::builder()
                    .status(StatusCode::CREATED)
                    .header("etag", "\"7\"")
                    .header("set-cookie", "one=1; Secure")
                    .header("set-cookie", "two=2");
                Ok(answer.body(Full::new(Bytes::from_static(body))).unwrap())
            });
            let answer = through(router, event(&json!({}))).await.unwrap();
            serde_json::to_value(answer).unwrap()
        };
        let mut expected = json!({
            "statusCode": 201,
            "headers": { "etag": "\"7\"" },
            "multiValueHeaders": {},
            "cookies": ["one=1; Secure", "two=2"],
            "body": "naïve",
            "isBase64Encoded": false,
        });
        assert_eq!(answered("naïve".as_bytes()).await, expected);
        expected["body"] = "/wA=".into();
        expected["isBase64Encoded"] = true.into();
        assert_eq!(answered(&[255, 0]).await, expected);
        expected["body"] = "".into();
        expected["isBase64Encoded"] = false.into();
        assert_eq!(answered(b"").await, expected);
    }
}
