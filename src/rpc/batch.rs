//! BatchCheck: many questions, answered from one snapshot at one instant.
//!
//! What is wrong with an item is that item's error, what is wrong with the call
//! is the call's: items are admitted only after everything they share has been.

use super::answer::{answer, as_new_as, basis, fits};
use super::deadline::Deadline;
use super::limits::Limits;
use super::refusal::{Refusal, absorb};
use super::shared::Shared;
use crate::decide::{Call, Caller, FieldFault, Request, admit};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::telemetry::Rpc;
use crate::wire::{self, api, question, status};

/// Answers a BatchCheck from one snapshot, at one instant.
pub(super) fn batch(
    snapshot: &Snapshot,
    now: Timestamp,
    shared: &Shared,
    deadline: Option<Deadline>,
    request: &api::BatchCheckRequest,
) -> Result<api::BatchCheckResponse, Refusal> {
    let limits = &shared.limits;
    not_too_many(&request.items, limits)?;
    let (asked, mut faults) = question::batch(request);
    if faults.is_empty() {
        // Before admission: what an older policy does not know may be no fault.
        as_new_as(snapshot, asked.at_least, &limits.revisions)?;
    }
    let caller = if asked.anonymous {
        // Every item says who asks; the rest of the call is looked at all the same.
        admit::anonymous(snapshot, &asked.call, &limits.question).map(|_| None)
    } else {
        admit::caller(snapshot, &asked.call, &limits.question).map(Some)
    };
    let caller = caller.unwrap_or_else(|more| {
        absorb(&mut faults, more);
        None
    });
    if !faults.is_empty() {
        return Err(Refusal::Fields(faults));
    }
    if let Some(caller) = &caller {
        shared.metrics.ignored(caller.ignored());
    }

    let scene = Scene {
        snapshot,
        now,
        shared,
        deadline,
        call: &asked.call,
        caller: caller.as_ref(),
        explain: asked.explain,
    };
    let mut items = Vec::with_capacity(asked.items.len());
    for (index, sent) in asked.items.iter().enumerate() {
        let (results, error) = match scene.item(sent) {
            Ok(results) => (results, None),
            Err(Unanswered::Late) => return Err(Refusal::DeadlineExceeded),
            Err(Unanswered::Faults(faults)) => {
                let refusal = Refusal::Fields(at_item(index, faults));
                shared.count(&refusal);
                (Vec::new(), Some(status::item_status(&refusal)))
            }
        };
        items.push(api::BatchCheckItemResult { id: sent.id.clone(), results, error });
    }
    let response = wire::answer::batch(items, basis(snapshot, asked.call.tenant));
    fits(response, limits.response())
}

/// What the items of a batch share.
struct Scene<'a> {
    snapshot: &'a Snapshot,
    now: Timestamp,
    shared: &'a Shared,
    deadline: Option<Deadline>,
    call: &'a Call<'a>,
    /// `None` when the call names no principal.
    caller: Option<&'a Caller<'a>>,
    explain: bool,
}

/// Why an item has no answers.
enum Unanswered {
    /// What is wrong with it.
    Faults(Vec<FieldFault>),
    /// The call's time is up.
    Late,
}

impl From<Vec<FieldFault>> for Unanswered {
    fn from(faults: Vec<FieldFault>) -> Self {
        Self::Faults(faults)
    }
}

/// After so many answers it is asked whether there is time left.
const STRETCH: usize = 32;

