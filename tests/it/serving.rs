//! The real program, serving.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

/// What it prints before the address of an admin listener.
const ADMIN: &str = "answering admin calls on ";

/// A sidecar in a process of its own, which does not outlive its test.
pub(crate) struct Serving {
    process: Child,
    /// What it printed until it had said all.
    pub(crate) printed: Vec<String>,
}

/// Keeps what the developer's environment says from a command.
pub(crate) fn forget_the_environment(command: &mut Command) {
    command.env_remove("RUST_LOG");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SIDEGATE_") {
            command.env_remove(name);
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    /// Starts `sidegate serve` on a free port, and waits until it listens.
    pub(crate) fn start(policy: &str) -> Self {
        Self::start_at(policy, &["127.0.0.1:0"])
    }

    /// Starts `sidegate serve` at these addresses, and waits until it listens.
    pub(crate) fn start_at(policy: &str, listen: &[&str]) -> Self {
        let listen = listen.iter().flat_map(|address| ["--listen", address]);
        Self::start_with(&["--policy", policy].into_iter().chain(listen).collect::<Vec<_>>())
    }

    /// Starts `sidegate serve` with these flags, and waits until it listens.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_sidegate")), flags)
    }

    /// Starts `sidegate serve` on free ports, with these flags too, for whoever
    /// pushes, and waits until it listens.
    pub(crate) fn start_pushed(flags: &[&str]) -> Self {
        let own = ["--source", "push", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let flags = [&own[..], &["--admin-insecure"], flags].concat();
        let command = Command::new(env!("CARGO_BIN_EXE_sidegate"));
        Self::start_until(command, &flags, |line| line.starts_with(ADMIN))
    }

    /// Starts `sidegate serve` by a command that ends in the program's own name.
    pub(crate) fn start_as(command: Command, flags: &[&str]) -> Self {
        // The check line is the last that it prints.
        Self::start_until(command, flags, |line| line.contains(" check "))
    }

    fn start_until(mut command: Command, flags: &[&str], last: fn(&str) -> bool) -> Self {
        forget_the_environment(&mut command);
        let mut process = command
            .args(["serve", "--probe-listen", "off"])
            .args(flags)
            // Nobody has to hear of the end first.
            .env("SIDEGATE_DRAIN_KEEP_SERVING", "0s")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let mut serving = Self { process, printed: Vec::new() };
        for line in BufReader::new(stdout).lines() {
            serving.printed.push(line.unwrap());
            if serving.printed.last().is_some_and(|line| last(line)) {
                break;
            }
        }
        serving
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        self.printed.iter().find_map(|line| line.strip_prefix("listening on ")).unwrap()
    }

    /// Where it answers admin calls.
    pub(crate) fn admin(&self) -> &str {
        self.printed.iter().find_map(|line| line.strip_prefix(ADMIN)).unwrap()
    }

    /// The line that it offers to try it with.
    pub(crate) fn check_line(&self) -> Option<&str> {
        self.printed.iter().map(String::as_str).find(|line| line.contains(" check "))
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.process.wait().unwrap()
    }

    /// Sends it a signal: `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Its process, for `/proc`.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }
}
