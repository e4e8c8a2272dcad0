//! What a condition may come to when the resource is open.

use super::*;

/// A row: a text, every outcome it may have, and the one that lets most and least through.
#[track_caller]
fn row(text: &str, expected: &str, best: Tri, worst: Tri) {
    let world = World::new();
    let program = compile(text, &world.scope()).unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"));
    let found = program.outcomes(&world, |path| matches!(path, Path::Resource(_)));
    let named = [(Tri::True, 'T'), (Tri::False, 'F'), (Tri::Unknown, 'U')];
    let letters: String =
        named.into_iter().filter(|(outcome, _)| found.contains(*outcome)).map(|(_, letter)| letter).collect();
    assert_eq!((letters.as_str(), found.best(), found.worst()), (expected, best, worst), "{text}");
}

#[test]
fn what_is_open_may_come_out_either_way() {
    use Tri::{False, True, Unknown};

    // Nothing of these is open. `context` is unsent.
    row("principal.id == 'mia'", "T", True, True);
    row("principal.id == 'ben'", "F", False, False);
    row("context.b", "U", Unknown, Unknown);
    row("resource.type == 'doc'", "T", True, True);
    // Whatever reads it may be anything.
    for text in [
        "resource.b",
        "!resource.b",
        "has(resource.s)",
        "resource.i + 1 > 7",
        "resource.i - 1 > 7",
        "-resource.i > 7",
        "size(resource.s) == 5",
        "resource.s in ['a']",
        "'a' in resource.tags",
        "'a' in [resource.s]",
        "principal.id in resource.tags",
        "resource.tags.exists(t, t == 'a')",
        "principal.roles.all(r, r == resource.s)",
        "resource.s.startsWith('h')",
        "'hello'.startsWith(resource.s)",
        "timestamp(resource.when) < now",
        "now - duration(resource.span) < now",
        "(resource.b ? 'a' : 'b') == 'a'",
        "(true ? resource.s : 'b') == 'a'",
        "(true ? 'b' : resource.s) == 'a'",
        "tagged",
        "resource.b && true",
        "resource.b || false",
    ] {
        row(text, "TFU", True, False);
    }
    // What follows from the rest is worked out.
    row("resource.b && principal.id == 'ben'", "F", False, False);
    row("principal.id == 'ben' && resource.b", "F", False, False);
    row("resource.b || principal.id == 'mia'", "T", True, True);
    row("!(resource.b && principal.id == 'ben')", "T", True, True);
    row("resource.b && context.b", "FU", Unknown, False);
    row("resource.b || context.b", "TU", True, Unknown);
    row("!(resource.b && context.b)", "TU", True, Unknown);
    row("!(resource.b || context.b)", "FU", Unknown, False);
    row("resource.b && context.b && principal.id == 'ben'", "F", False, False);
    // A choice is between what its condition may come to.
    row("principal.id == 'mia' ? true : resource.b", "T", True, True);
    row("principal.id == 'ben' ? true : resource.b", "TFU", True, False);
    row("principal.id == 'mia' ? resource.b : true", "TFU", True, False);
    row("resource.b ? true : true", "TU", True, Unknown);
    row("resource.b ? false : false", "FU", Unknown, False);
    row("resource.b ? true : false", "TFU", True, False);
    row("context.b ? resource.b : true", "U", Unknown, Unknown);
}

#[test]
fn any_is_every_outcome() {
    for outcome in [Tri::True, Tri::False, Tri::Unknown] {
        assert!(Outcomes::ANY.contains(outcome));
        let only = Outcomes::only(outcome);
        for other in [Tri::True, Tri::False, Tri::Unknown] {
            assert_eq!(only.contains(other), outcome == other);
        }
        assert_eq!((only.best(), only.worst()), (outcome, outcome));
    }
}
