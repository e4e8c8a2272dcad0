//! Whatever is written is read as the same; whatever is broken on the way is read or
//! refused.

use std::path::Path;

use prost::Message;

use super::*;
use crate::decide::reference::world::{Rng, World};
use crate::document::definition::Policy;
use crate::document::{PolicyLimits, load};
use crate::policy_dir;

/// Generated policies.
const WORLDS: u64 = 300;
/// Ways to break a message, for each policy.
const BREAKS: usize = 60;

/// The changes that bring a policy: tenants whole, and again part by part.
fn changes(policy: &Policy) -> Vec<Spanned<Change>> {
    let mut changes: Vec<Change> =
        policy.apps.values().map(|app| Change::PutApp(Box::new(app.value.clone()))).collect();
    for tenant in policy.tenants.values() {
        changes.push(Change::PutTenant(Box::new(tenant.value.clone())));
        let inside = |change| Change::InTenant(tenant.id.clone(), change);
        let roles = tenant.roles.iter();
        changes.extend(
            roles.map(|(id, it)| inside(TenantChange::PutRole(id.clone(), Box::new(it.value.clone())))),
        );
        let groups = tenant.groups.iter();
        changes.extend(groups.map(|(id, it)| inside(TenantChange::PutGroup(id.clone(), it.value.clone()))));
        let members = tenant.members.iter();
        changes.extend(
            members.map(|(id, it)| inside(TenantChange::PutMember(id.clone(), Box::new(it.value.clone())))),
        );
        let resources = tenant.resources.iter();
        changes.extend(
            resources
                .map(|(id, it)| inside(TenantChange::PutResource(id.clone(), Box::new(it.value.clone())))),
        );
        let installs = tenant.installs.iter();
        changes
            .extend(installs.map(|(id, it)| inside(TenantChange::PutInstall(id.clone(), it.value.clone()))));
        let switched = tenant.role_restrictions.iter();
        changes.extend(
            switched.map(|(id, it)| inside(TenantChange::PutRoleRestrictions(id.clone(), it.value.clone()))),
        );
    }
    changes.into_iter().map(Spanned::nowhere).collect()
}

fn written(changes: &[Spanned<Change>]) -> Vec<u8> {
    let changes = changes.iter().map(|change| write_change(&change.value)).collect();
    api::PushRequest { header: None, changes }.encode_to_vec()
}

/// Holds changes against what they are after a journey as bytes.
fn check(changes: &[Spanned<Change>], why: &str) {
    let bytes = written(changes);
    let api::PushRequest { header: _, changes: sent } = api::PushRequest::decode(&*bytes).unwrap();
    let read = read_changes(sent, 1).unwrap_or_else(|faults| panic!("{why}: {}", lines(&faults)));
    for (read, change) in read.iter().zip(changes) {
        assert_eq!(read.value, change.value, "{why}");
    }
    assert_eq!(read.len(), changes.len(), "{why}");
    assert!(written(&read) == bytes, "{why}: other bytes");
    for (number, change) in (1..).zip(&read) {
        assert_eq!(change.at.source, number, "{why}");
    }
}

#[test]
fn i19_generated_policies_are_read_as_they_were_written() {
    for seed in 0..WORLDS {
        check(&changes(&World::generate(seed).policy), &format!("seed {seed}"));
    }
    check(&deletes(), "deletes");
}

#[test]
fn i19_the_examples_are_read_as_they_were_written() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = 0;
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.join("model.yaml").is_file() {
            let sources = policy_dir::read_policy(&path).unwrap();
            let checked = load(&sources, &PolicyLimits::default()).checked.unwrap();
            check(&changes(checked.policy()), &path.display().to_string());
            found += 1;
        }
    }
    assert_eq!(found, 5);
}

#[test]
fn f06_what_is_broken_on_the_way_is_read_or_refused() {
    let mut rng = Rng::new(6);
    let (mut unreadable, mut faulty, mut read) = (0, 0, 0);
    for seed in 0..WORLDS {
        let bytes = written(&changes(&World::generate(seed).policy));
        for _ in 0..BREAKS {
            let mut broken = bytes.clone();
            for _ in 0..=rng.below(2) {
                let at = rng.below(broken.len());
                match rng.below(4) {
                    0 => broken[at] ^= 1 << rng.below(8),
                    1 => broken[at] = u8::try_from(rng.below(256)).unwrap(),
                    2 => drop(broken.drain(at..(at + 1 + rng.below(8)).min(broken.len()))),
                    _ => broken.truncate(at.max(1)),
                }
            }
            match api::PushRequest::decode(&*broken) {
                Err(_) => unreadable += 1,
                Ok(sent) => match read_changes(sent.changes, 1) {
                    Err(faults) => {
                        assert!(!faults.is_empty());
                        assert!(faults.iter().all(|fault| fault.field.starts_with("changes[")));
                        faulty += 1;
                    }
                    Ok(_) => read += 1,
                },
            }
        }
    }
    assert!(unreadable > 500 && faulty > 500 && read > 500, "{unreadable} {faulty} {read}");
}

/// Changes of every kind, as far as no definition has one.
fn deletes() -> Vec<Spanned<Change>> {
    let key = || crate::model::Key::parse("user:mia").unwrap();
    let subject = || crate::document::definition::AclSubject::Group("g".into());
    let entry = crate::document::definition::AclEntry {
        levels: vec![Spanned::nowhere("l".to_owned())],
        ..Default::default()
    };
    let inside = [
        TenantChange::PutPlan(Spanned::nowhere("pro".into())),
        TenantChange::DeletePlan,
        TenantChange::DeleteRole("r".into(), References::Remove),
        TenantChange::DeleteGroup("g".into(), References::Refuse),
        TenantChange::DeleteMember(key(), References::Remove),
        TenantChange::DeleteResource(key(), References::Refuse),
        TenantChange::PutAclEntry(key(), subject(), entry),
        TenantChange::DeleteAclEntry(key(), subject()),
        TenantChange::DeleteInstall(key()),
        TenantChange::DeleteRoleRestrictions("r".into()),
    ];
    let mut changes: Vec<Change> =
        inside.into_iter().map(|change| Change::InTenant("t".into(), change)).collect();
    changes.extend([Change::DeleteTenant("t".into()), Change::DeleteApp(key())]);
    changes.push(Change::PutModel("sidegate: v1\n".into()));
    changes.into_iter().map(Spanned::nowhere).collect()
}
