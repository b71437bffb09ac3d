//! How to reach an Ollama, and what to ask of it with every call.

use std::time::Duration;

use llm_core::{Error, ErrorKind, Execution, Result};
use llm_http::{Connection, Endpoint};
use secrecy::SecretString;
use serde::{Serialize, Serializer};

/// Where Ollama listens unless it is told otherwise.
const BASE_URL: &str = "http://localhost:11434";

/// The settings of an [`Ollama`](crate::Ollama). The key and the headers' values never show in its
/// `Debug` form.
///
/// ```
/// use std::time::Duration;
///
/// use llm_ollama::OllamaConfig;
///
/// let config = OllamaConfig::default()
///     .with_base_url("http://192.0.2.7:11434")
///     .with_keep_alive(Duration::from_secs(1_800));
/// assert!(config.api_key.is_none());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OllamaConfig {
    /// Its name and its address: that of the server, without `/api` or `/v1`, though one of them
    /// at its end is read over. Default: `ollama`, this machine.
    pub connection: Connection,
    /// The key every call carries. Ollama itself asks for none; a hosted one or a proxy does.
    pub api_key: Option<SecretString>,
    /// How long a model stays in memory after a call; `None` leaves it to the server.
    pub keep_alive: Option<KeepAlive>,
}

impl Default for OllamaConfig {
    fn default() -> Self {
        Self { connection: Connection::new("ollama", BASE_URL), api_key: None, keep_alive: None }
    }
}

impl OllamaConfig {
    llm_http::connection_methods!();

    /// Sends a key with every call.
    #[must_use]
    pub fn with_api_key(mut self, api_key: impl Into<SecretString>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Says how long a model stays in memory after a call.
    #[must_use]
    pub fn with_keep_alive(mut self, keep_alive: impl Into<KeepAlive>) -> Self {
        self.keep_alive = Some(keep_alive.into());
        self
    }

    /// The address that the paths of calls are added to.
    pub(crate) fn server(&self) -> Result<Endpoint> {
        let address = self.connection.base_url.trim();
        let (address, query) = address.split_at(address.find('?').unwrap_or(address.len()));
        let address = address.trim_end_matches('/');
        if CALLS.iter().any(|call| address.ends_with(call)) {
            return Err(misplaced("names a call"));
        }
        // Once alone: a proxy may have Ollama under a path of this name.
        let server = SUFFIXES.iter().find_map(|suffix| address.strip_suffix(suffix));
        let server = server.unwrap_or(address).trim_end_matches('/');
        if server.ends_with("/v1") || (server != address && server.ends_with("/api")) {
            return Err(misplaced("ends with more than one of /api and /v1"));
        }
        Endpoint::new(&format!("{server}{query}"))
    }
}

/// What people add to the server's address: the path of its own API, and that of the one it
/// imitates.
const SUFFIXES: [&str; 2] = ["/api", "/v1"];

/// Paths of calls, which are added to an address and must not stand in it.
const CALLS: [&str; 6] =
    ["/api/chat", "/api/generate", "/api/tags", "/api/show", "/completions", "/models"];

fn misplaced(what: &str) -> Error {
    let message = format!("base_url {what}: write the server's address alone, like {BASE_URL}");
    Error::new(ErrorKind::UpstreamMisconfigured, message).with_execution(Execution::NotSent)
}

/// How long a model stays in memory after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepAlive {
    /// This long; zero frees the memory at once.
    For(Duration),
    /// Until the server stops.
    Forever,
}

impl From<Duration> for KeepAlive {
    fn from(duration: Duration) -> Self {
        Self::For(duration)
    }
}

impl Serialize for KeepAlive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::For(duration) => {
                serializer.collect_str(&format_args!("{}ms", duration.as_millis()))
            }
            Self::Forever => serializer.serialize_i8(-1),
        }
    }
}
