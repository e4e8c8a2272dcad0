//! The command line: `serve`, `validate`, `test`, `check`, `explain`, `list`, `push`,
//! `status`, `rollback`, `export`, `init`, `healthcheck`, `completions`, `schema`.
//!
//! Each command turns flags into calls of the library and answers into text for
//! people, or JSON for programs. What was asked for goes to standard output,
//! everything else to standard error, and the exit code says how it went
//! (`exit`). No command decides anything by itself.

mod admin;
mod ask;
mod banner;
mod candidates;
mod completions;
mod door;
mod exit;
mod export;
mod health;
mod init;
mod json;
mod list;
mod mutate;
mod out;
mod policy;
mod push;
mod question;
mod remote;
mod rollback;
mod schema;
mod serve;
mod status;
mod story;
mod test;
mod validate;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use exit::Exit;
use out::Out;

/// Who may do what, answered beside every application pod.
#[derive(Debug, Parser)]
#[command(name = "sidegate", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    /// How to print the answer.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, env = "SIDEGATE_OUTPUT")]
    output: Format,

    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 allowed or passed; 1 denied, or a fault or failure was found; \
2 the command or the question is wrong; 3 something could not be loaded or reached.";

/// How answers are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a policy directory and answer over gRPC.
    #[command(after_help = serve::AFTER)]
    Serve(serve::Args),
    /// Print every fault and warning of a policy directory.
    Validate(validate::Args),
    /// Run the test documents of policy directories.
    Test(test::Args),
    /// Decide one question, by a policy directory or a sidecar that runs.
    #[command(after_help = question::EXAMPLES)]
    Check(ask::Args),
    /// Decide one question, and print every step that led to the answer.
    #[command(after_help = question::EXAMPLES)]
    Explain(question::Args),
    /// List what a principal may do, on which resources, or who may.
    #[command(after_help = list::EXAMPLES)]
    List(list::Args),
    /// Bring a policy directory to a sidecar that takes pushes.
    #[command(after_help = push::AFTER)]
    Push(push::Args),
    /// Print what a sidecar holds, and how it came.
    Status(status::Args),
    /// Put what a sidecar held at an earlier revision in force again.
    #[command(after_help = rollback::AFTER)]
    Rollback(rollback::Args),
    /// Write a policy directory in another engine's language.
    Export(export::Args),
    /// Write a small policy to start from.
    Init(init::Args),
    /// Ask a sidecar whether it serves.
    #[command(after_help = health::AFTER)]
    Healthcheck(health::Args),
    /// Print what a shell needs to complete the command line.
    #[command(after_help = completions::AFTER)]
    Completions(completions::Args),
    /// Print the JSON Schema of a kind of document, for editors.
    Schema(schema::Args),
    /// Change a policy in every single way, and print the changes that no test notices.
    #[command(hide = true)]
    Mutate(mutate::Args),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    // Wrong usage ends here, with exit code 2.
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let given = matches.subcommand().map_or(&matches, |(_, given)| given);
    let out = Out::new(cli.output);
    let done = match cli.command {
        Command::Serve(args) => serve::run(&args, &out),
        Command::Validate(args) => validate::run(&args, &out),
        Command::Test(args) => test::run(&args, &out),
        Command::Check(args) => ask::check(&args, given, &out),
        Command::Explain(args) => ask::explain(&args, given, &out),
        Command::List(args) => list::run(&args, given, &out),
        Command::Push(args) => push::run(&args, &out),
        Command::Status(args) => status::run(&args, &out),
        Command::Rollback(args) => rollback::run(&args, &out),
        Command::Export(args) => export::run(&args, &out),
        Command::Init(args) => init::run(&args, &out),
        Command::Healthcheck(args) => health::run(&args, &out),
        Command::Completions(args) => completions::run(&args, &out),
        Command::Schema(args) => schema::run(&args, &out),
        Command::Mutate(args) => mutate::run(&args, &out),
    };
    let exit = done.unwrap_or_else(|failure| {
        out.failure(&failure);
        failure.exit
    });
    match out.lost() {
        None => exit.into(),
        Some(error) => {
            out.message(format_args!("the answer could not be written: {error}"));
            Exit::Unreachable.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
