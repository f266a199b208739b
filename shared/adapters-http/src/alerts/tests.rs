mod digest;

use std::sync::{Arc, Mutex};

use app::ports::{AlertChannel, AlertNotice, ChannelError};
use async_trait::async_trait;
use bytes::Bytes;
use domain::alerts::{Channel, NoticeKind, Severity};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use transport::{ReqwestTransport, TransportSettings};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The other side, in process: one answer for every request, and what was asked.
struct OtherSide {
    answer: Result<u16, TransportFault>,
    asked: Mutex<Vec<(String, Value)>>,
}

#[async_trait]
impl Transport for OtherSide {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let body = serde_json::from_slice(request.body()).unwrap();
        self.asked.lock().unwrap().push((request.uri().to_string(), body));
        let status = self.answer.clone()?;
        Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
    }
}

fn other_side(answer: Result<u16, TransportFault>) -> Arc<OtherSide> {
    Arc::new(OtherSide { answer, asked: Mutex::default() })
}

fn pagerduty(base_url: &str, transport: Arc<dyn Transport>) -> PagerDuty {
    let settings = PagerDutySettings { base_url: base_url.to_owned(), routing_key: KEY.to_owned() };
    PagerDuty::new(&settings, transport).unwrap()
}

fn notice(kind: NoticeKind) -> AlertNotice {
    AlertNotice {
        kind,
        at: "2026-11-24T10:05:00Z".parse().unwrap(),
        dedup_key: "beforehand/dead_letters/plans/3".to_owned(),
        severity: Severity::Critical,
        deployment: "beforehand".to_owned(),
        rule: "dead_letters".to_owned(),
        key: "plans".to_owned(),
        headline: "Jobs were given up & wait <for> somebody".to_owned(),
        value: "3 (above 0)".to_owned(),
        opened_at: "2026-11-24T10:00:00Z".parse().unwrap(),
        acknowledged_by: None,
        runbook: "https://pages.example/ops#dead-letters-kept".to_owned(),
        panel: Some("https://ops.example/dashboard#dead_letters".to_owned()),
    }
}

#[tokio::test]
async fn pagerduty_is_told_in_the_form_of_its_events_api() {
    let other = other_side(Ok(202));
    let pager = pagerduty("http://pager.example/", other.clone());
    assert_eq!(pager.channel(), Channel::Pager);
    for kind in [NoticeKind::Triggered, NoticeKind::Acknowledged, NoticeKind::Resolved] {
        pager.tell(&notice(kind)).await.unwrap();
    }
    let asked = other.asked.lock().unwrap();
    assert_eq!(asked[0].0, "http://pager.example/v2/enqueue");
    let expected = json!({
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": "beforehand/dead_letters/plans/3",
        "client": "Beforehand",
        "payload": {
            "summary": "Jobs were given up & wait <for> somebody: 3 (above 0)",
            "source": "beforehand",
            "severity": "critical",
            "timestamp": "2026-11-24T10:00:00Z",
            "component": "beforehand",
            "class": "dead_letters",
            "custom_details": {
                "alert": "dead_letters (plans)",
                "value": "3 (above 0)",
                "runbook": "https://pages.example/ops#dead-letters-kept",
            },
        },
        "links": [{
            "href": "https://pages.example/ops#dead-letters-kept",
            "text": "Runbook",
        }, {
            "href": "https://ops.example/dashboard#dead_letters",
            "text": "Dashboard",
        }],
    });
    assert_eq!(asked[0].1, expected);
    let bare = |action: &str| {
        json!({"routing_key": KEY, "event_action": action,
        "dedup_key": "beforehand/dead_letters/plans/3"})
    };
    assert_eq!((&asked[1].1, &asked[2].1), (&bare("acknowledge"), &bare("resolve")));
}

#[test]
fn fields_of_pagerduty_keep_within_its_limits() {
    let pager = pagerduty("http://pager.example", other_side(Ok(202)));
    let mut long = notice(NoticeKind::Triggered);
    long.headline = "ü".repeat(2_000);
    long.dedup_key = "k".repeat(400);
    long.runbook = "docs/OPERATIONS.md#x".to_owned();
    long.panel = None;
    let event = pager.event(&long);
    assert_eq!(event["payload"]["summary"].as_str().unwrap().chars().count(), 1_024);
    assert_eq!(event["dedup_key"].as_str().unwrap().len(), 255);
    assert_eq!(event.get("links"), None, "a page without an address is no link");
}

