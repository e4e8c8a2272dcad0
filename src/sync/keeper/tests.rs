//! What is done with what was read: which revisions move, what is refused, what
//! is left out. No file is touched.

use std::path::{Path, PathBuf};

use super::*;
use crate::decide::{self, Asker, Call, KeyRef, Reason, RequestLimits, Target};
use crate::document::{PolicyLimits, Source, Sources};
use crate::model::Timestamp;
use crate::policy_dir::{FileFault, FileFaultKind};

const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals: { user: {}, bot: {} }
resources:
  doc: { actions: [view, edit] }
roles:
  reader: { allow: [doc:view] }
  writer: { extends: [reader], allow: [doc:edit] }
scopes:
  docs: { allow: [doc:view] }
";

/// A directory, in memory.
#[derive(Clone)]
struct Files(BTreeMap<&'static str, String>);

impl Files {
    /// A model, an app that nobody installed, and two tenants.
    fn new() -> Self {
        let files = Self(BTreeMap::new()).with("model.yaml", MODEL);
        files
            .with("apps/bot.yaml", &app("bot:one"))
            .with("tenants/a.yaml", &tenant("a", "reader"))
            .with("tenants/b.yaml", &tenant("b", "reader"))
    }

    fn with(mut self, path: &'static str, text: &str) -> Self {
        self.0.insert(path, text.to_owned());
        self
    }

    fn without(mut self, path: &str) -> Self {
        assert!(self.0.remove(path).is_some(), "{path}");
        self
    }

    /// As if read; `unread` are files that were no text.
    fn read(&self, unread: &[&str]) -> Read {
        let sources =
            self.0.iter().map(|(path, text)| Source { path: format!("p/{path}"), text: text.clone() });
        let fault = |path: &&str| FileFault {
            path: Path::new("p").join(path),
            kind: FileFaultKind::NotUtf8 { at: 3 },
        };
        Read {
            root: PathBuf::from("p"),
            sources: Sources::new(sources.collect()),
            faults: unread.iter().map(fault).collect(),
        }
    }
}

fn app(id: &str) -> String {
    format!(
        "sidegate: v1\nkind: App\nid: {id}\nreview: approved\nrequests: {{ docs: {{ justification: x }} }}\n"
    )
}

fn tenant(id: &str, role: &str) -> String {
    format!("sidegate: v1\nkind: Tenant\nid: {id}\nmembers:\n  user:ana: {{ roles: [{role}] }}\n")
}

fn begun(files: &Files, quarantine: bool) -> (Keeper, Next) {
    let rules = Rules { quarantine, ..Rules::default() };
    Keeper::begin(files.read(&[]), rules).unwrap_or_else(|error| panic!("{:?}", Line::of_refusal(&error)))
}

/// May `user:ana` view a doc?
fn asked(snapshot: &Snapshot, tenant: &str, action: &str) -> Reason {
    let key = KeyRef { kind: "user", id: "ana" };
    let call = Call { tenant, principal: Asker { key, ..Asker::default() }, ..Call::default() };
    let target = Target { kind: "doc", id: Some("d"), ..Target::default() };
    let admitted =
        decide::admit::question(snapshot, &call, &target, action, &RequestLimits::default()).unwrap();
    decide::check(snapshot, admitted.request(), Timestamp::parse("2026-01-01T00:00:00Z").unwrap()).reason
}

/// The revisions of the tenants `a`, `b` and `c` after an edit, as numbers; the
/// decisions must be those of the same texts compiled by themselves.
#[track_caller]
fn revisions(edited: &Files) -> [Option<u64>; 3] {
    let (mut keeper, _) = begun(&Files::new(), false);
    let Verdict::Next { next, .. } = keeper.take(edited.read(&[])) else { panic!("nothing to install") };
    assert_eq!(next.snapshot.revision(), Revision::new(0, 2));
    let fresh = Snapshot::compile(&next.checked, Revision::new(0, 2));
    for tenant in ["a", "b", "c"] {
        for action in ["view", "edit"] {
            assert_eq!(
                asked(&next.snapshot, tenant, action),
                asked(&fresh, tenant, action),
                "{tenant} {action}"
            );
        }
    }
    ["a", "b", "c"].map(|id| next.snapshot.tenant_revision(id).map(|revision| revision.number))
}

#[test]
fn a_tenants_revision_moves_with_its_own_text_the_models_and_an_apps() {
    let (one, two) = (Some(1), Some(2));
    let files = Files::new;
    assert_eq!(revisions(&files().with("tenants/a.yaml", &tenant("a", "writer"))), [two, one, None]);
    assert_eq!(
        revisions(&files().with("tenants/a.yaml", &format!("# new\n{}", tenant("a", "reader")))),
        [two, one, None]
    );
    assert_eq!(revisions(&files().with("tenants/c.yaml", &tenant("c", "writer"))), [one, one, two]);
    assert_eq!(revisions(&files().without("tenants/a.yaml")), [None, one, None]);

    let model = files().0["model.yaml"].replace("allow: [doc:view]", "allow: [doc:edit]");
    assert_eq!(revisions(&files().with("model.yaml", &model)), [two, two, None]);
    let other = app("bot:one").replace("approved", "pending");
    assert_eq!(revisions(&files().with("apps/bot.yaml", &other)), [two, two, None]);
    assert_eq!(revisions(&files().with("apps/new.yaml", &app("bot:two"))), [two, two, None]);
    assert_eq!(revisions(&files().without("apps/bot.yaml")), [two, two, None]);

    // The same texts in other files.
    let moved = files().without("tenants/a.yaml").with("tenants/z.yaml", &tenant("a", "reader"));
    assert_eq!(revisions(&moved), [one, one, None]);
    let moved = files().without("apps/bot.yaml").with("apps/z.yaml", &app("bot:one"));
    assert_eq!(revisions(&moved), [one, one, None]);
    // Two tenants change places.
    let swapped =
        files().with("tenants/a.yaml", &tenant("b", "reader")).with("tenants/b.yaml", &tenant("a", "reader"));
    assert_eq!(revisions(&swapped), [one, one, None]);
}

#[test]
fn the_same_texts_are_nothing_new() {
    let (mut keeper, _) = begun(&Files::new(), false);
    assert!(matches!(keeper.take(Files::new().read(&[])), Verdict::Same { mended: false }));
    let edited = Files::new().with("tenants/a.yaml", &tenant("a", "writer"));
    assert!(matches!(keeper.take(edited.read(&[])), Verdict::Next { mended: false, .. }));
    assert!(matches!(keeper.take(edited.read(&[])), Verdict::Same { mended: false }));
    let Verdict::Next { next, .. } = keeper.take(Files::new().read(&[])) else { panic!("not taken") };
    assert_eq!(next.snapshot.revision(), Revision::new(0, 3), "what comes back is new");
}

/// What `take` makes of a read, in a few words.
fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Same { mended } => format!("same, mended {mended}"),
        Verdict::Next { next, mended } => format!("{}, mended {mended}", next.snapshot.revision()),
        Verdict::Refused { error, new } => format!("refused, new {new}: {error}"),
    }
}

