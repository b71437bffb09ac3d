//! A server on loopback that says exactly what a test wants, byte by byte.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use llm_http::{Call, ClientSettings, Endpoint, HttpClient, HttpResponse};

/// What a server saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A connection was opened; they are numbered from 0.
    Opened(usize),
    /// A whole request came on this connection.
    Request(usize, String),
    /// The other side closed this connection.
    Closed(usize),
}

/// A server; dropping it closes everything.
pub(crate) struct Server {
    address: SocketAddr,
    seen: UnboundedReceiver<Seen>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Serves every connection with `script`.
    pub(crate) async fn start<F, S>(script: S) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
        S: Fn(Connection) -> F + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (report, seen) = unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                report.send(Seen::Opened(number)).unwrap();
                let connection = Connection { number, stream, report: report.clone() };
                connections.spawn(script(connection));
            }
        });
        Self { address, seen, _tasks: tasks }
    }

    /// Answers every request of every connection with the same bytes.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut connection| {
            let answer = answer.clone();
            async move {
                while connection.request().await.is_some() {
                    connection.write(&answer).await;
                }
            }
        })
        .await
    }

    /// Answers one request with these bytes and closes.
    pub(crate) async fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut connection| {
            let answer = answer.clone();
            async move {
                connection.request().await;
                connection.write(&answer).await;
            }
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/chat", self.address)
    }

    #[cfg(feature = "rustls")]
    pub(crate) fn tls_url(&self) -> String {
        format!("https://{}/v1/chat", self.address)
    }

    pub(crate) fn port(&self) -> String {
        self.address.port().to_string()
    }

    /// The next thing seen. The limit only keeps a failing test from hanging.
    pub(crate) async fn next(&mut self) -> Seen {
        let next = tokio::time::timeout(Duration::from_secs(30), self.seen.recv());
        next.await.expect("the server sees nothing").unwrap()
    }

    /// Everything seen so far.
    pub(crate) fn seen(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }

    /// The requests seen so far.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        let request = |seen| match seen {
            Seen::Request(_, text) => Some(text),
            _ => None,
        };
        self.seen().into_iter().filter_map(request).collect()
    }
}

/// One connection, from the server's side.
pub(crate) struct Connection<S = TcpStream> {
    pub(crate) number: usize,
    pub(crate) stream: S,
    pub(crate) report: UnboundedSender<Seen>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Reads one request; `None` when the other side closes instead.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut request = Vec::new();
        loop {
            let mut part = [0; 4096];
            match self.stream.read(&mut part).await {
                Ok(0) | Err(_) => {
                    let _ = self.report.send(Seen::Closed(self.number));
                    return None;
                }
                Ok(length) => request.extend_from_slice(&part[..length]),
            }
            if is_whole(&request) {
                let text = String::from_utf8(request).unwrap();
                let _ = self.report.send(Seen::Request(self.number, text.clone()));
                return Some(text);
            }
        }
    }

    /// Writes; whether the other side still listens is not checked.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Waits until the other side closes.
    pub(crate) async fn closed(&mut self) {
        while self.request().await.is_some() {}
    }
}

impl Connection {
    /// Breaks the connection without a farewell.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

pub(crate) fn client() -> HttpClient {
    HttpClient::new(&ClientSettings::default()).unwrap()
}

pub(crate) fn call(url: impl AsRef<str>) -> Call {
    Call::post_json(&Endpoint::new(url.as_ref()).unwrap(), r#"{"model":"acme/swift-8b"}"#)
}

/// Sends one call with a new client.
pub(crate) async fn send(server: &Server) -> llm_core::Result<HttpResponse> {
    client().send(call(server.url())).await
}

/// An answer with a declared length.
pub(crate) fn answer(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
