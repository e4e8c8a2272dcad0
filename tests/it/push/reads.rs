//! What is held, read back: in pages, bound to the tenant's revision; by whom it may be
//! seen; and put in force again.

use std::collections::BTreeMap;

use sidegate::app::{AdminListener, Protection};
use sidegate::client::v1;
use sidegate::rpc::{Identity, May, Who};
use tonic::Code;

use super::{
    Admin, Sidecar, ana, assert_said, changes, header, pushed, put_member, put_tenant, revision, who, whole,
};
use crate::support::{channel, told};

/// A sidecar with `acme` of 25 members, three resources and an install, and `bolt`.
async fn filled() -> Sidecar {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let mut kinds: Vec<v1::change::Kind> = (0..24)
        .map(|n| {
            put_member("acme", &format!("user:u{n:02}"), &[if n % 2 == 0 { "reader" } else { "writer" }])
        })
        .collect();
    kinds.extend((0..3).map(|n| {
        v1::change::Kind::PutResource(v1::PutResource {
            tenant: "acme".to_owned(),
            resource: Some(v1::ResourceRef { r#type: "doc".to_owned(), id: format!("d{n}") }),
            content: None,
        })
    }));
    let request = v1::ScopeRequest { modes: Vec::new(), justification: "It reads.".to_owned() };
    let app = v1::App {
        requests: BTreeMap::from([("docs".to_owned(), request)]),
        review: v1::Review::Approved.into(),
        ..v1::App::default()
    };
    kinds.push(v1::change::Kind::PutApp(v1::PutApp { app: Some(who("plugin:crm")), content: Some(app) }));
    let granted = v1::GrantedScope { all: true, modes: Vec::new() };
    let install =
        v1::Install { granted: BTreeMap::from([("docs".to_owned(), granted)]), ..v1::Install::default() };
    kinds.push(v1::change::Kind::PutInstall(v1::PutInstall {
        tenant: "acme".to_owned(),
        app: Some(who("plugin:crm")),
        content: Some(install),
    }));
    let mut message = changes(kinds);
    message.header = header(1, 2, 1).header;
    assert_said(&sidecar.push(vec![message]).await, ("APPLIED", "1.2"), "what is read");
    sidecar
}

/// All the changes of a tenant, page by page.
async fn tenant(admin: &mut Admin, id: &str, page_size: i32) -> (Vec<v1::Change>, usize) {
    let (mut all, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let request = v1::GetTenantRequest { tenant: id.to_owned(), page_size, page_token: token };
        let page = admin.get_tenant(request).await.unwrap().into_inner();
        assert!(page.changes.len() <= usize::try_from(page_size).unwrap().max(1) || page_size == 0);
        all.extend(page.changes);
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            return (all, pages);
        }
    }
}

#[tokio::test]
async fn a_tenant_is_told_as_the_changes_that_bring_it_whatever_the_pages() {
    let mut sidecar = filled().await;
    let (whole_tenant, pages) = tenant(&mut sidecar.admin, "acme", 0).await;
    assert_eq!((whole_tenant.len(), pages), (1 + 25 + 3 + 1, 1));
    for page_size in [1, 2, 7, 29, 30, 31] {
        let (told, pages) = tenant(&mut sidecar.admin, "acme", page_size).await;
        assert_eq!(told, whole_tenant, "pages of {page_size}");
        assert_eq!(pages, 30_usize.div_ceil(usize::try_from(page_size).unwrap()), "pages of {page_size}");
    }
    // They bring just that elsewhere.
    let mut other = Sidecar::holding(pushed()).await;
    let apps = sidecar.admin.list_apps(v1::ListAppsRequest::default()).await.unwrap().into_inner().apps;
    let mut messages = whole(1, 2, &["bolt"]);
    let put = |listed: v1::ListedApp| {
        v1::change::Kind::PutApp(v1::PutApp { app: listed.app, content: listed.content })
    };
    messages.push(changes(apps.into_iter().map(put).collect()));
    messages.push(v1::PushRequest { header: None, changes: whole_tenant });
    assert_said(&other.push(messages).await, ("APPLIED", "1.2"), "elsewhere");
    assert_eq!(other.status().await.digest, sidecar.status().await.digest);
}

#[tokio::test]
async fn pages_of_a_tenant_are_of_one_revision() {
    let mut sidecar = filled().await;
    let request = v1::GetTenantRequest { tenant: "acme".to_owned(), page_size: 5, page_token: String::new() };
    let token = sidecar.admin.get_tenant(request.clone()).await.unwrap().into_inner().next_page_token;
    let members = v1::ListMembersRequest {
        tenant: "acme".to_owned(),
        role: "reader".to_owned(),
        page_size: 5,
        page_token: String::new(),
    };
    let of_members = sidecar.admin.list_members(members.clone()).await.unwrap().into_inner().next_page_token;
    // A change elsewhere does not matter to it.
    let mut message = changes(vec![put_member("bolt", "user:ana", &["writer"])]);
    message.header = header(1, 3, 2).header;
    sidecar.push(vec![message]).await.unwrap();
    let next = v1::GetTenantRequest { page_token: token, ..request };
    sidecar.admin.get_tenant(next.clone()).await.unwrap();
    let next_members = v1::ListMembersRequest { page_token: of_members.clone(), ..members.clone() };
    sidecar.admin.list_members(next_members.clone()).await.unwrap();
    sidecar.push(ana(1, 4, 3, "writer")).await.unwrap();
    let expected = (Code::Aborted, "TENANT_CHANGED".to_owned(), String::new());
    assert_eq!(told(&sidecar.admin.get_tenant(next).await.unwrap_err()), expected);
    assert_eq!(told(&sidecar.admin.list_members(next_members).await.unwrap_err()), expected);
    // A token is of its own list alone.
    for wrong in [
        v1::ListMembersRequest {
            role: "writer".to_owned(),
            page_token: of_members.clone(),
            ..members.clone()
        },
        v1::ListMembersRequest { tenant: "bolt".to_owned(), page_token: of_members, ..members.clone() },
        v1::ListMembersRequest { page_token: "nonsense".to_owned(), ..members.clone() },
        v1::ListMembersRequest { page_size: -1, ..members },
    ] {
        let (code, reason, field) = told(&sidecar.admin.list_members(wrong).await.unwrap_err());
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "FIELD_MALFORMED"));
        assert!(["page_token", "page_size"].contains(&field.as_str()), "{field}");
    }
}

