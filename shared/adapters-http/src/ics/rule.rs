//! A recurrence rule as written (RFC 5545, 3.3.10).

use jiff::civil::{Date, DateTime, Weekday};

use super::oddity::quoted;
use super::value::{self, Form};

/// How often a rule repeats. The order is from coarse to fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frequency {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
    Secondly,
}

/// The last moment of a rule, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// The whole day still counts.
    Date(Date),
    Wall(DateTime),
    /// In UTC.
    Utc(DateTime),
}

/// One day of BYDAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    /// Which of them in the month or year, from the end if negative; 0 means all.
    pub(super) nth: i16,
    pub(super) weekday: Weekday,
}

/// A recurrence rule, with what DTSTART tells of it filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) week_start: Weekday,
    pub(super) months: Vec<i16>,
    pub(super) week_numbers: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) days: Vec<Day>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    /// Whether no BY part was written, so that instances lie at even distances.
    pub(super) is_plain: bool,
}

impl Rule {
    fn new(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            week_start: Weekday::Monday,
            months: Vec::new(),
            week_numbers: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            count: None,
            until: None,
            is_plain: true,
        }
    }

    /// Reads a rule of a series that begins at `start`. Beside it come remarks on what was odd;
    /// an error says why nothing can be made of it.
    pub(super) fn parse(
        text: &str,
        start: DateTime,
        is_dates: bool,
    ) -> Result<(Self, Vec<String>), String> {
        let mut remarks = Vec::new();
        let parts: Vec<(String, &str)> = text
            .split(';')
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                (key.trim().to_ascii_uppercase(), value.trim())
            })
            .collect();
        let frequency = parts
            .iter()
            .find(|(key, _)| key == "FREQ")
            .ok_or_else(|| format!("the rule {} has no FREQ", quoted(text)))?
            .1;
        let frequency = parse_frequency(frequency)
            .ok_or_else(|| format!("FREQ={} is none of RFC 5545's", quoted(frequency)))?;
        let mut rule = Self::new(frequency);
        for (key, value) in &parts {
            rule.take(key, value, &mut remarks)?;
        }
        rule.mend(is_dates, &mut remarks)?;
        rule.fill_in(start);
        Ok((rule, remarks))
    }

    fn take(&mut self, key: &str, text: &str, remarks: &mut Vec<String>) -> Result<(), String> {
        let list = |range, remarks: &mut Vec<String>| numbers(key, text, range, remarks);
        match key {
            "FREQ" => {}
            "INTERVAL" => match text.parse::<i64>() {
                Ok(interval @ 1..=1_000_000_000) => self.interval = interval,
                Ok(0) => remarks.push("INTERVAL=0 is taken as 1".to_owned()),
                _ => return Err(format!("INTERVAL={} cannot be used", quoted(text))),
            },
            "COUNT" => match text.parse::<i64>() {
                // Exchange writes a negative COUNT where it means "no end".
                Ok(..0) => remarks.push("a negative COUNT is taken as no end".to_owned()),
                Ok(0) => {
                    remarks.push("COUNT=0 is taken as 1".to_owned());
                    self.count = Some(1);
                }
                Ok(count) => self.count = Some(u32::try_from(count).unwrap_or(u32::MAX)),
                Err(_) => return Err(format!("COUNT={} is no number", quoted(text))),
            },
            "UNTIL" => self.until = Some(until(text, remarks)?),
            "WKST" => match weekday(text) {
                Some(weekday) => self.week_start = weekday,
                None => remarks.push(format!("WKST={} is not a day; it is ignored", quoted(text))),
            },
            "BYMONTH" => self.months = list(1..=12, remarks)?,
            "BYWEEKNO" => self.week_numbers = list(-53..=53, remarks)?,
            "BYYEARDAY" => self.year_days = list(-366..=366, remarks)?,
            "BYMONTHDAY" => self.month_days = list(-31..=31, remarks)?,
            "BYDAY" => self.days = days(text, remarks)?,
            "BYHOUR" => self.hours = list(0..=23, remarks)?,
            "BYMINUTE" => self.minutes = list(0..=59, remarks)?,
            "BYSECOND" => self.seconds = list(0..=60, remarks)?,
            "BYSETPOS" => self.positions = list(-366..=366, remarks)?,
            "RSCALE" if text.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if text.eq_ignore_ascii_case("OMIT") => {}
            "RSCALE" => return Err(format!("RSCALE={} is not supported", quoted(text))),
            _ if key.starts_with("X-") => {}
            _ => remarks.push(format!("rule part {} is ignored", quoted(key))),
        }
        Ok(())
    }

    /// Takes out what RFC 5545 forbids in combination.
    fn mend(&mut self, is_dates: bool, remarks: &mut Vec<String>) -> Result<(), String> {
        use Frequency::{Daily, Monthly, Yearly};
        if is_dates && self.frequency > Daily {
            return Err("a series of whole days cannot repeat within a day".to_owned());
        }
        let times = [&mut self.hours, &mut self.minutes, &mut self.seconds];
        if is_dates && times.iter().any(|list| !list.is_empty()) {
            remarks.push("times of day are ignored in a series of whole days".to_owned());
            times.into_iter().for_each(Vec::clear);
        }
        // A leap second is no second on the wall.
        self.seconds.iter_mut().for_each(|second| *second = (*second).min(59));
        self.seconds.dedup();
        if self.frequency != Yearly && !self.week_numbers.is_empty() {
            remarks.push("BYWEEKNO is ignored: it belongs to yearly rules only".to_owned());
            self.week_numbers.clear();
        }
        let has_no_nth =
            !matches!(self.frequency, Yearly | Monthly) || !self.week_numbers.is_empty();
        if has_no_nth && self.days.iter().any(|day| day.nth != 0) {
            let what = "numbers in BYDAY are ignored: they belong to monthly and yearly rules only";
            remarks.push(what.to_owned());
            self.days.iter_mut().for_each(|day| day.nth = 0);
        }
        if self.count.is_some() && self.until.is_some() {
            remarks.push("both COUNT and UNTIL: the series ends with the earlier".to_owned());
        }
        Ok(())
    }

    /// What is not written is told by DTSTART.
    fn fill_in(&mut self, start: DateTime) {
        use Frequency::{Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};
        let times_written =
            [&self.hours, &self.minutes, &self.seconds].iter().any(|list| !list.is_empty());
        let has_days = !(self.week_numbers.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.days.is_empty());
        self.is_plain =
            !has_days && !times_written && self.months.is_empty() && self.positions.is_empty();
        if !has_days {
            match self.frequency {
                Yearly => {
                    if self.months.is_empty() {
                        self.months = vec![start.month().into()];
                    }
                    self.month_days = vec![start.day().into()];
                }
                Monthly => self.month_days = vec![start.day().into()],
                Weekly => self.days = vec![Day { nth: 0, weekday: start.weekday() }],
                _ => {}
            }
        } else if !self.week_numbers.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.days.is_empty()
        {
            self.days = vec![Day { nth: 0, weekday: start.weekday() }];
        }
        if self.frequency < Hourly && self.hours.is_empty() {
            self.hours = vec![start.hour().into()];
        }
        if self.frequency < Minutely && self.minutes.is_empty() {
            self.minutes = vec![start.minute().into()];
        }
        if self.frequency < Secondly && self.seconds.is_empty() {
            self.seconds = vec![start.second().into()];
        }
    }
}

