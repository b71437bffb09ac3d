//! Secrets reach the server, and nobody else.

use llm_core::{Error, ErrorKind, Execution};
use llm_http::{Call, ClientSettings, Endpoint, HttpClient};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::server::{Server, answer, call, client, send};

const KEY: &str = "sk-test-CANARY-000";

fn is_clean(error: &Error, secrets: &[&str]) {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        let shown = format!("{error} {error:?} {error:#?}");
        for secret in secrets {
            assert!(!shown.contains(secret), "{shown}");
        }
        source = error.source();
    }
}

#[tokio::test]
async fn headers_arrive() {
    let mut server = Server::answering(answer("{}")).await;
    let settings = ClientSettings::default()
        .with_header("x-team", "blue")
        .with_header("x-title", "from the settings")
        .with_bearer(&SecretString::from(KEY))
        .with_user_agent("tests/1");
    let client = HttpClient::new(&settings).unwrap();
    let call =
        call(server.url()).with_header("X-Title", "from the call").with_header("x-second-key", KEY);
    assert!(!format!("{call:?}{client:?}").contains(KEY));
    client.send(call).await.unwrap().read().await.unwrap();
    let mut lines: Vec<_> = server.requests()[0]
        .lines()
        .filter(|line| !line.starts_with("host:"))
        .map(str::to_owned)
        .collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "",
            "POST /v1/chat HTTP/1.1",
            "accept-encoding: identity",
            "accept: application/json",
            "authorization: Bearer sk-test-CANARY-000",
            "content-length: 25",
            "content-type: application/json",
            "user-agent: tests/1",
            "x-second-key: sk-test-CANARY-000",
            "x-team: blue",
            "x-title: from the call",
            "{\"model\":\"acme/swift-8b\"}",
        ]
    );
}

#[tokio::test]
async fn errors_hold_neither_address_nor_key() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}/path-CANARY?q=query-CANARY");
    let endpoint = Endpoint::new(&url).unwrap();
    assert!(!format!("{endpoint:?}").contains("CANARY"));
    let settings = ClientSettings::default().with_bearer(&SecretString::from(KEY));
    let client = HttpClient::new(&settings).unwrap();
    let error = client.send(Call::get(&endpoint)).await.unwrap_err();
    is_clean(&error, &["CANARY", "127.0.0.1", &port]);

    // The server quotes the key in what is not HTTP, in a body it cuts, and in headers.
    for answer in [
        format!("garbage {KEY}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{KEY}"),
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: {KEY}\r\n\r\n"),
    ] {
        let server = Server::answering_once(answer).await;
        let error = match send(&server).await {
            Ok(response) => {
                assert!(!format!("{response:?}").contains("CANARY"));
                response.read().await.unwrap_err()
            }
            Err(error) => error,
        };
        is_clean(&error, &["CANARY", "127.0.0.1", &server.port()]);
    }
}

fn is_refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::UpstreamMisconfigured, "{error}");
    assert_eq!(error.execution(), Execution::NotSent);
    is_clean(error, &["CANARY"]);
}

#[test]
fn addresses_no_call_can_go_to_are_refused() {
    for address in [
        "not an address CANARY",
        "CANARY.example:443/v1",
        "ftp://CANARY.example/",
        "data:CANARY",
        "https:///CANARY",
        "http://user:CANARY@127.0.0.1:9/",
    ] {
        is_refused(&Endpoint::new(address).unwrap_err());
    }
}

#[tokio::test]
async fn calls_that_cannot_be_sent_are_not_sent() {
    let endpoint = Endpoint::new("http://127.0.0.1:9/").unwrap();
    for (name, value) in [("authorization", "CANARY\n"), ("bad name", "CANARY")] {
        let call = Call::get(&endpoint).with_header(name, value);
        is_refused(&client().send(call).await.unwrap_err());
    }
}

#[test]
fn settings_that_cannot_be_sent_are_refused() {
    let settings = ClientSettings::default().with_header("x-team", "CANARY\r\n");
    let error = HttpClient::new(&settings).unwrap_err();
    is_clean(&error, &["CANARY"]);
    assert!(error.to_string().contains("`x-team`"), "{error}");
    let settings = ClientSettings::default().with_bearer(&SecretString::from("CANARY\n"));
    is_clean(&HttpClient::new(&settings).unwrap_err(), &["CANARY"]);
    let settings = ClientSettings::default().with_user_agent("CANARY\r\n");
    let error = HttpClient::new(&settings).unwrap_err();
    is_clean(&error, &["CANARY"]);
}
