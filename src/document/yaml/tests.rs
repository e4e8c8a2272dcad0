//! What YAML can do to a text, and what must come of it.

use proptest::prelude::*;

use super::*;

/// Composes a text that has no fault.
#[track_caller]
fn sound(text: &str) -> Node {
    let (node, faults) = parse(text, 1);
    assert_eq!(faults, [], "{text:?}");
    node.unwrap_or_else(|| panic!("nothing in {text:?}"))
}

fn slice(text: &str, at: Place) -> &str {
    let range = usize::try_from(at.start).unwrap()..usize::try_from(at.end).unwrap();
    text.get(range).unwrap_or_else(|| panic!("{at:?} is no stretch of {text:?}"))
}

/// Whether each character of a scalar stands where its offsets say, up to
/// those that an escape or a fold stands for.
#[track_caller]
fn check_offsets(text: &str, value: &str, expected: &[(&str, &str)]) {
    let root = sound(text);
    let node = root.get("a").unwrap();
    assert_eq!(node.text(), Some(value), "{text:?}");
    let Body::Scalar(scalar) = &node.body else { panic!("no scalar") };
    let pairs = offsets(node, scalar, text);
    for (needle, rest) in expected {
        let at = u32::try_from(value.find(needle).unwrap()).unwrap();
        let (from, to) = pairs.iter().rev().find(|(from, _)| *from <= at).copied().unwrap();
        let start = usize::try_from(to + (at - from)).unwrap();
        let found = text.get(start..).unwrap();
        assert!(found.starts_with(rest), "{needle:?} is at {found:?}, not at {rest:?}\n{text}\n{pairs:?}");
    }
}

#[test]
fn places_count_bytes() {
    let text = "č: { žluť: [\"ůň\", ☃ ] }\n";
    let root = sound(text);
    let pair = &root.pairs()[0];
    assert_eq!(slice(text, pair.key.at), "č");
    let pair = &pair.value.pairs()[0];
    assert_eq!(slice(text, pair.key.at), "žluť");
    assert_eq!(slice(text, pair.value.at), "[\"ůň\", ☃ ]");
    let items: Vec<&str> = pair.value.items().iter().map(|item| slice(text, item.at)).collect();
    assert_eq!(items, ["\"ůň\"", "☃"]);
}

#[test]
fn block_collections_end_with_their_last_item() {
    let text = "a:\n  b: c\n  d:\n    - e\n    - f\n\n# comment\ng: h\n";
    let root = sound(text);
    assert_eq!(slice(text, root.get("a").unwrap().at), "b: c\n  d:\n    - e\n    - f");
}

#[test]
fn only_plain_scalars_are_resolved() {
    let root = sound("a: [1, '1', \"1\"]\n");
    let cores: Vec<Core> = root.get("a").unwrap().items().iter().map(core).collect();
    assert_eq!(cores, [Core::Int(1), Core::String, Core::String]);
    let root = sound("a: |\n  1\nb: >-\n  true\nc:\nd: ''\n");
    let cores: Vec<Core> = root.pairs().iter().map(|pair| core(&pair.value)).collect();
    assert_eq!(cores, [Core::String, Core::String, Core::Null, Core::String]);
}

fn core(node: &Node) -> Core {
    match &node.body {
        Body::Scalar(scalar) => scalar.core,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_may_look_like_anything_if_it_is_quoted() {
    let root = sound("\"007\": a\n'true': b\n\"<<\": c\n\"\": d\n");
    let keys: Vec<&str> = root.pairs().iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["007", "true", "<<", ""]);
}

#[test]
fn the_rest_is_read_after_a_fault() {
    let (root, faults) = parse("a: *x\n<<: {}\nb: 1\nb: 2\n7: c\nd: &y e\n", 1);
    assert_eq!(faults.len(), 5, "{faults:?}");
    let root = root.unwrap();
    let keys: Vec<&str> = root.pairs().iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "d"]);
    assert_eq!(root.get("b").map(core), Some(Core::Int(1)));
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let text = |depth| format!("{}{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&text(MAX_DEPTH), 1).0.is_some());
        assert!(parse(&text(MAX_DEPTH + 1), 1).0.is_none());
        assert!(parse(&text(100_000), 1).0.is_none());
    }
    let block: String = (0..1000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(parse(&block, 1).0.is_none());
    assert!(parse(&"- ".repeat(10_000), 1).0.is_none());
    assert!(parse(&"? ".repeat(10_000), 1).0.is_none());
}