#[tokio::test]
async fn what_is_held_is_listed() {
    let mut sidecar = filled().await;
    let tenants =
        sidecar.admin.list_tenants(v1::ListTenantsRequest { page_size: 1, page_token: String::new() });
    let page = tenants.await.unwrap().into_inner();
    assert_eq!(page.tenants[0].tenant, "acme");
    assert_eq!((page.tenants[0].members, page.tenants[0].resources), (25, 3));
    let rest = v1::ListTenantsRequest { page_size: 5, page_token: page.next_page_token };
    let page = sidecar.admin.list_tenants(rest).await.unwrap().into_inner();
    assert_eq!(page.tenants.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>(), ["bolt"]);
    assert_eq!(page.next_page_token, "");

    let roles = sidecar.admin.list_roles(v1::ListRolesRequest { tenant: "acme".to_owned() });
    let roles = roles.await.unwrap().into_inner().roles;
    let short: Vec<_> = roles.iter().map(|role| (role.role.as_str(), role.builtin, role.members)).collect();
    assert_eq!(short, [("reader", true, 13), ("writer", true, 12)]);
    assert_eq!(roles[0].grants, ["doc:view"]);

    let members = v1::ListMembersRequest {
        tenant: "acme".to_owned(),
        role: "writer".to_owned(),
        ..v1::ListMembersRequest::default()
    };
    let members = sidecar.admin.list_members(members).await.unwrap().into_inner().members;
    assert_eq!(members.len(), 12);
    assert_eq!(members[0].roles, ["writer"]);

    let app = v1::DescribeAppRequest { app: Some(who("plugin:crm")) };
    let app = sidecar.admin.describe_app(app).await.unwrap().into_inner();
    assert_eq!(app.scopes[0].modes[0].permissions, ["doc:view"]);
    assert_eq!(app.scopes[0].justification, "It reads.");

    let model = sidecar.admin.get_model(v1::GetModelRequest {}).await.unwrap().into_inner();
    assert_eq!((model.document.as_str(), model.revision), (super::MODEL, revision(1, 1)));
    let status = sidecar.status().await;
    assert_eq!((status.tenants, status.members, status.resources, status.apps), (2, 26, 3, 1));
    assert_eq!((status.model.as_str(), status.durable_revision), ("pushed", None));
    assert_eq!(status.not_durable, "there is no state directory");

    let not_held = (Code::NotFound, "NOT_HELD".to_owned(), String::new());
    let none = v1::GetTenantRequest { tenant: "zeta".to_owned(), ..v1::GetTenantRequest::default() };
    assert_eq!(told(&sidecar.admin.get_tenant(none).await.unwrap_err()), not_held);
    let none = v1::ListMembersRequest {
        tenant: "acme".to_owned(),
        role: "zeta".to_owned(),
        ..v1::ListMembersRequest::default()
    };
    assert_eq!(told(&sidecar.admin.list_members(none).await.unwrap_err()), not_held);
    let none = v1::DescribeAppRequest { app: Some(who("plugin:zeta")) };
    assert_eq!(told(&sidecar.admin.describe_app(none).await.unwrap_err()), not_held);
}

