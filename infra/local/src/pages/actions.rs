//! What the forms do. Each answers with the page it was sent from, so that a browser without
//! scripts gets on as well; a script looks only at whether it went well.

use adapters_embedded::sms_sandbox::InboundText;
use app::cancel::{CancelOutcome, cancel};
use app::ports::Clock as _;
use axum::extract::{Form, State};
use axum::response::Redirect;
use domain::ids::ReminderId;
use domain::phone::PhoneNumber;
use serde::Deserialize;
use tracing::{info, warn};

use super::clock::SPEEDS;
use super::next::next;
use super::phones::REPLY_CHARS_MAX;
use super::problem::Problem;
use super::{Desk, PagesState};

/// A text from a phone.
#[derive(Deserialize)]
pub(super) struct Reply {
    token: String,
    phone: String,
    body: String,
}

/// A wish about the clock: one of the two.
#[derive(Deserialize)]
pub(super) struct ClockWish {
    token: String,
    factor: Option<u32>,
    jump: Option<String>,
}

/// A reminder that is no longer wanted.
#[derive(Deserialize)]
pub(super) struct Cancel {
    token: String,
    reminder: String,
    #[serde(default)]
    back: String,
}

/// `POST /reply`: a phone texts us.
pub(super) async fn reply(
    State(state): State<PagesState>,
    Form(form): Form<Reply>,
) -> Result<Redirect, Problem> {
    check_token(&state, &form.token)?;
    let desk = desk(&state)?;
    let body = form.body.trim();
    if body.is_empty() || body.chars().count() > REPLY_CHARS_MAX {
        let words = format!("A reply has 1 to {REPLY_CHARS_MAX} characters.");
        return Err(Problem::bad(words));
    }
    let from = known_phone(&state, desk, &form.phone).await?;
    let back = Redirect::to(&format!("/#phone-{}", from.trim_start_matches('+')));
    let text = InboundText { from, to: desk.our_number.clone(), body: body.to_owned() };
    let now = desk.clock.clock.now();
    let outcome = desk.sandbox.inbound(text, now, &*desk.callbacks).await;
    match outcome.answer {
        None => Ok(back),
        Some(Ok(answer)) if (200..300).contains(&answer.status) => Ok(back),
        Some(Ok(answer)) => {
            let status = answer.status;
            warn!("The webhook refused an inbound text of the sandbox with status {status}");
            let words = format!("The reply was sent, but the webhook refused it ({status}).");
            Err(Problem::upstream(words))
        }
        Some(Err(fault)) => {
            warn!("The webhook did not answer an inbound text of the sandbox: {fault}");
            Err(Problem::upstream("The reply was sent, but the webhook did not answer."))
        }
    }
}

/// `POST /clock`: sets the speed, or jumps to what comes next.
pub(super) async fn set_clock(
    State(state): State<PagesState>,
    Form(form): Form<ClockWish>,
) -> Result<Redirect, Problem> {
    check_token(&state, &form.token)?;
    let desk = desk(&state)?;
    let clock = &desk.clock.clock;
    match (form.factor, form.jump.as_deref()) {
        (Some(factor), None) if SPEEDS.iter().any(|(speed, _)| *speed == factor) => {
            clock.set_factor(factor);
            info!("The clock runs {factor} times as fast from now on");
        }
        (None, Some("next")) => {
            let Some(next) = next(&state, clock.now()).await? else {
                return Err(Problem::conflict("There is nothing to jump to."));
            };
            // What comes next may be due by now; then there is nothing to skip.
            clock.jump_to(next.jump_to());
            info!("The clock jumped to {}", next.jump_to());
        }
        _ => return Err(Problem::bad("The clock can be set to real time or 60 times as fast.")),
    }
    desk.clock.remember();
    Ok(Redirect::to("/#clock"))
}

/// `POST /cancel`: cancels one reminder.
pub(super) async fn cancel_reminder(
    State(state): State<PagesState>,
    Form(form): Form<Cancel>,
) -> Result<Redirect, Problem> {
    check_token(&state, &form.token)?;
    let ports = &state.inner.ports;
    let missing = || Problem::missing("There is no such reminder.");
    let id = ReminderId::parse(&form.reminder).map_err(|_| missing())?;
    let row = ports.reminders.find_reminder(id).await?.ok_or_else(missing)?;
    match cancel(&ports.cancels, &row.user, id, ports.clock.now()).await? {
        CancelOutcome::Cancelled(_) | CancelOutcome::Already(_) => {}
        CancelOutcome::Over(_) => {
            let words = "It is too late to cancel this reminder: it is under way or over.";
            return Err(Problem::conflict(words));
        }
        CancelOutcome::Missing => return Err(missing()),
    }
    let own_page = format!("/why/{id}");
    Ok(Redirect::to(if form.back == own_page { &own_page } else { "/#reminders" }))
}

pub(super) fn check_token(state: &PagesState, given: &str) -> Result<(), Problem> {
    if state.inner.door.token().matches(given) { Ok(()) } else { Err(Problem::old_form()) }
}

fn desk(state: &PagesState) -> Result<&Desk, Problem> {
    let words = "There are no phones and no clock to move: texts go out through Twilio.";
    state.inner.desk.as_ref().ok_or_else(|| Problem::conflict(words))
}

/// The number of a phone that stands on the page: a user's, or one that was texted.
async fn known_phone(state: &PagesState, desk: &Desk, given: &str) -> Result<String, Problem> {
    let ports = &state.inner.ports;
    let unknown = || Problem::missing("No user has this number.");
    let number = PhoneNumber::try_from(given.to_owned()).map_err(|_| unknown())?;
    let phone = ports.phones.phone(&ports.phone_keys.key(&number)).await?;
    match phone {
        Some(phone) if !phone.users.is_empty() => Ok(number.as_e164().to_owned()),
        // Whoever signed up is nobody before they answer.
        _ if !desk.sandbox.texts_where(|text| text.to == number.as_e164()).is_empty() => {
            Ok(number.as_e164().to_owned())
        }
        _ => Err(unknown()),
    }
}
