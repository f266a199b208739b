//! How often somebody may ask. Counted in this process and nowhere else: where many run side by
//! side, as functions do, each allows so much, and the gateway in front has limits of its own.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use app::ports::Clock;
use domain::access::RequestRates;
use domain::limits;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Requests between two times that those are forgotten who have not asked for long.
const FORGET_EVERY: u32 = 4_096;

/// The limits of one API.
pub(crate) struct RequestLimits {
    callers: Option<Limit<String>>,
    addresses: Option<Limit<IpAddr>>,
    sign_ups: Option<Limit<IpAddr>>,
}

impl RequestLimits {
    pub(crate) fn new(rates: RequestRates, clock: &Arc<dyn Clock>) -> Self {
        Self {
            callers: Limit::per_minute(rates.caller_per_minute, clock),
            addresses: Limit::per_minute(rates.address_per_minute, clock),
            sign_ups: Limit::per_hour(limits::SIGN_UPS_PER_HOUR, clock),
        }
    }

    /// Counts a request of a caller; the seconds to wait if it is one too many.
    pub(crate) fn caller(&self, name: &str) -> Result<(), u64> {
        self.callers.as_ref().map_or(Ok(()), |limit| limit.take(&name.to_owned()))
    }

    /// Counts a request from an address; the seconds to wait if it is one too many.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), u64> {
        self.addresses.as_ref().map_or(Ok(()), |limit| limit.take(&one_of_many(address)))
    }

    /// Counts a sign-up from an address; the seconds to wait if it is one too many.
    pub(crate) fn sign_up(&self, address: IpAddr) -> Result<(), u64> {
        self.sign_ups.as_ref().map_or(Ok(()), |limit| limit.take(&one_of_many(address)))
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it.
fn one_of_many(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
        four @ IpAddr::V4(_) => four,
    }
}

type Buckets<K> = RateLimiter<K, HashMapStateStore<K>, PortClock, NoOpMiddleware<Duration>>;

struct Limit<K: Clone + Eq + Hash> {
    buckets: Buckets<K>,
    clock: PortClock,
    taken: AtomicU32,
}

impl<K: Clone + Eq + Hash> Limit<K> {
    /// So many a minute, all of them at once if need be; none for 0, which is no limit.
    fn per_minute(requests: u32, clock: &Arc<dyn Clock>) -> Option<Self> {
        NonZeroU32::new(requests).map(|requests| Self::of(Quota::per_minute(requests), clock))
    }

    /// So many an hour, as [`Self::per_minute`].
    fn per_hour(requests: u32, clock: &Arc<dyn Clock>) -> Option<Self> {
        NonZeroU32::new(requests).map(|requests| Self::of(Quota::per_hour(requests), clock))
    }

    fn of(quota: Quota, clock: &Arc<dyn Clock>) -> Self {
        let clock = PortClock(Arc::clone(clock));
        let buckets = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { buckets, clock, taken: AtomicU32::new(0) }
    }

    fn take(&self, key: &K) -> Result<(), u64> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(GovernorClock::now(&self.clock));
            wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX).max(1)
        })
    }
}

/// Our clock, as the library asks for it.
#[derive(Clone)]
struct PortClock(Arc<dyn Clock>);

impl GovernorClock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let since = self.0.now().duration_since(jiff::Timestamp::UNIX_EPOCH);
        Duration::try_from(since).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::{SignedDuration, Timestamp};

    use super::*;

    struct Hand(Mutex<Timestamp>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn as_many_as_are_allowed_pass_and_the_rest_is_told_how_long_to_wait() {
        let hand = Arc::new(Hand(Mutex::new("2026-11-23T12:00:00Z".parse().unwrap())));
        let clock: Arc<dyn Clock> = hand.clone();
        let rates = RequestRates { caller_per_minute: 6, address_per_minute: 0 };
        let limits = RequestLimits::new(rates, &clock);
        for _ in 0..6 {
            assert_eq!(limits.caller("ada"), Ok(()));
        }
        assert_eq!(limits.caller("ada"), Err(10));
        assert_eq!(limits.caller("bo"), Ok(()), "everybody has their own");
        let address = IpAddr::from([192, 0, 2, 1]);
        assert!((0..1_000).all(|_| limits.address(address).is_ok()), "0 is no limit");
        *hand.0.lock().unwrap() += SignedDuration::from_secs(10);
        assert_eq!(limits.caller("ada"), Ok(()));
        assert_eq!(limits.caller("ada"), Err(10));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| one_of_many(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
