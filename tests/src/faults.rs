//! Ports that fail when they are told to: before they do what they are asked, or after it, when
//! nobody knows that it was done. They can also die, as a killed process does, and let something
//! else happen in the middle of a call.

mod ports;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use adapters_embedded::dice::SeededDice;
use app::ports::Dice;
use beforehand::system::Ports;
use futures::future::BoxFuture;
use jiff::SignedDuration;

use self::ports::Faulty;

/// When a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Before anything was done.
    Before,
    /// After it was done.
    After,
}

/// What happens in the middle of a call.
pub type Hook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// Which calls fail. An operation is named by its method, as in `claim`, or with its port, as in
/// `PlanQueue::enqueue`.
#[derive(Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    names: Vec<&'static str>,
    at_call: HashMap<usize, Planned>,
    next: BTreeMap<String, (Planned, usize)>,
    before: HashMap<&'static str, VecDeque<Hook>>,
    after: HashMap<&'static str, VecDeque<Hook>>,
    is_dead: bool,
    skew: SignedDuration,
    chance: Option<Chance>,
    /// Which calls let other work go first.
    turns: Option<Chance>,
    /// Whether every call lets other work go first.
    steps: bool,
    holds_still: bool,
}

/// What is to go wrong.
#[derive(Clone, Copy)]
struct Planned {
    fault: Fault,
    is_fatal: bool,
}

/// Faults by the dice.
struct Chance {
    dice: SeededDice,
    in_256: u8,
}

/// One call on its way.
struct Call {
    planned: Option<Planned>,
    /// Whether whatever else is under way goes on first.
    yields: bool,
    before: Option<Hook>,
    after: Option<Hook>,
}

impl Faults {
    /// The next `times` calls of `operation` fail.
    pub fn fail(&self, operation: &str, fault: Fault, times: usize) {
        let planned = Planned { fault, is_fatal: false };
        self.lock().next.insert(operation.to_owned(), (planned, times));
    }

    /// Calls of `operation` work again.
    pub fn heal(&self, operation: &str) {
        self.lock().next.remove(operation);
    }

    /// The call number `call` from now on (from 0) fails, whatever it is.
    pub fn fail_call(&self, call: usize, fault: Fault) {
        self.plan(call, Planned { fault, is_fatal: false });
    }

    /// The process dies at the next call of `operation`: nothing that it asks afterwards is done.
    pub fn kill(&self, operation: &str, fault: Fault) {
        self.lock().next.insert(operation.to_owned(), (Planned { fault, is_fatal: true }, 1));
    }

    /// The process dies at the call number `call` from now on (from 0).
    pub fn kill_at_call(&self, call: usize, fault: Fault) {
        self.plan(call, Planned { fault, is_fatal: true });
    }

    /// Whether the process has died.
    pub fn is_dead(&self) -> bool {
        self.lock().is_dead
    }

    /// About so many calls in 256 fail, before or after they are done, as the seed has it; none
    /// from now on if it is 0.
    pub fn fail_randomly(&self, seed: u64, in_256: u8) {
        let dice = SeededDice::new(seed);
        self.lock().chance = (in_256 > 0).then_some(Chance { dice, in_256 });
    }

    /// Before about so many calls in 256, as the seed has it, other work that is under way goes on
    /// first: the looks of one batch interleave. None from now on if it is 0. A post begins in the
    /// instant in which its claim was last found fresh, which no process can make otherwise.
    pub fn interleave(&self, seed: u64, in_256: u8) {
        let dice = SeededDice::new(seed);
        self.lock().turns = (in_256 > 0).then_some(Chance { dice, in_256 });
    }

    /// While it is so, every call, posts too, lets whoever polls it decide when it is made.
    pub fn step(&self, is_so: bool) {
        self.lock().steps = is_so;
    }

    /// While it is so, nothing else goes on in the middle of anything.
    pub fn hold_still(&self, is_so: bool) {
        self.lock().holds_still = is_so;
    }

