//! HTTP to addresses that users gave: a host is looked up once, what it was found at is checked,
//! and the connection is made to that very address, whatever its name means a moment later.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::limits;
use http::{Request, Response};
use transport::dns::{Addrs, Name, Resolve, Resolving};
use transport::{
    BadTransport, ReqwestTransport, Roots, Transport, TransportFault, TransportSettings,
};
use url::Url;

use super::reach::Reach;

/// How long one request may take with its answer: an endless one ends here.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Looks up hosts. Passed in, so that a test decides what a name means.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// What a host is found at, with any port.
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's own way to look up hosts.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineLookup;

#[async_trait]
impl Lookup for MachineLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.collect())
    }
}

/// A transport that connects only where it is allowed to.
pub struct GuardedTransport {
    inner: ReqwestTransport,
    reach: Reach,
}

impl GuardedTransport {
    /// A transport with its own connection pool.
    ///
    /// # Errors
    /// [`BadTransport`].
    pub fn new(reach: Reach, roots: Roots) -> Result<Self, BadTransport> {
        Self::with_lookup(reach, roots, Arc::new(MachineLookup))
    }

    /// As [`Self::new`], with another way to look up hosts.
    ///
    /// # Errors
    /// [`BadTransport`].
    pub fn with_lookup(
        reach: Reach,
        roots: Roots,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, BadTransport> {
        let settings = TransportSettings {
            timeout: TIMEOUT,
            answer_bytes_max: limits::CALENDAR_BYTES_MAX,
            // Many hosts, each once in a quarter of an hour.
            pool_idle_max: 1,
            pool_idle_timeout: Duration::from_secs(5),
            roots,
            ..TransportSettings::default()
        };
        let resolver = Arc::new(Guard { reach, lookup });
        Ok(Self { inner: ReqwestTransport::with_resolver(&settings, resolver)?, reach })
    }
}

#[async_trait]
impl Transport for GuardedTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let not_sent = |reason: String| TransportFault::NotSent { reason };
        let url = Url::parse(&request.uri().to_string());
        let url = url.map_err(|error| not_sent(error.to_string()))?;
        // Hosts that are addresses themselves are never looked up.
        self.reach.check(&url).map_err(|refusal| not_sent(refusal.to_string()))?;
        self.inner.send(request).await
    }
}

/// Finds only what may be connected to.
struct Guard {
    reach: Reach,
    lookup: Arc<dyn Lookup>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookup) = (self.reach, Arc::clone(&self.lookup));
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            // One private address spoils them all: a name that means both is up to something.
            for address in &found {
                reach.check_ip(address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