#[tokio::test]
async fn what_was_in_force_is_put_in_force_again() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let digest = sidecar.status().await.digest;
    sidecar.push(ana(1, 2, 1, "writer")).await.unwrap();
    assert!(sidecar.may("edit").await);
    let back = |tenant: Option<&str>, to: u64, number: u64| v1::RollbackRequest {
        tenant: tenant.map(str::to_owned),
        to: revision(1, to),
        epoch: 1,
        revision: number,
        base_revision: number - 1,
        validate_only: false,
    };
    let told_back = async |sidecar: &mut Sidecar, request| {
        sidecar.admin.rollback(request).await.map(tonic::Response::into_inner)
    };
    let outcome =
        told_back(&mut sidecar, v1::RollbackRequest { validate_only: true, ..back(Some("acme"), 1, 3) })
            .await;
    assert_said(&outcome, ("VALID", "1.2"), "a rehearsal");
    let outcome = told_back(&mut sidecar, back(Some("acme"), 1, 3)).await;
    assert_said(&outcome, ("APPLIED", "1.3"), "a tenant");
    assert_eq!((outcome.as_ref().unwrap().widened, outcome.unwrap().narrowed), (1, 1));
    assert!(sidecar.may("view").await && !sidecar.may("edit").await);
    assert_eq!(sidecar.status().await.digest, digest);
    let outcome = told_back(&mut sidecar, back(None, 2, 4)).await;
    assert_said(&outcome, ("APPLIED", "1.4"), "everything");
    assert!(sidecar.may("edit").await);
    let again = told_back(&mut sidecar, back(None, 2, 4)).await;
    assert_said(&again, ("REPEATED", "1.4"), "the same again");
    assert_said(&told_back(&mut sidecar, back(None, 9, 5)).await, ("NOT_HELD", ""), "never was");
    assert_said(&told_back(&mut sidecar, back(Some("zeta"), 1, 5)).await, ("NOT_HELD", ""), "no tenant");
    assert_said(&told_back(&mut sidecar, back(None, 1, 7)).await, ("NEED_FULL", "1.4"), "another base");
    let wrong = v1::RollbackRequest { to: None, ..back(None, 1, 5) };
    assert_said(&told_back(&mut sidecar, wrong).await, ("FIELD_MISSING", "to"), "to where");
    let wrong = v1::RollbackRequest { epoch: 0, ..back(None, 1, 5) };
    assert_said(&told_back(&mut sidecar, wrong).await, ("FIELD_MISSING", "epoch"), "which epoch");

    let revisions = sidecar.admin.list_revisions(v1::ListRevisionsRequest {}).await.unwrap().into_inner();
    let told: Vec<_> = revisions
        .revisions
        .iter()
        .map(|held| (held.revision.unwrap().number, held.everything, held.tenants.clone()))
        .collect();
    let acme = || vec!["acme".to_owned()];
    assert_eq!(told, [(4, true, vec![]), (3, false, acme()), (2, false, acme()), (1, true, vec![])],);
}