    /// Nothing fails any more, except what is dead.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.at_call.clear();
        state.next.clear();
        state.before.clear();
        state.after.clear();
        (state.skew, state.chance, state.turns) = (SignedDuration::ZERO, None, None);
    }

    /// Puts the store's clock ahead of ours.
    pub fn skew_store_clock(&self, by: SignedDuration) {
        self.lock().skew = by;
    }

    /// Lets something happen before the next call of `operation` (with its port) reaches it.
    pub fn before(&self, operation: &'static str, hook: Hook) {
        self.lock().before.entry(operation).or_default().push_back(hook);
    }

    /// Lets something happen after the next call of `operation` (with its port) was carried out,
    /// before whoever called has the answer.
    pub fn after(&self, operation: &'static str, hook: Hook) {
        self.lock().after.entry(operation).or_default().push_back(hook);
    }

    /// How many calls there were so far.
    pub fn count(&self) -> usize {
        self.lock().names.len()
    }

    /// The names of all calls so far.
    pub fn calls(&self) -> Vec<&'static str> {
        self.lock().names.clone()
    }

    fn plan(&self, call: usize, planned: Planned) {
        let mut state = self.lock();
        let at = state.names.len() + call;
        state.at_call.insert(at, planned);
    }

    /// Notes a call, and says what is to become of it.
    fn call(&self, name: &'static str) -> Call {
        let mut state = self.lock();
        if state.is_dead {
            let planned = Some(Planned { fault: Fault::Before, is_fatal: true });
            return Call { planned, yields: false, before: None, after: None };
        }
        let planned = state.planned(name);
        state.names.push(name);
        let before = state.before.get_mut(name).and_then(VecDeque::pop_front);
        let after = state.after.get_mut(name).and_then(VecDeque::pop_front);
        let may_yield = !state.holds_still && name != "SmsGateway::send";
        let turns = may_yield && state.turns.as_ref().is_some_and(Chance::comes_up);
        let yields = turns || state.steps;
        Call { planned, yields, before, after }
    }

    fn die(&self) {
        self.lock().is_dead = true;
    }

    fn skew(&self) -> SignedDuration {
        self.lock().skew
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn planned(&mut self, name: &'static str) -> Option<Planned> {
        if let Some(planned) = self.at_call.remove(&self.names.len()) {
            return Some(planned);
        }
        let method = name.rsplit("::").next().unwrap_or(name);
        let key = [name, method].into_iter().find(|key| self.next.contains_key(*key));
        if let Some(key) = key {
            let (planned, times) = self.next.get_mut(key)?;
            let planned = *planned;
            *times -= 1;
            if *times == 0 {
                self.next.remove(key);
            }
            return Some(planned);
        }
        self.chance.as_ref().and_then(Chance::throw)
    }
}

impl Chance {
    fn comes_up(&self) -> bool {
        self.dice.byte() < self.in_256
    }

    fn throw(&self) -> Option<Planned> {
        let fault = if self.dice.byte() < 128 { Fault::Before } else { Fault::After };
        self.comes_up().then_some(Planned { fault, is_fatal: false })
    }
}

/// All ports of a world, failing as `faults` says. Time, jitter and the reading of calendars never
/// fail, and the folding of counters is not among what a person waits for.
pub fn faulty(faults: &Arc<Faults>, ports: Ports) -> Ports {
    fn wrap<P: ?Sized>(faults: &Arc<Faults>, inner: Arc<P>) -> Arc<Faulty<P>> {
        Arc::new(Faulty { inner, faults: faults.clone() })
    }
    let mut ports = ports;
    let stores = &mut ports.stores;
    stores.users = wrap(faults, stores.users.clone());
    stores.phones = wrap(faults, stores.phones.clone());
    stores.calendars = wrap(faults, stores.calendars.clone());
    stores.connections = wrap(faults, stores.connections.clone());
    stores.events = wrap(faults, stores.events.clone());
    stores.reminders = wrap(faults, stores.reminders.clone());
    stores.claims = wrap(faults, stores.claims.clone());
    stores.control = wrap(faults, stores.control.clone());
    stores.clock = wrap(faults, stores.clock.clone());
    ports.gateway = wrap(faults, ports.gateway.clone());
    ports.sends = wrap(faults, ports.sends.clone());
    ports.opt_ins = wrap(faults, ports.opt_ins.clone());
    ports.notices = wrap(faults, ports.notices.clone());
    ports.plans = wrap(faults, ports.plans.clone());
    ports.syncs = wrap(faults, ports.syncs.clone());
    ports.bus = wrap(faults, ports.bus.clone());
    ports.domain_events = wrap(faults, ports.domain_events.clone());
    ports
}
