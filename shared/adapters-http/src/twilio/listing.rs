//! Reading the list of texts to one number, page by page.

use app::ports::TextList;
use domain::phone::PhoneNumber;
use form_urlencoded::Serializer;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use super::answers::{Message, Refusal};
use super::{Twilio, TwilioError};

/// A page of Twilio's list.
#[derive(Debug, Deserialize)]
struct Page {
    messages: Vec<Message>,
    next_page_uri: Option<String>,
}

/// Twilio writes whole seconds, so a text may seem up to a second older than it is.
const DATE_PRECISION: SignedDuration = SignedDuration::from_secs(1);

impl Twilio {
    /// Reads pages until one ends the list or reaches back beyond `since`. A fault after the first
    /// page leaves a list that is not complete: what was found may still settle a doubt.
    pub(super) async fn read_list(
        &self,
        to: &PhoneNumber,
        since: Timestamp,
    ) -> Result<TextList, TwilioError> {
        let started_at = self.clock.now();
        let mut list = TextList { texts: Vec::new(), is_complete: true };
        let mut url = self.first_page_url(to);
        for number in 1..=self.settings.list_pages_max {
            let page = match self.page(&url).await {
                Ok(page) => page,
                Err(error) if number == 1 => return Err(error),
                Err(error) => {
                    tracing::warn!(page = number, %error, "A page of texts could not be read");
                    break;
                }
            };
            let reached_back = self.take_page(&page, since, &mut list);
            let Some(next) = page.next_page_uri.filter(|_| !reached_back) else {
                return Ok(list);
            };
            let spent = self.clock.now().duration_since(started_at);
            let Some(next) = self.same_host(&next).filter(|_| spent < self.settings.list_time_max)
            else {
                break;
            };
            url = next;
        }
        list.is_complete = false;
        Ok(list)
    }

    fn first_page_url(&self, to: &PhoneNumber) -> String {
        let query = Serializer::new(String::new())
            .append_pair("To", to.as_e164())
            .append_pair("PageSize", &self.settings.list_page_size.to_string())
            .finish();
        format!("{}.json?{query}", self.messages_url())
    }

    async fn page(&self, url: &str) -> Result<Page, TwilioError> {
        let answer = self.get(url).await?;
        if !answer.status().is_success() {
            let Refusal { status, code } = Refusal::of(&answer);
            return Err(TwilioError::Refused { status, code });
        }
        serde_json::from_slice(answer.body()).map_err(|_| TwilioError::Unreadable)
    }

    /// Takes our texts from a page. True if everything on later pages is older than `since`.
    ///
    /// The list is sorted by when texts were sent, newest first; those that were not are
    /// somewhere near their creation. So only a text that was sent before `since` proves that what
    /// follows was created before it, too.
    fn take_page(&self, page: &Page, since: Timestamp, list: &mut TextList) -> bool {
        let mut reached_back = false;
        for message in &page.messages {
            let is_old = |at: Timestamp| since.duration_since(at) > DATE_PRECISION;
            reached_back |= message.sent_at().is_some_and(is_old);
            if !message.is_from(&self.settings.sender) || message.created_at().is_some_and(is_old) {
                continue;
            }
            match message.listed() {
                Some(text) => list.texts.push(text),
                // It may be the very text that is looked for.
                None => list.is_complete = false,
            }
        }
        reached_back
    }

    /// The address of a page, only if it lies on the host that has our credentials anyway.
    fn same_host(&self, next: &str) -> Option<String> {
        let base_url = &self.settings.base_url;
        if next.starts_with('/') && !next.starts_with("//") {
            return Some(format!("{base_url}{next}"));
        }
        let base = Url::parse(base_url).ok()?;
        let next = Url::parse(next).ok()?;
        (next.origin() == base.origin() && next.username().is_empty() && next.password().is_none())
            .then(|| next.into())
    }
}
