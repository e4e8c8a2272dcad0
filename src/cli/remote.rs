//! A sidecar that runs, asked over gRPC.
//!
//! Every call carries its deadline, and nobody waits longer than that for it or
//! for the connection before it.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::Format;
use super::exit::{Exit, Failure};
use super::out::Out;
use crate::client::{self, AuthorizationServiceClient, v1};
use crate::document::duration;
use crate::rpc::SERVICE_NAME;
use crate::wire::api::policy_service_client::PolicyServiceClient;
use crate::wire::told::{self, Refused, Unreadable};

/// The largest response that is read, whatever the sidecar's limit.
const RESPONSE_BYTES: usize = 64 << 20;

/// A sidecar.
#[derive(Debug)]
pub(super) struct Remote {
    runtime: Runtime,
    channel: Channel,
    address: String,
    timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The sidecar says why.
    Refused(Refused),
    /// It could not be asked, or could not be understood.
    Failed(Failure),
}

impl Remote {
    /// Connects.
    pub(super) fn connect(address: &str, timeout: Duration) -> Result<Self, Failure> {
        let endpoint = client::endpoint(address).map_err(|error| Failure::usage(error.to_string()))?;
        Self::connect_to(&endpoint, address, timeout)
    }

    /// Connects to an endpoint that people know by an address.
    pub(super) fn connect_to(endpoint: &Endpoint, address: &str, timeout: Duration) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::unreachable(format!("cannot start: {error}")))?;
        let connected = runtime.block_on(async { tokio::time::timeout(timeout, endpoint.connect()).await });
        match connected {
            Ok(Ok(channel)) => Ok(Self { runtime, channel, address: address.to_owned(), timeout }),
            Ok(Err(error)) => Err(Failure::unreachable(format!(
                "cannot reach a sidecar at `{address}`: {}",
                innermost(&error)
            ))),
            Err(_) => Err(no_answer_in(address, timeout)),
        }
    }

    /// Asks a question.
    pub(super) fn check(&self, request: v1::CheckRequest) -> Result<told::Answer, NoAnswer> {
        let mut client = self.client();
        let response = self.ask(request, |request| async move { client.check(request).await })?;
        told::check(response).map_err(|Unreadable| self.unreadable())
    }

    /// Asks for a page of a list.
    pub(super) fn list(&self, request: v1::ListAllowedRequest) -> Result<told::Page, NoAnswer> {
        let mut client = self.client();
        let response = self.ask(request, |request| async move { client.list_allowed(request).await })?;
        told::list(response).map_err(|Unreadable| self.unreadable())
    }

    /// Whether it says that it serves.
    pub(super) fn serves(&self) -> Result<bool, NoAnswer> {
        let mut client = HealthClient::new(self.channel.clone());
        let request = HealthCheckRequest { service: SERVICE_NAME.to_owned() };
        let response = self.ask(request, |request| async move { client.check(request).await })?;
        Ok(response.status == i32::from(tonic_health::ServingStatus::Serving as u8))
    }

    fn client(&self) -> AuthorizationServiceClient<Channel> {
        AuthorizationServiceClient::new(self.channel.clone()).max_decoding_message_size(RESPONSE_BYTES)
    }

    /// The same for what admin listeners answer.
    pub(super) fn policy_client(&self) -> PolicyServiceClient<Channel> {
        PolicyServiceClient::new(self.channel.clone()).max_decoding_message_size(RESPONSE_BYTES)
    }

    /// Makes a call.
    pub(super) fn ask<T, R, F>(&self, message: T, ask: impl FnOnce(Request<T>) -> F) -> Result<R, NoAnswer>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.ask_for(self.timeout, message, ask)
    }

    /// Makes a call that may take so many times as long as others.
    pub(super) fn ask_longer<T, R, F>(
        &self,
        times: u32,
        message: T,
        ask: impl FnOnce(Request<T>) -> F,
    ) -> Result<R, NoAnswer>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.ask_for(self.timeout.saturating_mul(times), message, ask)
    }

    fn ask_for<T, R, F>(
        &self,
        timeout: Duration,
        message: T,
        ask: impl FnOnce(Request<T>) -> F,
    ) -> Result<R, NoAnswer>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let mut request = Request::new(message);
        request.set_timeout(timeout);
        let answered = self.runtime.block_on(async {
            // The deadline travels with the call; this is for a sidecar that minds none.
            tokio::time::timeout(timeout, ask(request)).await
        });
        match answered {
            Ok(Ok(response)) => Ok(response.into_inner()),
            // tonic calls a deadline that it watches itself `CANCELLED`.
            Ok(Err(status)) if status.code() == Code::Cancelled => {
                Err(NoAnswer::Failed(no_answer_in(&self.address, timeout)))
            }
            Ok(Err(status)) => Err(NoAnswer::Refused(told::refused(&status))),
            Err(_) => Err(NoAnswer::Failed(no_answer_in(&self.address, timeout))),
        }
    }

    /// What is said of an answer that cannot be understood.
    pub(super) fn unreadable(&self) -> NoAnswer {
        let message = format!("the answer of `{}` cannot be read: is it of another version?", self.address);
        NoAnswer::Failed(Failure::unreachable(message))
    }
}

/// Tells why there is no answer.
pub(super) fn refuse(refused: &Refused, out: &Out) -> Exit {
    let Refused { code, name, message, fields, more, not_here: _ } = refused;
    let in_fields = *code == Code::InvalidArgument && !fields.is_empty();
    if out.format == Format::Json {
        let told: Vec<Value> =
            fields.iter().map(|(field, message)| json!({ "field": field, "message": message })).collect();
        out.json(&if in_fields {
            json!({ "error": { "code": name, "fields": told } })
        } else {
            json!({ "error": { "code": name, "message": message } })
        });
    }
    if in_fields {
        for (field, message) in fields {
            out.message(format_args!("{field}: {message}"));
        }
        if *more > 0 {
            out.message(format_args!("and {more} more"));
        }
    } else {
        out.message(format_args!("{name}: {message}"));
    }
    match code {
        // Asked again, the answer would be the same.
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::NotFound
        | Code::OutOfRange
        | Code::Unimplemented => Exit::Usage,
        _ => Exit::Unreachable,
    }
}

fn no_answer_in(address: &str, timeout: Duration) -> Failure {
    Failure::unreachable(format!("no answer from `{address}` in {}", duration::text(timeout)))
}

/// What is at the bottom of a transport's error, which says little itself.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
