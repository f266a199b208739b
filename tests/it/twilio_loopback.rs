//! The real adapter and the sandbox, over real HTTP on loopback.

use std::net::SocketAddr;
use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use adapters_embedded::sms_sandbox::{
    Answer, Callback, CallbackAnswer, CallbackFault, CallbackSender, Delays, Fate, SandboxConfig,
    Script, SmsSandbox, TextStatus,
};
use adapters_http::twilio::{Credentials, Sender, Twilio, TwilioSettings};
use app::ports::{Clock, OutgoingText, SmsGateway, TextIds};
use async_trait::async_trait;
use domain::ids::{MessageSid, ReminderId, UserId};
use domain::phone::PhoneNumber;
use domain::reminder::{DeliveryStatus, SendOutcome};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use transport::{ReqwestTransport, TransportSettings};

const FROM: &str = "+12025550100";

/// A sandbox that is served, and the adapter that speaks to it.
struct Bench {
    sandbox: Arc<SmsSandbox>,
    twilio: Twilio,
    address: SocketAddr,
}

impl Bench {
    async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let time = clock.clone();
        let config = SandboxConfig {
            senders: vec![FROM.to_owned()],
            delays: Delays::NONE,
            ..SandboxConfig::default()
        };
        let sandbox = Arc::new(SmsSandbox::new(config, Arc::new(move || time.now())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = sandbox.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let twilio = adapter(&sandbox, address, clock);
        Self { sandbox, twilio, address }
    }

    async fn send(&self, to: &str, body: &str) -> SendOutcome {
        send(&self.twilio, to, body).await
    }

    fn script(&self, answer: Answer) {
        self.sandbox.script_next(&Script::answer(answer), 1);
    }
}

fn adapter(sandbox: &SmsSandbox, address: SocketAddr, clock: Arc<dyn Clock>) -> Twilio {
    let config = sandbox.config();
    let credentials =
        Credentials { user: config.account_sid.clone(), secret: config.auth_token.clone() };
    let mut settings = TwilioSettings::new(
        config.account_sid.clone(),
        credentials,
        Sender::Number(FROM.to_owned()),
        "https://reminders.test/twilio/status".to_owned(),
    );
    settings.base_url = format!("http://{address}");
    settings.list_page_size = 3;
    let transport = ReqwestTransport::new(&TransportSettings::default()).unwrap();
    Twilio::new(settings, Arc::new(transport), clock).unwrap()
}

async fn send(twilio: &Twilio, to: &str, body: &str) -> SendOutcome {
    let ids = TextIds {
        user: UserId::parse("ada").unwrap(),
        reminder: ReminderId::parse("0f3a9c5be1d24c7788b1a0c2d4e6f809").unwrap(),
        attempt: 1,
    };
    let to = phone(to);
    let validity = SignedDuration::from_mins(15);
    twilio.send(OutgoingText { to: &to, body, ids: &ids, validity }).await
}

fn phone(number: &str) -> PhoneNumber {
    PhoneNumber::parse(number, None).unwrap()
}

const TO: &str = "+12025550143";

#[tokio::test]
async fn what_the_provider_answers_is_understood() {
    let bench = Bench::new().await;
    let SendOutcome::Accepted(sid) = bench.send(TO, "Caf\u{e9} & tea + 1").await else {
        panic!("a good text is taken");
    };
    let text = bench.sandbox.text(sid.as_str()).unwrap();
    assert_eq!((text.body.as_str(), text.to.as_str()), ("Caf\u{e9} & tea + 1", TO));
    assert_eq!(text.validity_seconds, 900);
    let callback = "https://reminders.test/twilio/status?user=ada&reminder=\
                    0f3a9c5be1d24c7788b1a0c2d4e6f809&attempt=1#rc=5&rp=4xx,5xx,ct,rt";
    assert_eq!(text.status_callback.as_deref(), Some(callback));

    let check = async |answer: Answer, expected: SendOutcome, taken: u64| {
        bench.script(answer);
        let before = bench.sandbox.counts().created;
        assert_eq!(bench.send(TO, "b").await, expected, "{answer:?}");
        assert_eq!(bench.sandbox.counts().created - before, taken, "{answer:?}");
    };
    check(Answer::Reject { status: 400, code: 21614 }, SendOutcome::Rejected(21614), 0).await;
    check(Answer::RateLimited, SendOutcome::NotProcessed, 0).await;
    check(Answer::ServerError { processed: false }, SendOutcome::Unknown, 0).await;
    check(Answer::ServerError { processed: true }, SendOutcome::Unknown, 1).await;
    check(Answer::Lost { processed: false }, SendOutcome::Unknown, 0).await;
    check(Answer::Lost { processed: true }, SendOutcome::Unknown, 1).await;
    // Over HTTP the request has arrived before the connection is closed.
    check(Answer::NotReached, SendOutcome::Unknown, 0).await;
    // Nothing that went wrong before lingers in the connection.
    assert!(matches!(bench.send(TO, "b").await, SendOutcome::Accepted(_)));
    assert_eq!(bench.send(FROM, "b").await, SendOutcome::Rejected(21266));
}

#[tokio::test]
async fn nobody_who_listens_has_processed_anything() {
    let bench = Bench::new().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    assert_ne!(address, bench.address);
    let twilio = adapter(&bench.sandbox, address, Arc::new(SystemClock));
    assert_eq!(send(&twilio, TO, "b").await, SendOutcome::NotProcessed);
    assert!(twilio.list(&phone(TO), Timestamp::UNIX_EPOCH).await.is_err());
    assert!(twilio.fetch(&sid()).await.is_err());
    assert_eq!(bench.sandbox.counts().created, 0);
}

fn sid() -> MessageSid {
    MessageSid::parse("SM00000000000000000000000000000000").unwrap()
}

#[tokio::test]
async fn a_list_of_several_pages_holds_every_text_to_the_number_and_no_other() {
    let bench = Bench::new().await;
    let since = SystemClock.now() - SignedDuration::from_mins(5);
    for number in 0..8 {
        bench.send(TO, &format!("text {number}")).await;
        bench.send("+12025550167", "to somebody else").await;
    }
    bench.script(Answer::Lost { processed: true });
    assert_eq!(bench.send(TO, "lost").await, SendOutcome::Unknown);
    let list = bench.twilio.list(&phone(TO), since).await.unwrap();
    assert!(list.is_complete);
    let mut bodies: Vec<&str> = list.texts.iter().map(|text| text.body.as_str()).collect();
    bodies.sort_unstable();
    let mut expected: Vec<String> = (0..8).map(|number| format!("text {number}")).collect();
    expected.insert(0, "lost".to_owned());
    assert_eq!(bodies, expected);
    for text in &list.texts {
        assert_eq!(text.body, bench.sandbox.text(text.sid.as_str()).unwrap().body);
        assert!(text.created_at >= since);
    }
    bench.sandbox.script_reads(Answer::RateLimited, 1);
    assert!(bench.twilio.list(&phone(TO), since).await.is_err());
}

/// Hears no callback.
struct Deaf;

#[async_trait]
impl CallbackSender for Deaf {
    async fn post(&self, _: Callback) -> Result<CallbackAnswer, CallbackFault> {
        Err(CallbackFault::NotConnected("nobody listens".to_owned()))
    }
}

#[tokio::test]
async fn a_text_can_be_fetched_as_it_stands() {
    let bench = Bench::new().await;
    bench.sandbox.script_next(&Script::fate(Fate::Undeliver { code: 30003 }), 1);
    let SendOutcome::Accepted(sid) = bench.send(TO, "b").await else {
        panic!("a good text is taken");
    };
    let state = bench.twilio.fetch(&sid).await.unwrap().unwrap();
    assert_eq!((state.status, state.code), (DeliveryStatus::Queued, None));
    bench.sandbox.run_due(SystemClock.now(), &Deaf).await;
    assert_eq!(bench.sandbox.text(sid.as_str()).unwrap().status, TextStatus::Undelivered);
    let state = bench.twilio.fetch(&sid).await.unwrap().unwrap();
    assert_eq!((state.status, state.code), (DeliveryStatus::Undelivered, Some(30003)));
    assert_eq!(bench.twilio.fetch(&self::sid()).await.unwrap(), None);
    bench.sandbox.script_reads(Answer::Lost { processed: false }, 1);
    assert!(bench.twilio.fetch(&sid).await.is_err());
}