#[test]
fn a_refusal_is_new_once_and_over_with_the_next_good_one() {
    let good = Files::new();
    let bad = good.clone().with("tenants/a.yaml", &tenant("a", "raeder"));
    let worse = bad.clone().with("model.yaml", "sidegate: v1\nkind: [");
    let gone = good.clone().without("tenants/a.yaml").without("tenants/b.yaml");
    let (mut keeper, _) = begun(&good, false);
    for (files, unread, expected) in [
        (&bad, &[][..], "refused, new true: the policy has 1 fault"),
        (&bad, &[], "refused, new false: the policy has 1 fault"),
        (&worse, &[], "refused, new true: the policy has 1 fault"),
        (&good, &["tenants/x.yaml"], "refused, new true: `p/tenants/x.yaml` is not UTF-8, from byte 3 on"),
        (&gone, &[], "refused, new true: no tenant is left: the policy in force has 2"),
        (&good, &[], "same, mended true"),
        (&good, &[], "same, mended false"),
        (&bad, &[], "refused, new true: the policy has 1 fault"),
        (&good.clone().without("tenants/a.yaml"), &[], "0.2, mended true"),
        (&good, &[], "0.3, mended false"),
    ] {
        assert_eq!(told(&keeper.take(files.read(unread))), expected);
    }
}

