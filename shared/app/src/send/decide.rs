//! The pre-send check, carried out.

use domain::calendar_event::CalendarEvent;
use domain::counting::preference;
use domain::ids::ReminderId;
use domain::limits;
use domain::pre_send::{SendDecision, Surroundings, check_before_send, is_late};
use domain::reasons::{CancelReason, DeferReason, SkipReason};
use domain::reminder::{Circumstances, Reminder, State, TextSource};
use domain::rollout::Rollout;
use domain::states::{Change, apply};
use domain::text_hours::PresetHours;
use domain::texts;
use domain::time::{ahead, back, local_date};
use domain::user::User;
use futures::try_join;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, instrument, warn};

use super::clock::{ClockCheck, check_clock, wait_for_clock};
use super::post::{Post, post};
use super::turn::{take_turn, wait_out_hold};
use super::{
    Looked, SendError, SendPorts, ask_for_plan, change_if_same, look_again, wait, wait_until_due,
};
use crate::causes::in_full;
use crate::ports::{Claim, ClaimResult, Phone, PhoneKey, StoreError};

/// How often a decision is made anew because something changed between decision and claim.
const TRIES_MAX: usize = 10;

/// How long before an event a reminder of it is due at most: by the longest lead time, and by what
/// quiet hours may bring it forward.
const SIBLINGS_SINCE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// How long a look waits while a plan is renewed.
const PLAN_WAIT: SignedDuration = SignedDuration::from_secs(15);

/// Everything a decision was made from.
struct Facts {
    user: User,
    zone: TimeZone,
    preset: PresetHours,
    event: Option<CalendarEvent>,
    phone_key: PhoneKey,
    phone: Phone,
    rollout: Rollout,
    rows: Vec<Reminder>,
    claimed_today: Vec<ReminderId>,
}

