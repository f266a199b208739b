//! Makes every kind of request that we make of Twilio, by the real adapter over HTTP, against a
//! stand-in that refuses what the specification does not allow: our side of `tests/prism/run`.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use adapters_http::twilio::{Credentials, Sender, Twilio, TwilioSettings};
use app::ports::{Clock as _, OutgoingText, SmsGateway as _, TextIds};
use bytes::Bytes;
use domain::ids::{MessageSid, ReminderId, UserId};
use domain::phone::PhoneNumber;
use domain::reminder::SendOutcome;
use http::{Request, header};
use jiff::SignedDuration;
use transport::{ReqwestTransport, Transport as _, TransportSettings};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const TEXT: &str = "SM0123456789abcdef0123456789abcdef";

type Failed = Box<dyn Error + Send + Sync>;

/// What was counted.
#[derive(Default)]
struct Verdict {
    passed: u32,
    failed: u32,
}

impl Verdict {
    fn check(&mut self, what: &str, holds: bool, said: &str) {
        println!("{} {what}{}", if holds { "ok  " } else { "FAIL" }, if holds { "" } else { said });
        *if holds { &mut self.passed } else { &mut self.failed } += 1;
    }
}

fn adapter(base_url: &str, sender: Sender) -> Result<Twilio, Failed> {
    let credentials = Credentials { user: ACCOUNT.to_owned(), secret: "token".to_owned() };
    let callback = "https://texts.example/webhooks/twilio/status".to_owned();
    let mut settings = TwilioSettings::new(ACCOUNT.to_owned(), credentials, sender, callback);
    base_url.clone_into(&mut settings.base_url);
    let transport = ReqwestTransport::new(&TransportSettings::default())?;
    Ok(Twilio::new(settings, Arc::new(transport), Arc::new(SystemClock))?)
}

async fn requests(base_url: &str, verdict: &mut Verdict) -> Result<(), Failed> {
    let to = PhoneNumber::parse("+12025550123", None)?;
    let ids = TextIds {
        user: UserId::parse("zoë & co@example.org")?,
        reminder: ReminderId::parse("0123456789abcdef0123456789abcdef")?,
        attempt: 2,
    };
    let long = "é".repeat(1_600);
    let bodies = ["Lunch in 15 minutes", "Réunion 会議 🚀 & 50 % + \"x\"\nat 9", long.as_str()];
    let senders = [Sender::Number("+12025550100".to_owned()), Sender::Service(SERVICE.to_owned())];
    for sender in senders {
        let twilio = adapter(base_url, sender.clone())?;
        for body in bodies {
            for seconds in [1, 900, 100_000] {
                let validity = SignedDuration::from_secs(seconds);
                let text = OutgoingText { to: &to, body, ids: &ids, validity };
                let outcome = twilio.send(text).await;
                let what = format!("create from {sender:?}, {} bytes, {seconds} s", body.len());
                let is_taken = matches!(outcome, SendOutcome::Accepted(_));
                verdict.check(&what, is_taken, &format!(": {outcome:?}"));
            }
        }
        let listed = twilio.list(&to, SystemClock.now() - SignedDuration::from_hours(1)).await;
        verdict.check(&format!("list from {sender:?}"), listed.is_ok(), &format!(": {listed:?}"));
        let fetched = twilio.fetch(&MessageSid::parse(TEXT)?).await;
        let is_known = matches!(fetched, Ok(Some(_)));
        verdict.check(&format!("fetch by {sender:?}"), is_known, &format!(": {fetched:?}"));
    }
    Ok(())
}

/// The stand-in must refuse what is wrong, or its silence would prove nothing.
async fn refusals(base_url: &str, verdict: &mut Verdict) -> Result<(), Failed> {
    let transport = ReqwestTransport::new(&TransportSettings::default())?;
    let url = |account: &str| format!("{base_url}/2010-04-01/Accounts/{account}/Messages.json");
    for (what, url, authorization, form) in [
        ("without a recipient", url(ACCOUNT), "Basic QUM6dA==", "From=%2B12025550100&Body=x"),
        ("of an odd account", url("nobody"), "Basic QUM6dA==", "To=%2B12025550100&Body=x"),
        ("with a word for seconds", url(ACCOUNT), "Basic QUM6dA==", "To=x&ValidityPeriod=soon"),
        ("of nobody", url(ACCOUNT), "", "To=%2B12025550100&Body=x"),
    ] {
        let mut request = Request::post(url);
        if !authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))?;
        let status = transport.send(request).await?.status();
        verdict.check(&format!("refused {what}"), status.is_client_error(), &format!(": {status}"));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Failed> {
    let base_url = std::env::args().nth(1).ok_or("where does it listen?")?;
    let mut verdict = Verdict::default();
    requests(&base_url, &mut verdict).await?;
    refusals(&base_url, &mut verdict).await?;
    println!("{} passed, {} failed", verdict.passed, verdict.failed);
    Ok(if verdict.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