#[test]
fn a_warning_is_news_once() {
    let doubtful = |text: &str| {
        let old = Files::new().0["model.yaml"].clone();
        Files::new()
            .with("model.yaml", &format!("{old}retired: {{ roles: [clerk] }}\n"))
            .with("tenants/a.yaml", &tenant("a", "clerk"))
            .with("tenants/b.yaml", text)
    };
    let (mut keeper, first) = begun(&doubtful(&tenant("b", "reader")), false);
    assert_eq!(first.news.len(), 1, "{:?}", first.news);
    let Verdict::Next { next, .. } = keeper.take(doubtful(&tenant("b", "writer")).read(&[])) else {
        panic!("not taken")
    };
    assert_eq!(next.news, []);
}

/// What a keeper that leaves out faulty tenants says after a good load and then
/// this: why `user:ana` may view or not in `a`, `b` and `c`; or its refusal.
#[track_caller]
fn check(files: &Files, unread: &[&str], expected: &str) {
    let (mut keeper, _) = begun(&Files::new(), true);
    let verdict = keeper.take(files.read(unread));
    let got = match &verdict {
        Verdict::Next { next, .. } => {
            let snapshot = &next.snapshot;
            let answers = ["a", "b", "c"].map(|id| asked(snapshot, id, "view").name());
            assert!(!next.news.is_empty() || snapshot.quarantined().len() == 0, "left out in silence");
            answers.join(" ")
        }
        other => told(other),
    };
    assert_eq!(got, expected);
    // Whatever came of it, the good one comes back.
    assert!(!matches!(keeper.take(Files::new().read(&[])), Verdict::Refused { .. }));
    // Without quarantine, everything that leaves something out is refused.
    let (mut strict, _) = begun(&Files::new(), false);
    let refused = matches!(strict.take(files.read(unread)), Verdict::Refused { .. });
    assert_eq!(refused, got.contains("INVALID") || got.starts_with("refused"), "{got}");
}

#[test]
fn quarantine_leaves_out_tenants_with_faults() {
    let files = Files::new;
    let broken = "sidegate: v1\nkind: Tenant\nid: c\nmembers: [\n";
    check(&files(), &[], "same, mended false");
    check(
        &files().with("tenants/a.yaml", &tenant("a", "raeder")),
        &[],
        "TENANT_INVALID ROLE_GRANT UNKNOWN_TENANT",
    );
    // It tells its id before it breaks.
    check(&files().with("tenants/c.yaml", broken), &[], "ROLE_GRANT ROLE_GRANT TENANT_INVALID");
    // It does not, and held one before.
    check(&files().with("tenants/a.yaml", "}"), &[], "TENANT_INVALID ROLE_GRANT UNKNOWN_TENANT");
    check(
        &files().without("tenants/a.yaml"),
        &["tenants/a.yaml"],
        "TENANT_INVALID ROLE_GRANT UNKNOWN_TENANT",
    );
    // Every tenant, for the fault of each.
    let all = files().with("tenants/a.yaml", "{").with("tenants/b.yaml", &tenant("b", "raeder"));
    check(&all, &[], "TENANT_INVALID TENANT_INVALID UNKNOWN_TENANT");
}

#[test]
fn of_two_documents_of_a_tenant_neither_is_taken() {
    let twice = Files::new().with("tenants/z.yaml", &tenant("a", "writer"));
    check(&twice, &[], "TENANT_INVALID ROLE_GRANT UNKNOWN_TENANT");
    let broken = Files::new().with("tenants/z.yaml", "sidegate: v1\nkind: Tenant\nid: a\nmembers: [\n");
    check(&broken, &[], "TENANT_INVALID ROLE_GRANT UNKNOWN_TENANT");
}

