//! A policy in Cedar: a schema, policies and entities.
//!
//! One Check is one Cedar request; docs/cedar.md says how it is put. Invariants:
//!
//! 1. *No policy errs.* Cedar skips a `forbid` that errs, which would allow. So
//!    whatever a request may leave out is read behind its `has`, and arithmetic
//!    that could overflow behind its bounds.
//! 2. *Unknown never helps.* A condition appears as what makes it certainly
//!    true: a `permit` is given when that holds, and a `forbid` unless it does.
//! 3. *Refused, not bent.* What Cedar cannot say is told by name and place, all
//!    of it at once, and then there is no export.
//!
//! Deliberately absent: reasons, causes, hidden, missing attributes, lists. Of
//! an answer only allow or deny is said.
//!
//! `names`, `condition`, `quantifier`, `operators` and `term` are conditions;
//! `who` and `cover` are roles and permissions; `steps` is the decision as
//! conditions; `policies` and `lists` write it, `schema` and `entities` the rest.

mod cond;
mod condition;
mod cover;
mod entities;
mod lists;
mod names;
mod operators;
mod policies;
mod quantifier;
mod schema;
mod steps;
mod term;
mod text;
mod who;
mod writer;

use serde_json::Value as Json;

use crate::document::definition::Policy;
use crate::document::{Checked, Diagnostic, Place};
use crate::model::Timestamp;
use steps::Steps;

/// A policy, as Cedar takes it.
#[derive(Clone, Debug)]
pub struct Export {
    /// `schema.cedarschema`
    pub schema: String,
    /// `policies.cedar`
    pub policies: String,
    /// `entities.json`: a list.
    pub entities: Json,
    /// How many policies there are.
    pub count: usize,
}

/// Translates a policy as it stands at an instant.
///
/// # Errors
///
/// Everything that Cedar cannot say, in the order of the documents.
pub fn export(checked: &Checked, now: Timestamp) -> Result<Export, Vec<Diagnostic>> {
    let policy = checked.policy();
    let steps = Steps::new(policy, now);
    refuse_names(policy, &steps);
    let written = steps.policies();
    let entities = steps.entities();
    let mut refused = steps.refused.take();
    if !refused.is_empty() {
        refused.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        refused.dedup();
        return Err(refused);
    }
    Ok(Export {
        schema: schema::schema(policy, &steps.names),
        policies: written.text,
        entities: Json::Array(entities),
        count: written.count,
    })
}

fn refuse_names(policy: &Policy, steps: &Steps<'_>) {
    let model = &policy.model;
    let kinds = model.principals.iter().map(|(name, kind)| (name, kind.at));
    for (name, at) in kinds.chain(model.resources.iter().map(|(name, kind)| (name, kind.at))) {
        if !text::is_type_name(name) {
            steps.refuse(at, &format!("a type that is called `{name}`"));
        }
    }
    let principals = model.principals.values().flat_map(|kind| kind.attributes.iter().map(place));
    let resources = model.resources.values().flat_map(|kind| kind.attributes.iter().map(place));
    let context = model.context.iter().map(place);
    for (name, at) in principals.chain(resources).chain(context) {
        if name == schema::OWN {
            steps.refuse(at, "an attribute that is called `sidegate`, which holds what is Sidegate's own");
        }
    }
}

fn place<'a, T>((name, it): (&'a String, &'a crate::document::Spanned<T>)) -> (&'a str, Place) {
    (name, it.at)
}
