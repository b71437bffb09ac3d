//! The fault table: what the engine does about each kind of failure.

use std::time::Duration;

use llm_core::ErrorKind;

/// What to do about a failure. Everything the engine decides from a kind stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// How often the same model may be tried again.
    pub(crate) again: Again,
    /// The first pause before trying the same model again; doubles with each further one.
    pub(crate) pause: Duration,
    /// Where the request goes next.
    pub(crate) onward: Onward,
    /// What the failure says about the model.
    pub(crate) health: HealthClass,
}

impl Policy {
    /// Whether the same request to the same model may succeed later.
    pub(crate) const fn can_heal(self) -> bool {
        matches!(self.onward, Onward::Next) && !matches!(self.health, HealthClass::Parked)
    }
}

/// How often the same model may be tried again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Never.
    No,
    /// Once, and only when no other candidate is left.
    Alone,
    /// This often.
    Times(u32),
}

/// Where a request goes after a model is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    /// To the next candidate.
    Next,
    /// To the next candidate with a larger window.
    LargerWindow,
    /// To the next candidate with another credential.
    OtherCredential,
    /// Nowhere, unless the configuration lets refusals fall back.
    IfRefusalsFallBack,
    /// Nowhere: the request itself is wrong, or nobody waits for it any more.
    End,
}

/// What a failure says about the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HealthClass {
    /// Nothing: the caller's fault, the deadline's or a stale connection's.
    Unaffected,
    /// One is enough to let the model rest.
    Hard,
    /// As hard, and its probe costs a user as long as the failure did.
    HardSlow,
    /// Several in a row let the model rest.
    Soft,
    /// The provider asks for a pause.
    Throttled,
    /// The provider does not serve the model: it rests for ten minutes.
    Parked,
    /// The credential is rejected.
    CredentialRejected,
    /// The credential's credit or quota is used up.
    QuotaExhausted,
}

impl HealthClass {
    /// Whether the model or its provider is to blame, so that its odds fall.
    pub(crate) const fn blames_model(self) -> bool {
        !matches!(self, Self::Unaffected | Self::CredentialRejected | Self::QuotaExhausted)
    }
}

/// The pause before an attempt that follows one the provider never received.
const NOT_SENT: Duration = Duration::from_millis(100);
/// The pause after a failure inside the provider.
const TRANSIENT: Duration = Duration::from_millis(500);
/// The pause after throttling without a hint.
const THROTTLED: Duration = Duration::from_secs(1);

/// The row of the fault table for a failure of this kind and status.
pub(crate) const fn policy(kind: ErrorKind, status: Option<u16>) -> Policy {
    use Again::{Alone, No, Times};
    use ErrorKind as Kind;
    use HealthClass::{
        CredentialRejected, Hard, HardSlow, Parked, QuotaExhausted, Soft, Throttled, Unaffected,
    };
    use Onward::{End, IfRefusalsFallBack, LargerWindow, Next, OtherCredential};

    match kind {
        Kind::ConnectRefused | Kind::TlsHandshake => row(Times(2), NOT_SENT, Next, Hard),
        Kind::Dns | Kind::DnsTimeout | Kind::ConnectTimeout => row(Times(1), NOT_SENT, Next, Hard),
        Kind::TlsInvalid => row(No, NOT_SENT, Next, Hard),
        Kind::StaleConnection => row(Times(2), Duration::ZERO, Next, Unaffected),
        Kind::Misdirected => row(Times(1), Duration::ZERO, Next, Unaffected),

        Kind::FirstTokenTimeout => row(Alone, TRANSIENT, Next, HardSlow),
        Kind::IdleTimeout | Kind::NoProgress => row(No, TRANSIENT, Next, HardSlow),
        // 504 has already waited as long as the provider would; 408 is the request's own upload.
        Kind::UpstreamTimeout => match status {
            Some(408) => row(Times(1), TRANSIENT, Next, Hard),
            _ => row(Alone, TRANSIENT, Next, Hard),
        },
        Kind::EdgeTimeout => row(No, TRANSIENT, Next, Hard),
        Kind::Overloaded => match status {
            Some(529) => row(Times(2), THROTTLED, Next, Hard),
            _ => row(Times(1), TRANSIENT, Next, Hard),
        },

        Kind::ResetAfterSend
        | Kind::UpstreamServer
        | Kind::BadGateway
        | Kind::EdgeError
        | Kind::EmptyResponse
        | Kind::UpstreamMidError
        | Kind::EmptyChoices
        | Kind::EmptyContent
        | Kind::MalformedResponse
        | Kind::TruncatedResponse
        | Kind::NotJson
        | Kind::StreamCut => row(Times(1), TRANSIENT, Next, Soft),
        Kind::ResponseTooLarge | Kind::RunawayStream => row(No, TRANSIENT, Next, Soft),

        Kind::RateLimited => row(Times(2), THROTTLED, Next, Throttled),
        Kind::InFlightBudget => row(Times(1), THROTTLED, Next, Throttled),
        Kind::ModelNotFound => row(No, TRANSIENT, Next, Parked),
        Kind::UpstreamAuth | Kind::UpstreamForbidden => {
            row(No, TRANSIENT, OtherCredential, CredentialRejected)
        }
        Kind::QuotaExhausted => row(No, TRANSIENT, OtherCredential, QuotaExhausted),

        Kind::ContextLength => row(No, TRANSIENT, LargerWindow, Unaffected),
        Kind::ContentPolicy => row(No, TRANSIENT, IfRefusalsFallBack, Unaffected),
        Kind::Conflict => row(Times(2), TRANSIENT, Next, Unaffected),
        Kind::Unexpected => match status {
            Some(500..) => row(Times(1), TRANSIENT, Next, Unaffected),
            _ => row(No, TRANSIENT, Next, Unaffected),
        },
        Kind::UnsupportedParam
        | Kind::RegionBlocked
        | Kind::UpstreamMisconfigured
        | Kind::ProtocolViolation
        | Kind::UnexpectedRedirect
        | Kind::CircuitOpen
        | Kind::Saturated => row(No, TRANSIENT, Next, Unaffected),

        // The request is wrong, its time is up, or nobody waits for it. A kind that is not listed
        // is new: the request stops rather than spend money on a guess.
        _ => row(No, TRANSIENT, End, Unaffected),
    }
}

const fn row(again: Again, pause: Duration, onward: Onward, health: HealthClass) -> Policy {
    Policy { again, pause, onward, health }
}
