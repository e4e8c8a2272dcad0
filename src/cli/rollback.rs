//! `sidegate rollback`: what was held at an earlier revision, in force again.
//!
//! The content comes back under a new revision, made against the one held: revisions
//! never go back.

use super::admin;
use super::exit::{Exit, Failure};
use super::out::Out;
use super::push::tell;
use super::remote::{self, NoAnswer};
use crate::client::v1;
use crate::model::Revision;

/// What to know, for `--help`.
pub(super) const AFTER: &str = "\
  sidegate rollback --to 127.0.0.1:7701 1.41
  sidegate rollback --to 127.0.0.1:7701 1.41 --tenant acme

Exit codes: 0 in force; 1 what was held then has faults now; 2 wrong usage, no longer held, or not
allowed to whom asks; 3 the sidecar cannot be reached.";

/// The arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    admin: admin::Args,

    /// The revision whose content is wanted: `EPOCH.NUMBER`, or the number in the
    /// epoch held.
    #[arg(value_name = "REVISION", value_parser = wanted)]
    revision: Wanted,

    /// Of this tenant alone; without it, everything.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
}

/// A revision as it is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Wanted {
    epoch: Option<u64>,
    number: u64,
}

fn wanted(text: &str) -> Result<Wanted, String> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
    let read = match text.split_once('.') {
        None => number(text).map(|number| Wanted { epoch: None, number }),
        Some((epoch, rest)) => {
            number(epoch).zip(number(rest)).map(|(epoch, number)| Wanted { epoch: Some(epoch), number })
        }
    };
    read.ok_or_else(|| "expected a revision such as `1.41`".to_owned())
}

/// Rolls back.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    match args.roll_back(out) {
        Ok(exit) => Ok(exit),
        Err(NoAnswer::Refused(refused)) => Ok(remote::refuse(&refused, out)),
        Err(NoAnswer::Failed(failure)) => Err(failure),
    }
}

impl Args {
    fn roll_back(&self, out: &Out) -> Result<Exit, NoAnswer> {
        let admin = self.admin.connect().map_err(NoAnswer::Failed)?;
        let Some(Revision { epoch, number: held }) = admin.status()?.revision else {
            let message = format!("`{}` holds no policy yet", self.admin.address());
            return Err(NoAnswer::Failed(Failure::usage(message)));
        };
        let Wanted { epoch: of, number } = self.revision;
        let outcome = admin.rollback(v1::RollbackRequest {
            tenant: self.tenant.clone(),
            to: Some(v1::Revision { epoch: of.unwrap_or(epoch), number }),
            epoch,
            revision: held.saturating_add(1),
            base_revision: held,
            validate_only: false,
        })?;
        tell(&outcome, "rolled back", &|_| None, out);
        Ok(Exit::good_if(outcome.done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_has_an_epoch_or_that_of_what_is_held() {
        for (text, epoch, number) in [("41", None, 41), ("1.41", Some(1), 41), ("0.3", Some(0), 3)] {
            assert_eq!(wanted(text), Ok(Wanted { epoch, number }), "{text}");
        }
        for text in ["", ".", "1.", ".1", "1.2.3", "-1", "+1", "1.+2", "x", "1 ", "18446744073709551616"] {
            assert!(wanted(text).is_err(), "{text}");
        }
    }
}
