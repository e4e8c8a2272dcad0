//! Files that a sidecar does not start with.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sidegate::app::{self, AdminListener, ListenAddress, Protection, StartError};

use super::pki::{Ca, Folder};
use super::{guarded, known, with_tls};

/// What is said of files that were good until they were changed.
async fn told(change: impl FnOnce(&Folder, &Ca)) -> String {
    let ca = Ca::new("ours");
    let folder = Folder::revoking(&ca, &[]);
    change(&folder, &ca);
    let error = app::build(with_tls(&folder.files())).await.unwrap_err();
    assert!(matches!(error, StartError::Tls { .. }), "{error}");
    error.to_string().replace(&folder.path().display().to_string(), "here")
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn b33_bad_files_of_tls_are_refused_with_their_place() {
    type Change = fn(&Folder, &Ca);
    let cases: [(&str, Change); 15] = [
        ("cannot read `here/tls.key`: No such file", |folder, _| {
            fs::remove_file(folder.path().join("tls.key")).unwrap();
        }),
        ("cannot read `here/tls.crt`: No such file", |folder, _| {
            fs::remove_file(folder.path().join("tls.crt")).unwrap();
        }),
        ("cannot read `here/ca.crt`: No such file", |folder, _| {
            fs::remove_file(folder.path().join("ca.crt")).unwrap();
        }),
        ("cannot read `here/ca.crl`: No such file", |folder, _| {
            fs::remove_file(folder.path().join("ca.crl")).unwrap();
        }),
        ("cannot read `here/tls.key`: it is no file", |folder, _| {
            fs::remove_file(folder.path().join("tls.key")).unwrap();
            fs::create_dir(folder.path().join("tls.key")).unwrap();
        }),
        ("`here/tls.key` can be changed by everybody", |folder, _| {
            mode(&folder.path().join("tls.key"), 0o602)
        }),
        ("`here/ca.crt` can be changed by everybody", |folder, _| mode(&folder.path().join("ca.crt"), 0o666)),
        ("`here/ca.crl` can be changed by everybody", |folder, _| mode(&folder.path().join("ca.crl"), 0o777)),
        ("`here/tls.crt` can be changed by everybody", |folder, _| mode(folder.path(), 0o777)),
        ("`here/tls.key` is not a private key in PEM", |folder, _| folder.write("tls.key", "")),
        ("`here/tls.crt` is not one certificate or more in PEM: there is none", |folder, _| {
            folder.write("tls.crt", "");
        }),
        ("the certificate `here/tls.crt` and the key `here/tls.key` do not serve together", |folder, ca| {
            folder.write("tls.key", &ca.server().key);
        }),
        ("`here/ca.crt` is not one certificate or more in PEM: there is none", |folder, _| {
            folder.write("ca.crt", "# later\n");
        }),
        ("`here/ca.crl` is not one revocation list or more in PEM: there is none", |folder, ca| {
            folder.write("ca.crl", &ca.pem());
        }),
        ("`here/ca.crl` is of no use to verify clients", |folder, _| {
            folder.write("ca.crl", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
        }),
    ];
    for (expected, change) in cases {
        let told = told(change).await;
        let place = "cannot serve admin calls at `127.0.0.1:0`: ";
        assert!(told.starts_with(&format!("{place}{expected}")), "{expected}\n{told}");
    }
}

#[tokio::test]
async fn a_key_that_others_may_read_and_a_sticky_directory_are_as_kubernetes_mounts_them() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    mode(&folder.path().join("tls.key"), 0o644);
    mode(folder.path(), 0o1777);
    app::build(with_tls(&folder.files())).await.unwrap();
}

#[tokio::test]
async fn b33_a_protection_that_an_address_cannot_have_is_refused() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let socket: ListenAddress = ListenAddress::Unix(folder.path().join("s"));
    let tls = || Protection::Tls { files: folder.files(), identities: vec![known()] };
    let system = || Protection::Socket { mode: 0o660, identities: Vec::new() };
    let at = |address: &str| address.parse().unwrap();
    for (address, protection) in [
        (at("0.0.0.0:0"), Protection::Insecure),
        (at("[::]:0"), Protection::Insecure),
        (at("10.0.0.1:0"), Protection::Insecure),
        (at("127.0.0.1:0"), system()),
        (socket.clone(), Protection::Insecure),
        (socket, tls()),
    ] {
        let mut config = guarded(Protection::Insecure);
        config.admin = vec![AdminListener { address, protection }];
        let error = app::build(config).await.unwrap_err();
        assert!(matches!(error, StartError::Unprotected { .. }), "{error}");
    }
}
