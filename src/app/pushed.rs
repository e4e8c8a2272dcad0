//! Policy that is pushed, from what was kept of it on.

use super::{Config, Installer, StartError};
use crate::snapshot::apply::Rules;
use crate::sync::keep::Nowhere;
use crate::sync::push::{Pusher, Settings};

/// Puts in force what was kept, and takes pushes from then on.
pub(super) fn start(config: &Config, installer: Installer) -> Result<Pusher, StartError> {
    let limits = &config.limits.push;
    let settings = Settings {
        rules: Rules { limits: config.policy_limits, quarantine: config.quarantine, lenient: false },
        revision_ahead: limits.revision_ahead,
        history: config.history,
        whole_loads: limits.whole_loads,
    };
    Pusher::start(settings, limits.waiting, None, Nowhere, installer).map_err(StartError::Follow)
}
