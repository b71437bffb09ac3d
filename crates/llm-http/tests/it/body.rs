//! Bodies that are cut, packed, endless or of an odd type.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use llm_core::{ErrorKind, Execution};
use tokio::io::AsyncWriteExt;

use crate::server::{Seen, Server, send};

async fn read(answer: impl Into<Vec<u8>>) -> llm_core::Result<Vec<u8>> {
    let server = Server::answering_once(answer).await;
    send(&server).await?.read().await.map(|body| body.to_vec())
}

async fn refused(answer: impl Into<Vec<u8>>) -> (ErrorKind, Execution) {
    let error = read(answer).await.unwrap_err();
    (error.kind(), error.execution())
}

#[tokio::test]
async fn c05_a_body_that_ends_before_its_length() {
    let cut = refused("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\":").await;
    assert_eq!(cut, (ErrorKind::TruncatedResponse, Execution::Executed));
}

#[tokio::test]
async fn c05_a_body_that_ends_within_a_chunk() {
    for body in ["20\r\n{\"choices\":", "2\r\n{}\r\n", "2\r\n{}\r\n0\r\n"] {
        let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        let cut = refused(answer).await;
        assert_eq!(cut, (ErrorKind::TruncatedResponse, Execution::Executed), "{body}");
    }
}

#[tokio::test]
async fn c05_a_body_that_ends_with_the_connection_is_for_its_reader_to_judge() {
    let body = read("HTTP/1.1 200 OK\r\n\r\n{\"choices\":").await.unwrap();
    assert_eq!(body, b"{\"choices\":");
}

#[tokio::test]
async fn c05_a_reset_within_the_body() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        connection.reset();
    })
    .await;
    // Where the reset overtakes the headers, the answer never began.
    let kind = match send(&server).await {
        Ok(response) => response.read().await.unwrap_err().kind(),
        Err(error) => error.kind(),
    };
    assert!(matches!(kind, ErrorKind::TruncatedResponse | ErrorKind::ResetAfterSend), "{kind}");
}

#[tokio::test]
async fn a_chunk_without_a_size_is_malformed() {
    let broken = refused("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n").await;
    assert_eq!(broken, (ErrorKind::MalformedResponse, Execution::Maybe));
}

#[tokio::test]
async fn c07_types_of_content() {
    let of = |content_type: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: 2\r\n\r\n{{}}")
    };
    for content_type in
        ["text/plain", "application/json; charset=UTF-8", "text/html; charset=latin1"]
    {
        assert_eq!(read(of(content_type)).await.unwrap(), b"{}", "{content_type}");
    }
    for content_type in ["application/json; charset=utf-16", "text/plain;Charset=\"UTF-32LE\""] {
        assert_eq!(
            refused(of(content_type)).await.0,
            ErrorKind::MalformedResponse,
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn c12_an_endless_body_stops_at_its_limit() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let mut server = Server::start(move |mut connection| {
        let count = Arc::clone(&count);
        async move {
            connection.request().await;
            connection.write("HTTP/1.1 200 OK\r\n\r\n").await;
            let megabyte = vec![b'x'; 1024 * 1024];
            for _ in 0..1024 {
                if connection.stream.write_all(&megabyte).await.is_err() {
                    break;
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            connection.closed().await;
        }
    })
    .await;
    let error = send(&server).await.unwrap().read().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
    assert_eq!(server.next().await, Seen::Opened(0));
    assert!(matches!(server.next().await, Seen::Request(..)));
    assert_eq!(server.next().await, Seen::Closed(0));
    // What was read up to the limit of 32, and what was under way.
    let written = written.load(Ordering::Relaxed);
    assert!(written < 64, "{written} megabytes");
}

#[tokio::test]
async fn c12_a_body_declared_too_long_is_not_read() {
    let gigabyte = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    assert_eq!(refused(gigabyte).await, (ErrorKind::ResponseTooLarge, Execution::Executed));
}

#[tokio::test]
async fn c13_nothing_is_unpacked() {
    for encoding in ["gzip", "gzip, gzip", "foo", "br", "identity\r\ncontent-encoding: deflate"] {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let broken = refused(answer).await;
        assert_eq!(broken, (ErrorKind::MalformedResponse, Execution::Maybe), "{encoding}");
    }
    let plain = "HTTP/1.1 200 OK\r\ncontent-encoding: Identity\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(read(plain).await.unwrap(), b"{}");
}

#[tokio::test]
async fn an_empty_body_is_empty() {
    assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n").await.unwrap(), b"");
    assert_eq!(read("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap(), b"");
}
