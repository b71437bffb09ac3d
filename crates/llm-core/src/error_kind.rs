//! What can go wrong, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attempt::Execution;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $label:ident;)*) => {
        /// What went wrong. Behaviour reads the kind, people read the [label](ErrorKind::label).
        ///
        /// Printed in `snake_case` wherever it is printed: JSON, reports, metric labels.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The kind as it is printed.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The kind's label for people. [`Error::label`](crate::Error::label) also looks at
            /// the status.
            pub const fn label(self) -> ErrorLabel {
                match self {
                    $(Self::$kind => ErrorLabel::$label,)*
                }
            }
        }
    };
}

kinds! {
    /// Nobody listens at the provider's address.
    ConnectRefused = "connect_refused", ModelUnavailable;
    /// The provider's name does not resolve.
    Dns = "dns", ModelUnavailable;
    /// Resolving the provider's name took too long.
    DnsTimeout = "dns_timeout", Timeout;
    /// The provider's certificate is not valid for it.
    TlsInvalid = "tls_invalid", ModelUnavailable;
    /// The TLS handshake was cut or took too long.
    TlsHandshake = "tls_handshake", ModelUnavailable;
    /// Connecting took too long.
    ConnectTimeout = "connect_timeout", Timeout;
    /// A pooled connection was gone before anything was sent on it.
    StaleConnection = "stale_connection", ModelUnavailable;
    /// The connection broke after the request was sent and before an answer began.
    ResetAfterSend = "reset_after_send", ModelUnavailable;
    /// No content within the limit for the first token.
    FirstTokenTimeout = "first_token_timeout", Timeout;
    /// The stream fell silent.
    IdleTimeout = "idle_timeout", Timeout;
    /// The stream stayed alive without content.
    NoProgress = "no_progress", Timeout;
    /// The request's deadline passed.
    Deadline = "deadline", Timeout;
    /// The attempt was dropped: the caller left or another answer was taken.
    Cancelled = "cancelled", ApiError;
    /// The provider found the request wrong.
    InvalidRequest = "invalid_request", ApiError;
    /// The conversation does not fit the model's window.
    ContextLength = "context_length", ApiError;
    /// The model does not know a parameter of the request.
    UnsupportedParam = "unsupported_param", ApiError;
    /// The provider does not serve the model.
    ModelNotFound = "model_not_found", ModelUnavailable;
    /// A policy or filter refused the request.
    ContentPolicy = "content_policy", ApiError;
    /// The model is not served in the caller's region.
    RegionBlocked = "region_blocked", ApiError;
    /// The provider rejected the key.
    UpstreamAuth = "upstream_auth", ApiError;
    /// Credit or quota is used up; waiting does not help.
    QuotaExhausted = "quota_exhausted", ApiError;
    /// The credit is reserved by requests in flight; waiting helps.
    InFlightBudget = "in_flight_budget", RateLimit;
    /// The key may not do this.
    UpstreamForbidden = "upstream_forbidden", ApiError;
    /// The address answers, but not as the provider's API.
    UpstreamMisconfigured = "upstream_misconfigured", ApiError;
    /// The provider broke the protocol.
    ProtocolViolation = "protocol_violation", ApiError;
    /// The provider gave up waiting for the model.
    UpstreamTimeout = "upstream_timeout", Timeout;
    /// Another request holds what this one needs.
    Conflict = "conflict", ApiError;
    /// The request is larger than the provider accepts.
    PayloadTooLarge = "payload_too_large", ApiError;
    /// The provider understood the request and refuses it.
    Unprocessable = "unprocessable", ApiError;
    /// The request reached the wrong server.
    Misdirected = "misdirected", ApiError;
    /// Too many requests.
    RateLimited = "rate_limited", RateLimit;
    /// The provider failed inside.
    UpstreamServer = "upstream_server", ApiError;
    /// The provider's own upstream failed.
    BadGateway = "bad_gateway", ModelUnavailable;
    /// The provider has no capacity now.
    Overloaded = "overloaded", ModelUnavailable;
    /// The network edge before the provider failed.
    EdgeError = "edge_error", ModelUnavailable;
    /// The network edge before the provider gave up waiting.
    EdgeTimeout = "edge_timeout", Timeout;
    /// A status nobody expects.
    Unexpected = "unexpected", ApiError;
    /// The provider redirects; redirects are never followed.
    UnexpectedRedirect = "unexpected_redirect", ApiError;
    /// Success was reported with an empty body.
    EmptyResponse = "empty_response", ApiError;
    /// The provider reported an error inside an answer that had begun.
    UpstreamMidError = "upstream_mid_error", ApiError;
    /// The answer holds no choice.
    EmptyChoices = "empty_choices", ApiError;
    /// The answer holds neither text nor a tool call.
    EmptyContent = "empty_content", ApiError;
    /// The answer is not what the protocol promises.
    MalformedResponse = "malformed_response", ApiError;
    /// The answer's body ends too early.
    TruncatedResponse = "truncated_response", ModelUnavailable;
    /// The answer is a page or text instead of JSON.
    NotJson = "not_json", ApiError;
    /// The stream ended before the answer did.
    StreamCut = "stream_cut", ModelUnavailable;
    /// The answer is not the JSON that was asked for: cut, unreadable, or against its schema.
    InvalidJson = "invalid_json", ApiError;
    /// The arguments of a tool call are not JSON.
    InvalidToolArguments = "invalid_tool_arguments", ApiError;
    /// The answer exceeds a limit of the client.
    ResponseTooLarge = "response_too_large", ApiError;
    /// The stream repeats itself without end.
    RunawayStream = "runaway_stream", ApiError;
    /// The model is cooling down after failures; it was not called.
    CircuitOpen = "circuit_open", ModelUnavailable;
    /// Too many requests are in flight here; the model was not called.
    Saturated = "saturated", ModelUnavailable;
    /// No configured model can serve the request; none was called.
    NoUsableModel = "no_usable_model", ModelUnavailable;
    /// A fault of this software.
    Internal = "internal", ApiError;
}

