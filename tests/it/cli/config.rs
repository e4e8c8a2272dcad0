//! The configuration of `serve`: its layers, its keys, its faults.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sidegate::config::{self, ConfigError, Configuration, Overrides};
use sidegate::document::{Kind, render, schema};
use tempfile::TempDir;

use super::running::{Ran, ran, sidegate, text};
use super::{run, run_with};

/// A file in a directory of its own.
fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("here.yaml");
    fs::write(&path, text).unwrap();
    (directory, path)
}

/// Reads a file as `serve` does.
pub(crate) fn read(written: &str) -> Result<Configuration, ConfigError> {
    let (_directory, path) = file(written);
    config::read(Some(&path), Overrides::default())
}

/// What is said of a faulty file, without the path of the file.
pub(crate) fn faults(text: &str) -> String {
    match read(text).unwrap_err() {
        ConfigError::Faults { sources, diagnostics } => {
            let told: Vec<String> = diagnostics.iter().map(|fault| render(fault, &sources, false)).collect();
            let path = sources.iter().next().map(|(_, source)| source.path.clone()).unwrap();
            told.concat().replace(&path, "here.yaml")
        }
        error @ ConfigError::Unreadable { .. } => panic!("{error}"),
    }
}

/// Runs `serve --print-config` with a file.
fn printed(path: &str, flags: &[&str]) -> Ran {
    run(&[&["serve", "--print-config", "--config", path], flags].concat())
}

#[test]
fn the_defaults_are_these() {
    let expected = "\
policy: policy
source: dir
max_staleness: off
history: 100
watch:
  poll: 10s
  settle: 100ms
  events: true
quarantine: false
listeners:
  - { address: 127.0.0.1:7700, allow: [check, batch, list, principals, explain] }
admin: []
probes: 127.0.0.1:7703
drain:
  keep_serving: 5s
  finish: 10s
log:
  level: info
  format: text
limits:
  check_request_bytes: 262144
  batch_request_bytes: 1048576
  batch_checks: 1000
  list_request_bytes: 4194304
  response_bytes: 4194304
  id_bytes: 256
  text_bytes: 4096
  attributes: 256
  attribute_bytes: 65536
  list_values: 1024
  roles: 32
  parents: 16
  scopes: 256
  candidates: 10000
  page_size: 1000
  page_decisions: 20000
  deadline: 1s
  deadline_most: 10s
  list_deadline: 3s
  list_deadline_most: 30s
  connections: 256
  calls: 1024
  connection_calls: 200
  concurrent_streams: 200
  header_list_bytes: 16384
  frame_bytes: 16384
  stream_window_bytes: 65536
  connection_window_bytes: 1048576
  pending_accept_resets: 20
  local_resets: 128
  keepalive: 20s
  keepalive_timeout: 10s
  handshake: 5s
  preface: 5s
  idle: 5m
  admin_connections: 64
  push_message_bytes: 4194304
  push_message_deadline: 1m
  change_set_bytes: 16777216
  change_set_changes: 100000
  pushes_waiting: 1024
  whole_loads: 2
  revision_ahead: 4294967296
  revision_wait: 1s
  revision_waiters: 256
  revision_ahead_wait: 10000
  policy:
    roles_a_member: 32
    groups_a_member: 1024
    nesting: 16
    parents: 16
    depth: 16
    custom_roles: 1000
    acl_entries: 10000
    condition_nodes: 256
    members: 2000000
    text_bytes: 4096
    list_values: 1024
";
    assert_eq!(run(&["serve", "--print-config", "--policy", "policy"]).ends(0).out, expected);
}

const ODD: &str = r#"
policy: "1: a # directory"
listeners:
  - "[::1]:7700"
  - { address: "unix:/run/a b/sidegate.sock", tenants: [acme, "no"], allow: [explain, check] }
  - 0.0.0.0:7700
probes: off
quarantine: true
watch: { poll: 1500ms, settle: 0s, events: false }
drain: { keep_serving: 0s, finish: 90s }
log: { level: "info,h2=warn", format: json }
limits: { calls: 1, policy: { members: 0 } }
"#;

