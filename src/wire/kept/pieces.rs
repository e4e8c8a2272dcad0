//! The pieces of a base: what is held of policy, as records.
//!
//! Content is written and read as in changes, so that there is one way to say it
//! and one place that refuses what it cannot be. That nothing was dropped which is
//! not known here is shown by the digests, which whoever reads compares.

use prost::Message;

use super::{read_digest, read_revision, revision};
use crate::document::definition::{App, Install, KeyMap, Member, Registered, Tenant};
use crate::document::{Change, Spanned, TenantChange};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::apply::Run;
use crate::wire::api;
use crate::wire::api::change::Kind;
use crate::wire::api::state;
use crate::wire::api::state::piece::Kind as PieceKind;
use crate::wire::policy;

/// The tenant, and the principal, that stand for those of a piece, which are told
/// elsewhere.
const SOME: &str = "x";

/// A piece that was read.
#[derive(Debug)]
pub(crate) enum Piece {
    /// The model: its document, and the revision of its last change.
    Model(String, Revision),
    /// An app, and the revision of its last change.
    App(Box<App>, Revision),
    /// A tenant without members, resources and installs, the revision of its last
    /// change, and what stands for all of it.
    Frame(Box<Tenant>, Revision, Digest),
    /// What members are, and who is what.
    Members(Vec<Member>, Vec<Run>),
    /// Registered resources.
    Resources(KeyMap<Registered>),
    /// Installs.
    Installs(KeyMap<Install>),
}

/// The content of a member as it is written. Equal members are equal here.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct MemberBytes(Vec<u8>);

impl MemberBytes {
    /// Writes a member.
    pub(crate) fn of(member: &Member) -> Self {
        Self(policy::write_member(member).encode_to_vec())
    }

