//! `sidegate export`: a policy directory as another engine's language writes it.
//!
//! What the other language cannot say is told as faults are, all of it, and then
//! nothing is written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::Format;
use super::door::instant;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Read, counted};
use crate::clock::Clock;
use crate::document::{self, Located};
use crate::export::cedar::{self, Export};
use crate::model::Timestamp;

/// The arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    language: Language,
}

/// Languages to export to.
#[derive(Debug, Subcommand)]
enum Language {
    /// Write a Cedar schema, policies and entities.
    #[command(after_help = AFTER)]
    Cedar(Cedar),
}

/// The arguments of `export cedar`.
#[derive(Debug, clap::Args)]
struct Cedar {
    /// The policy directory.
    #[arg(value_name = "DIR", env = "SIDEGATE_POLICY")]
    directory: PathBuf,

    /// Where to write. Files of an earlier export are replaced.
    #[arg(long, value_name = "FOLDER", default_value = "cedar")]
    out: PathBuf,

    /// Export what holds at this instant, instead of now.
    #[arg(long, value_name = "RFC3339", value_parser = instant, env = "SIDEGATE_AT")]
    at: Option<Timestamp>,
}

const AFTER: &str = "\
Writes schema.cedarschema, policies.cedar and entities.json. docs/cedar.md says what they hold and how \
they are asked.

What Cedar cannot say is named with its place, and nothing is written.

  sidegate export cedar policy --out build/cedar --at 2026-12-24T00:00:00Z";

/// Writes an export.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let Language::Cedar(args) = &args.language;
    let Read { sources, loaded } = policy::read(&args.directory, Part::Policy)?;
    let Some(checked) = loaded.checked else {
        return Err(policy::faulty(&args.directory, &sources, &loaded.diagnostics, out));
    };
    let now = args.at.unwrap_or_else(|| Clock::System.now());
    match cedar::export(&checked, now) {
        Ok(export) => write(&args.out, &export, now, out),
        Err(refused) => {
            match out.format {
                Format::Json => {
                    let told: Vec<Located> =
                        refused.iter().map(|told| document::locate(told, &sources)).collect();
                    out.json(&json!({ "exported": false, "refused": told }));
                }
                Format::Text => {
                    for told in &refused {
                        out.line(document::render(told, &sources, out.colored()).trim_end());
                    }
                    let bad = out.paint(Tone::Bad, "not exported");
                    let count = counted(refused.len(), "thing", "things");
                    out.line(format_args!("{bad}: {count} that Cedar cannot say"));
                }
            }
            Ok(Exit::Bad)
        }
    }
}

fn write(folder: &Path, export: &Export, now: Timestamp, out: &Out) -> Result<Exit, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::unreachable(format!("cannot write `{}`: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let entities = format!("{:#}\n", export.entities);
    let files = [
        ("schema.cedarschema", &export.schema),
        ("policies.cedar", &export.policies),
        ("entities.json", &entities),
    ];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, &error))?;
        written.push(path);
    }
    let entities = export.entities.as_array().map_or(0, Vec::len);
    match out.format {
        Format::Json => {
            let written: Vec<_> = written.iter().map(|path| path.to_string_lossy()).collect();
            out.json(&json!({
                "exported": true,
                "written": written,
                "policies": export.count,
                "entities": entities,
                "at": now.to_string(),
            }));
        }
        Format::Text => {
            for path in &written {
                out.line(format_args!("wrote {}", path.display()));
            }
            let policies = counted(export.count, "policy", "policies");
            let entities = counted(entities, "entity", "entities");
            out.line(format_args!("{policies}, {entities}, as of {now}"));
        }
    }
    Ok(Exit::Good)
}
