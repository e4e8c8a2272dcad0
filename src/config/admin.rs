//! Admin listeners in the configuration: read with everything that is wrong with
//! them, and written again.
//!
//! Who may push policy decides everything, so nothing is made up here: a listener
//! that does not say how callers prove who they are, and who may do what, is a
//! fault. The one default is a Unix socket for the sidecar's own user.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::fault;
use crate::app::{AdminListener, DEFAULT_SOCKET_MODE, ListenAddress, Protection, TlsFiles};
use crate::document::Diagnostic;
use crate::document::yaml::{Body, Core, Node};
use crate::rpc::{Identity, May, Who};

/// Among places: a listener that was left out for a fault.
pub(super) const FAULTY: &str = "admin.faulty";

/// A fault: where, what, and what to do about it.
type Wrong<'n> = (&'n Node, String, Option<&'static str>);

/// Reads one listener. None is returned only where a fault has been told, here or
/// against the table.
pub(super) fn read(item: &Node, faults: &mut Vec<Diagnostic>) -> Option<AdminListener> {
    let at = item.get("address").unwrap_or(item);
    let address = match at.text()?.parse::<ListenAddress>() {
        Ok(address) => address,
        Err(error) => {
            faults.push(fault(at.at, error.to_string(), None));
            return None;
        }
    };
    let identities = identities(item, faults);
    let protection = match address {
        ListenAddress::Unix(_) => socket(item, identities),
        ListenAddress::Tcp(_) => tcp(item, &address, identities),
    };
    match protection {
        Ok(protection) => protection.map(|protection| AdminListener { address, protection }),
        Err((node, message, help)) => {
            faults.push(fault(node.at, message, help));
            None
        }
    }
}

/// How a Unix socket is protected; `None` if something was told against the table.
fn socket(item: &Node, identities: Option<Vec<Identity>>) -> Result<Option<Protection>, Wrong<'_>> {
    if let Some(tls) = item.get("tls") {
        return Err((tls, "a Unix socket has no TLS: the system tells who calls".to_owned(), None));
    }
    if let Some(insecure) = insecure(item) {
        return Err((insecure, "a Unix socket is not insecure: the system tells who calls".to_owned(), None));
    }
    let mode = match item.get("mode") {
        None => DEFAULT_SOCKET_MODE,
        Some(node) => match said(node).map(mode) {
            None => return Ok(None),
            Some(Ok(mode)) => mode,
            Some(Err(message)) => return Err((node, message, None)),
        },
    };
    let Some(identities) = identities else { return Ok(None) };
    if let Some(listed) = item.get("identities").filter(|_| !identities.iter().all(is_of_the_system)) {
        let message = "a Unix socket knows no certificates: name `uids` or `gids`".to_owned();
        return Err((listed, message, None));
    }
    Ok(Some(Protection::Socket { mode, identities }))
}

/// How an address of TCP is protected; `None` if something was told against the
/// table.
fn tcp<'n>(
    item: &'n Node,
    address: &ListenAddress,
    identities: Option<Vec<Identity>>,
) -> Result<Option<Protection>, Wrong<'n>> {
    let at = item.get("address").unwrap_or(item);
    let listed = item.get("identities");
    if let Some(mode) = item.get("mode") {
        return Err((mode, "only a Unix socket has a mode".to_owned(), None));
    }
    match (item.get("tls"), insecure(item)) {
        (Some(_), Some(insecure)) => {
            Err((insecure, "an admin listener is not both insecure and with TLS".to_owned(), None))
        }
        (Some(tls), None) => {
            let Some((files, identities)) = files(tls).zip(identities) else { return Ok(None) };
            match listed {
                None => {
                    let message = format!("nobody may do anything at `{address}`: it has no `identities`");
                    Err((at, message, Some("list whose certificates may do what")))
                }
                Some(listed) if identities.iter().any(is_of_the_system) => {
                    let message = "users and groups are known on Unix sockets alone: name a `uri` or `dns`";
                    Err((listed, message.to_owned(), None))
                }
                // An empty list is told against the table.
                Some(_) => Ok((!identities.is_empty()).then_some(Protection::Tls { files, identities })),
            }
        }
        (None, Some(_)) if !address.is_local() => {
            let message = format!("`{address}` is not loopback: it cannot be insecure");
            Err((at, message, Some("give `tls` and `identities`")))
        }
        (None, Some(_)) => match listed {
            Some(listed) => {
                Err((listed, "an insecure listener cannot tell identities apart".to_owned(), None))
            }
            None => Ok(Some(Protection::Insecure)),
        },
        (None, None) => {
            let message = format!("anybody could push policy at `{address}`: it has no `tls`");
            Err((at, message, Some("give `tls` and `identities`; or, on loopback, `insecure: true`")))
        }
    }
}

