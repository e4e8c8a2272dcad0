//! `sidegate check` and `sidegate explain`: one question, one answer.

use serde_json::{Value, json};

use super::Format;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Policy};
use super::{json, question, story};
use crate::clock::Clock;
use crate::decide::{self, Decision, Explanation, FieldFault, Request, RequestLimits};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    question: question::Args,

    /// Print the steps that led to the answer as well.
    #[arg(long, env = "SIDEGATE_EXPLAIN")]
    explain: bool,
}

/// An answer with all that can be told of it.
struct Told<'a> {
    decision: Decision<'a>,
    missing: Vec<String>,
    story: Explanation,
    revision: Revision,
    tenant_revision: Option<Revision>,
}

/// How the answer is told.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    /// The answer, then the steps if they are wanted.
    AnswerFirst { steps: bool },
    /// The steps, then the answer.
    StepsFirst,
}

/// Answers.
pub(super) fn check(args: &Args, out: &Out) -> Result<Exit, Failure> {
    answer(&args.question, out, Order::AnswerFirst { steps: args.explain })
}

/// Answers, step by step.
pub(super) fn explain(args: &question::Args, out: &Out) -> Result<Exit, Failure> {
    answer(args, out, Order::StepsFirst)
}

fn answer(args: &question::Args, out: &Out, order: Order) -> Result<Exit, Failure> {
    let Policy { checked, snapshot, .. } = policy::load(&args.policy, Part::Policy, out)?;
    let question = args.question(&checked.policy().model)?;
    let now = args.instant().unwrap_or_else(|| Clock::System.now());
    let (call, target) = (question.call(), question.target());
    let limits = RequestLimits::default();
    let admitted = match decide::admit::question(&snapshot, &call, &target, args.action(), &limits) {
        Ok(admitted) => admitted,
        Err(faults) => return Ok(refuse(&faults, out)),
    };
    let told = tell(&snapshot, admitted.request(), now, call.tenant);
    match out.format {
        Format::Json => out.json(&told.json(order)),
        Format::Text => told.print(order, out),
    }
    Ok(Exit::good_if(told.decision.allowed()))
}

fn tell<'a>(snapshot: &'a Snapshot, request: Request<'a>, now: Timestamp, tenant: &str) -> Told<'a> {
    let (decision, story) = decide::explain(snapshot, request, now);
    Told {
        decision,
        missing: decide::missing_attributes(snapshot, request, now),
        story,
        revision: snapshot.revision(),
        tenant_revision: snapshot.tenant_revision(tenant),
    }
}

/// A question that is wrong has no answer.
fn refuse(faults: &[FieldFault], out: &Out) -> Exit {
    if out.format == Format::Json {
        let fields: Vec<Value> =
            faults.iter().map(|fault| json!({ "field": fault.field, "message": fault.message })).collect();
        out.json(&json!({ "error": { "code": "INVALID_ARGUMENT", "fields": fields } }));
    }
    for fault in faults {
        out.message(format_args!("{}: {}", fault.field, fault.message));
    }
    Exit::Usage
}

impl Told<'_> {
    fn json(&self, order: Order) -> Value {
        let mut answer = json!({
            "decision": self.word(),
            "reason": self.decision.reason.name(),
            "cause": self.decision.cause.to_string(),
            "hidden": self.decision.hidden,
            "missing_attributes": self.missing,
            "revision": self.revision.to_string(),
            "tenant_revision": self.tenant_revision.map(|revision| revision.to_string()),
        });
        if order != (Order::AnswerFirst { steps: false })
            && let Some(fields) = answer.as_object_mut()
        {
            fields.insert("explanation".to_owned(), json::explanation(&self.story));
        }
        answer
    }

    fn print(&self, order: Order, out: &Out) {
        match order {
            Order::AnswerFirst { steps } => {
                self.print_answer(out);
                if steps {
                    out.line("");
                    story::print(&self.story, out);
                }
            }
            Order::StepsFirst => {
                story::print(&self.story, out);
                out.line("");
                self.print_answer(out);
            }
        }
        for ignored in &self.story.ignored {
            out.message(format_args!("note: `{ignored}` means nothing to this policy and was ignored"));
        }
    }

    fn print_answer(&self, out: &Out) {
        let tone = if self.decision.allowed() { Tone::Good } else { Tone::Bad };
        let mut line = format!("{} {}", out.paint(tone, self.word()), self.decision.reason.name());
        let cause = self.decision.cause.to_string();
        if !cause.is_empty() {
            line.push(' ');
            line.push_str(&cause);
        }
        out.line(line);
        if self.decision.hidden {
            out.line("hidden: answer as if the resource did not exist");
        }
        if !self.missing.is_empty() {
            out.line(format_args!("missing: {}", self.missing.join(", ")));
        }
    }

    const fn word(&self) -> &'static str {
        if self.decision.allowed() { "allow" } else { "deny" }
    }
}
