//! Clocks: the system's, one that tests move by hand, and one that a person may speed up.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::ports::Clock;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this adapter is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves it ahead. A negative duration leaves it as it is.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = held(&self.now);
        *now = ahead(*now, by).max(*now);
    }

    /// Moves it ahead to an instant. One that has passed leaves it as it is.
    pub fn advance_to(&self, at: Timestamp) {
        let mut now = held(&self.now);
        *now = at.max(*now);
    }

    /// Sets it to any instant, as a person or a time server might, even back.
    pub fn set(&self, at: Timestamp) {
        *held(&self.now) = at;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *held(&self.now)
    }
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// The instant has come.
    Reached,
    /// Somebody notified the waiter.
    Notified,
}

/// A clock that follows another, and that a person may move ahead or let run faster.
#[derive(Clone)]
pub struct ControlledClock {
    inner: Arc<Controlled>,
}

struct Controlled {
    base: Arc<dyn Clock>,
    course: Mutex<Course>,
    changed: Notify,
}

/// Shows `shown_at` when the base shows `base_at`, and runs `factor` times as fast from there.
#[derive(Debug, Clone, Copy)]
struct Course {
    base_at: Timestamp,
    shown_at: Timestamp,
    factor: u32,
}

impl Course {
    fn at(&self, base: Timestamp) -> Timestamp {
        let elapsed = base.duration_since(self.base_at);
        ahead(self.shown_at, elapsed.saturating_mul(self.factor.cast_signed()))
    }
}

/// The longest single sleep: the machine may be suspended, or its clock set, meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(10);

impl ControlledClock {
    /// A clock that shows what `base` shows, for now.
    pub fn new(base: Arc<dyn Clock>) -> Self {
        let now = base.now();
        let course = Mutex::new(Course { base_at: now, shown_at: now, factor: 1 });
        Self { inner: Arc::new(Controlled { base, course, changed: Notify::new() }) }
    }

    /// How many times as fast as its base it runs.
    pub fn factor(&self) -> u32 {
        held(&self.inner.course).factor
    }

    /// Lets it run so many times as fast from now on; 0 lets it stand still.
    pub fn set_factor(&self, factor: u32) {
        self.change(|course| course.factor = factor.min(i32::MAX.cast_unsigned()));
    }

    /// Moves it ahead to an instant. False, and nothing happens, if that has passed: claims and
    /// queues rely on time that does not go back.
    pub fn jump_to(&self, at: Timestamp) -> bool {
        let mut is_ahead = false;
        self.change(|course| {
            is_ahead = at >= course.shown_at;
            course.shown_at = course.shown_at.max(at);
        });
        is_ahead
    }

