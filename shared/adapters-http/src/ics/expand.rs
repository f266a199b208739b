//! From series to occurrences within a window.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use domain::calendar_event::{CalendarEvent, EventTime};
use domain::ids::Occurrence;
use domain::time;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp};

use super::entry::{Change, End, Entry, Extra, SeriesRule};
use super::moment::{Clock, Moment};
use super::oddity::Oddities;
use super::rule::Until;
use super::series::Series;
use super::value::Nominal;
use super::{Expansion, limits, recur};

/// A change of a series' start by more than this is not carried on to later occurrences.
const SHIFT_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Expands one series after another.
pub(super) struct Expander<'a> {
    pub(super) ask: &'a Expansion<'a>,
    /// The user's addresses in small letters.
    pub(super) own: HashSet<String>,
    /// Steps that walks along rules may still take.
    pub(super) steps: u64,
    pub(super) events: Vec<CalendarEvent>,
    pub(super) oddities: Oddities,
    /// Whether it has been told that there are too many occurrences.
    pub(super) is_full: bool,
}

/// A series with its changes sorted out.
struct Sorted<'s> {
    master: &'s Entry,
    /// Changes by the original start, as the master's wall shows it.
    changes: BTreeMap<DateTime, &'s Entry>,
    /// Those that go on for all later occurrences, and by how much these are moved.
    following: BTreeMap<DateTime, (&'s Entry, SignedDuration)>,
    /// What is excluded, with the changes themselves, which are emitted on their own.
    excluded: HashSet<DateTime>,
    excluded_days: HashSet<Date>,
}

