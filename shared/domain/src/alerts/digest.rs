//! The summary of a day: yesterday beside the week before, and first what needs attention.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::incidents::Standing;
use super::notices::{Channel, Delivery};
use super::rules::{Severity, rules};
use crate::figures::{Figures, words};
use crate::gates::Verdict;
use crate::statistics::Share;

/// Who gets summaries.
pub const READERS: [Channel; 2] = [Channel::Chat, Channel::Email];

/// Days that a day is compared with.
pub const DAYS_BEFORE: i64 = 7;

/// Fewer are too few to compare shares of.
const SAMPLE_MIN: u64 = 20;

/// By how much the share of delivered texts may be below that of the week.
const DELIVERY_DROP: f64 = 0.05;

/// How often as much as usual is told.
const FACTOR: u64 = 2;

/// Most texts may be as late as this: the sweep heals what is later by a minute.
const LATE_MS: u64 = 60_000;

/// A count among figures.
type Counted = fn(&Figures) -> u64;

/// Something else that figures say.
type Told = fn(&Figures) -> String;

/// When the summary is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestTime {
    /// The full hour, from 0 to 23.
    pub hour: i8,
    /// By the wall clock of this zone, whose days it tells of.
    pub zone: TimeZone,
    /// The zone's name.
    pub zone_name: String,
}

impl Default for DigestTime {
    fn default() -> Self {
        Self { hour: 8, zone: TimeZone::UTC, zone_name: "UTC".to_owned() }
    }
}

impl DigestTime {
    /// The local date whose summary is the last that was due.
    pub fn due_on(&self, now: Timestamp) -> Date {
        let wall = now.to_zoned_datetime(self.zone.clone());
        let today = wall.date();
        if wall.hour() >= self.hour { today } else { day_before(today) }
    }
}

/// The last summary, and what became of telling it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestCourse {
    /// The local date on which it was due.
    pub due_on: Date,
    /// What became of it by each channel.
    #[serde(default)]
    pub told: Vec<DigestNotice>,
}

/// What became of a summary by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestNotice {
    /// Which.
    pub by: Channel,
    /// What became of it.
    #[serde(flatten)]
    pub delivery: Delivery,
}

impl DigestCourse {
    /// The course of the summary that is due, beside the last one. A system that was never looked
    /// at has no day to tell of: its first summary comes a day later.
    pub fn next(
        before: Option<&Self>,
        time: &DigestTime,
        channels: &[Channel],
        now: Timestamp,
    ) -> Self {
        let due_on = time.due_on(now);
        match before {
            None => Self { due_on, told: Vec::new() },
            Some(before) if before.due_on >= due_on => before.clone(),
            Some(_) => {
                let readers = READERS.into_iter().filter(|reader| channels.contains(reader));
                let notice = |by| DigestNotice { by, delivery: Delivery::from(now) };
                Self { due_on, told: readers.map(notice).collect() }
            }
        }
    }

    /// Whether anything of it is to be told now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.told.iter().any(|notice| notice.delivery.is_due(now))
    }

    /// The day that it tells of.
    pub fn tells_of(&self) -> Date {
        day_before(self.due_on)
    }
}

/// What a summary says. It holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Which deployment tells it.
    pub deployment: String,
    /// When it is told.
    pub at: Timestamp,
    /// The day it tells of.
    pub on: Date,
    /// By whose clock.
    pub zone: String,
    /// What needs attention, the most urgent first; empty if nothing does.
    pub attention: Vec<String>,
    /// The figures of the day beside those of the days before.
    pub lines: Vec<DigestLine>,
    /// The same in short of each stage of the rollout and each variant that had any texts.
    pub parts: Vec<DigestPart>,
    /// The days before and the day itself, oldest first.
    pub days: Vec<DigestDay>,
    /// The alerts that are open.
    pub open: Vec<String>,
    /// Where the rollout stands.
    pub rollout: String,
    /// Where the dashboard is, if it can be reached by an address.
    pub dashboard: Option<String>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestLine {
    /// What it is.
    pub name: &'static str,
    /// On the day.
    pub day: String,
    /// On a day of the week before.
    pub usual: String,
}

