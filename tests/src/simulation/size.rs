//! Who lives together, and how much they do.

/// Who lives together in a simulation. Whatever happens to the process happens to all of them, and
/// every run of its schedules serves them all, so a town lives more days of people in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Five people, one of whom does something every 23 minutes.
    Village,
    /// A hundred and twenty people, five of whom do something every five minutes.
    Town,
    /// A thousand people, three of whom do something every five minutes, and who write down an
    /// event each day beside.
    City,
}

impl Size {
    /// The size of this name, as in `village`.
    pub fn of_name(name: &str) -> Option<Self> {
        let sizes = [Self::Village, Self::Town, Self::City];
        sizes.into_iter().find(|size| format!("{size:?}").eq_ignore_ascii_case(name))
    }

    /// Who lives together in a seed: of ten three are villages, one a town and six cities.
    pub(super) fn of_seed(seed: u64) -> Self {
        match seed % 10 {
            0 | 3 | 7 => Self::Village,
            1 => Self::Town,
            _ => Self::City,
        }
    }

    /// How many people live there.
    pub(super) fn people(self) -> usize {
        match self {
            Self::Village => 5,
            Self::Town => 120,
            Self::City => 1_000,
        }
    }

    /// The longest time between two steps, in minutes.
    pub(super) fn minutes_max(self) -> i64 {
        match self {
            Self::Village => 45,
            Self::Town | Self::City => 9,
        }
    }

    /// Of so many things that would happen to everybody one does.
    pub(super) fn share_for_all(self) -> u64 {
        match self {
            Self::Village => 1,
            Self::Town => 23,
            Self::City => 14,
        }
    }

    /// How many events everybody has at first, and gets for the day of peace.
    pub(super) fn first_events(self) -> usize {
        match self {
            Self::Village | Self::Town => 8,
            Self::City => 2,
        }
    }

    /// How many events everybody writes down each day, whatever else they do.
    pub(super) fn daily_events(self) -> usize {
        match self {
            Self::Village | Self::Town => 0,
            Self::City => 1,
        }
    }

    /// How many things people do in each step.
    pub(super) fn deeds(self) -> usize {
        match self {
            Self::Village => 1,
            Self::Town => 5,
            Self::City => 3,
        }
    }
}
