//! The files of mutual TLS: read, held against one another, and made into what a
//! handshake needs.
//!
//! Invariants:
//!
//! 1. *All or nothing.* Certificate, key, client CA and revocation lists are good
//!    together, or none of them is used.
//! 2. *Nobody else's.* A file that everybody can write, or replace, is not
//!    trusted.
//! 3. *Verified each time.* No session is resumed: that would go past the client's
//!    certificate.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};

use crate::clock::Clock;

/// The most bytes of a file.
const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// What HTTP/2 calls itself.
pub(super) const H2: &[u8] = b"h2";

/// The files of mutual TLS, in PEM.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsFiles {
    /// The sidecar's certificate, with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// What callers' certificates are held against.
    pub client_ca: PathBuf,
    /// Revocation lists, for each CA of `client_ca` and of chains.
    pub crl: Option<PathBuf>,
}

/// Why the files of mutual TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Everybody may change a file.
    #[error(
        "`{path}` can be changed by everybody: take that right from others, of the file and its directory"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("`{path}` is not {expected}: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The certificate and the key do not belong together, or one of them is of a
    /// kind that is not known.
    #[error("the certificate `{certificate}` and the key `{key}` do not serve together: {reason}")]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong with them.
        reason: String,
    },
    /// Nothing can be held against the CA or the revocation lists.
    #[error("`{path}` is of no use to verify clients: {reason}")]
    Verifier {
        /// The file of the CA.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What the files hold, not yet looked into.
#[derive(Eq, PartialEq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Vec<u8>,
    crl: Option<Vec<u8>>,
}

/// What a handshake needs.
#[derive(Debug)]
pub(super) struct Credentials {
    /// How the sidecar shakes hands.
    pub(super) config: Arc<ServerConfig>,
    /// What clients' certificates are held against, again if need be.
    pub(super) verifier: Arc<dyn ClientCertVerifier>,
}

impl TlsFiles {
    /// Reads the files. Blocks.
    pub(super) fn read(&self) -> Result<Contents, TlsError> {
        let Self { certificate, key, client_ca, crl } = self;
        Ok(Contents {
            certificate: bytes(certificate)?,
            key: bytes(key)?,
            client_ca: bytes(client_ca)?,
            crl: crl.as_deref().map(bytes).transpose()?,
        })
    }

    /// Makes what a handshake needs out of what they hold.
    pub(super) fn credentials(&self, contents: &Contents, clock: Clock) -> Result<Credentials, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates(&self.certificate, &contents.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|error| malformed(&self.key, "a private key in PEM", error))?;
        let mut roots = RootCertStore::empty();
        for root in certificates(&self.client_ca, &contents.client_ca)? {
            roots.add(root).map_err(|error| malformed(&self.client_ca, "a CA's certificate", error))?;
        }
        let mut verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        if let (Some(path), Some(crl)) = (&self.crl, &contents.crl) {
            verifier = verifier.with_crls(revocation_lists(path, crl)?).enforce_revocation_expiration();
        }
        let verifier = verifier.build().map_err(|error| {
            let path = self.crl.as_ref().unwrap_or(&self.client_ca).clone();
            TlsError::Verifier { path, reason: error.to_string() }
        })?;
        let pair = |error: rustls::Error| TlsError::Pair {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            reason: error.to_string(),
        };
        let mut config = ServerConfig::builder_with_details(provider, Arc::new(Wall(clock)))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(pair)?
            .with_client_cert_verifier(Arc::clone(&verifier))
            .with_single_cert(chain, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![H2.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.max_early_data_size = 0;
        Ok(Credentials { config: Arc::new(config), verifier })
    }
}

impl Contents {
    /// Stands for what they hold. Not for the log: keys are short of nothing, but it
    /// is nobody's business.
    pub(super) fn digest(&self) -> blake3::Hash {
        let Self { certificate, key, client_ca, crl } = self;
        let mut hasher = blake3::Hasher::new();
        for part in [Some(certificate), Some(key), Some(client_ca), crl.as_ref()] {
            let length = part.map_or(0, |part| part.len().saturating_add(1));
            hasher.update(&length.to_le_bytes());
            hasher.update(part.map_or(&[], Vec::as_slice));
        }
        hasher.finalize()
    }
}

/// The sidecar's clock, as rustls asks for it.
#[derive(Debug)]
struct Wall(Clock);

impl TimeProvider for Wall {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time(self.0))
    }
}

/// The present second. Before 1970 nothing is valid yet.
pub(super) fn unix_time(clock: Clock) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(clock.now().seconds()).unwrap_or(0)))
}

/// Whether everybody can change a file, or put another one in its place.
pub(super) fn is_exposed(path: &Path) -> io::Result<bool> {
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::metadata(folder.unwrap_or(Path::new(".")))?.permissions().mode();
    Ok(folder & OTHERS_WRITE != 0 && folder & STICKY == 0)
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |reason| TlsError::Unreadable { path: path.to_owned(), reason };
    // Opening a pipe would wait for whoever writes to it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")));
    }
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.permissions().mode() & 0o002 != 0 || is_exposed(path).map_err(unreadable)? {
        return Err(TlsError::Exposed { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 16 MiB")));
    }
    Ok(bytes)
}

fn malformed(path: &Path, expected: &'static str, reason: impl ToString) -> TlsError {
    TlsError::Malformed { path: path.to_owned(), expected, reason: reason.to_string() }
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    const EXPECTED: &str = "one certificate or more in PEM";
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = read.map_err(|error| malformed(path, EXPECTED, error))?;
    if found.is_empty() { Err(malformed(path, EXPECTED, "there is none")) } else { Ok(found) }
}

fn revocation_lists(path: &Path, pem: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    const EXPECTED: &str = "one revocation list or more in PEM";
    let read: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
    let found = read.map_err(|error| malformed(path, EXPECTED, error))?;
    if found.is_empty() { Err(malformed(path, EXPECTED, "there is none")) } else { Ok(found) }
}
