//! The table of the configuration of `sidegate serve`.
//!
//! The file is not part of a policy; its table stands here because it is
//! checked and printed by the same code. A limit that an error names is the key
//! of that name. Defaults are not told here: `app::Config` has them.

use super::common::{BOOL, TEXT};
use super::{Field, List, Record, Rule, Scalar, Shape, Unique};

/// A configuration.
pub(super) static CONFIG: Record = Record::new(
    "a configuration",
    "The configuration of `sidegate serve`.",
    &[
        Field::new("policy", "The policy directory.", Shape::Scalar(Scalar::Prose)),
        Field::new(
            "source",
            "Where policy comes from: `dir`, the policy directory, or `push`, whoever may push it to an \
             admin listener.",
            Shape::Words(&["dir", "push"]),
        ),
        Field::new(
            "state_dir",
            "The directory in which what was pushed is kept, to start from.",
            Shape::Scalar(Scalar::Prose),
        ),
        Field::new(
            "max_staleness",
            "For how long the source of policy may be silent before nothing is answered any more, or `off`.",
            Shape::Either(&[Shape::Words(&["off"]), Shape::Scalar(Scalar::Duration { least: 1000 })]),
        ),
        any("history", "Revisions that can be rolled back to."),
        Field::new("watch", "How the policy directory is watched.", Shape::Record(&WATCH)),
        Field::new(
            "quarantine",
            "Deny everything to a tenant with faults, instead of refusing the whole policy.",
            BOOL,
        ),
        Field::new(
            "listeners",
            "Where questions are answered: `127.0.0.1:7700`, `unix:/path`, or a map with `address`.",
            Shape::List(&List {
                item: Shape::Either(&[TEXT, Shape::Record(&LISTENER)]),
                min: 1,
                unique: Unique::No,
            }),
        ),
        Field::new(
            "admin",
            "Where policy is pushed and read: `unix:/path`, or a map with `address`.",
            Shape::List(&List::of(Shape::Either(&[TEXT, Shape::Record(&ADMIN)]))),
        ),
        Field::new("probes", "Where probes and metrics are answered: `127.0.0.1:7703`, or `off`.", TEXT),
        Field::new("drain", "How the sidecar stops.", Shape::Record(&DRAIN)),
        Field::new("log", "What is logged, and how.", Shape::Record(&LOG)),
        Field::new(
            "limits",
            "What callers may send and hold. Reaching a limit is an error that names it.",
            Shape::Record(&LIMITS),
        ),
    ],
);

static WATCH: Record = Record::new(
    "a watch",
    "How the policy directory is watched.",
    &[
        duration("poll", "How often it is looked at, whatever the system tells of changes.", 100),
        duration("settle", "How long nothing may have changed before it is read.", 0),
        Field::new("events", "Whether the system's word of a change wakes it before the next look.", BOOL),
    ],
);

static LISTENER: Record = Record::new(
    "a listener",
    "An address, and what is answered there.",
    &[
        Field::required("address", "Where: `127.0.0.1:7700` or `unix:/path`.", TEXT),
        Field::new(
            "tenants",
            "The tenants it answers about. Without it, all.",
            Shape::List(&List { item: Shape::Scalar(Scalar::Label), min: 1, unique: Unique::Scalars }),
        ),
        Field::new(
            "allow",
            "The questions it answers. Without it, every one on loopback and Unix sockets, else neither \
             `principals` nor `explain`.",
            Shape::List(&List {
                item: Shape::Words(&["check", "batch", "list", "principals", "explain"]),
                min: 1,
                unique: Unique::Scalars,
            }),
        ),
    ],
);

static ADMIN: Record = Record::new(
    "an admin listener",
    "An address, and who may push and read policy there.",
    &[
        Field::required("address", "Where: `unix:/path` or `10.0.0.5:7701`.", TEXT),
        Field::new(
            "mode",
            "The mode of a Unix socket, in octal. Without it, `0660`.",
            Shape::Scalar(Scalar::Prose),
        ),
        Field::new("tls", "How callers prove who they are.", Shape::Record(&TLS)),
        Field::new(
            "insecure",
            "Whoever reaches a loopback address may do everything. Not beside `tls`.",
            BOOL,
        ),
        Field::new(
            "identities",
            "Who may do what; the first that fits a caller is the caller's. Without it, on a Unix socket, \
             the sidecar's own user may do everything.",
            Shape::List(&List { item: Shape::Record(&IDENTITY), min: 1, unique: Unique::No }),
        ),
    ],
);

