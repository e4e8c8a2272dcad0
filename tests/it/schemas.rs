//! The JSON Schemas in `docs/schema` are those that the binary prints.

use std::fs;
use std::path::Path;

use sidegate::document::{Kind, schema};

#[test]
fn committed_schemas_are_current() {
    let bless = std::env::var_os("SIDEGATE_BLESS").is_some();
    for kind in Kind::ALL {
        let path = format!("docs/schema/{}.schema.json", kind.name());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let printed = format!("{:#}\n", schema(kind));
        if bless {
            fs::write(&path, &printed).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(committed, printed, "run the tests with SIDEGATE_BLESS=1 and commit {}", path.display());
    }
}
