//! News for the pages: a stream of pulses, each of which says what the present state is. A page
//! compares it with what it last saw and fetches what changed, so nothing is lost where a stream
//! breaks off.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use adapters_embedded::sms_sandbox::SandboxText;
use app::ports::Clock as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::PagesState;

/// Streams at once. A page that is not looked at closes its own.
const STREAMS_MAX: usize = 32;

/// How often the change feed is looked at, and the clock told.
const PULSE: Duration = Duration::from_secs(1);

/// Changes of the feed read at once; if there are more, the next pulse tells of them.
const CHANGES_MAX: usize = 200;

/// Counts the streams that are open.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<AtomicUsize>);

/// One open stream's place; dropped with it.
struct Seat(Arc<AtomicUsize>);

impl Seats {
    fn take(&self) -> Option<Seat> {
        let taken = |seats: usize| (seats < STREAMS_MAX).then_some(seats + 1);
        let order = Ordering::Relaxed;
        self.0.fetch_update(order, order, taken).ok().map(|_| Seat(self.0.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the script gets to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Pulse {
    /// Names the start of the program; a page of another start must be loaded anew.
    start: String,
    /// What the clock shows, in milliseconds since 1970.
    now: i64,
    /// How fast it runs.
    factor: u32,
    /// Rises with every change to a text, within one stream.
    texts: u64,
    /// Rises with every change to a reminder.
    reminders: u64,
}

/// One open stream.
struct Listener {
    state: PagesState,
    texts: Option<broadcast::Receiver<SandboxText>>,
    closing: watch::Receiver<bool>,
    ticks: Interval,
    pulse: Pulse,
    _seat: Seat,
}

/// `GET /events`
pub(super) async fn events(State(state): State<PagesState>) -> Response {
    let Some(seat) = state.inner.seats.take() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many pages are open.\n").into_response();
    };
    let listener = Listener::new(state, seat).await;
    let stream = stream::unfold(listener, async |mut listener| {
        let pulse = listener.next().await?;
        // A pulse is numbers and a name; it is always JSON.
        let event = Event::default().json_data(pulse).unwrap_or_default();
        Some((Ok::<_, Infallible>(event), listener))
    });
    Sse::new(stream).into_response()
}

impl Listener {
    async fn new(state: PagesState, seat: Seat) -> Self {
        let desk = state.inner.desk.as_ref();
        let texts = desk.map(|desk| desk.sandbox.subscribe());
        let closing = state.inner.closing.subscribe();
        let mut ticks = interval(PULSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let start = state.inner.door.token().start_name();
        // The feed may be long; what was folded already is old news.
        let reminders = state.inner.ports.metrics.folded_until().await.unwrap_or_default();
        let pulse = Pulse { start, now: 0, factor: 1, texts: 0, reminders };
        Self { state, texts, closing, ticks, pulse, _seat: seat }
    }

    /// Waits for the next pulse; none once the pages are closed.
    async fn next(&mut self) -> Option<Pulse> {
        if *self.closing.borrow() {
            return None;
        }
        let changed = async {
            match &mut self.texts {
                Some(texts) => match texts.recv().await {
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                },
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.closing.changed() => return None,
            () = changed => self.pulse.texts += 1,
            _ = self.ticks.tick() => {}
        }
        // What came meanwhile is the same news.
        if let Some(texts) = &mut self.texts {
            while texts.try_recv().is_ok() {}
        }
        self.look().await;
        Some(self.pulse.clone())
    }

    async fn look(&mut self) {
        let ports = &self.state.inner.ports;
        self.pulse.now = ports.clock.now().as_millisecond();
        if let Some(desk) = &self.state.inner.desk {
            self.pulse.now = desk.clock.clock.now().as_millisecond();
            self.pulse.factor = desk.clock.clock.factor();
        }
        // A store that does not answer has no news; the next pulse asks again.
        let changes = ports.feed.changes_after(self.pulse.reminders, CHANGES_MAX).await;
        if let Some(last) = changes.ok().and_then(|changes| changes.last().map(|c| c.sequence)) {
            self.pulse.reminders = last;
        }
    }
}
