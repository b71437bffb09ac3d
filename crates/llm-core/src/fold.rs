//! Folds the events of a stream into a response.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    error_kind::ErrorKind,
    message::Part,
    response::ChatResponse,
    stream::StreamEvent,
    tool::{ToolCall, ToolCallDelta},
};

/// Folds [`StreamEvent`]s into a [`ChatResponse`].
///
/// The result does not depend on how text is split over events: neighbouring texts join,
/// fragments of a tool call join by index, and [`StreamEvent::KeepAlive`] changes nothing.
///
/// ```
/// use llm_core::{FinishReason, ResponseBuilder, StreamEvent};
///
/// let mut builder = ResponseBuilder::default();
/// builder.push(StreamEvent::Text("Hel".to_owned()));
/// builder.push(StreamEvent::Text("lo".to_owned()));
/// assert!(!builder.is_finished());
/// builder.push(StreamEvent::Finish { reason: FinishReason::Stop, native: None });
/// assert_eq!(builder.finish()?.text(), "Hello");
/// # Ok::<(), llm_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ResponseBuilder {
    response: ChatResponse,
    tool_calls: BTreeMap<u32, ToolCall>,
    content_seen: bool,
}

impl ResponseBuilder {
    /// Adds the next event.
    pub fn push(&mut self, event: StreamEvent) {
        self.content_seen |= event.is_content();
        let response = &mut self.response;
        match event {
            StreamEvent::Start(meta) => {
                response.id = meta.id.or(response.id.take());
                response.model = meta.model.or(response.model.take());
                response.upstream = meta.upstream.or(response.upstream.take());
                response.load_time = meta.load_time.or(response.load_time);
            }
            StreamEvent::Text(text) => self.push_text(text),
            StreamEvent::Reasoning(text) => append(&mut response.message.reasoning, text),
            StreamEvent::Refusal(text) => append(&mut response.message.refusal, text),
            StreamEvent::ToolCall(delta) => self.push_tool_call(delta),
            StreamEvent::Part(part) => response.message.content.push(part),
            StreamEvent::Extras(mut extras) => response.message.extras.append(&mut extras),
            StreamEvent::Finish { reason, native } => {
                // The native words of a later, different reason do not explain the first.
                if response.finish_reason.as_ref().is_none_or(|first| *first == reason) {
                    response.finish_reason = Some(reason);
                    response.native_finish_reason = response.native_finish_reason.take().or(native);
                }
            }
            StreamEvent::Usage(usage) => response.usage = Some(usage),
            StreamEvent::KeepAlive => {}
        }
    }

    /// Whether the model has said why it stopped.
    pub fn is_finished(&self) -> bool {
        self.response.finish_reason.is_some()
    }

    /// Whether any content has arrived.
    pub fn has_content(&self) -> bool {
        self.content_seen
    }

    /// The whole answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::StreamCut`] when no event said why the model stopped: the end of a stream
    /// alone proves nothing.
    pub fn finish(self) -> Result<ChatResponse> {
        if self.is_finished() {
            Ok(self.into_partial())
        } else {
            Err(Error::new(ErrorKind::StreamCut, "the stream ended without a finish reason"))
        }
    }

    /// What has arrived so far, whole or not.
    pub fn into_partial(self) -> ChatResponse {
        let mut response = self.response;
        response.message.tool_calls = self.tool_calls.into_values().collect();
        response
    }

    fn push_text(&mut self, text: String) {
        if let Some(Part::Text(last)) = self.response.message.content.last_mut() {
            last.push_str(&text);
        } else if !text.is_empty() {
            self.response.message.content.push(Part::Text(text));
        }
    }

    fn push_tool_call(&mut self, delta: ToolCallDelta) {
        let call = self.tool_calls.entry(delta.index).or_default();
        if call.id.is_empty() {
            call.id = delta.id.unwrap_or_default();
        }
        if call.name.is_empty() {
            call.name = delta.name.unwrap_or_default();
        }
        call.arguments.push_str(&delta.arguments);
    }
}

fn append(text: &mut Option<String>, more: String) {
    if !more.is_empty() {
        match text {
            Some(text) => text.push_str(&more),
            None => *text = Some(more),
        }
    }
}
