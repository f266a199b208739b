//! Makes the tables of the store.

use adapters_aws::store::Tables;
use adapters_aws::store::schema::{Index, Key, Table, tables};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    LocalSecondaryIndex, Projection, ProjectionType, ScalarAttributeType, StreamSpecification,
    StreamViewType,
};

/// Makes all tables of a deployment. They must not exist yet.
pub async fn create_tables(client: &Client, names: &Tables) {
    for table in tables(names) {
        create(client, &table).send().await.expect("the emulator makes a table");
    }
}

fn create(client: &Client, table: &Table) -> CreateTableFluentBuilder {
    let mut attributes = attributes_of(table.key);
    attributes.extend(table.indexes.iter().flat_map(|index| attributes_of(index.key)));
    attributes.sort_unstable();
    attributes.dedup();
    let mut create = client
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(table.key)));
    for name in attributes {
        let definition = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S);
        create = create.attribute_definitions(definition.build().unwrap());
    }
    for index in &table.indexes {
        create = with_index(create, index);
    }
    if table.has_stream {
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::NewAndOldImages);
        create = create.stream_specification(stream.build().unwrap());
    }
    create
}

fn with_index(create: CreateTableFluentBuilder, index: &Index) -> CreateTableFluentBuilder {
    let kind = if index.is_whole { ProjectionType::All } else { ProjectionType::KeysOnly };
    let projection = Projection::builder().projection_type(kind).build();
    let keys = Some(key_schema(index.key));
    if index.is_local {
        let index = LocalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(keys)
            .projection(projection);
        create.local_secondary_indexes(index.build().unwrap())
    } else {
        let index = GlobalSecondaryIndex::builder()
            .index_name(index.name)
            .set_key_schema(keys)
            .projection(projection);
        create.global_secondary_indexes(index.build().unwrap())
    }
}

fn attributes_of(key: Key) -> Vec<&'static str> {
    [Some(key.partition), key.sort].into_iter().flatten().collect()
}

fn key_schema(key: Key) -> Vec<KeySchemaElement> {
    let element = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    };
    let sort = key.sort.map(|name| element(name, KeyType::Range));
    [Some(element(key.partition, KeyType::Hash)), sort].into_iter().flatten().collect()
}
