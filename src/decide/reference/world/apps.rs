//! Generated apps.
//!
//! Owns what apps ask for; what tenants grant them is the tenant's.

use super::rng::Rng;
use crate::decide::reference::build::{key, map, names};
use crate::document::definition::{App, Label, Model, Review, ScopeCover, ScopeRequest};

/// Makes apps.
pub(super) fn apps(rng: &mut Rng, model: &Model) -> Vec<App> {
    let mut keys = vec!["plugin:a", "plugin:A", "plugin:a:b", "plugin:*"];
    if model.principals.contains_key("bot") {
        keys.extend(["bot:a", "bot:á"]);
    }
    rng.some(&keys, 1, 4).into_iter().map(|id| app(rng, model, id)).collect()
}

fn app(rng: &mut Rng, model: &Model, id: &str) -> App {
    let mut requests = Vec::new();
    for (scope, it) in &model.scopes {
        if !rng.chance(75) {
            continue;
        }
        let modes = match &it.value.covers {
            ScopeCover::Allow(_) => Vec::new(),
            ScopeCover::Modes(modes) => {
                let known: Vec<&String> = modes.keys().collect();
                rng.some(&known, 1, known.len())
            }
        };
        requests.push((scope, ScopeRequest { modes: names(modes), justification: "it must".to_owned() }));
    }
    let review = [Review::Approved, Review::Pending, Review::Rejected][rng.weighted(&[84, 8, 8])];
    App { id: key(id), label: Label::default(), requests: map(requests), review }
}
