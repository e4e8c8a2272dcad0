//! What a listener answers: which questions, about which tenants.
//!
//! A listener is one trust domain with whoever can reach it. Whatever else is
//! wrong with a call, this is told first, so that a caller who may not ask
//! learns nothing.

use std::collections::BTreeSet;

use super::refusal::Refusal;

/// What a listener answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListenerScope {
    /// The tenants it answers about; `None` is all, and those yet to come.
    pub tenants: Option<BTreeSet<String>>,
    /// The questions it answers.
    pub allow: BTreeSet<Question>,
}

/// A kind of question.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Question {
    /// Check.
    Check,
    /// BatchCheck.
    Batch,
    /// ListAllowed, of actions and of resources.
    List,
    /// ListAllowed, of principals.
    Principals,
    /// An explanation beside any answer.
    Explain,
}

impl ListenerScope {
    /// Every question about every tenant: for loopback and Unix sockets.
    #[must_use]
    pub fn everything() -> Self {
        Self { tenants: None, allow: Question::ALL.into_iter().collect() }
    }

    /// Every tenant, but neither who may do something nor why: for whoever can
    /// reach an address that is not loopback.
    #[must_use]
    pub fn reachable() -> Self {
        Self { tenants: None, allow: [Question::Check, Question::Batch, Question::List].into() }
    }

    /// Whether a question about a tenant is answered.
    pub(crate) fn permits(&self, questions: &[Question], tenant: &str) -> Result<(), Refusal> {
        if let Some(refused) = questions.iter().find(|question| !self.allow.contains(question)) {
            return Err(Refusal::QuestionNotAllowed { question: refused.name() });
        }
        match &self.tenants {
            Some(tenants) if !tenants.contains(tenant) => Err(Refusal::TenantNotAllowed),
            _ => Ok(()),
        }
    }
}

impl Question {
    /// Every kind, in the order documented.
    pub const ALL: [Self; 5] = [Self::Check, Self::Batch, Self::List, Self::Principals, Self::Explain];

    /// The kind as configured.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Batch => "batch",
            Self::List => "list",
            Self::Principals => "principals",
            Self::Explain => "explain",
        }
    }
}
