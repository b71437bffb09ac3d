//! Folding a stream gives the answer, however the stream was cut.

use std::time::Duration;

use llm_core::{
    ChatResponse, ErrorKind, Execution, Extras, FinishReason, Part, ResponseBuilder, ResponseMeta,
    StreamEvent, ToolCallDelta, Usage,
};
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use crate::strategies;

fn build(events: impl IntoIterator<Item = StreamEvent>) -> ResponseBuilder {
    let mut builder = ResponseBuilder::default();
    for event in events {
        builder.push(event);
    }
    builder
}

fn fold(events: impl IntoIterator<Item = StreamEvent>) -> ChatResponse {
    build(events).finish().expect("the stream has a finish reason")
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text(text.to_owned())
}

fn fragment(index: u32, id: Option<&str>, name: Option<&str>, arguments: &str) -> StreamEvent {
    StreamEvent::ToolCall(ToolCallDelta {
        index,
        id: id.map(str::to_owned),
        name: name.map(str::to_owned),
        arguments: arguments.to_owned(),
    })
}

fn finish(reason: FinishReason, native: Option<&str>) -> StreamEvent {
    StreamEvent::Finish { reason, native: native.map(str::to_owned) }
}

fn stop() -> StreamEvent {
    finish(FinishReason::Stop, None)
}

proptest! {
    #[test]
    fn an_answer_taken_apart_folds_back(response in strategies::response()) {
        prop_assert_eq!(fold(response.clone().into_events()), response);
    }

    #[test]
    fn no_way_of_splitting_changes_the_answer(
        response in strategies::response(),
        cuts in vec(1_usize..6, 1..8),
    ) {
        let pieces = strategies::split(response.clone().into_events(), &cuts);
        prop_assert_eq!(fold(pieces), response);
    }

    #[test]
    fn fragments_of_calls_join_by_index_in_any_interleaving(
        calls in strategies::tool_calls(),
        order in vec(any::<prop::sample::Index>(), 0..64),
    ) {
        // One queue of fragments a call; `order` says whose fragment comes next.
        let mut queues: Vec<_> = (0_u32..)
            .zip(&calls)
            .map(|(index, call)| {
                let mut queue = vec![fragment(index, Some(&call.id), Some(&call.name), "")];
                let letters = call.arguments.chars().map(String::from);
                queue.extend(letters.map(|letter| fragment(index, None, None, &letter)));
                queue.into_iter()
            })
            .collect();
        let mut events = Vec::new();
        if !queues.is_empty() {
            for turn in order {
                let n_queues = queues.len();
                events.extend(queues[turn.index(n_queues)].next());
            }
        }
        events.extend(queues.into_iter().flatten());
        events.push(finish(FinishReason::ToolCalls, None));
        prop_assert_eq!(fold(events).message.tool_calls, calls);
    }
}

#[test]
fn signs_of_life_change_nothing() {
    let alive = || StreamEvent::KeepAlive;
    let busy = build([alive(), text("a"), alive(), alive(), text("b"), alive(), stop(), alive()]);
    assert!(busy.has_content());
    assert_eq!(busy.finish().unwrap(), fold([text("a"), text("b"), stop()]));

    let idle = build([alive(), alive()]);
    assert!(!idle.has_content() && !idle.is_finished());
    assert_eq!(idle.into_partial(), ChatResponse::default());
}

#[test]
fn calls_are_ordered_by_index_though_indexes_have_gaps() {
    let calls = fold([
        fragment(7, Some("call_7"), Some("later"), "{}"),
        fragment(2, Some("call_2"), None, "{\"a\""),
        fragment(2, None, Some("sooner"), ":1}"),
        stop(),
    ])
    .message
    .tool_calls;
    let seen: Vec<_> =
        calls.iter().map(|call| format!("{} {} {}", call.id, call.name, call.arguments)).collect();
    assert_eq!(seen, ["call_2 sooner {\"a\":1}", "call_7 later {}"]);
}

#[test]
fn a_call_keeps_the_first_id_and_name_when_they_are_repeated() {
    let calls = fold([
        fragment(0, Some("call_1"), Some("look"), "{"),
        fragment(0, Some("call_1"), Some("look"), "}"),
        fragment(0, Some(""), Some(""), ""),
        stop(),
    ])
    .message
    .tool_calls;
    assert_eq!(calls.len(), 1);
    assert_eq!((&*calls[0].id, &*calls[0].name, &*calls[0].arguments), ("call_1", "look", "{}"));
}

#[test]
fn the_last_usage_stands() {
    let usage = |tokens| StreamEvent::Usage(Usage::of(tokens, tokens));
    let response = fold([usage(1), text("a"), usage(2), stop(), usage(3)]);
    assert_eq!(response.usage, Some(Usage::of(3, 3)));
}

