//! Who is texted, and when: many people whose events begin soon.

use std::fs;
use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::client::{Asked, Client};
use crate::process::Provider;
use crate::settings::{Draw, Settings};
use crate::{Failed, Time};

/// The time between the start of the run and the first reminder: people are added, and the system
/// is killed, in it.
pub(crate) const LEAD_IN: SignedDuration = SignedDuration::from_secs(20);

/// How long before an event its reminder is due.
pub(crate) const LEAD: SignedDuration = SignedDuration::from_mins(15);

/// Zones to live in: in some of them it is day, whenever this runs.
const ZONES: [&str; 6] = [
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
];

/// Calendars on their way at once.
const LOADS_AT_ONCE: usize = 8;

/// Everybody.
pub(crate) struct People {
    zones: Vec<&'static str>,
    /// The starts of each person's events.
    starts: Vec<Vec<Timestamp>>,
    endpoint: String,
    token: String,
}

impl People {
    pub(crate) fn of(settings: &Settings, now: Timestamp) -> Self {
        let mut draw = Draw::new(settings.seed);
        // The starts of events are whole minutes or not, but always whole seconds.
        let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let first = whole + LEAD_IN + LEAD;
        let spread = settings.spread.as_secs().unsigned_abs() + 1;
        let mut start = || first + SignedDuration::from_secs(draw.below(spread).cast_signed());
        let starts =
            (0..settings.users).map(|_| (0..settings.events).map(|_| start()).collect()).collect();
        let zones = domain::time::Zones::bundled();
        let is_day = |name: &&&str| {
            let rules = zones.parse(name).and_then(|zone| zones.rules(&zone));
            rules.is_ok_and(|rules| (2..21).contains(&rules.to_datetime(now).hour()))
        };
        Self {
            zones: ZONES.iter().filter(is_day).copied().collect(),
            starts,
            endpoint: String::new(),
            token: String::new(),
        }
    }

    /// How many reminders there will be.
    pub(crate) fn reminders(&self) -> usize {
        self.starts.iter().map(Vec::len).sum()
    }

    /// When the first reminder is due.
    pub(crate) fn first_at(&self) -> Timestamp {
        self.starts.iter().flatten().min().map_or(Timestamp::MAX, |start| *start - LEAD)
    }

    /// When the last reminder is due.
    pub(crate) fn last_at(&self) -> Timestamp {
        self.starts.iter().flatten().max().map_or(Timestamp::MIN, |start| *start - LEAD)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        (0..self.starts.len()).map(name)
    }

    /// A request to the system about somebody.
    pub(crate) fn asked(&self, path: &str) -> Asked<'_> {
        Asked { token: &self.token, ..Asked::get(format!("{}/v1/{path}", self.endpoint)) }
    }

    /// Tells the provider which answers to lose: some after it took the text, some before.
    pub(crate) async fn lose_answers(
        &mut self,
        client: &Client,
        provider: &Provider,
        settings: &Settings,
    ) -> Result<(), Failed> {
        let Provider::Alone { endpoint, .. } = provider else { return Ok(()) };
        let mut draw = Draw::new(settings.seed ^ 2);
        for (number, starts) in self.starts.iter().enumerate() {
            let is_lost: Vec<bool> =
                starts.iter().map(|_| draw.below(100) < settings.lost).collect();
            if !is_lost.contains(&true) {
                continue;
            }
            for is_lost in is_lost {
                let lost = json!({ "lost": { "processed": draw.below(2) == 0 } });
                let answer = if is_lost { lost } else { json!("proper") };
                let script =
                    json!({ "to": phone(number), "times": 1, "script": { "answer": answer } });
                let url = format!("{endpoint}/sandbox/scripts");
                let asked =
                    Asked { method: Method::POST, body: script.to_string(), ..Asked::get(url) };
                client.ask(&asked).await?;
            }
        }
        Ok(())
    }

    /// Adds everybody with their calendars, while the system is killed.
    pub(crate) async fn load(
        &mut self,
        client: &Client,
        folder: &Path,
        time: &Time,
    ) -> Result<(), Failed> {
        let data = folder.join("data");
        // Made at the first start, which may be killed before.
        while self.token.is_empty() || self.endpoint.is_empty() {
            let read = |name: &str| fs::read_to_string(data.join(name)).unwrap_or_default();
            read("operator.token").trim().clone_into(&mut self.token);
            read("endpoint").trim().clone_into(&mut self.endpoint);
            time.wait(SignedDuration::from_millis(20)).await;
        }
        let lines: String = (0..self.starts.len())
            .map(|number| {
                let zone = self.zones[number % self.zones.len()];
                let user = json!({
                    "id": name(number), "phone": phone(number), "zone": zone, "verified": true,
                    "quiet": [], "limit": 50, "lead": ["15m"],
                });
                format!("{user}\n")
            })
            .collect();
        let import = Asked {
            method: Method::POST,
            kind: "application/x-ndjson",
            body: lines,
            ..self.asked("users/import")
        };
        let told = client.ask(&import).await?;
        if told["refused"] != 0 {
            return Err(format!("some users were refused: {told}").into());
        }
        let puts = self.starts.iter().enumerate().map(|(number, starts)| {
            let path = format!("users/{}/calendars/work", name(number));
            let asked = self.asked(&path);
            let body = calendar(number, starts);
            async move {
                let asked = Asked { method: Method::PUT, kind: "text/calendar", body, ..asked };
                client.ask(&asked).await
            }
        });
        stream::iter(puts).buffer_unordered(LOADS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(())
    }
}

fn name(number: usize) -> String {
    format!("u{number:04}")
}

/// 202-555 is fictional from 0100 to 0199 only; 556 is assigned to nobody.
fn phone(number: usize) -> String {
    format!("+1202556{:04}", number + 1_000)
}

fn calendar(number: usize, starts: &[Timestamp]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//kill//EN\r\n".to_owned();
    for (event, start) in starts.iter().enumerate() {
        let start = start.strftime("%Y%m%dT%H%M%SZ");
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{number}-{event}@kill\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Talk \
             {event} of {number}\r\nDTSTART:{start}\r\nDURATION:PT30M\r\nEND:VEVENT\r\n"
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}
