//! The command line, with certificates.

use std::fs;
use std::path::Path;
use std::process::Command;

use sidegate::app;

use super::pki::{Ca, Folder, Pair};
use super::{KNOWN, with_tls};

/// Runs `sidegate status` as somebody, and tells how it ended and what it printed.
async fn status(to: &str, folder: &Path, who: Option<&Pair>, more: &[&str]) -> (Option<i32>, String) {
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidegate"));
    crate::serving::forget_the_environment(&mut command);
    command.args(["status", "--to", to, "--ca", &at("ca.crt")]).args(more);
    if let Some(Pair { certificate, key }) = who {
        fs::write(at("client.crt"), certificate).unwrap();
        fs::write(at("client.key"), key).unwrap();
        command.args(["--cert", &at("client.crt"), "--key", &at("client.key")]);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(told).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_by_a_certificate_who_asks() {
    let (ca, other) = (Ca::new("ours"), Ca::new("theirs"));
    let (folder, theirs) = (Folder::new(&ca), Folder::new(&other));
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let to = running.admin_addresses()[0].to_string();
    let named = to.replace("127.0.0.1", "localhost");
    let (known, stranger) = (ca.client(KNOWN), ca.client("spiffe://example.org/stranger"));

    let (code, told) = status(&named, folder.path(), Some(&known), &[]).await;
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("source     dir"), "{told}");
    // The certificate is for `localhost`, whatever the address is.
    let (code, told) = status(&to, folder.path(), Some(&known), &["--server-name", "localhost"]).await;
    assert_eq!(code, Some(0), "{told}");

    for (what, to, files, who, expected) in [
        ("not named in the configuration", &named, &folder, Some(&stranger), 2),
        ("no certificate", &named, &folder, None, 3),
        ("a server of another name", &to, &folder, Some(&known), 3),
        ("a server of another CA", &named, &theirs, Some(&known), 3),
    ] {
        let (code, told) = status(to, files.path(), who, &[]).await;
        assert_eq!(code, Some(expected), "{what}: {told}");
    }
    let (code, told) = status(&named, folder.path(), Some(&Pair { key: "x".into(), ..known }), &[]).await;
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("cannot be used"), "{told}");
}
