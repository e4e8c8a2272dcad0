//! Reading one's own writes: `at_least_revision` waits for what a push has said.

use std::time::Duration;

use sidegate::client::v1;
use tokio::time::Instant;
use tonic::{Code, Request, Status};

use super::{Admin, Sidecar, ana, assert_said, changes, header, pushed, revision, whole};
use crate::raw::until;
use crate::support::{Client, channel, principal, resource, told};

/// The three questions that may wait.
#[derive(Clone, Copy, Debug)]
enum Question {
    Check,
    Batch,
    List,
}

const QUESTIONS: [Question; 3] = [Question::Check, Question::Batch, Question::List];

/// Asks whether `user:ana` may edit, of a policy that is as new; returns which
/// revision said so.
async fn ask(
    client: &mut Client,
    question: Question,
    at_least: Option<v1::Revision>,
    within: Option<Duration>,
) -> Result<(u64, bool), Status> {
    fn timed<T>(message: T, within: Option<Duration>) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(within) = within {
            let text = format!("{}m", within.as_millis());
            request.metadata_mut().insert("grpc-timeout", text.parse().unwrap());
        }
        request
    }
    let item = v1::BatchCheckItem {
        resource: Some(resource("doc:d")),
        actions: vec!["edit".to_owned()],
        ..v1::BatchCheckItem::default()
    };
    match question {
        Question::Check => {
            let asked = v1::CheckRequest { at_least_revision: at_least, ..self::question("edit") };
            let answer = client.check(timed(asked, within)).await?.into_inner();
            let allowed = answer.decision() == v1::Decision::Allow;
            Ok((answer.revision.unwrap().number, allowed))
        }
        Question::Batch => {
            let asked = v1::BatchCheckRequest {
                tenant: "acme".to_owned(),
                principal: Some(principal("user:ana")),
                items: vec![item],
                at_least_revision: at_least,
                ..v1::BatchCheckRequest::default()
            };
            let answer = client.batch_check(timed(asked, within)).await?.into_inner();
            let allowed = answer.items[0].results[0].decision() == v1::Decision::Allow;
            Ok((answer.revision.unwrap().number, allowed))
        }
        Question::List => {
            let query =
                v1::ActionsQuery { resource: Some(resource("doc:d")), actions: vec!["edit".to_owned()] };
            let asked = v1::ListAllowedRequest {
                tenant: "acme".to_owned(),
                principal: Some(principal("user:ana")),
                at_least_revision: at_least,
                query: Some(v1::list_allowed_request::Query::Actions(query)),
                ..v1::ListAllowedRequest::default()
            };
            let answer = client.list_allowed(timed(asked, within)).await?.into_inner();
            let Some(v1::list_allowed_response::Answer::Actions(actions)) = answer.answer else { panic!() };
            let allowed = actions.items[0].result() == v1::ListResult::Always;
            Ok((answer.revision.unwrap().number, allowed))
        }
    }
}

fn question(action: &str) -> v1::CheckRequest {
    crate::support::question("user:ana", action, "doc:d")
}

#[tokio::test]
async fn i11_an_answer_waits_for_the_revision_that_is_wanted() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    for asked in QUESTIONS {
        let held = sidecar.status().await.revision.unwrap().number;
        // What is in force is not waited for.
        let now = ask(&mut sidecar.client, asked, revision(1, held), None).await.unwrap();
        assert_eq!(now.0, held, "{asked:?}");
        let role = if held % 2 == 1 { "writer" } else { "reader" };
        let mut client = sidecar.client.clone();
        let waiting = tokio::spawn(async move { ask(&mut client, asked, revision(1, held + 1), None).await });
        let waits = || {
            let text = sidecar.running.installer().metrics().render();
            text.contains("sidegate_revision_waiters 1")
        };
        until("it waits", waits).await;
        assert!(!waiting.is_finished());
        sidecar.push(ana(1, held + 1, held, role)).await.unwrap();
        let answer = waiting.await.unwrap().unwrap();
        assert_eq!(answer, (held + 1, role == "writer"), "{asked:?}");
    }
    assert_eq!(sidecar.counted("revision_waiters"), 0);
}

#[tokio::test]
async fn i11_a_revision_that_does_not_come_is_no_answer() {
    let mut config = pushed();
    config.limits.revisions.wait = Duration::from_millis(100);
    let mut sidecar = Sidecar::holding(config).await;
    for asked in QUESTIONS {
        for (within, why) in
            [(None, "the sidecar's own bound"), (Some(Duration::from_millis(60)), "the caller's")]
        {
            let began = Instant::now();
            let refused = ask(&mut sidecar.client, asked, revision(1, 2), within).await.unwrap_err();
            let expected = (Code::Unavailable, "REVISION_NOT_REACHED".to_owned(), String::new());
            assert_eq!(told(&refused), expected, "{asked:?}, {why}");
            assert!(began.elapsed() < Duration::from_secs(5), "{asked:?}, {why}");
        }
    }
}

