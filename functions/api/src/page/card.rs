//! One reminder as people see it, and what they may do about it.

use app::simulate::{Decision, OutlookRow};
use app::why::{closing, steps};
use domain::limits;
use domain::reminder::{Reminder, State};
use domain::snooze::SnoozeTime;
use domain::texts::{EventFacts, Language, Locale, When, when};
use domain::time::{ahead, local_date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::words::{Words, fill};

/// By whose eyes something is seen.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    pub(super) words: &'a Words,
    pub(super) locale: Locale,
    pub(super) zone: &'a TimeZone,
    pub(super) now: Timestamp,
}

impl Eyes<'_> {
    /// The time that the wall shows.
    pub(super) fn time(&self, at: Timestamp) -> String {
        self.wall(at, None).time
    }

    /// The time, and the date if that is another than today.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let When { date, time } = self.wall(at, None);
        let is_today = local_date(at, self.zone) == local_date(self.now, self.zone);
        if is_today { time } else { format!("{date}, {time}") }
    }

    /// When an event begins.
    fn begins(&self, facts: &EventFacts) -> String {
        match facts.all_day_on {
            Some(on) => self.wall(facts.start, Some(on)).date,
            None => self.moment(facts.start),
        }
    }

    /// As the texts say it.
    fn wall(&self, at: Timestamp, all_day_on: Option<jiff::civil::Date>) -> When {
        let facts = EventFacts {
            title: String::new(),
            start: at,
            end: at,
            all_day_on,
            location: None,
            meeting_link: None,
            first_of: None,
        };
        when(&facts, self.zone, self.locale)
    }

    fn title<'t>(&'t self, title: &'t str) -> &'t str {
        if title.is_empty() { &self.words.day.no_title } else { title }
    }
}

/// Where the forms of a reminder go, and what they carry.
pub(super) struct Forms<'a> {
    pub(super) action: &'a str,
    pub(super) hidden: Markup,
    /// Whether it is all that its page is about.
    pub(super) is_alone: bool,
}

/// A stored reminder.
pub(super) fn card(row: &Reminder, eyes: &Eyes<'_>, forms: Option<&Forms<'_>>) -> Markup {
    let words = eyes.words;
    let told = closing(row, eyes.zone);
    let is_off = matches!(row.state, State::Cancelled(_) | State::Skipped(_));
    html! {
        li .card .off[is_off] {
            (head(eyes, (!is_off).then_some(row.send_at), row.state.name()))
            @if forms.is_some_and(|forms| forms.is_alone) {
                h2 { (eyes.title(&row.facts.title)) }
            } @else {
                h3 { (eyes.title(&row.facts.title)) }
            }
            p .soft {
                (fill(&words.day.begins, "when", &eyes.begins(&row.facts)))
                @if row.slot.is_snooze() { " · " (words.day.again) }
            }
            @if !is_off { p .text { (text_of(row, eyes)) } }
            @if let Some(reason) = words.reason(told.code) { p .reason { (reason) } }
            @if row.acknowledged_at.is_some() { p .reason { (words.done.seen) } }
            @if let Some(rating) = &row.rating {
                p .reason { (fill(&words.done.rated, "stars", &rating.stars.to_string())) }
            }
            @if let Some(forms) = forms { (actions(row, eyes, forms)) }
            // The steps are told in English only.
            @if eyes.locale.language == Language::En {
                details {
                    summary { (words.day.why) }
                    ol .steps {
                        @for step in steps(row, eyes.zone) {
                            li { span .soft { (eyes.moment(step.at)) } " " (step.words) }
                        }
                    }
                }
            }
        }
    }
}

/// A reminder that is not planned yet.
pub(super) fn outlook_card(row: &OutlookRow, eyes: &Eyes<'_>) -> Markup {
    let words = eyes.words;
    let is_off = row.decision != Decision::Send;
    let is_past = row.send_at.is_some_and(|at| at < eyes.now);
    let state = if is_past { "sent" } else { row.decision.as_str() };
    html! {
        li .card .off[is_off] {
            (head(eyes, row.send_at, state))
            h3 { (row.title) }
            p .soft { (fill(&words.day.begins, "when", &eyes.moment(row.start))) }
            @if let Some(body) = &row.body { p .text { (body) } }
            @if let Some(reason) = row.reason.and_then(|code| words.reason(code)) {
                p .reason { (reason) }
            }
        }
    }
}

fn head(eyes: &Eyes<'_>, send_at: Option<Timestamp>, state: &str) -> Markup {
    let words = eyes.words;
    html! {
        div .head {
            p .time {
                @match send_at {
                    Some(at) => (fill(&words.day.text_at, "time", &eyes.time(at))),
                    None => (words.day.no_text),
                }
            }
            p .state data-state=(state) { (words.state(state)) }
        }
    }
}

/// The text that went out, or the one that will as of its instant.
fn text_of(row: &Reminder, eyes: &Eyes<'_>) -> String {
    match row.last_attempt() {
        Some(attempt) if row.state != State::Scheduled => attempt.text.clone(),
        _ => row.body.render(row.send_at, row.facts.start, eyes.locale),
    }
}

fn actions(row: &Reminder, eyes: &Eyes<'_>, forms: &Forms<'_>) -> Markup {
    let act = &eyes.words.act;
    let waits = row.state == State::Scheduled;
    let was_texted = row.may_have_been_texted() && !waits;
    html! {
        @if waits || was_texted {
            form .acts method="post" action=(forms.action) {
                (forms.hidden)
                @if was_texted && row.acknowledged_at.is_none() {
                    button name="do" value="seen" { (act.seen) }
                }
                @if may_snooze(row, eyes.now) {
                    div .later role="group" aria-label=(act.snooze) {
                        span .soft { (act.snooze) }
                        @for minutes in SnoozeTime::MINUTES {
                            button name="do" value=(format!("snooze-{minutes}")) {
                                (fill(&act.minutes, "minutes", &minutes.to_string()))
                            }
                        }
                    }
                }
                @if waits { button .quiet name="do" value="cancel" { (act.cancel) } }
            }
        }
        @if was_texted && row.rating.is_none() {
            details {
                summary { (act.rate) }
                form .acts method="post" action=(forms.action) {
                    (forms.hidden)
                    label { (act.words)
                        input name="words" autocomplete="off"
                            maxlength=(limits::FEEDBACK_CHARS_MAX);
                    }
                    div .later role="group" aria-label=(act.rate) {
                        // Enter sends the first button of a form, which is the best here.
                        @for stars in (1..=domain::ratings::STARS_MAX).rev() {
                            button name="do" value=(format!("rate-{stars}"))
                                aria-label=(fill(&act.stars, "stars", &stars.to_string()))
                            { (stars) " ★" }
                        }
                    }
                }
            }
        }
    }
}

/// Whether it makes sense to offer; what forbids it beyond that is told when it is tried.
fn may_snooze(row: &Reminder, now: Timestamp) -> bool {
    let shortest = SignedDuration::from_mins(i64::from(SnoozeTime::MINUTES[0]));
    let from = if row.state == State::Scheduled { row.send_at.max(now) } else { now };
    let is_open = matches!(
        row.state,
        State::Scheduled | State::Accepted | State::Sent | State::Delivered | State::Unconfirmed
    );
    is_open && ahead(from, shortest) < row.last_at
}
