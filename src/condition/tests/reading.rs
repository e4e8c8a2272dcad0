//! The parser behind its bounds: no text may panic or overflow the stack.

use proptest::prelude::*;

use super::*;

/// A text that repeats.
fn repeated(before: &str, middle: &str, after: &str, times: usize) -> String {
    format!("{}{middle}{}", before.repeat(times), after.repeat(times))
}

#[test]
fn depth_is_a_fault_and_no_overflow() {
    let world = World::new();
    for times in [50, 63, 64, 65, 100, 250, 255, 257, 1_000, 20_000] {
        for text in [
            repeated("(", "true", ")", times),
            repeated("!(", "true", ")", times),
            repeated("[", "1", "]", times),
            repeated("{1:", "1", "}", times),
            repeated("true ? ", "true", " : true", times),
            repeated("", "1 == 1", " + 1", times),
            repeated("1 + ", "1", " == 1", times),
            repeated("", "true", " == true", times),
            repeated("", "resource", ".s", times),
            repeated("", "resource.s", ".size()", times),
            repeated("", "resource.s", "[1]", times),
            repeated("!", "true", "", times),
            repeated("-", "1", "", times),
            repeated("", "true", " && true", times),
            repeated("true || ", "true", "", times),
            repeated("size(", "'a'", ")", times),
            repeated("resource.tags.exists(x, ", "true", ")", times),
            repeated("(", "true", "", times),
            repeated("", "true", ")", times),
            repeated("a ? ", "b", "", times),
            repeated("(1 + (1 == (", "1", ")))", times / 3),
            repeated("1 + 1 + 1 + (", "1", ")", times),
        ] {
            let _ = compile(&text, &world.scope());
            let _ = references(&text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        let world = World::new();
        let _ = (compile(&text, &world.scope()), references(&text));
    }

    #[test]
    fn any_tokens_are_read_or_refused(words in proptest::collection::vec(prop::sample::select(vec![
        "(", ")", "[", "]", "{", "}", ",", ".", "?", ":", "!", "-", "+", "*", "/", "%", "&&", "||", "==", "!=", "<",
        "<=", ">", ">=", "in", "true", "false", "null", "1", "-1", "0x1", "1u", "1.5", ".5", "1e9", "'a'", "\"\\n\"",
        "r'\\'", "b'a'", "'''x'''", "resource", "principal", "s", "tags", "i", "x", "has", "size", "exists", "all",
        "map", "filter", "exists_one", "timestamp", "duration", "now", "yes", "`", "\n", "// c", "99999999999999999999",
        "for", "as", "grüße", "\\", "@", "=", "&", "'", "msg{", "'\\q'", "\\u", "b", ".resource", ".?", "[?",
    ]), 0..14)) {
        let world = World::new();
        for glue in ["", " "] {
            let text = words.join(glue);
            if let Err(faults) = compile(&text, &world.scope()) {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.start <= fault.end, "{text}: {fault:?}");
                    prop_assert!(text.get(fault.start as usize..fault.end as usize).is_some(), "{text}: {fault:?}");
                }
            }
            let _ = references(&text);
        }
    }
}
