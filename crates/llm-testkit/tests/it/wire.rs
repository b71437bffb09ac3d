//! A client that knows HTTP/1.1 and nothing else: requests as text, responses taken apart by hand.

use std::{io, time::Duration};

use llm_testkit::simulator::{LoggedCall, ModelScript, Simulator, SimulatorConfig};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

/// Nothing for this long is silence.
pub(crate) const SILENCE: Duration = Duration::from_secs(3_600);

/// What came back, and when.
#[derive(Debug, Default)]
pub(crate) struct Got {
    pub(crate) bytes: Vec<u8>,
    pub(crate) arrivals: Vec<(Duration, Vec<u8>)>,
    pub(crate) end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
    Silent,
    /// The reader had enough.
    Enough,
}

impl Got {
    pub(crate) fn status(&self) -> u16 {
        let line = self.head().lines().next().unwrap().to_owned();
        line.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.head();
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    /// The body's text without its framing, and whether it ended as announced.
    pub(crate) fn body(&self) -> (String, bool) {
        let rest = &self.bytes[self.head().len() + 4..];
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(length) = self.header("content-length") {
            return (text(rest), rest.len() == length.parse::<usize>().unwrap());
        }
        if self.header("transfer-encoding").is_some() {
            let (body, whole) = dechunk(rest);
            return (text(&body), whole);
        }
        (text(rest), self.end == Some(End::Closed))
    }

    /// The body's text, which must be whole.
    pub(crate) fn text(&self) -> String {
        let (text, whole) = self.body();
        assert!(whole, "the body is not whole: {self:?}");
        text
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The JSON of every event of a stream.
    pub(crate) fn events(&self) -> Vec<Value> {
        let (text, _) = self.body();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter_map(|data| serde_json::from_str(data).ok()).collect()
    }

    /// The text of a stream's deltas.
    pub(crate) fn streamed_text(&self) -> String {
        let events = self.events();
        let content = |event: &Value| {
            event.pointer("/choices/0/delta/content").and_then(Value::as_str).map(str::to_owned)
        };
        events.iter().filter_map(content).collect()
    }

    fn head(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        text.split_once("\r\n\r\n").expect("the response has no head").0.to_owned()
    }
}

fn dechunk(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
            return (body, false);
        };
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
        bytes = &bytes[line + 2..];
        if size == 0 {
            return (body, bytes == b"\r\n");
        }
        if bytes.len() < size + 2 {
            body.extend_from_slice(bytes);
            return (body, false);
        }
        body.extend_from_slice(&bytes[..size]);
        assert_eq!(&bytes[size..size + 2], b"\r\n");
        bytes = &bytes[size + 2..];
    }
}

/// A simulator with one model, `acme/one`, that says `one two three four`.
pub(crate) fn simulator(change: impl FnOnce(ModelScript) -> ModelScript) -> Simulator {
    let model = ModelScript::new("acme/one").with_answer("one two three four");
    start(SimulatorConfig::default().with_model(change(model)))
}

pub(crate) fn start(config: SimulatorConfig) -> Simulator {
    Simulator::start(config).unwrap()
}

/// The calls, once so many have ended.
pub(crate) async fn ended(simulator: &Simulator, count: usize) -> Vec<LoggedCall> {
    timeout(SILENCE, simulator.wait_for_ended(count)).await.expect("a call does not end")
}

/// A chat completion's body.
pub(crate) fn chat(stream: bool) -> Value {
    json!({
        "model": "acme/one", "stream": stream,
        "messages": [{"role": "user", "content": "Count to four."}],
    })
}

/// `body` with further fields.
pub(crate) fn with(mut body: Value, fields: &Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    body
}

/// The bytes of a chat completion's request, after which the connection is closed.
pub(crate) fn post(body: &Value) -> String {
    post_text(&body.to_string(), "connection: close\r\n")
}

pub(crate) fn post_text(body: &str, headers: &str) -> String {
    let length = body.len();
    format!(
        "POST /api/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n\
         authorization: Bearer sk-test-000\r\ncontent-type: application/json\r\n\
         {headers}content-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

pub(crate) async fn connect(simulator: &Simulator) -> TcpStream {
    TcpStream::connect(("127.0.0.1", simulator.port())).await.unwrap()
}

/// Sends a request on a connection of its own and reads whatever comes.
pub(crate) async fn send(simulator: &Simulator, request: &str) -> Got {
    send_until(simulator, request, |_| false).await
}

/// The same, until `enough` of it has come.
pub(crate) async fn send_until(
    simulator: &Simulator,
    request: &str,
    enough: impl Fn(&[u8]) -> bool,
) -> Got {
    let mut socket = connect(simulator).await;
    socket.write_all(request.as_bytes()).await.unwrap();
    read(&mut socket, enough).await
}

pub(crate) async fn read(socket: &mut TcpStream, enough: impl Fn(&[u8]) -> bool) -> Got {
    let start = Instant::now();
    let mut got = Got::default();
    let end = loop {
        let mut buffer = vec![0; 65_536];
        match timeout(SILENCE, socket.read(&mut buffer)).await {
            Err(_) => break End::Silent,
            Ok(Ok(0)) => break End::Closed,
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
            Ok(Err(error)) => panic!("{error}"),
            Ok(Ok(length)) => {
                buffer.truncate(length);
                got.bytes.extend_from_slice(&buffer);
                got.arrivals.push((start.elapsed(), buffer));
            }
        }
        if enough(&got.bytes) {
            break End::Enough;
        }
    };
    got.end = Some(end);
    got
}
