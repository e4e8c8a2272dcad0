//! An action is renamed while two versions of an application are running: the way that
//! docs/control-plane.md tells, on a thousand tenants.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sidegate::app::ListenAddress;
use sidegate::client::v1::{self, Decision};
use tokio::task::JoinHandle;

use super::{Sidecar, changes, header, pushed, who};
use crate::support::{Client, channel};

const TENANTS: usize = 1_000;
/// Tenants that are changed with one set.
const AT_ONCE: usize = 50;

fn tenant(n: usize) -> String {
    format!("t{n}")
}

fn model(actions: &str, reader: &str, retired: &str) -> v1::change::Kind {
    let document = format!(
        "sidegate: v1\nkind: Model\nname: renamed\nprincipals: {{ user: {{}} }}\n\
         resources: {{ doc: {{ actions: [{actions}] }} }}\nroles: {{ reader: {{ allow: [{reader}] }} }}\n{retired}"
    );
    v1::change::Kind::PutModel(v1::PutModel { document })
}

fn role(patterns: &[&str]) -> v1::Role {
    let permissions = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    v1::Role { allow: vec![v1::RoleEntry { permissions, ..v1::RoleEntry::default() }], ..v1::Role::default() }
}

/// Of even tenants `user:ana` has the built-in role, of odd ones the tenant's own.
fn put_tenant(n: usize) -> v1::change::Kind {
    let given = if n.is_multiple_of(2) { "reader" } else { "own" };
    let given = v1::GivenRole { role: given.to_owned(), expires_at: None };
    let ana = v1::Member { roles: vec![given], ..v1::Member::default() };
    let content = v1::Tenant {
        roles: [("own".to_owned(), role(&["doc:view"]))].into(),
        members: vec![
            v1::TenantMember { member: Some(who("user:ana")), content: Some(ana) },
            v1::TenantMember { member: Some(who("user:bob")), content: None },
        ],
        ..v1::Tenant::default()
    };
    v1::change::Kind::PutTenant(v1::PutTenant { tenant: tenant(n), content: Some(content) })
}

/// A version of the application, which asks for one name of the action.
struct Version {
    done: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    asking: JoinHandle<Vec<String>>,
}

impl Version {
    async fn run(address: &ListenAddress, action: &'static str) -> Self {
        let mut client = Client::new(channel(address).await);
        let (done, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stop, count) = (Arc::clone(&done), Arc::clone(&answers));
        let asking = tokio::spawn(async move {
            let mut wrong = Vec::new();
            for n in 0_usize.. {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let (id, allowed) = if n.is_multiple_of(3) { ("bob", false) } else { ("ana", true) };
                let request = v1::CheckRequest {
                    tenant: tenant(n % TENANTS),
                    principal: Some(v1::Principal {
                        r#type: "user".to_owned(),
                        id: id.to_owned(),
                        ..v1::Principal::default()
                    }),
                    action: action.to_owned(),
                    resource: Some(v1::Resource { r#type: "doc".to_owned(), ..v1::Resource::default() }),
                    ..v1::CheckRequest::default()
                };
                match client.check(request).await {
                    Ok(answer) => {
                        let answer = answer.into_inner();
                        if (answer.decision() == Decision::Allow) != allowed {
                            wrong.push(format!("{id} {action} in {}: {answer:?}", tenant(n % TENANTS)));
                        }
                    }
                    Err(status) => wrong.push(format!("{action}: {status:?}")),
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            wrong
        });
        Self { done, answers, asking }
    }

    /// Waits until every tenant has been asked about.
    async fn around(&self) {
        let until = self.answers.load(Ordering::Relaxed) + u64::try_from(TENANTS).unwrap() + 1;
        while self.answers.load(Ordering::Relaxed) < until && !self.asking.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    async fn end(self) -> u64 {
        self.done.store(true, Ordering::Release);
        let wrong = self.asking.await.unwrap();
        assert!(wrong.is_empty(), "{} wrong: {:?}", wrong.len(), &wrong[..wrong.len().min(3)]);
        self.answers.load(Ordering::Relaxed)
    }
}

/// Pushes one set after the other.
struct Pusher {
    sidecar: Sidecar,
    at: u64,
}

impl Pusher {
    async fn push(&mut self, kinds: Vec<v1::change::Kind>) -> v1::PushResponse {
        let mut message = changes(kinds);
        message.header = header(1, self.at + 1, self.at).header;
        let told = self.sidecar.push(vec![message]).await.unwrap();
        assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{told:?}");
        self.at += 1;
        told
    }

    /// Puts the tenants' own role, tenant by tenant.
    async fn move_data(&mut self, patterns: &[&str]) {
        let all: Vec<usize> = (0..TENANTS).collect();
        for some in all.chunks(AT_ONCE) {
            let put = |n: &usize| {
                let (tenant, content) = (tenant(*n), Some(role(patterns)));
                v1::change::Kind::PutRole(v1::PutRole { tenant, role: "own".to_owned(), content })
            };
            self.push(some.iter().map(put).collect()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_is_renamed_under_two_versions_and_no_answer_is_wrong() {
    let mut sidecar = Sidecar::start(pushed()).await;
    let whole = v1::PushHeader { epoch: 1, revision: 1, replace_all: true, ..v1::PushHeader::default() };
    let mut first = changes(vec![model("view, edit", "doc:view", "")]);
    first.header = Some(whole);
    let all: Vec<usize> = (0..TENANTS).collect();
    let tenants = all.chunks(100).map(|some| changes(some.iter().map(|n| put_tenant(*n)).collect()));
    let told = sidecar.push(std::iter::once(first).chain(tenants).collect()).await.unwrap();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{told:?}");
    let address = sidecar.running.addresses()[0].clone();
    let mut pusher = Pusher { sidecar, at: 1 };

    let old = Version::run(&address, "view").await;
    // 1. Both names, for whoever had the old one by the model.
    pusher.push(vec![model("view, see, edit", "doc:view, doc:see", "")]).await;
    // 2. Both names in the tenants' data.
    pusher.move_data(&["doc:view", "doc:see"]).await;
    // 3. The new version comes, and both are running.
    let new = Version::run(&address, "see").await;
    new.around().await;
    old.around().await;
    assert!(old.end().await > u64::try_from(TENANTS).unwrap());
    // 4. The old name goes; whoever still says it is kept loading.
    let retired = "retired: { permissions: ['doc:view'] }\n";
    let told = pusher.push(vec![model("see, edit", "doc:see", retired)]).await;
    assert!(told.warnings.iter().any(|warning| warning.message.contains("`doc:view` is retired")));
    pusher.move_data(&["doc:see"]).await;
    pusher.push(vec![model("see, edit", "doc:see", "")]).await;
    new.around().await;
    println!("{} answers of the new version, none wrong", new.end().await);
}
