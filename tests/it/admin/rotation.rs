//! Certificates that are replaced while they are in use.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sidegate::app::{self, ListenAddress, Running, TlsFiles};
use tokio::time::{Instant, interval};

use super::pki::{Ca, Folder, Pair};
use super::reach::{Client, Reached, STATUS};
use super::{KNOWN, with_tls};
use crate::raw::until;

/// The certificate that the server shows to whoever comes now.
async fn shown(at: &ListenAddress, ca: &Ca, client: &Pair) -> CertificateDer<'static> {
    let stream = Client::new(Some(client)).shake_hands(at, ca).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

fn der(pair: &Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()
}

/// Waits until whoever comes is shown this certificate.
async fn shows(running: &Running, ca: &Ca, client: &Pair, pair: &Pair) {
    let began = Instant::now();
    while shown(&running.admin_addresses()[0], ca, client).await != der(pair) {
        assert!(began.elapsed() < Duration::from_secs(20), "the new certificate is not shown");
    }
}

fn failures(running: &Running) -> u64 {
    let metrics = running.installer().metrics().render();
    let line =
        metrics.lines().find_map(|line| line.strip_prefix("sidegate_certificate_reload_failures_total "));
    line.unwrap().parse().unwrap()
}

/// How often it has failed, once the files have been looked at again.
fn looked(running: &Running) -> u64 {
    running.renewal().ring();
    failures(running)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f43_rotation_under_load_fails_no_call_and_no_handshake() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let at = running.admin_addresses()[0].clone();
    let client = ca.client(KNOWN);
    let until = Instant::now() + Duration::from_secs(3);

    let mut calling = Vec::new();
    for _ in 0..4 {
        let mut link = Client::new(Some(&client)).link(&at, &ca).await;
        calling.push(tokio::spawn(async move {
            let mut calls = 0_u64;
            while Instant::now() < until {
                assert_eq!(link.call(STATUS).await, Reached::Service);
                calls += 1;
            }
            calls
        }));
    }
    let mut rotate = interval(Duration::from_millis(50));
    let mut rotations = 0;
    while Instant::now() < until {
        rotate.tick().await;
        folder.serve(&ca.server());
        running.renewal().ring();
        rotations += 1;
        let reached = Client::new(Some(&client)).link(&at, &ca).await.call(STATUS).await;
        assert_eq!(reached, Reached::Service, "a handshake in the middle of it");
    }
    for calls in calling {
        assert!(calls.await.unwrap() > 100);
    }
    assert!(rotations > 20, "only {rotations} rotations");
    let last = ca.server();
    folder.serve(&last);
    shows(&running, &ca, &client, &last).await;
}

#[tokio::test]
async fn f43_what_is_bad_keeps_the_old_and_is_told_once() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let first = ca.server();
    folder.serve(&first);
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let client = ca.client(KNOWN);
    let mut link = Client::new(Some(&client)).link(&running.admin_addresses()[0], &ca).await;
    assert_eq!(link.call(STATUS).await, Reached::Service);

    let (second, ca_pem) = (ca.server(), ca.pem());
    let half = |text: &str| text.chars().take(text.len() / 2).collect::<String>();
    let bad = [
        ("tls.crt", half(&second.certificate)),
        ("tls.crt", String::new()),
        // The key is still that of the first.
        ("tls.crt", second.certificate.clone()),
        ("tls.key", half(&first.key)),
        ("ca.crt", half(&ca_pem)),
        ("ca.crt", "no certificate at all".to_owned()),
    ];
    for (number, (name, text)) in (1..).zip(bad) {
        folder.write(name, &text);
        until(name, || looked(&running) == number).await;
        assert_eq!(shown(&running.admin_addresses()[0], &ca, &client).await, der(&first), "{name}");
        assert_eq!(link.call(STATUS).await, Reached::Service, "{name}");
        folder.serve(&first);
        folder.write("ca.crt", &ca_pem);
    }
    // A file that is gone, and then everything is well again, with a new pair.
    fs::remove_file(folder.path().join("tls.key")).unwrap();
    until("a file that is gone", || looked(&running) == 7).await;
    folder.serve(&second);
    shows(&running, &ca, &client, &second).await;
    assert_eq!(link.call(STATUS).await, Reached::Service);
    assert_eq!(failures(&running), 7);
}

#[tokio::test]
async fn f43_a_mounted_secret_is_followed_through_its_symlinks() {
    let ca = Ca::new("ours");
    let root = tempfile::tempdir().unwrap();
    // As the kubelet writes it: one rename swaps all files.
    let mount = |stamp: &str, pair: &Pair| {
        let folder = root.path().join(stamp);
        fs::create_dir(&folder).unwrap();
        for (name, text) in [("tls.crt", &pair.certificate), ("tls.key", &pair.key), ("ca.crt", &ca.pem())] {
            fs::write(folder.join(name), text).unwrap();
        }
        symlink(stamp, root.path().join("..data_tmp")).unwrap();
        fs::rename(root.path().join("..data_tmp"), root.path().join("..data")).unwrap();
    };
    let (first, second) = (ca.server(), ca.server());
    mount("..2026_12_01.1", &first);
    let link = |name: &str| {
        symlink(format!("..data/{name}"), root.path().join(name)).unwrap();
        root.path().join(name)
    };
    let files =
        TlsFiles { certificate: link("tls.crt"), key: link("tls.key"), client_ca: link("ca.crt"), crl: None };
    let running = app::build(with_tls(&files)).await.unwrap();
    let client = ca.client(KNOWN);
    shows(&running, &ca, &client, &first).await;
    mount("..2026_12_01.2", &second);
    fs::remove_dir_all(root.path().join("..2026_12_01.1")).unwrap();
    // Nobody rings.
    shows(&running, &ca, &client, &second).await;
    assert_eq!(failures(&running), 0);
}
