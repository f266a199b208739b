//! `sandbox`: the SMS sandbox as a process of its own.

use std::path::PathBuf;

use adapters_embedded::sms_sandbox::{Delays, OptOutHandling};
use clap::Args;
use jiff::SignedDuration;

use super::up::{Stop, start_log};
use super::{Ended, Exit, Failure, Session};
use crate::config::{http_url, listen_address};
use crate::output::Tone;
use crate::sandbox_server::{Proxy, SandboxServer, SandboxServerError, Serving, serve};

#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Where to serve Twilio's API, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8731")]
    listen: String,
    /// Where texts that phones send are posted, like http://127.0.0.1:8730/twilio/inbound
    #[arg(long, value_name = "URL")]
    inbound_url: Option<String>,
    /// Post what is for the first address to the second one, as a proxy in front of the system
    /// would; it is signed for the first
    #[arg(long, value_name = "PUBLIC=HERE")]
    proxy: Option<String>,
    /// Keep the texts in this file over restarts
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write the port to this file once it listens
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Leave STOP, START and HELP to the system
    #[arg(long)]
    no_stop_reply: bool,
    /// From accepted to queued, in milliseconds, where a messaging service sends [default: 50]
    #[arg(long, value_name = "MS")]
    queued_after_ms: Option<u32>,
    /// From queued to sending [default: 100]
    #[arg(long, value_name = "MS")]
    sending_after_ms: Option<u32>,
    /// From sending to sent [default: 250]
    #[arg(long, value_name = "MS")]
    sent_after_ms: Option<u32>,
    /// From sent to delivered [default: 600]
    #[arg(long, value_name = "MS")]
    ended_after_ms: Option<u32>,
    /// How long each answer takes on its way back, after the text was taken
    #[arg(long, value_name = "MS", default_value_t = 0)]
    answer_after_ms: u32,
    /// The wait before a failed callback is tried again, as often as its address allows
    #[arg(long, value_name = "MS", default_value_t = 1_000)]
    callback_retry_after_ms: u32,
}

pub(super) fn run(session: &mut Session<'_>, args: &SandboxArgs) -> Ended {
    let server = server(args)?;
    start_log(session, None);
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::environment(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let mut stop = Stop::listen();
        let mut told = Ok(());
        let ready = |serving: &Serving| told = tell(session, serving);
        serve(server, ready, stop.wait()).await.map_err(failure)?;
        told.map(|()| Exit::Ok)
    })
}

fn server(args: &SandboxArgs) -> Result<SandboxServer, Failure> {
    let usual = Delays::default();
    let delay = |wish: Option<u32>, usual| {
        wish.map_or(usual, |wish| SignedDuration::from_millis(wish.into()))
    };
    let inbound_url = args.inbound_url.as_deref().map(http_url).transpose();
    let proxy = args.proxy.as_deref().map(Proxy::parse).transpose();
    Ok(SandboxServer {
        listen: listen_address(&args.listen).map_err(Failure::input)?,
        inbound_url: inbound_url.map_err(|what| Failure::input(format!("--inbound-url {what}")))?,
        proxy: proxy.map_err(|what| Failure::input(format!("--proxy {what}")))?,
        journal: args.journal.clone(),
        port_file: args.port_file.clone(),
        delays: Delays {
            queued: delay(args.queued_after_ms, usual.queued),
            sending: delay(args.sending_after_ms, usual.sending),
            sent: delay(args.sent_after_ms, usual.sent),
            ended: delay(args.ended_after_ms, usual.ended),
        },
        answer_after: SignedDuration::from_millis(args.answer_after_ms.into()),
        callback_retry_wait: SignedDuration::from_millis(args.callback_retry_after_ms.into()),
        opt_out: if args.no_stop_reply { OptOutHandling::Off } else { OptOutHandling::Provider },
    })
}

/// Where it listens, and how to use it.
fn tell(session: &mut Session<'_>, serving: &Serving) -> Result<(), Failure> {
    let Serving { endpoint, account_sid, auth_token, texts } = serving;
    let out = &mut session.out;
    if out.is_json() {
        out.json_line(&serde_json::json!({
            "endpoint": endpoint,
            "account_sid": account_sid,
            "auth_token": auth_token,
            "texts": texts,
        }))?;
        return Ok(out.flush()?);
    }
    out.toned(Tone::Good, "The SMS sandbox runs.")?;
    out.line("")?;
    out.line(&format!("  Twilio's API     {endpoint}"))?;
    out.line(&format!("  Texts so far     {texts}, see {endpoint}/sandbox/texts"))?;
    out.line("")?;
    out.line("  In the configuration of the system that texts through it:")?;
    out.line("")?;
    out.line("    [twilio]")?;
    out.line(&format!("    base_url = \"{endpoint}\""))?;
    out.line(&format!("    account_sid = \"{account_sid}\""))?;
    out.line(&format!("    auth_token = \"{auth_token}\""))?;
    out.line("    from = \"+12025550100\"")?;
    Ok(out.flush()?)
}

fn failure(error: SandboxServerError) -> Failure {
    match error {
        SandboxServerError::NotLoopback { .. } => Failure::input(error),
        error => Failure::environment(error),
    }
}
