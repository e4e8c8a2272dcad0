//! What conditions read, assembled from the snapshot and the question.

use super::admit::{AdmittedTarget, Caller, TargetRoles, Who};
use super::roles::{GroupList, RoleList};
use crate::condition::{AttributeIx, Facts, Path, Program, Tri};
use crate::model::{Fact, List, Text, Timestamp, Value, ValueRef};
use crate::snapshot::index::GroupIx;
use crate::snapshot::model::{Builtin, Model};
use crate::snapshot::tenant::{Frame, Tenant};

/// One question, with all that deciding it needs at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) model: &'a Model,
    pub(super) tenant: &'a Tenant,
    pub(super) caller: &'a Caller<'a>,
    pub(super) target: &'a AdmittedTarget<'a>,
    pub(super) now: Timestamp,
    /// The roles that the principal holds now.
    pub(super) roles: RoleList<'a>,
    /// The groups it is in.
    pub(super) groups: GroupList<'a>,
    /// What is asked about is every resource of the type, and this is how what is
    /// open about them is read.
    pub(super) bound: Option<Bound>,
    target_roles: Option<RoleList<'a>>,
}

/// How what is open is read when every resource of a type is asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bound {
    /// As whoever asks would wish it: what is denied then is denied always.
    Upper,
    /// As they would fear it: what is allowed then is allowed always.
    Lower,
}

/// A context and the params of the switch that a restriction is read with.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'v, 'a> {
    pub(super) context: &'v Context<'a>,
    pub(super) params: &'v [Value],
}

impl<'a> Context<'a> {
    /// Assembles a question. The caller must be of the same snapshot.
    pub(super) fn new(
        model: &'a Model,
        tenant: &'a Tenant,
        caller: &'a Caller<'a>,
        target: &'a AdmittedTarget<'a>,
        now: Timestamp,
    ) -> Self {
        let frame: &'a Frame = &tenant.frame;
        let closure = |ix| frame.role(model, ix).map(|role| &*role.closure);
        let (sets, groups): (_, &'a [GroupIx]) = match caller.who {
            Who::Member { standing: Some(standing), .. } => {
                let standing = standing.at(now);
                ([Some(&standing.roles), None], &standing.groups)
            }
            Who::Member { standing: None, .. } => ([closure(model.everyone), closure(model.anyone)], &[]),
            Who::App(_) | Who::AbsentApp | Who::Stranger => ([closure(model.anyone), None], &[]),
        };
        let more = if matches!(caller.who, Who::Member { .. }) { caller.asserted.as_slice() } else { &[] };
        Self {
            model,
            tenant,
            caller,
            target,
            now,
            roles: RoleList { model, frame, sets, more },
            groups: GroupList { frame, groups },
            bound: None,
            target_roles: target_roles(model, frame, target, now),
        }
    }

    /// The same question, about every resource of the type that fits what was
    /// sent of one.
    pub(super) const fn bounded(self, bound: Bound) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// Whether it depends on the resource what a name stands for.
    fn is_open(&self, path: Path) -> bool {
        match path {
            Path::ResourceId | Path::ResourceKey => true,
            Path::Resource(name) => {
                let row = self.model.kind(self.target.kind);
                let declared = row.is_some_and(|row| row.attributes.get(name).is_some());
                self.is_builtin(name) || (declared && self.target.sent.get(name).is_none())
            }
            _ => false,
        }
    }

    /// Whether a name is a built-in attribute of the resource's type.
    fn is_builtin(&self, name: AttributeIx) -> bool {
        let builtin = self.model.builtin_names;
        match self.model.kind(self.target.kind).and_then(|row| row.builtin) {
            Some(Builtin::Member | Builtin::Group) => builtin.roles == Some(name),
            Some(Builtin::Role) => [builtin.roles, builtin.builtin, builtin.reserved].contains(&Some(name)),
            Some(Builtin::App) | None => false,
        }
    }

    /// The same caller at the same instant, asked about something else.
    pub(super) fn about<'b>(&self, target: &'b AdmittedTarget<'b>) -> Context<'b>
    where
        'a: 'b,
    {
        let target_roles = target_roles(self.model, &self.tenant.frame, target, self.now);
        Context { target, target_roles, bound: None, ..*self }
    }

    /// The facts for a condition without params.
    pub(super) const fn view(&self) -> View<'_, 'a> {
        View { context: self, params: &[] }
    }

