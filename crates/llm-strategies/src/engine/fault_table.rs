//! The fault table: what the engine does about each kind of failure, as data.

use std::{borrow::Cow, ops::RangeInclusive, time::Duration};

use llm_core::ErrorKind::{self, self as Kind};

use super::policy::{
    Again::{self, Alone, No, Times},
    HealthClass::{
        self, CredentialRejected, Hard, HardSlow, Parked, QuotaExhausted, Soft, Throttled,
        Unaffected,
    },
    Onward::{self, End, IfRefusalsFallBack, LargerWindow, Next, OtherCredential},
    Policy,
};

/// What the engine does about each kind of failure.
///
/// A failure is decided by the first line for its kind and status. One that no line decides ends
/// the request as a fault of this software, rather than spend money on a guess.
#[derive(Clone, Debug)]
pub struct FaultTable(Cow<'static, [FaultLine]>);

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultLine {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// The statuses it speaks of; `None` is any, also none at all.
    pub statuses: Option<RangeInclusive<u16>>,
    /// What to do.
    pub policy: Policy,
}

impl FaultLine {
    fn decides(&self, kind: ErrorKind, status: Option<u16>) -> bool {
        self.kind == kind
            && self
                .statuses
                .as_ref()
                .is_none_or(|statuses| status.is_some_and(|status| statuses.contains(&status)))
    }
}

impl Default for FaultTable {
    fn default() -> Self {
        Self(Cow::Borrowed(LINES))
    }
}

impl FaultTable {
    /// The lines; the first that fits a failure decides.
    pub fn lines(&self) -> &[FaultLine] {
        &self.0
    }

    /// What to do about a failure of this kind and status, if a line decides it.
    pub fn policy(&self, kind: ErrorKind, status: Option<u16>) -> Option<Policy> {
        let line = self.0.iter().find(|line| line.decides(kind, status))?;
        Some(line.policy)
    }

    /// The table without the line that decides this kind and status: what happens then shows what
    /// the line is good for.
    #[must_use]
    pub fn without(mut self, kind: ErrorKind, status: Option<u16>) -> Self {
        if let Some(position) = self.0.iter().position(|line| line.decides(kind, status)) {
            self.0.to_mut().remove(position);
        }
        self
    }
}

/// The pause before an attempt that follows one the provider never received.
const NOT_SENT: Duration = Duration::from_millis(100);
/// The pause after a failure inside the provider.
const TRANSIENT: Duration = Duration::from_millis(500);
/// The pause after throttling without a hint.
const THROTTLED: Duration = Duration::from_secs(1);
/// No pause: a new connection is all it takes.
const AT_ONCE: Duration = Duration::ZERO;

const fn line(
    kind: ErrorKind,
    again: Again,
    pause: Duration,
    onward: Onward,
    health: HealthClass,
) -> FaultLine {
    FaultLine { kind, statuses: None, policy: Policy { again, pause, onward, health } }
}

impl FaultLine {
    const fn only(mut self, statuses: RangeInclusive<u16>) -> Self {
        self.statuses = Some(statuses);
        self
    }
}

/// Where two lines speak of the same kind, the one with a status stands first.
#[rustfmt::skip]
const LINES: &[FaultLine] = &[
    // Nothing was sent.
    line(Kind::ConnectRefused, Times(2), NOT_SENT, Next, Hard),
    line(Kind::Dns, Times(1), NOT_SENT, Next, Hard),
    line(Kind::DnsTimeout, Times(1), NOT_SENT, Next, Hard),
    line(Kind::TlsInvalid, No, NOT_SENT, Next, Hard),
    line(Kind::TlsHandshake, Times(2), NOT_SENT, Next, Hard),
    line(Kind::ConnectTimeout, Times(1), NOT_SENT, Next, Hard),
    line(Kind::StaleConnection, Times(2), AT_ONCE, Next, Unaffected),
    line(Kind::Misdirected, Times(1), AT_ONCE, Next, Unaffected),
    // Somebody waited in vain.
    line(Kind::FirstTokenTimeout, Alone, TRANSIENT, Next, HardSlow),
    line(Kind::IdleTimeout, No, TRANSIENT, Next, HardSlow),
    line(Kind::NoProgress, No, TRANSIENT, Next, HardSlow),
    line(Kind::Deadline, No, TRANSIENT, End, Unaffected),
    line(Kind::Cancelled, No, TRANSIENT, End, Unaffected),
    // The request is at fault.
    line(Kind::InvalidRequest, No, TRANSIENT, End, Unaffected),
    line(Kind::ContextLength, No, TRANSIENT, LargerWindow, Unaffected),
    line(Kind::UnsupportedParam, No, TRANSIENT, Next, Unaffected),
    line(Kind::ContentPolicy, No, TRANSIENT, IfRefusalsFallBack, Unaffected),
    line(Kind::RegionBlocked, No, TRANSIENT, Next, Unaffected),
    line(Kind::PayloadTooLarge, No, TRANSIENT, End, Unaffected),
    line(Kind::Unprocessable, No, TRANSIENT, End, Unaffected),
    // The configuration or the key is at fault.
    line(Kind::ModelNotFound, No, TRANSIENT, Next, Parked),
    line(Kind::UpstreamAuth, No, TRANSIENT, OtherCredential, CredentialRejected),
    line(Kind::UpstreamForbidden, No, TRANSIENT, OtherCredential, CredentialRejected),
    line(Kind::QuotaExhausted, No, TRANSIENT, OtherCredential, QuotaExhausted),
    line(Kind::UpstreamMisconfigured, No, TRANSIENT, Next, Unaffected),
    line(Kind::ProtocolViolation, No, TRANSIENT, Next, Unaffected),
    line(Kind::UnexpectedRedirect, No, TRANSIENT, Next, Unaffected),
    // The provider asks for a pause.
    line(Kind::InFlightBudget, Times(1), THROTTLED, Next, Throttled),
    line(Kind::RateLimited, Times(2), THROTTLED, Next, Throttled),
    // The provider failed.
    // 504 has already waited as long as the provider would; 408 is the request's own upload.
    line(Kind::UpstreamTimeout, Times(1), TRANSIENT, Next, Hard).only(408..=408),
    line(Kind::UpstreamTimeout, Alone, TRANSIENT, Next, Hard),
    line(Kind::Conflict, Times(2), TRANSIENT, Next, Unaffected),
    line(Kind::UpstreamServer, Times(1), TRANSIENT, Next, Soft),
    line(Kind::BadGateway, Times(1), TRANSIENT, Next, Soft),
    line(Kind::Overloaded, Times(2), THROTTLED, Next, Hard).only(529..=529),
    line(Kind::Overloaded, Times(1), TRANSIENT, Next, Hard),
    line(Kind::EdgeError, Times(1), TRANSIENT, Next, Soft),
    line(Kind::EdgeTimeout, No, TRANSIENT, Next, Hard),
    line(Kind::Unexpected, Times(1), TRANSIENT, Next, Soft).only(500..=u16::MAX),
    line(Kind::Unexpected, No, TRANSIENT, Next, Unaffected),
    line(Kind::ResetAfterSend, Times(1), TRANSIENT, Next, Soft),
    // The answer is no answer.
    line(Kind::EmptyResponse, Times(1), TRANSIENT, Next, Soft),
    line(Kind::UpstreamMidError, Times(1), TRANSIENT, Next, Soft),
    line(Kind::EmptyChoices, Times(1), TRANSIENT, Next, Soft),
    line(Kind::EmptyContent, Times(1), TRANSIENT, Next, Soft),
    line(Kind::MalformedResponse, Times(1), TRANSIENT, Next, Soft),
    line(Kind::TruncatedResponse, Times(1), TRANSIENT, Next, Soft),
    line(Kind::NotJson, Times(1), TRANSIENT, Next, Soft),
    line(Kind::StreamCut, Times(1), TRANSIENT, Next, Soft),
    line(Kind::InvalidJson, Times(1), TRANSIENT, Next, Soft),
    line(Kind::InvalidToolArguments, Times(1), TRANSIENT, Next, Soft),
    line(Kind::ResponseTooLarge, No, TRANSIENT, Next, Soft),
    line(Kind::RunawayStream, No, TRANSIENT, Next, Soft),
    // Nobody was called: a provider of somebody else's may say so.
    line(Kind::CircuitOpen, No, TRANSIENT, Next, Unaffected),
    line(Kind::Saturated, No, TRANSIENT, Next, Unaffected),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_can_happen_to_an_attempt_has_a_line() {
        let table = FaultTable::default();
        let unlisted: Vec<_> = ErrorKind::ALL
            .iter()
            .filter(|kind| !table.lines().iter().any(|line| line.kind == **kind))
            .collect();
        // Faults of this software, and requests that nobody was asked.
        assert_eq!(unlisted, [&Kind::NoUsableModel, &Kind::Internal]);
    }

    #[test]
    fn no_line_is_hidden_behind_an_earlier_one() {
        let table = FaultTable::default();
        for (position, hidden) in table.lines().iter().enumerate() {
            let status = hidden.statuses.as_ref().map(|statuses| *statuses.start());
            let first = table.lines().iter().position(|line| line.decides(hidden.kind, status));
            assert_eq!(first, Some(position), "{hidden:?}");
        }
    }

    #[test]
    fn a_line_can_be_taken_out() {
        let table = FaultTable::default().without(Kind::Overloaded, Some(529));
        let general = table.policy(Kind::Overloaded, Some(529));
        assert_eq!(general.map(|policy| policy.again), Some(Times(1)));
        let table = table.without(Kind::Overloaded, Some(529));
        assert_eq!(table.policy(Kind::Overloaded, Some(529)), None);
    }
}
