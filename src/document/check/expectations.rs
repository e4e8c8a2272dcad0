//! Tests: what they name exists, unless the test is about its not existing.
//!
//! A question that expects an error may name anything. One that expects an
//! answer must be one that can be asked.

use super::catalogue::{Catalogue, Found};
use super::report::Report;
use super::values::fit;
use crate::document::definition::{
    App, AppCase, Asker, Case, Expected, KeyMap, ListCase, ListQuery, Map, Outcome, Setting, Table, Target,
    Tenant, Test,
};
use crate::document::place::{Place, Spanned};
use crate::model::{Pattern, Value, ValueType};

/// Checks a test. Values take their declared types where they fit.
pub(super) fn check(
    catalogue: &Catalogue<'_>,
    tenants: &Map<Tenant>,
    apps: &KeyMap<App>,
    all_read: bool,
    test: &mut Test,
    report: &mut Report,
) {
    if all_read && !tenants.contains_key(&test.tenant.value) && !expects_no_tenant(test) {
        report.unknown(test.tenant.at, "tenant", &test.tenant, tenants.keys().map(String::as_str));
    }
    let mut checker = Checker { catalogue, all_read, report };
    for table in &mut test.tables {
        checker.table(table);
    }
    for case in &mut test.cases {
        checker.case(case);
    }
    for list in &mut test.lists {
        checker.list(list);
    }
    for case in &test.apps {
        checker.app(case, apps);
    }
}

/// Whether a test is about a tenant that does not exist.
fn expects_no_tenant(test: &Test) -> bool {
    let fits = |expected: &Expected| {
        expected.outcome == Outcome::Error || expected.reason.as_deref() == Some("UNKNOWN_TENANT")
    };
    let cells = test.tables.iter().flat_map(|table| table.rows.iter().flat_map(|(_, cells)| cells));
    let cases = test.cases.iter().flat_map(|case| case.expect.values().map(|expected| &expected.value));
    cells.chain(cases).all(fits) && test.apps.is_empty()
}

struct Checker<'a, 'r> {
    catalogue: &'a Catalogue<'a>,
    all_read: bool,
    report: &'r mut Report,
}

impl Checker<'_, '_> {
    fn table(&mut self, table: &mut Table) {
        let all = table.rows.iter().all(|(_, cells)| cells.iter().all(is_error));
        self.setting(&mut table.setting, all);
        for (index, (_, asker)) in table.columns.iter_mut().enumerate() {
            let column = table.rows.iter().filter_map(|(_, cells)| cells.get(index)).all(is_error);
            self.asker(asker, column);
        }
        if let Some(target) = &mut table.resource {
            self.target(target, all);
        }
        for (permission, cells) in &table.rows {
            if cells.len() != table.columns.len() {
                let message = format!(
                    "a cell for each of {} columns, and there are {}",
                    table.columns.len(),
                    cells.len()
                );
                self.report.fault(permission.at, message);
            }
            if !cells.iter().all(is_error) {
                self.permission(permission);
            }
            if let (Some(target), Pattern::Exact { kind, .. }) = (&table.resource, &permission.value)
                && **kind != *target.kind
            {
                let message =
                    format!("the row asks about a `{kind}`, and the table about a `{}`", target.kind);
                self.report.fault(permission.at, message);
            }
        }
    }

    fn case(&mut self, case: &mut Case) {
        let all = case.expect.values().all(|expected| is_error(expected));
        self.setting(&mut case.setting, all);
        self.asker(&mut case.principal, all);
        self.target(&mut case.resource, all);
        for (action, expected) in case.expect.iter().filter(|(_, expected)| !is_error(expected)) {
            self.action(&case.resource.kind, action, expected.at);
        }
    }

    fn list(&mut self, list: &mut ListCase) {
        self.setting(&mut list.setting, false);
        if let Some(asker) = &mut list.principal {
            self.asker(asker, false);
        }
        match &mut list.query {
            ListQuery::Actions { resource, expect } => {
                self.target(resource, false);
                if resource.id.is_none() {
                    let message = "a question about a type alone expects a word for each action";
                    let help = "expect: { view: ALWAYS, delete: NEVER, ... }";
                    self.report.fault_with(resource.at, message, help);
                }
                for action in &*expect {
                    self.action(&resource.kind, action, action.at);
                }
            }
            ListQuery::TypeActions { resource, expect } => {
                self.target(resource, false);
                if resource.id.is_some() {
                    let message = "a question about one resource expects the list of actions allowed";
                    self.report.fault_with(resource.at, message, "expect: [view, ...]");
                }
                for (action, word) in &*expect {
                    self.action(&resource.kind, action, word.at);
                }
            }
            ListQuery::Resources { permission, candidates, expect } => {
                self.permission(permission);
                for candidate in candidates.iter_mut().flatten() {
                    self.target(candidate, false);
                }
                for key in expect {
                    if matches!(&permission.value, Pattern::Exact { kind, .. } if **kind != *key.kind()) {
                        let message = format!("the question is about `{}`", permission.value);
                        self.report.fault(key.at, format!("`{}` cannot be an answer: {message}", key.value));
                    }
                }
            }
            ListQuery::Principals { permission, resource, expect, .. } => {
                self.permission(permission);
                self.target(resource, false);
                for key in expect {
                    self.principal_type(key.kind(), key.at);
                }
            }
        }
    }

