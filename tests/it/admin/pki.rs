//! Certificates, good and bad.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};
use sidegate::app::TlsFiles;
use tempfile::TempDir;
use time::OffsetDateTime;

/// A CA.
pub(super) struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// The files of a listener's TLS.
pub(super) struct Folder {
    directory: TempDir,
    crl: bool,
}

impl Ca {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate, changed from that of a client without a name.
    pub(super) fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let params = client_params(change);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Pair { certificate, key: key.serialize_pem() }
    }

    /// The certificate of a client with one URI.
    pub(super) fn client(&self, uri: &str) -> Pair {
        self.issue(|params| params.subject_alt_names = vec![self::uri(uri)])
    }

    /// The certificate of a server at `localhost`.
    pub(super) fn server(&self) -> Pair {
        self.issue(|params| {
            params.subject_alt_names = vec![dns("localhost")];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        })
    }

    /// A list of revoked certificates, by serial number.
    pub(super) fn revokes(&self, serials: &[u64]) -> String {
        self.revokes_until(date_time_ymd(2999, 1, 1), serials)
    }

    /// One that is good until a day.
    pub(super) fn revokes_until(&self, next_update: OffsetDateTime, serials: &[u64]) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 11, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 11, 1),
            next_update,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.0).unwrap().pem().unwrap()
    }
}

/// A certificate that is its own CA.
pub(super) fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let key = KeyPair::generate().unwrap();
    let certificate = client_params(change).self_signed(&key).unwrap().pem();
    Pair { certificate, key: key.serialize_pem() }
}

fn client_params(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    params
}

pub(super) fn uri(name: &str) -> SanType {
    SanType::URI(name.try_into().unwrap())
}

pub(super) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

pub(super) fn email(name: &str) -> SanType {
    SanType::Rfc822Name(name.try_into().unwrap())
}

impl Folder {
    /// The files of a server of this CA, which trusts clients of it too.
    pub(super) fn new(ca: &Ca) -> Self {
        let folder = Self { directory: tempfile::tempdir().unwrap(), crl: false };
        folder.serve(&ca.server());
        folder.write("ca.crt", &ca.pem());
        folder
    }

    /// With a list of revoked certificates.
    pub(super) fn revoking(ca: &Ca, serials: &[u64]) -> Self {
        let folder = Self { crl: true, ..Self::new(ca) };
        folder.write("ca.crl", &ca.revokes(serials));
        folder
    }

    /// Replaces the certificate and the key.
    pub(super) fn serve(&self, Pair { certificate, key }: &Pair) {
        self.write("tls.crt", certificate);
        self.write("tls.key", key);
    }

    /// Replaces a file at once.
    pub(super) fn write(&self, name: &str, text: &str) {
        let new = self.path().join(format!("{name}.new"));
        fs::write(&new, text).unwrap();
        fs::rename(new, self.path().join(name)).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn files(&self) -> TlsFiles {
        let at = |name: &str| -> PathBuf { self.path().join(name) };
        let crl = self.crl.then(|| at("ca.crl"));
        TlsFiles { certificate: at("tls.crt"), key: at("tls.key"), client_ca: at("ca.crt"), crl }
    }
}