    /// Waits until the clock shows `at`, however it gets there, or until somebody notifies `wake`.
    /// Never says `Reached` early.
    pub async fn wait_until(&self, at: Timestamp, wake: &Notify) -> Woken {
        let mut notified = pin!(wake.notified());
        loop {
            // Asked for before the clock is read, so that no change in between is missed.
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            if self.now() >= at {
                return Woken::Reached;
            }
            tokio::select! {
                biased;
                () = &mut notified => return Woken::Notified,
                () = changed => {}
                () = self.sleep_towards(at) => {}
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Course)) {
        {
            let mut course = held(&self.inner.course);
            let base_at = self.inner.base.now();
            *course = Course { base_at, shown_at: course.at(base_at), factor: course.factor };
            change(&mut course);
        }
        self.inner.changed.notify_waiters();
    }

    /// Sleeps as long as the clock needs to reach `at` if nothing changes, but not for long.
    fn sleep_towards(&self, at: Timestamp) -> impl Future<Output = ()> + use<> {
        let factor = self.factor();
        let left = at.duration_since(self.now());
        let needed = left.checked_div(factor.cast_signed());
        let nap = needed.and_then(|needed| Duration::try_from(needed).ok()).unwrap_or(SLEEP_MAX);
        sleep(nap.min(SLEEP_MAX))
    }
}

#[expect(clippy::disallowed_methods, reason = "this adapter is the one place that really waits")]
fn sleep(nap: Duration) -> impl Future<Output = ()> + use<> {
    tokio::time::sleep(nap)
}

impl Clock for ControlledClock {
    fn now(&self) -> Timestamp {
        held(&self.inner.course).at(self.inner.base.now())
    }
}

/// What the lock guards is one plain value, whole even if a thread panicked while it held it.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn clocks() -> (Arc<ManualClock>, ControlledClock) {
        let base = Arc::new(ManualClock::new(at("2026-03-02T09:00:00Z")));
        let clock = ControlledClock::new(base.clone());
        (base, clock)
    }

    #[test]
    fn a_manual_clock_goes_back_only_when_told() {
        let clock = ManualClock::new(at("2026-03-02T09:00:00Z"));
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now(), at("2026-03-02T09:01:30Z"));
        clock.advance(SignedDuration::from_secs(-90));
        clock.advance_to(at("2026-03-02T09:00:00Z"));
        assert_eq!(clock.now(), at("2026-03-02T09:01:30Z"));
        clock.advance_to(at("2026-03-02T10:00:00Z"));
        assert_eq!(clock.now(), at("2026-03-02T10:00:00Z"));
        clock.set(at("2026-03-02T08:00:00Z"));
        assert_eq!(clock.now(), at("2026-03-02T08:00:00Z"));
    }

    #[test]
    fn a_controlled_clock_follows_its_base_at_its_own_speed() {
        let (base, clock) = clocks();
        base.advance(SignedDuration::from_secs(10));
        assert_eq!(clock.now(), at("2026-03-02T09:00:10Z"));
        clock.set_factor(60);
        assert_eq!(clock.now(), at("2026-03-02T09:00:10Z"), "a change of speed is no jump");
        base.advance(SignedDuration::from_secs(2));
        assert_eq!(clock.now(), at("2026-03-02T09:02:10Z"));
        assert!(clock.jump_to(at("2026-03-02T12:00:00Z")));
        base.advance(SignedDuration::from_secs(1));
        assert_eq!(clock.now(), at("2026-03-02T12:01:00Z"));
        assert!(!clock.jump_to(at("2026-03-02T12:00:00Z")), "never back");
        assert_eq!(clock.now(), at("2026-03-02T12:01:00Z"));
        clock.set_factor(0);
        base.advance(SignedDuration::from_secs(100));
        assert_eq!(clock.now(), at("2026-03-02T12:01:00Z"));
        clock.set_factor(1);
        base.advance(SignedDuration::from_secs(1));
        assert_eq!(clock.now(), at("2026-03-02T12:01:01Z"));
    }

    /// A task that waits, once it really does.
    async fn waiting(
        clock: &ControlledClock,
        until: &str,
        wake: &Arc<Notify>,
    ) -> tokio::task::JoinHandle<Woken> {
        let (clock, until, wake) = (clock.clone(), at(until), wake.clone());
        let task = tokio::spawn(async move { clock.wait_until(until, &wake).await });
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        task
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_clock_is_moved_there() {
        let (_base, clock) = clocks();
        let wake = Arc::new(Notify::new());
        let task = waiting(&clock, "2026-03-02T10:00:00Z", &wake).await;
        assert!(clock.jump_to(at("2026-03-02T09:59:59.999Z")));
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        assert!(!task.is_finished(), "never early");
        assert!(clock.jump_to(at("2026-03-02T10:00:00Z")));
        assert_eq!(task.await.unwrap(), Woken::Reached);
        let past = clock.wait_until(at("2026-03-02T10:00:00Z"), &wake).await;
        assert_eq!(past, Woken::Reached);
    }

    #[tokio::test]
    async fn a_wait_looks_again_when_the_speed_changes() {
        let (base, clock) = clocks();
        let wake = Arc::new(Notify::new());
        let task = waiting(&clock, "2026-03-02T10:00:00Z", &wake).await;
        // The base alone wakes nobody.
        base.advance(SignedDuration::from_hours(1));
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        clock.set_factor(60);
        assert_eq!(task.await.unwrap(), Woken::Reached);
    }

    #[tokio::test]
    async fn a_wait_ends_when_the_waiter_is_notified() {
        let (_base, clock) = clocks();
        let wake = Arc::new(Notify::new());
        let task = waiting(&clock, "2026-03-02T10:00:00Z", &wake).await;
        wake.notify_one();
        assert_eq!(task.await.unwrap(), Woken::Notified);
        // Nor is a notification lost that comes before the wait.
        wake.notify_one();
        let woken = clock.wait_until(at("2026-03-02T10:00:00Z"), &wake).await;
        assert_eq!(woken, Woken::Notified);
    }

    #[tokio::test]
    async fn a_wait_by_the_real_clock_is_never_early() {
        let clock = ControlledClock::new(Arc::new(SystemClock));
        clock.set_factor(1_000);
        let until = ahead(clock.now(), SignedDuration::from_secs(5));
        assert_eq!(clock.wait_until(until, &Notify::new()).await, Woken::Reached);
        assert!(clock.now() >= until);
    }
}
