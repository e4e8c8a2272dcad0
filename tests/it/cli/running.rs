//! Running the binary and looking at what came of it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The binary, in the repository, without what the developer's environment says.
pub(crate) fn sidegate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidegate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    crate::serving::forget_the_environment(&mut command);
    command
}

/// Runs the binary.
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, &[])
}

/// Runs the binary with variables.
pub(crate) fn run_with(args: &[&str], variables: &[(&str, &str)]) -> Ran {
    ran(&sidegate().args(args).envs(variables.iter().copied()).output().unwrap())
}

/// Runs a line through a shell, as a user pastes it.
pub(crate) fn run_line(line: &str) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(env!("CARGO_MANIFEST_DIR"));
    crate::serving::forget_the_environment(&mut command);
    ran(&command.output().unwrap())
}

pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    }
}

impl Ran {
    /// Holds the exit code against what it must be.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// Holds that standard output says something.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}` in:\n{}", self.out);
        self
    }

    /// Holds that standard error says something.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` in:\n{}", self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
