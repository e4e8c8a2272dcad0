//! Being told by the system that a policy directory changes.
//!
//! Directories are watched, never files: a mounted ConfigMap is replaced by
//! renaming one link, and a watch on a file sees that once and never again. A
//! watch stays with the directory that it was set on, so all of them are set anew
//! whenever one of the directories is replaced. Where the system cannot tell,
//! looking now and then has to do; so nothing here fails.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// What of a policy directory is watched: itself, its folders, and the directory
/// that a mounted ConfigMap really is.
const FOLDERS: [&str; 4] = ["", "tenants", "apps", "..data"];

/// Watches a policy directory.
pub(super) struct Watcher {
    root: PathBuf,
    wake: Arc<dyn Fn() + Send + Sync>,
    armed: Option<Armed>,
    /// It was said that the system cannot tell.
    complained: bool,
}

/// Watches that are set.
struct Armed {
    /// Held for what dropping it does.
    _watcher: RecommendedWatcher,
    on: Vec<(PathBuf, Identity)>,
    /// One of the directories was replaced.
    stale: Arc<AtomicBool>,
}

/// What makes a directory this one and no other at the same path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Identity {
    device: u64,
    inode: u64,
    created: Option<SystemTime>,
}

impl Watcher {
    /// Will call `wake` after changes of a directory, once armed.
    pub(super) fn new(root: &Path, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        Self { root, wake, armed: None, complained: false }
    }

    /// Sets watches on the directories as they are now. A change after this is
    /// told.
    pub(super) fn arm(&mut self) {
        let fresh = |armed: &Armed, wanted: &[_]| !armed.stale.load(Ordering::Acquire) && armed.on == wanted;
        // What is replaced while watches are set is found in the next turn.
        for _ in 0..3 {
            let wanted = wanted(&self.root);
            if self.armed.as_ref().is_some_and(|armed| fresh(armed, &wanted)) {
                break;
            }
            match self.set(wanted) {
                Ok(armed) => self.armed = Some(armed),
                Err(error) => {
                    self.armed = None;
                    if !std::mem::replace(&mut self.complained, true) {
                        tracing::warn!(
                            "changes of the policy are noticed late: no watch could be set: {error}"
                        );
                    }
                    return;
                }
            }
        }
        self.complained = false;
    }

    fn set(&self, on: Vec<(PathBuf, Identity)>) -> notify::Result<Armed> {
        let stale = Arc::new(AtomicBool::new(false));
        let (root, wake, is_stale) = (self.root.clone(), Arc::clone(&self.wake), Arc::clone(&stale));
        let paths: Vec<PathBuf> = on.iter().map(|(path, _)| path.clone()).collect();
        let mut watcher = notify::recommended_watcher(move |told: notify::Result<Event>| {
            let (matters, replaced) = weigh(&root, &paths, told.as_ref().ok());
            if replaced {
                is_stale.store(true, Ordering::Release);
            }
            if matters {
                wake();
            }
        })?;
        for (path, _) in &on {
            match watcher.watch(path, RecursiveMode::NonRecursive) {
                // It went away meanwhile, which its parent tells.
                Err(error) if !path.is_dir() => drop(error),
                outcome => outcome?,
            }
        }
        Ok(Armed { _watcher: watcher, on, stale })
    }
}

/// Whether an event may change the policy, and whether one of the watched
/// directories may be another now. `None` is an event that was lost.
fn weigh(root: &Path, watched: &[PathBuf], event: Option<&Event>) -> (bool, bool) {
    let Some(event) = event.filter(|event| !event.need_rescan()) else { return (true, true) };
    // Reading opens files; waking for that would never end.
    let is_reading = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        _ => false,
    };
    // Beside the directory, what matters is what it is reached by.
    let matters = event.paths.iter().any(|path| path.starts_with(root) || root.starts_with(path));
    let replaces = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    );
    let of_watched = event.paths.iter().any(|path| watched.contains(path) || root.starts_with(path));
    (matters && !is_reading, matters && replaces && of_watched)
}

/// The directories to watch, each once.
fn wanted(root: &Path) -> Vec<(PathBuf, Identity)> {
    let mut wanted: Vec<(PathBuf, Identity)> = Vec::new();
    let mut want = |path: PathBuf| {
        if let Some(identity) = identity(&path)
            && wanted.iter().all(|(_, known)| *known != identity)
        {
            wanted.push((path, identity));
        }
    };
    for folder in FOLDERS {
        want(if folder.is_empty() { root.to_owned() } else { root.join(folder) });
    }
    // A link is replaced in the directory that it lies in, and what is gone comes
    // back in the nearest directory that is left.
    let is_link = fs::symlink_metadata(root).is_ok_and(|about| about.is_symlink());
    if (is_link || !root.is_dir())
        && let Some(above) = root.ancestors().skip(1).find(|above| above.is_dir())
    {
        want(above.to_owned());
    }
    wanted
}

fn identity(path: &Path) -> Option<Identity> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
    Some(Identity { device: about.dev(), inode: about.ino(), created: about.created().ok() })
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, RemoveKind, RenameMode};

    use super::*;

    const NAMED: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));

    #[track_caller]
    fn check(kind: EventKind, path: &str, expected: (bool, bool)) {
        let root = Path::new("/etc/policy");
        let watched = ["", "tenants", "..data"].map(|name| root.join(name));
        let event = Event::new(kind).add_path(PathBuf::from(path));
        assert_eq!(weigh(root, &watched, Some(&event)), expected, "{event:?}");
    }

    #[test]
    fn writing_wakes_and_reading_does_not() {
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        check(written, "/etc/policy/model.yaml", (true, false));
        check(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/etc/policy/model.yaml", (true, false));
        check(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/etc/policy/model.yaml", (false, false));
        check(EventKind::Access(AccessKind::Close(AccessMode::Read)), "/etc/policy", (false, false));
    }

    #[test]
    fn a_directory_that_is_replaced_is_watched_anew() {
        check(NAMED, "/etc/policy/..data", (true, true));
        check(EventKind::Remove(RemoveKind::Folder), "/etc/policy/tenants", (true, true));
        check(EventKind::Create(CreateKind::Folder), "/etc/policy", (true, true));
        check(NAMED, "/etc", (true, true));
        check(NAMED, "/etc/policy/tenants/acme.yaml", (true, false));
    }

    #[test]
    fn what_lies_beside_the_directory_does_not_matter() {
        check(NAMED, "/etc/passwd", (false, false));
        check(EventKind::Create(CreateKind::File), "/etc/policy.old", (false, false));
    }

    #[test]
    fn a_lost_event_may_have_been_anything() {
        assert_eq!(weigh(Path::new("/etc/policy"), &[], None), (true, true));
        let rescan = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert_eq!(weigh(Path::new("/etc/policy"), &[], Some(&rescan)), (true, true));
    }
}
