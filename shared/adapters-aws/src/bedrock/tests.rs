use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::clients::Clients;

const MODEL: &str = "eu.amazon.nova-micro-v1:0";

/// A model behind `address`, as the composer makes it of a function's environment.
fn model_at(address: &str) -> BedrockModel {
    let endpoint = format!("http://{address}");
    let clients = Clients::from_lookup(|name| match name {
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME" => Some(endpoint.clone()),
        _ => None,
    });
    BedrockModel::new(clients.unwrap().bedrock(), MODEL)
}

fn request(timeout: SignedDuration) -> ModelRequest {
    ModelRequest {
        instructions: "Write.".to_owned(),
        examples: Vec::new(),
        data: r#"{"title":"Standup"}"#.to_owned(),
        output_tokens_max: 160,
        timeout,
    }
}

/// One request, whole: its head, and its body as JSON.
async fn read_request(connection: &mut TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = connection.read(&mut part).await.unwrap();
        assert_ne!(count, 0, "the request ends early");
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let (_, length) = head.split_once("content-length: ").expect("it says how long it is");
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        if body.len() >= length {
            return (head, serde_json::from_str(body).unwrap());
        }
    }
}

/// Bedrock's side on loopback: answers one request, and tells which.
async fn answering(
    status: u16,
    error: &str,
    body: String,
) -> (String, JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         x-amzn-errortype: {error}\r\n\r\n{body}"
    );
    let served = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let asked = read_request(&mut connection).await;
        connection.write_all(answer.as_bytes()).await.unwrap();
        asked
    });
    (address, served)
}

fn said(content: Value, stop_reason: &str) -> String {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 211, "outputTokens": 24, "totalTokens": 235},
        "metrics": {"latencyMs": 320},
    })
    .to_string()
}

async fn asked(
    status: u16,
    error: &str,
    body: String,
) -> (Result<ModelAnswer, ModelError>, String, Value) {
    let (address, served) = answering(status, error, body).await;
    let answer = model_at(&address).write(&request(SignedDuration::from_secs(20))).await;
    let (head, body) = served.await.unwrap();
    (answer, head, body)
}

#[tokio::test]
async fn txt_01_a_good_answer_of_bedrock_is_read_with_its_tokens() {
    let content = json!([{"text": r#"{"text":"Standup {left}, at 2:00 PM."}"#}]);
    let (answer, head, body) = asked(200, "", said(content, "end_turn")).await;
    let answer = answer.unwrap();
    assert_eq!(answer.text, "Standup {left}, at 2:00 PM.");
    assert_eq!((answer.input_tokens, answer.output_tokens), (211, 24));
    assert_eq!(answer.model, MODEL);
    assert!(head.starts_with("post /model/eu.amazon.nova-micro-v1%3a0/converse "), "{head}");
    assert!(head.contains("/eu-central-1/bedrock/aws4_request"), "{head}");
    assert_eq!(body["system"], json!([{"text": "Write."}]));
    let message = json!([{"role": "user", "content": [{"text": r#"{"title":"Standup"}"#}]}]);
    assert_eq!(body["messages"], message);
    assert_eq!(body["inferenceConfig"]["maxTokens"], 160);
}

#[tokio::test]
async fn txt_01_what_a_model_thinks_aloud_is_not_its_text() {
    let content = json!([
        {"reasoningContent": {"reasoningText": {"text": "It is a standup."}}},
        {"text": "```json\n{\"text\":\"Standup\"}\n```"},
    ]);
    let (answer, ..) = asked(200, "", said(content, "end_turn")).await;
    assert_eq!(answer.unwrap().text, "Standup");
}

#[tokio::test]
async fn txt_02_whatever_goes_wrong_at_bedrock_has_its_reason() {
    let check = async |status: u16, error: &str, body: String, reason: &str| {
        let (answer, ..) = asked(status, error, body).await;
        assert_eq!(answer.unwrap_err().reason(), reason, "{status} {error}");
    };
    let words = || r#"{"message":"no"}"#.to_owned();
    check(429, "ThrottlingException", words(), "model_busy").await;
    check(503, "ServiceUnavailableException", words(), "model_busy").await;
    check(500, "InternalServerException", words(), "model_busy").await;
    check(429, "ModelNotReadyException", words(), "model_busy").await;
    check(424, "ModelErrorException", words(), "model_busy").await;
    check(408, "ModelTimeoutException", words(), "model_timeout").await;
    check(400, "ValidationException", words(), "model_refused").await;
    check(403, "AccessDeniedException", words(), "model_refused").await;
    check(404, "ResourceNotFoundException", words(), "model_refused").await;
    check(418, "SomethingNew", words(), "model_refused").await;
    let good = || json!([{"text": r#"{"text":"Standup"}"#}]);
    check(200, "", said(good(), "max_tokens"), "model_unreadable").await;
    check(200, "", said(good(), "content_filtered"), "model_unreadable").await;
    check(200, "", said(json!([{"text": "Standup at 2"}]), "end_turn"), "model_unreadable").await;
    check(200, "", said(json!([]), "end_turn"), "model_unreadable").await;
    check(200, "", "<html>".to_owned(), "model_unreadable").await;
}

#[tokio::test]
async fn txt_02_bedrock_is_waited_for_no_longer_than_asked_and_asked_once() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let model = model_at(&silent.local_addr().unwrap().to_string());
    let answer = model.write(&request(SignedDuration::ZERO)).await;
    assert_eq!(answer.unwrap_err().reason(), "model_timeout");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let model = model_at(&listener.local_addr().unwrap().to_string());
    // A connection that ends without an answer: the request may have been paid for.
    let served = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        read_request(&mut connection).await;
        drop(connection);
        listener
    });
    let answer = model.write(&request(SignedDuration::from_secs(20))).await;
    assert_eq!(answer.unwrap_err().reason(), "model_timeout");
    // Nobody listens any more, so nothing is sent.
    drop(served.await.unwrap());
    let answer = model.write(&request(SignedDuration::from_secs(20))).await;
    assert_eq!(answer.unwrap_err().reason(), "model_unreachable");
}
