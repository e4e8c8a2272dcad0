//! F-20: what a state directory may not be. Every refusal says what, and what to do.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory with a base that is fit, then spoiled.
fn check(spoil: impl Fn(&Path), names: &str, says: &str) {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    drop(Disk::open(&path).unwrap());
    fs::write(path.join("base.1"), "x").unwrap();
    spoil(&path);
    let error = match Disk::open(&path) {
        Err(error) => error,
        Ok(_) => panic!("{says}: it was opened"),
    };
    let text = error.to_string();
    assert!(text.contains(says), "{text}");
    assert!(text.contains(&format!("{names}`")), "{text} does not name `{names}`");
    assert!(!error.help().is_empty());
}

#[test]
fn f20_what_others_could_have_written_is_refused() {
    check(|path| set_mode(path, 0o770), "/state", "can be written by others");
    check(|path| set_mode(path, 0o707), "/state", "can be written by others");
    check(|path| set_mode(&path.join("base.1"), 0o620), "/state/base.1", "can be written by others");
    check(|path| set_mode(&path.join("lock"), 0o602), "/state/lock", "can be written by others");
}

#[test]
fn f20_what_is_no_file_is_refused() {
    let replace = |path: &Path, name: &str| {
        let file = path.join(name);
        fs::remove_file(&file).unwrap();
        file
    };
    let link = |path: &Path, name: &str| {
        fs::write(path.join("elsewhere"), "x").unwrap();
        symlink("elsewhere", replace(path, name)).unwrap();
    };
    let pipe = |path: &Path, name: &str| mkfifoat(CWD, replace(path, name), Mode::RWXU).unwrap();
    let folder = |path: &Path, name: &str| fs::create_dir(replace(path, name)).unwrap();
    for name in ["base.1", "lock"] {
        let full = format!("/state/{name}");
        check(|path| link(path, name), &full, "is not a file");
        check(|path| pipe(path, name), &full, "is not a file");
        check(|path| folder(path, name), &full, "is not a file");
    }
    let unfinished = |path: &Path| symlink("/etc/passwd", path.join("log.2.tmp")).unwrap();
    check(unfinished, "/state/log.2.tmp", "is not a file");
    let aside = |path: &Path| mkfifoat(CWD, path.join("log.2.bad"), Mode::RWXU).unwrap();
    check(aside, "/state/log.2.bad", "is not a file");
}

#[test]
fn f20_what_is_no_directory_is_refused() {
    let moved = |path: &Path| {
        let elsewhere = path.with_extension("elsewhere");
        fs::rename(path, &elsewhere).unwrap();
        elsewhere
    };
    check(|path| symlink(moved(path), path).unwrap(), "/state", "is not a directory");
    let file = |path: &Path| {
        moved(path);
        fs::write(path, "x").unwrap();
    };
    check(file, "/state", "is not a directory");
    let pipe = |path: &Path| {
        moved(path);
        mkfifoat(CWD, path, Mode::RWXU).unwrap();
    };
    check(pipe, "/state", "is not a directory");
    // With a slash at its end, the system would follow a link.
    let parent = tempfile::tempdir().unwrap();
    fs::create_dir(parent.path().join("real")).unwrap();
    symlink("real", parent.path().join("link")).unwrap();
    assert!(Disk::open(&parent.path().join("link/")).is_err());
}

#[test]
fn f20_what_is_too_large_is_refused() {
    let sparse = |path: &Path, name: &str, size: u64| {
        let file = File::create(path.join(name)).unwrap();
        file.set_len(size).unwrap();
        file.set_permissions(Permissions::from_mode(0o600)).unwrap();
    };
    check(|path| sparse(path, "base.2", 10 * GIB), "/state/base.2", "bytes; at most");
    check(|path| sparse(path, "log.2", GIB + 1), "/state/log.2", "bytes; at most");
    check(|path| sparse(path, "highest.2", 10 * GIB), "/state/highest.2", "bytes; at most");
}

#[test]
fn f20_what_belongs_to_somebody_else_is_refused() {
    // Only root can make such a file, and everybody else has some at hand.
    if geteuid().is_root() {
        check(|path| chown(path, Some(12345), None).unwrap(), "/state", "belongs to user 12345");
        check(
            |path| chown(path.join("base.1"), Some(12345), None).unwrap(),
            "/base.1",
            "belongs to user 12345",
        );
    } else {
        let error = Disk::open(Path::new("/usr")).unwrap_err().to_string();
        assert!(error.contains("belongs to user 0"), "{error}");
    }
}

#[test]
fn f20_what_others_could_read_is_closed_to_them() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    drop(Disk::open(&path).unwrap());
    assert_eq!((mode(&path), mode(&path.join("lock"))), (0o700, 0o600));
    fs::write(path.join("base.1"), "x").unwrap();
    set_mode(&path.join("base.1"), 0o644);
    set_mode(&path, 0o755);
    let disk = Disk::open(&path).unwrap();
    assert_eq!((mode(&path), mode(&path.join("base.1"))), (0o700, 0o600));
    disk.create("log.2").unwrap().write_all(b"made").unwrap();
    assert_eq!(mode(&path.join("log.2")), 0o600);
}

#[test]
fn f20_a_directory_is_made_if_the_one_it_is_in_exists() {
    let parent = tempfile::tempdir().unwrap();
    assert!(Disk::open(&parent.path().join("a")).is_ok());
    let error = Disk::open(&parent.path().join("b/c")).unwrap_err();
    assert!(error.to_string().contains("b/c"), "{error}");
    assert!(error.help().contains("in one that exists"));
}

#[test]
fn two_processes_do_not_share_a_directory() {
    let parent = tempfile::tempdir().unwrap();
    let disk = Disk::open(parent.path()).unwrap();
    assert!(matches!(Disk::open(parent.path()), Err(StateError::InUse { .. })));
    drop(disk);
    assert!(Disk::open(parent.path()).is_ok());
}

#[test]
fn what_turns_into_a_link_later_is_not_followed() {
    let parent = tempfile::tempdir().unwrap();
    let disk = Disk::open(parent.path()).unwrap();
    symlink("/etc/passwd", parent.path().join("base.1")).unwrap();
    assert!(disk.open("base.1").is_err());
    assert!(disk.create("base.1").is_err());
    mkfifoat(CWD, parent.path().join("base.2"), Mode::RWXU).unwrap();
    assert!(disk.open("base.2").is_err(), "and nothing waits for a pipe");
}

#[test]
fn what_is_written_is_read() {
    let parent = tempfile::tempdir().unwrap();
    let disk = Disk::open(parent.path()).unwrap();
    let mut file = disk.create("base.1.tmp").unwrap();
    file.write_all(b"policy").unwrap();
    file.sync().unwrap();
    disk.rename("base.1.tmp", "base.1").unwrap();
    disk.sync_file("base.1").unwrap();
    disk.sync().unwrap();
    let mut text = String::new();
    disk.open("base.1").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "policy");
    assert!(disk.create("base.1").is_err(), "a file is made once");
    let mut names = disk.names().unwrap();
    names.retain(|name| name.starts_with("base"));
    assert_eq!(names, ["base.1"]);
    disk.remove("base.1").unwrap();
    assert!(disk.open("base.1").is_err());
}