static TLS: Record = Record::new(
    "TLS",
    "The files of mutual TLS, in PEM. They are read again when they change.",
    &[
        Field::required("certificate", "The sidecar's certificate, with its chain.", PATH),
        Field::required("key", "The key of the certificate.", PATH),
        Field::required("client_ca", "The certificates that callers' certificates are held against.", PATH),
        Field::new("crl", "Revocation lists, one for each CA of `client_ca` and of chains.", PATH),
    ],
);

static IDENTITY: Record = Record {
    name: "an identity",
    doc: "Who calls, and what they may do.",
    fields: &[
        Field::new("uids", "The users of these numbers, on a Unix socket.", NUMBERS),
        Field::new("gids", "The groups of these numbers, on a Unix socket.", NUMBERS),
        Field::new("uri", "The one URI that the caller's certificate is for.", Shape::Scalar(Scalar::Prose)),
        Field::new("dns", "A DNS name that the caller's certificate is for.", Shape::Scalar(Scalar::Prose)),
        Field::required(
            "may",
            "What they may change: the model, apps, tenants.",
            Shape::List(&List {
                item: Shape::Words(&["model", "apps", "tenants"]),
                min: 1,
                unique: Unique::Scalars,
            }),
        ),
        Field::new(
            "tenants",
            "The tenants they may change and see. Without it, all.",
            Shape::List(&List { item: Shape::Scalar(Scalar::Label), min: 1, unique: Unique::Scalars }),
        ),
    ],
    rules: &[
        Rule::AtLeastOne(&["uids", "gids", "uri", "dns"]),
        Rule::Apart("uri", "dns"),
        Rule::Apart("uri", "uids"),
        Rule::Apart("uri", "gids"),
        Rule::Apart("dns", "uids"),
        Rule::Apart("dns", "gids"),
    ],
};

/// A file.
const PATH: Shape = Shape::Scalar(Scalar::Prose);

/// Numbers of users or groups.
const NUMBERS: Shape = Shape::List(&List {
    item: Shape::Scalar(Scalar::Whole { least: 0, most: U32_MOST }),
    min: 1,
    unique: Unique::No,
});

static DRAIN: Record = Record::new(
    "a drain",
    "How the sidecar stops.",
    &[
        duration("keep_serving", "How long it goes on serving once it is told to stop.", 0),
        duration("finish", "How long calls in flight then have left.", 0),
    ],
);

static LOG: Record = Record::new(
    "the log",
    "What is logged, and how.",
    &[
        Field::new(
            "level",
            "`error`, `warn`, `info`, `debug`, `trace`, `off`, or directives such as `info,h2=warn`.",
            Shape::Scalar(Scalar::Prose),
        ),
        Field::new(
            "format",
            "One line of text or one JSON object for each event.",
            Shape::Words(&["text", "json"]),
        ),
    ],
);

