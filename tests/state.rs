//! A state directory and processes that end: killed at any moment (F-16), and on a
//! disk that is full (F-18).
//!
//! The program starts itself again, as the process that ends; so it has a `main`
//! of its own. `scripts/kill9` runs it for longer than the suite does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops where it fails, and says what it did"
)]

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio, exit};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use sidegate::document::definition::{GivenRole, Member, Tenant};
use sidegate::document::{Change, ChangeSet, Header, Spanned, TenantChange};
use sidegate::model::{Key, Revision};
use sidegate::snapshot::Snapshot;
use sidegate::snapshot::apply::{Load, Rules};
use sidegate::sync::keep::{Keep, Kept, Ticket};
use sidegate::sync::state::{Opened, State, open};
use sidegate::telemetry::Metrics;

const MODEL: &str = "sidegate: v1
kind: Model
name: kept
principals: { user: {} }
resources: { doc: { actions: [view, edit] } }
roles: { reader: { allow: [doc:view] }, writer: { allow: [doc:view, doc:edit] } }
";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["push", directory, seed] => return push(Path::new(directory), seed.parse().unwrap()),
        ["fill", directory] => return fill(Path::new(directory)),
        _ => {}
    }
    let tests: [(&str, fn()); 3] = [
        ("f21_what_version_1_has_written_is_read", written_before),
        ("f16_a_kill_at_any_moment_loses_nothing_that_was_acknowledged", killed),
        ("f18_a_full_disk_is_gone_on_with_once_there_is_room", full),
    ];
    let wanted: Vec<&&str> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, test) in tests {
        if wanted.is_empty() || wanted.iter().any(|wanted| name.contains(**wanted)) {
            print!("test {name} ... ");
            std::io::stdout().flush().unwrap();
            test();
            println!("ok");
        }
    }
}

/// Somebody who puts things in force and has them kept.
struct Source {
    state: State,
    held: Snapshot,
    rng: u64,
}

impl Source {
    fn begin(directory: &Path, seed: u64) -> Self {
        let opened = open(directory, Rules::default(), 100, &Arc::new(Metrics::new()));
        let Opened { mut state, recovered, highest } =
            opened.unwrap_or_else(|error| panic!("{error}: {}", error.help()));
        // In a life without broken files, nothing that was kept is not found.
        assert_eq!(recovered.is_some(), highest.is_some(), "nothing is loaded, but something was kept");
        let rng = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let held = recovered.map_or_else(
            || {
                let held = load(Revision::new(1, 1), 1);
                shown(&held);
                let ticket = state.whole(&held, &[]);
                acknowledge(vec![(held.revision(), ticket)]);
                held
            },
            |recovered| recovered.snapshot,
        );
        Self { state, held, rng }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.rng ^= self.rng << 13;
        self.rng ^= self.rng >> 7;
        self.rng ^= self.rng << 17;
        self.rng % bound
    }

    /// A set: mostly of one member, now and then of a tenant so large that logs
    /// soon ask for a base.
    fn set(&mut self) -> (Revision, Ticket) {
        let change = match self.below(4) {
            0 => Change::PutTenant(Box::new(tenant(self.held.revision().number, 4000))),
            _ => {
                let key = Key::new("user", &format!("u{}", self.below(50))).unwrap();
                let role = if self.below(2) == 0 { "reader" } else { "writer" };
                Change::InTenant("first".to_owned(), TenantChange::PutMember(key, Box::new(member(role))))
            }
        };
        self.put(change)
    }

    fn put(&mut self, change: Change) -> (Revision, Ticket) {
        let base = self.held.revision();
        let revision = Revision::new(base.epoch, base.number + 1);
        let header = Header { revision, base: Some(base), ..Header::default() };
        let set = ChangeSet { header, changes: vec![Spanned::nowhere(change)] };
        let applied = self.held.apply(revision, set.changes.clone(), &Rules::default());
        self.held = applied.unwrap_or_else(|faults| panic!("{faults:?}")).snapshot;
        shown(&self.held);
        (revision, self.state.set(&Arc::new(set), &self.held))
    }

    fn whole(&mut self) -> (Revision, Ticket) {
        let before = self.held.revision();
        let revision = Revision::new(before.epoch, before.number + 3);
        self.held = load(revision, before.number);
        shown(&self.held);
        (revision, self.state.whole(&self.held, &[]))
    }
}

