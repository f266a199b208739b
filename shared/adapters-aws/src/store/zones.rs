//! Which zones are in use, and who lives there without a plan.

use std::sync::PoisonError;

use app::ports::{PageMark, StoreError, UsersPage};
use domain::ids::UserId;
use domain::time::ZoneName;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;

use super::DynamoStore;
use super::attributes::{SEPARATOR, item, joined, text, text_of};
use super::failure::Asked;
use super::read::{Consistency, Query};
use super::request::Write;
use super::schema::BY_ZONE;
use super::users::{USER_SHARDS, user_of, zone_shard};

/// Zones looked at side by side.
const AT_ONCE: usize = 8;

impl DynamoStore {
    /// Sees that a zone is on the list of zones, before somebody lives there. Nothing is ever
    /// taken off the list: a user who moves in at that moment would not be planned.
    pub(super) async fn note_zone(
        &self,
        operation: &'static str,
        zone: &ZoneName,
    ) -> Result<(), StoreError> {
        let known = &self.inner.zones;
        if known.lock().unwrap_or_else(PoisonError::into_inner).contains(zone) {
            return Ok(());
        }
        let table = &self.inner.tables.control;
        let key = item([("kind", text("zone")), ("name", text(zone.as_str()))]);
        // Read first: everybody who adds a user comes by here.
        let noted = self.get(operation, table, key.clone(), Consistency::Eventual).await?;
        if noted.is_none() {
            let put = Write::put_item(table, key).only_if("attribute_not_exists(#kind)");
            self.write(operation, vec![put]).await?;
        }
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(zone.clone());
        Ok(())
    }

    /// The zones of the list where somebody lives.
    pub(super) async fn inhabited_zones(
        &self,
        operation: &'static str,
    ) -> Result<Vec<ZoneName>, StoreError> {
        let table = &self.inner.tables.control;
        let query = Query::of(table, "#kind = :kind", [("kind", text("zone"))]);
        let listed = self.all(operation, query).await?;
        let names = listed.iter().filter_map(|item| text_of(item, "name"));
        let zones: Vec<_> = names.map(|name| ZoneName::from_store(name.to_owned())).collect();
        let looks = zones.into_iter().map(async |zone| {
            let is_inhabited = self.is_inhabited(operation, &zone).await?;
            Ok::<_, StoreError>(is_inhabited.then_some(zone))
        });
        let found: Vec<_> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn is_inhabited(
        &self,
        operation: &'static str,
        zone: &ZoneName,
    ) -> Result<bool, StoreError> {
        let table = &self.inner.tables.users;
        for shard in 0..USER_SHARDS {
            let values = [("zone", text(zone_shard(zone, shard)))];
            let mut query = Query::of(table, "#zone_shard = :zone", values).through(BY_ZONE);
            query.limit = Some(1);
            if !self.page(operation, &query).await?.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A page of the users of a zone whose last plan covers no date from `on` on: shard by shard,
    /// the furthest behind first. Whoever is planned meanwhile moves ahead and out of the window.
    pub(super) async fn behind(
        &self,
        operation: &'static str,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Result<UsersPage, StoreError> {
        let table = &self.inner.tables.users;
        let asked = Asked { operation, action: "Query", table };
        let mark = match after {
            Some(mark) => Mark::parse(mark).ok_or_else(|| asked.permanent("not our page mark"))?,
            None => Mark { shard: 0, last: None },
        };
        let (mut users, mut next) = (Vec::new(), None);
        let mut last = mark.last;
        for shard in mark.shard..USER_SHARDS {
            let partition = zone_shard(zone, shard);
            let values = [("zone", text(&partition)), ("on", text(on.to_string()))];
            let condition = "#zone_shard = :zone AND #planned_on < :on";
            let mut query = Query::of(table, condition, values).through(BY_ZONE);
            query.start = last.take().map(|(planned_on, user)| {
                item([
                    ("zone_shard", text(&partition)),
                    ("planned_on", text(planned_on)),
                    ("user", text(user)),
                ])
            });
            while users.len() < limit {
                query.limit = Some(limit - users.len());
                let page = self.page(operation, &query).await?;
                for item in &page.items {
                    let user = user_of(operation, table, item)?;
                    let planned_on = text_of(item, "planned_on").unwrap_or_default();
                    next = Some(mark_of(shard, planned_on, &user));
                    users.push(user);
                }
                query.start = page.next;
                if query.start.is_none() {
                    break;
                }
            }
            if users.len() >= limit {
                return Ok(UsersPage { users, next });
            }
        }
        Ok(UsersPage { users, next: None })
    }
}

/// Where a page ended.
struct Mark {
    shard: u8,
    last: Option<(String, String)>,
}

impl Mark {
    fn parse(mark: &PageMark) -> Option<Self> {
        let mut parts = mark.as_str().splitn(3, SEPARATOR);
        let shard = parts.next()?.parse().ok()?;
        let last = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { shard, last: Some(last) })
    }
}

fn mark_of(shard: u8, planned_on: &str, user: &UserId) -> PageMark {
    PageMark::new(joined(&[&shard.to_string(), planned_on, user.as_str()]))
}