#[test]
fn what_is_printed_reads_back_to_the_same() {
    let (_directory, path) = file(ODD);
    let first = printed(text(&path), &[]).ends(0).out;
    let (_directory, path) = file(&first);
    assert_eq!(printed(text(&path), &[]).ends(0).out, first);

    let configuration = config::read(Some(&path), Overrides::default()).unwrap();
    let told = config::json(&configuration);
    assert_eq!(told["policy"], "1: a # directory");
    assert_eq!(
        told["listeners"][1],
        json!({
            "address": "unix:/run/a b/sidegate.sock", "tenants": ["acme", "no"], "allow": ["check", "explain"],
        })
    );
    assert_eq!(told["listeners"][2]["allow"], json!(["check", "batch", "list"]));
    assert_eq!(told["probes"], "off");
    assert_eq!(told["watch"], json!({ "poll": "1500ms", "settle": "0s", "events": false }));
    assert_eq!(told["drain"], json!({ "keep_serving": "0s", "finish": "90s" }));
    assert_eq!(told["log"], json!({ "level": "info,h2=warn", "format": "json" }));
    assert_eq!(printed(text(&path), &["--output", "json"]).ends(0).json(), told);
}

/// Every key of the schema that has a value of its own, with its path.
fn leaves(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    for (key, below) in schema["properties"].as_object().unwrap() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if below.get("properties").is_some() {
            leaves(below, &path, found);
        } else {
            found.push((path, below.clone()));
        }
    }
}

fn keys() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    leaves(&schema(Kind::Config), "", &mut found);
    assert!(found.len() > 50, "{found:?}");
    found
}

/// A value that is not the default, and what it is printed as.
fn another(path: &str, schema: &Value) -> Value {
    match path {
        "policy" => json!("elsewhere"),
        "quarantine" => json!(true),
        "watch.events" => json!(false),
        "listeners" => json!([{ "address": "127.0.0.1:1", "allow": ["check"] }]),
        "admin" => json!([{ "address": "unix:/a", "mode": "0600" }]),
        "probes" => json!("off"),
        "max_staleness" => json!("5m"),
        "log.level" => json!("debug"),
        "log.format" => json!("json"),
        _ if schema["type"] == "integer" => {
            json!(schema["minimum"].as_u64().unwrap() + 3)
        }
        // No deadline is longer than the most, nor the most shorter than a deadline.
        _ if path.ends_with("_most") => json!("29s"),
        _ => json!("700ms"),
    }
}

#[test]
fn every_key_of_the_table_is_read_and_changes_nothing_else() {
    let before = config::json(&read("policy: here").unwrap());
    // What goes with `source: push` alone is tested with it.
    for (path, schema) in keys().into_iter().filter(|(path, _)| path != "source" && path != "state_dir") {
        let value = another(&path, &schema);
        let nested = path.rsplit('.').fold(value.clone(), |below, key| json!({ key: below })).to_string();
        let policy = if path == "policy" { "" } else { "\"policy\": \"here\", " };
        let after = config::json(&read(&nested.replacen('{', &format!("{{{policy}"), 1)).unwrap());
        let mut expected = before.clone();
        let pointer = format!("/{}", path.replace('.', "/"));
        assert_ne!(expected.pointer(&pointer), Some(&value), "{path} is no test");
        *expected.pointer_mut(&pointer).unwrap() = value;
        assert_eq!(after, expected, "{path}");
    }
}

#[test]
fn every_key_stands_in_the_docs() {
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let before = config::json(&read("policy: here").unwrap());
    for (path, _) in keys() {
        let row = docs.lines().find(|line| line.starts_with(&format!("| `{path}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/configuration.md has no row for `{path}`"));
        // What has no value by default is not printed.
        let value = before.pointer(&format!("/{}", path.replace('.', "/"))).unwrap_or(&Value::Null);
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !matches!(path.as_str(), "policy" | "state_dir" | "listeners" | "admin") {
            assert!(row.contains(&format!("| `{value}` |")), "the default of `{path}` is `{value}`: {row}");
        }
    }
}

#[test]
fn every_flag_and_variable_stands_in_the_docs() {
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let commands = [
        "serve",
        "check",
        "explain",
        "list",
        "healthcheck",
        "validate",
        "test",
        "init",
        "completions",
        "schema",
    ];
    for command in commands {
        // The section of the command itself, or of those that it is like.
        let section = docs.split("\n## ").find(|section| {
            let heading = section.lines().next().unwrap();
            heading.starts_with("Flags") && heading.contains(&format!("`{command}`"))
        });
        let section = section.unwrap_or_else(|| panic!("no section on {command}"));
        let help = run(&[command, "--help"]).ends(0).out;
        let options = help.split("Options:").nth(1).unwrap();
        let flags = options.lines().filter_map(|line| line.trim_start().strip_prefix("--"));
        let flags: Vec<&str> = flags.map(|line| line.split(['[', ' ']).next().unwrap()).collect();
        assert!(!flags.is_empty(), "{help}");
        for flag in flags {
            assert!(section.contains(&format!("`--{flag}")), "{command} --{flag}");
        }
        for variable in help.split("[env: ").skip(1).map(|rest| rest.split('=').next().unwrap()) {
            assert!(section.contains(&format!("`{variable}`")), "{command}: {variable}");
        }
    }
}

/// Where a setting is printed; a flag, a variable and a file that set it; and what
/// each of them, and none of them, make of it.
type Layered = (&'static str, &'static [&'static str], [&'static str; 2], &'static str, [&'static str; 4]);

