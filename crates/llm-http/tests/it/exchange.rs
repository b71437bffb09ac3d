//! What is read of an answer, and when.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use llm_core::{ErrorKind, ModelId, ProviderId, ResponseStream, Result, StreamEvent};
use llm_http::{Exchange, HttpClient, openai::Dialect};
use tokio::{io::AsyncWriteExt, sync::Notify};

use crate::server::{Connection, Server, call, client, send};

const DELTA: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const ANSWER: &str = "{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}";

/// How servers declare bodies that are something else.
const DECLARED: [&str; 5] = [
    "",
    "content-type: text/plain\r\n",
    "content-type: text/html\r\n",
    "content-type: application/json\r\n",
    "content-type: text/event-stream\r\n",
];

fn exchange() -> Exchange<Dialect> {
    let (provider, model) = (ProviderId::from("acme"), ModelId::from("acme/swift-8b"));
    Exchange::new(&provider, Some(&model), Dialect::OPENAI, || SystemTime::UNIX_EPOCH)
}

async fn text_of(stream: Result<ResponseStream>) -> Result<String> {
    let mut builder = llm_core::ResponseBuilder::default();
    let mut stream = stream?;
    while let Some(event) = stream.next().await {
        builder.push(event?);
    }
    Ok(builder.finish()?.text())
}

/// The text of a body read whole and as a stream, or the kind of error.
async fn check(
    client: &HttpClient,
    answer: String,
    expected: std::result::Result<&str, ErrorKind>,
) {
    let server = Server::answering_once(answer.clone()).await;
    let response = client.send(call(server.url())).await.unwrap();
    let whole = exchange().answer(response).await.map(|response| response.text());
    let response = client.send(call(server.url())).await.unwrap();
    let streamed = text_of(exchange().stream(response).await).await;
    for read in [whole, streamed] {
        assert_eq!(read.as_deref().map_err(llm_core::Error::kind), expected, "{answer}");
    }
}

#[tokio::test]
async fn c07_d18_what_a_body_holds_decides_whatever_it_is_declared_to_be() {
    let client = client();
    for declared in DECLARED {
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\n{declared}\r\n{body}");
        check(&client, answer(&format!("\u{feff}{DELTA}{STOP}")), Ok("Hi")).await;
        check(&client, answer(&format!(" \n\n{DELTA}{STOP}")), Ok("Hi")).await;
        check(&client, answer(ANSWER), Ok("Hi")).await;
        check(&client, answer(&format!("\n  \n{ANSWER}")), Ok("Hi")).await;
        let error = r#"{"error":{"code":429,"message":"slow down"}}"#;
        check(&client, answer(error), Err(ErrorKind::RateLimited)).await;
        check(&client, answer("<!doctype html>"), Err(ErrorKind::NotJson)).await;
    }
}

/// In one packet or in two: what the space is cut off from reads the same.
#[tokio::test]
async fn c07_space_before_a_stream_means_nothing() {
    let client = client();
    for space in [" ", "\n\t ", " \u{feff}"] {
        let answer = format!("HTTP/1.1 200 OK\r\n\r\n{space}{DELTA}{STOP}");
        check(&client, answer, Ok("Hi")).await;
    }
    check(&client, format!("HTTP/1.1 200 OK\r\n\r\n \u{feff}{ANSWER}"), Ok("Hi")).await;
}

#[tokio::test]
async fn c07_a_stream_is_read_as_it_comes_however_it_is_declared() {
    let client = client();
    for declared in DECLARED {
        let go_on = Arc::new(Notify::new());
        let waiting = Arc::clone(&go_on);
        let server = Server::start(move |mut connection: Connection| {
            let go_on = Arc::clone(&waiting);
            async move {
                connection.request().await;
                connection.write(&format!("HTTP/1.1 200 OK\r\n{declared}\r\n")).await;
                for byte in DELTA.bytes() {
                    connection.write([byte]).await;
                    tokio::task::yield_now().await;
                }
                go_on.notified().await;
                connection.write(STOP).await;
            }
        })
        .await;
        let response = client.send(call(server.url())).await.unwrap();
        let mut stream = exchange().stream(response).await.unwrap();
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!(first, StreamEvent::Text("Hi".to_owned()), "{declared}");
        go_on.notify_one();
        assert_eq!(text_of(Ok(stream)).await.unwrap(), "", "{declared}");
    }
}

#[tokio::test]
async fn the_status_of_an_error_tells_where_its_body_never_comes() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 429 Too Many\r\ncontent-length: 100\r\n\r\n{").await;
        connection.closed().await;
    })
    .await;
    let response = send(&server).await.unwrap();
    tokio::time::pause();
    let error = exchange().answer(response).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
}

#[tokio::test]
async fn d22_a_slow_reader_holds_the_server_back() {
    const LINE: &str = ": a line of sixty-four bytes, so that its events are not too many.\n";
    const PIECE: usize = 1024 * LINE.len();
    const PIECES: usize = 1024;
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let server = Server::start(move |mut connection: Connection| {
        let count = Arc::clone(&count);
        async move {
            connection.request().await;
            connection.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").await;
            let comments = LINE.repeat(1024);
            for _ in 0..PIECES {
                if connection.stream.write_all(comments.as_bytes()).await.is_err() {
                    return;
                }
                count.fetch_add(PIECE, Ordering::SeqCst);
            }
        }
    })
    .await;
    let mut stream = exchange().stream(send(&server).await.unwrap()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::KeepAlive);
    // Time passes only while nobody has anything to do: when the server is held back.
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held_back = written.load(Ordering::SeqCst);
    assert!(held_back < PIECE * PIECES / 2, "{held_back} bytes are under way");
    for _ in 0..held_back / LINE.len() + 10_000 {
        stream.next().await.unwrap().unwrap();
    }
    assert!(written.load(Ordering::SeqCst) > held_back, "reading lets the server go on");
}

#[tokio::test]
async fn space_without_end_is_too_large_whatever_comes_before_it() {
    for beginning in ["", "\u{feff}"] {
        let server = Server::start(move |mut connection: Connection| async move {
            connection.request().await;
            connection.write(&format!("HTTP/1.1 200 OK\r\n\r\n{beginning}")).await;
            let space = " ".repeat(1024 * 1024);
            for _ in 0..64 {
                connection.write(&space).await;
            }
        })
        .await;
        let error = exchange().answer(send(&server).await.unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
    }
}
