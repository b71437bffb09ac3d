//! What a client may be told when it is made.

use std::time::Duration;

use llm_core::{Error, ErrorKind, Execution, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::resolver::Resolver;

/// How long connecting may take, with name resolution and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How many headers a call mostly has, with those the client and HTTP itself add.
const ROOM: usize = 12;

/// The name this crate calls itself by.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The settings of an [`HttpClient`](crate::HttpClient). Values of headers never show in its
/// `Debug` form.
///
/// ```
/// use std::time::Duration;
///
/// use llm_http::ClientSettings;
///
/// let settings = ClientSettings::default()
///     .with_connect_timeout(Duration::from_secs(2))
///     .with_header("x-team", "blue");
/// assert!(!format!("{settings:?}").contains("blue"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientSettings {
    /// How long connecting may take, with name resolution and TLS. Default: 5 s.
    pub connect_timeout: Duration,
    /// Who says where hosts are. Default: the system.
    pub resolver: Resolver,
    /// Headers sent with every call; a call's own header of the same name wins.
    pub headers: Vec<(String, SecretString)>,
    /// The header `User-Agent`. Default: this crate's name and version.
    pub user_agent: String,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            resolver: Resolver::default(),
            headers: Vec::new(),
            user_agent: USER_AGENT.to_owned(),
        }
    }
}

impl ClientSettings {
    /// Limits how long connecting may take.
    #[must_use]
    pub fn with_connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// Sets who says where hosts are.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = resolver;
        self
    }

    /// Adds a header to every call.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Authorizes every call with a bearer token.
    #[must_use]
    pub fn with_bearer(self, key: &SecretString) -> Self {
        self.with_header("authorization", format!("Bearer {}", key.expose_secret()))
    }

    /// Sets the header `User-Agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }
}

/// Makes headers of names and values, or names the one that cannot be a header.
pub(crate) fn header_map<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
) -> Result<HeaderMap> {
    let mut map = HeaderMap::with_capacity(ROOM);
    for (name, value) in headers {
        let parsed = HeaderName::try_from(name).map_err(|_| bad_header("a header's name", name))?;
        let mut value = HeaderValue::try_from(value.expose_secret())
            .map_err(|_| bad_header("the value of header", name))?;
        // Keeps it out of debug output and of HTTP/2's compression table.
        value.set_sensitive(true);
        map.insert(parsed, value);
    }
    Ok(map)
}

fn bad_header(what: &str, name: &str) -> Error {
    unusable(format!("{what} holds a character that cannot be sent"))
        .with_upstream_message(&format!("`{name}`"))
}

/// A call that cannot be sent as it is configured.
pub(crate) fn unusable(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::UpstreamMisconfigured, message).with_execution(Execution::NotSent)
}
