//! Mutual TLS: what a connection proves by a certificate, and for how long that
//! holds.
//!
//! Invariants:
//!
//! 1. *No certificate, no connection.* Who has none of the client CA does not get
//!    past the handshake.
//! 2. *The newest in force.* A handshake uses what the files last held that was
//!    good.
//! 3. *Only as long as it holds.* A connection whose certificate has expired, was
//!    revoked, or is of a CA that is no longer trusted is cut off.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use super::certificates::{Credentials, H2, unix_time};
use crate::clock::Clock;
use crate::rpc::Peer;

/// How long a certificate is taken to be good without another look, whatever it
/// says of itself: clocks are put forward.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The TLS of one listener.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    pub(super) current: watch::Receiver<Arc<Credentials>>,
    pub(super) clock: Clock,
}

/// A client's certificate, for as long as it is good.
#[derive(Debug)]
pub(super) struct Trust {
    chain: Vec<CertificateDer<'static>>,
    /// The last second that it is good in.
    until: i64,
    tls: Tls,
}

/// What a certificate says.
#[derive(Debug, Eq, PartialEq)]
struct Names {
    uris: Vec<String>,
    dns: Vec<String>,
    until: i64,
}

impl Tls {
    /// Shakes hands.
    ///
    /// # Errors
    ///
    /// Why there is no connection of HTTP/2 with a client that is trusted.
    pub(super) async fn handshake(&self, io: TcpStream) -> io::Result<(TlsStream<TcpStream>, Peer, Trust)> {
        // What changes from here on is noticed by whoever holds the trust.
        let mut tls = self.clone();
        let config = Arc::clone(&tls.current.borrow_and_update().config);
        let stream = TlsAcceptor::from(config).accept(io).await?;
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(H2) {
            return Err(refused("it does not offer HTTP/2"));
        }
        let chain: Vec<_> = session
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|der| der.clone().into_owned())
            .collect();
        let own = chain.first().ok_or_else(|| refused("it has no certificate"))?;
        let Names { uris, dns, until } = names(own)?;
        Ok((stream, Peer::Certified { uris, dns }, Trust { chain, until, tls }))
    }
}

impl Trust {
    /// Waits until the certificate is no longer good, and tells why.
    pub(super) async fn lost(&mut self) -> String {
        loop {
            if let Err(why) = self.look() {
                return why;
            }
            let left = self.until.saturating_sub(self.tls.clock.now().seconds()).saturating_add(1);
            let left = Duration::from_secs(u64::try_from(left).unwrap_or(1)).min(LOOK_EVERY);
            tokio::select! {
                () = sleep(left) => {}
                // Nobody looks at the files any more: all ends soon.
                Ok(()) = self.tls.current.changed() => {}
            }
        }
    }

    /// Holds the certificate against what is trusted now.
    fn look(&mut self) -> Result<(), String> {
        let (own, chain) = self.chain.split_first().ok_or("it has no certificate")?;
        let verifier = Arc::clone(&self.tls.current.borrow_and_update().verifier);
        let verified = verifier.verify_client_cert(own, chain, unix_time(self.tls.clock));
        verified.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// The names that a certificate is for, and until when.
fn names(der: &CertificateDer<'_>) -> io::Result<Names> {
    let unreadable = || refused("its certificate cannot be read");
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| unreadable())?;
    if !rest.is_empty() {
        return Err(unreadable());
    }
    let (mut uris, mut dns) = (Vec::new(), Vec::new());
    let listed = certificate.subject_alternative_name().map_err(|_| unreadable())?;
    for name in listed.iter().flat_map(|listed| &listed.value.general_names) {
        match name {
            GeneralName::URI(uri) => uris.push((*uri).to_owned()),
            GeneralName::DNSName(name) => dns.push((*name).to_owned()),
            GeneralName::Invalid(..) => return Err(unreadable()),
            GeneralName::OtherName(..)
            | GeneralName::RFC822Name(_)
            | GeneralName::X400Address(_)
            | GeneralName::DirectoryName(_)
            | GeneralName::EDIPartyName(_)
            | GeneralName::IPAddress(_)
            | GeneralName::RegisteredID(_) => {}
        }
    }
    Ok(Names { uris, dns, until: certificate.validity().not_after.timestamp() })
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