    fn app(&mut self, case: &AppCase, apps: &KeyMap<App>) {
        let Some(app) = apps.get(&case.app.value) else {
            if self.all_read {
                self.report.fault(case.app.at, format!("there is no app `{}`", case.app.value));
            }
            return;
        };
        for (scope, permissions) in &case.expect {
            if !app.requests.contains_key(scope) {
                let message = format!("the app does not ask for the scope `{scope}`");
                self.report.fault(permissions.at, message);
            }
            for permission in &permissions.value {
                self.permission(permission);
            }
        }
    }

    fn setting(&mut self, setting: &mut Setting, may_be_wrong: bool) {
        let declared = &self.catalogue.model.context;
        let ty = |name: &str| declared.get(name).map(|attribute| attribute.value_type);
        self.sent(&mut setting.context, "context", ty, may_be_wrong);
        if let Some(app) = setting.via.as_ref().and_then(|via| via.app.as_ref()).filter(|_| !may_be_wrong) {
            self.principal_type(app.kind(), app.at);
        }
    }

    fn asker(&mut self, asker: &mut Asker, may_be_wrong: bool) {
        if !may_be_wrong {
            self.principal_type(asker.key.kind(), asker.key.at);
        }
        if let Some(principal) = self.catalogue.model.principals.get(asker.key.kind()) {
            let ty = |name: &str| principal.attributes.get(name).map(|attribute| attribute.value_type);
            self.sent(&mut asker.attributes, "principal", ty, may_be_wrong);
        }
    }

    fn target(&mut self, target: &mut Target, may_be_wrong: bool) {
        let Some(resource) = self.catalogue.resource(&target.kind) else { return };
        let kind = target.kind.as_str();
        let ty = |name: &str| {
            let built_in = || Catalogue::built_in_attribute(kind, name);
            resource.attributes.get(name).map(|attribute| attribute.value_type).or_else(built_in)
        };
        self.sent(&mut target.attributes, "resource", ty, may_be_wrong);
        for parent in target.parents.iter().filter(|_| !may_be_wrong) {
            if !resource.parents.iter().any(|allowed| allowed.value == parent.kind()) {
                self.report.fault(parent.at, format!("`{kind}` does not sit in `{}`", parent.kind()));
            }
        }
    }

    /// Attributes that a request sends: undeclared ones are ignored there.
    fn sent(
        &mut self,
        values: &mut Map<Value>,
        root: &str,
        declared: impl Fn(&str) -> Option<ValueType>,
        may_be_wrong: bool,
    ) {
        for (name, value) in values {
            match declared(name) {
                None => {
                    self.report.warn(
                        value.at,
                        format!("nothing declares `{root}.{name}`: it is ignored"),
                        None,
                    );
                }
                Some(ty) => {
                    if !fit(&mut value.value, ty) && !may_be_wrong {
                        self.report.fault(value.at, super::values::mismatch(name, ty, &value.value));
                    }
                }
            }
        }
    }

    fn permission(&mut self, permission: &Spanned<Pattern>) {
        if let Found::Nothing(message, help) = self.catalogue.find(&permission.value) {
            match help {
                Some(help) => self.report.fault_with(permission.at, message, help),
                None => self.report.fault(permission.at, message),
            }
        }
    }

    fn action(&mut self, kind: &str, action: &str, at: Place) {
        let pattern = Pattern::Exact { kind: kind.into(), action: action.into() };
        self.permission(&Spanned::new(at, pattern));
    }

    fn principal_type(&mut self, kind: &str, at: Place) {
        let known = &self.catalogue.model.principals;
        if !known.contains_key(kind) {
            self.report.unknown(at, "principal type", kind, known.keys().map(String::as_str));
        }
    }
}

fn is_error(expected: &Expected) -> bool {
    expected.outcome == Outcome::Error
}
