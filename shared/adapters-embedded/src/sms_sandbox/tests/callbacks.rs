//! Statuses and their callbacks.

use super::*;

#[tokio::test]
async fn each_change_of_status_is_posted_signed_without_the_fragment() {
    let bench = Bench::new();
    let sid = bench.text(TO, "b").await;
    assert_eq!(bench.sandbox.next_due(), Some(bench.now() + SignedDuration::from_millis(100)));
    bench.pass(SignedDuration::from_millis(99)).await;
    assert_eq!(bench.receiver.take(), []);
    bench.pass(seconds(5)).await;
    assert_eq!(bench.sandbox.next_due(), None);
    let callbacks = bench.receiver.take();
    let statuses: Vec<_> = callbacks.iter().map(|got| form(got)["MessageStatus"].clone()).collect();
    assert_eq!(statuses, ["sending", "sent", "delivered"]);
    let mut tokens = std::collections::HashSet::new();
    for callback in &callbacks {
        let form = form(callback);
        assert_eq!(callback.url, "https://texts.example/twilio/status?r=1&a=2");
        assert_eq!((&form["MessageSid"], &form["SmsSid"]), (&sid, &sid));
        assert_eq!(form["SmsStatus"], form["MessageStatus"]);
        assert_eq!((form["To"].as_str(), form["From"].as_str()), (TO, FROM));
        assert_eq!(form["AccountSid"], bench.sandbox.config().account_sid);
        assert_eq!(form["ApiVersion"], "2010-04-01");
        assert!(!form.contains_key("ErrorCode"));
        let pairs: Vec<_> = form.into_iter().collect();
        let headers: BTreeMap<_, _> = callback.headers.iter().cloned().collect();
        assert_eq!(headers["X-Twilio-Signature"], signature("sandbox", &callback.url, &pairs));
        assert!(headers["Content-Type"].starts_with("application/x-www-form-urlencoded"));
        tokens.insert(headers["I-Twilio-Idempotency-Token"].clone());
    }
    assert_eq!(tokens.len(), 3);
    let text = bench.sandbox.text(&sid).unwrap();
    assert_eq!(text.sent_at, Some(text.created_at + SignedDuration::from_millis(350)));
    assert_eq!(text.delivered_at, Some(text.created_at + SignedDuration::from_millis(950)));
}

#[tokio::test]
async fn a_text_that_fails_says_why() {
    let bench = Bench::new();
    let check = async |fate: Fate, status: TextStatus, code: Option<u32>| {
        bench.sandbox.script_next(&Script::fate(fate), 1);
        let sid = bench.text(TO, "b").await;
        bench.pass(seconds(40_000)).await;
        let text = bench.sandbox.text(&sid).unwrap();
        assert_eq!((text.status, text.error_code), (status, code), "{fate:?}");
        let last = bench.receiver.take().last().map(form).unwrap_or_default();
        assert_eq!(last.get("ErrorCode").cloned(), code.map(|code| code.to_string()), "{fate:?}");
    };
    check(Fate::Deliver, TextStatus::Delivered, None).await;
    check(Fate::Undeliver { code: 30003 }, TextStatus::Undelivered, Some(30003)).await;
    check(Fate::Fail { code: 30001 }, TextStatus::Failed, Some(30001)).await;
    check(Fate::StopAt(TextStatus::Sent), TextStatus::Sent, None).await;
    check(Fate::StopAt(TextStatus::Queued), TextStatus::Undelivered, Some(30036)).await;
}

#[tokio::test]
async fn a_text_is_not_sent_after_its_validity() {
    let bench = Bench::new();
    let slow = Delays { sending: seconds(61), ..Delays::NONE };
    bench.sandbox.script_next(&Script::default().with_delays(slow), 1);
    let form = [("To", TO), ("From", FROM), ("Body", "b"), ("ValidityPeriod", "60")];
    let (_, json) = bench.create(&form).await.unwrap();
    let sid = json["sid"].as_str().unwrap();
    bench.pass(seconds(59)).await;
    assert_eq!(bench.status_of(sid), TextStatus::Queued);
    bench.pass(seconds(10)).await;
    let text = bench.sandbox.text(sid).unwrap();
    assert_eq!((text.status, text.error_code), (TextStatus::Undelivered, Some(30036)));
    assert_eq!((text.sent_at, text.updated_at), (None, text.created_at + seconds(60)));
}

#[tokio::test]
async fn failed_callbacks_are_tried_again_as_the_fragment_says() {
    let bench = Bench::new();
    let only_sending = Script::fate(Fate::StopAt(TextStatus::Sending));
    let check = async |fragment: &str, failures: usize, posts: usize, given_up: u64| {
        bench.sandbox.script_next(&only_sending, 1);
        let url = format!("https://texts.example/status{fragment}");
        let form = [("To", TO), ("From", FROM), ("Body", "b"), ("StatusCallback", url.as_str())];
        bench.create(&form).await.unwrap();
        for number in 0..failures {
            match number % 3 {
                0 => bench.receiver.answer_with(503, ""),
                1 => bench.receiver.fail_with(CallbackFault::NotConnected(String::new())),
                _ => bench.receiver.fail_with(CallbackFault::NoAnswer(String::new())),
            }
        }
        let before = bench.sandbox.counts().callbacks_given_up;
        for _ in 0..60 {
            bench.pass(seconds(1)).await;
        }
        let got = bench.receiver.take();
        assert_eq!(got.len(), posts, "{fragment}");
        assert!(got.windows(2).all(|pair| pair[0] == pair[1]), "{fragment}");
        assert_eq!(bench.sandbox.counts().callbacks_given_up - before, given_up, "{fragment}");
        bench.receiver.answers.lock().unwrap().clear();
    };
    check("", 1, 1, 1).await;
    check("#rc=5&rp=4xx,5xx,ct,rt", 4, 5, 0).await;
    check("#rc=5&rp=4xx,5xx,ct,rt", 9, 6, 1).await;
    check("#rc=2&rp=all", 9, 3, 1).await;
    check("#rc=5&rp=5xx", 9, 2, 1).await;
}

