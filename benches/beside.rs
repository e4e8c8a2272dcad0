//! Checks beside a client that lists 10,000 candidates without pause.
//!
//! Starts the real program, asks it at a steady rate whether or not the answers
//! keep up, and prints the latency of checks alone and beside the lists, turn by
//! turn, with the median of the turns' ratios. The budget: twice.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures time, and must stop when it cannot run"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use sidegate::client::{self, AuthorizationServiceClient, v1};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;

/// Checks a second.
const RATE: u32 = 1000;
/// Turns of each kind, and how long each takes.
const TURNS: usize = 9;
const TURN: Duration = Duration::from_secs(2);

type Client = AuthorizationServiceClient<Channel>;

/// The program, which does not outlive this one.
struct Served(Child, String);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let [_, flag, address] = args.as_slice()
        && flag == "--lister"
    {
        return runtime.block_on(list_without_pause(address));
    }
    // `cargo test --benches` wants to know that it runs, not how fast.
    let (turns, turn) = if args.iter().any(|arg| arg == "--bench") { (TURNS, TURN) } else { (1, TURN / 20) };
    runtime.block_on(measure(turns, turn));
}

async fn measure(turns: usize, turn: Duration) {
    let served = serve();
    let mut ratios: Vec<f64> = Vec::new();
    println!("checks at {RATE}/s, p50 and p99 in microseconds; lists of 10,000 candidates by one client");
    for n in 0..turns {
        let alone = checks(&served.1, turn).await;
        let (beside, lists) = beside(&served.1, turn).await;
        let ratio = beside.1.as_secs_f64() / alone.1.as_secs_f64();
        println!(
            "turn {n}: alone {} {}, beside {lists} lists {} {}: p99 {ratio:.2} times",
            alone.0.as_micros(),
            alone.1.as_micros(),
            beside.0.as_micros(),
            beside.1.as_micros(),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median of the turns: p99 {:.2} times", ratios[ratios.len() / 2]);
}

fn serve() -> Served {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--policy", "examples/whatsapp-crm", "--listen", "127.0.0.1:0"])
        .args(["--probe-listen", "off"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(process.stdout.take().unwrap());
    let address =
        stdout.lines().find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
    Served(process, address.unwrap())
}

/// Checks beside a client of lists, which is a process of its own: what it takes to
/// make requests is not the sidecar's doing.
async fn beside(address: &str, turn: Duration) -> ((Duration, Duration), String) {
    let mut lister = Command::new(std::env::current_exe().unwrap())
        .args(["--lister", address])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(lister.stdout.take().unwrap()).lines();
    assert_eq!(told.next().unwrap().unwrap(), "listing");
    let latency = checks(address, turn).await;
    // The end of its input is its end.
    drop(lister.stdin.take());
    let lists = told.next().unwrap().unwrap();
    assert!(lister.wait().unwrap().success());
    (latency, lists)
}

/// Lists until the input ends, and prints how often.
async fn list_without_pause(address: &str) {
    let done = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&done);
    std::thread::spawn(move || {
        let _ = std::io::stdin().lines().count();
        stop.store(true, Ordering::Relaxed);
    });
    let channel = client::endpoint(address).unwrap().connect().await.unwrap();
    // Written once: the sidecar has to read it each time.
    let request = Bytes::from(candidates().encode_to_vec());
    let mut lists = 0;
    while !done.load(Ordering::Relaxed) {
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        grpc.ready().await.unwrap();
        let path = "/sidegate.v1.AuthorizationService/ListAllowed".parse().unwrap();
        let page: Bytes =
            grpc.unary(tonic::Request::new(request.clone()), path, Undecoded).await.unwrap().into_inner();
        lists += 1;
        if lists == 1 {
            let page = v1::ListAllowedResponse::decode(page).unwrap();
            assert!(!page.complete, "half of them are allowed, more than a page holds");
            println!("listing");
        }
    }
    println!("{lists}");
}

/// Messages as the bytes that they are.
#[derive(Clone, Copy)]
struct Undecoded;

impl Codec for Undecoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Undecoded {
    type Item = Bytes;
    type Error = tonic::Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), tonic::Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Undecoded {
    type Item = Bytes;
    type Error = tonic::Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, tonic::Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// The median and the 99th percentile of checks asked at a steady rate, each
/// measured from when it was due.
async fn checks(address: &str, turn: Duration) -> (Duration, Duration) {
    let client = client::connect(address).await.unwrap();
    let count = u32::try_from(turn.as_millis()).unwrap() * RATE / 1000;
    let runtime = tokio::runtime::Handle::current();
    // A thread keeps the time: tokio's timers are as coarse as what is measured.
    let asked = tokio::task::spawn_blocking(move || {
        let start = Instant::now() + Duration::from_millis(50);
        let asked = (0..count).map(|n| {
            let due = start + Duration::from_secs(1) * n / RATE;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            runtime.spawn(check(client.clone(), due))
        });
        asked.collect::<Vec<_>>()
    });
    let mut took = Vec::new();
    for one in asked.await.unwrap() {
        took.push(one.await.unwrap());
    }
    took.sort_unstable();
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

async fn check(mut client: Client, due: Instant) -> Duration {
    let request = v1::CheckRequest {
        tenant: "acme".to_owned(),
        principal: Some(sara()),
        action: "send".to_owned(),
        resource: Some(chat(1)),
        ..v1::CheckRequest::default()
    };
    let answer = client.check(request).await.unwrap().into_inner();
    assert_eq!(answer.decision(), v1::Decision::Allow);
    due.elapsed()
}

fn candidates() -> v1::ListAllowedRequest {
    let resources = (0..10_000).map(chat).collect();
    let source = v1::resources_query::Source::Candidates(v1::CandidateResources { resources });
    let query = v1::ResourcesQuery {
        r#type: "conversation".to_owned(),
        action: "send".to_owned(),
        source: Some(source),
    };
    v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal: Some(sara()),
        query: Some(v1::list_allowed_request::Query::Resources(query)),
        ..v1::ListAllowedRequest::default()
    }
}

fn sara() -> v1::Principal {
    v1::Principal { r#type: "user".to_owned(), id: "sara".to_owned(), ..v1::Principal::default() }
}

/// A chat; those with odd numbers are hers.
fn chat(n: usize) -> v1::Resource {
    let text = |text: &str| v1::Value { kind: Some(v1::value::Kind::StringValue(text.to_owned())) };
    let assignee = if n % 2 == 1 { "sara" } else { "omar" };
    v1::Resource {
        r#type: "conversation".to_owned(),
        id: Some(format!("c{n}")),
        attributes: [("instance".to_owned(), text("wa-1")), ("assignee".to_owned(), text(assignee))].into(),
        parents: Vec::new(),
    }
}
