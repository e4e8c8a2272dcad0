//! A policy directory that is edited while a sidecar answers from it.
//!
//! Every edit toggles something, so that the answer tells which one is in force.

mod acceptance;
mod configmap;
mod edits;
mod quarantine;
mod told;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sidegate::app::{Config, Running, Watch};
use sidegate::client::v1;
use tempfile::TempDir;

use crate::support::{Client, config, question, started};

const MODEL: &str = "\
sidegate: v1
kind: Model
name: live
principals: { user: {} }
resources:
  doc: { actions: [view, edit] }
roles:
  reader: { allow: [doc:view] }
  writer: { allow: [doc:edit] }
";

/// How long an edit may take before a test gives up on it.
const BOUND: Duration = Duration::from_secs(10);

/// The tenant `acme`, whose `user:ana` has this role.
fn acme(role: &str) -> String {
    format!("sidegate: v1\nkind: Tenant\nid: acme\nmembers:\n  user:ana: {{ roles: [{role}] }}\n")
}

/// A directory with the model and `acme`.
struct Directory {
    /// What holds it.
    above: TempDir,
}

impl Directory {
    fn new(role: &str) -> Self {
        let directory = Self { above: tempfile::tempdir().unwrap() };
        directory.fill(role);
        directory
    }

    fn fill(&self, role: &str) {
        fs::create_dir_all(self.path().join("tenants")).unwrap();
        self.write("model.yaml", MODEL);
        self.write("tenants/acme.yaml", &acme(role));
    }

    fn path(&self) -> PathBuf {
        self.above.path().join("policy")
    }

    fn at(&self, file: &str) -> PathBuf {
        self.path().join(file)
    }

    /// Writes a file in place.
    fn write(&self, file: &str, text: &str) {
        fs::write(self.at(file), text).unwrap();
    }

    /// Writes a file beside and renames it, as most editors do.
    fn replace(&self, file: &str, text: &str) {
        let new = self.at(&format!("{file}~"));
        fs::write(&new, text).unwrap();
        fs::rename(new, self.at(file)).unwrap();
    }
}

/// A sidecar that follows a directory, and a client.
struct Sidecar {
    running: Running,
    client: Client,
}

impl Sidecar {
    async fn start(path: &Path, watch: Watch) -> Self {
        Self::start_with(path, watch, |_| ()).await
    }

    async fn start_with(path: &Path, watch: Watch, change: impl Fn(&mut Config)) -> Self {
        let mut config = config();
        config.policy = path.to_owned();
        config.watch = watch;
        change(&mut config);
        let (running, client) = started(config).await;
        Self { running, client }
    }

    async fn asked(&mut self, tenant: &str, action: &str) -> v1::CheckResponse {
        let request = v1::CheckRequest { tenant: tenant.to_owned(), ..question("user:ana", action, "doc:d") };
        self.client.check(request).await.unwrap().into_inner()
    }

    /// The revision in force, and whether `user:ana` of `acme` has `reader` or
    /// else `writer`.
    async fn answers(&mut self) -> (u64, &'static str) {
        let view = self.asked("acme", "view").await;
        let role = if view.decision() == v1::Decision::Allow { "reader" } else { "writer" };
        (view.revision.unwrap().number, role)
    }

    /// Waits until this revision is in force, which must be the next one, and
    /// give `user:ana` this role.
    #[track_caller]
    fn becomes(&mut self, revision: u64, role: &'static str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in ticks() {
                let answers = self.answers().await;
                if answers.0 >= revision {
                    assert_eq!(answers, (revision, role), "{caller}");
                    // It is counted just after it is in force.
                    if self.counted("policy_revision_number") >= revision {
                        return;
                    }
                }
                tick().await;
            }
            panic!("{caller}: never in force; now {:?}", self.answers().await);
        }
    }

    /// Waits until so many policies have been refused, after which this revision
    /// and this role must still be in force.
    #[track_caller]
    fn refuses(&mut self, refusals: u64, revision: u64, role: &'static str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in ticks() {
                if self.counted("policy_refusals_total") >= refusals {
                    assert_eq!(self.counted("policy_refusals_total"), refusals, "{caller}");
                    assert_eq!(self.counted("policy_source_faulty"), 1, "{caller}");
                    assert_eq!(self.answers().await, (revision, role), "{caller}");
                    return;
                }
                tick().await;
            }
            panic!("{caller}: never refused");
        }
    }

    /// Waits until the source holds what is in force again.
    #[track_caller]
    fn mended(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in ticks() {
                if self.counted("policy_source_faulty") == 0 {
                    return;
                }
                tick().await;
            }
            panic!("{caller}: never mended");
        }
    }

    fn counted(&self, name: &str) -> u64 {
        counted(&self.running.installer().metrics().render(), name)
    }
}

fn counted(metrics: &str, name: &str) -> u64 {
    let found = metrics
        .lines()
        .find_map(|line| line.strip_prefix("sidegate_")?.strip_prefix(name)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no `{name}` in\n{metrics}"))
}

/// A wait between two looks; so many of them make up the bound.
async fn tick() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

fn ticks() -> std::ops::Range<u128> {
    0..BOUND.as_millis() / 2
}

/// Events, with a poll that comes too late to help.
fn events() -> Watch {
    Watch { poll: Duration::from_secs(600), settle: Duration::from_millis(20), events: true }
}

/// Polling alone.
fn polling() -> Watch {
    Watch { poll: Duration::from_millis(50), settle: Duration::from_millis(20), events: false }
}
