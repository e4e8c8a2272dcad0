//! From what a test document says to a question for the door.
//!
//! Nothing is checked here: what is wrong with a question is the door's to
//! say, because a test may expect exactly that.

use super::Scene;
use crate::decide::{self, Attributes, Call, KeyRef, ViaScope};
use crate::document::definition::{Asker, Map, Model, ScopeCover, Target, Via};
use crate::model::{Key, Value};

/// Who asks, in the setting of a table, case or list.
pub(super) fn call<'t>(scene: Scene<'t>, model: &'t Model, who: &'t Asker) -> Call<'t> {
    let principal = decide::Asker {
        key: key_ref(&who.key),
        roles: who.roles.iter().map(|role| role.value.as_str()).collect(),
        attributes: attributes(&who.attributes),
    };
    call_by(scene, model, principal)
}

/// The same for a principal that no document writes out.
pub(super) fn call_by<'t>(scene: Scene<'t>, model: &'t Model, principal: decide::Asker<'t>) -> Call<'t> {
    Call {
        tenant: scene.tenant,
        principal,
        context: attributes(&scene.setting.context),
        via: scene.setting.via.as_ref().map(|via| acting(via, model)),
    }
}

/// What is asked about.
pub(super) fn target(target: &Target) -> decide::Target<'_> {
    decide::Target {
        kind: &target.kind,
        id: target.id.as_deref(),
        attributes: attributes(&target.attributes),
        parents: target.parents.iter().map(|parent| key_ref(parent)).collect(),
    }
}

/// One registered resource, nothing sent along.
pub(super) fn bare<'k>(key: KeyRef<'k>) -> decide::Target<'k> {
    decide::Target { kind: key.kind, id: Some(key.id), ..decide::Target::default() }
}

/// A key, lent.
pub(super) fn key_ref(key: &Key) -> KeyRef<'_> {
    KeyRef { kind: key.kind(), id: key.id() }
}

/// What is asked about, for people: `conversation:c1`, or the type alone.
pub(super) fn about(target: &decide::Target<'_>) -> String {
    match target.id {
        Some(id) => format!("{}:{id}", target.kind),
        None => target.kind.to_owned(),
    }
}

fn attributes(map: &Map<Value>) -> Attributes<'_> {
    map.iter().map(|(name, value)| (name.as_str(), value.value.as_ref())).collect()
}

fn acting<'t>(via: &'t Via, model: &'t Model) -> decide::Via<'t> {
    let scopes = via.scopes.iter().map(|(scope, modes)| ViaScope {
        scope,
        modes: match &modes.value {
            Some(listed) => listed.iter().map(|mode| mode.value.as_str()).collect(),
            None => all_modes(model, scope),
        },
    });
    decide::Via {
        app: via.app.as_ref().map(|app| key_ref(app)),
        scopes: scopes.collect(),
        all_scopes: via.all_scopes,
    }
}

/// What `all` stands for: a request names modes one by one.
fn all_modes<'t>(model: &'t Model, scope: &str) -> Vec<&'t str> {
    match model.scopes.get(scope).map(|known| &known.value.covers) {
        Some(ScopeCover::Modes(modes)) => modes.keys().map(String::as_str).collect(),
        Some(ScopeCover::Allow(_)) | None => Vec::new(),
    }
}
