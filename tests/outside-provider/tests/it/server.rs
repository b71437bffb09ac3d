//! A Quill on 127.0.0.1 that does what an engine's name says. It ends with its value.

use std::net::SocketAddr;

use async_trait::async_trait;
use llm_core::ModelId;
use llm_testkit::conformance::Upstream;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

pub(crate) const KEY: &str = "sk-test-000";
pub(crate) const TEXT: &str = "A quill is a feather to write with.";

/// The longest body that is read.
const MOST: usize = 1 << 20;

/// The first half of an answer that does not end well.
const HALF: &str = "A quill is";

#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    calls: watch::Sender<Vec<Call>>,
    // Its end is the end of every connection.
    _work: JoinSet<()>,
}

#[derive(Debug)]
struct Call {
    engine: String,
    /// The request's body.
    body: String,
    /// Whether the client left; `None` while the call runs.
    left: Option<bool>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = watch::Sender::default();
        let mut work = JoinSet::new();
        work.spawn(serve(listener, calls.clone()));
        Self { address, calls, _work: work }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v2", self.address)
    }
}

#[async_trait]
impl Upstream for Server {
    fn calls(&self, model: &ModelId) -> usize {
        self.calls.borrow().iter().filter(|call| *model == *call.engine).count()
    }

    fn last_request(&self, model: &ModelId) -> Option<String> {
        let calls = self.calls.borrow();
        calls.iter().rfind(|call| *model == *call.engine).map(|call| call.body.clone())
    }

    async fn called(&self, model: &ModelId, count: usize) {
        let of = |calls: &Vec<Call>| calls.iter().filter(|call| *model == *call.engine).count();
        let _ = self.calls.subscribe().wait_for(|calls| of(calls) > count).await;
    }

    async fn abandoned(&self, model: &ModelId) -> bool {
        let ended = |call: &Call| *model != *call.engine || call.left.is_some();
        let mut news = self.calls.subscribe();
        let calls = news.wait_for(|calls| calls.iter().all(ended)).await.unwrap();
        let last = calls.iter().rfind(|call| *model == *call.engine);
        last.is_some_and(|call| call.left == Some(true))
    }
}

async fn serve(listener: TcpListener, calls: watch::Sender<Vec<Call>>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let calls = calls.clone();
        connections.spawn(async move {
            // A client that leaves is no trouble of the server's.
            let _ = answer(BufReader::new(socket), &calls).await;
        });
    }
}

/// One call a connection.
async fn answer(
    mut socket: BufReader<TcpStream>,
    calls: &watch::Sender<Vec<Call>>,
) -> std::io::Result<()> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if (&mut socket).take(MOST as u64).read_line(&mut head).await? == 0 || head.len() > MOST {
            return Ok(());
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    assert!(length <= MOST);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await?;

    if head.starts_with("get /v2/engines ") {
        let engines = json!({"engines": [{"name": "quill-small", "window": 32_000}]});
        return whole(&mut socket, "200", &engines).await;
    }
    assert!(head.starts_with("post /v2/replies ") && head.contains(&format!("x-quill-key: {KEY}")));
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let engine = asked["engine"].as_str().unwrap().to_owned();
    let place = {
        let mut place = 0;
        calls.send_modify(|calls| {
            place = calls.len();
            let body = String::from_utf8_lossy(&body).into_owned();
            calls.push(Call { engine: engine.clone(), body, left: None });
        });
        place
    };
    let left = play(&mut socket, &engine, &asked).await.unwrap_or(true);
    calls.send_modify(|calls| calls[place].left = Some(left));
    Ok(())
}

/// Does what the engine's name says; tells whether the client left before the end.
async fn play(
    socket: &mut BufReader<TcpStream>,
    engine: &str,
    asked: &Value,
) -> std::io::Result<bool> {
    let is_live = asked["live"] == true;
    let origin = json!({"reply": "reply-1", "engine": engine});
    let half = json!({"say": HALF});
    match engine {
        "quill-small" | "slow" => {
            let is_short = asked["most_tokens"] == 1;
            let (text, why) = if is_short { ("A", "most_tokens") } else { (TEXT, "complete") };
            let end = json!({"why": why, "read": 12, "wrote": 9});
            if is_live {
                let (first, second) = text.split_at(text.len() / 2);
                // An empty line of JSON says that the engine is still at work.
                let (first, second) = (json!({"say": first}), json!({"say": second}));
                let lines = [json!({}), origin, json!({}), first, json!({}), second, end];
                live(socket, &lines).await?;
            } else {
                whole(socket, "200", &join([origin, json!({"say": text}), end])).await?;
            }
        }
        "cut" if is_live => live(socket, &[origin, half]).await?,
        "cut" => {
            let body = r#"{"reply": "reply-1", "say": "A quill is"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\nconnection: close\r\n\r\n";
            socket.write_all(format!("{head}{body}").as_bytes()).await?;
        }
        "breaks" => {
            let fault = json!({"fault": {"name": "engine_broke", "text": "the feather bent"}});
            if is_live {
                live(socket, &[origin, half, fault]).await?;
            } else {
                whole(socket, "200", &join([origin, half, fault])).await?;
            }
        }
        "hangs" => return gone(socket).await,
        "stalls" => {
            live(socket, &[origin, half]).await?;
            return gone(socket).await;
        }
        other => {
            let (status, name) = other.split_once('-').unwrap();
            // An upstream that talks too much: none of it may come out of an error.
            let text = format!("see https://quill.example/faults, your key is {KEY}");
            whole(socket, status, &json!({"fault": {"name": name, "text": text}})).await?;
        }
    }
    Ok(false)
}

/// Waits until the client leaves.
async fn gone(socket: &mut BufReader<TcpStream>) -> std::io::Result<bool> {
    socket.read_u8().await.map(|_| false)
}

fn join<const N: usize>(parts: [Value; N]) -> Value {
    let fields = parts.into_iter().filter_map(|part| part.as_object().cloned()).flatten();
    Value::Object(fields.collect())
}

async fn whole(
    socket: &mut BufReader<TcpStream>,
    status: &str,
    body: &Value,
) -> std::io::Result<()> {
    let body = body.to_string();
    let wait = if status == "429" { "x-quill-wait: 1500\r\n" } else { "" };
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{wait}content-length: {length}\r\n");
    socket.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await?;
    socket.flush().await
}

/// Lines without an end of their own: the connection's end is the end, and proves nothing.
async fn live(socket: &mut BufReader<TcpStream>, lines: &[Value]) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    for line in lines {
        socket.write_all(format!("{line}\n").as_bytes()).await?;
    }
    socket.flush().await
}
