//! Codes, against a scripted transport.

use app::ports::{CodeCheck, CodeSent, CodeService, Hidden, PhoneCodes};
use domain::texts::Language;

use super::*;
use crate::twilio::{BadSettings, TwilioVerify};

const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";

fn service() -> CodeService {
    CodeService {
        account: ACCOUNT.to_owned(),
        secret: Hidden::new("hush"),
        service: SERVICE.to_owned(),
        base_url: Some("http://127.0.0.1:9/there/".to_owned()),
    }
}

fn verify() -> (TwilioVerify, Arc<Scripted>) {
    let transport = Arc::new(Scripted::default());
    let transport_dyn: Arc<dyn Transport> = Arc::clone(&transport) as _;
    (TwilioVerify::new(service(), transport_dyn).unwrap(), transport)
}

fn phone() -> PhoneNumber {
    PhoneNumber::parse(TO, None).unwrap()
}

#[tokio::test]
async fn a_code_is_asked_for_and_checked_as_verify_has_it() {
    let (verify, transport) = verify();
    transport.answer(201, r#"{"sid": "VE1", "status": "pending"}"#);
    transport.answer(200, r#"{"sid": "VE1", "status": "approved", "valid": true}"#);
    assert_eq!(verify.send_code(&phone(), Language::Pt).await.unwrap(), CodeSent::Sent);
    assert_eq!(verify.check_code(&phone(), "604218").await.unwrap(), CodeCheck::Right);
    let base = format!("http://127.0.0.1:9/there/v2/Services/{SERVICE}");
    let expected = ["Verifications", "VerificationCheck"].map(|what| format!("{base}/{what}"));
    assert_eq!(transport.urls(), expected);
    let requests = transport.requests.lock().unwrap();
    let bodies: Vec<_> = requests.iter().map(|it| String::from_utf8_lossy(it.body())).collect();
    let to = "To=%2B12025550123";
    assert_eq!(bodies, [format!("{to}&Channel=sms&Locale=pt-BR"), format!("{to}&Code=604218")]);
    let header = &requests[0].headers()[AUTHORIZATION];
    assert!(header.is_sensitive(), "it is not shown");
}

#[tokio::test]
async fn what_verify_says_of_a_code_becomes_ours() {
    let cases = [
        (200, r#"{"status": "pending", "valid": false}"#, Some(CodeCheck::Wrong)),
        (200, r#"{"status": "max_attempts_reached"}"#, Some(CodeCheck::Gone)),
        (200, r#"{"status": "canceled"}"#, Some(CodeCheck::Gone)),
        (404, r#"{"code": 20404}"#, Some(CodeCheck::Gone)),
        (429, r#"{"code": 60202}"#, Some(CodeCheck::Gone)),
        (400, r#"{"code": 60200}"#, Some(CodeCheck::Wrong)),
        (429, r#"{"code": 20429}"#, None),
        (401, r#"{"code": 20003}"#, None),
        (500, "oh", None),
        (200, "no json", None),
    ];
    for (status, body, expected) in cases {
        let (verify, transport) = verify();
        transport.answer(status, body);
        let checked = verify.check_code(&phone(), "604218").await.ok();
        assert_eq!(checked, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_number_is_told_apart_from_trouble_of_ours() {
    let cases = [
        (400, r#"{"code": 60205}"#, Some(CodeSent::Refused(60205))),
        (403, r#"{"code": 60410}"#, Some(CodeSent::Refused(60410))),
        (429, r#"{"code": 60203}"#, Some(CodeSent::Refused(60203))),
        (429, r#"{"code": 20429}"#, None),
        (404, r#"{"code": 20404}"#, None),
        (401, r#"{"code": 20003}"#, None),
        (503, "", None),
    ];
    for (status, body, expected) in cases {
        let (verify, transport) = verify();
        transport.answer(status, body);
        let sent = verify.send_code(&phone(), Language::En).await;
        if let Err(error) = &sent {
            assert!(!format!("{error:?}").contains("2025550123"), "{error:?}");
        }
        assert_eq!(sent.ok(), expected, "{status} {body}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refused = |service: CodeService| {
        TwilioVerify::new(service, Arc::new(Scripted::default())).err().unwrap()
    };
    let sid = CodeService { service: "VA/../x".to_owned(), ..service() };
    assert_eq!(refused(sid), BadSettings::VerifyServiceSid);
    let address = CodeService { base_url: Some("ftp://x".to_owned()), ..service() };
    assert_eq!(refused(address), BadSettings::Address { what: "base URL of Verify" });
}
