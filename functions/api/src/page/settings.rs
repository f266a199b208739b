//! What somebody wants, and what their day would be like with it.

use std::sync::Arc;

use app::simulate::{SimulateError, simulate_with};
use app::users::{ChangeSettings, SettingsChange, change_settings};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::limits;
use domain::texts::Language;
use jiff::Span;
use maud::{Markup, html};

use super::Form;
use super::card::{Eyes, outlook_card};
use super::guard::{Sent, Visitor};
use super::home::eyes;
use super::layout::{Part, form_token, page};
use super::words::{fill, words};
use crate::body::settings::{SettingsBody, USUAL};
use crate::body::user::UserView;
use crate::problem::{FieldError, Problem};
use crate::routes::days::told_as;
use crate::routes::users::reading;
use crate::state::ApiState;

/// The lead times that are offered, as they are written.
const LEADS: [&str; 5] = ["5m", "10m", "15m", "30m", "1h"];

/// What a form holds: what is set, or what somebody is about to set.
struct Filled {
    reminders: bool,
    leads: Vec<String>,
    choice: Vec<String>,
    quiet: String,
    policy: String,
    preset: String,
    limit: String,
    zone: String,
    language: String,
    clock: String,
}

impl Filled {
    fn of(visitor: &Visitor) -> Self {
        let view = UserView::from(&visitor.user);
        Self {
            reminders: view.reminders,
            leads: view.lead,
            choice: view.lead_choice,
            quiet: view.quiet.join("\n"),
            policy: view.quiet_policy.to_owned(),
            preset: view.quiet_preset.to_owned(),
            limit: view.limit.to_string(),
            zone: view.zone,
            language: view.language.to_owned(),
            clock: view.clock.to_owned(),
        }
    }

    fn read(form: &Form) -> Self {
        let others = form.get("lead-other").split([',', ';', ' ', '、', '\n']);
        let leads = form.all("lead").chain(others).map(str::trim).filter(|lead| !lead.is_empty());
        let text = |name: &str| form.get(name).trim().to_owned();
        Self {
            reminders: form.has("reminders"),
            leads: leads.map(str::to_owned).collect(),
            choice: form.all("lead-choice").map(str::to_owned).collect(),
            quiet: form.get("quiet").to_owned(),
            policy: text("policy"),
            preset: text("preset"),
            limit: text("limit"),
            zone: text("zone"),
            language: text("language"),
            clock: text("clock"),
        }
    }

    fn change(&self, state: &ApiState) -> Result<SettingsChange, Vec<FieldError>> {
        let Ok(limit) = self.limit.parse() else {
            let what = format!("choose 0 to {}", limits::DAILY_LIMIT_MAX);
            return Err(vec![FieldError::new("limit", what)]);
        };
        let lines = self.quiet.lines().map(str::trim).filter(|line| !line.is_empty());
        let body = SettingsBody {
            zone: Some(self.zone.clone()),
            clock: Some(self.clock.clone()),
            language: Some(self.language.clone()),
            reminders: Some(self.reminders),
            lead: Some(self.leads.clone()),
            lead_choice: Some(self.choice.clone()),
            quiet: Some(lines.map(str::to_owned).collect()),
            quiet_policy: Some(self.policy.clone()),
            // A page that was opened before this was asked leaves it as it is.
            quiet_preset: Some(self.preset.clone()).filter(|preset| !preset.is_empty()),
            limit: Some(limit),
            ..SettingsBody::default()
        };
        body.read(reading(state))
    }
}

/// Shows what is set.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    visitor: Visitor,
) -> Result<Html<String>, Problem> {
    let filled = Filled::of(&visitor);
    let preview = previewed(&state, &visitor, &SettingsChange::default(), false).await?;
    Ok(page(&visitor, Part::Settings, None, &form_page(&state, &visitor, &filled, &[], &preview)))
}

/// Sets it.
pub(super) async fn save(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let filled = Filled::read(&form);
    let errors = match filled.change(&state) {
        Ok(change) => match change_settings(&state.users, &visitor.user.id, &change).await? {
            ChangeSettings::Changed(_) | ChangeSettings::Unchanged(_) => {
                return Ok(Redirect::to("/me?done=saved").into_response());
            }
            ChangeSettings::Refused(bad) => vec![FieldError::new("lead", bad)],
            ChangeSettings::NoUser => return Err(Problem::no_user(&visitor.user.id)),
        },
        Err(errors) => errors,
    };
    let body = form_page(&state, &visitor, &filled, &errors, &html! {});
    Ok(page(&visitor, Part::Settings, None, &body).into_response())
}

/// Shows what the days would be like, and saves nothing. A script asks for that part alone.
pub(super) async fn preview(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let filled = Filled::read(&form);
    let (preview, errors) = match filled.change(&state) {
        Ok(change) => (previewed(&state, &visitor, &change, true).await?, Vec::new()),
        Err(errors) => (html! {}, errors),
    };
    if form.has("part") {
        let part = html! { (wrong(&visitor, &errors)) (preview) };
        return Ok(Html(part.into_string()).into_response());
    }
    let body = form_page(&state, &visitor, &filled, &errors, &preview);
    Ok(page(&visitor, Part::Settings, None, &body).into_response())
}

