//! Servers whose certificate is trusted, and those whose is not.
//!
//! Which certificates a client trusts is read from the environment when its process starts: a test
//! that needs one of its own runs itself again, in a process that trusts it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// Where the child process finds the certificate it trusts, and its key.
const FOLDER: &str = "LLM_TEST_CERTIFICATE";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// The folder of a certificate that this process trusts. `None` where there is nothing left to do:
/// `test`, which is the caller, has passed in a process of its own, or cannot run on this system.
pub(crate) fn trusted(test: &str) -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        println!("skipped: this system has no file of trusted certificates");
        return None;
    }
    let folder = env::var_os(FOLDER).map(PathBuf::from);
    if folder.is_none() {
        run_again(test);
    }
    folder
}

fn run_again(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = folder.path().join(CERTIFICATE);
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(folder.path().join(KEY), own.signing_key.serialize_pem()).unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.env("SSL_CERT_FILE", certificate).env_remove("SSL_CERT_DIR");
    let output = command.env(FOLDER, folder.path()).args(["--exact", test]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
}

/// Shows the certificate of a folder, and offers these protocols.
pub(crate) fn showing_trusted(folder: &Path, protocols: &[&str]) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(folder.join(CERTIFICATE)).unwrap();
    showing(certificate, PrivatePkcs8KeyDer::from_pem_file(folder.join(KEY)).unwrap(), protocols)
}

/// Shows a certificate that nobody has signed but itself.
pub(crate) fn showing_self_signed() -> TlsAcceptor {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    showing(own.cert.der().clone(), key, &[])
}

fn showing(
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    protocols: &[&str],
) -> TlsAcceptor {
    let config = ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![certificate], PrivateKeyDer::from(key)).unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}
