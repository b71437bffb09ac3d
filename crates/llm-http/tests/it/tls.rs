//! Handshakes that fail.

use std::sync::Arc;

use llm_core::{ErrorKind, Execution};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

use crate::{
    server::{Seen, Server, call, client},
    transport::kind,
};

/// A server whose certificate nobody has signed but itself.
async fn self_signed() -> Server {
    let certificate = CertificateDer::from(include_bytes!("fixtures/self_signed.der").as_slice());
    let key = PrivateKeyDer::try_from(include_bytes!("fixtures/self_signed.key.der").as_slice());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |connection| {
        let acceptor = acceptor.clone();
        async move {
            let _ = acceptor.accept(connection.stream).await;
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a04_connecting_takes_too_long() {
    let server = Server::start(|mut connection| async move { connection.closed().await }).await;
    let result = client().send(call(server.tls_url())).await;
    assert_eq!(kind(result), (ErrorKind::ConnectTimeout, Execution::NotSent));
}

#[tokio::test]
async fn a07_the_handshake_is_cut() {
    let mut server = Server::start(|mut connection| async move {
        let mut first = [0; 1];
        connection.stream.read_exact(&mut first).await.unwrap();
    })
    .await;
    let result = client().send(call(server.tls_url())).await;
    assert_eq!(kind(result), (ErrorKind::TlsHandshake, Execution::NotSent));
    assert_eq!(server.seen(), [Seen::Opened(0)]);
}

#[tokio::test]
async fn a07_the_server_speaks_no_tls() {
    let server = Server::start(|mut connection| async move {
        let mut first = [0; 1];
        connection.stream.read_exact(&mut first).await.unwrap();
        connection.write("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        connection.closed().await;
    })
    .await;
    let result = client().send(call(server.tls_url())).await;
    assert_eq!(kind(result), (ErrorKind::TlsHandshake, Execution::NotSent));
}

#[tokio::test]
async fn a05_a_self_signed_certificate_is_refused() {
    let mut server = self_signed().await;
    let error = client().send(call(server.tls_url())).await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (ErrorKind::TlsInvalid, Execution::NotSent));
    assert!(!error.is_retryable());
    // Once, and not in the clear after that.
    assert_eq!(server.seen(), [Seen::Opened(0)]);
}
