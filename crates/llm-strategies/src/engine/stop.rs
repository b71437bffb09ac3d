//! Ends an answer's text where the caller said it ends, whoever gave it and in whatever pieces.
//!
//! Some models are never told of the texts that end an answer, and some do not keep to them: what
//! the caller sees must not depend on it.

use std::sync::Arc;

use llm_core::{ChatResponse, FinishReason, ResponseBuilder, StreamEvent};

/// Lets an answer's text pass up to the first of the texts that end it.
///
/// That is the one complete first, as for a model that stops as soon as one is; of several that end
/// at the same place, the longest. Text is held back while it may be the beginning of one. Reasoning
/// and calls of tools pass as they are.
#[derive(Debug)]
pub(super) struct Stop {
    texts: Arc<[String]>,
    held: String,
    has_cut: bool,
}

impl Stop {
    /// Ends the text at one of `texts`; without any, everything passes at once.
    pub(super) fn at(texts: &Arc<[String]>) -> Self {
        Self { texts: Arc::clone(texts), held: String::new(), has_cut: false }
    }

    /// Whether the text was ended.
    pub(super) const fn has_cut(&self) -> bool {
        self.has_cut
    }

    /// What may pass of the answer with `event`: held text that goes before it, and the event.
    pub(super) fn pass(&mut self, event: StreamEvent) -> [Option<StreamEvent>; 2] {
        if self.texts.is_empty() {
            return [None, Some(event)];
        }
        match event {
            StreamEvent::Text(text) => [None, self.text(&text).map(StreamEvent::Text)],
            StreamEvent::Part(_) if self.has_cut => [None, None],
            StreamEvent::Part(_) => [self.rest(), Some(event)],
            StreamEvent::Finish { reason, native } => {
                [self.rest(), Some(self.finish(reason, native))]
            }
            other => [None, Some(other)],
        }
    }

    /// Text that was held and turned out to be the beginning of nothing.
    pub(super) fn rest(&mut self) -> Option<StreamEvent> {
        let rest = std::mem::take(&mut self.held);
        (!rest.is_empty()).then_some(StreamEvent::Text(rest))
    }

    /// What may pass with more text.
    fn text(&mut self, more: &str) -> Option<String> {
        if self.has_cut {
            return None;
        }
        self.held.push_str(more);
        let passes = if let Some(start) = self.end_of_answer() {
            self.has_cut = true;
            let mut text = std::mem::take(&mut self.held);
            text.truncate(start);
            text
        } else {
            let kept = self.held.split_off(self.beginning());
            std::mem::replace(&mut self.held, kept)
        };
        (!passes.is_empty()).then_some(passes)
    }

    /// Where in the held text the answer ends, if it does.
    fn end_of_answer(&self) -> Option<usize> {
        let found = self.texts().filter_map(|text| {
            let start = self.held.find(text)?;
            Some((start + text.len(), start))
        });
        found.min().map(|(_, start)| start)
    }

    /// From where on the held text may be the beginning of a text that ends the answer.
    fn beginning(&self) -> usize {
        let longest = self.texts().map(str::len).max().unwrap_or_default();
        let from = self.held.len().saturating_sub(longest);
        let places = self.held.char_indices().rev().map(|(place, _)| place);
        let may_begin = |place: &usize| {
            let tail = self.held.get(*place..).unwrap_or_default();
            self.texts().any(|text| text.starts_with(tail))
        };
        let may_begin = places.take_while(|place| *place >= from).filter(may_begin);
        may_begin.last().unwrap_or(self.held.len())
    }

    /// An empty text ends nothing.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Where the text was ended, that is why; what the model did beyond is nobody's concern. Calls
    /// of tools are still to be made.
    fn finish(&self, reason: FinishReason, native: Option<String>) -> StreamEvent {
        if self.has_cut && !matches!(reason, FinishReason::Stop | FinishReason::ToolCalls) {
            StreamEvent::Finish { reason: FinishReason::Stop, native: None }
        } else {
            StreamEvent::Finish { reason, native }
        }
    }
}

/// A whole answer, its text up to the first of `texts`.
pub(super) fn cut(response: ChatResponse, texts: &Arc<[String]>) -> ChatResponse {
    if texts.is_empty() {
        return response;
    }
    let mut stop = Stop::at(texts);
    let mut builder = ResponseBuilder::default();
    for event in response.into_events() {
        stop.pass(event).into_iter().flatten().for_each(|event| builder.push(event));
    }
    stop.rest().into_iter().for_each(|event| builder.push(event));
    let mut response = builder.into_partial();
    if stop.has_cut() {
        response.finish_reason.get_or_insert(FinishReason::Stop);
    }
    response
}

#[cfg(test)]
mod tests {
    use llm_core::{Image, Part, ToolCallDelta};
    use proptest::prelude::*;

    use super::*;

    fn texts(texts: &[&str]) -> Arc<[String]> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// The text that passes with each of `pieces`, and at the end.
    fn passing(ends: &[&str], pieces: &[&str]) -> Vec<String> {
        let mut stop = Stop::at(&texts(ends));
        let finish = StreamEvent::Finish { reason: FinishReason::Stop, native: None };
        let pieces = pieces.iter().map(|piece| StreamEvent::Text((*piece).to_owned()));
        let text = |event| match event {
            StreamEvent::Text(text) => text,
            _ => String::new(),
        };
        pieces
            .chain([finish])
            .map(|event| stop.pass(event).into_iter().flatten().map(text).collect())
            .collect()
    }

