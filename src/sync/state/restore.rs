//! Pieces to a snapshot, by way of what the core offers for it. Nothing else here
//! knows how that is done.

use crate::document::Checked;
use crate::document::definition::App;
use crate::model::{Digest, Revision};
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
    // It was in force, whatever may be put newly.
    let rules = &Rules { lenient: true, ..*rules };
    let mut next = || next().map(|piece| read_piece(&piece)).transpose();
    let Some(Piece::Model(document, of_model)) = next()? else {
        return Err("it does not begin with a model".to_owned());
    };
    let checked = read_model(&document, rules).map_err(|faults| said(&faults))?;
    under(header, (&checked, of_model), rules, &mut next)
}

/// Makes a snapshot of the pieces that follow a model.
fn under(
    header: &BaseHeader,
    model: (&Checked, Revision),
    rules: &Rules,
    next: &mut dyn FnMut() -> Result<Option<Piece>, String>,
) -> Result<Snapshot, String> {
    let mut apps: Vec<(App, Revision)> = Vec::new();
    let mut piece = next()?;
    while let Some(Piece::App(app, revision)) = piece {
        apps.push((*app, revision));
        piece = next()?;
    }
    let begun = Restore::begin(header.revision, model, apps, rules);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::reference::world::World;
    use crate::document::definition::Policy as Definitions;
    use crate::document::{PolicyLimits, check};
    use crate::sync::state::codec::Codec;
    use crate::sync::state::policy::{Policy, same};

    /// Generated policies have no model document, so theirs is handed over as it is.
    #[test]
    fn i13_generated_policies_come_back_as_they_were() {
        let codec = Policy { rules: Rules { lenient: true, ..Rules::default() } };
        let (mut members, mut count) = (0, 0);
        for seed in 0..400 {
            let world = World::generate(seed);
            let (Some(checked), _) = check(world.policy.clone(), &PolicyLimits::default()) else { continue };
            let model = Definitions { model: world.policy.model.clone(), ..Definitions::default() };
            let (Some(model), _) = check(model, &PolicyLimits::default()) else { continue };
            let whole = Snapshot::compile(&checked, Revision::new(1, seed));
            let tell = |whole: &Snapshot| {
                let mut pieces = Vec::new();
                let mut take = |piece: &[u8]| {
                    pieces.push(piece.to_vec());
                    Ok(())
                };
                codec.tell(whole, &mut take).unwrap();
                pieces
            };
            let pieces = tell(&whole);
            let header = BaseHeader {
                revision: whole.revision(),
                digest: whole.digest(),
                recent: Vec::new(),
                quarantined: whole.quarantined().map(str::to_owned).collect(),
            };
            let mut rest = pieces.iter().skip(1);
            let mut next = || rest.next().map(|piece| read_piece(piece)).transpose();
            let model = (&model, whole.model_revision());
            let loaded = under(&header, model, &codec.rules, &mut next);
            let loaded = loaded.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
            same(&loaded, &whole, &format!("seed {seed}"));
            assert_eq!(tell(&loaded), pieces, "seed {seed}: told again");
            members += whole.size().members;
            count += 1;
        }
        assert!(count > 300 && members > 1000, "{count} policies, {members} members");
    }
}
