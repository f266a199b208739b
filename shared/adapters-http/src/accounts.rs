//! Those who keep calendars of accounts, behind the ports that they share.

use std::sync::Arc;

use app::ports::{
    Access, Channel, Channels, Consent, Consents, Hidden, Keeper, PullError, Telling,
};
use async_trait::async_trait;
use jiff::Timestamp;

use crate::google::{self, Google};
use crate::microsoft::{self, Microsoft};
use crate::oauth::{AccountSettings, BadAccountSettings, BadDeployment, Configured, no_channel};
use transport::{ReqwestTransport, Transport, TransportSettings};

/// Google and Microsoft, as far as they are set up.
#[derive(Clone, Default)]
pub struct Accounts {
    /// Google.
    pub google: Option<Arc<Google>>,
    /// Microsoft.
    pub microsoft: Option<Arc<Microsoft>>,
}

impl Accounts {
    /// With the settings of each, where it is set up.
    ///
    /// # Errors
    /// [`BadAccountSettings`].
    pub fn new(
        google: Option<AccountSettings>,
        microsoft: Option<AccountSettings>,
        transport: &Arc<dyn Transport>,
    ) -> Result<Self, BadAccountSettings> {
        let google = google.map(|settings| Google::new(settings, transport.clone()));
        let microsoft = microsoft.map(|settings| Microsoft::new(settings, transport.clone()));
        Ok(Self {
            google: google.transpose()?.map(Arc::new),
            microsoft: microsoft.transpose()?.map(Arc::new),
        })
    }

    /// As a deployment names Google's client and Microsoft's, for a system that others reach at
    /// `base_url`.
    ///
    /// # Errors
    /// [`BadDeployment`].
    pub fn deployed(
        [google, microsoft]: [Option<Configured>; 2],
        base_url: &str,
    ) -> Result<Self, BadDeployment> {
        let settings = |places, configured: Option<Configured>| {
            configured.map(|it| AccountSettings::deployed(places, it, base_url)).transpose()
        };
        let google = settings(&google::PLACES, google)?;
        let microsoft = settings(&microsoft::PLACES, microsoft)?;
        let transport = ReqwestTransport::new(&TransportSettings::of_functions())?;
        Ok(Self::new(google, microsoft, &(Arc::new(transport) as Arc<dyn Transport>))?)
    }

    /// By whom people may allow us to read their calendars.
    pub fn consents(&self) -> Consents {
        let google = self.google.clone().map(|it| (Keeper::Google, it as Arc<dyn Consent>));
        let microsoft =
            self.microsoft.clone().map(|it| (Keeper::Microsoft, it as Arc<dyn Consent>));
        Consents::new(google.into_iter().chain(microsoft).collect())
    }

    /// Their channels, if there may be any.
    pub fn channels(&self) -> Option<Arc<dyn Channels>> {
        let is_any = self.google.is_some() || self.microsoft.is_some();
        is_any.then(|| Arc::new(self.clone()) as Arc<dyn Channels>)
    }

    fn of(&self, access: &Access) -> Option<&dyn Channels> {
        match access {
            Access::Google { .. } => self.google.as_deref().map(|it| it as &dyn Channels),
            Access::Microsoft { .. } => self.microsoft.as_deref().map(|it| it as &dyn Channels),
            Access::IcsAddress { .. } | Access::CalDav { .. } => None,
        }
    }
}

#[async_trait]
impl Channels for Accounts {
    fn telling(&self, access: &Access) -> Option<Telling> {
        self.of(access)?.telling(access)
    }

    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError> {
        self.of(access).ok_or_else(no_channel)?.open(access, id, token, now).await
    }

    async fn renew(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Option<Channel>, PullError> {
        self.of(access).ok_or_else(no_channel)?.renew(access, channel, now).await
    }

    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError> {
        match self.of(access) {
            Some(channels) => channels.close(access, channel, now).await,
            None => Ok(()),
        }
    }
}
