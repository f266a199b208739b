//! Which addresses a calendar may be fetched from.
//!
//! Users give us addresses, and we stand where they do not: beside metadata services, databases
//! and other people's machines. So only what the whole internet can reach is fetched.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Where calendars may be fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, over HTTPS.
    PublicOnly,
    /// Any address, also without encryption: for those who host calendars in their own network.
    Anywhere,
}

/// Why an address is not fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not encrypted, or no web address at all.
    #[error("only https:// addresses are fetched")]
    Scheme,
    /// In a network of its own.
    #[error("the address leads into a private network, where calendars are not fetched from")]
    Private,
    /// Nothing to connect to.
    #[error("the address names no host")]
    NoHost,
}

impl Reach {
    /// As configured: private addresses are allowed or not.
    pub fn of(allows_private: bool) -> Self {
        if allows_private { Self::Anywhere } else { Self::PublicOnly }
    }

    /// Looks at an address as far as that is possible before its host is looked up.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(self, url: &Url) -> Result<(), Refusal> {
        let is_encrypted = url.scheme() == "https";
        let is_plain = url.scheme() == "http" && self == Self::Anywhere;
        if !is_encrypted && !is_plain {
            return Err(Refusal::Scheme);
        }
        // `Url` reads every way to write an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1.
        match url.host() {
            None => Err(Refusal::NoHost),
            Some(Host::Ipv4(ip)) => self.check_ip(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.check_ip(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => Ok(()),
        }
    }

    /// Looks at what a host was found at.
    ///
    /// # Errors
    /// [`Refusal::Private`].
    pub fn check_ip(self, ip: IpAddr) -> Result<(), Refusal> {
        if self == Self::Anywhere || is_public(ip) { Ok(()) } else { Err(Refusal::Private) }
    }
}

/// Whether the whole internet reaches an address (IANA's special-purpose registries).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)    // this network, private, loopback, multicast, reserved
            | (100, 64..=127, _)            // carrier-grade NAT; also clouds' metadata
            | (169, 254, _)                 // link-local; metadata services
            | (172, 16..=31, _)             // private
            | (192, 168, _)                 // private
            | (192, 0, 0 | 2)               // protocol assignments, documentation
            | (192, 88, 99)                 // 6to4 relays
            | (198, 18..=19, _)             // benchmarks
            | (198, 51, 100)                // documentation
            | (203, 0, 113) // documentation
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    match ip.segments() {
        // NAT64: what is behind is an IPv4 address, and networks without IPv4 reach it only so.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Teredo, protocol assignments; documentation; 6to4, which hides any IPv4 address.
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..0x1000, ..] => {
            false
        }
        // All that is given out is in 2000::/3: not loopback, ULA, link-local, multicast.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Result<(), Refusal>) {
        let url = Url::parse(address).unwrap();
        assert_eq!(Reach::PublicOnly.check(&url), expected, "{address}");
    }

    #[test]
    fn sec_02_only_encrypted_public_addresses_are_fetched() {
        check("https://calendar.example.org/a.ics", Ok(()));
        check("https://93.184.215.14/", Ok(()));
        check("https://[2606:4700::1111]/", Ok(()));
        check("https://[::ffff:93.184.215.14]/", Ok(()));
        check("https://[64:ff9b::5db8:d70e]/", Ok(()));
        for address in ["http://calendar.example.org/", "ftp://a.example/", "file:///etc/passwd"] {
            check(address, Err(Refusal::Scheme));
        }
    }

    #[test]
    fn sec_02_private_addresses_are_refused_however_they_are_written() {
        let hosts = [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
        ];
        for host in hosts {
            check(&format!("https://{host}/calendar.ics"), Err(Refusal::Private));
        }
    }

    #[test]
    fn whoever_hosts_calendars_at_home_may_say_so() {
        for address in ["http://localhost:5232/", "https://192.168.1.1/", "http://[::1]/"] {
            assert_eq!(Reach::Anywhere.check(&Url::parse(address).unwrap()), Ok(()));
        }
        let file = Url::parse("file:///etc/passwd").unwrap();
        assert_eq!(Reach::Anywhere.check(&file), Err(Refusal::Scheme));
    }
}
