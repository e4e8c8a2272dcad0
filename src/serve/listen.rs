//! Sockets: bound, and for Unix ones cleared away before and after.

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use super::address::ListenAddress;
use super::certificates::is_exposed;

/// Who may connect: the owner and the group of the sidecar's process.
pub(crate) const SOCKET_MODE: u32 = 0o660;
/// Connections that the system keeps until they are accepted.
const BACKLOG: u32 = 1024;

/// A bound socket.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// An accepted connection.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The file of a bound Unix socket; removed when this is dropped, unless it is
/// another one by then: a successor may have taken the path.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// The device and the number of the file that was bound.
    bound: Option<(u64, u64)>,
}

impl SocketFile {
    fn bound(path: &Path) -> Self {
        Self { path: path.to_owned(), bound: identity(path) }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.bound.is_some() && identity(&self.path) == self.bound {
            // If it is gone already, so much the better.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What tells a file from others that have had its path.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

impl Listener {
    /// Takes the next connection. Nothing is lost when this is given up.
    pub(super) async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => Ok(Socket::Tcp(listener.accept().await?.0)),
            Self::Unix(listener, _file) => Ok(Socket::Unix(listener.accept().await?.0)),
        }
    }
}

/// Binds an address. The address returned is the one bound, with its port.
pub(crate) fn bind(address: &ListenAddress) -> io::Result<(Listener, ListenAddress)> {
    bind_with(address, SOCKET_MODE)
}

/// Binds an address of an admin listener; a Unix socket with this mode, in a
/// directory where not everybody can put another in its place.
pub(crate) fn bind_admin(address: &ListenAddress, mode: u32) -> io::Result<(Listener, ListenAddress)> {
    if let ListenAddress::Unix(path) = address
        && is_exposed(path)?
    {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "everybody can write its directory"));
    }
    bind_with(address, mode)
}

fn bind_with(address: &ListenAddress, mode: u32) -> io::Result<(Listener, ListenAddress)> {
    match address {
        ListenAddress::Tcp(wanted) => {
            let listener = bind_tcp(*wanted)?;
            let bound = listener.local_addr()?;
            Ok((Listener::Tcp(listener), ListenAddress::Tcp(bound)))
        }
        ListenAddress::Unix(path) => {
            remove_if_abandoned(path)?;
            let listener = UnixListener::bind(path)?;
            let file = SocketFile::bound(path);
            // Until here the umask decides; connecting needs the right to write,
            // which no usual umask gives to others.
            fs::set_permissions(path, Permissions::from_mode(mode))?;
            Ok((Listener::Unix(listener, file), address.clone()))
        }
    }
}

/// Binds an address and a port.
pub(crate) fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last connections are still being forgotten is free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Removes the socket of a process that is gone. One that answers, and a file that
/// is no socket, are left for binding to stumble over.
fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(path: &Path) -> ListenAddress {
        ListenAddress::Unix(path.to_owned())
    }

    #[tokio::test]
    async fn a_socket_is_for_its_owner_and_group_and_goes_with_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let (listener, address) = bind(&unix(&path)).unwrap();
        assert_eq!(address, unix(&path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_successor_keeps_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let (first, _) = bind(&unix(&path)).unwrap();
        fs::remove_file(&path).unwrap();
        let (_second, _) = bind(&unix(&path)).unwrap();
        drop(first);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn an_abandoned_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        bind(&unix(&path)).unwrap();
    }

    #[tokio::test]
    async fn a_live_socket_and_a_plain_file_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        let other = std::os::unix::net::UnixListener::bind(&live).unwrap();
        assert_eq!(bind(&unix(&live)).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(other);

        let plain = folder.path().join("plain");
        fs::write(&plain, "mine").unwrap();
        assert_eq!(bind(&unix(&plain)).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read(&plain).unwrap(), b"mine");
    }
}
