//! The client against a scripted transport.

mod verify;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use app::ports::TextIds;
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::lead_time::LeadSlot;
use domain::reminder::DeliveryStatus;
use jiff::SignedDuration;

use super::*;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SID: &str = "SM0123456789abcdef0123456789abcdef";
const FROM: &str = "+12025550100";
const TO: &str = "+12025550123";

/// Answers as told, in order, and remembers what it was asked.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<Response<Bytes>, TransportFault>>>,
    requests: Mutex<Vec<Request<Bytes>>>,
}

impl Scripted {
    fn answer(&self, status: u16, body: &str) {
        let answer = Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap();
        self.answers.lock().unwrap().push_back(Ok(answer));
    }

    fn fail(&self, fault: TransportFault) {
        self.answers.lock().unwrap().push_back(Err(fault));
    }

    fn urls(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.uri().to_string()).collect()
    }
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        self.requests.lock().unwrap().push(request);
        self.answers.lock().unwrap().pop_front().expect("a request that the test did not foresee")
    }
}

/// Every look at the clock takes this long.
struct Ticking(Mutex<Timestamp>, SignedDuration);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now += self.1;
        *now
    }
}

fn settings(sender: Sender) -> TwilioSettings {
    let credentials = Credentials { user: "SKkey".to_owned(), secret: "hush:hush".to_owned() };
    let callback = "https://texts.example/twilio/status".to_owned();
    TwilioSettings::new(ACCOUNT.to_owned(), credentials, sender, callback)
}

fn client(settings: TwilioSettings, tick: i64) -> (Twilio, Arc<Scripted>) {
    let transport = Arc::new(Scripted::default());
    let clock = Ticking(Mutex::new(Timestamp::UNIX_EPOCH), SignedDuration::from_secs(tick));
    let transport_dyn: Arc<dyn Transport> = Arc::clone(&transport) as _;
    let twilio = Twilio::new(settings, transport_dyn, Arc::new(clock)).unwrap();
    (twilio, transport)
}

fn number_client() -> (Twilio, Arc<Scripted>) {
    client(settings(Sender::Number(FROM.to_owned())), 0)
}

fn ids(user: &str) -> TextIds {
    let user = UserId::parse(user).unwrap();
    let reminder = ReminderId::of(
        &user,
        &CalendarId::parse("c").unwrap(),
        &EventUid::parse("e").unwrap(),
        &Occurrence::single(),
        LeadSlot::new(0),
        0,
    );
    TextIds { user, reminder, attempt: 2 }
}

fn number() -> PhoneNumber {
    PhoneNumber::parse(TO, None).unwrap()
}

async fn send(twilio: &Twilio, body: &str, validity: i64) -> SendOutcome {
    let (to, ids) = (number(), ids("Zo\u{eb} & +1"));
    let validity = SignedDuration::from_secs(validity);
    twilio.send(OutgoingText { to: &to, body, ids: &ids, validity }).await
}

fn unanswered(reason: &str) -> TransportFault {
    TransportFault::MayHaveBeenProcessed { reason: reason.to_owned() }
}

#[tokio::test]
async fn a_text_is_posted_with_our_ids_in_the_callback() {
    let (twilio, transport) = number_client();
    transport.answer(201, &format!("{{\"sid\":\"{SID}\",\"status\":\"queued\"}}"));
    let outcome = send(&twilio, "Caf\u{e9} & co at 9", 900).await;
    assert_eq!(outcome, SendOutcome::Accepted(MessageSid::parse(SID).unwrap()));
    let requests = transport.requests.lock().unwrap();
    let request = &requests[0];
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", url));
    // `SKkey:hush:hush`
    assert_eq!(request.headers()[AUTHORIZATION], "Basic U0trZXk6aHVzaDpodXNo");
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    let form: BTreeMap<_, _> = form_urlencoded::parse(request.body()).into_owned().collect();
    let id = ids("Zo\u{eb} & +1").reminder;
    let callback = format!(
        "https://texts.example/twilio/status?user=Zo%C3%AB%20%26%20%2B1&reminder={id}&attempt=2\
         #rc=5&rp=4xx,5xx,ct,rt"
    );
    let expected = [
        ("Body", "Caf\u{e9} & co at 9"),
        ("From", FROM),
        ("StatusCallback", &callback),
        ("To", TO),
        ("ValidityPeriod", "900"),
    ];
    assert!(form.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(expected));
}