#[tokio::test]
async fn slack_is_told_in_blocks_with_what_it_wants_escaped() {
    let other = other_side(Ok(200));
    let slack = Slack::new("http://chat.example/services/secret", other.clone()).unwrap();
    assert_eq!(slack.channel(), Channel::Chat);
    slack.tell(&notice(NoticeKind::Triggered)).await.unwrap();
    let asked = other.asked.lock().unwrap();
    let (url, message) = &asked[0];
    assert_eq!(url, "http://chat.example/services/secret");
    let text = "Critical: dead_letters (plans): Jobs were given up &amp; wait &lt;for&gt; somebody";
    assert_eq!(message["text"], text);
    let blocks = message["blocks"].as_array().unwrap();
    let kinds: Vec<_> = blocks.iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["header", "section", "section", "context"]);
    let header = json!({"type": "plain_text", "emoji": true,
        "text": ":rotating_light: Critical: dead_letters (plans)"});
    assert_eq!(blocks[0]["text"], header);
    assert_eq!(
        blocks[2]["fields"][0],
        json!({"type": "mrkdwn", "text": "*Measured*\n3 (above 0)"})
    );
    let links = "<https://pages.example/ops#dead-letters-kept|Runbook> · \
        <https://ops.example/dashboard#dead_letters|Dashboard>";
    assert_eq!(blocks[3]["elements"], json!([{"type": "mrkdwn", "text": links}]));
    assert!(!format!("{slack:?}").contains("secret"), "the address is a secret");
}

#[test]
fn slack_hears_who_looks_after_it_and_of_its_end() {
    let mut seen = notice(NoticeKind::Acknowledged);
    seen.acknowledged_by = Some("ann".to_owned());
    let message = slack::message(&seen);
    assert_eq!(message["blocks"][0]["text"]["text"], ":eyes: Acknowledged: dead_letters (plans)");
    assert_eq!(message["blocks"][2]["fields"][3]["text"], "*Looked after by*\nann");
    let message = slack::message(&notice(NoticeKind::Resolved));
    assert!(message["text"].as_str().unwrap().starts_with("Resolved: "));
    let mut long = notice(NoticeKind::Triggered);
    long.rule = "r".repeat(500);
    long.headline = "h".repeat(5_000);
    let message = slack::message(&long);
    assert_eq!(message["blocks"][0]["text"]["text"].as_str().unwrap().chars().count(), 150);
    assert_eq!(message["blocks"][1]["text"]["text"].as_str().unwrap().chars().count(), 3_000);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_is_refused_is_not() {
    let lost = TransportFault::MayHaveBeenProcessed { reason: "timeout".to_owned() };
    let refused = TransportFault::NotSent { reason: "refused".to_owned() };
    for answer in [Ok(408), Ok(429), Ok(500), Ok(503), Err(lost), Err(refused)] {
        let slack = Slack::new("http://chat.example/x", other_side(answer.clone())).unwrap();
        let told = slack.tell(&notice(NoticeKind::Triggered)).await;
        assert!(matches!(told, Err(ChannelError::Transient(_))), "{answer:?}");
    }
    for status in [301, 400, 403, 404, 410] {
        let pager = pagerduty("http://pager.example", other_side(Ok(status)));
        let told = pager.tell(&notice(NoticeKind::Triggered)).await;
        assert!(matches!(told, Err(ChannelError::Permanent(_))), "{status}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_without_repeating_secrets() {
    let pager = |base_url: &str, routing_key: &str| {
        let settings = PagerDutySettings {
            base_url: base_url.to_owned(),
            routing_key: routing_key.to_owned(),
        };
        PagerDuty::new(&settings, other_side(Ok(202))).err()
    };
    assert_eq!(pager("pager", KEY), Some(BadPagerDuty::Address));
    assert_eq!(pager("http://pager.example", "short"), Some(BadPagerDuty::Key));
    assert_eq!(Slack::new("hooks", other_side(Ok(200))).err(), Some(BadSlack));
    let email = |smtp_url: &str, from: &str, to: &[&str]| {
        let to = to.iter().map(|to| (*to).to_owned()).collect();
        let settings = EmailSettings { smtp_url: smtp_url.to_owned(), from: from.to_owned(), to };
        assert!(!format!("{settings:?}").contains("secret"));
        SmtpEmail::new(&settings).err().map(|bad| bad.to_string())
    };
    let (from, to) = ("ops@example.org", ["ann@example.org"]);
    assert_eq!(email("smtps://user:secret@mail.example", from, &to), None);
    let bad = email("http://user:secret@mail.example", from, &to).unwrap();
    assert!(bad.contains("smtps://") && !bad.contains("secret"), "{bad}");
    assert!(email("smtp://mail.example", "ops", &to).unwrap().contains("sender"));
    assert!(email("smtp://mail.example", from, &["ann@"]).unwrap().contains("recipient"));
    assert!(email("smtp://mail.example", from, &[]).unwrap().contains("no address"));
}

#[tokio::test]
async fn over_real_http_an_alert_reaches_the_other_side() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            stream.read_line(&mut head).await.unwrap();
        }
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut body).await.unwrap();
        stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        (head, serde_json::from_slice::<Value>(&body).unwrap())
    });
    let transport = Arc::new(ReqwestTransport::new(&TransportSettings::default()).unwrap());
    let pager = pagerduty(&format!("http://{address}"), transport);
    pager.tell(&notice(NoticeKind::Resolved)).await.unwrap();
    let (head, body) = server.await.unwrap();
    assert!(head.starts_with("POST /v2/enqueue HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    assert_eq!(body["event_action"], "resolve");
}

/// A mail server that takes one mail, or refuses its recipient. Gives all lines it was sent.
async fn mail_server(
    answer_to_recipient: &'static str,
) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut all = String::new();
        stream.write_all(b"220 mail.example ESMTP\r\n").await.unwrap();
        let mut is_data = false;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap() == 0 {
                return all;
            }
            all.push_str(&line);
            let answer = match line.split_whitespace().next() {
                Some(".") if is_data => {
                    is_data = false;
                    "250 taken"
                }
                _ if is_data => continue,
                Some("RCPT") => answer_to_recipient,
                Some("DATA") => {
                    is_data = true;
                    "354 go on"
                }
                Some("QUIT") => "221 bye",
                _ => "250 mail.example",
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
    });
    (format!("smtp://{address}"), server)
}

