//! The Test document: questions and the answers they must get.

use super::{Map, NameList};
use crate::document::place::{Place, Spanned};
use crate::model::{Key, Pattern, Timestamp, Value};

/// A test document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Test {
    /// The tenant asked about.
    pub tenant: Spanned<String>,
    /// The instant, unless a table, case or list says another.
    pub at: Timestamp,
    /// Truth tables.
    pub tables: Vec<Table>,
    /// Single cases.
    pub cases: Vec<Case>,
    /// List questions.
    pub lists: Vec<ListCase>,
    /// What apps are shown to ask for.
    pub apps: Vec<AppCase>,
}

/// What tables, cases and lists have in common.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Setting {
    /// Where it stands.
    pub at: Place,
    /// One sentence: why the answer is what it is.
    pub why: Option<String>,
    /// The instant; `None` is the document's.
    pub instant: Option<Timestamp>,
    /// The environment.
    pub context: Map<Value>,
    /// Through what the principal acts.
    pub via: Option<Via>,
}

/// Through what a principal acts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Via {
    /// The app; `None` is a personal token.
    pub app: Option<Spanned<Key>>,
    /// The scopes in use, with modes; `None` is `all`, or a scope without modes.
    pub scopes: Map<Option<NameList>>,
    /// Every scope of the install.
    pub all_scopes: bool,
}

/// Who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asker {
    /// The principal.
    pub key: Spanned<Key>,
    /// Roles asserted.
    pub roles: NameList,
    /// Attributes sent.
    pub attributes: Map<Value>,
}

/// What is asked about.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Target {
    /// Where it stands.
    pub at: Place,
    /// The resource type.
    pub kind: String,
    /// The id; `None` asks about the type alone.
    pub id: Option<String>,
    /// Attributes sent; null is a value.
    pub attributes: Map<Value>,
    /// Direct parents sent.
    pub parents: Vec<Spanned<Key>>,
}

/// A truth table: principals across, permissions down.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table {
    /// What it has in common with the others.
    pub setting: Setting,
    /// The columns, in the order written: a caption and who asks.
    pub columns: Vec<(Spanned<String>, Asker)>,
    /// The resource, if not the type alone. Its type must be the row's.
    pub resource: Option<Target>,
    /// The rows, in the order written: an exact permission and a cell a column.
    pub rows: Vec<(Spanned<Pattern>, Vec<Expected>)>,
}

/// One question about several actions of one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Case {
    /// What it has in common with the others.
    pub setting: Setting,
    /// Who asks.
    pub principal: Asker,
    /// About what.
    pub resource: Target,
    /// The answer per action.
    pub expect: Map<Expected>,
}

/// An expected answer.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expected {
    /// Where it stands.
    pub at: Place,
    /// Allow, deny or an error.
    pub outcome: Outcome,
    /// The reason or the error code, where it matters.
    pub reason: Option<String>,
    /// The cause as text, where it matters.
    pub cause: Option<String>,
    /// Whether it is hidden, where it matters.
    pub hidden: Option<bool>,
}

/// The kind of an expected answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// Denied.
    #[default]
    Deny,
    /// No answer: the question is wrong.
    Error,
}

/// A list question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListCase {
    /// What it has in common with the others.
    pub setting: Setting,
    /// Who asks; absent for a question about principals.
    pub principal: Option<Asker>,
    /// What is asked.
    pub query: ListQuery,
}

/// What a list question asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListQuery {
    /// What may it do here, with an id: the set of actions allowed.
    Actions {
        /// About what.
        resource: Target,
        /// The actions allowed.
        expect: NameList,
    },
    /// What may it do with such resources: a word per action.
    TypeActions {
        /// About what; without an id.
        resource: Target,
        /// `ALWAYS`, `NEVER` or `CONDITIONAL` per action.
        expect: Map<String>,
    },
    /// On which resources may it act?
    Resources {
        /// An exact permission.
        permission: Spanned<Pattern>,
        /// The candidates in order; `None` asks for the registered ones.
        candidates: Option<Vec<Target>>,
        /// The resources, in order for candidates, else as a set.
        expect: Vec<Spanned<Key>>,
    },
    /// Who may act on this?
    Principals {
        /// An exact permission.
        permission: Spanned<Pattern>,
        /// About what.
        resource: Target,
        /// The principals, as a set.
        expect: Vec<Spanned<Key>>,
        /// Whether unknown principals may as well, where it matters.
        anyone: Option<bool>,
    },
}

/// What an app is shown to ask for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppCase {
    /// Where it stands.
    pub at: Place,
    /// One sentence: why the answer is what it is.
    pub why: Option<String>,
    /// The app.
    pub app: Spanned<Key>,
    /// The permissions that each requested scope unlocks, as a set.
    pub expect: Map<Vec<Spanned<Pattern>>>,
}
