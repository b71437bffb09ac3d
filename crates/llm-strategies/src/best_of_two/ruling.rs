//! Which of two answers is taken, and why.

use std::time::Duration;

use llm_core::{
    Answer, Candidate, ChatRequest, Comparison, Evaluator, Executor, Judgement, JudgementStatus,
    Verdict,
};
use tokio::time::timeout;

use super::{
    soundness::{Soundness, same, soundness},
    tie_break::tie_break,
};

/// Which answer is taken, and why.
#[derive(Debug)]
pub(super) struct Ruling {
    /// Position of the winner.
    winner: usize,
    status: JudgementStatus,
    reason: String,
    verdict: Option<Verdict>,
    judged: bool,
}

impl Ruling {
    fn skipped(winner: usize, reason: impl Into<String>) -> Self {
        let status = JudgementStatus::Skipped;
        Self { winner, status, reason: reason.into(), verdict: None, judged: false }
    }

    /// A ruling nobody could make: the better candidate wins, for want of a better answer.
    fn tie(pair: &[Candidate; 2], status: JudgementStatus, why: &str) -> Self {
        let (winner, reason) = tie_break(pair);
        Self { status, ..Self::skipped(winner, format!("{why}; {reason}")) }
    }
}

/// The case to be ruled on.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) pair: &'a [Candidate; 2],
    pub(super) answers: [Answer; 2],
}

impl Case<'_> {
    /// What is plain to see, if anything is.
    pub(super) fn plain(&self) -> Option<Ruling> {
        let [first, second] = &self.answers;
        let sound = |answer: &Answer| soundness(self.request, &answer.response);
        let (of_first, of_second) = (sound(first), sound(second));
        if of_first != of_second {
            let (winner, worse) = if of_second < of_first { (1, of_first) } else { (0, of_second) };
            let reason = format!("the other answer is {}", worse.as_str());
            return Some(Ruling::skipped(winner, reason));
        }
        if of_first != Soundness::Sound {
            let why = format!("both answers are {}", of_first.as_str());
            return Some(Ruling::tie(self.pair, JudgementStatus::Skipped, &why));
        }
        let are_same = same(self.request, &first.response, &second.response);
        are_same
            .then(|| Ruling::tie(self.pair, JudgementStatus::Skipped, "both answers are the same"))
    }

    /// No time is left for a judge.
    pub(super) fn unjudged(&self) -> Ruling {
        Ruling::tie(self.pair, JudgementStatus::Skipped, "no time was left to judge")
    }

    /// Asks the evaluator, for at most `limit`. A failed one never fails the request.
    pub(super) async fn judged(
        &self,
        judge: Option<&Candidate>,
        evaluator: &dyn Evaluator,
        limit: Duration,
        executor: &dyn Executor,
    ) -> Ruling {
        let [first, second] = &self.answers;
        let request = self.request.clone();
        let mut comparison =
            Comparison::new(request, first.response.clone(), second.response.clone());
        comparison.judge = judge.cloned();
        let judged = timeout(limit, evaluator.evaluate(&comparison, executor)).await;
        let ruling = match judged {
            Err(_) => self.failed("the judge took too long"),
            Ok(Err(error)) => self.failed(&format!("the judge failed ({})", error.kind())),
            Ok(Ok(verdict)) => self.follow(verdict, judge.is_some()),
        };
        Ruling { judged: true, ..ruling }
    }

    fn follow(&self, verdict: Verdict, has_judge: bool) -> Ruling {
        use JudgementStatus::{Decided, Skipped, Undecided};
        let ruling = match verdict.score {
            1.. => Ruling { status: Decided, ..Ruling::skipped(0, "the judge preferred it") },
            ..=-1 => Ruling { status: Decided, ..Ruling::skipped(1, "the judge preferred it") },
            0 if verdict.preferences.is_empty() && !has_judge => {
                return Ruling::tie(self.pair, Skipped, "nobody could judge");
            }
            0 if verdict.preferences.iter().all(Option::is_none) => {
                self.failed("the judge gave no verdict")
            }
            0 => Ruling::tie(self.pair, Undecided, "the judge was undecided"),
        };
        Ruling { verdict: Some(verdict), ..ruling }
    }

    fn failed(&self, why: &str) -> Ruling {
        Ruling::tie(self.pair, JudgementStatus::Failed, why)
    }

    /// The winner's answer with the record of the ruling.
    pub(super) fn close(self, ruling: Ruling, judge: Option<&Candidate>) -> Answer {
        let [first, second] = self.answers;
        let (winner, loser) = if ruling.winner == 0 { (first, second) } else { (second, first) };
        let mut judgement = Judgement::new(ruling.status, winner.source.clone(), ruling.reason);
        judgement.loser = Some(loser.source);
        judgement.verdict = ruling.verdict;
        judgement.judge = judge.filter(|_| ruling.judged).map(|judge| judge.model.clone());
        winner.with_judgement(judgement)
    }
}
