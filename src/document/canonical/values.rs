//! The vocabulary as canonical bytes.

use super::{Bytes, Canonical};
use crate::document::definition::{GrantedModes, Group, Map, Params, Role};
use crate::model::{Key, LevelItem, Pattern, Revision, Timestamp, Value};

impl Canonical for str {
    fn write(&self, to: &mut Bytes) {
        to.count(self.len());
        to.raw(self.as_bytes());
    }
}

impl Canonical for String {
    fn write(&self, to: &mut Bytes) {
        self.as_str().write(to);
    }
}

impl Canonical for &str {
    fn write(&self, to: &mut Bytes) {
        (*self).write(to);
    }
}

impl Canonical for bool {
    fn write(&self, to: &mut Bytes) {
        to.tag(u8::from(*self));
    }
}

impl Canonical for i64 {
    fn write(&self, to: &mut Bytes) {
        to.raw(&self.to_le_bytes());
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, to: &mut Bytes) {
        to.tag(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(to);
        }
    }
}

impl Canonical for Timestamp {
    fn write(&self, to: &mut Bytes) {
        to.raw(&self.seconds().to_le_bytes());
        to.raw(&self.nanos().to_le_bytes());
    }
}

impl Canonical for Revision {
    fn write(&self, to: &mut Bytes) {
        to.raw(&self.epoch.to_le_bytes());
        to.raw(&self.number.to_le_bytes());
    }
}

impl Canonical for Key {
    fn write(&self, to: &mut Bytes) {
        self.kind().write(to);
        self.id().write(to);
    }
}

impl Canonical for Pattern {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::Exact { kind, action } => {
                to.tag(0);
                kind.as_ref().write(to);
                action.as_ref().write(to);
            }
            Self::Type(kind) => {
                to.tag(1);
                kind.as_ref().write(to);
            }
            Self::Action(action) => {
                to.tag(2);
                action.as_ref().write(to);
            }
            Self::All => to.tag(3),
            Self::Section(id) => {
                to.tag(4);
                id.as_ref().write(to);
            }
        }
    }
}

impl Canonical for LevelItem {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::Own(action) => {
                to.tag(0);
                action.as_ref().write(to);
            }
            Self::OwnAll => to.tag(1),
            Self::Below { kind, action } => {
                to.tag(2);
                kind.as_ref().write(to);
                action.as_ref().write(to);
            }
            Self::BelowAll(kind) => {
                to.tag(3);
                kind.as_ref().write(to);
            }
        }
    }
}

impl Canonical for Value {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::Null => to.tag(0),
            Self::Bool(value) => {
                to.tag(1);
                value.write(to);
            }
            Self::Int(value) => {
                to.tag(2);
                value.write(to);
            }
            Self::String(value) => {
                to.tag(3);
                value.write(to);
            }
            Self::Timestamp(value) => {
                to.tag(4);
                value.write(to);
            }
            Self::StringList(values) => {
                to.tag(5);
                to.list(values.iter());
            }
            Self::IntList(values) => {
                to.tag(6);
                to.list(values.iter());
            }
        }
    }
}

/// Maps of documents, in the order of their keys.
macro_rules! map {
    ($($of:ty),*) => {$(
        impl Canonical for Map<$of> {
            fn write(&self, to: &mut Bytes) {
                to.count(self.len());
                for (name, value) in self {
                    name.write(to);
                    value.value.write(to);
                }
            }
        }
    )*};
}

map!(Value, Role, Group, GrantedModes, Map<Params>);
