//! Which files make a policy, and what is said of the others.

use std::os::unix::fs::symlink;

use super::*;

/// Reads a directory with these files. What was read, or what is wrong, a line
/// for each file and without the directory.
fn read_with(files: &[(&str, &[u8])]) -> String {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    told(root.path())
}

fn told(root: &Path) -> String {
    let text = match read(root) {
        Ok(sources) => {
            let lines: Vec<String> = sources
                .iter()
                .map(|(number, source)| format!("{number} {} {}", source.path, source.text))
                .collect();
            lines.join("\n")
        }
        Err(error) => error.to_string(),
    };
    text.replace(&format!("{}/", root.display()), "")
}

const NOT_POLICY: &str =
    "is not a policy document: a policy is `model.yaml`, `tenants/*.yaml`, `apps/*.yaml` and `tests/*.yaml`";

#[test]
fn files_are_read_in_a_fixed_order() {
    let files: &[(&str, &[u8])] = &[
        ("tests/t.yaml", b"T"),
        ("apps/p.yaml", b"P"),
        ("tenants/b.yaml", b"B"),
        ("tenants/a.yaml", b"A"),
        ("model.yaml", b"M"),
    ];
    let expected =
        "1 model.yaml M\n2 tenants/a.yaml A\n3 tenants/b.yaml B\n4 apps/p.yaml P\n5 tests/t.yaml T";
    assert_eq!(read_with(files), expected);
}

#[test]
fn what_cannot_be_meant_as_policy_is_left_alone() {
    let files: &[(&str, &[u8])] = &[
        ("model.yaml", b"M"),
        ("README.md", b""),
        ("LICENSE", b""),
        (".hidden.yaml", b""),
        ("tenants/.swp", b""),
        ("tenants/README.md", b""),
        ("notes/x.txt", b""),
        ("notes/deep/x.yaml", b""),
    ];
    assert_eq!(read_with(files), "1 model.yaml M");
}

#[test]
fn what_looks_like_policy_and_is_none_is_a_fault() {
    let one = |name: &str| read_with(&[("model.yaml", b"M"), (name, b"")]);
    for name in ["tenant.yaml", "model.yml", "tenants/a.yml", "tenants/a.json", "apps/deep/a.yaml"] {
        let shown = name.replace("/deep/a.yaml", "/deep");
        assert_eq!(one(name), format!("`{shown}` {NOT_POLICY}"), "{name}");
    }
}

#[test]
fn a_misspelt_folder_is_a_fault() {
    let files: &[(&str, &[u8])] = &[("model.yaml", b"M"), ("tenant/a.yaml", b""), (".git/a.yaml", b"")];
    let expected =
        "`tenant` holds YAML, and a policy has no such folder: its folders are `tenants`, `apps` and `tests`";
    assert_eq!(read_with(files), expected);
}

#[test]
fn a_byte_order_mark_is_dropped() {
    assert_eq!(read_with(&[("model.yaml", b"\xef\xbb\xbfM")]), "1 model.yaml M");
}

#[test]
fn every_fault_is_told() {
    let files: &[(&str, &[u8])] = &[("tenants/a.yaml", b"ok \xff"), ("other.yml", b"")];
    let expected = format!(
        "`other.yml` {NOT_POLICY}\n`model.yaml` is missing: a policy has a model\n`tenants/a.yaml` is not UTF-8, from byte 3 on"
    );
    assert_eq!(read_with(files), expected);
}

#[test]
fn a_policy_is_read_without_its_tests() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("model.yaml"), "M").unwrap();
    fs::create_dir(root.path().join("tests")).unwrap();
    fs::write(root.path().join("tests/a.yaml"), b"\xff").unwrap();
    assert!(read(root.path()).is_err());
    let sources = read_policy(root.path()).unwrap();
    let texts: Vec<&str> = sources.iter().map(|(_, source)| source.text.as_str()).collect();
    assert_eq!(texts, ["M"]);
}

#[test]
fn a_directory_that_is_not_there_is_one_fault() {
    let error = read(Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(error.faults().len(), 1);
    assert!(error.to_string().starts_with("`/nowhere/at/all` cannot be read: "), "{error}");
}

#[test]
fn a_mounted_config_map_is_read_through_its_links() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("..2026_01_01");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("model.yaml"), "M").unwrap();
    symlink("..2026_01_01", root.path().join("..data")).unwrap();
    symlink("..data/model.yaml", root.path().join("model.yaml")).unwrap();
    assert_eq!(told(root.path()), "1 model.yaml M");
}

#[test]
fn a_link_to_nowhere_is_a_fault() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("model.yaml"), "M").unwrap();
    fs::create_dir(root.path().join("tenants")).unwrap();
    symlink("nowhere", root.path().join("tenants/a.yaml")).unwrap();
    assert!(told(root.path()).starts_with("`tenants/a.yaml` cannot be read: "));
}

#[test]
fn f15c_what_is_no_file_is_a_fault_and_keeps_nobody_waiting() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("model.yaml"), "M").unwrap();
    fs::create_dir(root.path().join("tenants")).unwrap();
    let pipe = root.path().join("tenants/pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("/dev/zero", root.path().join("tenants/zero.yaml")).unwrap();
    assert_eq!(
        told(root.path()),
        "`tenants/pipe.yaml` cannot be read: it is no ordinary file\n\
         `tenants/zero.yaml` cannot be read: it is no ordinary file"
    );
}

#[test]
fn f15c_a_link_out_of_the_directory_is_a_fault() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("policy");
    fs::create_dir(&root).unwrap();
    fs::create_dir(root.join("tenants")).unwrap();
    fs::write(root.join("model.yaml"), "M").unwrap();
    fs::write(above.path().join("other.yaml"), "O").unwrap();
    symlink("../../other.yaml", root.join("tenants/a.yaml")).unwrap();
    assert!(
        told(&root).starts_with("`tenants/a.yaml` is a link that leads out of the policy directory, to ")
    );
    // The directory itself may be a link.
    fs::remove_file(root.join("tenants/a.yaml")).unwrap();
    symlink(&root, above.path().join("link")).unwrap();
    assert_eq!(told(&above.path().join("link")), "1 model.yaml M");
}

#[test]
fn what_editors_keep_beside_a_file_is_not_looked_at() {
    let files: &[(&str, &[u8])] = &[
        ("model.yaml", b"M"),
        ("tenants/a.yaml", b"A"),
        ("tenants/a.yaml~", b"old"),
        ("tenants/#a.yaml#", b"new"),
    ];
    assert_eq!(read_with(files), "1 model.yaml M\n2 tenants/a.yaml A");
}
