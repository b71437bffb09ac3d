//! A stay at a model that may be slow to begin: then the next one is asked beside it, and who
//! begins first goes on.

use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, Either, select};
use llm_core::Answer;
use tokio::time::timeout;

use super::{
    attempt::{Begun, Failed},
    decide::{Situation, Step, decide},
    delivery::Delivery,
    ledger::Book,
    locked,
    member::Member,
    run::{Effort, GivenUp, Run},
    visit::Visit,
};

/// Whom to ask beside a slow model, and when.
#[derive(Debug)]
pub(super) struct Hedge {
    slow: Arc<Member>,
    rival: Arc<Member>,
    delay: Duration,
    /// Whether anybody but the two can serve.
    others: bool,
}

/// An attempt up to its first content.
type Opening<'a> = BoxFuture<'a, (Visit<'a>, Result<Begun, Failed>)>;

impl Run {
    /// Whom to ask beside the visited model if that is slow to begin; `later` are those behind it
    /// in the chain.
    pub(super) fn hedge(&self, visit: &Visit<'_>, later: &[Arc<Member>]) -> Option<Hedge> {
        // A probe shows whether its model has recovered; a rival would hide it.
        if !self.shared.settings.hedging || visit.ticket.probe || !visit.streams() {
            return None;
        }
        let delay = visit.member.slow_to_begin()?;
        if locked(&self.notes).no_hedge {
            return None;
        }
        let able =
            |member: &&Arc<Member>| !self.is_given_up(member) && self.passed_over(member).is_none();
        let now = self.shared.clock.now();
        let may_rival = |member: &&Arc<Member>| self.streams(member) && member.is_closed(now);
        let rival = later.iter().filter(able).find(may_rival)?;
        let others = later.iter().filter(able).any(|member| !Arc::ptr_eq(member, rival));
        Some(Hedge { slow: Arc::clone(&visit.member), rival: Arc::clone(rival), delay, others })
    }

    /// Like [`stay`](Self::stay), with a rival for a model that is slow to begin.
    pub(super) async fn stay_hedged<'a>(
        &'a self,
        visit: Visit<'a>,
        hedge: Hedge,
        delivery: &mut Delivery,
    ) -> Option<Answer> {
        let mut first = self.opening(visit, true);
        if let Ok(opened) = timeout(hedge.delay, &mut first).await {
            return self.carry_on(opened, true, delivery).await;
        }
        let Some(rival) = self.enter_beside(&hedge.rival) else {
            return self.carry_on(first.await, true, delivery).await;
        };
        let second = self.opening(rival, hedge.others);
        let (opened, other, others, overtakes) = match select(first, second).await {
            Either::Left((opened, other)) => (opened, other, true, false),
            // The overtaken one may be asked again, should its rival break.
            Either::Right((opened, other)) => (opened, other, true, true),
        };
        let (visit, begun) = opened;
        if begun.as_ref().is_ok_and(Begun::has_content) {
            // Dropping the other one ends its call and accounts for it.
            drop(other);
            if overtakes {
                locked(&self.notes).overtaken = Some(hedge.slow);
            }
            return self.carry_on((visit, begun), others, delivery).await;
        }
        // It failed, or ended without content: the other one goes on meanwhile, and is its retry.
        let (visit, error) = match self.conclude(visit, begun, others, delivery).await {
            Ok(answer) => return Some(answer),
            Err(failed) => failed,
        };
        let member = Arc::clone(&visit.member);
        drop(visit);
        let situation = Situation { attempts: u32::MAX, ..self.situation(&member, &error) };
        if decide(&situation) == Step::End {
            drop(other);
            self.give_up(&member, error, &GivenUp::Stop, false);
            return None;
        }
        self.give_up(&member, error, &GivenUp::GoOn, false);
        self.carry_on(other.await, hedge.others, delivery).await
    }

    /// Begins an attempt, and gives the stay back with it.
    fn opening<'a>(&'a self, mut visit: Visit<'a>, others: bool) -> Opening<'a> {
        Box::pin(async move {
            let begun = self.begin(&mut visit, &self.request, others).await;
            (visit, begun)
        })
    }

    /// Reads an answer that has begun, or goes on after a failure, as without a rival.
    async fn carry_on<'a>(
        &'a self,
        (visit, begun): (Visit<'a>, Result<Begun, Failed>),
        others: bool,
        delivery: &mut Delivery,
    ) -> Option<Answer> {
        let result = self.conclude(visit, begun, others, delivery).await;
        self.go_on(result, others, Effort::Full, delivery).await
    }

    /// Begins a stay at the rival, if both budgets have room for it.
    fn enter_beside(&self, rival: &Arc<Member>) -> Option<Visit<'_>> {
        let now = self.shared.clock.now();
        let retry = || rival.credential.spend_retry(1, now);
        if !rival.is_closed(now) || !locked(&self.shared.hedges).spend(retry) {
            return None;
        }
        let ticket = rival.admit(now).ok()?;
        locked(&self.notes).no_hedge = true;
        Some(Visit::begin(self, Book::Candidates, Arc::clone(rival), ticket))
    }
}