#[tokio::test]
async fn a_messaging_service_takes_the_place_of_the_number() {
    let mut settings = settings(Sender::Service("MG1".to_owned()));
    settings.base_url = "http://127.0.0.1:4010/twilio/".to_owned();
    let (twilio, transport) = client(settings, 0);
    for _ in 0..2 {
        transport.answer(201, &format!("{{\"sid\":\"{SID}\"}}"));
    }
    send(&twilio, "b", 99_999).await;
    send(&twilio, "b", 0).await;
    let url = format!("http://127.0.0.1:4010/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!(transport.urls()[0], url);
    let requests = transport.requests.lock().unwrap();
    let form = |at: usize| -> BTreeMap<String, String> {
        form_urlencoded::parse(requests[at].body()).into_owned().collect()
    };
    assert_eq!((form(0)["MessagingServiceSid"].as_str(), form(0).get("From")), ("MG1", None));
    assert_eq!((&*form(0)["ValidityPeriod"], &*form(1)["ValidityPeriod"]), ("36000", "1"));
}

#[tokio::test]
async fn del_03_and_del_04_answers_say_no_more_than_is_certain() {
    let (twilio, transport) = number_client();
    let check = async |status: u16, body: &str, expected: SendOutcome| {
        transport.answer(status, body);
        assert_eq!(send(&twilio, "b", 60).await, expected, "{status} {body}");
    };
    let refusal = |code: u32| format!("{{\"code\":{code},\"message\":\"m\",\"status\":400}}");
    let sid = format!("{{\"sid\":\"{SID}\"}}");
    check(200, &sid, SendOutcome::Accepted(MessageSid::parse(SID).unwrap())).await;
    check(400, &refusal(21610), SendOutcome::Rejected(21610)).await;
    check(401, &refusal(20003), SendOutcome::Rejected(20003)).await;
    check(404, &refusal(20404), SendOutcome::Rejected(20404)).await;
    check(429, &refusal(20429), SendOutcome::NotProcessed).await;
    check(429, "<html>", SendOutcome::NotProcessed).await;
    check(400, &refusal(20429), SendOutcome::NotProcessed).await;
    check(201, "", SendOutcome::Unknown).await;
    check(201, "{\"sid\":null}", SendOutcome::Unknown).await;
    check(201, "{\"sid\":\"\"}", SendOutcome::Unknown).await;
    check(201, &sid[..20], SendOutcome::Unknown).await;
    check(302, "", SendOutcome::Unknown).await;
    check(403, "<html>blocked</html>", SendOutcome::Unknown).await;
    check(408, "", SendOutcome::Unknown).await;
    check(500, &refusal(20500), SendOutcome::Unknown).await;
    check(503, &refusal(20429), SendOutcome::Unknown).await;
    transport.fail(TransportFault::NotSent { reason: "refused".to_owned() });
    assert_eq!(send(&twilio, "b", 60).await, SendOutcome::NotProcessed);
    transport.fail(unanswered("timeout"));
    assert_eq!(send(&twilio, "b", 60).await, SendOutcome::Unknown);
    let asked = transport.urls().len();
    assert_eq!(asked, 18, "each text is posted once, whatever the answer");
}

#[tokio::test]
async fn a_fetched_status_is_told_in_our_words() {
    let (twilio, transport) = number_client();
    let sid = MessageSid::parse(SID).unwrap();
    let check = async |status: &str, expected: DeliveryStatus| {
        transport.answer(200, &format!("{{\"status\":\"{status}\",\"error_code\":30003}}"));
        let expected = TextState { status: expected, code: Some(30003) };
        assert_eq!(twilio.fetch(&sid).await.unwrap(), Some(expected), "{status}");
    };
    check("accepted", DeliveryStatus::Queued).await;
    check("queued", DeliveryStatus::Queued).await;
    check("sending", DeliveryStatus::Sending).await;
    check("sent", DeliveryStatus::Sent).await;
    check("delivered", DeliveryStatus::Delivered).await;
    check("undelivered", DeliveryStatus::Undelivered).await;
    check("failed", DeliveryStatus::Failed).await;
    check("canceled", DeliveryStatus::Cancelled).await;
    check("a_status_of_the_future", DeliveryStatus::Queued).await;
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json");
    assert_eq!(transport.urls()[0], url);
}

#[tokio::test]
async fn only_twilios_own_word_says_that_a_text_does_not_exist() {
    let (twilio, transport) = number_client();
    let sid = MessageSid::parse(SID).unwrap();
    transport.answer(404, "{\"code\":20404}");
    assert_eq!(twilio.fetch(&sid).await.unwrap(), None);
    for (status, body) in [(404, "<html>"), (401, "{\"code\":20003}"), (500, ""), (200, "[]")] {
        transport.answer(status, body);
        assert!(twilio.fetch(&sid).await.is_err(), "{status} {body}");
    }
    transport.fail(unanswered("reset"));
    assert!(twilio.fetch(&sid).await.is_err());
    let odd = MessageSid::parse("../Calls").unwrap();
    assert_eq!(twilio.fetch(&odd).await.unwrap(), None, "nothing is asked");
}

/// A message of a list: the hours are those of its creation and its sending.
fn message(sid: &str, created: u32, sent: Option<u32>, from: &str) -> String {
    let date = |hour: u32| format!("\"Mon, 23 Nov 2026 {hour:02}:00:00 +0000\"");
    format!(
        "{{\"sid\":\"{sid}\",\"body\":\"body of {sid}\",\"status\":\"sent\",\"from\":{from},\
         \"direction\":\"outbound-api\",\"messaging_service_sid\":\"MG1\",\"error_code\":null,\
         \"date_created\":{},\"date_sent\":{}}}",
        date(created),
        sent.map_or("null".to_owned(), date),
    )
}

fn page(messages: &[String], next: Option<&str>) -> String {
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    format!("{{\"messages\":[{}],\"next_page_uri\":{next}}}", messages.join(","))
}

async fn list(twilio: &Twilio) -> (Vec<String>, bool) {
    let since = "2026-11-23T12:00:00.9Z".parse().unwrap();
    let list = twilio.list(&number(), since).await.unwrap();
    let sids = list.texts.iter().map(|text| text.sid.as_str().to_owned()).collect();
    (sids, list.is_complete)
}

fn owned(sids: &[&str], is_complete: bool) -> (Vec<String>, bool) {
    (sids.iter().map(|sid| (*sid).to_owned()).collect(), is_complete)
}

#[tokio::test]
async fn a_list_is_read_back_to_the_asked_instant() {
    let (twilio, transport) = number_client();
    let from = format!("\"{FROM}\"");
    let next = "/2010-04-01/Accounts/AC/Messages.json?Page=1&PageToken=PASM1";
    let first = [
        message("SMqueued", 14, None, &from),
        message("SMother", 13, Some(13), "\"+12025550199\""),
        message("SMours", 13, Some(13), &from),
        message("SMoldqueued", 10, None, &from),
    ];
    // The last one began in the second in which `since` lies.
    let second = [message("SMedge", 12, Some(12), &from), message("SMold", 11, Some(11), &from)];
    transport.answer(200, &page(&first, Some(next)));
    transport.answer(200, &page(&second, Some("/never/asked")));
    assert_eq!(list(&twilio).await, owned(&["SMqueued", "SMours", "SMedge"], true));
    let first_url = format!(
        "https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json\
         ?To=%2B12025550123&PageSize=100"
    );
    assert_eq!(transport.urls(), [first_url, format!("https://api.twilio.com{next}")]);
}

#[tokio::test]
async fn a_list_that_was_not_read_to_its_end_is_not_complete() {
    let ours = |sid: &str| message(sid, 13, Some(13), &format!("\"{FROM}\""));
    let check = async |tick: i64, pages: &[Result<String, u16>], expected: (Vec<String>, bool)| {
        let mut settings = settings(Sender::Number(FROM.to_owned()));
        settings.list_pages_max = 3;
        let (twilio, transport) = client(settings, tick);
        for page in pages {
            match page {
                Ok(page) => transport.answer(200, page),
                Err(status) => transport.answer(*status, ""),
            }
        }
        assert_eq!(list(&twilio).await, expected);
        assert_eq!(transport.urls().len(), pages.len());
    };
    let more = |sid: &str| Ok(page(&[ours(sid)], Some("/next")));
    let last = |sid: &str| Ok(page(&[ours(sid)], None));
    check(1, &[Ok(page(&[], None))], owned(&[], true)).await;
    check(1, &[more("SM1"), last("SM2")], owned(&["SM1", "SM2"], true)).await;
    check(1, &[more("SM1"), more("SM2"), more("SM3")], owned(&["SM1", "SM2", "SM3"], false)).await;
    check(1, &[more("SM1"), Err(500)], owned(&["SM1"], false)).await;
    check(1, &[more("SM1"), Ok("[]".to_owned())], owned(&["SM1"], false)).await;
    check(20, &[more("SM1")], owned(&["SM1"], false)).await;
    for other_host in ["https://elsewhere.example/next", "//elsewhere.example/next", "next"] {
        let strange = Ok(page(&[ours("SM1")], Some(other_host)));
        check(1, &[strange], owned(&["SM1"], false)).await;
    }
    let same_host = Ok(page(&[ours("SM1")], Some("https://api.twilio.com/next")));
    check(1, &[same_host, last("SM2")], owned(&["SM1", "SM2"], true)).await;
    let unreadable = page(&[ours("SM1").replace("\"body of SM1\"", "null")], None);
    check(1, &[Ok(unreadable)], owned(&[], false)).await;
}

#[tokio::test]
async fn a_list_without_its_first_page_is_no_answer() {
    let (twilio, transport) = number_client();
    transport.fail(unanswered("timeout"));
    let error = twilio.list(&number(), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert_eq!(error.to_string(), "list texts: the provider did not answer");
    transport.answer(429, "{\"code\":20429}");
    assert!(twilio.list(&number(), Timestamp::UNIX_EPOCH).await.is_err());
}

#[tokio::test]
async fn texts_of_a_messaging_service_count_before_they_have_a_sender() {
    let (twilio, transport) = client(settings(Sender::Service("MG1".to_owned())), 0);
    let other = message("SMother", 13, None, "null").replace("MG1", "MG2");
    let trial = message("SMours", 13, None, "null")
        .replace("body of", "Sent from your Twilio trial account - body of");
    let inbound = message("SMreply", 13, None, "null").replace("outbound-api", "outbound-reply");
    transport.answer(200, &page(&[other, trial, inbound], None));
    let list = twilio.list(&number(), Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(list.texts.len(), 1);
    assert_eq!(list.texts[0].body, "body of SMours");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let check = |change: &dyn Fn(&mut TwilioSettings), expected: &str| {
        let mut settings = settings(Sender::Number(FROM.to_owned()));
        change(&mut settings);
        let transport: Arc<dyn Transport> = Arc::new(Scripted::default());
        let clock = Ticking(Mutex::new(Timestamp::UNIX_EPOCH), SignedDuration::ZERO);
        let refused = Twilio::new(settings, transport, Arc::new(clock)).err();
        assert_eq!(refused.map(|error| error.to_string()).unwrap_or_default(), expected);
    };
    let address =
        |what| format!("the {what} must be an http or https address without query and fragment");
    check(&|_| (), "");
    check(&|settings| settings.base_url = "api.twilio.com".into(), &address("base URL"));
    check(&|settings| settings.base_url = "ftp://host".into(), &address("base URL"));
    let callback = address("status callback URL");
    check(&|settings| settings.status_callback_url = "https://h/?a=b".into(), &callback);
    check(&|settings| settings.status_callback_url = "https://h/#rc=1".into(), &callback);
    let sid = "the account sid must be letters and digits, such as AC and 32 hexadecimal digits";
    check(&|settings| settings.account_sid = "AC/../x".into(), sid);
    check(&|settings| settings.account_sid.clear(), sid);
}

#[test]
fn secrets_and_numbers_do_not_show() {
    let shown = format!("{:?}", settings(Sender::Number(FROM.to_owned())));
    assert!(!shown.contains("hush") && !shown.contains("2025550100"), "{shown}");
}