impl Expander<'_> {
    pub(super) fn series(&mut self, series: &Series) {
        let Some(master) = &series.master else {
            self.orphans(series);
            return;
        };
        if !master.is_series && series.changes.is_empty() {
            self.emit_single(master);
            return;
        }
        let sorted = self.sort(master, series);
        for (original, change) in &sorted.changes {
            let name = name_of(*original, &master.start.clock);
            let length = self.length_of(change, master);
            self.emit(change, Some(master), &change.start, length, name);
        }
        if master.is_series {
            self.occurrences(&sorted);
        } else if !sorted.excluded.contains(&master.start.wall) {
            self.emit_single(master);
        }
    }

    fn emit_single(&mut self, entry: &Entry) {
        let length = length(&entry.start, &entry.end, self.ask);
        self.emit(entry, None, &entry.start, length, Occurrence::single());
    }

    /// Changes to occurrences of a series that is not in the file, as invitations to one
    /// occurrence are.
    fn orphans(&mut self, series: &Series) {
        let mut newest: BTreeMap<String, (&Entry, Occurrence)> = BTreeMap::new();
        for entry in &series.changes {
            let Some(change) = &entry.changes else { continue };
            let name = name_of(change.of.wall, &change.of.clock);
            let held = newest.get(name.as_str()).map(|(held, _)| held.version);
            if held.is_none_or(|held| held <= entry.version) {
                newest.insert(name.as_str().to_owned(), (entry, name));
            }
        }
        for (entry, name) in newest.into_values() {
            let length = length(&entry.start, &entry.end, self.ask);
            self.emit(entry, None, &entry.start, length, name);
        }
    }

    fn sort<'s>(&mut self, master: &'s Entry, series: &'s Series) -> Sorted<'s> {
        let (clock, zone) = (&master.start.clock, self.ask.user_zone);
        let mut sorted = Sorted {
            master,
            changes: BTreeMap::new(),
            following: BTreeMap::new(),
            excluded: HashSet::new(),
            excluded_days: HashSet::new(),
        };
        for excluded in &master.excluded {
            if excluded.whole_day {
                sorted.excluded_days.insert(excluded.at.wall.date());
            } else {
                sorted.excluded.insert(excluded.at.wall_on(clock, zone));
                sorted.excluded.extend(excluded.at.wall_before_gap(clock, zone));
            }
        }
        for entry in &series.changes {
            let Some(change) = &entry.changes else { continue };
            let original = self.original_start(master, change);
            // What is excluded stays so: a change to it is a left-over.
            let is_excluded = sorted.excluded.contains(&original)
                || sorted.excluded_days.contains(&original.date())
                || self.is_outdated(master, entry, original);
            let held = sorted.changes.get(&original).map(|held| held.version);
            if !is_excluded && held.is_none_or(|held| held <= entry.version) {
                sorted.changes.insert(original, entry);
            }
        }
        for (original, entry) in &sorted.changes {
            sorted.excluded.insert(*original);
            let Some(change) = entry.changes.as_ref().filter(|change| change.and_following) else {
                continue;
            };
            let shift = entry.start.wall.duration_since(*original);
            let is_simple = entry.start.clock == *clock && shift.abs() <= SHIFT_MAX;
            let what = if is_simple {
                sorted.following.insert(*original, (*entry, shift));
                "RANGE=THISANDFUTURE: the following occurrences are changed alike"
            } else {
                "RANGE=THISANDFUTURE with another zone or form is not supported; only this \
                 occurrence is changed"
            };
            self.oddities.add(change.line, what);
        }
        sorted
    }

    /// Whether a change is older than its series and the series no longer holds what it changes:
    /// what remains where a series was cut in two.
    fn is_outdated(&mut self, master: &Entry, entry: &Entry, original: DateTime) -> bool {
        if !master.is_series || entry.version.sequence >= master.version.sequence {
            return false;
        }
        let clock = &master.start.clock;
        let is_extra = |extra: &Extra| extra.at.wall_on(clock, self.ask.user_zone) == original;
        let mut is_held = master.extra.iter().any(is_extra);
        self.walls(master, original, original, &mut |_| is_held = true);
        !is_held
    }

    /// The start of the occurrence that a change means, as the master's wall shows it.
    fn original_start(&mut self, master: &Entry, change: &Change) -> DateTime {
        let (clock, zone) = (&master.start.clock, self.ask.user_zone);
        let wall = change.of.wall_on(clock, zone);
        if change.of.clock.is_dates() && !clock.is_dates() {
            // Only the day is written; the occurrence of that day is meant.
            let mut found = None;
            let (from, to) = (wall, wall.date().at(23, 59, 59, 0));
            self.walls(master, from, to, &mut |wall| found = found.or(Some(wall)));
            return found.unwrap_or_else(|| wall.date().to_datetime(master.start.wall.time()));
        }
        let Some(before_gap) = change.of.wall_before_gap(clock, zone) else { return wall };
        let mut is_before_gap = false;
        self.walls(master, before_gap, before_gap, &mut |_| is_before_gap = true);
        if is_before_gap { before_gap } else { wall }
    }

    fn occurrences(&mut self, sorted: &Sorted<'_>) {
        let master = sorted.master;
        let zone = master.start.clock.zone(self.ask.user_zone);
        // A day more on both sides: a wall and an instant are never further apart from each other
        // around a change of clocks. Whoever was moved may come from further away.
        let shift = sorted.following.values().map(|(_, shift)| shift.abs()).max();
        let margin = SignedDuration::from_hours(24) + shift.unwrap_or_default();
        let from = zone.to_datetime(self.ask.from).saturating_sub(margin);
        let to = zone.to_datetime(self.ask.to).saturating_add(margin);
        let mut walls = BTreeSet::new();
        let mut add = |wall| {
            walls.insert(wall);
        };
        self.walls(master, from, to, &mut add);
        let mut lengths = BTreeMap::new();
        for extra in &master.extra {
            let wall = extra.at.wall_on(&master.start.clock, self.ask.user_zone);
            if from <= wall && wall <= to {
                walls.insert(wall);
                if let Some(end) = &extra.end {
                    lengths.insert(wall, length(&extra.at, end, self.ask));
                }
            }
        }
        for without in &master.without {
            let (rule, start) = (&without.rule, master.start.wall);
            let last = without.last.unwrap_or(to).min(to);
            let mut remove = |wall: DateTime| {
                walls.remove(&wall);
                true
            };
            let _ = recur::walk(rule, start, from, last, &mut self.steps, &mut remove);
        }
        for wall in walls {
            let is_excluded =
                sorted.excluded.contains(&wall) || sorted.excluded_days.contains(&wall.date());
            if is_excluded {
                continue;
            }
            let (entry, shift) = match sorted.following.range(..=wall).next_back() {
                Some((_, (entry, shift))) => (*entry, *shift),
                None => (master, SignedDuration::ZERO),
            };
            let start =
                Moment { wall: wall.saturating_add(shift), clock: master.start.clock.clone() };
            let length = match lengths.get(&wall) {
                Some(length) => *length,
                None => self.length_of(entry, master),
            };
            let name = name_of(wall, &master.start.clock);
            self.emit(entry, Some(master), &start, length, name);
        }
    }

    /// The original starts that DTSTART and RRULE give, from `from` to `to`. RDATE, EXRULE and
    /// EXDATE are not looked at.
    fn walls(
        &mut self,
        master: &Entry,
        from: DateTime,
        to: DateTime,
        each: &mut dyn FnMut(DateTime),
    ) {
        let start = master.start.wall;
        let mut starts_after_all_ends = !master.rules.is_empty();
        for SeriesRule { line, rule, last } in &master.rules {
            let until = rule.until.map(|until| self.last_wall(master, until));
            starts_after_all_ends &= until.is_some_and(|(wall, at)| match at {
                Some(at) => at < master.start.instant(self.ask.user_zone),
                None => wall < start,
            });
            let last = last.unwrap_or(to).min(until.map_or(to, |(wall, _)| wall)).min(to);
            let limit = until.and_then(|(_, instant)| instant);
            let zone = master.start.clock.zone(self.ask.user_zone);
            let (mut count, mut is_cut) = (0, false);
            let mut take = |wall: DateTime| {
                if limit.is_some_and(|limit| time::instant_of(wall, zone) > limit) {
                    return false;
                }
                count += 1;
                is_cut = count > limits::SERIES_OCCURRENCES_MAX;
                if !is_cut {
                    each(wall);
                }
                !is_cut
            };
            if recur::walk(rule, start, from, last, &mut self.steps, &mut take).is_err() {
                let what = "RRULE: finding its occurrences takes too long; some are left out";
                self.oddities.add(*line, what);
            }
            if is_cut {
                let max = limits::SERIES_OCCURRENCES_MAX;
                let what = format!("RRULE: more than {max} occurrences; the rest is left out");
                self.oddities.add(*line, what);
            }
        }
        // DTSTART is the first occurrence even where the rule does not name it. Only a series that
        // was ended before it began has none: so are "this and all following" deleted.
        if !starts_after_all_ends && (from..=to).contains(&start) {
            each(start);
        }
    }

    /// The last wall-clock time that UNTIL allows, and the last instant where it is told as such.
    fn last_wall(&self, master: &Entry, until: Until) -> (DateTime, Option<Timestamp>) {
        match until {
            Until::Date(date) => (date.at(23, 59, 59, 0), None),
            Until::Wall(wall) => (wall, None),
            Until::Utc(utc) => match &master.start.clock {
                // As written: who keeps no zone for the series knows none for its end.
                Clock::Dates => (utc.date().at(23, 59, 59, 0), None),
                Clock::Floating => (utc, None),
                clock => {
                    let at = Offset::UTC.to_timestamp(utc).unwrap_or(Timestamp::MAX);
                    // The instant decides; the wall only ends the walk, so it may be too late.
                    let wall = clock.zone(self.ask.user_zone).to_datetime(at);
                    (wall.saturating_add(SignedDuration::from_hours(24)), Some(at))
                }
            },
        }
    }

    /// How long a change lasts: as long as its master where it says no start of its own.
    fn length_of(&self, change: &Entry, master: &Entry) -> Nominal {
        let timed = if change.has_own_start { change } else { master };
        length(&timed.start, &timed.end, self.ask)
    }

    /// Puts down one occurrence if it begins within the window.
    fn emit(
        &mut self,
        entry: &Entry,
        master: Option<&Entry>,
        start: &Moment,
        length: Nominal,
        occurrence: Occurrence,
    ) {
        let when = time_of(start, length, self.ask);
        let (begins_at, _) = when.span(self.ask.user_zone);
        if begins_at < self.ask.from || begins_at >= self.ask.to {
            return;
        }
        if self.events.len() >= limits::OCCURRENCES_MAX {
            if !self.is_full {
                self.is_full = true;
                let max = limits::OCCURRENCES_MAX;
                let what = format!("more than {max} occurrences in all; the rest is left out");
                self.oddities.add(entry.line, what);
            }
            return;
        }
        // A change that has not even a title says only what is different.
        let texts = match (&entry.details.title, master) {
            (None, Some(master)) => &master.details,
            _ => &entry.details,
        };
        self.events.push(CalendarEvent {
            calendar: self.ask.calendar.clone(),
            uid: entry.uid.clone(),
            occurrence,
            title: texts.title.clone().unwrap_or_default(),
            when,
            location: texts.location.clone(),
            meeting_link: texts.meeting_link.clone(),
            status: entry.details.status,
            is_transparent: entry.details.is_transparent,
            response: entry.details.response(&self.own),
            kind: entry.details.kind,
            first_seen_at: self.ask.first_seen_at,
        });
    }
}

