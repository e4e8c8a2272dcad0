//! Pieces to a snapshot, by way of what the core offers for it. Nothing else here
//! knows how that is done.

use crate::document::definition::App;
use crate::model::Digest;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Restore, Rules, Told, read_model};
use crate::wire::kept::BaseHeader;
use crate::wire::kept::pieces::{Piece, read_piece};

/// Makes a snapshot of its pieces.
///
/// # Errors
///
/// Why there is none.
pub(super) fn restore(
    header: &BaseHeader,
    rules: &Rules,
    next: &mut dyn FnMut() -> Option<Vec<u8>>,
) -> Result<Snapshot, String> {
    let mut next = || next().map(|piece| read_piece(&piece)).transpose();
    let Some(Piece::Model(document, of_model)) = next()? else {
        return Err("it does not begin with a model".to_owned());
    };
    let checked = read_model(&document, rules).map_err(|faults| said(&faults))?;
    let mut apps: Vec<(App, _)> = Vec::new();
    let mut piece = next()?;
    while let Some(Piece::App(app, revision)) = piece {
        apps.push((*app, revision));
        piece = next()?;
    }
    let begun = Restore::begin(header.revision, (&checked, of_model), apps, rules);
    let mut restore = begun.map_err(|faults| said(&faults))?;
    let mut tenants: Vec<(String, Digest)> = Vec::new();
    while let Some(one) = piece {
        let taken = match one {
            Piece::Frame(frame, revision, digest) => {
                tenants.push((frame.id.clone(), digest));
                restore.tenant(*frame, revision);
                true
            }
            Piece::Members(profiles, runs) => restore.members(profiles, runs),
            Piece::Resources(rows) => restore.resources(rows),
            Piece::Installs(rows) => restore.installs(rows),
            Piece::Model(..) | Piece::App(..) => false,
        };
        if !taken {
            return Err("a piece does not fit those before it".to_owned());
        }
        piece = next()?;
    }
    let quarantined = header.quarantined.iter().map(String::as_str);
    let snapshot = restore.finish(quarantined).map_err(|faults| said(&faults))?;
    let other = tenants.iter().find(|(id, digest)| snapshot.tenant_digest(id) != Some(*digest));
    match other {
        None => Ok(snapshot),
        Some((id, _)) => Err(format!("what is in it of tenant `{id}` does not come to what it says")),
    }
}

/// Faults in one line.
pub(super) fn said(faults: &[Told]) -> String {
    let first = faults.first().map(|fault| fault.message.as_str()).unwrap_or_default();
    match faults.len() {
        1 => first.to_owned(),
        count => format!("{count} faults, the first: {first}"),
    }
}
