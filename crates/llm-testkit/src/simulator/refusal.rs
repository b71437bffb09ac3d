//! A refusal as what it means; each dialect has its own words and statuses for it.

/// A refusal of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) meaning: Meaning,
    /// The words to use instead of the usual ones.
    pub(super) message: Option<String>,
}

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A status and no more.
    Status(u16),
    NoKey,
    WrongKey,
    UnknownModel(String),
    ContextLength,
    Moderated,
    NoTools,
    NoImages,
    /// The parameters of this tool are no schema of an object.
    ToolSchema(String),
    /// A field nobody knows.
    UnknownField(String),
    RateLimited(Hint),
    /// The account has nothing left; the word an API says it with.
    Quota(String),
    /// A limit on spending that the account has set itself.
    OwnLimit,
    Overloaded,
    NotJson,
    NoMessages,
    /// Something else is wrong with the request.
    Invalid,
}

/// How a rate limit says when to come back, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    RetryAfter(u64),
    /// In the dialect's own headers only, where it has some that tell a duration.
    OwnHeaders(u64),
}

impl Refusal {
    pub(super) fn of(meaning: Meaning) -> Self {
        Self { meaning, message: None }
    }

    pub(super) fn status(status: u16) -> Self {
        Self::of(Meaning::Status(status))
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { meaning: Meaning::Invalid, message: Some(message.into()) }
    }

    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}