    #[test]
    fn text_passes_up_to_the_first_text_that_ends_it() {
        let check = |ends: &[&str], pieces: &[&str], expected: &[&str]| {
            assert_eq!(passing(ends, pieces), expected, "{ends:?} {pieces:?}");
        };
        check(&["END"], &["one END two", " three"], &["one ", "", ""]);
        check(&["END"], &["one E", "N", "D two"], &["one ", "", "", ""]);
        check(&["END"], &["one E", "N", "d two"], &["one ", "", "ENd two", ""]);
        check(&["END"], &["one", " E"], &["one", " ", "E"]);
        check(&["aab"], &["aaa", "ab", "c"], &["a", "a", "", ""]);
        check(&["END", "stop"], &["no stop, END"], &["no ", ""]);
        check(&["END"], &["END", "x"], &["", "", ""]);
        check(&["конец"], &["это ко", "нец и"], &["это ", "", ""]);
        check(&["конец"], &["ко", "т"], &["", "кот", ""]);
    }

    #[test]
    fn nothing_is_held_longer_than_needed() {
        let check = |ends: &[&str], pieces: &[&str]| {
            let passed = passing(ends, pieces);
            assert_eq!(passed[..pieces.len()], *pieces, "{ends:?}");
        };
        check(&[], &["a", "\n", "b"]);
        check(&[""], &["a", "\n", "b"]);
        check(&["\nObservation:"], &["a", "b", "O", "Observation:"]);
    }

    #[test]
    fn of_two_that_overlap_the_one_complete_first_ends_the_answer() {
        assert_eq!(passing(&["abcd", "bc"], &["xabcd"]).concat(), "xa");
        assert_eq!(passing(&["abcd", "bc"], &["x", "a", "b", "c", "d"]).concat(), "xa");
        assert_eq!(passing(&["abc", "bc"], &["xabc"]).concat(), "x", "of two at once the longer");
    }

    #[test]
    fn calls_and_reasoning_pass_and_parts_behind_the_end_do_not() {
        let part = || StreamEvent::Part(Part::Image(Image::url("https://example.org/cat.png")));
        let call = StreamEvent::ToolCall(ToolCallDelta { index: 0, ..ToolCallDelta::default() });
        let reasoning = StreamEvent::Reasoning("END".to_owned());
        let mut stop = Stop::at(&texts(&["END"]));
        let held = StreamEvent::Text("E".to_owned());
        assert_eq!(stop.pass(held.clone()), [None, None]);
        assert_eq!(stop.pass(part()), [Some(held), Some(part())], "no text goes on behind a part");
        assert_eq!(stop.pass(StreamEvent::Text("END".to_owned())), [None, None]);
        assert_eq!(stop.pass(part()), [None, None]);
        for event in [call, reasoning] {
            assert_eq!(stop.pass(event.clone()), [None, Some(event)]);
        }
    }

    #[test]
    fn the_reason_is_stop_where_the_text_was_cut() {
        use FinishReason::{ContentFilter, Length, Stop, ToolCalls};

        let check = |text: &str, reason, expected| {
            let mut response = ChatResponse::from_text(text);
            response.finish_reason = reason;
            response.native_finish_reason = Some("native".to_owned());
            let cut = cut(response, &texts(&["END"]));
            assert_eq!((cut.text().as_str(), cut.finish_reason), ("a", expected));
        };
        check("aENDb", Some(Length), Some(Stop));
        check("aENDb", Some(ContentFilter), Some(Stop));
        check("aENDb", Some(ToolCalls), Some(ToolCalls));
        check("aENDb", None, Some(Stop));
        check("a", Some(Length), Some(Length));
        check("a", None, None);
    }

    /// What ends the text `text`, said without pieces: the first character behind which one of
    /// `ends` is complete.
    fn expected(ends: &[String], text: &str) -> String {
        let places = text.char_indices().map(|(place, letter)| place + letter.len_utf8());
        let mut spoken = places.map(|end| &text[..end]);
        let complete = |spoken: &&str| {
            let ended = ends.iter().filter(|end| !end.is_empty() && spoken.ends_with(*end));
            ended.map(String::len).max().map(|longest| spoken.len() - longest)
        };
        let end = spoken.find_map(|spoken| complete(&spoken));
        text[..end.unwrap_or(text.len())].to_owned()
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(
            ends in prop::collection::vec("[abж]{0,4}", 0..4),
            pieces in prop::collection::vec("[abcж]{0,5}", 0..12),
        ) {
            let text = pieces.concat();
            let whole = expected(&ends, &text);
            let ends: Vec<&str> = ends.iter().map(String::as_str).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(passing(&ends, &pieces).concat(), whole.clone());
            let cut = cut(ChatResponse::from_text(text), &texts(&ends));
            prop_assert_eq!(cut.text(), whole);
        }

        #[test]
        fn only_what_may_be_a_beginning_is_held(
            ends in prop::collection::vec("[ab]{1,4}", 1..4),
            pieces in prop::collection::vec("[abc]{1,5}", 1..12),
        ) {
            let mut stop = Stop::at(&ends.iter().cloned().collect());
            for piece in pieces {
                stop.text(&piece);
                let held = &stop.held;
                prop_assert!(held.is_empty() || ends.iter().any(|end| end.starts_with(held)));
            }
        }
    }
}
