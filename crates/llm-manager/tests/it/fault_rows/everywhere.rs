//! In which dialects each row is brought about, and why not in the others.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use llm_testkit::simulator::Dialect::{self, Anthropic, Ollama, OpenAi, OpenRouter};

use crate::dialects::ON;

/// OpenRouter alone.
pub(crate) const OPENROUTER: &[Dialect] = &[OpenRouter];
/// All but OpenRouter.
pub(crate) const OTHERS: &[Dialect] = &[OpenAi, Anthropic, Ollama];
/// Those that write chat completions.
pub(crate) const CHAT: &[Dialect] = &[OpenRouter, OpenAi];

/// Those that stream events.
pub(crate) const EVENTS: &[Dialect] = &[OpenRouter, OpenAi, Anthropic];
/// Those that have a word for an answer that a filter ended.
pub(crate) const FILTERS: &[Dialect] = &[OpenRouter, OpenAi, Anthropic];

/// The rows that cannot be in a dialect, and why.
const IMPOSSIBLE: &[(u8, Dialect, &str)] = &[
    (19, Ollama, "it judges no prompt, and serves every region"),
    (45, OpenAi, WHOLE),
    (45, Anthropic, WHOLE),
    (45, Ollama, WHOLE),
    (46, Anthropic, CHOICES),
    (46, Ollama, CHOICES),
    (50, Ollama, FILTER),
    (51, Ollama, FILTER),
    (72, Ollama, "the arguments of a call are an object, not a text that may be broken"),
];

const WHOLE: &str = "a whole answer that fails is refused with a status, without part of it";
const CHOICES: &str = "an answer has no choices that could be missing";
const FILTER: &str = "it has no word for an answer that a filter ended";

/// The dialects in which something is tried.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dialects(Option<&'static [Dialect]>);

impl Dialects {
    pub(crate) fn only(dialects: &'static [Dialect]) -> Self {
        Self(Some(dialects))
    }

    /// Those of them that are switched on.
    pub(crate) fn iter(self) -> impl Iterator<Item = Dialect> {
        let asked = move |dialect: &Dialect| self.0.is_none_or(|these| these.contains(dialect));
        ON.iter().copied().filter(asked)
    }
}

/// What was tried so far.
static TRIED: Mutex<BTreeMap<u8, Vec<Dialect>>> = Mutex::new(BTreeMap::new());

/// Notes that a row was brought about in a dialect.
pub(crate) fn tried(row: u8, dialect: Dialect) {
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    tried.entry(row).or_default().push(dialect);
}

/// The end of a row's test: it was brought about in every dialect but those in which it cannot be.
pub(crate) fn settle(row: u8) {
    let tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    let tried = tried.get(&row).map_or(&[][..], Vec::as_slice);
    for dialect in ON {
        let reason = IMPOSSIBLE.iter().find(|(number, of, _)| (*number, of) == (row, dialect));
        match reason {
            None => assert!(tried.contains(dialect), "row {row} is not tried in {dialect}"),
            Some((_, _, reason)) => {
                assert!(!tried.contains(dialect), "row {row} is tried in {dialect}: {reason}");
                println!("row {row} cannot be in {dialect}: {reason}");
            }
        }
    }
}

#[test]
fn what_cannot_be_in_a_dialect_is_said_once_with_its_reason() {
    let listed =
        IMPOSSIBLE.iter().map(|(row, dialect, reason)| format!("{row} {dialect}: {reason}"));
    insta::assert_snapshot!(listed.collect::<Vec<_>>().join("\n"));
}
