//! The table of Test documents.

use super::common::{BOOL, KEYS, LABELS, NAMES, PERMISSIONS, TEXT, TIMESTAMP, VALUES, VERSION};
use super::{Field, List, Map, Record, Rule, Scalar, Shape};

/// A Test document.
pub(super) static TEST: Record = Record::new(
    "a Test document",
    "Questions, and the answers they must get.",
    &[
        VERSION,
        Field::required("kind", "The kind of document: `Test`.", Shape::Words(&["Test"])),
        Field::required("tenant", "The tenant asked about.", Shape::Scalar(Scalar::Label)),
        AT,
        Field::new(
            "tables",
            "Principals across, permissions down.",
            Shape::List(&List::of(Shape::Record(&TABLE))),
        ),
        Field::new("cases", "Single questions.", Shape::List(&List::of(Shape::Record(&CASE)))),
        Field::new("lists", "Questions for a list.", Shape::List(&List::of(Shape::Record(&LIST)))),
        Field::new("apps", "What apps are shown to ask for.", Shape::List(&List::of(Shape::Record(&APP)))),
    ],
);

/// Reasons to allow. The engine's own names; a test compares them.
const ALLOWS: Shape = Shape::Words(&["ROLE_GRANT", "OVERRIDE_GRANT", "ACL_GRANT", "SCOPE_GRANT"]);

/// Reasons to deny, in the order of the steps.
const DENIALS: Shape = Shape::Words(&[
    "UNKNOWN_TENANT",
    "TENANT_INVALID",
    "APP_NOT_INSTALLED",
    "UNKNOWN_PRINCIPAL",
    "SUSPENDED",
    "EXPIRED",
    "PLAN_FEATURE",
    "OVERRIDE_DENY",
    "ACL_DENY",
    "MISSING_ATTRIBUTE",
    "CONDITION_FALSE",
    "NOT_GRANTED",
    "GATE_CLOSED",
    "RESTRICTED",
    "AUTHORITY_TOO_LOW",
    "SCOPE_NOT_GRANTED",
]);

/// The codes of gRPC that a question can be refused with.
const CODES: Shape = Shape::Words(&[
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]);

const AT: Field = Field::new("at", "The instant it is asked at.", TIMESTAMP);
const WHY: Field = Field::new("why", "One sentence: why the answer is what it is.", TEXT);
const CONTEXT: Field = Field::new("context", "The environment sent.", VALUES);
const VIA_FIELD: Field = Field::new("via", "Through what the principal acts.", Shape::Record(&VIA));

const ASKER: Shape = Shape::Either(&[Shape::Scalar(Scalar::Key), Shape::Record(&PRINCIPAL)]);
const TARGET: Shape = Shape::Either(&[Shape::Scalar(Scalar::Key), Shape::Record(&RESOURCE)]);
/// Candidates of a list.
pub(super) static CANDIDATES: Shape = Shape::List(&List::of(TARGET));
const CELL: Shape = Shape::Either(&[Shape::Words(&["allow", "deny"]), Shape::Record(&EXPECTED)]);
const PERMISSION: Field = Field::required("permission", "One permission.", Shape::Scalar(Scalar::Permission));

static VIA: Record = Record::new(
    "a via",
    "An app or, without `app`, a personal token.",
    &[
        Field::new("app", "The app.", Shape::Scalar(Scalar::Key)),
        Field::new(
            "scopes",
            "The scopes in use: modes, or `all`.",
            Shape::Map(&Map::of(Scalar::ScopeName, Shape::Either(&[Shape::Words(&["all"]), LABELS]))),
        ),
        Field::new("all_scopes", "Every scope of the install.", BOOL),
    ],
);

static PRINCIPAL: Record = Record::new(
    "a principal",
    "Who asks, with what the request says of it.",
    &[
        Field::required("key", "The principal.", Shape::Scalar(Scalar::Key)),
        Field::new("roles", "Roles asserted.", LABELS),
        Field::new("attributes", "Attributes sent.", VALUES),
    ],
);

static RESOURCE: Record = Record {
    name: "a resource",
    doc: "What is asked about, with what the request says of it.",
    fields: &[
        Field::new("key", "The resource.", Shape::Scalar(Scalar::Key)),
        Field::new("type", "The type, to ask about the type alone.", Shape::Scalar(Scalar::Name)),
        Field::new("attributes", "Attributes sent; null is a value.", VALUES),
        Field::new("parents", "Direct parents sent.", KEYS),
    ],
    rules: &[Rule::ExactlyOne(&["key", "type"])],
};

