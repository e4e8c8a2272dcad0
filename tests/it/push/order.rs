//! What comes when, again, too early, too late, from somebody else.

use sidegate::client::v1;

use super::{Sidecar, ana, assert_said, changes, header, pushed, put_member, revision, whole};

/// What is pushed, what is said, and why.
type Row = (Vec<v1::PushRequest>, (&'static str, &'static str), &'static str);

/// Pushes one after the other, each on a connection of its own or not.
async fn check(sidecar: &mut Sidecar, rows: Vec<Row>) {
    for (messages, expected, why) in rows {
        let before = sidecar.seen().await;
        let outcome = sidecar.push(messages).await;
        assert_said(&outcome, expected, why);
        if expected.0 != "APPLIED" {
            assert_eq!(sidecar.seen().await, before, "{why}: it changed something");
        }
    }
}

#[tokio::test]
async fn f09_f10_f11_f13_what_does_not_follow_what_is_held_is_refused() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let all = ["acme", "bolt"];
    let far = (1 << 32) + 2;
    check(
        &mut sidecar,
        vec![
            (ana(1, 2, 1, "writer"), ("APPLIED", "1.2"), "the next"),
            (ana(1, 2, 1, "writer"), ("REPEATED", "1.2"), "the same again"),
            (ana(1, 2, 1, "reader"), ("REVISION_CONFLICT", "1.2"), "another of the same revision"),
            (ana(1, 1, 0, "reader"), ("REVISION_CONFLICT", "1.1"), "another of the first"),
            (whole(1, 1, &all), ("REPEATED", "1.1"), "an old one again"),
            (whole(1, 1, &["acme"]), ("REVISION_CONFLICT", "1.1"), "another of an old revision"),
            (ana(1, 4, 3, "reader"), ("NEED_FULL", "1.2"), "there is a gap"),
            (ana(1, 3, 1, "reader"), ("NEED_FULL", "1.2"), "made against what was"),
            (ana(2, 3, 2, "reader"), ("NEED_FULL", "1.2"), "another epoch"),
            (vec![header(1, 3, 2)], ("APPLIED", "1.3"), "nothing but the next revision"),
            (ana(1, far + 2, 3, "reader"), ("FIELD_OVER_LIMIT", "header.revision"), "far ahead"),
            (ana(1, u64::MAX, 3, "reader"), ("FIELD_OVER_LIMIT", "header.revision"), "as far as it goes"),
            (whole(far, 1, &all), ("FIELD_OVER_LIMIT", "header.epoch"), "an epoch far ahead"),
            (whole(5, 1, &all), ("APPLIED", "5.1"), "a new epoch"),
            (ana(1, 4, 3, "reader"), ("STALE_REVISION", "5.1"), "who has not heard of it"),
            (whole(4, 9, &all), ("STALE_REVISION", "5.1"), "an epoch in between"),
            (whole(5, 2, &[]), ("SHRINKS", "2"), "all tenants gone"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_expected_of_parts_is_asked() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let expecting = |number: u64, tenant: &str, at: Option<(u64, u64)>| {
        let mut messages = ana(1, number, number - 1, "writer");
        let expected = v1::Expected {
            part: Some(v1::expected::Part::Tenant(tenant.to_owned())),
            revision: at.and_then(|(epoch, number)| revision(epoch, number)),
        };
        messages[0].header.as_mut().unwrap().expected = vec![expected];
        messages
    };
    check(
        &mut sidecar,
        vec![
            (expecting(2, "acme", Some((1, 1))), ("APPLIED", "1.2"), "as it is"),
            (expecting(3, "acme", Some((1, 1))), ("PART_CHANGED", "1.2"), "as it was"),
            (expecting(3, "zeta", Some((1, 1))), ("PART_CHANGED", "none"), "not there"),
            (expecting(3, "bolt", None), ("PART_CHANGED", "1.1"), "there"),
            (expecting(3, "zeta", None), ("APPLIED", "1.3"), "not there, as expected"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_rehearsal_tells_and_changes_nothing() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let before = sidecar.seen().await;
    let mut messages = ana(1, 2, 1, "writer");
    messages[0].header.as_mut().unwrap().validate_only = true;
    let told = sidecar.push(messages).await.unwrap();
    assert_eq!((told.outcome(), told.widened, told.narrowed), (v1::PushOutcome::Valid, 1, 1));
    let mut messages = whole(1, 2, &["acme", "bolt"]);
    messages[0].header.as_mut().unwrap().validate_only = true;
    assert_said(&sidecar.push(messages).await, ("VALID", "1.1"), "a whole");
    let mut unknown = changes(vec![put_member("acme", "user:ana", &["raeder"])]);
    unknown.header = header(1, 2, 1).header;
    unknown.header.as_mut().unwrap().validate_only = true;
    let told = sidecar.push(vec![unknown]).await.unwrap();
    assert_eq!(told.outcome(), v1::PushOutcome::Refused);
    assert_eq!(told.faults[0].path, "changes[0].put_member.content.roles[0].role", "{told:?}");
    assert_eq!(sidecar.seen().await, before);
}
