//! Small worlds, explored whole: two workers, one of whom may die, in every order in which their
//! calls can be made.
//!
//! The workers are the system itself, not a model of it. Each call of a port is one step, and a
//! worker that is no longer polled is one that was killed. All orders are tried by beginning anew
//! and following a path; where a state was reached before, by another path, nothing new follows
//! from it. A worker is in the same state as before if it made the same calls and the store was the
//! same at each of them.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use beforehand::system::Ports;
use futures::future::LocalBoxFuture;
use tokio::task::{unconstrained, yield_now};

use crate::faults::{Faults, faulty};
use crate::simulation::planted::{Bug, plant};
use crate::world::{Maker, World};

/// How often a worker is looked after that makes no call.
const WAITS_MAX: usize = 10_000;

/// What one worker does, once.
pub type Worker = Pin<Box<dyn Future<Output = ()>>>;

/// Two workers at the same instant.
pub struct Scene {
    /// Makes the world as it is before they begin; ports are wrapped by what is given.
    pub begin: fn(Wrap) -> LocalBoxFuture<'static, World>,
    /// Makes the workers.
    pub workers: fn(&Arc<World>) -> Vec<Worker>,
    /// How many of them may be killed.
    pub kills: usize,
    /// Goes on from where they left, to where everything has ended, and says what is wrong.
    pub end: for<'a> fn(&'a World) -> LocalBoxFuture<'a, Result<(), String>>,
    /// What is wrong with the system on purpose.
    pub bug: Option<Bug>,
}

/// Wraps the ports of a world.
pub struct Wrap(Box<dyn FnOnce(Ports) -> Ports>);

impl Wrap {
    /// A world whose ports are wrapped.
    pub fn into(self, maker: Maker) -> World {
        maker.in_memory().ports(self.0).make()
    }
}

/// What was explored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explored {
    /// Different states in which somebody could go on.
    pub states: usize,
    /// Different states in which nobody could, each played to its end.
    pub ends: usize,
}

/// One step: somebody makes the next call, or is killed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Call(usize),
    Kill(usize),
}

/// The workers of one path.
struct Playing {
    world: Arc<World>,
    faults: Arc<Faults>,
    workers: Vec<Option<Worker>>,
    /// What each has seen.
    seen: Vec<u64>,
    kills: usize,
}

/// Explores a scene.
///
/// # Errors
/// What is wrong at the end of some path, and the path.
pub async fn explore(scene: &Scene) -> Result<Explored, String> {
    let (mut known, mut ends) = (HashSet::new(), HashSet::new());
    let mut paths = vec![Vec::new()];
    while let Some(path) = paths.pop() {
        let faults = Arc::<Faults>::default();
        let mut playing = begin(scene, &faults).await;
        for step in &path {
            playing.go(*step).await;
        }
        let mut path = path;
        let is_new = loop {
            let key = playing.key();
            let steps = playing.steps();
            if steps.is_empty() {
                break ends.insert(key);
            }
            if !known.insert(key) {
                break false;
            }
            let others = steps[1..].iter().map(|other| [&path[..], &[*other]].concat());
            paths.extend(others);
            path.push(steps[0]);
            playing.go(steps[0]).await;
        };
        faults.step(false);
        if is_new {
            let told = |what| format!("{what}\nafter {path:?}");
            (scene.end)(&playing.world).await.map_err(told)?;
        } else {
            playing.world.abandon();
        }
    }
    Ok(Explored { states: known.len(), ends: ends.len() })
}

async fn begin(scene: &Scene, faults: &Arc<Faults>) -> Playing {
    let (bug, inside) = (scene.bug, faults.clone());
    let wrap = Wrap(Box::new(move |ports| {
        let ports = match bug {
            Some(bug) => plant(bug, ports),
            None => ports,
        };
        faulty(&inside, ports)
    }));
    let world = Arc::new((scene.begin)(wrap).await);
    faults.step(true);
    let workers: Vec<_> = (scene.workers)(&world)
        .into_iter()
        // Nothing but the next step decides when it goes on, not what a runtime finds fair.
        .map(|worker| Some(Box::pin(unconstrained(worker)) as Worker))
        .collect();
    let seen = vec![0; workers.len()];
    let faults = faults.clone();
    let mut playing = Playing { world, faults, workers, seen, kills: scene.kills };
    // Up to their first calls they touch nothing.
    for who in 0..playing.workers.len() {
        playing.poll(who).await;
    }
    playing
}

impl Playing {
    fn steps(&self) -> Vec<Step> {
        let alive: Vec<_> =
            (0..self.workers.len()).filter(|who| self.workers[*who].is_some()).collect();
        let kills = if self.kills > 0 { &alive[..] } else { &[] };
        let calls = alive.iter().map(|who| Step::Call(*who));
        calls.chain(kills.iter().map(|who| Step::Kill(*who))).collect()
    }

    async fn go(&mut self, step: Step) {
        match step {
            Step::Call(who) => {
                let mut hasher = DefaultHasher::new();
                (self.seen[who], self.told()).hash(&mut hasher);
                self.seen[who] = hasher.finish();
                self.poll(who).await;
            }
            Step::Kill(who) => {
                self.workers[who] = None;
                self.seen[who] = 0;
                self.kills -= 1;
            }
        }
    }

    /// Lets a worker go on to its next call.
    async fn poll(&mut self, who: usize) {
        let Some(worker) = &mut self.workers[who] else { return };
        let calls = self.faults.count();
        for _ in 0..WAITS_MAX {
            let polled = worker.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if polled == Poll::Ready(()) {
                self.workers[who] = None;
                // Whatever it saw, it is over.
                self.seen[who] = 0;
                return;
            }
            if self.faults.count() > calls {
                return;
            }
            // It waits for a task of its own, which the runtime carries on.
            yield_now().await;
        }
        panic!("a worker waits for what never comes");
    }

    /// The state: what everybody sees, and what each has seen.
    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let alive: Vec<_> = self.workers.iter().map(Option::is_some).collect();
        (self.told(), &self.seen, alive, self.kills).hash(&mut hasher);
        hasher.finish()
    }

    fn told(&self) -> String {
        let world = &*self.world;
        let queues = world.system.queues();
        let waiting = [&queues.sends, &queues.plans].map(|queue| queue.len());
        let stored = world.memory.as_ref().map(|memory| memory.told());
        format!("{stored:?} {:?} {waiting:?}", world.sandbox.texts_where(|_| true))
    }
}
