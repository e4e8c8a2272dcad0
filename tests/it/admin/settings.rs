//! Security settings that are left out, or do not go together: nothing starts.

use crate::cli::config::{faults, read};

const TLS: &str = "tls: { certificate: /c, key: /k, client_ca: /a }";
const MAY: &str = "may: [tenants]";

/// The one fault of an admin listener, with its line and without the file.
#[track_caller]
fn check(listener: &str, expected: &str) {
    let told = faults(&format!("policy: here\nadmin:\n  - {listener}\n"));
    let (place, rest) = told.split_once(" fault: ").unwrap();
    assert!(place.starts_with("here.yaml:3:"), "{listener}\n{told}");
    assert!(rest.starts_with(expected), "{listener}\nexpected: {expected}\n{told}");
    assert_eq!(told.matches("fault: ").count(), 1, "{listener}\n{told}");
}

#[test]
fn b33_whatever_is_left_out_is_a_fault_with_its_place() {
    let tcp = |rest: &str| format!("{{ address: \"10.0.0.5:7701\", {rest} }}");
    let unix = |rest: &str| format!("{{ address: \"unix:/a\", {rest} }}");
    let one = |identity: &str| tcp(&format!("{TLS}, identities: [{{ {identity} }}]"));
    let listed = "identities: [{ uri: \"a:b\", may: [apps] }]";
    let files = |files: &str| tcp(&format!("tls: {{ {files} }}, {listed}"));
    let cases = [
        // TLS, and each part of it.
        ("127.0.0.1:7701".to_owned(), "anybody could push policy at `127.0.0.1:7701`: it has no `tls`"),
        ("{ address: 127.0.0.1:7701 }".to_owned(), "anybody could push policy at `127.0.0.1:7701`"),
        ("{ address: 127.0.0.1:7701, insecure: false }".to_owned(), "anybody could push policy at"),
        (tcp("identities: [{ uri: \"a:b\", may: [apps] }]"), "anybody could push policy at `10.0.0.5:7701`"),
        (tcp("insecure: true"), "`10.0.0.5:7701` is not loopback: it cannot be insecure"),
        ("{ address: \"[::]:7701\", insecure: true }".to_owned(), "`[::]:7701` is not loopback"),
        (tcp("tls: { key: /k, client_ca: /a }"), "TLS needs the key `certificate`"),
        (tcp("tls: { certificate: /c, client_ca: /a }"), "TLS needs the key `key`"),
        (tcp("tls: { certificate: /c, key: /k }"), "TLS needs the key `client_ca`"),
        (files("certificate: \"\", key: /k, client_ca: /a"), "expected a string, found an empty text"),
        (files("certificate: /c, key: /k, client_ca: \"\""), "expected a string, found an empty text"),
        (files("certificate: /c, key: /k, client_ca: /a, crl: \"\""), "expected a string, found an empty"),
        // Identities, and each part of one.
        (tcp(TLS), "nobody may do anything at `10.0.0.5:7701`: it has no `identities`"),
        (tcp(&format!("{TLS}, identities: []")), "the list is empty"),
        (one("uri: \"a:b\""), "an identity needs the key `may`"),
        (one("uri: \"a:b\", may: []"), "the list is empty"),
        (one("uri: \"a:b\", may: [all]"), "unknown word `all`"),
        (one("uri: \"a:b\", may: [apps], tenants: []"), "the list is empty"),
        (one(MAY), "an identity needs"),
        (one(&format!("uri: \"\", {MAY}")), "expected a string, found an empty text"),
        (one(&format!("dns: \"\", {MAY}")), "expected a string, found an empty text"),
        (unix(&format!("identities: [{{ uids: [], {MAY} }}]")), "the list is empty"),
        (unix("identities: []"), "the list is empty"),
        (unix("identities: [{ uids: [1] }]"), "an identity needs the key `may`"),
        // What does not go together, or is more than it says.
        (one(&format!("uri: \"a:b\", dns: c, {MAY}")), "an identity does not have both `uri` and `dns`"),
        (one(&format!("uids: [0], {MAY}")), "users and groups are known on Unix sockets alone"),
        (unix(&format!("identities: [{{ uri: \"a:b\", {MAY} }}]")), "a Unix socket knows no certificates"),
        (one(&format!("uri: \"spiffe://prod/*\", {MAY}")), "`spiffe://prod/*` is not a URI"),
        (one(&format!("uri: cp, {MAY}")), "`cp` is not a URI"),
        (one(&format!("dns: \"*.prod\", {MAY}")), "`*.prod` is not a DNS name"),
        (one(&format!("dns: \"spiffe://prod/cp\", {MAY}")), "`spiffe://prod/cp` is not a DNS name"),
        (
            tcp(&format!("{TLS}, identities: [{{ uri: \"a:b\", {MAY} }}, {{ uri: \"a:b\", may: [apps] }}]")),
            "this identity is listed twice",
        ),
        (
            unix("identities: [{ uids: [1, 2], may: [apps] }, { uids: [2], may: [model] }]"),
            "this identity is listed twice",
        ),
        (tcp(&format!("{TLS}, insecure: true")), "an admin listener is not both insecure and with TLS"),
        (
            "{ address: 127.0.0.1:1, insecure: true, identities: [{ uids: [1], may: [apps] }] }".to_owned(),
            "an insecure listener cannot tell identities apart",
        ),
        (unix(TLS), "a Unix socket has no TLS"),
        (unix("insecure: true"), "a Unix socket is not insecure"),
        (tcp(&format!("{TLS}, mode: \"0600\"")), "only a Unix socket has a mode"),
        (unix("mode: \"0666\""), "the mode `0666` lets everybody connect"),
        (unix("mode: \"776\""), "the mode `776` lets everybody connect"),
        (unix("mode: \"0770\""), "the mode `0770` has bits that no socket needs"),
        (unix("mode: \"rw\""), "`rw` is not a mode in octal"),
        (unix("mode: \"\""), "expected a string, found an empty text"),
        (unix("mode: 660"), "expected a string, found the number `660`"),
        ("\"unix:\"".to_owned(), "`unix:` is not an address"),
        ("{ mode: \"0600\" }".to_owned(), "an admin listener needs the key `address`"),
        ("127.0.0.1:7700".to_owned(), "anybody could push policy"),
    ];
    for (listener, expected) in cases {
        check(&listener, expected);
    }
}

