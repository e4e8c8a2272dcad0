//! Whether a policy directory is as it was, told without reading a file.
//!
//! Looked at is exactly what reading a policy looks at: which files there are,
//! and of each what the system keeps of it, its links followed. A file that was
//! written or replaced has another inode, size or time of change; the time of
//! change is the system's own, and no copying tool sets it back.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{POLICY, Reader, holds_yaml, is_folder_of_policy, is_readme, is_yaml};

/// What a policy directory looks like from outside. Equal ones hold the same.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fingerprint(Vec<(PathBuf, Look)>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Look {
    File {
        device: u64,
        inode: u64,
        size: u64,
        modified: (i64, i64),
        changed: (i64, i64),
    },
    Folder,
    /// What is said of what cannot be looked at.
    Fault(String),
}

/// Looks at a policy directory. What cannot be looked at is a part of the look.
#[must_use]
pub fn fingerprint(root: &Path) -> Fingerprint {
    let mut reader = Reader::of(root);
    let mut looks = Vec::new();
    for (path, about) in reader.list(root) {
        if !about.is_dir() {
            if is_yaml(&path) {
                looks.push((path, look(&about)));
            }
        } else if POLICY.iter().any(|name| path == root.join(name)) {
            let files = reader.list(&path).into_iter().filter(|(path, _)| !is_readme(path));
            looks.push((path, Look::Folder));
            looks.extend(files.map(|(path, about)| (path, look(&about))));
        } else if !is_folder_of_policy(&path) && holds_yaml(&path) {
            looks.push((path, Look::Folder));
        }
    }
    looks.extend(reader.faults.into_iter().map(|fault| (fault.path, Look::Fault(fault.kind.to_string()))));
    Fingerprint(looks)
}

fn look(about: &Metadata) -> Look {
    if about.is_dir() {
        return Look::Folder;
    }
    Look::File {
        device: about.dev(),
        inode: about.ino(),
        size: about.size(),
        modified: (about.mtime(), about.mtime_nsec()),
        changed: (about.ctime(), about.ctime_nsec()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn policy() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["tenants", "apps", "tests", "notes"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        for file in ["model.yaml", "tenants/a.yaml", "apps/p.yaml", "tests/t.yaml", "README.md"] {
            fs::write(root.path().join(file), "one").unwrap();
        }
        root
    }

    /// Whether an edit shows.
    #[track_caller]
    fn check(edit: impl Fn(&Path), shows: bool) {
        let root = policy();
        let before = fingerprint(root.path());
        assert_eq!(fingerprint(root.path()), before, "looking changes nothing");
        edit(root.path());
        assert_eq!(fingerprint(root.path()) != before, shows);
    }

    fn write(root: &Path, file: &str, text: &str) {
        fs::write(root.join(file), text).unwrap();
    }

    #[test]
    fn what_reading_would_see_shows() {
        check(|root| write(root, "model.yaml", "longer"), true);
        check(|root| write(root, "tenants/a.yaml", "longer"), true);
        check(|root| write(root, "tenants/b.yaml", ""), true);
        check(|root| write(root, "apps/odd.txt", ""), true);
        check(|root| write(root, "stray.yml", ""), true);
        check(|root| write(root, "notes/stray.yaml", ""), true);
        check(|root| fs::remove_file(root.join("apps/p.yaml")).unwrap(), true);
        check(|root| fs::remove_dir_all(root.join("tenants")).unwrap(), true);
        check(|root| fs::remove_dir_all(root).unwrap(), true);
        check(|root| symlink("nowhere", root.join("tenants/c.yaml")).unwrap(), true);
    }

    #[test]
    fn what_reading_does_not_look_at_does_not_show() {
        check(|root| write(root, "README.md", "longer"), false);
        check(|root| write(root, "tenants/README.md", ""), false);
        check(|root| write(root, "tenants/.a.yaml.swp", ""), false);
        check(|root| write(root, "tests/t.yaml", "longer"), false);
        check(|root| write(root, "notes/x.txt", ""), false);
        check(|root| fs::create_dir(root.join("..data")).unwrap(), false);
    }

    #[test]
    fn a_file_of_the_same_size_and_time_put_in_its_place_shows() {
        check(
            |root| {
                let (old, new) = (root.join("model.yaml"), root.join(".new"));
                let time = fs::metadata(&old).unwrap().modified().unwrap();
                fs::write(&new, "two").unwrap();
                fs::File::options().write(true).open(&new).unwrap().set_modified(time).unwrap();
                fs::rename(new, old).unwrap();
            },
            true,
        );
    }
}
