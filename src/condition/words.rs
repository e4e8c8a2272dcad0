//! Words with a meaning of their own.

/// What a dotted name can begin with.
pub(super) const ROOTS: [&str; 5] = ["principal", "resource", "context", "params", "app"];

/// The name of the instant of the decision.
pub(super) const NOW: &str = "now";

/// The words that CEL keeps for itself.
const KEPT: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Whether a bare `name` always means something else, so that a named
/// condition of this name could never be used.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    is_taken(name) || KEPT.contains(&name)
}

/// Whether `name` is a root or `now`.
pub(super) fn is_taken(name: &str) -> bool {
    name == NOW || ROOTS.contains(&name)
}
