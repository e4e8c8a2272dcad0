//! What a client gets to: as far as the call, or not even that.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sidegate::app::ListenAddress;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};
use tokio_rustls::{TlsConnector, rustls};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::pki::{Ca, Pair};

/// Reads what is held, and so needs a caller that is listed.
pub(super) const STATUS: &str = "/sidegate.v1.PolicyService/GetStatus";

/// How far a call gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reached {
    /// There is no connection, or no longer one.
    Nothing,
    /// There is no such method here.
    NoMethod,
    /// The connection says nothing of who calls.
    Nobody,
    /// The caller may not call.
    Denied,
    /// The service.
    Service,
}

/// A connection of HTTP/2.
pub(super) struct Link(Option<SendRequest<Bytes>>);

/// What a client says of itself, and speaks.
pub(super) struct Client<'a> {
    pub(super) pair: Option<&'a Pair>,
    pub(super) alpn: &'a [&'a [u8]],
    pub(super) versions: &'a [&'static rustls::SupportedProtocolVersion],
}

const VERSIONS: &[&rustls::SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

impl<'a> Client<'a> {
    pub(super) fn new(pair: Option<&'a Pair>) -> Self {
        Self { pair, alpn: &[b"h2"], versions: VERSIONS }
    }

    /// Shakes hands with a server of a CA. What the server thinks of the client may
    /// show only later.
    pub(super) async fn shake_hands(&self, at: &ListenAddress, ca: &Ca) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.pem().as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.pair {
            None => builder.with_no_client_auth(),
            Some(Pair { certificate, key }) => {
                let chain: Result<Vec<_>, _> =
                    CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain.unwrap(), key).unwrap()
            }
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(at.to_string()).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    pub(super) async fn link(&self, at: &ListenAddress, ca: &Ca) -> Link {
        match self.shake_hands(at, ca).await {
            Ok(stream) => Link::over(stream).await,
            Err(_) => Link(None),
        }
    }
}

/// A connection to a listener without TLS.
pub(super) async fn plain(at: &ListenAddress) -> Link {
    match at {
        ListenAddress::Tcp(address) => Link::over(TcpStream::connect(address).await.unwrap()).await,
        ListenAddress::Unix(path) => Link::over(UnixStream::connect(path).await.unwrap()).await,
    }
}

impl Link {
    async fn over(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let Ok((send, connection)) = h2::client::handshake(io).await else { return Self(None) };
        tokio::spawn(connection);
        Self(Some(send))
    }

    /// Calls with an empty message, and tells how far that gets.
    pub(super) async fn call(&mut self, path: &str) -> Reached {
        match self.answer(path).await {
            Err(_) => Reached::Nothing,
            Ok(None) => Reached::Service,
            Ok(Some(status)) => {
                let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
                match (status.code(), reason.as_deref()) {
                    (Code::Unimplemented, None) => Reached::NoMethod,
                    (Code::Unauthenticated, Some("ERROR_REASON_NO_IDENTITY")) => Reached::Nobody,
                    (Code::PermissionDenied, Some("ERROR_REASON_CALLER_NOT_ALLOWED")) => Reached::Denied,
                    (Code::Unauthenticated | Code::PermissionDenied, _) => panic!("{path}: {status:?}"),
                    _ => Reached::Service,
                }
            }
        }
    }

    /// The status that the head of the answer has; one that has none has begun.
    async fn answer(&mut self, path: &str) -> Result<Option<Status>, h2::Error> {
        let closed = || h2::Error::from(h2::Reason::REFUSED_STREAM);
        let mut send = self.0.take().ok_or_else(closed)?.ready().await?;
        let request = http::Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        let (response, mut body) = send.send_request(request, false)?;
        body.send_data(Bytes::from_static(&[0; 5]), true)?;
        let response = response.await?;
        self.0 = Some(send);
        Ok(Status::from_header_map(response.headers()))
    }

    /// Waits until the other side has closed the connection.
    pub(super) async fn closed(&mut self) {
        while self.call("/grpc.health.v1.Health/Check").await != Reached::Nothing {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}
