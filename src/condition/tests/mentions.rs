//! What a program says it reads, and what a text says it refers to.

use super::*;

#[track_caller]
fn mentions(text: &str, expected: &[&str]) {
    let world = World::new();
    let program = compile(text, &world.scope()).unwrap();
    let found: Vec<String> = program
        .mentions()
        .iter()
        .map(|mention| format!("{}{}", mention.name, if mention.only_in_has { "?" } else { "" }))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn mentioned() {
    mentions("true",                                              &[]);
    mentions("resource.s == principal.id",                        &["principal.id", "resource.s"]);
    mentions("resource.s == resource.s",                          &["resource.s"]);
    mentions("has(resource.s)",                                   &["resource.s?"]);
    mentions("has(resource.s) || has(resource.s)",                &["resource.s?"]);
    mentions("has(resource.s) && resource.s == 'a'",              &["resource.s"]);
    mentions("resource.s == 'a' && has(resource.s)",              &["resource.s"]);
    mentions("now > resource.at",                                 &["now", "resource.at"]);
    mentions("mine",                                              &["context.s?", "principal.id", "resource.s"]);
    mentions("mine && context.s == 'a'",                          &["context.s", "principal.id", "resource.s"]);
    mentions("resource.tags.exists(x, x in params.instances)",    &["params.instances", "resource.tags"]);
    mentions("app.key == 'a' || has(app.id)",                     &["app.id?", "app.key"]);
}

#[test]
fn a_parameter_is_found_by_the_order_of_names() {
    let world = World::new();
    let program = compile("params.limit == 1", &world.scope()).unwrap();
    assert_eq!(program.mentions().first().map(|mention| mention.path), Some(Path::Param(ParamIx(1))));
}

#[test]
fn reserved_words_can_name_no_condition() {
    for name in ["now", "app", "resource", "in", "true", "null", "for", "package"] {
        assert!(is_reserved(name), "{name}");
        assert_eq!(references(name), Vec::new(), "{name}");
    }
    for name in ["mine", "has", "size", "Now", "type"] {
        assert!(!is_reserved(name), "{name}");
        assert_eq!(references(name).len(), 1, "{name}");
    }
}

#[track_caller]
fn refers(text: &str, expected: &[(&str, u32, u32)]) {
    let found = references(text);
    let found: Vec<_> = found.iter().map(|(name, start, end)| (name.as_str(), *start, *end)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn references_are_bare_names() {
    refers("mine",                                      &[("mine", 0, 4)]);
    refers("mine || yours",                             &[("mine", 0, 4), ("yours", 8, 13)]);
    refers("mine || mine",                              &[("mine", 0, 4), ("mine", 8, 12)]);
    refers("'ü' == 'ü' && mine",                        &[("mine", 16, 20)]);
    refers("now > resource.at && principal.id == ''",   &[]);
    refers("resource.tags.exists(x, x == y)",           &[("y", 29, 30)]);
    refers("x && resource.tags.exists(x, x == 'a')",    &[("x", 0, 1)]);
    refers("resource.tags.exists(x, x == 'a') && x",    &[("x", 37, 38)]);
    refers("x.exists(x, x)",                            &[("x", 0, 1)]);
    refers("a ? b : [c, !d].size() == -e",              &[("a", 0, 1), ("b", 4, 5), ("c", 9, 10), ("d", 13, 14), ("e", 27, 28)]);
    refers("mine.field",                                &[]);
    refers("size(mine)",                                &[("mine", 5, 9)]);
    refers("mine ||",                                   &[]);
}
