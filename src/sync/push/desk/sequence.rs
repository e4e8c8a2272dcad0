//! Long random sequences of pushes, held against a model that is small enough to be
//! read: what is held is a map, and what becomes of a push is a list of conditions.
//!
//! `SIDEGATE_PUSH_OPERATIONS` says how many operations, `SIDEGATE_PUSH_SEED` from which
//! number they are drawn.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::*;
use crate::model::Key;
use crate::sync::push::testing::{member, numbered, put, whole};

/// By tenant, by user, the role.
type Content = BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>;

const TENANTS: [&str; 5] = ["acme", "bolt", "core", "dart", "echo"];
const USERS: [&str; 3] = ["user:ana", "user:bob", "user:cyd"];
const ROLES: [&str; 2] = ["reader", "writer"];
/// Short, so that what is forgotten is asked for too.
const HISTORY: usize = 6;

/// What a push does, as the model knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
enum What {
    Whole(Content),
    /// Members put, in order; `None` for a tenant that is deleted.
    Delta(Vec<(&'static str, Option<(&'static str, &'static str)>)>),
    Back(Option<&'static str>, Revision),
}

/// A push of the model.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Push {
    at: Revision,
    base: Option<Revision>,
    what: What,
}

/// The model.
#[derive(Default)]
struct Model {
    held: Option<(Revision, Content)>,
    past: VecDeque<(Revision, Content)>,
    /// What led to each revision; a rollback of a tenant by what it brought.
    sets: BTreeMap<Revision, String>,
}

impl Model {
    fn at(&self) -> Option<Revision> {
        self.held.as_ref().map(|(at, _)| *at)
    }

    fn then(&self, to: Revision) -> Option<&Content> {
        self.past.iter().rev().find(|(at, _)| *at == to).map(|(_, content)| content)
    }

    /// What stands for a set; `None` if it is not known any more what it brings.
    fn stands_for(&self, push: &Push) -> Option<String> {
        let what = match &push.what {
            What::Back(Some(tenant), to) => format!("{tenant}: {:?}", self.then(*to)?.get(tenant)?),
            What::Back(None, to) => format!("everything at {to}"),
            other => format!("{other:?}"),
        };
        Some(format!("{:?} {what}", push.base))
    }

    /// What a push would come to, in short, and the content.
    fn judge(&self, push: &Push, shrink: bool) -> (String, Option<Content>) {
        let held = || self.at().map_or_else(|| "nothing".to_owned(), |at| at.to_string());
        let said = |what: &str| (what.to_owned(), None);
        let again = self.sets.get(&push.at);
        let stale = Some(push.at) <= self.at();
        let Some(own) = self.stands_for(push) else {
            let gone = if let What::Back(_, to) = &push.what { self.then(*to).is_none() } else { false };
            return match (again, gone) {
                (Some(_), true) => (format!("stale at {}", held()), None),
                (None, _) if stale => (format!("stale at {}", held()), None),
                _ => said("notheld"),
            };
        };
        if let Some(known) = again {
            let outcome = if *known == own { "repeated" } else { "conflict" };
            return (format!("{outcome} at {}", push.at), None);
        }
        if stale {
            return (format!("stale at {}", held()), None);
        }
        if let What::Back(None, to) = &push.what
            && self.then(*to).is_none()
        {
            return said("notheld");
        }
        if let What::Whole(content) = &push.what {
            let had = self.held.as_ref().map_or(0, |(_, content)| content.len());
            if content.len() * 2 < had && !shrink {
                return said(&format!("shrinks {had} {}", content.len()));
            }
            return ("applied".to_owned(), Some(content.clone()));
        }
        let base = self.held.as_ref().filter(|(at, _)| Some(*at) == push.base && at.epoch == push.at.epoch);
        let Some((_, content)) = base else { return (format!("need full at {}", held()), None) };
        let mut next = content.clone();
        match &push.what {
            What::Whole(_) => {}
            What::Back(None, to) => next = self.then(*to).cloned().unwrap_or_default(),
            What::Back(Some(tenant), to) => {
                let was = self.then(*to).and_then(|then| then.get(tenant)).cloned();
                next.insert(tenant, was.unwrap_or_default());
            }
            What::Delta(changes) => {
                for (tenant, member) in changes {
                    match (next.get_mut(tenant), member) {
                        (None, _) => return (format!("faulty at {}", held()), None),
                        (Some(members), Some((user, role))) => _ = members.insert(user, role),
                        (Some(_), None) => _ = next.remove(tenant),
                    }
                }
            }
        }
        ("applied".to_owned(), Some(next))
    }

    fn take(&mut self, push: &Push, content: Content) {
        let own = self.stands_for(push).unwrap_or_default();
        self.sets.insert(push.at, own);
        self.past.push_back((push.at, content.clone()));
        while self.past.len() > HISTORY {
            self.past.pop_front();
        }
        self.held = Some((push.at, content));
    }
}

/// Numbers that are the same for the same seed.
struct Rng(u64);

impl Rng {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(most).unwrap()).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn content(&mut self) -> Content {
        let tenants: Vec<&str> = TENANTS.into_iter().filter(|_| !self.once_in(4)).collect();
        let mut content = Content::new();
        for tenant in tenants {
            let members = content.entry(tenant).or_default();
            for user in USERS {
                if !self.once_in(2) {
                    members.insert(user, self.of(&ROLES));
                }
            }
        }
        content
    }

    /// The next push: most of them fit, and the others nearly do.
    fn push(&mut self, model: &Model, before: &VecDeque<Push>) -> Push {
        if !before.is_empty() && self.once_in(6) {
            // Something that was pushed before, perhaps with something else in it.
            let mut again = before[self.below(before.len())].clone();
            if self.once_in(3) {
                again.what = What::Whole(self.content());
                again.base = None;
            }
            return again;
        }
        let held = model.at().unwrap_or_default();
        let at = match self.below(12) {
            0 => Revision::new(held.epoch + 1, 1),
            1 => Revision::new(held.epoch.max(1), held.number.saturating_sub(1).max(1)),
            2 => Revision::new(held.epoch.max(1), held.number + 3),
            _ => Revision::new(held.epoch.max(1), held.number + 1),
        };
        let base = match self.below(10) {
            0 => Revision::new(held.epoch, held.number + 1),
            1 => Revision::new(held.epoch, held.number.saturating_sub(1)),
            _ => held,
        };
        let past = |rng: &mut Self| model.past.get(rng.below(HISTORY + 1)).map_or(held, |(at, _)| *at);
        let (base, what) = match self.below(8) {
            0 => (None, What::Whole(self.content())),
            1 => (Some(base), What::Delta(Vec::new())),
            2 => {
                let tenant = (!self.once_in(3)).then(|| self.of(&TENANTS));
                (Some(base), What::Back(tenant, past(self)))
            }
            _ => {
                let changes = (0..=self.below(3)).map(|_| {
                    let tenant = self.of(&TENANTS);
                    let member = (!self.once_in(12)).then(|| (self.of(&USERS), self.of(&ROLES)));
                    (tenant, member)
                });
                (Some(base), What::Delta(changes.collect()))
            }
        };
        // No desk is asked for what has no epoch.
        Push { at, base: base.map(|base| Revision::new(base.epoch.max(1), base.number)), what }
    }
}

fn pushed(desk: &mut Desk, push: &Push, shrink: bool, rehearsed: bool) -> Result<Judged, Refused> {
    let (at, base) = (push.at.to_string(), push.base.map(|base| base.to_string()).unwrap_or_default());
    match &push.what {
        What::Back(tenant, to) => desk.roll_back(&Rollback {
            tenant: tenant.map(str::to_owned),
            to: *to,
            revision: push.at,
            base: push.base.unwrap_or_default(),
            rehearsed,
        }),
        What::Delta(changes) => {
            let change = |(tenant, put): &(&str, Option<(&str, &str)>)| match put {
                Some((user, role)) => member(tenant, user, &[*role]),
                None => numbered(1, Change::DeleteTenant((*tenant).to_owned())),
            };
            desk.take(&Arc::new(put(&at, &base, changes.iter().map(change).collect())), rehearsed)
        }
        What::Whole(content) => {
            let mut set = whole(&at, &content.keys().copied().collect::<Vec<_>>());
            set.header.shrink = shrink;
            for (tenant, members) in content {
                set.changes.extend(members.iter().map(|(user, role)| member(tenant, user, &[*role])));
            }
            let id = desk.open(set.header, rehearsed)?;
            for piece in set.changes.chunks(4) {
                if let Some(ended) = desk.piece(id, piece.to_vec()) {
                    return ended;
                }
            }
            desk.close(id)
        }
    }
}

/// What is held, read back.
fn read(held: &Snapshot) -> BTreeMap<String, BTreeMap<String, String>> {
    let roles = |key: &Key, row: &crate::document::definition::Member| {
        (key.to_string(), row.roles[0].value.role.clone())
    };
    held.tenants_after(None)
        .map(|id| {
            (id.to_owned(), held.members_after(id, None).map(|row| roles(&row.key, &row.content)).collect())
        })
        .collect()
}

fn text(content: &Content) -> BTreeMap<String, BTreeMap<String, String>> {
    let members = |members: &BTreeMap<&str, &str>| {
        members.iter().map(|(user, role)| ((*user).to_owned(), (*role).to_owned())).collect()
    };
    content.iter().map(|(id, all)| ((*id).to_owned(), members(all))).collect()
}

fn said(outcome: &Result<Judged, Refused>) -> String {
    match outcome {
        Err(Refused::Shrinks { held, offered }) => format!("shrinks {held} {offered}"),
        outcome => super::tests::said(outcome),
    }
}

fn number(name: &str, unsaid: u64) -> u64 {
    std::env::var(name).map_or(unsaid, |text| text.parse().unwrap())
}

#[test]
fn i24_a_long_random_sequence_goes_as_the_model_says() {
    let operations = number("SIDEGATE_PUSH_OPERATIONS", 100_000);
    let seed = number("SIDEGATE_PUSH_SEED", 0x5eed);
    let mut rng = Rng(seed);
    let settings = Settings { history: HISTORY, ..Settings::default() };
    let (mut desk, mut model) = (Desk::new(settings, None, None), Model::default());
    let mut before: VecDeque<Push> = VecDeque::new();
    let mut digests: HashMap<Content, Digest> = HashMap::new();
    let mut met: BTreeMap<String, u64> = BTreeMap::new();
    for operation in 0..operations {
        let what = format!("operation {operation} of seed {seed}");
        if rng.once_in(500) {
            // A new process, with what was kept by this one.
            let held = desk.held().cloned();
            let recovered = held.map(|snapshot| Recovered {
                history: desk
                    .past()
                    .skip(1)
                    .map(|past| past.snapshot.clone())
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect(),
                recent: desk.history.sets(),
                snapshot,
            });
            desk = Desk::new(settings, recovered, model.at());
            *met.entry("restarted".to_owned()).or_default() += 1;
        }
        let push = rng.push(&model, &before);
        let (shrink, rehearsed) = (rng.once_in(2), rng.once_in(10));
        let (expected, content) = model.judge(&push, shrink);
        let expected = match (expected.as_str(), rehearsed) {
            ("applied", false) => format!("applied at {}", push.at),
            ("applied", true) => {
                format!("valid at {}", model.at().map_or_else(|| "nothing".to_owned(), |at| at.to_string()))
            }
            _ => expected,
        };
        let outcome = pushed(&mut desk, &push, shrink, rehearsed);
        assert_eq!(said(&outcome), expected, "{what}: {push:?}");
        *met.entry(expected.split(' ').next().unwrap().to_owned()).or_default() += 1;
        if let Some(content) = content.filter(|_| !rehearsed) {
            model.take(&push, content);
            before.push_back(push);
            if before.len() > 20 {
                before.pop_front();
            }
        }
        let held = desk.held().map(|held| (held.revision(), read(held)));
        assert_eq!(held, model.held.as_ref().map(|(at, content)| (*at, text(content))), "{what}");
        if let Some((held, (_, content))) = desk.held().zip(model.held.as_ref()) {
            // The same content has the same digest, however it came about.
            let known = *digests.entry(content.clone()).or_insert_with(|| held.digest());
            assert_eq!(held.digest(), known, "{what}");
            if digests.len() > 10_000 {
                digests.clear();
            }
        }
        assert!(desk.loads.is_empty() && desk.past().count() <= HISTORY, "{what}");
    }
    println!("{operations} operations: {met:?}");
    for outcome in [
        "applied",
        "valid",
        "repeated",
        "conflict",
        "stale",
        "need",
        "faulty",
        "shrinks",
        "notheld",
        "restarted",
    ] {
        assert!(met.get(outcome).is_some_and(|times| *times > operations / 2000), "{outcome} in {met:?}");
    }
}
