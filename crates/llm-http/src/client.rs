//! The client: one pool of connections with every limit set.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use llm_core::{Error, ErrorKind, Execution, Result};
use reqwest::{Client, header::HeaderMap};

use crate::{
    call::Call,
    resolver::Lookup,
    response::HttpResponse,
    settings::{ClientSettings, header_map},
    transport,
};

/// How long an unused connection is kept: shorter than servers keep theirs, so that it is rarely
/// gone when it is needed.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// How many unused connections a host may have.
const POOL_SIZE: usize = 32;

/// After how long a silent connection is asked whether it lives.
const TCP_KEEPALIVE: Duration = Duration::from_secs(15);

/// How often an HTTP/2 connection with open streams is pinged, and how long the answer may take.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes of an HTTP/2 stream wait for a slow reader, and how many of all streams of a
/// connection: enough that a hundred slow readers do not keep the others waiting.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;

/// Sends calls; make one for each provider and keep it. Clones share the connections.
///
/// It follows no redirect, sends no `Referer`, unpacks nothing, and sends each call once: the
/// one retry below it is of a pooled connection found closed before a byte was written.
/// Connections go through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY` and
/// so on), except to this machine itself, which never does.
///
/// # Cancellation
///
/// Dropping [`send`](Self::send), a response or its stream closes the connection (HTTP/1.1) or
/// resets the stream (HTTP/2).
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    settings: ClientSettings,
    headers: HeaderMap,
    proxied: Client,
    /// For this machine itself. Made with the first such call, because most clients make none.
    direct: OnceLock<Result<Client>>,
}

impl HttpClient {
    /// A client with these settings. Connects nowhere.
    pub fn new(settings: &ClientSettings) -> Result<Self> {
        let headers = header_map(settings.headers.iter().map(|(name, value)| (&**name, value)))?;
        let proxied = build(settings, &headers, Proxies::OfEnvironment)?;
        let settings = settings.clone();
        Ok(Self(Arc::new(Inner { settings, headers, proxied, direct: OnceLock::new() })))
    }

    /// Sends one call and waits for the answer's headers. An answer of any status is `Ok`; what
    /// keeps an answer from coming is an error with its kind and execution class.
    ///
    /// # Errors
    ///
    /// [`UpstreamMisconfigured`](ErrorKind::UpstreamMisconfigured) for a call that cannot be sent,
    /// [`ProtocolViolation`](ErrorKind::ProtocolViolation) for an answer that is not HTTP, and the
    /// kinds of failed and broken connections. No limit but the one for connecting is kept here:
    /// how long an answer may take is the caller's to decide.
    pub async fn send(&self, call: Call) -> Result<HttpResponse> {
        let is_local = call.endpoint.is_local;
        let request = call.into_request()?;
        let encrypted = request.url().scheme() == "https";
        let client = self.client_for(is_local)?;
        match client.execute(request).await {
            Ok(response) => HttpResponse::accept(response),
            Err(error) => Err(transport::before_answer(&error, encrypted)),
        }
    }

    fn client_for(&self, is_local: bool) -> Result<Client> {
        let Inner { settings, headers, proxied, direct } = &*self.0;
        if is_local {
            direct.get_or_init(|| build(settings, headers, Proxies::None)).clone()
        } else {
            Ok(proxied.clone())
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("HttpClient").field(&self.0.settings).finish()
    }
}

#[derive(Clone, Copy)]
enum Proxies {
    OfEnvironment,
    None,
}

fn build(settings: &ClientSettings, headers: &HeaderMap, proxies: Proxies) -> Result<Client> {
    if !has_crypto_provider() {
        return Err(unbuilt("no TLS crypto provider is installed, install one at the start"));
    }
    let lookup = Lookup::within(settings.connect_timeout, settings.resolver.clone());
    let builder = Client::builder()
        .default_headers(headers.clone())
        .user_agent(&settings.user_agent)
        .dns_resolver(Arc::new(lookup))
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_SIZE)
        .tcp_keepalive(TCP_KEEPALIVE)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(false)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW);
    let builder = match proxies {
        Proxies::OfEnvironment => builder,
        Proxies::None => builder.no_proxy(),
    };
    builder.build().map_err(|_| {
        unbuilt("the HTTP client cannot be set up, check the user agent and the system's root certificates")
    })
}

/// Whether TLS has what it needs; without it, making a client would end the process.
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
fn has_crypto_provider() -> bool {
    rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(not(all(feature = "rustls-no-provider", not(feature = "rustls"))))]
const fn has_crypto_provider() -> bool {
    true
}

fn unbuilt(message: &str) -> Error {
    Error::new(ErrorKind::Internal, message).with_execution(Execution::NotSent)
}
