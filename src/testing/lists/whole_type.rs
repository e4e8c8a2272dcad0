//! `ALWAYS`, `NEVER` or `CONDITIONAL`: what may be done with a type, whichever
//! resource of it is meant.

use super::super::answer::Answer;
use super::super::{Depth, Run, Scene, held};
use crate::decide::{Call, Explanation, FindingOutcome, Reason, Target};
use crate::document::definition::{AclEntry, AclSubject, Level, Model, Registered, ResourceType};
use crate::model::{Key, LevelItem};

const ALWAYS: &str = "ALWAYS";
const NEVER: &str = "NEVER";
const CONDITIONAL: &str = "CONDITIONAL";

impl Run<'_> {
    /// The word for one action, or what the door says.
    pub(super) fn word(
        &mut self,
        scene: Scene<'_>,
        call: &Call<'_>,
        target: &Target<'_>,
        action: &str,
    ) -> Result<&'static str, String> {
        let acl = Acl { run: self, scene, call };
        let (gives, denies) =
            (acl.touches(target.kind, action, false), acl.touches(target.kind, action, true));
        // Asked for the record, then once more for the explanation that a verdict alone leaves out.
        self.ask(call, target, action, scene.now);
        match self.decide((call, target, action), scene.now, Depth::Story) {
            Answer::Decided { reason, .. } if reason.allows() => {
                Ok(if denies { CONDITIONAL } else { ALWAYS })
            }
            Answer::Decided { reason, missing, explanation, .. } => {
                let open = match reason {
                    Reason::UnknownPrincipal | Reason::NotGranted | Reason::ConditionFalse => gives,
                    Reason::MissingAttribute => {
                        gives || missing.iter().any(|name| name.starts_with("resource."))
                    }
                    Reason::AuthorityTooLow => explanation.is_some_and(|story| unknown_scope(&story)),
                    _ => false,
                };
                Ok(if open { CONDITIONAL } else { NEVER })
            }
            refused @ Answer::Refused(_) => Err(refused.told()),
        }
    }
}

/// A scope of lower authority might still do, depending on the resource.
fn unknown_scope(story: &Explanation) -> bool {
    let findings = story.steps.iter().filter(|step| step.number == 9).flat_map(|step| &step.findings);
    findings.into_iter().any(|finding| finding.outcome == FindingOutcome::Unknown)
}

/// The ACLs of a tenant, as far as they name a caller.
struct Acl<'r> {
    run: &'r Run<'r>,
    scene: Scene<'r>,
    call: &'r Call<'r>,
}

impl Acl<'_> {
    /// Whether an entry anywhere gives the caller, or denies it, the permission
    /// on some resource.
    fn touches(&self, kind: &str, action: &str, denies: bool) -> bool {
        let policy = self.run.policy;
        let Some(tenant) = policy.tenants.get(self.scene.tenant) else { return false };
        tenant.resources.iter().any(|(key, registered)| {
            let model = &policy.model;
            let covers = |item: &LevelItem| covers(key, item, (kind, action));
            self.entries(registered).any(|entry| {
                if denies {
                    entry.deny.iter().any(|item| covers(item))
                } else {
                    entry.levels.iter().any(|level| level_covers(model, key, &level.value, &covers))
                }
            })
        })
    }

    fn entries<'e>(&'e self, registered: &'e Registered) -> impl Iterator<Item = &'e AclEntry> {
        let roles = held::roles(self.run.policy, self.call, self.scene.now);
        let groups = held::groups_of(self.run.policy, self.call);
        let named = move |subject: &AclSubject| match subject {
            AclSubject::Anyone => true,
            AclSubject::Everyone => roles.contains("everyone"),
            AclSubject::Role(id) => roles.contains(id.as_str()),
            AclSubject::Group(id) => groups.contains(id.as_str()),
            AclSubject::Principal(key) => self.names(key),
        };
        let now = self.scene.now;
        registered
            .acl
            .iter()
            .filter(move |(subject, entry)| named(subject) && entry.expires_at.is_none_or(|end| now < end))
            .map(|(_, entry)| &entry.value)
    }

    fn names(&self, key: &Key) -> bool {
        let app = self.call.via.as_ref().and_then(|via| via.app);
        [Some(self.call.principal.key), app].into_iter().flatten().any(|named| held::same(key, named))
    }
}

fn covers(carrier: &Key, item: &LevelItem, (kind, action): (&str, &str)) -> bool {
    match item {
        LevelItem::Own(own) => carrier.kind() == kind && own.as_ref() == action,
        LevelItem::OwnAll => carrier.kind() == kind,
        LevelItem::Below { kind: below, action: its } => below.as_ref() == kind && its.as_ref() == action,
        LevelItem::BelowAll(below) => below.as_ref() == kind,
    }
}

fn level_covers(model: &Model, carrier: &Key, level: &str, covers: &dyn Fn(&LevelItem) -> bool) -> bool {
    let Some(ty) = model.resources.get(carrier.kind()) else { return false };
    let mut open = vec![level];
    let mut seen = Vec::new();
    while let Some(id) = open.pop() {
        let Some(level) = level_of(ty, id).filter(|_| !seen.contains(&id)) else { continue };
        seen.push(id);
        if level.permissions.iter().any(|item| covers(&item.value)) {
            return true;
        }
        open.extend(level.includes.iter().map(|name| name.value.as_str()));
    }
    false
}

fn level_of<'m>(ty: &'m ResourceType, id: &str) -> Option<&'m Level> {
    ty.levels.get(id).map(|level| &level.value)
}
