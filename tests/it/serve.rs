//! Serving: how much, for how long, and how it ends.

mod deadlines;
mod drain;
mod hostile;
mod load;
mod paths;
mod probes;
mod process;
mod scopes;

use sidegate::app::Running;

/// Whether a line stands in what a sidecar counts.
fn counts(running: &Running, line: &str) -> bool {
    let metrics = running.installer().metrics().render();
    metrics.lines().any(|shown| shown == line)
}