/// What reading the facts found.
enum Found {
    Facts(Box<Facts>),
    /// The person is erased.
    NoUser,
    /// Something cannot be read.
    Unreadable(&'static str),
}

/// What became of a claim.
enum Claiming {
    /// The text may be posted.
    Claimed(Box<Reminder>),
    /// It may not go out, and this is what becomes of it.
    Refused(Box<Change>),
    /// Something cannot be read.
    InDoubt(&'static str),
    /// Something it depends on changed meanwhile.
    Changed,
}

fn refused(change: Change) -> Claiming {
    Claiming::Refused(Box::new(change))
}

/// Decides on a scheduled row, and sends it if the decision is to send.
pub(super) async fn decide_and_send(
    ports: &SendPorts,
    mut row: Reminder,
    turn_at: Option<Timestamp>,
) -> Result<Looked, SendError> {
    let mut has_turn = false;
    for _ in 0..TRIES_MAX {
        let now = ports.clock.now();
        if row.state != State::Scheduled {
            return Ok(Looked::Nothing);
        }
        if now < row.send_at {
            return wait_until_due(&*ports.receipts.sends, &row, now).await;
        }
        if let Some(looked) = doubt_clock(ports, &row, now).await? {
            return Ok(looked);
        }
        if !has_turn && let Some(looked) = wait_out_hold(ports, &row, now).await? {
            return Ok(looked);
        }
        let facts = match facts_or_doubt(ports, &row, now).await? {
            Ok(facts) => facts,
            Err(looked) => return Ok(looked),
        };
        let around = Surroundings {
            event: facts.event.as_ref(),
            user: &facts.user,
            zone: &facts.zone,
            preset: &facts.preset,
            consent: facts.phone.consent,
            rollout: &facts.rollout,
            countries: &ports.countries,
            rows: &facts.rows,
            claimed_today: &facts.claimed_today,
        };
        let decision = check_before_send(&row, &around, now);
        if let SendDecision::Send { .. } = decision {
            if !has_turn && let Some(looked) = take_turn(ports, &row, turn_at, now).await? {
                return Ok(looked);
            }
            has_turn = true;
            // The claim checks everything but the switch, so that must have been read just now.
            if now.duration_until(ports.clock.now()) > limits::ROLLOUT_FRESH_FOR {
                continue;
            }
            match claim(ports, &row, &facts, turn_at, now).await? {
                Claiming::Claimed(claimed) => {
                    let own = &facts.user.preferences.quiet_hours;
                    let hours = facts.preset.beside(own, &facts.zone);
                    return post(ports, Post { claimed: *claimed, hours, turn_at }).await;
                }
                Claiming::Refused(change) => return close(ports, &row, *change, now).await,
                Claiming::InDoubt(what) => return defer_in_doubt(ports, &row, what, now).await,
                Claiming::Changed => {}
            }
        } else if let Some(looked) = carry_out(ports, &row, &facts, decision, now).await? {
            return Ok(looked);
        }
        // Somebody changed the row, the user or the phone meanwhile: look at them as they are now.
        let Some(fresh) = ports.receipts.reminders.reminder(&row.user, row.id).await? else {
            return Ok(Looked::Missing);
        };
        row = fresh;
    }
    Err(StoreError::Transient {
        operation: "claim a reminder",
        source: "what it depends on keeps changing".into(),
    }
    .into())
}

/// What a look does whose clock cannot be trusted; none if it can.
async fn doubt_clock(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Option<Looked>, SendError> {
    let looked = match check_clock(ports, now).await {
        ClockCheck::Trusted => return Ok(None),
        ClockCheck::Doubtful { at_least } if at_least >= row.last_at => {
            close(ports, row, Change::Skip(SkipReason::TooLate), now).await?
        }
        ClockCheck::Doubtful { .. } => wait_for_clock(ports, row, now).await?,
    };
    Ok(Some(looked))
}

/// Carries out a decision not to send; none if the row changed meanwhile.
async fn carry_out(
    ports: &SendPorts,
    row: &Reminder,
    facts: &Facts,
    decision: SendDecision,
    now: Timestamp,
) -> Result<Option<Looked>, SendError> {
    let change = match decision {
        SendDecision::Send { .. } => return Ok(None),
        SendDecision::Defer { reason: DeferReason::PlanPending, .. } => {
            ask_for_plan(ports, row).await?;
            wait(&*ports.receipts.sends, row, PLAN_WAIT, now).await?;
            return Ok(Some(Looked::Waits));
        }
        SendDecision::Defer { until, last_at, reason } => {
            let day_on = local_date(until, &facts.zone);
            Change::Defer { until, last_at, day_on, reason }
        }
        SendDecision::Skip { reason } => Change::Skip(reason),
        SendDecision::Cancel { reason } => Change::Cancel(reason),
    };
    let changed = change_if_same(&*ports.receipts.reminders, row, change, now).await?;
    if !changed.is_changed() {
        return Ok(None);
    }
    info!(reminder.id = %row.id, "Did not send reminder {}: {decision:?}", row.id);
    look_again(&*ports.receipts.sends, &changed, now).await?;
    let waits = matches!(decision, SendDecision::Defer { .. });
    Ok(Some(if waits { Looked::Waits } else { Looked::Closed }))
}

async fn close(
    ports: &SendPorts,
    row: &Reminder,
    change: Change,
    now: Timestamp,
) -> Result<Looked, SendError> {
    change_if_same(&*ports.receipts.reminders, row, change, now).await?;
    Ok(Looked::Closed)
}

/// A check that cannot be made: the text waits until the event begins, and then is skipped.
async fn defer_in_doubt(
    ports: &SendPorts,
    row: &Reminder,
    what: &'static str,
    now: Timestamp,
) -> Result<Looked, SendError> {
    warn!(reminder.id = %row.id, "Deferred reminder {}: {what} cannot be read", row.id);
    let last_chance = back(row.last_at, limits::VALIDITY_MIN);
    let until = ahead(now, limits::UNREADABLE_WAIT).min(last_chance);
    if until <= now {
        return close(ports, row, Change::Skip(SkipReason::TooLate), now).await;
    }
    let (last_at, day_on) = (row.last_at, row.day_on);
    let change = Change::Defer { until, last_at, day_on, reason: DeferReason::Unreadable };
    let changed = change_if_same(&*ports.receipts.reminders, row, change, now).await?;
    look_again(&*ports.receipts.sends, &changed, now).await?;
    Ok(Looked::Waits)
}

/// The facts, or what a look does that cannot have them.
async fn facts_or_doubt(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Result<Box<Facts>, Looked>, SendError> {
    let what = match read(ports, row, now).await {
        Ok(Found::Facts(facts)) => return Ok(Ok(facts)),
        Ok(Found::NoUser) => return Ok(Err(Looked::Missing)),
        Ok(Found::Unreadable(what)) => what,
        Err(error) => {
            let (id, why) = (row.id, in_full(&error));
            warn!(reminder.id = %id, "Could not check reminder {id}: {why}");
            "the store"
        }
    };
    defer_in_doubt(ports, row, what, now).await.map(Err)
}

async fn read(ports: &SendPorts, row: &Reminder, now: Timestamp) -> Result<Found, StoreError> {
    // The user comes first: a claim names their version, so whatever changes in what is read after
    // it voids the claim. The rest is read side by side.
    let Some(user) = ports.users.user(&row.user).await? else { return Ok(Found::NoUser) };
    let Ok(zone) = ports.zones.rules(&user.zone) else {
        return Ok(Found::Unreadable("the user's time zone"));
    };
    let Ok(preset) = PresetHours::of(&user, ports.hours, &ports.zones) else {
        return Ok(Found::Unreadable("a zone of the number's area code"));
    };
    let phone_key = ports.receipts.phone_keys.key(&user.phone);
    let (phone, copies, claimed_today, rollout, rows) = try_join!(
        ports.receipts.phones.phone(&phone_key),
        ports.events.event_copies(&user.id, &row.uid, &row.occurrence),
        ports.claims.claimed_on(&user.id, local_date(now, &zone)),
        ports.control.rollout(),
        rows_if_late(ports, row, &zone, now),
    )?;
    let Some(phone) = phone else {
        return Ok(Found::Unreadable("the number's consent"));
    };
    let wishes = user.preferences.counting;
    let event =
        copies.iter().min_by_key(|event| preference(event, &wishes, Some(&row.calendar))).cloned();
    let facts = Facts { user, zone, preset, event, phone_key, phone, rollout, rows, claimed_today };
    Ok(Found::Facts(Box::new(facts)))
}

/// For a late reminder the user's others: one of its event may have said what it would say. Most
/// texts are not late, and nothing is read for them.
async fn rows_if_late(
    ports: &SendPorts,
    row: &Reminder,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Vec<Reminder>, StoreError> {
    if !is_late(row, now) {
        return Ok(Vec::new());
    }
    let from = local_date(back(row.facts.start, SIBLINGS_SINCE), zone);
    let today = local_date(now, zone);
    ports.receipts.reminders.reminders_between(&row.user, from, today).await
}

/// Claims the row: takes what its text costs from the day's budget, and then one transaction that
/// checks everything the decision was made on.
#[instrument(skip_all, fields(reminder.id = %row.id))]
async fn claim(
    ports: &SendPorts,
    row: &Reminder,
    facts: &Facts,
    turn_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Claiming, SendError> {
    let text = text_of(ports, row, facts, now);
    let day_on = local_date(now, &facts.zone);
    let to = &facts.user.phone;
    let waited_since = turn_at.filter(|turn_at| *turn_at > row.send_at).map(|_| row.send_at);
    let circumstances = Circumstances {
        stage: Some(facts.rollout.stage_of(&facts.user.id)),
        price_microdollars: Some(ports.ceiling.price(to, &text)),
    };
    let change =
        Change::Claim { to: to.clone(), text: text.clone(), day_on, waited_since, circumstances };
    let Ok(claimed) = apply(row, change, now) else { return Ok(Claiming::Changed) };
    match ports.ceiling.take(row.id, to, &text, now).await {
        Ok(true) => {}
        Ok(false) => return Ok(refused(Change::Skip(SkipReason::Budget))),
        Err(error) => {
            let (id, why) = (row.id, in_full(&error));
            warn!(reminder.id = %id, "Could not check the budget for reminder {id}: {why}");
            return Ok(Claiming::InDoubt("the budget for texts"));
        }
    }
    let claim = Claim {
        row: &claimed,
        expected: row.revision,
        inputs_version: facts.user.inputs_version,
        phone: &facts.phone_key,
        phone_version: facts.phone.version,
        limit: facts.user.preferences.daily_limit.get(),
    };
    // Where the answer is lost the money counts as spent.
    let claiming = match ports.claims.claim(&claim).await? {
        ClaimResult::Claimed => return Ok(Claiming::Claimed(Box::new(claimed))),
        ClaimResult::LimitReached => refused(Change::Cancel(CancelReason::DailyLimit)),
        ClaimResult::Changed => Claiming::Changed,
    };
    ports.ceiling.give_back(to, &text, now);
    Ok(claiming)
}

/// What goes out. A link of ours is added to what a model wrote, too: after the facts checker,
/// which refuses every link that a model thinks of.
fn text_of(ports: &SendPorts, row: &Reminder, facts: &Facts, now: Timestamp) -> String {
    let locale = facts.user.locale;
    let plain = || row.body.render(now, row.facts.start, locale);
    let Some(pages) = &ports.links else { return plain() };
    let (link, _) = pages.reminder_url(row);
    match row.source {
        TextSource::Model { .. } => texts::with_link(plain(), &link),
        TextSource::Template { .. } | TextSource::Fallback { .. } => {
            let style = locale.by(row.source.template_version());
            texts::linked(&row.facts, &facts.zone, style, row.day_on, &link, now)
        }
    }
}
