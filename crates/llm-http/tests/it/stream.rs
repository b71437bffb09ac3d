//! Event streams over a connection.

use futures_util::StreamExt;
use llm_core::{ErrorKind, Result};
use llm_http::Frame;

use crate::server::{Server, send};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n";

async fn events(answer: impl Into<Vec<u8>>) -> Vec<Result<Frame>> {
    let server = Server::answering_once(answer).await;
    send(&server).await.unwrap().events().collect().await
}

/// The events as text, and the kind of error that ends them.
fn shown(events: &[Result<Frame>]) -> Vec<String> {
    let show = |event: &Result<Frame>| match event {
        Ok(Frame::Data(data)) => data.clone(),
        Ok(Frame::Unfinished(data)) => format!("unfinished {data}"),
        Ok(Frame::Comment) => ":".to_owned(),
        Err(error) => format!("error {}", error.kind()),
    };
    events.iter().map(show).collect()
}

#[tokio::test]
async fn a_whole_stream_arrives() {
    let body = ": OPENROUTER PROCESSING\n\ndata: {\"a\":1}\n\ndata: [DONE]\n\n";
    let server = Server::answering_once(format!("{HEAD}\r\n{body}")).await;
    let response = send(&server).await.unwrap();
    assert!(response.is_event_stream());
    let events: Vec<_> = response.events().collect().await;
    assert_eq!(shown(&events), [":", "{\"a\":1}", "[DONE]"]);
}

#[tokio::test]
async fn d07_the_last_event_needs_no_blank_line() {
    let events = events(format!("{HEAD}\r\ndata: one\n\ndata: two")).await;
    assert_eq!(shown(&events), ["one", "unfinished two"]);
}

#[tokio::test]
async fn d08_a_line_without_end_closes_the_stream() {
    let line = "x".repeat(10 * 1024 * 1024);
    let events = events(format!("{HEAD}\r\ndata: one\n\ndata: {line}")).await;
    assert_eq!(shown(&events), ["one", "error response_too_large"]);
}

#[tokio::test]
async fn d13_a_broken_connection_cuts_the_stream() {
    let head = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
    let cut = events(format!("{head}b\r\ndata: one\n\n\r\n20\r\ndata: tw")).await;
    assert_eq!(shown(&cut), ["one", "error stream_cut"]);
    assert_eq!(cut.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::StreamCut);
    let at_once = events(head).await;
    assert_eq!(shown(&at_once), ["error stream_cut"]);
}

#[tokio::test]
async fn c13_a_packed_stream_is_refused() {
    let events = events(format!("{HEAD}content-encoding: gzip\r\n\r\ndata: one\n\n")).await;
    assert_eq!(shown(&events), ["error malformed_response"]);
}