fn email(smtp_url: String) -> SmtpEmail {
    let to = vec!["Ann <ann@example.org>".to_owned(), "bo@example.org".to_owned()];
    let from = "Beforehand <ops@example.org>".to_owned();
    SmtpEmail::new(&EmailSettings { smtp_url, from, to }).unwrap()
}

#[tokio::test]
async fn a_mail_server_gets_a_mail_that_says_what_to_do() {
    let (url, server) = mail_server("250 fine").await;
    let email = email(url);
    assert_eq!(email.channel(), Channel::Email);
    email.tell(&notice(NoticeKind::Resolved)).await.unwrap();
    drop(email);
    let all = server.await.unwrap();
    for expected in [
        "MAIL FROM:<ops@example.org>",
        "RCPT TO:<ann@example.org>",
        "RCPT TO:<bo@example.org>",
        "Subject: [beforehand] resolved: dead_letters (plans)",
        "Date: Tue, 24 Nov 2026 10:05:00 +0000",
        "Message-ID: <beforehand.dead.letters.plans.3.resolved@example.org>",
        "In-Reply-To: <beforehand.dead.letters.plans.3.triggered@example.org>",
        "Jobs were given up & wait <for> somebody.",
        "What to do: https://pages.example/ops#dead-letters-kept",
    ] {
        assert!(all.contains(expected), "{expected}\n{all}");
    }
}

#[tokio::test]
async fn a_mail_server_that_refuses_for_good_is_not_asked_again() {
    let (url, _server) = mail_server("550 nobody here of that name, secret@example.org").await;
    let refused = email(url).tell(&notice(NoticeKind::Triggered)).await.unwrap_err();
    assert!(matches!(refused, ChannelError::Permanent(_)));
    assert!(!app::causes::in_full(&refused).contains("secret"));
    let (url, _server) = mail_server("451 later").await;
    let busy = email(url).tell(&notice(NoticeKind::Triggered)).await.unwrap_err();
    assert!(matches!(busy, ChannelError::Transient(_)));
    let nobody = email("smtp://127.0.0.1:1".to_owned());
    let down = nobody.tell(&notice(NoticeKind::Triggered)).await.unwrap_err();
    assert!(matches!(down, ChannelError::Transient(_)));
}
