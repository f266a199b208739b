//! Fetching one text and listing many, in Twilio's pages.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::answers::{ApiError, MessageJson, json};
use super::state::State;
use super::text::{Direction, SandboxText};
use super::{API_VERSION, SmsSandbox};

/// Texts on a page if nothing is said.
const PAGE_SIZE: usize = 50;

/// Texts on a page at most.
const PAGE_SIZE_MAX: usize = 1_000;

/// Page tokens: these letters and the digits of the last sid of the page before.
const TOKEN_PREFIX: &str = "PASM";

#[derive(Debug, Serialize)]
struct ListJson<'a> {
    first_page_uri: String,
    end: usize,
    previous_page_uri: Option<String>,
    messages: Vec<MessageJson<'a>>,
    uri: String,
    page_size: usize,
    start: usize,
    next_page_uri: Option<String>,
    page: usize,
}

/// What a list request asks for.
#[derive(Debug, Default)]
struct ListQuery {
    to: Option<String>,
    from: Option<String>,
    /// Each a bound on the instant of sending.
    sent_on: Option<Date>,
    sent_from: Option<Timestamp>,
    sent_until: Option<Timestamp>,
    page_size: usize,
    page: usize,
    page_token: Option<String>,
    /// The filters as they were given, for the addresses of other pages.
    filters: Vec<(String, String)>,
}

impl ListQuery {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self { page_size: PAGE_SIZE, ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let bad = || ApiError::new(400, 20001, format!("Invalid parameter {name}"));
            match name.as_ref() {
                "To" => parsed.to = Some(value.to_string()),
                "From" => parsed.from = Some(value.to_string()),
                "DateSent" => parsed.sent_on = Some(value.parse().map_err(|_| bad())?),
                "DateSent>" => parsed.sent_from = Some(bound(&value, false).ok_or_else(bad)?),
                "DateSent<" => parsed.sent_until = Some(bound(&value, true).ok_or_else(bad)?),
                "PageSize" => {
                    let size: usize = value.parse().map_err(|_| bad())?;
                    parsed.page_size = size.clamp(1, PAGE_SIZE_MAX);
                }
                "Page" => parsed.page = value.parse().map_err(|_| bad())?,
                "PageToken" => parsed.page_token = Some(value.to_string()),
                _ => {}
            }
            if !name.starts_with("Page") {
                parsed.filters.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(parsed)
    }

    fn wants(&self, text: &SandboxText) -> bool {
        if self.from.is_some() && self.from != text.from {
            return false;
        }
        if self.sent_on.is_none() && self.sent_from.is_none() && self.sent_until.is_none() {
            return true;
        }
        // A text that is still queued has no date, so any filter on the date hides it.
        text.sent_at.is_some_and(|at| {
            self.sent_on.is_none_or(|date| at.to_zoned_datetime(TimeZone::UTC).date() == date)
                && self.sent_from.is_none_or(|from| at >= from)
                && self.sent_until.is_none_or(|until| at < until)
        })
    }

    fn uri(&self, account_sid: &str, page: usize, token: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.filters);
        query.append_pair("PageSize", &self.page_size.to_string());
        query.append_pair("Page", &page.to_string());
        if let Some(token) = token {
            query.append_pair("PageToken", token);
        }
        format!("/{API_VERSION}/Accounts/{account_sid}/Messages.json?{}", query.finish())
    }
}

/// A date or instant as a bound: dates count whole.
fn bound(given: &str, end: bool) -> Option<Timestamp> {
    if let Ok(at) = given.parse::<Timestamp>() {
        return at.checked_add(SignedDuration::from_secs(i64::from(end))).ok();
    }
    let date: Date = given.parse().ok()?;
    let date = if end { date.tomorrow().ok()? } else { date };
    Some(date.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

impl SmsSandbox {
    pub(super) fn fetch(&self, sid: &str) -> Response<Bytes> {
        let state = self.lock();
        let number = state.number_of(sid);
        let number = number.filter(|number| state.text(*number).is_some_and(is_resource));
        match number {
            Some(number) => self.message_response(&state, number, 200),
            None => ApiError::of_code(404, 20404).into_response(),
        }
    }

    pub(super) fn list(&self, query: &str, now: Timestamp) -> Response<Bytes> {
        let page = ListQuery::parse(query).and_then(|query| self.list_page(&query, now));
        match page {
            Ok(page) => json(200, page),
            Err(refusal) => refusal.into_response(),
        }
    }

    fn list_page(&self, query: &ListQuery, now: Timestamp) -> Result<Bytes, ApiError> {
        let state = self.lock();
        let before = first_number(&state, query)?;
        let visible =
            |text: &SandboxText| is_resource(text) && listed_at(text, self.config.list_lag) <= now;
        let skipped =
            if query.page_token.is_some() { 0 } else { query.page.saturating_mul(query.page_size) };
        let mut found = state
            .newest_first(query.to.as_deref(), before)
            .filter_map(|number| state.text(number))
            .filter(|text| visible(text) && query.wants(text))
            .skip(skipped);
        let messages: Vec<&SandboxText> = found.by_ref().take(query.page_size).collect();
        let account_sid = self.config.account_sid.as_str();
        let next_page_uri = match (messages.last(), found.next()) {
            (Some(last), Some(_)) => {
                let token = format!("{TOKEN_PREFIX}{}", &last.sid[2..]);
                Some(query.uri(account_sid, query.page.saturating_add(1), Some(&token)))
            }
            _ => None,
        };
        let start = query.page.saturating_mul(query.page_size);
        let list = ListJson {
            first_page_uri: query.uri(account_sid, 0, None),
            end: (start + messages.len()).saturating_sub(1),
            previous_page_uri: None,
            messages: messages.iter().map(|text| MessageJson::of(text, account_sid)).collect(),
            uri: query.uri(account_sid, query.page, query.page_token.as_deref()),
            page_size: query.page_size,
            start,
            next_page_uri,
            page: query.page,
        };
        Ok(serde_json::to_vec(&list).unwrap_or_default().into())
    }
}

/// The number below which a page begins.
fn first_number(state: &State, query: &ListQuery) -> Result<u64, ApiError> {
    let Some(token) = &query.page_token else { return Ok(u64::MAX) };
    token
        .strip_prefix(TOKEN_PREFIX)
        .and_then(|digits| state.number_of(&format!("SM{digits}")))
        .ok_or_else(|| ApiError::new(400, 20001, "Invalid parameter PageToken"))
}

/// When a text shows up in the list.
fn listed_at(text: &SandboxText, lag: SignedDuration) -> Timestamp {
    super::course::later(text.created_at, lag)
}

fn is_resource(text: &SandboxText) -> bool {
    !matches!(text.direction, Direction::OptOutReply | Direction::Code)
}
