//! The thread that takes pushes, with the real desk, a store that can be held up and
//! a disk that remembers what it was handed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use super::desk::PANICS_AT;
use super::testing::{member, put, revision, whole};
use super::*;
use crate::model::{Digest, Revision};
use crate::store::InstallError;
use crate::sync::keep::{HowFar, Kept, Ticket};
use crate::telemetry::Metrics;

/// What happened outside of the desk, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Event {
    Installed(String),
    KeptSet(String),
    KeptWhole(String, usize),
}

/// What the thread works on.
#[derive(Clone, Default)]
struct Outside {
    events: Arc<Mutex<Vec<Event>>>,
    heard: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
    durable: Option<Revision>,
}

struct Stub {
    outside: Outside,
    /// Each install waits for a word, if there is anybody to give it.
    gate: Receiver<()>,
}

impl Outside {
    fn happened(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    fn counted(&self, outcome: &str) -> u64 {
        let line = format!("sidegate_pushes_total{{outcome=\"{outcome}\"}} ");
        let text = self.metrics.render();
        text.lines().find_map(|shown| shown.strip_prefix(&line)?.parse().ok()).unwrap()
    }
}

impl Sink for Stub {
    fn install(&self, snapshot: Snapshot) -> Result<(), InstallError> {
        let _ = self.gate.recv();
        self.outside.happened(Event::Installed(snapshot.revision().to_string()));
        Ok(())
    }

    fn metrics(&self) -> &Metrics {
        &self.outside.metrics
    }

    fn heard(&self) {
        self.outside.heard.fetch_add(1, Ordering::Relaxed);
    }
}

impl Keep for Outside {
    fn set(&mut self, set: &Arc<ChangeSet>, after: &Snapshot) -> Ticket {
        assert_eq!(set.header.revision, after.revision());
        self.happened(Event::KeptSet(after.revision().to_string()));
        Ticket::new(Kept::Durable).1
    }

    fn whole(&mut self, after: &Snapshot, recent: &[(Revision, Digest)]) -> Ticket {
        self.happened(Event::KeptWhole(after.revision().to_string(), recent.len()));
        Ticket::new(Kept::Durable).1
    }

