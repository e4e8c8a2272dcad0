//! The gRPC client, for services that ask a sidecar.
//!
//! [`connect`] makes a channel with the settings that a decision point needs,
//! above all keepalive: without it a channel does not notice that the other side
//! is gone. The messages and the client itself are generated, in [`v1`].
//!
//! No deadline is set here, because tonic reports one of its own as `CANCELLED`:
//! set one on each request. Whatever goes wrong, the answer is no.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

pub use crate::wire::api as v1;
pub use crate::wire::api::authorization_service_client::AuthorizationServiceClient;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an idle connection is asked whether it still lives.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long it may take to say so.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error("`{address}` is not an address, expected `HOST:PORT` or `unix:PATH`")]
    Address {
        /// The address as given.
        address: String,
    },
    /// Nobody answers there.
    #[error("cannot reach a sidecar at `{address}`")]
    Unreachable {
        /// The address as given.
        address: String,
        /// What the transport says.
        source: tonic::transport::Error,
    },
}

/// Connects to a sidecar at `HOST:PORT` or `unix:PATH`. The channel connects again
/// by itself when the connection is lost.
///
/// # Errors
///
/// [`ConnectError`] if `address` is none, or if nobody answers there now.
pub async fn connect(address: &str) -> Result<AuthorizationServiceClient<Channel>, ConnectError> {
    let channel = endpoint(address)?
        .connect()
        .await
        .map_err(|source| ConnectError::Unreachable { address: address.to_owned(), source })?;
    Ok(AuthorizationServiceClient::new(channel))
}

/// The channel settings for a sidecar at `HOST:PORT` or `unix:PATH`, to be changed
/// before connecting.
///
/// # Errors
///
/// [`ConnectError::Address`]
pub fn endpoint(address: &str) -> Result<Endpoint, ConnectError> {
    endpoint_by("http", address)
}

/// The same for a listener with TLS; how is still to be said. A Unix socket has none.
#[cfg(feature = "server")]
pub(crate) fn secure_endpoint(address: &str) -> Result<Endpoint, ConnectError> {
    if address.starts_with("unix:") {
        return Err(ConnectError::Address { address: address.to_owned() });
    }
    endpoint_by("https", address)
}

fn endpoint_by(scheme: &str, address: &str) -> Result<Endpoint, ConnectError> {
    let uri = match address.strip_prefix("unix:") {
        Some("") => return Err(ConnectError::Address { address: address.to_owned() }),
        Some(_) => address.to_owned(),
        None if is_host_and_port(address) => format!("{scheme}://{address}"),
        None => return Err(ConnectError::Address { address: address.to_owned() }),
    };
    let endpoint = Endpoint::from_shared(uri)
        .map_err(|_| ConnectError::Address { address: address.to_owned() })?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true);
    Ok(endpoint)
}

/// Whether a text is a host and a port. Anything less would be sent to some other
/// port, and a question with it.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_fits = match bracketed {
        Some(inside) => inside.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(plain),
    };
    host_fits
        && port.bytes().all(|digit| digit.is_ascii_digit())
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for address in ["127.0.0.1:7700", "localhost:1", "[::1]:65535", "side-gate.local:80", "unix:/run/s"] {
            assert!(endpoint(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "7700",
            ":7700",
            "localhost",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:0",
            "127.0.0.1:99999",
            "127.0.0.1:+1",
            "http://127.0.0.1:7700",
            "127.0.0.1:7700/x",
            "a@b:1",
            "::1:7700",
            "[::1]",
            "unix:",
        ] {
            assert!(matches!(endpoint(address), Err(ConnectError::Address { .. })), "{address}");
        }
    }
}
