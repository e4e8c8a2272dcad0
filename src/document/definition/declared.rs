//! Which type a model declares an attribute with, built-in attributes included.
//! Whoever reads a value from text needs to know: text alone does not say.

use super::Model;
use crate::model::ValueType;

impl Model {
    /// The declared type of an attribute of a resource type.
    #[must_use]
    pub fn resource_attribute(&self, kind: &str, name: &str) -> Option<ValueType> {
        match (kind, name) {
            // The one built-in attribute that a request may send.
            ("member" | "role" | "group", "roles") => Some(ValueType::StringList),
            _ => Some(self.resources.get(kind)?.attributes.get(name)?.value_type),
        }
    }

    /// The declared type of an attribute of a principal type.
    #[must_use]
    pub fn principal_attribute(&self, kind: &str, name: &str) -> Option<ValueType> {
        Some(self.principals.get(kind)?.attributes.get(name)?.value_type)
    }

    /// The declared type of an attribute of the environment.
    #[must_use]
    pub fn context_attribute(&self, name: &str) -> Option<ValueType> {
        Some(self.context.get(name)?.value_type)
    }
}
