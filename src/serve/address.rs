//! Where to listen.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen at, written `ADDR:PORT` or `unix:PATH`.
///
/// A host name is not one, and a port alone is neither: what is not loopback has
/// to be written out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListenAddress {
    /// An address and a port; port 0 is any free one.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// The text is not an address.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not an address, expected `ADDR:PORT` or `unix:PATH`")]
pub struct AddressError {
    text: String,
}

impl ListenAddress {
    /// Whether only this machine, or this pod, can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let not_one = || AddressError { text: text.to_owned() };
        match text.strip_prefix("unix:") {
            Some("") => Err(not_one()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp).map_err(|_| not_one()),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for text in ["127.0.0.1:7700", "0.0.0.0:0", "[::1]:7700", "unix:/run/sidegate.sock", "unix:here"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", ":7700", "7700", "localhost:7700", "127.0.0.1", "127.0.0.1:70000", "unix:", "http://[::1]:1"]
        {
            let error = text.parse::<ListenAddress>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is not an address")), "{error}");
        }
    }
}
