//! The figures, each number a link to the reminders behind it.

use domain::figures::Figures;
use domain::sketch::Spread;
use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use super::charts::{Axes, Row, bars, lines};
use super::codes;
use super::lists::{Sort, address};
use super::read::{Overview, Stretch};
use super::words;

/// A row of a table over stretches of time: a name, and what to tell of each.
type Line = (&'static str, fn(&Figures) -> String, Option<Sort>);

/// A count among figures.
type Counted = fn(&Figures) -> u64;

/// Planned, sent, delivered.
pub(super) fn funnel(seen: &Overview) -> Markup {
    let lines: [Line; 4] = [
        ("Planned", |f| words::count(f.planned), Some(Sort::Planned)),
        ("Sent", |f| words::count(f.sent), Some(Sort::Sent)),
        ("Delivered", |f| words::count(f.delivered), Some(Sort::Delivered)),
        ("Delivered of sent", |f| words::share(f.delivery()), None),
    ];
    panel(
        "funnel",
        "From plan to phone",
        "is-wide",
        html! {
            div .funnels {
                @for stretch in &seen.spans { (funnel_of(stretch)) }
            }
            (over_stretches("funnel", &seen.spans, &lines))
        },
    )
}

/// How far reminders got, as bars of a share of the plan.
fn funnel_of(stretch: &Stretch) -> Markup {
    let figures = &stretch.figures;
    let steps =
        [("Planned", figures.planned), ("Sent", figures.sent), ("Delivered", figures.delivered)];
    html! {
        div .funnel {
            h3 { (stretch.name) }
            ul {
                @for (at, (name, count)) in steps.iter().enumerate() {
                    li {
                        span { (name) }
                        // A meter needs no style of its own, which the policy would refuse.
                        meter .{ "step-" (at) } min="0" max=(figures.planned.max(1)) value=(count)
                            aria-label={ (name) ", of those planned: " (stretch.name) } {}
                        span .n { (words::count(*count)) }
                    }
                }
            }
        }
    }
}

/// Today, hour by hour.
pub(super) fn today(seen: &Overview) -> Markup {
    let hour = |at: usize| {
        let of = |(begin, _): &&(jiff::Timestamp, Figures)| {
            usize::try_from(begin.as_second().rem_euclid(86_400) / 3_600) == Ok(at)
        };
        seen.hours.iter().find(of).map(|(_, figures)| figures)
    };
    let places: Vec<_> = (0..24).map(|at| format!("{at:02}:00")).collect();
    let axes = Axes { places: &places, every: 6, span: None, write: whole };
    let of =
        |told: Counted| (0..24).map(|at| hour(at).map(|figures| real(told(figures)))).collect();
    let chart = bars(&axes, &three(of));
    let total = &seen.spans[0].figures;
    let label = format!(
        "Today by the hour: {} planned, {} sent, {} delivered",
        total.planned, total.sent, total.delivered
    );
    panel("today", "Today by the hour", "", figure(&chart, &label, None, &FUNNEL_KEY))
}

/// The last 30 days.
pub(super) fn days(seen: &Overview) -> Markup {
    let places = dates(seen);
    let axes = Axes { places: &places, every: 7, span: None, write: whole };
    let of =
        |told: Counted| seen.days.iter().map(|(_, figures)| Some(real(told(figures)))).collect();
    let chart = bars(&axes, &three(of));
    let label = "Reminders by day; numbers below";
    panel("month", "The last 30 days", "", figure(&chart, label, None, &FUNNEL_KEY))
}

/// How late, and how long.
pub(super) fn times(seen: &Overview) -> Markup {
    let lines: [Line; 6] = [
        ("Lateness, half of texts", |f| spread(f.lateness(), |s| s.p50), None),
        ("95 in a hundred", |f| spread(f.lateness(), |s| s.p95), None),
        ("99 in a hundred", |f| spread(f.lateness(), |s| s.p99), None),
        ("Time to the phone, half of texts", |f| spread(f.delivery_time(), |s| s.p50), None),
        ("95 in a hundred", |f| spread(f.delivery_time(), |s| s.p95), None),
        ("99 in a hundred", |f| spread(f.delivery_time(), |s| s.p99), None),
    ];
    panel(
        "times",
        "Lateness and time to the phone",
        "is-wide",
        html! {
            div .charts {
                (quantiles(seen, "Lateness", Figures::lateness))
                (quantiles(seen, "Time to the phone", Figures::delivery_time))
            }
            (over_stretches("times", &seen.spans, &lines))
        },
    )
}

fn quantiles(seen: &Overview, name: &str, of: fn(&Figures) -> Option<Spread>) -> Markup {
    let places = dates(seen);
    let axes = Axes { places: &places, every: 7, span: None, write: seconds };
    let told: [fn(&Spread) -> u64; 3] = [|s| s.p99, |s| s.p95, |s| s.p50];
    let rows = told.into_iter().enumerate().map(|(ink, told)| Row {
        ink,
        values: seen.days.iter().map(|(_, f)| of(f).map(|s| real(told(&s)) / 1_000.0)).collect(),
    });
    let rows: Vec<_> = rows.collect();
    let key = ["99 in a hundred", "95 in a hundred", "half"];
    let label = format!("{name} by day; numbers below");
    figure(&lines(&axes, &rows), &label, Some(name), &key)
}

/// What became of texts: by country, and by reason.
pub(super) fn delivery(seen: &Overview) -> Markup {
    let week = &seen.spans[1];
    let places = dates(seen);
    let rates = seen.days.iter().map(|(_, f)| f.delivery().rate().map(|rate| rate * 100.0));
    let rates: Vec<_> = rates.collect();
    // A picture from 0 % on would hide the dips that matter.
    let lowest = rates.iter().flatten().copied().fold(100.0, f64::min);
    let foot = [90.0, 80.0, 60.0].into_iter().find(|foot| *foot <= lowest).unwrap_or(0.0);
    let (span, rate) = (Some((foot, 100.0)), Some("Delivered of sent"));
    let axes = Axes { places: &places, every: 7, span, write: percent };
    let chart = lines(&axes, &[Row { ink: 2, values: rates }]);
    panel(
        "delivery",
        "Delivery",
        "is-wide",
        html! {
            div .charts {
                (figure(&chart, "Delivered of sent by day; numbers below", rate, &[]))
                div {
                    h3 { "By country, 7 days" }
                    @if seen.countries.is_empty() { p .quiet { "There are no users yet." } }
                    @else { (by_country(seen, week)) }
                }
            }
            h3 { "Attempts that failed, by carrier code, 7 days" }
            (codes::table(seen, week))
            h3 { "What became of the rest" }
            (over_stretches("rest", &seen.spans, &REST))
            (reasons(&seen.spans))
        },
    )
}

const REST: [Line; 6] = [
    ("On the way", |f| words::count(f.under_way), Some(Sort::UnderWay)),
    ("Waiting for their instant", |f| words::count(f.scheduled), Some(Sort::State("scheduled"))),
    (
        "Undelivered by the carrier",
        |f| words::count(f.undelivered),
        Some(Sort::State("undelivered")),
    ),
    ("Failed", |f| words::count(f.failed), Some(Sort::State("failed"))),
    ("Without a receipt", |f| words::count(f.unconfirmed), Some(Sort::State("unconfirmed"))),
    ("Perhaps sent", |f| words::count(f.unknown), Some(Sort::State("unknown"))),
];

fn by_country(seen: &Overview, week: &Stretch) -> Markup {
    html! {
        div .wide role="group" aria-label="Delivery by country" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Country" } th scope="col" .n { "Sent" }
                        th scope="col" .n { "Delivered" } th scope="col" .n { "Rate" }
                        th scope="col" .n { "Not delivered" }
                    }
                }
                tbody {
                    @for (country, f) in &seen.countries {
                        @let under = format!("country:{country}");
                        @let of = |sort| address(sort, week.from, week.to, &under);
                        tr {
                            th scope="row" { (country) }
                            td .n { (number(f.sent, &of(Sort::Sent))) }
                            td .n { (number(f.delivered, &of(Sort::Delivered))) }
                            td .n { (words::share(f.delivery())) }
                            td .n { (number(f.undelivered + f.failed, &of(Sort::NotDelivered))) }
                        }
                    }
                }
            }
        }
    }
}

