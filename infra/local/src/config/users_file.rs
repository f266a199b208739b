//! Users in a file: TOML (`[[users]]`), one JSON object a line, or a table (CSV).

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use app::users::{NewUser, usual_locale};
use domain::countries::Countries;
use domain::ids::UserId;
use domain::lead_choice::LeadChoice;
use domain::lead_time::{LeadTime, LeadTimes};
use domain::limits;
use domain::quiet_hours::{QuietHours, QuietPolicy};
use domain::quiet_parse;
use domain::text_hours::Preset;
use domain::texts::{HourCycle, Language};
use domain::time::Zones;
use domain::user::{AllDayTime, Counting, DailyLimit, Preferences};

use super::document::{self, Node, Problem, Section, Value};
use super::users_csv::csv_users;

/// Bytes of a users file at most: some hundred thousand users.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// One user as somebody wrote them down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUser {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// Who they are and what they want; what the file leaves out is the default.
    pub user: NewUser,
    /// Their calendar.
    pub ics: Option<PathBuf>,
}

/// How names and numbers in a users file are read.
#[derive(Debug, Clone, Copy)]
pub struct UserKeys<'a> {
    /// The zones that are known.
    pub zones: &'a Zones,
    /// The country of phone numbers that are written without one.
    pub country: &'a str,
    /// Where texts may go.
    pub countries: &'a Countries,
}

/// Why a users file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadUsersFile {
    /// It cannot be read.
    #[error("cannot read the users file {path:?}: {}", .source)]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Things in it are wrong; no user of it is taken.
    #[error("{}", super::Listed(.path, .problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong with it.
        problems: Vec<Problem>,
    },
}

/// Reads a users file, wholly or not at all.
pub fn read_users(path: &Path, keys: &UserKeys<'_>) -> Result<Vec<FileUser>, BadUsersFile> {
    let text =
        read(path).map_err(|source| BadUsersFile::Unreadable { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_table = path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
    parse_users(&text, is_table, folder, keys)
        .map_err(|problems| BadUsersFile::Invalid { path: path.to_owned(), problems })
}

/// Reads the text of a users file; paths in it are relative to `folder`.
fn parse_users(
    text: &str,
    is_table: bool,
    folder: &Path,
    keys: &UserKeys<'_>,
) -> Result<Vec<FileUser>, Vec<Problem>> {
    let problems = RefCell::default();
    let is_json = text.trim_start().starts_with('{');
    let nodes = match (is_table, is_json) {
        (true, _) => csv_users(text, &problems),
        (_, true) => json_lines(text, &problems),
        _ => toml_users(text, &problems),
    };
    let users: Vec<_> =
        nodes.iter().filter_map(|node| user(node, folder, keys, &problems)).collect();
    let mut lines = HashMap::new();
    for user in &users {
        if let Some(first) = lines.insert(&user.user.id, user.line) {
            let what = format!("names a user that line {first} has already");
            let problem = Problem { line: Some(user.line), key: "id".to_owned(), what };
            problems.borrow_mut().push(problem);
        }
    }
    let mut problems = problems.into_inner();
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(users) } else { Err(problems) }
}

fn toml_users(text: &str, problems: &RefCell<Vec<Problem>>) -> Vec<Node> {
    let root = match document::parse_toml(text) {
        Ok(root) => root,
        Err(found) => {
            problems.borrow_mut().extend(found);
            return Vec::new();
        }
    };
    let section = Section::new("", Some(&root), problems);
    let users = match section.node("users").map(|node| &node.value) {
        Some(Value::List(users)) => users.clone(),
        Some(_) => {
            section.problem("users", "must be written as [[users]], once for each user");
            Vec::new()
        }
        None => {
            section.problem("users", "is missing: write [[users]] above each user");
            Vec::new()
        }
    };
    section.finish();
    users
}

fn json_lines(text: &str, problems: &RefCell<Vec<Problem>>) -> Vec<Node> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(index, line)| document::parse_json(line, index + 1));
    let note = |problem| problems.borrow_mut().push(problem);
    parsed.filter_map(|node| node.map_err(note).ok()).collect()
}

