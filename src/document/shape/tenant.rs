//! The table of Tenant documents.

use super::common::{
    BOOL, DESCRIPTION, KEYS, LABEL, LABELS, LEVEL_ITEMS, PATTERNS, TIMESTAMP, TITLE, VALUES, VERSION,
};
use super::{Field, List, Map, Record, Rule, Scalar, Shape, Unique};

/// A Tenant document.
pub(super) static TENANT: Record = Record::new(
    "a Tenant document",
    "The facts that a customer edits. No code.",
    &[
        VERSION,
        Field::required("kind", "The kind of document: `Tenant`.", Shape::Words(&["Tenant"])),
        Field::required("id", "The tenant's id.", LABEL),
        TITLE,
        DESCRIPTION,
        Field::new("plan", "The tenant's plan, if the model has plans.", LABEL),
        Field::new("roles", "Custom roles.", Shape::Map(&Map::of(Scalar::Label, Shape::Record(&ROLE)))),
        Field::new("groups", "Groups.", Shape::Map(&Map::of(Scalar::Label, Shape::Record(&GROUP)))),
        Field::new("members", "Members.", Shape::Map(&Map::of(Scalar::Key, Shape::Record(&MEMBER)))),
        Field::new(
            "resources",
            "Resources that the sidecar itself must know.",
            Shape::Map(&Map::of(Scalar::Key, Shape::Record(&RESOURCE))),
        ),
        Field::new("installs", "Apps installed.", Shape::Map(&Map::of(Scalar::Key, Shape::Record(&INSTALL)))),
        Field::new(
            "role_restrictions",
            "Restrictions switched on for every holder of a role.",
            Shape::Map(&Map::of(Scalar::Label, SWITCHES)),
        ),
    ],
);

/// Restrictions switched on, each with exactly its parameters.
const SWITCHES: Shape = Shape::Map(&Map::of(Scalar::Label, VALUES));

static ROLE: Record = Record::new(
    "a custom role",
    "A role of this tenant.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new(
            "sections",
            "Sections that it grants in full.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Words(&["full", "none"]))),
        ),
        Field::new(
            "allow",
            "What it grants.",
            Shape::List(&List::set(Shape::Either(&[Shape::Scalar(Scalar::Pattern), Shape::Record(&ENTRY)]))),
        ),
        Field::new("extends", "Roles that it contains, built-in or custom.", LABELS),
    ],
);

static ENTRY: Record = Record::new(
    "an entry",
    "Permissions, less some, under conditions of the model.",
    &[
        Field::required("permissions", "What it covers.", PATTERNS),
        Field::new("except", "What is taken from that again.", PATTERNS),
        Field::new(
            "when",
            "A condition of the model, or a list of which all must hold.",
            Shape::Either(&[
                Shape::Scalar(Scalar::Name),
                Shape::List(&List { item: Shape::Scalar(Scalar::Name), min: 1, unique: Unique::Scalars }),
            ]),
        ),
    ],
);

static GROUP: Record = Record::new(
    "a group",
    "Principals and groups that hold roles together.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new("members", "Principals, and `group:<id>`.", KEYS),
        Field::new("roles", "Roles that its members hold through it.", LABELS),
    ],
);

static MEMBER: Record = Record::new(
    "a member",
    "A principal that belongs to this tenant.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new(
            "roles",
            "Roles given to it.",
            Shape::List(&List {
                item: Shape::Either(&[LABEL, Shape::Record(&GIVEN_ROLE)]),
                min: 0,
                unique: Unique::Named("role"),
            }),
        ),
        Field::new("attributes", "Its attributes.", VALUES),
        Field::new("overrides", "What holds for it whatever its roles say.", Shape::Record(&OVERRIDES)),
        Field::new("restrictions", "Restrictions switched on for it.", SWITCHES),
        Field::new("expires_at", "From this instant on it is denied.", TIMESTAMP),
        Field::new("suspended", "Whether it is denied.", BOOL),
    ],
);

static GIVEN_ROLE: Record = Record::new(
    "a role given for a time",
    "A role given for a time.",
    &[
        Field::required("role", "The role.", LABEL),
        Field::new("expires_at", "From this instant on it is not held.", TIMESTAMP),
    ],
);

static OVERRIDES: Record = Record::new(
    "overrides",
    "What holds for a member whatever its roles say.",
    &[Field::new("allow", "Granted.", PATTERNS), Field::new("deny", "Denied.", PATTERNS)],
);

static RESOURCE: Record = Record::new(
    "a resource",
    "A registered resource.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new("parents", "Resources that it sits in.", KEYS),
        Field::new("attributes", "Attributes that a request need not send.", VALUES),
        Field::new(
            "acl",
            "Who may do what on it.",
            Shape::Map(&Map::of(
                Scalar::AclSubject,
                Shape::Either(&[LABEL, LABELS, Shape::Record(&ACL_ENTRY)]),
            )),
        ),
    ],
);

static ACL_ENTRY: Record = Record {
    name: "an ACL entry",
    doc: "What a subject may and may not do on this resource.",
    fields: &[
        Field::new("level", "A level, or a list of levels.", Shape::Either(&[LABEL, LABELS])),
        Field::new("deny", "What is denied, spelled as in a level.", LEVEL_ITEMS),
        Field::new("expires_at", "From this instant on it is no entry.", TIMESTAMP),
    ],
    rules: &[Rule::AtLeastOne(&["level", "deny"])],
};

static INSTALL: Record = Record::new(
    "an install",
    "An app that this tenant installed.",
    &[
        Field::new(
            "granted",
            "What the customer granted, by scope: modes, or `all`.",
            Shape::Map(&Map::of(Scalar::ScopeName, Shape::Either(&[Shape::Words(&["all"]), LABELS]))),
        ),
        Field::new("attributes", "Attributes of the install.", VALUES),
    ],
);
