//! What the API is wired up with.

use std::sync::Arc;

use app::cancel::CancelPorts;
use app::ceiling::Ceiling;
use app::consent::ConsentPorts;
use app::experiments::ExperimentPorts;
use app::links::Pages;
use app::phone_codes::CodePorts;
use app::ports::{
    ChangeFeed, Channels, Claims, Clock, Connections, Consents, Control, DomainEvents, Erasure,
    Metrics, NoticeQueue, OptInQueue, PhoneCodes, Phones, Reminders, StoreError, SyncQueue, Users,
};
use app::rollout::RolloutPorts;
use app::seals::Seals;
use app::sign_up::AskPorts;
use app::simulate::SimulatePorts;
use app::snooze::SnoozePorts;
use app::sync::ConnectPorts;
use app::users::{ErasePorts, ExportPorts, UserPorts};
use app::verify::VerifyPorts;
use app::why::WhyPorts;
use domain::ids::UserId;
use domain::retention::Retention;
use domain::user::User;

use crate::auth::SecretToken;
use crate::gate::Guard;
use crate::problem::Problem;

/// What the API is wired up with.
#[derive(Clone)]
pub struct ApiState {
    /// Users, their calendars, the plan queue, the zone database and the keys of phones.
    pub users: UserPorts,
    /// Where calendars live that are connected.
    pub connections: Arc<dyn Connections>,
    /// Where looks at them are asked for.
    pub syncs: Arc<dyn SyncQueue>,
    /// Seals what opens them.
    pub seals: Seals,
    /// Lets people allow us to read their calendars of accounts, where that is set up.
    pub consents: Consents,
    /// Closes the channels of calendars that are let go, where there are any.
    pub channels: Option<Arc<dyn Channels>>,
    /// What belongs to phone numbers.
    pub phones: Arc<dyn Phones>,
    /// What removes people.
    pub erasure: Arc<dyn Erasure>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The sets of claimed reminders, which `verify` recounts.
    pub claims: Arc<dyn Claims>,
    /// The rollout switch.
    pub control: Arc<dyn Control>,
    /// The counters, which `verify` recounts.
    pub metrics: Arc<dyn Metrics>,
    /// What the counters are folded from, where it can be read: a stream hands its changes over.
    pub feed: Option<Arc<dyn ChangeFeed>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The country of phone numbers that are written without one (ISO 3166, like `US`).
    pub default_country: Option<String>,
    /// The version of the program, which the health endpoint tells.
    pub version: String,
    /// What opens everything but the health endpoint. None leaves it open: only for tests and for
    /// an address that nobody else reaches.
    pub operator_token: Option<SecretToken>,
    /// How others than the operator prove who they are, and what they may ask how often.
    pub guard: Guard,
    /// Who is told of an opt-out.
    pub domain_events: Arc<dyn DomainEvents>,
    /// How long what is stored is kept.
    pub retention: Retention,
    /// People's own pages.
    pub pages: Pages,
    /// Where texts are asked for that ask people whether it was they who signed up.
    pub opt_ins: Arc<dyn OptInQueue>,
    /// What texts and codes may cost.
    pub ceiling: Arc<Ceiling>,
    /// What sends codes to phones, where that is set up.
    pub codes: Option<Arc<dyn PhoneCodes>>,
    /// Where users are told of a rollback.
    pub notices: Arc<dyn NoticeQueue>,
}

impl ApiState {
    pub(crate) fn user_store(&self) -> &dyn Users {
        &*self.users.users
    }

    pub(crate) fn simulating(&self) -> SimulatePorts {
        SimulatePorts {
            users: self.users.users.clone(),
            phones: self.phones.clone(),
            reminders: self.reminders.clone(),
            control: self.control.clone(),
            mirror: self.users.mirror.clone(),
            countries: self.users.countries.clone(),
            hours: self.users.hours,
            zones: self.users.zones.clone(),
            phone_keys: self.users.phone_keys.clone(),
        }
    }

    pub(crate) fn connecting(&self) -> ConnectPorts {
        ConnectPorts {
            users: self.users.clone(),
            connections: self.connections.clone(),
            syncs: self.syncs.clone(),
            seals: self.seals.clone(),
            channels: self.channels.clone(),
        }
    }

    pub(crate) fn explaining(&self) -> WhyPorts {
        WhyPorts {
            users: self.users.users.clone(),
            reminders: self.reminders.clone(),
            hours: self.users.hours,
            zones: self.users.zones.clone(),
        }
    }

    pub(crate) fn verifying(&self) -> VerifyPorts {
        VerifyPorts {
            users: self.users.users.clone(),
            reminders: self.reminders.clone(),
            claims: self.claims.clone(),
            metrics: self.metrics.clone(),
            feed: self.feed.clone(),
            retention: self.retention,
        }
    }

    pub(crate) fn exporting(&self) -> ExportPorts {
        ExportPorts {
            users: self.users.users.clone(),
            phones: self.phones.clone(),
            calendars: self.users.mirror.calendars.clone(),
            connections: self.connections.clone(),
            events: self.users.mirror.events.clone(),
            reminders: self.reminders.clone(),
            phone_keys: self.users.phone_keys.clone(),
        }
    }

    pub(crate) fn erasing(&self) -> ErasePorts {
        ErasePorts {
            erasure: self.erasure.clone(),
            reminders: self.reminders.clone(),
            metrics: self.metrics.clone(),
        }
    }

    pub(crate) fn cancelling(&self) -> CancelPorts {
        CancelPorts { reminders: self.reminders.clone(), plans: self.users.plans.clone() }
    }

    pub(crate) fn experimenting(&self) -> ExperimentPorts {
        ExperimentPorts {
            control: self.control.clone(),
            users: self.users.users.clone(),
            plans: self.users.plans.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
        }
    }

    pub(crate) fn snoozing(&self) -> SnoozePorts {
        SnoozePorts {
            users: self.users.users.clone(),
            events: self.users.mirror.events.clone(),
            reminders: self.reminders.clone(),
            plans: self.users.plans.clone(),
            hours: self.users.hours,
            zones: self.users.zones.clone(),
        }
    }

    pub(crate) fn consenting(&self) -> ConsentPorts {
        ConsentPorts {
            phones: self.phones.clone(),
            reminders: self.reminders.clone(),
            plans: self.users.plans.clone(),
            domain_events: self.domain_events.clone(),
            metrics: self.metrics.clone(),
            phone_keys: self.users.phone_keys.clone(),
        }
    }

    /// What sending and checking codes needs, where they are set up.
    pub(crate) fn coding(&self) -> Option<CodePorts> {
        let codes = self.codes.clone()?;
        Some(CodePorts {
            users: self.users.clone(),
            phones: self.phones.clone(),
            control: self.control.clone(),
            ceiling: self.ceiling.clone(),
            codes,
        })
    }

    pub(crate) fn signing_up(&self) -> AskPorts {
        AskPorts { queue: self.opt_ins.clone(), seals: self.seals.clone() }
    }

    pub(crate) fn switching(&self) -> RolloutPorts {
        RolloutPorts {
            control: self.control.clone(),
            users: self.users.users.clone(),
            reminders: self.reminders.clone(),
            metrics: self.metrics.clone(),
            plans: self.users.plans.clone(),
            notices: self.notices.clone(),
            clock: self.clock.clone(),
        }
    }

    /// A user, or the problem that there is none.
    pub(crate) async fn user(&self, id: &UserId) -> Result<User, Problem> {
        let user: Result<_, StoreError> = self.user_store().user(id).await;
        user?.ok_or_else(|| Problem::no_user(id))
    }
}
