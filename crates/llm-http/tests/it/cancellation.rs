//! Dropping is cancelling: the server sees the connection close.

use futures_util::StreamExt;
use llm_http::Frame;

use crate::server::{Seen, Server, call, client, send};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// Begins a stream and waits for the client to leave.
async fn stalling() -> Server {
    Server::start(|mut connection| async move {
        connection.request().await;
        connection.write(format!("{HEAD}data: one\n\n")).await;
        connection.closed().await;
    })
    .await
}

async fn sees_the_client_leave(server: &mut Server) {
    assert_eq!(server.next().await, Seen::Opened(0));
    assert!(matches!(server.next().await, Seen::Request(..)));
    assert_eq!(server.next().await, Seen::Closed(0));
}

#[tokio::test]
async fn dropping_an_unread_answer_closes_its_connection() {
    let mut server = stalling().await;
    let client = client();
    let response = client.send(call(server.url())).await.unwrap();
    drop(response);
    sees_the_client_leave(&mut server).await;
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let mut server = stalling().await;
    let client = client();
    let mut events = Box::pin(client.send(call(server.url())).await.unwrap().events());
    assert_eq!(events.next().await.unwrap().unwrap(), Frame::Data("one".to_owned()));
    drop(events);
    sees_the_client_leave(&mut server).await;
}

#[tokio::test]
async fn dropping_a_call_that_waits_closes_its_connection() {
    let mut server = Server::start(|mut connection| async move { connection.closed().await }).await;
    let client = client();
    let url = server.url();
    let mut waiting = Box::pin(client.send(call(url)));
    tokio::select! {
        _ = &mut waiting => panic!("nobody answers"),
        seen = server.next() => assert_eq!(seen, Seen::Opened(0)),
    }
    tokio::select! {
        _ = &mut waiting => panic!("nobody answers"),
        seen = server.next() => assert!(matches!(seen, Seen::Request(..))),
    }
    drop(waiting);
    assert_eq!(server.next().await, Seen::Closed(0));
}

#[tokio::test]
async fn the_stream_outlives_its_client() {
    let server = Server::answering_once(format!("{HEAD}data: one\n\n")).await;
    let events = send(&server).await.unwrap().events();
    let events: Vec<_> = events.map(Result::unwrap).collect().await;
    assert_eq!(events, [Frame::Data("one".to_owned())]);
}
