//! Create, fetch and list, and what they refuse.

use super::*;

/// The properties of `api.v2010.account.message` in Twilio's published specification.
const MESSAGE_PROPERTIES: [&str; 20] = [
    "account_sid",
    "api_version",
    "body",
    "date_created",
    "date_sent",
    "date_updated",
    "direction",
    "error_code",
    "error_message",
    "from",
    "messaging_service_sid",
    "num_media",
    "num_segments",
    "price",
    "price_unit",
    "sid",
    "status",
    "subresource_uris",
    "to",
    "uri",
];

#[tokio::test]
async fn a_created_text_is_answered_as_the_specification_has_it() {
    let bench = Bench::new();
    let form = [("To", TO), ("From", FROM), ("Body", "Caf\u{e9} at 9"), ("Unknown", "x")];
    let (status, json) = bench.create(&form).await.unwrap();
    assert_eq!(status, 201);
    let mut properties: Vec<&String> = json.as_object().unwrap().keys().collect();
    properties.sort();
    assert_eq!(properties, MESSAGE_PROPERTIES);
    assert_eq!(json["status"], "queued");
    assert_eq!(json["direction"], "outbound-api");
    assert_eq!(json["body"], "Caf\u{e9} at 9");
    assert_eq!(json["num_segments"], "1");
    assert_eq!(json["date_sent"], Value::Null);
    assert_eq!(json["date_created"], "Thu, 28 May 2026 20:26:40 +0000");
    let sid = json["sid"].as_str().unwrap();
    let account = &bench.sandbox.config().account_sid;
    assert_eq!(json["uri"], format!("/2010-04-01/Accounts/{account}/Messages/{sid}.json"));

    bench.pass(seconds(60)).await;
    let (status, json) = bench.request("GET", json["uri"].as_str().unwrap(), &[]).await.unwrap();
    assert_eq!(status, 200);
    assert_eq!(json["status"], "delivered");
    assert_eq!(json["date_sent"], "Thu, 28 May 2026 20:26:40 +0000");
}

