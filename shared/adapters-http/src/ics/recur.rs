//! The instances of a recurrence rule, in civil time.
//!
//! Why not the crate `rrule`: version 0.14 walks every instance since DTSTART, looks for further
//! ones up to the year 10,000 where there are none, and gets some rules wrong; the tests in
//! `tests/second_opinion.rs` name what. It stays as the second opinion there.
//!
//! A rule divides time into periods (years, months, weeks, days, hours, minutes or seconds), every
//! `interval`-th of which counts. Periods are numbered, so the walk begins at the one it needs.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};

use super::limits;
use super::rule::{Frequency, Rule};

/// A walk took more steps than it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManySteps;

/// Where COUNT ends a series.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LastByCount {
    pub(super) last: DateTime,
    /// Whether the count was reached; if not, `last` is how far the walk came.
    pub(super) is_complete: bool,
}

/// Calls `each` with the instances of a rule from `from` to `to`, both included, in order, until
/// it says `false`. Neither COUNT nor UNTIL is looked at. DTSTART is an instance only if the rule
/// says so.
pub(super) fn walk(
    rule: &Rule,
    start: DateTime,
    from: DateTime,
    to: DateTime,
    steps: &mut u64,
    each: &mut dyn FnMut(DateTime) -> bool,
) -> Result<(), TooManySteps> {
    let from = from.max(start);
    if from > to {
        return Ok(());
    }
    let allowance = limits::RULE_STEPS_MAX.min(*steps);
    let mut walk = Walk { rule, start, from, to, allowance, spent: 0, each };
    let result = walk.run();
    *steps = steps.saturating_sub(walk.spent);
    result.map(|_| ())
}

/// The last instance that COUNT allows, if the rule has a COUNT. A DTSTART that the rule does not
/// name is not counted: RFC 5545 (3.8.5.3) leaves it open, and the libraries behind most calendar
/// programs have it so.
pub(super) fn last_by_count(rule: &Rule, start: DateTime, steps: &mut u64) -> Option<LastByCount> {
    let count = i64::from(rule.count?);
    let seconds = match rule.frequency {
        Frequency::Weekly => 7 * DAY,
        Frequency::Daily => DAY,
        Frequency::Hourly => 3600,
        Frequency::Minutely => 60,
        Frequency::Secondly => 1,
        Frequency::Yearly | Frequency::Monthly => 0,
    };
    if rule.is_plain && seconds > 0 {
        let distance = (count - 1).saturating_mul(rule.interval).saturating_mul(seconds);
        let last = start.saturating_add(SignedDuration::from_secs(distance));
        return Some(LastByCount { last, is_complete: true });
    }
    let (mut seen, mut last) = (0, start);
    let mut count_one = |wall| {
        seen += 1;
        last = wall;
        seen < count
    };
    let walked = walk(rule, start, start, DateTime::MAX, steps, &mut count_one);
    Some(LastByCount { last, is_complete: walked.is_ok() })
}

const DAY: i64 = 86_400;
const EPOCH: Date = Date::constant(1970, 1, 1);

struct Walk<'a> {
    rule: &'a Rule,
    start: DateTime,
    from: DateTime,
    to: DateTime,
    allowance: u64,
    spent: u64,
    each: &'a mut dyn FnMut(DateTime) -> bool,
}

/// Whether to go on.
type Step = Result<bool, TooManySteps>;

