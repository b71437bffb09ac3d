//! The recorded verdicts, read from their files.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
};

use llm_core::Preference;
use llm_strategies::{Better, Order};
use serde::{Deserialize, Serialize};

/// Whose verdicts: a set of pairs, the model that judged them, and the prompt it was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Judge {
    /// The set of pairs.
    pub set: String,
    /// The model.
    pub judge: String,
    /// The prompt.
    pub style: String,
}

/// What a judge said of a pair whose better answer is known.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The pair's name within its set.
    pub id: String,
    /// The better answer, as people found.
    pub better: Better,
    /// What the judge said with the first answer shown first.
    pub given: Option<Preference>,
    /// What it said with the second answer shown first, of the answers as they were shown.
    pub swapped: Option<Preference>,
}

impl Pair {
    /// What the judge said in `order`.
    pub const fn said(&self, order: Order) -> Option<Preference> {
        match order {
            Order::Given => self.given,
            Order::Swapped => self.swapped,
        }
    }
}

/// All that was recorded of a judge.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The pairs of which people prefer one answer.
    pub pairs: Vec<Pair>,
    /// Whether any pair was judged in the second order.
    pub has_both_orders: bool,
    /// Pairs of which people prefer neither; they say nothing of a judge's accuracy.
    pub n_even: u32,
}

#[derive(Debug, Deserialize)]
struct Row {
    set: String,
    judge: String,
    style: String,
    id: String,
    label: Letter,
    d1: Option<Letter>,
    /// Turned back: of the answers as they are.
    d2: Option<Letter>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Letter {
    A,
    B,
    T,
}

impl Letter {
    const fn preference(self) -> Preference {
        match self {
            Self::A => Preference::FirstBetter,
            Self::B => Preference::SecondBetter,
            Self::T => Preference::Tie,
        }
    }
}

/// Reads recorded verdicts, a row a pair and judge.
///
/// # Errors
///
/// The file is not what it is taken for.
pub fn read_decisions(file: impl Read) -> io::Result<BTreeMap<Judge, Recorded>> {
    let mut judges: BTreeMap<Judge, Recorded> = BTreeMap::new();
    for row in csv::Reader::from_reader(file).into_deserialize() {
        let Row { set, judge, style, id, label, d1, d2 } = row?;
        let recorded = judges.entry(Judge { set, judge, style }).or_default();
        recorded.has_both_orders |= d2.is_some();
        let better = match label {
            Letter::A => Better::First,
            Letter::B => Better::Second,
            Letter::T => {
                recorded.n_even += 1;
                continue;
            }
        };
        let given = d1.map(Letter::preference);
        let swapped = d2.map(|letter| letter.preference().swapped());
        recorded.pairs.push(Pair { id, better, given, swapped });
    }
    Ok(judges)
}

/// The end of what a judge wrote, and what it meant.
#[derive(Debug)]
pub struct Text {
    /// The last characters of the answer.
    pub tail: String,
    /// The verdict it meant, as a person read it.
    pub said: Option<Preference>,
}

/// Reads recorded words, a JSON object a line.
///
/// # Errors
///
/// The file is not what it is taken for.
pub fn read_texts(file: impl BufRead) -> io::Result<Vec<Text>> {
    #[derive(Deserialize)]
    struct Line {
        said: Option<Letter>,
        tail: String,
    }
    file.lines()
        .map(|line| {
            let Line { said, tail } = serde_json::from_str(&line?)?;
            Ok(Text { tail, said: said.map(Letter::preference) })
        })
        .collect()
}
