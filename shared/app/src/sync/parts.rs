//! What a sync needs, named part by part: it writes mirrors and plans, so that is nearly all.

use std::sync::Arc;

use domain::countries::Countries;
use domain::text_hours::Preset;
use domain::time::Zones;

use super::SyncPorts;
use crate::compose::Composing;
use crate::plan::PlanPorts;
use crate::ports::{
    CalendarProvider, CalendarReader, Calendars, Channels, Connections, Control, Events, PhoneKeys,
    Phones, PlanQueue, Reminders, SendQueue, Users,
};
use crate::seals::Seals;
use crate::users::{MirrorPorts, UserPorts};

/// The parts that [`SyncPorts`] is made of.
pub struct SyncParts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Phones.
    pub phones: Arc<dyn Phones>,
    /// Calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Their mirror.
    pub events: Arc<dyn Events>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// What controls everybody.
    pub control: Arc<dyn Control>,
    /// The connections.
    pub connections: Arc<dyn Connections>,
    /// Reads calendars.
    pub reader: Arc<dyn CalendarReader>,
    /// Looks at them where they live.
    pub provider: Arc<dyn CalendarProvider>,
    /// Opens channels to be told of changes there, where there are any.
    pub channels: Option<Arc<dyn Channels>>,
    /// Where sends are asked for.
    pub sends: Arc<dyn SendQueue>,
    /// Where texts of a model are asked for; none where there is no model.
    pub composing: Option<Composing>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
    /// What phones are hashed with.
    pub phone_key: Vec<u8>,
    /// Opens what opens calendars.
    pub seals: Seals,
}

impl SyncPorts {
    /// Of these parts.
    pub fn of(parts: SyncParts) -> Self {
        let phone_keys = PhoneKeys::new(&parts.phone_key);
        let mirror = MirrorPorts {
            calendars: parts.calendars,
            events: parts.events.clone(),
            reader: parts.reader,
        };
        Self {
            users: UserPorts {
                users: parts.users.clone(),
                mirror: mirror.clone(),
                plans: parts.plans,
                countries: parts.countries.clone(),
                hours: parts.hours,
                zones: parts.zones.clone(),
                phone_keys: phone_keys.clone(),
            },
            plans: PlanPorts {
                users: parts.users,
                phones: parts.phones,
                events: parts.events,
                reminders: parts.reminders,
                control: parts.control,
                sends: parts.sends,
                composing: parts.composing,
                mirror,
                countries: parts.countries,
                hours: parts.hours,
                zones: parts.zones,
                phone_keys,
            },
            connections: parts.connections,
            provider: parts.provider,
            channels: parts.channels,
            seals: parts.seals,
        }
    }
}
