//! A write as DynamoDB takes it, by itself or as part of a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use super::attributes::{Item, text};
use super::write::{WRITTEN_BY, names_in, signature};

/// One write. Names stand in expressions as `#name`, values as `:value`.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) table: String,
    pub(super) kind: Kind,
    condition: Option<&'static str>,
    values: HashMap<String, AttributeValue>,
    names: HashMap<String, String>,
}

/// What it does.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Writes the whole item.
    Put(Item),
    /// Changes attributes of the item with this key.
    Update { key: Item, change: String },
    /// Deletes the item with this key.
    Delete(Item),
    /// Only looks at the item with this key.
    Check(Item),
}

impl Write {
    fn new(table: &str, kind: Kind) -> Self {
        let (values, names) = (HashMap::new(), HashMap::new());
        Self { table: table.to_owned(), kind, condition: None, values, names }
    }

    pub(super) fn put_item(table: &str, item: Item) -> Self {
        Self::new(table, Kind::Put(item))
    }

    pub(super) fn change(table: &str, key: Item, change: impl Into<String>) -> Self {
        Self::new(table, Kind::Update { key, change: change.into() })
    }

    pub(super) fn delete_item(table: &str, key: Item) -> Self {
        Self::new(table, Kind::Delete(key))
    }

    pub(super) fn check(table: &str, key: Item) -> Self {
        Self::new(table, Kind::Check(key))
    }

    /// Only if this holds.
    pub(super) fn only_if(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }

    /// With a value of an expression.
    pub(super) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// With a name of an expression that cannot stand there as itself.
    pub(super) fn named(mut self, name: &str, attribute: impl Into<String>) -> Self {
        self.names.insert(format!("#{name}"), attribute.into());
        self
    }

    /// Signs what it writes, where it writes a signature.
    pub(super) fn sign(&mut self, token: &str) {
        match &mut self.kind {
            Kind::Put(item) => {
                item.insert(WRITTEN_BY.to_owned(), text(token));
            }
            Kind::Update { change, .. } if change.contains(WRITTEN_BY) => {
                self.values.extend([signature(token)]);
            }
            _ => {}
        }
    }

    /// Whether it can be made outside of a transaction.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.kind, Kind::Put(_) | Kind::Update { .. })
    }

    /// DynamoDB's name of it.
    pub(super) fn action(&self) -> &'static str {
        match self.kind {
            Kind::Put(_) => "PutItem",
            Kind::Update { .. } => "UpdateItem",
            Kind::Delete(_) => "DeleteItem",
            Kind::Check(_) => "ConditionCheckItem",
        }
    }

    fn all_names(&self) -> Option<HashMap<String, String>> {
        let change = match &self.kind {
            Kind::Update { change, .. } => Some(change.as_str()),
            _ => None,
        };
        let mut names = names_in(self.condition.into_iter().chain(change));
        names.extend(self.names.clone());
        (!names.is_empty()).then_some(names)
    }

    fn all_values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    fn condition(&self) -> Option<String> {
        self.condition.map(str::to_owned)
    }

    /// The item as it was is wanted where it may bear our signature.
    fn old(&self) -> Option<ReturnValuesOnConditionCheckFailure> {
        let may_be_ours = match &self.kind {
            Kind::Put(_) => true,
            Kind::Update { change, .. } => change.contains(WRITTEN_BY),
            Kind::Delete(_) | Kind::Check(_) => false,
        };
        (may_be_ours && self.condition.is_some())
            .then_some(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// By itself.
    pub(super) fn put(&self, client: &Client) -> PutItemFluentBuilder {
        let item = if let Kind::Put(item) = &self.kind { Some(item.clone()) } else { None };
        client
            .put_item()
            .table_name(&self.table)
            .set_item(item)
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(self.all_names())
            .set_expression_attribute_values(self.all_values())
            .set_return_values_on_condition_check_failure(self.old())
    }

    /// By itself.
    pub(super) fn update(&self, client: &Client) -> UpdateItemFluentBuilder {
        let (key, change) = match &self.kind {
            Kind::Update { key, change } => (Some(key.clone()), Some(change.clone())),
            _ => (None, None),
        };
        client
            .update_item()
            .table_name(&self.table)
            .set_key(key)
            .set_update_expression(change)
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(self.all_names())
            .set_expression_attribute_values(self.all_values())
            .set_return_values_on_condition_check_failure(self.old())
    }

    /// As part of a transaction.
    pub(super) fn part(&self) -> Result<TransactWriteItem, BuildError> {
        let (table, condition) = (self.table.clone(), self.condition());
        let (names, values, old) = (self.all_names(), self.all_values(), self.old());
        let part = TransactWriteItem::builder();
        let part = match &self.kind {
            Kind::Put(item) => part.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_return_values_on_condition_check_failure(old)
                    .build()?,
            ),
            Kind::Update { key, change } => part.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key.clone()))
                    .update_expression(change)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_return_values_on_condition_check_failure(old)
                    .build()?,
            ),
            Kind::Delete(key) => part.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
            Kind::Check(key) => part.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?,
            ),
        };
        Ok(part.build())
    }
}