#[test]
fn plain_scalars_fold() {
    check_offsets("a: one two\n", "one two", &[("one", "one two"), ("two", "two\n")]);
    check_offsets(
        "a: één\n   two\n\n   three\n",
        "één two\nthree",
        &[("n", "n\n"), ("two", "two"), ("three", "three")],
    );
    check_offsets("b: 1\r\na: one\r\n  two\r\n", "one two", &[("one", "one"), ("two", "two")]);
    check_offsets("a:\n  one  \n  two # no\n", "one two", &[("one", "one"), ("two", "two #")]);
}

#[test]
fn quotes_are_undone() {
    check_offsets("a: 'it''s ''so'''\n", "it's 'so'", &[("s ", "s ''so"), ("'so'", "''so"), ("o'", "o'''")]);
    check_offsets("a: 'one\n\n  two'\n", "one\ntwo", &[("two", "two'")]);
    check_offsets(
        r#"a: "\u017e\x41\U0001F600 \"q\" \\ \t\n z""#,
        "žA\u{1F600} \"q\" \\ \t\n z",
        &[
            ("ž", r"\u017e"),
            ("A", r"\x41"),
            ("\u{1F600}", r"\U0001"),
            ("\"q", r#"\"q"#),
            ("q", "q"),
            ("\\", r"\\ "),
            ("z", "z\""),
        ],
    );
    check_offsets(
        "a: \"one \\\n  two\\\n  \\ three\n  four\"\n",
        "one two three four",
        &[("two", "two\\"), ("three", "three\n"), ("four", "four\"")],
    );
}

#[test]
fn blocks_lose_their_indentation() {
    check_offsets(
        "a: |\n  one\n    two\n\n  č three\n",
        "one\n  two\n\nč three\n",
        &[("one", "one"), ("two", "two"), ("three", "three")],
    );
    check_offsets("a: |2-\n    one\n  two\n", "  one\ntwo", &[("one", "one"), ("two", "two")]);
    check_offsets("a: |\n\n\n  one\n", "\n\none\n", &[("one", "one")]);
    check_offsets(
        "a: >\n  one\n  two\n\n  three\n    four\n  five\n\n\n  six\n",
        "one two\nthree\n  four\nfive\n\nsix\n",
        &[
            ("one", "one"),
            ("two", "two"),
            ("three", "three"),
            ("four", "four"),
            ("five", "five"),
            ("six", "six"),
        ],
    );
    check_offsets("a: >-\r\n    one\r\n    two\r\n", "one two", &[("one", "one"), ("two", "two")]);
}

proptest! {
    /// Whatever the text: no panic, and every place is a stretch of it.
    #[test]
    fn any_text_composes(text in "([a-c]|č|[-:?,{}\\[\\]&*!|>'\"%@`#~<]|\\\\|[ \n\t\r]|--- |: |- |\u{feff}){0,60}") {
        let (root, faults) = parse(&text, 1);
        prop_assert!(root.is_some() || !faults.is_empty());
        for fault in &faults {
            slice(&text, fault.at);
        }
        let mut queue: Vec<&Node> = root.iter().collect();
        while let Some(node) = queue.pop() {
            slice(&text, node.at);
            if let Body::Scalar(scalar) = &node.body {
                let pairs = offsets(node, scalar, &text);
                prop_assert!(pairs.is_sorted());
                for (from, to) in pairs {
                    prop_assert!(usize::try_from(from).unwrap() <= scalar.text.len());
                    prop_assert!(to >= node.at.start && to <= node.at.end);
                }
            }
            queue.extend(node.items());
            for pair in node.pairs() {
                slice(&text, pair.key.at);
                queue.push(&pair.value);
            }
        }
    }
}
