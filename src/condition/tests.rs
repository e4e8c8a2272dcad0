//! Conditions, from text to outcome.
//!
//! One world serves every table. Its roots have the same attributes in three
//! states: `resource` has values, `app` has nulls, and `context` is unsent.

mod faults;
mod mentions;
mod open;
mod oracle;
mod outcomes;
mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::model::{Fact, List, Names, Text, Timestamp, Value, ValueRef, ValueType};

/// The attributes of `resource`, `app` and `context`, and what `resource` has.
fn attributes() -> Vec<(&'static str, Value)> {
    let texts = |items: &[&str]| Value::StringList(items.iter().map(|item| (*item).to_owned()).collect());
    vec![
        ("at", Value::Timestamp(Timestamp::parse("2026-01-01T00:00:00Z").unwrap())),
        ("b", Value::Bool(true)),
        ("empty", texts(&[])),
        ("i", Value::Int(7)),
        ("least", Value::Int(i64::MIN)),
        ("most", Value::Int(i64::MAX)),
        ("nothing", Value::String(String::new())),
        ("nums", Value::IntList(vec![1, 2, 2])),
        ("s", Value::String("hello".to_owned())),
        ("span", Value::String("1h".to_owned())),
        ("tags", texts(&["a", "b"])),
        ("when", Value::String("2026-01-01T00:00:00Z".to_owned())),
        ("wide", Value::String("grüße".to_owned())),
    ]
}

/// Where the world's tables are kept.
struct World {
    names: AttributeNames,
    conditions: BTreeMap<String, Option<Arc<Program>>>,
    resource: Vec<(&'static str, Value)>,
}

/// A derived list, as the snapshot has them.
#[derive(Debug)]
struct Sorted(&'static [&'static str]);

impl Names for Sorted {
    fn after(&self, previous: Option<&str>) -> Option<&str> {
        self.0.iter().copied().find(|name| previous.is_none_or(|previous| *name > previous))
    }
}

impl World {
    fn new() -> Self {
        let resource = attributes();
        let mut names: Vec<&str> = resource.iter().map(|(name, _)| *name).collect();
        names.extend(["department", "mixed"]);
        let mut world = Self { names: AttributeNames::new(names), conditions: BTreeMap::new(), resource };
        world.conditions.insert("faulty".to_owned(), None);
        world.name("yes", "true");
        world.name("mine", "resource.s == principal.id || has(context.s)");
        world.name("tagged", r#"resource.tags.exists(t, resource.nums.all(n, n > 0 && t != ""))"#);
        world
    }

    fn name(&mut self, name: &str, text: &str) {
        let program = compile(text, &self.scope()).unwrap();
        self.conditions.insert(name.to_owned(), Some(Arc::new(program)));
    }

    fn scope(&self) -> Scope<'_> {
        let types: BTreeMap<&str, Option<ValueType>> =
            self.resource.iter().map(|(name, value)| (*name, value.value_type())).collect();
        let mut resource = types.clone();
        resource.insert("mixed", None);
        Scope {
            names: &self.names,
            principal: BTreeMap::from([("department", Some(ValueType::String))]),
            resource,
            context: types.clone(),
            app: types,
            params: Some(BTreeMap::from([("instances", ValueType::StringList), ("limit", ValueType::Int)])),
            conditions: &self.conditions,
            node_limit: 256,
        }
    }
}

impl Facts for World {
    fn fact(&self, path: Path) -> Fact<'_> {
        const ROLES: &Sorted = &Sorted(&["admin", "member"]);
        const GROUPS: &Sorted = &Sorted(&[]);
        let text = |text| Fact::Value(ValueRef::Text(Text::plain(text)));
        let key = |kind, id| Fact::Value(ValueRef::Text(Text::Key { kind, id }));
        match path {
            Path::PrincipalType => text("user"),
            Path::PrincipalId => text("mia"),
            Path::PrincipalKey => key("user", "mia"),
            Path::PrincipalRoles => Fact::Value(ValueRef::List(List::Names(ROLES))),
            Path::PrincipalGroups => Fact::Value(ValueRef::List(List::Names(GROUPS))),
            Path::Principal(_) => text("sales"),
            Path::ResourceType => text("doc"),
            Path::ResourceId => text("d:1"),
            Path::ResourceKey => key("doc", "d:1"),
            Path::Resource(index) => {
                let name = self.names.name(index);
                let value = self.resource.iter().find(|(known, _)| *known == name);
                value.and_then(|(_, value)| value.as_ref()).map_or(Fact::Null, Fact::Value)
            }
            Path::Context(_) => Fact::Unsent,
            Path::Param(ParamIx(0)) => Fact::Value(ValueRef::List(List::Names(ROLES))),
            Path::Param(_) => Fact::Value(ValueRef::Int(10)),
            Path::AppId | Path::AppKey | Path::App(_) => Fact::Null,
            Path::Now => Fact::Value(ValueRef::Timestamp(Timestamp::parse("2026-06-01T12:00:00Z").unwrap())),
        }
    }
}

/// The one place that compiles and evaluates for the tables.
#[track_caller]
fn outcome(text: &str) -> Tri {
    let world = World::new();
    match compile(text, &world.scope()) {
        Ok(program) => program.evaluate(&world),
        Err(faults) => panic!("{text}\n{faults:#?}"),
    }
}

#[track_caller]
fn check(text: &str, expected: Tri) {
    assert_eq!(outcome(text), expected, "{text}");
}
