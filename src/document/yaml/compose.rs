//! Parser events to a tree.
//!
//! One pass with an explicit stack. What YAML has and documents have not is
//! told as a fault and composed as [`Body::Broken`] or left out, so that the
//! rest of the text is still read and its faults are told too. Only a text
//! that is not YAML at all ends it early.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError};

use super::{Body, Core, MAX_BYTES, MAX_DEPTH, Node, Pair, Scalar, Style, core_schema, shorten};
use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::place::{Place, Spanned};

/// Composes the one document of a text. `source` is its number in places.
///
/// The tree is `None` if there is none: the text is empty, too long, or no
/// YAML from some place on.
pub(crate) fn parse(text: &str, source: u32) -> (Option<Node>, Vec<Diagnostic>) {
    let Composer { root, faults, .. } = composed(text, source);
    (root, faults)
}

/// As much of the top map of a text as comes before the place from which on it
/// is no YAML. Of no use but to tell what the text was meant to be.
pub(crate) fn parse_start(text: &str) -> Option<Node> {
    let Composer { root, stack, .. } = composed(text, 0);
    let open = stack.into_iter().next().and_then(|frame| match frame {
        Frame::Map { at, pairs, .. } => Some(Node { at, body: Body::Map(pairs) }),
        Frame::List { .. } => None,
    });
    root.or(open)
}

fn composed(text: &str, source: u32) -> Composer {
    let mut composer = Composer { source, stack: Vec::new(), root: None, documents: 0, faults: Vec::new() };
    if text.len() > MAX_BYTES {
        composer.fault(composer.place(0, 0), format!("the text is longer than {MAX_BYTES} bytes"), None);
        return composer;
    }
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                let at = composer.place(range.start, range.end);
                let tag = span.tag_span().and_then(|tag| tag.byte_range());
                if let Some(tag) = tag {
                    let at = composer.place(tag.start, tag.end);
                    composer.fault(at, "tags are not allowed".to_owned(), None);
                }
                composer.event(event, at);
                if composer.documents > 1 {
                    break;
                }
            }
            Err(error) => {
                composer.syntax(&error, text);
                composer.root = None;
                return composer;
            }
        }
    }
    if composer.root.is_none() {
        composer.fault(composer.place(0, 0), "the document is empty".to_owned(), None);
    }
    composer
}

struct Composer {
    source: u32,
    stack: Vec<Frame>,
    root: Option<Node>,
    documents: usize,
    faults: Vec<Diagnostic>,
}

/// A collection that is not complete yet.
enum Frame {
    List { at: Place, items: Vec<Node> },
    Map { at: Place, pairs: Vec<Pair>, seen: BTreeMap<String, Place>, key: NextKey },
}

/// What a map waits for.
enum NextKey {
    /// A key.
    Wanted,
    /// The value of this key.
    Read(Spanned<String>),
    /// The value of a key that was a fault; it is dropped.
    Dropped,
}

impl Composer {
    fn event(&mut self, event: Event<'_>, at: Place) {
        match event {
            Event::DocumentStart(..) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    self.fault(at, "a file holds one document".to_owned(), None);
                }
            }
            Event::Scalar(text, style, ..) => {
                let style = style_of(style);
                let core = if style == Style::Plain { core_schema::resolve(&text) } else { Core::String };
                let body = Body::Scalar(Scalar { text: text.into_owned(), style, core });
                self.complete(Node { at, body });
            }
            Event::SequenceStart(..) => self.stack.push(Frame::List { at, items: Vec::new() }),
            Event::MappingStart(..) => self.stack.push(Frame::Map {
                at,
                pairs: Vec::new(),
                seen: BTreeMap::new(),
                key: NextKey::Wanted,
            }),
            Event::SequenceEnd | Event::MappingEnd => self.close(at),
            Event::Anchor(_, name) => {
                self.fault(at, format!("anchors are not allowed: `&{}`", shorten(&name)), None);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.fault(
                    at,
                    "aliases are not allowed".to_owned(),
                    Some("write the value again".to_owned()),
                );
                self.complete(Node { at, body: Body::Broken });
            }
            // Stream and document ends say nothing; comments are not asked for.
            _ => {}
        }
    }

    /// Ends the innermost collection.
    fn close(&mut self, end: Place) {
        let node = match self.stack.pop() {
            Some(Frame::List { at, items }) => {
                let last = items.last().map(|item| item.at.end);
                Node { at: Place { end: reach(at, end, last), ..at }, body: Body::List(items) }
            }
            Some(Frame::Map { at, pairs, .. }) => {
                let last = pairs.last().map(|pair| pair.value.at.end.max(pair.key.at.end));
                Node { at: Place { end: reach(at, end, last), ..at }, body: Body::Map(pairs) }
            }
            None => return,
        };
        self.complete(node);
    }

    /// Puts a complete node where it belongs.
    fn complete(&mut self, node: Node) {
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List { items, .. }) => items.push(node),
            Some(Frame::Map { pairs, seen, key, .. }) => match std::mem::replace(key, NextKey::Wanted) {
                NextKey::Read(name) => pairs.push(Pair { key: name, value: node }),
                NextKey::Dropped => {}
                NextKey::Wanted => match as_key(node, seen) {
                    Ok(name) => *key = NextKey::Read(name),
                    Err(fault) => {
                        *key = NextKey::Dropped;
                        self.faults.push(fault);
                    }
                },
            },
        }
    }

    fn syntax(&mut self, error: &ScanError, text: &str) {
        let start = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
        let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let at = self.place(start, start.saturating_add(width));
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => {
                self.fault(at, format!("collections nest deeper than {MAX_DEPTH}"), None);
            }
            _ => self.fault(at, format!("this is not YAML: {}", lower_first(&error.info())), None),
        }
    }

    fn fault(&mut self, at: Place, message: String, help: Option<String>) {
        self.faults.push(Diagnostic { at, severity: Severity::Fault, message, help });
    }

    fn place(&self, start: usize, end: usize) -> Place {
        // MAX_BYTES fits, so nothing saturates.
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Place { source: self.source, start: narrow(start), end: narrow(end) }
    }
}

/// Reads a node as a key of a map that has the keys `seen`.
fn as_key(node: Node, seen: &mut BTreeMap<String, Place>) -> Result<Spanned<String>, Diagnostic> {
    let fault = |message: String, help: Option<&str>| Diagnostic {
        at: node.at,
        severity: Severity::Fault,
        message,
        help: help.map(str::to_owned),
    };
    let Body::Scalar(scalar) = &node.body else {
        return Err(fault("a key is a string".to_owned(), None));
    };
    if scalar.core != Core::String {
        let help = format!("quote it: \"{}\"", shorten(&scalar.text));
        return Err(fault(format!("a key is a string, and this is {}", node.describe()), Some(&help)));
    }
    if scalar.text == "<<" && scalar.style == Style::Plain {
        return Err(fault("merge keys are not allowed".to_owned(), Some("write the keys out")));
    }
    if seen.contains_key(&scalar.text) {
        return Err(fault(format!("the key `{}` stands twice", shorten(&scalar.text)), None));
    }
    seen.insert(scalar.text.clone(), node.at);
    Ok(Spanned::new(node.at, scalar.text.clone()))
}

/// Where a collection ends: flow ones at their bracket, block ones where their
/// last item does, for their end event stands on the next line.
fn reach(start: Place, end: Place, last: Option<u32>) -> u32 {
    if end.end > end.start { end.end } else { last.unwrap_or(start.end) }
}

const fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
