//! The rules of the house, as tests: headers, file sizes, layers.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest source file, without its tests.
const LONGEST: usize = 400;

/// The pure core: what it must never name.
const CORE: [&str; 7] = ["model", "document", "condition", "export", "snapshot", "decide", "testing"];
const SHELL_WORDS: [&str; 9] =
    ["tokio", "tonic", "prost", "tracing", "arc_swap", "std::fs", "std::net", "SystemTime", "Instant::now"];

#[test]
fn every_file_says_what_it_owns() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no header", path.display());
    }
}

#[test]
fn no_file_outgrows_its_reader() {
    for (path, text) in sources() {
        let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
        assert!(lines <= LONGEST, "{} has {lines} lines without tests", path.display());
    }
}

#[test]
fn modules_stand_beside_their_folder() {
    for (path, _) in sources() {
        assert_ne!(path.file_name().and_then(|name| name.to_str()), Some("mod.rs"), "{}", path.display());
    }
}

#[test]
fn the_core_knows_nothing_of_the_shell() {
    for (path, text) in sources().filter(|(path, _)| is_core(path)) {
        for word in SHELL_WORDS {
            let found = code(&text).find(|line| line.contains(word));
            assert!(found.is_none(), "{} names `{word}`: {found:?}", path.display());
        }
    }
}

#[test]
fn the_core_is_layered() {
    // Each may use those before it.
    let order = ["model", "condition", "document", "export", "snapshot", "decide", "testing"];
    for (path, text) in sources().filter(|(path, _)| is_core(path)) {
        let Some(own) = order.iter().position(|module| Some(*module) == top(&path).as_deref()) else {
            continue;
        };
        for above in order.iter().skip(own + 1) {
            let word = format!("crate::{above}");
            let found = code(&text).find(|line| line.contains(&word));
            assert!(found.is_none(), "{} reaches up to `{above}`: {found:?}", path.display());
        }
    }
}

#[test]
fn generated_types_never_leave_the_wire() {
    for (path, text) in sources().filter(|(path, _)| top(path).as_deref() != Some("wire")) {
        let found = code(&text).find(|line| line.contains("include_proto!"));
        assert!(found.is_none(), "{} includes generated code", path.display());
    }
}

#[test]
fn only_the_store_holds_the_pointer() {
    for (path, text) in sources().filter(|(path, _)| top(path).as_deref() != Some("store")) {
        assert!(code(&text).all(|line| !line.contains("ArcSwap")), "{} swaps pointers", path.display());
    }
}

fn is_core(path: &Path) -> bool {
    top(path).is_some_and(|top| CORE.contains(&top.as_str()))
}

/// The module right below `src` that a file belongs to.
fn top(path: &Path) -> Option<String> {
    let below = path.strip_prefix(root()).ok()?;
    Some(below.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned())
}

/// The lines that are code, up to the tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file but those that are tests as a whole.
fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    let mut waiting = vec![root()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "the sources were not found");
    files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    })
}
