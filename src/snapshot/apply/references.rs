//! Who names what is deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::draft::{Draft, Gone, Settled};
use super::held;
use super::told::Told;
use crate::document::definition::{AclSubject, GroupMember, Registered, Tenant as Definition};
use crate::document::{Place, Spanned};
use crate::model::Key;
use crate::snapshot::content;
use crate::snapshot::model::Model;
use crate::snapshot::tenant::{Member as MemberRow, Resource};

/// How many of those that name something are told by name.
const TOLD: usize = 100;

impl Gone {
    fn role(&self) -> Option<&str> {
        if let Self::Role(id) = self { Some(id) } else { None }
    }

    /// Whom an ACL entry for it names, if it must not name it any more.
    fn subject(&self) -> Option<AclSubject> {
        match self {
            Self::Role(id) => Some(AclSubject::Role(id.clone())),
            Self::Group(id) => Some(AclSubject::Group(id.clone())),
            Self::Member(key) => Some(AclSubject::Principal(key.clone())),
            Self::Resource(_) | Self::Install(_) => None,
        }
    }

    /// It as a resource that others may sit in.
    fn place(&self) -> Option<Key> {
        match self {
            Self::Role(id) => Key::new("role", id),
            Self::Group(id) => Key::new("group", id),
            Self::Member(key) => Key::new("member", &key.to_string()),
            Self::Resource(key) => Ok(key.clone()),
            Self::Install(key) => Key::new("app", &key.to_string()),
        }
        .ok()
    }

    fn name(&self) -> String {
        match self {
            Self::Role(id) => format!("role `{id}`"),
            Self::Group(id) => format!("group `{id}`"),
            Self::Member(key) => format!("member `{key}`"),
            Self::Resource(key) => format!("resource `{key}`"),
            Self::Install(key) => format!("install `{key}`"),
        }
    }
}

/// Takes every mention of what is deleted away.
pub(super) fn remove(draft: &mut Draft<'_>, model: &Model, gone: &Gone, at: Place) {
    let frame = draft.frame();
    if frame.is_some_and(|frame| in_frame(frame, gone)) {
        remove_from_frame(draft.frame_mut(), gone);
    }
    if let (Some(base), Some(role)) = (draft.base, gone.role()) {
        for (kind, id, row) in base.members.iter().filter(|(.., row)| holds(row, role)) {
            let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
            let row = || Some(held::placed_member(content::member(model, row), at));
            draft.members.entry(key).or_insert_with(row);
        }
    }
    for member in draft.members.values_mut().flatten() {
        if let Some(role) = gone.role() {
            member.value.roles.retain(|given| given.role != role);
        }
    }
    let (subject, place) = (gone.subject(), gone.place());
    if let Some(base) = draft.base {
        for (kind, id, row) in base.resources.iter() {
            if !names(model, row, subject.as_ref(), place.as_ref()) {
                continue;
            }
            let Ok(key) = Key::new(content::type_name(model, kind), id) else { continue };
            let row = || Some(held::placed_resource(content::resource(model, row), at));
            draft.resources.entry(key).or_insert_with(row);
        }
    }
    for resource in draft.resources.values_mut().flatten() {
        if let Some(subject) = &subject {
            resource.value.acl.remove(subject);
        }
        if let Some(place) = &place {
            resource.value.parents.retain(|parent| parent.value != *place);
        }
    }
}

/// Tells who still names what is deleted, of those rows that no change has touched;
/// those that one has are checked as they are. What has come back is not deleted.
///
/// However much is deleted, rows are looked through once.
pub(super) fn refuse(draft: &Settled<'_>, model: &Model) -> Vec<Told> {
    let gone: Vec<&(Gone, Place)> = draft.gone.iter().filter(|(gone, _)| !is_back(draft, gone)).collect();
    let Some(base) = draft.base.filter(|_| !gone.is_empty()) else { return Vec::new() };
    let (mut roles, mut subjects, mut places) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (number, (gone, _)) in gone.iter().enumerate() {
        roles.extend(gone.role().map(|role| (role, number)));
        // A member need not be one to be named by an entry; only a place must exist.
        let subject = gone.subject().filter(|_| !matches!(gone, Gone::Member(_)));
        subjects.extend(subject.map(|subject| (subject.to_string(), number)));
        places.extend(gone.place().map(|place| (place, number)));
    }
    let mut users: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let members = base.members.iter().filter(|_| !roles.is_empty());
    for (kind, id, row) in members {
        for number in row.standing.given.iter().filter_map(|given| roles.get(&*given.role)) {
            let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
            if !draft.touches_member(&key) {
                users.entry(*number).or_default().insert(format!("member `{key}`"));
            }
        }
    }
    for (kind, id, row) in base.resources.iter() {
        let texts = row.acl.iter().filter_map(|entry| subjects.get(&*entry.text));
        let dormant = row.retired.iter().filter_map(|(whom, _)| subjects.get(&whom.to_string()));
        let inside = row
            .parents
            .iter()
            .filter_map(|(kind, id)| places.get(&Key::new(model.kind_name(*kind), id).ok()?));
        for number in texts.chain(dormant).chain(inside) {
            let Ok(key) = Key::new(content::type_name(model, kind), id) else { continue };
            if !draft.touches_resource(&key) {
                users.entry(*number).or_default().insert(format!("resource `{key}`"));
            }
        }
    }
    let told = |(number, users): (usize, BTreeSet<String>)| {
        let (gone, at) = gone.get(number)?;
        Some(still_named(gone, *at, &users))
    };
    users.into_iter().filter_map(told).collect()
}