impl Walk<'_> {
    fn spend(&mut self, steps: u64) -> Result<(), TooManySteps> {
        self.spent += steps;
        if self.spent > self.allowance { Err(TooManySteps) } else { Ok(()) }
    }

    fn run(&mut self) -> Step {
        let first = self.period_of(self.start);
        // One period more on both sides: a year by week numbers begins in the year before.
        let lowest = self.period_of(self.from) - 1;
        let highest = self.period_of(self.to) + 1;
        let mut period = self.aligned(first, lowest);
        let times = self.times(None);
        let mut days = Vec::new();
        while period <= highest {
            self.spend(1)?;
            let next = if self.rule.frequency > Frequency::Daily {
                match self.within_a_day(period)? {
                    FineStep::Skip { to } => self.aligned(first, to),
                    FineStep::Done => period + self.rule.interval,
                    FineStep::Stop => return Ok(false),
                }
            } else {
                days.clear();
                self.days_of(period, &mut days)?;
                if !self.visit(&days, &times)? {
                    return Ok(false);
                }
                period + self.rule.interval
            };
            period = next;
        }
        Ok(true)
    }

    /// The first period of the rule that is not before `lowest`.
    fn aligned(&self, first: i64, lowest: i64) -> i64 {
        if lowest <= first {
            return first;
        }
        let missing = (lowest - first) % self.rule.interval;
        if missing == 0 { lowest } else { lowest + (self.rule.interval - missing) }
    }

    fn period_of(&self, wall: DateTime) -> i64 {
        let day = day_number(wall.date());
        let (hour, minute) = (i64::from(wall.hour()), i64::from(wall.minute()));
        match self.rule.frequency {
            Frequency::Yearly => wall.year().into(),
            Frequency::Monthly => i64::from(wall.year()) * 12 + i64::from(wall.month()) - 1,
            Frequency::Weekly => (day - self.first_week_start()).div_euclid(7),
            Frequency::Daily => day,
            Frequency::Hourly => day * 24 + hour,
            Frequency::Minutely => (day * 24 + hour) * 60 + minute,
            Frequency::Secondly => {
                ((day * 24 + hour) * 60 + minute) * 60 + i64::from(wall.second())
            }
        }
    }

    /// The day number on which week 0 begins. 1970-01-01 was a Thursday.
    fn first_week_start(&self) -> i64 {
        i64::from(self.rule.week_start.to_monday_zero_offset()) - 3
    }

    /// The days of a period that the rule names, in order.
    fn days_of(&mut self, period: i64, days: &mut Vec<Date>) -> Result<(), TooManySteps> {
        let rule = self.rule;
        match rule.frequency {
            Frequency::Yearly if !rule.week_numbers.is_empty() => {
                self.spend(10)?;
                self.days_by_week(period, days);
            }
            Frequency::Yearly => {
                let Ok(year) = i16::try_from(period) else { return Ok(()) };
                let months = if rule.months.is_empty() { &ALL_MONTHS[..] } else { &rule.months };
                for month in months {
                    self.spend(2)?;
                    self.days_of_month(year, *month, days);
                }
            }
            Frequency::Monthly => {
                let year = i16::try_from(period.div_euclid(12));
                let month = i16::try_from(period.rem_euclid(12) + 1);
                let (Ok(year), Ok(month)) = (year, month) else { return Ok(()) };
                if rule.months.is_empty() || rule.months.contains(&month) {
                    self.spend(2)?;
                    self.days_of_month(year, month, days);
                }
            }
            Frequency::Weekly => {
                let begin = period * 7 + self.first_week_start();
                let week = (begin..begin + 7).filter_map(date_of);
                days.extend(week.filter(|date| self.is_named(*date)));
            }
            _ => days.extend(date_of(period).filter(|date| self.is_named(*date))),
        }
        Ok(())
    }

    fn days_of_month(&self, year: i16, month: i16, days: &mut Vec<Date>) {
        let Some(first) = i8::try_from(month).ok().and_then(|m| Date::new(year, m, 1).ok()) else {
            return;
        };
        // Most monthly and yearly rules name days of the month and nothing else.
        if let ([day], [], []) = (&*self.rule.month_days, &*self.rule.days, &*self.rule.year_days) {
            let last = i16::from(first.days_in_month());
            let day = if *day < 0 { last + 1 + *day } else { *day };
            let day = i8::try_from(day).unwrap_or_default();
            days.extend(Date::new(year, first.month(), day).ok());
            return;
        }
        let all = (1..=first.days_in_month()).filter_map(|day| first.with().day(day).build().ok());
        days.extend(all.filter(|date| self.is_named(*date)));
    }

    /// The days of a year's numbered weeks; those of its first and last week may lie outside of it.
    fn days_by_week(&self, period: i64, days: &mut Vec<Date>) {
        let bounds = first_week_of(period, self.rule).zip(first_week_of(period + 1, self.rule));
        let Some((begin, end)) = bounds else { return };
        let weeks = (end - begin) / 7;
        for day in begin..end {
            let week = (day - begin) / 7 + 1;
            let is_wanted = self.rule.week_numbers.iter().any(|number| {
                let number = i64::from(*number);
                number == week || number == week - weeks - 1
            });
            if is_wanted {
                days.extend(date_of(day).filter(|date| self.is_named(*date)));
            }
        }
    }

    /// Whether the parts of the rule that speak of days name this one.
    fn is_named(&self, date: Date) -> bool {
        let rule = self.rule;
        let (day, in_month) = (i16::from(date.day()), i16::from(date.days_in_month()));
        let from_end = |nth: i16, length: i16| nth - length - 1;
        if !rule.months.is_empty() && !rule.months.contains(&date.month().into()) {
            return false;
        }
        if !rule.month_days.is_empty()
            && !rule.month_days.iter().any(|n| *n == day || *n == from_end(day, in_month))
        {
            return false;
        }
        let (year_day, in_year) = (date.day_of_year(), date.days_in_year());
        if !rule.year_days.is_empty()
            && !rule.year_days.iter().any(|n| *n == year_day || *n == from_end(year_day, in_year))
        {
            return false;
        }
        // "The 2nd Monday" counts within the month, but within the year in a yearly rule without
        // BYMONTH.
        let by_month = rule.frequency == Frequency::Monthly || !rule.months.is_empty();
        let (at, length) = if by_month { (day, in_month) } else { (year_day, in_year) };
        let weekday = date.weekday();
        rule.days.is_empty()
            || rule.days.iter().any(|day| {
                day.weekday == weekday
                    && (day.nth == 0
                        || day.nth == (at - 1) / 7 + 1
                        || day.nth == -((length - at) / 7 + 1))
            })
    }

    /// The times of day of each instance. `fixed` are the hour, minute and second that the period
    /// itself tells.
    fn times(&self, fixed: Option<Time>) -> Vec<Time> {
        let rule = self.rule;
        let of = |list: &[i16], is_fixed: bool, told: fn(Time) -> i8| -> Vec<i8> {
            match fixed {
                Some(time) if is_fixed => vec![told(time)],
                _ => list.iter().filter_map(|n| i8::try_from(*n).ok()).collect(),
            }
        };
        let hours = of(&rule.hours, rule.frequency >= Frequency::Hourly, Time::hour);
        let minutes = of(&rule.minutes, rule.frequency >= Frequency::Minutely, Time::minute);
        let seconds = of(&rule.seconds, rule.frequency >= Frequency::Secondly, Time::second);
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                let at = |second: &i8| Time::new(*hour, *minute, *second, 0).ok();
                times.extend(seconds.iter().filter_map(at));
            }
        }
        times
    }

    /// Hands on the instances of one period.
    fn visit(&mut self, days: &[Date], times: &[Time]) -> Step {
        if self.rule.positions.is_empty() {
            for day in days {
                for time in times {
                    if !self.offer(day.to_datetime(*time))? {
                        return Ok(false);
                    }
                }
            }
            return Ok(true);
        }
        let length = days.len() * times.len();
        let mut chosen: Vec<usize> = Vec::new();
        for position in &self.rule.positions {
            let at = usize::from(position.unsigned_abs());
            let index = if *position > 0 { Some(at - 1) } else { length.checked_sub(at) };
            chosen.extend(index.filter(|index| *index < length));
        }
        chosen.sort_unstable();
        chosen.dedup();
        for index in chosen {
            if !self.offer(days[index / times.len()].to_datetime(times[index % times.len()]))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn offer(&mut self, wall: DateTime) -> Step {
        self.spend(1)?;
        if wall < self.from {
            return Ok(true);
        }
        Ok(wall <= self.to && (self.each)(wall))
    }

    /// One period of an hourly, minutely or secondly rule. Where the rule does not name its day,
    /// hour or minute, the walk goes on at the next one.
    fn within_a_day(&mut self, period: i64) -> Result<FineStep, TooManySteps> {
        let frequency = self.rule.frequency;
        let seconds = match frequency {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let at = period * seconds;
        let (day, second) = (at.div_euclid(DAY), at.rem_euclid(DAY));
        let Some(date) = date_of(day) else { return Ok(FineStep::Stop) };
        let next = |unit: i64| FineStep::Skip { to: (at.div_euclid(unit) + 1) * unit / seconds };
        if !self.is_named(date) {
            return Ok(next(DAY));
        }
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let is_named = |list: &[i16], value: i64| {
            list.is_empty() || list.iter().any(|number| i64::from(*number) == value)
        };
        if !is_named(&self.rule.hours, hour) {
            return Ok(next(3600));
        }
        if frequency >= Frequency::Minutely && !is_named(&self.rule.minutes, minute) {
            return Ok(next(60));
        }
        if frequency >= Frequency::Secondly && !is_named(&self.rule.seconds, second % 60) {
            return Ok(FineStep::Done);
        }
        let part = |value: i64| i8::try_from(value).unwrap_or(0);
        let time = Time::new(part(hour), part(minute), part(second % 60), 0).ok();
        let times = self.times(time);
        let goes_on = self.visit(&[date], &times)?;
        Ok(if goes_on { FineStep::Done } else { FineStep::Stop })
    }
}

enum FineStep {
    /// Nothing here; go on with the period `to`.
    Skip {
        to: i64,
    },
    /// Go on with the next period of the rule.
    Done,
    Stop,
}

const ALL_MONTHS: [i16; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

fn day_number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_secs() / DAY
}

fn date_of(day: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()
}

/// The day number on which the first week of a year begins: the week that has at least four of its
/// days in the year (RFC 5545, BYWEEKNO).
fn first_week_of(year: i64, rule: &Rule) -> Option<i64> {
    let january_4 = Date::new(i16::try_from(year).ok()?, 1, 4).ok()?;
    Some(day_number(january_4) - i64::from(january_4.weekday().since(rule.week_start)))
}
