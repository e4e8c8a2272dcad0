//! The messages of the API as their protos declare them: which fields there are, and
//! how each is spelled on the wire.
//!
//! Made once, of the descriptors that reflection serves. If those could not be read,
//! the table would be empty, and every message refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use crate::wire::api::DESCRIPTORS;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(DESCRIPTORS).unwrap_or_default());

/// The table of this build.
pub(super) fn get() -> &'static Table {
    &TABLE
}

/// Every message.
#[derive(Debug, Default)]
pub(super) struct Table {
    shapes: Vec<Shape>,
    names: BTreeMap<String, usize>,
}

/// The fields of a message.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// By number.
    fields: Vec<Option<Field>>,
}

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) name: String,
    wire: Wire,
    /// Of what can be set once, a bit of its own, or that of all who exclude one
    /// another; `None` for a list or a map.
    pub(super) once: Option<u64>,
    pub(super) is_map: bool,
    /// The number of the message that it is.
    pub(super) message: Option<usize>,
}

/// How a field is spelled on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wire {
    Varint,
    Fixed64,
    Length,
    Fixed32,
}

impl Table {
    /// The message of a full name, without a dot before it.
    pub(super) fn named(&self, name: &str) -> Option<&Shape> {
        self.numbered(*self.names.get(name)?)
    }

    /// The message of a number.
    pub(super) fn numbered(&self, number: usize) -> Option<&Shape> {
        self.shapes.get(number)
    }

    /// Reads descriptors; `None` if there is something in them that is not understood.
    fn of(descriptors: &[u8]) -> Option<Self> {
        let set = FileDescriptorSet::decode(descriptors).ok()?;
        let mut messages = Vec::new();
        for file in &set.file {
            for message in &file.message_type {
                collect(file.package(), message, &mut messages);
            }
        }
        let names: BTreeMap<String, usize> =
            messages.iter().enumerate().map(|(number, (name, _))| (name.clone(), number)).collect();
        let maps: Vec<bool> = messages
            .iter()
            .map(|(_, message)| message.options.as_ref().is_some_and(|options| options.map_entry()))
            .collect();
        let shape = |(_, message): &(String, &DescriptorProto)| shape(message, &names, &maps);
        let shapes = messages.iter().map(shape).collect::<Option<_>>()?;
        Some(Self { shapes, names })
    }
}

/// Collects a message and those inside it.
fn collect<'a>(around: &str, message: &'a DescriptorProto, to: &mut Vec<(String, &'a DescriptorProto)>) {
    let name = format!("{around}.{}", message.name());
    for inner in &message.nested_type {
        collect(&name, inner, to);
    }
    to.push((name, message));
}

fn shape(message: &DescriptorProto, names: &BTreeMap<String, usize>, maps: &[bool]) -> Option<Shape> {
    let mut shape = Shape::default();
    for declared in &message.field {
        let number = u32::try_from(declared.number()).ok()?;
        let at = usize::try_from(number).ok()?;
        if shape.fields.len() <= at {
            shape.fields.resize_with(at.checked_add(1)?, || None);
        }
        let inner = match declared.r#type() {
            Type::Message => Some(*names.get(declared.type_name().strip_prefix('.')?)?),
            _ => None,
        };
        *shape.fields.get_mut(at)? = Some(Field {
            number,
            name: declared.name().to_owned(),
            wire: wire(declared.r#type())?,
            once: once(declared, &message.field)?,
            is_map: inner.is_some_and(|inner| maps.get(inner) == Some(&true)),
            message: inner,
        });
    }
    Some(shape)
}

/// The bit of a field that can be set once: that of the first of those who exclude
/// one another.
fn once(field: &FieldDescriptorProto, all: &[FieldDescriptorProto]) -> Option<Option<u64>> {
    if field.label() == Label::Repeated {
        return Some(None);
    }
    let group = |field: &FieldDescriptorProto| field.oneof_index.filter(|_| !field.proto3_optional());
    let first = match group(field) {
        Some(own) => all.iter().find(|other| group(other) == Some(own))?,
        None => field,
    };
    Some(Some(1_u64.checked_shl(u32::try_from(first.number()).ok()?)?))
}

const fn wire(declared: Type) -> Option<Wire> {
    match declared {
        Type::Int64
        | Type::Uint64
        | Type::Int32
        | Type::Uint32
        | Type::Sint32
        | Type::Sint64
        | Type::Bool
        | Type::Enum => Some(Wire::Varint),
        Type::Double | Type::Fixed64 | Type::Sfixed64 => Some(Wire::Fixed64),
        Type::Float | Type::Fixed32 | Type::Sfixed32 => Some(Wire::Fixed32),
        Type::String | Type::Bytes | Type::Message => Some(Wire::Length),
        Type::Group => None,
    }
}

impl Shape {
    /// The field of a number.
    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        self.fields.get(usize::try_from(number).ok()?)?.as_ref()
    }
}

impl Field {
    /// Whether it can be spelled so. A list of numbers may come in one piece or many.
    pub(super) fn accepts(&self, wire: Wire) -> bool {
        self.wire == wire || (self.once.is_none() && wire == Wire::Length)
    }
}
