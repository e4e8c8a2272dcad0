//! Who asks: the tenant, the principal, and through what it acts, resolved.

use smallvec::SmallVec;

use super::RequestLimits;
use super::attributes::{self, Known, Load, Sent};
use super::fault::{self, FaultKind, FieldFault, shown};
use crate::decide::question::{Call, KeyRef, Via};
use crate::model::key::is_label;
use crate::snapshot::Snapshot;
use crate::snapshot::index::{PartIx, PrincipalTypeIx, RoleIx};
use crate::snapshot::model::ScopeModes;
use crate::snapshot::tenant::{App, Install, Member, Standing, Stored, Tenant};

/// Who asks, resolved. Serves any number of questions of one snapshot.
#[derive(Debug)]
pub struct Caller<'a> {
    pub(in crate::decide) tenant: Option<&'a Tenant>,
    /// There is none because its document has faults.
    pub(in crate::decide) tenant_is_invalid: bool,
    pub(in crate::decide) key: KeyRef<'a>,
    /// Stands for every principal of its type that the tenant does not know; then
    /// the id is empty and nothing may be concluded from it.
    pub(in crate::decide) nameless: bool,
    pub(in crate::decide) kind: PrincipalTypeIx,
    pub(in crate::decide) who: Who<'a>,
    /// Roles asserted that the tenant has.
    pub(in crate::decide) asserted: SmallVec<[RoleIx; 4]>,
    /// Attributes of the principal that it may send itself.
    pub(in crate::decide) sent: Sent<'a>,
    pub(in crate::decide) context: Sent<'a>,
    pub(in crate::decide) acting: Acting<'a>,
    /// The scope parts in force, in order.
    pub(in crate::decide) parts: SmallVec<[PartIx; 8]>,
    /// The app that `app.*` in conditions is about.
    pub(in crate::decide) app: Option<AppFacts<'a>>,
    pub(in crate::decide) ignored: Vec<String>,
    pub(super) load: Load,
}

/// What the principal is to the tenant.
#[derive(Clone, Copy, Debug)]
pub(in crate::decide) enum Who<'a> {
    /// A member; without a row when only asserted roles make it one. The
    /// standing is what it holds but for asserted roles.
    Member { row: Option<&'a Member>, standing: Option<&'a Standing> },
    /// An app, installed and approved.
    App(&'a Install),
    /// An app that is not.
    AbsentApp,
    /// Anyone else.
    Stranger,
}

/// Through what the principal acts.
#[derive(Clone, Copy, Debug)]
pub(in crate::decide) enum Acting<'a> {
    /// By itself.
    Itself,
    /// Through an app.
    App {
        key: KeyRef<'a>,
        kind: PrincipalTypeIx,
        /// Installed and approved.
        installed: bool,
    },
    /// Through a personal token.
    Token,
}

/// What conditions may read of an app.
#[derive(Clone, Copy, Debug)]
pub(in crate::decide) struct AppFacts<'a> {
    pub(in crate::decide) key: KeyRef<'a>,
    pub(in crate::decide) attributes: Option<&'a Stored>,
}

impl<'a> Caller<'a> {
    /// The same call by a principal that the tenant knows, who says nothing of
    /// itself.
    pub(in crate::decide) fn by(
        &self,
        snapshot: &'a Snapshot,
        kind: PrincipalTypeIx,
        id: &'a str,
    ) -> Caller<'a> {
        let mut caller = self.without_ignored();
        let key = KeyRef { kind: snapshot.model().principal_kind_name(kind), id };
        known_as(snapshot, kind, key, &mut caller);
        caller
    }

    /// The same call by any principal of a type that the tenant does not know.
    pub(in crate::decide) fn by_anyone(&self, snapshot: &'a Snapshot, kind: PrincipalTypeIx) -> Caller<'a> {
        let key = KeyRef { kind: snapshot.model().principal_kind_name(kind), id: "" };
        Caller { key, kind, nameless: true, who: Who::Stranger, ..self.without_ignored() }
    }

    /// The same, but for the paths of what was ignored, which may be many and are
    /// told once.
    fn without_ignored(&self) -> Self {
        Self {
            ignored: Vec::new(),
            asserted: self.asserted.clone(),
            sent: self.sent.clone(),
            context: self.context.clone(),
            parts: self.parts.clone(),
            ..*self
        }
    }

    /// Whether the principal acts through an app or token.
    pub(in crate::decide) const fn acts_through(&self) -> bool {
        !matches!(self.acting, Acting::Itself)
    }

    /// What was sent and is ignored because nothing declares it: the paths of
    /// attributes, roles and scopes.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

/// Admits who asks.
pub(super) fn admit<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
) -> Result<Caller<'a>, Vec<FieldFault>> {
    admit_with(snapshot, call, limits, principal)
}

/// Admits what a call says besides who asks.
pub(super) fn admit_anonymous<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
) -> Result<Caller<'a>, Vec<FieldFault>> {
    admit_with(snapshot, call, limits, |_, _, _, _, _| ())
}

