//! Where the system listens, and where others believe it to be.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use url::{Host, Url};

use super::finding::Findings;
use crate::config::{Config, Sms};

/// `our_port` is where the system that runs on the data folder is reached, if one runs.
pub(super) fn check(config: &Config, our_port: Option<u16>, findings: &mut Findings) {
    listen(config.listen, our_port == Some(config.listen.port()), findings);
    let is_texting = matches!(config.sms, Sms::Twilio(_));
    if !config.listen.ip().is_loopback() && !is_texting {
        let what = format!(
            "the sandbox listens on {}: whoever reaches it reads its texts and moves its clock",
            config.listen
        );
        findings.caution("listen", what, "listen on 127.0.0.1 while texts go to the sandbox");
    }
    match &config.public_base_url {
        Some(url) => public(url, is_texting, findings),
        None if is_texting => findings.problem(
            "public address",
            "`public_base_url` is missing: Twilio cannot report deliveries or pass on answers",
            "set it to the https address under which Twilio reaches this system",
        ),
        None => findings.ok("public address", "not needed: the sandbox is on this machine"),
    }
}

fn listen(address: SocketAddr, is_ours: bool, findings: &mut Findings) {
    let bound = TcpListener::bind(address);
    match bound {
        Ok(_) => findings.ok("listen", format!("{address} is free")),
        Err(_) if is_ours => {
            findings.ok("listen", format!("{address} is taken by the running system"));
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => findings.problem(
            "listen",
            format!("{address} is taken by another program"),
            "stop that one, or set `listen` to another port",
        ),
        Err(error) => findings.problem(
            "listen",
            format!("cannot listen on {address}: {error}"),
            "set `listen` to an address of this machine and a port from 1024 on",
        ),
    }
}

fn public(url: &Url, is_texting: bool, findings: &mut Findings) {
    const ABOUT: &str = "public address";
    let is_here = is_loopback(url);
    if is_texting && is_here {
        findings.problem(
            ABOUT,
            format!("{url} is this machine's own name for itself: Twilio cannot reach it"),
            "set `public_base_url` to the https address under which Twilio reaches this system",
        );
    } else if url.scheme() != "https" && !is_here {
        findings.problem(
            ABOUT,
            format!("{url} is not https: texts and answers could be read on their way"),
            "put a server with a certificate in front, and set `public_base_url` to its address",
        );
    } else {
        findings.ok(ABOUT, url);
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}
