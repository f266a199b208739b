//! Calendars that are connected: every change is followed, and trouble withdraws nothing.

mod caldav;
mod changes;
mod connecting;
mod convergence;
mod doubt;
mod google;
mod microsoft;
mod pushes;
mod subscriptions;
mod trouble;

use app::ports::{Access, Connection};
use app::sync::{Connect, NewConnection, connect};
use domain::calendar_address::CalendarAddress;
use domain::ids::CalendarId;
use domain::limits;
use tests::events::{Event, calendar};
use tests::users::user;
use tests::world::{World, user_id};

const NEW_YORK: &str = "America/New_York";

/// Where Ada's calendar is published.
const ADDRESS: &str = "https://calendar.example/ada.ics";

/// Tuesday, 8:00 in New York.
const MORNING: &str = "2026-11-24T13:00:00Z";

/// A world in which Ada's calendar holds these events, is connected, and was looked at.
async fn connected(events: &[Event]) -> World {
    let world = World::at(MORNING);
    world.add(user("ada", NEW_YORK)).await;
    publish(&world, events);
    connect_to(&world, "ada", "work", ADDRESS).await;
    world.settle().await;
    world
}

/// The owner of Ada's calendar changes it.
fn publish(world: &World, events: &[Event]) {
    let file = calendar(events);
    world.known.add_calendar(&file);
    world.calendars.publish(ADDRESS, file);
}

async fn connect_to(world: &World, user: &str, name: &str, address: &str) -> Connection {
    let path = address.split_once("://").map_or(address, |(_, path)| path);
    world.known.add("calendar address", path);
    let new = NewConnection {
        user: user_id(user),
        calendar: CalendarId::parse(name).unwrap(),
        access: Access::IcsAddress { address: CalendarAddress::parse(address).unwrap() },
        every: limits::SYNC_EVERY,
    };
    let ports = world.ports.connecting(&world.settings);
    match connect(&ports, &new, world.now()).await.unwrap() {
        Connect::Connected { connection, .. } => *connection,
        other => panic!("{other:?}"),
    }
}

async fn connection(world: &World) -> Connection {
    let work = CalendarId::parse("work").unwrap();
    let connections = &world.ports.stores.connections;
    let stored = connections.connection(&user_id("ada"), &work).await.unwrap();
    stored.expect("it is connected")
}