#[tokio::test]
async fn a_script_decides_which_callbacks_are_posted_and_in_which_order() {
    let bench = Bench::new();
    let connected: Arc<dyn CallbackSender> = Arc::clone(&bench.receiver) as _;
    bench.sandbox.connect(&connected);
    let check = async |plan: CallbackPlan, before: &[&str], after: &[&str]| {
        bench.sandbox.script_next(&Script::default().with_callbacks(plan.clone()), 1);
        bench.text(TO, "b").await;
        assert_eq!(bench.receiver.take_statuses(), before, "{plan:?}");
        bench.pass(seconds(60)).await;
        assert_eq!(bench.receiver.take_statuses(), after, "{plan:?}");
    };
    let all = ["sending", "sent", "delivered"];
    check(CallbackPlan::AsItHappens, &[], &all).await;
    check(CallbackPlan::Never, &[], &[]).await;
    let twice = ["sending", "sending", "sent", "sent", "delivered", "delivered"];
    check(CallbackPlan::Twice, &[], &twice).await;
    check(CallbackPlan::Reversed, &[], &["delivered", "sent", "sending"]).await;
    check(CallbackPlan::BeforeAnswer, &all, &[]).await;
    let planned = |status, when| PlannedCallback { status, when };
    let exactly = CallbackPlan::Exactly(vec![
        planned(TextStatus::Sent, CallbackTime::After(seconds(3))),
        planned(TextStatus::Queued, CallbackTime::After(seconds(2))),
        planned(TextStatus::Delivered, CallbackTime::BeforeAnswer),
        planned(TextStatus::Delivered, CallbackTime::After(seconds(3))),
    ]);
    check(exactly, &["delivered"], &["queued", "sent", "delivered"]).await;

    drop(connected);
    bench.sandbox.script_next(&Script::answer(Answer::Lost { processed: true }), 1);
    let form = [("To", TO), ("From", FROM), ("Body", "b"), ("StatusCallback", CALLBACK)];
    assert_eq!(bench.create(&form).await, Err(SandboxFault::AnswerLost));
    bench.pass(seconds(60)).await;
    assert_eq!(bench.receiver.take_statuses(), all, "a lost answer does not lose callbacks");
}

#[tokio::test]
async fn callbacks_can_be_switched_off() {
    let bench = Bench::with(SandboxConfig { callbacks: false, ..SandboxConfig::default() });
    let sid = bench.text(TO, "b").await;
    bench.pass(seconds(60)).await;
    assert_eq!(bench.status_of(&sid), TextStatus::Delivered);
    assert_eq!(bench.receiver.take(), []);
}

#[tokio::test]
async fn a_messaging_service_chooses_the_sender_later() {
    let sid = "MG000000000000000000000000000000a1".to_owned();
    let service = MessagingService { sid: sid.clone(), sender: FROM.to_owned() };
    let bench = Bench::with(SandboxConfig {
        messaging_services: vec![service],
        ..SandboxConfig::default()
    });
    let form = [
        ("To", TO),
        ("MessagingServiceSid", sid.as_str()),
        ("Body", "b"),
        ("StatusCallback", CALLBACK),
    ];
    let (status, json) = bench.create(&form).await.unwrap();
    assert_eq!((status, &json["status"]), (201, &"accepted".into()));
    assert_eq!((&json["from"], &json["num_segments"]), (&Value::Null, &"0".into()));
    assert_eq!(json["messaging_service_sid"], sid);
    bench.pass(seconds(60)).await;
    let callbacks = bench.receiver.take();
    let last = super::form(callbacks.last().unwrap());
    assert_eq!((last["From"].as_str(), &last["MessagingServiceSid"]), (FROM, &sid));
    assert_eq!(callbacks.len(), 4, "queued, sending, sent, delivered");
}

#[tokio::test]
async fn changes_can_be_watched_and_new_work_wakes_the_runner() {
    let bench = Bench::new();
    let mut changes = bench.sandbox.subscribe();
    bench.text(TO, "b").await;
    bench.sandbox.work_added().await;
    bench.pass(seconds(60)).await;
    let mut seen = Vec::new();
    while let Ok(text) = changes.try_recv() {
        seen.push(text.status);
    }
    let statuses =
        [TextStatus::Queued, TextStatus::Sending, TextStatus::Sent, TextStatus::Delivered];
    assert_eq!(seen, statuses);
}

#[tokio::test]
async fn the_same_calls_give_the_same_texts_and_callbacks() {
    let run = async || {
        let bench = Bench::with(SandboxConfig { seed: 42, ..SandboxConfig::default() });
        for number in 0..20 {
            bench.text(&format!("+1500556{number:04}"), "b").await;
            bench.receiver.answer_with(503, "");
            bench.pass(SignedDuration::from_millis(170)).await;
        }
        bench.pass(seconds(60)).await;
        (bench.sandbox.texts(), bench.receiver.take())
    };
    assert_eq!(run().await, run().await);
}
