//! What each kind of failure says about a model.

use llm_core::ErrorKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a call says about a model.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CallVerdict {
    /// It answered.
    Ok,
    /// It answered, but cannot do what the check asked for.
    CapabilityOff,
    /// It could not answer this time; the next call may well be answered.
    Degraded,
    /// It cannot answer until something is changed.
    Failed,
    /// Nothing: the call was not made or not finished.
    Skipped,
}

impl CallVerdict {
    /// The verdict as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::CapabilityOff => "capability_off",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What a failure of this kind says about a model.
pub const fn verdict(kind: ErrorKind) -> CallVerdict {
    use ErrorKind as Kind;

    match kind {
        Kind::Cancelled | Kind::CircuitOpen | Kind::Saturated | Kind::NoUsableModel => {
            CallVerdict::Skipped
        }
        Kind::ConnectTimeout
        | Kind::StaleConnection
        | Kind::ResetAfterSend
        | Kind::FirstTokenTimeout
        | Kind::IdleTimeout
        | Kind::NoProgress
        | Kind::Deadline
        | Kind::InFlightBudget
        | Kind::UpstreamTimeout
        | Kind::Conflict
        | Kind::Misdirected
        | Kind::RateLimited
        | Kind::UpstreamServer
        | Kind::BadGateway
        | Kind::Overloaded
        | Kind::EdgeError
        | Kind::EdgeTimeout
        | Kind::EmptyResponse
        | Kind::UpstreamMidError
        | Kind::EmptyChoices
        | Kind::EmptyContent
        | Kind::MalformedResponse
        | Kind::TruncatedResponse
        | Kind::NotJson
        | Kind::StreamCut
        | Kind::InvalidJson
        | Kind::InvalidToolArguments
        | Kind::ResponseTooLarge
        | Kind::RunawayStream => CallVerdict::Degraded,
        // A kind that is not listed is new: it is shown as a failure rather than hidden as a
        // passing weakness.
        _ => CallVerdict::Failed,
    }
}

/// Whether every further call would fail the same way, so that none is sent.
pub(crate) fn is_final(kind: ErrorKind) -> bool {
    verdict(kind) == CallVerdict::Failed && !kind.is_transient()
}

/// Whether such a failure of a check means that the model cannot do what was asked for. Routers
/// say `model_not_found` when nobody who serves the model can.
pub(crate) fn says_no(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidRequest
            | ErrorKind::UnsupportedParam
            | ErrorKind::Unprocessable
            | ErrorKind::ModelNotFound
    )
}

/// Whether the model or its provider is to blame, so that its odds fall.
pub(crate) fn blames_model(kind: ErrorKind) -> bool {
    let passing = verdict(kind) == CallVerdict::Degraded
        && !matches!(
            kind,
            ErrorKind::StaleConnection
                | ErrorKind::Misdirected
                | ErrorKind::Conflict
                | ErrorKind::Deadline
        );
    let unreachable = matches!(
        kind,
        ErrorKind::ConnectRefused
            | ErrorKind::Dns
            | ErrorKind::DnsTimeout
            | ErrorKind::TlsInvalid
            | ErrorKind::TlsHandshake
    );
    passing || unreachable || kind == ErrorKind::ModelNotFound
}
