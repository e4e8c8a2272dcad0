//! A whole policy in pieces.

use super::*;

#[test]
fn i12_a_load_in_pieces_is_the_whole_at_once() {
    let whole = held();
    let frame = whole.frame("acme").unwrap().clone();
    let app = whole.apps().first().unwrap().1.clone();
    let mut load = Load::begin(Revision::new(1, 1), Rules::default());
    load.take(Vec::new()).unwrap();
    load.take(numbered(vec![Change::PutModel(MODEL.to_owned())])).unwrap();
    load.take(numbered(vec![Change::PutApp(Box::new(app)), Change::PutTenant(Box::new(frame))])).unwrap();
    for row in whole.members_after("acme", None) {
        load.take(numbered(vec![acme(C::PutMember(row.key, Box::new(row.content)))])).unwrap();
    }
    let folders_first = whole.resources_after("acme", None).collect::<Vec<_>>();
    for (key, row) in folders_first.into_iter().rev() {
        load.take(numbered(vec![acme(C::PutResource(key, Box::new(row)))])).unwrap();
    }
    for (key, row) in whole.installs_after("acme", None) {
        load.take(numbered(vec![acme(C::PutInstall(key, row))])).unwrap();
    }
    assert_eq!(load.tenants(), 1);
    let applied = load.finish(Some(&whole)).unwrap();
    assert_eq!(applied.snapshot.digest(), whole.digest());
    assert_eq!(applied.snapshot.size(), whole.size());
    assert_eq!((applied.widened, applied.narrowed), (0, 0));
}

#[test]
fn a_load_begins_with_its_model() {
    let nothing = Load::begin(Revision::new(1, 1), Rules::default());
    assert_eq!(
        shown(&nothing.finish(None).unwrap_err()),
        ["there is no model: a whole policy begins with one"]
    );
    let mut load = Load::begin(Revision::new(1, 1), Rules::default());
    let tenant = Change::PutTenant(Box::new(Tenant { id: "a".to_owned(), ..Tenant::default() }));
    let told = load.take(numbered(vec![tenant])).unwrap_err();
    assert_eq!(shown(&told), ["1: a whole policy begins with its model"]);
    let mut load = Load::begin(Revision::new(1, 1), Rules::default());
    let twice = vec![Change::PutModel(MODEL.to_owned()), Change::PutModel(MODEL.to_owned())];
    let told = load.take(numbered(twice)).unwrap_err();
    assert_eq!(shown(&told), ["2: a whole policy has one model, at its beginning"]);
}

#[test]
fn a_tenant_with_faults_is_left_out_however_a_load_is_cut() {
    let tenant = || {
        let tenant =
            Tenant { id: "bad".to_owned(), plan: Some(nowhere("pro".to_owned())), ..Tenant::default() };
        Change::PutTenant(Box::new(tenant))
    };
    let member = || {
        let put = TenantChange::PutMember(key("user:x"), member(&["nope"]));
        Change::InTenant("bad".to_owned(), put)
    };
    let model = || Change::PutModel(MODEL.to_owned());
    let cuts: [Vec<Vec<Change>>; 3] = [
        vec![vec![model(), tenant(), member()]],
        vec![vec![model()], vec![tenant()], vec![member()], vec![member()]],
        vec![vec![model(), tenant()], vec![member()]],
    ];
    for cut in cuts {
        let rules = Rules { quarantine: true, ..Rules::default() };
        let mut load = Load::begin(Revision::new(1, 1), rules);
        for piece in cut {
            load.take(numbered(piece)).unwrap();
        }
        assert_eq!(load.tenants(), 0, "one that is left out is none");
        let applied = load.finish(None).unwrap();
        assert_eq!(applied.snapshot.quarantined().collect::<Vec<_>>(), ["bad"]);
        assert_eq!(applied.snapshot.size().members, 0);
    }
}

#[test]
fn the_end_counts_for_who_is_an_app_too() {
    let member = acme(TenantChange::PutMember(key("plugin:new"), member(&[])));
    let before =
        held().apply(Revision::new(1, 2), numbered(vec![member]), &Rules::default()).unwrap().snapshot;
    let app = || {
        Change::PutApp(Box::new(App {
            id: key("plugin:new"),
            label: Default::default(),
            requests: Default::default(),
            review: Review::Pending,
        }))
    };
    let gone = acme(TenantChange::DeleteMember(key("plugin:new"), References::Refuse));
    let put = |changes| before.apply(Revision::new(1, 3), numbered(changes), &Rules::default());
    let told = put(vec![app()]).unwrap_err();
    assert_eq!(shown(&told), ["1: `plugin:new` is a member of the tenant `acme`, and so cannot be an app"]);
    put(vec![gone, app()]).unwrap();
    put(vec![app(), Change::DeleteTenant("acme".to_owned())]).unwrap();
}
