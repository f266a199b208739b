//! Requests to one account: with its password, along redirects, and never to strangers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::limits;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Request, Response};
use jiff::Timestamp;
use url::{Host, Url};

use app::ports::{Hidden, PullError};

use super::answer::Multistatus;
use crate::feed::{Reach, later, needs_person, retry_after};
use transport::Transport;

/// One account, and how it is spoken to.
pub(super) struct Door<'a> {
    transport: &'a dyn Transport,
    reach: Reach,
    home: Url,
    authorization: HeaderValue,
    now: Timestamp,
}

/// A question.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    method: &'static str,
    depth: &'static str,
    body: &'a str,
}

impl<'a> Question<'a> {
    /// What are the properties of this, and at depth 1 of what it holds?
    pub(super) fn properties(depth: &'static str, body: &'a str) -> Self {
        Self { method: "PROPFIND", depth, body }
    }

    /// A report on what this holds.
    pub(super) fn report(depth: &'static str, body: &'a str) -> Self {
        Self { method: "REPORT", depth, body }
    }
}

/// What a server said to a question.
pub(super) enum Said {
    /// Where it was answered, and with what.
    Many(Url, Multistatus),
    /// Another status.
    Status(Response<Bytes>),
}

impl<'a> Door<'a> {
    pub(super) fn new(
        transport: &'a dyn Transport,
        reach: Reach,
        home: Url,
        (user, password): (&Hidden, &Hidden),
        now: Timestamp,
    ) -> Result<Self, PullError> {
        let pair = STANDARD.encode(format!("{}:{}", user.reveal(), password.reveal()));
        let bad = |_| needs_person("the password cannot be sent: connect the calendar anew");
        let mut authorization = HeaderValue::from_str(&format!("Basic {pair}")).map_err(bad)?;
        authorization.set_sensitive(true);
        Ok(Self { transport, reach, home, authorization, now })
    }

    /// Where the account is, as its owner gave it.
    pub(super) fn home(&self) -> &Url {
        &self.home
    }

    /// An address that an answer names.
    pub(super) fn join(&self, from: &Url, href: &str) -> Result<Url, PullError> {
        let url = from.join(href).map_err(|_| later("the calendar's server names no address"))?;
        self.check(&url)?;
        Ok(url)
    }

    /// Asks, and follows where the server sends us.
    pub(super) async fn ask(&self, url: &Url, question: Question<'_>) -> Result<Said, PullError> {
        let mut url = url.clone();
        for _ in 0..=limits::REDIRECTS_MAX {
            self.check(&url)?;
            let response = self.send(&url, question).await?;
            match response.status().as_u16() {
                207 => {
                    let many = Multistatus::read(response.body());
                    let many = many.map_err(|bad| later(&bad.to_string()))?;
                    return Ok(Said::Many(url, many));
                }
                301 | 302 | 307 | 308 => {
                    let target = response.headers().get(LOCATION);
                    let target = target.and_then(|target| target.to_str().ok());
                    url = self.join(&url, target.unwrap_or_default())?;
                }
                _ => return Ok(Said::Status(response)),
            }
        }
        Err(needs_person("the address leads from one place to the next without end"))
    }

    /// As [`Self::ask`], where anything but an answer of many parts is a failure.
    pub(super) async fn expect(
        &self,
        url: &Url,
        question: Question<'_>,
    ) -> Result<(Url, Multistatus), PullError> {
        match self.ask(url, question).await? {
            Said::Many(url, many) => Ok((url, many)),
            Said::Status(response) => Err(self.failure(&response)),
        }
    }

    /// What a status that is no answer means.
    pub(super) fn failure(&self, response: &Response<Bytes>) -> PullError {
        let status = response.status().as_u16();
        let after = retry_after(response.headers(), self.now);
        match status {
            401 | 403 | 407 if after.is_none() => needs_person(&format!(
                "the calendar's server refuses the user name or the password ({status}): make a \
                 new password for apps there, and connect the calendar anew"
            )),
            404 | 405 | 410 => needs_person(&format!(
                "there is no calendar at the address ({status}); connect it anew"
            )),
            200..300 => later("the calendar's server does not speak CalDAV at the address"),
            _ => {
                let what = format!("the calendar's server answers {status}");
                PullError::Later { what, after }
            }
        }
    }

    async fn send(&self, url: &Url, question: Question<'_>) -> Result<Response<Bytes>, PullError> {
        let bad = || needs_person("the address cannot be asked for: connect it anew");
        let method = Method::from_bytes(question.method.as_bytes()).map_err(|_| bad())?;
        let request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/xml; charset=utf-8")
            .header("depth", question.depth)
            .body(Bytes::copy_from_slice(question.body.as_bytes()))
            .map_err(|_| bad())?;
        self.transport.send(request).await.map_err(|fault| later(&fault.to_string()))
    }

    /// The password goes to the house it belongs to only, and never in the clear if it was not
    /// given for that.
    fn check(&self, url: &Url) -> Result<(), PullError> {
        self.reach.check(url).map_err(|refusal| needs_person(&refusal.to_string()))?;
        let is_as_safe = url.scheme() == "https" || url.scheme() == self.home.scheme();
        if is_as_safe && is_same_house(&self.home, url) {
            return Ok(());
        }
        Err(needs_person(
            "the calendar's server sends us to another one, which your password is not for: \
             connect the calendar at that server's own address",
        ))
    }
}

/// Whether two addresses have the same host, or hosts of one domain: big providers spread their
/// accounts over `p12.example.org`, `p34.example.org`.
fn is_same_house(one: &Url, other: &Url) -> bool {
    let (Some(Host::Domain(a)), Some(Host::Domain(b))) = (one.host(), other.host()) else {
        return one.host().is_some() && one.host() == other.host();
    };
    let domain = |host: &str| -> Option<(String, String)> {
        let mut labels = host.rsplit('.');
        Some((labels.next()?.to_owned(), labels.next()?.to_owned()))
    };
    a == b || (domain(a).is_some() && domain(a) == domain(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_02_a_password_stays_in_its_house() {
        let check = |one: &str, other: &str, expected: bool| {
            let (one, other) = (Url::parse(one).unwrap(), Url::parse(other).unwrap());
            assert_eq!(is_same_house(&one, &other), expected, "{one} {other}");
        };
        check("https://a.example/", "https://a.example:8443/b", true);
        check("https://caldav.a.example/", "https://p42-caldav.a.example/", true);
        check("https://a.example/", "https://b.example/", false);
        check("https://a.example/", "https://a.example.evil.test/", false);
        check("http://localhost:1/", "http://localhost:2/", true);
        check("http://localhost/", "http://otherhost/", false);
        check("http://127.0.0.1/", "http://127.0.0.1/", true);
        check("http://127.0.0.1/", "http://127.0.0.2/", false);
    }
}