#[test]
fn a_tenant_that_moved_away_from_a_broken_file_is_answered_for() {
    let moved = Files::new().with("tenants/a.yaml", "}").with("tenants/z.yaml", &tenant("a", "reader"));
    let (mut keeper, _) = begun(&Files::new(), true);
    let Verdict::Next { next, .. } = keeper.take(moved.read(&[])) else { panic!("not taken") };
    assert_eq!(asked(&next.snapshot, "a", "view"), Reason::RoleGrant);
    assert_eq!(next.snapshot.quarantined().len(), 0);
    assert!(!next.news.is_empty(), "the file is left out, and that is told");
}

#[test]
fn a_fault_elsewhere_refuses_the_whole() {
    let files = || Files::new().with("tenants/a.yaml", &tenant("a", "raeder"));
    check(&files().with("model.yaml", "}"), &[], "refused, new true: the policy has 1 fault");
    check(&files().with("apps/new.yaml", "}"), &[], "refused, new true: the policy has 2 faults");
    check(&files(), &["apps/new.yaml"], "refused, new true: `p/apps/new.yaml` is not UTF-8, from byte 3 on");
    // What lies among tenants and is none.
    let app = app("bot:two").replace("justification", "justifcation");
    check(&files().with("tenants/app.yaml", &app), &[], "refused, new true: the policy has 3 faults");
}

#[test]
fn a_broken_file_among_tenants_that_held_something_else_refuses_the_whole() {
    let begin = Files::new().without("apps/bot.yaml").with("tenants/bot.yaml", &app("bot:one"));
    let (mut keeper, _) = begun(&begin, true);
    let verdict = keeper.take(begin.with("tenants/bot.yaml", "}").read(&[]));
    assert_eq!(told(&verdict), "refused, new true: the policy has 1 fault");
}

#[test]
fn a_fault_of_no_file_refuses_the_whole() {
    let limits = PolicyLimits { members: 2, ..PolicyLimits::default() };
    let rules = Rules { limits, quarantine: true };
    let (mut keeper, _) = Keeper::begin(Files::new().read(&[]), rules).unwrap();
    let verdict = keeper.take(Files::new().with("tenants/c.yaml", &tenant("c", "reader")).read(&[]));
    assert_eq!(told(&verdict), "refused, new true: the policy has 1 fault");
}

#[test]
fn what_is_left_out_stays_so_until_its_own_file_is_mended() {
    let (mut keeper, _) = begun(&Files::new(), true);
    let broken = Files::new().with("tenants/a.yaml", "}");
    let Verdict::Next { next, .. } = keeper.take(broken.read(&[])) else { panic!("not taken") };
    assert_eq!(next.snapshot.quarantined().collect::<Vec<_>>(), ["a"]);
    assert!(!next.had_quarantine);
    assert!(matches!(keeper.take(broken.read(&[])), Verdict::Same { mended: false }));

    // Its id is known still, two loads after it was told.
    let other = broken.with("tenants/b.yaml", &tenant("b", "writer")).with("tenants/a.yaml", "]");
    let Verdict::Next { next, .. } = keeper.take(other.read(&[])) else { panic!("not taken") };
    assert_eq!(next.snapshot.quarantined().collect::<Vec<_>>(), ["a"]);
    assert!(next.had_quarantine);

    let Verdict::Next { next, .. } = keeper.take(Files::new().read(&[])) else { panic!("not taken") };
    assert_eq!(next.snapshot.quarantined().len(), 0);
    assert_eq!(next.snapshot.tenant_revision("a"), Some(Revision::new(0, 4)));
}

#[test]
fn a_name_used_wrongly_more_often_than_is_told_leaves_out_every_tenant_that_uses_it() {
    let mut members = String::new();
    for n in 0..150 {
        members.push_str(&format!("  user:u{n}: {{ roles: [raeder] }}\n"));
    }
    let files = Files::new()
        .with("tenants/a.yaml", &(tenant("a", "raeder") + &members))
        .with("tenants/b.yaml", &tenant("b", "raeder"))
        .with("tenants/c.yaml", &tenant("c", "reader"));
    check(&files, &[], "TENANT_INVALID TENANT_INVALID ROLE_GRANT");
}
