//! `sandbox`: simulated models for other programs.

use std::io::{BufRead, BufReader};

use crate::support::{home_at, lasting};

#[test]
fn it_prints_its_address_serves_and_ends_with_ctrl_c() {
    let home = home_at("http://127.0.0.1:9/api/v1", "");
    let mut program = lasting(home.start(&["sandbox", "--port", "0"]));
    let mut line = String::new();
    BufReader::new(program.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base_url = line.trim_end();
    assert!(base_url.starts_with("http://127.0.0.1:") && base_url.ends_with("/api/v1"), "{line}");
    let client = home_at(base_url, "  model_roles: { primary: [acme/swift-8b] }\n");
    assert!(client.run(&["ask", "hi"]).ends(0).stdout.contains("acme/swift-8b"));
    program.interrupt();
    program.wait().ends(130).says(&["SANDBOX"]);
}
