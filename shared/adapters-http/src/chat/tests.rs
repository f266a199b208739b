use std::sync::Mutex;

use jiff::SignedDuration;

use super::*;

/// The other side, in process: one answer for every request, and what was asked.
struct OtherSide {
    answer: Result<(u16, String), TransportFault>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for OtherSide {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answer.clone()?;
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }
}

/// Never answers.
struct Silence;

#[async_trait]
impl Transport for Silence {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        std::future::pending().await
    }
}

fn settings() -> ChatSettings {
    ChatSettings {
        base_url: "http://model.example/v1/".to_owned(),
        model: "small".to_owned(),
        key: Some("secret-key".to_owned()),
    }
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

async fn asked(
    answer: Result<(u16, String), TransportFault>,
) -> (Result<ModelAnswer, ModelError>, Request<Bytes>) {
    let other = Arc::new(OtherSide { answer, asked: Mutex::default() });
    let model = ChatModel::new(&settings(), other.clone()).unwrap();
    let answer = model.write(&request(SignedDuration::from_secs(8))).await;
    let request = other.asked.lock().unwrap().remove(0);
    (answer, request)
}

fn completion(content: &str, finish: &str) -> String {
    serde_json::json!({
        "id": "c1", "object": "chat.completion", "created": 1, "model": "small-0701",
        "choices": [{"index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 211, "completion_tokens": 24, "total_tokens": 235},
    })
    .to_string()
}

#[tokio::test]
async fn txt_01_a_good_answer_is_read_with_its_tokens() {
    let content = r#"{"text":"Standup {left}, at 2:00 PM."}"#;
    let (answer, request) = asked(Ok((200, completion(content, "stop")))).await;
    let answer = answer.unwrap();
    assert_eq!(answer.text, "Standup {left}, at 2:00 PM.");
    assert_eq!((answer.input_tokens, answer.output_tokens), (211, 24));
    assert_eq!(answer.model, "small-0701");
    assert_eq!(request.uri(), "http://model.example/v1/chat/completions");
    assert_eq!(request.headers()[AUTHORIZATION], "Bearer secret-key");
    let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["messages"][0]["role"], "system");
    assert_eq!(body["messages"][1]["content"], r#"{"title":"Standup"}"#);
    assert_eq!(body["max_tokens"], 160);
}

#[tokio::test]
async fn txt_01_a_fence_around_the_answer_is_taken_off() {
    let content = "```json\n{\"text\":\"Standup\"}\n```";
    let (answer, _) = asked(Ok((200, completion(content, "stop")))).await;
    assert_eq!(answer.unwrap().text, "Standup");
}

#[tokio::test]
async fn txt_02_whatever_goes_wrong_has_its_reason() {
    let check = async |answer: Result<(u16, String), TransportFault>, reason: &str| {
        let (answer, _) = asked(answer).await;
        assert_eq!(answer.unwrap_err().reason(), reason);
    };
    check(Ok((429, String::new())), "model_busy").await;
    check(Ok((500, "oops".to_owned())), "model_busy").await;
    check(Ok((401, "{}".to_owned())), "model_refused").await;
    check(Ok((404, "{}".to_owned())), "model_refused").await;
    check(Ok((200, String::new())), "model_unreadable").await;
    check(Ok((200, "<html>".to_owned())), "model_unreadable").await;
    check(Ok((200, completion("Standup at 2", "stop"))), "model_unreadable").await;
    check(Ok((200, completion(r#"{"text":"St"#, "length"))), "model_unreadable").await;
    check(Ok((200, completion(r#"{"text":"x","sms":"y"}"#, "stop"))), "model_unreadable").await;
    check(Ok((200, "x".repeat(70_000))), "model_unreadable").await;
    let reason = "reset".to_owned();
    check(Err(TransportFault::MayHaveBeenProcessed { reason }), "model_timeout").await;
    let reason = "refused".to_owned();
    check(Err(TransportFault::NotSent { reason }), "model_unreachable").await;
}

#[tokio::test]
async fn txt_02_a_model_that_never_answers_is_waited_for_no_longer_than_asked() {
    let model = ChatModel::new(&settings(), Arc::new(Silence)).unwrap();
    let answer = model.write(&request(SignedDuration::ZERO)).await;
    assert_eq!(answer.unwrap_err().reason(), "model_timeout");
}

#[test]
fn settings_that_cannot_work_are_refused_and_the_key_is_not_shown() {
    let check = |change: &dyn Fn(&mut ChatSettings), expected: BadChatSettings| {
        let mut settings = settings();
        change(&mut settings);
        let made = ChatModel::new(&settings, Arc::new(Silence));
        assert_eq!(made.err(), Some(expected));
    };
    check(&|settings| settings.base_url = "model".to_owned(), BadChatSettings::Address);
    check(&|settings| settings.base_url = "ftp://m.example".to_owned(), BadChatSettings::Address);
    check(&|settings| settings.base_url += "?a=b", BadChatSettings::Address);
    check(&|settings| settings.model = " ".to_owned(), BadChatSettings::Model);
    check(&|settings| settings.key = Some("a\nb".to_owned()), BadChatSettings::Key);
    assert!(!format!("{:?}", settings()).contains("secret-key"));
}
