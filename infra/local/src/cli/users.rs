//! `users`: add, list, import, show and change them.

use std::path::Path;

use app::users::{NewUser, usual_locale};
use domain::ids::UserId;
use domain::lead_choice::LeadChoice;
use domain::phone::PhoneNumber;
use domain::quiet_hours::{QuietHours, QuietPolicy};
use domain::quiet_parse;
use domain::texts::HourCycle;
use domain::time::Zones;
use domain::user::{AllDayTime, Preferences};
use http::Method;
use serde_json::{Map, Value, json};

use super::args::{AddUserArgs, ClockArg, ImportArgs, SetUserArgs, Switch, UsersCommand, WishArgs};
use super::calendar;
use super::client::{Client, Payload};
use super::people;
use super::users_view::{self, text};
use super::wishes::{self, Wishes};
use super::{Ended, Exit, Failure, Session};
use crate::config::{UserKeys, read_users};

/// Users asked for at a time: as many as the API gives.
const PAGE: &str = "500";

/// Lines sent in one import: far fewer than the API takes.
const IMPORT_LINES: usize = 1_000;

pub(super) fn run(session: &mut Session<'_>, command: &UsersCommand) -> Ended {
    match command {
        UsersCommand::Add(args) => add(session, args),
        UsersCommand::List => list(session),
        UsersCommand::Import(args) => import(session, args),
        UsersCommand::Show { user } => show(session, user),
        UsersCommand::Set(args) => set(session, args),
        UsersCommand::Code { user, code, trial } => {
            people::code(session, user, code.as_deref(), trial.dry_run)
        }
        UsersCommand::Export { user, ics } => people::export(session, user, *ics),
        UsersCommand::Erase { user, yes, trial } => {
            people::erase(session, user, *yes, trial.dry_run)
        }
    }
}

/// Every user, as the API tells of them in lists.
pub(super) fn all_users(client: &Client<'_>) -> Result<Vec<Value>, Failure> {
    let mut users = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut query = vec![("limit", PAGE)];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let mut page: Value = client.get(&["users"], &query)?;
        if let Some(Value::Array(found)) = page.get_mut("users").map(Value::take) {
            users.extend(found);
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(users),
        }
    }
}

fn add(session: &mut Session<'_>, args: &AddUserArgs) -> Ended {
    let config = session.config()?;
    let user = new_user(args, &config.zones()?, &config.default_country)?;
    let calendar = args.ics.as_deref().map(|path| super::input::calendar(session, path));
    let calendar = calendar.transpose()?;
    let client = Client::of(session)?;
    if args.trial.dry_run {
        return try_import(session, &client, &[user]);
    }
    let body = Payload::Json(body_of(&user));
    let added: Value = client.call(Method::POST, &["users"], &[], body)?;
    if session.out.is_json() {
        session.out.json(&added)?;
    } else {
        session.out.line(&format!("added {}", user.id))?;
        if !user.is_phone_verified {
            session.out.line(
                "nothing is texted until the number is verified: --verified vouches for it, `users \
                 code` asks them",
            )?;
        }
    }
    if let Some(file) = calendar {
        calendar::put(session, &client, user.id.as_str(), calendar::MAIN, file)?;
    }
    Ok(Exit::Ok)
}

fn new_user(args: &AddUserArgs, zones: &Zones, country: &str) -> Result<NewUser, Failure> {
    let mut wrong = Vec::new();
    let mut note = |error: String| wrong.push(error);
    let id = UserId::parse(&args.id).map_err(|error| note(error.to_string())).ok();
    let phone = PhoneNumber::parse(&args.phone, Some(country));
    let phone = phone.map_err(|error| note(error.to_string())).ok();
    let zone = zones.parse(&args.zone).map_err(|error| note(error.to_string())).ok();
    let wishes = wishes::read(&args.wishes).map_err(|failure| note(failure.message)).ok();
    let (Some(id), Some(phone), Some(zone), Some(wishes)) = (id, phone, zone, wishes) else {
        return Err(Failure::input(wrong.join("\n")));
    };
    let mut locale = usual_locale(&phone);
    locale.hours = args.clock.clock.map_or(locale.hours, hours);
    locale.language = args.clock.language.unwrap_or(locale.language);
    let preferences = preferences(wishes, args.no_quiet)?;
    let is_phone_verified = args.verified;
    Ok(NewUser { id, phone, is_phone_verified, zone, locale, preferences })
}

