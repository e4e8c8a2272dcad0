//! What a change set is and what it is made against.

use super::*;

#[test]
fn a_header_goes_together_or_is_refused() {
    let expect = |part| api::Expected { part, revision: Some(api::Revision { epoch: 1, number: 4 }) };
    let model = || expect(Some(api::expected::Part::Model(api::ModelPart {})));
    let delta = api::PushHeader { epoch: 1, revision: 5, base_revision: Some(4), ..Default::default() };
    let whole = api::PushHeader { base_revision: None, replace_all: true, shrink: true, ..delta.clone() };
    let refused = |header: &api::PushHeader| lines(&read_header(header.clone()).unwrap_err());

    let read = read_header(api::PushHeader { expected: vec![model()], validate_only: true, ..delta.clone() });
    let Pushed { header, validate_only } = read.unwrap();
    assert!(validate_only);
    assert_eq!((header.revision, header.base), (Revision::new(1, 5), Some(Revision::new(1, 4))));
    assert_eq!(header.expected[0].part, Part::Model);
    assert_eq!(header.expected[0].revision, Some(Revision::new(1, 4)));
    let read = read_header(whole.clone()).unwrap();
    assert!(read.header.base.is_none() && read.header.shrink && !read.validate_only);

    assert_eq!(
        refused(&api::PushHeader { epoch: 0, revision: 0, ..delta.clone() }),
        "header.epoch: Malformed: must be at least 1: 0 is that of directories\n\
         header.revision: Malformed: must be at least 1"
    );
    assert_eq!(
        refused(&api::PushHeader { base_revision: None, ..delta.clone() }),
        "header.base_revision: Missing: must be set"
    );
    assert_eq!(
        refused(&api::PushHeader { base_revision: Some(4), ..whole }),
        "header.base_revision: Malformed: must be unset with `replace_all`"
    );
    let tenant = |id: &str| expect(Some(api::expected::Part::Tenant(id.to_owned())));
    assert_eq!(
        refused(&api::PushHeader { expected: vec![tenant(""), expect(None)], ..delta.clone() }),
        "header.expected[0].tenant: Missing: must be set\nheader.expected[1].part: Missing: must be set"
    );
    assert_eq!(
        refused(&api::PushHeader { expected: vec![tenant("a"), model(), tenant("a")], ..delta }),
        "header.expected[2]: Malformed: is listed twice"
    );
}

#[test]
fn what_a_header_says_is_written_as_it_was_read() {
    let tenant = api::expected::Part::Tenant("a".into());
    let app = api::expected::Part::App(user("bot").unwrap());
    let sent = api::PushHeader {
        epoch: 3,
        revision: 9,
        base_revision: Some(8),
        expected: vec![
            api::Expected { part: Some(tenant), revision: None },
            api::Expected { part: Some(app), revision: Some(api::Revision { epoch: 2, number: 1 }) },
        ],
        validate_only: true,
        ..Default::default()
    };
    for sent in
        [sent.clone(), api::PushHeader { base_revision: None, replace_all: true, shrink: true, ..sent }]
    {
        let Pushed { header, validate_only } = read_header(sent.clone()).unwrap();
        assert_eq!(write_header(&header, validate_only), sent);
    }
}
