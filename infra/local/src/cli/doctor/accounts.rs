//! What people allow to read their calendars at Google and Microsoft: the clients that are
//! registered there, where they lead, and whether changes can be pushed to us.

use adapters_http::oauth::{AccountSettings, Places};
use adapters_http::{google, microsoft};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::super::client::Wire;
use super::finding::Findings;
use super::network::is_loopback;
use crate::config::{AccountClient, Config};

/// What stands in place of a refresh token: whoever knows the client answers that this is none.
const NO_TOKEN: &str = "none";

/// The accounts that are set up.
fn clients(config: &Config) -> impl Iterator<Item = (&'static Places, &AccountClient)> {
    [(&google::PLACES, &config.google), (&microsoft::PLACES, &config.microsoft)]
        .into_iter()
        .filter_map(|(places, client)| Some((places, client.as_ref()?)))
}

/// Its settings, for a system that is reached at the public address, or at this machine only.
fn settings(config: &Config, places: &Places, client: &AccountClient) -> AccountSettings {
    client.settings(places, &config.base_url(config.listen))
}

pub(super) fn check(config: &Config, findings: &mut Findings) {
    for (places, client) in clients(config) {
        let settings = settings(config, places, client);
        let about = places.name;
        let what = format!(
            "the client's id and secret are there; people come back to {}, which has to be \
             registered with the client",
            settings.redirect_url
        );
        findings.ok(about, what);
        let addresses = [&settings.authorize_url, &settings.token_url, &settings.api_url];
        for address in addresses.into_iter().filter(|address| is_open(address)) {
            findings.problem(
                about,
                format!("{address} is not https: secrets could be read on their way"),
                "set it to an https address; only this machine's own may be http",
            );
        }
        match &settings.push_url {
            Some(url) => findings.ok(about, format!("changes are pushed to {url}")),
            None => findings.caution(
                about,
                "nothing is pushed to an address that is not https: changes show within 15 minutes",
                "set `public_base_url` to the https address under which this system is reached",
            ),
        }
    }
}

/// Whether what goes to an address could be read on its way.
fn is_open(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.scheme() != "https" && !is_loopback(&url))
}

/// What only the network tells: whether the addresses answer, and the client is known there.
pub(super) fn check_online(config: &Config, wire: &Wire<'_>, findings: &mut Findings) {
    for (places, client) in clients(config) {
        let settings = settings(config, places, client);
        credentials(&settings, wire, findings);
        reach(&settings, wire, findings);
    }
}

/// The part of an answer that says what was wrong (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refused {
    error: String,
}

/// Shows the client, with a token that is none. A token address looks at the client first, so what
/// it finds wrong tells whether it knows the client; nothing is handed out.
fn credentials(settings: &AccountSettings, wire: &Wire<'_>, findings: &mut Findings) {
    let (about, address) = (settings.name, &settings.token_url);
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", NO_TOKEN)
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", settings.client_secret.reveal())
        .finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(address)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form));
    let Ok(request) = request else { return };
    let answer = match wire.send(request) {
        Ok(answer) => answer,
        Err(fault) => return unreachable(settings.name, address, &fault, findings),
    };
    let refused = serde_json::from_slice::<Refused>(answer.body()).map(|refused| refused.error);
    match refused.as_deref() {
        Ok("invalid_grant") => findings.ok(about, format!("{address} takes the client")),
        Ok("invalid_client" | "unauthorized_client") => findings.problem(
            about,
            format!("{address} refuses the client's id or secret"),
            "compare them with where the client is registered; secrets there run out",
        ),
        _ => findings.caution(
            about,
            format!("{address} answered with status {}", answer.status()),
            "try again later, and look at the `token_url` in the configuration",
        ),
    }
}

/// Whether the API answers; that it wants a token is an answer.
fn reach(settings: &AccountSettings, wire: &Wire<'_>, findings: &mut Findings) {
    let address = &settings.api_url;
    let Ok(request) = Request::get(address).body(Bytes::new()) else { return };
    match wire.send(request).map(|answer| answer.status()) {
        Ok(status) if status.is_server_error() => findings.caution(
            settings.name,
            format!("{address} answered with status {status}"),
            "try again later",
        ),
        Ok(_) => findings.ok(settings.name, format!("{address} answers")),
        Err(fault) => unreachable(settings.name, address, &fault, findings),
    }
}

fn unreachable(
    about: &'static str,
    address: &str,
    fault: &dyn std::fmt::Display,
    findings: &mut Findings,
) {
    findings.problem(
        about,
        format!("{address} cannot be reached: {fault}"),
        "look at the network, a firewall, and the addresses in the configuration",
    );
}
