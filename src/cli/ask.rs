//! `sidegate check` and `sidegate explain`: one question, one answer, of a
//! directory or of a sidecar that runs.
//!
//! Both are told alike: whoever reads the answer cannot see who gave it, but for
//! the revision.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::Format;
use super::door::Door;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Policy};
use super::question::Reading;
use super::remote::{self, NoAnswer, Remote};
use super::{json, question, story};
use crate::clock::Clock;
use crate::decide::{self, Explanation, FieldFault, Request, RequestLimits};
use crate::model::Timestamp;
use crate::rpc;
use crate::snapshot::Snapshot;
use crate::wire::ask as written;
use crate::wire::told::Answer;

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    question: question::Args,

    /// Print the steps that led to the answer as well.
    #[arg(long, env = "SIDEGATE_EXPLAIN")]
    explain: bool,
}

/// How the answer is told.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    /// The answer, then the steps if they are wanted.
    AnswerFirst { steps: bool },
    /// The steps, then the answer.
    StepsFirst,
}

/// An answer, on its way out.
struct Told {
    answer: Answer,
    story: Explanation,
}

/// Answers.
pub(super) fn check(args: &Args, matches: &ArgMatches, out: &Out) -> Result<Exit, Failure> {
    answer(&args.question, matches, out, Order::AnswerFirst { steps: args.explain })
}

/// Answers, step by step.
pub(super) fn explain(args: &question::Args, matches: &ArgMatches, out: &Out) -> Result<Exit, Failure> {
    answer(args, matches, out, Order::StepsFirst)
}

fn answer(args: &question::Args, matches: &ArgMatches, out: &Out, order: Order) -> Result<Exit, Failure> {
    let answered = match args.door.door(matches)? {
        Door::Directory(path, at) => {
            let Policy { checked, snapshot, .. } = policy::load(path, Part::Policy, out)?;
            let question = args.question(Reading::Declared(&checked.policy().model))?;
            let now = at.unwrap_or_else(|| Clock::System.now());
            let (call, target) = (question.call(), question.target());
            let limits = RequestLimits::default();
            match decide::admit::question(&snapshot, &call, &target, args.action(), &limits) {
                Ok(admitted) => of_snapshot(&snapshot, admitted.request(), now, call.tenant),
                Err(faults) => return Ok(refuse(&faults, out)),
            }
        }
        Door::Sidecar(address, timeout) => {
            let question = args.question(Reading::Form)?;
            let request =
                |explain| written::check(&question.call(), &question.target(), args.action(), explain);
            let remote = Remote::connect(address, timeout)?;
            let steps = order != Order::AnswerFirst { steps: false };
            // What was ignored stands in the explanation, so one is asked for unasked
            // where it may be had.
            let asked = match remote.check(request(true)) {
                Err(NoAnswer::Refused(refused)) if !steps && refused.not_here.as_deref() == Some(EXPLAIN) => {
                    remote.check(request(false))
                }
                asked => asked,
            };
            match asked {
                Ok(answer) => answer,
                Err(NoAnswer::Refused(refused)) => return Ok(remote::refuse(&refused, out)),
                Err(NoAnswer::Failed(failure)) => return Err(failure),
            }
        }
    };
    let mut answered = answered;
    let told = Told { story: answered.story.take().unwrap_or_default(), answer: answered };
    match out.format {
        Format::Json => out.json(&told.json(order)),
        Format::Text => told.print(order, out),
    }
    Ok(Exit::good_if(told.answer.allowed))
}

/// The question that a listener may not answer beside others.
const EXPLAIN: &str = rpc::Question::Explain.name();

fn of_snapshot(snapshot: &Snapshot, request: Request<'_>, now: Timestamp, tenant: &str) -> Answer {
    let (decision, story) = decide::explain(snapshot, request, now);
    Answer {
        allowed: decision.allowed(),
        reason: decision.reason.name().to_owned(),
        cause: decision.cause.to_string(),
        hidden: decision.hidden,
        missing: decide::missing_attributes(snapshot, request, now),
        story: Some(story),
        revision: Some(snapshot.revision()),
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

impl Told {
    fn json(&self, order: Order) -> Value {
        let mut answer = json!({
            "decision": self.word(),
            "reason": self.answer.reason,
            "cause": self.answer.cause,
            "hidden": self.answer.hidden,
            "missing_attributes": self.answer.missing,
            "ignored": self.story.ignored,
            "revision": self.answer.revision.map(|revision| revision.to_string()),
            "tenant_revision": self.answer.tenant_revision.map(|revision| revision.to_string()),
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
        let Answer { allowed, reason, cause, hidden, missing, .. } = &self.answer;
        let tone = if *allowed { Tone::Good } else { Tone::Bad };
        let mut line = format!("{} {reason}", out.paint(tone, self.word()));
        if !cause.is_empty() {
            line.push(' ');
            line.push_str(cause);
        }
        out.line(line);
        if *hidden {
            out.line("hidden: answer as if the resource did not exist");
        }
        if !missing.is_empty() {
            out.line(format_args!("missing: {}", missing.join(", ")));
        }
    }

    const fn word(&self) -> &'static str {
        if self.answer.allowed { "allow" } else { "deny" }
    }
}
