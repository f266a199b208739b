//! A proxy in front of the system, as far as the sandbox posts through it. A system behind one is
//! known by an address at which it does not listen, and only that address is signed.

use adapters_embedded::sms_sandbox::{Callback, CallbackAnswer, CallbackFault, CallbackSender};
use async_trait::async_trait;

use crate::config::http_url;

/// What passes on requests for a system's public address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    public: String,
    here: String,
}

impl Proxy {
    /// Reads both addresses, the public one first: `https://texts.example.org=http://127.0.0.1:1`.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn parse(given: &str) -> Result<Self, String> {
        let Some((public, here)) = given.split_once('=') else {
            return Err("needs two addresses, like PUBLIC=HERE".to_owned());
        };
        let base = |given: &str| Ok(http_url(given)?.as_str().trim_end_matches('/').to_owned());
        base(public).and_then(|public| Ok(Self { public, here: base(here)? }))
    }

    /// Where a request for this address arrives.
    fn pass_on(&self, url: &str) -> String {
        let is_path = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
        match url.strip_prefix(&self.public).filter(|rest| is_path(rest)) {
            Some(rest) => format!("{}{rest}", self.here),
            None => url.to_owned(),
        }
    }
}

/// Posts webhooks through a proxy.
pub struct Proxied<S> {
    /// The proxy.
    pub proxy: Proxy,
    /// What posts them.
    pub callbacks: S,
}

#[async_trait]
impl<S: CallbackSender> CallbackSender for Proxied<S> {
    async fn post(&self, callback: Callback) -> Result<CallbackAnswer, CallbackFault> {
        let url = self.proxy.pass_on(&callback.url);
        self.callbacks.post(Callback { url, ..callback }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_the_public_address_arrives_elsewhere_and_nothing_else_does() {
        let proxy = Proxy::parse("https://texts.example/=http://127.0.0.1:1/below").unwrap();
        let check = |url: &str, expected: &str| assert_eq!(proxy.pass_on(url), expected);
        check("https://texts.example", "http://127.0.0.1:1/below");
        check("https://texts.example/status?a=b#rc=3", "http://127.0.0.1:1/below/status?a=b#rc=3");
        check("https://texts.example.org/status", "https://texts.example.org/status");
        check("http://texts.example/status", "http://texts.example/status");
    }

    #[test]
    fn addresses_that_cannot_work_are_refused() {
        for given in ["https://texts.example", "texts.example=http://127.0.0.1:1", "http://a.b="] {
            assert!(Proxy::parse(given).is_err(), "{given}");
        }
    }
}
