//! What a scripted model does when it is called.

use std::time::Duration;

use llm_core::{ChatResponse, Error, ErrorKind, FinishReason, Result, StreamEvent, Usage};

/// What a scripted model does with one call.
///
/// The same step serves whole answers and streams: a whole answer takes as long as the stream
/// would.
///
/// ```
/// use std::time::Duration;
/// use llm_core::ErrorKind;
/// use llm_testkit::fakes::Step;
///
/// Step::answer("hello").after(Duration::from_secs(2));
/// Step::error(ErrorKind::Overloaded);
/// Step::text(["to", "ken"]).gap(Duration::from_millis(50)).then_cut();
/// Step::text(["to", "ken"]).then_hang();
/// ```
#[derive(Clone, Debug)]
pub struct Step {
    pub(super) accept_after: Duration,
    pub(super) gap: Duration,
    pub(super) events: Vec<Result<StreamEvent>>,
    pub(super) refusal: Option<Error>,
    pub(super) last: Last,
}

/// What follows the last event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Last {
    End,
    Hang,
    Repeat(Duration, StreamEvent),
}

impl Step {
    /// Answers with `text`.
    pub fn answer(text: impl Into<String>) -> Self {
        Self::response(ChatResponse::from_text(text))
    }

    /// Answers with `response`.
    pub fn response(response: ChatResponse) -> Self {
        Self::events(response.into_events())
    }

    /// Answers with the text of `tokens`, one event each, and finishes.
    pub fn text<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut events: Vec<_> =
            tokens.into_iter().map(|token| StreamEvent::Text(token.into())).collect();
        events.push(StreamEvent::Finish { reason: FinishReason::Stop, native: None });
        Self::events(events)
    }

    /// Streams exactly `events`; without a [`StreamEvent::Finish`] among them the answer is cut.
    pub fn events(events: impl IntoIterator<Item = StreamEvent>) -> Self {
        Self {
            accept_after: Duration::ZERO,
            gap: Duration::ZERO,
            events: events.into_iter().map(Ok).collect(),
            refusal: None,
            last: Last::End,
        }
    }

    /// Refuses the call with an error of `kind`.
    pub fn error(kind: ErrorKind) -> Self {
        Self::fail(Error::new(kind, "scripted"))
    }

    /// Refuses the call with `error`.
    pub fn fail(error: Error) -> Self {
        Self { refusal: Some(error), ..Self::events([]) }
    }

    /// Never answers the call, not even with the beginning of a stream.
    pub fn hang() -> Self {
        Self::events([]).after(Duration::MAX)
    }

    /// Accepts the call at once, then sends nothing but signs of life.
    pub fn keep_alive_every(gap: Duration) -> Self {
        Self::events([]).then_repeat(gap, StreamEvent::KeepAlive)
    }

    /// Waits this long before it accepts or refuses the call.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.accept_after = delay;
        self
    }

    /// Waits this long before each event.
    #[must_use]
    pub fn gap(mut self, gap: Duration) -> Self {
        self.gap = gap;
        self
    }

    /// Reports these tokens at the end.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.events.push(Ok(StreamEvent::Usage(usage)));
        self
    }

    /// Breaks off where the answer would finish.
    #[must_use]
    pub fn then_cut(mut self) -> Self {
        self.remove_finish();
        self
    }

    /// Falls silent where the answer would finish.
    #[must_use]
    pub fn then_hang(mut self) -> Self {
        self.remove_finish();
        self.last = Last::Hang;
        self
    }

    /// Fails with an error of `kind` where the answer would finish.
    #[must_use]
    pub fn then_error(mut self, kind: ErrorKind) -> Self {
        self.remove_finish();
        self.events.push(Err(Error::new(kind, "scripted")));
        self
    }

    /// Sends `event` again and again where the answer would finish.
    #[must_use]
    pub fn then_repeat(mut self, gap: Duration, event: StreamEvent) -> Self {
        self.remove_finish();
        self.last = Last::Repeat(gap, event);
        self
    }

    fn remove_finish(&mut self) {
        self.events.retain(|event| !matches!(event, Ok(StreamEvent::Finish { .. })));
    }
}
