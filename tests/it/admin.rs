//! Admin listeners: who gets in, who is who, and what there is.

mod certificates;
mod commands;
mod files;
mod limits;
mod pki;
mod process;
mod reach;
mod rotation;
mod settings;
mod sockets;
mod table;

use std::collections::BTreeSet;

use sidegate::app::{AdminListener, Config, Protection, TlsFiles};
use sidegate::rpc::{Identity, May, Who};

use crate::support::config;

/// Whom the listeners of these tests know.
const KNOWN: &str = "spiffe://example.org/control-plane";

/// Somebody who may do everything.
fn identity(who: Who) -> Identity {
    Identity { who, may: BTreeSet::from(May::ALL), tenants: None }
}

fn known() -> Identity {
    identity(Who::Uri(KNOWN.to_owned()))
}

/// A sidecar with one admin listener of this protection, on a free port.
fn guarded(protection: Protection) -> Config {
    let mut config = config();
    config.admin = vec![AdminListener { address: "127.0.0.1:0".parse().unwrap(), protection }];
    config
}

/// A sidecar with one admin listener of TLS, which knows [`KNOWN`].
fn with_tls(files: &TlsFiles) -> Config {
    guarded(Protection::Tls { files: files.clone(), identities: vec![known()] })
}
