//! The part of the table that is about pushes.

use std::slice;

use tonic::Code;

use super::{TEXT_BYTES, Told, clipped, tell_faults};
use crate::document::Part;
use crate::model::Revision;
use crate::rpc::refusal::Refusal;
use crate::sync::push::Refused;
use crate::wire::api::ErrorReason;

/// Tells why a push was not looked at.
pub(super) fn tell(refused: &Refused) -> Told {
    let failed = |reason, message: String| Told::plain(Code::FailedPrecondition, reason, message);
    match refused {
        Refused::Header(fault) => tell_faults(slice::from_ref(fault)),
        Refused::Overloaded { limit } => super::tell(&Refusal::Overloaded { limit }),
        Refused::Internal => super::tell(&Refusal::Internal),
        Refused::NeedFull { held } => Told {
            metadata: vec![("held", text(*held))],
            ..failed(
                ErrorReason::NeedFull,
                match held {
                    Some(held) => format!("revision {held} is held, and the set was made against another"),
                    None => "nothing is held that a set could be made against: push the whole".to_owned(),
                },
            )
        },
        Refused::Stale { held } => Told {
            metadata: vec![("held", held.to_string())],
            ..failed(
                ErrorReason::StaleRevision,
                format!("the set is not newer than revision {held}, which is held"),
            )
        },
        Refused::Conflict { revision } => Told {
            metadata: vec![("revision", revision.to_string())],
            ..failed(
                ErrorReason::RevisionConflict,
                format!("another set was applied with revision {revision}"),
            )
        },
        Refused::PartChanged { part, revision } => {
            let part = clipped(&name(part), TEXT_BYTES);
            let message = match revision {
                Some(revision) => format!("`{part}` is at revision {revision}, not where it was expected"),
                None => format!("there is no `{part}`"),
            };
            Told {
                metadata: vec![("part", part), ("revision", text(*revision))],
                ..Told::plain(Code::Aborted, ErrorReason::PartChanged, message)
            }
        }
        Refused::Shrinks { held, offered } => Told {
            metadata: vec![("held", held.to_string()), ("offered", offered.to_string())],
            ..failed(
                ErrorReason::Shrinks,
                format!("{offered} tenants would be left of {held}, and the load does not say `shrink`"),
            )
        },
        Refused::Superseded => Told::plain(
            Code::Aborted,
            ErrorReason::Superseded,
            "a newer whole load took the place of this one".to_owned(),
        ),
        Refused::NotHeld => Told::plain(
            Code::NotFound,
            ErrorReason::NotHeld,
            "that revision is not held any more, or the tenant did not exist then".to_owned(),
        ),
    }
}

/// A part as paths have it.
fn name(part: &Part) -> String {
    match part {
        Part::Model => "model".to_owned(),
        Part::Tenant(id) => format!("tenants[{id}]"),
        Part::App(app) => format!("apps[{app}]"),
    }
}

fn text(revision: Option<Revision>) -> String {
    revision.map_or_else(|| "none".to_owned(), |revision| revision.to_string())
}
