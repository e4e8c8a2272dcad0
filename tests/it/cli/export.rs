//! `export cedar`: what is written, and what is refused.

use std::fs;

use tempfile::TempDir;

use super::run;
use super::running::text;
use super::small::policy;

#[test]
fn three_files_are_written() {
    let (directory, folder) = (policy(""), TempDir::new().unwrap());
    let out = folder.path().join("new/cedar");
    let at = "2026-12-24T00:00:00Z";
    let ran = run(&["export", "cedar", text(directory.path()), "--out", text(&out), "--at", at]).ends(0);
    ran.says("wrote ").says("schema.cedarschema").says("as of 2026-12-24T00:00:00Z");
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    for (file, line) in [
        ("schema.cedarschema", "  entity note = {"),
        ("schema.cedarschema", "    tags?: Set<String>,"),
        ("schema.cedarschema", "action \"note:edit\" appliesTo {"),
        ("policies.cedar", "@from(\"role:writer\")"),
        ("policies.cedar", "  principal in Sidegate::Role::\"writer\","),
        ("policies.cedar", "when { resource has author && resource.author == principal.id };"),
        ("policies.cedar", "when { principal.sidegate.restrictions.contains(\"daytime\") }"),
        ("policies.cedar", "unless { context has hour && context.hour < 20 };"),
    ] {
        assert!(read(file).lines().any(|found| found == line), "{file} has no `{line}`:\n{}", read(file));
    }
    let entities: serde_json::Value = serde_json::from_str(&read("entities.json")).unwrap();
    let bob = entities.as_array().unwrap().iter().find(|entity| entity["uid"]["id"] == "home/bob").unwrap();
    assert_eq!(bob["attrs"]["sidegate"]["restrictions"], serde_json::json!(["daytime"]));

    // Again, over what is there, for programs.
    let told = run(&["export", "cedar", text(directory.path()), "--out", text(&out), "--output", "json"]);
    let told = told.ends(0).json();
    assert_eq!(told["exported"], true);
    assert_eq!(told["written"].as_array().unwrap().len(), 3);
    assert_eq!(told["entities"], entities.as_array().unwrap().len());
}

#[test]
fn everything_that_is_refused_is_named_at_once() {
    let (directory, folder) = (policy(""), TempDir::new().unwrap());
    let model = directory.path().join("model.yaml");
    let changed = fs::read_to_string(&model)
        .unwrap()
        .replace("mine: resource.author == principal.id", "mine: size(resource.tags) == 2")
        .replace("context.hour < 20", "resource.tags.exists(x, x.startsWith(principal.id))")
        .replace("pinned: bool", "sidegate: bool");
    fs::write(&model, changed).unwrap();
    let out = folder.path().join("cedar");
    let ran = run(&["export", "cedar", text(directory.path()), "--out", text(&out)]).ends(1);
    ran.says("model.yaml:9:84: fault: Cedar cannot say an attribute that is called `sidegate`")
        .says("model.yaml:15:9: fault: Cedar cannot say the `size()` of a list, but for whether it is empty")
        .says(
            "model.yaml:19:17: fault: Cedar cannot say `exists()` with this condition on the items of a list",
        )
        .says("not exported: 3 things that Cedar cannot say");
    assert!(!out.exists(), "something was written");
    let told = run(&["export", "cedar", text(directory.path()), "--output", "json"]).ends(1).json();
    assert_eq!(told["exported"], false);
    assert_eq!(told["refused"].as_array().unwrap().len(), 3);
    assert_eq!(told["refused"][1]["line"], 15);
}

#[test]
fn what_does_not_load_is_3_and_a_wrong_command_2() {
    let directory = policy("");
    fs::write(directory.path().join("model.yaml"), "sidegate: v1\nkind: Model\nnaem: x\n").unwrap();
    run(&["export", "cedar", text(directory.path())]).ends(3).complains("naem");
    run(&["export", "cedar", "no/such/directory"]).ends(3);
    run(&["export", "rego", text(directory.path())]).ends(2);
    run(&["export", "cedar", text(directory.path()), "--at", "tomorrow"])
        .ends(2)
        .complains("an instant such as");
}

#[test]
fn what_the_docs_show_is_what_is_written() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/cedar.md")).unwrap();
    let blocks = |language: &str| {
        let fence = format!("```{language}\n");
        docs.split(&fence)
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("cedar");
    let example = root.join("examples/whatsapp-crm");
    let at = "2026-12-24T00:00:00Z";
    let ran = run(&["export", "cedar", text(&example), "--out", text(&out), "--at", at]).ends(0);
    let console = blocks("console").concat();
    let said = ran.out.replace(text(&out), "target/cedar");
    assert!(console.ends_with(&said), "{said}");
    let policies = fs::read_to_string(out.join("policies.cedar")).unwrap();
    let shown = blocks("cedar");
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(policies.contains(&block), "not written: {block}");
    }
}
