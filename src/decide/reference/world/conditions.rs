//! Conditions: expressions drawn from a grammar, always with types that fit.
//!
//! Owns which names an expression may read, given what it can meet. An
//! expression is true or false by chance; it often cannot be told.

use std::collections::BTreeSet;

use super::IDS;
use super::rng::Rng;
use crate::document::definition::Model;
use crate::model::ValueType;

/// The names that an expression may read.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Paths and variables, with their types.
    typed: Vec<(String, ValueType)>,
    /// Named conditions.
    conditions: Vec<String>,
    /// How many variables are bound.
    variables: usize,
}

impl Names {
    /// What an expression that meets resources of these types may read.
    pub(super) fn new<'a>(rng: &mut Rng, model: &Model, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        use ValueType::{Bool, String, StringList};
        let mut typed = vec![
            ("principal.id".to_owned(), String),
            ("principal.key".to_owned(), String),
            ("principal.roles".to_owned(), StringList),
            ("principal.groups".to_owned(), StringList),
            ("resource.type".to_owned(), String),
            ("resource.id".to_owned(), String),
            ("resource.key".to_owned(), String),
        ];
        // Mostly there is no app to read anything of.
        let reads_app = rng.chance(20);
        if reads_app {
            typed.push(("app.id".to_owned(), String));
        }
        for (kind, it) in &model.principals {
            for (name, attribute) in &it.attributes {
                typed.push((format!("principal.{name}"), attribute.value_type));
                if reads_app && (kind == "plugin" || kind == "bot") {
                    typed.push((format!("app.{name}"), attribute.value_type));
                }
            }
        }
        for kind in kinds {
            let attributes = &model.resources[kind].attributes;
            typed.extend(attributes.iter().map(|(name, it)| (format!("resource.{name}"), it.value_type)));
            if ["member", "role", "group"].contains(&kind) {
                typed.push(("resource.roles".to_owned(), StringList));
            }
            if kind == "role" {
                typed.push(("resource.builtin".to_owned(), Bool));
                typed.push(("resource.reserved".to_owned(), Bool));
            }
        }
        typed.extend(model.context.iter().map(|(name, it)| (format!("context.{name}"), it.value_type)));
        let typed: BTreeSet<_> = typed.into_iter().collect();
        let conditions = model.conditions.keys().cloned().collect();
        Self { typed: typed.into_iter().collect(), conditions, variables: 0 }
    }

    /// With the parameters of a restriction, which are worth reading.
    pub(super) fn with_params<'a>(
        mut self,
        params: impl IntoIterator<Item = (&'a String, ValueType)>,
    ) -> Self {
        for (name, value_type) in params {
            for _ in 0..4 {
                self.typed.push((format!("params.{name}"), value_type));
            }
        }
        self
    }

    /// An expression.
    pub(super) fn draw(&self, rng: &mut Rng) -> String {
        match rng.weighted(&[40, 40, 20]) {
            0 => self.leaf(rng),
            1 => self.boolean(rng, 1),
            _ => self.boolean(rng, 2),
        }
    }

    fn boolean(&self, rng: &mut Rng, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(rng);
        }
        let part = |rng: &mut Rng| self.boolean(rng, depth - 1);
        match rng.weighted(&[28, 28, 12, 12, 20]) {
            0 => format!("({} && {})", part(rng), part(rng)),
            1 => format!("({} || {})", part(rng), part(rng)),
            2 => format!("!({})", part(rng)),
            3 => format!("({} ? {} : {})", part(rng), part(rng), part(rng)),
            _ => self.quantifier(rng, depth - 1),
        }
    }

    fn leaf(&self, rng: &mut Rng) -> String {
        match rng.weighted(&[14, 14, 26, 14, 8, 10, 6, if self.conditions.is_empty() { 0 } else { 10 }, 6]) {
            0 => self.path(rng, ValueType::Bool).unwrap_or_else(|| self.presence(rng)),
            1 => self.presence(rng),
            2 => {
                let operator = *rng.pick(&["==", "==", "!="]);
                match self.path(rng, ValueType::String).filter(|path| path.contains('.') && rng.chance(50)) {
                    Some(path) => format!("(has({path}) && {path} {operator} {})", self.text(rng)),
                    None => format!("({} {operator} {})", self.text(rng), self.text(rng)),
                }
            }
            3 => match rng.below(4) {
                0 => format!("({} in {})", self.integer(rng), self.integers(rng)),
                _ => format!("({} in {})", self.text(rng), self.texts(rng)),
            },
            4 => {
                let function = *rng.pick(&["startsWith", "endsWith", "contains"]);
                format!("{}.{function}({})", self.text(rng), self.text(rng))
            }
            5 => self.comparison(rng),
            6 => self.clock(rng),
            7 => rng.pick(&self.conditions).clone(),
            _ => rng.pick(&["true", "false"]).to_string(),
        }
    }

    fn presence(&self, rng: &mut Rng) -> String {
        let attributes: Vec<&String> =
            self.typed.iter().map(|(path, _)| path).filter(|path| path.contains('.')).collect();
        format!("has({})", rng.pick(&attributes))
    }

    fn quantifier(&self, rng: &mut Rng, depth: usize) -> String {
        let (list, item) = match rng.below(4) {
            0 => (self.integers(rng), ValueType::Int),
            _ => (self.texts(rng), ValueType::String),
        };
        let variable = format!("x{}", self.variables);
        let mut inner = Self { variables: self.variables + 1, ..self.clone() };
        for _ in 0..8 {
            inner.typed.push((variable.clone(), item));
        }
        let function = *rng.pick(&["exists", "exists", "all"]);
        format!("{list}.{function}({variable}, {})", inner.boolean(rng, depth))
    }

    fn comparison(&self, rng: &mut Rng) -> String {
        let operator = *rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
        format!("({} {operator} {})", self.integer(rng), self.integer(rng))
    }

    fn clock(&self, rng: &mut Rng) -> String {
        let operator = *rng.pick(&["<", "<=", ">", ">="]);
        match rng.below(4) {
            0 => format!("(now {operator} {})", self.instant(rng)),
            1 => format!("({} {operator} {})", self.instant(rng), self.instant(rng)),
            2 => format!("(now - {} {operator} {})", self.instant(rng), self.span(rng)),
            _ => format!("({} + {} {operator} now)", self.instant(rng), self.span(rng)),
        }
    }

    fn path(&self, rng: &mut Rng, value_type: ValueType) -> Option<String> {
        let paths: Vec<&String> =
            self.typed.iter().filter(|(_, found)| *found == value_type).map(|(path, _)| path).collect();
        (!paths.is_empty()).then(|| (*rng.pick(&paths)).clone())
    }

    fn text(&self, rng: &mut Rng) -> String {
        let literal = |rng: &mut Rng| format!("\"{}\"", rng.pick(&IDS));
        match rng.weighted(&[70, 24, 6]) {
            0 => self.path(rng, ValueType::String).unwrap_or_else(|| literal(rng)),
            1 => literal(rng),
            _ => {
                format!("({} ? {} : {})", self.presence(rng), self.text(rng), literal(rng))
            }
        }
    }

    fn texts(&self, rng: &mut Rng) -> String {
        if rng.chance(65)
            && let Some(path) = self.path(rng, ValueType::StringList)
        {
            return path;
        }
        let count = 1 + rng.below(3);
        let items: Vec<String> = (0..count).map(|_| self.text(rng)).collect();
        format!("[{}]", items.join(", "))
    }

    fn integer(&self, rng: &mut Rng) -> String {
        let literal = |rng: &mut Rng| rng.pick(&["0", "1", "2", "3", "9223372036854775807"]).to_string();
        match rng.weighted(&[50, 20, 12, 9, 9]) {
            0 => self.path(rng, ValueType::Int).unwrap_or_else(|| literal(rng)),
            1 => literal(rng),
            2 => format!("size({})", if rng.chance(50) { self.texts(rng) } else { self.text(rng) }),
            3 => format!("({} + {})", self.path(rng, ValueType::Int).unwrap_or("1".into()), literal(rng)),
            _ => format!("({} - {})", self.path(rng, ValueType::Int).unwrap_or("1".into()), literal(rng)),
        }
    }

    fn integers(&self, rng: &mut Rng) -> String {
        let path = if rng.chance(60) { self.path(rng, ValueType::IntList) } else { None };
        path.unwrap_or_else(|| format!("[{}, {}]", self.integer(rng), self.integer(rng)))
    }

    fn instant(&self, rng: &mut Rng) -> String {
        let literals = ["2026-06-01T12:00:00Z", "2026-06-02T12:00:00+00:00", "9999-12-31T23:59:59Z"];
        match rng.weighted(&[60, 20, 12, 8]) {
            0 => self.path(rng, ValueType::Timestamp).unwrap_or_else(|| "now".to_owned()),
            1 => format!("timestamp(\"{}\")", rng.pick(&literals)),
            2 => format!("({} + {})", self.instant(rng), self.span(rng)),
            _ => format!(
                "timestamp({})",
                self.path(rng, ValueType::String).unwrap_or_else(|| "principal.id".into())
            ),
        }
    }

    fn span(&self, rng: &mut Rng) -> String {
        match rng.weighted(&[80, 10, 10]) {
            0 => format!("duration(\"{}\")", rng.pick(&["24h", "1h30m", "-1s", "0s", "200000h"])),
            1 => format!("({} - now)", self.instant(rng)),
            _ => format!(
                "duration({})",
                self.path(rng, ValueType::String).unwrap_or_else(|| "principal.id".into())
            ),
        }
    }
}