fn user(
    node: &Node,
    folder: &Path,
    keys: &UserKeys<'_>,
    problems: &RefCell<Vec<Problem>>,
) -> Option<FileUser> {
    let fields = Section::new("", Some(node), problems);
    if !fields.is_present() {
        return None;
    }
    for key in ["id", "phone", "zone"] {
        if !fields.has(key) {
            fields.problem(key, "is missing");
        }
    }
    let id = fields.parsed("id", UserId::parse);
    let phone = fields.parsed("phone", |text| keys.countries.read(text, Some(keys.country)));
    let zone = fields.parsed("zone", |name| keys.zones.parse(name));
    let is_phone_verified = fields.bool("verified").unwrap_or(false);
    let hours = fields.parsed("clock", |word| match word {
        "12h" => Ok(HourCycle::H12),
        "24h" => Ok(HourCycle::H24),
        _ => Err("must be \"12h\" or \"24h\""),
    });
    let language = fields.parsed("language", Language::parse);
    let preferences = preferences(&fields);
    let ics = fields.text("ics").map(|path| folder.join(path));
    if let Some(path) = ics.as_ref().filter(|path| !path.is_file()) {
        fields.problem("ics", format!("names {}, which is no file", path.display()));
    }
    fields.finish();
    let phone = phone?;
    let mut locale = usual_locale(&phone);
    locale.hours = hours.unwrap_or(locale.hours);
    locale.language = language.unwrap_or(locale.language);
    let user = NewUser { id: id?, phone, is_phone_verified, zone: zone?, locale, preferences };
    Some(FileUser { line: node.line, user, ics })
}

/// What the user wants; what is wrong is noted and takes its default.
fn preferences(fields: &Section<'_>) -> Preferences {
    let mut wishes = Preferences::default();
    if let Some(on) = fields.bool("reminders") {
        wishes.reminders_on = on;
    }
    if let Some(leads) = fields.texts("lead") {
        let read: Result<Vec<_>, _> = leads.iter().map(|lead| LeadTime::parse(lead)).collect();
        match read.and_then(|leads| LeadTimes::new(&leads)) {
            Ok(leads) => wishes.lead_times = leads,
            Err(error) => fields.problem("lead", error.to_string()),
        }
    }
    if let Some(leads) = fields.texts("lead_choice") {
        let read: Result<Vec<_>, _> = leads.iter().map(|lead| LeadTime::parse(lead)).collect();
        match read.and_then(|leads| LeadChoice::new(&leads)) {
            Ok(choice) => wishes.lead_choice = choice,
            Err(error) => fields.problem("lead_choice", error.to_string()),
        }
    }
    let windows = fields.texts("quiet");
    let policy = fields.parsed("quiet_policy", quiet_policy);
    let allow_after_start = fields.bool("allow_after_start").unwrap_or(false);
    let preset = fields.parsed("quiet_preset", str::parse::<Preset>);
    let windows = match windows {
        None => Ok(wishes.quiet_hours.windows().to_vec()),
        Some(windows) => windows.iter().map(|window| quiet_parse::window(window)).collect(),
    };
    let quiet = windows.and_then(|windows| {
        QuietHours::new(windows, policy.unwrap_or_default(), allow_after_start)
    });
    match quiet {
        Ok(quiet) => {
            wishes.quiet_hours = quiet;
            wishes.quiet_hours.preset = preset;
        }
        Err(error) => fields.problem("quiet", error.to_string()),
    }
    let limit = fields.integer("limit", 0..=i64::from(limits::DAILY_LIMIT_MAX));
    if let Some(limit) = limit.and_then(|limit| DailyLimit::new(u32::try_from(limit).ok()?).ok()) {
        wishes.daily_limit = limit;
    }
    counting(&fields.section("counting"), &mut wishes.counting);
    wishes
}

