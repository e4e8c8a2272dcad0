//! The data plane's service: the generated one, and ListAllowed taken undecoded.
//!
//! A list may come with ten thousand candidates, and reading the message takes
//! as long as answering it. So it is handed on as the bytes that came, read and
//! answered apart, and the bytes of its answer are handed back.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes};
use http::{Request, Response};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::BoxFuture;
use tonic::server::{Grpc, UnaryService};
use tonic::{Request as Call, Response as Answer, Status};
use tower::Service;

use super::authorization::Authorization;
use super::refusal::ByteLimit;
use crate::telemetry::Rpc;
use crate::wire::api::authorization_service_server::AuthorizationServiceServer;

/// The service of one listener, with one limit on the size of requests.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    generated: AuthorizationServiceServer<Authorization>,
    service: Arc<Authorization>,
    request_bytes: usize,
    response_bytes: usize,
}

impl Plane {
    pub(super) fn new(service: &Arc<Authorization>, limit: ByteLimit, response_bytes: usize) -> Self {
        let generated = AuthorizationServiceServer::from_arc(Arc::clone(service))
            .max_decoding_message_size(limit.bytes)
            .max_encoding_message_size(response_bytes);
        Self { generated, service: Arc::clone(service), request_bytes: limit.bytes, response_bytes }
    }
}

impl Service<Request<Body>> for Plane {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if Rpc::at(request.uri().path()) != Rpc::List {
            return self.generated.call(request);
        }
        let mut grpc = Grpc::new(Undecoded)
            .apply_max_message_size_config(Some(self.request_bytes), Some(self.response_bytes));
        let list = List(Arc::clone(&self.service));
        Box::pin(async move { Ok(grpc.unary(list, request).await) })
    }
}

/// ListAllowed, from bytes to bytes.
struct List(Arc<Authorization>);

impl UnaryService<Bytes> for List {
    type Response = Bytes;
    type Future = BoxFuture<Answer<Bytes>, Status>;

    fn call(&mut self, request: Call<Bytes>) -> Self::Future {
        let service = Arc::clone(&self.0);
        let deadline = service.deadline(Rpc::List, request.metadata());
        Box::pin(async move { Ok(Answer::new(service.list(request.into_inner(), deadline).await?)) })
    }
}

/// Messages as the bytes that they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undecoded;

impl Codec for Undecoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Undecoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(message);
        Ok(())
    }
}

impl Decoder for Undecoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