/// Pushes without end, and says what is in force and what is kept.
fn push(directory: &Path, seed: u64) {
    let mut source = Source::begin(directory, seed);
    loop {
        let mut tickets = Vec::new();
        for _ in 0..=source.below(6) {
            tickets.push(if source.below(40) == 0 { source.whole() } else { source.set() });
        }
        acknowledge(tickets);
    }
}

fn shown(held: &Snapshot) {
    say(&format!("shown {} {} {}", held.revision().epoch, held.revision().number, held.digest()));
}

fn acknowledge(tickets: Vec<(Revision, Ticket)>) {
    for (revision, ticket) in tickets {
        assert_eq!(end(ticket), Kept::Durable);
        say(&format!("kept {} {}", revision.epoch, revision.number));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Whoever asked has gone.
        exit(0);
    }
}

fn end(mut ticket: Ticket) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(120), ticket.end()).await }).unwrap()
}

fn killed() {
    let rounds = std::env::var("SIDEGATE_KILL9_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds: u64 = rounds.unwrap_or(200);
    let parent = tempfile::tempdir().unwrap();
    let mut directory = parent.path().join("state-0");
    let (mut in_force, mut kept) = (BTreeMap::new(), Revision::default());
    let (mut starts_empty, mut acknowledged) = (0, 0);
    for round in 0..rounds {
        if round % 40 == 0 {
            // Beginnings are killed, too.
            directory = parent.path().join(format!("state-{round}"));
            (in_force, kept) = (BTreeMap::new(), Revision::default());
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([Path::new("push"), &directory, Path::new(&round.to_string())])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = channel();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        // From right after its start to deep in its work, and at no line in particular.
        let spread = (round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 150_000;
        let mut said = Vec::new();
        let alarm = std::time::Instant::now() + Duration::from_micros(spread);
        loop {
            let left = alarm.saturating_duration_since(std::time::Instant::now());
            match told.recv_timeout(left) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("round {round}: it has ended by itself: {said:?}")
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        said.extend(told.try_iter());
        for line in &said {
            let words: Vec<&str> = line.split(' ').collect();
            let revision =
                |epoch: &str, number: &str| Revision::new(epoch.parse().unwrap(), number.parse().unwrap());
            match words.as_slice() {
                ["shown", epoch, number, digest] => {
                    in_force.insert(revision(epoch, number), (*digest).to_owned());
                }
                ["kept", epoch, number] => {
                    kept = kept.max(revision(epoch, number));
                    acknowledged += 1;
                }
                // A line that the kill has cut.
                _ => {}
            }
        }
        let opened = open(&directory, Rules::default(), 100, &Arc::new(Metrics::new()));
        let opened = opened.unwrap_or_else(|error| panic!("round {round}: {error}"));
        match &opened.recovered {
            Some(recovered) => {
                let found = recovered.snapshot.revision();
                assert!(found >= kept, "round {round}: {found} was found, and {kept} was kept");
                let digest = recovered.snapshot.digest().to_string();
                assert_eq!(in_force.get(&found), Some(&digest), "round {round}: {found} is something else");
                in_force.retain(|revision, _| *revision <= found);
            }
            None => {
                assert_eq!(kept, Revision::default(), "round {round}: all is lost");
                starts_empty += 1;
            }
        }
        let files: Vec<String> = names(&directory);
        assert!(!files.iter().any(|name| name.ends_with(".bad")), "round {round}: {files:?}");
        assert!(opened.state.close(Duration::from_secs(60)), "round {round}: it does not end");
    }
    print!("{rounds} kills, {acknowledged} acknowledged, {starts_empty} before anything was kept ... ");
    assert!(acknowledged > rounds / 4, "a disk that keeps so little tests nothing");
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What every version has written must be read by all that come, and so it is kept.
fn written_before() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/state-v1");
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("state");
    let expected = fixture.join("expected.txt");
    if std::env::var_os("SIDEGATE_BLESS").is_some() {
        let mut source = Source::begin(&directory, 1);
        for round in 0..3 {
            let key = Key::new("user", &format!("later-{round}")).unwrap();
            let put = TenantChange::PutMember(key, Box::new(member("writer")));
            let ticket = source.put(Change::InTenant("first".to_owned(), put)).1;
            assert_eq!(end(ticket), Kept::Durable);
        }
        assert!(source.state.close(Duration::from_secs(60)));
        std::fs::create_dir_all(&fixture).unwrap();
        for name in names(&directory).iter().filter(|name| *name != "lock") {
            std::fs::copy(directory.join(name), fixture.join(name)).unwrap();
        }
        std::fs::write(&expected, line(&source.held)).unwrap();
    }
    std::fs::remove_dir_all(&directory).unwrap_or_default();
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
    for name in names(&fixture).iter().filter(|name| *name != "expected.txt") {
        // Whoever checks the sources out may let others write.
        let file = directory.join(name);
        std::fs::copy(fixture.join(name), &file).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    let opened = open(&directory, Rules::default(), 100, &Arc::new(Metrics::new())).unwrap();
    let recovered = opened.recovered.unwrap();
    assert_eq!(line(&recovered.snapshot), std::fs::read_to_string(expected).unwrap());
    assert_eq!((recovered.history.len(), recovered.recent.len()), (3, 3));
}

fn line(held: &Snapshot) -> String {
    format!("{} {}\n", held.revision(), held.digest())
}

/// Mounts a disk of 1 MiB where nobody else sees it.
fn full() {
    let parent = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=1m,mode=0700 sidegate "$1" && exec "$0" fill "$1""#;
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .args([std::env::current_exe().unwrap().as_path(), parent.path()])
        .output();
    let output = output.unwrap_or_else(|error| panic!("unshare cannot be run: {error}"));
    if output.status.success() {
        return;
    }
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!rustix::process::geteuid().is_root(), "{told}");
    // Whether others may mount is up to the system; the simulated disk is full for all.
    print!("(no disk could be mounted: {}) ", told.trim());
}

fn fill(directory: &Path) {
    let mut source = Source::begin(&directory.join("state"), 7);
    let ballast = directory.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    // Not a page is left, so that what is tried again fails again.
    while file.write_all(&[1; 4096]).is_ok() {}
    drop(file);
    let kept = loop {
        let before = source.state.standing().durable;
        let (_, ticket) = source.set();
        match end(ticket) {
            Kept::Durable => {}
            Kept::Failed(why) => {
                assert!(why.contains("os error 28"), "{why}");
                break before;
            }
            Kept::Pending => panic!("it has ended"),
        }
    };
    let standing = source.state.standing();
    assert!(standing.failures > 0 && standing.trouble.is_some(), "{standing:?}");
    assert_eq!(standing.durable, kept, "what was kept still is");
    // It is told at once from now on; what is in force goes on meanwhile.
    for _ in 0..100 {
        let (_, ticket) = source.set();
        assert!(matches!(end(ticket), Kept::Failed(_)));
    }
    std::fs::remove_file(&ballast).unwrap();
    // It is tried again by itself, after a second or a few.
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while end(source.whole().1) != Kept::Durable {
        assert!(std::time::Instant::now() < patience, "{:?}", source.state.standing());
        std::thread::yield_now();
    }
    let (last, ticket) = source.set();
    assert_eq!(end(ticket), Kept::Durable);
    assert_eq!(source.state.standing().trouble, None);
    let held = source.held.digest();
    assert!(source.state.close(Duration::from_secs(60)));
    let again = open(&directory.join("state"), Rules::default(), 1, &Arc::new(Metrics::new())).unwrap();
    let found = again.recovered.unwrap().snapshot;
    assert_eq!((found.revision(), found.digest()), (last, held));
}

fn load(revision: Revision, salt: u64) -> Snapshot {
    let mut load = Load::begin(revision, Rules::default());
    let mut first = tenant(salt, 50);
    first.id = "first".to_owned();
    let changes = vec![Change::PutModel(MODEL.to_owned()), Change::PutTenant(Box::new(first))];
    let taken = load.take(changes.into_iter().map(Spanned::nowhere).collect());
    taken.unwrap_or_else(|faults| panic!("{faults:?}"));
    load.finish(None).unwrap_or_else(|faults| panic!("{faults:?}")).snapshot
}

fn tenant(salt: u64, members: u64) -> Tenant {
    let key = |m: u64| Key::new("user", &format!("member-{salt}-{m:020}")).unwrap();
    let members = (0..members).map(|m| (key(m), Spanned::nowhere(member("reader"))));
    Tenant { id: format!("tenant-{}", salt % 5), members: members.collect(), ..Tenant::default() }
}

fn member(role: &str) -> Member {
    let role = GivenRole { role: role.to_owned(), expires_at: None };
    Member { roles: vec![Spanned::nowhere(role)], ..Member::default() }
}