    /// How long it is.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes the model.
pub(crate) fn model(document: &str, at: Revision) -> Vec<u8> {
    let model = state::ModelPiece { document: document.to_owned(), revision: Some(revision(at)) };
    piece(PieceKind::Model(model))
}

/// Writes an app.
pub(crate) fn app(app: &App, at: Revision) -> Vec<u8> {
    piece(PieceKind::App(state::AppPiece {
        app: Some(policy::write_principal(&app.id)),
        content: Some(policy::write_app(app)),
        revision: Some(revision(at)),
    }))
}

/// Writes a tenant without members, resources and installs.
pub(crate) fn frame(tenant: &Tenant, at: Revision, digest: Digest) -> Vec<u8> {
    piece(PieceKind::Frame(state::FramePiece {
        tenant: tenant.id.clone(),
        revision: Some(revision(at)),
        digest: digest.to_bytes().to_vec(),
        content: Some(policy::write_tenant(tenant)),
    }))
}

/// Writes members.
///
/// # Errors
///
/// What was written of a member does not read.
pub(crate) fn members(profiles: &[MemberBytes], runs: Vec<Run>) -> Result<Vec<u8>, prost::DecodeError> {
    let profiles = profiles.iter().map(|bytes| api::Member::decode(bytes.0.as_slice()));
    let runs =
        runs.into_iter().map(|Run { kind, ids, profiles }| state::MemberRun { r#type: kind, ids, profiles });
    Ok(piece(PieceKind::Members(state::MembersPiece {
        profiles: profiles.collect::<Result<_, _>>()?,
        runs: runs.collect(),
    })))
}

/// Writes registered resources.
pub(crate) fn resources(rows: &[(Key, Registered)]) -> Vec<u8> {
    let rows = rows.iter().map(|(key, row)| api::TenantResource {
        resource: Some(policy::write_resource(key)),
        content: Some(policy::write_registered(row)),
    });
    piece(PieceKind::Resources(state::ResourcesPiece { resources: rows.collect() }))
}

/// Writes installs.
pub(crate) fn installs(rows: &[(Key, Install)]) -> Vec<u8> {
    let rows = rows.iter().map(|(key, row)| api::TenantInstall {
        app: Some(policy::write_principal(key)),
        content: Some(policy::write_install(row)),
    });
    piece(PieceKind::Installs(state::InstallsPiece { installs: rows.collect() }))
}

/// Writes the changes of a set.
pub(crate) fn changes(changes: &[Spanned<Change>]) -> Vec<u8> {
    let changes = changes.iter().map(|change| policy::write_change(&change.value)).collect();
    state::Changes { changes }.encode_to_vec()
}

/// Reads the changes of a set.
///
/// # Errors
///
/// What they are not.
pub(crate) fn read_changes(bytes: &[u8]) -> Result<Vec<Spanned<Change>>, String> {
    let state::Changes { changes } = super::decode(bytes)?;
    read(changes)
}

/// Reads a piece.
///
/// # Errors
///
/// What it is not.
pub(crate) fn read_piece(bytes: &[u8]) -> Result<Piece, String> {
    let state::Piece { kind } = state::Piece::decode(bytes).map_err(|error| error.to_string())?;
    match kind.ok_or("it has no kind")? {
        PieceKind::Model(state::ModelPiece { document, revision }) => {
            Ok(Piece::Model(document, read_revision(revision)?))
        }
        PieceKind::App(state::AppPiece { app, content, revision }) => {
            let put = Kind::PutApp(api::PutApp { app, content });
            match one(put)? {
                Change::PutApp(app) => Ok(Piece::App(app, read_revision(revision)?)),
                _ => Err(another()),
            }
        }
        PieceKind::Frame(state::FramePiece { tenant, revision, digest, content }) => {
            let put = Kind::PutTenant(api::PutTenant { tenant, content });
            match one(put)? {
                Change::PutTenant(tenant) => {
                    Ok(Piece::Frame(tenant, read_revision(revision)?, read_digest(&digest)?))
                }
                _ => Err(another()),
            }
        }
        PieceKind::Members(state::MembersPiece { profiles, runs }) => {
            let runs = runs.into_iter().map(|state::MemberRun { r#type, ids, profiles }| Run {
                kind: r#type,
                ids,
                profiles,
            });
            Ok(Piece::Members(read_members(profiles)?, runs.collect()))
        }
        PieceKind::Resources(state::ResourcesPiece { resources }) => {
            let content = api::Tenant { resources, ..api::Tenant::default() };
            Ok(Piece::Resources(rows(content)?.resources))
        }
        PieceKind::Installs(state::InstallsPiece { installs }) => {
            let content = api::Tenant { installs, ..api::Tenant::default() };
            Ok(Piece::Installs(rows(content)?.installs))
        }
    }
}

fn piece(kind: PieceKind) -> Vec<u8> {
    state::Piece { kind: Some(kind) }.encode_to_vec()
}

/// What members are, each read as if it were of somebody.
fn read_members(profiles: Vec<api::Member>) -> Result<Vec<Member>, String> {
    let put = profiles.into_iter().map(|content| {
        let member = Some(api::PrincipalRef { r#type: SOME.to_owned(), id: SOME.to_owned() });
        let put = api::PutMember { tenant: SOME.to_owned(), member, content: Some(content) };
        api::Change { kind: Some(Kind::PutMember(put)) }
    });
    let read = read(put.collect())?.into_iter().map(|change| match change.value {
        Change::InTenant(_, TenantChange::PutMember(_, member)) => Ok(*member),
        _ => Err(another()),
    });
    read.collect()
}

/// The rows of a tenant, read as if it were some tenant.
fn rows(content: api::Tenant) -> Result<Tenant, String> {
    let put = api::PutTenant { tenant: SOME.to_owned(), content: Some(content) };
    match one(Kind::PutTenant(put))? {
        Change::PutTenant(tenant) => Ok(*tenant),
        _ => Err(another()),
    }
}

fn one(kind: Kind) -> Result<Change, String> {
    let change = read(vec![api::Change { kind: Some(kind) }])?.pop();
    change.map(|change| change.value).ok_or_else(another)
}

fn read(changes: Vec<api::Change>) -> Result<Vec<Spanned<Change>>, String> {
    policy::read_changes(changes, 1).map_err(|faults| {
        let first = faults.first().map(|fault| format!("{fault:?}")).unwrap_or_default();
        format!("{} faults, the first: {first}", faults.len())
    })
}

fn another() -> String {
    "it reads as something else".to_owned()
}
