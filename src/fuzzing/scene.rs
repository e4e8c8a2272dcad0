//! The policy that requests, changes, tokens and state files are held against: fixed, small, and with a little of
//! everything. An instant, and what is in force then.

use std::sync::LazyLock;

use crate::document::{Change, PolicyLimits, Source, Sources, Spanned, load};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Load, Rules};

/// The text of its model.
pub(super) const MODEL: &str = include_str!("policy/model.yaml");

/// All its texts.
const FILES: [(&str, &str); 5] = [
    ("model.yaml", MODEL),
    ("tenants/acme.yaml", include_str!("policy/acme.yaml")),
    ("tenants/beta.yaml", include_str!("policy/beta.yaml")),
    ("apps/idle.yaml", include_str!("policy/idle.yaml")),
    ("apps/sync.yaml", include_str!("policy/sync.yaml")),
];

static HELD: LazyLock<Snapshot> = LazyLock::new(held);

/// What is in force: at revision 3.7, of a source that numbers revisions for all.
pub(super) fn snapshot() -> &'static Snapshot {
    &HELD
}

/// 2026-05-15T12:00:00Z: some of what ends has ended.
pub(super) fn now() -> Timestamp {
    Timestamp::new(1_778_846_400, 0).expect("an instant of this age")
}

/// Another one, for state files.
pub(super) fn kept() -> Snapshot {
    compiled(include_str!("policy/kept.yaml").split("%%%\n").map(|text| ("kept.yaml", text)))
}

fn held() -> Snapshot {
    compiled(FILES.into_iter())
}

fn compiled<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Snapshot {
    let source = |(path, text): (&str, &str)| Source { path: path.to_owned(), text: text.to_owned() };
    let loaded = load(&Sources::new(files.map(source).collect()), &PolicyLimits::default());
    let checked = loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    Snapshot::compile(&checked, Revision::new(3, 7))
}

/// The changes that bring all that a snapshot holds, the model first.
pub(super) fn content(snapshot: &Snapshot) -> Vec<Spanned<Change>> {
    let model = Change::PutModel(snapshot.model_document().to_owned());
    let apps = snapshot.apps().into_iter().map(|(_, app, _)| Change::PutApp(Box::new(app.clone())));
    let tenants = snapshot.tenants_after(None).filter_map(|id| snapshot.tenant_content(id));
    let tenants = tenants.map(|tenant| Change::PutTenant(Box::new(tenant)));
    std::iter::once(model).chain(apps).chain(tenants).map(Spanned::nowhere).collect()
}

/// A snapshot of the same content, made anew of its definitions.
pub(super) fn again(snapshot: &Snapshot) -> Snapshot {
    let mut load = Load::begin(snapshot.revision(), Rules::default());
    load.take(content(snapshot)).unwrap_or_else(|told| panic!("what is held is refused: {told:#?}"));
    let whole =
        load.finish(None).unwrap_or_else(|told| panic!("what is held is refused: {told:#?}")).snapshot;
    whole.quarantining(snapshot.quarantined())
}

/// What is made anew of a snapshot's definitions is the same, by every digest.
pub(super) fn comes_to_the_same(snapshot: &Snapshot) {
    let again = again(snapshot);
    for id in snapshot.tenants_after(None) {
        assert_eq!(again.tenant_digest(id), snapshot.tenant_digest(id), "of tenant {id:?}");
    }
    assert_eq!(again.size(), snapshot.size());
    assert_eq!(again.digest(), snapshot.digest(), "of the whole");
}