/// Where it says that it is insecure, if it does.
fn insecure(item: &Node) -> Option<&Node> {
    item.get("insecure").filter(|node| scalar(node) == Some(Core::Bool(true)))
}

/// The files of TLS, if all that there must be are there.
fn files(tls: &Node) -> Option<TlsFiles> {
    let path = |key: &str| Some(PathBuf::from(tls.get(key)?.text()?));
    let (certificate, key, client_ca) = (path("certificate")?, path("key")?, path("client_ca")?);
    Some(TlsFiles { certificate, key, client_ca, crl: path("crl") })
}

/// What an address of a flag is: it has no room for identities.
pub(super) fn of_flag(address: ListenAddress) -> AdminListener {
    match address {
        ListenAddress::Unix(path) => AdminListener::socket(path),
        ListenAddress::Tcp(_) => AdminListener { address, protection: Protection::Insecure },
    }
}

/// What is wrong with the addresses of flags.
pub(super) fn flag_fault(address: &ListenAddress, insecure: bool) -> Option<String> {
    match address {
        ListenAddress::Unix(_) => None,
        ListenAddress::Tcp(_) if !insecure => Some(format!(
            "`--admin-listen {address}`: anybody could push policy there: give `tls` in the configuration \
             file, or, on loopback, `--admin-insecure`"
        )),
        ListenAddress::Tcp(_) => (!address.is_local())
            .then(|| format!("`--admin-listen {address}` is not loopback: it cannot be insecure")),
    }
}

/// Whether it is the system that tells who it is.
fn is_of_the_system(identity: &Identity) -> bool {
    matches!(identity.who, Who::System { .. })
}

/// The identities of a listener; none of them if one is not one.
fn identities(item: &Node, faults: &mut Vec<Diagnostic>) -> Option<Vec<Identity>> {
    let mut known = Vec::new();
    let mut whole = true;
    for node in item.get("identities").map_or(&[][..], Node::items) {
        match identity(node) {
            Ok(Some(identity)) if known.iter().any(|other| overlap(other, &identity)) => {
                let message = "this identity is listed twice".to_owned();
                faults.push(fault(node.at, message, Some("the first that fits would be the only one")));
                whole = false;
            }
            Ok(Some(identity)) => known.push(identity),
            // Told against the table.
            Ok(None) => whole = false,
            Err((at, message)) => {
                faults.push(fault(at.at, message, None));
                whole = false;
            }
        }
    }
    whole.then_some(known)
}

