//! What happens next, as far as a person who watches would wait for it.

use app::ports::{DueRow, StoreError};
use domain::limits;
use domain::reminder::State;
use domain::time::{ahead, back, local_date, start_of_day};
use jiff::{SignedDuration, Timestamp};

use super::PagesState;
use super::words::{aligned_up, city};

/// How far ahead a text is looked for: no plan reaches further.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_hours(10 * 24);

/// Due rows read at once.
const PAGE: usize = 50;

/// Pages of due rows looked at. Rows that wait for a receipt lie between those that wait to be
/// sent.
const PAGES_MAX: usize = 20;

/// Zones whose next planning is looked for.
const ZONES_MAX: usize = 60;

/// How long before a text the clock stops, so that one sees it arrive.
const BEFORE: SignedDuration = SignedDuration::from_secs(1);

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// A text is due.
    Text {
        /// When.
        at: Timestamp,
        /// Where the person is.
        city: String,
    },
    /// A local day is planned. Texts before those that are known may come of it.
    Planning {
        /// When.
        at: Timestamp,
        /// Where the day begins.
        city: String,
    },
}

impl Next {
    /// Where a jump leads.
    pub(super) fn jump_to(&self) -> Timestamp {
        match self {
            Self::Text { at, .. } => back(*at, BEFORE),
            Self::Planning { at, .. } => *at,
        }
    }
}

/// What comes next after `now`; none if nothing is planned and nobody is there to plan for.
pub(super) async fn next(state: &PagesState, now: Timestamp) -> Result<Option<Next>, StoreError> {
    let text = next_text(state, now).await?;
    let planning = next_planning(state, now).await?;
    let found = [text, planning].into_iter().flatten();
    Ok(found.min_by_key(Next::jump_to))
}

async fn next_text(state: &PagesState, now: Timestamp) -> Result<Option<Next>, StoreError> {
    let ports = &state.inner.ports;
    let from = ahead(now, BEFORE);
    let until = ahead(now, LOOK_AHEAD);
    let mut after: Option<DueRow> = None;
    for _ in 0..PAGES_MAX {
        let rows = ports.reminders.due(from, until, after.as_ref(), PAGE).await?;
        for due in &rows {
            let row = ports.reminders.reminder(&due.user, due.reminder).await?;
            if let Some(row) = row.filter(|row| row.state == State::Scheduled) {
                let user = ports.users.user(&due.user).await?;
                let city = user.map_or_else(String::new, |user| city(user.zone.as_str()));
                return Ok(Some(Next::Text { at: row.send_at, city }));
            }
        }
        if rows.len() < PAGE {
            break;
        }
        after = rows.into_iter().last();
    }
    Ok(None)
}

/// The scheduler's first tick that plans a further day of some zone.
async fn next_planning(state: &PagesState, now: Timestamp) -> Result<Option<Next>, StoreError> {
    let ports = &state.inner.ports;
    let mut found: Option<Next> = None;
    for name in ports.users.zones_in_use().await?.into_iter().take(ZONES_MAX) {
        let Ok(zone) = ports.zones.rules(&name) else { continue };
        let mut day = local_date(now, &zone);
        // Late in the evening tomorrow is planned already, and the day after is next.
        for _ in 0..2 {
            let Ok(next_day) = day.tomorrow() else { break };
            day = next_day;
            let begins = back(start_of_day(day, &zone), limits::PLAN_AHEAD);
            let at = aligned_up(begins, limits::TICK_EVERY);
            let unplanned = ports.users.users_planned_before(&name, day, None, 1).await?;
            if at > now && !unplanned.users.is_empty() {
                if found.as_ref().is_none_or(|next| at < next.jump_to()) {
                    found = Some(Next::Planning { at, city: city(name.as_str()) });
                }
                break;
            }
        }
    }
    Ok(found)
}
