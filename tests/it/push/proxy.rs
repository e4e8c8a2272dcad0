//! Something between a client and a sidecar that fails as networks do: it cuts, it
//! stalls, it lets through so much at a time, it swallows what one side says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sidegate::app::ListenAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A proxy before a listener.
pub(super) struct Proxy {
    address: SocketAddr,
    rules: Arc<Rules>,
    task: JoinHandle<()>,
}

/// How it behaves now.
struct Rules {
    /// Connections made before a change of it are cut.
    cuts: watch::Sender<u64>,
    /// Bytes that are let through at a time from the client; 0 is as many as come.
    piece: AtomicUsize,
    /// Nothing the client says is let through.
    stalled: AtomicBool,
    /// Nothing the other side says is let through.
    deaf: AtomicBool,
    /// Bytes of clients that were let through.
    let_through: AtomicUsize,
}

impl Proxy {
    pub(super) async fn before(listener: &ListenAddress) -> Self {
        let to = listener.to_string();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let rules = Arc::new(Rules {
            cuts: watch::Sender::new(0),
            piece: AtomicUsize::new(0),
            stalled: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            let_through: AtomicUsize::new(0),
        });
        let of_task = Arc::clone(&rules);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = socket.accept().await {
                let (rules, to) = (Arc::clone(&of_task), to.clone());
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(to).await else { return };
                    pass(client, server, &rules).await;
                });
            }
        });
        Self { address, rules, task }
    }

    pub(super) fn address(&self) -> ListenAddress {
        self.address.to_string().parse().unwrap()
    }

    /// Cuts every connection that there is.
    pub(super) fn cut(&self) {
        self.rules.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets through so many bytes of clients every millisecond.
    pub(super) fn throttle(&self, piece: usize) {
        self.rules.piece.store(piece, Ordering::Relaxed);
    }

    /// Lets through nothing more of clients.
    pub(super) fn stall(&self, stalled: bool) {
        self.rules.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Lets through nothing more of what clients are told.
    pub(super) fn swallow_answers(&self, deaf: bool) {
        self.rules.deaf.store(deaf, Ordering::Relaxed);
    }

    /// Bytes of clients that were let through.
    pub(super) fn let_through(&self) -> usize {
        self.rules.let_through.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

/// Passes on what two sides say, until one ends or both are cut off.
async fn pass(client: TcpStream, server: TcpStream, rules: &Rules) {
    let mut cuts = rules.cuts.subscribe();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let piece = rules.piece.load(Ordering::Relaxed);
            let room = if piece == 0 { buffer.len() } else { piece.min(buffer.len()) };
            let Ok(read @ 1..) = from_client.read(&mut buffer[..room]).await else { return };
            while rules.stalled.load(Ordering::Relaxed) {
                tick().await;
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                return;
            }
            rules.let_through.fetch_add(read, Ordering::Relaxed);
            if piece != 0 {
                tick().await;
            }
        }
    };
    let back = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(read @ 1..) = from_server.read(&mut buffer).await else { return };
            if rules.deaf.load(Ordering::Relaxed) {
                continue;
            }
            if to_client.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = cuts.changed() => {}
    }
}

/// A wait between two looks.
async fn tick() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
