//! A key is read as the text it would be if it were joined.

use proptest::prelude::*;

use super::Text;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_key_is_one_text(
        // Few letters, so that parts are found often.
        (kind, id) in ("[ab]{1,3}", "[ab:]{1,4}"),
        (other_kind, other_id) in ("[ab]{1,3}", "[ab:]{1,4}"),
        plain in "[ab:]{0,4}",
    ) {
        let (key, joined) = (Text::Key { kind: &kind, id: &id }, format!("{kind}:{id}"));
        let (other, other_joined) =
            (Text::Key { kind: &other_kind, id: &other_id }, format!("{other_kind}:{other_id}"));
        let all = [
            (key, joined.as_str()),
            (other, other_joined.as_str()),
            (Text::plain(&plain), plain.as_str()),
            (Text::plain(&joined), joined.as_str()),
        ];
        for (a, a_text) in all {
            prop_assert_eq!(a.len(), a_text.len());
            for (b, b_text) in all {
                prop_assert_eq!(a == b, a_text == b_text, "{} {}", a, b);
                prop_assert_eq!(a.starts_with(b), a_text.starts_with(b_text), "{} {}", a, b);
                prop_assert_eq!(a.ends_with(b), a_text.ends_with(b_text), "{} {}", a, b);
                prop_assert_eq!(a.contains(b), a_text.contains(b_text), "{} {}", a, b);
            }
        }
    }
}