fn parse_frequency(text: &str) -> Option<Frequency> {
    Some(match text.to_ascii_uppercase().as_str() {
        "YEARLY" => Frequency::Yearly,
        "MONTHLY" => Frequency::Monthly,
        "WEEKLY" => Frequency::Weekly,
        "DAILY" => Frequency::Daily,
        "HOURLY" => Frequency::Hourly,
        "MINUTELY" => Frequency::Minutely,
        "SECONDLY" => Frequency::Secondly,
        _ => return None,
    })
}

fn until(text: &str, remarks: &mut Vec<String>) -> Result<Until, String> {
    let written =
        value::moment(text).ok_or_else(|| format!("UNTIL={} is not a date", quoted(text)))?;
    if !written.is_regular {
        remarks.push(format!("UNTIL={} is not written as RFC 5545 has it", quoted(text)));
    }
    Ok(match written.form {
        Form::Date => Until::Date(written.wall.date()),
        Form::Wall => Until::Wall(written.wall),
        Form::Utc => Until::Utc(written.wall),
    })
}

/// A list of numbers, in order and each once. Zero is allowed only where the range begins with it.
fn numbers(
    key: &str,
    text: &str,
    range: std::ops::RangeInclusive<i16>,
    remarks: &mut Vec<String>,
) -> Result<Vec<i16>, String> {
    let mut list = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match item.parse::<i16>() {
            Ok(number) if range.contains(&number) && (number != 0 || *range.start() == 0) => {
                list.push(number);
            }
            _ => remarks.push(format!("{key}={} is ignored", quoted(item))),
        }
    }
    if list.is_empty() {
        return Err(format!("{key}={} holds nothing that can be used", quoted(text)));
    }
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn days(text: &str, remarks: &mut Vec<String>) -> Result<Vec<Day>, String> {
    let mut list = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let parsed = item.len().checked_sub(2).and_then(|at| {
            let (nth, day) = (item.get(..at)?.trim(), item.get(at..)?);
            let nth = if nth.is_empty() { 0 } else { nth.parse().ok().filter(|nth| *nth != 0)? };
            Some(Day { nth, weekday: weekday(day)? })
        });
        match parsed {
            Some(day) if (-53..=53).contains(&day.nth) => list.push(day),
            _ => remarks.push(format!("BYDAY={} is ignored", quoted(item))),
        }
    }
    if list.is_empty() {
        return Err(format!("BYDAY={} holds no day", quoted(text)));
    }
    Ok(list)
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}
