//! What every function does first: logs, configuration, clients.

use std::sync::Arc;

use app::alerts::{AlertSettings, CountedFigures, SightPorts};
use app::ceiling::Ceiling;
use app::compose::Composing;
use app::inbound::StopReply;
use app::links::{Links, Pages};
use app::pace::Pacer;
use app::ports::{CalendarReader, Clock, CodeService, Hidden, PhoneKeys};
use app::promote::PromotePorts;
use app::receipt::ReceiptPorts;
use app::rollout::RolloutPorts;
use app::users::{MirrorPorts, UserPorts};
use domain::time::Zones;
use traces::Traces;

use crate::bus::EventBridgeBus;
use crate::clients::{BadEnvironment, Clients};
use crate::clock::SystemClock;
use crate::config::{AccountParts, BadConfig, Config, StopReply as Configured};
use crate::queues::{SqsComposeQueue, SqsPlanQueue, SqsSendQueue, SqsSyncQueue};
use crate::secrets::{BadSecrets, Secrets};
use crate::store::{DynamoStore, Tables};
use crate::telemetry;

/// A function that cannot start. Lambda tries again with its next invocation.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The environment that Lambda gives.
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    /// The secrets.
    #[error(transparent)]
    Secrets(#[from] BadSecrets),
}

/// What a function's main wires up: everything of AWS, made once.
#[derive(Clone)]
pub struct Aws {
    /// What is configured.
    pub config: Config,
    /// The clients.
    pub clients: Clients,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The spans that are exported, if they are.
    traces: Option<Traces>,
}

impl Aws {
    /// Starts the logs of `function`, reads the configuration and makes the clients.
    ///
    /// # Errors
    /// [`StartError`], which is logged.
    pub fn start(function: &'static str) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = Config::from_env();
        let deployment = config.as_ref().map_or("unknown", |config| &config.table_prefix);
        let exports = config.as_ref().is_ok_and(|config| config.otlp_endpoint.is_some());
        let traces = exports.then(|| telemetry::traces(function, deployment, &clock));
        telemetry::start(function, deployment, clock.clone(), traces.as_ref());
        let started = || Ok(Self { config: config?, clients: Clients::from_env()?, clock, traces });
        started().inspect_err(cannot_start)
    }