/// Admits a call part by part; `principal` admits who asks, if anybody does.
fn admit_with<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
    principal: impl FnOnce(&'a Snapshot, &'a Call<'a>, &RequestLimits, &mut Caller<'a>, &mut Vec<FieldFault>),
) -> Result<Caller<'a>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    tenant_grammar(call.tenant, limits, &mut faults);
    let mut caller = nobody(snapshot, call.tenant);
    principal(snapshot, call, limits, &mut caller, &mut faults);
    environment(snapshot, call, limits, &mut caller, &mut faults);
    if faults.is_empty() { Ok(caller) } else { Err(faults) }
}

/// A caller of whom nothing is known yet.
pub(super) fn nobody<'a>(snapshot: &'a Snapshot, tenant: &str) -> Caller<'a> {
    let found = snapshot.tenant(tenant);
    Caller {
        tenant: found,
        tenant_is_invalid: found.is_none() && snapshot.is_quarantined(tenant),
        key: KeyRef::default(),
        nameless: false,
        kind: PrincipalTypeIx(u32::MAX),
        who: Who::Stranger,
        asserted: SmallVec::new(),
        sent: Sent::default(),
        context: Sent::default(),
        acting: Acting::Itself,
        parts: SmallVec::new(),
        app: None,
        ignored: Vec::new(),
        load: Load::default(),
    }
}

/// Admits the principal.
fn principal<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
    caller: &mut Caller<'a>,
    faults: &mut Vec<FieldFault>,
) {
    let model = snapshot.model();
    let key = call.principal.key;
    let kind = principal_type(snapshot, "principal.type", key.kind, limits, faults);
    faults.extend(fault::of_id("principal.id", key.id, limits.id_bytes));
    let row = kind.and_then(|kind| model.principal_types.get(kind.at()));
    let roles = &call.principal.roles;
    if !roles.is_empty() && row.is_some_and(|row| !row.roles_from_request) {
        let message = format!("`{}` takes no roles from requests", key.kind);
        faults.push(FieldFault::new("principal.roles", FaultKind::RolesNotAccepted, message));
    } else if roles.len() > limits.roles {
        faults.push(FieldFault::over("principal.roles", "roles", limits.roles));
    } else {
        for (n, id) in roles.iter().enumerate() {
            if id.len() > limits.id_bytes {
                faults.push(FieldFault::over(format!("principal.roles[{n}]"), "id_bytes", limits.id_bytes));
            }
            let found = caller.tenant.and_then(|tenant| tenant.frame.find_role(model, id));
            match found.filter(|ix| *ix != model.everyone && *ix != model.anyone) {
                Some(ix) if caller.asserted.contains(&ix) => {}
                Some(ix) => caller.asserted.push(ix),
                None => caller.ignored.push(format!("principal.roles[{n}]")),
            }
        }
    }
    let declared = |ix| match row.and_then(|row| row.attributes.get(ix)) {
        Some(attribute) if attribute.from_request => Known::Declared(attribute),
        _ => Known::Ignored,
    };
    caller.sent = attributes::admit(
        "principal.attributes",
        &model.names,
        &call.principal.attributes,
        declared,
        (limits, &mut caller.load),
        (faults, &mut caller.ignored),
    );
    known_as(snapshot, kind.unwrap_or(PrincipalTypeIx(u32::MAX)), key, caller);
}

/// Fills in what the snapshot knows of the principal.
fn known_as<'a>(snapshot: &'a Snapshot, kind: PrincipalTypeIx, key: KeyRef<'a>, caller: &mut Caller<'a>) {
    caller.key = key;
    caller.kind = kind;
    let app = snapshot.app(kind, key.id);
    if let Some(tenant) = caller.tenant {
        caller.who = who(tenant, kind, key.id, app, !caller.asserted.is_empty());
    }
    if let (Who::App(install), Some(app)) = (caller.who, app) {
        caller.parts = in_force(app, install).collect();
        caller.app = Some(AppFacts { key, attributes: Some(&install.attributes) });
    } else if app.is_some() {
        caller.app = Some(AppFacts { key, attributes: None });
    }
}

/// Admits the context, and through what the principal acts.
fn environment<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
    caller: &mut Caller<'a>,
    faults: &mut Vec<FieldFault>,
) {
    let model = snapshot.model();
    caller.context = attributes::admit(
        "context",
        &model.names,
        &call.context,
        |ix| model.context.get(ix).map_or(Known::Ignored, Known::Declared),
        (limits, &mut caller.load),
        (faults, &mut caller.ignored),
    );
    if let Some(via) = &call.via {
        if snapshot.app(caller.kind, caller.key.id).is_some() {
            let message = "an app acts for itself, not through an app or token";
            faults.push(FieldFault::new("via", FaultKind::AppWithVia, message));
        }
        self::via(snapshot, via, limits, caller, faults);
    }
}

fn tenant_grammar(tenant: &str, limits: &RequestLimits, faults: &mut Vec<FieldFault>) {
    if let Some(fault) = fault::of_id("tenant", tenant, limits.id_bytes) {
        faults.push(fault);
    } else if !is_label(tenant) {
        faults.push(FieldFault::new("tenant", FaultKind::Malformed, "has a `:` or `/`"));
    }
}

