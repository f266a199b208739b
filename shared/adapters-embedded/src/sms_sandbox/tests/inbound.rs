//! Texts that phones send, and the opt-out words.

use super::*;

fn bench(opt_out: OptOutHandling) -> Bench {
    Bench::with(SandboxConfig {
        inbound_url: Some("https://texts.example/twilio/inbound#rc=2&rp=all".to_owned()),
        opt_out,
        ..SandboxConfig::default()
    })
}

async fn say(bench: &Bench, body: &str) -> InboundOutcome {
    let inbound = InboundText { from: TO.to_owned(), to: FROM.to_owned(), body: body.to_owned() };
    bench.sandbox.inbound(inbound, bench.now(), bench.receiver.as_ref()).await
}

/// The bodies that reached the phone.
fn phone(bench: &Bench) -> Vec<String> {
    let texts = bench.sandbox.texts_where(|text| text.to == TO && text.is_on_phone());
    texts.into_iter().map(|text| text.body).collect()
}

async fn create_status(bench: &Bench) -> (u16, Value) {
    let form = [("To", TO), ("From", FROM), ("Body", "reminder")];
    let (status, json) = bench.create(&form).await.unwrap();
    (status, json["code"].clone())
}

#[tokio::test]
async fn an_inbound_text_is_posted_signed_and_its_answer_sent() {
    let bench = bench(OptOutHandling::Provider);
    let answer = "<Response><Message>Hi &amp; bye</Message></Response>";
    bench.receiver.answer_with(200, answer);
    let outcome = say(&bench, "hello & good day").await;
    let callbacks = bench.receiver.take();
    let form = form(&callbacks[0]);
    assert_eq!(callbacks.len(), 1);
    assert_eq!(callbacks[0].url, "https://texts.example/twilio/inbound");
    assert_eq!(form["MessageSid"], outcome.sid);
    assert_eq!((form["From"].as_str(), form["To"].as_str()), (TO, FROM));
    assert_eq!(form["Body"], "hello & good day");
    assert_eq!((form["NumMedia"].as_str(), form["SmsStatus"].as_str()), ("0", "received"));
    assert!(!form.contains_key("OptOutType"));
    let pairs: Vec<_> = form.into_iter().collect();
    let signed = ("X-Twilio-Signature", signature("sandbox", &callbacks[0].url, &pairs));
    assert!(callbacks[0].headers.contains(&signed));
    bench.pass(seconds(60)).await;
    assert_eq!(phone(&bench), ["Hi & bye"]);
    let reply = bench.sandbox.text(&outcome.replies[0]).unwrap();
    assert_eq!(reply.direction, Direction::OutboundReply);
    let inbound = bench.sandbox.text(&outcome.sid).unwrap();
    assert_eq!((inbound.direction, inbound.status), (Direction::Inbound, TextStatus::Received));
}

#[tokio::test]
async fn stop_is_answered_once_and_refuses_texts_until_start() {
    let bench = bench(OptOutHandling::Provider);
    bench.receiver.answer_with(200, "<Response><Message>ours</Message></Response>");
    let outcome = say(&bench, " Stop ").await;
    assert_eq!((outcome.replies.len(), outcome.replies_refused), (1, 1));
    assert_eq!(bench.receiver.take().len(), 1, "the webhook hears of it all the same");
    assert_eq!(create_status(&bench).await, (400, 21610.into()));
    assert!(say(&bench, "STOP").await.replies.is_empty());
    assert!(say(&bench, "help").await.replies.is_empty());
    assert_eq!(say(&bench, "start").await.replies.len(), 1);
    assert!(say(&bench, "start").await.replies.is_empty());
    assert_eq!(create_status(&bench).await.0, 201);
    assert_eq!(say(&bench, "help").await.replies.len(), 1);
    bench.pass(seconds(60)).await;
    let phone = phone(&bench);
    assert_eq!(phone.len(), 4, "{phone:?}");
    assert!(phone[0].starts_with("You have successfully been unsubscribed."));

    // Twilio's own answers are no resources of the API.
    let path = format!("{}?To=%2B15005550101", bench.messages_path());
    let (_, json) = bench.request("GET", &path, &[]).await.unwrap();
    assert_eq!(json["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_whole_word_counts() {
    let bench = bench(OptOutHandling::Provider);
    for body in ["stop by at 5", "please stop", "stopping", "stop it"] {
        assert!(say(&bench, body).await.replies.is_empty(), "{body}");
        assert_eq!(create_status(&bench).await.0, 201, "{body}");
    }
}

#[tokio::test]
async fn the_words_can_be_left_to_the_webhook_or_named_to_it() {
    let off = bench(OptOutHandling::Off);
    off.receiver.answer_with(200, "<Response><Message>ours</Message></Response>");
    let outcome = say(&off, "STOP").await;
    assert_eq!((outcome.replies.len(), outcome.replies_refused), (1, 0));
    assert_eq!(create_status(&off).await.0, 201);

    let advanced = bench(OptOutHandling::ProviderAdvanced);
    for (body, kind) in [("QUIT", "STOP"), ("unstop", "START"), ("INFO", "HELP")] {
        say(&advanced, body).await;
        assert_eq!(form(&advanced.receiver.take()[0])["OptOutType"], kind);
    }
}

#[tokio::test]
async fn a_webhook_that_is_down_is_tried_again_and_the_text_is_kept() {
    let bench = bench(OptOutHandling::Provider);
    for _ in 0..3 {
        bench.receiver.fail_with(CallbackFault::NotConnected("refused".to_owned()));
    }
    let outcome = say(&bench, "hello").await;
    assert_eq!(bench.receiver.take().len(), 3);
    assert!(matches!(outcome.answer, Some(Err(CallbackFault::NotConnected(_)))));
    assert_eq!(bench.sandbox.counts().inbound, 1);
}
