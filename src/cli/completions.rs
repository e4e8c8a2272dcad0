//! `sidegate completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::exit::{Exit, Failure};
use super::out::Out;

/// How to use what is printed.
pub(super) const AFTER: &str = "\
Examples:
  sidegate completions bash > /etc/bash_completion.d/sidegate
  sidegate completions zsh > \"${fpath[1]}/_sidegate\"
  sidegate completions fish > ~/.config/fish/completions/sidegate.fish";

/// The arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script; it is one whatever `--output` says.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown(), "sidegate", &mut script);
    out.line(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Good)
}

/// The command line as help shows it: what is hidden there is not offered either.
fn shown() -> clap::Command {
    let whole = Cli::command();
    let bare = clap::Command::new("sidegate").args(whole.get_arguments().cloned());
    let seen = whole.get_subcommands().filter(|command| !command.is_hide_set());
    bare.subcommands(seen.cloned())
}
