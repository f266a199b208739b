//! The clock panel: what time it is where the people are, how fast it runs, and what comes next.

use app::ports::{Clock as _, StoreError};
use domain::texts::HourCycle;
use domain::time::local_date;
use jiff::Timestamp;
use maud::{Markup, html};

use super::next::{Next, next};
use super::people::People;
use super::words::{city, date, milliseconds, offset, time_of_day, time_with_seconds, until};
use super::{Desk, PagesState};

/// How fast the clock may run: its factor and what the button says.
pub(super) const SPEEDS: [(u32, &str); 2] = [(1, "Real time"), (60, "60 × faster")];

/// The panel.
pub(super) async fn panel(
    state: &PagesState,
    desk: &Desk,
    people: &People,
) -> Result<Markup, StoreError> {
    let next = next(state, people.now).await?;
    let token = state.inner.door.token().as_str();
    let factor = desk.clock.clock.factor();
    Ok(html! {
        section #clock .clock aria-labelledby="clock-title"
            data-now=(milliseconds(desk.clock.clock.now())) data-factor=(factor) {
            h2 #clock-title .unseen { "Clock" }
            (faces(people))
            form .speed method="post" action="/clock" {
                input type="hidden" name="token" value=(token);
                div .choice role="group" aria-label="Speed of the clock" {
                    @for (speed, words) in SPEEDS {
                        button #{ "speed-" (speed) } name="factor" value=(speed)
                            aria-pressed=(if factor == speed { "true" } else { "false" }) {
                            (words)
                        }
                    }
                }
                (jump(next.as_ref(), people))
            }
        }
    })
}

/// A face for each zone that somebody on the page lives in.
fn faces(people: &People) -> Markup {
    let mut zones = Vec::new();
    for person in &people.shown {
        if !zones.iter().any(|(name, _, _)| *name == person.user.zone.as_str()) {
            zones.push((person.user.zone.as_str(), &person.zone, person.user.locale.hours));
        }
    }
    let now = people.now;
    html! {
        ul .faces {
            @for (name, zone, hours) in zones {
                li {
                    span .city { (city(name)) }
                    time .ticking datetime=(now.to_string()) data-hours=(hours_name(hours))
                        data-offset=(offset(now, zone)) {
                        (time_with_seconds(now, zone, hours))
                    }
                    span .date { (date(local_date(now, zone))) }
                }
            }
        }
    }
}

fn hours_name(hours: HourCycle) -> &'static str {
    match hours {
        HourCycle::H12 => "12",
        HourCycle::H24 => "24",
    }
}

/// The button that jumps. It says where it leads before it is pressed.
fn jump(next: Option<&Next>, people: &People) -> Markup {
    let Some(next) = next else {
        return html! {
            p .jump-to { "Nothing is planned and nobody is there to plan for." }
        };
    };
    let now = people.now;
    let (label, at) = match next {
        Next::Text { at, .. } => ("Jump to the next text", *at),
        Next::Planning { at, .. } => ("Jump to the next planning", *at),
    };
    html! {
        button #jump name="jump" value="next" aria-describedby="jump-to" { (label) }
        p #jump-to .jump-to {
            @match next {
                Next::Text { city, .. } => {
                    (told(people, at, city)) ", "
                    (countdown(now, at))
                }
                Next::Planning { city, .. } => {
                    (told(people, at, city))
                    ": the next day there is planned. No text is due before."
                }
            }
        }
    }
}

/// An instant by the wall clock of the first person who lives in that place.
fn told(people: &People, at: Timestamp, place: &str) -> String {
    let at_home = people.shown.iter().find(|person| city(person.user.zone.as_str()) == place);
    match at_home {
        Some(person) => {
            let time = time_of_day(at, &person.zone, person.user.locale.hours);
            format!("{time} in {place}")
        }
        None => format!("In {place}"),
    }
}

/// How long until an instant; the script counts it down.
pub(super) fn countdown(now: Timestamp, at: Timestamp) -> Markup {
    html! {
        time .countdown datetime=(at.to_string()) data-due=(milliseconds(at)) { (until(now, at)) }
    }
}
