//! What conditions may read: the names of a fixed model, and what an input says of them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::condition::{AttributeNames, Facts, Path, Program, Scope, compile};
use crate::decide::reference::question::Question;
use crate::document::definition::Policy;
use crate::document::{PolicyLimits, Source, Sources, load};
use crate::fuzzing::input::Input;
use crate::model::{Fact, List, Names, Text, Timestamp, Value, ValueRef, ValueType};

/// The model whose names a condition may read.
const MODEL: &str = "\
sidegate: v1
kind: Model
name: conditions
principals: { user: { attributes: { g: { type: string, source: request }, v: { type: int, source: request } } } }
context: { x: string, h: int, on: bool, w: timestamp }
resources:
  doc:
    actions: [view]
    attributes: { a: bool, b: bool, i: int, j: int, s: string, t: string, l: list<string>, m: list<string>, n: list<int>, o: list<int>, d: timestamp, e: timestamp }
roles: { r: {}, q: { extends: [r] } }
conditions:
  yes: 'true'
  mine: 'resource.s == principal.id || has(context.x)'
  each: 'resource.l.exists(y, resource.n.all(z, z > 0 && y != \"\"))'
";

const TENANT: &str = "\
sidegate: v1
kind: Tenant
id: t
members: { user:u: { roles: [q] } }
groups: { k: { members: [user:u] } }
";

/// The attributes, by root and name, in the order in which an input speaks of them.
const DECLARED: [(&str, &str, ValueType); 18] = [
    ("resource", "a", ValueType::Bool),
    ("resource", "b", ValueType::Bool),
    ("resource", "i", ValueType::Int),
    ("resource", "j", ValueType::Int),
    ("resource", "s", ValueType::String),
    ("resource", "t", ValueType::String),
    ("resource", "l", ValueType::StringList),
    ("resource", "m", ValueType::StringList),
    ("resource", "n", ValueType::IntList),
    ("resource", "o", ValueType::IntList),
    ("resource", "d", ValueType::Timestamp),
    ("resource", "e", ValueType::Timestamp),
    ("context", "x", ValueType::String),
    ("context", "h", ValueType::Int),
    ("context", "on", ValueType::Bool),
    ("context", "w", ValueType::Timestamp),
    ("principal", "g", ValueType::String),
    ("principal", "v", ValueType::Int),
];

/// Texts that conditions tell apart.
const TEXTS: [&str; 14] = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "u",
    "user:u",
    "doc",
    "é",
    "a\u{301}",
    "1h",
    "-90m",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
];

/// Numbers at whose sums something happens.
const NUMBERS: [i64; 6] = [i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 1 << 53, -(1 << 31)];

/// Instants: the first, the last, now, and one beside it.
const INSTANTS: [(i64, u32); 5] =
    [(-62_135_596_800, 0), (253_402_300_799, 999_999_999), (1_778_846_400, 0), (1_778_846_400, 1), (0, 0)];

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// The instant of every question.
pub(super) fn now() -> Timestamp {
    crate::fuzzing::scene::now()
}

/// The model, compiled and as it is written.
pub(super) struct World {
    pub(super) policy: Policy,
    names: AttributeNames,
    conditions: BTreeMap<String, Option<Arc<Program>>>,
}

impl World {
    pub(super) fn get() -> &'static Self {
        &WORLD
    }

    fn new() -> Self {
        let source = |(path, text): (&str, &str)| Source { path: path.to_owned(), text: text.to_owned() };
        let sources = [("model.yaml", MODEL), ("tenants/t.yaml", TENANT)].into_iter().map(source);
        let loaded = load(&Sources::new(sources.collect()), &PolicyLimits::default());
        let checked = loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let names = AttributeNames::new(DECLARED.map(|(_, name, _)| name));
        let mut world = Self { policy: checked.policy().clone(), names, conditions: BTreeMap::new() };
        for (name, condition) in &world.policy.model.conditions.clone() {
            let program = compile(&condition.expression.text, &world.scope());
            let program = program.unwrap_or_else(|faults| panic!("{faults:?}"));
            world.conditions.insert(name.clone(), Some(Arc::new(program)));
        }
        world
    }

    /// What a condition may name.
    pub(super) fn scope(&self) -> Scope<'_> {
        let of = |root| {
            DECLARED.into_iter().filter(move |(own, ..)| *own == root).map(|(_, name, ty)| (name, Some(ty)))
        };
        Scope {
            names: &self.names,
            principal: of("principal").collect(),
            resource: of("resource").collect(),
            context: of("context").collect(),
            app: BTreeMap::new(),
            params: None,
            conditions: &self.conditions,
            node_limit: 256,
        }
    }

    /// What is known, as a program reads it.
    pub(super) const fn facts<'a>(&'a self, known: &'a Known) -> Told<'a> {
        Told { world: self, known }
    }
}

/// What is known of each attribute: a value, null, or nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Known(Vec<Option<Value>>);

impl Known {
    /// What an input says.
    pub(super) fn read(input: &mut Input<'_>) -> Self {
        let one = |(.., ty): &(&str, &str, ValueType)| match input.byte() % 8 {
            0 => None,
            1 => Some(Value::Null),
            _ => Some(value(*ty, input)),
        };
        Self(DECLARED.iter().map(one).collect())
    }

