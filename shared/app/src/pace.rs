//! Taking turns: a sender posts at its rate, however many senders share it.
//!
//! Every post needs a turn, and the store counts those of each second. So that this costs little,
//! whoever asks at the same time in one process is served with one addition, which takes turns for
//! those on their way, too; no addition is refused because others make theirs. A second that is
//! known to be full is not asked again. Where no rate is kept nothing is counted.
//!
//! A second is that of the asking clock, and its turns are given out once, whichever clock shows
//! it. Clocks may be two seconds off ([`limits::CLOCK_SKEW_MAX`]), so a stretch of time gives no
//! more turns than one that is four seconds longer has; on the whole the rate holds. With a clock
//! that is further off somebody would have the turns of minutes to come beside those that the
//! others take now: whoever asks must have compared clocks before.
//!
//! That the provider turned posts away stands in the lane's row, which is read before turns are
//! asked for unless that was done within the second. Then one text tries for all, which is noted
//! there by a write that only one can make.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use domain::ids::ReminderId;
use domain::limits;
use domain::pace::{Lane, Pace, Rate, Taken, second_of};
use domain::retry::after_not_processed;
use domain::time::ahead;
use futures::channel::oneshot;
use futures::lock::Mutex;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::causes::in_full;
use crate::company::{Coming, Company};
use crate::ports::{Control, StoreError};

/// How often a write is tried while other senders write.
const TRIES_MAX: usize = 20;

/// What part of a second's turns is taken at once beyond those that are asked for, and how many at
/// most: many texts that leave together cost few writes, and few turns are lost.
const SPARE_OF: u32 = 20;
const SPARE_MAX: u32 = 10;

/// How old what we know of a lane may be where nothing is written that would be refused.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(5);

/// How old it may be when it says that somebody must wait, for others may have ended that; and when
/// turns are counted, for that does not tell what others wrote.
const WAIT_FRESH_FOR: SignedDuration = SignedDuration::from_secs(1);

/// The answer to somebody who asked for a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Post now.
    Now,
    /// Another job for the same reminder has just got one.
    Again,
    /// There is none.
    Later {
        /// When to ask again at the earliest.
        at: Timestamp,
        /// Whether everybody waits for the provider, and not for each other.
        is_held: bool,
    },
}

/// Gives out the turns of one lane.
pub struct Pacer {
    lane: Lane,
    control: Arc<dyn Control>,
    state: Mutex<State>,
    served: Lock<Served>,
    asking: Lock<Vec<Asking>>,
    company: Company,
}

/// What we know of the lane, and have of its turns.
#[derive(Default)]
struct State {
    known: Option<Known>,
    hand: Hand,
}

/// What we know of the lane.
struct Known {
    pace: Pace,
    as_of: Timestamp,
}

impl Known {
    fn is_within(&self, age: SignedDuration, now: Timestamp) -> bool {
        now >= self.as_of && now < ahead(self.as_of, age)
    }
}

/// Turns that are ours.
#[derive(Default)]
struct Hand {
    /// Of which second.
    second: Timestamp,
    /// Those that nobody has used.
    left: u32,
    /// Whether that second has no more for anybody.
    is_full: bool,
}

/// Who got a turn in a second. Two jobs for one reminder must not take two turns.
#[derive(Default)]
struct Served {
    second: i64,
    reminders: HashSet<ReminderId>,
}

impl Served {
    /// How many turns those need who ask.
    fn missing(&self, asking: &[Asking]) -> u32 {
        let asking: HashSet<_> = asking.iter().map(|one| one.reminder).collect();
        u32::try_from(asking.difference(&self.reminders).count()).unwrap_or(u32::MAX)
    }
}

/// Somebody who asks for a turn.
struct Asking {
    reminder: ReminderId,
    last_at: Timestamp,
    answer: oneshot::Sender<Turn>,
}

impl Pacer {
    /// The pacer of a lane.
    pub fn new(lane: Lane, control: Arc<dyn Control>) -> Self {
        Self {
            lane,
            control,
            state: Mutex::default(),
            served: Lock::default(),
            asking: Lock::default(),
            company: Company::default(),
        }
    }

    /// How fast the lane is; none if it is not paced.
    pub fn rate(&self) -> Option<Rate> {
        self.lane.rate
    }

