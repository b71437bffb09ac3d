//! Handshakes that fail.

use std::{fs, sync::Arc};

use llm_core::{ErrorKind, Execution};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

use crate::{
    server::{Connection, Seen, Server, answer, call, client},
    transport::kind,
};

const HOST: &str = "127.0.0.1";

/// A server that shows this certificate, and answers whoever takes it for good.
async fn showing(certificate: CertificateDer<'static>, key: &KeyPair) -> Server {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |connection| {
        let acceptor = acceptor.clone();
        async move {
            let Connection { number, stream, report } = connection;
            if let Ok(stream) = acceptor.accept(stream).await {
                let mut connection = Connection { number, stream, report };
                connection.request().await;
                connection.write(answer("{}")).await;
            }
        }
    })
    .await
}

/// Checks that the certificate is refused, in one try, and that nothing is sent in the clear.
async fn check_refused(mut server: Server) {
    let error = client().send(call(server.tls_url())).await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (ErrorKind::TlsInvalid, Execution::NotSent));
    assert!(!error.is_retryable());
    assert_eq!(server.seen(), [Seen::Opened(0)]);
}

#[tokio::test(start_paused = true)]
async fn a04_connecting_takes_too_long() {
    let server = Server::start(|mut connection| async move { connection.closed().await }).await;
    let result = client().send(call(server.tls_url())).await;
    assert_eq!(kind(result), (ErrorKind::ConnectTimeout, Execution::NotSent));
}

#[tokio::test]
async fn a05_a_self_signed_certificate_is_refused() {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new([HOST.to_owned()]).unwrap().self_signed(&key).unwrap();
    check_refused(showing(own.der().clone(), &key).await).await;
}

/// Where the child process finds the root it trusts, and its key.
const ROOT: &str = "LLM_TEST_ROOT";

/// Which roots a client trusts is read from the environment when the process starts: the test runs
/// itself again, in a process that trusts a root of its own.
#[tokio::test]
async fn a06_a_certificate_of_another_host_or_of_another_time_is_refused() {
    if !cfg!(target_os = "linux") {
        println!("skipped: this system has no file of trusted certificates");
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "the same test has put it there")]
    let Ok(root) = std::env::var(ROOT) else {
        return again_with_a_root(
            "tls::a06_a_certificate_of_another_host_or_of_another_time_is_refused",
        );
    };
    let root_key = KeyPair::from_pem(&fs::read_to_string(root).unwrap()).unwrap();
    let root = CertifiedIssuer::self_signed(root_params(), root_key).unwrap();
    let signed = async |host: &str, last_year: i32| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_after = date_time_ymd(last_year, 1, 1);
        let certificate = params.signed_by(&key, &root).unwrap();
        showing(certificate.der().clone(), &key).await
    };

    let good = signed(HOST, 2999).await;
    assert_eq!(client().send(call(good.tls_url())).await.unwrap().status(), 200);
    check_refused(signed("models.invalid", 2999).await).await;
    check_refused(signed(HOST, 2001).await).await;
}

fn root_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn again_with_a_root(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let root = CertifiedIssuer::self_signed(root_params(), KeyPair::generate().unwrap()).unwrap();
    let (certificate, key) = (folder.path().join("root.pem"), folder.path().join("root.key.pem"));
    fs::write(&certificate, root.pem()).unwrap();
    fs::write(&key, root.key().serialize_pem()).unwrap();
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.env("SSL_CERT_FILE", certificate).env(ROOT, key).env_remove("SSL_CERT_DIR");
    let output = command.args(["--exact", test]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
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