/// A stage or a variant in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestPart {
    /// Which: `stage beta`, `words: short`.
    pub name: String,
    /// Reminders that were sent on the day.
    pub sent: u64,
    /// Delivered of sent, on the day.
    pub delivered: String,
    /// The same in the week before.
    pub usual: String,
    /// What its texts and the model's calls for them cost on the day.
    pub cost: String,
}

/// One day of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestDay {
    /// Which.
    pub on: Date,
    /// Reminders that were sent.
    pub sent: u64,
    /// Those that were delivered.
    pub delivered: u64,
}

/// What a summary is made of.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The figures of the day.
    pub day: &'a Figures,
    /// Those of the days before, together.
    pub week: &'a Figures,
    /// How many days those are: fewer than [`DAYS_BEFORE`] where the system is younger.
    pub week_days: u64,
}

/// How the rollout stands.
#[derive(Debug, Clone, Copy)]
pub struct RolloutStanding<'a> {
    /// Whether anybody gets reminders.
    pub is_on: bool,
    /// The name of the stage.
    pub stage: &'a str,
    /// What its gate said last, if it was looked at.
    pub gate: Option<Verdict>,
}

impl RolloutStanding<'_> {
    /// In a sentence.
    pub fn words(&self) -> String {
        let off = if self.is_on { "" } else { ", switched off" };
        let gate = match self.gate {
            None => "its gate was not looked at",
            Some(Verdict::Pass) => "its gate passed",
            Some(Verdict::Fail) => "its gate fails",
            Some(Verdict::NotEnoughData) => "its gate has not enough data",
        };
        format!("Stage {}{off}; {gate}", self.stage)
    }
}

