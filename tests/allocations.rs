//! Deciding allocates nothing, whatever the reason.
//!
//! A binary of its own, because it counts every allocation of the process.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot run must fail")]

use std::collections::BTreeSet;

use sidegate::decide::{
    self, Asker, Call, KeyRef, Reason, Request, RequestLimits, Target, Via, ViaScope, admit,
};
use sidegate::document::{PolicyLimits, Source, Sources, load};
use sidegate::model::{Revision, Text, Timestamp, ValueRef};
use sidegate::snapshot::Snapshot;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// One question: tenant, principal, roles asserted, `type:action`, id, owner,
/// state, token scope.
type Row<'a> =
    (&'a str, &'a str, &'a [&'a str], &'a str, &'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

#[rustfmt::skip] // One row, one line: the columns are the point.
const ROWS: &[Row<'_>] = &[
    ("acme",   "user:tom",    &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:audit",  "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:share",  "x1", None,        None,           None),
    ("acme",   "plugin:sync", &[],         "file:read",   "a",  None,        None,           None),
    ("nobody", "user:tom",    &[],         "file:read",   "a",  None,        None,           None),
    ("faulty", "user:tom",    &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "plugin:idle", &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "user:zoe",    &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "user:sue",    &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "user:eve",    &[],         "file:read",   "a",  None,        None,           None),
    ("acme",   "user:ana",    &[],         "file:print",  "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:write",  "a",  None,        None,           None),
    ("acme",   "user:max",    &[],         "file:read",   "x1", None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:share",  "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:share",  "a",  Some("ana"), None,           None),
    ("acme",   "agent:a1",    &["member"], "file:lock",   "a",  None,        None,           None),
    ("acme",   "user:ana",    &[],         "vault:open",  "v",  None,        None,           None),
    ("acme",   "user:max",    &[],         "file:write",  "a",  None,        Some("closed"), None),
    ("acme",   "user:max",    &[],         "file:write",  "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "file:sign",   "a",  None,        None,           Some("files:sign")),
    ("acme",   "user:ana",    &[],         "file:read",   "a",  None,        None,           Some("files:sign")),
    ("acme",   "plugin:sync", &[],         "file:write",  "a",  None,        None,           None),
    ("acme",   "user:tom",    &[],         "page:read",   "p",  Some("ana"), None,           None),
];

#[test]
fn no_decision_allocates() {
    let snapshot = snapshot();
    let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let limits = RequestLimits::default();
    let mut seen = BTreeSet::new();
    let _profiler = dhat::Profiler::builder().testing().build();
    for (tenant, principal, roles, permission, id, owner, state, scope) in ROWS {
        let (kind, principal_id) = principal.split_once(':').unwrap();
        let (resource, action) = permission.split_once(':').unwrap();
        let call = Call {
            tenant,
            principal: Asker {
                key: KeyRef { kind, id: principal_id },
                roles: roles.to_vec(),
                ..Asker::default()
            },
            via: scope
                .map(|scope| Via { scopes: vec![ViaScope { scope, modes: Vec::new() }], ..Via::default() }),
            ..Call::default()
        };
        let text = |text| Some(ValueRef::Text(Text::plain(text)));
        let mut attributes = Vec::new();
        attributes.extend(owner.map(|owner| ("owner", text(owner))));
        attributes.extend(state.map(|state| ("state", text(state))));
        let target = Target { kind: resource, id: Some(id), attributes, ..Target::default() };
        let caller = admit::caller(&snapshot, &call, &limits).expect("a caller");
        let target = admit::target(&snapshot, &caller, &target, &limits).expect("a target");
        let permission = admit::action(&snapshot, &target, action).expect("an action");
        let request = Request { caller: &caller, target: &target, permission };

        let before = dhat::HeapStats::get().total_blocks;
        let decision = decide::check(&snapshot, request, now);
        let blocks = dhat::HeapStats::get().total_blocks - before;
        assert_eq!(blocks, 0, "{principal} {action} {id}: {decision:?}");
        seen.insert(decision.reason);
    }
    let unseen: Vec<Reason> = Reason::ALL.into_iter().filter(|reason| !seen.contains(reason)).collect();
    assert!(unseen.is_empty(), "reasons that no row gives: {unseen:?}");
}

fn snapshot() -> Snapshot {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/every-reason");
    let files = ["model.yaml", "tenants/acme.yaml", "apps/idle.yaml", "apps/sync.yaml"]
        .map(|path| Source { path: path.to_owned(), text: std::fs::read_to_string(dir.join(path)).unwrap() });
    let loaded = load(&Sources::new(files.to_vec()), &PolicyLimits::default());
    let Some(checked) = loaded.checked else { panic!("{:?}", loaded.diagnostics) };
    Snapshot::compile(&checked, Revision::new(0, 1)).quarantining(["faulty"])
}
