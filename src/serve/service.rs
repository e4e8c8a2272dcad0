//! The calls of a connection: to what its listener is for or to the standard
//! services, and what is held until an answer has been sent.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, StdError as BoxError};
use tonic::service::Routes;
use tower::ServiceExt;

use super::activity::{Activity, InFlight};
use super::entrance::Visitor;
use crate::rpc::load::{Call, Places};
use crate::rpc::refusal::Refusal;
use crate::rpc::{AdminDoor, Answering, AuthorizationDoor};

/// The most bytes of an answer that are handed on before it is known that the
/// other side has room for more.
const PIECE_BYTES: usize = 16 * 1024;

/// What a listener serves.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    /// What it is for.
    pub(crate) door: Doors,
    /// Health, and on the data plane reflection, which answer however much there is
    /// to do.
    pub(crate) standard: Routes,
}

/// What a listener is for: one of the two, and never both.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for each listener, and every call looks into it")]
pub(crate) enum Doors {
    /// The data plane.
    DataPlane(AuthorizationDoor),
    /// Policy.
    Admin(AdminDoor),
}

/// What one connection serves.
#[derive(Debug)]
pub(super) struct OfConnection {
    pub(super) services: Arc<Services>,
    pub(super) places: Places,
    pub(super) activity: Arc<Activity>,
    /// Who is at the other end, where that is asked.
    pub(super) visitor: Option<Arc<Visitor>>,
}

impl hyper::service::Service<Request<Incoming>> for OfConnection {
    type Response = Response<Sending>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<Incoming>) -> Answer {
        let in_flight = Some(self.activity.begin());
        // By the path alone: whatever does not reach the door does not reach the
        // service behind it either.
        let path = request.uri().path();
        let asking = |request: Request<Incoming>| request.map(|body| Body::new(Asking(body)));
        match &self.services.door {
            Doors::DataPlane(door) if AuthorizationDoor::is_at(path) => {
                let answering = door.answer(asking(request), &self.places);
                return Answer { in_flight, of: Of::Door(answering) };
            }
            Doors::Admin(door) if AdminDoor::is_at(path) => {
                let caller =
                    self.visitor.as_ref().map_or(&Err(Refusal::NoIdentity), |visitor| &visitor.caller);
                let mut request = asking(request);
                if let Some(visitor) = &self.visitor {
                    request.extensions_mut().insert(visitor.peer.clone());
                }
                let answering = door.answer(request, &self.places, caller);
                return Answer { in_flight, of: Of::Door(answering) };
            }
            Doors::DataPlane(_) | Doors::Admin(_) => {}
        }
        let answering = self.services.standard.clone().oneshot(request);
        Answer { in_flight, of: Of::Standard(Box::pin(answering)) }
    }
}

/// A question that is being received. One that is given up half way is told apart
/// from one that has come to its end: tonic would take it for one without a message.
#[derive(Debug)]
struct Asking(Incoming);

impl http_body::Body for Asking {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
            Some(Ok(frame)) => Some(Ok(frame)),
            None if self.0.is_end_stream() => None,
            None | Some(Err(_)) => Some(Err(io::Error::from(io::ErrorKind::ConnectionReset).into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// An answer to come.
pub(super) struct Answer {
    in_flight: Option<InFlight>,
    of: Of,
}

enum Of {
    Door(Answering<BoxFuture<Response<Body>, Infallible>>),
    Standard(BoxFuture<Response<Body>, Infallible>),
}

impl Future for Answer {
    type Output = Result<Response<Sending>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, call) = match &mut self.of {
            Of::Door(answering) => ready!(Pin::new(answering).poll(cx)),
            Of::Standard(answering) => (ready!(answering.as_mut().poll(cx))?, None),
        };
        let in_flight = self.in_flight.take();
        Poll::Ready(Ok(response.map(|body| Sending { body, rest: Bytes::new(), in_flight, _call: call })))
    }
}

/// An answer that is being sent, piece by piece: what does not fit into the other
/// side's window stays here, where it counts as a call in flight.
#[derive(Debug)]
pub(super) struct Sending {
    body: Body,
    rest: Bytes,
    in_flight: Option<InFlight>,
    _call: Option<Call>,
}

impl Sending {
    fn hand_on(&mut self, mut piece: Bytes) -> Frame<Bytes> {
        self.rest = if piece.len() > PIECE_BYTES { piece.split_off(PIECE_BYTES) } else { Bytes::new() };
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.piece_waits();
        }
        Frame::data(piece)
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let me = &mut *self;
        // It is asked for more only when the last piece has gone.
        if let Some(in_flight) = &mut me.in_flight {
            in_flight.piece_moved();
        }
        if !me.rest.is_empty() {
            let rest = std::mem::take(&mut me.rest);
            return Poll::Ready(Some(Ok(me.hand_on(rest))));
        }
        let frame = ready!(Pin::new(&mut me.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| match frame?.into_data() {
            Ok(piece) => Ok(me.hand_on(piece)),
            Err(trailers) => Ok(trailers),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http_body::Body as _;

    use super::*;

    #[tokio::test]
    async fn f26_a_large_answer_is_handed_on_in_pieces() {
        let sent: Vec<u8> = (0..=255).cycle().take(3 * PIECE_BYTES + 1).collect();
        let text = String::from_utf8_lossy(&sent).into_owned();
        let activity = Activity::new();
        let body = Body::new(text.clone());
        let mut sending =
            Sending { body, rest: Bytes::new(), in_flight: Some(activity.begin()), _call: None };
        let mut received = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut sending).poll_frame(cx)).await {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE_BYTES);
            received.extend_from_slice(&piece);
            assert_eq!(sending.is_end_stream(), received.len() == text.len());
        }
        assert_eq!(received, text.as_bytes());
        assert_eq!(activity.quiet_since(), None, "in flight until it has gone");
        drop(sending);
        assert!(activity.quiet_since().is_some());
    }
}
