//! The phones: what each of them shows, and what can be answered from it.

use adapters_embedded::sms_sandbox::{Direction, SandboxText, TextStatus};
use app::ports::StoreError;
use domain::provider_codes;
use domain::texts::HourCycle;
use domain::time::local_date;
use domain::user::Consent;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::clock::{self, countdown};
use super::people::{People, Person};
use super::words::{city, date, time_of_day};
use super::{Desk, PagesState};

/// Texts shown on one phone, the newest.
const TEXTS_MAX: usize = 100;

/// Characters of a reply; Twilio takes no more either.
pub(super) const REPLY_CHARS_MAX: usize = 1_600;

/// Answers that are one press away.
const QUICK: [&str; 3] = ["STOP", "START", "HELP"];

/// Phones shown of numbers that nobody has yet.
const STRANGERS_MAX: usize = 5;

/// One phone: a number, and the people who share it. Nobody does before they confirmed that they
/// signed up.
struct Phone<'a> {
    number: &'a str,
    people: Vec<&'a Person>,
}

/// The clock, and a phone for each number.
pub(super) async fn fragment(
    state: &PagesState,
    desk: &Desk,
    people: &People,
) -> Result<Markup, StoreError> {
    let strangers = strangers(desk, people);
    let mut phones = phones(people);
    phones.extend(strangers.iter().map(|number| Phone { number, people: Vec::new() }));
    let panel = clock::panel(state, desk, people).await?;
    Ok(html! {
        section #phones .phones data-live="/fragment/phones" aria-labelledby="phones-title" {
            (panel)
            h2 #phones-title .unseen { "Phones" }
            div .shelf {
                @for phone in &phones {
                    (one(state, desk, people, phone))
                }
            }
        }
    })
}

/// The numbers that were texted last and are nobody's. Only a page that shows everybody knows.
fn strangers(desk: &Desk, people: &People) -> Vec<String> {
    if people.has_more || people.only.is_some() {
        return Vec::new();
    }
    let is_known =
        |number: &str| people.shown.iter().any(|person| person.user.phone.as_e164() == number);
    let texts = desk
        .sandbox
        .texts_where(|text| text.direction != Direction::Inbound && !is_known(&text.to));
    let mut numbers: Vec<String> = Vec::new();
    for text in texts.into_iter().rev() {
        if numbers.len() < STRANGERS_MAX && !numbers.contains(&text.to) {
            numbers.push(text.to);
        }
    }
    numbers
}

fn phones(people: &People) -> Vec<Phone<'_>> {
    let mut phones: Vec<Phone<'_>> = Vec::new();
    for person in &people.shown {
        let number = person.user.phone.as_e164();
        match phones.iter_mut().find(|phone| phone.number == number) {
            Some(phone) => phone.people.push(person),
            None => phones.push(Phone { number, people: vec![person] }),
        }
    }
    phones
}

fn one(state: &PagesState, desk: &Desk, people: &People, phone: &Phone<'_>) -> Markup {
    let id = phone.number.trim_start_matches('+');
    let names: Vec<&str> = phone.people.iter().map(|person| person.user.id.as_str()).collect();
    let names = if names.is_empty() { "somebody new".to_owned() } else { names.join(" and ") };
    let is_out = phone.people.iter().any(|person| person.consent == Consent::OptedOut);
    let places: Vec<String> =
        phone.people.iter().map(|person| city(person.user.zone.as_str())).collect();
    html! {
        article #{ "phone-" (id) } .phone aria-labelledby={ "name-" (id) } {
            header .phone-top {
                h3 #{ "name-" (id) } { (names) }
                p { (phone.number) " · " (places.join(", ")) }
                @if is_out { p .badge { "Opted out: gets no reminders until START" } }
            }
            (thread(desk, people, phone, id, &names))
            (reply_forms(state, phone.number, id, &names))
        }
    }
}