const LAYERS: [Layered; 11] = [
    ("/policy", &["--policy", "f"], ["SIDEGATE_POLICY", "v"], "policy: c", ["f", "v", "c", "-"]),
    (
        "/probes",
        &["--probe-listen", "127.0.0.1:1"],
        ["SIDEGATE_PROBE_LISTEN", "off"],
        "probes: 127.0.0.1:3",
        ["127.0.0.1:1", "off", "127.0.0.1:3", "127.0.0.1:7703"],
    ),
    (
        "/listeners/0/address",
        &["--listen", "127.0.0.1:1"],
        ["SIDEGATE_LISTEN", "unix:/v"],
        "listeners: [127.0.0.1:3]",
        ["127.0.0.1:1", "unix:/v", "127.0.0.1:3", "127.0.0.1:7700"],
    ),
    (
        "/admin/0/address",
        &["--admin-listen", "unix:/f"],
        ["SIDEGATE_ADMIN_LISTEN", "unix:/v"],
        "admin: [\"unix:/c\"]",
        ["unix:/f", "unix:/v", "unix:/c", "-"],
    ),
    (
        "/max_staleness",
        &["--max-staleness", "1m"],
        ["SIDEGATE_MAX_STALENESS", "off"],
        "max_staleness: 3m",
        ["1m", "off", "3m", "off"],
    ),
    (
        "/quarantine",
        &["--quarantine=false"],
        ["SIDEGATE_QUARANTINE", "true"],
        "quarantine: true",
        ["false", "true", "true", "false"],
    ),
    (
        "/drain/keep_serving",
        &["--drain-keep-serving", "1s"],
        ["SIDEGATE_DRAIN_KEEP_SERVING", "2s"],
        "drain: { keep_serving: 3s }",
        ["1s", "2s", "3s", "5s"],
    ),
    (
        "/drain/finish",
        &["--drain-finish", "1s"],
        ["SIDEGATE_DRAIN_FINISH", "2s"],
        "drain: { finish: 3s }",
        ["1s", "2s", "3s", "10s"],
    ),
    (
        "/watch/poll",
        &["--watch-poll", "1s"],
        ["SIDEGATE_WATCH_POLL", "2s"],
        "watch: { poll: 3s }",
        ["1s", "2s", "3s", "10s"],
    ),
    (
        "/log/level",
        &["--log-level", "error"],
        ["SIDEGATE_LOG_LEVEL", "warn"],
        "log: { level: debug }",
        ["error", "warn", "debug", "info"],
    ),
    (
        "/log/format",
        &["--log-format", "text"],
        ["SIDEGATE_LOG_FORMAT", "json"],
        "log: { format: json }",
        ["text", "json", "json", "text"],
    ),
];

