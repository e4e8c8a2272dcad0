//! Walking to one place of a policy, and changing what stands there.
//!
//! INVARIANT: a walk changes nothing but its one place. A walk that comes by
//! fewer places than it was sent to changes nothing, and has no mutant.

use std::collections::BTreeMap;
use std::fmt::{Arguments, Display};

use super::catalogue::Catalogue;
use crate::document::definition::{Entry, Expression, When};
use crate::document::{Place, Spanned};
use crate::model::Pattern;

/// The kinds of change.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names say it; `name` spells them for people")]
pub enum Kind {
    DropGrant,
    NarrowGrant,
    AddPermission,
    DropDeny,
    DropRestriction,
    DropSwitch,
    DropExemption,
    DropGate,
    DropExcept,
    DropHidden,
    DropExtends,
    DropAuthority,
    DropReserved,
    DropFeature,
    DropParent,
    DropDeadline,
    DropCondition,
    NegateCondition,
    FlipPlan,
    FlipPrecedence,
    FlipReview,
    FlipRequestSource,
}

/// A policy with one single change: what changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mutant {
    /// The kind of change.
    pub kind: Kind,
    /// The change, for people.
    pub change: String,
}

/// A walk to the nth place.
#[derive(Debug)]
pub(super) struct Pick {
    left: usize,
    mutant: Option<Mutant>,
}

impl Kind {
    /// The kind for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DropGrant => "drop a grant",
            Self::NarrowGrant => "narrow a grant",
            Self::AddPermission => "add a permission",
            Self::DropDeny => "drop a deny",
            Self::DropRestriction => "drop a restriction",
            Self::DropSwitch => "drop a switch",
            Self::DropExemption => "drop an exemption",
            Self::DropGate => "drop a gate",
            Self::DropExcept => "drop an except",
            Self::DropHidden => "drop a hidden_without",
            Self::DropExtends => "drop an extends",
            Self::DropAuthority => "drop an authority",
            Self::DropReserved => "drop a reserved name",
            Self::DropFeature => "drop a feature's permission",
            Self::DropParent => "drop a parent",
            Self::DropDeadline => "drop a deadline",
            Self::DropCondition => "drop a condition",
            Self::NegateCondition => "negate a condition",
            Self::FlipPlan => "flip a plan switch",
            Self::FlipPrecedence => "flip a precedence",
            Self::FlipReview => "flip a review",
            Self::FlipRequestSource => "flip a request source",
        }
    }
}

impl Pick {
    /// A walk that changes the nth place, counted from 0.
    pub(super) const fn nth(nth: usize) -> Self {
        Self { left: nth, mutant: None }
    }

    /// What was changed, if the walk came by enough places.
    pub(super) fn into_mutant(self) -> Option<Mutant> {
        self.mutant
    }

    /// Passes one place; true when it is the one to change.
    pub(super) fn here(&mut self, kind: Kind, change: Arguments<'_>) -> bool {
        if self.mutant.is_some() {
            return false;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.mutant = Some(Mutant { kind, change: change.to_string() });
            return true;
        };
        self.left = left;
        false
    }

    /// Each item of a list goes.
    pub(super) fn drop_item<T: Display>(
        &mut self,
        kind: Kind,
        of: Arguments<'_>,
        items: &mut Vec<Spanned<T>>,
    ) {
        let at = items.iter().position(|item| self.here(kind, format_args!("{of} loses `{}`", item.value)));
        if let Some(at) = at {
            items.remove(at);
        }
    }

    /// Each key of a map goes, with what it stands for.
    pub(super) fn drop_key<K: Display + Ord + Clone, V>(
        &mut self,
        kind: Kind,
        of: Arguments<'_>,
        map: &mut BTreeMap<K, V>,
    ) {
        let gone = map.keys().find(|key| self.here(kind, format_args!("{of} loses `{key}`"))).cloned();
        if let Some(gone) = gone {
            map.remove(&gone);
        }
    }

    /// What may be left out is left out.
    pub(super) fn clear<T>(&mut self, kind: Kind, of: Arguments<'_>, slot: &mut Option<T>) {
        if slot.is_some() && self.here(kind, of) {
            *slot = None;
        }
    }

    /// Each pattern goes, and each wide one stops covering one permission.
    pub(super) fn patterns(
        &mut self,
        kind: Kind,
        of: Arguments<'_>,
        catalogue: &Catalogue,
        items: &mut Vec<Spanned<Pattern>>,
    ) {
        self.drop_item(kind, of, items);
        let kind = if kind == Kind::DropGrant { Kind::NarrowGrant } else { kind };
        self.narrow((kind, of), catalogue, &|_| false, items);
    }

    /// Each grant, exception and condition of an `allow`.
    /// `anyway` is what every holder has all the same.
    pub(super) fn entries(
        &mut self,
        of: Arguments<'_>,
        catalogue: &Catalogue,
        anyway: &[Pattern],
        entries: &mut Vec<Entry>,
    ) {
        for entry in entries.iter_mut() {
            self.drop_item(Kind::DropGrant, of, &mut entry.permissions);
            let Entry { permissions, except, when, .. } = entry;
            let spared = |gone: &Pattern| {
                except.iter().any(|taken| catalogue.covers(taken, gone))
                    || (*when == When::Always && anyway.contains(gone))
            };
            self.narrow((Kind::NarrowGrant, of), catalogue, &spared, permissions);
            self.drop_item(Kind::DropExcept, of, &mut entry.except);
            self.when(of, &mut entry.when);
        }
        entries.retain(|entry| !entry.permissions.is_empty());
    }

    /// Each wide pattern stops covering one permission, unless something else
    /// in the list covers it as well or it is `spared`.
    pub(super) fn narrow(
        &mut self,
        (kind, of): (Kind, Arguments<'_>),
        catalogue: &Catalogue,
        spared: &dyn Fn(&Pattern) -> bool,
        items: &mut Vec<Spanned<Pattern>>,
    ) {
        let mut change = None;
        for (at, item) in items.iter().enumerate() {
            for gone in catalogue.wide(item) {
                let mut others = items.iter().filter(|other| *other != item);
                let lost = !spared(gone) && !others.any(|other| catalogue.covers(other, gone));
                if lost && self.here(kind, format_args!("{of}: `{}` covers `{gone}` no more", item.value)) {
                    change = Some((at, gone));
                }
            }
        }
        if let Some((at, gone)) = change
            && let Some(item) = items.get(at)
        {
            let kept = catalogue.wide(item).iter().filter(|kept| *kept != gone);
            let kept: Vec<_> = kept.map(|kept| Spanned::nowhere(kept.clone())).collect();
            items.splice(at..=at, kept);
        }
    }

    /// A condition is turned round, or goes.
    pub(super) fn when(&mut self, of: Arguments<'_>, when: &mut When) {
        match when {
            When::Always => {}
            When::Expression(expression) => {
                self.negate(of, expression);
                if self.here(Kind::DropCondition, format_args!("{of}: `when` goes")) {
                    *when = When::Always;
                }
            }
            When::Conditions(names) => {
                self.drop_item(Kind::DropCondition, of, names);
                if names.is_empty() {
                    *when = When::Always;
                }
            }
        }
    }

    /// A condition is turned round.
    pub(super) fn negate(&mut self, of: Arguments<'_>, expression: &mut Expression) {
        if self.here(Kind::NegateCondition, format_args!("{of}: `{}` is negated", expression.text)) {
            let text = format!("!({})", expression.text);
            *expression = Expression { at: Place::NOWHERE, text, offsets: Vec::new() };
        }
    }
}