    fn gauge(&self) -> Box<dyn Fn() -> HowFar + Send + Sync> {
        let durable = self.durable;
        Box::new(move || HowFar { durable, trouble: None })
    }
}

/// A thread that holds `acme` and `bolt` at 1.1, and the gate of its installs, which
/// is closed until something is sent or it is dropped.
async fn started(waiting: usize) -> (Pusher, Outside, Sender<()>) {
    let outside = Outside::default();
    let (open, gate) = channel();
    let sink = Stub { outside: outside.clone(), gate };
    let pusher = Pusher::start(Settings::default(), waiting, (None, None), outside.clone(), sink).unwrap();
    open.send(()).unwrap();
    let told = bring(&pusher, whole("1.1", &["acme", "bolt"])).await;
    assert_eq!(told.unwrap().verdict.outcome, Outcome::Applied);
    outside.events.lock().unwrap().clear();
    (pusher, outside, open)
}

/// Pushes a whole.
async fn bring(pusher: &Pusher, set: ChangeSet) -> Result<Acknowledged, Refused> {
    let mut loading = pusher.load(set.header, false).await?;
    match loading.bring(set.changes).await {
        Some(ended) => ended,
        None => loading.end().await,
    }
}

/// What is said of a push, in short.
fn said(outcome: &Result<Acknowledged, Refused>) -> String {
    let held = |at: &Revision| at.to_string();
    match outcome {
        Ok(Acknowledged { verdict, .. }) => {
            let at = verdict.revision.map(|at| at.to_string()).unwrap_or_default();
            format!("{:?} at {at}", verdict.outcome).to_lowercase()
        }
        Err(Refused::Conflict { revision }) => format!("conflict {{ revision: {} }}", held(revision)),
        Err(Refused::NeedFull { held: Some(at) }) => format!("needfull {{ held: some({}) }}", held(at)),
        Err(refused) => format!("{refused:?}").to_lowercase(),
    }
}

fn ana(at: u64, role: &str) -> ChangeSet {
    put(&format!("1.{at}"), &format!("1.{}", at - 1), vec![member("acme", "user:ana", &[role])])
}

/// Hands something over, and does not wait for what comes of it.
macro_rules! handed {
    ($work:expr) => {{
        let mut work = Box::pin($work);
        tokio::select! {
            biased;
            told = &mut work => panic!("answered at once: {told:?}"),
            () = std::future::ready(()) => {}
        }
        work
    }};
}

/// A desk that holds `acme` and `bolt` at 1.1.
fn desk() -> Desk {
    let mut desk = Desk::new(Settings::default(), None, None);
    let id = brought(&mut desk, &whole("1.1", &["acme", "bolt"]));
    desk.close(id).unwrap();
    desk
}

/// Brings a whole to the point where it can be closed.
fn brought(desk: &mut Desk, set: &ChangeSet) -> LoadId {
    let id = desk.open(set.header.clone(), false).unwrap();
    assert!(desk.piece(id, set.changes.clone()).is_none());
    id
}

/// Something to find waiting.
enum Found {
    Set(ChangeSet, bool),
    End(LoadId),
}

/// Lets a thread find all of this waiting at once. Returns what is said of each.
fn found(desk: Desk, outside: &Outside, waiting: Vec<Found>) -> Vec<String> {
    let (hand, handed) = channel();
    let places = Arc::new(Semaphore::new(waiting.len()));
    let mut told = Vec::new();
    for found in waiting {
        let (tell, answer) = oneshot::channel();
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        hand.send(match found {
            Found::Set(set, rehearsed) => Job::Set { set: Arc::new(set), rehearsed, tell, place },
            Found::End(id) => Job::Close { id, tell },
        })
        .unwrap();
        told.push(answer);
    }
    drop(hand);
    let sink = Stub { outside: outside.clone(), gate: channel().1 };
    Worker::new(desk, outside.clone(), sink, Arc::new(Board::new(outside.gauge()))).run(&handed);
    told.into_iter().map(|mut told| said(&told.try_recv().unwrap())).collect()
}

#[test]
fn what_waits_is_put_in_force_together_and_answered_one_by_one() {
    let outside = Outside::default();
    let mut waiting: Vec<Found> = (2..=12).map(|at| Found::Set(ana(at, "reader"), false)).collect();
    let mut expected: Vec<String> = (2..=12).map(|at| format!("applied at 1.{at}")).collect();
    let unknown = vec![member("zeta", "user:ana", &[])];
    for (set, rehearsed, told) in [
        (ana(12, "reader"), false, "repeated at 1.12"),
        (ana(12, "writer"), false, "conflict { revision: 1.12 }"),
        (ana(40, "writer"), false, "needfull { held: some(1.12) }"),
        (put("1.13", "1.12", unknown), false, "faulty at 1.12"),
        (put("1.13", "1.12", Vec::new()), true, "valid at 1.12"),
    ] {
        waiting.push(Found::Set(set, rehearsed));
        expected.push(told.to_owned());
    }
    assert_eq!(found(desk(), &outside, waiting), expected);
    let mut events = vec![Event::Installed("1.12".to_owned())];
    events.extend((2..=12).map(|at| Event::KeptSet(format!("1.{at}"))));
    assert_eq!(outside.events(), events, "once in force, then each kept");
    for (outcome, times) in
        [("applied", 11), ("repeated", 1), ("conflict", 1), ("need_full", 1), ("faulty", 1), ("valid", 1)]
    {
        assert_eq!(outside.counted(outcome), times, "{outcome}");
    }
    // Whoever asks for the impossible has said nothing about the policy.
    assert_eq!(outside.heard.load(Ordering::Relaxed), 14);
}

#[test]
fn nobody_waits_for_more_than_is_put_in_force_together() {
    let outside = Outside::default();
    let many = |at: u64| {
        let members = (0..6000).map(|n| member("acme", &format!("user:u{n}"), &["reader"])).collect();
        Found::Set(put(&format!("1.{at}"), &format!("1.{}", at - 1), members), false)
    };
    let told = found(desk(), &outside, (2..=5).map(many).collect());
    assert_eq!(told, ["applied at 1.2", "applied at 1.3", "applied at 1.4", "applied at 1.5"]);
    let events = outside.events();
    let installed: Vec<&Event> = events.iter().filter(|event| matches!(event, Event::Installed(_))).collect();
    assert_eq!(installed, [&Event::Installed("1.3".to_owned()), &Event::Installed("1.5".to_owned())]);
}

#[test]
fn a_newer_whole_takes_the_place_of_one_that_waits() {
    let all = ["acme", "bolt"];
    let rows = [
        (["1.5", "1.6"], ["superseded", "applied at 1.6"]),
        (["1.6", "1.5"], ["applied at 1.6", "superseded"]),
        (["2.1", "1.9"], ["applied at 2.1", "superseded"]),
        (["1.5", "1.5"], ["applied at 1.5", "repeated at 1.5"]),
    ];
    for (revisions, expected) in rows {
        let (mut desk, outside) = (desk(), Outside::default());
        let ends = revisions.map(|at| Found::End(brought(&mut desk, &whole(at, &all))));
        let set = Found::Set(ana(2, "writer"), false);
        let [one, other] = ends;
        let told = found(desk, &outside, vec![set, one, other]);
        assert_eq!(told, ["applied at 1.2", expected[0], expected[1]], "{revisions:?}");
        assert_eq!(outside.events().len(), 3, "one in force, one set and one whole kept");
    }
}

#[tokio::test]
async fn f34_a_panic_is_the_answer_of_its_set_alone() {
    let (pusher, outside, open) = started(64).await;
    drop(open);
    let panics = put(PANICS_AT, "1.1", vec![member("acme", "user:ana", &["writer"])]);
    assert_eq!(said(&pusher.push(panics.clone(), false).await), "internal");
    assert_eq!(outside.events(), [], "nothing has changed");
    assert_eq!(said(&bring(&pusher, whole(PANICS_AT, &["acme", "bolt"])).await), "internal");
    assert_eq!(outside.counted("internal"), 2);
    assert_eq!(said(&pusher.push(ana(2, "writer"), false).await), "applied at 1.2");
    assert_eq!(said(&bring(&pusher, whole("1.3", &["acme", "bolt"])).await), "applied at 1.3");
}

#[tokio::test]
async fn what_may_wait_is_bounded_and_room_is_given_back() {
    let (pusher, outside, open) = started(3).await;
    let first = handed!(pusher.push(ana(2, "writer"), false));
    let second = handed!(pusher.push(ana(3, "reader"), false));
    // Whoever gives up has pushed all the same, and takes a place until it is looked at.
    drop(handed!(pusher.push(ana(4, "writer"), false)));
    assert_eq!(
        said(&pusher.push(ana(5, "reader"), false).await),
        r#"overloaded { limit: "pushes_waiting" }"#
    );
    let header = whole("1.9", &[]).header;
    let refused = pusher.load(header.clone(), false).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, Refused::Overloaded { limit: "pushes_waiting" });
    drop(open);
    assert_eq!(said(&first.await), "applied at 1.2");
    assert_eq!(said(&second.await), "applied at 1.3");
    assert_eq!(said(&pusher.push(ana(5, "reader"), false).await), "applied at 1.5");
    assert!(outside.events().contains(&Event::KeptSet("1.4".to_owned())));
    // A load has its place until it ends, or is given up.
    let loads = [pusher.load(header.clone(), false).await, pusher.load(header.clone(), false).await];
    assert!(loads.iter().all(Result::is_ok));
    let third = pusher.load(header.clone(), false).await.map(|_| ()).unwrap_err();
    assert_eq!(third, Refused::Overloaded { limit: "whole_loads" });
    drop(loads);
    assert!(pusher.load(header, false).await.is_ok());
}

