//! What broken connections and broken protocol turn into.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use llm_core::{Error, ErrorKind, Execution};
use llm_http::{ClientSettings, HttpClient, Resolver};
use llm_testkit::sockets::{ClosedPort, FullBacklog};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use crate::server::{Seen, Server, answer, call, client, send};

const SECOND: Duration = Duration::from_secs(1);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// How a call failed, and how far it got.
pub(crate) fn kind(result: llm_core::Result<llm_http::HttpResponse>) -> (ErrorKind, Execution) {
    let error: Error = result.unwrap_err();
    (error.kind(), error.execution())
}

#[tokio::test]
async fn a01_nobody_listens() {
    let port = ClosedPort::take().unwrap();
    let result = client().send(call(format!("http://{}/", port.address()))).await;
    assert_eq!(kind(result), (ErrorKind::ConnectRefused, Execution::NotSent));
}

#[tokio::test]
async fn a03_the_name_does_not_resolve() {
    // A label this long cannot be in any name server: nobody is asked.
    let url = format!("http://{}.invalid/", "a".repeat(64));
    let result = client().send(call(url)).await;
    assert_eq!(kind(result), (ErrorKind::Dns, Execution::NotSent));
}

#[tokio::test(start_paused = true)]
async fn a04_a_full_backlog_is_a_connection_that_takes_too_long() {
    let full = FullBacklog::fill().await.unwrap();
    let settings = ClientSettings::default().with_connect_timeout(Duration::from_millis(300));
    let client = HttpClient::new(&settings).unwrap();
    let started = Instant::now();
    let result = client.send(call(format!("http://{}/", full.address()))).await;
    assert_eq!(kind(result), (ErrorKind::ConnectTimeout, Execution::NotSent));
    assert!(started.elapsed() < SECOND, "the limit for connecting holds");
}

