//! What a snapshot shares with the one before it, and what it knows of tenants
//! that were left out.

use super::*;
use crate::document::{Change, PolicyLimits, Source, Sources, Spanned, load};

const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals: { user: {} }
resources:
  doc: { actions: [view, edit] }
roles:
  reader: { allow: [doc:view] }
";

fn policy(tenants: &[(&str, &str)]) -> Checked {
    let mut files = vec![Source { path: "model.yaml".to_owned(), text: MODEL.to_owned() }];
    for (id, role) in tenants {
        let text = format!(
            "sidegate: v1\nkind: Tenant\nid: {id}\nroles:\n  own: {{ allow: [{role}] }}\n\
             members:\n  user:ana: {{ roles: [own] }}\n"
        );
        files.push(Source { path: format!("tenants/{id}.yaml"), text });
    }
    let loaded = load(&Sources::new(files), &PolicyLimits::default());
    loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

fn revision(number: u64) -> Revision {
    Revision::new(0, number)
}

fn row<'a>(snapshot: &'a Snapshot, id: &str) -> &'a Arc<Tenant> {
    snapshot.tenants.get(0, id).unwrap().1
}

#[test]
fn an_unchanged_tenant_is_shared_and_keeps_its_revision() {
    let before = Snapshot::compile(&policy(&[("a", "doc:view"), ("b", "doc:view")]), revision(1));
    let next = policy(&[("a", "doc:edit"), ("b", "doc:view"), ("c", "doc:view")]);
    // `c` is said to be as before and is not there: it is compiled.
    let after = before.compile_after(&next, revision(2), |id| id != "a");
    assert!(Arc::ptr_eq(&before.model, &after.model));
    assert!(Arc::ptr_eq(row(&before, "b"), row(&after, "b")));
    assert!(!Arc::ptr_eq(row(&before, "a"), row(&after, "a")));
    let revisions = ["a", "b", "c", "d"].map(|id| after.tenant_revision(id));
    assert_eq!(revisions, [Some(revision(2)), Some(revision(1)), Some(revision(2)), None]);
    assert_eq!(after.revision(), revision(2));
    assert_eq!(after.size(), Snapshot::compile(&next, revision(2)).size());
}

#[test]
fn a_tenant_that_is_gone_is_gone() {
    let before = Snapshot::compile(&policy(&[("a", "doc:view"), ("b", "doc:view")]), revision(1));
    let after = before.compile_after(&policy(&[("b", "doc:view")]), revision(2), |_| true);
    assert_eq!(after.tenant_revision("a"), None);
    assert_eq!((after.size().tenants, after.size().members), (1, 1));
}

#[test]
fn what_is_in_quarantine_is_what_the_snapshot_does_not_have() {
    let checked = policy(&[("a", "doc:view")]);
    let snapshot = Snapshot::compile(&checked, revision(1)).quarantining(["z", "a", "b", "b"]);
    assert_eq!(snapshot.quarantined().collect::<Vec<_>>(), ["b", "z"]);
    assert!(snapshot.is_quarantined("b") && !snapshot.is_quarantined("a"));

    let b = policy(&[("b", "doc:view")]);
    let put = Change::PutTenant(Box::new(b.policy().tenants.get("b").unwrap().value.clone()));
    let mended = snapshot.apply(revision(2), vec![Spanned::nowhere(put)], &apply::Rules::default());
    let mended = mended.unwrap().snapshot;
    assert_eq!(mended.quarantined().collect::<Vec<_>>(), ["z"]);
    let after = snapshot.compile_after(&checked, revision(2), |_| true);
    assert_eq!(after.quarantined().len(), 0, "what is left out is said anew each time");
}