#[tokio::test]
async fn f02_what_was_kept_is_in_force_before_anything_is_pushed() {
    let mut desk = Desk::new(Settings::default(), None, None);
    let set = whole("4.2", &["acme"]);
    let id = desk.open(set.header.clone(), false).unwrap();
    assert!(desk.piece(id, set.changes.clone()).is_none());
    let snapshot = desk.close(id).unwrap().next.unwrap().snapshot;
    let recovered =
        Recovered { snapshot, history: Vec::new(), recent: vec![(revision("4.2"), Digest::default())] };
    let outside = Outside { durable: Some(revision("4.2")), ..Outside::default() };
    let sink = Stub { outside: outside.clone(), gate: channel().1 };
    let found = (Some(recovered), Some(revision("4.2")));
    let pusher = Pusher::start(Settings::default(), 8, found, outside.clone(), sink).unwrap();
    assert_eq!(outside.events(), [Event::Installed("4.2".to_owned())], "and it is not kept again");
    assert_eq!(outside.heard.load(Ordering::Relaxed), 0, "nobody was heard of");
    let durable = pusher.board().durable(Some(revision("4.2")));
    assert_eq!(durable, Durable { revision: Some(revision("4.2")), why_not: String::new() });
    assert_eq!(pusher.board().past().len(), 1);
    let told = pusher.push(put("4.3", "4.2", Vec::new()), false).await.unwrap();
    assert_eq!(told.ticket.unwrap().now(), Kept::Durable);
    assert_eq!(pusher.board().past().len(), 2);
    let durable = pusher.board().durable(Some(revision("4.3")));
    let expected = Durable { revision: Some(revision("4.3")), why_not: String::new() };
    assert_eq!(durable, expected, "whoever was told so is told so again");
}
