//! `sidegate list`: what is left out is what is listed.
//!
//! A directory is asked with the very messages that a sidecar is asked with, so
//! that both give the same list. All pages are walked, and nothing is printed
//! before the last one: half a list is none.

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use super::Format;
use super::candidates::Candidates;
use super::door::{self, Door};
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Policy};
use super::question::{self, Circumstances, Particulars, Question, Reading, Split, split};
use super::remote::{self, NoAnswer, Remote};
use crate::clock::Clock;
use crate::model::Revision;
use crate::rpc::{Limits, offline};
use crate::wire::ask::{self as written, ListOf};
use crate::wire::told::{self, Listed, Page, Unreadable};

/// Lists to start from, for `--help`.
pub(super) const EXAMPLES: &str = "\
What is left out is what is listed:
  What may sara do to the chat c1? (with an id `allow view` or `deny view`; of the type alone
  `ALWAYS view`, `NEVER view` or `CONDITIONAL view`: whatever the resource, or it depends)
    sidegate list --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --resource conversation:c1 --attr instance=wa-1 --attr assignee=sara

  Which chats may she view, of those that the tenant registers? (of others: --candidate)
    sidegate list --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --action view --resource conversation

  Who may create contacts? (`anyone` at the end: those too whom the tenant does not know)
    sidegate list --policy examples/whatsapp-crm --tenant acme --action create --resource contact

Values are read as in `sidegate check`. In a file of candidates a value is what YAML or JSON makes
of it; a text in the form of an instant is one where the model says so, and with --to always.

Exit codes: 0 listed, even if nothing; 2 the question is wrong, or is not answered there;
3 the directory does not load, or the sidecar cannot be reached or has no answer.";

/// How often a list is begun anew because the tenant has changed meanwhile.
const AGAIN: usize = 3;

/// The arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    door: door::Args,

    /// Who asks. Without it, who may is listed.
    #[arg(long, value_name = "TYPE:ID", value_parser = split)]
    principal: Option<Split>,

    /// May it do this? Without it, what it may do is listed.
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,

    /// About what. Without an id, and with both others, which resources is listed.
    #[arg(long, value_name = "TYPE[:ID]")]
    resource: String,

    #[command(flatten)]
    circumstances: Circumstances,

    #[command(flatten)]
    particulars: Particulars,

    #[command(flatten)]
    candidates: Candidates,

    /// List principals of these types only; may be repeated.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,

    /// Answer with a condition on resources, instead of with resources.
    #[arg(long)]
    filter: bool,

    /// The most answers in one page; all pages are walked.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(1..))]
    page_size: Option<i32>,
}

/// A whole list, and what it rests on.
struct Told {
    listed: Listed,
    revision: Option<Revision>,
    tenant_revision: Option<Revision>,
}

/// Lists.
pub(super) fn run(args: &Args, matches: &ArgMatches, out: &Out) -> Result<Exit, Failure> {
    args.fit_together()?;
    let listed = match args.door.door(matches)? {
        Door::Directory(path, at) => {
            let Policy { checked, snapshot, .. } = policy::load(path, Part::Policy, out)?;
            let now = at.unwrap_or_else(|| Clock::System.now());
            let limits = Limits::default();
            args.walk(Reading::Declared(&checked.policy().model), out, &|request| {
                let response = offline::list(&snapshot, now, &limits, request)
                    .map_err(|status| NoAnswer::Refused(told::refused(&status)))?;
                told::list(response).map_err(|Unreadable| NoAnswer::Failed(unreadable()))
            })
        }
        Door::Sidecar(address, timeout) => {
            let remote = Remote::connect(address, timeout)?;
            args.walk(Reading::Form, out, &|request| remote.list(request))
        }
    };
    match listed {
        Ok(listed) => {
            match out.format {
                Format::Json => out.json(&listed.json(args.has_id())),
                Format::Text => listed.print(args.has_id(), out),
            }
            Ok(Exit::Good)
        }
        Err(NoAnswer::Refused(refused)) => Ok(remote::refuse(&refused, out)),
        Err(NoAnswer::Failed(failure)) => Err(failure),
    }
}

fn unreadable() -> Failure {
    Failure::unreachable("the answer cannot be read")
}

type Ask<'a> = dyn Fn(crate::client::v1::ListAllowedRequest) -> Result<Page, NoAnswer> + 'a;

impl Args {
    fn has_id(&self) -> bool {
        question::about(&self.resource).1.is_some()
    }

