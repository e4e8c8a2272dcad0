//! Clients' certificates: good, bad, and no longer good.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, SerialNumber, date_time_ymd};
use sidegate::app::{self, Protection};
use sidegate::clock::Clock;
use sidegate::rpc::Who;
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::version;

use super::pki::{Ca, Folder, Pair, dns, email, self_signed, uri};
use super::reach::{Client, Reached, STATUS};
use super::{KNOWN, guarded, identity, known, with_tls};
use crate::raw::until;

fn named(params: &mut CertificateParams) {
    params.subject_alt_names = vec![uri(KNOWN)];
}

/// The certificate of the known client, with this changed.
fn changed(ca: &Ca, change: impl FnOnce(&mut CertificateParams)) -> Pair {
    ca.issue(|params| {
        named(params);
        change(params);
    })
}

#[tokio::test]
async fn f44_a_bad_certificate_does_not_get_past_the_handshake() {
    let (ca, other) = (Ca::new("ours"), Ca::new("ours"));
    let folder = Folder::revoking(&ca, &[666]);
    // It is the first of December 2026.
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let at = &running.admin_addresses()[0];
    let cases = [
        ("good", changed(&ca, |_| {}), Reached::Service),
        (
            "another number",
            changed(&ca, |params| params.serial_number = Some(SerialNumber::from(667))),
            Reached::Service,
        ),
        ("no purpose told", changed(&ca, |params| params.extended_key_usages.clear()), Reached::Service),
        ("expired", changed(&ca, |params| params.not_after = date_time_ymd(2026, 11, 30)), Reached::Nothing),
        (
            "not yet valid",
            changed(&ca, |params| params.not_before = date_time_ymd(2026, 12, 2)),
            Reached::Nothing,
        ),
        (
            "for servers",
            changed(&ca, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            Reached::Nothing,
        ),
        (
            "for code",
            changed(&ca, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning]),
            Reached::Nothing,
        ),
        ("of another CA of the same name", changed(&other, |_| {}), Reached::Nothing),
        ("self-signed", self_signed(named), Reached::Nothing),
        (
            "revoked",
            changed(&ca, |params| params.serial_number = Some(SerialNumber::from(666))),
            Reached::Nothing,
        ),
    ];
    for (what, pair, expected) in cases {
        for versions in [&[&version::TLS13][..], &[&version::TLS12]] {
            let client = Client { versions, ..Client::new(Some(&pair)) };
            assert_eq!(client.link(at, &ca).await.call(STATUS).await, expected, "{what}");
        }
    }
    let metrics = running.installer().metrics().render();
    assert!(metrics.contains("sidegate_handshake_failures_total 14\n"), "{metrics}");
}

#[tokio::test]
async fn a_client_has_to_offer_http2() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let pair = ca.client(KNOWN);
    for (alpn, expected) in [
        (&[&b"h2"[..]][..], Reached::Service),
        (&[b"http/1.1", b"h2"], Reached::Service),
        (&[], Reached::Nothing),
        (&[b"http/1.1"], Reached::Nothing),
    ] {
        let client = Client { alpn, ..Client::new(Some(&pair)) };
        let reached = client.link(&running.admin_addresses()[0], &ca).await.call(STATUS).await;
        assert_eq!(reached, expected, "{alpn:?}");
    }
}

#[tokio::test]
async fn f45_b09_the_right_ca_and_the_wrong_name_is_denied() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let identities = vec![known(), identity(Who::Dns("cp.example.org".to_owned()))];
    let config = guarded(Protection::Tls { files: folder.files(), identities });
    let running = app::build(config).await.unwrap();
    let common_name = |params: &mut CertificateParams| {
        params.distinguished_name.push(DnType::CommonName, KNOWN);
    };
    let other = "spiffe://example.org/other";
    let cases = [
        ("the URI", vec![uri(KNOWN)], Reached::Service),
        ("the DNS name", vec![dns("cp.example.org")], Reached::Service),
        ("the DNS name among others", vec![dns("a.example.org"), dns("cp.example.org")], Reached::Service),
        ("the URI and another DNS name", vec![uri(KNOWN), dns("a.example.org")], Reached::Service),
        ("no name", vec![], Reached::Denied),
        ("another URI", vec![uri(other)], Reached::Denied),
        ("two URIs", vec![uri(KNOWN), uri(other)], Reached::Denied),
        ("two URIs, the other first", vec![uri(other), uri(KNOWN)], Reached::Denied),
        ("the URI twice", vec![uri(KNOWN), uri(KNOWN)], Reached::Denied),
        ("two URIs and the DNS name", vec![uri(KNOWN), uri(other), dns("cp.example.org")], Reached::Denied),
        ("the URI as a DNS name", vec![dns(KNOWN)], Reached::Denied),
        ("the URI as an address of mail", vec![email(KNOWN)], Reached::Denied),
        ("the DNS name as a URI", vec![uri("cp.example.org")], Reached::Denied),
        (
            "a trust domain that begins alike",
            vec![uri("spiffe://example.org.evil/control-plane")],
            Reached::Denied,
        ),
        ("a path that begins alike", vec![uri("spiffe://example.org/control-plane/x")], Reached::Denied),
        ("a slash at the end", vec![uri("spiffe://example.org/control-plane/")], Reached::Denied),
        ("other letters", vec![uri("spiffe://example.org/Control-Plane")], Reached::Denied),
        ("a wildcard", vec![dns("*.example.org")], Reached::Denied),
    ];
    for (what, names, expected) in cases {
        // The subject says nothing, whatever it says.
        let pair = ca.issue(|params| {
            params.subject_alt_names = names;
            common_name(params);
        });
        let reached =
            Client::new(Some(&pair)).link(&running.admin_addresses()[0], &ca).await.call(STATUS).await;
        assert_eq!(reached, expected, "{what}");
    }
}