pub(super) fn principal_type(
    snapshot: &Snapshot,
    field: &str,
    kind: &str,
    limits: &RequestLimits,
    faults: &mut Vec<FieldFault>,
) -> Option<PrincipalTypeIx> {
    let found = snapshot.model().principal_type_names.get(kind).copied();
    if kind.is_empty() {
        faults.push(FieldFault::missing(field));
    } else if kind.len() > limits.id_bytes {
        faults.push(FieldFault::over(field, "id_bytes", limits.id_bytes));
    } else if found.is_none() {
        let message = format!("no principal type `{}`", shown(kind));
        faults.push(FieldFault::new(field, FaultKind::UnknownPrincipalType, message));
    }
    found
}

fn who<'a>(tenant: &'a Tenant, kind: PrincipalTypeIx, id: &str, app: Option<&App>, asserts: bool) -> Who<'a> {
    if let Some(app) = app {
        let install = tenant.installs.get(kind.0, id).filter(|_| app.approved);
        return install.map_or(Who::AbsentApp, |(_, install)| Who::App(install));
    }
    match tenant.members.get(kind.0, id) {
        Some((_, member)) => Who::Member { row: Some(member), standing: Some(&member.standing) },
        None if asserts => {
            let guest = tenant.guests.get(kind.0, id);
            Who::Member { row: None, standing: guest.map(|(_, standing)| standing.as_ref()) }
        }
        None => Who::Stranger,
    }
}

/// What an install grants and the app still asks for.
fn in_force<'a>(app: &'a App, install: &'a Install) -> impl Iterator<Item = PartIx> + 'a {
    install.granted.0.iter().copied().filter(|part| app.requested.binary_search(part).is_ok())
}

fn via<'a>(
    snapshot: &'a Snapshot,
    via: &'a Via<'a>,
    limits: &RequestLimits,
    caller: &mut Caller<'a>,
    faults: &mut Vec<FieldFault>,
) {
    let listed = listed(snapshot, via, limits, &mut caller.ignored, faults);
    let Some(key) = via.app else {
        if via.all_scopes {
            let message = "a personal token has no scopes but those listed";
            faults.push(FieldFault::new("via.all_scopes", FaultKind::AllScopesWithoutApp, message));
        }
        caller.acting = Acting::Token;
        caller.parts = listed;
        return;
    };
    let kind = principal_type(snapshot, "via.app.type", key.kind, limits, faults);
    faults.extend(fault::of_id("via.app.id", key.id, limits.id_bytes));
    let kind = kind.unwrap_or(PrincipalTypeIx(u32::MAX));
    let app = snapshot.app(kind, key.id).filter(|app| app.approved);
    let install = caller.tenant.and_then(|tenant| tenant.installs.get(kind.0, key.id));
    let installed = app.zip(install.map(|(_, install)| install));
    caller.acting = Acting::App { key, kind, installed: installed.is_some() };
    caller.app = Some(AppFacts { key, attributes: installed.map(|(_, install)| &install.attributes) });
    caller.parts = installed.map_or_else(SmallVec::new, |(app, install)| {
        in_force(app, install).filter(|part| via.all_scopes || listed.contains(part)).collect()
    });
}

/// The scope parts that a request lists, in order, each once.
fn listed(
    snapshot: &Snapshot,
    via: &Via<'_>,
    limits: &RequestLimits,
    ignored: &mut Vec<String>,
    faults: &mut Vec<FieldFault>,
) -> SmallVec<[PartIx; 8]> {
    let mut parts: SmallVec<[PartIx; 8]> = SmallVec::new();
    if via.scopes.len() > limits.scopes {
        faults.push(FieldFault::over("via.scopes", "scopes", limits.scopes));
        return parts;
    }
    for (n, listed) in via.scopes.iter().enumerate() {
        faults.extend(fault::of_id(&format!("via.scopes[{n}].scope"), listed.scope, limits.id_bytes));
        if listed.modes.len() > limits.scopes {
            faults.push(FieldFault::over(format!("via.scopes[{n}].modes"), "scopes", limits.scopes));
            continue;
        }
        match snapshot.model().part_names.get(listed.scope) {
            Some(ScopeModes::Plain(part)) if listed.modes.is_empty() => parts.push(*part),
            Some(ScopeModes::Modes(_)) if listed.modes.is_empty() => {
                let message = format!("`{}` has modes, and none is named", shown(listed.scope));
                let field = format!("via.scopes[{n}].modes");
                faults.push(FieldFault::new(field, FaultKind::ModeMissing, message));
            }
            Some(ScopeModes::Modes(modes)) => {
                for (m, mode) in listed.modes.iter().enumerate() {
                    match modes.get(*mode) {
                        Some(part) => parts.push(*part),
                        None => ignored.push(format!("via.scopes[{n}].modes[{m}]")),
                    }
                }
            }
            Some(ScopeModes::Plain(_)) | None => ignored.push(format!("via.scopes[{n}]")),
        }
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}
