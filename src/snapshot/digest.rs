//! What stands for the content of a snapshot and its parts.
//!
//! A tenant's digest is the sum of those of its frame and of every member, resource
//! and install; a snapshot's is that of its model, its apps and its tenants. So a
//! change of one part moves both by what stood for the old and what stands for the
//! new one.

use std::collections::HashMap;

use super::content::{self, Profile};
use super::model::Model;
use super::tenant::{Member, Tenant};
use crate::document::canonical::{Bytes, Canonical, part};
use crate::document::definition as def;
use crate::model::{Digest, Key};

/// Of a whole tenant, added up anew.
pub(super) fn whole(model: &Model, tenant: &Tenant) -> Digest {
    let mut sum = frame(&tenant.frame.source);
    let mut contents = Contents::default();
    for (kind, id, row) in tenant.members.iter() {
        sum = sum.with(contents.member(model, kind, id, row));
    }
    for (kind, id, row) in tenant.resources.iter() {
        sum = sum.with(resource(model, kind, id, &content::resource(model, row)));
    }
    for (kind, id, row) in tenant.installs.iter() {
        sum = sum.with(install(model, kind, id, &content::install(model, row)));
    }
    sum
}

/// Of a tenant's frame.
pub(super) fn frame(source: &def::Tenant) -> Digest {
    part("frame", &source.id, source)
}

/// Of a registered resource.
pub(super) fn resource(model: &Model, kind: u32, id: &str, content: &def::Registered) -> Digest {
    named("resource", content::type_name(model, kind), id, content)
}

/// Of an install.
pub(super) fn install(model: &Model, kind: u32, id: &str, content: &def::Install) -> Digest {
    named("install", content::principal_name(model, kind), id, content)
}

/// Of a model's document.
pub(super) fn model(document: &str) -> Digest {
    part("model", &"", &document)
}

/// Of an app.
pub(super) fn app(key: &Key, content: &def::App) -> Digest {
    part("app", key, content)
}

/// Of a tenant as a part of everything.
pub(super) fn tenant(id: &str, content: Digest) -> Digest {
    part("tenant", &id, &content)
}

/// Of a tenant that was left out.
pub(super) fn quarantined(id: &str) -> Digest {
    part("quarantined", &id, &"")
}

/// The digests of what members are, each made once for all that share it.
#[derive(Debug, Default)]
pub(super) struct Contents {
    known: HashMap<Profile, Digest>,
    bytes: Bytes,
}

impl Contents {
    /// Of a member.
    pub(super) fn member(&mut self, model: &Model, kind: u32, id: &str, row: &Member) -> Digest {
        let Self { known, bytes } = self;
        let content = *known.entry(Profile::of(row)).or_insert_with(|| {
            bytes.clear();
            content::member(model, row).write(bytes);
            bytes.digest()
        });
        self.bytes.clear();
        "member".write(&mut self.bytes);
        content::principal_name(model, kind).write(&mut self.bytes);
        id.write(&mut self.bytes);
        content.write(&mut self.bytes);
        self.bytes.digest()
    }
}

fn named(what: &str, kind: &str, id: &str, content: &impl Canonical) -> Digest {
    let mut bytes = Bytes::default();
    what.write(&mut bytes);
    kind.write(&mut bytes);
    id.write(&mut bytes);
    content.write(&mut bytes);
    bytes.digest()
}
