//! Tenants with faults are left out, and the others go on.

use super::told::Logged;
use super::{Directory, Sidecar, acme, events};
use sidegate::client::v1::{self, Decision, Reason, StepOutcome};

/// The tenant `globex`, as `acme` is.
fn globex(role: &str) -> String {
    acme(role).replace("acme", "globex")
}

#[tokio::test]
async fn a_faulty_tenant_is_denied_and_the_others_go_on() {
    let directory = Directory::new("reader");
    directory.write("tenants/globex.yaml", &globex("raeder"));
    let mut sidecar =
        Sidecar::start_with(&directory.path(), events(), |config| config.quarantine = true).await;

    let denied = sidecar.asked("globex", "view").await;
    assert_eq!((denied.decision(), denied.reason()), (Decision::Deny, Reason::TenantInvalid));
    assert_eq!((denied.cause, denied.hidden, denied.tenant_revision), (None, false, None));
    assert_eq!(sidecar.asked("nobody", "view").await.reason(), Reason::UnknownTenant);
    assert_eq!(sidecar.answers().await, (1, "reader"));
    assert_eq!((sidecar.counted("policy_quarantined_tenants"), sidecar.counted("policy_tenants")), (1, 1));

    // The others can still be edited, and a broken one is told by its file.
    directory.write("tenants/acme.yaml", &acme("writer"));
    sidecar.becomes(2, "writer").await;
    directory.write("tenants/globex.yaml", &globex("reader"));
    sidecar.becomes(3, "writer").await;
    assert_eq!(sidecar.asked("globex", "view").await.decision(), Decision::Allow);
    assert_eq!(sidecar.counted("policy_quarantined_tenants"), 0);
    std::fs::write(directory.at("tenants/globex.yaml"), b"\xff").unwrap();
    for _ in super::ticks() {
        if sidecar.counted("policy_quarantined_tenants") == 1 {
            break;
        }
        super::tick().await;
    }
    assert_eq!(sidecar.asked("globex", "view").await.reason(), Reason::TenantInvalid);
    assert_eq!(sidecar.answers().await, (4, "writer"));

    // A fault elsewhere is a refusal as ever.
    directory.write("model.yaml", "kind: [");
    sidecar.refuses(1, 4, "writer").await;
}

#[tokio::test]
async fn explanations_end_at_the_first_step() {
    let directory = Directory::new("reader");
    directory.write("tenants/globex.yaml", &globex("raeder"));
    let mut sidecar =
        Sidecar::start_with(&directory.path(), events(), |config| config.quarantine = true).await;
    let mut request = crate::support::question("user:ana", "view", "doc:d");
    request.tenant = "globex".to_owned();
    request.explain = true;
    let explained = sidecar.client.check(request).await.unwrap().into_inner().explanation.unwrap();
    let outcomes: Vec<StepOutcome> = explained.steps.iter().map(v1::Step::outcome).collect();
    assert_eq!(outcomes[0], StepOutcome::Denied);
    assert!(outcomes[1..].iter().all(|outcome| *outcome == StepOutcome::NotReached), "{explained:?}");
}

#[test]
fn the_program_says_who_is_left_out() {
    let directory = Directory::new("reader");
    directory.write("tenants/globex.yaml", &globex("raeder"));
    for on in ["1", "true"] {
        let logged = Logged::start(&directory, &[("SIDEGATE_QUARANTINE", on)]);
        let printed = logged.printed.join("\n");
        assert!(printed.contains("denied everything: 1 tenant, `globex`"), "{printed}");
        assert!(printed.contains("1 tenant, 1 member"), "{printed}");
        logged.says(1, "tenants/globex.yaml:5:23: there is no role `raeder`");
        logged.says(1, "tenants left out");
    }
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--listen", "127.0.0.1:0", "--probe-listen", "off", "--policy"])
        .arg(directory.path())
        .env("SIDEGATE_QUARANTINE", "no")
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(3));
}
