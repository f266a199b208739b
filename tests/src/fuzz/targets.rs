//! What is fed.

use std::fs;
use std::path::Path;

use adapters_embedded::sms_sandbox::signature;
use adapters_http::ics::{Expansion, read};
use app::jobs::{LocalDayStarted, PlanJob, SendJob};
use app::records::{
    CalendarV1, CountedV1, EventV1, PhoneV1, Record, ReminderV1, RolloutV2, RunRecordV1, UserV1,
    from_json, to_json,
};
use beforehand::config::Config;
use domain::ids::CalendarId;
use domain::time::Zones;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use twilio_webhook::{INBOUND_PATH, STATUS_PATH};

use super::Target;
use crate::stored;
use crate::webhooks::post;
use crate::world::{PUBLIC_URL, World, instant};

/// The names of all targets.
pub const NAMES: [&str; 5] = ["form", "calendar", "stored", "payload", "configuration"];

/// A target by its name.
pub fn target(name: &str) -> Box<dyn Target> {
    match name {
        "form" => Box::new(Form::new()),
        "calendar" => Box::new(Calendar { zones: Zones::bundled() }),
        "stored" => Box::new(Stored),
        "payload" => Box::new(Payload),
        "configuration" => Box::new(Configuration),
        other => panic!("{other} is one of {NAMES:?}"),
    }
}

/// The files of a target's folder.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz").join(name);
    let listed = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is there", folder.display()));
    let mut paths: Vec<_> = listed.map(|entry| entry.expect("it is listed").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it is readable")).collect()
}

/// Signed webhooks with any form: never an error of ours, whatever Twilio's side may write.
struct Form {
    runtime: Runtime,
    world: World,
}

impl Form {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it starts");
        Self { runtime, world: World::at("2026-11-24T10:00:00Z") }
    }
}

impl Target for Form {
    fn seeds(&self) -> Vec<Vec<u8>> {
        corpus("form")
    }

    fn words(&self) -> &'static [&'static str] {
        &["Body=", "From=", "MessageSid=SM", "MessageStatus=", "%2B1", "&", "STOP", "OptOutType="]
    }

    fn read(&mut self, input: &[u8]) {
        let kind = "application/x-www-form-urlencoded";
        let body = String::from_utf8_lossy(input).into_owned();
        let pairs: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let ids = "user=ada&reminder=0123456789abcdef0123456789abcdef&attempt=1";
        for target in [INBOUND_PATH.to_owned(), format!("{STATUS_PATH}?{ids}")] {
            let url = format!("{PUBLIC_URL}{target}");
            let signature = signature(self.world.token(), &url, &pairs);
            let router = self.world.system.router();
            let answer = post(router, &target, kind, Some(&signature), body.clone());
            let (status, _) = self.runtime.block_on(answer);
            assert!(matches!(status, 200 | 204), "{target} answered {status}");
        }
    }

    fn end(&mut self) {
        self.runtime.block_on(self.world.finish());
    }
}

/// Calendar files of strangers: always read, and read the same way again.
struct Calendar {
    zones: Zones,
}

impl Target for Calendar {
    fn seeds(&self) -> Vec<Vec<u8>> {
        corpus("calendar")
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "RRULE:FREQ=DAILY",
            ";COUNT=",
            ";INTERVAL=0",
            "BYSETPOS=-1",
            "DTSTART;TZID=",
            "BEGIN:",
            "END:VEVENT\r\n",
            "RECURRENCE-ID:",
            "EXDATE:",
            "DURATION:-P",
            "\r\n ",
            ";VALUE=DATE:",
        ]
    }

    fn read(&mut self, input: &[u8]) {
        let calendar = CalendarId::parse("work").expect("a calendar id");
        let zone = self.zones.parse("America/New_York").expect("a zone");
        let rules = self.zones.rules(&zone).expect("its rules");
        let (from, to) = (instant("2026-11-22T00:00:00Z"), instant("2026-12-04T00:00:00Z"));
        let ask = Expansion {
            calendar: &calendar,
            from,
            to,
            user_zone: &rules,
            own_addresses: &[],
            first_seen_at: Timestamp::UNIX_EPOCH,
        };
        let events = read(input, &self.zones).occurrences(&ask).events;
        let within = |event: &domain::calendar_event::CalendarEvent| {
            let start = event.start(&rules);
            from <= start && start < to
        };
        assert!(events.iter().all(within), "everything begins within the window");
        assert_eq!(read(input, &self.zones).occurrences(&ask).events, events);
    }
}

