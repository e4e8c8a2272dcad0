//! A sidecar in this process, and questions to put to it.

use std::collections::BTreeMap;
use std::time::Duration;

use sidegate::app::{self, Config, ListenAddress, Listener, Running};
use sidegate::client::{self, AuthorizationServiceClient, v1};
use sidegate::clock::Clock;
use sidegate::model::Timestamp;
use tonic::transport::Channel;
use tonic_types::{ErrorDetails, StatusExt};

pub(crate) type Client = AuthorizationServiceClient<Channel>;

/// A policy of the suite.
pub(crate) fn policy(name: &str) -> String {
    format!("{}/tests/policies/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A sidecar on a free port, in December 2026.
pub(crate) fn config() -> Config {
    let mut config = Config::new(policy("helpdesk"));
    config.listeners = vec![Listener::at("127.0.0.1:0".parse().unwrap())];
    config.probes = None;
    // Nobody has to hear of the end first.
    config.limits.drain.keep_serving = Duration::ZERO;
    config.clock = Clock::Fixed(Timestamp::parse("2026-12-01T00:00:00Z").unwrap());
    config
}

/// Starts a sidecar; it lives as long as what is returned.
pub(crate) async fn started(config: Config) -> (Running, Client) {
    let running = app::build(config).await.unwrap();
    let client = Client::new(channel(&running.addresses()[0]).await);
    (running, client)
}

/// A channel to a listener.
pub(crate) async fn channel(address: &ListenAddress) -> Channel {
    client::endpoint(&address.to_string()).unwrap().connect().await.unwrap()
}

/// May `principal` do `action` to `resource`? Both are written `type:id`, a
/// resource type alone too.
pub(crate) fn question(principal: &str, action: &str, resource: &str) -> v1::CheckRequest {
    v1::CheckRequest {
        tenant: "acme".to_owned(),
        principal: Some(self::principal(principal)),
        action: action.to_owned(),
        resource: Some(self::resource(resource)),
        ..v1::CheckRequest::default()
    }
}

pub(crate) fn principal(key: &str) -> v1::Principal {
    let (kind, id) = key.split_once(':').unwrap();
    v1::Principal { r#type: kind.to_owned(), id: id.to_owned(), ..v1::Principal::default() }
}

pub(crate) fn resource(key: &str) -> v1::Resource {
    let (kind, id) = key.split_once(':').map_or((key, None), |(kind, id)| (kind, Some(id)));
    v1::Resource { r#type: kind.to_owned(), id: id.map(str::to_owned), ..v1::Resource::default() }
}

pub(crate) fn text(value: &str) -> v1::Value {
    v1::Value { kind: Some(v1::value::Kind::StringValue(value.to_owned())) }
}

/// Attributes of one name and value.
pub(crate) fn attribute(name: &str, value: v1::Value) -> BTreeMap<String, v1::Value> {
    BTreeMap::from([(name.to_owned(), value)])
}

/// The code and the reason of an error, and the first field at fault.
pub(crate) fn told(status: &tonic::Status) -> (tonic::Code, String, String) {
    let details: ErrorDetails = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"));
    assert_eq!(info.domain, "sidegate.dev");
    assert!(v1::ErrorReason::from_str_name(&info.reason).is_some(), "{}", info.reason);
    let field = details.bad_request().and_then(|bad| bad.field_violations.first());
    let reason = info.reason.trim_start_matches("ERROR_REASON_").to_owned();
    (status.code(), reason, field.map(|fault| fault.field.clone()).unwrap_or_default())
}
