//! A sidecar whose policy is pushed, and whoever pushes.
//!
//! Every push toggles something, so that the answer tells which one is in force:
//! `user:ana` of `acme` may either view documents or edit them.

mod order;
mod process;
mod proxy;
mod race;
mod reads;
mod refused;
mod rename;
mod restart;
mod silence;
mod streams;
mod torn;
mod wait;
mod watched;

use std::collections::BTreeMap;
use std::path::Path;

use sidegate::app::{self, AdminListener, Config, ListenAddress, Protection, Running, Source};
use sidegate::client::v1;
use sidegate::client::v1::policy_service_client::PolicyServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use crate::support::{Client, channel, config, question};

pub(crate) const MODEL: &str = "\
sidegate: v1
kind: Model
name: pushed
principals: { user: {}, plugin: {} }
resources:
  doc: { actions: [view, edit] }
roles:
  reader: { title: Reader, allow: [doc:view] }
  writer: { allow: [doc:edit] }
scopes:
  docs: { group: Documents, allow: [doc:view] }
";

pub(crate) type Admin = PolicyServiceClient<Channel>;

/// A sidecar to push to, and two clients.
pub(crate) struct Sidecar {
    pub(crate) running: Running,
    pub(crate) client: Client,
    pub(crate) admin: Admin,
}

/// A sidecar that waits for pushes from whoever reaches it.
pub(crate) fn pushed() -> Config {
    let mut config = config();
    config.policy = "".into();
    config.source = Source::Push;
    config.admin = vec![insecure()];
    config
}

pub(crate) fn insecure() -> AdminListener {
    AdminListener { address: "127.0.0.1:0".parse().unwrap(), protection: Protection::Insecure }
}

/// The same, which keeps what is pushed.
pub(crate) fn kept(state: &Path) -> Config {
    let mut config = pushed();
    config.state_dir = Some(state.to_owned());
    config
}

impl Sidecar {
    pub(crate) async fn start(config: Config) -> Self {
        let running = app::build(config).await.unwrap();
        let client = Client::new(channel(&running.addresses()[0]).await);
        let admin = Admin::new(channel(&running.admin_addresses()[0]).await);
        Self { running, client, admin }
    }

    /// One that holds `acme` and `bolt` at 1.1.
    pub(crate) async fn holding(config: Config) -> Self {
        let mut sidecar = Self::start(config).await;
        let told = sidecar.push(whole(1, 1, &["acme", "bolt"])).await.unwrap();
        assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{told:?}");
        sidecar
    }

    pub(crate) fn admin_address(&self) -> &ListenAddress {
        &self.running.admin_addresses()[0]
    }

    /// Pushes one message after the other.
    pub(crate) async fn push(&mut self, messages: Vec<v1::PushRequest>) -> Result<v1::PushResponse, Status> {
        self.admin.push(tokio_stream::iter(messages)).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn status(&mut self) -> v1::GetStatusResponse {
        self.admin.get_status(v1::GetStatusRequest {}).await.unwrap().into_inner()
    }

    /// May `user:ana` of `acme` do this to a document?
    pub(crate) async fn may(&mut self, action: &str) -> bool {
        let answer = self.client.check(question("user:ana", action, "doc:d")).await.unwrap().into_inner();
        answer.decision() == v1::Decision::Allow
    }

    /// What can be seen from outside of what is held.
    pub(crate) async fn seen(&mut self) -> Seen {
        let status = self.status().await;
        Seen {
            revision: status.revision.map(|at| (at.epoch, at.number)),
            digest: status.digest,
            durable: status.durable_revision.map(|at| (at.epoch, at.number)),
            tenants: status.tenants,
            members: status.members,
            swaps: self.counted("policy_swaps_total"),
            number: self.counted("policy_revision_number"),
            decisions: (self.may("view").await, self.may("edit").await),
        }
    }

    pub(crate) fn counted(&self, name: &str) -> u64 {
        let metrics = self.running.installer().metrics().render();
        let found = metrics
            .lines()
            .find_map(|line| line.strip_prefix("sidegate_")?.strip_prefix(name)?.trim().parse().ok());
        found.unwrap_or_else(|| panic!("no `{name}` in\n{metrics}"))
    }
}

/// What can be seen from outside of what is held.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) revision: Option<(u64, u64)>,
    pub(crate) digest: String,
    durable: Option<(u64, u64)>,
    tenants: u64,
    members: u64,
    swaps: u64,
    number: u64,
    decisions: (bool, bool),
}