/// Which entries of calendars count.
fn counting(fields: &Section<'_>, counting: &mut Counting) {
    let kinds: [(&'static str, &mut bool); 6] = [
        ("tentative", &mut counting.tentative),
        ("declined", &mut counting.declined),
        ("transparent", &mut counting.transparent),
        ("out_of_office", &mut counting.out_of_office),
        ("focus_time", &mut counting.focus_time),
        ("working_location", &mut counting.working_location),
    ];
    for (key, counts) in kinds {
        *counts = fields.bool(key).unwrap_or(*counts);
    }
    let all_day = fields.section("all_day");
    let usual = AllDayTime::default();
    let days = all_day.integer("days_before", 0..=7).and_then(|days| days.try_into().ok());
    let at = all_day.parsed("at", |time| {
        quiet_parse::clock(time).ok_or("is not a time on the wall; write it like 18:00")
    });
    if all_day.is_present() {
        let days_before = days.unwrap_or(usual.days_before);
        counting.all_day = Some(AllDayTime { days_before, at: at.unwrap_or(usual.at) });
    }
    all_day.finish();
    fields.finish();
}

/// Reads a quiet policy.
pub(crate) fn quiet_policy(word: &str) -> Result<QuietPolicy, &'static str> {
    match word {
        "defer" => Ok(QuietPolicy::Defer),
        "advance" => Ok(QuietPolicy::Advance),
        "skip" => Ok(QuietPolicy::Skip),
        _ => Err("must be \"defer\", \"advance\" or \"skip\""),
    }
}

