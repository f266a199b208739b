//! A real language model writes reminders, and what reaches the outbox is judged by rules in other
//! words than the facts checker's own. Run by `tests/small-model/run`.
//!
//! `small_model BASE_URL [REMINDERS] [PROMPT]`; PROMPT is a file, and without it the built-in one
//! is used.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use adapters_http::chat::{ChatModel, ChatSettings};
use app::compose::ModelPrice;
use app::ports::{ModelAnswer, ModelError, ModelRequest, TextModel};
use async_trait::async_trait;
use beforehand::system::Ports;
use domain::reminder::{Reminder, State, TextSource};
use domain::segments;
use domain::time::Zones;
use http::Method;
use jiff::SignedDuration;
use serde_json::json;
use tests::events::{Event, event};
use tests::users::{names, user};
use tests::world::World;
use transport::{ReqwestTransport, TransportSettings};

const ZONE: &str = "America/New_York";

/// As many as a user gets in a day.
const PER_USER: usize = 10;

const TITLES: [&str; 20] = [
    "Dentist",
    "Q4 planning",
    "Team standup",
    "Lunch with Maria",
    "Quarterly budget review",
    "Interview: backend engineer",
    "Piano lesson",
    "Flight to Boston",
    "Pick up the kids",
    "1:1 Ana / Tom",
    "Physio appointment",
    "Book club",
    "Parent-teacher conference",
    "Car inspection",
    "Sprint retrospective",
    "Yoga class",
    "Call with the bank",
    "Design review: mobile app",
    "Grant deadline",
    "All-hands: what is next for the product, the roadmap and the teams that build it",
];

const PLACES: [&str; 4] = ["Room 4", "12 Main St", "Cafe Central", "Building C"];

const LINK: &str = "https://meet.example/abc-defg-hij";

/// How long an answer is waited for.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// A model, and what it answered.
struct Heard {
    model: ChatModel,
    answers: Mutex<Vec<(Result<String, &'static str>, u128)>>,
}

#[async_trait]
impl TextModel for Heard {
    fn name(&self) -> &str {
        self.model.name()
    }

    async fn write(&self, request: &ModelRequest) -> Result<ModelAnswer, ModelError> {
        let asked = Instant::now();
        // It is words that are measured, and not how busy the machine is.
        let patient = ModelRequest { timeout: PATIENCE, ..request.clone() };
        let answer = self.model.write(&patient).await;
        let text = answer.as_ref().map(|answer| answer.text.clone()).map_err(ModelError::reason);
        let took = asked.elapsed().as_millis();
        self.answers.lock().expect("nobody panicked").push((text, took));
        answer
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let base_url = arguments.next().expect("an address, up to /chat/completions");
    let reminders: usize = arguments.next().map_or(500, |count| count.parse().expect("a number"));
    let prompt = arguments.next().map(|path| fs::read_to_string(path).expect("a prompt"));
    let model = heard(base_url);
    let inner: Arc<dyn TextModel> = model.clone();
    let world = World::maker("2026-11-24T10:00:00Z")
        .composing(|settings| settings.price = ModelPrice { input: 0, output: 0 })
        .ports(move |ports| Ports { model: Some(inner), ..ports })
        .make();
    if let Some(text) = prompt {
        put_in_production(&world, &text).await;
    }
    let users = names(reminders.div_ceil(PER_USER));
    for (at, name) in users.iter().enumerate() {
        world.add(user(name, ZONE)).await;
        let first = at * PER_USER;
        let meetings: Vec<_> = (first..reminders.min(first + PER_USER)).map(meeting).collect();
        world.put(name, "work", &meetings).await;
    }
    world.run_until("2026-11-25T01:00:00Z").await;
    let mut tally = Tally::default();
    for name in &users {
        let texts = world.texts_to(name);
        let rows = world.reminders(name).await;
        assert_eq!(texts.len(), rows.len(), "one text for each reminder");
        for (text, row) in texts.iter().zip(&rows) {
            assert_eq!((row.state, text.at), (State::Delivered, row.send_at), "in time: {row:?}");
            tally.add(row, &text.body);
        }
    }
    tally.tell(&model);
    world.finish().await;
    assert!(tally.wrong.is_empty(), "something wrong reached the outbox");
    assert_eq!(tally.texts, reminders, "each reminder went out");
}

/// Has everybody's texts written with this prompt.
async fn put_in_production(world: &World, text: &str) {
    let why = json!({"by": "small_model", "reason": "a measurement"});
    for (path, key, value) in
        [("/v1/prompts", "text", json!(text)), ("/v1/prompts/promote", "version", json!(2))]
    {
        let mut body = why.clone();
        body[key] = value;
        let (code, answer) = world.request(Method::POST, path, &body.to_string()).await;
        assert_eq!(code, 200, "{path}: {answer}");
    }
}

fn heard(base_url: String) -> Arc<Heard> {
    let settings = ChatSettings { base_url, model: "smollm2-135m".to_owned(), key: None };
    let timeout = PATIENCE.unsigned_abs();
    let transport = TransportSettings { timeout, ..TransportSettings::default() };
    let transport = ReqwestTransport::new(&transport).expect("it is made");
    let model = ChatModel::new(&settings, Arc::new(transport)).expect("the settings are right");
    Arc::new(Heard { model, answers: Mutex::default() })
}

/// The meeting with this number: from 9:00 on, every 45 minutes.
fn meeting(number: usize) -> Event {
    let minutes = 9 * 60 + 45 * (number % PER_USER);
    let start = format!("2026-11-24T{:02}:{:02}", minutes / 60, minutes % 60);
    let meeting = event(TITLES[number * 7 % TITLES.len()], &start, ZONE);
    let meeting = match number % 3 {
        0 => meeting.with(&format!("LOCATION:{}", PLACES[number / 3 % PLACES.len()])),
        _ => meeting,
    };
    let meeting =
        if number.is_multiple_of(4) { meeting.with(&format!("URL:{LINK}")) } else { meeting };
    meeting.uid(&format!("meeting-{number}@test"))
}

/// What was sent.
#[derive(Default)]
struct Tally {
    texts: usize,
    by_model: Vec<String>,
    refused: BTreeMap<String, usize>,
    wrong: Vec<(String, &'static str)>,
}

impl Tally {
    fn add(&mut self, row: &Reminder, text: &str) {
        self.texts += 1;
        if let Some(fault) = fault(row, text) {
            self.wrong.push((text.to_owned(), fault));
        }
        match &row.source {
            TextSource::Model { .. } => self.by_model.push(text.to_owned()),
            TextSource::Fallback { reason, .. } => {
                *self.refused.entry(reason.clone()).or_default() += 1;
            }
            TextSource::Template { .. } => {
                *self.refused.entry("not asked".to_owned()).or_default() += 1;
            }
        }
    }