#[tokio::test]
async fn a_create_request_is_refused_with_twilios_code() {
    let bench =
        Bench::with(SandboxConfig { senders: vec![FROM.to_owned()], ..SandboxConfig::default() });
    let good = [("To", TO), ("From", FROM), ("Body", "b"), ("ValidityPeriod", "36000")];
    assert_eq!(bench.create(&good).await.unwrap().0, 201);
    let long = "x".repeat(1_601);
    let cases: [(&str, &str, u16, u32); 14] = [
        ("To", "", 400, 21604),
        ("To", "15005550101", 400, 21211),
        ("To", "+0005550101", 400, 21211),
        ("To", "+1500555010a", 400, 21211),
        ("To", FROM, 400, 21266),
        ("From", "", 400, 21603),
        ("From", "+15005550007", 400, 21606),
        ("Body", "", 400, 21602),
        ("Body", &long, 400, 21617),
        ("StatusCallback", "texts.example/status", 400, 21609),
        ("ValidityPeriod", "0", 400, 21624),
        ("ValidityPeriod", "36001", 400, 21624),
        ("ValidityPeriod", "soon", 400, 21624),
        ("MessagingServiceSid", "MGnone", 404, 21701),
    ];
    for (name, value, expected_status, code) in cases {
        let mut form: Vec<_> = good.into_iter().filter(|(key, _)| *key != name).collect();
        form.push((name, value));
        let (status, json) = bench.create(&form).await.unwrap();
        assert_eq!((status, &json["code"]), (expected_status, &code.into()), "{name}={value}");
        assert_eq!(json["status"], expected_status);
        assert_eq!(json["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
    assert_eq!(bench.sandbox.counts().created, 1);
}

#[tokio::test]
async fn strangers_and_wrong_addresses_get_nothing() {
    let bench = Bench::new();
    let path = bench.messages_path();
    let check = async |method: &str, path: &str, user: &str, status: u16, code: u32| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Basic {}", STANDARD.encode(user)))
            .body(Bytes::new())
            .unwrap();
        let response = bench.sandbox.handle_in_process(request).await.unwrap();
        let json: Value = serde_json::from_slice(response.body()).unwrap();
        let got = (response.status().as_u16(), &json["code"]);
        assert_eq!(got, (status, &code.into()), "{method} {path}");
    };
    let config = bench.sandbox.config();
    let user = format!("{}:{}", config.account_sid, config.auth_token);
    check("GET", &path, "", 401, 20003).await;
    check("GET", &path, &format!("{}:wrong", config.account_sid), 401, 20003).await;
    check("PUT", &path, &user, 405, 20004).await;
    check("GET", "/2010-04-01/Accounts/ACother/Messages.json", &user, 404, 20404).await;
    check("GET", &path.replace(".json", "/SMnone.json"), &user, 404, 20404).await;
    // A body that is not a form has no parameters.
    check("POST", &path, &user, 400, 21604).await;
}

#[tokio::test]
async fn an_api_key_opens_the_api() {
    let key = ("SKkey".to_owned(), "key secret".to_owned());
    let bench = Bench::with(SandboxConfig { api_keys: vec![key], ..SandboxConfig::default() });
    let request = Request::builder()
        .uri(bench.messages_path())
        .header("Authorization", format!("Basic {}", STANDARD.encode("SKkey:key secret")))
        .body(Bytes::new())
        .unwrap();
    assert_eq!(bench.sandbox.handle_in_process(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_list_comes_newest_first_in_pages_that_new_texts_do_not_disturb() {
    let bench = Bench::new();
    let mut sids = Vec::new();
    for number in 0..5 {
        sids.push(bench.text(TO, &number.to_string()).await);
        bench.text("+15005550102", "other").await;
    }
    sids.reverse();
    let mut path = format!("{}?To=%2B15005550101&PageSize=2", bench.messages_path());
    let mut listed = Vec::new();
    let mut pages = 0;
    loop {
        let (status, json) = bench.request("GET", &path, &[]).await.unwrap();
        assert_eq!((status, &json["page"]), (200, &pages.into()));
        for message in json["messages"].as_array().unwrap() {
            listed.push(message["sid"].as_str().unwrap().to_owned());
        }
        bench.text(TO, "meanwhile").await;
        pages += 1;
        match json["next_page_uri"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((listed, pages), (sids, 3));
}

#[tokio::test]
async fn a_list_can_be_narrowed() {
    let bench = Bench::with(SandboxConfig { list_lag: seconds(30), ..SandboxConfig::default() });
    let check = async |query: &str, expected: usize| {
        let path = format!("{}?{query}", bench.messages_path());
        let (status, json) = bench.request("GET", &path, &[]).await.unwrap();
        assert_eq!(status, 200, "{json}");
        assert_eq!(json["messages"].as_array().unwrap().len(), expected, "{query}");
    };
    bench.text(TO, "first").await;
    bench.pass(seconds(29)).await;
    check("", 0).await;
    bench.pass(seconds(1)).await;
    check("", 1).await;
    check("From=%2B15005550006&To=%2B15005550101", 1).await;
    check("From=%2B15005550007", 0).await;
    check("DateSent=2026-05-28", 1).await;
    check("DateSent=2026-05-29", 0).await;
    check("DateSent%3E=2026-05-28&DateSent%3C=2026-05-28", 1).await;
    check("DateSent%3E=2026-05-29", 0).await;
    check("DateSent%3C=2026-05-27", 0).await;
    check("DateSent%3E=2026-05-28T20:26:41Z", 0).await;

    // A queued text has no date, so a filter on the date hides it.
    bench.sandbox.script_next(&Script::fate(Fate::StopAt(TextStatus::Queued)), 1);
    bench.text(TO, "queued").await;
    bench.pass(seconds(30)).await;
    check("", 2).await;
    check("DateSent%3E=2026-05-01", 1).await;

    let path = format!("{}?PageToken=PASMnone", bench.messages_path());
    assert_eq!(bench.request("GET", &path, &[]).await.unwrap().0, 400);
}

#[tokio::test]
async fn scripted_answers_come_once_each_and_say_what_was_processed() {
    let bench = Bench::new();
    let good = [("To", TO), ("From", FROM), ("Body", "b")];
    let check = async |answer: Answer, expected: Result<(u16, u32), SandboxFault>, taken: u64| {
        bench.sandbox.script_next(&Script::answer(answer), 1);
        let before = bench.sandbox.counts().created;
        let got = bench.create(&good).await;
        let got = got.map(|(status, json)| (status, json["code"].as_u64().unwrap_or(0) as u32));
        assert_eq!(got, expected, "{answer:?}");
        assert_eq!(bench.sandbox.counts().created - before, taken, "{answer:?}");
    };
    check(Answer::NotReached, Err(SandboxFault::NotReached), 0).await;
    check(Answer::RateLimited, Ok((429, 20429)), 0).await;
    check(Answer::Reject { status: 400, code: 21614 }, Ok((400, 21614)), 0).await;
    check(Answer::ServerError { processed: false }, Ok((500, 20500)), 0).await;
    check(Answer::ServerError { processed: true }, Ok((500, 20500)), 1).await;
    check(Answer::Lost { processed: false }, Err(SandboxFault::AnswerLost), 0).await;
    check(Answer::Lost { processed: true }, Err(SandboxFault::AnswerLost), 1).await;
    check(Answer::Proper, Ok((201, 0)), 1).await;

    bench.sandbox.script_reads(Answer::RateLimited, 1);
    let path = bench.messages_path();
    assert_eq!(bench.request("GET", &path, &[]).await.unwrap().0, 429);
    assert_eq!(bench.request("GET", &path, &[]).await.unwrap().0, 200);
}

#[tokio::test]
async fn the_most_particular_script_is_taken() {
    let bench = Bench::new();
    let reject = |code| Script::answer(Answer::Reject { status: 400, code });
    bench.sandbox.script_always(reject(1));
    bench.sandbox.script_next(&reject(2), 1);
    bench.sandbox.script_always_to(TO, reject(3));
    bench.sandbox.script_next_to(TO, &reject(4), 2);
    let mut codes = Vec::new();
    for to in [TO, TO, TO, "+15005550102", "+15005550102"] {
        let form = [("To", to), ("From", FROM), ("Body", "b")];
        codes.push(bench.create(&form).await.unwrap().1["code"].as_u64().unwrap());
    }
    assert_eq!(codes, [4, 4, 3, 2, 1]);
    bench.sandbox.clear_scripts();
    bench.text(TO, "b").await;
}

#[tokio::test]
async fn the_oldest_texts_are_dropped_beyond_the_bound() {
    let bench = Bench::with(SandboxConfig { texts_max: 3, ..SandboxConfig::default() });
    let mut sids = Vec::new();
    for number in 0..5 {
        sids.push(bench.text(TO, &number.to_string()).await);
    }
    let bodies: Vec<String> = bench.sandbox.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies, ["2", "3", "4"]);
    assert_eq!(bench.sandbox.counts().dropped, 2);
    assert_eq!(bench.sandbox.text(&sids[1]), None);
    bench.pass(seconds(60)).await;
    assert_eq!(bench.status_of(&sids[2]), TextStatus::Delivered);
    assert_eq!(bench.receiver.take_statuses().len(), 9);
}
