//! Adding many users at once.

use std::collections::HashSet;
use std::sync::Arc;

use app::causes::in_full;
use app::users::{AddUser, NewUser, add_user};
use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use domain::ids::UserId;

use super::users::reading;
use crate::body::import::{ImportAsked, ImportView, ImportedLine};
use crate::body::settings::Reading;
use crate::body::user::NewUserBody;
use crate::extract::{Asked, read_json};
use crate::problem::Problem;
use crate::state::ApiState;

/// Lines of one import.
const LINES_MAX: usize = 10_000;

/// Add many users: one JSON object a line, each as for adding one.
///
/// Every line is reported. A user whose id is taken is left as they are, so the same lines may be
/// sent again.
#[utoipa::path(
    post,
    path = "/v1/users/import",
    tag = "users",
    operation_id = "import_users",
    params(ImportAsked),
    request_body(content = NewUserBody, content_type = "application/x-ndjson",
        description = "At most 10,000 lines"),
    responses((status = 200, description = "What became of each line", body = ImportView))
)]
pub(crate) async fn import(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<ImportAsked>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<ImportView>, Problem> {
    let bytes = body?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Problem::malformed("the body is not UTF-8: send JSON, one object a line"))?;
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let lines: Vec<_> = lines.filter(|(_, line)| !line.is_empty()).collect();
    if lines.is_empty() {
        return Err(Problem::malformed("the body is empty: send JSON, one object a line"));
    }
    if lines.len() > LINES_MAX {
        let many = lines.len();
        let detail = format!("{many} lines are too many: at most {LINES_MAX} at once");
        return Err(Problem::too_large(detail));
    }
    let mut view = ImportView { dry_run: asked.dry_run, ..ImportView::default() };
    let mut ids = HashSet::new();
    for (line, text) in lines {
        let told = match read_line(line, text, reading(&state)) {
            Err(refused) => refused,
            Ok(new) => {
                let id = new.id.clone();
                let is_taken = add(&state, new, asked.dry_run, &mut ids)
                    .await
                    .map_err(|failed| stopped(line, &failed))?;
                let outcome = if is_taken { "taken" } else { "added" };
                let id = Some(id.as_str().to_owned());
                ImportedLine { line, id, outcome, detail: None, errors: Vec::new() }
            }
        };
        view.push(told);
    }
    Ok(Json(view))
}

fn read_line(line: usize, text: &str, reading: Reading<'_>) -> Result<NewUser, ImportedLine> {
    let refused = |id: Option<String>, problem: &Problem| ImportedLine {
        line,
        id,
        outcome: "refused",
        detail: Some(problem.detail().to_owned()),
        errors: problem.errors().to_vec(),
    };
    let body: NewUserBody =
        read_json(text.as_bytes()).map_err(|problem| refused(None, &problem))?;
    let id = body.id().chars().take(domain::limits::NAME_CHARS_MAX).collect();
    body.read(reading).map_err(|errors| refused(Some(id), &Problem::fields(errors)))
}

/// Adds a user, or finds out whether that could be done. True if the id is taken.
async fn add(
    state: &ApiState,
    new: NewUser,
    dry_run: bool,
    ids: &mut HashSet<UserId>,
) -> Result<bool, app::ports::StoreError> {
    if dry_run {
        let is_repeated = !ids.insert(new.id.clone());
        return Ok(is_repeated || state.user_store().user(&new.id).await?.is_some());
    }
    let added = add_user(&state.users, new, state.clock.now()).await?;
    Ok(added == AddUser::Taken)
}

fn stopped(line: usize, failed: &app::ports::StoreError) -> Problem {
    tracing::warn!(line, error = in_full(failed), "An import stopped at line {line}");
    Problem::unavailable(format!(
        "the store did not answer at line {line}; the lines before it are done: send all of them \
         again, and those are reported as taken"
    ))
}

#[cfg(test)]
mod tests {
    use domain::countries::Countries;
    use domain::time::Zones;

    use super::*;

    #[test]
    fn each_line_is_read_by_itself() {
        let zones = Zones::bundled();
        let countries = &"US, CA".parse::<Countries>().unwrap();
        let reading = Reading { zones: &zones, country: None, countries };
        let check = |text: &str, id: Option<&str>, words: &str| {
            let refused = read_line(7, text, reading).unwrap_err();
            assert_eq!((refused.line, refused.id.as_deref()), (7, id), "{text}");
            let detail = refused.detail.unwrap();
            assert!(detail.contains(words), "{text}: {detail}");
        };
        check("nonsense", None, "not JSON");
        check(r#"{"id": "ada"}"#, None, "missing field `phone`");
        check(
            r#"{"id": "ada", "phone": "+12025550123", "zone": "Mars/Base"}"#,
            Some("ada"),
            "`zone`: time zone \"Mars/Base\" is not known",
        );
        check(
            r#"{"id": "ada", "phone": "+4915123456789", "zone": "UTC"}"#,
            Some("ada"),
            "`phone`: phone number +49•••89 belongs to DE, where this system texts nobody",
        );
        check(
            r#"{"id": "", "phone": "555 0123", "zone": "UTC"}"#,
            Some(""),
            "`id`: user id \"\" is not usable",
        );
        let new = read_line(
            1,
            r#"{"id": "ada", "phone": "+12025550123", "zone": "UTC", "limit": 3}"#,
            reading,
        );
        let new = new.map_err(|refused| refused.detail).unwrap();
        assert!(!new.is_phone_verified);
        assert_eq!(new.preferences.daily_limit.get(), 3);
    }
}
