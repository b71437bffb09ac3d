//! One call: where to, with which headers and body.

use std::fmt;

use bytes::Bytes;
use llm_core::Result;
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};

use crate::settings::{header_map, unusable};

/// One call of a provider.
///
/// The address is public by contract: a secret goes into a header, never into it. An address that
/// holds a user name or a password is refused when it is sent.
///
/// ```
/// use llm_http::Call;
/// use secrecy::SecretString;
///
/// let key = SecretString::from("sk-test-000");
/// let call = Call::post_json("https://example.com/v1/chat/completions", "{}")
///     .with_accept("text/event-stream")
///     .with_bearer(&key);
/// assert!(!format!("{call:?}").contains("sk-test-000"));
/// ```
#[derive(Clone)]
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(String, SecretString)>,
    json: Option<Bytes>,
}

impl Call {
    /// A call without a body.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), json: None }
    }

    /// A call with a JSON body, sent as it is.
    pub fn post_json(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let json = Some(body.into());
        Self { method: Method::POST, url: url.into(), headers: Vec::new(), json }
    }

    /// Authorizes the call with a bearer token.
    #[must_use]
    pub fn with_bearer(self, key: &SecretString) -> Self {
        self.with_header("authorization", format!("Bearer {}", key.expose_secret()))
    }

    /// Adds a header; of two with the same name the later one is sent.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Says which type of answer is wanted. Default: JSON.
    #[must_use]
    pub fn with_accept(self, media_type: &str) -> Self {
        self.with_header("accept", media_type)
    }

    pub(crate) fn into_request(self) -> Result<Request> {
        let url = parse(&self.url)?;
        let mut headers = header_map(self.headers.iter().map(|(name, value)| (&**name, value)))?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        // Nothing is unpacked here, so nothing may come packed.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut request = Request::new(self.method, url);
        if let Some(json) = self.json {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(json.into());
        }
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("method", &self.method)
            .field("headers", &self.headers)
            .field("body_bytes", &self.json.as_ref().map_or(0, Bytes::len))
            .finish_non_exhaustive()
    }
}

/// Reads an address, or says what is wrong with it without repeating it.
fn parse(url: &str) -> Result<Url> {
    let url = Url::parse(url)
        .map_err(|_| unusable("base_url is not an address, write it like https://host/path"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(unusable("base_url must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("base_url holds a user name or password, use api_key or headers"));
    }
    Ok(url)
}
