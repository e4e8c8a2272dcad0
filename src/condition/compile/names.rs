//! Names: to what they stand for, or to the nearest that is known.

use std::collections::BTreeMap;

use super::arena::Inlined;
use super::{Compiler, Typed};
use crate::condition::ast::{Expr, ExprKind, Span};
use crate::condition::names::AttributeNames;
use crate::condition::node::{MAX_LOOPS, Node};
use crate::condition::path::{AttributeIx, ParamIx, Path};
use crate::condition::types::Type;
use crate::condition::words::{NOW, ROOTS, is_taken};
use crate::model::ValueType;

/// A dotted name that is known.
struct Resolved {
    path: Path,
    /// `None` when it is declared with several types.
    ty: Option<Type>,
}

impl Compiler<'_, '_> {
    /// A bare identifier.
    pub(super) fn name(&mut self, span: Span, name: &str) -> Option<Typed> {
        let variable = self.variables.iter().enumerate().rev().find(|(_, (known, _))| known == name);
        if let Some((slot, (_, ty))) = variable {
            let (slot, ty) = (u8::try_from(slot).ok()?, (*ty)?);
            return self.push(span, Node::Variable(slot), ty);
        }
        if name == NOW {
            self.arena.mention(NOW, Path::Now, false);
            return self.push(span, Node::Read(Path::Now), Type::Timestamp);
        }
        if ROOTS.contains(&name) {
            self.report(span, format!("`{name}` alone is no value; read one of its attributes"));
            return None;
        }
        let scope = self.scope;
        match scope.conditions.get(name) {
            Some(Some(condition)) => self.inline(span, condition),
            // Its own faults are told where it stands.
            Some(None) => None,
            None => {
                let variables = self.variables.iter().map(|(name, _)| name.as_str());
                let known = scope.conditions.keys().map(String::as_str).chain(ROOTS).chain([NOW]);
                let help = self.root_of(name).or_else(|| help(name, known.chain(variables), ""));
                self.faults.push(super::fault(span, format!("unknown name `{name}`"), help));
                None
            }
        }
    }

    fn inline(&mut self, span: Span, condition: &super::Program) -> Option<Typed> {
        let slots = u8::try_from(self.variables.len()).unwrap_or(u8::MAX);
        match self.arena.inline(condition, slots) {
            Ok(node) => Some(Typed { node, ty: Type::Bool }),
            Err(Inlined::Full) => None,
            Err(Inlined::Loops) => {
                let message = format!(
                    "more than {MAX_LOOPS} `exists` and `all` stand within one another, with those of this condition"
                );
                self.report(span, message);
                None
            }
        }
    }

    /// `root.field`
    pub(super) fn select(&mut self, span: Span, operand: &Expr, field: &str) -> Option<Typed> {
        let name = self.dotted(span, operand, field)?;
        let resolved = self.resolve(span, &name, field)?;
        self.arena.mention(&name, resolved.path, false);
        self.push(span, Node::Read(resolved.path), resolved.ty?)
    }

    /// `has(root.field)`
    pub(super) fn has(&mut self, span: Span, of: &Expr) -> Option<Typed> {
        let ExprKind::Select { operand, field } = &of.kind else {
            self.report_with_help(of.span, "`has()` needs an attribute", "write `has(resource.x)`");
            return None;
        };
        let name = self.dotted(of.span, operand, field)?;
        let resolved = self.resolve(of.span, &name, field)?;
        self.arena.mention(&name, resolved.path, true);
        resolved.ty?;
        self.push(span, Node::Has(resolved.path), Type::Bool)
    }

    /// The variable of a quantifier.
    pub(super) fn variable_name(&mut self, variable: &Expr) -> Option<String> {
        let ExprKind::Name(name) = &variable.kind else {
            self.report(variable.span, "expected the name of a variable");
            return None;
        };
        if is_taken(name) {
            self.report(variable.span, format!("`{name}` cannot name a variable"));
            return None;
        }
        Some(name.clone())
    }

    /// The dotted name of an attribute that is written without its root.
    fn root_of(&self, field: &str) -> Option<String> {
        let scope = self.scope;
        let params = scope.params.as_ref().is_some_and(|params| params.contains_key(field));
        let roots = [
            ("resource", scope.resource.contains_key(field)),
            ("principal", scope.principal.contains_key(field)),
            ("context", scope.context.contains_key(field)),
            ("params", params),
            ("app", scope.app.contains_key(field)),
        ];
        let (root, _) = roots.into_iter().find(|(_, has)| *has)?;
        Some(format!("did you mean `{root}.{field}`?"))
    }

