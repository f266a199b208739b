//! The OpenAPI document, generated from the code.

use axum::http::Method;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{FieldError, Problem};
use crate::routes::{
    PREFIX, alerts, bugs, calendars, codes, connections, consent, days, experiments, import, keys,
    metrics, open, own, people, prompts, ratings, readers, reminders, rollout, system, users,
};

/// Whether an operation is for everybody, without a token.
fn is_open(path: &str) -> bool {
    let short = path.strip_prefix(PREFIX).unwrap_or(path);
    open().listed.iter().any(|one| one.path == short)
}

/// The names of the ways to prove who one is.
const SCHEMES: [&str; 3] = ["operator", "key", "issuer"];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Beforehand",
        description = "Texts people shortly before the events on their calendars.\n\nEvery \
            operation but `/v1/health` and the callbacks of those who keep calendars wants a \
            bearer token: the operator's, a machine's key, or a JWT of the configured OIDC \
            issuer. Users reach what is theirs; another's looks as if it were not there. \
            `x-needs` of an operation \
            says what it needs: `user` or `operator`. Instants are RFC 3339 in UTC, dates are \
            local dates of the user. What goes wrong is told as RFC 9457 problem details. Names \
            in addresses are percent-encoded.",
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
        (name = "keys", description = "What machines prove themselves with"),
        (name = "rollout", description = "Who gets reminders: on, off, forward, back"),
        (name = "experiments", description = "Which lead times, words and prompts do better"),
        (name = "prompts", description = "What a language model is asked with"),
        (name = "ratings", description = "What people think of their texts"),
    ),
    security(("operator" = []), ("key" = []), ("issuer" = [])),
    paths(
        users::list, users::add, import::import, users::show, users::settings, users::change,
        users::vouch, codes::send, codes::check, keys::list, keys::create, keys::revoke,
        people::export, people::export_ics, people::erase,
        calendars::store, calendars::remove,
        connections::list, connections::connect_one, connections::sync_now,
        consent::ask_google, consent::ask_microsoft, consent::back_from_google,
        consent::back_from_microsoft,
        days::reminders, days::why, days::outlook, days::what_if,
        readers::link_page, readers::link_one, readers::snooze_one, readers::acknowledge_one,
        reminders::show, reminders::cancel_one, reminders::why,
        rollout::show, rollout::turn, rollout::course, rollout::go_on, rollout::go_back,
        rollout::go_on_again, rollout::name, rollout::decided,
        rollout::configured, rollout::configure,
        bugs::show, bugs::file, bugs::close,
        alerts::show, alerts::look_after,
        metrics::everybody, metrics::one, metrics::exposed, metrics::count_anew,
        system::health, system::recount,
        experiments::list, experiments::add, experiments::show, experiments::tell,
        experiments::begin, experiments::end, experiments::promote_arm, experiments::take_back,
        prompts::list, prompts::add, prompts::promote, prompts::take_back,
        ratings::low,
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

/// The ways to prove who one is, what operations need, and the answers that all of them have.
struct CommonAnswers;

impl Modify for CommonAnswers {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let [operator, key, issuer] = SCHEMES;
        let schemes = [
            (operator, "The operator's token.", None),
            (key, "A machine's key, as `POST /v1/keys` makes it: `bfk_...`.", None),
            (issuer, "A token of the configured OIDC issuer (RS256, ES256 or EdDSA).", Some("JWT")),
        ];
        for (name, description, format) in schemes {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            let scheme = scheme.description(Some(description));
            let scheme = match format {
                Some(format) => scheme.bearer_format(format),
                None => scheme,
            };
            components.add_security_scheme(name, SecurityScheme::Http(scheme.build()));
        }
        let own: Vec<_> = own().listed.into_iter().map(|one| (one.method, one.path)).collect();
        for (path, item) in &mut document.paths.paths {
            if is_open(path) {
                continue;
            }
            let operations = [
                (Method::GET, &mut item.get),
                (Method::PUT, &mut item.put),
                (Method::POST, &mut item.post),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let short = path.strip_prefix(PREFIX).unwrap_or(path);
                let is_own = own.iter().any(|(of, at)| *of == method && *at == short);
                let needs = if is_own { "user" } else { "operator" };
                let extension = ExtensionsBuilder::new().add("x-needs", needs).build();
                operation.extensions.get_or_insert_default().merge(extension);
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
        ("403", "The token does not open this"),
        ("503", "The store does not answer; try again"),
        ("default", "Anything else that went wrong"),
    ];
    if path.contains('{') {
        let missing = "There is no such user, calendar, reminder, rule, key or experiment";
        answers.push(("404", missing));
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
    use crate::routes::{guarded, open};

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
        let listed = [guarded().listed, own().listed, open().listed].concat();
        let answered: BTreeSet<_> = listed
            .iter()
            .map(|one| format!("{} {PREFIX}{}", one.method.as_str().to_lowercase(), one.path))
            .collect();
        assert_eq!(told, answered);
    }

    #[test]
    fn everything_but_health_wants_the_token_and_tells_problems() {
        let json: serde_json::Value = serde_json::from_str(&to_json().unwrap()).unwrap();
        assert_eq!(json["openapi"], "3.1.0");
        for scheme in SCHEMES {
            assert!(json["components"]["securitySchemes"][scheme].is_object());
        }
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let is_open = is_open(path);
                let answers = &operation["responses"];
                assert_eq!(answers.get("401").is_some(), !is_open, "{method} {path}");
                assert_eq!(operation.get("security").is_some(), is_open, "{method} {path}");
                assert_eq!(operation.get("x-needs").is_some(), !is_open, "{method} {path}");
            }
        }
    }
}
