//! An admin listener, asked over gRPC: where it is, who asks, and the calls.
//!
//! With any of the TLS flags the connection has TLS: the sidecar's certificate must
//! be one of `--ca`, and says by `--cert` who asks. Nothing is taken from the trust
//! store of the system: an admin listener is nobody else's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::door::patience;
use super::exit::Failure;
use super::remote::{NoAnswer, Remote};
use crate::client::{self, v1};
use crate::document::Change;
use crate::document::definition::App;
use crate::model::Key;
use crate::wire::policy::heard::{self, Outcome, Page, Status, Tenant};
use crate::wire::told::Unreadable;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The admin listener of a sidecar.
    #[arg(long, value_name = "HOST:PORT|unix:PATH", env = "SIDEGATE_ADMIN_TO")]
    to: String,

    /// How long it may take to answer; a push may take as long again for each message.
    #[arg(long, value_name = "DURATION", value_parser = patience, default_value = "10s", env = "SIDEGATE_TIMEOUT")]
    timeout: Duration,

    /// The certificates, in PEM, that the sidecar's must come from.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// The certificate, in PEM, that says who asks.
    #[arg(long, value_name = "FILE", requires_all = ["key", "ca"])]
    cert: Option<PathBuf>,

    /// The key of that certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,

    /// The name that the sidecar's certificate is for, if it is not the host of --to.
    #[arg(long, value_name = "NAME", requires = "ca")]
    server_name: Option<String>,
}

/// An admin listener.
#[derive(Debug)]
pub(super) struct Admin {
    remote: Remote,
}

impl Args {
    /// Where, as it was given.
    pub(super) fn address(&self) -> &str {
        &self.to
    }

    /// Connects.
    pub(super) fn connect(&self) -> Result<Admin, Failure> {
        let endpoint = match &self.ca {
            None => client::endpoint(&self.to).map_err(|error| Failure::usage(error.to_string()))?,
            Some(ca) => self.secure(ca)?,
        };
        Ok(Admin { remote: Remote::connect_to(&endpoint, &self.to, self.timeout)? })
    }

    fn secure(&self, ca: &Path) -> Result<Endpoint, Failure> {
        if self.to.starts_with("unix:") {
            return Err(Failure::usage("a Unix socket has no TLS: leave out `--ca`, or give `HOST:PORT`"));
        }
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem(ca)?));
        if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            tls = tls.identity(Identity::from_pem(pem(cert)?, pem(key)?));
        }
        if let Some(name) = &self.server_name {
            tls = tls.domain_name(name);
        }
        let endpoint =
            client::secure_endpoint(&self.to).map_err(|error| Failure::usage(error.to_string()))?;
        endpoint.tls_config(tls).map_err(|error| {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            Failure::usage(format!("the certificates or the key cannot be used: {cause}"))
        })
    }
}

fn pem(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))
}

impl Admin {
    /// What is held and how it came.
    pub(super) fn status(&self) -> Result<Status, NoAnswer> {
        let mut client = self.remote.policy_client();
        let ask = |request| async move { client.get_status(request).await };
        self.remote.ask(v1::GetStatusRequest {}, ask).map(heard::status)
    }

    /// The model's document.
    pub(super) fn model(&self) -> Result<String, NoAnswer> {
        let mut client = self.remote.policy_client();
        let ask = |request| async move { client.get_model(request).await };
        self.remote.ask(v1::GetModelRequest {}, ask).map(heard::model)
    }

    /// Every app.
    pub(super) fn apps(&self) -> Result<Vec<(Key, App)>, NoAnswer> {
        self.pages(|page_token| {
            let mut client = self.remote.policy_client();
            let request = v1::ListAppsRequest { page_size: 0, page_token };
            let response =
                self.remote.ask(request, |request| async move { client.list_apps(request).await })?;
            heard::apps(response).map_err(|Unreadable| self.remote.unreadable())
        })
    }

    /// Every tenant, in short.
    pub(super) fn tenants(&self) -> Result<Vec<Tenant>, NoAnswer> {
        self.pages(|page_token| {
            let mut client = self.remote.policy_client();
            let request = v1::ListTenantsRequest { page_size: 0, page_token };
            let ask = |request| async move { client.list_tenants(request).await };
            self.remote.ask(request, ask).map(heard::tenants)
        })
    }

    /// The changes that would bring a tenant.
    pub(super) fn tenant(&self, id: &str) -> Result<Vec<Change>, NoAnswer> {
        self.pages(|page_token| {
            let mut client = self.remote.policy_client();
            let request = v1::GetTenantRequest { tenant: id.to_owned(), page_size: 0, page_token };
            let response =
                self.remote.ask(request, |request| async move { client.get_tenant(request).await })?;
            heard::tenant(response).map_err(|Unreadable| self.remote.unreadable())
        })
    }

    /// Pushes a change set.
    pub(super) fn push(&self, messages: Vec<v1::PushRequest>) -> Result<Outcome, NoAnswer> {
        let mut client = self.remote.policy_client();
        let times = u32::try_from(messages.len().saturating_add(1)).unwrap_or(u32::MAX);
        let ask = |request| async move { client.push(request).await };
        self.remote.ask_longer(times, tokio_stream::iter(messages), ask).map(heard::outcome)
    }

    /// Puts what was held earlier in force again.
    pub(super) fn rollback(&self, request: v1::RollbackRequest) -> Result<Outcome, NoAnswer> {
        let mut client = self.remote.policy_client();
        let ask = |request| async move { client.rollback(request).await };
        self.remote.ask(request, ask).map(heard::outcome)
    }

    /// Walks all pages of a list.
    fn pages<T>(&self, page: impl Fn(String) -> Result<Page<T>, NoAnswer>) -> Result<Vec<T>, NoAnswer> {
        let mut items = Vec::new();
        let mut token = String::new();
        loop {
            let Page { items: mut more, next } = page(token.clone())?;
            // A page that goes on where it began would never end.
            if next == token && !next.is_empty() {
                return Err(self.remote.unreadable());
            }
            items.append(&mut more);
            if next.is_empty() {
                return Ok(items);
            }
            token = next;
        }
    }
}
