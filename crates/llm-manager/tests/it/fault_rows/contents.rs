//! Rows 71 to 77 and 88: what an answer holds, and who is resting.

use llm_core::{ChatRequest, ExclusionReason, ResponseFormat, Retry, Tool};
use llm_strategies::{Reaction, Reactions, SoftFailure, WhenAllUnavailable};
use llm_testkit::simulator::{Dialect, JsonMode, Reply, ToolMode};
use serde_json::{Value, json};

use super::{
    answers::Answer,
    everywhere::{CHAT, Dialects, settle, tried},
    lab::{EVERY, Form, Lab, SICK, TWIN, Told, ask, obstacle, sick},
    replies::{Said, events, last, replies},
    row::Row,
};
use crate::dialects::ON;

fn with_a_tool() -> ChatRequest {
    let parameters = json!({"type": "object", "properties": {"place": {"type": "string"}}});
    ChatRequest::from("Look").with_tools([Tool::new("look", parameters)])
}

fn call(index: u32, arguments: &str) -> Value {
    let function = json!({"name": "look", "arguments": arguments});
    json!({"index": index, "id": format!("call-{index}"), "type": "function", "function": function})
}

#[tokio::test(start_paused = true)]
async fn row_71_same_tool_call_twice() {
    let delta = |call: Value| json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]});
    // The fields of a call come again with each piece of it.
    let pieces = [delta(call(0, "{\"place\":")), delta(call(0, "\"here\"}"))];
    let pieces = pieces.map(|piece| piece.to_string());
    let said = [pieces.to_vec(), vec![last("tool_calls"), "[DONE]".to_owned()]].concat();
    Answer::new(71, "")
        .finishing("tool_calls")
        .asking(with_a_tool())
        .in_forms(super::lab::STREAMED)
        .with(|outcome| {
            let [call] = outcome.response.message.tool_calls.as_slice() else { panic!("one call") };
            assert_eq!((&*call.id, &*call.arguments), ("call-0", "{\"place\":\"here\"}"));
        })
        .only(CHAT)
        .when(events(&said))
        .await;
    let mut both = Said::new("", "tool_calls");
    both.calls = vec![("call-0", json!({})), ("call-1", json!({"place": "x"}))];
    Answer::new(71, "")
        .finishing("tool_calls")
        .asking(with_a_tool())
        .with(|outcome| assert_eq!(outcome.response.message.tool_calls.len(), 2))
        .when_each(|dialect| both.trouble(dialect))
        .await;
    settle(71);
}

#[tokio::test(start_paused = true)]
async fn row_72_tool_arguments_are_no_json() {
    let bad = sick().with_tools(ToolMode::BadArguments);
    // Anthropic writes them as a text only in a stream.
    let texts: [(&[Dialect], &[Form]); 2] =
        [(CHAT, EVERY), (&[Dialect::Anthropic], super::lab::STREAMED)];
    for (dialects, forms) in texts {
        Answer::new(72, "")
            .finishing("tool_calls")
            .asking(with_a_tool())
            .in_forms(forms)
            .only(dialects)
            .with(|outcome| {
                assert_eq!(outcome.response.message.tool_calls.len(), 1);
                let message = outcome.attempts()[0].message.as_deref().unwrap();
                assert!(message.contains("arguments of a tool call"), "{message}");
            })
            .when(bad.clone())
            .await;
    }
    // A reaction can decide otherwise.
    let forms = [Form::Whole, Form::WholeUnstreamed];
    let each = Dialects::only(CHAT).iter().flat_map(|dialect| forms.map(|form| (dialect, form)));
    for (dialect, form) in each {
        let lab = Lab::new(dialect, bad.clone());
        let told = Told {
            reactions: Reactions::default()
                .with(SoftFailure::InvalidToolArguments, Reaction::Fallback),
            ..Told::new(form)
        };
        let got = ask(&lab.engine(&told), form, &with_a_tool()).await;
        let failed = got.on_sick();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].outcome.as_str(), "invalid_tool_arguments");
        assert_eq!(got.end.unwrap().model(), &TWIN);
    }
    settle(72);
}

#[tokio::test(start_paused = true)]
async fn row_73_tool_that_was_not_offered() {
    Answer::new(73, "")
        .finishing("tool_calls")
        .asking(with_a_tool())
        .with(|outcome| {
            let [call] = outcome.response.message.tool_calls.as_slice() else { panic!("one call") };
            assert_ne!(call.name, "look");
        })
        .when(sick().with_tools(ToolMode::UnknownTool))
        .await;
    settle(73);
}

