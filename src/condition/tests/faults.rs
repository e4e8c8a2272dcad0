//! Everything that can be wrong with a text, where and in which words.

use super::*;

/// Compiles what does not fit; a row for each fault: what is underlined, the
/// message, the help. `…` stands for the list of what can be called.
#[track_caller]
fn faults(text: &str, expected: &[&str]) {
    const AVAILABLE: &str = "there are `has()`, `size()`, `startsWith()`, `endsWith()`, `contains()`, \
                             `timestamp()`, `duration()`, `exists()` and `all()`";
    let world = World::new();
    let found: Vec<String> = compile(text, &world.scope())
        .expect_err(text)
        .into_iter()
        .map(|fault| {
            let underlined = text.get(fault.start as usize..fault.end as usize).expect("whole characters");
            let help = fault.help.map(|help| format!("; help: {}", help.replace(AVAILABLE, "…")));
            format!("{underlined} | {}{}", fault.message, help.unwrap_or_default())
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[track_caller]
fn fault(text: &str, expected: &str) {
    faults(text, &[expected]);
}

#[test]
#[rustfmt::skip] // One row, one line.
fn every_fault() {
    fault("'üß😀' == 'ü' b", "b | unexpected `b`; expected an operator");
    fault("true &&\n\t'😀' == 'ü' b", "b | unexpected `b`; expected an operator");
    fault("true &&\r\n'ü' == 'ü' ||", " | unexpected end; expected an expression");
    fault("'😀' == '' && for", "for | `for` is a reserved word");
    fault("'😀' == '' && 99999999999999999999 == 1", "99999999999999999999 | `99999999999999999999` does not fit in 64 bits");
    fault("'😀' == '' && yess", "yess | unknown name `yess`; help: did you mean `yes`?");
    fault("s == 'a'", "s | unknown name `s`; help: did you mean `resource.s`?");
    fault("", " | the condition is empty; expected an expression");
    fault("   ", "    | the condition is empty; expected an expression");
    fault("(", "( | `(` is never closed");
    fault("resource.s == ('a'", "( | `(` is never closed");
    fault(")", ") | unexpected `)`; nothing is open");
    fault("true)", ") | unexpected `)`; nothing is open");
    fault("(true]", "] | unexpected `]`; expected `)`");
    fault("a b", "b | unexpected `b`; expected an operator");
    fault("true ||", " | unexpected end; expected an expression");
    fault("|| true", "|| | unexpected `||`; expected an expression");
    fault("resource.s = 'a'", "= | unexpected `=`; help: write `==`");
    fault("true & true", "& | unexpected `&`; help: write `&&`");
    fault("true | true", "| | unexpected `|`; help: write `||`");
    fault("true and true", "and | unexpected `and`; expected an operator; help: write `&&`");
    fault("true or false", "or | unexpected `or`; expected an operator; help: write `||`");
    fault("not true", "true | unexpected `true`; expected an operator; help: write `!`");
    fault("resource.s == 'a", "'a | this text is never closed");
    fault(r"resource.s == '\q'", r"'\q' | this text has an escape that is none; help: write `\\` for a backslash");
    fault("'ü' == # 'a'", "# | unexpected `#`");
    fault("resource.ü == 'a'", "ü | unexpected `ü`");
    fault("99999999999999999999 == 1", "99999999999999999999 | `99999999999999999999` does not fit in 64 bits");
    fault("for == 1", "for | `for` is a reserved word");
    fault("if", "if | `if` is a reserved word");
    fault("resource.for == 1", "resource.for | unknown attribute `resource.for`");
    fault("resource.in == 1", "in | unexpected `in`; expected an expression");
    fault("resource.", " | unexpected end; expected an expression");
    fault(".resource.s == 'a'", "resource | unknown name `.resource`; help: did you mean `resource`?");
    fault("resource.?s == 'a'", ". | unexpected `.`");
    fault("resource.`s` == 'a'", ". | unexpected `.`");
    fault("!!true", "!! | `!!` undoes itself; help: leave both out");
    fault("- -1 == 1", "- - | `--` undoes itself; help: leave both out");
    fault("--1 == 1", "-- | `--` undoes itself; help: leave both out");
    fault("!-!true", "! | unexpected `!`; expected an expression");
    fault("resource..s", ". | unexpected `.`; expected an expression");
    fault("1 2", "2 | unexpected `2`; expected an operator");
    fault("[1, 2", "[ | `[` is never closed");
    fault("[1,, 2] == [1]", ", | unexpected `,`; expected an expression");
    fault("f(", "( | `(` is never closed");
    fault("f(,)", ", | unexpected `,`; expected an expression");
    fault("resource.s == 'a' &&", " | unexpected end; expected an expression");
    fault("resource.s == null", "null | nothing can be compared with `null`; help: use `has()`: `!has(resource.s)`");
    fault("null != resource.s", "null | nothing can be compared with `null`; help: use `has()`: `has(resource.s)`");
    faults("null == null", &[
        "null | `null` is not available; help: use `has()`",
        "null | nothing can be compared with `null`; help: use `has()`",
    ]);
    faults("(resource.s + 'a') == null", &[
        "resource.s + 'a' | `+` does not take `string` and `string`",
        "null | nothing can be compared with `null`; help: use `has()`",
    ]);
    fault("null", "null | `null` is not available; help: use `has()`");
    fault("null in []", "null | `null` is not available; help: use `has()`");
    faults("1.5 == 1.5", &[
        "1.5 | a decimal number is not available in a condition",
        "1.5 | a decimal number is not available in a condition",
    ]);
    faults("1u == 1u", &[
        "1u | an unsigned number is not available in a condition",
        "1u | an unsigned number is not available in a condition",
    ]);
    faults("b'a' == b'a'", &[
        "b'a' | a bytes literal is not available in a condition",
        "b'a' | a bytes literal is not available in a condition",
    ]);
    faults("{} == {}", &[
        "{} | a map is not available in a condition",
        "{} | a map is not available in a condition",
    ]);
    fault("{'a': 1}['a'] == 1", "{'a': 1}['a'] | indexing is not available in a condition");
    fault("resource.tags[0] == 'a'", "resource.tags[0] | indexing is not available in a condition");
    fault("Msg{a: 1} == 1", "{a: 1} | a message is not available in a condition");
    fault("1 * 2 == 2", "1 * 2 | `*` is not available in a condition");
    fault("1 / 2 == 2", "1 / 2 | `/` is not available in a condition");
    fault("1 % 2 == 2", "1 % 2 | `%` is not available in a condition");
    fault("resource.s", "resource.s | a condition is `bool`; this is `string`");
    fault("1", "1 | a condition is `bool`; this is `int`");
    fault("[]", "[] | a condition is `bool`; this is `[]`");
    fault("now", "now | a condition is `bool`; this is `timestamp`");
    fault("principal", "principal | `principal` alone is no value; read one of its attributes");
    fault("principal == 'a'", "principal | `principal` alone is no value; read one of its attributes");
    fault("principal.departmnt == 'a'", "principal.departmnt | unknown attribute `principal.departmnt`; help: did you mean `principal.department`?");
    fault("principal.xyz == 'a'", "principal.xyz | unknown attribute `principal.xyz`; help: known: `principal.type`, `principal.id`, `principal.key`, `principal.roles`, `principal.groups`, `principal.department`");
    fault("resource.tag == []", "resource.tag | unknown attribute `resource.tag`; help: did you mean `resource.tags`?");
    fault("resource.whatever == 'a'", "resource.whatever | unknown attribute `resource.whatever`");
    fault("resource.mixed == 'a'", "resource.mixed | `resource.mixed` is declared with several types; help: give it one type, or do not use it where both can be met");
    fault("has(resource.mixed)", "resource.mixed | `resource.mixed` is declared with several types; help: give it one type, or do not use it where both can be met");
    fault("context.x == 1", "context.x | unknown attribute `context.x`");
    fault("app.key2 == 'a'", "app.key2 | unknown attribute `app.key2`; help: did you mean `app.key`?");
    fault("params.limi == 1", "params.limi | unknown parameter `params.limi`; help: did you mean `params.limit`?");
    fault("params.foo == 1", "params.foo | unknown parameter `params.foo`; help: known: `params.instances`, `params.limit`");
    fault("params == 1", "params | `params` alone is no value; read one of its attributes");
    fault("params.limit.x == 1", "params.limit.x | `int` has no attribute `x`");
    fault("resource.s.length == 1", "resource.s.length | `string` has no attribute `length`");
    fault("now.year == 1", "now.year | `timestamp` has no attribute `year`");
    fault("mine.x", "mine.x | `bool` has no attribute `x`");
    fault("foo.bar == 1", "foo | unknown name `foo`; help: known: `principal`, `resource`, `context`, `params`, `app`");
    fault("principle.id == 'a'", "principle | unknown name `principle`; help: did you mean `principal`?");
    fault("yess", "yess | unknown name `yess`; help: did you mean `yes`?");
    fault("nope", "nope | unknown name `nope`");
    fault("faulty && nope", "nope | unknown name `nope`");
    fault("resource.s == 1", "resource.s == 1 | cannot compare `string` with `int`");
    fault("1 == 'a'", "1 == 'a' | cannot compare `int` with `string`");
    fault("resource.at == '2026-01-01T00:00:00Z'", r#"resource.at == '2026-01-01T00:00:00Z' | cannot compare `timestamp` with `string`; help: write `timestamp("…")`"#);
    fault("duration('1h') == '1h'", r#"duration('1h') == '1h' | cannot compare `duration` with `string`; help: write `duration("…")`"#);
    fault("resource.at < '2026-01-01T00:00:00Z'", r#"resource.at < '2026-01-01T00:00:00Z' | cannot compare `timestamp` with `string`; help: write `timestamp("…")`"#);
    fault("'a' < 'b'", "'a' < 'b' | `<` does not compare `string`; help: only int, timestamp and duration have an order");
    fault("true < false", "true < false | `<` does not compare `bool`; help: only int, timestamp and duration have an order");
    fault("[1] < [2]", "[1] < [2] | `<` does not compare `list<int>`; help: only int, timestamp and duration have an order");
    fault("[1] == ['a']", "[1] == ['a'] | cannot compare `list<int>` with `list<string>`");
    fault("resource.tags == resource.nums", "resource.tags == resource.nums | cannot compare `list<string>` with `list<int>`");
    fault("resource.tags == [1]", "resource.tags == [1] | cannot compare `list<string>` with `list<int>`");
    fault("!1", "1 | `!` needs `bool`; this is `int`");
    fault("!resource.s", "resource.s | `!` needs `bool`; this is `string`");
    fault("-'a' == 'a'", "-'a' | `-` does not take `string`");
    fault("-now == now", "-now | `-` does not take `timestamp`");
    fault("1 && true", "1 | `&&` needs `bool`; this is `int`");
    faults("true && 1 && 'a'", &[
        "1 | `&&` needs `bool`; this is `int`",
        "'a' | `&&` needs `bool`; this is `string`",
    ]);
    fault("true || resource.i", "resource.i | `||` needs `bool`; this is `int`");
    fault("1 + 'a' == 1", "1 + 'a' | `+` does not take `int` and `string`");
    fault("'a' + 'b' == 'ab'", "'a' + 'b' | `+` does not take `string` and `string`");
    fault("now + now == now", "now + now | `+` does not take `timestamp` and `timestamp`");
    fault("duration('1h') - now == now", "duration('1h') - now | `-` does not take `duration` and `timestamp`");
    fault("now - 1 == now", "now - 1 | `-` does not take `timestamp` and `int`");
    fault("1 - now == now", "1 - now | `-` does not take `int` and `timestamp`");
    fault("1 ? true : false", "1 | `?:` needs `bool`; this is `int`");
    fault("true ? 1 : 'a'", "true ? 1 : 'a' | both sides of `:` need one type; these are `int` and `string`");
    fault("true ? [] : 'a'", "true ? [] : 'a' | both sides of `:` need one type; these are `[]` and `string`");
    fault("true ? 1 : 2", "true ? 1 : 2 | a condition is `bool`; this is `int`");
    fault("1 in 2", "2 | `in` needs a list on its right; this is `int`");
    fault("'a' in 'abc'", "'abc' | `in` needs a list on its right; this is `string`; help: `contains()` looks for a part of a text");
    fault("'a' in resource.nums", "'a' in resource.nums | `string` cannot be in `list<int>`");
    fault("1 in resource.tags", "1 in resource.tags | `int` cannot be in `list<string>`");
    fault("[1] in [[1]]", "[1] | a list cannot hold lists");
    fault("[1] in [1]", "[1] | `in` needs a single value on its left; this is `list<int>`");
    fault("[1, 'a'] == [1]", "'a' | this is `string` in a list of `int`");
    fault("[[1]] == []", "[1] | a list cannot hold lists");
    faults("[1, nope, 'a'] == [1]", &[
        "nope | unknown name `nope`",
        "'a' | this is `string` in a list of `int`",
    ]);
    fault("has(resource)", "resource | `has()` needs an attribute; help: write `has(resource.x)`");
    fault("has(nope)", "nope | `has()` needs an attribute; help: write `has(resource.x)`");
    fault("has(1)", "1 | `has()` needs an attribute; help: write `has(resource.x)`");
    fault("has('a')", "'a' | `has()` needs an attribute; help: write `has(resource.x)`");
    fault("has(resource.nope)", "resource.nope | unknown attribute `resource.nope`");
    fault("has(resource.s.t)", "resource.s.t | `string` has no attribute `t`");
    fault("has()", "has() | this is not how `has()` is written; help: write `has(resource.x)`");
    fault("has(resource.s, resource.s)", "has(resource.s, resource.s) | this is not how `has()` is written; help: write `has(resource.x)`");
    fault("resource.has(s)", "resource.has(s) | this is not how `has()` is written; help: write `has(resource.x)`");
    fault("size(1) == 1", "1 | `size()` needs a string or a list; this is `int`");
    fault("size() == 1", "size() | this is not how `size()` is written; help: write `size(x)` or `x.size()`");
    fault("size('a', 'b') == 1", "size('a', 'b') | this is not how `size()` is written; help: write `size(x)` or `x.size()`");
    fault("'a'.size(1) == 1", "'a'.size(1) | this is not how `size()` is written; help: write `size(x)` or `x.size()`");
    fault("resource.b.size() == 1", "resource.b | `size()` needs a string or a list; this is `bool`");
    fault("startsWith('a', 'b')", "startsWith('a', 'b') | this is not how `startsWith()` is written; help: write `x.startsWith(y)`");
    fault("'a'.startsWith()", "'a'.startsWith() | this is not how `startsWith()` is written; help: write `x.startsWith(y)`");
    fault("'a'.startsWith(1)", "1 | `startsWith()` needs `string`; this is `int`");
    fault("1.startsWith('a')", "1 | `startsWith()` needs `string`; this is `int`");
    fault("resource.i.startsWith('a')", "resource.i | `startsWith()` needs `string`; this is `int`");
    fault("resource.tags.contains('a')", "resource.tags | `contains()` needs `string`; this is `list<string>`; help: write `x in list`");
    fault("'a'.matches('a')", "matches | regular expressions are not available; help: …");
    fault("resource.s.lowerAscii() == 'a'", "lowerAscii | `.lowerAscii()` is not available; help: …");
    fault("int('1') == 1", "int | `int()` is not available; help: …");
    fault("string(1) == '1'", "string | `string()` is not available; help: …");
    fault("foo()", "foo | `foo()` is not available; help: …");
    fault("timestamp('x') == now", "'x' | this is no timestamp; help: write RFC 3339 within the years 1 to 9999, such as `2026-12-24T00:00:00Z`");
    fault("timestamp('2016-12-31T23:59:60Z') == now", "'2016-12-31T23:59:60Z' | this is no timestamp; help: write RFC 3339 within the years 1 to 9999, such as `2026-12-24T00:00:00Z`");
    fault("timestamp(1) == now", "1 | `timestamp()` needs `string`; this is `int`");
    fault("timestamp(now) == now", "now | `timestamp()` needs `string`; this is `timestamp`");
    fault("duration('x') == duration('1h')", "'x' | this is no duration; help: write numbers with `h`, `m`, `s`, `ms`, `us` or `ns`, such as `1h30m`");
    fault("duration('1d') == duration('1h')", "'1d' | this is no duration; help: write numbers with `h`, `m`, `s`, `ms`, `us` or `ns`, such as `1h30m`");
    fault("duration(1) == duration('1h')", "1 | `duration()` needs `string`; this is `int`");
    fault("now.getFullYear() == 1", "getFullYear | `.getFullYear()` is not available; help: …");
    fault("resource.tags.map(x, x) == []", "map | `.map()` is not available; help: …");
    fault("resource.tags.filter(x, true) == []", "filter | `.filter()` is not available; help: …");
    fault("resource.tags.exists_one(x, true)", "exists_one | `.exists_one()` is not available; help: …");
    fault("resource.tags.exists(x)", "resource.tags.exists(x) | this is not how `exists()` is written; help: write `list.exists(x, x == 1)`");
    fault("resource.tags.exists('x', true)", "'x' | expected the name of a variable");
    fault("resource.tags.exists(x.y, true)", "x.y | expected the name of a variable");
    fault("resource.tags.exists(now, true)", "now | `now` cannot name a variable");
    fault("resource.tags.exists(resource, true)", "resource | `resource` cannot name a variable");
    fault("resource.tags.exists(x, 1)", "1 | `exists()` needs `bool`; this is `int`");
    fault("resource.tags.exists(x, x)", "x | `exists()` needs `bool`; this is `string`");
    fault("resource.tags.exists(x, y == x)", "y | unknown name `y`");
    fault("resource.tags.exists(x, x == 1)", "x == 1 | cannot compare `string` with `int`");
    fault("resource.tags.exists(x, x.y == 1)", "x.y | `string` has no attribute `y`");
    fault("resource.tags.exists(x, has(x))", "x | `has()` needs an attribute; help: write `has(resource.x)`");
    fault("resource.tags.exists(x, has(x.y))", "x.y | `string` has no attribute `y`");
    fault("resource.s.exists(x, x == 'a')", "resource.s | `exists()` needs a list; this is `string`");
    fault("[].exists(x, true)", "[] | the items of `[]` have no type");
    faults("resource.nope.exists(x, x == nope2)", &[
        "resource.nope | unknown attribute `resource.nope`",
        "nope2 | unknown name `nope2`",
    ]);
    fault("resource.tags.exists(a, resource.tags.exists(b, resource.tags.exists(c, resource.tags.exists(d, resource.tags.exists(e, true)))))", "resource.tags.exists(e, true) | more than 4 `exists` and `all` stand within one another");
    fault("exists(resource.tags, x, true)", "exists(resource.tags, x, true) | this is not how `exists()` is written; help: write `list.exists(x, x == 1)`");
    faults("(resource.s || (resource.i)) == 'x'", &[
        "resource.s | `||` needs `bool`; this is `string`",
        "resource.i | `||` needs `bool`; this is `int`",
    ]);
    fault("( resource.s ) == 1", "( resource.s ) == 1 | cannot compare `string` with `int`");
    faults("foo == 1 && resource.bar == nope && 1", &[
        "foo | unknown name `foo`",
        "resource.bar | unknown attribute `resource.bar`",
        "nope | unknown name `nope`",
        "1 | `&&` needs `bool`; this is `int`",
    ]);
    faults("size(foo) == size(bar)", &[
        "foo | unknown name `foo`",
        "bar | unknown name `bar`",
    ]);
}

#[test]
fn nodes_are_counted_with_named_conditions_written_out() {
    let mut world = World::new();
    for (name, text) in [("n0", "true"), ("n1", "n0 || n0"), ("n2", "n1 || n1"), ("n3", "n2 || n2")] {
        world.name(name, text);
    }
    let nodes = |text: &str, limit: usize| {
        let scope = Scope { node_limit: limit, ..world.scope() };
        compile(text, &scope).map(|program| program.nodes().len()).map_err(|faults| faults[0].message.clone())
    };
    let too_many = |limit: usize| Err(format!("a condition has at most {limit} nodes"));
    assert_eq!(nodes("true", 1), Ok(1));
    assert_eq!(nodes("n3", 15), Ok(15));
    assert_eq!(nodes("n3", 14), too_many(14));
    assert_eq!(nodes("true && true && true", 4), Ok(4));
    assert_eq!(nodes("true && true && true", 3), too_many(3));
    assert_eq!(nodes("resource.s == 'a'", 3), Ok(3));
    assert_eq!(nodes("resource.s in ['a', 'b']", 5), Ok(5));
    assert_eq!(nodes("resource.tags.exists(x, x == 'a')", 5), Ok(5));
    assert_eq!(nodes(&format!("{}true", "true || ".repeat(300)), 256), too_many(256));
    assert_eq!(nodes(&"(true) || ".repeat(300), 4), Err("the condition is too long for 4 nodes".to_owned()));
}

#[test]
fn depth_counts_named_conditions_written_out() {
    let mut world = World::new();
    let negations = |times: usize, of: &str| format!("{}{of}{}", "!(".repeat(times), ")".repeat(times));
    world.name("deep", &negations(60, "true"));
    let scope = world.scope();
    assert!(compile(&negations(63, "true"), &scope).is_ok());
    assert!(compile(&negations(3, "deep"), &scope).is_ok());
    for text in [negations(64, "true"), negations(4, "deep")] {
        let faults = compile(&text, &scope).expect_err("too deep");
        assert_eq!(faults[0].message, "conditions nest at most 64 deep", "{text}");
    }
}

#[test]
fn quantifiers_of_named_conditions_count() {
    let world = World::new();
    // `tagged` has two within one another.
    let within = |times: usize| {
        let open: String = (0..times).map(|n| format!("resource.tags.exists(v{n}, ")).collect();
        format!("{open}tagged{}", ")".repeat(times))
    };
    assert!(compile(&within(2), &world.scope()).is_ok());
    let faults = compile(&within(3), &world.scope()).expect_err("too many");
    assert!(faults[0].message.starts_with("more than 4 `exists` and `all`"), "{faults:?}");
}

#[test]
fn a_faulty_named_condition_is_told_where_it_stands() {
    let world = World::new();
    for text in ["faulty", "faulty || true", "resource.tags.exists(x, !faulty)"] {
        assert_eq!(compile(text, &world.scope()).map(|_| ()), Err(Vec::new()), "{text}");
    }
}

#[test]
fn params_are_known_only_in_restrictions() {
    let world = World::new();
    let scope = Scope { params: None, ..world.scope() };
    let faults = compile("1 in params.instances", &scope).expect_err("no params");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].message, "`params` are known only in the `allow_when` of a restriction");
    assert_eq!((faults[0].start, faults[0].end), (5, 21));
}
