//! What a preset of hours has to do with a reminder.

use domain::reasons::SkipReason;
use domain::reminder::{Reminder, State};

use super::Clocks;

/// That a preset kept a reminder from going out when it was wanted, as a sentence; none if it did
/// not. It is judged by the settings as they are now, by the same function that placed it.
pub(super) fn words(row: &Reminder, clocks: &Clocks) -> Option<String> {
    let quiet = [SkipReason::QuietHours, SkipReason::QuietUntilAfterStart];
    let is_skipped = matches!(row.state, State::Skipped(reason) if quiet.contains(&reason));
    let is_over = matches!(row.state, State::Skipped(_) | State::Cancelled(_));
    if !is_skipped && (is_over || row.send_at == row.wanted_at) {
        return None;
    }
    let held = clocks.preset.held_by(row.wanted_at).map(|(name, zone)| {
        let time = row.wanted_at.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string();
        if name.as_str() == clocks.name {
            format!("{time} in {name}")
        } else {
            format!("{time} in {name}, where the number's area code lies")
        }
    });
    let held: Vec<_> = held.collect();
    (!held.is_empty()).then(|| {
        format!(
            "By the preset us-tcpa texts go out from 8:00 to 21:00 only; it was wanted at {}.",
            held.join(", and at ")
        )
    })
}