#[test]
fn the_first_finish_stands() {
    let response = fold([
        finish(FinishReason::Length, Some("max_tokens")),
        finish(FinishReason::Stop, Some("end_turn")),
    ]);
    assert_eq!(response.finish_reason, Some(FinishReason::Length));
    assert_eq!(response.native_finish_reason.as_deref(), Some("max_tokens"));
}

#[test]
fn native_words_of_another_reason_are_not_taken_for_the_first() {
    let contradicted = fold([stop(), finish(FinishReason::Length, Some("max_tokens"))]);
    assert_eq!(contradicted.finish_reason, Some(FinishReason::Stop));
    assert_eq!(contradicted.native_finish_reason, None);

    let completed = fold([stop(), finish(FinishReason::Stop, Some("end_turn"))]);
    assert_eq!(completed.native_finish_reason.as_deref(), Some("end_turn"));
}

#[test]
fn facts_about_the_origin_may_come_late() {
    let start = |id: Option<&str>, model: Option<&str>| {
        StreamEvent::Start(ResponseMeta {
            id: id.map(str::to_owned),
            model: model.map(Into::into),
            ..ResponseMeta::default()
        })
    };
    let response =
        fold([start(Some("gen-1"), Some("asked")), start(None, Some("served")), text("a"), stop()]);
    assert_eq!(response.id.as_deref(), Some("gen-1"));
    assert_eq!(response.model, Some("served".into()));
}

#[test]
fn later_extras_win_field_by_field() {
    let extras = |field: &str, value| {
        StreamEvent::Extras(Extras::from_iter([(field.to_owned(), json!(value))]))
    };
    let response = fold([extras("a", 1), extras("b", 2), extras("a", 3), text("x"), stop()]);
    assert_eq!(serde_json::to_value(response.message.extras).unwrap(), json!({"a": 3, "b": 2}));
}

#[test]
fn text_on_both_sides_of_another_part_stays_apart() {
    let part = Part::Other(json!({"type": "audio"}));
    let response = fold([text("a"), StreamEvent::Part(part.clone()), text("b"), text("c"), stop()]);
    assert_eq!(response.message.content, ["a".into(), part, "bc".into()]);
    assert_eq!(response.text(), "abc");
}

#[test]
fn a_stream_without_a_finish_was_cut() {
    for events in [vec![], vec![StreamEvent::KeepAlive], vec![text("Hel")]] {
        let error = build(events).finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StreamCut);
        assert_eq!(error.execution(), Execution::Maybe);
        assert_eq!(error.to_string(), "stream_cut: the stream ended without a finish reason");
    }
}

#[test]
fn what_arrived_before_a_cut_is_not_lost() {
    let builder = build([text("Hel"), fragment(0, Some("call_1"), Some("look"), "{\"a")]);
    assert!(builder.has_content() && !builder.is_finished());
    let partial = builder.into_partial();
    assert_eq!(partial.text(), "Hel");
    assert_eq!(partial.message.tool_calls[0].arguments, "{\"a");
    assert_eq!(partial.finish_reason, None);
}

#[test]
fn only_something_of_the_answer_commits() {
    let empty = [
        text(""),
        StreamEvent::Reasoning(String::new()),
        StreamEvent::Refusal(String::new()),
        fragment(0, None, None, ""),
        StreamEvent::Start(ResponseMeta::default()),
        StreamEvent::Extras(Extras::new()),
        StreamEvent::Usage(Usage::default()),
        StreamEvent::KeepAlive,
        stop(),
    ];
    for event in empty {
        assert!(!event.is_content(), "{event:?}");
        assert!(!build([event]).has_content());
    }
    let content = [
        text(" "),
        StreamEvent::Reasoning("a".to_owned()),
        StreamEvent::Refusal("a".to_owned()),
        StreamEvent::Part(Part::Other(json!({}))),
        fragment(0, Some("call_1"), None, ""),
        fragment(0, None, Some("look"), ""),
        fragment(0, None, None, "{"),
    ];
    for event in content {
        assert!(event.is_content(), "{event:?}");
        assert!(build([event]).has_content());
    }
}

#[test]
fn an_answer_is_empty_when_nobody_can_use_it() {
    assert!(ChatResponse::default().is_empty());
    assert!(ChatResponse::from_text("").is_empty());
    assert!(fold([StreamEvent::Reasoning("hm".to_owned()), stop()]).is_empty());
    for event in [text("a"), StreamEvent::Refusal("no".to_owned()), fragment(0, None, None, "{")] {
        assert!(!fold([event, stop()]).is_empty());
    }
}

#[test]
fn how_long_a_model_was_loaded_comes_late_and_survives_the_way_through_events() {
    let load_time = Some(Duration::from_secs(7));
    let loaded = StreamEvent::Start(ResponseMeta { load_time, ..ResponseMeta::default() });
    let response = fold([text("a"), loaded, stop()]);
    assert_eq!(response.load_time, load_time);
    assert_eq!(fold(response.clone().into_events()), response);
}
