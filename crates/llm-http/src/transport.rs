//! What a failed connection means: by the types of the errors behind it, never by their text.

use std::{error::Error as StdError, io};

use llm_core::{Error, ErrorKind, Execution};

/// Classifies what kept an answer from beginning.
///
/// Nothing of the error is kept: it may name the address, and its parts do even without it.
pub(crate) fn before_answer(error: &reqwest::Error, encrypted: bool) -> Error {
    if error.is_builder() {
        return crate::settings::unusable("the call cannot be sent as it is, check base_url");
    }
    let causes = Causes::of(error);
    let kind =
        if error.is_connect() { connecting(error, &causes, encrypted) } else { sending(&causes) };
    let message = message(kind, causes.io);
    // The answer was never read, so whatever the kind suggests, nobody knows how far it got.
    match kind {
        ErrorKind::ProtocolViolation => Error::new(kind, message).with_execution(Execution::Maybe),
        kind => Error::new(kind, message),
    }
}

/// Classifies what broke a body; `cut` is the kind of one that ends too early.
pub(crate) fn in_body(error: &reqwest::Error, cut: ErrorKind) -> Error {
    let causes = Causes::of(error);
    let broken_framing =
        matches!(causes.io, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData));
    if broken_framing || causes.parse {
        let message = "the answer's body breaks the framing of HTTP";
        return Error::new(ErrorKind::MalformedResponse, message);
    }
    Error::new(cut, message(cut, causes.io))
}

fn connecting(error: &reqwest::Error, causes: &Causes, encrypted: bool) -> ErrorKind {
    // Before the others: each is also a failure to connect, a lookup's timeout also a timeout.
    if error.is_dns() {
        return match causes.io {
            Some(io::ErrorKind::TimedOut) => ErrorKind::DnsTimeout,
            _ => ErrorKind::Dns,
        };
    }
    if error.is_timeout() {
        return ErrorKind::ConnectTimeout;
    }
    match (causes.tls, causes.io) {
        (Some(Tls::Certificate), _) => ErrorKind::TlsInvalid,
        (Some(Tls::Handshake), _) => ErrorKind::TlsHandshake,
        (
            None,
            Some(
                io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown
                | io::ErrorKind::AddrNotAvailable,
            ),
        ) => ErrorKind::ConnectRefused,
        (None, _) if encrypted => ErrorKind::TlsHandshake,
        (None, _) => ErrorKind::ConnectRefused,
    }
}

fn sending(causes: &Causes) -> ErrorKind {
    if causes.unsent {
        ErrorKind::StaleConnection
    } else if causes.parse {
        ErrorKind::ProtocolViolation
    } else {
        ErrorKind::ResetAfterSend
    }
}

fn message(kind: ErrorKind, io: Option<io::ErrorKind>) -> String {
    let message = match kind {
        ErrorKind::ConnectRefused => "nobody answers at base_url, check it and the network",
        ErrorKind::Dns => "the host of base_url is unknown, check it and the network",
        ErrorKind::DnsTimeout => "looking up the host of base_url took too long",
        ErrorKind::TlsInvalid => {
            "the certificate is not valid, check base_url, the clock and the root certificates"
        }
        ErrorKind::TlsHandshake => "the TLS handshake failed, check that base_url speaks TLS",
        ErrorKind::ConnectTimeout => "connecting took too long",
        ErrorKind::StaleConnection => "the connection was gone before the request was sent",
        ErrorKind::ResetAfterSend => "the connection broke before the answer began",
        ErrorKind::ProtocolViolation => "the answer is not valid HTTP",
        ErrorKind::StreamCut => "the connection broke before the stream ended",
        _ => "the connection broke before the answer ended",
    };
    match io {
        // The system has no word of its own for a name that does not resolve.
        Some(io) if !matches!(kind, ErrorKind::Dns | ErrorKind::DnsTimeout) => {
            format!("{message} ({io})")
        }
        _ => message.to_owned(),
    }
}

/// What the errors behind an error are, as far as their types tell.
#[derive(Debug, Default)]
struct Causes {
    /// The innermost failure of the operating system.
    io: Option<io::ErrorKind>,
    tls: Option<Tls>,
    /// Not one byte of the request was written, or the server says it did not look at it.
    unsent: bool,
    /// What arrived is not HTTP.
    parse: bool,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(any(feature = "rustls", feature = "rustls-no-provider")),
    expect(dead_code, reason = "only rustls tells the two apart")
)]
enum Tls {
    Certificate,
    Handshake,
}

impl Causes {
    fn of(error: &reqwest::Error) -> Self {
        let mut causes = Self::default();
        let mut next = error.source();
        while let Some(error) = next {
            causes.note(error);
            next = inner(error);
        }
        causes
    }

    fn note(&mut self, error: &(dyn StdError + 'static)) {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // A wrapper's own kind says nothing.
            if error.kind() != io::ErrorKind::Other {
                self.io = Some(error.kind());
            }
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            self.unsent |= error.is_canceled();
            self.parse |= error.is_parse();
        }
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            self.unsent |= is_unprocessed(error);
            self.parse |= error.is_library();
        }
        #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            self.tls = Some(match error {
                rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                    Tls::Certificate
                }
                _ => Tls::Handshake,
            });
        }
    }
}

/// The error behind an error. `source` of an I/O error skips the one it wraps.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// A server that refuses a stream, or shuts down before it reached one, did not look at it.
fn is_unprocessed(error: &h2::Error) -> bool {
    let reason = error.reason();
    error.is_remote()
        && ((error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
            || (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)))
}

#[cfg(test)]
mod tests {
    use h2::Reason;
    use tokio::net::TcpListener;

    use super::*;

    /// What a call over HTTP/2 turns into whose stream the server resets for this reason.
    async fn reset(reason: Reason) -> (ErrorKind, Execution) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(request) = connection.accept().await {
                request.unwrap().1.send_reset(reason);
            }
        };
        let builder = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never());
        let client = builder.http2_prior_knowledge().build().unwrap();
        tokio::select! {
            result = client.get(url).send() => {
                let error = before_answer(&result.unwrap_err(), false);
                (error.kind(), error.execution())
            }
            () = server => panic!("the client leaves"),
        }
    }

    #[tokio::test]
    async fn a_refused_stream_was_not_looked_at() {
        let refused = reset(Reason::REFUSED_STREAM).await;
        assert_eq!(refused, (ErrorKind::StaleConnection, Execution::NotSent));
    }

    #[tokio::test]
    async fn a_reset_stream_may_have_been() {
        for reason in [Reason::INTERNAL_ERROR, Reason::CANCEL, Reason::ENHANCE_YOUR_CALM] {
            let broken = reset(reason).await;
            assert_eq!(broken, (ErrorKind::ResetAfterSend, Execution::Maybe), "{reason:?}");
        }
    }
}
