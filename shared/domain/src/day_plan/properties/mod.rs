//! Whatever people, calendars and providers do, plans keep the promise.

mod edits;
mod sender;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use self::edits::{Edit, desks};
use self::sender::Sender;
use super::plan_day;
use crate::calendar_event::CalendarEvent;
use crate::counting::counts;
use crate::fixtures::Desk;
use crate::ids::ReminderId;
use crate::lead_time::LeadSlot;
use crate::limits;
use crate::placement::nominals;
use crate::pre_send::withdrawn;
use crate::quiet_hours::QuietPolicy;
use crate::reasons::{CancelReason, SkipReason};
use crate::reminder::{Reminder, State};
use crate::time::{ahead, local_date};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happening {
    Edit(Edit),
    /// So many minutes pass.
    Wait(i64),
    /// The sender looks at what is due; the bytes decide what the provider does.
    Send(Vec<u8>),
    /// A person cancels one reminder.
    Cancel(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let happening = prop_oneof![
        4 => any::<Edit>().prop_map(Happening::Edit),
        3 => (0_i64..600).prop_map(Happening::Wait),
        2 => (0_i64..4000).prop_map(Happening::Wait),
        4 => prop::collection::vec(any::<u8>(), 1..6).prop_map(Happening::Send),
        1 => any::<usize>().prop_map(Happening::Cancel),
    ];
    prop::collection::vec(happening, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn plans_keep_the_promise_whatever_happens(
        (mut desk, start) in desks(),
        happenings in happenings(),
    ) {
        let mut now = start;
        let mut sender = Sender::default();
        plan_and_check(&mut desk, &sender, now)?;
        for (number, happening) in happenings.into_iter().enumerate() {
            match happening {
                Happening::Edit(edit) => edit.apply(&mut desk, now),
                Happening::Wait(minutes) => now = ahead(now, SignedDuration::from_mins(minutes)),
                Happening::Send(dice) => sender.send_what_is_due(&mut desk, now, &dice)?,
                Happening::Cancel(which) => cancel(&mut desk, which, now),
            }
            // Plans may come at any time, or not for a while.
            if number % 3 != 0 {
                plan_and_check(&mut desk, &sender, now)?;
            }
        }
        plan_and_check(&mut desk, &sender, now)?;
    }

    #[test]
    fn edits_lead_to_the_plan_that_a_fresh_start_makes(
        (mut desk, now) in desks(),
        edits in prop::collection::vec(any::<Edit>(), 1..8),
    ) {
        desk.plan(now);
        for edit in edits {
            edit.apply(&mut desk, now);
            // Whether something that has begun may still go out depends on what was known when.
            let Desk { events, zone, .. } = &mut desk;
            events.retain(|event| event.start(zone) > now);
            desk.plan(now);
        }
        // What quiet hours had their say on stays skipped, whatever the settings say afterwards.
        if desk.rows.iter().any(|row| was_skipped_for_quiet_hours(row, now)) {
            return Ok(());
        }
        let (days, _) = desk.days_to_plan(now);
        let mut fresh = Desk { rows: Vec::new(), ..desk.clone() };
        fresh.plan_days(days.clone(), now);
        prop_assert_eq!(texts_on(&desk, &days), texts_on(&fresh, &days));
    }
}

fn was_skipped_for_quiet_hours(row: &Reminder, now: Timestamp) -> bool {
    let quiet = [SkipReason::QuietHours, SkipReason::QuietUntilAfterStart];
    quiet.map(State::Skipped).contains(&row.state) && row.wanted_at <= now
}

/// What is to be texted on these days: UID, slot and instant.
fn texts_on(desk: &Desk, days: &BTreeSet<Date>) -> BTreeSet<(String, LeadSlot, Timestamp)> {
    let waiting = desk.rows.iter().filter(|row| row.state == State::Scheduled);
    let waiting = waiting.filter(|row| days.contains(&row.day_on));
    waiting.map(|row| (row.uid.as_str().to_owned(), row.slot, row.send_at)).collect()
}

fn cancel(desk: &mut Desk, which: usize, now: Timestamp) {
    let waiting: Vec<_> =
        (0..desk.rows.len()).filter(|index| desk.rows[*index].state == State::Scheduled).collect();
    if let Some(index) = waiting.get(which % waiting.len().max(1)) {
        let change = crate::states::Change::Cancel(CancelReason::ByRequest);
        desk.rows[*index] = crate::states::apply(&desk.rows[*index], change, now).unwrap();
    }
}

fn plan_and_check(desk: &mut Desk, sender: &Sender, now: Timestamp) -> Result<(), TestCaseError> {
    let (days, _) = desk.days_to_plan(now);
    desk.plan(now);
    let again = desk.clone().plan(now);
    prop_assert_eq!(again, 0, "planning again at {} wrote {}", now, summary(desk));
    let ids: BTreeSet<ReminderId> = desk.rows.iter().map(|row| row.id).collect();
    prop_assert_eq!(ids.len(), desk.rows.len());
    for row in desk.rows.iter().filter(|row| row.state == State::Scheduled) {
        check_waiting_row(desk, row, now)?;
        sender.check_agreement(desk, row, now)?;
    }
    for row in desk.rows.iter().filter(|row| days.contains(&row.day_on)) {
        check_words_once(desk, row)?;
    }
    check_limits(desk)?;
    check_completeness(desk, &days, now)
}

/// Two lead times that quiet hours bring to one instant would say the same.
fn check_words_once(desk: &Desk, row: &Reminder) -> Result<(), TestCaseError> {
    let same_words = desk.rows.iter().filter(|other| {
        (&other.uid, &other.occurrence, other.send_at) == (&row.uid, &row.occurrence, row.send_at)
            && other.state == State::Scheduled
    });
    prop_assert!(same_words.count() <= 1, "two texts with the same words: {:#?}", row);
    Ok(())
}

fn check_waiting_row(desk: &Desk, row: &Reminder, now: Timestamp) -> Result<(), TestCaseError> {
    let quiet = &desk.user.preferences.quiet_hours;
    prop_assert!(!quiet.is_quiet(row.send_at, &desk.zone), "waits into quiet hours: {:#?}", row);
    let left = row.send_at.max(now).duration_until(row.last_at);
    prop_assert!(left >= limits::VALIDITY_MIN, "waits too long: {:#?}", row);
    prop_assert_eq!(row.day_on, local_date(row.send_at, &desk.zone), "{:#?}", row);
    let earliest = match quiet.policy {
        QuietPolicy::Advance => row.nominal_at - limits::ADVANCE_MAX,
        QuietPolicy::Defer | QuietPolicy::Skip => row.nominal_at,
    };
    prop_assert!(row.send_at >= earliest, "too early: {:#?}", row);
    prop_assert_eq!(withdrawn(&desk.user, desk.consent, &desk.rollout), None);
    prop_assert!(desk.user.is_phone_verified);
    let twins = desk.rows.iter().filter(|other| {
        (&other.uid, other.slot, other.state) == (&row.uid, row.slot, State::Scheduled)
    });
    prop_assert_eq!(twins.count(), 1, "twice: {:#?}", row);
    let matches = desk.events.iter().any(|event| {
        event.uid == row.uid && row.facts_match(event, &desk.zone) && !row.is_moved(event)
    });
    prop_assert!(matches, "tells of something else: {:#?}", row);
    Ok(())
}

fn summary(desk: &Desk) -> String {
    let rows = desk.rows.iter().map(|row| {
        format!("{} {} {:?} {} {:?}\n", row.uid, row.slot, row.state, row.send_at, row.trail)
    });
    format!("\n{}\n{:?}", rows.collect::<String>(), desk.user.preferences)
}

/// No day plans more than its limit holds besides what may have been texted already.
fn check_limits(desk: &Desk) -> Result<(), TestCaseError> {
    let limit = desk.user.preferences.daily_limit.get() as usize;
    let days: BTreeSet<_> = desk.rows.iter().map(|row| row.day_on).collect();
    for day in days {
        let has_place = |row: &&Reminder| row.holds_place_on(day, &desk.zone);
        let texted = desk.rows.iter().filter(has_place).count();
        let waits = |row: &&Reminder| row.state == State::Scheduled && row.day_on == day;
        let new = desk.rows.iter().filter(waits).filter(|row| !has_place(row)).count();
        prop_assert!(new == 0 || texted + new <= limit, "{} {} {}", day, texted, new);
    }
    Ok(())
}

/// Every reminder of an event that counts and lies ahead is part of its day's plan, which says what
/// becomes of it; or it was texted before, or somebody cancelled it.
fn check_completeness(
    desk: &Desk,
    days: &BTreeSet<Date>,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    let preferences = &desk.user.preferences;
    for day in days {
        let plan = plan_day(&desk.input(), *day, now);
        let is_wanted = |event: &CalendarEvent, slot| {
            plan.wanted.iter().any(|wanted| {
                desk.events[wanted.event].uid == event.uid && wanted.nominal.slot == slot
            })
        };
        let counted = desk.events.iter().filter(|e| counts(e, &preferences.counting).is_ok());
        for event in counted {
            let nominals = nominals(event, preferences, &desk.zone);
            let is_ahead = |at| at > now && !preferences.quiet_hours.is_quiet(at, &desk.zone);
            for nominal in nominals.filter(|nominal| is_ahead(nominal.at)) {
                if local_date(nominal.at, &desk.zone) == *day && !is_wanted(event, nominal.slot) {
                    let rows = desk.rows.iter().filter(|row| row.uid == event.uid);
                    let rows: Vec<_> = rows.filter(|row| row.slot == nominal.slot).collect();
                    prop_assert!(
                        rows.iter().any(|row| is_over(row)),
                        "{:#?} is forgotten: {:#?}",
                        event,
                        rows
                    );
                }
            }
        }
    }
    Ok(())
}

fn is_over(row: &Reminder) -> bool {
    !row.is_open_to_plans() || row.state == State::Cancelled(CancelReason::ByRequest)
}
