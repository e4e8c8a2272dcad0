//! A policy of a few lines, in a directory of its own, with whatever test documents a test needs.

use std::fs;

use tempfile::TempDir;

const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals:
  user: {}
resources:
  note:
    actions: [view, edit]
    attributes: { author: string, length: int, tags: list<string>, due: timestamp, pinned: bool }
context: { hour: int }
roles:
  reader: { allow: [note:view] }
  writer: { allow: [note:view, { permissions: [note:edit], when: mine }] }
conditions:
  mine: resource.author == principal.id
restrictions:
  daytime:
    permissions: [note:edit]
    allow_when: context.hour < 20
";

const TENANT: &str = "\
sidegate: v1
kind: Tenant
id: home
members:
  user:ann: { roles: [reader] }
  user:bob: { roles: [writer], restrictions: { daytime: {} } }
";

/// Writes the policy with one test document, of which the head is given.
pub(super) fn policy(test: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    for folder in ["tenants", "tests"] {
        fs::create_dir(directory.path().join(folder)).unwrap();
    }
    fs::write(directory.path().join("model.yaml"), MODEL).unwrap();
    fs::write(directory.path().join("tenants/home.yaml"), TENANT).unwrap();
    if !test.is_empty() {
        let document = format!("sidegate: v1\nkind: Test\ntenant: home\n{test}");
        fs::write(directory.path().join("tests/small.yaml"), document).unwrap();
    }
    directory
}