/// A message that begins a set with a base of its epoch.
pub(crate) fn header(epoch: u64, revision: u64, base: u64) -> v1::PushRequest {
    let header = v1::PushHeader { epoch, revision, base_revision: Some(base), ..v1::PushHeader::default() };
    v1::PushRequest { header: Some(header), changes: Vec::new() }
}

/// A message with changes.
pub(crate) fn changes(kinds: Vec<v1::change::Kind>) -> v1::PushRequest {
    let change = |kind| v1::Change { kind: Some(kind) };
    v1::PushRequest { header: None, changes: kinds.into_iter().map(change).collect() }
}

pub(crate) fn put_model() -> v1::change::Kind {
    v1::change::Kind::PutModel(v1::PutModel { document: MODEL.to_owned() })
}

/// A tenant whose `user:ana` has a role.
pub(crate) fn put_tenant(id: &str, role: &str) -> v1::change::Kind {
    let member = v1::TenantMember { member: Some(who("user:ana")), content: Some(having(&[role])) };
    let content = v1::Tenant { members: vec![member], ..v1::Tenant::default() };
    v1::change::Kind::PutTenant(v1::PutTenant { tenant: id.to_owned(), content: Some(content) })
}

pub(crate) fn put_member(tenant: &str, key: &str, roles: &[&str]) -> v1::change::Kind {
    v1::change::Kind::PutMember(v1::PutMember {
        tenant: tenant.to_owned(),
        member: Some(who(key)),
        content: Some(having(roles)),
    })
}

fn having(roles: &[&str]) -> v1::Member {
    let given = |role: &&str| v1::GivenRole { role: (*role).to_owned(), expires_at: None };
    v1::Member {
        roles: roles.iter().map(given).collect(),
        attributes: BTreeMap::new(),
        ..v1::Member::default()
    }
}

pub(crate) fn who(key: &str) -> v1::PrincipalRef {
    let (kind, id) = key.split_once(':').unwrap();
    v1::PrincipalRef { r#type: kind.to_owned(), id: id.to_owned() }
}

/// The messages of a whole of these tenants, whose `user:ana` is a reader.
pub(crate) fn whole(epoch: u64, revision: u64, tenants: &[&str]) -> Vec<v1::PushRequest> {
    let header = v1::PushHeader { epoch, revision, replace_all: true, ..v1::PushHeader::default() };
    let mut messages = vec![v1::PushRequest { header: Some(header), changes: Vec::new() }];
    messages.push(changes(vec![put_model()]));
    messages.extend(tenants.iter().map(|id| changes(vec![put_tenant(id, "reader")])));
    messages
}

/// The messages of a set that gives `user:ana` of `acme` a role.
pub(crate) fn ana(epoch: u64, revision: u64, base: u64, role: &str) -> Vec<v1::PushRequest> {
    let mut message = changes(vec![put_member("acme", "user:ana", &[role])]);
    message.header = header(epoch, revision, base).header;
    vec![message]
}

/// What a variable says, where a longer run is wanted.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

pub(crate) fn revision(epoch: u64, number: u64) -> Option<v1::Revision> {
    Some(v1::Revision { epoch, number })
}

/// What became of a push, and at which revision; or the reason of the status.
pub(crate) fn said(outcome: &Result<v1::PushResponse, Status>) -> (String, String) {
    match outcome {
        Ok(response) => {
            let at = response.revision.as_ref().map(|at| format!("{}.{}", at.epoch, at.number));
            let became = response.outcome().as_str_name().trim_start_matches("PUSH_OUTCOME_").to_owned();
            (became, at.unwrap_or_default())
        }
        Err(status) => {
            let (_, reason, field) = crate::support::told(status);
            let details = tonic_types::StatusExt::get_error_details(status);
            let metadata = &details.error_info().unwrap().metadata;
            let of_limit = ["held", "revision", "limit"].iter().find_map(|name| metadata.get(*name));
            (reason, if field.is_empty() { of_limit.cloned().unwrap_or_default() } else { field })
        }
    }
}

#[track_caller]
pub(crate) fn assert_said(outcome: &Result<v1::PushResponse, Status>, expected: (&str, &str), why: &str) {
    let said = said(outcome);
    assert_eq!((said.0.as_str(), said.1.as_str()), expected, "{why}: {outcome:?}");
}
