//! How many candidates a ListAllowed brings, told from its bytes.
//!
//! Each takes two bytes on the wire and a hundred in memory. So they are counted
//! before room is made for them. What cannot be read ends the count; the decoder
//! will say so.

/// `ListAllowedRequest.resources`, `ResourcesQuery.candidates`,
/// `CandidateResources.resources`: from the whole to a candidate.
const WAY: [u64; 3] = [9, 4, 1];

/// The candidates of an encoded ListAllowedRequest.
pub(crate) fn candidates(request: &[u8]) -> usize {
    count(request, &WAY)
}

fn count(message: &[u8], way: &[u64]) -> usize {
    let Some((wanted, rest)) = way.split_first() else { return 1 };
    let mut fields = message;
    let mut found = 0_usize;
    while let Some((field, content)) = next(&mut fields) {
        if field == *wanted
            && let Some(content) = content
        {
            found = found.saturating_add(count(content, rest));
        }
    }
    found
}

/// Takes the next field off a message: its number, and its content if that has a
/// length.
fn next<'a>(message: &mut &'a [u8]) -> Option<(u64, Option<&'a [u8]>)> {
    let key = varint(message)?;
    let content = match key & 7 {
        0 => {
            varint(message)?;
            None
        }
        1 => split(message, 8).map(|_| None)?,
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            Some(split(message, length)?)
        }
        5 => split(message, 4).map(|_| None)?,
        _ => return None,
    };
    Some((key >> 3, content))
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn split<'a>(message: &mut &'a [u8], at: usize) -> Option<&'a [u8]> {
    let (first, rest) = message.split_at_checked(at)?;
    *message = rest;
    Some(first)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::wire::api;

    fn request(count: usize) -> api::ListAllowedRequest {
        let resource = api::Resource {
            r#type: "chat".to_owned(),
            id: Some("c1".to_owned()),
            attributes: [("a".to_owned(), api::Value { kind: None })].into(),
            parents: vec![api::ResourceRef::default(); 3],
        };
        let source = api::CandidateResources { resources: vec![resource; count] };
        let query = api::ResourcesQuery {
            r#type: "chat".to_owned(),
            action: "view".to_owned(),
            source: Some(api::resources_query::Source::Candidates(source)),
        };
        api::ListAllowedRequest {
            tenant: "acme".to_owned(),
            principal: Some(api::Principal::default()),
            page_size: 300,
            query: Some(api::list_allowed_request::Query::Resources(query)),
            ..api::ListAllowedRequest::default()
        }
    }

    #[test]
    fn candidates_are_counted_before_they_are_read() {
        for count in [0, 1, 1000] {
            assert_eq!(candidates(&request(count).encode_to_vec()), count);
        }
        let actions = api::ListAllowedRequest {
            query: Some(api::list_allowed_request::Query::Actions(api::ActionsQuery::default())),
            ..request(0)
        };
        assert_eq!(candidates(&actions.encode_to_vec()), 0);
    }

    #[test]
    fn whatever_the_bytes_counting_ends() {
        let bytes = request(3).encode_to_vec();
        for end in 0..bytes.len() {
            assert!(candidates(&bytes[..end]) <= 3);
        }
        for bytes in [&[0xff; 32][..], &[0x4a, 0xff, 0xff, 0xff, 0xff, 0x0f], &[0x0b], &[0x4a, 0]] {
            assert_eq!(candidates(bytes), 0);
        }
    }
}
