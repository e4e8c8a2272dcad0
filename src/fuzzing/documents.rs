//! Texts as policy documents. Laws:
//!
//! 1. Whatever the texts are, they are read to the end; what is said of them has its place within them, on a boundary
//!    of characters, and can be shown.
//! 2. A policy is accepted just if nothing of it is a fault.
//! 3. What is accepted compiles, and what is held then is, put again as definitions, the same by its digests.
//! 4. Its tests run to the end, and what they say has its place too.
//!
//! Texts without a model are read beside a fixed one, so that tenants, apps and tests by themselves are judged too.

use super::{Came, scene};
use crate::document::{
    Diagnostic, Kind, Loaded, Place, PolicyLimits, Severity, Source, Sources, load, locate, render,
};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::testing;

/// What parts one document from the next.
const BETWEEN: &str = "\n%%%\n";

pub(super) fn run(data: &[u8]) -> Came {
    let text = String::from_utf8_lossy(data);
    let mut files: Vec<Source> = (1_u32..)
        .zip(text.split(BETWEEN))
        .map(|(n, text)| Source { path: format!("{n}.yaml"), text: text.to_owned() })
        .collect();
    let (sources, loaded) = read(files.clone());
    let has_model = loaded.documents.values().any(|document| document.kind == Some(Kind::Model));
    if has_model || loaded.documents.values().all(|document| document.kind.is_none()) {
        return judge(&sources, &loaded);
    }
    files.push(Source { path: "model.yaml".to_owned(), text: scene::MODEL.to_owned() });
    let (sources, loaded) = read(files);
    judge(&sources, &loaded)
}

fn read(files: Vec<Source>) -> (Sources, Loaded) {
    let sources = Sources::new(files);
    let loaded = load(&sources, &PolicyLimits::default());
    for diagnostic in &loaded.diagnostics {
        told(diagnostic, &sources);
    }
    (sources, loaded)
}

fn judge(sources: &Sources, loaded: &Loaded) -> Came {
    let faults = loaded.diagnostics.iter().filter(|told| told.severity == Severity::Fault).count();
    let sound = faults == 0 && loaded.at_fault.is_empty();
    assert_eq!(loaded.checked.is_some(), sound, "{faults} faults, {:?}", loaded.at_fault);
    let Some(checked) = &loaded.checked else {
        let readable = loaded.documents.values().any(|document| document.kind.is_some());
        return if readable { Came::Read } else { Came::Nowhere };
    };
    let snapshot = Snapshot::compile(checked, Revision::new(1, 1));
    scene::comes_to_the_same(&snapshot);
    let report = testing::run(&snapshot, checked, &loaded.tests);
    for failure in &report.failures {
        within(failure.at, sources);
    }
    let any = testing::any_fails(&snapshot, checked, &loaded.tests);
    assert_eq!(any, !report.failures.is_empty(), "whether a test fails");
    Came::Whole
}

/// What is told is about a place, and can be shown.
fn told(diagnostic: &Diagnostic, sources: &Sources) {
    within(diagnostic.at, sources);
    assert!(!diagnostic.message.is_empty());
    let located = locate(diagnostic, sources);
    assert_eq!(located.path.is_some(), diagnostic.at != Place::NOWHERE, "{diagnostic:?}");
    for color in [false, true] {
        let shown = render(diagnostic, sources, color);
        assert!(shown.ends_with('\n') && shown.contains(&diagnostic.message), "{shown:?}");
    }
}

/// A place is in one of the texts, or nowhere.
fn within(at: Place, sources: &Sources) {
    if at.source == 0 {
        assert_eq!(at, Place::NOWHERE);
        return;
    }
    let source = sources.of(at).unwrap_or_else(|| panic!("{at:?} is in no text"));
    let number = |offset: u32| usize::try_from(offset).expect("a byte of a text");
    let (start, end) = (number(at.start), number(at.end));
    assert!(start <= end && end <= source.text.len(), "{at:?} of {} bytes", source.text.len());
    assert!(
        source.text.is_char_boundary(start) && source.text.is_char_boundary(end),
        "{at:?} parts a character"
    );
}
