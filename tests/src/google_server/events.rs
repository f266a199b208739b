//! `events.list`.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{State, fault, query, told};

impl State {
    pub(super) fn list(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = query(request);
        let given = |name: &str| query.get(name).map(String::as_str);
        // What Google refuses beside a sync token.
        if given("syncToken").is_some()
            && ["timeMin", "timeMax", "orderBy", "q", "updatedMin"]
                .iter()
                .any(|it| query.contains_key(*it))
        {
            return fault(400, "invalidParameter");
        }
        if given("singleEvents") != Some("true") {
            return fault(400, "this server only knows occurrences");
        }
        let (found, until) = match given("syncToken") {
            Some(token) => {
                let Some(since) = token.strip_prefix("sync:").and_then(|it| it.parse().ok()) else {
                    return fault(400, "invalid");
                };
                if since < self.forgotten || since > self.changes.len() {
                    return fault(410, "fullSyncRequired");
                }
                let changed = self.changes[since..].iter();
                let mut ids: Vec<_> = changed.collect();
                ids.sort();
                ids.dedup();
                let events: Vec<_> = ids.iter().filter_map(|id| self.events.get(*id)).collect();
                (events, self.changes.len())
            }
            None => {
                let bound = |name| given(name).and_then(|at| at.parse::<Timestamp>().ok());
                let (min, max) = (bound("timeMin"), bound("timeMax"));
                let is_within = |event: &&Value| {
                    if event["status"] == "cancelled" {
                        return false;
                    }
                    let is_early = min.is_some_and(|min| at(&event["end"]) <= min);
                    let is_late = max.is_some_and(|max| at(&event["start"]) >= max);
                    !is_early && !is_late
                };
                (self.events.values().filter(is_within).collect(), self.changes.len())
            }
        };
        let offset: usize = match given("pageToken") {
            None => 0,
            Some(token) => match token.strip_prefix("page:").and_then(|it| it.parse().ok()) {
                Some(offset) => offset,
                None => return fault(400, "invalid"),
            },
        };
        let page: Vec<_> = found.iter().skip(offset).take(self.page_size).collect();
        let mut body = json!({ "kind": "calendar#events", "items": page });
        if offset + page.len() < found.len() {
            body["nextPageToken"] = json!(format!("page:{}", offset + page.len()));
        } else {
            body["nextSyncToken"] = json!(format!("sync:{until}"));
        }
        told(200, &body)
    }
}

/// When a moment is; a day as a whole begins in UTC here.
fn at(moment: &Value) -> Timestamp {
    if let Some(at) = moment["dateTime"].as_str() {
        return at.parse().expect("an instant with an offset");
    }
    let date: Date = moment["date"].as_str().expect("a date").parse().expect("a date");
    format!("{date}T00:00:00Z").parse().unwrap()
}
