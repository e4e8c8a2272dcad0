//! Policies as text.
//!
//! Owns their form: an annotation that says which part of the documents it is, the
//! heads, and conditions wrapped at their outermost parts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::cond::Cond;
use super::cover::Permission;
use super::text;

/// How long a line gets before it is broken.
const WIDE: usize = 110;

/// One policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule<'a> {
    /// What it comes from, in the words of causes.
    pub(super) from: &'a str,
    pub(super) permit: bool,
    /// What follows `principal` in the head.
    pub(super) principal: &'a str,
    /// The actions; `None` is every one.
    pub(super) actions: Option<&'a [&'a Permission]>,
    /// What follows `resource` in the head.
    pub(super) resource: &'a str,
    pub(super) when: Option<Cond>,
    pub(super) unless: Option<Cond>,
}

/// The text of policies so far.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) text: String,
    /// How many there are.
    pub(super) count: usize,
    /// A heading that nothing stands under yet.
    heading: Option<String>,
}

impl Writer {
    /// Begins with a head.
    pub(super) fn new(head: &str) -> Self {
        Self { text: head.to_owned(), ..Self::default() }
    }

    /// Adds a heading.
    pub(super) fn heading(&mut self, what: &str) {
        self.heading = Some(format!("\n// {what}\n"));
    }

    /// Adds a policy, unless it would say nothing.
    pub(super) fn push(&mut self, rule: &Rule<'_>) {
        if rule.when == Some(Cond::False) || rule.unless == Some(Cond::True) {
            return;
        }
        self.count = self.count.saturating_add(1);
        self.text.push_str(&self.heading.take().unwrap_or_default());
        let effect = if rule.permit { "permit" } else { "forbid" };
        let actions = match rule.actions {
            None => "action".to_owned(),
            Some([(kind, action)]) => format!("action == {}", text::action(kind, action)),
            Some(many) => {
                let listed: Vec<String> =
                    many.iter().map(|(kind, action)| text::action(kind, action)).collect();
                let line = listed.join(", ");
                if line.len() > WIDE {
                    format!("action in [\n    {}\n  ]", listed.join(",\n    "))
                } else {
                    format!("action in [{line}]")
                }
            }
        };
        let spaced = |word: &str| if word.is_empty() { String::new() } else { format!(" {word}") };
        let _ = write!(
            self.text,
            "\n@from({})\n{effect} (\n  principal{},\n  {actions},\n  resource{}\n)",
            text::quoted(rule.from),
            spaced(rule.principal),
            spaced(rule.resource),
        );
        self.clause("when", rule.when.as_ref().filter(|cond| **cond != Cond::True));
        self.clause("unless", rule.unless.as_ref().filter(|cond| **cond != Cond::False));
        self.text.push_str(";\n");
    }

    fn clause(&mut self, word: &str, condition: Option<&Cond>) {
        let Some(condition) = condition else { return };
        let line = condition.to_string();
        let _ = match condition {
            Cond::All(parts) if line.len() > WIDE => {
                write!(self.text, "\n{word} {{\n  {}\n}}", lines(parts, "&&"))
            }
            Cond::Any(parts) if line.len() > WIDE => {
                write!(self.text, "\n{word} {{\n  {}\n}}", lines(parts, "||"))
            }
            _ if line.len() > WIDE => write!(self.text, "\n{word} {{\n  {line}\n}}"),
            _ => write!(self.text, "\n{word} {{ {line} }}"),
        };
    }
}

fn lines(parts: &[Cond], operator: &str) -> String {
    let part = |part: &Cond| match part {
        Cond::All(_) | Cond::Any(_) => format!("({part})"),
        part => part.to_string(),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(&format!(" {operator}\n  "))
}

/// Permissions by the condition that they share, each condition translated once
/// for a resource type.
pub(super) fn grouped(
    permissions: impl IntoIterator<Item = Permission>,
    mut condition: impl FnMut(&Permission) -> Cond,
) -> BTreeMap<Cond, BTreeSet<Permission>> {
    let mut found: BTreeMap<Cond, BTreeSet<Permission>> = BTreeMap::new();
    for permission in permissions {
        found.entry(condition(&permission)).or_default().insert(permission);
    }
    found
}
