//! How to reach OpenAI, or a server that speaks its dialect.

use llm_http::Connection;
use secrecy::SecretString;

/// Where OpenAI is.
const BASE_URL: &str = "https://api.openai.com/v1";

/// The settings of an [`OpenAi`](crate::OpenAi). The key and the headers' values never show in its
/// `Debug` form.
///
/// ```
/// use llm_openai::OpenAiConfig;
///
/// let openai = OpenAiConfig::new("sk-test-000").with_organization("org-1");
/// let server = OpenAiConfig::compatible("http://127.0.0.1:8000/v1").with_id("gpu_server");
/// assert!(!format!("{openai:?} {server:?}").contains("sk-test-000"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenAiConfig {
    /// Its name and its address, up to and with the version. Default: `openai`, OpenAI's own.
    pub connection: Connection,
    /// The key every call carries; `None` for a server that wants none.
    pub api_key: Option<SecretString>,
    /// The organization that calls are counted for. Default: the key's own.
    pub organization: Option<String>,
    /// The project that calls are counted for. Default: the key's own.
    pub project: Option<String>,
    /// Whether it is a server that is compatible with OpenAI, to which only the standard fields
    /// are sent.
    pub is_compatible: bool,
}

impl OpenAiConfig {
    /// OpenAI at its own address, with `api_key`.
    pub fn new(api_key: impl Into<SecretString>) -> Self {
        Self {
            connection: Connection::new("openai", BASE_URL),
            api_key: Some(api_key.into()),
            organization: None,
            project: None,
            is_compatible: false,
        }
    }

    /// A server that speaks OpenAI's dialect at `base_url`, which mostly ends with `/v1`.
    pub fn compatible(base_url: impl Into<String>) -> Self {
        Self {
            connection: Connection::new("openai_compatible", base_url),
            api_key: None,
            organization: None,
            project: None,
            is_compatible: true,
        }
    }

    llm_http::connection_methods!();

    /// Sets the key every call carries.
    #[must_use]
    pub fn with_api_key(mut self, api_key: impl Into<SecretString>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Says which organization the calls are counted for.
    #[must_use]
    pub fn with_organization(mut self, organization: impl Into<String>) -> Self {
        self.organization = Some(organization.into());
        self
    }

    /// Says which project the calls are counted for.
    #[must_use]
    pub fn with_project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }
}