fn identity(node: &Node) -> Result<Option<Identity>, (&Node, String)> {
    let texts = |key: &str| {
        let listed = node.get(key)?.items();
        Some(listed.iter().filter_map(Node::text).map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let numbers = |key: &str| -> BTreeSet<u32> {
        let listed = node.get(key).map_or(&[][..], Node::items).iter();
        listed
            .filter_map(|item| match scalar(item) {
                Some(Core::Int(number)) => u32::try_from(number).ok(),
                _ => None,
            })
            .collect()
    };
    let who = if let Some(uri) = node.get("uri") {
        let Some(text) = said(uri) else { return Ok(None) };
        if !is_uri(text) {
            return Err((uri, format!("`{text}` is not a URI that a certificate could be for")));
        }
        Who::Uri(text.to_owned())
    } else if let Some(dns) = node.get("dns") {
        let Some(text) = said(dns) else { return Ok(None) };
        if !is_dns_name(text) {
            return Err((dns, format!("`{text}` is not a DNS name in lower case, without a wildcard")));
        }
        Who::Dns(text.to_owned())
    } else {
        let (uids, gids) = (numbers("uids"), numbers("gids"));
        if uids.is_empty() && gids.is_empty() {
            return Ok(None);
        }
        Who::System { uids, gids }
    };
    let Some(listed) = texts("may") else { return Ok(None) };
    let may = May::ALL.into_iter().filter(|may| listed.contains(may.name())).collect::<BTreeSet<_>>();
    Ok((!may.is_empty()).then(|| Identity { who, may, tenants: texts("tenants") }))
}

/// Whether there is somebody whom both name outright.
fn overlap(one: &Identity, other: &Identity) -> bool {
    match (&one.who, &other.who) {
        (Who::System { uids, gids }, Who::System { uids: other_uids, gids: other_gids }) => {
            !uids.is_disjoint(other_uids) || !gids.is_disjoint(other_gids)
        }
        (one, other) => one == other,
    }
}

/// A text that says something; that it must has been told.
fn said(node: &Node) -> Option<&str> {
    node.text().filter(|text| !text.trim().is_empty())
}

fn scalar(node: &Node) -> Option<Core> {
    match &node.body {
        Body::Scalar(scalar) => Some(scalar.core),
        _ => None,
    }
}

/// Reads the mode of a socket: who may connect.
fn mode(text: &str) -> Result<u32, String> {
    let digits = matches!(text.len(), 3 | 4) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = u32::from_str_radix(text, 8).ok().filter(|_| digits);
    match mode {
        None => Err(format!("`{text}` is not a mode in octal, such as `0660`")),
        Some(mode) if mode & 0o007 != 0 => Err(format!("the mode `{text}` lets everybody connect")),
        Some(mode) if mode & !0o660 != 0 => Err(format!("the mode `{text}` has bits that no socket needs")),
        Some(mode) => Ok(mode),
    }
}

/// A scheme, and something after it. It is compared and never taken apart.
fn is_uri(text: &str) -> bool {
    let scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let parts = text.split_once(':');
    plain && begins && parts.is_some_and(|(head, rest)| head.chars().all(scheme) && !rest.is_empty())
}

fn is_dns_name(text: &str) -> bool {
    let part = |part: &str| {
        let holds = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        !part.is_empty() && part.len() <= 63 && part.chars().all(holds)
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// A listener for programs, as the file writes it.
pub(super) fn written(listener: &AdminListener) -> Value {
    let AdminListener { address, protection } = listener;
    let mut fields = Map::from_iter([("address".to_owned(), json!(address.to_string()))]);
    let mut set = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    let listed = match protection {
        Protection::Socket { mode, identities } => {
            set("mode", json!(format!("{mode:04o}")));
            identities.as_slice()
        }
        Protection::Tls { files: TlsFiles { certificate, key, client_ca, crl }, identities } => {
            let mut files = Map::new();
            let paths = [("certificate", certificate), ("key", key), ("client_ca", client_ca)];
            for (name, path) in paths.into_iter().chain(crl.as_ref().map(|crl| ("crl", crl))) {
                files.insert(name.to_owned(), json!(path.to_string_lossy()));
            }
            set("tls", Value::Object(files));
            identities.as_slice()
        }
        Protection::Insecure => {
            set("insecure", json!(true));
            &[]
        }
    };
    if !listed.is_empty() {
        set("identities", listed.iter().map(written_identity).collect());
    }
    Value::Object(fields)
}

fn written_identity(Identity { who, may, tenants }: &Identity) -> Value {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    match who {
        Who::System { uids, gids } => {
            for (key, numbers) in [("uids", uids), ("gids", gids)] {
                if !numbers.is_empty() {
                    set(key, json!(numbers));
                }
            }
        }
        Who::Uri(uri) => {
            set("uri", json!(uri));
        }
        Who::Dns(name) => {
            set("dns", json!(name));
        }
    }
    set("may", may.iter().map(|may| may.name()).collect());
    if let Some(tenants) = tenants {
        set("tenants", json!(tenants));
    }
    Value::Object(fields)
}
