//! What the core says of a place, told as a path of the message.

use super::*;

#[test]
fn places_are_counted_and_become_paths() {
    let content = api::Member {
        roles: vec![given("a"), given("b")],
        attributes: BTreeMap::from([(
            "x".to_owned(),
            api::Value { kind: Some(api::value::Kind::IntValue(1)) },
        )]),
        override_deny: texts(&["deal:view"]),
        ..Default::default()
    };
    let change = api::Change { kind: Some(put_member(content)) };
    let model = api::Change { kind: Some(Kind::PutModel(api::PutModel { document: "x".into() })) };
    let sent = vec![model.clone(), change.clone()];
    let read = read_changes(sent.clone(), 7).unwrap();
    assert_eq!(read[0].at, Place { source: 7, start: 0, end: 0 });
    let Change::InTenant(_, TenantChange::PutMember(_, member)) = &read[1].value else { panic!() };
    for (at, path) in [
        (read[1].at, ""),
        (member.roles[1].at, ".content.roles[1].role"),
        (member.attributes["x"].at, ".content.attributes.x"),
        (member.overrides.deny[0].at, ".content.override_deny[0]"),
    ] {
        assert_eq!(path_of(&change, at), format!("changes[7].put_member{path}"));
    }

    let tell = |at| Told { at, message: "is wrong".to_owned(), help: Some("mend it".to_owned()) };
    let told = [
        tell(At::Change(member.roles[0].at)),
        tell(At::Whole),
        tell(At::Held("tenants[acme]".to_owned())),
        tell(At::Document { change: 7, line: 3, column: 9 }),
        tell(At::Change(read[0].at)),
        tell(At::Change(Place { source: 8, start: 99, end: 99 })),
        tell(At::Change(Place { source: 99, start: 0, end: 0 })),
    ];
    let faults = faults(&told, &|number| sent.get(usize::try_from(number).unwrap() - 7).cloned());
    let paths: Vec<_> = faults.iter().map(|fault| (&*fault.path, fault.line, fault.column)).collect();
    assert_eq!(
        paths,
        [
            ("changes[7].put_member.content.roles[0].role", 0, 0),
            ("", 0, 0),
            ("tenants[acme]", 0, 0),
            ("changes[6].put_model.document", 3, 9),
            ("changes[6].put_model.document", 0, 0),
            ("changes[7]", 0, 0),
            ("changes[98]", 0, 0),
        ]
    );
    assert!(faults.iter().all(|fault| fault.message == "is wrong" && fault.help == "mend it"));
}