/// Why reminders were not sent: every reason that occurs in 30 days.
fn reasons(stretches: &[Stretch; 3]) -> Markup {
    let [_, _, month] = stretches;
    let kinds =
        [("skipped", &month.figures.skipped_by), ("cancelled", &month.figures.cancelled_by)];
    html! {
        div .wide role="group" aria-label="Reasons" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Not sent, because" }
                        @for stretch in stretches { th scope="col" .n { (stretch.name) } }
                    }
                }
                tbody {
                    @if kinds.iter().all(|(_, by)| by.is_empty()) {
                        tr { td colspan="4" .quiet { "Nothing was skipped or cancelled." } }
                    }
                    @for (state, by) in kinds {
                        @for reason in by.keys() {
                            tr {
                                th scope="row" { (state) ": " (words::plain(reason)) }
                                @for s in stretches {
                                    @let by = if state == "skipped" { &s.figures.skipped_by }
                                        else { &s.figures.cancelled_by };
                                    @let n = by.get(reason).copied().unwrap_or(0);
                                    td .n {
                                        (number(n, &format!(
                                            "{}&reason={reason}",
                                            address(Sort::State(state), s.from, s.to, "all")
                                        )))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who wrote the texts, and what they cost.
pub(super) fn texts(seen: &Overview) -> Markup {
    let lines: [Line; 8] = [
        ("Texts that the provider took", |f| words::count(f.texts), None),
        ("Attempts", |f| words::count(f.attempts), None),
        ("Segments", |f| words::count(f.segments), None),
        ("Cost of the texts", |f| words::dollars(f.texts_cost_microdollars), None),
        ("Asked of the model", |f| words::count(f.model.calls), None),
        ("Used of that", |f| words::share(f.model_success()), None),
        ("Time of the model, 95 in a hundred", |f| spread(f.generation_time(), |s| s.p95), None),
        ("Cost of the model", |f| words::dollars(f.model.cost_microdollars), None),
    ];
    let week = &seen.spans[1];
    panel(
        "texts",
        "Texts and what they cost",
        "",
        html! {
            (over_stretches("texts", &seen.spans, &lines))
            h3 { "Written by, 7 days" }
            div .wide role="group" aria-label="Texts by source" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Source" } th scope="col" .n { "Planned" }
                            th scope="col" .n { "Sent" } th scope="col" .n { "Delivered" }
                        }
                    }
                    tbody {
                        @for (source, f) in &seen.sources {
                            @let under = format!("source:{source}");
                            @let of = |sort| address(sort, week.from, week.to, &under);
                            tr {
                                th scope="row" { (source_name(source)) }
                                td .n { (number(f.planned, &of(Sort::Planned))) }
                                td .n { (number(f.sent, &of(Sort::Sent))) }
                                td .n { (number(f.delivered, &of(Sort::Delivered))) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn source_name(kind: &str) -> &'static str {
    match kind {
        "model" => "the model",
        "fallback" => "a template, as the model failed",
        _ => "a template",
    }
}

/// What people feel of it.
pub(super) fn people(seen: &Overview) -> Markup {
    let lines: [Line; 8] = [
        ("Users texted, each once a day", |f| words::count(f.users_texted), None),
        ("Opted out", |f| words::count(f.opted_out), None),
        ("Opted out, of users texted", |f| words::share(f.opt_outs()), None),
        ("Put off by quiet hours", |f| words::count(f.deferred), Some(Sort::State("deferred"))),
        ("Put off, of all", |f| words::share(f.deferral()), None),
        (
            "Beyond the daily limit",
            |f| words::count(f.daily_limit),
            Some(Sort::State("cancelled.daily_limit")),
        ),
        ("Users beyond it, of users texted", |f| words::share(f.users_limiting()), None),
        ("Planned too late", |f| words::count(f.late), Some(Sort::State("late"))),
    ];
    panel("people", "People", "", over_stretches("people", &seen.spans, &lines))
}

/// Every day in numbers: what the charts show.
pub(super) fn day_by_day(seen: &Overview) -> Markup {
    let told: [(&str, Sort, Counted); 5] = [
        ("Planned", Sort::Planned, |f| f.planned),
        ("Sent", Sort::Sent, |f| f.sent),
        ("Delivered", Sort::Delivered, |f| f.delivered),
        ("Not delivered", Sort::NotDelivered, |f| f.undelivered + f.failed),
        ("Skipped", Sort::State("skipped"), |f| f.skipped),
    ];
    panel(
        "days",
        "Day by day",
        "is-wide",
        html! {
            div .wide role="group" aria-label="Day by day" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Day" }
                            @for (name, _, _) in &told { th scope="col" .n { (name) } }
                            th scope="col" .n { "Rate" } th scope="col" .n { "Late, 95 of 100" }
                            th scope="col" .n { "Opted out" }
                        }
                    }
                    tbody {
                        @for (on, f) in seen.days.iter().rev() {
                            tr {
                                th scope="row" { time datetime=(on) { (on) } }
                                @for (_, sort, of) in told {
                                    td .n { (number(of(f), &address(sort, *on, *on, "all"))) }
                                }
                                td .n { (words::share(f.delivery())) }
                                td .n { (spread(f.lateness(), |s| s.p95)) }
                                td .n { (words::count(f.opted_out)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn panel(id: &str, title: &str, width: &str, body: Markup) -> Markup {
    html! {
        section #(id) .panel .(width) aria-labelledby={ (id) "-title" } {
            h2 #{ (id) "-title" } { (title) }
            (body)
        }
    }
}

/// A table over today, 7 and 30 days.
fn over_stretches(id: &str, stretches: &[Stretch; 3], lines: &[Line]) -> Markup {
    html! {
        div .wide role="group" aria-label={ "Figures: " (id) } tabindex="0" {
            table {
                thead {
                    tr {
                        td {}
                        @for stretch in stretches { th scope="col" .n { (stretch.name) } }
                    }
                }
                tbody {
                    @for (name, told, sort) in lines {
                        tr {
                            th scope="row" { (name) }
                            @for s in stretches {
                                td .n {
                                    @let told = told(&s.figures);
                                    @match sort {
                                        Some(sort) if told != "0" => {
                                            a href=(address(*sort, s.from, s.to, "all")) { (told) }
                                        }
                                        _ => (told),
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A number that leads to what it counts.
pub(super) fn number(n: u64, address: &str) -> Markup {
    html! { @if n == 0 { "0" } @else { a href=(address) { (words::count(n)) } } }
}

const FUNNEL_KEY: [&str; 3] = ["planned", "sent", "delivered"];

fn three(of: impl Fn(Counted) -> Vec<Option<f64>>) -> [Row; 3] {
    let told: [Counted; 3] = [|f| f.planned, |f| f.sent, |f| f.delivered];
    [0, 1, 2].map(|ink| Row { ink, values: of(told[ink]) })
}

/// A chart with its key: pictures say the same as the numbers beside them.
fn figure(svg: &str, label: &str, title: Option<&str>, key: &[&str]) -> Markup {
    html! {
        figure {
            div .chart role="img" aria-label=(label) { (PreEscaped(svg)) }
            figcaption {
                @if let Some(title) = title { strong { (title) } }
                @for (ink, word) in key.iter().enumerate() {
                    span .key .{ "ink-" (ink) } { (word) }
                }
            }
        }
    }
}

fn dates(seen: &Overview) -> Vec<String> {
    seen.days.iter().map(|(on, _): &(Date, Figures)| on.strftime("%b %-d").to_string()).collect()
}

fn spread(spread: Option<Spread>, of: fn(&Spread) -> u64) -> String {
    spread.map_or_else(|| words::NONE.to_owned(), |spread| words::millis(of(&spread)))
}

fn whole(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn seconds(value: f64) -> String {
    format!("{} s", whole(value))
}

fn percent(value: f64) -> String {
    format!("{} %", whole(value))
}

#[expect(clippy::cast_precision_loss, reason = "for a picture")]
fn real(n: u64) -> f64 {
    n as f64
}
