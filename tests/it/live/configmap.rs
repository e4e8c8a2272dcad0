//! A mounted ConfigMap, written as the kubelet writes it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{MODEL, Sidecar, acme, events, polling};
use sidegate::app::Watch;

/// What the kubelet's AtomicWriter makes: the files in a directory of the time,
/// `..data` a link to that, and every name at the top a link into `..data`.
struct Mount {
    root: TempDir,
    writes: u32,
    current: Option<PathBuf>,
}

impl Mount {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut mount = Self { root: tempfile::tempdir().unwrap(), writes: 0, current: None };
        mount.write(files);
        mount
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn write(&mut self, files: &[(&str, &str)]) {
        self.writes += 1;
        let stamp = format!("..2026_12_01_00_00_{:02}.{}", self.writes % 60, 100_000 + self.writes);
        let folder = self.path().join(&stamp);
        for (name, text) in files {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let new = self.path().join("..data_tmp");
        symlink(&stamp, &new).unwrap();
        fs::rename(new, self.path().join("..data")).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name();
            let link = self.path().join(&name);
            if fs::symlink_metadata(&link).is_err() {
                symlink(Path::new("..data").join(&name), link).unwrap();
            }
        }
        if let Some(old) = self.current.replace(folder) {
            fs::remove_dir_all(old).unwrap();
        }
    }
}

fn files(tenant: &str) -> [(&str, &str); 2] {
    [("model.yaml", MODEL), ("tenants/acme.yaml", tenant)]
}

async fn follows(watch: Watch) {
    let roles = ["reader", "writer"];
    let tenants = roles.map(acme);
    let mut mount = Mount::new(&files(&tenants[0]));
    let mut sidecar = Sidecar::start(mount.path(), watch).await;
    assert_eq!(sidecar.answers().await, (1, "reader"));
    // A watch on the file would tell of the first swap and of no other.
    for n in 1..8 {
        mount.write(&files(&tenants[n % 2]));
        sidecar.becomes(n as u64 + 1, roles[n % 2]).await;
    }
    // Swapped, and nothing else.
    mount.write(&files(&tenants[1]));
    // A swap to a bad one, and back.
    mount.write(&files("kind: ["));
    sidecar.refuses(1, 8, "writer").await;
    mount.write(&files(&tenants[1]));
    sidecar.mended().await;
    assert_eq!(sidecar.answers().await, (8, "writer"));
    // Without the model: it is missing, whatever else is there.
    mount.write(&files(&tenants[0])[1..]);
    sidecar.refuses(2, 8, "writer").await;
    mount.write(&files(&tenants[0]));
    sidecar.becomes(9, "reader").await;
    // Many in a row: the last one counts.
    for n in 0..20 {
        mount.write(&files(&tenants[n % 2]));
    }
    for _ in super::ticks() {
        if sidecar.answers().await.1 == "writer" {
            return;
        }
        super::tick().await;
    }
    panic!("the last of many swaps is not in force");
}

#[tokio::test]
async fn f15c_every_swap_of_a_config_map_is_noticed() {
    follows(events()).await;
}

#[tokio::test]
async fn f15c_polling_alone_notices_every_swap_too() {
    follows(polling()).await;
}
