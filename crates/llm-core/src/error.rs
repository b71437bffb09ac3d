//! The one error of the project.

use std::{
    error::Error as StdError,
    fmt::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    attempt::{Attempt, Execution},
    error_kind::{ErrorKind, ErrorLabel},
    ids::{ModelId, ProviderId},
    outcome::{Exclusion, History},
    redact::{is_unprintable, redact, redact_id},
};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and whether trying again helps.
///
/// One pointer wide. It cannot hold an address, a header or a raw answer: a provider's own words
/// enter through [`with_upstream_message`](Self::with_upstream_message), which redacts them.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    provider: Option<ProviderId>,
    model: Option<ModelId>,
    status: Option<u16>,
    request_id: Option<String>,
    retry: Option<Retry>,
    execution: Option<Execution>,
    history: Option<Box<History>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It does not.
    Never,
    /// It may, at once or after a backoff of the caller's choice.
    Now,
    /// It may, after this long.
    After(Duration),
}

impl Error {
    /// An error of `kind`. `message` is one line, lower case, and written by this project: the
    /// words of a provider go through [`with_upstream_message`](Self::with_upstream_message).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            provider: None,
            model: None,
            status: None,
            request_id: None,
            retry: None,
            execution: None,
            history: None,
            source: None,
        }))
    }

    /// Adds a provider's own words, redacted, behind the message.
    #[must_use]
    pub fn with_upstream_message(mut self, text: &str) -> Self {
        let text = redact(text);
        if !text.is_empty() {
            if !self.0.message.is_empty() {
                self.0.message.push_str(": ");
            }
            self.0.message.push_str(&text);
        }
        self
    }

    /// Adds what can be done about it, in this project's words, behind the message.
    #[must_use]
    pub fn with_advice(mut self, advice: &str) -> Self {
        if !self.0.message.is_empty() {
            self.0.message.push_str("; ");
        }
        self.0.message.push_str(advice);
        self
    }

    /// Says which provider and model the error comes from.
    #[must_use]
    pub fn with_origin(mut self, provider: &ProviderId, model: &ModelId) -> Self {
        self.0.provider = Some(provider.clone());
        self.0.model = Some(model.clone());
        self
    }

    /// Says which provider the error comes from, where no model is concerned.
    #[must_use]
    pub fn with_provider(mut self, provider: &ProviderId) -> Self {
        self.0.provider = Some(provider.clone());
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the provider's id of the request; what has not the form of an id is redacted.
    #[must_use]
    pub fn with_request_id(mut self, request_id: &str) -> Self {
        self.0.request_id = Some(redact_id(request_id));
        self
    }

    /// Sets what the provider says about trying again. Wins over what the kind suggests.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = Some(retry);
        self
    }

    /// Sets how far the provider got. Wins over what the kind suggests.
    #[must_use]
    pub fn with_execution(mut self, execution: Execution) -> Self {
        self.0.execution = Some(execution);
        self
    }

    /// Attaches the story of the request that failed.
    #[must_use]
    pub fn with_history(mut self, history: History) -> Self {
        self.0.history = Some(Box::new(history));
        self
    }

    /// Attaches the error behind this one, which must not hold an address or a secret either.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The class of failure people know. Every 429 is a rate limit, also one that waiting does
    /// not heal.
    pub fn label(&self) -> ErrorLabel {
        if self.0.status == Some(429) { ErrorLabel::RateLimit } else { self.0.kind.label() }
    }

    /// The message without place and kind.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The provider it comes from.
    pub fn provider(&self) -> Option<&ProviderId> {
        self.0.provider.as_ref()
    }

    /// The model it comes from.
    pub fn model(&self) -> Option<&ModelId> {
        self.0.model.as_ref()
    }

    /// The HTTP status, where one arrived.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The provider's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What the provider says about trying again, if it says anything.
    pub fn retry(&self) -> Option<Retry> {
        self.0.retry
    }

    /// Whether the same request may succeed later: the provider's word, else the kind's.
    pub fn is_retryable(&self) -> bool {
        match self.0.retry {
            Some(retry) => retry != Retry::Never,
            None => self.0.kind.is_transient(),
        }
    }

    /// How far the provider got: what was set, else what the kind suggests.
    pub fn execution(&self) -> Execution {
        self.0.execution.unwrap_or_else(|| self.0.kind.execution())
    }

    /// The story of the request that failed; `None` for the error of a single call.
    pub fn history(&self) -> Option<&History> {
        self.0.history.as_deref()
    }

    /// Every attempt of the request that failed, in order.
    pub fn attempts(&self) -> &[Attempt] {
        self.history().map_or(&[], |history| &history.attempts)
    }

    /// The models that were not tried, with reasons.
    pub fn excluded(&self) -> &[Exclusion] {
        self.history().map_or(&[], |history| &history.excluded)
    }

    /// How long the request that failed took; `None` for the error of a single call.
    pub fn elapsed(&self) -> Option<Duration> {
        self.history().map(|history| history.elapsed)
    }
}

/// One line: place, kind, status, message.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, provider, model, status, .. } = &*self.0;
        let mut formatter = OneLine(formatter);
        match (provider, model) {
            (Some(provider), Some(model)) => write!(formatter, "{provider}:{model}: ")?,
            (Some(name), None) => write!(formatter, "{name}: ")?,
            _ => {}
        }
        write!(formatter, "{kind}")?;
        if let Some(status) = status {
            write!(formatter, " (status {status})")?;
        }
        if !message.is_empty() {
            write!(formatter, ": {message}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        formatter
            .debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("provider", &inner.provider)
            .field("model", &inner.model)
            .field("status", &inner.status)
            .field("request_id", &inner.request_id)
            .field("retry", &inner.retry)
            .field("execution", &self.execution())
            .field("history", &inner.history)
            .field("source", &inner.source)
            .finish()
    }
}

/// Writes spaces for characters that break a line, steer a terminal or reorder text: names of
/// models come from callers and catalogues.
struct OneLine<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.0.write_char(if is_unprintable(letter) { ' ' } else { letter })?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
