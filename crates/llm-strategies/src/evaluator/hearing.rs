//! In which orders a judge is asked, and what its preferences add up to.

use llm_core::{Preference, Verdict};

/// The order in which a judge is shown two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// The first answer is called A.
    Given,
    /// The second answer is called A.
    Swapped,
}

impl Order {
    /// The order that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Given => Self::Swapped,
            Self::Swapped => Self::Given,
        }
    }

    /// From a preference between what was shown to one between the answers as they are.
    const fn turn_back(self, said: Preference) -> Preference {
        match self {
            Self::Given => said,
            Self::Swapped => said.swapped(),
        }
    }
}

/// A judge is heard on two answers: which order to ask in next, and what the verdict is.
///
/// A clear preference (`>>`) is a verdict at once; any other is checked by asking again with the
/// answers swapped, and the grades of both orders are added up. Words without a preference end the
/// hearing undecided: one order alone may be no more than a liking for the first place. Nothing
/// here asks anybody.
///
/// ```
/// use llm_strategies::{Hearing, Order, parse_verdict};
///
/// let mut hearing = Hearing::new(Order::Swapped);
/// assert_eq!(hearing.next_order(), Some(Order::Swapped));
/// hearing.hear(parse_verdict("[[B>A]]"));
/// assert_eq!(hearing.next_order(), Some(Order::Given));
/// hearing.hear(parse_verdict("[[A>>B]]"));
/// assert_eq!(hearing.next_order(), None);
/// assert_eq!(hearing.verdict().score, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    first: Order,
    is_thorough: bool,
    said: Vec<Option<Preference>>,
}

impl Hearing {
    /// A hearing that begins with the order `first`. Draw it by lot: a judge that likes one place
    /// then favours neither answer.
    pub const fn new(first: Order) -> Self {
        Self { first, is_thorough: false, said: Vec::new() }
    }

    /// Asks in both orders, however clear the first preference is.
    #[must_use]
    pub fn in_both_orders(mut self) -> Self {
        self.is_thorough = true;
        self
    }

    /// The order to ask in next; `None` once the verdict is in.
    pub fn next_order(&self) -> Option<Order> {
        match *self.said.as_slice() {
            [] => Some(self.first),
            [Some(said)] if self.is_thorough || !is_clear(said) => Some(self.first.other()),
            _ => None,
        }
    }

    /// Takes the preference that the judge stated between the answers as they were shown in
    /// [`next_order`](Self::next_order); `None` for words without one. Once the verdict is in,
    /// nothing changes it.
    pub fn hear(&mut self, said: Option<Preference>) {
        if let Some(order) = self.next_order() {
            self.said.push(said.map(|said| order.turn_back(said)));
        }
    }

    /// What was heard so far, seen from the first answer; undecided before the verdict is in.
    pub fn verdict(self) -> Verdict {
        let is_open = self.next_order().is_some();
        let score = match *self.said.as_slice() {
            [Some(only)] if !is_open => only.grade(),
            [Some(first), Some(second)] => first.grade() + second.grade(),
            _ => 0,
        };
        Verdict { score, preferences: self.said }
    }
}

/// The verdict of one judge or, where it is undecided, of a `second` one, who is asked only then.
///
/// A second judge of another family is worth its calls on ties alone: where the first has decided,
/// it may not overrule it.
pub fn second_opinion(first: Verdict, second: impl FnOnce() -> Verdict) -> Verdict {
    if first.score != 0 {
        return first;
    }
    let second = second();
    let mut preferences = first.preferences;
    preferences.extend(second.preferences);
    Verdict { score: second.score, preferences }
}

const fn is_clear(said: Preference) -> bool {
    said.grade().abs() == Preference::FirstMuchBetter.grade()
}
