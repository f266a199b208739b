//! The count: what reached phones, held against what should have.

use std::collections::{BTreeMap, HashMap};

use adapters_embedded::sms_sandbox::{Direction, SandboxText};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::people::{LEAD, People};
use crate::process::{Provider, System};
use crate::{Failed, Time};

/// How often it is looked at most whether everything has come to its end.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// So many times as long as a look took is waited before the next: each of them reads everything,
/// and must not keep the system from coming to its end.
const REST: i32 = 4;

/// How long after the last reminder was due everything has come to its end: what was claimed when
/// the last kill came is unknown for half a minute, and proving that a text never arrived takes
/// three quarters more, before it is sent again.
const PATIENCE: SignedDuration = SignedDuration::from_secs(150);

/// The same where callbacks were given up because the system was never up for long: it asks after
/// texts without news when ten minutes have passed.
const PATIENCE_FOR_NEWS: SignedDuration = SignedDuration::from_mins(13);

/// States from which nothing follows, but for later evidence. `unknown` is one only once the event
/// has begun.
const ENDS: [&str; 6] =
    ["delivered", "undelivered", "failed", "unconfirmed", "cancelled", "skipped"];

/// How many checks held.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Verdict {
    /// Notes one check; `bad` names what does not hold.
    fn check(&mut self, what: &str, bad: &[String]) {
        if bad.is_empty() {
            self.passed += 1;
            println!("ok      {what}");
            return;
        }
        self.failed += 1;
        println!("FAILED  {what}: {} times", bad.len());
        bad.iter().take(10).for_each(|bad| println!("          {bad}"));
    }
}

/// A reminder as the system tells of it.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    start: Timestamp,
    nominal_at: Timestamp,
    state: String,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Deserialize)]
struct Attempt {
    outcome: String,
    sid: Option<String>,
}

/// Waits until every reminder has come to its end, and counts.
pub(crate) async fn judge(
    client: &Client,
    provider: &Provider,
    system: &mut System,
    people: &People,
    time: &Time,
) -> Result<Verdict, Failed> {
    let mut verdict = Verdict::default();
    let left = wait_for_ends(client, people, time).await?;
    verdict.check("every reminder has come to its end", &left);
    let rows = rows(client, people).await?;
    let (exit, report) = system.ask(&["verify"])?;
    let unsound = (exit != Some(0)).then(|| format!("exit {exit:?}: {report}"));
    system.kill()?;
    let texts = provider.texts(client).await?;
    count(&mut verdict, people, &rows, &texts);
    verdict.check("beforehand verify finds nothing", &Vec::from_iter(unsound));
    tell(&rows, &texts);
    if verdict.failed > 0 {
        println!("the system's last words:\n{}", system.end_of_log());
    }
    Ok(verdict)
}

/// Names what is left when no more can come.
async fn wait_for_ends(
    client: &Client,
    people: &People,
    time: &Time,
) -> Result<Vec<String>, Failed> {
    let expected = people.reminders() as u64;
    loop {
        let began_at = time.now();
        let report = client.ask(&people.asked("verify")).await?;
        let took = began_at.duration_until(time.now());
        let of = |state: &str| report["by_state"][state].as_u64().unwrap_or(0);
        let ended: u64 = ENDS.iter().map(|state| of(state)).sum();
        let counters = &report["counters"];
        if ended == expected && counters == "equal" {
            return Ok(Vec::new());
        }
        let lacks_only_news = ended + of("accepted") + of("sent") == expected;
        let patience = if lacks_only_news { PATIENCE_FOR_NEWS } else { PATIENCE };
        if began_at > people.last_at() + patience {
            let states = &report["by_state"];
            return Ok(vec![format!("{ended} of {expected}: {states}, counters {counters}")]);
        }
        time.wait(LOOK_EVERY.max(took * REST)).await;
    }
}