#[test]
fn a_flag_goes_before_a_variable_before_the_file_before_what_is_built_in() {
    for (at, flag, [name, value], written, expected) in LAYERS {
        let (_directory, path) = file(written);
        let base = ["serve", "--print-config", "--output", "json"];
        // Without one, only the layer of the policy itself would be missing it.
        let policy: &[&str] = if at == "/policy" { &[] } else { &["--policy", "p"] };
        let told = |flags: &[&str], variables: &[(&str, &str)]| {
            let ran = run_with(&[&base[..], policy, flags].concat(), variables).ends(0).json();
            let value = ran.pointer(at).unwrap();
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        };
        let config = ["--config", text(&path)];
        let all = [&config[..], flag].concat();
        assert_eq!(told(&all, &[(name, value)]), expected[0], "{at}: flag");
        assert_eq!(told(&config, &[(name, value)]), expected[1], "{at}: variable");
        assert_eq!(
            told(&[], &[(name, value), ("SIDEGATE_CONFIG", text(&path))]),
            expected[1],
            "{at}: variable"
        );
        assert_eq!(told(&config, &[]), expected[2], "{at}: file");
        if expected[3] != "-" {
            assert_eq!(told(&[], &[]), expected[3], "{at}: built in");
        }
    }
}

#[test]
fn the_file_in_the_working_directory_is_read_unless_another_is_named() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("sidegate.yaml"), "policy: from-here\n").unwrap();
    let serve = ["serve", "--print-config"];
    let here = |args: &[&str]| {
        let mut command = sidegate();
        ran(&command.args(args).current_dir(directory.path()).output().unwrap())
    };
    here(&serve).ends(0).says("policy: from-here\n");
    fs::write(directory.path().join("other.yaml"), "policy: from-there\n").unwrap();
    here(&[&serve[..], &["--config", "other.yaml"]].concat()).ends(0).says("policy: from-there\n");
    fs::write(directory.path().join("sidegate.yaml"), "polisy: from-here\n").unwrap();
    here(&[&serve[..], &["--policy", "p"]].concat())
        .ends(2)
        .complains("sidegate.yaml:1:1: fault: unknown key `polisy`");
    fs::remove_file(directory.path().join("sidegate.yaml")).unwrap();
    here(&serve).ends(2).complains("no policy directory is named");
    // What is there and cannot be read is not passed over.
    fs::create_dir(directory.path().join("sidegate.yaml")).unwrap();
    here(&[&serve[..], &["--policy", "p"]].concat()).ends(2).complains("cannot read `sidegate.yaml`");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    printed("no/such/file.yaml", &["--policy", "p"]).ends(2).complains("cannot read `no/such/file.yaml`");
}

#[test]
fn a_file_of_comments_says_nothing() {
    assert_eq!(
        config::json(&read("policy: here").unwrap())["limits"],
        config::json(&{
            let (_directory, path) = file("\u{feff}# policy: there\n\n  # more\n");
            config::read(Some(&path), Overrides { policy: Some("here".into()), ..Overrides::default() })
                .unwrap()
        })["limits"]
    );
}

#[test]
fn b_36_unknown_and_duplicate_keys_are_told_at_once_and_nothing_starts() {
    let written = "polcy: x\npolicy: y\nlimits:\n  page_siz: 3\n  calls: 1\n  calls: 2\npolicy: z\n";
    let told = faults(written);
    for expected in [
        "here.yaml:1:1: fault: unknown key `polcy` in a configuration\n1 | polcy: x\n  | ^^^^^\nhelp: did you mean `policy`?\n",
        "here.yaml:4:3: fault: unknown key `page_siz` in the limits\n",
        "here.yaml:6:3: fault: the key `calls` stands twice\n",
        "here.yaml:7:1: fault: the key `policy` stands twice\n",
    ] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(told.matches("fault: ").count(), 4, "{told}");
    let (_directory, path) = file(written);
    let args = ["serve", "--config", text(&path), "--policy", "examples/whatsapp-crm"];
    run(&args).ends(2).complains("the configuration has 4 faults");
    let told = run(&[&args[..], &["--output", "json"]].concat()).ends(2).json();
    assert_eq!(told["error"]["code"], "CONFIGURATION_INVALID");
    assert_eq!(told["error"]["diagnostics"][1]["line"], 4);
}

