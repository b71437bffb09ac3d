//! The outer shape of answers and chunks, which is the same for both.

use std::fmt;

use llm_core::Usage;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{message::Said, usage};
use crate::word::Word;

/// An answer, a chunk or an error. A field given twice makes it unreadable.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) model: Word<'a>,
    #[serde(borrow)]
    pub(super) provider: Word<'a>,
    #[serde(borrow)]
    choices: Option<Choices<'a>>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    object: Word<'a>,
    #[serde(borrow)]
    x_groq: Option<&'a RawValue>,
}

/// What Groq says beside the standard.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Groq<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
}

/// One choice: `message` in answers, `delta` in chunks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<i64>,
    // Boxed, because whatever is read is moved several times.
    pub(super) message: Option<Box<Said>>,
    pub(super) delta: Option<Box<Said>>,
    #[serde(borrow)]
    pub(super) finish_reason: Word<'a>,
    #[serde(borrow)]
    pub(super) native_finish_reason: Word<'a>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// The one choice that is read: requests ask for one.
    pub(super) fn choice(&mut self) -> Option<Choice<'a>> {
        self.choices.take()?.0
    }

    /// Whether it is an error whose fields stand at its top instead of under `error`.
    pub(super) fn is_error(&self) -> bool {
        self.error.is_none() && self.object.as_deref() == Some("error")
    }

    /// The tokens, wherever they stand.
    pub(super) fn usage(&self) -> Option<Usage> {
        let usage = self.usage.and_then(usage::decode);
        usage.or_else(|| {
            let groq: Groq<'_> = serde_json::from_str(self.x_groq?.get()).ok()?;
            groq.usage.and_then(usage::decode)
        })
    }
}

/// The first choice of a list.
#[derive(Debug)]
struct Choices<'a>(Option<Choice<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Choices<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ChoicesVisitor)
    }
}

struct ChoicesVisitor;

impl<'de> Visitor<'de> for ChoicesVisitor {
    type Value = Choices<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of choices")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut first = None;
        while let Some(choice) = sequence.next_element::<Option<Choice<'de>>>()? {
            let is_first = |choice: &Choice<'_>| choice.index.unwrap_or_default() == 0;
            first = first.or_else(|| choice.filter(is_first));
        }
        Ok(Choices(first))
    }
}