fn preferences(wishes: Wishes, no_quiet: bool) -> Result<Preferences, Failure> {
    let usual = Preferences::default();
    let windows = match wishes.windows {
        _ if no_quiet => Vec::new(),
        Some(windows) => windows,
        None => usual.quiet_hours.windows().to_vec(),
    };
    let allow_after_start = wishes.allow_after_start.unwrap_or(false);
    let policy = wishes.policy.unwrap_or_default();
    let mut quiet_hours =
        QuietHours::new(windows, policy, allow_after_start).map_err(Failure::input)?;
    quiet_hours.preset = wishes.preset;
    let mut counting = usual.counting;
    counting.all_day = wishes.all_day;
    Ok(Preferences {
        reminders_on: true,
        lead_times: wishes.leads.unwrap_or(usual.lead_times),
        lead_choice: wishes.choice.unwrap_or_default(),
        quiet_hours,
        daily_limit: wishes.limit.unwrap_or(usual.daily_limit),
        counting,
    })
}

fn list(session: &mut Session<'_>) -> Ended {
    let users = all_users(&Client::of(session)?)?;
    if session.out.is_json() {
        session.out.json_array(&users)?;
    } else {
        users_view::list(&mut session.out, &users)?;
    }
    Ok(Exit::Ok)
}

fn show(session: &mut Session<'_>, user: &str) -> Ended {
    let user: Value = Client::of(session)?.get(&["users", user], &[])?;
    if session.out.is_json() {
        session.out.json(&user)?;
    } else {
        users_view::one(&mut session.out, &user)?;
    }
    Ok(Exit::Ok)
}

fn import(session: &mut Session<'_>, args: &ImportArgs) -> Ended {
    let config = session.config()?;
    let zones = config.zones()?;
    let keys =
        UserKeys { zones: &zones, country: &config.default_country, countries: &config.countries };
    let users = read_users(&args.file, &keys)?;
    let client = Client::of(session)?;
    let new: Vec<_> = users.iter().map(|user| user.user.clone()).collect();
    if args.trial.dry_run {
        return try_import(session, &client, &new);
    }
    let told = send_import(&client, &new, false)?;
    tell_import(session, &told)?;
    for user in &users {
        let is_new = told.iter().any(|line| {
            text(line, "id") == user.user.id.as_str() && text(line, "outcome") == "added"
        });
        if let Some(path) = user.ics.as_deref().filter(|_| is_new) {
            put_calendar(session, &client, user.user.id.as_str(), path)?;
        }
    }
    Ok(refusals(&told))
}

fn put_calendar(
    session: &mut Session<'_>,
    client: &Client<'_>,
    user: &str,
    path: &Path,
) -> Result<(), Failure> {
    let file = super::input::calendar(session, path)?;
    calendar::put(session, client, user, calendar::MAIN, file)
}

/// What would become of users, by the running system's own judgement.
fn try_import(session: &mut Session<'_>, client: &Client<'_>, users: &[NewUser]) -> Ended {
    let told = send_import(client, users, true)?;
    tell_import(session, &told)?;
    Ok(refusals(&told))
}

fn send_import(
    client: &Client<'_>,
    users: &[NewUser],
    dry_run: bool,
) -> Result<Vec<Value>, Failure> {
    let mut told = Vec::new();
    let query = [("dry_run", if dry_run { "true" } else { "false" })];
    for part in users.chunks(IMPORT_LINES) {
        let lines: String = part.iter().map(|user| format!("{}\n", body_of(user))).collect();
        let payload = Payload::JsonLines(lines);
        let mut answer: Value = client.call(Method::POST, &["users", "import"], &query, payload)?;
        if let Some(Value::Array(lines)) = answer.get_mut("lines").map(Value::take) {
            told.extend(lines);
        }
    }
    Ok(told)
}

fn tell_import(session: &mut Session<'_>, lines: &[Value]) -> Result<(), Failure> {
    if session.out.is_json() {
        session.out.json_array(lines)?;
    } else {
        users_view::imported(&mut session.out, lines)?;
    }
    Ok(())
}

fn refusals(lines: &[Value]) -> Exit {
    let is_refused = lines.iter().any(|line| text(line, "outcome") == "refused");
    if is_refused { Exit::BadInput } else { Exit::Ok }
}

fn set(session: &mut Session<'_>, args: &SetUserArgs) -> Ended {
    let config = session.config()?;
    let change = change(args, &config.zones()?, &config.default_country)?;
    if change.is_empty() {
        let what = "nothing to change; name a setting, like --lead 30m (see --help)";
        return Err(Failure::new(Exit::Usage, what));
    }
    let client = Client::of(session)?;
    let before: Value = client.get(&["users", &args.user], &[])?;
    if args.trial.dry_run {
        return users_view::would_change(&mut session.out, &before, &Value::Object(change));
    }
    let path = ["users", &args.user, "settings"];
    let payload = Payload::Json(Value::Object(change));
    let after: Value = client.call(Method::PATCH, &path, &[], payload)?;
    if session.out.is_json() {
        session.out.json(&after)?;
    } else {
        users_view::one(&mut session.out, &after)?;
    }
    Ok(Exit::Ok)
}