#[test]
fn values_out_of_range_are_told_with_their_place() {
    for (line, expected) in [
        (
            "limits: { concurrent_streams: 0 }",
            ":31: fault: expected a whole number from 1 to 4294967295, found the number `0`",
        ),
        ("limits: { page_size: 0 }", ":22: fault: expected a whole number from 1"),
        ("limits: { page_size: -1 }", ":22: fault: expected a whole number from 1"),
        (
            "limits: { header_list_bytes: 4294967296 }",
            ":30: fault: expected a whole number from 1 to 4294967295",
        ),
        ("limits: { frame_bytes: 16383 }", ":24: fault: expected a whole number from 16384 to 16777215"),
        (
            "limits: { stream_window_bytes: 2147483648 }",
            ":32: fault: expected a whole number from 1 to 2147483647",
        ),
        ("limits: { id_bytes: 257 }", ":21: fault: expected a whole number from 1 to 256"),
        ("limits: { deadline: 5 }", ":21: fault: expected a duration of at least 1ms, found the number `5`"),
        ("limits: { deadline: 0s }", ":21: fault: `0s` is not a duration of at least 1ms"),
        ("limits: { idle: 5 m }", ":17: fault: `5 m` is not a duration"),
        ("limits: { deadline: 11s }", ":21: fault: `deadline` is 11s, more than the 10s of `deadline_most`"),
        ("limits: { list_deadline_most: 2s }", ":31: fault: `list_deadline` is 3s, more than the 2s"),
        (
            "limits: { policy: { condition_nodes: 65536 } }",
            ":38: fault: expected a whole number from 1 to 65535",
        ),
        ("watch: { poll: 99ms }", ":16: fault: `99ms` is not a duration of at least 100ms"),
        ("quarantine: yes", ":13: fault: expected `true` or `false`, found the string `yes`"),
        ("source: hub", ":9: fault: unknown word `hub`"),
        ("max_staleness: never", ":16: fault: expected `off` or a duration of at least 1s"),
        ("max_staleness: 10s", ":16: fault: `max_staleness` is 10s, no more than the 10s of `watch.poll`"),
        ("state_dir: here", ":12: fault: `state_dir` keeps what was pushed"),
        ("history: -1", ":10: fault: expected a whole number from 0"),
        (
            "limits: { revision_ahead: 0 }",
            ":27: fault: expected a whole number from 1 to 9223372036854775807",
        ),
        ("probes: localhost:1", ":9: fault: `localhost:1` is not an address, expected `ADDR:PORT` or `off`"),
        ("listeners: [\":7700\"]", ":13: fault: `:7700` is not an address"),
        ("listeners: []", ":12: fault: the list is empty"),
        ("listeners: [{ address: \"unix:/a\", tenants: [] }]", ":44: fault: the list is empty"),
        ("listeners: [{ address: \"unix:/a\", allow: [] }]", ":42: fault: the list is empty"),
        ("listeners: [{ address: \"unix:/a\", allow: [chek] }]", ":43: fault: unknown word `chek`"),
        ("listeners: [{ tenants: [a] }]", ":13: fault: a listener needs the key `address`"),
        ("listeners: [127.0.0.1:1, 127.0.0.1:1]", ":26: fault: the address `127.0.0.1:1` is listed twice"),
        (
            "listeners: [\"[::1]:1\", { address: \"[0::1]:1\" }]",
            ":35: fault: the address `[::1]:1` is listed twice",
        ),
        ("probes: 127.0.0.1:7700", ":9: fault: probes are to be answered at `127.0.0.1:7700`"),
        ("log: { level: verbose }", ":15: fault: `verbose` is not a log filter"),
        ("log: { format: xml }", ":16: fault: unknown word `xml`"),
    ] {
        let told = faults(&format!("policy: here\n{line}\n"));
        assert!(told.starts_with(&format!("here.yaml:2{expected}")), "{line}\n{told}");
        assert_eq!(told.matches("fault: ").count(), 1, "{told}");
    }
    read("policy: here\nlisteners: [\"127.0.0.1:0\", \"127.0.0.1:0\"]\n").unwrap();
}

const ADMIN: &str = r#"
policy: here
admin:
  - unix:/run/a
  - { address: "unix:/run/b", mode: "0600", identities: [{ uids: [7, 1], gids: [5], may: [tenants, model] }] }
  - address: 10.0.0.5:7701
    tls: { certificate: /c, key: "/k 1", client_ca: /a, crl: /r }
    identities:
      - { uri: "spiffe://example.org/cp", may: [model, apps, tenants] }
      - { dns: crm.example.org, may: [tenants], tenants: [acme] }
  - { address: "127.0.0.1:7701", insecure: true }
"#;

