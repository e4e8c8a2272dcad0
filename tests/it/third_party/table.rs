//! What must pass, what cannot, and the table that says so.

use std::fmt::Write as _;

/// A source: a directory of `tests/third_party`.
pub(super) struct Source {
    pub(super) name: &'static str,
    /// How many cases its fixture has. One that is read empty, or not whole, fails.
    pub(super) cases: usize,
    /// How many of a hundred must pass.
    needed: usize,
    /// What of it cannot be said as it was, and what is said instead.
    note: &'static str,
}

/// A case that cannot be expressed.
pub(super) struct Excluded {
    pub(super) source: &'static str,
    pub(super) case: &'static str,
    pub(super) why: &'static str,
}

/// What came of a source: each case, with what was wrong first.
pub(super) struct Tally {
    pub(super) source: &'static str,
    pub(super) cases: Vec<(String, Option<String>)>,
    /// How many lists were compared as a whole.
    pub(super) lists: usize,
}

/// Cases that cannot be expressed. One that passes must not be here.
pub(super) const EXCLUDED: &[Excluded] = &[];

const TOKENS: &str = "No list of principals knows the roles that only a token says: such lists are asked of the tenant that stores them.";
const DERIVED: &str = "No list of principals knows the roles that only a token says: such lists are asked of the tenant that stores them. \
     A role for one resource (a derived role) is a condition, not a role.";

#[rustfmt::skip] // One source, one line.
pub(super) const SOURCES: [Source; 13] = [
    Source { name: "authzen-certification",    cases: 50, needed: 100, note: "An action has no properties: they are context, by the same names." },
    Source { name: "authzen-todo",             cases: 43, needed: 100, note: "" },
    Source { name: "authzen-search",           cases: 9,  needed: 100, note: "" },
    Source { name: "cerbos-05",                cases: 52, needed: 100, note: TOKENS },
    Source { name: "cerbos-06",                cases: 52, needed: 100, note: TOKENS },
    Source { name: "cerbos-07",                cases: 84, needed: 100, note: DERIVED },
    Source { name: "cerbos-08",                cases: 92, needed: 100, note: DERIVED },
    Source { name: "openfga-custom-roles",     cases: 11, needed: 95,  note: "Members of another organization are no group by themselves: who works here is a member here." },
    Source { name: "openfga-multitenant-rbac", cases: 13, needed: 95,  note: "" },
    Source { name: "openfga-slack",            cases: 8,  needed: 95,  note: "That somebody has a role cannot be asked: what the role gives is." },
    Source { name: "openfga-entitlements",     cases: 11, needed: 95,  note: "No list is about several tenants: each is asked, and the answers are put together." },
    Source { name: "cedar-document-cloud",     cases: 5,  needed: 90,  note: "A condition does not follow `resource.owner` to what is stored of that person: a block is a deny on what either owns." },
    Source { name: "cedar-photoapp",           cases: 16, needed: 90,  note: "" },
];

/// What is not as it should be.
pub(super) fn complaints(tallies: &[Tally], excluded: &[Excluded]) -> Vec<String> {
    let mut found = Vec::new();
    for source in &SOURCES {
        let name = source.name;
        let Some(tally) = tallies.iter().find(|tally| tally.source == name) else {
            found.push(format!("{name}: was not run"));
            continue;
        };
        if tally.cases.len() != source.cases {
            found.push(format!(
                "{name}: {} cases were read, and there are {}",
                tally.cases.len(),
                source.cases
            ));
        }
        let passed = tally.passed();
        let needed = (source.cases * source.needed).div_ceil(100);
        if passed < needed {
            found.push(format!("{name}: {passed} passed of {}, and {needed} must", source.cases));
        }
        if tally.lists == 0 {
            found.push(format!("{name}: no list was compared"));
        }
        for (case, wrong) in &tally.cases {
            let listed = excluded.iter().any(|row| row.source == name && row.case == case);
            match wrong {
                Some(wrong) if !listed => found.push(format!("{name}: {case}: {wrong}")),
                None if listed => {
                    found.push(format!("{name}: {case} is listed as not expressible, and passes"));
                }
                _ => {}
            }
        }
    }
    for Excluded { source, case, .. } in excluded {
        let mut all = tallies.iter().filter(|tally| tally.source == *source).flat_map(|tally| &tally.cases);
        if !all.any(|(name, _)| name == case) {
            found.push(format!("{source}: {case} is listed as not expressible, and is no case"));
        }
    }
    found
}

/// The table, in Markdown.
pub(super) fn printed(tallies: &[Tally]) -> String {
    let mut table = "| source | cases | passed | lists compared | not expressible as it was, and why |\n| --- | ---: | ---: | ---: | --- |\n"
        .to_owned();
    for (source, tally) in SOURCES.iter().zip(tallies) {
        let Tally { cases, lists, .. } = tally;
        let mut notes = source.note.to_owned();
        for Excluded { case, why, .. } in EXCLUDED.iter().filter(|row| row.source == source.name) {
            write!(notes, " {case}: {why}").unwrap();
        }
        writeln!(table, "| {} | {} | {} | {lists} | {notes} |", source.name, cases.len(), tally.passed())
            .unwrap();
    }
    table
}

impl Tally {
    fn passed(&self) -> usize {
        self.cases.iter().filter(|(_, wrong)| wrong.is_none()).count()
    }
}
