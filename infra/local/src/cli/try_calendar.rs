//! `try`: every text that somebody with a calendar would get, without any system running.

use adapters_http::ics::{self, Expanded, Expansion, Feed};
use app::simulate::{Decision, Outlook, OutlookRow, outlook};
use domain::countries::Countries;
use domain::day_plan::PlanInput;
use domain::experiment::board::Enrolment;
use domain::ids::{CalendarId, UserId};
use domain::phone::PhoneNumber;
use domain::rollout::Rollout;
use domain::text_hours::PresetHours;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{ZoneName, Zones, start_of_day};
use domain::user::{Consent, Preferences, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::args::TryArgs;
use super::input::{self, CalendarFile};
use super::outlook_table::{self, Row, counted};
use super::wishes;
use super::{Ended, Exit, Failure, Session};

/// Days that one answer covers at most: a year and some weeks.
const DAYS_MAX: i32 = 400;

pub(super) fn run(session: &mut Session<'_>, args: &TryArgs) -> Ended {
    let zones = Zones::bundled();
    let name = zones.parse(&args.zone).map_err(Failure::input)?;
    let zone = zones.rules(&name).map_err(Failure::input)?;
    let days = days(args, &zone, session.now)?;
    let preferences = wishes::read(&args.wishes)?.without_default_quiet()?;
    let file = input::calendar(session, &args.file)?;
    let feed = ics::read(&file.bytes, &zones);
    let expanded = expand(&feed, days, &preferences, &zone, &args.me)?;
    tell_oddities(session, &file, &feed, &expanded)?;
    let hours = if args.is_24h { HourCycle::H24 } else { HourCycle::H12 };
    let language = args.language.unwrap_or(Language::En);
    let user = user(name, Locale { language, hours }, preferences)?;
    let preset = preset_hours(&user, &zones)?;
    let outlook = look(&expanded, &user, (&zone, &preset), days);
    let rows = outlook.rows.iter().map(Row::from);
    if session.out.is_json() {
        session.out.json_array(rows)?;
        for note in left_out(&outlook) {
            session.out.note(&note)?;
        }
    } else {
        outlook_table::show(&mut session.out, &rows.collect::<Vec<_>>(), &zone)?;
        for line in footer(&outlook, &user, days, &zones) {
            session.out.line(&line)?;
        }
    }
    Ok(Exit::Ok)
}

/// The local dates that are asked about, both included.
fn days(args: &TryArgs, zone: &TimeZone, now: Timestamp) -> Result<(Date, Date), Failure> {
    let from = input::date_or_today(args.from.as_deref(), zone, now)?;
    let to = match &args.to {
        Some(to) => input::date(to).map_err(Failure::input)?,
        None => from,
    };
    if to < from {
        return Err(Failure::input(format!("--to {to} lies before --from {from}")));
    }
    let count = (to - from).get_days();
    if count > DAYS_MAX {
        let what = format!("{from} to {to} are {count} days: ask about {DAYS_MAX} at most");
        return Err(Failure::input(what));
    }
    Ok((from, to))
}

/// The events that may matter to those days.
fn expand(
    feed: &Feed,
    days: (Date, Date),
    preferences: &Preferences,
    zone: &TimeZone,
    own_addresses: &[String],
) -> Result<Expanded, Failure> {
    let lead_days = preferences.longest_lead().minutes().div_ceil(24 * 60);
    let all_day = preferences.counting.all_day.map_or(0, |wish| u32::from(wish.days_before));
    // A text may go out a day ahead of its instant, or wait for some, and days may overlap.
    let margin = Span::new().days(i64::from(lead_days.max(all_day)) + 3);
    let from = start_of_day(days.0.saturating_sub(margin), zone);
    let to = start_of_day(days.1.saturating_add(margin), zone);
    let calendar = CalendarId::parse("main").map_err(Failure::input)?;
    Ok(feed.occurrences(&Expansion {
        calendar: &calendar,
        from,
        to,
        user_zone: zone,
        own_addresses,
        // Everything was there all along: nothing is too late for having come late.
        first_seen_at: Timestamp::MIN,
    }))
}

/// Somebody with nothing against being texted.
fn user(zone: ZoneName, locale: Locale, preferences: Preferences) -> Result<User, Failure> {
    Ok(User {
        id: UserId::parse("try").map_err(Failure::input)?,
        phone: PhoneNumber::try_from("+12025550123".to_owned()).map_err(Failure::input)?,
        is_phone_verified: true,
        zone,
        locale,
        preferences,
        created_at: Timestamp::MIN,
        inputs_version: 1,
        planned: None,
    })
}

/// What a preset that was named adds. Nobody's number is known, so no area code has a say.
fn preset_hours(user: &User, zones: &Zones) -> Result<PresetHours, Failure> {
    let toll_free = PhoneNumber::try_from("+18005550123".to_owned()).map_err(Failure::input)?;
    let preset = user.preferences.quiet_hours.preset.unwrap_or_default();
    PresetHours::for_number(preset, &toll_free, &user.zone, zones).map_err(Failure::input)
}

fn look(
    expanded: &Expanded,
    user: &User,
    (zone, preset): (&TimeZone, &PresetHours),
    days: (Date, Date),
) -> Outlook {
    let rollout = Rollout::default();
    let input = PlanInput {
        user,
        zone,
        preset,
        consent: Consent::OptedIn,
        rollout: &rollout,
        countries: &Countries::ALL,
        events: &expanded.events,
        existing: &[],
        enrolment: Enrolment::NONE,
    };
    outlook(&input, days, None)
}

/// Tells what is odd about the file, and refuses one that is no calendar at all.
fn tell_oddities(
    session: &mut Session<'_>,
    file: &CalendarFile,
    feed: &Feed,
    expanded: &Expanded,
) -> Result<(), Failure> {
    for oddity in feed.oddities().iter().chain(&expanded.oddities) {
        let line = format!("{}:{}: {}", file.name, oddity.line, oddity.what);
        session.out.note(&crate::output::printable(&line))?;
    }
    if feed.series_count() == 0 && !file.has_calendar_word() {
        let what = format!("{} holds no calendar; give an iCalendar file (.ics)", file.name);
        return Err(Failure::input(what));
    }
    Ok(())
}

fn left_out(outlook: &Outlook) -> Vec<String> {
    outlook_table::left_out(outlook.left_out.iter().map(|event| event.reason), outlook.over_rows)
}

/// What the table does not show.
fn footer(outlook: &Outlook, user: &User, days: (Date, Date), zones: &Zones) -> Vec<String> {
    let count = |decision| outlook.rows.iter().filter(|row| row.decision == decision).count();
    let segments: usize = outlook.rows.iter().map(|row: &OutlookRow| row.segments).sum();
    let dates =
        if days.0 == days.1 { days.0.to_string() } else { format!("{} to {}", days.0, days.1) };
    let mut lines = vec![format!(
        "{dates} in {} (zone rules {}): {} to send ({}), {} skipped, {} cancelled",
        user.zone,
        zones.version(),
        count(Decision::Send),
        counted(segments, "segment"),
        count(Decision::Skip),
        count(Decision::Cancel),
    )];
    lines.extend(left_out(outlook));
    if user.preferences.quiet_hours.windows().is_empty() {
        lines.push(
            "no quiet hours; users have 22:00-08:00 unless they choose others (--quiet)".to_owned(),
        );
    }
    lines
}
