//! The reminders behind a number.

use std::sync::Arc;

use app::figures::{Behind, BehindPorts, Found, behind};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::figures::{Dimension, names};
use domain::ids::UserId;
use domain::reminder::Reminder;
use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::{PATH, layout, page as pages, words};
use crate::extract::{Asked, date};
use crate::problem::Problem;
use crate::state::ApiState;

/// Most days at once.
const DAYS_MAX: i64 = 31;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Every reminder.
    Planned,
    /// Those of which the provider took or refused a text.
    Sent,
    /// Those that reached the phone.
    Delivered,
    /// Those whose text is on its way.
    UnderWay,
    /// Those that were sent and failed.
    NotDelivered,
    /// Those that a counter of this name counts.
    State(&'static str),
}

/// Counters that may be asked for besides; the reason of a state follows after a dot.
const COUNTERS: [&str; 9] = [
    "scheduled",
    "undelivered",
    "failed",
    "unconfirmed",
    "unknown",
    "skipped",
    "cancelled",
    names::LATE,
    names::DEFERRED,
];

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::UnderWay => "under_way",
            Self::NotDelivered => "not_delivered",
            Self::State(counter) => counter,
        }
    }
}

/// The counters that something asked for stands for.
fn counters(of: &str, reason: Option<&str>) -> Option<Vec<String>> {
    let named = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let (state, dotted) = of.split_once('.').map_or((of, None), |(of, r)| (of, Some(r)));
    match (of, reason.or(dotted)) {
        ("planned", None) => named(&[names::PLANNED]),
        ("sent", None) => named(&[names::POSTED]),
        ("delivered", None) => named(&["delivered"]),
        ("under_way", None) => named(&["claimed", "accepted", "sent"]),
        ("not_delivered", None) => named(&["undelivered", "failed"]),
        (_, None) if COUNTERS.contains(&of) => named(&[of]),
        (_, Some(reason)) if matches!(state, "skipped" | "cancelled") && is_name(reason) => {
            Some(vec![format!("{state}.{reason}")])
        }
        (names::CODE, Some(names::OTHER_CODE)) => named(&["code.other"]),
        (names::CODE, Some(code)) => Some(vec![names::code(code.parse().ok()?)]),
        _ => None,
    }
}

/// Whether something is written like a reason.
fn is_name(reason: &str) -> bool {
    !reason.is_empty() && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Where the reminders behind a number are listed.
pub(super) fn address(sort: Sort, from: Date, to: Date, under: &str) -> String {
    let under = if under == "all" { String::new() } else { format!("&in={under}") };
    format!("{PATH}/behind?of={}&from={from}&to={to}{under}", sort.name())
}

/// Where the reminders are listed of which an attempt failed with a code.
pub(super) fn address_of_code(code: &str, from: Date, to: Date, under: &str) -> String {
    address(Sort::State(names::CODE), from, to, under) + "&reason=" + code
}

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct List {
    of: String,
    reason: Option<String>,
    from: String,
    to: String,
    r#in: Option<String>,
    after: Option<String>,
}

/// `GET /dashboard/behind`
pub(super) async fn page(
    State(state): State<Arc<ApiState>>,
    asked: Result<Asked<List>, Problem>,
) -> Response {
    let shown = async {
        let Asked(list) = asked?;
        let wanted = wanted(&list)?;
        let ports =
            BehindPorts { users: state.users.users.clone(), reminders: state.reminders.clone() };
        let found = behind(&ports, &wanted).await?;
        Ok(body(&list, &wanted, &found))
    };
    match shown.await {
        Ok(body) => layout::still("Reminders", &body).into_response(),
        Err(problem) => pages::broken(problem),
    }
}

fn wanted(list: &List) -> Result<Behind, Problem> {
    let unknown = || Problem::field("of", "nothing is counted under this name");
    let (from, to) = (date("from", &list.from)?, date("to", &list.to)?);
    let last = from.saturating_add(Span::new().days(DAYS_MAX - 1));
    if to < from || to > last {
        return Err(Problem::field("to", format!("choose a date from {from} to {last}")));
    }
    let dimension = list.r#in.as_deref().map_or(Ok(Dimension::all()), Dimension::parse);
    let after = list.after.as_deref().map(UserId::parse).transpose();
    Ok(Behind {
        counters: counters(&list.of, list.reason.as_deref()).ok_or_else(unknown)?,
        dimension: dimension.map_err(|bad| Problem::field("in", bad))?,
        from,
        to,
        after: after.map_err(|bad| Problem::field("after", bad))?,
    })
}

fn body(list: &List, wanted: &Behind, found: &Found) -> Markup {
    let Behind { from, to, dimension, .. } = wanted;
    let reason = list.reason.as_deref().map(|reason| format!(": {}", words::plain(reason)));
    html! {
        main #main tabindex="-1" {
            p .back { a href=(PATH) { "Dashboard" } }
            h1 { "Reminders: " (words::plain(&list.of)) (reason.unwrap_or_default()) }
            p .quiet {
                @if from == to { "On " (from) } @else { "From " (from) " to " (to) }
                ", by UTC days"
                @if *dimension != Dimension::all() { ", under " (dimension) }
                ". " (words::count(u64::try_from(found.rows.len()).unwrap_or(0))) " here"
                @if found.next.is_some() || list.after.is_some() { ", and more on other pages" }
                "."
            }
            @if found.rows.is_empty() {
                p { "None of the users looked at has such a reminder." }
            } @else {
                (table(&found.rows))
            }
            @if let Some(next) = &found.next {
                p { a .button href=(further(list, wanted, next)) { "Further users" } }
            }
        }
    }
}

fn further(list: &List, wanted: &Behind, next: &UserId) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("of", &list.of);
    query.append_pair("from", &wanted.from.to_string());
    query.append_pair("to", &wanted.to.to_string());
    for (name, value) in [("reason", &list.reason), ("in", &list.r#in)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    query.append_pair("after", next.as_str());
    format!("{PATH}/behind?{}", query.finish())
}

fn table(rows: &[Reminder]) -> Markup {
    html! {
        div .wide role="group" aria-label="Reminders" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Due" } th scope="col" { "User" }
                        th scope="col" { "State" } th scope="col" { "Code" }
                        th scope="col" .n { "Attempts" } th scope="col" { "Why" }
                    }
                }
                tbody { @for row in rows { (line(row)) } }
            }
        }
    }
}

fn line(row: &Reminder) -> Markup {
    let code = row.last_attempt().and_then(|attempt| attempt.error_code);
    html! {
        tr {
            td { time datetime=(row.send_at.to_string()) { (words::instant(row.send_at)) } }
            td { (row.user.as_str()) }
            td {
                (row.state.name())
                @if let Some(reason) = row.state.reason() { ": " (words::plain(reason)) }
            }
            td { @if let Some(code) = code { (code) } }
            td .n { (row.attempts.len()) }
            td {
                a href={ (PATH) "/reminders/" (row.id) } {
                    "Why" span .unseen { " reminder " (row.id) }
                }
            }
        }
    }
}
