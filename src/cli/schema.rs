//! `sidegate schema`: what editors need to complete and check documents.

use clap::ValueEnum;

use super::exit::{Exit, Failure};
use super::out::Out;
use crate::document;

/// The arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The kind of document.
    #[arg(value_enum)]
    kind: Kind,
}

/// The kinds of document that have a schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Kind {
    /// model.yaml
    Model,
    /// tenants/*.yaml
    Tenant,
    /// apps/*.yaml
    App,
    /// tests/*.yaml
    Test,
    /// sidegate.yaml
    Config,
}

/// Prints a schema; it is JSON whatever `--output` says.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let kind = match args.kind {
        Kind::Model => document::Kind::Model,
        Kind::Tenant => document::Kind::Tenant,
        Kind::App => document::Kind::App,
        Kind::Test => document::Kind::Test,
        Kind::Config => document::Kind::Config,
    };
    out.json(&document::schema(kind));
    Ok(Exit::Good)
}
