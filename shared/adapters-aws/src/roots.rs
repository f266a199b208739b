//! Root certificates, compiled in: nobody adds certificates to the machines that functions run on,
//! and reading theirs, some 140 files, would take twice as long as all else at a start.

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_types::base64;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// The names of Amazon Trust Services' roots, which AWS asks clients to trust: every endpoint below
/// amazonaws.com has a certificate that one of them answers for.
const AMAZONS: [&str; 2] =
    ["Amazon Root CA ", "Starfield Services Root Certificate Authority - G2"];

/// How the names of regions begin whose endpoints they answer for. Others are operated apart from
/// these, in China above all, and have certificates of other authorities.
const AMAZONS_REGIONS: [&str; 9] = ["af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];

/// Where an issuer's name has surely ended, in bytes: before it are a number and an algorithm.
const ISSUER_END: usize = 256;

/// Whom to trust in a region and at the addresses that replace its endpoints.
///
/// Amazon's own roots suffice for AWS, and take less time to read. What is elsewhere over HTTPS (a
/// proxy, an emulator) may be answered for by anybody whom Mozilla trusts.
pub(crate) fn for_endpoints<'a>(
    region: &str,
    mut elsewhere: impl Iterator<Item = &'a String>,
) -> TlsContext {
    let is_amazons_region = AMAZONS_REGIONS.iter().any(|prefix| region.starts_with(prefix));
    let anybody = !is_amazons_region || elsewhere.any(|url| !url.starts_with("http://"));
    let mut trusted = TrustStore::empty();
    for der in TLS_SERVER_ROOT_CERTS {
        if anybody || is_amazons(der) {
            trusted.add_pem_certificate(pem(der));
        }
    }
    // What a context's builder refuses are names of servers, and there are none.
    TlsContext::builder().with_trust_store(trusted).build().unwrap_or_default()
}

/// By the name of who issued it, which is itself and stands near the front. Whatever else held that
/// name would still be one whom Mozilla trusts.
fn is_amazons(der: &[u8]) -> bool {
    let front = &der[..der.len().min(ISSUER_END)];
    AMAZONS.iter().any(|name| front.windows(name.len()).any(|part| part == name.as_bytes()))
}

fn pem(der: &[u8]) -> String {
    let text = base64::encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use aws_smithy_http_client::Connector;
    use aws_smithy_http_client::tls::Provider;
    use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

    use super::*;

    #[test]
    fn amazons_roots_are_the_five_that_aws_names() {
        let amazons = TLS_SERVER_ROOT_CERTS.iter().filter(|der| is_amazons(der));
        assert_eq!(amazons.count(), 5);
    }

    #[test]
    fn whoever_is_trusted_can_be_read() {
        let check = |region: &str, elsewhere: &[&str], count: usize| {
            let elsewhere: Vec<_> = elsewhere.iter().map(|url| (*url).to_owned()).collect();
            let trusted = for_endpoints(region, elsewhere.iter());
            let shown = format!("{trusted:?}").matches("CertificatePEM").count();
            assert_eq!(shown, count, "{region} {elsewhere:?}");
            // Panics if one of them is not what it should be.
            let provider = Provider::Rustls(CryptoMode::Ring);
            Connector::builder().tls_provider(provider).tls_context(trusted).build();
        };
        let all = TLS_SERVER_ROOT_CERTS.len();
        check("eu-central-1", &[], 5);
        check("eu-central-1", &["http://127.0.0.1:4566"], 5);
        check("eu-central-1", &["http://127.0.0.1:4566", "https://sqs.example"], all);
        check("us-gov-west-1", &[], 5);
        check("cn-north-1", &[], all);
        check("eusc-de-east-1", &[], all);
    }
}
