//! Reading requests, with a problem for whatever cannot be read.

use std::collections::HashMap;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use domain::ids::{CalendarId, ReminderId, UserId};
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The names in a request's address.
pub(crate) struct Names(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(names) = Path::from_request_parts(parts, state).await?;
        Ok(Self(names))
    }
}

impl Names {
    /// One name, as if it had stood in the address.
    pub(crate) fn of(key: &str, name: &str) -> Self {
        Self(HashMap::from([(key.to_owned(), name.to_owned())]))
    }

    /// Whose.
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        self.name("user", UserId::parse)
    }

    /// Whose; `name` where the address is that of a user whose id is the name of an operation.
    pub(crate) fn user_or(&self, name: &str) -> Result<UserId, Problem> {
        if self.0.contains_key("user") { self.user() } else { Self::of("user", name).user() }
    }

    /// Whether a reminder is named.
    pub(crate) fn has_reminder(&self) -> bool {
        self.0.contains_key("reminder")
    }

    /// Which calendar.
    pub(crate) fn calendar(&self) -> Result<CalendarId, Problem> {
        self.name("calendar", CalendarId::parse)
    }

    /// Which reminder.
    pub(crate) fn reminder(&self) -> Result<ReminderId, Problem> {
        let parse = |given: &str| ReminderId::parse(&given.to_ascii_lowercase());
        self.name("reminder", parse).map_err(|_| {
            Problem::not_found("there is no such reminder: an id has 32 hexadecimal digits")
        })
    }

    /// Which rule; there may be none of that name.
    pub(crate) fn rule(&self) -> &str {
        self.0.get("rule").map_or("", String::as_str)
    }

    /// Which machine's key; there may be none of that id.
    pub(crate) fn key(&self) -> &str {
        self.0.get("key").map_or("", String::as_str)
    }

    /// Which experiment; there may be none of that name.
    pub(crate) fn experiment(&self) -> &str {
        self.0.get("experiment").map_or("", String::as_str)
    }

    /// The number of a bug.
    pub(crate) fn bug(&self) -> Result<u64, Problem> {
        let number = self.0.get("number").and_then(|number| number.parse().ok());
        number.ok_or_else(|| Problem::not_found("there is no such bug".to_owned()))
    }

    /// Nothing can have a name that is refused, so it is not found.
    fn name<T, E: ToString>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        let given = self.0.get(key).map_or("", String::as_str);
        parse(given).map_err(|bad| Problem::not_found(bad.to_string()))
    }
}

/// A request's query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}

/// A request's JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        read_json(&json(request, state).await?).map(Self)
    }
}

/// What a request sends as JSON, whatever it is to be read as.
async fn json<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let kind = content_type(request.headers());
    if kind.as_deref().is_some_and(|kind| kind != "application/json") {
        return Err(Problem::wrong_type("send JSON as `Content-Type: application/json`"));
    }
    Ok(Bytes::from_request(request, state).await?)
}

/// Reads JSON. The message names the field that is unknown, missing or of the wrong kind.
pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(unreadable)
}

fn unreadable(bad: serde_json::Error) -> Problem {
    if bad.is_data() {
        Problem::invalid(bad.to_string())
    } else {
        Problem::malformed(format!("the body is not JSON: {bad}"))
    }
}

/// The media type of a body in lower case, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Reads a date.
pub(crate) fn date(field: &str, given: &str) -> Result<Date, Problem> {
    let shape = given.len() == 10 && given.is_ascii();
    let parsed = shape.then(|| given.parse::<Date>().ok()).flatten();
    parsed.ok_or_else(|| {
        let shown: String = given.chars().take(40).collect();
        Problem::field(field, format!("date {shown:?} does not exist; write it like 2026-11-23"))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[expect(dead_code, reason = "only read")]
        limit: u32,
    }

    #[test]
    fn bad_json_is_told_with_its_place_and_field() {
        let check = |given: &str, status: &str, words: &str| {
            let problem = read_json::<Shape>(given.as_bytes()).unwrap_err();
            let json = serde_json::to_value(&problem).unwrap();
            assert_eq!(json["status"].to_string(), status, "{given}");
            assert!(problem.detail().contains(words), "{given}: {}", problem.detail());
        };
        check("{", "400", "line 1");
        check("", "400", "not JSON");
        check("{\"limt\": 1}", "422", "unknown field `limt`, expected `limit`");
        check("{}", "422", "missing field `limit`");
        check("{\"limit\": \"many\"}", "422", "invalid type");
        check("{\"limit\": -1}", "422", "invalid value");
    }

    #[test]
    fn dates_are_read_strictly() {
        assert!(date("date", "2026-11-23").is_ok());
        for bad in ["", "today", "2026-02-30", "2026-11-23T10:00", "20261123", "-026-11-23"] {
            assert!(date("date", bad).is_err(), "{bad}");
        }
    }
}
