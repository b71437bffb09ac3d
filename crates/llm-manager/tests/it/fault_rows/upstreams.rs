//! Upstreams that are not even reached, or break before they have said anything.

use std::{fmt::Display, path::Path};

use llm_testkit::sockets::{ClosedPort, FullBacklog};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::lab::Place;
use crate::{
    certificates::{showing_self_signed, showing_trusted},
    dialects::Lookup,
};

/// Something that must stay while the upstream is in use.
pub(crate) type Kept = Box<dyn Send>;

fn at(scheme: &'static str, host: impl Display) -> Place {
    Place { scheme, host: host.to_string(), lookup: Lookup::System }
}

/// A port that is taken, on which nobody listens.
pub(crate) fn refused() -> (Place, Kept) {
    let port = ClosedPort::take().unwrap();
    (at("http", port.address()), Box::new(port))
}

/// A listener that accepts nobody, and has no room for another who waits.
pub(crate) async fn full_backlog() -> (Place, Kept) {
    let full = FullBacklog::fill().await.unwrap();
    (at("http", full.address()), Box::new(full))
}

/// A host whose lookup ends like this.
pub(crate) fn unresolved(lookup: Lookup) -> Place {
    Place { lookup, ..at("https", "models.invalid") }
}

/// A server that does this with each connection.
pub(crate) async fn server<F, R>(scheme: &'static str, serve: F) -> (Place, Kept)
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = at(scheme, listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            connections.spawn(serve(stream));
        }
    });
    (place, Box::new(tasks))
}

/// Hangs up on whoever begins a handshake.
pub(crate) async fn handshake_cut() -> (Place, Kept) {
    server("https", |mut stream| async move {
        let _ = stream.read_exact(&mut [0]).await;
    })
    .await
}

/// Shows a certificate that nobody has signed but itself.
pub(crate) async fn self_signed() -> (Place, Kept) {
    let acceptor = showing_self_signed();
    server("https", move |stream| {
        let acceptor = acceptor.clone();
        async move { drop(acceptor.accept(stream).await) }
    })
    .await
}

/// Speaks HTTP/2 and refuses every request unseen. Its certificate lies in `folder`.
pub(crate) async fn refusing_streams(folder: &Path) -> (Place, Kept) {
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
