//! Lists, written as responses.

use super::answer::{Basis, revision};
use super::api;
use crate::decide::Extent;
use crate::decide::list::PrincipalKey;

/// A page of a list.
#[derive(Debug)]
pub(crate) enum Listed {
    /// Actions, and whether each is allowed.
    Actions(Vec<(String, Extent)>),
    /// Ids of resources of one type.
    Resources {
        /// Their type.
        kind: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// Principals.
    Principals {
        /// Those that the tenant knows.
        known: Vec<PrincipalKey>,
        /// Those that it does not.
        anyone: bool,
    },
}

/// Writes a page; `next` is where the list goes on, if it does.
pub(crate) fn list(page: Listed, next: Option<String>, basis: Basis) -> api::ListAllowedResponse {
    use api::list_allowed_response::Answer;

    let answer = match page {
        Listed::Actions(items) => {
            let items = items
                .into_iter()
                .map(|(action, extent)| api::ActionAllowed { action, result: result(extent).into() });
            Answer::Actions(api::ActionsAnswer { items: items.collect() })
        }
        Listed::Resources { kind, ids } => {
            let resources = ids.into_iter().map(|id| api::ResourceRef { r#type: kind.clone(), id }).collect();
            Answer::Resources(api::ResourcesAnswer { resources })
        }
        Listed::Principals { known, anyone } => {
            let principals = known
                .into_iter()
                .map(|PrincipalKey { kind, id }| api::PrincipalRef { r#type: kind, id })
                .collect();
            Answer::Principals(api::PrincipalsAnswer { principals, anyone })
        }
    };
    api::ListAllowedResponse {
        answer: Some(answer),
        complete: next.is_none(),
        next_page_token: next.unwrap_or_default(),
        revision: Some(revision(basis.revision)),
        tenant_revision: basis.tenant_revision.map(revision),
    }
}

const fn result(extent: Extent) -> api::ListResult {
    match extent {
        Extent::Always => api::ListResult::Always,
        Extent::Never => api::ListResult::Never,
        Extent::Conditional => api::ListResult::Conditional,
    }
}
