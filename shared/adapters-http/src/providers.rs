//! Every kind of calendar that can be looked at, behind one port.

use std::sync::Arc;

use app::ports::{Access, CalendarProvider, Cursor, Keeper, PullError, Pulled};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::accounts::Accounts;
use crate::caldav::CalDavProvider;
use crate::feed::{FeedProvider, Reach, later};
use transport::Transport;

/// Looks at a calendar by the adapter of its kind.
pub struct Providers {
    feed: FeedProvider,
    caldav: CalDavProvider,
    accounts: Accounts,
}

impl Providers {
    /// Over a transport for addresses that people gave, which should be a
    /// [`crate::feed::GuardedTransport`] of the same reach.
    pub fn new(guarded: Arc<dyn Transport>, reach: Reach) -> Self {
        Self {
            feed: FeedProvider::new(guarded.clone(), reach),
            caldav: CalDavProvider::new(guarded, reach),
            accounts: Accounts::default(),
        }
    }

    /// With those who keep calendars of accounts.
    #[must_use]
    pub fn with_accounts(self, accounts: Accounts) -> Self {
        Self { accounts, ..self }
    }

    fn of(&self, access: &Access) -> Result<&dyn CalendarProvider, PullError> {
        let (found, keeper) = match access {
            Access::IcsAddress { .. } => return Ok(&self.feed),
            Access::CalDav { .. } => return Ok(&self.caldav),
            Access::Google { .. } => (
                self.accounts.google.as_deref().map(|it| it as &dyn CalendarProvider),
                Keeper::Google,
            ),
            Access::Microsoft { .. } => {
                let found = self.accounts.microsoft.as_deref();
                (found.map(|it| it as &dyn CalendarProvider), Keeper::Microsoft)
            }
        };
        found.ok_or_else(|| later(&format!("{} is no longer set up here", keeper.title())))
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
        self.of(access)?.pull(access, cursor, now).await
    }

    fn newer(&self, access: &Access) -> Option<Access> {
        self.of(access).ok()?.newer(access)
    }
}