fn read(path: &Path) -> io::Result<String> {
    let facts = fs::metadata(path)?;
    if facts.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if facts.len() > FILE_BYTES_MAX {
        return Err(io::Error::other("it is larger than 256 MiB"));
    }
    fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<FileUser>, String> {
        read_as(false, text)
    }

    fn read_as(is_table: bool, text: &str) -> Result<Vec<FileUser>, String> {
        let zones = Zones::bundled();
        let keys = UserKeys { zones: &zones, country: "US", countries: &Countries::ALL };
        parse_users(text, is_table, Path::new("/nowhere"), &keys).map_err(|problems| {
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    const ANA: &str = r#"
        [[users]]
        id = "ana"
        phone = "+12025550123"
        zone = "america/new_york"
        verified = true
        lead = ["15m", "1h"]
        quiet = ["22:00-07:00", "mon-fri 12:00-13:00"]
        quiet_policy = "advance"
        limit = 5
        clock = "24h"
        language = "es"
        [[users]]
        id = "bo"
        phone = "+12025550124"
        zone = "Asia/Tokyo"
        quiet = []
        counting = { declined = true, all_day = { days_before = 0, at = "07:30" } }
    "#;

    #[test]
    fn users_are_read_from_toml() {
        let users = read(ANA).unwrap();
        assert_eq!((users[0].line, users[1].line), (2, 13));
        let ana = &users[0].user;
        assert_eq!((ana.id.as_str(), ana.zone.as_str()), ("ana", "America/New_York"));
        assert!(ana.is_phone_verified);
        assert_eq!(ana.locale.hours, HourCycle::H24);
        assert_eq!(ana.locale.language, Language::Es);
        assert_eq!(ana.preferences.daily_limit.get(), 5);
        assert_eq!(ana.preferences.quiet_hours.windows().len(), 2);
        assert_eq!(ana.preferences.quiet_hours.policy, QuietPolicy::Advance);
        let leads: Vec<_> = ana.preferences.lead_times.iter().map(|l| l.1.minutes()).collect();
        assert_eq!(leads, [15, 60]);
        let bo = &users[1].user;
        assert!(!bo.is_phone_verified);
        assert_eq!(bo.locale.hours, HourCycle::H12);
        let all_day = bo.preferences.counting.all_day.unwrap();
        assert_eq!((all_day.days_before, all_day.at.hour()), (0, 7));
        assert!(bo.preferences.counting.declined);
        assert!(bo.preferences.quiet_hours.windows().is_empty());
        assert_eq!(bo.preferences.daily_limit, DailyLimit::default());
    }

    #[test]
    fn users_are_read_from_lines_of_json() {
        let text = "{\"id\": \"ana\", \"phone\": \"+12025550123\", \"zone\": \"UTC\"}\n\n\
                    {\"id\": \"bo\", \"phone\": \"+12025550124\", \"zone\": \"UTC\", \
                    \"limit\": 0}\n";
        let users = read(text).unwrap();
        assert_eq!(users[0].user.preferences, Preferences::default());
        assert_eq!((users[1].line, users[1].user.preferences.daily_limit.get()), (3, 0));
    }

    #[test]
    fn users_are_read_from_a_table() {
        let text = "id,phone,zone,verified,lead,quiet,limit,counting.declined\r\n\
                    ana,+12025550123,UTC,true,15m; 1h,-,5,yes\r\n\
                    \"bo, the \"\"second\"\"\",+12025550124,Asia/Tokyo,,,,,\r\n";
        let users = read_as(true, text).unwrap();
        let ana = &users[0].user;
        assert!(ana.is_phone_verified && ana.preferences.counting.declined);
        assert_eq!(ana.preferences.lead_times.iter().count(), 2);
        assert!(ana.preferences.quiet_hours.windows().is_empty());
        assert_eq!(ana.preferences.daily_limit.get(), 5);
        let bo = &users[1];
        assert_eq!((bo.line, bo.user.id.as_str()), (3, "bo, the \"second\""));
        assert_eq!(bo.user.preferences, Preferences::default());
        let with_semicolons = "\u{FEFF}id;phone;zone\nana;+12025550123;UTC\n";
        assert_eq!(read_as(true, with_semicolons).unwrap().len(), 1);
        let check = |text: &str, expected: &str| {
            let refused = read_as(true, text).unwrap_err();
            assert!(refused.contains(expected), "{text}: {refused}");
        };
        check("id,phone,zone\nana,+12025550123\n", "line 2: has not as many cells");
        check("id,phone,zone,limt\nana,+12025550123,UTC,5\n", "did you mean `limit`?");
        check("id,phone,zone,limit\nana,+12025550123,UTC,many\n", "line 2: `limit` must be");
        check("id,phone,zone,verified\nana,+12025550123,UTC,ja\n", "must be true or false");
        check("id,phone,zone\n\nana,hello,UTC\n", "line 3: `phone`");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(ANA.contains(from), "{from}");
            let refused = read(&ANA.replace(from, to)).unwrap_err();
            assert!(refused.contains(expected), "{to}: {refused}");
        };
        check("america/new_york", "America/New_Yrok", "line 5: `zone` time zone");
        check("america/new_york", "America/New_Yrok", "did you mean America/New_York");
        check("\"+12025550123\"", "\"hello\"", "line 4: `phone`");
        check("\"bo\"", "\"ana\"", "line 13: `id` names a user that line 2 has already");
        check("limit = 5", "limit = 99", "line 10: `limit` must lie between 0 and 50");
        check("limit = 5", "limt = 5", "line 10: `limt` is not a known key; did you mean `limit`?");
        check(
            "verified = true",
            "verified = \"yes\"",
            "`verified` must be true or false, not text",
        );
        check("\"1h\"]", "\"soon\"]", "line 7: `lead` lead time \"soon\" is not understood");
        check("22:00-07:00", "22:00-22:00", "starts when it ends");
        check("\"advance\"", "\"wait\"", "must be \"defer\", \"advance\" or \"skip\"");
        check("id = \"bo\"", "ics = \"bo.ics\"", "line 13: `id` is missing");
        check("id = \"bo\"", "ics = \"bo.ics\"", "`ics` names /nowhere/bo.ics, which is no file");
        check("declined = true", "declnied = true", "did you mean `counting.declined`?");
        check("07:30", "7h", "`counting.all_day.at` is not a time on the wall");
        check("[[users]]", "[[user]]", "did you mean `users`?");
        check("[[users]]", "[[users]", "this is not TOML");
        assert!(read("").unwrap_err().contains("`users` is missing"));
        assert!(read("{\"id\": }\n").unwrap_err().starts_with("line 1: this is not JSON"));
    }
}
