use super::*;

fn question(instructions: &str, data: &str) -> http::Request<Bytes> {
    let body = json!({"messages": [
        {"role": "system", "content": instructions},
        {"role": "user", "content": data},
    ]});
    http::Request::post("http://model/v1/chat/completions").body(body.to_string().into()).unwrap()
}

fn said(sandbox: &ModelSandbox) -> (u16, String) {
    let instructions = "Write in English. at most 130 characters.\n\
        Say the time exactly like this: 2:05 PM\nWrite {left} exactly once";
    let asked = question(instructions, "{\"title\": \"Planning\", \"place\": \"Room 4\"}");
    let answer = sandbox.handle_in_process(&asked).unwrap();
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

#[test]
fn a_good_model_says_what_it_was_asked_to_say() {
    let sandbox = ModelSandbox::new(ModelMode::Good);
    let (status, body) = said(&sandbox);
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    let content = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(status, 200);
    assert_eq!(content, r#"{"text":"Planning starts {left}, at 2:05 PM. Room 4."}"#);
    assert_eq!(sandbox.questions(), 1);
}

#[test]
fn other_modes_answer_something_else_each_time_or_nothing() {
    for mode in [ModelMode::Wrong, ModelMode::Malicious, ModelMode::Broken] {
        let sandbox = ModelSandbox::new(mode);
        let answers: Vec<_> = (0..8).map(|_| said(&sandbox)).collect();
        let good = said(&ModelSandbox::default());
        for (place, answer) in answers.iter().enumerate() {
            assert_ne!(*answer, good, "{mode:?}");
            assert!(!answers[..place].contains(answer), "{mode:?}: {answer:?}");
        }
    }
    let slow = ModelSandbox::new(ModelMode::Slow);
    let asked = question(
        "Write in English. at most 9 c\nSay the time exactly like this: 1",
        "{\"title\":\"a\"}",
    );
    assert_eq!(slow.handle_in_process(&asked).unwrap_err(), NoAnswer);
}

#[test]
fn what_is_no_question_is_refused() {
    let sandbox = ModelSandbox::default();
    let check = |request: http::Request<Bytes>, expected: u16| {
        assert_eq!(sandbox.handle_in_process(&request).unwrap().status().as_u16(), expected);
    };
    check(question("Write a poem", "{}"), 400);
    check(http::Request::post("http://model/v1/chat/completions").body("{".into()).unwrap(), 400);
    check(http::Request::get("http://model/v1/models").body(Bytes::new()).unwrap(), 404);
    assert_eq!(sandbox.questions(), 0);
}