impl ErrorKind {
    /// Whether the same request may succeed later, as far as the kind alone tells.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::ConnectRefused
                | Self::Dns
                | Self::DnsTimeout
                | Self::TlsHandshake
                | Self::ConnectTimeout
                | Self::StaleConnection
                | Self::ResetAfterSend
                | Self::FirstTokenTimeout
                | Self::IdleTimeout
                | Self::NoProgress
                | Self::InFlightBudget
                | Self::UpstreamTimeout
                | Self::Conflict
                | Self::Misdirected
                | Self::RateLimited
                | Self::UpstreamServer
                | Self::BadGateway
                | Self::Overloaded
                | Self::EdgeError
                | Self::EdgeTimeout
                | Self::EmptyResponse
                | Self::UpstreamMidError
                | Self::EmptyChoices
                | Self::EmptyContent
                | Self::MalformedResponse
                | Self::TruncatedResponse
                | Self::NotJson
                | Self::StreamCut
                | Self::InvalidJson
                | Self::InvalidToolArguments
                | Self::CircuitOpen
                | Self::Saturated
        )
    }

    /// How far the provider got, as far as the kind alone tells.
    pub const fn execution(self) -> Execution {
        match self {
            Self::ConnectRefused
            | Self::Dns
            | Self::DnsTimeout
            | Self::TlsInvalid
            | Self::TlsHandshake
            | Self::ConnectTimeout
            | Self::StaleConnection
            | Self::Misdirected
            | Self::CircuitOpen
            | Self::Saturated
            | Self::NoUsableModel => Execution::NotSent,
            Self::InvalidRequest
            | Self::ContextLength
            | Self::UnsupportedParam
            | Self::ModelNotFound
            | Self::ContentPolicy
            | Self::RegionBlocked
            | Self::UpstreamAuth
            | Self::QuotaExhausted
            | Self::InFlightBudget
            | Self::UpstreamForbidden
            | Self::UpstreamMisconfigured
            | Self::ProtocolViolation
            | Self::Conflict
            | Self::PayloadTooLarge
            | Self::Unprocessable
            | Self::RateLimited
            | Self::Overloaded
            | Self::UnexpectedRedirect => Execution::Rejected,
            Self::ResetAfterSend
            | Self::FirstTokenTimeout
            | Self::NoProgress
            | Self::Deadline
            | Self::Cancelled
            | Self::UpstreamTimeout
            | Self::UpstreamServer
            | Self::BadGateway
            | Self::EdgeError
            | Self::EdgeTimeout
            | Self::Unexpected
            | Self::EmptyResponse
            | Self::EmptyChoices
            | Self::MalformedResponse
            | Self::NotJson
            | Self::StreamCut
            | Self::Internal => Execution::Maybe,
            Self::IdleTimeout
            | Self::UpstreamMidError
            | Self::EmptyContent
            | Self::TruncatedResponse
            | Self::InvalidJson
            | Self::InvalidToolArguments
            | Self::ResponseTooLarge
            | Self::RunawayStream => Execution::Executed,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// The four classes of failure people know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorLabel {
    /// An answer took too long.
    Timeout,
    /// The provider's API reported an error.
    ApiError,
    /// A limit was exceeded.
    RateLimit,
    /// The model is not available for now.
    ModelUnavailable,
}

impl ErrorLabel {
    /// The label as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "Timeout",
            Self::ApiError => "ApiError",
            Self::RateLimit => "RateLimit",
            Self::ModelUnavailable => "ModelUnavailable",
        }
    }
}

impl fmt::Display for ErrorLabel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
