//! An upstream that answers every call with the same bytes, and remembers what it was sent.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use futures_util::StreamExt;
use llm_core::{ChatResponse, Error, ResponseBuilder, ResponseStream, StreamEvent};
use serde_json::Value;

/// An upstream on 127.0.0.1 that answers every call with the same bytes and closes the connection.
///
/// What it answers can be changed at any time; clones share it. Its thread ends with the process.
/// For an upstream that understands what it is asked, take the
/// [`Simulator`](crate::simulator::Simulator).
///
/// ```
/// use llm_testkit::canned::Canned;
///
/// let upstream = Canned::start()?;
/// upstream.json(200, r#"{"choices":[]}"#);
/// assert!(upstream.received().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Canned {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    response: Vec<u8>,
    received: Vec<Received>,
}

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Received {
    /// The path asked for, with its query.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim())
    }
}

impl Canned {
    /// Starts an upstream that answers nothing yet. Needs no runtime.
    ///
    /// # Errors
    ///
    /// When the system has no port to give.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let upstream = Self { address: listener.local_addr()?, shared: Arc::default() };
        let serving = upstream.clone();
        thread::Builder::new().name("canned upstream".to_owned()).spawn(move || {
            for connection in listener.incoming().flatten() {
                if let Some(request) = receive(&connection) {
                    let mut shared = serving.shared();
                    shared.received.push(request);
                    let response = shared.response.clone();
                    drop(shared);
                    drop((&connection).write_all(&response));
                }
            }
        })?;
        Ok(upstream)
    }

    /// Its address with this path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers with these bytes from now on, and forgets what it was sent.
    pub fn raw(&self, response: impl Into<Vec<u8>>) {
        let mut shared = self.shared();
        shared.response = response.into();
        shared.received.clear();
    }

    /// Answers with a status, further header lines and a body.
    pub fn answering(&self, status: u16, headers: &str, body: &str) {
        let length = body.len();
        self.raw(format!(
            "HTTP/1.1 {status} Any\r\nconnection: close\r\ncontent-length: {length}\r\n\
             {headers}\r\n{body}"
        ));
    }

    /// Answers with JSON.
    pub fn json(&self, status: u16, body: &str) {
        self.answering(status, "content-type: application/json\r\n", body);
    }

    /// Answers with a stream of this media type that ends where the connection does.
    pub fn streaming(&self, media_type: &str, body: &str) {
        self.raw(format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {media_type}\r\n\r\n{body}"
        ));
    }

    /// Answers as a recording does: a line about its origin, the status line, headers, an empty
    /// line, the body. How the body was framed is left out; the connection ends it.
    pub fn recorded(&self, recording: &str) {
        let response = recording.split_once('\n').map_or("", |(_, response)| response);
        let (head, body) = response.split_once("\r\n\r\n").unwrap_or((response, ""));
        // What the recording program said when the connection broke is no part of the body.
        let body = body.split("[curl exit").next().unwrap_or_default();
        let body = body.split("curl: (").next().unwrap_or_default();
        let framing = ["transfer-encoding", "content-length", "connection", "keep-alive"];
        let is_framing = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default();
            framing.iter().any(|framing| name.eq_ignore_ascii_case(framing))
        };
        let head: Vec<_> = head.split("\r\n").filter(|line| !is_framing(line)).collect();
        self.raw(format!("{}\r\nconnection: close\r\n\r\n{body}", head.join("\r\n")));
    }

    /// What was sent since the answer was set, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared().received.clone()
    }

    /// The body of the last request as JSON; null if it is none.
    pub fn body(&self) -> Value {
        let received = self.received();
        let body = received.last().map(|request| request.body.as_str());
        body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything a stream brings, and the error it ends with.
///
/// # Panics
///
/// When the stream goes on after an error.
pub async fn collect(mut stream: ResponseStream) -> (Vec<StreamEvent>, Option<Error>) {
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

/// The answer that these events make.
///
/// # Panics
///
/// When they make none.
#[expect(clippy::panic, reason = "as an assertion does, with the error in it")]
pub fn fold(events: Vec<StreamEvent>) -> ChatResponse {
    let mut builder = ResponseBuilder::default();
    for event in events {
        builder.push(event);
    }
    builder.finish().unwrap_or_else(|error| panic!("the events make no answer: {error}"))
}

/// Reads a request; `None` when the connection is at its end.
pub fn receive(connection: &TcpStream) -> Option<Received> {
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
    Some(Received { head, body: String::from_utf8(body).ok()? })
}

/// The ways in which the only upstream of a test answers, for use inside the `impl` of a type with
/// a field `canned` and a function `set(impl FnOnce(&Canned)) -> Self`: the tests of every provider
/// say it in the same words.
#[macro_export]
macro_rules! canned_answers {
    () => {
        /// Answers with these bytes and closes the connection.
        pub(crate) fn raw(response: impl Into<Vec<u8>>) -> Self {
            Self::set(|canned| canned.raw(response))
        }

        /// Answers with a status, further header lines and a body.
        pub(crate) fn answering(status: u16, headers: &str, body: &str) -> Self {
            Self::set(|canned| canned.answering(status, headers, body))
        }

        /// Answers with JSON.
        pub(crate) fn json(status: u16, body: &str) -> Self {
            Self::set(|canned| canned.json(status, body))
        }

        /// Answers with an event stream that ends where the connection does.
        pub(crate) fn events(body: &str) -> Self {
            Self::set(|canned| canned.streaming("text/event-stream", body))
        }

        /// Answers with lines that end where the connection does.
        pub(crate) fn lines(body: &str) -> Self {
            Self::set(|canned| canned.streaming("application/x-ndjson", body))
        }

        /// Answers as a recording does.
        pub(crate) fn recorded(recording: &str) -> Self {
            Self::set(|canned| canned.recorded(recording))
        }

        /// What was sent, oldest first.
        pub(crate) fn received(&self) -> Vec<$crate::canned::Received> {
            self.canned.received()
        }

        /// The body of the only request, as JSON.
        pub(crate) fn body(&self) -> $crate::__private::Value {
            assert_eq!(self.received().len(), 1);
            self.canned.body()
        }
    };
}
