//! Changing one reminder: load, decide, write if nobody else wrote meanwhile, else look again.

use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use domain::states::{Change, apply};
use jiff::Timestamp;

use crate::ports::{Reminders, RowUpdate, StoreError};

/// How often a change is tried while others write the same row. Writers of one row are few: a
/// sender, its callbacks, a plan, a person.
const TRIES_MAX: usize = 20;

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// The row before, and the row as it was written.
    Yes(Box<(Reminder, Reminder)>),
    /// Nothing was to be done, or the row's state did not allow it.
    Nothing(Box<Reminder>),
    /// There is no such reminder.
    Missing,
}

impl Changed {
    /// The row as it is now.
    pub fn row(&self) -> Option<&Reminder> {
        match self {
            Self::Yes(rows) => Some(&rows.1),
            Self::Nothing(row) => Some(row),
            Self::Missing => None,
        }
    }

    /// Whether something was written.
    pub fn is_changed(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

/// Changes a reminder as `decide` says, which sees the row as it is now, perhaps several times.
pub async fn change_reminder(
    reminders: &dyn Reminders,
    user: &UserId,
    id: ReminderId,
    now: Timestamp,
    mut decide: impl FnMut(&Reminder) -> Option<Change> + Send,
) -> Result<Changed, StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(row) = reminders.reminder(user, id).await? else {
            return Ok(Changed::Missing);
        };
        let Some(change) = decide(&row) else {
            return Ok(Changed::Nothing(Box::new(row)));
        };
        let Ok(next) = apply(&row, change, now) else {
            return Ok(Changed::Nothing(Box::new(row)));
        };
        if write(reminders, &row, &next).await? {
            return Ok(Changed::Yes(Box::new((row, next))));
        }
    }
    Err(StoreError::Transient {
        operation: "change a reminder",
        source: "others keep changing the same row".into(),
    })
}

/// As [`change_reminder`], for whoever has just written `row` and knows it: it is read again only
/// if somebody else wrote meanwhile.
pub async fn change_known(
    reminders: &dyn Reminders,
    row: &Reminder,
    now: Timestamp,
    change: Change,
) -> Result<Changed, StoreError> {
    if let Ok(next) = apply(row, change.clone(), now)
        && write(reminders, row, &next).await?
    {
        return Ok(Changed::Yes(Box::new((row.clone(), next))));
    }
    let decide = |_: &Reminder| Some(change.clone());
    change_reminder(reminders, &row.user, row.id, now, decide).await
}

/// Writes the row that follows `before`; false if somebody else wrote meanwhile.
pub async fn write(
    reminders: &dyn Reminders,
    before: &Reminder,
    next: &Reminder,
) -> Result<bool, StoreError> {
    let gave_up_place = before.may_have_been_texted() && !next.may_have_been_texted();
    let update = RowUpdate {
        row: next,
        expected: before.revision,
        leaves_day: gave_up_place.then_some(before.day_on),
    };
    reminders.update(&update).await
}
