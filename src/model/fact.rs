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

    /// The bytes in order.
    pub fn bytes(self) -> impl DoubleEndedIterator<Item = u8> + Clone + 'a {
        let (head, colon, tail): (&str, &str, &str) = match self {
            Self::Plain(text) => (text, "", ""),
            Self::Key { kind, id } => (kind, ":", id),
        };
        head.bytes().chain(colon.bytes()).chain(tail.bytes())
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (a, b) => a.len() == b.len() && a.bytes().eq(b.bytes()),
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
