//! One call: where to, with which headers and body.

use std::fmt;

use bytes::Bytes;
use llm_core::Result;
use reqwest::{
    Method, Request,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue},
};
use secrecy::SecretString;

use crate::{endpoint::Endpoint, settings::header_map};

/// One call of a provider.
///
/// ```
/// use llm_http::{Call, Endpoint};
///
/// let chat = Endpoint::new("https://example.com/v1/chat/completions")?;
/// let call = Call::post_json(&chat, "{}").with_header("x-team-key", "sk-test-000");
/// assert!(!format!("{call:?}").contains("sk-test-000"));
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Call {
    pub(crate) endpoint: Endpoint,
    method: Method,
    accept: &'static str,
    headers: Vec<(String, SecretString)>,
    json: Option<Bytes>,
}

impl Call {
    /// A call without a body.
    pub fn get(endpoint: &Endpoint) -> Self {
        Self::new(Method::GET, endpoint, None)
    }

    /// A call with a JSON body, sent as it is.
    pub fn post_json(endpoint: &Endpoint, body: impl Into<Bytes>) -> Self {
        Self::new(Method::POST, endpoint, Some(body.into()))
    }

    fn new(method: Method, endpoint: &Endpoint, json: Option<Bytes>) -> Self {
        let (endpoint, accept) = (endpoint.clone(), "application/json");
        Self { endpoint, method, accept, headers: Vec::new(), json }
    }

    /// Adds a header; of two with the same name the later one is sent, and it wins over the
    /// client's.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Asks for an event stream instead of JSON.
    #[must_use]
    pub fn accepting_events(mut self) -> Self {
        self.accept = "text/event-stream";
        self
    }

    /// Asks for lines of JSON instead of one JSON text.
    #[must_use]
    pub fn accepting_lines(mut self) -> Self {
        self.accept = "application/x-ndjson";
        self
    }

    pub(crate) fn into_request(self) -> Result<Request> {
        let mut headers = header_map(self.headers.iter().map(|(name, value)| (&**name, value)))?;
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(self.accept));
        // Nothing is unpacked here, so nothing may come packed.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut request = Request::new(self.method, self.endpoint.url);
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