static EXPECTED: Record = Record {
    name: "an expected answer",
    doc: "An answer with its reason, or an error.",
    fields: &[
        Field::new("allow", "Allowed, for this reason.", ALLOWS),
        Field::new("deny", "Denied, for this reason.", DENIALS),
        Field::new("error", "Refused, with this code.", CODES),
        Field::new("cause", "What settled it.", TEXT),
        Field::new("hidden", "Whether the resource is hidden.", BOOL),
    ],
    rules: &[
        Rule::ExactlyOne(&["allow", "deny", "error"]),
        Rule::Apart("error", "cause"),
        Rule::Apart("error", "hidden"),
    ],
};

static TABLE: Record = Record::new(
    "a table",
    "Principals across, permissions down.",
    &[
        WHY,
        AT,
        CONTEXT,
        VIA_FIELD,
        Field::new("columns", "A caption and who asks.", Shape::Map(&Map::of(Scalar::Text, ASKER))),
        Field::new("resource", "The resource, if not the type alone.", TARGET),
        Field::new(
            "rows",
            "A permission and a cell for each column.",
            Shape::Map(&Map::of(Scalar::Permission, Shape::List(&List::of(CELL)))),
        ),
    ],
);

static CASE: Record = Record::new(
    "a case",
    "One principal, one resource, several actions.",
    &[
        WHY,
        AT,
        CONTEXT,
        VIA_FIELD,
        Field::required("principal", "Who asks.", ASKER),
        Field::required("resource", "About what.", TARGET),
        Field::required("expect", "The answer for each action.", Shape::Map(&Map::of(Scalar::Name, CELL))),
    ],
);

static LIST: Record = Record {
    name: "a list question",
    doc: "What may it do, on which resources, or who may.",
    fields: &[
        WHY,
        AT,
        CONTEXT,
        VIA_FIELD,
        Field::new("principal", "Who asks.", ASKER),
        Field::new("actions", "What may it do here?", Shape::Record(&ACTIONS)),
        Field::new("resources", "On which resources may it act?", Shape::Record(&RESOURCES)),
        Field::new("principals", "Who may act on this?", Shape::Record(&PRINCIPALS)),
    ],
    rules: &[
        Rule::ExactlyOne(&["actions", "resources", "principals"]),
        Rule::ExactlyOne(&["principal", "principals"]),
    ],
};

static ACTIONS: Record = Record::new(
    "a question about actions",
    "The set of actions allowed; for a type alone, a word for each action.",
    &[
        Field::required("resource", "About what.", TARGET),
        Field::required(
            "expect",
            "The actions allowed, or a word for each.",
            Shape::Either(&[
                NAMES,
                Shape::Map(&Map::of(Scalar::Name, Shape::Words(&["ALWAYS", "NEVER", "CONDITIONAL"]))),
            ]),
        ),
    ],
);

static RESOURCES: Record = Record::new(
    "a question about resources",
    "Which of the candidates, or of the registered resources.",
    &[
        PERMISSION,
        Field::new("candidates", "Candidates, in order.", Shape::List(&List::of(TARGET))),
        Field::required("expect", "The resources.", Shape::List(&List::of(Shape::Scalar(Scalar::Key)))),
    ],
);

static PRINCIPALS: Record = Record::new(
    "a question about principals",
    "Which members and apps.",
    &[
        PERMISSION,
        Field::required("resource", "About what.", TARGET),
        Field::required("expect", "The principals.", KEYS),
        Field::new("anyone", "Whether unknown principals may as well.", BOOL),
    ],
);

static APP: Record = Record::new(
    "a question about an app",
    "What each requested scope unlocks.",
    &[
        WHY,
        Field::required("app", "The app.", Shape::Scalar(Scalar::Key)),
        Field::required(
            "expect",
            "The permissions, by scope.",
            Shape::Map(&Map::of(Scalar::ScopeName, PERMISSIONS)),
        ),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Reason;

    #[test]
    fn reasons_are_those_of_the_engine() {
        let (Shape::Words(allows), Shape::Words(denials)) = (ALLOWS, DENIALS) else { panic!("words") };
        let listed: Vec<&str> = allows.iter().chain(denials).copied().collect();
        assert_eq!(listed, Reason::ALL.map(Reason::name));
    }
}
