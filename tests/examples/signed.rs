//! Signs requests as the sandbox does, and checks signatures as the webhooks do: our side of
//! `tests/signatures/run`. Reads JSON lines and answers each with one.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};

use adapters_embedded::sms_sandbox::signature;
use serde::Deserialize;
use twilio_webhook::signature::{SignedBody, is_signed};

/// One request: to be signed, or, with a signature, to be checked.
#[derive(Deserialize)]
struct Asked {
    token: String,
    url: String,
    is_form: bool,
    /// As it is posted.
    body: String,
    /// The parameters of the form.
    pairs: Vec<(String, String)>,
    signature: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let asked: Asked = serde_json::from_str(&line?)?;
        let body = asked.body.as_bytes();
        let body = if asked.is_form { SignedBody::Form(body) } else { SignedBody::Raw(body) };
        let answer = match &asked.signature {
            None => serde_json::to_string(&signature(&asked.token, &asked.url, &asked.pairs))?,
            Some(given) => is_signed(&[&asked.token], &asked.url, body, given).to_string(),
        };
        writeln!(answers, "{answer}")?;
    }
    Ok(())
}