/// A client that looks hosts up with `find`.
fn client_that_looks_up<R>(find: impl Fn(String) -> R + Send + Sync + 'static) -> HttpClient
where
    R: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
{
    let settings = ClientSettings::default().with_resolver(Resolver::new(find));
    HttpClient::new(&settings).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a03_looking_the_name_up_fails_or_takes_too_long() {
    let unknown = || async { Err(io::Error::new(io::ErrorKind::NotFound, "no such host")) };
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let client = client_that_looks_up(move |host| {
        assert_eq!(host, "nosuch.invalid");
        count.fetch_add(1, Ordering::Relaxed);
        unknown()
    });
    let result = client.send(call("http://nosuch.invalid/")).await;
    assert_eq!(kind(result), (ErrorKind::Dns, Execution::NotSent));
    assert_eq!(lookups.load(Ordering::Relaxed), 1);

    let started = Instant::now();
    let client = client_that_looks_up(|_| std::future::pending());
    let result = client.send(call("https://nosuch.invalid/")).await;
    assert_eq!(kind(result), (ErrorKind::DnsTimeout, Execution::NotSent));
    assert!(started.elapsed() <= ClientSettings::default().connect_timeout);
}

#[tokio::test]
async fn a_name_leads_to_the_addresses_it_is_said_to_have() {
    let server = Server::answering(OK).await;
    let client = client_that_looks_up(|_| async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) });
    let url = format!("http://models.invalid:{}/v1/chat", server.port());
    assert_eq!(client.send(call(url)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a08_a_connection_closed_while_idle_is_replaced() {
    let mut server = Server::answering_once(answer("{}")).await;
    let client = client();
    for number in 0..2 {
        client.send(call(server.url())).await.unwrap().read().await.unwrap();
        assert_eq!(server.next().await, Seen::Opened(number));
        assert!(matches!(server.next().await, Seen::Request(..)));
    }
}

#[tokio::test]
async fn a09_a_pooled_connection_that_dies_with_the_request_is_not_retried() {
    let mut server = Server::start(|mut connection| async move {
        connection.request().await;
        connection.write(OK).await;
        connection.request().await;
    })
    .await;
    let client = client();
    client.send(call(server.url())).await.unwrap().read().await.unwrap();
    let result = client.send(call(server.url())).await;
    assert_eq!(kind(result), (ErrorKind::ResetAfterSend, Execution::Maybe));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a10_reset_after_half_of_the_request() {
    let mut server = Server::start(|mut connection| async move {
        let mut half = [0; 1000];
        connection.stream.read_exact(&mut half).await.unwrap();
        connection.reset();
    })
    .await;
    let body = vec![b' '; 8 * 1024 * 1024];
    let endpoint = llm_http::Endpoint::new(&server.url()).unwrap();
    let result = client().send(llm_http::Call::post_json(&endpoint, body)).await;
    assert_eq!(kind(result), (ErrorKind::ResetAfterSend, Execution::Maybe));
    assert_eq!(server.seen(), [Seen::Opened(0)]);
}

#[tokio::test]
async fn a11_a_redirect_to_another_origin_is_not_followed() {
    let mut other = Server::answering(OK).await;
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        other.url()
    );
    let mut server = Server::answering(redirect).await;
    let response = send(&server).await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(llm_http::status_kind(307), ErrorKind::UnexpectedRedirect);
    assert_eq!(other.seen(), []);
    assert!(!server.requests()[0].to_lowercase().contains("referer"));
}

#[tokio::test]
async fn a12_a_redirect_to_the_same_origin_is_not_followed() {
    for status in [301, 302, 303, 308] {
        let answer =
            format!("HTTP/1.1 {status} Moved\r\nlocation: /v1/chat\r\ncontent-length: 0\r\n\r\n");
        let mut server = Server::answering(answer).await;
        assert_eq!(send(&server).await.unwrap().status(), status);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a13_http_1_0_without_a_length() {
    let server = Server::answering_once("HTTP/1.0 200 OK\r\n\r\n{\"a\":1}").await;
    let body = send(&server).await.unwrap().read().await.unwrap();
    assert_eq!(&*body, br#"{"a":1}"#);
}

#[tokio::test]
async fn a14_more_bytes_than_declared_never_reach_the_next_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
    let mut server = Server::answering(format!("{head}0123456789EXTRA-----")).await;
    let client = client();
    for number in 0..2 {
        let body = client.send(call(server.url())).await.unwrap().read().await.unwrap();
        assert_eq!(&*body, b"0123456789");
        assert_eq!(server.next().await, Seen::Opened(number));
        assert!(matches!(server.next().await, Seen::Request(..)));
        assert_eq!(server.next().await, Seen::Closed(number));
    }
}

#[tokio::test]
async fn a14_two_lengths_are_refused() {
    let heads = [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "content-length: two",
    ];
    for head in heads {
        let mut server = Server::answering(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{{}}")).await;
        let result = send(&server).await;
        assert_eq!(kind(result), (ErrorKind::ProtocolViolation, Execution::Maybe), "{head}");
        assert_eq!(server.next().await, Seen::Opened(0));
        assert!(matches!(server.next().await, Seen::Request(..)));
        assert_eq!(server.next().await, Seen::Closed(0), "{head}");
    }
}

#[tokio::test]
async fn a15_early_hints_are_passed_over() {
    let server =
        Server::answering(format!("HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n{OK}")).await;
    let response = send(&server).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(&*response.read().await.unwrap(), b"{}");
}

#[tokio::test]
async fn a16_endless_headers_are_refused() {
    let many = "x-a: b\r\n".repeat(200_000);
    let large = format!("x-a: {}\r\n", "b".repeat(1024 * 1024));
    for headers in [many, large] {
        let server =
            Server::answering(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\n{{}}"))
                .await;
        let result = send(&server).await;
        assert_eq!(kind(result), (ErrorKind::ProtocolViolation, Execution::Maybe));
    }
}

#[tokio::test]
async fn a16_headers_are_read_up_to_a_limit() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let server = Server::start(move |mut connection| {
        let count = Arc::clone(&count);
        async move {
            connection.request().await;
            connection.write("HTTP/1.1 200 OK\r\nx-a: ").await;
            let piece = vec![b'b'; 64 * 1024];
            while connection.stream.write_all(&piece).await.is_ok() {
                count.fetch_add(piece.len(), Ordering::Relaxed);
            }
        }
    })
    .await;
    let result = send(&server).await;
    assert_eq!(kind(result), (ErrorKind::ProtocolViolation, Execution::Maybe));
    // What the client read, and what was under way.
    let written = written.load(Ordering::Relaxed);
    assert!(written < 32 * 1024 * 1024, "{written} bytes");
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let server = Server::answering("SSH-2.0-server\r\n\r\n").await;
    let result = send(&server).await;
    assert_eq!(kind(result), (ErrorKind::ProtocolViolation, Execution::Maybe));
}

#[tokio::test]
async fn any_status_is_an_answer() {
    for status in [200, 404, 418, 500, 529, 999] {
        let server = Server::answering(format!(
            "HTTP/1.1 {status} X\r\nx-id: 7\r\ncontent-length: 4\r\n\r\noops"
        ))
        .await;
        let response = send(&server).await.unwrap();
        assert_eq!((response.status(), response.is_success()), (status, status == 200));
        assert_eq!(response.header("X-Id"), Some("7"));
        assert_eq!(&*response.read().await.unwrap(), b"oops");
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let mut server = Server::answering(OK).await;
    let client = client();
    for _ in 0..3 {
        client.send(call(server.url())).await.unwrap().read().await.unwrap();
    }
    let opened = |seen: &Seen| matches!(seen, Seen::Opened(_));
    assert_eq!(server.seen().iter().filter(|seen| opened(seen)).count(), 1);
}

/// Runs a test of this binary again with a proxy in its environment, at which nobody listens.
#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let test = "transport::connections_are_used_again";
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    let output =
        command.args(["--exact", test]).env_remove("NO_PROXY").env_remove("no_proxy").output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(printed.contains("1 passed"), "{printed}");
}
