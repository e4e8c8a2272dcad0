//! A table as a JSON Schema (draft 2020-12).

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Kind, List, Map, Record, Rule, Shape, Unique};

/// The JSON Schema of a kind of document, for editors.
#[must_use]
pub fn schema(kind: Kind) -> Json {
    let mut root = JsonMap::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!(format!("Sidegate {}", kind.name())));
    if let Json::Object(body) = of_record(kind.record()) {
        root.extend(body);
    }
    Json::Object(root)
}

fn of(shape: &Shape) -> Json {
    match shape {
        Shape::Scalar(scalar) => scalar.schema(),
        Shape::Words(words) => json!({ "enum": words }),
        Shape::List(list) => of_list(list),
        Shape::Map(map) => of_map(map),
        Shape::Record(record) => of_record(record),
        Shape::Either(shapes) => {
            // A null stands for an empty collection only where nothing else could be meant.
            let shapes: Vec<Json> = shapes.iter().map(|shape| without_null(of(shape))).collect();
            json!({ "anyOf": shapes })
        }
    }
}

fn of_list(list: &List) -> Json {
    let mut json = json!({ "type": ["array", "null"], "items": of(&list.item) });
    set(&mut json, list.unique != Unique::No, "uniqueItems", json!(true));
    if list.min > 0 {
        set(&mut json, true, "minItems", json!(list.min));
        json = without_null(json);
    }
    json
}

fn of_map(map: &Map) -> Json {
    let mut json = json!({ "type": ["object", "null"], "additionalProperties": of(&map.value) });
    let names = map.key.schema();
    set(&mut json, names.get("pattern").is_some(), "propertyNames", names);
    if map.min > 0 {
        set(&mut json, true, "minProperties", json!(map.min));
        json = without_null(json);
    }
    json
}

fn of_record(record: &Record) -> Json {
    let mut properties = JsonMap::new();
    for field in record.fields {
        let mut json = of(&field.shape);
        set(&mut json, true, "description", json!(field.doc));
        properties.insert(field.key.to_owned(), json);
    }
    let mut json = json!({
        "type": ["object", "null"],
        "description": record.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<&str> =
        record.fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    set(&mut json, !required.is_empty(), "required", json!(required));
    let rules: Vec<Json> = record.rules.iter().map(of_rule).collect();
    set(&mut json, !rules.is_empty(), "allOf", json!(rules));
    if record.may_be_empty() { json } else { without_null(json) }
}

fn of_rule(rule: &Rule) -> Json {
    let requiring = |keys: &[&str]| keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>();
    match rule {
        Rule::ExactlyOne(keys) => json!({ "oneOf": requiring(keys) }),
        Rule::AtLeastOne(keys) => json!({ "anyOf": requiring(keys) }),
        Rule::Apart(one, other) => json!({ "not": { "required": [one, other] } }),
    }
}

fn set(json: &mut Json, wanted: bool, key: &str, value: Json) {
    if wanted && let Json::Object(object) = json {
        object.insert(key.to_owned(), value);
    }
}

/// The same schema, refusing null.
fn without_null(mut json: Json) -> Json {
    let of_collection = json.get("type").and_then(Json::as_array).and_then(|types| match types.as_slice() {
        [only, null] if null == "null" => Some(only.clone()),
        _ => None,
    });
    if let Some(only) = of_collection {
        set(&mut json, true, "type", only);
    }
    json
}