/// How long an entry lasts.
fn length(start: &Moment, end: &End, ask: &Expansion<'_>) -> Nominal {
    let between = match end {
        End::After(length) => return *length,
        End::At(end) if start.clock.is_dates() => {
            let hours = end.wall.date().duration_since(start.wall.date()).as_hours();
            return Nominal { days: (hours / 24).max(1), time: SignedDuration::ZERO };
        }
        End::At(end) if end.clock == start.clock && start.clock == Clock::Floating => {
            end.wall.duration_since(start.wall)
        }
        End::At(end) => end.instant(ask.user_zone).duration_since(start.instant(ask.user_zone)),
    };
    Nominal { days: 0, time: between.max(SignedDuration::ZERO) }
}

fn time_of(start: &Moment, length: Nominal, ask: &Expansion<'_>) -> EventTime {
    let days = Span::new().try_days(length.days).unwrap_or_default();
    let day_of_end = start.wall.saturating_add(days);
    match &start.clock {
        Clock::Dates => EventTime::AllDay { from: start.wall.date(), until: day_of_end.date() },
        Clock::Floating => {
            let end = day_of_end.saturating_add(length.time).max(start.wall);
            EventTime::Floating { start: start.wall, end }
        }
        clock => {
            let zone = clock.zone(ask.user_zone);
            let begin = time::instant_of(start.wall, zone);
            let end = time::ahead(time::instant_of(day_of_end, zone), length.time);
            EventTime::Timed { start: begin, end: end.max(begin) }
        }
    }
}

/// The name of an occurrence: its original start as the series' own clock writes it, whatever form
/// a change to it writes.
fn name_of(original: DateTime, clock: &Clock) -> Occurrence {
    let (year, month, day) = (original.year(), original.month(), original.day());
    let mut name = format!("{year:04}{month:02}{day:02}");
    if !clock.is_dates() {
        let (hour, minute, second) = (original.hour(), original.minute(), original.second());
        let _ = write!(name, "T{hour:02}{minute:02}{second:02}");
    }
    if *clock == Clock::Utc {
        name.push('Z');
    }
    // Digits make a usable name.
    Occurrence::parse(&name).unwrap_or_else(|_| Occurrence::single())
}
