//! The OpenAPI document, generated from the code.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{FieldError, Problem};
use crate::routes::{
    alerts, calendars, connections, consent, days, import, metrics, people, reminders, rollout,
    system, users,
};

/// The name of the one way to prove who one is.
const SCHEME: &str = "operator";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Beforehand",
        description = "Texts people shortly before the events on their calendars.\n\nEvery \
            operation but `/v1/health` and `/v1/google/callback` wants the operator's token as a \
            bearer token. Instants are RFC 3339 in UTC, dates are local dates of the user. What \
            goes wrong is told as RFC 9457 problem details. Names in addresses are \
            percent-encoded.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "users", description = "People who get reminders"),
        (name = "calendars", description = "Where their events come from"),
        (name = "reminders", description = "What they are texted, and why"),
        (name = "system", description = "Health, the recount"),
        (name = "alerts", description = "What is wrong, and who looks after it"),
        (name = "metrics", description = "Figures: what was sent, what arrived, how fast, for how \
            much"),
        (name = "rollout", description = "Who gets reminders: on, off, forward, back"),
    ),
    security(("operator" = [])),
    paths(
        users::list, users::add, import::import, users::show, users::change, users::vouch,
        people::export, people::erase,
        calendars::store, calendars::remove,
        connections::list, connections::connect_one, connections::sync_now,
        consent::ask, consent::come_back,
        days::reminders, days::why, days::outlook,
        reminders::show, reminders::cancel_one, reminders::why,
        rollout::show, rollout::turn, rollout::course, rollout::go_on, rollout::go_back,
        rollout::go_on_again, rollout::name, rollout::decided,
        alerts::show, alerts::look_after,
        metrics::everybody, metrics::one, metrics::exposed, metrics::count_anew,
        system::health, system::recount,
    ),
    components(schemas(Problem, FieldError)),
    modifiers(&CommonAnswers),
)]
struct Document;

/// The OpenAPI document (3.1) of this API.
pub fn document() -> OpenApi {
    Document::openapi()
}

/// The document as `docs/openapi.json` holds it.
///
/// # Errors
/// None in practice: the document holds nothing that JSON cannot.
pub fn to_json() -> Result<String, serde_json::Error> {
    Ok(document().to_pretty_json()? + "\n")
}

/// The token, and the answers that every operation behind it has.
struct CommonAnswers;

impl Modify for CommonAnswers {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
        for (path, item) in &mut document.paths.paths {
            if path == "/v1/health" || path == "/v1/google/callback" {
                continue;
            }
            let operations =
                [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                let answers = &mut operation.responses.responses;
                for (status, description) in answers_behind_the_token(path) {
                    answers.entry(status.to_owned()).or_insert_with(|| problem(description));
                }
            }
        }
    }
}

fn answers_behind_the_token(path: &str) -> Vec<(&'static str, &'static str)> {
    let mut answers = vec![
        ("401", "The token is missing or wrong"),
        ("503", "The store does not answer; try again"),
        ("default", "Anything else that went wrong"),
    ];
    if path.contains('{') {
        answers.push(("404", "There is no such user, calendar, reminder or rule"));
    }
    answers
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(description);
    response.content("application/problem+json", content).build().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes::{PREFIX, guarded, open};

    const RENEW: &str = "docs/openapi.json is out of date: renew it with \
                         `cargo run -p api --example openapi > docs/openapi.json`";

    #[test]
    fn the_committed_document_is_the_generated_one() {
        let committed = include_str!("../../../docs/openapi.json");
        assert!(committed == to_json().unwrap(), "{RENEW}");
    }

    #[test]
    fn the_document_and_the_router_name_the_same_operations() {
        let json: serde_json::Value = serde_json::from_str(&to_json().unwrap()).unwrap();
        let mut told = BTreeSet::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            told.extend(item.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
        }
        let listed = guarded().listed.into_iter().chain(open().listed);
        let answered: BTreeSet<_> = listed
            .map(|(method, path)| format!("{} {PREFIX}{path}", method.as_str().to_lowercase()))
            .collect();
        assert_eq!(told, answered);
    }

    #[test]
    fn everything_but_health_wants_the_token_and_tells_problems() {
        let json: serde_json::Value = serde_json::from_str(&to_json().unwrap()).unwrap();
        assert_eq!(json["openapi"], "3.1.0");
        assert!(json["components"]["securitySchemes"]["operator"].is_object());
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let is_open = path == "/v1/health";
                let answers = &operation["responses"];
                assert_eq!(answers.get("401").is_some(), !is_open, "{method} {path}");
                assert_eq!(operation.get("security").is_some(), is_open, "{method} {path}");
            }
        }
    }
}
