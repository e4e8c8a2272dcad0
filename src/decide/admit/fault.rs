//! What can be wrong with a field of a question.

/// What is wrong with one field of a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldFault {
    /// The field's path, from the call or the target on: `principal.type`,
    /// `resource.attributes.creator`, `action`.
    pub field: String,
    /// What kind of fault.
    pub kind: FaultKind,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// The limit that it is over, named as in `Limits`.
    pub limit: Option<&'static str>,
}

/// The kinds of fault of a field.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FaultKind {
    /// Required, and not there.
    Missing,
    /// Not of the form that such a field has.
    Malformed,
    /// Over a limit; the message names it.
    OverLimit,
    /// A principal type that the model does not have.
    UnknownPrincipalType,
    /// A resource type that the model does not have.
    UnknownResourceType,
    /// An action that the resource type does not have.
    UnknownAction,
    /// A value of another type than declared.
    WrongType,
    /// A parent of a type that the resource type does not sit in.
    ParentNotAllowed,
    /// Roles asserted for a type that takes none from requests.
    RolesNotAccepted,
    /// A listed scope that has modes, without one.
    ModeMissing,
    /// `via` beside a principal that is itself an app.
    AppWithVia,
    /// `all_scopes` for a personal token.
    AllScopesWithoutApp,
}

impl FieldFault {
    /// A fault of a field.
    pub(crate) fn new(field: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Self {
        Self { field: field.into(), kind, message: message.into(), limit: None }
    }

    /// The fault of a required field that is not there.
    pub(crate) fn missing(field: impl Into<String>) -> Self {
        Self::new(field, FaultKind::Missing, "must be set")
    }

    /// The fault of a field over a limit, which is named as in `Limits`.
    pub(crate) fn over(field: impl Into<String>, limit: &'static str, most: usize) -> Self {
        Self::of_limit(field, limit, format!("over the limit `{limit}` of {most}"))
    }

    /// The fault of a field over a limit, in other words.
    pub(crate) fn of_limit(
        field: impl Into<String>,
        limit: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { limit: Some(limit), ..Self::new(field, FaultKind::OverLimit, message) }
    }
}

/// The fault of an id, if it has one: empty, too long, control characters.
pub(super) fn of_id(field: &str, id: &str, most: usize) -> Option<FieldFault> {
    if id.is_empty() {
        Some(FieldFault::missing(field))
    } else if id.len() > most {
        Some(FieldFault::over(field, "id_bytes", most))
    } else if id.chars().any(char::is_control) {
        Some(FieldFault::new(field, FaultKind::Malformed, "has a control character"))
    } else {
        None
    }
}

/// A name as a message may show it: control characters escaped, cut at 64
/// characters, so that a message can neither forge log lines nor grow large.
pub(super) fn shown(name: &str) -> String {
    let short: String = name.chars().take(64).collect();
    let cut = if short.len() < name.len() { "…" } else { "" };
    format!("{}{cut}", short.escape_debug())
}
