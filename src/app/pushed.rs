//! Policy that is pushed, from what was kept of it on.

use super::{Config, Installer, StartError};
use crate::snapshot::apply::Rules;
use crate::sync::keep::Nowhere;
use crate::sync::push::{Pusher, Settings};
use crate::sync::state::{self, Opened, State};

/// Puts in force what was kept, and takes pushes from then on.
pub(super) fn start(config: &Config, installer: Installer) -> Result<(Pusher, Option<State>), StartError> {
    let limits = &config.limits.push;
    let rules = Rules { limits: config.policy_limits, quarantine: config.quarantine, lenient: false };
    let settings = Settings {
        rules,
        revision_ahead: limits.revision_ahead,
        history: config.history,
        whole_loads: limits.whole_loads,
    };
    let Some(directory) = &config.state_dir else {
        let pusher = Pusher::start(settings, limits.waiting, (None, None), Nowhere, installer);
        return Ok((pusher.map_err(StartError::Follow)?, None));
    };
    let opened = state::open(directory, rules, config.history, &installer.metrics)?;
    let Opened { state, recovered, highest } = opened;
    let pusher = Pusher::start(settings, limits.waiting, (recovered, highest), state.clone(), installer);
    Ok((pusher.map_err(StartError::Follow)?, Some(state)))
}