    /// Notes that a reminder will soon ask for a turn, for as long as what is returned lives.
    pub(crate) fn expect(&self, reminder: ReminderId) -> Coming<'_> {
        self.company.join(reminder)
    }

    /// Asks for a turn for the text of a reminder that must be handed over before `last_at`. Of
    /// those who ask at the same time whoever has the least time left is served first. `now` comes
    /// from a clock that was compared with the store's.
    ///
    /// # Errors
    /// [`StoreError`]; nobody may post then.
    pub async fn take(
        &self,
        reminder: ReminderId,
        last_at: Timestamp,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let (answer, turn) = oneshot::channel();
        self.company.arrive(reminder);
        self.asking().push(Asking { reminder, last_at, answer });
        {
            let mut state = self.state.lock().await;
            // Whoever gets here serves all that came meanwhile, and perhaps was served itself.
            let asking = mem::take(&mut *self.asking());
            if !asking.is_empty() {
                self.serve(&mut state, asking, now).await?;
            }
        }
        turn.await.map_err(|_| StoreError::Transient {
            operation: "take a turn",
            source: "who asked for all of us was not answered".into(),
        })
    }

    async fn serve(
        &self,
        state: &mut State,
        mut asking: Vec<Asking>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        asking.sort_by_key(|one| one.last_at);
        let wanted = self.served(now).missing(&asking);
        let taken = match self.lane.rate {
            Some(rate) => self.counted(state, rate, wanted, now).await?,
            None => self.admit(&mut state.known, wanted, now).await?,
        };
        let mut turns = taken.turns;
        let later = Turn::Later { at: taken.next_at, is_held: taken.is_held };
        let mut served = self.served(now);
        for one in asking {
            let turn = if served.reminders.contains(&one.reminder) {
                Turn::Again
            } else if turns > 0 {
                served.reminders.insert(one.reminder);
                turns -= 1;
                Turn::Now
            } else {
                later
            };
            // Who no longer waits for an answer posts nothing, and the turn is lost.
            let _ = one.answer.send(turn);
        }
        Ok(())
    }

    /// Up to `wanted` turns of this second, from those in hand or the store. What is taken beyond
    /// stays in hand for whoever asks next within the second.
    async fn counted(
        &self,
        state: &mut State,
        rate: Rate,
        wanted: u32,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let (second, next_at) = second_of(now);
        if wanted == 0 {
            return Ok(Taken { turns: 0, next_at, is_held: false });
        }
        if state.hand.second != second {
            state.hand = Hand { second, ..Hand::default() };
        }
        let pace = self.heard(&mut state.known, now).await?;
        if let Some(next_at) = pace.held(now) {
            return Ok(Taken { turns: 0, next_at, is_held: true });
        }
        let (admits, is_tried) = (pace.admits(), pace.strikes > 0);
        let hand = &mut state.hand;
        let missing = wanted.min(admits).saturating_sub(hand.left);
        if missing > 0 && !hand.is_full {
            let spare = (rate.get() / SPARE_OF).min(SPARE_MAX).max(self.company.count());
            let asked = missing.saturating_add(spare).min(admits);
            let before = self.control.take_turns(&self.lane.sender, second, asked).await?;
            let granted = rate.grants(before, asked);
            hand.left = hand.left.saturating_add(granted);
            hand.is_full = rate.grants(before, asked.saturating_add(1)) == granted;
        }
        let turns = wanted.min(admits).min(hand.left);
        hand.left -= turns;
        if !is_tried || turns == 0 {
            return Ok(Taken { turns, next_at, is_held: false });
        }
        self.admit(&mut state.known, turns, now).await
    }

    /// Up to `wanted` posts, as far as the provider goes.
    async fn admit(
        &self,
        known: &mut Option<Known>,
        wanted: u32,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let admitted = self
            .change(known, now, |pace| {
                let taken = pace.admit(wanted, now);
                // What was heard from others a while ago may be over.
                (taken, taken.is_held && taken.turns == 0)
            })
            .await?;
        // If others wrote with every try a later second is as good.
        let none = Taken { turns: 0, next_at: second_of(now).1, is_held: false };
        Ok(admitted.map_or(none, |(taken, _)| taken))
    }

    /// The lane as it was a moment ago.
    async fn heard<'a>(
        &self,
        known: &'a mut Option<Known>,
        now: Timestamp,
    ) -> Result<&'a Pace, StoreError> {
        let fresh = known.take().filter(|known| known.is_within(WAIT_FRESH_FOR, now));
        let heard = match fresh {
            Some(fresh) => fresh,
            None => Known { pace: self.pace().await?, as_of: now },
        };
        Ok(&known.insert(heard).pace)
    }

    /// Notes that the provider did not process a post of a text that it turned away `times` times
    /// before. Says how long that text waits; the others wait as long.
    pub async fn strike(&self, times: u32, jitter: u8, now: Timestamp) -> SignedDuration {
        let mut state = self.state.lock().await;
        let struck = self
            .change(&mut state.known, now, |pace| {
                let wait = after_not_processed(times.max(pace.strikes), jitter);
                pace.strike(wait, now);
                (wait, false)
            })
            .await;
        match struck {
            Ok(Some((wait, pace))) => {
                let (strikes, wait_ms) = (pace.strikes, wait.as_millis());
                info!(strikes, wait_ms, "The provider turned a text away: all wait for {wait:#}");
                wait
            }
            Ok(None) => after_not_processed(times, jitter),
            Err(error) => {
                warn!("Could not hold the others: {}", in_full(&error));
                after_not_processed(times, jitter)
            }
        }
    }

    /// Notes that the provider processed a post.
    pub async fn relieve(&self, now: Timestamp) {
        let mut state = self.state.lock().await;
        if state.known.as_ref().is_none_or(|known| known.pace.strikes == 0) {
            return;
        }
        if let Err(error) = self.change(&mut state.known, now, |pace| (pace.relieve(), false)).await
        {
            // The hold ends by itself.
            warn!("Could not end the hold: {}", in_full(&error));
        }
    }

    /// Until when nobody posts, if that was heard within the last second: asked without effort,
    /// before a text is looked at more closely.
    pub async fn known_hold(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.state.lock().await;
        let known = state.known.as_ref();
        let fresh = known.filter(|known| known.is_within(WAIT_FRESH_FOR, now))?;
        fresh.pace.held(now)
    }

    /// The lane as it is now.
    pub(crate) async fn pace(&self) -> Result<Pace, StoreError> {
        self.control.pace(&self.lane.sender).await
    }

    /// Claims the making of a line. None if that is the caller's to do now; else when the line was
    /// made that stands.
    pub(crate) async fn begin_line(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut state = self.state.lock().await;
        let begin = |pace: &mut Pace| {
            let standing = pace.lined_up_at.filter(|_| pace.is_crowded(now));
            pace.lined_up_at = standing.or(Some(now));
            (standing, standing.is_some())
        };
        let begun = self.change(&mut state.known, now, begin).await?;
        begun.map(|(standing, _)| standing).ok_or_else(busy)
    }

    /// Notes that a line was made, in place of any that stood.
    pub(crate) async fn renew_line(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        let renew = |pace: &mut Pace| (pace.lined_up_at = Some(now), false);
        self.change(&mut state.known, now, renew).await?.map(|_| ()).ok_or_else(busy)
    }

    /// Changes the lane as `decide` says, which answers something and whether that should not be
    /// said from what is remembered for long. Writes only if something changed. None if others
    /// wrote with every try.
    async fn change<T>(
        &self,
        known: &mut Option<Known>,
        now: Timestamp,
        decide: impl Fn(&mut Pace) -> (T, bool) + Send,
    ) -> Result<Option<(T, Pace)>, StoreError>
    where
        T: Send,
    {
        for _ in 0..TRIES_MAX {
            let remembered = known.take();
            let is_remembered = remembered.is_some();
            let seen = match remembered {
                Some(seen) => seen,
                None => Known { pace: self.pace().await?, as_of: now },
            };
            let mut pace = seen.pace.clone();
            let (answer, needs_fresh) = decide(&mut pace);
            let is_same = pace == seen.pace;
            let may_be_old = if needs_fresh { WAIT_FRESH_FOR } else { FRESH_FOR };
            let is_unchecked = is_same && (needs_fresh || self.lane.rate.is_none());
            if is_remembered && is_unchecked && !seen.is_within(may_be_old, now) {
                continue;
            }
            if is_same {
                *known = Some(seen);
                return Ok(Some((answer, pace)));
            }
            pace.version += 1;
            if self.control.put_pace(&self.lane.sender, &pace).await? {
                *known = Some(Known { pace: pace.clone(), as_of: now });
                return Ok(Some((answer, pace)));
            }
        }
        Ok(None)
    }

    fn served(&self, now: Timestamp) -> MutexGuard<'_, Served> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        if served.second != now.as_second() {
            *served = Served { second: now.as_second(), reminders: HashSet::new() };
        }
        served
    }

    fn asking(&self) -> MutexGuard<'_, Vec<Asking>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> StoreError {
    StoreError::Transient { operation: "make a line", source: "others keep taking turns".into() }
}

/// How long one of those that wait for the provider waits beyond the hold, so that they do not all
/// come in the same instant.
pub(crate) fn spread(jitter: u8) -> SignedDuration {
    SignedDuration::from_millis(i64::from(jitter) * 4)
}

/// Whether a text whose turn was at `turn_at` comes for it, and not from long ago.
pub(crate) fn comes_in_turn(turn_at: Option<Timestamp>, now: Timestamp) -> bool {
    turn_at.is_some_and(|at| now < ahead(at, limits::TURN_GOOD_FOR))
}
