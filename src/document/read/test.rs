//! Reads Test documents.

use super::node::{
    boolean, key, keys, map, names, optional_boolean, spanned_key, spanned_text, timestamp, values,
};
use crate::document::definition::{
    AppCase, Asker, Case, Expected, ListCase, ListQuery, Outcome, Setting, Table, Target, Test, Via,
};
use crate::document::place::Spanned;
use crate::document::yaml::{Body, Node};
use crate::model::{Pattern, Timestamp};

/// 2026-01-01T00:00:00Z, in seconds since 1970: when a test without `at` asks.
const DEFAULT_INSTANT: i64 = 1_767_225_600;

/// Reads a test document; `None` without a tenant that can be read.
pub(super) fn test(node: &Node) -> Option<Test> {
    let instant = || Timestamp::new(DEFAULT_INSTANT, 0).unwrap_or_default();
    let list = |key| node.get(key).map(Node::items).unwrap_or_default();
    Some(Test {
        tenant: spanned_text(node.get("tenant")?)?,
        at: timestamp(node.get("at")).unwrap_or_else(instant),
        tables: list("tables").iter().map(table).collect(),
        cases: list("cases").iter().filter_map(case).collect(),
        lists: list("lists").iter().filter_map(list_case).collect(),
        apps: list("apps").iter().filter_map(app_case).collect(),
    })
}

fn setting(node: &Node) -> Setting {
    Setting {
        at: node.at,
        why: node.get("why").and_then(Node::text).map(str::to_owned),
        instant: timestamp(node.get("at")),
        context: values(node.get("context")),
        via: node.get("via").map(via),
    }
}

fn via(node: &Node) -> Via {
    let modes = |node: &Node| Some(if node.text() == Some("all") { None } else { Some(names(Some(node))) });
    Via {
        app: node.get("app").and_then(spanned_key),
        scopes: map(node.get("scopes"), modes),
        all_scopes: boolean(node.get("all_scopes")),
    }
}

fn asker(node: &Node) -> Option<Asker> {
    Some(Asker {
        key: spanned_key(node.get("key").unwrap_or(node))?,
        roles: names(node.get("roles")),
        attributes: values(node.get("attributes")),
    })
}

/// What is asked about.
pub(super) fn target(node: &Node) -> Option<Target> {
    let (kind, id) = match node.get("type").and_then(Node::text) {
        Some(kind) => (kind.to_owned(), None),
        None => {
            let key = key(node.get("key").unwrap_or(node))?;
            (key.kind().to_owned(), Some(key.id().to_owned()))
        }
    };
    Some(Target {
        at: node.at,
        kind,
        id,
        attributes: values(node.get("attributes")),
        parents: keys(node.get("parents")),
    })
}

fn table(node: &Node) -> Table {
    let pairs = |key| node.get(key).map(Node::pairs).unwrap_or_default();
    let columns: Vec<_> =
        pairs("columns").iter().map(|pair| Some((pair.key.clone(), asker(&pair.value)?))).collect();
    // Of a column that cannot be read the cells are left out too.
    let cell =
        |(index, cell): (usize, &Node)| (!matches!(columns.get(index), Some(None))).then(|| expected(cell));
    let rows = pairs("rows").iter().filter_map(|pair| {
        let permission = Spanned::new(pair.key.at, Pattern::parse(&pair.key).ok()?);
        Some((permission, pair.value.items().iter().enumerate().filter_map(cell).collect()))
    });
    Table {
        setting: setting(node),
        resource: node.get("resource").and_then(target),
        rows: rows.collect(),
        columns: columns.into_iter().flatten().collect(),
    }
}

fn case(node: &Node) -> Option<Case> {
    Some(Case {
        setting: setting(node),
        principal: asker(node.get("principal")?)?,
        resource: target(node.get("resource")?)?,
        expect: map(node.get("expect"), |node| Some(expected(node))),
    })
}

fn expected(node: &Node) -> Expected {
    let reason = |key| node.get(key).and_then(Node::text).map(str::to_owned);
    let bare = |outcome| (outcome, None);
    let (outcome, reason) = match node.text() {
        Some("allow") => bare(Outcome::Allow),
        Some(_) => bare(Outcome::Deny),
        None if node.get("allow").is_some() => (Outcome::Allow, reason("allow")),
        None if node.get("error").is_some() => (Outcome::Error, reason("error")),
        None => (Outcome::Deny, reason("deny")),
    };
    Expected {
        at: node.at,
        outcome,
        reason,
        cause: node.get("cause").and_then(Node::text).map(str::to_owned),
        hidden: optional_boolean(node.get("hidden")),
    }
}

fn list_case(node: &Node) -> Option<ListCase> {
    let query = if let Some(query) = node.get("actions") {
        let resource = target(query.get("resource")?)?;
        let expect = query.get("expect")?;
        if matches!(expect.body, Body::Map(_)) {
            ListQuery::TypeActions {
                resource,
                expect: map(Some(expect), |node| node.text().map(str::to_owned)),
            }
        } else {
            ListQuery::Actions { resource, expect: names(Some(expect)) }
        }
    } else if let Some(query) = node.get("resources") {
        let candidates = |node: &Node| node.items().iter().filter_map(target).collect();
        ListQuery::Resources {
            permission: permission(query)?,
            candidates: query.get("candidates").map(candidates),
            expect: keys(query.get("expect")),
        }
    } else {
        let query = node.get("principals")?;
        ListQuery::Principals {
            permission: permission(query)?,
            resource: target(query.get("resource")?)?,
            expect: keys(query.get("expect")),
            anyone: optional_boolean(query.get("anyone")),
        }
    };
    Some(ListCase { setting: setting(node), principal: node.get("principal").and_then(asker), query })
}

fn permission(node: &Node) -> Option<Spanned<Pattern>> {
    let node = node.get("permission")?;
    Some(Spanned::new(node.at, Pattern::parse(node.text()?).ok()?))
}

fn app_case(node: &Node) -> Option<AppCase> {
    Some(AppCase {
        at: node.at,
        why: node.get("why").and_then(Node::text).map(str::to_owned),
        app: spanned_key(node.get("app")?)?,
        expect: map(node.get("expect"), |node| Some(super::node::patterns(Some(node)))),
    })
}
