//! Those in this process who are about to ask for the same: whoever asks first asks for them too.
//!
//! The jobs of a batch are looked at side by side, and each needs a turn and money that are kept in
//! the store. They do not get there in the same instant, so without this each would write for
//! itself.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::ReminderId;

/// For so many is asked beforehand at most: those of one batch.
const COUNTED_MAX: usize = 10;

/// Reminders whose texts are on their way to ask.
#[derive(Default)]
pub(crate) struct Company(Mutex<HashSet<ReminderId>>);

/// A reminder that is on its way until it asked, or until this is dropped.
#[must_use = "what is dropped is on its way no longer"]
pub(crate) struct Coming<'a> {
    company: &'a Company,
    id: ReminderId,
}

impl Company {
    /// Counts a reminder among those on their way.
    pub(crate) fn join(&self, id: ReminderId) -> Coming<'_> {
        self.coming().insert(id);
        Coming { company: self, id }
    }

    /// A reminder asks now: it is on its way no longer.
    pub(crate) fn arrive(&self, id: ReminderId) {
        self.coming().remove(&id);
    }

    /// How many are on their way, of those for whom is asked beforehand.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.coming().len().min(COUNTED_MAX)).unwrap_or(u32::MAX)
    }

    fn coming(&self) -> MutexGuard<'_, HashSet<ReminderId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.company.arrive(self.id);
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::UserId;

    use super::*;

    #[test]
    fn whoever_asked_or_left_is_not_on_its_way() {
        let company = Company::default();
        let user = UserId::parse("anna").unwrap();
        let [a, b] = ["a", "b"].map(|which| ReminderId::of_count(&user, "text", which));
        let first = company.join(a);
        let second = company.join(b);
        assert_eq!(company.count(), 2);
        company.arrive(a);
        assert_eq!(company.count(), 1);
        drop(second);
        assert_eq!(company.count(), 0);
        drop(first);
        assert_eq!(company.count(), 0);
    }
}