/// Stored items: refused with an error that quotes nothing, or read and written alike.
struct Stored;

fn stored<R: Record>(text: &str)
where
    R::Value: PartialEq + std::fmt::Debug,
{
    match from_json::<R>(text) {
        Ok(value) => {
            let again = to_json::<R>(&value).expect("what was read can be written");
            assert_eq!(from_json::<R>(&again).as_ref(), Ok(&value), "{again}");
        }
        Err(bad) => assert!(!bad.to_string().contains('"'), "the error quotes: {bad}"),
    }
}

impl Target for Stored {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().expect("a folder");
        stored::restore("v1", folder.path());
        let of = |table: &&str| stored::docs(folder.path(), table).into_iter().take(8);
        stored::TABLES.iter().flat_map(of).map(String::into_bytes).collect()
    }

    fn words(&self) -> &'static [&'static str] {
        &["null", "\"v\":2", "{}", "[]", "-1", "\"scheduled\"", "true", "9999-12-31T23:59:59Z"]
    }

    fn read(&mut self, input: &[u8]) {
        let text = String::from_utf8_lossy(input);
        stored::<UserV1>(&text);
        stored::<PhoneV1>(&text);
        stored::<CalendarV1>(&text);
        stored::<EventV1>(&text);
        stored::<ReminderV1>(&text);
        stored::<RunRecordV1>(&text);
        stored::<CountedV1>(&text);
        stored::<RolloutV2>(&text);
    }
}

/// Queue payloads: refused, or read and written alike.
struct Payload;

impl Target for Payload {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let text = fs::read_to_string(stored::folder("v1").join("payloads.txt")).expect("payloads");
        let bodies = text.lines().filter_map(|line| line.split_once(' '));
        bodies.map(|(_, body)| body.as_bytes().to_vec()).collect()
    }

    fn words(&self) -> &'static [&'static str] {
        &["\"version\":2", "\"users\":[", "null", "{", "}", "\"user\":\"", "-1"]
    }

    fn read(&mut self, input: &[u8]) {
        let text = String::from_utf8_lossy(input);
        if let Ok(job) = SendJob::from_json(&text) {
            assert_eq!(SendJob::from_json(&job.to_json()).expect("our own"), job);
        }
        if let Ok(job) = PlanJob::from_json(&text) {
            assert_eq!(PlanJob::from_json(&job.to_json()).expect("our own"), job);
        }
        if let Ok(day) = LocalDayStarted::from_json(&text) {
            assert_eq!(LocalDayStarted::from_json(&day.to_json()).expect("our own"), day);
        }
    }
}

/// Configuration files: refused with reasons that hold no secret, or taken.
struct Configuration;

impl Target for Configuration {
    fn seeds(&self) -> Vec<Vec<u8>> {
        corpus("configuration")
    }

    fn words(&self) -> &'static [&'static str] {
        &["[twilio]\n", "listen = ", "\"\"\n", "= 1\n", "auth_token = ", "[sandbox]\n", "http://"]
    }

    fn read(&mut self, input: &[u8]) {
        let text = String::from_utf8_lossy(input);
        let parsed = Config::parse(&text, Path::new("beforehand.toml"), &|_| None);
        let said = match &parsed {
            Ok(config) => format!("{config:?}"),
            Err(bad) => format!("{bad}"),
        };
        assert!(!said.contains("hunter22"), "what is said of it holds the secret");
    }
}