/// Whether what was deleted was put again.
fn is_back(draft: &Settled<'_>, gone: &Gone) -> bool {
    match gone {
        Gone::Role(id) => draft.frame().is_some_and(|frame| frame.roles.contains_key(id)),
        Gone::Group(id) => draft.frame().is_some_and(|frame| frame.groups.contains_key(id)),
        Gone::Member(key) => draft.rows.members.contains_key(key),
        Gone::Resource(key) => draft.rows.resources.contains_key(key),
        Gone::Install(key) => draft.rows.installs.contains_key(key),
    }
}

fn still_named(gone: &Gone, at: Place, users: &BTreeSet<String>) -> Told {
    let some: Vec<&str> = users.iter().take(TOLD).map(String::as_str).collect();
    let more = match users.len().checked_sub(TOLD) {
        Some(more @ 1..) => format!(", and {more} more"),
        _ => String::new(),
    };
    Told {
        help: Some("say `REFERENCES_REMOVE`, or change them in the same set".to_owned()),
        ..Told::of(at, format!("the {} is still named: {}{more}", gone.name(), some.join(", ")))
    }
}

fn holds(row: &MemberRow, role: &str) -> bool {
    row.standing.given.iter().any(|given| *given.role == *role)
}

/// Whether a resource names a subject in its ACL, or sits in a place.
fn names(model: &Model, row: &Resource, subject: Option<&AclSubject>, place: Option<&Key>) -> bool {
    let text = subject.map(ToString::to_string);
    let entry = |text: &str| row.acl.iter().any(|entry| *entry.text == *text);
    let dormant = |subject| row.retired.iter().any(|(whom, _)| whom == subject);
    let inside = |place: &Key| {
        row.parents.iter().any(|(kind, id)| model.kind_name(*kind) == place.kind() && **id == *place.id())
    };
    text.is_some_and(|text| entry(&text)) || subject.is_some_and(dormant) || place.is_some_and(inside)
}

fn in_frame(frame: &Definition, gone: &Gone) -> bool {
    match gone {
        Gone::Role(id) => {
            let listed = |roles: &[Spanned<String>]| roles.iter().any(|role| role.value == *id);
            frame.role_restrictions.contains_key(id)
                || frame.roles.values().any(|role| listed(&role.extends))
                || frame.groups.values().any(|group| listed(&group.roles))
        }
        Gone::Group(id) => {
            let member = GroupMember::Group(id.clone());
            frame.groups.values().any(|group| group.members.iter().any(|known| known.value == member))
        }
        Gone::Member(key) => {
            frame.groups.values().any(|group| group.members.iter().any(|member| member.is(key)))
        }
        Gone::Resource(_) | Gone::Install(_) => false,
    }
}

fn remove_from_frame(frame: &mut Definition, gone: &Gone) {
    if let Gone::Role(id) = gone {
        frame.role_restrictions.remove(id);
        for role in frame.roles.values_mut() {
            role.value.extends.retain(|extended| extended.value != *id);
        }
    }
    for group in frame.groups.values_mut() {
        match gone {
            Gone::Role(id) => group.value.roles.retain(|role| role.value != *id),
            Gone::Group(id) => {
                let member = GroupMember::Group(id.clone());
                group.value.members.retain(|known| known.value != member);
            }
            Gone::Member(key) => group.value.members.retain(|member| !member.is(key)),
            Gone::Resource(_) | Gone::Install(_) => {}
        }
    }
}

/// Parts that have parents, for checking how they sit in one another: of the base
/// those that no change has touched.
pub(super) fn with_parents(draft: &Settled<'_>, model: &Model) -> Definition {
    let mut all = Definition::default();
    for (kind, id, row) in draft.base.iter().flat_map(|base| base.resources.iter()) {
        let Ok(key) = Key::new(content::type_name(model, kind), id) else { continue };
        if !row.parents.is_empty() && !draft.touches_resource(&key) {
            let parents = content::resource(model, row).parents;
            all.resources.insert(key, Spanned::nowhere(Registered { parents, ..Registered::default() }));
        }
    }
    for (key, row) in &draft.rows.resources {
        let parents = row.parents.clone();
        let sits = Registered { parents, ..Registered::default() };
        all.resources.insert(key.clone(), Spanned::new(row.at, sits));
    }
    all
}
