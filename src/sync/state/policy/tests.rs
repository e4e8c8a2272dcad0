//! I-13, the law of keeping: what is loaded is what was saved, equal things are
//! saved in equal bytes, and nothing else loads.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::decide::reference::world::Rng;
use crate::document::definition::{GivenRole, Member};
use crate::document::{Header, PolicyLimits, References, Spanned, load};
use crate::policy_dir::read_policy;
use crate::snapshot::apply::Load;
use crate::sync::state::base;
use crate::sync::state::names::{Kind, Name};
use crate::sync::state::storage::simulated::Simulated;

const EXAMPLES: [&str; 5] =
    ["license-scopes", "messenger-acl", "plugin-permissions", "team-roles", "whatsapp-crm"];
const NAME: Name = Name { kind: Kind::Base, number: 1 };

fn codec() -> Policy {
    Policy { rules: Rules { lenient: true, ..Rules::default() } }
}

/// An example, loaded as a push would load it, with a tenant changed since.
fn example(name: &str) -> Snapshot {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let sources = read_policy(&root).unwrap();
    let model =
        sources.iter().find(|(_, source)| source.path.ends_with("model.yaml")).unwrap().1.text.clone();
    let loaded = load(&sources, &PolicyLimits::default());
    let policy = loaded.checked.unwrap().policy().clone();
    let apps = policy.apps.into_values().map(|app| Change::PutApp(Box::new(app.value)));
    let tenants = policy.tenants.into_values().map(|tenant| Change::PutTenant(Box::new(tenant.value)));
    let changes = [Change::PutModel(model)].into_iter().chain(apps).chain(tenants);
    let mut load = Load::begin(Revision::new(3, 7), Rules::default());
    load.take(changes.map(Spanned::nowhere).collect()).unwrap();
    let whole = load.finish(None).unwrap().snapshot;
    let tenant = whole.tenants_after(None).next().unwrap().to_owned();
    let member = whole.members_after(&tenant, None).next().unwrap().key;
    let key = Key::new(member.kind(), "newcomer").unwrap();
    let put = Change::InTenant(tenant, TenantChange::PutMember(key, Box::default()));
    whole.apply(Revision::new(3, 8), vec![Spanned::nowhere(put)], &codec().rules).unwrap().snapshot
}