impl Compared<'_> {
    /// The same in short, under a name; none if nothing was sent.
    pub fn part(&self, name: String) -> Option<DigestPart> {
        let Self { day, week, .. } = self;
        (day.sent + week.sent > 0).then(|| DigestPart {
            name,
            sent: day.sent,
            delivered: words::share(day.delivery()),
            usual: words::share(week.delivery()),
            cost: words::dollars(day.texts_cost_microdollars + day.model.cost_microdollars),
        })
    }

    /// Every figure beside what is usual.
    pub fn lines(&self) -> Vec<DigestLine> {
        let counts: [(&'static str, Counted); 9] = [
            ("Planned", |f| f.planned),
            ("Sent", |f| f.sent),
            ("Delivered", |f| f.delivered),
            ("Undelivered or failed", |f| f.undelivered + f.failed),
            ("Without a receipt", |f| f.unconfirmed),
            ("Perhaps sent", |f| f.unknown),
            ("Skipped", |f| f.skipped),
            ("Segments", |f| f.segments),
            ("Opted out", |f| f.opted_out),
        ];
        let told: [(&'static str, Told); 4] = [
            ("Delivered of sent", |f| words::share(f.delivery())),
            ("Lateness, 95 in a hundred", |f| spread(f.lateness().map(|s| s.p95))),
            ("To the phone, 95 in a hundred", |f| spread(f.delivery_time().map(|s| s.p95))),
            ("Texts of the model used", |f| words::share(f.model_success())),
        ];
        let counts = counts.into_iter().map(|(name, of)| DigestLine {
            name,
            day: words::count(of(self.day)),
            usual: words::mean(of(self.week), self.week_days),
        });
        let told = told.into_iter().map(|(name, of)| DigestLine {
            name,
            day: of(self.day),
            usual: of(self.week),
        });
        let costs: [(&'static str, Counted); 2] = [
            ("Cost of the texts", |f| f.texts_cost_microdollars),
            ("Cost of the model", |f| f.model.cost_microdollars),
        ];
        let costs = costs.into_iter().map(|(name, of)| DigestLine {
            name,
            day: words::dollars(of(self.day)),
            usual: of(self.week)
                .checked_div(self.week_days)
                .map_or_else(|| words::NONE.to_owned(), words::dollars),
        });
        counts.chain(told).chain(costs).collect()
    }

    /// What of the figures needs attention.
    fn oddities(&self) -> Vec<String> {
        let Self { day, week, week_days } = *self;
        let mut odd = Vec::new();
        if day.sent == 0 && week.sent > 0 {
            let usual = words::mean(week.sent, week_days);
            odd.push(format!("Nothing was sent; usual are {usual} reminders a day"));
        }
        if let (Some(now), Some(before)) = (rate(day.delivery()), rate(week.delivery()))
            && before - now > DELIVERY_DROP
        {
            let (now, before) = (words::share(day.delivery()), words::share(week.delivery()));
            odd.push(format!("Only {now} of the texts were delivered; usual are {before}"));
        }
        if day.unknown > 0 {
            let unknown = words::count(day.unknown);
            odd.push(format!("Of {unknown} reminders nobody knows whether they were sent"));
        }
        if let Some(late) = day.lateness().filter(|spread| spread.p95 > LATE_MS) {
            let late = words::millis(late.p95);
            odd.push(format!("5 in a hundred texts were late by {late} or more"));
        }
        let risen: [(&str, Counted, u64); 2] = [
            ("numbers opted out", |f| f.opted_out, 3),
            ("millionths of a dollar were paid for the model", |f| f.model.cost_microdollars, 1),
        ];
        for (what, of, least) in risen {
            let (now, before) = (of(day), of(week));
            if week_days > 0 && now >= least && now * week_days > before * FACTOR {
                let (now, usual) = (words::count(now), words::mean(before, week_days));
                odd.push(format!("{now} {what}; usual are {usual}"));
            }
        }
        odd
    }
}

/// What needs attention, the most urgent first: what wakes people, what stands still, what is odd,
/// what can go on.
pub fn attention(
    open: &[&Standing],
    rollout: &RolloutStanding<'_>,
    compared: &Compared<'_>,
) -> Vec<String> {
    let of = |severity: Severity| {
        let unseen = open.iter().filter_map(|standing| {
            let incident = standing.open()?;
            let is_it = incident.severity == severity && incident.acknowledged.is_none();
            is_it.then(|| format!("Nobody looks after {}", described(standing)))
        });
        unseen.collect::<Vec<_>>()
    };
    let mut all = of(Severity::Critical);
    if !rollout.is_on {
        all.push("Reminders are switched off for everybody".to_owned());
    }
    all.extend(of(Severity::Warning));
    all.extend(compared.oddities());
    match rollout.gate {
        Some(Verdict::Fail) => all.push(format!("The gate of stage {} fails", rollout.stage)),
        Some(Verdict::Pass) => {
            all.push(format!("The gate of stage {} passed: go on when you like", rollout.stage));
        }
        Some(Verdict::NotEnoughData) | None => {}
    }
    all
}

/// An open alert in a line: `delivery_rate_low: 82.4 % (below 90.0 %), critical, since ...`.
pub fn described(standing: &Standing) -> String {
    let rule = rules().iter().find(|rule| rule.name == standing.rule);
    let name = match standing.key.as_str() {
        "" => standing.rule.clone(),
        key => format!("{} ({key})", standing.rule),
    };
    let Some(open) = standing.open() else { return name };
    let value = rule.map(|rule| rule.tell(open)).unwrap_or_default();
    let by = open.acknowledged.as_ref().map(|by| format!(", {} looks after it", by.by));
    let (severity, since) = (open.severity.name(), open.opened_at);
    format!("{name}: {value}, {severity}, since {since}{}", by.unwrap_or_default())
}

/// A share of enough.
fn rate(share: Share) -> Option<f64> {
    share.rate().filter(|_| share.of >= SAMPLE_MIN)
}

fn spread(ms: Option<u64>) -> String {
    ms.map_or_else(|| words::NONE.to_owned(), words::millis)
}

fn day_before(date: Date) -> Date {
    date.saturating_sub(Span::new().days(1))
}