#[tokio::test]
async fn f44_a_connection_ends_when_its_certificate_expires() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let mut config = with_tls(&folder.files());
    config.clock = Clock::System;
    let running = app::build(config).await.unwrap();
    let at = &running.admin_addresses()[0];
    let short = changed(&ca, |params| params.not_after = OffsetDateTime::now_utc() + Duration::seconds(2));
    let mut lasting = Client::new(Some(&ca.client(KNOWN))).link(at, &ca).await;
    let mut link = Client::new(Some(&short)).link(at, &ca).await;
    assert_eq!(link.call(STATUS).await, Reached::Service);
    link.closed().await;
    assert_eq!(Client::new(Some(&short)).link(at, &ca).await.call(STATUS).await, Reached::Nothing);
    assert_eq!(lasting.call(STATUS).await, Reached::Service);
}

#[tokio::test]
async fn f44_a_connection_ends_when_its_certificate_is_revoked_or_its_ca_is_dropped() {
    let (ca, next) = (Ca::new("ours"), Ca::new("next"));
    let folder = Folder::revoking(&ca, &[]);
    let running = app::build(with_tls(&folder.files())).await.unwrap();
    let at = &running.admin_addresses()[0];
    let numbered =
        |serial: u64| changed(&ca, |params| params.serial_number = Some(SerialNumber::from(serial)));
    let (first, second) = (numbered(1), numbered(2));
    let mut one = Client::new(Some(&first)).link(at, &ca).await;
    let mut two = Client::new(Some(&second)).link(at, &ca).await;
    assert_eq!(one.call(STATUS).await, Reached::Service);
    assert_eq!(two.call(STATUS).await, Reached::Service);

    folder.write("ca.crl", &ca.revokes(&[1]));
    running.renewal().ring();
    one.closed().await;
    assert_eq!(two.call(STATUS).await, Reached::Service, "it was not revoked");
    assert_eq!(Client::new(Some(&first)).link(at, &ca).await.call(STATUS).await, Reached::Nothing);

    // Two CAs overlap, and then the old one goes.
    folder.write("ca.crt", &[ca.pem(), next.pem()].concat());
    folder.write("ca.crl", &[ca.revokes(&[1]), next.revokes(&[])].concat());
    running.renewal().ring();
    let third = next.client(KNOWN);
    let mut three = Client::new(Some(&third)).link(at, &ca).await;
    while three.call(STATUS).await != Reached::Service {
        three = Client::new(Some(&third)).link(at, &ca).await;
    }
    assert_eq!(two.call(STATUS).await, Reached::Service);
    folder.write("ca.crt", &next.pem());
    running.renewal().ring();
    two.closed().await;
    assert_eq!(three.call(STATUS).await, Reached::Service);
    let metrics = running.installer();
    until("two connections are gone", || {
        metrics.metrics().render().contains("sidegate_admin_connections 1\n")
    })
    .await;
}

#[tokio::test]
async fn f44_a_list_of_revoked_certificates_that_has_expired_or_is_missing_trusts_nobody() {
    let (ca, other) = (Ca::new("ours"), Ca::new("theirs"));
    let client = ca.client(KNOWN);
    for list in [ca.revokes_until(date_time_ymd(2026, 11, 15), &[]), other.revokes(&[])] {
        let folder = Folder::revoking(&ca, &[]);
        let running = app::build(with_tls(&folder.files())).await.unwrap();
        let at = &running.admin_addresses()[0];
        let mut link = Client::new(Some(&client)).link(at, &ca).await;
        assert_eq!(link.call(STATUS).await, Reached::Service);
        folder.write("ca.crl", &list);
        running.renewal().ring();
        link.closed().await;
        assert_eq!(Client::new(Some(&client)).link(at, &ca).await.call(STATUS).await, Reached::Nothing);
    }
}