    /// Does the work of one invocation, and exports its spans before the answer, if they are: a
    /// function that has answered does not run on. Texts have left by then.
    pub async fn traced<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
        if let (Some(traces), Some(endpoint)) = (&self.traces, &self.config.otlp_endpoint) {
            let url = format!("{endpoint}{}", traces::PATH);
            traces.export(|body| self.clients.post(&url, traces::CONTENT_TYPE, body)).await;
        }
        done
    }

    /// Reads the secrets.
    ///
    /// # Errors
    /// [`StartError`], which is logged.
    pub async fn secrets(&self) -> Result<Secrets, StartError> {
        let read = Secrets::read(&self.clients, &self.config.secrets).await;
        read.map_err(StartError::from).inspect_err(cannot_start)
    }

    /// The store, behind all of its ports.
    pub fn store(&self) -> Arc<DynamoStore> {
        let tables = Tables::with_prefix(&self.config.table_prefix);
        let (client, clock) = (self.clients.dynamodb(), self.clock.clone());
        Arc::new(DynamoStore::keeping(client, tables, clock, self.config.retention))
    }

    /// What handing over what becomes due needs.
    pub fn promotions(&self, store: &Arc<DynamoStore>) -> PromotePorts {
        PromotePorts {
            reminders: store.clone(),
            control: store.clone(),
            sends: self.send_queue(),
            clock: self.clock.clone(),
            pacer: self.pacer(store.clone()),
        }
    }

    /// What watching and changing the rollout needs.
    pub fn rollout(&self, store: &Arc<DynamoStore>) -> RolloutPorts {
        RolloutPorts {
            control: store.clone(),
            users: store.clone(),
            reminders: store.clone(),
            metrics: store.clone(),
            plans: self.plan_queue(),
            notices: self.send_queue(),
            clock: self.clock.clone(),
        }
    }

    /// What taking receipts needs.
    pub fn receipts(&self, store: &Arc<DynamoStore>, phone_keys: PhoneKeys) -> ReceiptPorts {
        ReceiptPorts {
            reminders: store.clone(),
            phones: store.clone(),
            sends: self.send_queue(),
            phone_keys,
            domain_events: self.bus(),
            metrics: store.clone(),
        }
    }

    /// What alerts look at. Lambda's queues and the table's stream are watched by alarms of the
    /// template, which see more of them than a function can.
    pub fn sight(&self, store: &Arc<DynamoStore>) -> SightPorts {
        SightPorts {
            control: store.clone(),
            users: store.clone(),
            reminders: store.clone(),
            metrics: store.clone(),
            feed: None,
            backlogs: None,
            figures: Arc::new(CountedFigures {
                metrics: store.clone(),
                control: store.clone(),
                budgets: self.config.budgets(),
            }),
            pacer: self.pacer(store.clone()),
        }
    }

    /// Who answers STOP, START and HELP.
    pub fn stop_reply(&self) -> StopReply {
        match self.config.stop_reply {
            Configured::Twilio => StopReply::Provider,
            Configured::Ourselves => StopReply::Ourselves,
        }
    }

    /// How alerts are told.
    pub fn alert_settings(&self) -> AlertSettings {
        let alerts = &self.config.alerts;
        let mut settings = AlertSettings {
            deployment: self.config.table_prefix.clone(),
            is_production: alerts.is_production,
            dashboard: Some(self.config.public_address("/dashboard")),
            digest: alerts.digest.clone(),
            ..AlertSettings::default()
        };
        if let Some(page) = &alerts.runbooks_url {
            settings.runbooks.clone_from(page);
        }
        settings
    }

    /// What makes the addresses of people's own pages.
    pub fn pages(&self, secrets: &Secrets) -> Pages {
        let links = Links::new(secrets.phone_key.reveal().as_bytes());
        Pages { links, base_url: self.config.public_base_url.clone() }
    }

    /// The clients that people allow to read their calendars, Google's and Microsoft's: the id,
    /// the secret, and where they are if not at their own addresses.
    pub fn accounts(&self, secrets: &Secrets) -> [Option<AccountParts>; 2] {
        let google = secrets.google_client_secret.as_ref();
        let microsoft = secrets.microsoft_client_secret.as_ref();
        let (at_google, at_microsoft) = (&self.config.google, &self.config.microsoft);
        [(at_google, google), (at_microsoft, microsoft)]
            .map(|(client, secret)| client.as_ref().map(|client| client.parts(secret)))
    }

    /// What makes the links that texts carry, if they carry any.
    pub fn links_in_texts(&self, secrets: &Secrets) -> Option<Pages> {
        self.config.links_in_texts.then(|| self.pages(secrets))
    }

    /// How fast texts may leave.
    pub fn pacer(&self, store: Arc<DynamoStore>) -> Arc<Pacer> {
        Arc::new(Pacer::new(self.config.lane(), store))
    }

    /// What texts may cost.
    pub fn ceiling(&self, store: Arc<DynamoStore>) -> Arc<Ceiling> {
        Arc::new(Ceiling::new(&self.config.ceiling, store))
    }

    /// What adding and changing people needs.
    pub fn users(
        &self,
        store: &Arc<DynamoStore>,
        reader: Arc<dyn CalendarReader>,
        secrets: &Secrets,
    ) -> UserPorts {
        UserPorts {
            users: store.clone(),
            mirror: MirrorPorts { calendars: store.clone(), events: store.clone(), reader },
            plans: self.plan_queue(),
            countries: self.config.countries.clone(),
            hours: self.config.hours,
            zones: Zones::bundled(),
            phone_keys: secrets.phone_keys(),
        }
    }

    /// What makes codes for phones, if it is configured.
    pub fn code_service(&self, secrets: &Secrets) -> Option<CodeService> {
        let twilio = &self.config.twilio;
        Some(CodeService {
            account: twilio.account_sid.clone(),
            secret: Hidden::new(secrets.twilio_auth_token.reveal()),
            service: twilio.verify_service_sid.clone()?,
            base_url: twilio.verify_base_url.clone(),
        })
    }

    /// The queue that the sender consumes.
    pub fn send_queue(&self) -> Arc<SqsSendQueue> {
        Arc::new(SqsSendQueue::new(self.clients.sqs(), &self.config.send_queue_url))
    }

    /// The queue that the planner consumes.
    pub fn plan_queue(&self) -> Arc<SqsPlanQueue> {
        Arc::new(SqsPlanQueue::new(self.clients.sqs(), &self.config.plan_queue_url))
    }

    /// Where a planner sends what a model may write; none where no model is configured.
    pub fn composing(&self) -> Option<Composing> {
        let model = self.config.model.as_ref()?;
        let queue = SqsComposeQueue::new(self.clients.sqs(), &self.config.compose_queue_url);
        Some(Composing { queue: Arc::new(queue), arm: model.settings.arm })
    }

    /// The queue that the sync of calendars consumes.
    pub fn sync_queue(&self) -> Arc<SqsSyncQueue> {
        Arc::new(SqsSyncQueue::new(self.clients.sqs(), &self.config.sync_queue_url))
    }

    /// The bus.
    pub fn bus(&self) -> Arc<EventBridgeBus> {
        Arc::new(EventBridgeBus::new(self.clients.eventbridge(), &self.config.event_bus))
    }
}

fn cannot_start(error: &StartError) {
    tracing::error!("Cannot start: {error}");
}
