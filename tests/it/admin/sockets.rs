//! Unix sockets: who may connect, and what is in the way.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use sidegate::app::{self, AdminListener, Config, ListenAddress, Protection, Running, StartError};
use sidegate::rpc::{Identity, Who};
use tempfile::TempDir;

use super::identity;
use super::reach::{Reached, STATUS, plain};
use crate::support::config;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Whoever is kept out is kept out by the socket, not by the way to it.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn at(path: &Path, mode: u32, identities: Vec<Identity>) -> Config {
    let mut config = config();
    let address = ListenAddress::Unix(path.to_owned());
    config.admin = vec![AdminListener { address, protection: Protection::Socket { mode, identities } }];
    config
}

/// Who runs these tests.
fn own() -> (u32, u32) {
    let folder = tempfile::tempdir().unwrap();
    let about = fs::metadata(folder.path()).unwrap();
    (about.uid(), about.gid())
}

async fn reaches(running: &Running) -> Reached {
    plain(&running.admin_addresses()[0]).await.call(STATUS).await
}

#[tokio::test]
async fn f50_a_socket_is_for_its_owner_and_group() {
    let folder = folder();
    for (name, mode) in [("s", 0o660), ("t", 0o600)] {
        let path = folder.path().join(name);
        let running = app::build(at(&path, mode, Vec::new())).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        assert_eq!(reaches(&running).await, Reached::Service);
    }
}

#[tokio::test]
async fn f50_the_system_says_who_calls() {
    let (uid, gid) = own();
    let other = 4_000_000;
    let who = |uids: &[u32], gids: &[u32]| {
        vec![identity(Who::System {
            uids: uids.iter().copied().collect(),
            gids: gids.iter().copied().collect(),
        })]
    };
    for (identities, expected) in [
        (Vec::new(), Reached::Service),
        (who(&[uid], &[]), Reached::Service),
        (who(&[other], &[gid]), Reached::Service),
        (who(&[other], &[other]), Reached::Denied),
        (who(&[], &[other]), Reached::Denied),
    ] {
        let folder = folder();
        let running = app::build(at(&folder.path().join("s"), 0o660, identities.clone())).await.unwrap();
        assert_eq!(reaches(&running).await, expected, "{identities:?}");
    }
}

/// Asks for health as another user, where that can be: the exit code.
fn as_another(user: u32, group: u32, path: &Path) -> Option<i32> {
    let ids = [format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()];
    let can = Command::new("setpriv").args(&ids).arg("true").output().is_ok_and(|ran| ran.status.success());
    let mut command = Command::new("setpriv");
    // A copy, for the way to the original may be closed to others.
    let copy = path.with_file_name("sidegate");
    if !copy.exists() {
        fs::copy(env!("CARGO_BIN_EXE_sidegate"), &copy).unwrap();
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
    }
    command.args(&ids).arg(copy).args(["healthcheck", "--to"]).arg(format!("unix:{}", path.display()));
    can.then(|| command.output().unwrap().status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f50_another_user_cannot_even_connect() {
    let (_, gid) = own();
    let folder = folder();
    let path = folder.path().join("s");
    let running = app::build(at(&path, 0o660, Vec::new())).await.unwrap();
    for (user, group, expected) in [(12_345, 12_345, 3), (12_345, gid, 0)] {
        if let Some(code) = as_another(user, group, &path) {
            assert_eq!(code, expected, "user {user}, group {group}");
        }
    }
    drop(running);
}

#[tokio::test]
async fn f50_the_socket_of_one_that_is_gone_is_replaced_and_nothing_else_is() {
    let folder = folder();
    let path = folder.path().join("s");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let running = app::build(at(&path, 0o660, Vec::new())).await.unwrap();
    assert_eq!(reaches(&running).await, Reached::Service);

    let in_use = async |path: &Path| {
        let error = app::build(at(path, 0o660, Vec::new())).await.unwrap_err();
        let StartError::Listen { reason, .. } = error else { panic!("{error}") };
        assert_eq!(reason.kind(), io::ErrorKind::AddrInUse);
    };
    in_use(&path).await;
    assert_eq!(reaches(&running).await, Reached::Service, "the other still serves");

    // A symlink in place of the socket: to nowhere, to a file, to an abandoned socket.
    let target = folder.path().join("target");
    for make in [
        |_: &Path| {},
        |target: &Path| fs::write(target, "mine").unwrap(),
        |target: &Path| drop(std::os::unix::net::UnixListener::bind(target).unwrap()),
    ] {
        let link = folder.path().join("link");
        make(&target);
        let before = fs::symlink_metadata(&target).ok().map(|about| about.permissions().mode());
        symlink(&target, &link).unwrap();
        in_use(&link).await;
        assert!(fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
        assert_eq!(fs::symlink_metadata(&target).ok().map(|about| about.permissions().mode()), before);
        fs::remove_file(&link).unwrap();
        let _ = fs::remove_file(&target);
    }
}

#[tokio::test]
async fn f50_a_socket_is_a_file_where_not_everybody_can_replace_it() {
    let folder = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let error = app::build(at(&folder.path().join("s"), 0o660, Vec::new())).await.unwrap_err();
    assert!(error.to_string().contains("everybody can write its directory"), "{error}");
    // As `/tmp` is.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    // What begins with `@` is a name like any other, and no abstract socket.
    let path = folder.path().join("@s");
    let running = app::build(at(&path, 0o660, Vec::new())).await.unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_socket());
    assert_eq!(reaches(&running).await, Reached::Service);
}
