//! Calendar views, and what changed in them.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{State, fault, query, told};

/// Where the API is, as links say.
const API: &str = "https://graph.microsoft.com/v1.0/me/calendarView";

impl State {
    /// `calendarView`: every occurrence with the fields that were asked for.
    pub(super) fn view(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = query(request);
        let Some((from, until)) = window(&query) else {
            return fault(400, "ErrorInvalidParameter", None);
        };
        if !prefers_utc(request) {
            return fault(400, "this server knows times in UTC only", None);
        }
        let fields: Vec<_> = query.get("$select").map_or("", String::as_str).split(',').collect();
        let skip: usize = query.get("$skip").map_or(Some(0), |it| it.parse().ok()).unwrap_or(0);
        let found: Vec<_> =
            self.events.values().filter(|event| is_within(event, from, until)).collect();
        let page = found.iter().skip(skip).take(self.page_size);
        let page: Vec<Value> = page.map(|event| selected(event, &fields)).collect();
        let mut body = json!({ "value": page });
        let next = skip + page.len();
        if next < found.len() {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(query.iter().filter(|(name, _)| *name != "$skip"));
            let pairs = pairs.append_pair("$skip", &next.to_string()).finish();
            body["@odata.nextLink"] = json!(format!("{API}?{pairs}"));
        }
        told(200, &body)
    }

    /// `calendarView/delta`: in the first round everything, then what changed. Occurrences come
    /// without most fields; what lies outside of the window is not told of.
    pub(super) fn delta(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = query(request);
        if query.contains_key("$select") {
            return fault(400, "ErrorInvalidUrlQuery", None);
        }
        let token = query.get("$deltatoken").or(query.get("$skiptoken"));
        let state = match token {
            Some(token) => Token::read(token),
            None => window(&query).map(|(from, until)| Token {
                since: None,
                upto: self.changes.len(),
                skip: 0,
                from,
                until,
            }),
        };
        let Some(mut token) = state else { return fault(400, "ErrorInvalidParameter", None) };
        if query.contains_key("$deltatoken") {
            token.upto = self.changes.len();
        }
        if token.since.is_some_and(|since| since < self.forgotten || since > self.changes.len()) {
            return fault(410, "syncStateNotFound", None);
        }
        let within = |event: &&Value| is_within(event, token.from, token.until);
        let found: Vec<Value> = match token.since {
            None => self.events.values().filter(within).map(reduced).collect(),
            Some(since) => {
                let mut ids: Vec<_> = self.changes[since..token.upto].iter().collect();
                ids.sort();
                ids.dedup();
                let told = |id: &String| match self.events.get(id).filter(within) {
                    Some(event) => reduced(event),
                    None => json!({ "id": id, "@removed": { "reason": "deleted" } }),
                };
                ids.into_iter().map(told).collect()
            }
        };
        let page: Vec<_> = found.iter().skip(token.skip).take(self.page_size).collect();
        let mut body = json!({ "value": page });
        token.skip += page.len();
        if token.skip < found.len() {
            body["@odata.nextLink"] = json!(format!("{API}/delta?$skiptoken={}", token.write()));
        } else {
            let next = Token { since: Some(token.upto), skip: 0, ..token };
            body["@odata.deltaLink"] = json!(format!("{API}/delta?$deltatoken={}", next.write()));
        }
        told(200, &body)
    }
}

/// What a link stands for.
struct Token {
    since: Option<usize>,
    upto: usize,
    skip: usize,
    from: Timestamp,
    until: Timestamp,
}

impl Token {
    fn write(&self) -> String {
        let since = self.since.map_or_else(|| "all".to_owned(), |since| since.to_string());
        let (from, until) = (self.from.as_second(), self.until.as_second());
        format!("token_{since}_{}_{}_{from}_{until}", self.upto, self.skip)
    }

    fn read(token: &str) -> Option<Self> {
        let mut parts = token.strip_prefix("token_")?.split('_');
        let since = match parts.next()? {
            "all" => None,
            since => Some(since.parse().ok()?),
        };
        let (upto, skip) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let mut at = || Timestamp::from_second(parts.next()?.parse().ok()?).ok();
        Some(Self { since, upto, skip, from: at()?, until: at()? })
    }
}

fn window(query: &std::collections::BTreeMap<String, String>) -> Option<(Timestamp, Timestamp)> {
    let bound = |name: &str| query.get(name)?.parse::<Timestamp>().ok();
    Some((bound("startDateTime")?, bound("endDateTime")?))
}

fn prefers_utc(request: &Request<Bytes>) -> bool {
    let prefers = request.headers().get("prefer").and_then(|value| value.to_str().ok());
    prefers.is_some_and(|prefers| prefers.contains("outlook.timezone=\"UTC\""))
}

fn is_within(event: &Value, from: Timestamp, until: Timestamp) -> bool {
    at(&event["end"]) > from && at(&event["start"]) < until
}

fn at(moment: &Value) -> Timestamp {
    let civil: DateTime = moment["dateTime"].as_str().expect("a time").parse().expect("a time");
    assert_eq!(moment["timeZone"], "UTC", "this server knows times in UTC only");
    TimeZone::UTC.to_timestamp(civil).unwrap()
}

fn selected(event: &Value, fields: &[&str]) -> Value {
    let all = event.as_object().unwrap().iter();
    all.filter(|(name, _)| fields.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// As an event stands among changes: an occurrence has no more than this.
fn reduced(event: &Value) -> Value {
    if event["type"] == "occurrence" {
        return selected(event, &["id", "type", "seriesMasterId", "start", "end"]);
    }
    event.clone()
}