#[tokio::test(start_paused = true)]
async fn row_74_usage_that_cannot_be() {
    for tokens in [None, Some(json!(-1)), Some(json!("many")), Some(json!(1e300))] {
        let said = Said { tokens, ..Said::new("fine", "stop") };
        Answer::new(74, "fine")
            .with(|outcome| {
                let usage = outcome.response.usage.clone().unwrap_or_default();
                assert_eq!((usage.input_tokens, usage.output_tokens), (None, None));
            })
            .when_each(|dialect| said.trouble(dialect))
            .await;
    }
    settle(74);
}

#[tokio::test(start_paused = true)]
async fn row_75_bytes_that_are_not_utf_8() {
    let spoil = |text: String| -> Vec<u8> {
        text.bytes().map(|byte| if byte == b'?' { 0xFF } else { byte }).collect()
    };
    let said = Said::new("a?b", "stop");
    Answer::new(75, "a\u{FFFD}b")
        .when_each(|dialect| {
            let whole = said.whole(dialect).to_string();
            replies(dialect, spoil(said.stream(dialect)), spoil(whole))
        })
        .await;
    settle(75);
}

#[tokio::test(start_paused = true)]
async fn row_76_another_model_served() {
    let other = Said { model: "acme/other", ..Said::new("fine", "stop") };
    Answer::new(76, "fine")
        .with(|outcome| {
            assert_eq!(outcome.model(), &SICK);
            assert_eq!(outcome.response.model.as_ref().unwrap(), &"acme/other");
        })
        .when_each(|dialect| other.trouble(dialect))
        .await;
    settle(76);
}

#[tokio::test(start_paused = true)]
async fn row_77_model_rests() {
    for (dialect, form) in ON.iter().flat_map(|dialect| EVERY.iter().map(|form| (*dialect, form))) {
        tried(77, dialect);
        let lab = Lab::new(dialect, Reply::status(503));
        let engine = lab.engine(&Told::new(*form));
        ask(&engine, *form, &"Hi".into()).await;
        assert!(matches!(obstacle(&engine, SICK), Some(ExclusionReason::CoolingDown { .. })));
        let got = ask(&engine, *form, &"Hi".into()).await;
        assert!(got.on_sick().is_empty(), "{form:?}: not called");
        let outcome = got.end.unwrap();
        assert_eq!(outcome.text(), "from twin");
        let left = &outcome.history.excluded[0];
        assert!(matches!(left.reason, ExclusionReason::CoolingDown { .. }), "{form:?}: {left:?}");
        assert_eq!(left.model, *SICK);

        // When all rest, each is tried once, or the caller is told when to come back.
        for (choice, n_attempts) in [(WhenAllUnavailable::Try, 1), (WhenAllUnavailable::Fail, 0)] {
            let told = Told { alone: true, when_all_unavailable: choice, ..Told::new(*form) };
            let engine = lab.engine(&told);
            ask(&engine, *form, &"Hi".into()).await.end.unwrap_err();
            let error = ask(&engine, *form, &"Hi".into()).await.end.unwrap_err();
            assert_eq!(error.attempts().len(), n_attempts, "{form:?}: {error:?}");
            if choice == WhenAllUnavailable::Fail {
                assert!(matches!(error.retry(), Some(Retry::After(_))), "{form:?}: {error:?}");
            }
        }
    }
    settle(77);
}

#[tokio::test(start_paused = true)]
async fn row_88_not_the_json_that_was_asked_for() {
    let row = |format| {
        Row::new(88, "`invalid_json` | ApiError | once if alone, 500ms | the next | soft | yes | `invalid_json`, worth trying later")
            .in_forms(&[Form::Whole, Form::WholeUnstreamed, Form::HeldStream])
            .asking(ChatRequest::from("Hi").with_response_format(format))
    };
    let prose = || sick().with_json(JsonMode::Ignored);
    let objects = &[Dialect::OpenRouter, Dialect::OpenAi, Dialect::Ollama];
    row(ResponseFormat::JsonObject).only(objects).when(None, prose()).await;
    let cut = Said::new("{\"a\": ", "length");
    row(ResponseFormat::JsonObject)
        .only(objects)
        .when_each(|dialect| (None, cut.trouble(dialect)))
        .await;
    let schema = json!({"type": "object", "required": ["a"]});
    let schema = ResponseFormat::JsonSchema {
        name: "thing".to_owned(),
        schema: schema.into(),
        strict: true,
    };
    row(schema.clone()).when(None, prose()).await;
    let other = Said::new("{\"b\": 1}", "stop");
    row(schema).when_each(|dialect| (None, other.trouble(dialect))).await;
    settle(88);
}
