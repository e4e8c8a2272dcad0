//! What a condition sees when it reads a name: a borrowed value, null, or
//! nothing said.
//!
//! Everything here borrows; reading a fact allocates nothing.

use super::time::Timestamp;

/// The state of an attribute at decision time (docs/semantics.md, "Value, null
/// and unsent").
#[derive(Clone, Copy, Debug)]
pub enum Fact<'a> {
    /// There is a value.
    Value(ValueRef<'a>),
    /// Known to be absent.
    Null,
    /// A request could have said it and did not.
    Unsent,
}

/// A borrowed value.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    Text(Text<'a>),
    /// An instant.
    Timestamp(Timestamp),
    /// A list.
    List(List<'a>),
}

/// A text in up to two parts: a plain string, or `type:id` without joining.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// A plain string.
    Plain(&'a str),
    /// The key `kind:id`, read as one text.
    Key {
        /// What stands before the colon.
        kind: &'a str,
        /// What stands after it.
        id: &'a str,
    },
}

/// A borrowed list.
#[derive(Clone, Copy, Debug)]
pub enum List<'a> {
    /// A stored or sent list of texts.
    Strings(&'a [String]),
    /// A stored or sent list of integers.
    Ints(&'a [i64]),
    /// Names that the snapshot derives, such as held roles.
    Names(&'a dyn Names),
}

/// A derived list of names, sorted by bytes and free of repeats.
pub trait Names: std::fmt::Debug + Send + Sync {
    /// The first name that sorts after `previous`, or the first of all for
    /// `None`. Calling it until `None` walks the list in order.
    fn after(&self, previous: Option<&str>) -> Option<&str>;

    /// Whether `name` is in the list.
    fn contains(&self, name: &str) -> bool {
        let mut at = self.after(None);
        while let Some(found) = at {
            if found == name {
                return true;
            }
            at = self.after(Some(found));
        }
        false
    }

    /// How many names there are.
    fn len(&self) -> usize {
        let mut count: usize = 0;
        let mut at = self.after(None);
        while let Some(found) = at {
            count = count.saturating_add(1);
            at = self.after(Some(found));
        }
        count
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.after(None).is_none()
    }
}

impl<'a> Text<'a> {
    /// A plain string.
    #[must_use]
    pub const fn plain(text: &'a str) -> Self {
        Self::Plain(text)
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Plain(text) => text.len(),
            Self::Key { kind, id } => kind.len().saturating_add(1).saturating_add(id.len()),
        }
    }

    /// Whether there is not a byte in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether it begins with `part`.
    #[must_use]
    pub fn starts_with(self, part: Text<'_>) -> bool {
        match (self, part) {
            (Self::Plain(text), Text::Plain(part)) => text.starts_with(part),
            _ => part.len() <= self.len() && self.bytes().zip(part.bytes()).all(|(a, b)| a == b),
        }
    }

    /// Whether it ends with `part`.
    #[must_use]
    pub fn ends_with(self, part: Text<'_>) -> bool {
        match (self, part) {
            (Self::Plain(text), Text::Plain(part)) => text.ends_with(part),
            _ => part.len() <= self.len() && self.bytes().rev().zip(part.bytes().rev()).all(|(a, b)| a == b),
        }
    }

    /// Whether `part` stands somewhere in it. A key's type has no colon in it
    /// ([`is_name`](super::is_name)), so a key's own colon is its first.
    #[must_use]
    pub fn contains(self, part: Text<'_>) -> bool {
        match (self, part) {
            (Self::Plain(text), Text::Plain(part)) => text.contains(part),
            (Self::Plain(text), Text::Key { kind, id }) => contains_key(text, kind, id),
            (Self::Key { kind, id }, Text::Plain(part)) => {
                kind.contains(part)
                    || id.contains(part)
                    || part
                        .split_once(':')
                        .is_some_and(|(head, tail)| kind.ends_with(head) && id.starts_with(tail))
            }
            (Self::Key { kind, id }, Text::Key { kind: part_kind, id: part_id }) => {
                (kind.ends_with(part_kind) && id.starts_with(part_id)) || contains_key(id, part_kind, part_id)
            }
        }
    }

    /// The bytes in order.
    pub fn bytes(self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        let (head, colon, tail): (&str, &str, &str) = match self {
            Self::Plain(text) => (text, "", ""),
            Self::Key { kind, id } => (kind, ":", id),
        };
        head.bytes().chain(colon.bytes()).chain(tail.bytes())
    }
}

/// Whether `kind:id` stands somewhere in `text`.
fn contains_key(text: &str, kind: &str, id: &str) -> bool {
    let mut rest = text;
    // Walk the parts between colons: the kind ends one, the id begins the rest.
    while let Some((head, tail)) = rest.split_once(':') {
        if head.ends_with(kind) && tail.starts_with(id) {
            return true;
        }
        rest = tail;
    }
    false
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (Self::Key { kind, id }, Self::Plain(text)) | (Self::Plain(text), Self::Key { kind, id }) => {
                text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':')) == Some(id)
            }
            (Self::Key { .. }, Self::Key { .. }) => {
                self.len() == other.len() && self.bytes().eq(other.bytes())
            }
        }
    }
}

impl Eq for Text<'_> {}

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Key { kind, id } => write!(f, "{kind}:{id}"),
        }
    }
}

#[cfg(test)]
mod tests;
