//! A handshake that is cut, and heals (section A of the cases).

use std::{env, fs, path::Path, process::Command, sync::Arc};

use llm_testkit::simulator::Reply;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::house::*;

/// Where the child process finds the certificate it trusts, and its key.
const FOLDER: &str = "LLM_TEST_CERTIFICATE";

/// Which certificates a client trusts is read from the environment when the process starts: the
/// test runs itself again, in a process that trusts one of its own.
#[tokio::test(start_paused = true)]
async fn a07_a_handshake_that_is_cut_is_tried_again() {
    if !cfg!(target_os = "linux") {
        println!("skipped: this system has no file of trusted certificates");
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "the same test has put it there")]
    let Ok(folder) = env::var(FOLDER) else {
        return again("contract::handshake::a07_a_handshake_that_is_cut_is_tried_again");
    };
    let house = House::new(Chain::Alone, main_replying([Reply::answer()]));
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/api/v1", front.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(cut_once(front, acceptor(Path::new(&folder)), house.simulator.port()));

    let manager = manager(Chain::Alone, [&address, &address], More::default());
    let end = manager.generate("Hi").await;
    assert_eq!(story(&end), "main tls_handshake no, main ok yes -> ok");
    assert_eq!(end.unwrap().text(), "from main");
    assert_eq!(house.calls_to(MAIN), 1);
    drop(tasks);
}

/// Closes the first connection in its handshake, and leads the later ones to `port`.
async fn cut_once(front: TcpListener, acceptor: TlsAcceptor, port: u16) {
    let (mut first, _) = front.accept().await.unwrap();
    first.read_exact(&mut [0]).await.unwrap();
    drop(first);
    loop {
        let (stream, _) = front.accept().await.unwrap();
        // Small pieces must not wait for each other's acknowledgement: that is real time.
        stream.set_nodelay(true).unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut upstream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        upstream.set_nodelay(true).unwrap();
        let _ = copy_bidirectional(&mut stream, &mut upstream).await;
    }
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::from(key))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn again(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = folder.path().join("certificate.pem");
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(folder.path().join("key.pem"), own.signing_key.serialize_pem()).unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.env("SSL_CERT_FILE", certificate).env_remove("SSL_CERT_DIR");
    let output = command.env(FOLDER, folder.path()).args(["--exact", test]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
}
