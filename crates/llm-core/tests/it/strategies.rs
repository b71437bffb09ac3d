//! Generators of answers for property tests.

use llm_core::{
    ChatResponse, Extras, FinishReason, ModelId, Part, StreamEvent, ToolCall, ToolCallDelta, Usage,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::json;

/// A text that is not empty, with characters of one to four bytes.
pub(crate) fn text() -> impl Strategy<Value = String> {
    "[a-zé世😀 \n\"\\\\]{1,24}"
}

pub(crate) fn finish_reason() -> impl Strategy<Value = FinishReason> {
    prop_oneof![
        Just(FinishReason::Stop),
        Just(FinishReason::Length),
        Just(FinishReason::ToolCalls),
        Just(FinishReason::ContentFilter),
        "[a-z]{3,8}_x".prop_map(FinishReason::Other),
    ]
}

pub(crate) fn usage() -> impl Strategy<Value = Usage> {
    (option::of(0_u64..9_999), option::of(0_u64..9_999), option::of(0_u64..9_999)).prop_map(
        |(input_tokens, output_tokens, cached_input_tokens)| {
            let mut usage = Usage::default();
            usage.input_tokens = input_tokens;
            usage.output_tokens = output_tokens;
            usage.cached_input_tokens = cached_input_tokens;
            usage
        },
    )
}

pub(crate) fn tool_calls() -> impl Strategy<Value = Vec<ToolCall>> {
    let call = ("[a-z0-9]{1,8}", "[a-z_]{1,8}", "\\PC{0,32}");
    vec(call.prop_map(|(id, name, arguments)| ToolCall { id, name, arguments }), 0..4)
}

fn content() -> impl Strategy<Value = Vec<Part>> {
    let blob = || Part::Other(json!({"type": "audio", "data": "AAAA"}));
    let parts = vec(prop_oneof![text().prop_map(Part::Text), Just(blob())], 0..4);
    // Neighbouring texts are one text: a stream cannot tell them apart.
    parts.prop_map(|mut parts| {
        parts.dedup_by(|right, left| right.as_text().is_some() && left.as_text().is_some());
        parts
    })
}

/// Whole answers, as a provider makes them.
pub(crate) fn response() -> impl Strategy<Value = ChatResponse> {
    let said = (content(), option::of(text()), option::of(text()), tool_calls(), any::<bool>());
    let origin = (option::of("[a-z]{4}"), option::of("[a-z]{4}"), option::of("[a-z]{4}"));
    let end = (finish_reason(), option::of("[a-z]{4}"), option::of(usage()));
    (said, origin, end).prop_map(|(said, origin, end)| {
        let mut response = ChatResponse::default();
        let message = &mut response.message;
        let with_extras;
        (message.content, message.reasoning, message.refusal, message.tool_calls, with_extras) =
            said;
        if with_extras {
            message.extras = Extras::from_iter([("signature".to_owned(), json!("c2ln"))]);
        }
        let model: Option<String>;
        (response.id, model, response.upstream) = origin;
        response.model = model.map(ModelId::from);
        let reason;
        (reason, response.native_finish_reason, response.usage) = end;
        response.finish_reason = Some(reason);
        response
    })
}

/// The events of an answer, its texts and arguments cut into pieces as `cuts` say, with signs of
/// life between them.
pub(crate) fn split(events: Vec<StreamEvent>, cuts: &[usize]) -> Vec<StreamEvent> {
    let mut cuts = cuts.iter().copied().cycle();
    let mut pieces = Vec::new();
    for event in events {
        let mut next = || cuts.next().unwrap_or(1);
        match event {
            StreamEvent::Text(text) => {
                pieces.extend(cut(&text, &mut next).into_iter().map(StreamEvent::Text));
            }
            StreamEvent::Reasoning(text) => {
                pieces.extend(cut(&text, &mut next).into_iter().map(StreamEvent::Reasoning));
            }
            StreamEvent::Refusal(text) => {
                pieces.extend(cut(&text, &mut next).into_iter().map(StreamEvent::Refusal));
            }
            StreamEvent::ToolCall(delta) => {
                let index = delta.index;
                let fragments = cut(&delta.arguments, &mut next);
                let head = ToolCallDelta { arguments: String::new(), ..delta };
                pieces.push(StreamEvent::ToolCall(head));
                pieces.extend(fragments.into_iter().map(|arguments| {
                    StreamEvent::ToolCall(ToolCallDelta {
                        index,
                        arguments,
                        ..ToolCallDelta::default()
                    })
                }));
            }
            other => pieces.push(other),
        }
        pieces.push(StreamEvent::KeepAlive);
    }
    pieces
}

/// Pieces of a text, each of as many characters as `next` says; an empty piece at the end.
fn cut(text: &str, next: &mut impl FnMut() -> usize) -> Vec<String> {
    let mut letters = text.chars().peekable();
    let mut pieces = Vec::new();
    while letters.peek().is_some() {
        pieces.push(letters.by_ref().take(next().max(1)).collect());
    }
    pieces.push(String::new());
    pieces
}
