//! A change of one member among a million, in the real program.
//!
//! `cargo bench --bench pushes` pushes both shapes that the budgets name, then changes
//! one member at a time: alone, and a thousand a second in bursts while checks are asked.
//! It prints how long it takes from sending a change to hearing that it is in force, what
//! of a core the sidecar takes, and how much longer checks take beside it.
//!
//! Asserted: every push is acknowledged, in the order sent, and what each burst revoked
//! last is revoked.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and must stop when it cannot run"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sidegate::client::{self, AuthorizationServiceClient, v1};
use tonic::transport::Channel;
use v1::policy_service_client::PolicyServiceClient;

const MODEL: &str = "\
sidegate: v1
kind: Model
name: bench
principals: { user: {} }
resources: { doc: { actions: [view, edit] } }
roles:
  reader: { allow: [doc:view] }
  writer: { allow: [doc:edit] }
restrictions:
  these: { permissions: ['doc:edit'], params: { docs: list<string> }, allow_when: resource.id in params.docs }
";
/// Members in one message.
const PIECE: usize = 5_000;
/// Changes a second in bursts, how many with one set, and how many such seconds.
const RATE: u64 = 1_000;
const AT_ONCE: u64 = 10;
const SECONDS: usize = 5;

type Admin = PolicyServiceClient<Channel>;
type Client = AuthorizationServiceClient<Channel>;

/// The program, which does not outlive this one.
struct Served {
    process: Child,
    data: String,
    admin: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let shapes = if full { [(1_000, 1_000), (5, 200_000)] } else { [(10, 10), (2, 100)] };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!(
        "| shape | whole load | one member: median, p99 | {RATE}/s: of a core | p99 of checks beside ÷ alone |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for (tenants, members) in shapes {
        runtime.block_on(row(tenants, members, if full { SECONDS } else { 1 }));
    }
}

async fn row(tenants: usize, members: usize, seconds: usize) {
    let state = tempfile::tempdir().unwrap();
    let served = serve(&state.path().join("kept"));
    let mut admin = Admin::new(channel(&served.admin).await);
    let client = Client::new(channel(&served.data).await);
    let begun = Instant::now();
    let told = admin.push(tokio_stream::iter(whole(tenants, members))).await.unwrap().into_inner();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{:?}", told.faults);
    let loaded = begun.elapsed();

    let mut at = 1;
    let mut alone: Vec<Duration> = Vec::new();
    for n in 0..200 {
        let begun = Instant::now();
        let put = put_member(&tenant_id(n % tenants), &member_id(n * 37 % members), n.is_multiple_of(2));
        push(&mut admin, &mut at, vec![put]).await;
        alone.push(begun.elapsed());
    }
    alone.sort_unstable();

    let (mut ratios, mut shares) = (Vec::new(), Vec::new());
    for second in 0..seconds {
        let quiet = checks(client.clone(), Duration::from_secs(1)).await;
        let (before, begun) = (cpu(&served), Instant::now());
        let beside = tokio::spawn(checks(client.clone(), Duration::from_secs(1)));
        burst(&served, &mut at, second, (tenants, members)).await;
        let busy = beside.await.unwrap();
        let share = (cpu(&served) - before).as_secs_f64() / begun.elapsed().as_secs_f64();
        ratios.push(busy.as_secs_f64() / quiet.as_secs_f64());
        shares.push(share);
    }
    ratios.sort_by(f64::total_cmp);
    shares.sort_by(f64::total_cmp);
    println!(
        "| {tenants} × {members} | {loaded:.1?} | {:.2?}, {:.2?} | {:.0} % | {:.2} |",
        alone[alone.len() / 2],
        alone[alone.len() * 99 / 100],
        shares[shares.len() / 2] * 100.0,
        ratios[ratios.len() / 2],
    );
}

/// Changes a thousand members in a second, ten with a set; the last is a revocation.
async fn burst(served: &Served, at: &mut u64, second: usize, (tenants, members): (usize, usize)) {
    let mut admin = Admin::new(channel(&served.admin).await);
    let (tenant, member) = (tenant_id(second % tenants), member_id(7));
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 * AT_ONCE / RATE));
    for n in 0..RATE / AT_ONCE {
        ticks.tick().await;
        let place = |more: u64| usize::try_from(n * AT_ONCE + more).unwrap();
        let one = |more| {
            put_member(&tenant_id(place(more) % tenants), &member_id(place(more) * 13 % members), true)
        };
        let mut puts: Vec<v1::change::Kind> = (0..AT_ONCE).map(one).collect();
        if n == RATE / AT_ONCE - 1 {
            puts.push(put_member(&tenant, &member, false));
        }
        push(&mut admin, at, puts).await;
    }
    let mut client = Client::new(channel(&served.data).await);
    let asked = check(&tenant, &member, "edit", Some(*at));
    let answer = client.check(asked).await.unwrap().into_inner();
    assert_eq!(answer.decision(), v1::Decision::Deny, "what was revoked last is revoked");
}

