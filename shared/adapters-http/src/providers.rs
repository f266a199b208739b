//! Every kind of calendar that can be looked at, behind one port.

use std::sync::Arc;

use app::ports::{Access, CalendarProvider, Cursor, PullError, Pulled};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::caldav::CalDavProvider;
use crate::feed::{FeedProvider, Reach, later};
use crate::google::Google;
use crate::transport::Transport;

/// Looks at a calendar by the adapter of its kind.
pub struct Providers {
    feed: FeedProvider,
    caldav: CalDavProvider,
    google: Option<Arc<Google>>,
}

impl Providers {
    /// Over a transport for addresses that people gave, which should be a
    /// [`crate::feed::GuardedTransport`] of the same reach.
    pub fn new(guarded: Arc<dyn Transport>, reach: Reach) -> Self {
        Self {
            feed: FeedProvider::new(guarded.clone(), reach),
            caldav: CalDavProvider::new(guarded, reach),
            google: None,
        }
    }

    /// With Google, where it is set up.
    #[must_use]
    pub fn with_google(self, google: Option<Arc<Google>>) -> Self {
        Self { google, ..self }
    }
}

#[async_trait]
impl CalendarProvider for Providers {
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        match access {
            Access::IcsAddress { .. } => self.feed.pull(access, cursor, now).await,
            Access::CalDav { .. } => self.caldav.pull(access, cursor, now).await,
            Access::Google { .. } => match &self.google {
                Some(google) => google.pull(access, cursor, now).await,
                None => Err(later("Google Calendar is no longer set up here")),
            },
        }
    }
}