    /// Whether what is given says what is to be listed.
    fn fit_together(&self) -> Result<(), Failure> {
        let usage = |message: &str| Err(Failure::usage(message));
        let of_resources = self.principal.is_some() && self.action.is_some();
        match (&self.principal, &self.action) {
            (None, None) => return usage("give `--principal`, `--action` or both"),
            (Some(_), Some(_)) if self.has_id() => {
                return usage("nothing is left out that could be listed: ask `sidegate check`");
            }
            _ => {}
        }
        if self.filter {
            return usage("filters are not answered by this build");
        }
        if self.principal.is_none() && self.circumstances.describe_a_principal() {
            return usage(
                "`--role` and `--principal-attr` say something of a `--principal`, and there is none",
            );
        }
        if self.principal.is_some() && !self.types.is_empty() {
            return usage("`--types` is for a list of principals: leave out `--principal`");
        }
        if !of_resources && self.candidates.are_given() {
            return usage("candidates are for a list of resources: give `--principal` and `--action`");
        }
        if of_resources && !self.particulars.is_empty() {
            return usage(
                "`--attr` and `--parent` say something of one resource: \
                 in a list of resources each has its own, see `--candidates`",
            );
        }
        Ok(())
    }

    /// Walks every page.
    fn walk(&self, reading: Reading<'_>, out: &Out, ask: &Ask<'_>) -> Result<Told, NoAnswer> {
        let about = question::about(&self.resource);
        let question =
            Question::new(reading, self.principal.as_ref(), &self.circumstances, (about, &self.particulars))
                .map_err(NoAnswer::Failed)?;
        let candidates = self.candidates.read(reading, out).map_err(NoAnswer::Failed)?;
        let resources = candidates.as_ref().map(|candidates| candidates.targets());
        let (call, target) = (question.call(), question.target());
        let of = match (&self.principal, &self.action) {
            (Some(_), Some(action)) => match &resources {
                Some(resources) => ListOf::Candidates { kind: about.0, action, resources },
                None => ListOf::Registered { kind: about.0, action },
            },
            (None, Some(action)) => ListOf::Principals { action, target: &target, types: &self.types },
            (_, None) => ListOf::Actions(&target),
        };
        let mut again = AGAIN;
        loop {
            let page = |token| ask(written::list(&call, of, self.page_size.unwrap_or_default(), token));
            match pages(&page) {
                Err(NoAnswer::Refused(refused)) if refused.code == tonic::Code::Aborted && again > 0 => {
                    again = again.saturating_sub(1);
                }
                told => return told,
            }
        }
    }
}

/// The pages of one list, joined.
fn pages(page: &dyn Fn(String) -> Result<Page, NoAnswer>) -> Result<Told, NoAnswer> {
    let Page { mut listed, mut next, mut revision, mut tenant_revision } = page(String::new())?;
    while !next.is_empty() {
        let more = page(next)?;
        if !listed.append(more.listed) {
            return Err(NoAnswer::Failed(unreadable()));
        }
        (next, revision, tenant_revision) = (more.next, more.revision, more.tenant_revision);
    }
    Ok(Told { listed, revision, tenant_revision })
}

impl Told {
    fn print(&self, has_id: bool, out: &Out) {
        match &self.listed {
            Listed::Actions(items) => {
                for (action, result) in items {
                    let word = word(result, has_id);
                    let tone = match *result {
                        "ALWAYS" => Tone::Good,
                        "NEVER" => Tone::Bad,
                        _ => Tone::Faint,
                    };
                    out.line(format_args!("{} {action}", out.paint(tone, word)));
                }
            }
            Listed::Resources(keys) => {
                keys.iter().for_each(|(kind, id)| out.line(format_args!("{kind}:{id}")))
            }
            Listed::Principals { known, anyone } => {
                known.iter().for_each(|(kind, id)| out.line(format_args!("{kind}:{id}")));
                if *anyone {
                    out.line("anyone");
                }
            }
        }
    }

    fn json(&self, has_id: bool) -> Value {
        let keys = |keys: &[(String, String)]| -> Value {
            keys.iter().map(|(kind, id)| json!({ "type": kind, "id": id })).collect()
        };
        let mut fields = Map::new();
        match &self.listed {
            Listed::Actions(items) => {
                let items = items
                    .iter()
                    .map(|(action, result)| json!({ "action": action, "result": word(result, has_id) }));
                fields.insert("actions".to_owned(), items.collect());
            }
            Listed::Resources(known) => {
                fields.insert("resources".to_owned(), keys(known));
            }
            Listed::Principals { known, anyone } => {
                fields.insert("principals".to_owned(), keys(known));
                fields.insert("anyone".to_owned(), json!(anyone));
            }
        }
        let text = |revision: Option<Revision>| json!(revision.map(|revision| revision.to_string()));
        fields.insert("revision".to_owned(), text(self.revision));
        fields.insert("tenant_revision".to_owned(), text(self.tenant_revision));
        Value::Object(fields)
    }
}

/// Of one resource there is nothing to be conditional on.
fn word(result: &'static str, has_id: bool) -> &'static str {
    match result {
        "ALWAYS" if has_id => "allow",
        "NEVER" if has_id => "deny",
        result => result,
    }
}
