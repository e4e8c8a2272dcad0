//! `serve`: what it prints, and that the line it offers works.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::running::{run_line, sidegate};

/// A running server, stopped when it goes out of scope.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Whatever became of the test, its server does not outlive it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server and reads what it prints until it listens.
fn start(policy: &str, listen: &str) -> (Server, Vec<String>) {
    let mut child = sidegate()
        .args(["serve", "--policy", policy, "--listen", listen])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let server = Server(child);
    let mut lines = Vec::new();
    for line in BufReader::new(stdout).lines() {
        lines.push(line.unwrap());
        if lines.iter().any(|line| line.contains("listening"))
            && lines.iter().any(|line| line.contains(" check "))
        {
            break;
        }
    }
    (server, lines)
}

#[test]
fn the_line_it_prints_works_as_it_stands() {
    for example in ["whatsapp-crm", "messenger-acl", "plugin-permissions", "team-roles", "license-scopes"] {
        let (_server, lines) = start(&format!("examples/{example}"), "127.0.0.1:0");
        let line = lines.iter().find(|line| line.contains(" check ")).unwrap();
        let promised = line.rsplit_once("# ").unwrap().1;
        let ran = run_line(line);
        assert!(ran.out.starts_with(promised), "{line}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.code, i32::from(promised != "allow"));
    }
}

#[test]
fn it_says_what_it_loaded_and_where_it_listens_and_stops_when_told() {
    let (mut server, lines) = start("examples/whatsapp-crm", "127.0.0.1:0");
    let all = lines.join("\n");
    assert!(all.contains("3 tenants") && all.contains("members") && all.contains("permissions"), "{all}");
    assert!(all.contains("listening on 127.0.0.1:") && !all.contains("127.0.0.1:0\n"), "{all}");
    assert!(Command::new("kill").arg(server.0.id().to_string()).status().unwrap().success());
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_3_and_one_that_is_none_is_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let args = ["serve", "--policy", "examples/whatsapp-crm", "--listen"];
    super::run(&[&args[..], &[&address]].concat()).ends(3).complains(&address);
    super::run(&[&args[..], &["nowhere"]].concat()).ends(2).complains("nowhere");
}
