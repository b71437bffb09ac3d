//! An upstream that answers every call with the same bytes, and remembers what it was sent.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use futures_util::StreamExt;
use llm_core::{
    ChatRequest, ChatResponse, Error, Provider, ResponseBuilder, ResponseStream, Result,
    StreamEvent,
};
use llm_openrouter::{OpenRouter, OpenRouterConfig};
use serde_json::Value;

pub(crate) const KEY: &str = "sk-test-000-canary";
pub(crate) const MODEL: &str = "acme/swift-8b";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the only server of a test answers now. A new one replaces the one before, because a test
/// has one server and one client: to make them takes longer than everything else.
pub(crate) struct Upstream(Server);

#[derive(Clone)]
struct Server {
    base_url: String,
    response: Arc<Mutex<Vec<u8>>>,
    received: Arc<Mutex<Vec<Received>>>,
    provider: OpenRouter,
}

thread_local! {
    static SERVER: Server = Server::start();
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let config = OpenRouterConfig::new(KEY).with_base_url(&base_url);
        let provider = OpenRouter::new(config).unwrap();
        let (response, received) = <(Arc<Mutex<Vec<u8>>>, Arc<Mutex<Vec<Received>>>)>::default();
        let server = Self { base_url, response, received, provider };
        let serving = server.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if let Some(request) = receive(&connection) {
                    serving.received.lock().unwrap().push(request);
                    let response = serving.response.lock().unwrap().clone();
                    drop((&connection).write_all(&response));
                }
            }
        });
        server
    }
}

impl Upstream {
    /// Answers with these bytes and closes the connection.
    pub(crate) fn raw(response: impl Into<Vec<u8>>) -> Self {
        let server = SERVER.with(Server::clone);
        *server.response.lock().unwrap() = response.into();
        server.received.lock().unwrap().clear();
        Self(server)
    }

    /// Answers with a status, further header lines and a body.
    pub(crate) fn answering(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::raw(format!(
            "HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: {length}\r\n\
             {headers}\r\n{body}"
        ))
    }

    /// Answers with JSON.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::answering(status, "content-type: application/json\r\n", body)
    }

    /// Answers with an event stream that ends where the connection does.
    pub(crate) fn events(body: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n{body}"
        ))
    }

    pub(crate) fn config(&self) -> OpenRouterConfig {
        OpenRouterConfig::new(KEY).with_base_url(&self.0.base_url)
    }

    pub(crate) fn provider(&self) -> OpenRouter {
        self.0.provider.clone()
    }

    /// Asks for a whole answer.
    pub(crate) async fn chat(&self) -> Result<ChatResponse> {
        self.provider().chat(&MODEL.into(), ChatRequest::from("Hello")).await
    }

    /// Asks for a stream and reads it to its end.
    pub(crate) async fn stream(&self) -> Result<Vec<StreamEvent>> {
        let stream = self.provider().stream(&MODEL.into(), ChatRequest::from("Hello")).await?;
        let (events, error) = collect(stream).await;
        error.map_or(Ok(events), Err)
    }

    /// What was sent, oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.0.received.lock().unwrap().clone()
    }

    /// The body of the only request.
    pub(crate) fn body(&self) -> Value {
        let received = self.received();
        assert_eq!(received.len(), 1);
        serde_json::from_str(&received[0].body).unwrap()
    }
}

/// Everything a stream brings, and the error it ends with.
pub(crate) async fn collect(mut stream: ResponseStream) -> (Vec<StreamEvent>, Option<Error>) {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "the stream goes on after an error");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

pub(crate) fn fold(events: Vec<StreamEvent>) -> ChatResponse {
    let mut builder = ResponseBuilder::default();
    for event in events {
        builder.push(event);
    }
    builder.finish().unwrap()
}

/// Reads a request; `None` when the connection is at its end.
pub(crate) fn receive(connection: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Received { head, body: String::from_utf8(body).unwrap() })
}
