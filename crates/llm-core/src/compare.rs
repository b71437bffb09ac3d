//! What a judge says of two answers, and what became of it.

use serde::{Deserialize, Serialize};

use crate::{attempt::Attempt, ids::ModelRef};

/// Which of two answers is better, and how clearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The second, clearly.
    SecondMuchBetter,
    /// The second.
    SecondBetter,
    /// Neither.
    Tie,
    /// The first.
    FirstBetter,
    /// The first, clearly.
    FirstMuchBetter,
}

impl Preference {
    /// From -2 (second, clearly) to 2 (first, clearly).
    pub const fn grade(self) -> i8 {
        match self {
            Self::SecondMuchBetter => -2,
            Self::SecondBetter => -1,
            Self::Tie => 0,
            Self::FirstBetter => 1,
            Self::FirstMuchBetter => 2,
        }
    }

    /// The same preference with the answers in the other order.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::SecondMuchBetter => Self::FirstMuchBetter,
            Self::SecondBetter => Self::FirstBetter,
            Self::Tie => Self::Tie,
            Self::FirstBetter => Self::SecondBetter,
            Self::FirstMuchBetter => Self::SecondMuchBetter,
        }
    }
}

/// What an evaluator made of two answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The sum of the grades of every order asked, seen from the comparison's first answer:
    /// positive is for the first, negative for the second, 0 is undecided. Also 0 where an order
    /// that was needed to tell held no verdict.
    pub score: i8,
    /// The preference found in each order asked, seen from the comparison's first answer; `None`
    /// where the judge's words held no verdict.
    pub preferences: Vec<Option<Preference>>,
}

/// How the winner of two answers was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judgement {
    /// What became of the judging.
    pub status: JudgementStatus,
    /// Who judged, if anybody did.
    pub judge: Option<ModelRef>,
    /// Whose answer was taken.
    pub winner: ModelRef,
    /// Whose answer was not, where there was one.
    pub loser: Option<ModelRef>,
    /// What the judge said, seen from `candidates` in configured order.
    pub verdict: Option<Verdict>,
    /// What decided, for people.
    pub reason: String,
    /// The judge's own calls.
    pub attempts: Vec<Attempt>,
}

impl Judgement {
    /// A judgement for `winner`.
    pub fn new(status: JudgementStatus, winner: ModelRef, reason: impl Into<String>) -> Self {
        Self {
            status,
            judge: None,
            winner,
            loser: None,
            verdict: None,
            reason: reason.into(),
            attempts: Vec::new(),
        }
    }
}

/// What became of the judging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgementStatus {
    /// The judge preferred one answer.
    Decided,
    /// The judge had no preference, or contradicted itself.
    Undecided,
    /// The judge could not be asked, or said nothing of use.
    Failed,
    /// There was nothing to judge, or nobody to ask.
    Skipped,
}
