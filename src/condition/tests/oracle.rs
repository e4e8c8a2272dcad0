//! Generated expressions against independent judges.
//!
//! 1. Where every attribute has a value, the `cel` crate's interpreter, which
//!    shares nothing with our evaluation but the grammar.
//! 2. Where some are unsent, the meaning of unknown: what is known already
//!    stays so, whatever values the unsent attributes turn out to have.
//! 3. Where some are open, the meaning of open: whatever they turn out to be, the
//!    outcome is one of those that were told.

use proptest::prelude::*;

use super::*;

/// The values of the attributes, by name.
#[derive(Clone, Debug)]
struct Values(BTreeMap<&'static str, Option<Value>>);

/// The attributes that generated expressions read, with their types.
const TYPES: [(&str, ValueType); 9] = [
    ("a", ValueType::Bool),
    ("b", ValueType::Bool),
    ("i", ValueType::Int),
    ("j", ValueType::Int),
    ("l", ValueType::StringList),
    ("m", ValueType::StringList),
    ("n", ValueType::IntList),
    ("s", ValueType::String),
    ("t", ValueType::String),
];

fn small_text() -> impl Strategy<Value = String> {
    "[ab]{0,2}"
}

fn value(ty: ValueType) -> BoxedStrategy<Value> {
    match ty {
        ValueType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ValueType::Int | ValueType::Timestamp => (-3_i64..4).prop_map(Value::Int).boxed(),
        ValueType::String => small_text().prop_map(Value::String).boxed(),
        ValueType::StringList => {
            proptest::collection::vec(small_text(), 0..3).prop_map(Value::StringList).boxed()
        }
        ValueType::IntList => proptest::collection::vec(-3_i64..4, 0..3).prop_map(Value::IntList).boxed(),
    }
}

fn values() -> impl Strategy<Value = Values> {
    let each: Vec<_> =
        TYPES.into_iter().map(|(name, ty)| value(ty).prop_map(move |value| (name, Some(value)))).collect();
    each.prop_map(|values| Values(values.into_iter().collect()))
}

fn either<const N: usize>(templates: [BoxedStrategy<String>; N]) -> BoxedStrategy<String> {
    prop::strategy::Union::new(templates).boxed()
}

fn two(a: BoxedStrategy<String>, b: BoxedStrategy<String>, join: &'static str) -> BoxedStrategy<String> {
    (a, b).prop_map(move |(a, b)| format!("({a} {join} {b})")).boxed()
}

fn call(a: BoxedStrategy<String>, method: &'static str, b: BoxedStrategy<String>) -> BoxedStrategy<String> {
    (a, b).prop_map(move |(a, b)| format!("{a}.{method}({b})")).boxed()
}

fn choice(depth: u32, of: fn(u32) -> BoxedStrategy<String>) -> BoxedStrategy<String> {
    (boolean(depth), of(depth), of(depth)).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")).boxed()
}

fn leaf(names: &'static [&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(names).prop_map(str::to_owned).boxed()
}

fn boolean(depth: u32) -> BoxedStrategy<String> {
    let leaves =
        leaf(&["true", "false", "resource.a", "resource.b", "has(resource.a)", "resource.a", "resource.b"]);
    let Some(less) = depth.checked_sub(1) else {
        return leaves;
    };
    let comparison = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let equality = || prop::sample::select(vec!["==", "!="]);
    let join = |a: String, sign: &str, b: String| format!("({a} {sign} {b})");
    either([
        leaves,
        boolean(less).prop_map(|a| format!("!({a})")).boxed(),
        two(boolean(less), boolean(less), "&&"),
        two(boolean(less), boolean(less), "||"),
        choice(less, boolean),
        (int(less), comparison, int(less)).prop_map(move |(a, sign, b)| join(a, sign, b)).boxed(),
        (text(less), equality(), text(less)).prop_map(move |(a, sign, b)| join(a, sign, b)).boxed(),
        (texts(less), equality(), texts(less)).prop_map(move |(a, sign, b)| join(a, sign, b)).boxed(),
        (ints(less), equality(), ints(less)).prop_map(move |(a, sign, b)| join(a, sign, b)).boxed(),
        two(boolean(less), boolean(less), "=="),
        two(text(less), texts(less), "in"),
        two(int(less), ints(less), "in"),
        call(text(less), "startsWith", text(less)),
        call(text(less), "endsWith", text(less)),
        call(text(less), "contains", text(less)),
        each(less),
    ])
}

/// A quantifier, and in its body what reads the variable.
fn each(depth: u32) -> BoxedStrategy<String> {
    let quantifier = || prop::sample::select(vec!["exists", "all"]);
    let over_texts = (
        texts(depth),
        quantifier(),
        text(depth),
        boolean(depth),
        prop::sample::select(vec!["x == X || Y", "x.startsWith(X) && Y", "Y ? x != X : x in [X, 'a']"]),
    );
    let over_ints = (
        ints(depth),
        quantifier(),
        int(depth),
        texts(depth),
        prop::sample::select(vec!["x > X", "x + X == size(Y)", "Y.all(y, size(y) < x || y == 'a')"]),
    );
    let write = |(list, quantifier, x, y, body): (String, &str, String, String, &str)| {
        format!("{list}.{quantifier}(x, {})", body.replace('X', &x).replace('Y', &y))
    };
    either([over_texts.prop_map(write).boxed(), over_ints.prop_map(write).boxed()])
}

fn int(depth: u32) -> BoxedStrategy<String> {
    let leaves = leaf(&["0", "1", "2", "-1", "resource.i", "resource.j"]);
    let Some(less) = depth.checked_sub(1) else {
        return leaves;
    };
    either([
        leaves,
        two(int(less), int(less), "+"),
        two(int(less), int(less), "-"),
        text(less).prop_map(|a| format!("size({a})")).boxed(),
        texts(less).prop_map(|a| format!("{a}.size()")).boxed(),
        choice(less, int),
    ])
}

fn text(depth: u32) -> BoxedStrategy<String> {
    let leaves = leaf(&["''", "'a'", "'b'", "'ab'", "resource.s", "resource.t"]);
    match depth.checked_sub(1) {
        Some(less) => either([leaves, choice(less, text)]),
        None => leaves,
    }
}

fn texts(depth: u32) -> BoxedStrategy<String> {
    let leaves = leaf(&["['a']", "resource.l", "resource.m"]);
    match depth.checked_sub(1) {
        Some(less) => either([
            leaves,
            (text(less), text(less)).prop_map(|(a, b)| format!("[{a}, {b}]")).boxed(),
            choice(less, texts),
        ]),
        None => leaves,
    }
}

fn ints(depth: u32) -> BoxedStrategy<String> {
    let leaves = leaf(&["[1]", "resource.n"]);
    match depth.checked_sub(1) {
        Some(less) => {
            either([leaves, (int(less), int(less)).prop_map(|(a, b)| format!("[{a}, {b}]")).boxed()])
        }
        None => leaves,
    }
}

/// What is read: an attribute without a value is unsent.
struct Sent<'a> {
    names: &'a AttributeNames,
    values: &'a Values,
}

