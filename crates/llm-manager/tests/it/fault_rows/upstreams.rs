//! Upstreams that are not even reached, or break before they have said anything.

use std::{fmt::Display, future, io, path::Path, sync::Arc, time::Duration};

use llm_openrouter::OpenRouterConfig;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// Something that must stay while the upstream is in use.
pub(crate) type Kept = Box<dyn Send>;

fn at(scheme: &str, host: impl Display) -> OpenRouterConfig {
    let url = format!("{scheme}://{host}/api/v1");
    OpenRouterConfig::new("sk-test-000").with_base_url(url)
}

fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// A port that is taken, on which nobody listens.
pub(crate) fn refused() -> (OpenRouterConfig, Kept) {
    let socket = socket();
    (at("http", socket.local_addr().unwrap()), Box::new(socket))
}

/// A listener that accepts nobody, and has no room for another who waits.
pub(crate) async fn full_backlog() -> (OpenRouterConfig, Kept) {
    let listener = socket().listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let second = Duration::from_secs(1);
    while let Ok(connection) = timeout(second, TcpStream::connect(address)).await {
        waiting.push(connection.unwrap());
        assert!(waiting.len() < 100, "the backlog has no end");
    }
    (at("http", address), Box::new((listener, waiting)))
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
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let acceptor = acceptor(own.cert.der().clone(), key);
    server("https", move |stream| {
        let acceptor = acceptor.clone();
        async move { drop(acceptor.accept(stream).await) }
    })
    .await
}

/// Speaks HTTP/2 and refuses every request unseen. Its certificate lies in `folder`.
pub(crate) async fn refusing_streams(folder: &Path) -> (OpenRouterConfig, Kept) {
    let certificate = CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let acceptor = acceptor(certificate, key);
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

fn acceptor(certificate: CertificateDer<'static>, key: PrivatePkcs8KeyDer<'static>) -> TlsAcceptor {
    let config = ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], PrivateKeyDer::from(key)).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