impl Scene<'_> {
    fn item(&self, sent: &api::BatchCheckItem) -> Result<Vec<api::ActionResult>, Unanswered> {
        let (item, mut faults) = question::item(sent);
        let limits = &self.shared.limits.question;
        if sent.id.len() > limits.id_bytes {
            faults.push(FieldFault::over("id", "id_bytes", limits.id_bytes));
        }
        let answered = match (item.principal, self.caller) {
            (Some(principal), _) => {
                let context = self.call.context.clone();
                let call = Call { tenant: self.call.tenant, principal, context, via: self.call.via.clone() };
                let caller = admit::caller(self.snapshot, &call, limits).map_err(Unanswered::Faults);
                caller.and_then(|caller| {
                    self.shared.metrics.ignored(caller.ignored());
                    self.actions(&caller, &item.target, item.actions)
                })
            }
            (None, Some(caller)) => self.actions(caller, &item.target, item.actions),
            // Refused with the call already; an item is not to be allowed by that.
            (None, None) => Err(vec![FieldFault::missing("principal")].into()),
        };
        match answered {
            Ok(results) if faults.is_empty() => Ok(results),
            Ok(_) => Err(faults.into()),
            Err(Unanswered::Faults(more)) => {
                absorb(&mut faults, more);
                Err(faults.into())
            }
            Err(Unanswered::Late) => Err(Unanswered::Late),
        }
    }

    fn actions(
        &self,
        caller: &Caller<'_>,
        target: &crate::decide::Target<'_>,
        actions: &[String],
    ) -> Result<Vec<api::ActionResult>, Unanswered> {
        let target = admit::target(self.snapshot, caller, target, &self.shared.limits.question)?;
        self.shared.metrics.ignored(target.ignored());
        let mut permissions = Vec::with_capacity(actions.len());
        let mut faults = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            match admit::action(self.snapshot, &target, action) {
                Ok(permission) => permissions.push((action, permission)),
                Err(fault) => faults.push(FieldFault { field: format!("actions[{index}]"), ..fault }),
            }
        }
        if !faults.is_empty() {
            return Err(faults.into());
        }
        let results = permissions.into_iter().enumerate().map(|(index, (action, permission))| {
            if index % STRETCH == 0 && self.deadline.is_some_and(Deadline::passed) {
                return Err(Unanswered::Late);
            }
            let request = Request { caller, target: &target, permission };
            let answer = answer(self.snapshot, request, self.now, self.explain);
            self.shared.metrics.decided(Rpc::Batch, answer.decision.reason);
            Ok(wire::answer::result(action, answer))
        });
        results.collect()
    }
}

/// An item counts once for each action, and once without any.
fn not_too_many(items: &[api::BatchCheckItem], limits: &Limits) -> Result<(), Refusal> {
    let checks = items.iter().fold(0_usize, |checks, item| checks.saturating_add(item.actions.len().max(1)));
    if checks <= limits.batch_checks {
        return Ok(());
    }
    let message = format!("{checks} questions, over the limit `batch_checks` of {}", limits.batch_checks);
    Err(Refusal::Fields(vec![FieldFault::of_limit("items", "batch_checks", message)]))
}

fn at_item(index: usize, faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let prefixed =
        |fault: FieldFault| FieldFault { field: format!("items[{index}].{}", fault.field), ..fault };
    faults.into_iter().map(prefixed).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::clock::Clock;
    use crate::document::{PolicyLimits, load};
    use crate::lifecycle::Freshness;
    use crate::model::Revision;
    use crate::policy_dir;

    #[tokio::test]
    async fn f25_a_batch_stops_when_its_time_is_up() {
        let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies/helpdesk");
        let sources = policy_dir::read_policy(&policy).unwrap();
        let checked = load(&sources, &PolicyLimits::default()).checked.unwrap();
        let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
        let shared = Shared::new(Clock::System, Limits::default(), Freshness::default());
        let item = api::BatchCheckItem {
            resource: Some(api::Resource { r#type: "inbox".to_owned(), ..api::Resource::default() }),
            actions: vec!["view".to_owned(); STRETCH + 1],
            ..api::BatchCheckItem::default()
        };
        let request = api::BatchCheckRequest {
            tenant: "acme".to_owned(),
            principal: Some(api::Principal {
                r#type: "user".to_owned(),
                id: "ana".to_owned(),
                ..api::Principal::default()
            }),
            items: vec![item; 3],
            ..api::BatchCheckRequest::default()
        };
        let answered = |deadline| {
            batch(&snapshot, shared.clock.now(), &shared, deadline, &request).map(|all| all.items.len())
        };
        let now = Instant::now();
        assert_eq!(answered(Some(Deadline(now))), Err(Refusal::DeadlineExceeded));
        assert_eq!(answered(Some(Deadline(now + Duration::from_secs(60)))), Ok(3));
        assert_eq!(answered(None), Ok(3));
    }
}
