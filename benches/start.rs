//! How long a sidecar takes to begin from last known good.
//!
//! `cargo bench --bench start` keeps a million members in both shapes that the
//! budgets name, and prints the time from the start of a process to its first
//! right answer. The process is this program, started again; what it does is what
//! a sidecar does before it listens.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and must stop when it cannot run"
)]

#[expect(dead_code, reason = "what the other benchmarks have of it")]
#[path = "common/worlds.rs"]
mod worlds;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sidegate::decide::{self, Asker, Call, KeyRef, Request, RequestLimits, Target, admit};
use sidegate::document::{Change, ChangeSet, Header, PolicyLimits, Spanned, TenantChange};
use sidegate::model::{Digest, Key, Revision, Timestamp};
use sidegate::snapshot::Snapshot;
use sidegate::snapshot::apply::{Load, Rules};
use sidegate::sync::keep::{Keep, Kept, Ticket};
use sidegate::sync::state::open;
use sidegate::telemetry::Metrics;
use worlds::{MODEL, Shape, member, member_id, policy, tenant_id};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nearly as many as there are before a new base is written.
const SETS: usize = 7_500;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, directory, tenants, members] = arguments.as_slice()
        && command == "answer"
    {
        let count = |text: &String| text.parse().expect("a number");
        return answer(Path::new(directory), count(tenants), count(members));
    }
    // `cargo test --benches` runs this too; then a small one is enough.
    let full = arguments.iter().any(|argument| argument == "--bench");
    let shapes = if full { [(1_000, 1_000), (1, 200_000)] } else { [(10, 10), (1, 200)] };
    println!("| shape | sets since the base | bytes on disk | written in | first right answer after |");
    println!("| --- | --- | --- | --- | --- |");
    for (tenants, members) in shapes {
        for sets in [0, if full { SETS } else { 10 }] {
            row(Shape { tenants, members, roles: 4 }, sets, if full { 9 } else { 1 });
        }
    }
}

fn row(shape: Shape, sets: usize, times: usize) {
    let parent = tempfile::tempdir().expect("a folder");
    let directory = parent.path().join("state");
    let begun = Instant::now();
    let whole = whole(shape);
    let metrics = Arc::new(Metrics::new());
    let mut opened = open(&directory, rules(), 1, &metrics).expect("a state directory");
    let loaded = begun.elapsed();
    let kept = end(opened.state.whole(&whole, &[(whole.revision(), Digest::of(b"whole"))]));
    assert_eq!(kept, Kept::Durable, "what is not kept is not found");
    let written = begun.elapsed().saturating_sub(loaded);
    let mut held = whole;
    let mut last = None;
    for number in 0..sets {
        let (set, after) = set(&held, shape, number);
        last = Some(opened.state.set(&Arc::new(set), &after));
        held = after;
    }
    assert_eq!(last.map_or(Kept::Durable, end), Kept::Durable, "what is not kept is not found");
    assert!(opened.state.close(Duration::from_secs(60)), "it ends");
    drop(held);
    let mut took: Vec<Duration> = (0..times).map(|_| start(&directory, shape)).collect();
    took.sort_unstable();
    let median = took.get(took.len() / 2).expect("a time");
    println!(
        "| {} × {} | {sets} | {} | {written:.1?} | {median:.1?} |",
        shape.tenants,
        shape.members,
        bytes(&directory)
    );
}

/// Starts a process, and waits for its answer.
fn start(directory: &Path, shape: Shape) -> Duration {
    let begun = Instant::now();
    let output = Command::new(std::env::current_exe().expect("this program"))
        .arg("answer")
        .arg(directory)
        .args([shape.tenants.to_string(), shape.members.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .expect("a process");
    let took = begun.elapsed();
    assert!(output.status.success(), "{:?}", output.status);
    took
}

/// What a process does: opens, asks, and has the right answer.
fn answer(directory: &Path, tenants: usize, members: usize) {
    let opened = open(directory, rules(), 100, &Arc::new(Metrics::new())).expect("a state directory");
    let snapshot = opened.recovered.expect("what was kept").snapshot;
    assert_eq!(snapshot.size().members, tenants * members, "all of it");
    let (tenant, member) = (tenant_id(tenants / 2), member_id(members / 2));
    let asker = Asker { key: KeyRef { kind: "user", id: &member }, ..Asker::default() };
    let call = Call { tenant: &tenant, principal: asker, ..Call::default() };
    let target = Target { kind: "instance", ..Target::default() };
    let limits = RequestLimits::default();
    let caller = admit::caller(&snapshot, &call, &limits).expect("a caller");
    let target = admit::target(&snapshot, &caller, &target, &limits).expect("a target");
    let permission = admit::action(&snapshot, &target, "view").expect("an action");
    let request = Request { caller: &caller, target: &target, permission };
    assert!(decide::check(&snapshot, request, Timestamp::default()).allowed(), "the right answer");
    // What is left is freed by the end of the process.
    std::process::exit(0);
}

fn whole(shape: Shape) -> Snapshot {
    let mut load = Load::begin(Revision::new(1, 1), rules());
    let model = Spanned::nowhere(Change::PutModel(MODEL.to_owned()));
    load.take(vec![model]).unwrap_or_else(|faults| panic!("{faults:?}"));
    for tenant in policy(shape).tenants.into_values() {
        let put = Spanned::nowhere(Change::PutTenant(Box::new(tenant.value)));
        load.take(vec![put]).unwrap_or_else(|faults| panic!("{faults:?}"));
    }
    load.finish(None).unwrap_or_else(|faults| panic!("{faults:?}")).snapshot
}

/// A member that gets what another has, and what comes of it.
fn set(held: &Snapshot, shape: Shape, number: usize) -> (ChangeSet, Snapshot) {
    let base = held.revision();
    let revision = Revision::new(base.epoch, base.number + 1);
    let key = Key::new("user", &member_id(number % shape.members)).expect("a key");
    let put = TenantChange::PutMember(key, Box::new(member(number + 1, shape)));
    let change = Change::InTenant(tenant_id(number % shape.tenants), put);
    let header = Header { revision, base: Some(base), ..Header::default() };
    let set = ChangeSet { header, changes: vec![Spanned::nowhere(change)] };
    let applied = held.apply(revision, set.changes.clone(), &rules());
    (set, applied.unwrap_or_else(|faults| panic!("{faults:?}")).snapshot)
}

fn rules() -> Rules {
    let limits = PolicyLimits { members: usize::MAX, ..PolicyLimits::default() };
    Rules { limits, ..Rules::default() }
}

fn end(mut ticket: Ticket) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(ticket.end())
}

fn bytes(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).expect("a folder");
    entries.map(|entry| entry.expect("a file").metadata().expect("its size").len()).sum()
}
