//! Addresses at which no provider is.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use crate::support::home_at;

/// Sends `answer` to whoever connects, then closes.
fn serve(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/api/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _request = stream.read(&mut [0; 4096]);
            let _left = stream.write_all(answer);
        }
    });
    address
}

#[track_caller]
fn check(answer: &'static [u8], kinds: &[&str]) {
    let home = home_at(&serve(answer), "  timeout: 5s\n  retry_attempts: 0\n");
    let ran = home.run(&["ask", "--json", "hi"]).ends(100);
    let json = ran.json();
    let kind = json["error"]["kind"].as_str().unwrap();
    assert!(kinds.contains(&kind), "{json}");
    assert!(!ran.stderr.contains("sk-test"), "{}", ran.stderr);
    let tested = home.run(&["test-models", "--profile", "smoke", "--progress", "none"]).ends(100);
    assert!(tested.stdout.contains("a/first"), "{}", tested.stdout);
}

#[test]
fn an_address_that_answers_with_a_web_page() {
    check(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>hello</html>",
        &["not_json"],
    );
}

#[test]
fn an_address_that_answers_with_nothing() {
    check(b"", &["reset_after_send", "stale_connection", "protocol_violation"]);
}

#[test]
fn an_address_that_speaks_another_protocol() {
    check(b"SSH-2.0-OpenSSH_9.6\r\n", &["protocol_violation"]);
}