    fn tell(&self, model: &Heard) {
        let answers = model.answers.lock().expect("nobody panicked");
        let answered: Vec<_> = answers.iter().filter_map(|(text, _)| text.as_ref().ok()).collect();
        let total: u128 = answers.iter().map(|(_, took)| took).sum();
        let calls = u128::try_from(answers.len().max(1)).unwrap_or(1);
        println!("calls: {}, readable answers: {}", answers.len(), answered.len());
        println!("a call took {} ms on average", total / calls);
        for text in answered.iter().take(8) {
            println!("  answered: {text}");
        }
        for text in self.by_model.iter().take(8) {
            println!("  accepted: {text}");
        }
        for (text, fault) in &self.wrong {
            println!("  WRONG ({fault}): {text}");
        }
        println!("templates sent, by reason: {:?}", self.refused);
        println!(
            "{} reminders went out in time; the model wrote {} of them; wrong: {}",
            self.texts,
            self.by_model.len(),
            self.wrong.len(),
        );
    }
}

/// What is wrong with a text of an event that begins in a quarter of an hour, today.
fn fault(row: &Reminder, text: &str) -> Option<&'static str> {
    let zones = Zones::bundled();
    let name = zones.parse(ZONE).expect("a zone");
    let zone = zones.rules(&name).expect("a zone's rules");
    let clock = zone.to_datetime(row.facts.start).strftime("%-I:%M %p").to_string();
    let title = row.facts.title.as_str();
    let place = row.facts.location.as_deref().unwrap_or_default();
    let half = title.split(' ').take(title.split(' ').count().div_ceil(2)).collect::<Vec<_>>();
    let justified = format!("{title} {place} {LINK} {clock} 15");
    let numbers = |text: &str| -> Vec<String> {
        let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        runs.map(str::to_owned).collect()
    };
    let known = numbers(&justified);
    let lower = text.to_lowercase();
    let days = ["today", "tomorrow", "tonight", "yesterday", "monday", "tuesday", "wednesday"];
    let without_link = text.replace(row.facts.meeting_link.as_deref().unwrap_or(LINK), "");
    let checks = [
        (!text.contains(&clock), "not its time"),
        (!text.contains("in 15 minutes"), "not the time left"),
        (!lower.contains(&half.join(" ").to_lowercase()), "not its title"),
        (numbers(text).iter().any(|number| !known.contains(number)), "a number of its own"),
        (without_link.contains("://") || without_link.contains("www."), "a link of its own"),
        (days.iter().any(|day| lower.contains(day)), "a day"),
        (segments::count(text).segments != 1, "more than a segment"),
    ];
    checks.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, fault)| fault)
}
