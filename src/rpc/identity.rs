//! Who calls an admin listener: what a connection has proved, and which of the
//! configured identities that makes the caller.
//!
//! Invariants:
//!
//! 1. *Exact.* A name is the whole name: no prefix, no wildcard, no folding of
//!    case. A URI is held against URIs and a DNS name against DNS names, and a
//!    certificate's subject against nothing.
//! 2. *One URI.* A certificate with two of them is nobody's.
//! 3. *In order.* The first identity that fits is the caller's, and the only one:
//!    rights do not add up.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::refusal::{Lacking, Refusal};

/// An identity that the configuration names, and what it may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Who it is.
    pub who: Who,
    /// What it may change.
    pub may: BTreeSet<May>,
    /// The tenants it may change and see; `None` is all, and those yet to come.
    pub tenants: Option<BTreeSet<String>>,
}

/// Who an identity is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// Any of these users, and whoever is in any of these groups, on a Unix socket.
    System {
        /// Numbers of users.
        uids: BTreeSet<u32>,
        /// Numbers of groups.
        gids: BTreeSet<u32>,
    },
    /// Whose certificate is for this URI, and for no other.
    Uri(String),
    /// Whose certificate is for this DNS name.
    Dns(String),
}

/// A kind of part that a caller may change.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum May {
    /// The model.
    Model,
    /// Apps.
    Apps,
    /// Tenants, and everything in them.
    Tenants,
}

impl May {
    /// Every kind, in the order documented.
    pub const ALL: [Self; 3] = [Self::Model, Self::Apps, Self::Tenants];

    /// The kind as configured.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Apps => "apps",
            Self::Tenants => "tenants",
        }
    }
}

/// What a connection has proved of who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Peer {
    /// Nothing.
    Unproved,
    /// The system tells the user and the group at the other end of a Unix socket.
    System {
        /// The number of the user.
        uid: u32,
        /// The number of its effective group.
        gid: u32,
    },
    /// A certificate that has been verified is for these names.
    Certified {
        /// Its URIs.
        uris: Vec<String>,
        /// Its DNS names.
        dns: Vec<String>,
    },
}

/// The most characters of a certificate's names that are told.
const TOLD_CHARS: usize = 300;

/// Who may call a listener.
#[derive(Clone, Debug)]
pub(crate) enum Callers {
    /// Whoever reaches it, everything.
    Anyone,
    /// These.
    Listed(Vec<Identity>),
}

/// A caller that the configuration names, and what it may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Caller(Arc<Rights>);

#[derive(Debug, Eq, PartialEq)]
struct Rights {
    name: String,
    may: BTreeSet<May>,
    tenants: Option<BTreeSet<String>>,
}

impl Identity {
    /// A user of the system that may do everything.
    pub(crate) fn owner(uid: u32) -> Self {
        let who = Who::System { uids: [uid].into(), gids: BTreeSet::new() };
        Self { who, may: May::ALL.into(), tenants: None }
    }

    fn is(&self, peer: &Peer) -> bool {
        match (&self.who, peer) {
            (Who::System { uids, gids }, Peer::System { uid, gid }) => {
                uids.contains(uid) || gids.contains(gid)
            }
            // What two URIs say together says neither of them.
            (Who::Uri(_) | Who::Dns(_), Peer::Certified { uris, .. }) if uris.len() > 1 => false,
            (Who::Uri(uri), Peer::Certified { uris, .. }) => uris.contains(uri),
            (Who::Dns(name), Peer::Certified { dns, .. }) => dns.contains(name),
            _ => false,
        }
    }
}

impl Callers {
    /// Who calls, by what a connection has proved.
    pub(crate) fn resolve(&self, peer: &Peer) -> Result<Caller, Refusal> {
        let rights = match self {
            Self::Anyone => Rights { name: "anyone".to_owned(), may: May::ALL.into(), tenants: None },
            Self::Listed(_) if *peer == Peer::Unproved => return Err(Refusal::NoIdentity),
            Self::Listed(identities) => {
                let found = identities.iter().find(|identity| identity.is(peer));
                let Identity { who, may, tenants } = found.ok_or(NOT_LISTED)?;
                let name = match who {
                    Who::System { .. } => peer.to_string(),
                    Who::Uri(name) | Who::Dns(name) => name.clone(),
                };
                Rights { name, may: may.clone(), tenants: tenants.clone() }
            }
        };
        Ok(Caller(Arc::new(rights)))
    }
}

const NOT_LISTED: Refusal = Refusal::CallerNotAllowed(Lacking::Identity);

impl Caller {
    /// Who it is, for the log.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it may change parts of a kind.
    pub(super) fn may(&self, what: May) -> Result<(), Refusal> {
        if self.0.may.contains(&what) { Ok(()) } else { Err(Refusal::CallerNotAllowed(Lacking::May(what))) }
    }

    /// Whether a tenant is one of those that it may see, and change if it may change
    /// tenants.
    pub(crate) fn sees(&self, tenant: &str) -> bool {
        self.0.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }

