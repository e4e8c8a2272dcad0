//! Resources sent along with a question for a list: a YAML list, as in the
//! `candidates` of a Test document, or JSON, one resource a line.

use std::borrow::Cow;

use super::test::target;
use crate::document::definition::Target;
use crate::document::diagnostic::Diagnostic;
use crate::document::place::Place;
use crate::document::shape;
use crate::document::source::Source;
use crate::document::yaml;

/// Reads resources, and tells every fault. They are whole only if there is none.
pub(crate) fn candidates(number: u32, source: &Source) -> (Vec<Target>, Vec<Diagnostic>) {
    let lines = source.text.trim_start().starts_with(['{', '"']);
    let text = if lines { Cow::Owned(joined(&source.text)) } else { Cow::Borrowed(source.text.as_str()) };
    let (node, mut faults) = yaml::parse(&text, number);
    if let Some(node) = &node {
        shape::check_candidates(node, &mut faults);
    }
    if lines {
        faults.iter_mut().for_each(|fault| fault.at = unshifted(fault.at));
    }
    let items = node.iter().flat_map(|node| node.items());
    (items.filter_map(target).collect(), faults)
}

/// Lines of JSON as one list of YAML, of which JSON is a part. Each line feed
/// becomes one other byte, so that places differ by the first bracket alone.
fn joined(text: &str) -> String {
    let mut list = String::with_capacity(text.len().saturating_add(2));
    list.push('[');
    let mut lines = text.split('\n').peekable();
    let mut rest = text.len();
    while let Some(line) = lines.next() {
        list.push_str(line);
        rest = rest.saturating_sub(line.len().saturating_add(1));
        let more = text.len().checked_sub(rest).and_then(|from| text.get(from..)).unwrap_or_default();
        if lines.peek().is_some() {
            list.push(if line.trim().is_empty() || more.trim_start().is_empty() { ' ' } else { ',' });
        }
    }
    list.push(']');
    list
}

const fn unshifted(at: Place) -> Place {
    Place { source: at.source, start: at.start.saturating_sub(1), end: at.end.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Sources, render};

    fn read(text: &str) -> (Vec<String>, String) {
        let source = Source { path: "c".to_owned(), text: text.to_owned() };
        let (targets, faults) = candidates(1, &source);
        let sources = Sources::new(vec![source]);
        let told = faults.iter().map(|fault| render(fault, &sources, false)).collect();
        let key = |target: &Target| format!("{}:{}", target.kind, target.id.as_deref().unwrap_or_default());
        (targets.iter().map(key).collect(), told)
    }

    #[test]
    fn a_list_and_lines_read_alike() {
        let keys = vec!["note:n1".to_owned(), "note:n2".to_owned()];
        for text in [
            "- note:n1\n- { key: note:n2, attributes: { a: 1 } }\n",
            "[\"note:n1\", { \"key\": \"note:n2\" }]",
            "\"note:n1\"\n{\"key\":\"note:n2\",\"attributes\":{\"a\":[\"x\"]}}\n",
            "\n{\"key\":\"note:n1\"}\r\n\n{\"key\":\"note:n2\"}\n\n",
            "{\"key\":\"note:n1\"}\n{\"key\":\"note:n2\"}",
        ] {
            assert_eq!(read(text), (keys.clone(), String::new()), "{text}");
        }
    }

    #[test]
    fn faults_of_lines_stand_where_they_are() {
        let (_, told) = read("{\"key\":\"note:n1\"}\n\n  {\"kye\":\"note:n2\"}\n{\"key\":\"n3\"}\n");
        assert!(told.contains("c:3:4: fault: unknown key `kye` in a resource\n3 |   {\"kye\""), "{told}");
        assert!(
            told.contains("c:4:8: fault: `n3` is not a key\n4 | {\"key\":\"n3\"}\n  |        ^^^^\n"),
            "{told}"
        );
        let (_, told) = read("{\"key\":\"note:n1\",\"key\":\"note:n2\"}\n");
        assert!(told.contains("c:1:18: fault: the key `key` stands twice"), "{told}");
    }
}
