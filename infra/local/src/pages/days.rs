//! The days of people: each reminder with its state and its one reason, and the events that get
//! none.

use app::ports::StoreError;
use app::why::{ExplainedDay, Explanation, LeftOutLine};
use domain::ids::{EventUid, Occurrence};
use domain::limits;
use domain::reminder::{Reminder, State};
use domain::texts::HourCycle;
use domain::time::{back, start_of_day};
use domain::user::User;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::PagesState;
use super::clock::countdown;
use super::people::{PEOPLE_MAX, People, Person};
use super::words::{self, aligned_up, city, date, slug, time_of_day, title};

/// Reminders shown of one day. A limit allows up to 200 rows; the command line lists them all.
const ROWS_MAX: usize = 60;

/// Of these, how many may lie before the present.
const PAST_ROWS: usize = 20;

/// Events without a reminder that are shown of one day.
const LEFT_OUT_MAX: usize = 20;

/// Everybody's days.
pub(super) async fn fragment(state: &PagesState, people: &People) -> Result<Markup, StoreError> {
    let mut persons = Vec::with_capacity(people.shown.len());
    for person in &people.shown {
        persons.push(one(state, people.now, person).await?);
    }
    Ok(html! {
        section #reminders .reminders data-live="/fragment/reminders"
            aria-labelledby="reminders-title" {
            h2 #reminders-title tabindex="-1" { "Reminders" }
            @if state.inner.desk.is_none() {
                p .hint {
                    "Texts go to people's own phones through Twilio, so there is no phone and no \
                     clock to move on this page."
                }
            }
            @if people.shown.is_empty() { (nobody(people)) }
            @for person in &persons { (person) }
            @if people.has_more || people.only.is_some() { (chooser(people)) }
        }
    })
}

fn nobody(people: &People) -> Markup {
    html! {
        div .empty {
            @match &people.only {
                Some(id) => p .empty-title { "There is no user " q { (id) } },
                None => {
                    p .empty-title { "Nobody is here yet" }
                    p {
                        "Add somebody: " code { "beforehand users add --help" } " says how."
                    }
                }
            }
        }
    }
}

/// A way to those whom the page does not show.
fn chooser(people: &People) -> Markup {
    html! {
        form .chooser method="get" action="/" {
            label for="user" {
                @if people.has_more { "The first " (PEOPLE_MAX) " users are shown. " }
                "Show the user"
            }
            input #user name="user" type="text" value=[people.only.as_deref()] required;
            button { "Show" }
            @if people.only.is_some() { a href="/" { "Show the first ones" } }
        }
    }
}

async fn one(state: &PagesState, now: Timestamp, person: &Person) -> Result<Markup, StoreError> {
    let (id, slug) = (person.user.id.as_str(), slug(person.user.id.as_str()));
    let today = day(state, now, person, &person.today, "Today").await?;
    let tomorrow = day(state, now, person, &person.tomorrow, "Tomorrow").await?;
    Ok(html! {
        article .person #{ "person-" (slug) } aria-labelledby={ "person-name-" (slug) } {
            header {
                h3 #{ "person-name-" (slug) } { (id) }
                p {
                    (city(person.user.zone.as_str())) " · "
                    (time_of_day(now, &person.zone, person.user.locale.hours))
                }
                @if person.user.is_plan_stale() {
                    p .badge { "The plan is being renewed" }
                }
            }
            (today)
            (tomorrow)
        }
    })
}

async fn day(
    state: &PagesState,
    now: Timestamp,
    person: &Person,
    day: &ExplainedDay,
    name: &str,
) -> Result<Markup, StoreError> {
    let (id, slug) = (person.user.id.as_str(), slug(person.user.id.as_str()));
    let rows = &day.reminders;
    let passed = rows.partition_point(|row| row.reminder.send_at < now);
    let first = passed.saturating_sub(PAST_ROWS).min(rows.len().saturating_sub(ROWS_MAX));
    let shown = rows.iter().skip(first).take(ROWS_MAX);
    let unseen = rows.len().saturating_sub(ROWS_MAX) + day.over_rows;
    let left_out = left_out(state, person, day, name).await?;
    Ok(html! {
        div .day-plan #{ "plan-" (slug) "-" (day.on) } {
            h4 { (name) " " span .date { (date(day.on)) } }
            @if rows.is_empty() {
                p .quiet { (no_rows(now, person, day)) }
            } @else {
                ol .rows {
                    @for row in shown { (reminder(state, now, person, row)) }
                }
            }
            @if unseen > 0 {
                p .quiet {
                    (unseen) " more: " code { "beforehand why " (id) " --date " (day.on) }
                    " lists them."
                }
            }
            (left_out)
        }
    })
}