    /// Whether it sees every tenant, and those yet to come.
    pub(crate) fn sees_all(&self) -> bool {
        self.0.tenants.is_none()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unproved => f.write_str("nobody"),
            Self::System { uid, gid } => write!(f, "the user {uid} of the group {gid}"),
            Self::Certified { uris, dns } => {
                // Whatever a CA has signed is quoted, and not without end.
                let names = format!("{:?}", [&uris[..], &dns[..]].concat());
                write!(f, "a certificate for {}", names.chars().take(TOLD_CHARS).collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(who: Who) -> Callers {
        Callers::Listed(vec![Identity { who, may: [May::Tenants].into(), tenants: None }])
    }

    fn certified(uris: &[&str], dns: &[&str]) -> Peer {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Peer::Certified { uris: owned(uris), dns: owned(dns) }
    }

    #[track_caller]
    fn check(callers: &Callers, peer: &Peer, expected: bool) {
        let resolved = callers.resolve(peer);
        let expected = if expected { Ok(()) } else { Err(NOT_LISTED) };
        assert_eq!(resolved.map(|_| ()), expected, "{peer:?} of {callers:?}");
    }

    const URI: &str = "spiffe://prod/cp";

    #[test]
    fn b09_a_uri_is_exactly_the_one_uri_of_a_certificate() {
        let callers = listed(Who::Uri(URI.to_owned()));
        let other = "spiffe://prod/other";
        for (uris, dns, expected) in [
            (&[URI][..], &[][..], true),
            (&[URI], &["cp.prod"], true),
            (&[], &[], false),
            (&[], &[URI], false),
            (&[other], &[URI], false),
            (&[URI, other], &[], false),
            (&[other, URI], &[], false),
            (&[URI, URI], &[], false),
            (&["spiffe://prod/cp/"], &[], false),
            (&["spiffe://prod/c"], &[], false),
            (&["spiffe://prod/cp/../cp"], &[], false),
            (&["spiffe://prod.evil/cp"], &[], false),
            (&["spiffe://PROD/cp"], &[], false),
            (&["SPIFFE://prod/cp"], &[], false),
            (&["spiffe://prod/cp?x"], &[], false),
            (&["spiffe://prod/cp\0"], &[], false),
            (&["spiffe://prod/*"], &[], false),
            (&["*"], &[], false),
            (&[""], &[], false),
        ] {
            check(&callers, &certified(uris, dns), expected);
        }
    }

    #[test]
    fn b09_a_dns_name_is_exactly_one_of_a_certificate_that_has_no_two_uris() {
        let callers = listed(Who::Dns("cp.prod".to_owned()));
        for (uris, dns, expected) in [
            (&[][..], &["cp.prod"][..], true),
            (&[], &["a.prod", "cp.prod"], true),
            (&[URI], &["cp.prod"], true),
            (&[URI, URI], &["cp.prod"], false),
            (&["cp.prod"], &[], false),
            (&[], &["*.prod"], false),
            (&[], &["CP.prod"], false),
            (&[], &["cp.prod."], false),
            (&[], &["x.cp.prod"], false),
            (&[], &["cp.prod.evil"], false),
        ] {
            check(&callers, &certified(uris, dns), expected);
        }
    }

    #[test]
    fn f50_a_user_is_listed_by_its_number_or_by_its_group() {
        let callers = listed(Who::System { uids: [1000, 1001].into(), gids: [50].into() });
        for (uid, gid, expected) in [
            (1000, 1000, true),
            (1001, 0, true),
            (7, 50, true),
            (7, 1000, false),
            (0, 0, false),
            (50, 7, false),
        ] {
            check(&callers, &Peer::System { uid, gid }, expected);
        }
        let owner = Callers::Listed(vec![Identity::owner(1000)]);
        check(&owner, &Peer::System { uid: 1000, gid: 3 }, true);
        check(&owner, &Peer::System { uid: 0, gid: 0 }, false);
        check(&owner, &Peer::System { uid: 3, gid: 1000 }, false);
    }

    #[test]
    fn what_proves_nothing_is_nobody_where_anybody_is_listed() {
        let nobody = |callers: Callers| callers.resolve(&Peer::Unproved).map(|_| ());
        assert_eq!(nobody(listed(Who::Uri(URI.to_owned()))), Err(Refusal::NoIdentity));
        assert_eq!(nobody(Callers::Listed(Vec::new())), Err(Refusal::NoIdentity));
        assert_eq!(nobody(Callers::Anyone), Ok(()));
        check(&Callers::Listed(Vec::new()), &Peer::System { uid: 0, gid: 0 }, false);
        check(&listed(Who::Uri(URI.to_owned())), &Peer::System { uid: 0, gid: 0 }, false);
        check(&listed(Who::System { uids: [0].into(), gids: [0].into() }), &certified(&[URI], &[]), false);
    }

    #[test]
    fn the_first_that_fits_is_the_only_one() {
        let identity = |who, may| Identity { who, may: [may].into(), tenants: None };
        let callers = Callers::Listed(vec![
            identity(Who::Uri(URI.to_owned()), May::Apps),
            identity(Who::Dns("cp.prod".to_owned()), May::Model),
        ]);
        let caller = callers.resolve(&certified(&[URI], &["cp.prod"])).unwrap();
        assert_eq!(caller.name(), URI);
        assert_eq!(caller.may(May::Apps), Ok(()));
        assert_eq!(caller.may(May::Model), Err(Refusal::CallerNotAllowed(Lacking::May(May::Model))));
    }
}
