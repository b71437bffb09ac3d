//! One call with bare reqwest and `serde_json`: what nobody can do without, every limit alike.

use std::{error::Error, time::Duration};

use reqwest::{Client, header::CONTENT_TYPE, redirect, retry};
use serde::{Deserialize, Serialize};

/// What both sides wait for the answer at most.
const LIMIT: Duration = Duration::from_secs(20);
/// The most bytes an answer may have.
const LARGEST: usize = 32 * 1024 * 1024;

/// A client as somebody would write it who calls one model at one provider.
#[derive(Debug)]
pub struct Bare {
    client: Client,
    url: String,
    request: Request,
}

#[derive(Debug, Serialize)]
struct Request {
    model: &'static str,
    messages: Vec<RequestMessage>,
    max_tokens: u32,
    temperature: f64,
    stream: bool,
}

#[derive(Debug, Serialize)]
struct RequestMessage {
    role: &'static str,
    content: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct Response {
    id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct Choice {
    finish_reason: Option<String>,
    native_finish_reason: Option<String>,
    message: ResponseMessage,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct ResponseMessage {
    content: Option<String>,
    refusal: Option<String>,
    reasoning: Option<String>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    cost: Option<f64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read from the answer as a caller would, and dropped")]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl Bare {
    /// A client for the upstream at `base_url`.
    ///
    /// # Errors
    ///
    /// When reqwest makes no client.
    pub fn new(base_url: &str) -> reqwest::Result<Self> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(15))
            .pool_max_idle_per_host(32)
            .tcp_keepalive(Duration::from_secs(15))
            .build()?;
        Ok(Self { client, url: format!("{base_url}/chat/completions"), request: Request::new() })
    }

    /// The body of every call, for clients in other languages.
    ///
    /// # Errors
    ///
    /// When it has no JSON; that cannot be.
    pub fn body() -> serde_json::Result<String> {
        serde_json::to_string(&Request::new())
    }

    /// Makes one call; the length of the answer.
    ///
    /// # Errors
    ///
    /// When the call fails.
    pub async fn call(&self) -> Result<usize, Box<dyn Error + Send + Sync>> {
        tokio::time::timeout(LIMIT, self.answer()).await?
    }

    async fn answer(&self) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let request = self
            .client
            .post(&self.url)
            .bearer_auth(crate::KEY)
            .header(CONTENT_TYPE, "application/json")
            .body(serde_json::to_vec(&self.request)?);
        let mut response = request.send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Err("the answer is too large".into());
            }
            body.extend_from_slice(&chunk);
        }
        let response: Response = serde_json::from_slice(&body)?;
        let content = response.choices.first().and_then(|choice| choice.message.content.as_ref());
        Ok(content.map_or(0, String::len))
    }
}

impl Request {
    fn new() -> Self {
        let sent = crate::request();
        let roles = ["system", "user"].into_iter();
        let message = |(role, message): (&'static str, &llm_core::Message)| {
            let content = message.content().iter().filter_map(llm_core::Part::as_text).collect();
            RequestMessage { role, content }
        };
        Self {
            model: crate::MODEL,
            messages: roles.zip(sent.messages.iter()).map(message).collect(),
            max_tokens: sent.sampling.max_tokens.unwrap_or_default(),
            temperature: sent.sampling.temperature.unwrap_or_default(),
            stream: false,
        }
    }
}