    /// The same, with a value for each.
    pub(super) fn all_sent(&self) -> Self {
        let plain = |ty| value(ty, &mut Input::new(&[3, 2, 1]));
        let each = self.0.iter().zip(DECLARED);
        let sent =
            each.map(|(known, (.., ty))| known.clone().filter(|it| *it != Value::Null).or(Some(plain(ty))));
        Self(sent.collect())
    }

    /// The same, with every other one not sent.
    pub(super) fn some_unsent(&self) -> Self {
        Self(self.0.iter().enumerate().map(|(n, known)| known.clone().filter(|_| n % 2 == 0)).collect())
    }

    pub(super) fn is_all_sent(&self) -> bool {
        self.0.iter().all(|known| known.as_ref().is_some_and(|value| *value != Value::Null))
    }

    /// Whether every text in it is ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        self.0.iter().flatten().all(|value| match value {
            Value::String(text) => text.is_ascii(),
            Value::StringList(texts) => texts.iter().all(|text| text.is_ascii()),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::IntList(_) | Value::Timestamp(_) => true,
        })
    }

    /// The attributes of a root.
    pub(super) fn of(&self, root: &str) -> impl Iterator<Item = (&'static str, Option<&Value>)> {
        let each = DECLARED.into_iter().zip(&self.0);
        each.filter(move |((own, ..), _)| *own == root).map(|((_, name, _), value)| (name, value.as_ref()))
    }

    /// The question that says so.
    pub(super) fn question(&self) -> Question {
        let sent = |root| {
            self.of(root).filter_map(|(name, value)| Some((name.to_owned(), value?.clone()))).collect()
        };
        Question {
            tenant: "t".to_owned(),
            principal: ("user".to_owned(), "u".to_owned()),
            attributes: sent("principal"),
            context: sent("context"),
            kind: "doc".to_owned(),
            id: Some("k:1".to_owned()),
            resource: sent("resource"),
            action: "view".to_owned(),
            ..Question::default()
        }
    }
}

fn value(ty: ValueType, input: &mut Input<'_>) -> Value {
    match ty {
        ValueType::Bool => Value::Bool(input.byte() & 1 == 1),
        ValueType::Int => Value::Int(number(input)),
        ValueType::String => Value::String(text(input)),
        ValueType::StringList => {
            let count = input.below(4);
            Value::StringList((0..count).map(|_| text(input)).collect())
        }
        ValueType::IntList => {
            let count = input.below(4);
            Value::IntList((0..count).map(|_| number(input)).collect())
        }
        ValueType::Timestamp => Value::Timestamp(instant(input)),
    }
}

fn number(input: &mut Input<'_>) -> i64 {
    let byte = input.byte();
    match usize::from(byte).checked_sub(200) {
        Some(at) => NUMBERS.get(at % NUMBERS.len()).copied().unwrap_or_default(),
        None => i64::from(byte) - 3,
    }
}

fn text(input: &mut Input<'_>) -> String {
    let byte = usize::from(input.byte());
    match TEXTS.get(byte % 16) {
        Some(text) => (*text).to_owned(),
        None => input.text().into_owned(),
    }
}

fn instant(input: &mut Input<'_>) -> Timestamp {
    let (seconds, nanos) = INSTANTS.get(input.below(INSTANTS.len())).copied().unwrap_or_default();
    Timestamp::new(seconds, nanos).expect("an instant")
}

/// What a program reads.
pub(super) struct Told<'a> {
    world: &'a World,
    known: &'a Known,
}

/// Names in order.
#[derive(Debug)]
struct Sorted(&'static [&'static str]);

impl Names for Sorted {
    fn after(&self, previous: Option<&str>) -> Option<&str> {
        self.0.iter().copied().find(|name| previous.is_none_or(|previous| *name > previous))
    }
}

impl Facts for Told<'_> {
    fn fact(&self, path: Path) -> Fact<'_> {
        const ROLES: &Sorted = &Sorted(&["q", "r"]);
        const GROUPS: &Sorted = &Sorted(&["k"]);
        let text = |text| Fact::Value(ValueRef::Text(Text::plain(text)));
        let key = |kind, id| Fact::Value(ValueRef::Text(Text::Key { kind, id }));
        let of = |root, index| {
            let name = self.world.names.name(index);
            match self.known.of(root).find(|(own, _)| *own == name) {
                Some((_, Some(value))) => value.as_ref().map_or(Fact::Null, Fact::Value),
                _ => Fact::Unsent,
            }
        };
        match path {
            Path::PrincipalType => text("user"),
            Path::PrincipalId => text("u"),
            Path::PrincipalKey => key("user", "u"),
            Path::PrincipalRoles => Fact::Value(ValueRef::List(List::Names(ROLES))),
            Path::PrincipalGroups => Fact::Value(ValueRef::List(List::Names(GROUPS))),
            Path::Principal(index) => of("principal", index),
            Path::ResourceType => text("doc"),
            Path::ResourceId => text("k:1"),
            Path::ResourceKey => key("doc", "k:1"),
            Path::Resource(index) => of("resource", index),
            Path::Context(index) => of("context", index),
            Path::Param(_) | Path::AppId | Path::AppKey | Path::App(_) => Fact::Null,
            Path::Now => Fact::Value(ValueRef::Timestamp(now())),
        }
    }
}

/// Whether a list about every resource of a type leaves it open.
pub(super) fn is_of_resource(path: Path) -> bool {
    matches!(path, Path::Resource(_) | Path::ResourceId | Path::ResourceKey)
}