async fn previewed(
    state: &ApiState,
    visitor: &Visitor,
    change: &SettingsChange,
    is_tried: bool,
) -> Result<Markup, Problem> {
    let language = change.language.unwrap_or(visitor.user.locale.language);
    let mut locale = visitor.user.locale;
    locale.language = language;
    locale.hours = change.hours.unwrap_or(locale.hours);
    let name = change.zone.as_ref().unwrap_or(&visitor.user.zone);
    let zone = state.users.zones.rules(name).unwrap_or(visitor.zone.clone());
    let eyes = Eyes { words: words(language), locale, zone: &zone, ..eyes(state, visitor) };
    let today = domain::time::local_date(eyes.now, &zone);
    let days = [
        (today, &eyes.words.day.today),
        (today.saturating_add(Span::new().days(1)), &eyes.words.day.tomorrow),
    ];
    let mut parts = Vec::new();
    for (on, name) in days {
        let id = &visitor.user.id;
        let told = simulate_with(&state.simulating(), id, on, change, eyes.now).await;
        let told = match told {
            // Told with the fields, when they are to be saved.
            Err(SimulateError::Refused(bad)) => {
                return Ok(wrong(visitor, &[FieldError::new("lead", bad)]));
            }
            told => told.map_err(|failed| told_as(failed, id))?,
        };
        parts.push(html! {
            h3 { (name) }
            @if told.rows.is_empty() { p .soft { (eyes.words.day.nothing) } }
            ul .cards { @for row in &told.rows { (outlook_card(row, &eyes)) } }
        });
    }
    Ok(html! {
        h2 { (eyes.words.set.preview_title) }
        @if is_tried { p .soft { (eyes.words.set.preview_note) } }
        @for part in parts { (part) }
    })
}

/// What is wrong, for each field.
fn wrong(visitor: &Visitor, errors: &[FieldError]) -> Markup {
    let set = &visitor.words().set;
    let name = |field: &str| {
        match field {
            "lead" => &set.lead,
            "lead_choice" => &set.lead_choice,
            "quiet" => &set.quiet,
            "quiet_preset" => &set.preset,
            "limit" => &set.limit,
            "zone" => &set.zone,
            "language" => &set.language,
            "clock" => &set.clock,
            _ => &set.policy,
        }
        .clone()
    };
    html! {
        @for error in errors {
            p .wrong role="alert" {
                (fill(&set.check, "field", &name(&error.field)))
                br;
                span lang="en" { (error.detail) }
            }
        }
    }
}

fn form_page(
    state: &ApiState,
    visitor: &Visitor,
    filled: &Filled,
    errors: &[FieldError],
    preview: &Markup,
) -> Markup {
    let set = &visitor.words().set;
    html! {
        div .sides {
            form #settings .fields method="post" action="/me/settings"
                data-preview="/me/settings/preview"
            {
                (wrong(visitor, errors))
                (form_token(visitor))
                label .check {
                    input type="checkbox" name="reminders" checked[filled.reminders];
                    span { (set.reminders) }
                }
                (leads(visitor, filled))
                (lead_choice(visitor, filled))
                label { (set.quiet)
                    textarea name="quiet" rows="3" aria-describedby="quiet-help" { (filled.quiet) }
                }
                p .soft #quiet-help { (set.quiet_help) }
                (chosen(&set.policy, "policy", &filled.policy, &[
                    ("defer", &set.defer), ("advance", &set.advance), ("skip", &set.skip),
                ]))
                (chosen(&set.preset, "preset", &filled.preset, &[
                    (USUAL, &set.usual), ("none", &set.none), ("us-tcpa", &set.us_tcpa),
                ]))
                label { (set.limit)
                    input name="limit" inputmode="numeric" pattern="[0-9]*" value=(filled.limit);
                }
                label { (set.zone)
                    input name="zone" list="zones" autocomplete="off" value=(filled.zone);
                }
                datalist #zones {
                    @for name in state.users.zones.names() { option value=(name) {} }
                }
                (chosen(&set.language, "language", &filled.language,
                    &Language::ALL.map(|known| (known.tag(), &words(known).page.name))))
                (chosen(&set.clock, "clock", &filled.clock, &[
                    ("12h", &set.h12), ("24h", &set.h24),
                ]))
                div .acts {
                    button .strong { (set.save) }
                    button formaction="/me/settings/preview" { (set.preview) }
                }
            }
            section #preview aria-live="polite" { (preview) }
        }
    }
}

fn leads(visitor: &Visitor, filled: &Filled) -> Markup {
    let set = &visitor.words().set;
    let is_chosen = |lead: &str| filled.leads.iter().any(|chosen| chosen == lead);
    let others = filled.leads.iter().filter(|lead| !LEADS.contains(&lead.as_str()));
    let others: Vec<_> = others.cloned().collect();
    html! {
        fieldset {
            legend { (set.lead) }
            div .choices {
                @for lead in LEADS {
                    label .check {
                        input type="checkbox" name="lead" value=(lead) checked[is_chosen(lead)];
                        span { (lead) }
                    }
                }
            }
            label { (set.lead_other)
                input name="lead-other" autocomplete="off" value=(others.join(", "));
            }
        }
    }
}

/// The lead times among which one may be found; those beside the offered that are set stay.
fn lead_choice(visitor: &Visitor, filled: &Filled) -> Markup {
    let set = &visitor.words().set;
    let is_chosen = |lead: &str| filled.choice.iter().any(|chosen| chosen == lead);
    let others = filled.choice.iter().map(String::as_str).filter(|lead| !LEADS.contains(lead));
    html! {
        fieldset aria-describedby="lead-choice-help" {
            legend { (set.lead_choice) }
            div .choices {
                @for lead in LEADS.into_iter().chain(others) {
                    label .check {
                        input type="checkbox" name="lead-choice" value=(lead)
                            checked[is_chosen(lead)];
                        span { (lead) }
                    }
                }
            }
        }
        p .soft #lead-choice-help { (set.lead_choice_help) }
    }
}

fn chosen(label: &str, name: &str, value: &str, options: &[(&str, &String)]) -> Markup {
    html! {
        label { (label)
            select name=(name) {
                @for (known, words) in options {
                    option value=(known) selected[*known == value] { (words) }
                }
            }
        }
    }
}