/// Why a day is empty.
fn no_rows(now: Timestamp, person: &Person, day: &ExplainedDay) -> String {
    if day.planned_at.is_some() {
        return "No reminders: no event of that day counts.".to_owned();
    }
    let begins = back(start_of_day(day.on, &person.zone), limits::PLAN_AHEAD);
    let at = aligned_up(begins, limits::TICK_EVERY);
    if at > now {
        let time = time_of_day(at, &person.zone, person.user.locale.hours);
        format!("Will be planned at {time}.")
    } else {
        "The plan is being made.".to_owned()
    }
}

fn reminder(state: &PagesState, now: Timestamp, person: &Person, row: &Explanation) -> Markup {
    let Explanation { reminder, closing, .. } = row;
    let (zone, hours) = (&person.zone, person.user.locale.hours);
    let id = reminder.id;
    let title = title(&reminder.facts.title);
    let is_waiting = reminder.state == State::Scheduled;
    html! {
        li #{ "r-" (id) } .row .{ "is-" (reminder.state.name()) } {
            div .when {
                time .at datetime=(reminder.send_at.to_string()) {
                    (time_of_day(reminder.send_at, zone, hours))
                }
                @if is_waiting { " " (countdown(now, reminder.send_at)) }
            }
            div .what {
                p .title dir="auto" { (title) }
                p .facts {
                    span .state { (words::state(reminder.state)) }
                    " · " (begins(reminder, zone, hours))
                }
                @if is_waiting && closing.code == "scheduled" {
                    p .reason dir="auto" { q { (text_of(reminder, &person.user)) } }
                } @else {
                    p .reason { (closing.words) }
                }
            }
            div .acts {
                a #{ "why-" (id) } href={ "/why/" (id) } aria-label={ "Why: " (title) } { "Why" }
                @if is_waiting {
                    (cancel_form(state, reminder, "/"))
                }
            }
        }
    }
}

/// A form that cancels a reminder and comes back to the front page or to the reminder's own.
pub(super) fn cancel_form(state: &PagesState, reminder: &Reminder, back_to: &str) -> Markup {
    html! {
        form method="post" action="/cancel" {
            input type="hidden" name="token" value=(state.inner.door.token().as_str());
            input type="hidden" name="reminder" value=(reminder.id);
            input type="hidden" name="back" value=(back_to);
            button #{ "cancel-" (reminder.id) }
                aria-label={ "Cancel the reminder: " (title(&reminder.facts.title)) } {
                "Cancel"
            }
        }
    }
}

fn begins(reminder: &Reminder, zone: &TimeZone, hours: HourCycle) -> String {
    if reminder.facts.all_day_on.is_some() {
        return "all day".to_owned();
    }
    let start = reminder.facts.start;
    let time = time_of_day(start, zone, hours);
    let on = domain::time::local_date(start, zone);
    if on == reminder.day_on {
        format!("begins {time}")
    } else {
        format!("begins {} {time}", date(on))
    }
}

/// The text that went out, or the one that will.
pub(super) fn text_of(reminder: &Reminder, user: &User) -> String {
    match reminder.last_attempt() {
        Some(attempt) if reminder.state != State::Scheduled => attempt.text.clone(),
        _ => reminder.body.render(reminder.send_at, reminder.facts.start, user.locale),
    }
}

async fn left_out(
    state: &PagesState,
    person: &Person,
    day: &ExplainedDay,
    name: &str,
) -> Result<Markup, StoreError> {
    let id = person.user.id.as_str();
    let lines = &day.left_out;
    let mut named = Vec::new();
    for line in lines.iter().take(LEFT_OUT_MAX) {
        named.push((line, title_of(state, person, line).await?));
    }
    let (zone, hours) = (&person.zone, person.user.locale.hours);
    let count = lines.len();
    Ok(html! {
        @if !lines.is_empty() {
            details #{ "left-out-" (slug(id)) "-" (day.on) } .left-out {
                summary {
                    (count) (if count == 1 { " event gets" } else { " events get" })
                    " no reminder"
                    span .unseen { " " (name) " for " (id) }
                }
                ul .rows {
                    @for (line, title) in named {
                        li .row .is-left-out {
                            div .when {
                                time .at datetime=(line.start.to_string()) {
                                    (time_of_day(line.start, zone, hours))
                                }
                            }
                            div .what {
                                p .title dir="auto" { (words::title(&title)) }
                                p .reason { (line.words) }
                            }
                        }
                    }
                }
                @if count > LEFT_OUT_MAX { p .quiet { (count - LEFT_OUT_MAX) " more" } }
            }
        }
    })
}

/// What a left-out event is called now; its UID if it is gone.
async fn title_of(
    state: &PagesState,
    person: &Person,
    line: &LeftOutLine,
) -> Result<String, StoreError> {
    let (Ok(uid), Ok(occurrence)) =
        (EventUid::parse(&line.uid), Occurrence::parse(&line.occurrence))
    else {
        return Ok(line.uid.clone());
    };
    let events = &state.inner.ports.events;
    let copies = events.event_copies(&person.user.id, &uid, &occurrence).await?;
    Ok(copies.into_iter().next().map_or_else(|| line.uid.clone(), |event| event.title))
}
