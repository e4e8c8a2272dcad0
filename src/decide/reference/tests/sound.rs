//! What is accepted is sound: it answers every well-formed question, and it is the
//! same after every way it can be told and read again.

use super::deltas::same;
use super::laws::{compiled, worlds};
use super::{answer, compile};
use crate::decide::reference::world::{World, ask};
use crate::decide::{Extent, Reason, Request, RequestLimits, admit, explain, list};
use crate::document::definition::Policy;
use crate::document::place::Spanned;
use crate::document::{Change, diff};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Rules;

/// Cedar's theorem of validation, for what there is here instead of errors: unknown is
/// for want of an attribute that is named, and never of a type that does not fit.
#[test]
fn i20_what_is_accepted_answers_every_well_formed_question() {
    let (mut asked_in_all, mut missing, mut extents) = (0, 0, 0);
    for mut world in worlds(250) {
        world.dials.faults = 0;
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 40) {
            let (call, target) = (asked.question.call(), asked.question.target());
            let limits = RequestLimits::default();
            let admitted = admit::question(&snapshot, &call, &target, &asked.question.action, &limits);
            let admitted = admitted.unwrap_or_else(|faults| panic!("seed {}: {faults:?}", world.seed));
            let request = admitted.request();
            let (_, explanation) = explain(&snapshot, request, asked.now);
            assert_eq!(explanation.steps.len(), 9, "seed {}", world.seed);
            let told = answer(&snapshot, &asked.question, asked.now).expect("admitted before");
            if told.reason == Reason::MissingAttribute {
                let named = !told.missing.is_empty() || computes(&world.policy);
                assert!(named, "seed {}: nothing is missing: {:?}", world.seed, asked.question);
                missing += 1;
            }
            let mut bare = target.clone();
            bare.id = None;
            let bare = admit::target(&snapshot, request.caller, &bare, &limits).expect("less is asked");
            let all = Request { target: &bare, ..request };
            extents += usize::from(list::extent(&snapshot, all, asked.now) == Extent::Conditional);
            asked_in_all += 1;
        }
    }
    assert!(asked_in_all == 10_000 && missing > 300 && extents > 300, "{asked_in_all} {missing} {extents}");
}

/// Whether some condition computes, which may come to nothing by itself: by overflow,
/// or of a text that is no instant.
fn computes(policy: &Policy) -> bool {
    let text = format!("{policy:?}");
    ["+", " - ", "-(", "timestamp(", "duration("].iter().any(|word| text.contains(word))
}

#[test]
fn i19_what_is_told_of_a_tenant_is_what_was_put() {
    let rules = Rules { lenient: true, ..Rules::default() };
    for world in worlds(200) {
        let held = compiled(&world.policy);
        let told = told(&world, &held);
        // What is told is accepted as documents are, and comes to the same.
        let again = compile(&told).unwrap_or_else(|refusal| panic!("seed {}: {refusal}", world.seed));
        same(&again, &held, world.seed);
        // Telling it again tells nothing else.
        assert_eq!(self::told(&world, &again), told, "seed {}", world.seed);
        // Putting it changes nothing, neither where it is nor where nothing was.
        let put = |from: &Snapshot| {
            let changes =
                told.tenants.values().map(|tenant| Change::PutTenant(Box::new(tenant.value.clone())));
            let changes = changes.map(Spanned::nowhere).collect();
            from.apply(Revision::new(1, 2), changes, &rules).expect("it was held").snapshot
        };
        same(&put(&held), &held, world.seed);
        let bare = compiled(&Policy { tenants: Default::default(), ..world.policy.clone() });
        same(&put(&bare), &held, world.seed);
        // Nor does what is told of a tenant in pieces.
        let pieces = told.tenants.values().flat_map(|tenant| diff::pieces(&tenant.value));
        let pieces = pieces.map(Spanned::nowhere).collect();
        let brought = bare.apply(Revision::new(1, 2), pieces, &rules).expect("it was held").snapshot;
        same(&brought, &held, world.seed);
    }
}

/// The policy that a snapshot says it holds.
fn told(world: &World, held: &Snapshot) -> Policy {
    let tenants =
        held.tenants_after(None).map(|id| (id.to_owned(), held.tenant_content(id).expect("listed")));
    let apps = held.apps().into_iter().map(|(key, app, _)| (key, Spanned::nowhere(app.clone())));
    Policy {
        model: world.policy.model.clone(),
        tenants: tenants.map(|(id, tenant)| (id, Spanned::nowhere(tenant))).collect(),
        apps: apps.collect(),
    }
}
