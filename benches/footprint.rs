//! What a member weighs, and what replacing one member or one tenant costs.
//!
//! `cargo bench --bench footprint` prints, for both shapes that the budgets
//! name, heap bytes a member of a compiled snapshot and the median time of
//! applying a change of one member and of one tenant. Bytes are what was asked of the allocator;
//! its own slack is not in them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and must stop when it cannot run"
)]

#[path = "common/worlds.rs"]
mod worlds;

use std::time::{Duration, Instant};

use sidegate::document::{Change, Spanned, TenantChange};
use sidegate::model::{Key, Revision};
use sidegate::snapshot::Snapshot;
use sidegate::snapshot::apply::Rules;
use worlds::{Shape, checked, member, member_id, policy, tenant_id};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    // `cargo test --benches` runs this too; then a small one is enough.
    let full = std::env::args().any(|argument| argument == "--bench");
    let shapes = if full { [(1_000, 1_000), (1, 200_000)] } else { [(10, 10), (1, 200)] };
    println!("| shape | bytes a member | replace one member | replace one tenant |");
    println!("| --- | --- | --- | --- |");
    for (tenants, members) in shapes {
        row(Shape { tenants, members, roles: 4 });
    }
}

fn row(shape: Shape) {
    let profiler = dhat::Profiler::builder().testing().build();
    let checked = checked(policy(shape));
    let before = dhat::HeapStats::get().curr_bytes;
    let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
    let bytes = dhat::HeapStats::get().curr_bytes.saturating_sub(before);
    drop(profiler);
    let count = shape.tenants * shape.members;
    assert_eq!(snapshot.size().members, count, "a snapshot that lost members says nothing");

    let tenant = tenant_id(shape.tenants / 2);
    let key = Key::new("user", &member_id(shape.members / 2)).expect("a key");
    let changed = member(shape.members / 2 + 1, shape);
    let apply = |change: Change| {
        let changes = vec![Spanned::nowhere(change)];
        snapshot.apply(Revision::new(0, 2), changes, &Rules::default()).expect("a sound change")
    };
    let put = TenantChange::PutMember(key, Box::new(changed));
    let one_member = median(200, || apply(Change::InTenant(tenant.clone(), put.clone())));
    let whole = &checked.policy().tenants.get(&tenant).expect("the tenant is there").value;
    let one_tenant = median(20, || apply(Change::PutTenant(Box::new(whole.clone()))));
    println!(
        "| {} × {} | {} | {one_member:.1?} | {one_tenant:.1?} |",
        shape.tenants,
        shape.members,
        bytes / count
    );
}

fn median<T>(rounds: usize, run: impl Fn() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            let kept = run();
            let time = start.elapsed();
            drop(kept);
            time
        })
        .collect();
    times.sort();
    times.get(rounds / 2).copied().unwrap_or_default()
}
