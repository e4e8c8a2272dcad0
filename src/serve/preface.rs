//! The beginning of a connection, read before HTTP/2 is spoken on it.
//!
//! The libraries wait for it without end, and a connection that they wait on
//! cannot be told to end. Whoever speaks something else, such as HTTP/1, is found
//! out by its first byte.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// What a client of HTTP/2 says first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The preface, and the head of the frame that has to follow it.
const OPENING: usize = PREFACE.len() + 9;

/// A connection whose opening is read again.
#[derive(Debug)]
pub(super) struct Opened<I> {
    opening: [u8; OPENING],
    read_again: usize,
    io: I,
}

/// Reads the opening of a connection.
///
/// # Errors
///
/// What the connection says, or that it is not HTTP/2.
pub(super) async fn open<I: AsyncRead + Unpin>(mut io: I) -> io::Result<Opened<I>> {
    let mut opening = [0; OPENING];
    let mut filled = 0;
    while let Some(rest) = opening.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let read = io.read(rest).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let differs = opening.iter().take(filled).zip(PREFACE).any(|(said, expected)| said != expected);
        if differs {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(Opened { opening, read_again: 0, io })
}

impl<I: AsyncRead + Unpin> AsyncRead for Opened<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = &mut *self;
        match me.opening.get(me.read_again..) {
            None | Some([]) => Pin::new(&mut me.io).poll_read(cx, into),
            Some(left) => {
                let now = left.get(..into.remaining()).unwrap_or(left);
                into.put_slice(now);
                me.read_again += now.len();
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Opened<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn an_opening_is_read_again_and_the_rest_after_it() {
        for at_a_time in [1, 7, 24, 33, 100] {
            let (mut client, server) = tokio::io::duplex(at_a_time);
            let said: Vec<u8> = PREFACE.iter().copied().chain(0..100).collect();
            let expected = said.clone();
            let client = tokio::spawn(async move { client.write_all(&said).await });
            let mut read = Vec::new();
            open(server).await.unwrap().read_to_end(&mut read).await.unwrap();
            client.await.unwrap().unwrap();
            assert_eq!(read, expected, "{at_a_time} at a time");
        }
    }

    #[tokio::test]
    async fn f52_what_is_not_http2_is_found_out_by_its_first_wrong_byte() {
        for said in ["GET / HTTP/1.1\r\n", "P0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r!", "\x16\x03\x01"] {
            let (mut client, server) = tokio::io::duplex(100);
            client.write_all(said.as_bytes()).await.unwrap();
            // The client waits for an answer: nothing more comes.
            let error = open(server).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{said:?}");
        }
    }

    #[tokio::test]
    async fn who_leaves_before_the_first_frame_has_said_nothing() {
        for said in [&b""[..], &PREFACE[..5], &PREFACE[..]] {
            let (mut client, server) = tokio::io::duplex(100);
            client.write_all(said).await.unwrap();
            drop(client);
            assert_eq!(open(server).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
