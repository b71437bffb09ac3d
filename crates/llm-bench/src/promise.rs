//! What was promised of a figure, and whether it was kept.

use std::fmt::{Display, Write};

use serde::{Deserialize, Serialize};

use crate::markdown::{head, row};

/// A promise, and what was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Of what.
    pub name: String,
    /// What was promised.
    pub wanted: String,
    /// What was measured.
    pub measured: String,
    /// Whether it was kept.
    pub met: bool,
}

/// Which side of a limit is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The limit or more.
    AtLeast,
    /// The limit or less.
    AtMost,
    /// Less than the limit.
    Below,
    /// The limit itself.
    Exactly,
}

impl Promise {
    /// Judges a figure, which is missing where the data lacks it; a missing one keeps nothing.
    /// `show` writes figures as people read them.
    pub fn new<T: PartialOrd, S: Display>(
        name: impl Into<String>,
        (bound, wanted): (Bound, T),
        measured: Option<T>,
        show: impl Fn(&T) -> S,
    ) -> Self {
        let side = match bound {
            Bound::AtLeast => "at least ",
            Bound::AtMost => "at most ",
            Bound::Below => "below ",
            Bound::Exactly => "",
        };
        let met = measured.as_ref().is_some_and(|measured| match bound {
            Bound::AtLeast => *measured >= wanted,
            Bound::AtMost => *measured <= wanted,
            Bound::Below => *measured < wanted,
            Bound::Exactly => *measured == wanted,
        });
        Self {
            name: name.into(),
            wanted: format!("{side}{}", show(&wanted)),
            measured: measured
                .map_or_else(|| "not in the data".to_owned(), |figure| show(&figure).to_string()),
            met,
        }
    }
}

/// Adds promises to a page, as a table.
pub(crate) fn table(page: &mut String, promises: &[Promise]) {
    head(page, &["promise"], &["wanted", "measured", ""]);
    for Promise { name, wanted, measured, met } in promises {
        let met = if *met { "met" } else { "**missed**" };
        row(page, &[name, wanted, measured, met]);
    }
}

/// How many promises were kept, and which were not, for a terminal.
pub fn verdict(promises: &[Promise]) -> String {
    let missed = promises.iter().filter(|promise| !promise.met);
    let n_met = promises.iter().filter(|promise| promise.met).count();
    let mut text = format!("{n_met} of {} promises kept", promises.len());
    for Promise { name, wanted, measured, .. } in missed {
        let _infallible = write!(text, "\nMISSED: {name}: {measured}, wanted {wanted}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_on_the_wrong_side_or_none_breaks_its_promise() {
        for (bound, measured, met) in [
            (Bound::AtLeast, Some(0.5), true),
            (Bound::AtLeast, Some(0.49), false),
            (Bound::AtMost, Some(0.5), true),
            (Bound::AtMost, Some(0.51), false),
            (Bound::Below, Some(0.49), true),
            (Bound::Below, Some(0.5), false),
            (Bound::Exactly, Some(0.5), true),
            (Bound::Exactly, Some(0.51), false),
            (Bound::AtLeast, None, false),
            (Bound::AtMost, None, false),
            (Bound::AtLeast, Some(f64::NAN), false),
        ] {
            let promise = Promise::new("anything", (bound, 0.5), measured, f64::to_string);
            assert_eq!(promise.met, met, "{bound:?} {measured:?}");
        }
    }
}