#[test]
fn b33_a_source_has_what_it_needs_and_nothing_else() {
    for (written, line, expected) in [
        ("source: push\n", 1, "policy comes by push, and there is nowhere to push it"),
        ("source: push\nadmin: []\n", 1, "policy comes by push, and there is nowhere to push it"),
        ("source: push\nadmin: [\"unix:/a\"]\npolicy: here\n", 3, "policy comes by push: a policy directory"),
        ("source: dir\npolicy: here\nstate_dir: there\n", 3, "`state_dir` keeps what was pushed"),
        (
            "policy: here\nlisteners: [\"unix:/a\"]\nadmin: [\"unix:/a\"]\n",
            3,
            "the address `unix:/a` is listed",
        ),
        ("policy: here\nadmin: [\"unix:/a\", \"unix:/a\"]\n", 2, "the address `unix:/a` is listed twice"),
    ] {
        let told = faults(written);
        assert!(told.starts_with(&format!("here.yaml:{line}:")), "{written}\n{told}");
        assert!(told.contains(&format!("fault: {expected}")), "{written}\n{told}");
        assert_eq!(told.matches("fault: ").count(), 1, "{told}");
    }
    let app = read("source: push\nstate_dir: there\nadmin: [\"unix:/a\"]\n").unwrap().app;
    assert_eq!(app.state_dir.as_deref(), Some(std::path::Path::new("there")));
    assert!(app.policy.as_os_str().is_empty());
}
