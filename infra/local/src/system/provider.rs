//! How texts go out: through an account at Twilio, or through the sandbox with its phones.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use adapters_embedded::sms_sandbox::{OptOutHandling, SandboxConfig, SmsSandbox};
use adapters_http::twilio::{Credentials, Sender, Twilio, TwilioSettings, TwilioVerify};
use app::ports::{Clock, CodeService, Hidden, PhoneCodes, SmsGateway};
use tokio::net::TcpListener;
use transport::Transport;
use twilio_webhook::{INBOUND_PATH, STATUS_PATH};

use super::up::{UpError, listen, listen_error, transport};
use crate::config::{self, Config, DataFolder, Sms};

/// The number that the sandbox's texts come from.
pub(super) const SANDBOX_NUMBER: &str = "+12025550100";

/// How texts go out.
pub(super) struct Provider {
    pub(super) gateway: Arc<dyn SmsGateway>,
    pub(super) codes: Option<Arc<dyn PhoneCodes>>,
    pub(super) auth_tokens: Vec<String>,
    pub(super) sandbox: Option<Arc<SmsSandbox>>,
    pub(super) listener: Option<TcpListener>,
}

impl Provider {
    /// The one that is configured.
    pub(super) async fn of(
        config: &Config,
        folder: &DataFolder,
        base_url: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UpError> {
        let callbacks = format!("{base_url}{STATUS_PATH}");
        match &config.sms {
            Sms::Twilio(twilio) => Self::of_account(twilio, callbacks, clock),
            Sms::Sandbox(wishes) => {
                let inbound = format!("{base_url}{INBOUND_PATH}");
                let own = sandbox_config(wishes, inbound, &*clock);
                Self::of_sandbox(config, folder, own, callbacks, clock).await
            }
        }
    }

    fn of_account(
        twilio: &config::TwilioSettings,
        callbacks: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UpError> {
        let secret = twilio.auth_token.reveal().to_owned();
        let sender = match &twilio.sender {
            config::Sender::From(number) => Sender::Number(number.as_e164().to_owned()),
            config::Sender::MessagingService(sid) => Sender::Service(sid.clone()),
        };
        let sid = twilio.account_sid.clone();
        let credentials = Credentials { user: sid.clone(), secret: secret.clone() };
        let mut settings = TwilioSettings::new(sid.clone(), credentials, sender, callbacks);
        twilio.base_url.as_str().clone_into(&mut settings.base_url);
        let transport: Arc<dyn Transport> = Arc::new(transport()?);
        let codes = twilio.verify_service_sid.as_ref().map(|service| CodeService {
            account: sid,
            secret: Hidden::new(secret.clone()),
            service: service.clone(),
            base_url: twilio.verify_base_url.as_ref().map(ToString::to_string),
        });
        let codes = codes.map(|codes| TwilioVerify::new(codes, transport.clone())).transpose()?;
        let second = twilio.auth_token_secondary.as_ref();
        let tokens = [Some(secret), second.map(|token| token.reveal().to_owned())];
        Ok(Self {
            gateway: Arc::new(Twilio::new(settings, transport, clock)?),
            codes: codes.map(|codes| Arc::new(codes) as Arc<dyn PhoneCodes>),
            auth_tokens: tokens.into_iter().flatten().collect(),
            sandbox: None,
            listener: None,
        })
    }

    async fn of_sandbox(
        config: &Config,
        folder: &DataFolder,
        own: SandboxConfig,
        callbacks: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UpError> {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let time = clock.clone();
        let journal = folder.path().join("sandbox.jsonl");
        let sandbox = Arc::new(SmsSandbox::open(own, Arc::new(move || time.now()), journal)?);
        let address =
            listener.local_addr().map_err(|source| listen_error(config.listen, source))?;
        let (base_url, own) = (config::endpoint(address), sandbox.config());
        let (sid, secret) = (own.account_sid.clone(), own.auth_token.clone());
        let credentials = Credentials { user: sid.clone(), secret: secret.clone() };
        let sender = Sender::Number(SANDBOX_NUMBER.to_owned());
        let mut settings = TwilioSettings::new(sid.clone(), credentials, sender, callbacks);
        settings.base_url.clone_from(&base_url);
        let codes = CodeService {
            account: sid,
            secret: Hidden::new(secret.clone()),
            service: own.verify_service.clone(),
            base_url: Some(base_url),
        };
        let transport: Arc<dyn Transport> = Arc::new(transport()?);
        Ok(Self {
            gateway: Arc::new(Twilio::new(settings, transport.clone(), clock)?),
            codes: Some(Arc::new(TwilioVerify::new(codes, transport)?)),
            auth_tokens: vec![secret],
            sandbox: Some(sandbox),
            listener: Some(listener),
        })
    }
}

fn sandbox_config(
    wishes: &config::SandboxSettings,
    inbound_url: String,
    clock: &dyn Clock,
) -> SandboxConfig {
    SandboxConfig {
        inbound_url: Some(inbound_url),
        opt_out: match wishes.stop_reply {
            config::StopReply::Twilio => OptOutHandling::Provider,
            config::StopReply::Ourselves => OptOutHandling::Off,
        },
        delays: wishes.delays,
        callbacks_at_once: 64,
        seed: wishes.seed.unwrap_or_else(|| clock.now().as_microsecond().cast_unsigned()),
        ..SandboxConfig::default()
    }
}
