//! What somebody wants, read from the command line.

use domain::lead_choice::LeadChoice;
use domain::lead_time::{LeadTime, LeadTimes};
use domain::limits;
use domain::quiet_hours::{QuietHours, QuietPolicy, QuietWindow};
use domain::quiet_parse;
use domain::text_hours::Preset;
use domain::user::{AllDayTime, DailyLimit, Preferences};

use super::Failure;
use super::args::{PolicyArg, WishArgs};

/// What was named; the rest is up to whoever asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) leads: Option<LeadTimes>,
    pub(super) choice: Option<LeadChoice>,
    pub(super) windows: Option<Vec<QuietWindow>>,
    pub(super) policy: Option<QuietPolicy>,
    pub(super) allow_after_start: Option<bool>,
    pub(super) preset: Option<Preset>,
    pub(super) limit: Option<DailyLimit>,
    pub(super) all_day: Option<AllDayTime>,
}

/// Reads everything, or says everything that is wrong.
pub(super) fn read(args: &WishArgs) -> Result<Wishes, Failure> {
    let mut wrong = Vec::new();
    let leads = kept(leads(&args.lead), &mut wrong);
    let choice = kept(choice(&args.lead_choice), &mut wrong);
    let windows = kept(windows(&args.quiet), &mut wrong);
    let limit = kept(args.limit.as_deref().map(limit).transpose(), &mut wrong);
    let all_day = kept(args.all_day.as_deref().map(all_day).transpose(), &mut wrong);
    if !wrong.is_empty() {
        return Err(Failure::input(wrong.join("\n")));
    }
    let policy = args.quiet_policy.map(|policy| match policy {
        PolicyArg::Defer => QuietPolicy::Defer,
        PolicyArg::Advance => QuietPolicy::Advance,
        PolicyArg::Skip => QuietPolicy::Skip,
    });
    let allow_after_start = args.allow_after_start;
    let preset = args.quiet_preset;
    Ok(Wishes { leads, choice, windows, policy, allow_after_start, preset, limit, all_day })
}

impl Wishes {
    /// The preferences of somebody who wants this, and has no quiet hours unless they are named.
    pub(super) fn without_default_quiet(self) -> Result<Preferences, Failure> {
        let windows = self.windows.unwrap_or_default();
        let policy = self.policy.unwrap_or_default();
        let quiet_hours = QuietHours::new(windows, policy, self.allow_after_start.unwrap_or(false));
        let mut quiet_hours = quiet_hours.map_err(Failure::input)?;
        quiet_hours.preset = self.preset;
        let mut wishes = Preferences { quiet_hours, ..Preferences::default() };
        wishes.lead_times = self.leads.unwrap_or(wishes.lead_times);
        wishes.lead_choice = self.choice.unwrap_or_default();
        wishes.daily_limit = self.limit.unwrap_or(wishes.daily_limit);
        wishes.counting.all_day = self.all_day;
        Ok(wishes)
    }
}

fn kept<T>(read: Result<Option<T>, String>, wrong: &mut Vec<String>) -> Option<T> {
    read.map_err(|error| wrong.push(error)).ok().flatten()
}

fn leads(given: &[String]) -> Result<Option<LeadTimes>, String> {
    if given.is_empty() {
        return Ok(None);
    }
    let leads: Result<Vec<_>, _> = given.iter().map(|lead| LeadTime::parse(lead)).collect();
    leads.and_then(|leads| LeadTimes::new(&leads)).map(Some).map_err(|error| error.to_string())
}

/// `none` switches it off.
fn choice(given: &[String]) -> Result<Option<LeadChoice>, String> {
    match given {
        [] => Ok(None),
        [none] if none == "none" => Ok(Some(LeadChoice::default())),
        leads => {
            let leads: Result<Vec<_>, _> = leads.iter().map(|lead| LeadTime::parse(lead)).collect();
            leads
                .and_then(|leads| LeadChoice::new(&leads))
                .map(Some)
                .map_err(|error| error.to_string())
        }
    }
}

fn windows(given: &[String]) -> Result<Option<Vec<QuietWindow>>, String> {
    if given.is_empty() {
        return Ok(None);
    }
    let windows: Result<Vec<_>, _> =
        given.iter().map(|window| quiet_parse::window(window)).collect();
    let windows = windows.map_err(|error| error.to_string())?;
    // Asked for now, so that too many are told with everything else that is wrong.
    QuietHours::new(windows.clone(), QuietPolicy::default(), false)
        .map_err(|error| error.to_string())?;
    Ok(Some(windows))
}

fn limit(given: &str) -> Result<DailyLimit, String> {
    let number: u32 = given.trim().parse().map_err(|_| {
        let most = limits::DAILY_LIMIT_MAX;
        format!("a daily limit of {given:?} is refused: choose 0 (no texts) to {most}")
    })?;
    DailyLimit::new(number).map_err(|error| error.to_string())
}

/// Reads `18:00` (the day before) or `0@07:30` (so many days before).
fn all_day(given: &str) -> Result<AllDayTime, String> {
    const DAYS_MAX: u8 = 7;
    let (days, time) = given.split_once('@').unwrap_or(("1", given));
    let days = days.trim().parse().ok().filter(|days| *days <= DAYS_MAX);
    let at = quiet_parse::clock(time);
    match (days, at) {
        (Some(days_before), Some(at)) => Ok(AllDayTime { days_before, at }),
        _ => Err(format!(
            "time for all-day entries {given:?} is not understood: write 18:00 for the day \
             before, or 0@07:30 for the day itself, up to {DAYS_MAX}@18:00"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(lead: &[&str], quiet: &[&str], limit: Option<&str>, all_day: Option<&str>) -> WishArgs {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        WishArgs {
            lead: owned(lead),
            quiet: owned(quiet),
            quiet_preset: None,
            limit: limit.map(str::to_owned),
            all_day: all_day.map(str::to_owned),
            ..WishArgs::default()
        }
    }

    #[test]
    fn wishes_are_read() {
        let given = args(&["1h", "15m"], &["mon-fri 12:00-13:00"], Some("3"), Some("0@7:30"));
        let wishes = read(&given).unwrap().without_default_quiet().unwrap();
        let leads: Vec<_> = wishes.lead_times.iter().map(|(_, lead)| lead.minutes()).collect();
        assert_eq!(leads, [15, 60]);
        assert_eq!(wishes.quiet_hours.windows().len(), 1);
        assert_eq!(wishes.daily_limit.get(), 3);
        let all_day = wishes.counting.all_day.unwrap();
        assert_eq!((all_day.days_before, all_day.at.to_string()), (0, "07:30:00".to_owned()));
        let eve = read(&args(&[], &[], None, Some("20:00"))).unwrap().all_day.unwrap();
        assert_eq!(eve.days_before, 1);
        let none = read(&WishArgs::default()).unwrap().without_default_quiet().unwrap();
        assert!(none.quiet_hours.windows().is_empty());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let given = args(&["soon"], &["8:00-8:00"], Some("51"), Some("8@18:00"));
        let told = read(&given).unwrap_err().message;
        assert_eq!(told.lines().count(), 4, "{told}");
        for part in ["\"soon\"", "starts when it ends", "limit of 51", "\"8@18:00\""] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let nine = ["01:00-02:00"; 9];
        let told = read(&args(&[], &nine, Some("-1"), None)).unwrap_err().message;
        assert!(told.contains("9 quiet windows are too many"), "{told}");
        assert!(told.contains("\"-1\""), "{told}");
    }
}
