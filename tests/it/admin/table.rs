//! Every method, on every kind of listener, by every kind of caller.

use prost::Message;
use prost_types::FileDescriptorSet;
use sidegate::app::{self, AdminListener, ListenAddress, Listener, Protection};
use sidegate::rpc::Who;

use super::pki::{Ca, Folder};
use super::reach::{Client, Link, Reached, plain};
use super::{KNOWN, identity, known};
use crate::support::config;

/// Every method that is described, by its path.
fn methods() -> Vec<String> {
    let own: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let mut paths = Vec::new();
    for encoded in [own, tonic_health::pb::FILE_DESCRIPTOR_SET, tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET]
    {
        for file in FileDescriptorSet::decode(encoded).unwrap().file {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                paths.extend(service.method.iter().map(|method| format!("/{name}/{}", method.name())));
            }
        }
    }
    assert!(paths.len() >= 18, "{paths:?}");
    paths
}

/// Where a service is answered.
fn expected(path: &str, admin: bool, of_policy: Reached) -> Reached {
    let service = path.split('/').nth(1).unwrap();
    match (service, admin) {
        ("grpc.health.v1.Health", _) => Reached::Service,
        ("sidegate.v1.PolicyService", true) => of_policy,
        ("sidegate.v1.AuthorizationService" | "grpc.reflection.v1.ServerReflection", false) => {
            Reached::Service
        }
        ("sidegate.v1.PolicyService", false)
        | ("sidegate.v1.AuthorizationService" | "grpc.reflection.v1.ServerReflection", true) => {
            Reached::NoMethod
        }
        _ => panic!("who may call {path}? give it an entry in the table of methods and one here"),
    }
}

/// Calls every method on connections that `link` makes.
async fn check(what: &str, admin: bool, of_policy: Reached, link: impl AsyncFn() -> Link) {
    for path in methods() {
        let expected = expected(&path, admin, of_policy);
        assert_eq!(link().await.call(&path).await, expected, "{what}: {path}");
    }
    // Paths that are almost those of methods.
    let almost = if of_policy == Reached::Service { Reached::NoMethod } else { of_policy };
    for (path, expected) in [
        ("/sidegate.v1.PolicyService/Drop", if admin { almost } else { Reached::NoMethod }),
        ("/sidegate.v1.PolicyService/push", if admin { almost } else { Reached::NoMethod }),
        ("/sidegate.v1.PolicyService", Reached::NoMethod),
        ("//sidegate.v1.PolicyService/Push", Reached::NoMethod),
        ("/sidegate.v1.policyservice/Push", Reached::NoMethod),
        ("/x/sidegate.v1.PolicyService/Push", Reached::NoMethod),
    ] {
        assert_eq!(link().await.call(path).await, expected, "{what}: {path}");
    }
}

#[tokio::test]
async fn b34_f46_every_method_by_every_caller_on_every_listener() {
    let (ca, other) = (Ca::new("ours"), Ca::new("theirs"));
    let folder = Folder::new(&ca);
    let socket = |name: &str| ListenAddress::Unix(folder.path().join(name));
    let unix = |name: &str, identities| AdminListener {
        address: socket(name),
        protection: Protection::Socket { mode: 0o600, identities },
    };
    let tcp = |protection| AdminListener { address: "127.0.0.1:0".parse().unwrap(), protection };
    let stranger = identity(Who::System { uids: [4_000_000].into(), gids: [4_000_000].into() });
    let mut config = config();
    config.listeners.push(Listener::at(socket("data")));
    config.admin = vec![
        tcp(Protection::Tls { files: folder.files(), identities: vec![known()] }),
        unix("own", Vec::new()),
        unix("others", vec![stranger]),
        tcp(Protection::Insecure),
    ];
    let running = app::build(config).await.unwrap();
    let [tls, own, others, insecure] = running.admin_addresses() else { panic!("four admin listeners") };

    for data in running.addresses() {
        check("data plane", false, Reached::Denied, async || plain(data).await).await;
    }
    check("the socket's owner", true, Reached::Service, async || plain(own).await).await;
    check("a user that is not listed", true, Reached::Denied, async || plain(others).await).await;
    check("insecure", true, Reached::Service, async || plain(insecure).await).await;

    let (right, wrong) = (ca.client(KNOWN), ca.client("spiffe://example.org/somebody-else"));
    let untrusted = other.client(KNOWN);
    let with = async |pair| Client::new(pair).link(tls, &ca).await;
    check("the right certificate", true, Reached::Service, async || with(Some(&right)).await).await;
    check("the wrong name", true, Reached::Denied, async || with(Some(&wrong)).await).await;
    for path in methods() {
        for (what, pair) in [("no certificate", None), ("an untrusted one", Some(&untrusted))] {
            assert_eq!(with(pair).await.call(&path).await, Reached::Nothing, "{what}: {path}");
        }
        assert_eq!(plain(tls).await.call(&path).await, Reached::Nothing, "no TLS: {path}");
        for pair in [None, Some(&untrusted), Some(&wrong), Some(&right)] {
            let reached = Client::new(pair).link(&running.addresses()[0], &ca).await.call(&path).await;
            assert_eq!(reached, Reached::Nothing, "TLS on the data plane: {path}");
        }
    }
    let metrics = running.installer().metrics().render();
    let refused = metrics.lines().find_map(|line| line.strip_prefix("sidegate_admin_calls_refused_total "));
    assert!(refused.unwrap().parse::<u64>().unwrap() > 20, "{refused:?}");
    assert!(metrics.contains("sidegate_admin_insecure 1\n"), "{metrics}");
    assert!(!metrics.contains("example.org"), "no label holds a name");
}
