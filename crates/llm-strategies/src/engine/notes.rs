//! What a request has learned on its way, and whom that rules out.

use std::{sync::Arc, time::Duration};

use llm_core::{Answer, Error, Exclusion, ExclusionReason, Execution, Executor, ModelRef, Retry};

use super::{
    decide::retries_of,
    locked,
    member::Member,
    plan::{exclusion, window_holds},
    policy::{HealthClass, Onward},
    run::{GivenUp, Run},
    settings::WhenAllUnavailable,
};

/// What a request has learned on its way.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The last error of every model that was given up, in the order they were asked.
    pub(crate) errors: Vec<(ModelRef, Error)>,
    /// The model that was given up last.
    pub(super) given_up: Option<ModelRef>,
    pub(crate) excluded: Vec<Exclusion>,
    pub(super) retries: u32,
    pub(super) paid_retry: bool,
    pub(super) rejected_credentials: Vec<(Arc<str>, HealthClass)>,
    /// The largest window that was too small.
    pub(super) too_small: Option<u64>,
    /// Members that can serve but were resting when they were wanted.
    pub(crate) resting: Vec<Arc<Member>>,
    /// Throttled members, which may be waited for when nobody else is left.
    pub(super) throttled: Vec<Arc<Member>>,
    /// No (further) model is asked beside a slow one: one was, or a provider said that trying
    /// again does not help.
    pub(super) no_hedge: bool,
    pub(super) ended: bool,
    /// The refusal of a model, for want of an answer.
    pub(super) refusal: Option<Answer>,
    /// A slow member that was dropped because its rival began first; it may still be asked.
    pub(super) overtaken: Option<Arc<Member>>,
}

impl Run {
    /// Notes what a failed model means for those after it. A failed `probe` is not waited for.
    pub(super) fn give_up(
        &self,
        member: &Arc<Member>,
        error: Error,
        given_up: &GivenUp,
        probe: bool,
    ) {
        let policy = self.policy(member, &error);
        let mut notes = locked(&self.notes);
        match policy.onward {
            Onward::OtherCredential => {
                let credential = Arc::clone(&member.target.credential);
                notes.rejected_credentials.push((credential, policy.health));
            }
            Onward::LargerWindow => {
                let window = member.target.capabilities.context_window;
                notes.too_small = notes.too_small.max(window);
            }
            _ => {}
        }
        // A pause that ends after the deadline is not waited for, however short a rest may be.
        let in_time =
            !matches!(error.retry(), Some(Retry::After(hint)) if hint >= self.remaining());
        let hinted = matches!(error.retry(), Some(Retry::After(_)));
        // What may have been charged is not asked for a second time behind the chain.
        let uncharged = error.execution() < Execution::Maybe;
        let hinted = hinted && policy.can_heal() && !probe;
        let may_come_back = policy.health == HealthClass::Throttled || hinted;
        if may_come_back && uncharged && in_time && error.retry() != Some(Retry::Never) {
            let attempts = self.ledger.attempts_on(&member.target.model);
            if attempts <= retries_of(policy.again, self.shared.settings.retry_attempts) {
                notes.throttled.push(Arc::clone(member));
            }
        }
        notes.no_hedge |= error.retry() == Some(Retry::Never);
        notes.ended |= matches!(given_up, GivenUp::Stop);
        let model = &member.target.model;
        notes.given_up = Some(model.clone());
        match notes.errors.iter_mut().find(|(failed, _)| failed == model) {
            Some((_, earlier)) => *earlier = error,
            None => notes.errors.push((model.clone(), error)),
        }
    }

    /// Whether the member was asked and given up.
    pub(super) fn is_given_up(&self, member: &Member) -> bool {
        locked(&self.notes).errors.iter().any(|(model, _)| *model == member.target.model)
    }

    /// Why the member is not asked now, if it is not.
    pub(super) fn passed_over(&self, member: &Member) -> Option<ExclusionReason> {
        self.ruled_out(member).or_else(|| member.obstacle(self.shared.clock.now()))
    }

    /// What an earlier failure of this request says against the member.
    pub(super) fn ruled_out(&self, member: &Member) -> Option<ExclusionReason> {
        let notes = locked(&self.notes);
        let needed = notes.too_small.map(|window| window.saturating_add(1));
        if let Some(needed) = needed.filter(|needed| !window_holds(member, *needed)) {
            let window = member.target.capabilities.context_window.unwrap_or_default();
            return Some(ExclusionReason::ContextWindow { needed, window });
        }
        // Used up credit does not keep a model from answering that costs nothing.
        let rejected = notes.rejected_credentials.iter().any(|(credential, class)| {
            *credential == member.target.credential
                && !(*class == HealthClass::QuotaExhausted && member.is_free())
        });
        rejected.then(|| {
            match member.credential.resting(member.is_free(), self.shared.clock.now()) {
                Duration::ZERO => ExclusionReason::CredentialRejected,
                remaining => ExclusionReason::CredentialParked { remaining },
            }
        })
    }

    /// Notes why the member is not asked now. One that rests may be wanted after all.
    pub(super) fn exclude(&self, member: &Arc<Member>, reason: ExclusionReason) {
        let rests = matches!(
            reason,
            ExclusionReason::CoolingDown { .. } | ExclusionReason::CredentialParked { .. }
        );
        let mut notes = locked(&self.notes);
        if rests && self.shared.settings.when_all_unavailable == WhenAllUnavailable::Try {
            notes.resting.push(Arc::clone(member));
        }
        notes.excluded.push(exclusion(member, reason));
    }
}