/// Pushes a set, which must be acknowledged with its own revision.
async fn push(admin: &mut Admin, at: &mut u64, puts: Vec<v1::change::Kind>) {
    let header =
        v1::PushHeader { epoch: 1, revision: *at + 1, base_revision: Some(*at), ..v1::PushHeader::default() };
    let changes = puts.into_iter().map(|kind| v1::Change { kind: Some(kind) }).collect();
    let message = v1::PushRequest { header: Some(header), changes };
    let told = admin.push(tokio_stream::iter([message])).await.unwrap().into_inner();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{:?}", told.faults);
    *at += 1;
    assert_eq!(told.revision.unwrap().number, *at, "acknowledged in order");
}

/// The p99 of checks at a steady rate.
async fn checks(mut client: Client, turn: Duration) -> Duration {
    let mut ticks = tokio::time::interval(Duration::from_micros(500));
    let end = Instant::now() + turn;
    let mut took = Vec::new();
    while Instant::now() < end {
        ticks.tick().await;
        let begun = Instant::now();
        client.check(check(&tenant_id(0), &member_id(1), "view", None)).await.unwrap();
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

fn check(tenant: &str, member: &str, action: &str, at_least: Option<u64>) -> v1::CheckRequest {
    let principal = v1::Principal { r#type: "user".into(), id: member.into(), ..v1::Principal::default() };
    let resource = v1::Resource { r#type: "doc".into(), id: Some("d".into()), ..v1::Resource::default() };
    v1::CheckRequest {
        tenant: tenant.to_owned(),
        principal: Some(principal),
        action: action.to_owned(),
        resource: Some(resource),
        at_least_revision: at_least.map(|number| v1::Revision { epoch: 1, number }),
        ..v1::CheckRequest::default()
    }
}

fn whole(tenants: usize, members: usize) -> Vec<v1::PushRequest> {
    let header = v1::PushHeader { epoch: 1, revision: 1, replace_all: true, ..v1::PushHeader::default() };
    let model = v1::change::Kind::PutModel(v1::PutModel { document: MODEL.to_owned() });
    let message = |kinds: Vec<v1::change::Kind>| v1::PushRequest {
        header: None,
        changes: kinds.into_iter().map(|kind| v1::Change { kind: Some(kind) }).collect(),
    };
    let mut messages =
        vec![v1::PushRequest { header: Some(header), changes: Vec::new() }, message(vec![model])];
    for t in 0..tenants {
        let tenant = tenant_id(t);
        let put = v1::PutTenant { tenant: tenant.clone(), content: None };
        messages.push(message(vec![v1::change::Kind::PutTenant(put)]));
        let all: Vec<usize> = (0..members).collect();
        for some in all.chunks(PIECE) {
            messages.push(message(some.iter().map(|m| put_member(&tenant, &member_id(*m), true)).collect()));
        }
    }
    messages
}

/// A member with a role, an override and a restriction; a writer, or no longer one.
fn put_member(tenant: &str, member: &str, writer: bool) -> v1::change::Kind {
    let given = |role: &str| v1::GivenRole { role: role.to_owned(), expires_at: None };
    let roles = if writer { vec![given("reader"), given("writer")] } else { vec![given("reader")] };
    let docs = v1::StringList { values: vec!["d".to_owned()] };
    let value = v1::Value { kind: Some(v1::value::Kind::StringList(docs)) };
    let params = v1::RestrictionParams { params: [("docs".to_owned(), value)].into() };
    v1::change::Kind::PutMember(v1::PutMember {
        tenant: tenant.to_owned(),
        member: Some(v1::PrincipalRef { r#type: "user".to_owned(), id: member.to_owned() }),
        content: Some(v1::Member {
            roles,
            override_allow: vec!["doc:view".to_owned()],
            restrictions: [("these".to_owned(), params)].into(),
            ..v1::Member::default()
        }),
    })
}

fn tenant_id(n: usize) -> String {
    format!("tenant-{n}")
}

fn member_id(n: usize) -> String {
    format!("agent-{n:07}")
}

fn serve(state: &Path) -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--source", "push", "--listen", "127.0.0.1:0", "--probe-listen", "off"])
        .args(["--admin-listen", "127.0.0.1:0", "--admin-insecure", "--state-dir"])
        .arg(state)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (mut data, mut admin) = (None, None);
    while data.is_none() || admin.is_none() {
        let Some(line) = lines.next() else { panic!("it ended without listening") };
        if let Some(address) = line.strip_prefix("listening on ") {
            data = Some(address.to_owned());
        } else if let Some((_, address)) = line.rsplit_once(" on ").filter(|(what, _)| what.contains("admin"))
        {
            admin = Some(address.to_owned());
        }
    }
    Served { process, data: data.unwrap(), admin: admin.unwrap() }
}

/// What of a core the process has taken so far.
fn cpu(served: &Served) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", served.process.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    // The kernel counts in hundredths of a second.
    Duration::from_millis(ticks * 10)
}

async fn channel(address: &str) -> Channel {
    client::endpoint(address).unwrap().connect().await.unwrap()
}