fn save(whole: &Snapshot) -> Vec<u8> {
    let disk = Simulated::default();
    let recent = [(whole.revision(), Digest::of(b"set"))];
    base::write(&disk, &codec(), NAME, whole, &recent, &AtomicBool::new(false)).unwrap();
    disk.files().into_values().next().unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Snapshot, base::Unusable> {
    let disk = Simulated::of([(NAME.to_string(), bytes)].into());
    base::read(&disk, &codec(), NAME).map(|(whole, ..)| whole)
}

/// Everything that can be asked of both is the same.
pub(in crate::sync::state) fn same(a: &Snapshot, b: &Snapshot, why: &str) {
    assert_eq!((a.revision(), a.digest(), a.size()), (b.revision(), b.digest(), b.size()), "{why}");
    assert_eq!(a.model_document(), b.model_document(), "{why}");
    assert_eq!(a.model_revision(), b.model_revision(), "{why}");
    assert_eq!(a.apps(), b.apps(), "{why}");
    assert!(a.quarantined().eq(b.quarantined()), "{why}");
    let tenants: Vec<&str> = a.tenants_after(None).collect();
    assert_eq!(tenants, b.tenants_after(None).collect::<Vec<_>>(), "{why}");
    for id in tenants {
        assert_eq!(a.tenant_revision(id), b.tenant_revision(id), "{why}: {id}");
        assert_eq!(a.tenant_digest(id), b.tenant_digest(id), "{why}: {id}");
        assert_eq!(a.tenant_content(id), b.tenant_content(id), "{why}: {id}");
    }
}

#[test]
fn i13_examples_come_back_as_they_were() {
    for name in EXAMPLES {
        let whole = example(name).quarantining(["left-out"]);
        assert!(whole.size().members > 0, "{name}");
        let saved = save(&whole);
        let loaded = read(saved.clone()).unwrap_or_else(|why| panic!("{name}: {why}"));
        same(&loaded, &whole, name);
        assert_eq!(save(&loaded), saved, "{name}: saved again");
    }
}

#[test]
fn i13_equal_content_is_saved_in_equal_bytes_however_it_came() {
    let whole = example("team-roles");
    let tenant = whole.tenants_after(None).next().unwrap().to_owned();
    let key = Key::new("user", "passer-by").unwrap();
    let inside = |change| vec![Spanned::nowhere(Change::InTenant(tenant.clone(), change))];
    let put = inside(TenantChange::PutMember(key.clone(), Box::default()));
    let delete = inside(TenantChange::DeleteMember(key, References::Remove));
    let there = whole.apply(Revision::new(3, 9), put.clone(), &codec().rules).unwrap().snapshot;
    let back = there.apply(Revision::new(3, 10), delete, &codec().rules).unwrap().snapshot;
    let again = back.apply(Revision::new(3, 11), put.clone(), &codec().rules).unwrap().snapshot;
    let straight = whole.apply(Revision::new(3, 11), put, &codec().rules).unwrap().snapshot;
    assert_eq!(save(&again), save(&straight));
}

#[test]
fn i13_f19_no_mutation_of_a_base_loads_as_something_else() {
    let whole = example("whatsapp-crm");
    let saved = save(&whole);
    let mut rng = Rng::new(13);
    for round in 0..8_000 {
        let mut bytes = saved.clone();
        match rng.below(4) {
            0 => bytes.truncate(rng.below(saved.len())),
            1 => {
                let at = rng.below(saved.len());
                bytes[at] ^= 1 << rng.below(8);
            }
            2 => {
                let (from, to) = (rng.below(saved.len()), rng.below(saved.len()));
                let length = rng.below(64).min(saved.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
            _ => {
                let at = rng.below(saved.len());
                bytes.splice(at..at, [0; 4]);
            }
        }
        match read(bytes.clone()) {
            Err(_) => {}
            Ok(loaded) => {
                assert_eq!(bytes, saved, "round {round}");
                assert_eq!(loaded.digest(), whole.digest());
            }
        }
    }
}

#[test]
fn a_set_leads_to_what_it_led_to() {
    let whole = example("whatsapp-crm");
    let tenant = whole.tenants_after(None).next().unwrap().to_owned();
    let role = GivenRole { role: "owner".to_owned(), expires_at: None };
    let member = Member { roles: vec![Spanned::nowhere(role)], ..Member::default() };
    let key = Key::new("user", "mia-2").unwrap();
    let put = Change::InTenant(tenant.clone(), TenantChange::PutMember(key, Box::new(member)));
    let header =
        Header { revision: Revision::new(3, 9), base: Some(Revision::new(3, 8)), ..Header::default() };
    let set = ChangeSet { header, changes: vec![Spanned::nowhere(put)] };
    let led_to = whole.apply(set.header.revision, set.changes.clone(), &Rules::default()).unwrap().snapshot;
    let logged = codec().log(&set, led_to.digest());
    assert_eq!((logged.revision, logged.base), (Revision::new(3, 9), Revision::new(3, 8)));
    same(&codec().apply(&whole, &logged).unwrap(), &led_to, "replayed");
    assert_eq!(Policy::stands_for(&set), logged.digest);

    let broken = LoggedSet { changes: vec![1, 2, 3], ..logged };
    assert!(codec().apply(&whole, &broken).is_err());
}

#[test]
fn what_no_rows_can_be_is_refused() {
    let header = BaseHeader::default();
    let model = pieces::model(&text("whatsapp-crm"), Revision::new(1, 1));
    let members =
        pieces::members(&[], vec![Run { kind: "user".into(), ids: vec!["a".into()], profiles: vec![0] }]);
    let rows: [(&str, Vec<Vec<u8>>); 4] = [
        ("nothing at all", vec![]),
        ("no model first", vec![pieces::resources(&[])]),
        ("two models", vec![model.clone(), model.clone()]),
        ("members without a tenant", vec![model, members.unwrap()]),
    ];
    for (why, pieces) in rows {
        let mut pieces = pieces.into_iter();
        assert!(codec().load(&header, &mut || pieces.next()).is_err(), "{why}");
    }
}

fn text(example: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    std::fs::read_to_string(root.join("model.yaml")).unwrap()
}
