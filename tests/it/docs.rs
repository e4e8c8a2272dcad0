//! What docs/policy.md shows is what the policies say and what the program prints.
//!
//! A YAML block is preceded by a comment that names the file it is from, and is a
//! run of that file's lines, however indented. A console block is commands and what
//! they print.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A fenced block: what stands before it, its language, its lines.
struct Block {
    before: String,
    language: String,
    lines: Vec<String>,
}

#[test]
fn excerpts_are_true_to_their_files() {
    let mut compared = 0;
    for Block { before, lines, .. } in blocks().into_iter().filter(|block| block.language == "yaml") {
        let from = before.strip_prefix("<!-- from ").and_then(|rest| rest.strip_suffix(" -->"));
        let from = from.unwrap_or_else(|| panic!("nothing says where this is from: {lines:#?}"));
        let text = fs::read_to_string(root().join(from)).unwrap();
        let file: Vec<&str> = text.lines().map(str::trim).collect();
        let excerpt: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        let found = file.windows(excerpt.len()).any(|run| run == excerpt);
        assert!(found, "not in {from}: {lines:#?}");
        compared += 1;
    }
    assert!(compared > 30, "only {compared} excerpts were found");
}

#[test]
fn commands_print_what_is_shown() {
    let mut ran = 0;
    for Block { lines, .. } in blocks().into_iter().filter(|block| block.language == "console") {
        let shown = lines.join("\n");
        for command in shown.split("$ ").filter(|command| !command.is_empty()) {
            let (line, expected) = command.split_once('\n').unwrap();
            assert_eq!(printed(line), expected.trim_end(), "{line}");
            ran += 1;
        }
    }
    assert!(ran > 5, "only {ran} commands were found");
}

#[test]
fn every_block_is_checked() {
    for Block { language, lines, .. } in blocks() {
        assert!(["yaml", "console"].contains(&language.as_str()), "`{language}`: {lines:#?}");
    }
}

/// Runs a command line of `sidegate`; what it says comes before what it answers.
fn printed(line: &str) -> String {
    let arguments = line.strip_prefix("sidegate ").unwrap().split(' ');
    let output =
        Command::new(env!("CARGO_BIN_EXE_sidegate")).args(arguments).current_dir(root()).output().unwrap();
    let said = [output.stderr, output.stdout].concat();
    String::from_utf8(said).unwrap().trim_end().to_owned()
}

fn blocks() -> Vec<Block> {
    let text = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| !line.starts_with("```"));
            blocks.push(Block {
                before: before.to_owned(),
                language: language.to_owned(),
                lines: inside.map(str::to_owned).collect(),
            });
        }
        before = line;
    }
    blocks
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
