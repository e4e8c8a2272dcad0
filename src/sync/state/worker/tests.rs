//! The threads: nobody waits for a disk, and everybody is told in the end.

use std::io::{Read, Write};

use super::*;
use crate::sync::state::fake::{Held, Numbers, Rows};
use crate::sync::state::recover::recover;
use crate::sync::state::storage::Stored;
use crate::sync::state::storage::simulated::Simulated;
use crate::sync::state::work::Growth;

/// A disk that writes nothing while it is stuck.
#[derive(Clone, Default)]
struct Sticky(Simulated, Arc<(Mutex<bool>, Condvar)>);

struct StickyFile(<Simulated as Storage>::File, Sticky);

impl Sticky {
    fn stick(&self, stuck: bool) {
        *self.1.0.lock().unwrap() = stuck;
        self.1.1.notify_all();
    }

    fn pass(&self) {
        drop(self.1.1.wait_while(self.1.0.lock().unwrap(), |stuck| *stuck).unwrap());
    }
}

impl Storage for Sticky {
    type File = StickyFile;

    fn place(&self) -> String {
        self.0.place()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }

    fn create(&self, name: &str) -> io::Result<StickyFile> {
        self.pass();
        Ok(StickyFile(self.0.create(name)?, self.clone()))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        self.0.open(name)
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        self.0.sync_file(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
}

impl Write for StickyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.pass();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stored for StickyFile {
    fn sync(&mut self) -> io::Result<()> {
        self.1.pass();
        self.0.sync()
    }
}

/// Somebody who puts things in force.
struct Source {
    disk: Sticky,
    shared: Arc<Shared<Sticky, Numbers>>,
    held: Held,
}

impl Source {
    fn start(disk: Sticky) -> Self {
        let storage = Arc::new(disk.clone());
        let found = recover(&disk, &Numbers, 10).unwrap();
        let held = found.good.as_ref().map(|good| good.whole.revision);
        let shared = Shared::new(found.good.as_ref());
        let growth = Growth { least: 4000, ..Growth::default() };
        let codec = Arc::new(Numbers);
        let engine = Engine::new(Arc::clone(&storage), codec, growth, found.files, found.highest, held);
        Worker::start(&shared, engine, &storage, &Arc::new(Metrics::new())).unwrap();
        let held = found.good.map(|good| good.whole).unwrap_or_default();
        Self { disk, shared, held }
    }

    fn whole(&mut self) -> Ticket {
        self.held = Held {
            revision: Revision::new(1, self.held.revision.number + 1),
            rows: [(1, 1)].into(),
            ..Held::default()
        };
        self.shared.whole(&self.held, &[(self.held.revision, Digest::of(b"whole"))])
    }

    fn set(&mut self) -> Ticket {
        let base = self.held.revision;
        let revision = Revision::new(1, base.number + 1);
        let set = Rows { revision, base, rows: vec![(7, revision.number)] };
        self.held = self.held.after(&set);
        self.shared.set(&Arc::new(set), &self.held)
    }

    /// What is found on the disk is what is in force.
    fn is_kept(&self) {
        let found = recover(&Simulated::of(self.disk.0.files()), &Numbers, 10).unwrap();
        let good = found.good.unwrap();
        assert_eq!(good.whole, self.held);
        assert_eq!(good.recent.back().map(|recent| recent.0), Some(self.held.revision));
    }
}

fn end(ticket: Ticket) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut ticket = ticket;
    let ended = async { tokio::time::timeout(Duration::from_secs(60), ticket.end()).await };
    runtime.block_on(ended).expect("somebody is told")
}

#[test]
fn what_comes_at_once_is_written_with_few_syncs() {
    let mut source = Source::start(Sticky::default());
    assert_eq!(end(source.whole()), Kept::Durable);
    source.disk.stick(true);
    let calls = source.disk.0.calls();
    let tickets: Vec<Ticket> = (0..1000).map(|_| source.set()).collect();
    source.disk.stick(false);
    for ticket in tickets {
        assert_eq!(end(ticket), Kept::Durable);
    }
    // What it took, with the bases that logs of so little ask for here.
    assert!(source.disk.0.calls() - calls < 200, "{} calls", source.disk.0.calls() - calls);
    assert_eq!(source.shared.standing().durable, Some(source.held.revision), "whoever is told finds it so");
    source.is_kept();
}

#[test]
fn f18_nobody_waits_for_a_disk_that_is_stuck() {
    let mut source = Source::start(Sticky::default());
    assert_eq!(end(source.whole()), Kept::Durable);
    source.disk.stick(true);
    // What has taken this one takes no more until it is written.
    let first = source.set();
    while !source.shared.inbox().items.is_empty() {
        std::thread::yield_now();
    }
    // It comes to an end at all because nothing of it waits.
    let tickets: Vec<Ticket> = (0..TICKETS + 5000).map(|_| source.set()).collect();
    let inbox = source.shared.inbox();
    let sets = inbox.items.iter().filter(|item| matches!(item, Item::Set(..))).count();
    assert!(sets <= SETS && inbox.items.len() <= TICKETS, "{sets} sets of {} items", inbox.items.len());
    drop(inbox);
    assert!(
        matches!(tickets.last().unwrap().now(), Kept::Failed(_)),
        "whoever came too late is told at once"
    );
    source.disk.stick(false);
    assert_eq!(end(first), Kept::Durable);
    // One of those that waited: when it is told, there is room again.
    assert_eq!(end(tickets.into_iter().nth(TICKETS / 2).unwrap()), Kept::Durable);
    assert_eq!(end(source.set()), Kept::Durable, "and it is gone on with");
    source.is_kept();
}

#[test]
fn closing_writes_what_waits() {
    let mut source = Source::start(Sticky::default());
    source.disk.stick(true);
    let first = source.whole();
    let tickets: Vec<Ticket> = (0..50).map(|_| source.set()).collect();
    assert!(!source.shared.close(Duration::from_millis(1)), "a stuck disk is not waited for");
    source.disk.stick(false);
    assert!(source.shared.close(Duration::from_secs(60)));
    assert_eq!(end(first), Kept::Durable);
    for ticket in tickets {
        assert_eq!(end(ticket), Kept::Durable);
    }
    source.is_kept();
    let late = source.set();
    assert_eq!(end(late), Kept::Failed("the sidecar is stopping".to_owned()));
}

#[test]
fn the_next_process_goes_on() {
    let disk = Sticky::default();
    for round in 1..20_u64 {
        let mut source = Source::start(disk.clone());
        if round == 1 {
            source.whole();
        }
        let last = (0..round).map(|_| source.set()).last().unwrap();
        assert_eq!(end(last), Kept::Durable);
        assert!(source.shared.close(Duration::from_secs(60)));
        source.is_kept();
        assert_eq!(source.held.revision.number, 1 + round * (round + 1) / 2);
    }
}