#[test]
fn admin_listeners_are_printed_as_they_read_back() {
    let (_directory, path) = file(ADMIN);
    let first = printed(text(&path), &[]).ends(0).out;
    let (_directory, path) = file(&first);
    assert_eq!(printed(text(&path), &[]).ends(0).out, first);
    let told = config::json(&config::read(Some(&path), Overrides::default()).unwrap());
    let expected = json!([
        { "address": "unix:/run/a", "mode": "0660" },
        {
            "address": "unix:/run/b",
            "mode": "0600",
            "identities": [{ "uids": [1, 7], "gids": [5], "may": ["model", "tenants"] }],
        },
        {
            "address": "10.0.0.5:7701",
            "tls": { "certificate": "/c", "key": "/k 1", "client_ca": "/a", "crl": "/r" },
            "identities": [
                { "uri": "spiffe://example.org/cp", "may": ["model", "apps", "tenants"] },
                { "dns": "crm.example.org", "may": ["tenants"], "tenants": ["acme"] },
            ],
        },
        { "address": "127.0.0.1:7701", "insecure": true },
    ]);
    assert_eq!(told["admin"], expected);

    let flags = ["--admin-listen", "unix:/f", "--admin-listen", "[::1]:9", "--admin-insecure"];
    let told = printed(text(&path), &[&flags[..], &["--output", "json"]].concat()).ends(0).json();
    let expected = json!([
        { "address": "unix:/f", "mode": "0660" },
        { "address": "[::1]:9", "insecure": true },
    ]);
    assert_eq!(told["admin"], expected);
}

#[test]
fn what_is_pushed_needs_no_directory() {
    let base = ["serve", "--print-config", "--source", "push"];
    let with = |flags: &[&str]| run(&[&base[..], flags].concat());
    let socket = ["--admin-listen", "unix:/a"];
    let told = with(&[&socket[..], &["--state-dir", "s", "--output", "json"]].concat()).ends(0).json();
    assert_eq!((&told["source"], &told["state_dir"]), (&json!("push"), &json!("s")));
    assert_eq!(told.get("policy"), None);
    with(&[]).ends(2).complains("there is nowhere to push it");
    with(&[&socket[..], &["--policy", "p"]].concat()).ends(2).complains("a policy directory is of no use");
    let dir = ["serve", "--print-config", "--policy", "p"];
    run(&[&dir[..], &["--state-dir", "s"]].concat()).ends(2).complains("`state_dir` keeps what was pushed");
}

#[test]
fn flags_out_of_range_are_told_by_name() {
    let base = ["serve", "--print-config", "--policy", "p"];
    let with = |flags: &[&str]| run(&[&base[..], flags].concat()).ends(2);
    with(&["--watch-poll", "1ms"]).complains("`--watch-poll 1ms`: expected at least 100ms");
    with(&["--watch-poll", "10"]).complains("--watch-poll").complains("expected a duration");
    with(&["--drain-finish", "soon"]).complains("--drain-finish").complains("expected a duration");
    with(&["--log-level", "loud"]).complains("`--log-level`: `loud` is not a log filter");
    with(&["--log-format", "xml"]).complains("expected `text` or `json`");
    with(&["--probe-listen", "here"]).complains("expected `ADDR:PORT` or `off`");
    with(&["--listen", "7700"]).complains("`7700` is not an address");
    with(&["--listen", "[::1]:1", "--listen", "[::1]:1"]).complains("the address `[::1]:1` is listed twice");
    with(&["--probe-listen", "127.0.0.1:7700"]).complains("which is a listener's address");
    with(&["--source", "hub"]).complains("`hub` is no source of policy, expected `dir` or `push`");
    with(&["--max-staleness", "1ms"]).complains("`--max-staleness 1ms`: expected at least 1s");
    with(&["--max-staleness", "never"]).complains("expected a duration such as `5m`, or `off`");
    with(&["--admin-listen", "127.0.0.1:1"]).complains("anybody could push policy there");
    with(&["--admin-listen", "127.0.0.1:1", "--admin-insecure=false"]).complains("anybody could push policy");
    with(&["--admin-listen", "0.0.0.0:1", "--admin-insecure"])
        .complains("`--admin-listen 0.0.0.0:1` is not loopback");
    with(&["--admin-listen", "unix:/a", "--admin-insecure"])
        .complains("`--admin-insecure` goes with a TCP address");
    with(&["--admin-insecure"]).complains("`--admin-insecure` goes with a TCP address");
}