static LIMITS: Record = Record::new(
    "the limits",
    "What callers may send and hold.",
    &[
        some("check_request_bytes", "Bytes of a Check request."),
        some("batch_request_bytes", "Bytes of a BatchCheck request."),
        some("batch_checks", "Questions in a batch, an item counting once for each action."),
        some("list_request_bytes", "Bytes of a ListAllowed request."),
        some("response_bytes", "Bytes of a response."),
        number("id_bytes", "Bytes of an id, a type, a name or a tenant.", 1, ID_BYTES),
        some("text_bytes", "Bytes of a text that is an attribute or stands in its list."),
        any("attributes", "Attributes of one question."),
        any("attribute_bytes", "Bytes of all attributes of one question, names and values."),
        any("list_values", "Values in one list."),
        any("roles", "Roles asserted for a principal."),
        any("parents", "Parents sent with a resource."),
        any("scopes", "Scopes listed."),
        any("candidates", "Candidates of a list."),
        some("page_size", "Answers in a page of a list."),
        some("page_decisions", "Decisions made for a page of a list."),
        duration("deadline", "For a call whose caller gives no deadline.", 1),
        duration("deadline_most", "For a call, whatever its caller says.", 1),
        duration("list_deadline", "For a list whose caller gives no deadline.", 1),
        duration("list_deadline_most", "For a list, whatever its caller says.", 1),
        some("connections", "Connections at a time, of all listeners."),
        some("calls", "Calls in flight, of all connections."),
        some("connection_calls", "Calls in flight on one connection."),
        some("concurrent_streams", "Calls at a time on one connection, as HTTP/2 announces it."),
        some("header_list_bytes", "Bytes of the headers of a call."),
        number("frame_bytes", "Bytes of one HTTP/2 frame.", FRAME_LEAST, FRAME_MOST),
        number("stream_window_bytes", "Bytes under way in one call.", 1, WINDOW_MOST),
        number("connection_window_bytes", "Bytes under way in all calls of a connection.", 1, WINDOW_MOST),
        some("pending_accept_resets", "Calls of a connection that were reset before they were looked at."),
        some("local_resets", "Calls of a connection that the sidecar has reset."),
        duration("keepalive", "Between two questions whether the other side still lives.", 1),
        duration("keepalive_timeout", "How long it may take to say so.", 1),
        duration("handshake", "How long a caller may take to prove who it is.", 1),
        duration("preface", "From there, or from a connection's beginning, to its first frame.", 1),
        duration("idle", "How long a connection may go without a call.", 1),
        some("admin_connections", "Connections at a time, of all admin listeners."),
        some("push_message_bytes", "Bytes of one message of a push, and of any other request there."),
        duration("push_message_deadline", "How long the next message of a push may take to arrive.", 1),
        some("change_set_bytes", "Bytes of a set that has a base."),
        some("change_set_changes", "Changes of a set that has a base."),
        some("pushes_waiting", "Sets that wait to be applied."),
        some("whole_loads", "Whole loads at a time."),
        large("revision_ahead", "How far above what is held a pushed epoch or revision may be.", 1),
        duration("revision_wait", "How long a question waits for the revision that it wants.", 0),
        any("revision_waiters", "Questions that wait for a revision at a time."),
        large("revision_ahead_wait", "How far above what is held a revision may be to be waited for.", 0),
        Field::new("policy", "What a policy may hold.", Shape::Record(&POLICY)),
    ],
);

static POLICY: Record = Record::new(
    "the limits on policy",
    "What a policy may hold. More of anything is a fault of the policy.",
    &[
        any("roles_a_member", "Roles given to a member."),
        any("groups_a_member", "Groups of a tenant that one member is in."),
        number("nesting", "How deep groups and roles nest.", 1, NESTING_MOST),
        any("parents", "Parents of a resource."),
        number("depth", "How deep resources sit in one another.", 1, NESTING_MOST),
        any("custom_roles", "Custom roles of a tenant."),
        any("acl_entries", "ACL entries of a resource."),
        number("condition_nodes", "Nodes of a condition, named conditions written out.", 1, NODES_MOST),
        any("members", "Members of all tenants."),
        some("text_bytes", "Bytes of a stored text, also of one in a list."),
        any("list_values", "Values in a stored list."),
    ],
);

/// What keys of documents are held to, whatever is sent.
const ID_BYTES: u32 = 256;
/// What HTTP/2 has for the size of a frame.
const FRAME_LEAST: u32 = 1 << 14;
const FRAME_MOST: u32 = (1 << 24) - 1;
/// What HTTP/2 has for a window.
const WINDOW_MOST: u32 = (1 << 31) - 1;
/// What can be walked.
const NESTING_MOST: u32 = 256;
/// What a compiled condition numbers its nodes with.
const NODES_MOST: u32 = 65_535;

/// What fits 32 bits.
const U32_MOST: i64 = u32::MAX as i64;

/// A limit that 0 is sense for: none of it.
const fn any(key: &'static str, doc: &'static str) -> Field {
    number(key, doc, 0, u32::MAX)
}

/// A limit that leaves nothing to answer at 0.
const fn some(key: &'static str, doc: &'static str) -> Field {
    number(key, doc, 1, u32::MAX)
}

const fn number(key: &'static str, doc: &'static str, least: u32, most: u32) -> Field {
    Field::new(key, doc, Shape::Scalar(Scalar::Whole { least, most: most as i64 }))
}

/// A limit beyond 32 bits.
const fn large(key: &'static str, doc: &'static str, least: u32) -> Field {
    Field::new(key, doc, Shape::Scalar(Scalar::Whole { least, most: i64::MAX }))
}

const fn duration(key: &'static str, doc: &'static str, least: u32) -> Field {
    Field::new(key, doc, Shape::Scalar(Scalar::Duration { least }))
}
