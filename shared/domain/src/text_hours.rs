//! The hours in which texts may go out: a person's own, and those of a preset.
//!
//! Both are quiet hours by a wall clock, so what a person chose and what a preset adds are layers,
//! and it is quiet while it is quiet in one of them. This is the only place that puts them
//! together; planner, sender, previews and `why` all ask here.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::area_codes::zones_of;
use crate::limits;
use crate::phone::PhoneNumber;
use crate::quiet_hours::{QuietHours, QuietWindow, Weekdays};
use crate::time::{UnknownZone, ZoneName, Zones, ahead, back};
use crate::user::User;

/// How far ahead an instant is looked for at which it is quiet in no layer: as for one layer.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Hours that hold beside a person's own quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Preset {
    /// None.
    #[default]
    #[serde(rename = "none")]
    None,
    /// Texts go out from 8:00 to 21:00 by the person's zone (the hours of the Telephone Consumer
    /// Protection Act, 47 CFR 64.1200(c)(1)); where the area code of a +1 number lies in other
    /// zones, by their clocks too.
    #[serde(rename = "us-tcpa")]
    UsTcpa,
}

/// A word that names no preset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no preset of hours; choose none or us-tcpa")]
pub struct BadPreset {
    given: String,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::UsTcpa];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::UsTcpa => "us-tcpa",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Preset {
    type Err = BadPreset;

    fn from_str(given: &str) -> Result<Self, BadPreset> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == given);
        known.ok_or_else(|| BadPreset { given: given.chars().take(40).collect() })
    }
}

/// What a preset adds for one person.
#[derive(Debug, Clone)]
pub struct PresetHours {
    night: QuietHours,
    /// By whose clocks it is judged, the person's own first; none where no preset holds.
    clocks: Vec<(ZoneName, TimeZone)>,
}

impl PresetHours {
    /// Adds nothing.
    pub const NONE: &'static Self = &Self { night: QuietHours::none(), clocks: Vec::new() };

    /// What holds for a person: the preset they chose, or else what is `usual`.
    ///
    /// # Errors
    /// [`UnknownZone`] if the database lacks one of the zones; in doubt nothing goes out.
    pub fn of(user: &User, usual: Preset, zones: &Zones) -> Result<Self, UnknownZone> {
        let preset = user.preferences.quiet_hours.preset.unwrap_or(usual);
        Self::for_number(preset, &user.phone, &user.zone, zones)
    }

    /// What holds for a number whose owner lives by `zone`.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn for_number(
        preset: Preset,
        phone: &PhoneNumber,
        zone: &ZoneName,
        zones: &Zones,
    ) -> Result<Self, UnknownZone> {
        if preset == Preset::None {
            return Ok(Self::NONE.clone());
        }
        let mut clocks = vec![(zone.clone(), zones.rules(zone)?)];
        for name in zones_of(phone).filter(|name| *name != zone.as_str()) {
            let name = zones.parse(name)?;
            let rules = zones.rules(&name)?;
            clocks.push((name, rules));
        }
        Ok(Self { night: night(), clocks })
    }

    /// The zones by whose clocks the preset holds a text back at an instant.
    pub fn held_by(&self, at: Timestamp) -> impl Iterator<Item = (&ZoneName, &TimeZone)> {
        let is_night = move |zone: &TimeZone| self.night.is_quiet(at, zone);
        self.clocks.iter().filter(move |(_, zone)| is_night(zone)).map(|(name, zone)| (name, zone))
    }

    /// These hours beside a person's own.
    pub fn beside<'a>(&'a self, own: &'a QuietHours, zone: &'a TimeZone) -> TextHours<'a> {
        TextHours { own, zone, preset: self }
    }
}

/// 21:00 to 8:00.
fn night() -> QuietHours {
    let (from, until) = (Time::constant(21, 0, 0, 0), Time::constant(8, 0, 0, 0));
    let window = QuietWindow::new(from, until, Weekdays::ALL).into_iter().collect();
    QuietHours::new(window, Default::default(), false).unwrap_or_default()
}

/// All that keeps texts back by the clock.
#[derive(Debug, Clone, Copy)]
pub struct TextHours<'a> {
    /// What the person chose, with what becomes of a text that is due in quiet hours.
    pub own: &'a QuietHours,
    zone: &'a TimeZone,
    preset: &'a PresetHours,
}

impl<'a> TextHours<'a> {
    /// A person's own quiet hours, and nothing beside them.
    pub fn own(own: &'a QuietHours, zone: &'a TimeZone) -> Self {
        PresetHours::NONE.beside(own, zone)
    }

    fn layers(&self) -> impl Iterator<Item = (&'a QuietHours, &'a TimeZone)> + use<'a> {
        let preset = self.preset;
        let clocks = preset.clocks.iter().map(|(_, zone)| (&preset.night, zone));
        std::iter::once((self.own, self.zone)).chain(clocks)
    }

    /// Whether it is quiet at an instant.
    pub fn is_quiet(&self, at: Timestamp) -> bool {
        self.layers().any(|(quiet, zone)| quiet.is_quiet(at, zone))
    }

    /// The first instant from `at` on that is quiet in no layer; none if there is none.
    pub fn first_outside(&self, at: Timestamp) -> Option<Timestamp> {
        let give_up = ahead(at, GIVE_UP_AFTER);
        let mut at = at;
        while at < give_up {
            let mut outside = at;
            for (quiet, zone) in self.layers() {
                outside = quiet.first_outside(outside, zone)?;
            }
            if outside == at {
                return Some(at);
            }
            at = outside;
        }
        None
    }

    /// The first quiet instant after `at` and before `until`, for something that is not quiet now.
    pub fn next_quiet(&self, at: Timestamp, until: Timestamp) -> Option<Timestamp> {
        self.layers().filter_map(|(quiet, zone)| quiet.next_quiet(at, until, zone)).min()
    }

    /// The instant at which the quiet stretch that holds `at` began, looking back no further than
    /// [`limits::ADVANCE_MAX`] before it.
    pub fn opening_before(&self, at: Timestamp) -> Option<Timestamp> {
        const STEP: SignedDuration = SignedDuration::from_secs(1);
        let not_before = back(at, limits::ADVANCE_MAX);
        let mut at = at;
        loop {
            let mut opening: Option<Timestamp> = None;
            for (quiet, zone) in self.layers().filter(|(quiet, zone)| quiet.is_quiet(at, zone)) {
                let of_layer = quiet.opening_before(at, not_before, zone)?;
                opening = Some(opening.map_or(of_layer, |first| first.min(of_layer)));
            }
            let opening = opening?;
            let before = back(opening, STEP);
            if !self.is_quiet(before) {
                return Some(opening);
            }
            at = before;
        }
    }
}

#[cfg(test)]
mod tests;