#[tokio::test]
async fn i11_what_is_wanted_is_bounded() {
    let mut config = pushed();
    config.limits.revisions.wait = Duration::from_millis(20);
    let mut sidecar = Sidecar::holding(config).await;
    sidecar.push(whole(7, 100, &["acme", "bolt"])).await.unwrap();
    let reached = "";
    let rows = [
        ((7, 100), reached, "as it is"),
        ((7, 99), reached, "older"),
        ((6, u64::MAX), reached, "of an epoch before"),
        ((0, 3), reached, "of a directory"),
        ((7, 101), "REVISION_NOT_REACHED", "the next"),
        ((7, 10_100), "REVISION_NOT_REACHED", "as far ahead as may be"),
        ((7, 10_101), "FIELD_OVER_LIMIT", "one further"),
        ((7, u64::MAX), "FIELD_OVER_LIMIT", "as far as it goes"),
        ((8, 1), "REVISION_NOT_REACHED", "of the next epoch"),
        ((u64::MAX, u64::MAX), "REVISION_NOT_REACHED", "of the last epoch"),
    ];
    for ((epoch, number), expected, why) in rows {
        for asked in QUESTIONS {
            let outcome = ask(&mut sidecar.client, asked, revision(epoch, number), None).await;
            let said = outcome.as_ref().map_or_else(|status| told(status).1, |_| String::new());
            assert_eq!(said, expected, "{why}: {asked:?}");
            if expected == "FIELD_OVER_LIMIT" {
                let (code, _, field) = told(&outcome.unwrap_err());
                assert_eq!((code, field.as_str()), (Code::InvalidArgument, "at_least_revision"));
            }
        }
    }
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="revision_ahead_wait"}"#), 6);
}

#[tokio::test]
async fn so_many_wait_and_one_more_is_refused() {
    let mut config = pushed();
    config.limits.revisions.waiters = 2;
    let mut sidecar = Sidecar::holding(config).await;
    let mut waiting = Vec::new();
    for asked in [Question::Check, Question::List] {
        let mut client = sidecar.client.clone();
        waiting.push(tokio::spawn(async move { ask(&mut client, asked, revision(1, 2), None).await }));
    }
    let both = || sidecar.running.installer().metrics().render().contains("sidegate_revision_waiters 2");
    until("both wait", both).await;
    for asked in QUESTIONS {
        let refused = ask(&mut sidecar.client, asked, revision(1, 2), None).await.unwrap_err();
        assert_eq!((told(&refused).0, told(&refused).1.as_str()), (Code::ResourceExhausted, "OVERLOADED"));
        let now = ask(&mut sidecar.client, asked, revision(1, 1), None).await;
        assert_eq!(now.unwrap().0, 1, "who need not wait is answered");
    }
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="revision_waiters"}"#), 3);
    sidecar.push(ana(1, 2, 1, "writer")).await.unwrap();
    for asked in waiting {
        assert_eq!(asked.await.unwrap().unwrap(), (2, true));
    }
}

#[tokio::test]
async fn i11_with_a_directory_there_is_nothing_to_wait_for() {
    let (_running, mut client) = crate::support::started(crate::support::config()).await;
    let asked = v1::CheckRequest {
        at_least_revision: revision(0, 1),
        ..crate::support::question("user:ana", "view", "inbox")
    };
    let refused = client.check(asked).await.unwrap_err();
    assert_eq!(told(&refused).1, "REVISION_NOT_COMPARABLE");
}

/// A user is restricted, and then something is put where the user must not see it any
/// more. Whoever asks with what the second push has said must be denied, although the
/// sidecar that is asked has not heard of either yet; and asked without, that sidecar
/// allows it, as it would to somebody who knew of nothing.
#[tokio::test]
async fn i11_a_new_enemy_is_denied_by_whoever_is_asked_with_the_token() {
    let mut first = Sidecar::holding(pushed()).await;
    let mut second = Sidecar::holding(pushed()).await;
    let restrict = || ana(1, 2, 1, "writer");
    let content = || {
        let put = v1::change::Kind::PutResource(v1::PutResource {
            tenant: "acme".to_owned(),
            resource: Some(v1::ResourceRef { r#type: "doc".to_owned(), id: "secret".to_owned() }),
            content: None,
        });
        let mut message = changes(vec![put]);
        message.header = header(1, 3, 2).header;
        vec![message]
    };
    // The control plane reaches one sidecar, and the other is behind.
    first.push(restrict()).await.unwrap();
    let token = first.push(content()).await.unwrap().revision;
    assert_eq!(token, revision(1, 3));
    let asked = |at_least_revision| v1::CheckRequest {
        at_least_revision,
        ..crate::support::question("user:ana", "view", "doc:secret")
    };
    let without = second.client.check(asked(None)).await.unwrap().into_inner();
    assert_eq!(without.decision(), v1::Decision::Allow, "it has not heard, and nobody told it to wait");
    assert_eq!(without.revision, revision(1, 1));

    let mut client = Client::new(channel(&second.running.addresses()[0]).await);
    let waiting = tokio::spawn(async move { client.check(asked(token)).await });
    let waits = || second.running.installer().metrics().render().contains("sidegate_revision_waiters 1");
    until("it waits", waits).await;
    // Half of it comes: who answered now would say what the content never had.
    let mut admin = Admin::new(channel(second.admin_address()).await);
    admin.push(tokio_stream::iter(restrict())).await.unwrap();
    assert!(!waiting.is_finished());
    admin.push(tokio_stream::iter(content())).await.unwrap();
    let with = waiting.await.unwrap().unwrap().into_inner();
    assert_eq!((with.decision(), with.revision), (v1::Decision::Deny, revision(1, 3)));
}

/// However pushes and questions interleave: asked with what a push has said, no answer
/// is of anything older.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c12_no_answer_after_an_acknowledgement_is_older() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    for number in 2..300 {
        let role = if number % 2 == 0 { "writer" } else { "reader" };
        let told = sidecar.push(ana(1, number, number - 1, role)).await;
        assert_said(&told, ("APPLIED", &format!("1.{number}")), "the next");
        for asked in QUESTIONS {
            let without = ask(&mut sidecar.client, asked, None, None).await.unwrap();
            assert_eq!(without, (number, role == "writer"), "what is acknowledged is in force");
            let with = ask(&mut sidecar.client, asked, revision(1, number), None).await.unwrap();
            assert_eq!(with, without);
        }
    }
}
