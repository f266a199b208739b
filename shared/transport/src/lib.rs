//! The one way out: every adapter speaks HTTP through a [`Transport`], AWS's clients included, so
//! that tests put a stand-in below the adapter, in process, and there is one HTTP client to trust.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
pub use reqwest::dns;
use reqwest::dns::Resolve;
use rustls::{ClientConfig, RootCertStore};
use webpki_roots::TLS_SERVER_ROOTS;

/// Sends one request and reads the whole answer. Never sends twice, never follows a redirect: only
/// the caller knows whether that is safe.
#[async_trait]
pub trait Transport: Send + Sync {
    /// The answer, whatever its status, or why there is none.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault>;
}

/// Why a request got no answer. The reasons name no address and no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportFault {
    /// The request surely did not leave: no such host, connection refused, TLS handshake failed.
    #[error("the request was not sent: {reason}")]
    NotSent {
        /// What went wrong.
        reason: String,
    },
    /// The request left, or may have: timeout, connection reset, answer broken off.
    #[error("no answer came, but the request may have been processed: {reason}")]
    MayHaveBeenProcessed {
        /// What went wrong.
        reason: String,
    },
}

/// Whose root certificates are trusted over HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// The machine's, which its owner may have added to.
    Machine,
    /// Those that Mozilla trusts, as of when this was built. For functions: nobody adds to the
    /// machines they run on, and reading some 140 files would be most of a cold start.
    CompiledIn,
}

/// How [`ReqwestTransport`] behaves.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// How long a connection with its TLS handshake may take.
    pub connect_timeout: Duration,
    /// How long a request may take in all. A claim gives a post 10 s to begin and is `unknown`
    /// 30 s after it was made, so a post must end in between.
    pub timeout: Duration,
    /// How long an idle connection is kept. Load balancers commonly close theirs after 60 s.
    pub pool_idle_timeout: Duration,
    /// Idle connections kept for each host.
    pub pool_idle_max: usize,
    /// Bytes of an answer that are read at most.
    pub answer_bytes_max: usize,
    /// What it calls itself.
    pub user_agent: String,
    /// Whom it trusts.
    pub roots: Roots,
}

impl TransportSettings {
    /// Those of functions: what they trust is compiled in.
    pub fn of_functions() -> Self {
        Self { roots: Roots::CompiledIn, ..Self::default() }
    }

    /// For alerts from a function: a channel that is slow is tried again later.
    pub fn of_alerts() -> Self {
        let timeout = Duration::from_secs(5);
        Self { timeout, answer_bytes_max: 64 * 1024, roots: Roots::CompiledIn, ..Self::default() }
    }
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(50),
            pool_idle_max: 64,
            answer_bytes_max: 32 * 1024 * 1024,
            user_agent: concat!("beforehand/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: Roots::Machine,
        }
    }
}

/// The transport could not be made.
#[derive(Debug, thiserror::Error)]
#[error("setting up the HTTP client failed")]
pub struct BadTransport(#[source] reqwest::Error);

/// HTTP and HTTPS over the network, with pooled connections. It uses no proxy and takes nothing
/// from the environment except, if it shall, the machine's root certificates.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    answer_bytes_max: usize,
}

impl ReqwestTransport {
    /// A transport with its own connection pool.
    pub fn new(settings: &TransportSettings) -> Result<Self, BadTransport> {
        Self::made(settings, None)
    }

    /// A transport that connects only to addresses which `resolver` finds.
    ///
    /// # Errors
    /// [`BadTransport`].
    pub fn with_resolver(
        settings: &TransportSettings,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, BadTransport> {
        Self::made(settings, Some(resolver))
    }

    fn made(
        settings: &TransportSettings,
        resolver: Option<Arc<dyn Resolve>>,
    ) -> Result<Self, BadTransport> {
        // Fails only if the process has chosen a provider before, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = |settings| match &resolver {
            Some(resolver) => builder(settings).dns_resolver(Arc::clone(resolver)),
            None => builder(settings),
        };
        let trusting = match settings.roots {
            Roots::Machine => builder(settings),
            Roots::CompiledIn => builder(settings).tls_backend_preconfigured(compiled_in()),
        };
        let client = trusting.build().or_else(|error| {
            // A machine without root certificates can still reach stand-ins over plain HTTP.
            let reason = reason(&error);
            tracing::warn!(reason, "No root certificates: HTTPS addresses cannot be reached");
            builder(settings).tls_certs_only([]).build()
        });
        let client = client.map_err(BadTransport)?;
        Ok(Self { client, answer_bytes_max: settings.answer_bytes_max })
    }
}

impl ReqwestTransport {
    /// Opens a connection to `whom` at an address, so that the first request there finds one. What
    /// goes wrong is told by whoever needs it.
    pub async fn open(&self, whom: &str, url: &str) {
        if let Ok(request) = Request::get(url).body(Bytes::new())
            && let Err(fault) = self.send(request).await
        {
            tracing::warn!("Could not open a connection to {whom} yet: {fault}");
        }
    }
}

fn builder(settings: &TransportSettings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .pool_idle_timeout(settings.pool_idle_timeout)
        .pool_max_idle_per_host(settings.pool_idle_max)
        .tcp_nodelay(true)
        .user_agent(&settings.user_agent)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

/// Trusts what Mozilla does. These roots were read when they were compiled in, so a start does not.
fn compiled_in() -> ClientConfig {
    let roots = RootCertStore { roots: TLS_SERVER_ROOTS.to_vec() };
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let request = reqwest::Request::try_from(request).map_err(|error| fault(&error))?;
        let mut response = self.client.execute(request).await.map_err(|error| fault(&error))?;
        let lost = |reason: String| TransportFault::MayHaveBeenProcessed { reason };
        let mut body = BytesMut::new();
        while let Some(part) = response.chunk().await.map_err(|error| lost(reason(&error)))? {
            if body.len() + part.len() > self.answer_bytes_max {
                return Err(lost(format!("more than {} bytes", self.answer_bytes_max)));
            }
            body.extend_from_slice(&part);
        }
        let mut answer = Response::new(body.freeze());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// Only what failed while connecting, or before, surely did not leave. The rest is not so sure:
/// even a connection that was closed at once may have carried the request.
fn fault(error: &reqwest::Error) -> TransportFault {
    let reason = reason(error);
    if error.is_connect() || error.is_builder() {
        TransportFault::NotSent { reason }
    } else {
        TransportFault::MayHaveBeenProcessed { reason }
    }
}

/// The causes without the outermost error, which holds the address.
fn reason(error: &reqwest::Error) -> String {
    let mut reasons = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        reasons.push(error.to_string());
        cause = error.source();
    }
    if error.is_timeout() {
        reasons.push("timeout".to_owned());
    }
    reasons.dedup();
    if reasons.is_empty() { "the request is not valid".to_owned() } else { reasons.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_trust_what_is_compiled_in_and_speak_the_oldest_http() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        assert!(TLS_SERVER_ROOTS.len() > 100);
        assert!(compiled_in().alpn_protocols.is_empty());
        ReqwestTransport::new(&TransportSettings::of_functions()).unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_asked_for_was_not_sent() {
        let transport = ReqwestTransport::new(&TransportSettings::default()).unwrap();
        let check = async |address: &str| {
            let request = Request::builder().uri(address).body(Bytes::new()).unwrap();
            let fault = transport.send(request).await.unwrap_err();
            assert!(matches!(fault, TransportFault::NotSent { .. }), "{address}: {fault:?}");
            assert!(!fault.to_string().contains("secret"), "{fault}");
        };
        check("/no/host?secret").await;
        check("ftp://localhost/secret").await;
    }
}
