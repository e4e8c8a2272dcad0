//! A condition and what is known of the names that it may read. The text ends at the first zero byte; what follows says
//! of each attribute whether it has a value, is null or was not sent. Laws:
//!
//! 1. Every text is a program or has faults, each with its place within the text.
//! 2. *Three values.* The program comes to what the reference evaluator makes of the text by itself: true, false or
//!    unknown, for every mixture of values, null and unsent.
//! 3. *CEL.* Where the `cel` crate's interpreter gives a boolean, every attribute having a value, the program comes to
//!    the same.
//! 4. *What is known stays known.* What is known while some attributes are not sent is so whatever they turn out to be;
//!    and it is among the outcomes that the program may have while the resource is open.
//!
//! The interpreter defines no answer, and then is not asked for one, where:
//!
//! - anything is null or was not sent: it knows neither (law 2 holds there);
//! - a sum or a difference overflows: it errs, and here that is unknown;
//! - `timestamp`, `duration` or `now` is named: the crate is built without them, and errs;
//! - `principal.roles` and other names that are derived are read: it is told attributes only.
//!
//! Nor is it asked about comparisons of mixed types and other texts that are no program here: they are refused. Where
//! the two differ by design it is not asked either: `size` of a text counts bytes here, and characters there, so a text
//! that names `size` is compared only where every text is ASCII.

mod facts;

use super::Came;
use super::input::Input;
use crate::condition::{Program, Tri, compile, interpreter, references};
use crate::decide::reference;
use facts::{Known, World};

pub(super) fn run(data: &[u8]) -> Came {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (text, rest) = data.split_at(end);
    let Ok(text) = std::str::from_utf8(text) else { return Came::Nowhere };
    let mut input = Input::new(rest.get(1..).unwrap_or_default());
    let world = World::get();
    // What it names can be asked of any text.
    let _ = references(text);
    let program = match compile(text, &world.scope()) {
        Ok(program) => program,
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                let place = usize::try_from(fault.start).ok().zip(usize::try_from(fault.end).ok());
                let within = place.is_some_and(|(start, end)| start <= end && text.get(start..end).is_some());
                assert!(within && !fault.message.is_empty(), "{text}: {fault:?}");
            }
            return if text.trim().is_empty() { Came::Nowhere } else { Came::Read };
        }
    };
    assert_eq!(program.text(), text);
    let known = Known::read(&mut input);
    judge(world, &program, text, &known);
    judge(world, &program, text, &known.all_sent());
    Came::Whole
}

fn judge(world: &World, program: &Program, text: &str, known: &Known) {
    let facts = world.facts(known);
    let found = program.evaluate(&facts);
    assert_eq!(program.evaluate(&facts), found, "asked twice: {text}");

    let asked = known.question();
    let (call, target) = (asked.call(), asked.target());
    let expected = reference::truth(&world.policy, &call, &target, facts::now(), text);
    assert_eq!(found, Tri::of(expected), "the reference, of {text} where {known:?}");

    if known.is_all_sent()
        && (!text.contains("size") || (text.is_ascii() && known.is_ascii() && !text.contains('\\')))
        && let Some(expected) = interpreted(text, known)
    {
        assert_eq!(found, Tri::known(expected), "the interpreter, of {text} where {known:?}");
    }

    let less = known.some_unsent();
    let early = program.evaluate(&world.facts(&less));
    if known.is_all_sent() {
        assert!(
            early == Tri::Unknown || early == found,
            "{text}: {early:?}, and then {found:?} where {known:?}"
        );
    }
    let open = program.outcomes(&facts, facts::is_of_resource);
    assert!(open.contains(found), "{text} is {found:?} where {known:?}, which is not among {open:?}");
}

/// What the interpreter says; `None` for an error, and for what is no program there.
fn interpreted(text: &str, known: &Known) -> Option<bool> {
    let of = |root| -> interpreter::Attributes {
        let values = known.of(root);
        values.filter_map(|(name, value)| Some((name.to_owned(), interpreter::value(value?)?))).collect()
    };
    let roots = ["resource", "context", "principal"].map(|root| (root, of(root)));
    match interpreter::outcome(&cel::Program::compile(text).ok()?, roots)? {
        cel::Value::Bool(value) => Some(value),
        other => panic!("{text} is {other:?}"),
    }
}