/// The settings that were named, checked here and in the API's words.
fn change(args: &SetUserArgs, zones: &Zones, country: &str) -> Result<Map<String, Value>, Failure> {
    let mut wrong = Vec::new();
    let mut change = Map::new();
    let mut put = |key: &str, value: Value| change.insert(key.to_owned(), value);
    if let Some(given) = &args.phone {
        match PhoneNumber::parse(given, Some(country)) {
            Ok(phone) => drop(put("phone", phone.as_e164().into())),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if let Some(given) = &args.zone {
        match zones.parse(given) {
            Ok(zone) => drop(put("zone", zone.as_str().into())),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if args.verified {
        put("verified", true.into());
    }
    if let Some(to) = args.reminders {
        put("reminders", (to == Switch::On).into());
    }
    if let Some(clock) = args.clock.clock {
        put("clock", clock_word(hours(clock)).into());
    }
    if let Some(language) = args.clock.language {
        put("language", language.tag().into());
    }
    if args.no_quiet {
        put("quiet", json!([]));
    }
    if args.no_all_day {
        put("counting", json!({ "all_day": null }));
    }
    match wishes::read(&args.wishes) {
        Ok(wishes) => named(&args.wishes, wishes, &mut change),
        Err(failure) => wrong.push(failure.message),
    }
    if wrong.is_empty() { Ok(change) } else { Err(Failure::input(wrong.join("\n"))) }
}

/// What was named of wishes, in the API's words.
fn named(given: &WishArgs, wishes: Wishes, change: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| change.insert(key.to_owned(), value);
    if !given.lead.is_empty() {
        put("lead", json!(given.lead));
    }
    if let Some(choice) = &wishes.choice {
        put("lead_choice", json!(choice_words(choice)));
    }
    if let Some(windows) = wishes.windows {
        put("quiet", windows.iter().map(quiet_parse::write).collect());
    }
    if let Some(policy) = wishes.policy {
        put("quiet_policy", policy_word(policy).into());
    }
    if let Some(allow) = wishes.allow_after_start {
        put("allow_after_start", allow.into());
    }
    if let Some(preset) = wishes.preset {
        put("quiet_preset", preset.as_str().into());
    }
    if let Some(limit) = wishes.limit {
        put("limit", limit.get().into());
    }
    if let Some(all_day) = wishes.all_day {
        put("counting", json!({ "all_day": all_day_body(all_day) }));
    }
}

fn choice_words(choice: &LeadChoice) -> Vec<String> {
    choice.iter().map(|lead| format!("{}m", lead.minutes())).collect()
}

/// A user as the API takes them.
fn body_of(user: &NewUser) -> Value {
    let wishes = &user.preferences;
    let leads = wishes.lead_times.iter().map(|(_, lead)| format!("{}m", lead.minutes()));
    let counting = &wishes.counting;
    json!({
        "id": user.id.as_str(),
        "phone": user.phone.as_e164(),
        "zone": user.zone.as_str(),
        "verified": user.is_phone_verified,
        "clock": clock_word(user.locale.hours),
        "language": user.locale.language.tag(),
        "reminders": wishes.reminders_on,
        "lead": leads.collect::<Vec<_>>(),
        "lead_choice": choice_words(&wishes.lead_choice),
        "quiet": wishes.quiet_hours.windows().iter().map(quiet_parse::write).collect::<Vec<_>>(),
        "quiet_policy": policy_word(wishes.quiet_hours.policy),
        "allow_after_start": wishes.quiet_hours.allow_after_start,
        "quiet_preset": wishes.quiet_hours.preset.map(domain::text_hours::Preset::as_str),
        "limit": wishes.daily_limit.get(),
        "counting": {
            "tentative": counting.tentative,
            "declined": counting.declined,
            "transparent": counting.transparent,
            "out_of_office": counting.out_of_office,
            "focus_time": counting.focus_time,
            "working_location": counting.working_location,
            "all_day": counting.all_day.map(all_day_body),
        },
    })
}

fn all_day_body(wish: AllDayTime) -> Value {
    json!({ "days_before": wish.days_before, "at": wish.at.strftime("%H:%M").to_string() })
}

fn hours(clock: ClockArg) -> HourCycle {
    match clock {
        ClockArg::H12 => HourCycle::H12,
        ClockArg::H24 => HourCycle::H24,
    }
}

fn clock_word(hours: HourCycle) -> &'static str {
    match hours {
        HourCycle::H12 => "12h",
        HourCycle::H24 => "24h",
    }
}

fn policy_word(policy: QuietPolicy) -> &'static str {
    match policy {
        QuietPolicy::Defer => "defer",
        QuietPolicy::Advance => "advance",
        QuietPolicy::Skip => "skip",
    }
}