async fn rows(client: &Client, people: &People) -> Result<Vec<Row>, Failed> {
    let mut rows = Vec::new();
    let around = |days: i64| {
        let at = people.last_at() + SignedDuration::from_hours(24 * days);
        at.strftime("%Y-%m-%d").to_string()
    };
    let (from, to) = (around(-2), around(2));
    for name in people.names() {
        let path = format!("users/{name}/reminders?from={from}&to={to}");
        let mut view: Value = client.ask(&people.asked(&path)).await?;
        rows.extend(serde_json::from_value::<Vec<Row>>(view["reminders"].take())?);
    }
    Ok(rows)
}

/// The reminder and attempt that a text's callback address names.
fn named(text: &SandboxText) -> Option<(String, String)> {
    let url = url::Url::parse(text.status_callback.as_deref()?).ok()?;
    let value = |name| url.query_pairs().find(|(key, _)| key == name).map(|(_, v)| v.into_owned());
    Some((value("reminder")?, value("attempt")?))
}

fn count(verdict: &mut Verdict, people: &People, rows: &[Row], texts: &[SandboxText]) {
    let mut by_reminder: HashMap<String, Vec<&SandboxText>> = HashMap::new();
    let mut strange = Vec::new();
    for text in texts.iter().filter(|text| text.direction == Direction::OutboundApi) {
        match named(text) {
            Some((reminder, _)) => by_reminder.entry(reminder).or_default().push(text),
            None => strange.push(format!("{} names no reminder", text.sid)),
        }
    }
    let of = |row: &Row| by_reminder.get(&row.id).map_or(&[][..], Vec::as_slice);
    let bad = |is_bad: &dyn Fn(&Row) -> bool| -> Vec<String> {
        rows.iter().filter(|row| is_bad(row)).map(|row| format!("{row:?}")).collect()
    };
    let expected = people.reminders();
    let planned = (rows.len() != expected).then(|| format!("{} of {expected}", rows.len()));
    verdict.check("every event has its reminder", &Vec::from_iter(planned));
    verdict.check("no reminder is missing at the provider", &bad(&|row| of(row).is_empty()));
    verdict.check("no reminder was texted twice", &bad(&|row| of(row).len() > 1));
    verdict.check("every reminder is delivered", &bad(&|row| row.state != "delivered"));
    let is_due_wrong = |row: &Row| row.nominal_at != row.start - LEAD;
    verdict.check("every reminder is due when it should be", &bad(&is_due_wrong));
    let is_early = |row: &Row| of(row).iter().any(|text| text.created_at < row.nominal_at);
    verdict.check("no text was early", &bad(&is_early));
    let is_after = |row: &Row| of(row).iter().any(|text| text.created_at >= row.start);
    verdict.check("no text came after its event began", &bad(&is_after));
    let is_anothers = |row: &Row| {
        let taken = row.attempts.iter().filter_map(|attempt| attempt.sid.as_deref());
        taken.ne(of(row).iter().map(|text| text.sid.as_str()))
    };
    verdict.check("every reminder knows its text", &bad(&is_anothers));
    let ids: std::collections::HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let unknown = by_reminder.keys().filter(|id| !ids.contains(id.as_str()));
    strange.extend(unknown.map(|id| format!("{id} is no reminder")));
    verdict.check("no text is of nobody", &strange);
}

/// The figures.
fn tell(rows: &[Row], texts: &[SandboxText]) {
    let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
    for attempt in rows.iter().flat_map(|row| &row.attempts) {
        *outcomes.entry(attempt.outcome.as_str()).or_default() += 1;
    }
    let sends: HashMap<&str, Timestamp> =
        rows.iter().map(|row| (row.id.as_str(), row.nominal_at)).collect();
    let mut late: Vec<i64> = texts
        .iter()
        .filter_map(|text| {
            let due = sends.get(named(text)?.0.as_str())?;
            Some(due.duration_until(text.created_at).as_millis() as i64)
        })
        .collect();
    late.sort_unstable();
    let at = |per_cent: usize| late.get(late.len() * per_cent / 100).copied().unwrap_or_default();
    println!(
        "{} reminders, {} texts at the provider; attempts {outcomes:?}; late by p50 {} ms, p90 {} \
         ms, p99 {} ms, at most {} ms",
        rows.len(),
        texts.len(),
        at(50),
        at(90),
        at(99),
        late.last().copied().unwrap_or_default()
    );
}
