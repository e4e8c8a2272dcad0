//! `serve`: what it prints, and that the line it offers works.

use super::run;
use super::running::run_line;
use crate::serving::Serving;

#[test]
fn the_line_it_prints_works_as_it_stands() {
    for example in super::examples::EXAMPLES {
        let serving = Serving::start(&format!("examples/{example}"));
        let line = serving.check_line().unwrap();
        let promised = line.rsplit_once("# ").unwrap().1;
        let ran = run_line(line);
        assert!(ran.out.starts_with(promised), "{line}\n{}{}", ran.out, ran.err);
        assert_eq!(ran.code, i32::from(promised != "allow"));
    }
}

#[test]
fn it_says_what_it_loaded_and_where_it_listens_and_stops_when_told() {
    let serving = Serving::start("examples/whatsapp-crm");
    let all = serving.printed.join("\n");
    assert!(all.contains("3 tenants") && all.contains("members") && all.contains("permissions"), "{all}");
    assert!(serving.address().starts_with("127.0.0.1:") && serving.address() != "127.0.0.1:0", "{all}");
    assert_eq!(serving.terminate().code(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_3_and_one_that_is_none_is_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let args = ["serve", "--policy", "examples/whatsapp-crm", "--listen"];
    run(&[&args[..], &[&address]].concat()).ends(3).complains(&address);
    run(&[&args[..], &["nowhere"]].concat()).ends(2).complains("nowhere");
}