#[test]
fn b_33_a_variable_that_is_empty_is_refused() {
    let variables = [
        "SIDEGATE_CONFIG",
        "SIDEGATE_POLICY",
        "SIDEGATE_SOURCE",
        "SIDEGATE_STATE_DIR",
        "SIDEGATE_MAX_STALENESS",
        "SIDEGATE_ADMIN_LISTEN",
        "SIDEGATE_ADMIN_INSECURE",
        "SIDEGATE_LISTEN",
        "SIDEGATE_PROBE_LISTEN",
        "SIDEGATE_QUARANTINE",
        "SIDEGATE_DRAIN_KEEP_SERVING",
        "SIDEGATE_DRAIN_FINISH",
        "SIDEGATE_WATCH_POLL",
        "SIDEGATE_LOG_LEVEL",
        "SIDEGATE_LOG_FORMAT",
        "SIDEGATE_OUTPUT",
    ];
    let help = run(&["serve", "--help"]).ends(0).out;
    assert_eq!(help.matches("[env: SIDEGATE_").count(), variables.len());
    for variable in variables {
        let mut args = vec!["serve", "--print-config"];
        if variable != "SIDEGATE_POLICY" {
            args.extend(["--policy", "p"]);
        }
        let ran = run_with(&args, &[(variable, "")]);
        assert_eq!(ran.code, 2, "{variable}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn rust_log_is_the_last_word_on_the_level() {
    let args = ["serve", "--print-config", "--policy", "p"];
    run_with(&args, &[("RUST_LOG", "sidegate=debug")]).ends(0).says("level: \"sidegate=debug\"\n");
    let (_directory, path) = file("log: { level: warn }");
    let with = [&args[..], &["--config", text(&path)]].concat();
    run_with(&with, &[("RUST_LOG", "debug")]).ends(0).says("level: warn\n");
}

#[tokio::test]
async fn the_limits_of_the_file_are_those_in_force() {
    let limits: Vec<(String, Value)> = keys()
        .into_iter()
        .filter_map(|(path, schema)| Some((path.strip_prefix("limits.")?.to_owned(), schema)))
        .filter(|(key, _)| !key.contains('.'))
        .collect();
    // HTTP/2 alone sees to the first; the others no caller of the data plane can reach.
    let untold = [
        "frame_bytes",
        "handshake",
        "admin_connections",
        "push_message_bytes",
        "push_message_deadline",
        "change_set_bytes",
        "change_set_changes",
        "pushes_waiting",
        "whole_loads",
        "revision_ahead",
    ];
    let mut expected = Vec::new();
    let mut yaml =
        String::from("policy: tests/policies/helpdesk\nlisteners: [\"127.0.0.1:0\"]\nprobes: off\n");
    yaml.push_str("drain: { keep_serving: 1ms, finish: 2ms }\nlimits:\n");
    expected.extend(["drain_keep_serving_ms: 1".to_owned(), "drain_finish_ms: 2".to_owned()]);
    for (number, (key, schema)) in (0_u32..).zip(&limits) {
        if schema["type"] == "integer" {
            let value = if key == "id_bytes" { 200 } else { 70_000 + number };
            yaml.push_str(&format!("  {key}: {value}\n"));
            expected.extend((!untold.contains(&key.as_str())).then(|| format!("{key}: {value}")));
        } else {
            // The schema sorts each deadline before its most.
            let value = 7000 + number;
            yaml.push_str(&format!("  {key}: {value}ms\n"));
            expected.extend((!untold.contains(&key.as_str())).then(|| format!("{key}_ms: {value}")));
        }
    }
    let mut config = read(&yaml).unwrap().app;
    config.policy = crate::support::policy("helpdesk").into();
    let (_running, mut client) = crate::support::started(config).await;
    let told = client.get_capabilities(sidegate::client::v1::GetCapabilitiesRequest {}).await.unwrap();
    let told = format!("{:?}", told.into_inner().limits.unwrap());
    for line in &expected {
        assert!(told.contains(&format!(" {line}")), "no `{line}` in {told}");
    }
}

#[test]
fn the_limits_on_policy_hold_for_what_is_served() {
    let (_directory, path) = file("policy: examples/whatsapp-crm\nlimits: { policy: { members: 1 } }\n");
    run(&["serve", "--config", text(&path), "--listen", "127.0.0.1:0", "--probe-listen", "off"])
        .ends(3)
        .complains("does not load");
}
