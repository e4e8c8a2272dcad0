//! The table of Model documents.

use super::common::{
    ATTRIBUTES, BOOL, DESCRIPTION, LABEL, LABELS, LEVEL_ITEMS, NAMES, PATTERNS, PERMISSIONS, TEXT, TITLE,
    VERSION,
};
use super::{Field, List, Map, Record, Rule, Scalar, Shape, Unique};

/// A Model document.
pub(super) static MODEL: Record = Record::new(
    "a Model document",
    "The product's catalogue: what exists, who may do what by default, and what tenants may change.",
    &[
        VERSION,
        Field::required("kind", "The kind of document: `Model`.", Shape::Words(&["Model"])),
        Field::new("name", "The model's name.", TEXT),
        TITLE,
        DESCRIPTION,
        Field::new(
            "principals",
            "Principal types.",
            Shape::Map(&Map::of(Scalar::Name, Shape::Record(&PRINCIPAL))),
        ),
        Field::new(
            "resources",
            "Resource types.",
            Shape::Map(&Map::of(Scalar::Name, Shape::Record(&RESOURCE))),
        ),
        Field::new("context", "Attributes of the environment that a request may send.", ATTRIBUTES),
        Field::new(
            "sections",
            "The switches of a settings page.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Record(&SECTION))),
        ),
        Field::new("roles", "Built-in roles.", Shape::Map(&Map::of(Scalar::Label, Shape::Record(&ROLE)))),
        Field::new(
            "conditions",
            "Named conditions, usable in any `when`.",
            Shape::Map(&Map::of(
                Scalar::Name,
                Shape::Either(&[Shape::Scalar(Scalar::Expression), Shape::Record(&CONDITION)]),
            )),
        ),
        Field::new(
            "restrictions",
            "What takes permissions away unless a condition holds.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Record(&RESTRICTION))),
        ),
        Field::new(
            "plans",
            "What a tenant pays for.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Record(&PLAN))),
        ),
        Field::new(
            "features",
            "Permissions that need a plan with the feature.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Either(&[PATTERNS, Shape::Record(&FEATURE)]))),
        ),
        Field::new("authorities", "Authorities, weakest first.", LABELS),
        Field::new(
            "scopes",
            "What apps and tokens may be given. Names imply nothing about one another.",
            Shape::Map(&Map::of(Scalar::ScopeName, Shape::Record(&SCOPE))),
        ),
        Field::new("reserved", "What tenant data may never give away.", Shape::Record(&RESERVED)),
        Field::new("retired", "Names that once existed.", Shape::Record(&RETIRED)),
    ],
);

static PRINCIPAL: Record = Record::new(
    "a principal type",
    "A type of principal: of people, of services, of apps.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new(
            "attributes",
            "Declared attributes.",
            Shape::Map(&Map::of(
                Scalar::Name,
                Shape::Either(&[Shape::Scalar(Scalar::ValueType), Shape::Record(&PRINCIPAL_ATTRIBUTE)]),
            )),
        ),
        Field::new("roles_from_request", "Whether a request may assert roles for such principals.", BOOL),
    ],
);

static PRINCIPAL_ATTRIBUTE: Record = Record::new(
    "an attribute",
    "The declaration of a principal's attribute. Every attribute may be absent.",
    &[
        Field::required("type", "The type of its values.", Shape::Scalar(Scalar::ValueType)),
        Field::new("source", "`request`: a request may say it.", Shape::Words(&["request"])),
        TITLE,
        DESCRIPTION,
    ],
);

static RESOURCE: Record = Record::new(
    "a resource type",
    "A type of resource, with the actions that can be asked about.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new("actions", "Its actions.", NAMES),
        Field::new("attributes", "Declared attributes.", ATTRIBUTES),
        Field::new("parents", "Types of resources that such a resource may sit in.", NAMES),
        Field::new("requires", "Gates: permissions without which none of this type is given.", PERMISSIONS),
        Field::new(
            "levels",
            "Levels that an ACL may give on such a resource.",
            Shape::Map(&Map::of(Scalar::Label, Shape::Either(&[LEVEL_ITEMS, Shape::Record(&LEVEL)]))),
        ),
        Field::new("acl", "How ACL entries stand to one another.", Shape::Record(&ACL)),
        Field::new(
            "hidden_without",
            "The action without which such a resource is said not to exist.",
            Shape::Scalar(Scalar::Name),
        ),
    ],
);

static LEVEL: Record = Record::new(
    "a level",
    "A named set of permissions that an ACL gives.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new("includes", "Levels of the same type that it contains.", LABELS),
        Field::new(
            "permissions",
            "Actions of the resource itself, or `type:action` for resources below it.",
            LEVEL_ITEMS,
        ),
    ],
);

