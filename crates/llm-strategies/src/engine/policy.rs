//! What to do about a failure: the words in which the fault table speaks.

use std::time::Duration;

/// What to do about a failure. Everything the engine decides from a kind stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// How often the same model may be tried again.
    pub again: Again,
    /// The first pause before trying the same model again; doubles with each further one.
    pub pause: Duration,
    /// Where the request goes next.
    pub onward: Onward,
    /// What the failure says about the model.
    pub health: HealthClass,
}

impl Policy {
    /// End the request, whatever happened.
    pub(crate) const END: Self = Self {
        again: Again::No,
        pause: Duration::ZERO,
        onward: Onward::End,
        health: HealthClass::Unaffected,
    };

    /// Whether the same request to the same model may succeed later.
    pub(crate) const fn can_heal(self) -> bool {
        matches!(self.onward, Onward::Next) && !matches!(self.health, HealthClass::Parked)
    }
}

/// How often the same model may be tried again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// Never.
    No,
    /// Once, and only when no other candidate is left.
    Alone,
    /// This often.
    Times(u32),
}

/// Where a request goes after a model is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Onward {
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
#[non_exhaustive]
pub enum HealthClass {
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
