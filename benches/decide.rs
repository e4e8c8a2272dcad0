//! What a decision costs, alone and as policies grow.
//!
//! `cargo bench --bench decide` prints nanoseconds a decision, admission not
//! included, for 10 and 10,000 roles, 1 and 100,000 tenants, and for a walk
//! over a million members that no cache holds.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark that cannot run must stop"
)]

#[path = "common/worlds.rs"]
mod worlds;

use divan::{Bencher, black_box};
use sidegate::decide::{self, Asker, Call, KeyRef, Request, RequestLimits, Target, admit};
use sidegate::model::{Revision, Text, Timestamp, ValueRef};
use sidegate::snapshot::Snapshot;
use worlds::{Shape, checked, member_id, policy, tenant_id};

fn main() {
    divan::main();
}

const SMALL: Shape = Shape { tenants: 1, members: 100, roles: 10 };

#[divan::bench]
fn role_grant(bencher: Bencher<'_, '_>) {
    decision(bencher, SMALL, "instance", "view", None);
}

#[divan::bench]
fn role_grant_and_restriction(bencher: Bencher<'_, '_>) {
    decision(bencher, SMALL, "contact", "create", None);
}

#[divan::bench]
fn override_acl_and_restriction(bencher: Bencher<'_, '_>) {
    decision(bencher, SMALL, "conversation", "archive", Some("c0"));
}

#[divan::bench(args = [10, 10_000])]
fn roles(bencher: Bencher<'_, '_>, roles: usize) {
    decision(bencher, Shape { roles, ..SMALL }, "instance", "view", None);
}

#[divan::bench(args = [1, 100_000])]
fn tenants(bencher: Bencher<'_, '_>, tenants: usize) {
    decision(bencher, Shape { tenants, members: 1, roles: 1 }, "instance", "view", None);
}

/// Admission and decision over members drawn from all over the policy.
#[divan::bench(args = [1_000, 1_000_000], sample_count = 20)]
fn spread_over_members(bencher: Bencher<'_, '_>, members: usize) {
    let shape = Shape { tenants: members / 1_000, members: 1_000, roles: 0 };
    let snapshot = Snapshot::compile(&checked(policy(shape)), Revision::new(0, 1));
    let limits = RequestLimits::default();
    let now = Timestamp::default();
    let names: Vec<(String, String)> = (0..4_096usize)
        .map(|n| n.wrapping_mul(2_654_435_761) % members)
        .map(|n| (tenant_id(n / 1_000), member_id(n % 1_000)))
        .collect();
    let calls: Vec<Call<'_>> = names.iter().map(|(tenant, id)| call(tenant, id)).collect();
    let target = Target { kind: "instance", ..Target::default() };
    bencher.counter(divan::counter::ItemsCount::new(calls.len())).bench(|| {
        calls
            .iter()
            .filter(|call| {
                let caller = admit::caller(&snapshot, call, &limits).unwrap();
                let target = admit::target(&snapshot, &caller, &target, &limits).unwrap();
                let permission = admit::action(&snapshot, &target, "view").unwrap();
                let request = Request { caller: &caller, target: &target, permission };
                decide::check(&snapshot, request, now).allowed()
            })
            .count()
    });
}

fn decision(bencher: Bencher<'_, '_>, shape: Shape, kind: &str, action: &str, id: Option<&str>) {
    let snapshot = Snapshot::compile(&checked(policy(shape)), Revision::new(0, 1));
    let (tenant, member) = (tenant_id(shape.tenants / 2), member_id(0));
    let call = call(&tenant, &member);
    let attributes = vec![("instance", Some(ValueRef::Text(Text::plain("wa-0"))))];
    let target = Target { kind, id, attributes, ..Target::default() };
    let limits = RequestLimits::default();
    let caller = admit::caller(&snapshot, &call, &limits).expect("a caller");
    let target = admit::target(&snapshot, &caller, &target, &limits).expect("a target");
    let permission = admit::action(&snapshot, &target, action).expect("an action");
    let request = Request { caller: &caller, target: &target, permission };
    assert!(
        decide::check(&snapshot, request, Timestamp::default()).allowed(),
        "the benchmark measures an allow"
    );
    bencher.bench(|| decide::check(black_box(&snapshot), black_box(request), Timestamp::default()).allowed());
}

fn call<'a>(tenant: &'a str, id: &'a str) -> Call<'a> {
    Call {
        tenant,
        principal: Asker { key: KeyRef { kind: "user", id }, ..Asker::default() },
        ..Call::default()
    }
}
