//! Clients that do what a proper client does not: leave calls hanging, say half
//! of what they should, call what is not there.

use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use prost::Message;
use sidegate::app::ListenAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

pub(crate) const CHECK: &str = "/sidegate.v1.AuthorizationService/Check";
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
pub(crate) const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// A client of HTTP/2.
pub(crate) struct Raw {
    send: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

/// A call in flight; given up when dropped.
pub(crate) struct Hanging {
    response: ResponseFuture,
    body: h2::SendStream<Bytes>,
}

/// The socket address of a listener.
pub(crate) fn socket(address: &ListenAddress) -> String {
    address.to_string()
}

impl Raw {
    pub(crate) async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await.unwrap();
        Self { send, connection: tokio::spawn(connection) }
    }

    /// Cuts the connection, with whatever is in flight.
    pub(crate) fn cut(self) {
        self.connection.abort();
    }

    /// Begins a call that may take ten seconds, and sends none of its message.
    pub(crate) async fn hang(&mut self, path: &str) -> Hanging {
        self.begin(path, "10S").await
    }

    /// Begins a call with this `grpc-timeout`, and sends none of its message.
    pub(crate) async fn begin(&mut self, path: &str, timeout: &str) -> Hanging {
        let request = http::Request::post(format!("http://sidegate{path}"))
            .header("content-type", "application/grpc")
            .header("grpc-timeout", timeout)
            .body(())
            .unwrap();
        self.send = self.send.clone().ready().await.unwrap();
        let (response, body) = self.send.send_request(request, false).unwrap();
        Hanging { response, body }
    }

    /// Calls, and returns the gRPC code of the answer.
    pub(crate) async fn call(&mut self, path: &str, message: &impl Message) -> String {
        self.hang(path).await.say(message).await
    }
}

impl Hanging {
    /// Sends the message at last, and returns the gRPC code of the answer.
    pub(crate) async fn say(mut self, message: &impl Message) -> String {
        self.body.send_data(framed(&message.encode_to_vec()).into(), true).unwrap();
        self.code().await
    }

    /// Sends some of what a call says, as it is.
    pub(crate) fn send(&mut self, bytes: impl Into<Bytes>, end: bool) {
        self.body.send_data(bytes.into(), end).unwrap();
    }

    /// Gives the call up, with this reason.
    pub(crate) fn reset(mut self, reason: h2::Reason) {
        self.body.send_reset(reason);
    }

    /// The status that the answer has in its head, which refusals have.
    pub(crate) async fn refusal(self) -> tonic::Status {
        let response = self.response.await.unwrap();
        tonic::Status::from_header_map(response.headers()).unwrap()
    }

    /// The gRPC code of the answer.
    pub(crate) async fn code(self) -> String {
        let response = self.response.await.unwrap();
        let code = |headers: &http::HeaderMap| Some(headers.get("grpc-status")?.to_str().unwrap().to_owned());
        if let Some(code) = code(response.headers()) {
            return code;
        }
        let mut body = response.into_body();
        while let Some(piece) = body.data().await {
            let taken = piece.unwrap().len();
            body.flow_control().release_capacity(taken).unwrap();
        }
        code(&body.trailers().await.unwrap().unwrap()).unwrap()
    }
}

/// A message as it is sent.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend_from_slice(message);
    framed
}

/// A connection that says this and then nothing.
pub(crate) async fn says(address: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Asks over HTTP/1: the head of the answer, and what follows it.
pub(crate) async fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = says(address, request.as_bytes()).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

/// Asks for a page.
pub(crate) async fn get(address: &str, path: &str) -> (String, String) {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: sidegate\r\n\r\n")).await
}

/// Waits until something is so, within a bound.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "in vain: {what}");
}

/// A field of a header that is written out.
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let mut field = vec![0, length(name)];
    field.extend_from_slice(name.as_bytes());
    field.push(length(value));
    field.extend_from_slice(value.as_bytes());
    field
}

/// A frame of HTTP/2.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

pub(crate) const HEADERS: u8 = 1;
pub(crate) const RESET: u8 = 3;
pub(crate) const GO_AWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;
/// No message follows.
pub(crate) const END_STREAM: u8 = 1;
/// No further headers follow.
pub(crate) const END_HEADERS: u8 = 4;

/// The headers of a call, whatever its path.
pub(crate) fn headers(path: &str) -> Vec<u8> {
    [
        field(":method", "POST"),
        field(":scheme", "http"),
        field(":path", path),
        field("content-type", "application/grpc"),
    ]
    .concat()
}

/// Reads a frame: its kind, flags, stream and payload; `None` at the end.
pub(crate) async fn read_frame(stream: &mut TcpStream) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[1]) * 256 + usize::from(head[2])];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4], u32::from_be_bytes(head[5..].try_into().unwrap()), payload))
}
