//! How to reach Quill.

use llm_http::{ClientSettings, Connection};
use secrecy::{ExposeSecret, SecretString};

/// Where Quill is unless the configuration says otherwise.
const BASE_URL: &str = "https://api.quill.example/v2";

/// The settings of a [`Quill`](crate::Quill).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QuillConfig {
    /// Its name and its address.
    pub connection: Connection,
    /// The key every call carries.
    pub api_key: SecretString,
}

impl QuillConfig {
    llm_http::connection_methods!();

    /// Quill at its own address.
    pub fn new(api_key: impl Into<SecretString>) -> Self {
        Self { connection: Connection::new("quill", BASE_URL), api_key: api_key.into() }
    }

    /// What the client sends with every call.
    pub(crate) fn client_settings(&self) -> ClientSettings {
        self.connection.client_settings().with_header("x-quill-key", self.api_key.expose_secret())
    }
}
