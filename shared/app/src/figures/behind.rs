//! The reminders behind a number: those that a counter counts, found again.
//!
//! No index leads from an hour to its reminders, so the users are gone through, some at a time.
//! What a row counts is asked of the same function that the counters are made with, so the list
//! and the number agree.

use std::sync::Arc;

use domain::figures::{Dimension, counts, dimensions, hour_of};
use domain::ids::UserId;
use domain::reminder::Reminder;
use domain::time::utc_date;
use futures::future::try_join_all;
use jiff::Span;
use jiff::civil::Date;

use crate::ports::{Reminders, StoreError, Users};

/// Users who are looked at in one answer.
const USERS_MAX: usize = 200;

/// Users who are looked at together.
const PAGE: usize = 50;

/// Rows after which no further users are looked at.
const ROWS_MAX: usize = 100;

/// How many days the local date of a reminder may be from the UTC date it counts on: zones are up
/// to 14 hours from UTC, and a text may go out some hours after its day.
const DAYS_APART: i64 = 2;

/// What finding them needs.
#[derive(Clone)]
pub struct BehindPorts {
    /// Whose.
    pub users: Arc<dyn Users>,
    /// Theirs.
    pub reminders: Arc<dyn Reminders>,
}

/// Which reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Those that any of these counters counts.
    pub counters: Vec<String>,
    /// Under this dimension.
    pub dimension: Dimension,
    /// From this UTC date on.
    pub from: Date,
    /// Up to this one, which is included.
    pub to: Date,
    /// Of the users after this one.
    pub after: Option<UserId>,
}

/// Some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The reminders, user by user.
    pub rows: Vec<Reminder>,
    /// The user after whom to go on; none after the last of all.
    pub next: Option<UserId>,
}

/// Finds the reminders of the next users.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn behind(ports: &BehindPorts, asked: &Behind) -> Result<Found, StoreError> {
    let (from, to) = (
        asked.from.saturating_sub(Span::new().days(DAYS_APART)),
        asked.to.saturating_add(Span::new().days(DAYS_APART)),
    );
    let mut found = Found { rows: Vec::new(), next: asked.after.clone() };
    for _ in 0..USERS_MAX / PAGE {
        let page = ports.users.users(found.next.as_ref(), PAGE).await?;
        let read = page.iter().map(|user| ports.reminders.reminders_between(&user.id, from, to));
        for rows in try_join_all(read).await? {
            found.rows.extend(rows.into_iter().filter(|row| asked.counts(row)));
        }
        found.next = page.last().filter(|_| page.len() == PAGE).map(|user| user.id.clone());
        if found.next.is_none() || found.rows.len() >= ROWS_MAX {
            break;
        }
    }
    Ok(found)
}

impl Behind {
    fn counts(&self, row: &Reminder) -> bool {
        let on = utc_date(hour_of(row));
        (self.from..=self.to).contains(&on) && dimensions(row).contains(&self.dimension) && {
            let counted = counts(row);
            self.counters.iter().any(|name| counted.get(name).is_some_and(|n| *n > 0))
        }
    }
}
