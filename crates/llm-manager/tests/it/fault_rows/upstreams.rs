//! Upstreams that are not even reached, or break before they have said anything.

use std::{fmt::Display, future, io, path::Path};

use llm_openrouter::OpenRouterConfig;
use llm_testkit::sockets::{ClosedPort, FullBacklog};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::certificates::{showing_self_signed, showing_trusted};

/// Something that must stay while the upstream is in use.
pub(crate) type Kept = Box<dyn Send>;

fn at(scheme: &str, host: impl Display) -> OpenRouterConfig {
    let url = format!("{scheme}://{host}/api/v1");
    OpenRouterConfig::new("sk-test-000").with_base_url(url)
}

/// A port that is taken, on which nobody listens.
pub(crate) fn refused() -> (OpenRouterConfig, Kept) {
    let port = ClosedPort::take().unwrap();
    (at("http", port.address()), Box::new(port))
}

/// A listener that accepts nobody, and has no room for another who waits.
pub(crate) async fn full_backlog() -> (OpenRouterConfig, Kept) {
    let full = FullBacklog::fill().await.unwrap();
    (at("http", full.address()), Box::new(full))
}

/// A host whose lookup ends like this, or never.
pub(crate) fn unresolved(error: Option<io::ErrorKind>) -> OpenRouterConfig {
    at("https", "models.invalid").with_resolver(move |_| async move {
        match error {
            Some(kind) => Err(io::Error::new(kind, "no such host")),
            None => future::pending().await,
        }
    })
}

/// A server that does this with each connection.
pub(crate) async fn server<F, R>(scheme: &str, serve: F) -> (OpenRouterConfig, Kept)
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = at(scheme, listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            connections.spawn(serve(stream));
        }
    });
    (config, Box::new(tasks))
}

/// Hangs up on whoever begins a handshake.
pub(crate) async fn handshake_cut() -> (OpenRouterConfig, Kept) {
    server("https", |mut stream| async move {
        let _ = stream.read_exact(&mut [0]).await;
    })
    .await
}

/// Shows a certificate that nobody has signed but itself.
pub(crate) async fn self_signed() -> (OpenRouterConfig, Kept) {
    let acceptor = showing_self_signed();
    server("https", move |stream| {
        let acceptor = acceptor.clone();
        async move { drop(acceptor.accept(stream).await) }
    })
    .await
}

/// Speaks HTTP/2 and refuses every request unseen. Its certificate lies in `folder`.
pub(crate) async fn refusing_streams(folder: &Path) -> (OpenRouterConfig, Kept) {
    let acceptor = showing_trusted(folder, &["h2"]);
    server("https", move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let Ok(mut connection) = h2::server::handshake(stream).await else { return };
            while let Some(Ok((_, mut respond))) = connection.accept().await {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
            }
        }
    })
    .await
}
