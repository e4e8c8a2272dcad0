//! What every operator makes of values, nulls and what is unsent.

use super::*;
use Tri::{False as F, True as T, Unknown as U};

/// Checks an expression with each root in the place of `X`: with values, with
/// nulls, unsent.
#[track_caller]
fn each(text: &str, value: Tri, null: Tri, unsent: Tri) {
    check(&text.replace("X.", "resource."), value);
    check(&text.replace("X.", "app."), null);
    check(&text.replace("X.", "context."), unsent);
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn operators() {
    //    expression                                              value null unsent
    each("has(X.s)",                                              T, F, U);
    each("!has(X.s)",                                             F, T, U);
    each("has(X.empty)",                                          T, F, U);
    each("X.b",                                                   T, U, U);
    each("!X.b",                                                  F, U, U);
    each("X.b == true",                                           T, U, U);
    each("X.b != true",                                           F, U, U);
    each("X.i == 7",                                              T, U, U);
    each("X.i != 7",                                              F, U, U);
    each("7 == X.i",                                              T, U, U);
    each("X.i < 8",                                               T, U, U);
    each("X.i <= 7",                                              T, U, U);
    each("X.i > 7",                                               F, U, U);
    each("X.i >= 8",                                              F, U, U);
    each("8 > X.i",                                               T, U, U);
    each("X.s == 'hello'",                                        T, U, U);
    each("X.s != 'hello'",                                        F, U, U);
    each("X.at == timestamp('2026-01-01T00:00:00Z')",             T, U, U);
    each("X.at < now",                                            T, U, U);
    each("X.at <= timestamp('2025-01-01T00:00:00Z')",             F, U, U);
    each("X.at > now",                                            F, U, U);
    each("X.at >= now",                                           F, U, U);
    each("X.i + 1 == 8",                                          T, U, U);
    each("1 + X.i == 8",                                          T, U, U);
    each("X.i - 1 == 6",                                          T, U, U);
    each("1 - X.i == -6",                                         T, U, U);
    each("-X.i == -7",                                            T, U, U);
    each("X.at + duration('24h') > now",                          F, U, U);
    each("duration('9999h') + X.at > now",                        T, U, U);
    each("X.at - duration('1h') == timestamp('2025-12-31T23:00:00Z')", T, U, U);
    each("now - X.at > duration('1h')",                           T, U, U);
    each("X.at - now < duration('0')",                            T, U, U);
    each("size(X.s) == 5",                                        T, U, U);
    each("X.s.size() == 5",                                       T, U, U);
    each("size(X.tags) == 2",                                     T, U, U);
    each("X.tags.size() == 2",                                    T, U, U);
    each("X.s.startsWith('he')",                                  T, U, U);
    each("X.s.endsWith('lo')",                                    T, U, U);
    each("X.s.contains('ll')",                                    T, U, U);
    each("X.s.contains('lll')",                                   F, U, U);
    each("'hello world'.startsWith(X.s)",                         T, U, U);
    each("'oh hello'.endsWith(X.s)",                              T, U, U);
    each("'oh hello world'.contains(X.s)",                        T, U, U);
    each("timestamp(X.when) == resource.at",                      T, U, U);
    each("duration(X.span) == duration('60m')",                   T, U, U);
    each("-duration(X.span) == duration('-60m')",                 T, U, U);
    each("X.tags == ['a', 'b']",                                  T, U, U);
    each("X.tags != ['a', 'b']",                                  F, U, U);
    each("X.tags == ['b', 'a']",                                  F, U, U);
    each("X.nums == [1, 2, 2]",                                   T, U, U);
    each("X.empty == []",                                         T, U, U);
    each("[X.i] == [7]",                                          T, U, U);
    each("[X.i] == [8]",                                          F, U, U);
    each("[X.i] == [7, 8]",                                       F, F, F);
    each("[X.i, 1] == [7, 2]",                                    F, F, F);
    each("[X.i, 1] != [7, 2]",                                    T, T, T);
    each("[[X.i].size()] == [1]",                                 T, T, T);
    each("X.s in ['hello', 'b']",                                 T, U, U);
    each("X.s in ['b']",                                          F, U, U);
    each("X.s in []",                                             F, F, F);
    each("X.s in resource.empty",                                 F, F, F);
    each("X.s in principal.groups",                               F, F, F);
    each("X.s in principal.roles",                                F, U, U);
    each("'a' in X.tags",                                         T, U, U);
    each("'z' in X.tags",                                         F, U, U);
    each("'z' in X.empty",                                        F, U, U);
    each("2 in X.nums",                                           T, U, U);
    each("3 in X.nums",                                           F, U, U);
    each("'hello' in [X.s, 'hello']",                             T, T, T);
    each("'z' in [X.s, 'hello']",                                 F, U, U);
    each("X.tags.exists(t, t == 'b')",                            T, U, U);
    each("X.tags.exists(t, t == 'z')",                            F, U, U);
    each("X.tags.all(t, t != 'z')",                               T, U, U);
    each("X.tags.all(t, t == 'a')",                               F, U, U);
    each("X.empty.exists(t, true)",                               F, U, U);
    each("X.empty.all(t, false)",                                 T, U, U);
    each("resource.tags.exists(t, t == X.s)",                     F, U, U);
    each("resource.tags.exists(t, t == 'a' || t == X.s)",         T, T, T);
    each("resource.tags.all(t, t == 'a' && t == X.s)",            F, F, F);
    each("resource.tags.all(t, t != X.s)",                        T, U, U);
    each("resource.empty.exists(t, t == X.s)",                    F, F, F);
    each("resource.empty.all(t, t == X.s)",                       T, T, T);
    each("[X.i, 9].exists(n, n == 9)",                            T, T, T);
    each("[X.i, 9].all(n, n == 7)",                               F, F, F);
    each("[X.i, 7].all(n, n == 7)",                               T, U, U);
    each("[X.b, false].exists(b, b)",                             T, U, U);
    each("X.b ? true : false",                                    T, U, U);
    each("X.b ? true : true",                                     T, U, U);
    each("true ? X.b : false",                                    T, U, U);
    each("false ? X.b : false",                                   F, F, F);
    each("(X.b ? 1 : 2) == 1",                                    T, U, U);
    each("(X.b ? [1] : []) == [1]",                               T, U, U);
    each("'a' in (X.b ? resource.tags : [])",                     T, U, U);
    each("X.b && true",                                           T, U, U);
    each("X.b && false",                                          F, F, F);
    each("false && X.b",                                          F, F, F);
    each("X.b || true",                                           T, T, T);
    each("true || X.b",                                           T, T, T);
    each("X.b || false",                                          T, U, U);
    each("(X.b && true) == true",                                 T, U, U);
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn kleene() {
    let unknown = "app.b";
    let values = [("true", T), ("false", F), (unknown, U)];
    for (a, a_is) in values {
        check(&format!("!{a}"), a_is.negated());
        for (b, b_is) in values {
            let and = if a_is == F || b_is == F { F } else if a_is == U || b_is == U { U } else { T };
            let or = if a_is == T || b_is == T { T } else if a_is == U || b_is == U { U } else { F };
            check(&format!("{a} && {b}"), and);
            check(&format!("{a} || {b}"), or);
            check(&format!("!(!{a} || !{b})"), and);
            check(&format!("[{a}, {b}].all(x, x)"), and);
            check(&format!("[{a}, {b}].exists(x, x)"), or);
            check(&format!("true in [{a}, {b}]"), or);
        }
    }
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn names() {
    check("principal.type == 'user'",                              T);
    check("principal.id == 'mia'",                                 T);
    check("principal.key == 'user:mia'",                           T);
    check("principal.key == 'user:mi'",                            F);
    check("principal.key != 'user:mia'",                           F);
    check("principal.key == principal.key",                        T);
    check("principal.key == resource.key",                         F);
    check("resource.type == 'doc' && resource.id == 'd:1'",        T);
    check("resource.key == 'doc:d:1'",                             T);
    check("size(principal.key) == 8",                              T);
    check("principal.key in ['user:tom', 'user:mia']",             T);
    check("principal.key.startsWith('use')",                       T);
    check("principal.key.startsWith('user:m')",                    T);
    check("principal.key.startsWith('user:mia1')",                 F);
    check("principal.key.endsWith('r:mia')",                       T);
    check("principal.key.endsWith('xuser:mia')",                   F);
    check("principal.key.contains('er:mi')",                       T);
    check("principal.key.contains('')",                            T);
    check("principal.key.contains(':')",                           T);
    check("principal.key.contains('mia:')",                        F);
    check("resource.key.contains('oc:d:1')",                       T);
    check("resource.key.contains('d:1')",                          T);
    check("resource.key.contains('c:d1')",                         F);
    check("'a:user:mia'.contains(principal.key)",                  T);
    check("'user:user:mia!'.contains(principal.key)",              T);
    check("'user:mi a'.contains(principal.key)",                   F);
    check("'user:mia!'.startsWith(principal.key)",                 T);
    check("'!user:mia'.endsWith(principal.key)",                   T);
    check("principal.key.contains(principal.key)",                 T);
    check("principal.key.contains(resource.key)",                  F);
    check("'admin' in principal.roles",                            T);
    check("'owner' in principal.roles",                            F);
    check("principal.key in principal.roles",                      F);
    check("principal.roles == ['admin', 'member']",                T);
    check("principal.roles == ['member', 'admin']",                F);
    check("principal.roles == ['admin']",                          F);
    check("principal.roles.size() == 2",                           T);
    check("principal.groups.size() == 0",                          T);
    check("principal.roles.exists(r, r.startsWith('adm'))",        T);
    check("principal.roles.all(r, r.contains('m'))",               T);
    check("principal.groups.exists(g, true)",                      F);
    check("principal.groups == []",                                T);
    check("principal.department == 'sales'",                       T);
    check("resource.s in params.instances",                        F);
    check("'member' in params.instances",                          T);
    check("params.limit == 10",                                    T);
    check("app.id == 'x'",                                         U);
    check("has(app.id)",                                           F);
    check("has(app.key)",                                          F);
    check("has(resource.id)",                                      T);
    check("now > timestamp('2026-06-01T13:59:59+02:00')",          T);
    check("yes",                                                   T);
    check("!yes",                                                  F);
    check("mine",                                                  U);
    check("mine || resource.b",                                    T);
    check("tagged",                                                T);
    check("resource.nums.exists(n, tagged && n == 2)",             T);
    check("resource.tags.all(a, ['b', 'a'].exists(b, a == b))",    T);
    check("resource.tags.exists(a, resource.tags.all(a, a == 'b'))", F);
    check("resource.tags.exists(yes, yes == 'a')",                 T);
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn edges() {
    check("resource.most + 1 == 0",                                U);
    check("resource.least - 1 == 0",                               U);
    check("-resource.least == 0",                                  U);
    check("resource.most + 1 == 0 || true",                        T);
    check("resource.least == -9223372036854775808",                T);
    check("resource.most == 0x7fffffffffffffff",                   T);
    check("size(resource.wide) == 7",                              T);
    check("resource.wide.contains('üß')",                          T);
    check("resource.wide == 'gr\\u00fc\\u00dfe'",                  T);
    check("'a' == 'A'",                                            F);
    check("r'\\n' == '\\\\n'",                                     T);
    check("'''it's''' == \"it's\"",                                T);
    check("resource.nothing == ''",                                T);
    check("has(resource.nothing)",                                 T);
    check("timestamp(resource.s) == now",                          U);
    check("duration(resource.s) == duration('0')",                 U);
    check("timestamp(principal.key) == now",                       U);
    check("now + duration('2562047h') > now",                      T);
    check("timestamp('9999-12-31T23:00:00Z') + duration('1h') > now", U);
    check("timestamp('0001-01-01T00:00:00Z') - duration('1ns') < now", U);
    check("timestamp('9999-12-31T23:00:00Z') - timestamp('0001-01-01T00:00:00Z') > duration('0')", U);
    check("duration('2562047h') + duration('2562047h') > duration('0')", U);
    check("duration('-1ns') < duration('0')",                      T);
    check("-duration('1h') == duration('-1h')",                    T);
    check("- (3) == -3",                                           T);
    check("1 --1 == 2",                                            T);
    check("1 - -1 == 2",                                           T);
    check("(((true)))",                                            T);
    check("true // a comment",                                     T);
    check("// a comment\n true",                                   T);
    check("size([]) == 0",                                         T);
    check("size([app.s, app.s]) == 2",                             T);
    check("[] == []",                                              T);
    check("[duration('1h')] == [duration('60m')]",                 T);
    check("now in [now]",                                          T);
    check("true == !false",                                        T);
    check("1 < 2 == true",                                         T);
}

#[test]
fn programs_are_small() {
    assert_eq!(size_of::<Node>(), 24);
    assert!(size_of::<Program>() <= 96);
}

#[test]
fn an_unknown_program_is_unknown() {
    assert_eq!(Program::unknown().evaluate(&World::new()), U);
}
