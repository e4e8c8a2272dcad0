//! What the program says of edits in its log.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{BOUND, Directory, acme};

/// The program, and its log as it comes.
pub(super) struct Logged {
    process: Child,
    log: Arc<Mutex<Vec<String>>>,
    /// What it printed until it had said all.
    pub(super) printed: Vec<String>,
}

impl Drop for Logged {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Logged {
    pub(super) fn start(directory: &Directory, variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sidegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--probe-listen", "off", "--policy"])
            .arg(directory.path())
            .env_remove("RUST_LOG")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, err) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut printed = Vec::new();
        for line in BufReader::new(out).lines() {
            printed.push(line.unwrap());
            // The check line is the last that it prints.
            if printed.last().is_some_and(|line| line.contains(" check ")) {
                break;
            }
        }
        Self { process, log, printed }
    }

    /// How many lines of the log say this.
    fn count(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until so many lines of the log say this.
    #[track_caller]
    pub(super) fn says(&self, times: usize, text: &str) {
        for _ in 0..BOUND.as_millis() / 5 {
            if self.count(text) >= times {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.count(text), times, "`{text}` in\n{}", self.log.lock().unwrap().join("\n"));
    }
}

const REFUSED: &str = "the policy was refused, and the last good one is kept";

#[test]
fn a_bad_edit_is_told_once_with_every_fault_and_its_end_is_told() {
    let directory = Directory::new("reader");
    let logged = Logged::start(&directory, &[]);
    logged.says(1, "policy in force");

    let faulty = acme("raeder").replace("members", "membres");
    directory.write("tenants/acme.yaml", &(faulty.clone() + "roles:\n  own: { allow: [doc:veiw] }\n"));
    logged.says(1, REFUSED);
    logged.says(1, "tenants/acme.yaml:4:1: unknown key `membres`");
    logged.says(1, "tenants/acme.yaml:7:18: the type `doc` has no action `veiw`");
    // The same faults in another text are nothing new, whether or not it is read
    // before the next edit; other faults are.
    directory.replace("tenants/acme.yaml", &(faulty + "roles:\n  own: { allow: [doc:veiw] }\n\n"));
    directory.write("tenants/acme.yaml", "kind: [");
    logged.says(2, REFUSED);
    logged.says(1, "tenants/acme.yaml:4:1: unknown key `membres`");

    directory.write("tenants/acme.yaml", &acme("writer"));
    logged.says(1, "the policy is mended");
    logged.says(2, "policy in force");
    logged.says(2, REFUSED);
}

#[test]
fn a_policy_that_does_not_load_ends_it_before_it_listens() {
    let directory = Directory::new("raeder");
    let output = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--listen", "127.0.0.1:0", "--probe-listen", "off", "--policy"])
        .arg(directory.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(output.stdout.is_empty());
    assert!(told.contains("tenants/acme.yaml:5:23: fault: there is no role `raeder`"), "{told}");
    assert!(told.contains("does not load: 1 fault") && !told.contains("listening"), "{told}");
}
