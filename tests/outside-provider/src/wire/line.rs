//! A line of an answer.

use llm_core::{FinishReason, Usage};
use llm_http::{Report, Word};
use serde::Deserialize;

/// A line of a streamed answer, or a whole answer, which has all of it at once. Every field is
/// optional, because each is missing somewhere.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) reply: Word<'a>,
    #[serde(borrow)]
    pub(super) engine: Word<'a>,
    #[serde(borrow)]
    pub(super) say: Word<'a>,
    #[serde(borrow)]
    pub(super) why: Word<'a>,
    read: Option<u64>,
    wrote: Option<u64>,
    #[serde(borrow)]
    fault: Option<Fault<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault<'a> {
    #[serde(borrow)]
    name: Word<'a>,
    #[serde(borrow)]
    text: Word<'a>,
}

impl<'a> Line<'a> {
    /// What went wrong, if something did.
    pub(super) fn report(&mut self) -> Option<Report<'a>> {
        let fault = self.fault.take()?;
        let mut report = Report::default();
        report.code = fault.name.into_text();
        report.message = fault.text.into_text();
        Some(report)
    }

    /// The tokens used. What the line does not say stays unknown.
    pub(super) fn usage(&self) -> Option<Usage> {
        Some(Usage::of(self.read?, self.wrote?))
    }
}

/// Why the model stopped. A word nobody knows is kept.
pub(super) fn finish_reason(why: &str) -> FinishReason {
    match why {
        "complete" => FinishReason::Stop,
        "most_tokens" => FinishReason::Length,
        "unwelcome" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}
