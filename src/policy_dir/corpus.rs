//! The decision corpus, put to the engine: every policy of `tests/policies` and
//! `examples`, with the answers that its own documents expect. A new case needs no
//! Rust. Over gRPC the same is asked by `tests/it/corpus.rs`, and Cedar by the oracle.

#![expect(clippy::expect_used, reason = "whoever judges may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every policy that has tests.
pub(crate) fn directories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> = ["tests/policies", "examples"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder"))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("model.yaml").exists())
        .collect();
    found.sort();
    assert!(found.len() > 20, "the corpus was not found");
    found
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::directories;
    use crate::document::{PolicyLimits, load};
    use crate::model::Revision;
    use crate::snapshot::Snapshot;
    use crate::testing;

    #[test]
    fn the_engine_gives_every_expected_answer() {
        let mut passed = 0;
        for directory in directories() {
            let loaded = load(&read(&directory).unwrap(), &PolicyLimits::default());
            let checked =
                loaded.checked.unwrap_or_else(|| panic!("{directory:?}: {:#?}", loaded.diagnostics));
            let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
            let report = testing::run(&snapshot, &checked, &loaded.tests);
            assert!(report.failures.is_empty(), "{}: {:#?}", directory.display(), report.failures);
            passed += report.passed;
        }
        assert!(passed > 4_000, "only {passed} expectations were found");
    }
}
