//! Where a request goes when every candidate was asked: back to those it could wait for.

use llm_core::{Answer, Executor};
use tokio::time::sleep;

use super::{
    decide::RETRIES_IN_REQUEST,
    delivery::Delivery,
    ledger::Book,
    locked,
    run::{Effort, Run},
};

impl Run {
    /// Asks a member again that a rival overtook, waits for throttled members, and tries resting
    /// ones, when nobody else is left.
    pub(super) async fn come_back(&self, delivery: &mut Delivery) -> Option<Answer> {
        let overtaken = locked(&self.notes).overtaken.take();
        if let Some(member) = overtaken.filter(|_| !self.is_over(delivery)) {
            match self.enter(&member, Book::Candidates) {
                Ok(visit) => {
                    let answer = self.stay(visit, false, Effort::Full, delivery).await;
                    if answer.is_some() {
                        return answer;
                    }
                }
                Err(reason) => self.exclude(&member, reason),
            }
        }
        loop {
            let now = self.shared.clock.now();
            let soonest = {
                let mut notes = locked(&self.notes);
                if notes.retries >= RETRIES_IN_REQUEST {
                    notes.throttled.clear();
                }
                notes.throttled.sort_by_key(|member| std::cmp::Reverse(member.rest(now)));
                notes.throttled.pop()
            };
            let Some(member) = soonest else { break };
            let rest = member.rest(now);
            if self.is_over(delivery) || rest >= self.remaining() {
                break;
            }
            if self.ruled_out(&member).is_some() {
                continue;
            }
            // Others may wait for it too: there is nowhere else to go.
            let _place = member.wait_place();
            if !member.credential.spend_retry(1, now) {
                continue;
            }
            locked(&self.notes).retries += 1;
            sleep(rest).await;
            let visit = self.enter_anyway(&member);
            let answer = self.stay(visit, false, Effort::Once, delivery).await;
            if answer.is_some() {
                return answer;
            }
        }
        let resting = std::mem::take(&mut locked(&self.notes).resting);
        for member in &resting {
            if self.is_over(delivery) {
                break;
            }
            if self.ruled_out(member).is_some() {
                continue;
            }
            let tried = member.target.model.clone();
            locked(&self.notes)
                .excluded
                .retain(|left| left.model != tried.model || left.provider != tried.provider);
            member.credential.earn_retries(self.shared.clock.now());
            let visit = self.enter_anyway(member);
            let answer = self.stay(visit, false, Effort::Once, delivery).await;
            if answer.is_some() {
                return answer;
            }
        }
        None
    }
}
