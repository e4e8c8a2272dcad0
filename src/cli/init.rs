//! `sidegate init`: a small policy to start from.
//!
//! Nothing that is there is ever touched: a directory with anything in it is
//! refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Format;
use super::exit::{Exit, Failure};
use super::out::Out;

/// The arguments of `init`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to put it: a directory that is empty, or not there yet.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// The files, by their paths.
const FILES: [(&str, &str); 3] = [
    ("model.yaml", include_str!("starter/model.yaml")),
    ("tenants/acme.yaml", include_str!("starter/tenants/acme.yaml")),
    ("tests/acme.yaml", include_str!("starter/tests/acme.yaml")),
];

/// Writes the files.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let directory = &args.directory;
    refuse_unless_free(directory)?;
    for (path, text) in FILES {
        write(&directory.join(path), text)?;
    }
    match out.format {
        Format::Json => {
            let paths = FILES.map(|(path, _)| directory.join(path).to_string_lossy().into_owned());
            out.json(&json!({ "written": paths }));
        }
        Format::Text => {
            for (path, _) in FILES {
                out.line(format_args!("wrote {}", directory.join(path).display()));
            }
            out.line(next(directory));
        }
    }
    Ok(Exit::Good)
}

fn refuse_unless_free(directory: &Path) -> Result<(), Failure> {
    let shown = directory.display();
    match fs::read_dir(directory).map(|mut entries| entries.next()) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(Failure::usage(format!("`{shown}` has something in it: name a new directory"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::usage(format!("cannot use `{shown}`: {error}"))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed =
        |error: io::Error| Failure::unreachable(format!("cannot write `{}`: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// What to do with it.
fn next(directory: &Path) -> String {
    let (sidegate, directory) = (super::banner::program(), directory.to_string_lossy());
    let command =
        |words: &str| format!("  {sidegate} {}", words.replace("DIR", &super::banner::quoted(&directory)));
    [
        "next:".to_owned(),
        command("validate DIR"),
        command("test DIR --require-coverage"),
        command(
            "check --policy DIR --tenant acme --principal user:ben --action edit \
             --resource document:plan --attr owner=ben",
        ),
        command("serve --policy DIR"),
    ]
    .join("\n")
}