fn thread(desk: &Desk, people: &People, phone: &Phone<'_>, id: &str, names: &str) -> Markup {
    let mut texts = desk
        .sandbox
        .texts_where(|text| text.to == phone.number || text.from.as_deref() == Some(phone.number));
    texts.sort_by_key(|text| text.created_at);
    let hidden = texts.len().saturating_sub(TEXTS_MAX);
    let texts = texts.split_off(hidden);
    // People who share a phone may live in two zones; the phone shows the first one's time.
    let (zone, hours) = phone.people.first().map_or((TimeZone::UTC, HourCycle::H24), |person| {
        (person.zone.clone(), person.user.locale.hours)
    });
    let mut shown_on: Option<Date> = None;
    html! {
        div #{ "thread-" (id) } .thread tabindex="0" role="region"
            aria-label={ "Texts on the phone of " (names) } {
            @if texts.is_empty() {
                (nothing_yet(people, phone))
            } @else {
                ol .bubbles {
                    @if hidden > 0 {
                        li #{ "older-" (id) } .day { (hidden) " older texts are not shown" }
                    }
                    @for text in &texts {
                        @let on = local_date(text.created_at, &zone);
                        @if shown_on.replace(on) != Some(on) {
                            li #{ "day-" (id) "-" (on) } .day { (date(on)) }
                        }
                        (bubble(text, &zone, hours))
                    }
                }
            }
        }
    }
}

fn nothing_yet(people: &People, phone: &Phone<'_>) -> Markup {
    let due = phone.people.iter().filter_map(|person| person.next_text_at()).min();
    html! {
        div .empty {
            p .empty-title { "No texts yet" }
            @match due {
                Some(at) => p {
                    "The first one is due " (countdown(people.now, at)) "."
                },
                None => p {
                    "Nothing more is planned for today. Jump ahead, or give "
                    (phone.people.first().map_or("", |person| person.user.id.as_str()))
                    " an event."
                },
            }
        }
    }
}

fn bubble(text: &SandboxText, zone: &TimeZone, hours: HourCycle) -> Markup {
    let is_ours = text.direction != Direction::Inbound;
    let (progress, words) = progress(text);
    html! {
        li #{ "text-" (text.sid) } .bubble .{ "is-" (progress) } .ours[is_ours] .theirs[!is_ours]
            data-news[is_ours && text.status == TextStatus::Delivered] {
            span .unseen { (if is_ours { "Beforehand: " } else { "Reply: " }) }
            p .body dir="auto" { (text.body) }
            p .meta {
                time datetime=(text.created_at.to_string()) {
                    (time_of_day(text.created_at, zone, hours))
                }
                @if is_ours {
                    " · " (tick(progress)) (words)
                    @if text.segments > 1 { " · " (text.segments) " segments" }
                }
            }
        }
    }
}

/// How far a text got, as a name for the style and as words.
fn progress(text: &SandboxText) -> (&'static str, String) {
    let plain = |name, words: &str| (name, words.to_owned());
    match text.status {
        TextStatus::Accepted | TextStatus::Queued => plain("queued", "Queued"),
        TextStatus::Sending => plain("queued", "Sending"),
        TextStatus::Sent => plain("sent", "Sent"),
        TextStatus::Delivered => plain("delivered", "Delivered"),
        TextStatus::Received => plain("received", "Received"),
        TextStatus::Undelivered | TextStatus::Failed => {
            let verb = if text.status == TextStatus::Failed { "Not sent" } else { "Not delivered" };
            let cause = text.error_code.map_or_else(String::new, |code| {
                format!(": {} ({code})", provider_codes::meaning(code).words)
            });
            ("failed", format!("{verb}{cause}"))
        }
    }
}

/// The status as ticks. The words beside them say the same.
fn tick(progress: &str) -> Markup {
    let path = match progress {
        "queued" => "M8 4.2V8l2.4 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z",
        "sent" => "m3.5 8.5 3 3 6-7",
        "delivered" => "m1.5 8.5 3 3 5.5-7M8 11.2l.4.3 6-7",
        _ => "M8 4v5M8 11.6v.2",
    };
    html! {
        svg .tick viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" {
            path d=(path) fill="none" stroke="currentColor" stroke-width="1.6"
                stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

/// Two forms, so that the Enter key in the box sends what stands there and never a STOP.
fn reply_forms(state: &PagesState, number: &str, id: &str, names: &str) -> Markup {
    let hidden = html! {
        input type="hidden" name="token" value=(state.inner.door.token().as_str());
        input type="hidden" name="phone" value=(number);
    };
    html! {
        form .quick method="post" action="/reply"
            aria-label={ "Quick answers of " (names) } {
            (hidden)
            @for word in QUICK {
                button #{ "quick-" (word) "-" (id) } name="body" value=(word) { (word) }
            }
        }
        form .write method="post" action="/reply" autocomplete="off" {
            (hidden)
            label .unseen for={ "reply-" (id) } { "Reply as " (names) }
            input #{ "reply-" (id) } name="body" type="text" placeholder="Text message"
                maxlength=(REPLY_CHARS_MAX) required enterkeyhint="send";
            button #{ "send-" (id) } .send { "Send" }
        }
    }
}