    /// `root.field` as one text, if the root is one.
    fn dotted(&mut self, span: Span, operand: &Expr, field: &str) -> Option<String> {
        if let ExprKind::Name(root) = &operand.kind {
            let is_variable = self.variables.iter().any(|(known, _)| known == root);
            if ROOTS.contains(&root.as_str()) && !is_variable {
                return Some(format!("{root}.{field}"));
            }
            if !is_variable && root != NOW && !self.scope.conditions.contains_key(root) {
                let help = help(root, ROOTS.into_iter(), "");
                self.faults.push(super::fault(operand.span, format!("unknown name `{root}`"), help));
                return None;
            }
        }
        if let Some(found) = self.expr(operand) {
            self.report(span, format!("`{}` has no attribute `{field}`", found.ty));
        }
        None
    }

    fn resolve(&mut self, span: Span, name: &str, field: &str) -> Option<Resolved> {
        let scope = self.scope;
        let text = |path| Some(Resolved { path, ty: Some(Type::String) });
        let list = |path| Some(Resolved { path, ty: Some(Type::StringList) });
        let (fixed, declared, root): (&[&str], _, _) = match name.split_once('.').map(|(root, _)| root) {
            Some("principal") => match field {
                "type" => return text(Path::PrincipalType),
                "id" => return text(Path::PrincipalId),
                "key" => return text(Path::PrincipalKey),
                "roles" => return list(Path::PrincipalRoles),
                "groups" => return list(Path::PrincipalGroups),
                _ => (&["type", "id", "key", "roles", "groups"], &scope.principal, Path::Principal as Root),
            },
            Some("resource") => match field {
                "type" => return text(Path::ResourceType),
                "id" => return text(Path::ResourceId),
                "key" => return text(Path::ResourceKey),
                _ => (&["type", "id", "key"], &scope.resource, Path::Resource as Root),
            },
            Some("app") => match field {
                "id" => return text(Path::AppId),
                "key" => return text(Path::AppKey),
                _ => (&["id", "key"], &scope.app, Path::App as Root),
            },
            Some("context") => (&[], &scope.context, Path::Context as Root),
            _ => return self.param(span, field),
        };
        let Some(attribute) = attribute(declared, scope.names, field) else {
            let prefix = name.strip_suffix(field).unwrap_or_default();
            let known = fixed.iter().copied().chain(declared.keys().copied());
            let help = help(field, known, prefix);
            self.faults.push(super::fault(span, format!("unknown attribute `{name}`"), help));
            return None;
        };
        let (index, ty) = attribute;
        if ty.is_none() {
            let help = "give it one type, or do not use it where both can be met";
            self.report_with_help(span, format!("`{name}` is declared with several types"), help);
        }
        Some(Resolved { path: root(index), ty: ty.map(Type::from) })
    }

    fn param(&mut self, span: Span, field: &str) -> Option<Resolved> {
        let scope = self.scope;
        let Some(params) = &scope.params else {
            self.report(span, "`params` are known only in the `allow_when` of a restriction");
            return None;
        };
        let place = params.keys().position(|known| *known == field).and_then(|at| u32::try_from(at).ok());
        let Some((place, ty)) = place.zip(params.get(field)) else {
            let help = help(field, params.keys().copied(), "params.");
            self.faults.push(super::fault(span, format!("unknown parameter `params.{field}`"), help));
            return None;
        };
        Some(Resolved { path: Path::Param(ParamIx(place)), ty: Some((*ty).into()) })
    }
}

/// Makes the path of an attribute.
type Root = fn(AttributeIx) -> Path;

fn attribute(
    declared: &BTreeMap<&str, Option<ValueType>>,
    names: &AttributeNames,
    field: &str,
) -> Option<(AttributeIx, Option<ValueType>)> {
    Some((names.find(field)?, *declared.get(field)?))
}

/// The nearest known name, or all of them when they are few.
fn help<'n>(name: &str, known: impl Iterator<Item = &'n str>, prefix: &str) -> Option<String> {
    /// So many names are still read.
    const FEW: usize = 8;
    let known: Vec<&str> = known.collect();
    // A third of the letters may be wrong, and one of two.
    let bound = match name.chars().count() {
        0 | 1 => 0,
        letters => (letters / 3).max(1),
    };
    let distances = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known));
    if let Some((_, nearest)) = distances.filter(|(distance, _)| *distance <= bound).min() {
        return Some(format!("did you mean `{prefix}{nearest}`?"));
    }
    if known.is_empty() || known.len() > FEW {
        return None;
    }
    let list: Vec<String> = known.iter().map(|known| format!("`{prefix}{known}`")).collect();
    Some(format!("known: {}", list.join(", ")))
}