    fn principal(&self, name: AttributeIx) -> Fact<'_> {
        let row = self.model.principal_types.get(self.caller.kind.at());
        let Some(attribute) = row.and_then(|row| row.attributes.get(name)) else { return Fact::Null };
        if attribute.from_request
            && let Some(sent) = self.caller.sent.get(name)
        {
            return known(sent);
        }
        let stored = match self.caller.who {
            Who::Member { row: Some(member), .. } => {
                member.extra.as_ref().and_then(|extra| extra.attributes.get(name))
            }
            Who::App(install) => install.attributes.get(name),
            Who::Member { row: None, .. } | Who::AbsentApp | Who::Stranger => None,
        };
        match stored {
            Some(value) => known(value.as_ref()),
            None if attribute.from_request => Fact::Unsent,
            None => Fact::Null,
        }
    }

    fn resource(&self, name: AttributeIx) -> Fact<'_> {
        let target = self.target;
        let row = self.model.kind(target.kind);
        let flag = |flag: Option<bool>| flag.map_or(Fact::Unsent, |flag| Fact::Value(ValueRef::Bool(flag)));
        let builtin = self.model.builtin_names;
        match row.and_then(|row| row.builtin) {
            Some(Builtin::Member | Builtin::Role | Builtin::Group) if builtin.roles == Some(name) => {
                return match &self.target_roles {
                    Some(roles) => Fact::Value(ValueRef::List(List::Names(roles))),
                    None if matches!(target.roles, TargetRoles::Null) => Fact::Null,
                    None => Fact::Unsent,
                };
            }
            Some(Builtin::Role) if builtin.builtin == Some(name) => {
                return flag(target.role_flags.map(|(builtin, _)| builtin));
            }
            Some(Builtin::Role) if builtin.reserved == Some(name) => {
                return flag(target.role_flags.map(|(_, reserved)| reserved));
            }
            _ => {}
        }
        if row.and_then(|row| row.attributes.get(name)).is_none() {
            return Fact::Null;
        }
        if let Some(sent) = target.sent.get(name) {
            return known(sent);
        }
        target
            .registered
            .and_then(|resource| resource.attributes.get(name))
            .map_or(Fact::Unsent, |value| known(value.as_ref()))
    }
}

impl View<'_, '_> {
    /// What a condition comes to.
    pub(super) fn evaluate(&self, program: &Program) -> Tri {
        let outcomes = || program.outcomes(self, |path| self.context.is_open(path));
        match self.context.bound {
            None => program.evaluate(self),
            Some(Bound::Upper) => outcomes().best(),
            Some(Bound::Lower) => outcomes().worst(),
        }
    }
}

impl Facts for View<'_, '_> {
    fn fact(&self, path: Path) -> Fact<'_> {
        let Context { caller, target, model, .. } = self.context;
        let text = |text| Fact::Value(ValueRef::Text(text));
        let key = |kind, id| text(Text::Key { kind, id });
        match path {
            Path::PrincipalType => text(Text::plain(caller.key.kind)),
            Path::PrincipalId | Path::PrincipalKey if caller.nameless => Fact::Unsent,
            Path::PrincipalId => text(Text::plain(caller.key.id)),
            Path::PrincipalKey => key(caller.key.kind, caller.key.id),
            Path::PrincipalRoles => Fact::Value(ValueRef::List(List::Names(&self.context.roles))),
            Path::PrincipalGroups => Fact::Value(ValueRef::List(List::Names(&self.context.groups))),
            Path::Principal(name) => self.context.principal(name),
            Path::ResourceType => text(Text::plain(target.kind_name)),
            Path::ResourceId => target.id.map_or(Fact::Unsent, |id| text(Text::plain(id))),
            Path::ResourceKey => target.id.map_or(Fact::Unsent, |id| key(target.kind_name, id)),
            Path::Resource(name) => self.context.resource(name),
            Path::Context(name) => match caller.context.get(name) {
                Some(sent) => known(sent),
                None if model.context.get(name).is_some() => Fact::Unsent,
                None => Fact::Null,
            },
            Path::Param(ix) => usize::try_from(ix.0)
                .ok()
                .and_then(|at| self.params.get(at))
                .map_or(Fact::Null, |value| known(value.as_ref())),
            Path::AppId => caller.app.map_or(Fact::Null, |app| text(Text::plain(app.key.id))),
            Path::AppKey => caller.app.map_or(Fact::Null, |app| key(app.key.kind, app.key.id)),
            Path::App(name) => caller
                .app
                .and_then(|app| app.attributes)
                .and_then(|attributes| attributes.get(name))
                .map_or(Fact::Null, |value| known(value.as_ref())),
            Path::Now => Fact::Value(ValueRef::Timestamp(self.context.now)),
        }
    }
}

const fn known(value: Option<ValueRef<'_>>) -> Fact<'_> {
    match value {
        Some(value) => Fact::Value(value),
        None => Fact::Null,
    }
}

fn target_roles<'b>(
    model: &'b Model,
    frame: &'b Frame,
    target: &'b AdmittedTarget<'b>,
    now: Timestamp,
) -> Option<RoleList<'b>> {
    let list = |set, more| Some(RoleList { model, frame, sets: [set, None], more });
    match &target.roles {
        TargetRoles::Unsent | TargetRoles::Null => None,
        TargetRoles::Member(member) => list(Some(&member.standing.at(now).roles), &[]),
        TargetRoles::Set(set) => list(Some(*set), &[]),
        TargetRoles::Sent(roles) => list(None, roles.as_slice()),
    }
}
