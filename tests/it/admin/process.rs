//! The program: what it prints, what it warns of, how it refuses.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use sidegate::app::ListenAddress;

use super::pki::{Ca, Folder};
use super::reach::{Reached, STATUS, plain};
use crate::cli::running::run;
use crate::serving::{Serving, forget_the_environment};

const POLICY: &str = "examples/whatsapp-crm";

/// Where it says that it answers admin calls.
fn admin_address(printed: &[String]) -> ListenAddress {
    let line = printed.iter().find_map(|line| line.strip_prefix("answering admin calls on "));
    line.unwrap_or_else(|| panic!("{printed:?}")).parse().unwrap()
}

#[tokio::test]
async fn the_program_answers_where_a_flag_says() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("s").display());
    let flags = ["--policy", POLICY, "--listen", "127.0.0.1:0", "--admin-listen", &socket];
    let serving = Serving::start_with(&flags);
    let at = admin_address(&serving.printed);
    assert_eq!(at.to_string(), socket);
    assert_eq!(plain(&at).await.call(STATUS).await, Reached::Service);
    // What is told to look at policy looks at certificates too, and does not end.
    serving.signal("HUP");
    assert_eq!(plain(&at).await.call(STATUS).await, Reached::Service);
    assert!(serving.terminate().success());
    assert!(!folder.path().join("s").exists());
}

#[tokio::test]
async fn s08_what_is_insecure_and_who_is_not_listed_is_told_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("sidegate.yaml");
    let socket = folder.path().join("s");
    let admin = format!(
        "admin:\n  - {{ address: 127.0.0.1:0, insecure: true }}\n  - address: unix:{}\n    identities: \
         [{{ uids: [4000000], may: [apps] }}]\n",
        socket.display()
    );
    fs::write(&config, format!("policy: {POLICY}\nlisteners: [\"127.0.0.1:0\"]\nprobes: off\n{admin}"))
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidegate"));
    forget_the_environment(&mut command);
    let mut process = command
        .args(["serve", "--config"])
        .arg(&config)
        .env("SIDEGATE_DRAIN_KEEP_SERVING", "0s")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    crate::raw::until("it listens", || socket.exists()).await;
    let mut link = plain(&ListenAddress::Unix(socket)).await;
    assert_eq!(link.call(STATUS).await, Reached::Denied);
    assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(process.wait().unwrap().success());
    assert!(log.contains("WARN") && log.contains("insecure: whoever reaches this admin listener"), "{log}");
    assert!(log.contains("a caller that is not listed has come to an admin listener: the user "), "{log}");
}

#[test]
fn b33_files_that_cannot_be_used_end_the_program_as_a_wrong_configuration_does() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::remove_file(at("tls.key")).unwrap();
    let (certificate, key, client_ca) = (at("tls.crt"), at("tls.key"), at("ca.crt"));
    let written = format!(
        "policy: {POLICY}\nlisteners: [\"127.0.0.1:0\"]\nprobes: off\nadmin:\n  - address: 127.0.0.1:0\n    tls: \
         {{ certificate: {certificate}, key: {key}, client_ca: {client_ca} }}\n    identities: [{{ uri: \"a:b\", \
         may: [apps] }}]\n"
    );
    folder.write("sidegate.yaml", &written);
    run(&["serve", "--config", &at("sidegate.yaml")])
        .ends(2)
        .complains("cannot serve admin calls at `127.0.0.1:0`: cannot read")
        .complains("tls.key");
}
