//! Claims: everything a claim was decided on is looked at in the transaction that makes it.

use app::ports::{Claim, ClaimResult, Claims, StoreError};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use jiff::civil::Date;

use super::DynamoStore;
use super::attributes::{number, text, user_key};
use super::failure::unreadable;
use super::phones::key_of as phone_key;
use super::read::Consistency;
use super::request::Write;
use super::write::Written;

/// The place of the day's set among a claim's writes.
const DAY: usize = 3;

#[async_trait]
impl Claims for DynamoStore {
    async fn claimed_on(&self, user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError> {
        const OPERATION: &str = "read the claims of a day";
        let table = &self.inner.tables.days;
        let key = user_key(user, "day_on", on.to_string());
        let found = self.get(OPERATION, table, key, Consistency::Strong).await?;
        let Some(set) = found.as_ref().and_then(|item| item.get("claimed")) else {
            return Ok(Vec::new());
        };
        let bad = || unreadable(OPERATION, table, "attribute `claimed` is no set of ids");
        let ids = set.as_ss().map_err(|_| bad())?.iter();
        let mut ids = ids
            .map(|id| ReminderId::parse(id).map_err(|_| bad()))
            .collect::<Result<Vec<_>, _>>()?;
        ids.sort();
        Ok(ids)
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<ClaimResult, StoreError> {
        const OPERATION: &str = "claim a reminder";
        let row = claim.row;
        let phone = Write::check(&self.inner.tables.phones, phone_key(claim.phone.as_str()))
            .only_if("#version = :expected")
            .with("expected", number(claim.phone_version));
        let day = self.day_change(row, row.day_on, "ADD").with("id", text(row.id.to_string()));
        let day = day.with("limit", number(claim.limit)).only_if(if claim.limit == 0 {
            // Never true.
            "attribute_exists(#claimed) AND size(#claimed) < :limit"
        } else {
            // A set that nobody is in does not exist.
            "attribute_not_exists(#claimed) OR size(#claimed) < :limit \
             OR (contains(#claimed, :id) AND size(#claimed) <= :limit)"
        });
        let writes = vec![
            self.row_put(OPERATION, row, Some(claim.expected))?,
            self.inputs_check(&row.user, claim.inputs_version),
            phone,
            day,
        ];
        Ok(match self.write(OPERATION, writes).await? {
            Written::Done => ClaimResult::Claimed,
            Written::Refused(by) if by == [DAY] => ClaimResult::LimitReached,
            Written::Refused(_) => ClaimResult::Changed,
        })
    }
}
