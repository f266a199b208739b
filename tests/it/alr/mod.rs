//! ALR: alerts.

mod absence;
mod channels;
mod digest;
mod figures;
mod operator;

use std::sync::Arc;

use app::alerts::board;
use beforehand::system::{Ports, Tick};
use domain::alerts::{Standing, State};
use jiff::SignedDuration;
use tests::alerts::{Ears, SaidFigures};
use tests::world::{Maker, World};

/// A Monday.
const START: &str = "2026-11-23T10:00:00Z";

/// A world whose alerts are heard.
struct Watch {
    world: World,
    ears: Ears,
    figures: Arc<SaidFigures>,
}

impl Watch {
    /// Figures are counted.
    fn counting() -> Self {
        Self::of(|ports, _| ports)
    }

    /// Figures are said.
    fn saying() -> Self {
        Self::of(|ports, figures| Ports { figures: figures.clone(), ..ports })
    }

    fn of(wrap: impl FnOnce(Ports, &Arc<SaidFigures>) -> Ports + 'static) -> Self {
        Self::in_world(World::maker(START), wrap)
    }

    fn in_world(
        maker: Maker,
        wrap: impl FnOnce(Ports, &Arc<SaidFigures>) -> Ports + 'static,
    ) -> Self {
        let (ears, figures) = (Ears::default(), Arc::<SaidFigures>::default());
        let (heard, said) = (ears.clone(), figures.clone());
        let maker = maker
            .ports(move |ports| wrap(Ports { alert_channels: heard.channels(), ..ports }, &said));
        Self { world: maker.make(), ears, figures }
    }

    /// Lets the system live, minute by minute; counters follow each minute. Two runs of the monitor
    /// at once are one too many each time.
    async fn live(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.run_for(SignedDuration::from_mins(1)).await;
            self.look().await;
        }
    }

    /// Lets time pass in which nothing runs but the monitor.
    async fn stand(&self, minutes: i64) {
        for _ in 0..minutes {
            self.world.clock.set(self.world.now() + SignedDuration::from_mins(1));
            self.look().await;
        }
    }

    /// Two runs of the monitor at once.
    async fn look(&self) {
        let system = &self.world.system;
        tokio::join!(system.fire(Tick::Monitor), system.fire(Tick::Monitor));
    }

    async fn standing(&self, rule: &str, key: &str) -> Standing {
        let board = board(&*self.world.stores.control).await.unwrap();
        let is_it = |s: &Standing| s.rule == rule && s.key == key;
        board.standings.into_iter().find(is_it).unwrap_or_else(|| panic!("{rule} {key}"))
    }

    async fn state(&self, rule: &str) -> State {
        self.standing(rule, "").await.state
    }
}
