//! The known name nearest to one that is not known.

/// `` did you mean `x`? `` for the known name nearest to `name`, if one is
/// near enough to be a slip of the hand. Of equally near ones, the first.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Texts from outside may be long; comparing costs their product.
    if name.len() > 64 {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.into_iter().filter(|known| known.len().abs_diff(name.len()) <= 3) {
        let distance =
            if candidate.eq_ignore_ascii_case(name) { 0 } else { strsim::osa_distance(name, candidate) };
        let near = distance.saturating_mul(3) <= name.chars().count();
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand() {
        let known = ["member", "night_shift", "Owner", "admin"];
        for (name, expected) in [
            ("memeber", Some("member")),
            ("mebmer", Some("member")),
            ("night-shift", Some("night_shift")),
            ("owner", Some("Owner")),
            ("guest", None),
            ("a", None),
            ("", None),
        ] {
            let expected = expected.map(|name| format!("did you mean `{name}`?"));
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
