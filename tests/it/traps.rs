//! Traps that other systems fell into, each under its number, through the crate's own
//! doors: documents, gRPC. docs/reliability.md has the table.
//!
//! What can be data is data: test documents whose file name or `why` begins with the
//! number, anywhere in the corpus. The tests here run them by that number.

mod documents;
mod edge;
mod models;
mod refused;

use sidegate::document::{Loaded, PolicyLimits, Source, Sources, load};

/// Loads documents that are written here.
fn of_texts(texts: &[&str]) -> Loaded {
    let source =
        |(number, text): (usize, &&str)| Source { path: format!("{number}.yaml"), text: (*text).to_owned() };
    load(&Sources::new(texts.iter().enumerate().map(source).collect()), &PolicyLimits::default())
}

/// A file of the repository.
fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
