//! `docs/schema` holds what `sidegate schema` prints, for editors that have no
//! Sidegate at hand.

use std::fs;
use std::path::Path;

use sidegate::document::{Kind, schema};

#[test]
fn the_schemas_in_the_docs_are_the_ones_in_the_code() {
    for kind in Kind::ALL {
        let name = kind.name();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.schema.json"));
        let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let remedy = format!("run `sidegate schema {name} > docs/schema/{name}.schema.json`");
        assert!(written == schema(kind), "the schema of `{name}` is out of date: {remedy}");
    }
}