#[tokio::test]
async fn b34_a_caller_of_some_tenants_sees_and_changes_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder.path()).unwrap());
    let mut config = pushed();
    config.admin.push(AdminListener {
        address: format!("unix:{}", folder.path().join("admin.sock").display()).parse().unwrap(),
        protection: Protection::Socket {
            mode: 0o600,
            identities: vec![Identity {
                who: Who::System { uids: [uid].into(), gids: [].into() },
                may: [May::Tenants].into(),
                tenants: Some(["bolt".to_owned()].into()),
            }],
        },
    });
    let mut sidecar = Sidecar::holding(config).await;
    sidecar.push(ana(1, 2, 1, "writer")).await.unwrap();
    let mut bound = Admin::new(channel(&sidecar.running.admin_addresses()[1]).await);
    let before = sidecar.seen().await;
    let pushes = [
        ana(1, 3, 2, "reader"),
        whole(1, 3, &["acme", "bolt"]),
        {
            let mut message =
                changes(vec![put_member("bolt", "user:ana", &["reader"]), put_tenant("zeta", "reader")]);
            message.header = header(1, 3, 2).header;
            vec![message]
        },
        {
            let mut message = changes(vec![super::put_model()]);
            message.header = header(1, 3, 2).header;
            vec![message]
        },
    ];
    for messages in pushes {
        let refused = bound.push(tokio_stream::iter(messages)).await.unwrap_err();
        assert_eq!(
            (told(&refused).0, told(&refused).1.as_str()),
            (Code::PermissionDenied, "CALLER_NOT_ALLOWED")
        );
        assert_eq!(sidecar.seen().await, before);
    }
    for tenant in [None, Some("acme".to_owned())] {
        let back = v1::RollbackRequest {
            tenant,
            to: revision(1, 1),
            epoch: 1,
            revision: 3,
            base_revision: 2,
            validate_only: false,
        };
        assert_eq!(told(&bound.rollback(back).await.unwrap_err()).0, Code::PermissionDenied);
    }
    let tenants = bound.list_tenants(v1::ListTenantsRequest::default()).await.unwrap().into_inner().tenants;
    assert_eq!(tenants.iter().map(|row| row.tenant.as_str()).collect::<Vec<_>>(), ["bolt"]);
    for id in ["acme", "zeta"] {
        let request = v1::GetTenantRequest { tenant: id.to_owned(), ..v1::GetTenantRequest::default() };
        let refused = bound.get_tenant(request).await.unwrap_err();
        assert_eq!(told(&refused).1, "CALLER_NOT_ALLOWED", "nor whether there is one");
    }
    let revisions = bound.list_revisions(v1::ListRevisionsRequest {}).await.unwrap().into_inner().revisions;
    assert_eq!(
        (revisions[0].everything, revisions[0].tenants.len()),
        (false, 0),
        "of others it hears nothing"
    );
    let mut message = changes(vec![put_member("bolt", "user:ana", &["writer"])]);
    message.header = header(1, 3, 2).header;
    let told = bound.push(tokio_stream::iter(vec![message])).await.unwrap().into_inner();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied);
}