impl Facts for Sent<'_> {
    fn fact(&self, path: Path) -> Fact<'_> {
        let Path::Resource(index) = path else {
            return Fact::Unsent;
        };
        let value = self.values.0.get(self.names.name(index)).and_then(Option::as_ref);
        value.and_then(Value::as_ref).map_or(Fact::Unsent, Fact::Value)
    }
}

fn ours(text: &str, values: &Values) -> Tri {
    let names = AttributeNames::new(TYPES.map(|(name, _)| name));
    compiled(text, &names).evaluate(&Sent { names: &names, values })
}

fn compiled(text: &str, names: &AttributeNames) -> Program {
    let conditions = BTreeMap::new();
    let scope = Scope {
        names,
        principal: BTreeMap::new(),
        resource: TYPES.into_iter().map(|(name, ty)| (name, Some(ty))).collect(),
        context: BTreeMap::new(),
        app: BTreeMap::new(),
        params: None,
        conditions: &conditions,
        node_limit: 10_000,
    };
    compile(text, &scope).unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"))
}

/// What a text may come to, whatever those names turn out to be.
fn openly(text: &str, values: &Values, open: &[&str]) -> Outcomes {
    let names = AttributeNames::new(TYPES.map(|(name, _)| name));
    let program = compiled(text, &names);
    program.outcomes(
        &Sent { names: &names, values },
        |path| matches!(path, Path::Resource(index) if open.contains(&names.name(index))),
    )
}

/// The interpreter's outcome; `None` for an error, which only overflow is.
fn theirs(text: &str, values: &Values) -> Option<bool> {
    let attributes = values.0.iter();
    let attributes = attributes
        .filter_map(|(name, value)| Some(((*name).to_owned(), interpreter::value(value.as_ref()?)?)))
        .collect();
    let program = cel::Program::compile(text).expect(text);
    match interpreter::outcome(&program, [("resource", attributes)])? {
        cel::Value::Bool(value) => Some(value),
        other => panic!("{text} is {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn known_values_are_judged_as_cel_judges(text in boolean(3), values in values()) {
        let found = ours(&text, &values);
        prop_assert_eq!(found.value(), theirs(&text, &values), "{}", text);
    }

    #[test]
    fn what_is_open_comes_to_one_of_its_outcomes(text in boolean(3), values in values(), open in any::<[bool; 9]>(), after in values()) {
        let open: Vec<&str> = TYPES.iter().zip(open).filter(|(_, open)| *open).map(|((name, _), _)| *name).collect();
        let outcomes = openly(&text, &values, &open);
        let mut turned_out = values;
        for (name, value) in &mut turned_out.0 {
            if open.contains(name) {
                *value = after.0.get(name).cloned().flatten();
            }
        }
        let outcome = ours(&text, &turned_out);
        prop_assert!(outcomes.contains(outcome), "{text}, open {open:?}: {outcome:?} is none of {outcomes:?}");
    }

    #[test]
    fn what_is_known_stays_known(text in boolean(3), before in values(), sent in any::<[bool; 9]>(), after in values()) {
        let mut partly = before.clone();
        let mut wholly = before;
        for ((name, value), sent) in partly.0.iter_mut().zip(sent) {
            if !sent {
                *value = None;
                wholly.0.insert(*name, after.0.get(name).cloned().flatten());
            }
        }
        let early = ours(&text, &partly);
        let late = ours(&text, &wholly);
        prop_assert!(early == Tri::Unknown || early == late, "{text}: {early:?}, then {late:?}");
    }
}