static ACL: Record = Record::new(
    "the acl of a resource type",
    "How ACL entries stand to one another.",
    &[Field::new(
        "precedence",
        "`principal`: an own entry replaces what roles and groups get there; `union`: all add up.",
        Shape::Words(&["principal", "union"]),
    )],
);

static SECTION: Record = Record::new(
    "a section",
    "A switch of a settings page.",
    &[TITLE, DESCRIPTION, Field::required("permissions", "What the switch gives.", PATTERNS)],
);

/// What a list of entries of the model may hold.
const ENTRIES: Shape = Shape::List(&List { item: ENTRY_OR_PATTERN, min: 0, unique: Unique::Scalars });

const ENTRY_OR_PATTERN: Shape = Shape::Either(&[Shape::Scalar(Scalar::Pattern), Shape::Record(&ENTRY)]);

static ENTRY: Record = Record::new(
    "an entry",
    "Permissions, less some, under a condition.",
    &[
        Field::required("permissions", "What it covers.", PATTERNS),
        Field::new("except", "What is taken from that again.", PATTERNS),
        Field::new("when", "When it holds: a CEL expression.", Shape::Scalar(Scalar::Expression)),
    ],
);

static ROLE: Record = Record::new(
    "a role",
    "A built-in role. A tenant cannot redefine it.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new("allow", "What it grants.", ENTRIES),
        Field::new("extends", "Roles that it contains.", LABELS),
        Field::new("authority", "Its authority; without one, the weakest.", LABEL),
    ],
);

static CONDITION: Record = Record::new(
    "a condition",
    "A named condition.",
    &[
        TITLE,
        DESCRIPTION,
        Field::required("expression", "A CEL expression of type bool.", Shape::Scalar(Scalar::Expression)),
    ],
);

static RESTRICTION: Record = Record::new(
    "a restriction",
    "Takes its permissions away unless its condition holds.",
    &[
        TITLE,
        DESCRIPTION,
        Field::required("permissions", "What it covers.", PATTERNS),
        Field::new("params", "What a switch must give.", ATTRIBUTES),
        Field::required(
            "allow_when",
            "When it lets a permission through: a CEL expression.",
            Shape::Scalar(Scalar::Expression),
        ),
        Field::new("exempt_roles", "Roles whose holders it does not touch.", LABELS),
        Field::new("always", "In force without being switched on.", BOOL),
    ],
);

static PLAN: Record = Record::new(
    "a plan",
    "What a tenant pays for.",
    &[
        TITLE,
        DESCRIPTION,
        Field::new(
            "custom_roles",
            "How many custom roles a tenant may have.",
            Shape::Either(&[Shape::Scalar(Scalar::Count), Shape::Words(&["unlimited"])]),
        ),
        Field::new(
            "member_overrides",
            "What member overrides do.",
            Shape::Words(&["on", "narrow_only", "off"]),
        ),
        Field::new("member_restrictions", "What restriction switches do.", Shape::Words(&["on", "off"])),
        Field::new("features", "Features it has.", LABELS),
    ],
);

static FEATURE: Record = Record::new(
    "a feature",
    "Permissions that need a plan with the feature.",
    &[TITLE, DESCRIPTION, Field::required("permissions", "What needs it.", PATTERNS)],
);

static SCOPE: Record = Record {
    name: "a scope",
    doc: "A set of permissions given to an app or a token.",
    fields: &[
        TITLE,
        DESCRIPTION,
        Field::new("group", "Where it is displayed.", TEXT),
        Field::new("authority", "The authority that a principal needs.", LABEL),
        Field::new("allow", "What it covers, if it has no modes.", ENTRIES),
        Field::new(
            "modes",
            "What each of its modes covers.",
            Shape::Map(&Map { key: Scalar::Label, value: ENTRIES, min: 1 }),
        ),
    ],
    rules: &[Rule::ExactlyOne(&["allow", "modes"])],
};

static RESERVED: Record = Record::new(
    "what is reserved",
    "What tenant data may never give away.",
    &[
        Field::new("permissions", "Permissions that only built-in roles grant.", PATTERNS),
        Field::new("roles", "Built-in roles that no custom role extends.", LABELS),
    ],
);

static RETIRED: Record = Record::new(
    "what is retired",
    "Names that once existed. Tenant data that uses one loads, without effect.",
    &[
        Field::new("permissions", "Permissions.", PERMISSIONS),
        Field::new("roles", "Built-in roles.", LABELS),
        Field::new("restrictions", "Restrictions.", LABELS),
        Field::new("levels", "Levels, of any type.", LABELS),
        Field::new("scopes", "Scopes.", Shape::List(&List::set(Shape::Scalar(Scalar::ScopeName)))),
        Field::new("plans", "Plans.", LABELS),
    ],
);
