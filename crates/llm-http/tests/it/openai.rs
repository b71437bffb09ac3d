//! The OpenAI-compatible codec: requests, answers and chunks as text.

use std::{collections::VecDeque, sync::Arc, time::SystemTime};

use llm_core::{
    AssistantMessage, ChatRequest, ChatResponse, Error, ErrorKind, Execution, Extras, FinishReason,
    Image, Message, Part, Reasoning, ResponseBuilder, ResponseFormat, Result, StreamEvent, Tool,
    ToolCall, ToolChoice,
};
use llm_http::{
    AnswerReader,
    openai::{ChunkReader, Dialect, ReasoningStyle, decode_answer, encode_request},
};
use proptest::{arbitrary::any, collection::vec, proptest};
use serde_json::{Value, json};

const ROUTER: Dialect = Dialect {
    output_limit: "max_tokens",
    reasoning: ReasoningStyle::Object,
    earlier_reasoning: Some("reasoning"),
    top_k: true,
    ask_for_usage: false,
    ..Dialect::OPENAI
};

fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH
}

fn body(request: &ChatRequest, stream: bool, dialect: &Dialect) -> String {
    let body = encode_request(&"acme/swift-8b".into(), request, stream, dialect, &Extras::new());
    let value: Value = serde_json::from_slice(&body.unwrap()).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn refusal(request: &ChatRequest, dialect: &Dialect) -> Error {
    let body = encode_request(&"any".into(), request, false, dialect, &Extras::new());
    body.unwrap_err()
}

fn answer(body: &str) -> Result<ChatResponse> {
    decode_answer(body.as_bytes(), &ROUTER, clock)
}

fn answer_of(message: &Value) -> Result<ChatResponse> {
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    answer(&json!({"id": "gen-1", "choices": [choice]}).to_string())
}

/// Reads chunks to the end of the connection.
fn events(chunks: &[&str]) -> Result<Vec<StreamEvent>> {
    let mut reader = ChunkReader::new(ROUTER, clock);
    let mut events = VecDeque::new();
    for chunk in chunks {
        reader.push(chunk, &mut events)?;
    }
    reader.end(&mut events)?;
    Ok(events.into())
}

fn folded(chunks: &[&str]) -> Result<ChatResponse> {
    let mut builder = ResponseBuilder::default();
    for event in events(chunks)? {
        builder.push(event);
    }
    builder.finish()
}

fn delta(text: &str) -> String {
    json!({"choices": [{"delta": {"content": text}}]}).to_string()
}

const STOP: &str = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn a_question_is_small() {
    let request = ChatRequest::from("Hello");
    insta::assert_snapshot!(body(&request, false, &ROUTER), @r#"
    {
      "messages": [
        {
          "content": "Hello",
          "role": "user"
        }
      ],
      "model": "acme/swift-8b"
    }
    "#);
}

#[test]
fn every_field_finds_its_place() {
    let schema = Arc::new(json!({"type": "object"}));
    let mut request = ChatRequest::new([
        Message::system("Be brief."),
        Message::User { content: vec!["Look".into()], name: Some("Ann".to_owned()) },
    ])
    .with_tools([Tool::new("look_up", json!({"type": "object"}))
        .with_description("Looks it up.")
        .with_strict(true)])
    .with_tool_choice(ToolChoice::Function("look_up".to_owned()))
    .with_response_format(ResponseFormat::JsonSchema {
        name: "fact".to_owned(),
        schema,
        strict: true,
    })
    .with_reasoning(Reasoning::effort("low"))
    .with_extra("logit_bias", json!({"50256": -100}));
    request.parallel_tool_calls = Some(false);
    request.user = Some("user-7".to_owned());
    Arc::make_mut(&mut request.metadata).insert("run".to_owned(), "42".to_owned());
    let sampling = &mut request.sampling;
    sampling.temperature = Some(0.2);
    sampling.top_p = Some(0.9);
    sampling.top_k = Some(40);
    sampling.frequency_penalty = Some(0.5);
    sampling.presence_penalty = Some(-0.5);
    sampling.max_tokens = Some(64);
    sampling.stop = Arc::new(["END".to_owned()]);
    sampling.seed = Some(7);
    insta::assert_snapshot!(body(&request, true, &ROUTER), @r#"
    {
      "frequency_penalty": 0.5,
      "logit_bias": {
        "50256": -100
      },
      "max_tokens": 64,
      "messages": [
        {
          "content": "Be brief.",
          "role": "system"
        },
        {
          "content": "Look",
          "name": "Ann",
          "role": "user"
        }
      ],
      "metadata": {
        "run": "42"
      },
      "model": "acme/swift-8b",
      "parallel_tool_calls": false,
      "presence_penalty": -0.5,
      "reasoning": {
        "effort": "low"
      },
      "response_format": {
        "json_schema": {
          "name": "fact",
          "schema": {
            "type": "object"
          },
          "strict": true
        },
        "type": "json_schema"
      },
      "seed": 7,
      "stop": [
        "END"
      ],
      "stream": true,
      "temperature": 0.2,
      "tool_choice": {
        "function": {
          "name": "look_up"
        },
        "type": "function"
      },
      "tools": [
        {
          "function": {
            "description": "Looks it up.",
            "name": "look_up",
            "parameters": {
              "type": "object"
            },
            "strict": true
          },
          "type": "function"
        }
      ],
      "top_k": 40,
      "top_p": 0.9,
      "user": "user-7"
    }
    "#);
}

#[test]
fn openai_has_other_names() {
    let request =
        ChatRequest::from("Hi").with_max_tokens(9).with_reasoning(Reasoning::effort("high"));
    insta::assert_snapshot!(body(&request, true, &Dialect::OPENAI), @r#"
    {
      "max_completion_tokens": 9,
      "messages": [
        {
          "content": "Hi",
          "role": "user"
        }
      ],
      "model": "acme/swift-8b",
      "reasoning_effort": "high",
      "stream": true,
      "stream_options": {
        "include_usage": true
      }
    }
    "#);
}

#[test]
fn images_and_unknown_parts_are_sent_as_they_are() {
    let mut near = Image::url("https://example.com/cat.png");
    near.detail = Some("high".to_owned());
    let audio = json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}});
    let request = ChatRequest::new([Message::user_parts([
        "What is it?".into(),
        near.into(),
        Image::base64("image/png", "iVBORw0KGgo=").into(),
        Part::Other(audio),
    ])]);
    insta::assert_snapshot!(body(&request, false, &ROUTER), @r#"
    {
      "messages": [
        {
          "content": [
            {
              "text": "What is it?",
              "type": "text"
            },
            {
              "image_url": {
                "detail": "high",
                "url": "https://example.com/cat.png"
              },
              "type": "image_url"
            },
            {
              "image_url": {
                "url": "data:image/png;base64,iVBORw0KGgo="
              },
              "type": "image_url"
            },
            {
              "input_audio": {
                "data": "AAAA",
                "format": "wav"
              },
              "type": "input_audio"
            }
          ],
          "role": "user"
        }
      ],
      "model": "acme/swift-8b"
    }
    "#);
}

#[test]
fn a_conversation_with_tools_goes_back_with_everything_the_provider_wants() {
    let mut extras = Extras::new();
    extras.insert(
        "reasoning_details".to_owned(),
        json!([{"type": "reasoning.encrypted", "data": "x"}]),
    );
    let request = ChatRequest::new([
        Message::user("Weather?"),
        Message::Assistant(AssistantMessage {
            reasoning: Some("Ask the tool.".to_owned()),
            tool_calls: vec![ToolCall {
                id: "call_1".to_owned(),
                name: "weather".to_owned(),
                arguments: r#"{"city":"Paris"}"#.to_owned(),
            }],
            extras,
            ..AssistantMessage::default()
        }),
        Message::tool_result("call_1", "sunny"),
    ]);
    insta::assert_snapshot!(body(&request, false, &ROUTER), @r#"
    {
      "messages": [
        {
          "content": "Weather?",
          "role": "user"
        },
        {
          "content": null,
          "reasoning": "Ask the tool.",
          "reasoning_details": [
            {
              "data": "x",
              "type": "reasoning.encrypted"
            }
          ],
          "role": "assistant",
          "tool_calls": [
            {
              "function": {
                "arguments": "{\"city\":\"Paris\"}",
                "name": "weather"
              },
              "id": "call_1",
              "type": "function"
            }
          ]
        },
        {
          "content": "sunny",
          "role": "tool",
          "tool_call_id": "call_1"
        }
      ],
      "model": "acme/swift-8b"
    }
    "#);
}

#[test]
fn images_a_model_made_go_back_in_their_own_field() {
    let message = json!({
        "content": "Here.",
        "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
    });
    let message = answer_of(&message).unwrap().message;
    assert_eq!(message.content[1], Part::Image(Image::base64("image/png", "AAAA")));
    let request = ChatRequest::new([Message::user("Draw"), Message::Assistant(message)]);
    let body: Value = serde_json::from_str(&body(&request, false, &ROUTER)).unwrap();
    let image = &body["messages"][1]["images"][0]["image_url"]["url"];
    assert_eq!(image, "data:image/png;base64,AAAA");
    assert_eq!(body["messages"][1]["content"], "Here.");
}

#[test]
fn extras_win_over_typed_fields() {
    let request = ChatRequest::from("Hi").with_temperature(0.5).with_extra("temperature", 1);
    let text = body(&request, false, &ROUTER);
    assert_eq!(text.matches("temperature").count(), 1);
    assert!(text.contains("\"temperature\": 1\n"), "{text}");
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    let ask = || ChatRequest::from("Hi");
    let check = |request: ChatRequest, kind: ErrorKind, expected: &str| {
        let refusal = refusal(&request, &Dialect::OPENAI);
        assert_eq!((refusal.kind(), refusal.execution()), (kind, Execution::NotSent), "{refusal}");
        assert!(refusal.message().contains(expected), "{refusal}");
    };
    let invalid = ErrorKind::InvalidRequest;
    check(ChatRequest::new([]), invalid, "no message");
    check(ask().with_extra("model", "other"), invalid, "`model`");
    check(ask().with_extra("stream", true), invalid, "`stream`");
    check(ask().with_extra("n", 2), invalid, "`n`");
    check(ask().with_temperature(f64::NAN), invalid, "`temperature`");
    check(ChatRequest::new([Message::user_parts([Part::Other(json!("x"))])]), invalid, "part");
    let mut request = ask();
    request.sampling.top_k = Some(4);
    check(request, ErrorKind::UnsupportedParam, "`top_k`");
    let mut reasoning = Reasoning::default();
    reasoning.max_tokens = Some(100);
    check(ask().with_reasoning(reasoning), ErrorKind::UnsupportedParam, "reasoning");
}

#[test]
fn a_whole_answer_keeps_what_it_says() {
    let response = answer(
        r#"{"id":"gen-1","model":"acme/swift-8b","provider":"Acme","object":"chat.completion",
            "choices":[{"index":0,"finish_reason":"stop","native_finish_reason":"end_turn",
                "message":{"role":"assistant","content":"Hi","refusal":null,"reasoning":"Think",
                    "reasoning_content":"Think","annotations":[{"a":1}]}}],
            "usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"cost":0.000042,
                "prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2},
                "completion_tokens_details":{"reasoning_tokens":4}}}"#,
    )
    .unwrap();
    insta::assert_json_snapshot!(response, @r#"
    {
      "id": "gen-1",
      "model": "acme/swift-8b",
      "upstream": "Acme",
      "message": {
        "content": [
          {
            "text": "Hi"
          }
        ],
        "reasoning": "Think",
        "extras": {
          "annotations": [
            {
              "a": 1
            }
          ]
        }
      },
      "finish_reason": "stop",
      "native_finish_reason": "end_turn",
      "usage": {
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "cached_input_tokens": 3,
        "cache_write_tokens": 2,
        "reasoning_tokens": 4,
        "cost": {
          "usd": "0.000042",
          "source": "reported"
        }
      }
    }
    "#);
}

#[test]
fn c03_content_as_parts_is_joined_text() {
    let parts = json!([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]);
    assert_eq!(answer_of(&json!({"content": parts})).unwrap().text(), "Hello");
}

#[test]
fn unknown_fields_of_a_message_make_the_round_trip() {
    let details = json!([{"type": "reasoning.text", "text": "because", "signature": "s"}]);
    let message = answer_of(&json!({"content": "Hi", "reasoning_details": details, "x": {"y": 1}}));
    let request = ChatRequest::new([Message::Assistant(message.unwrap().message)]);
    let body: Value = serde_json::from_str(&body(&request, false, &ROUTER)).unwrap();
    assert_eq!(body["messages"][0]["reasoning_details"], details);
    assert_eq!(body["messages"][0]["x"], json!({"y": 1}));
}

#[test]
fn bodies_that_are_no_answer_are_told_apart() {
    let check = |body: &str, expected: ErrorKind| {
        let error = answer(body).unwrap_err();
        assert_eq!(error.kind(), expected, "{body}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    };
    // C01, C02, C04, C05, C06, C08
    check(r#"{"choices":[]}"#, ErrorKind::EmptyChoices);
    check(r#"{"choices":null}"#, ErrorKind::EmptyChoices);
    check(r#"{"id":"x"}"#, ErrorKind::EmptyChoices);
    check(
        r#"{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}"#,
        ErrorKind::EmptyContent,
    );
    check(r#"{"choices":[{"message":null}]}"#, ErrorKind::EmptyContent);
    check("{malformed secret}", ErrorKind::MalformedResponse);
    check(r#"{"choices":"secret"}"#, ErrorKind::MalformedResponse);
    check(r#"{"choices":[{"message":{"content":"sec"#, ErrorKind::TruncatedResponse);
    check("<html>secret</html>", ErrorKind::NotJson);
    check("secret", ErrorKind::NotJson);
    check("", ErrorKind::EmptyResponse);
    check(" \n", ErrorKind::EmptyResponse);
    check(&"[".repeat(100_000), ErrorKind::MalformedResponse);
    let deep = format!(r#"{{"choices":[{{"message":{{"x":{}}}}}]}}"#, "[".repeat(200));
    check(&deep, ErrorKind::MalformedResponse);
}

/// Reads an answer with so many arrays inside each other, on a thread with as little stack as a
/// runtime gives.
fn nested(place: &'static str, depth: usize) -> Result<ChatResponse> {
    let read = move || {
        let arrays = "[".repeat(depth) + &"]".repeat(depth);
        let extra =
            |name| if name == place { format!(r#","extra":{arrays}"#) } else { String::new() };
        let (outside, inside) = (extra("outside"), extra("inside"));
        answer(&format!(
            r#"{{"choices":[{{"message":{{"content":"a"{inside}}},"finish_reason":"stop"}}]{outside}}}"#
        ))
    };
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(read).unwrap().join().unwrap()
}

#[test]
fn c08_depth_has_a_limit_where_it_is_kept_and_none_where_it_is_not() {
    // A message lies four deep, and its unknown fields make the round trip.
    for (depth, is_read) in [(100, true), (123, true), (124, false), (128, false), (100_000, false)]
    {
        let read = nested("inside", depth);
        assert_eq!(
            read.as_ref().err().map(llm_core::Error::kind),
            (!is_read).then_some(ErrorKind::MalformedResponse),
            "{depth}"
        );
    }
    // What nobody reads is passed over without going down into it.
    assert_eq!(nested("outside", 100_000).unwrap().text(), "a");
}

#[test]
fn c09_a_repeated_field_is_malformed_outside_a_message_and_the_last_one_inside() {
    let twice = r#"{"id":"a","id":"b","choices":[]}"#;
    assert_eq!(answer(twice).unwrap_err().kind(), ErrorKind::MalformedResponse);
    let inside = r#"{"choices":[{"message":{"content":"a","content":"b"}}]}"#;
    assert_eq!(answer(inside).unwrap().text(), "b");
    let usage = r#"{"choices":[{"message":{"content":"a"}}],
        "usage":{"prompt_tokens":1,"prompt_tokens":2}}"#;
    assert_eq!(answer(usage).unwrap().usage, None);
}

#[test]
fn c10_usage_that_makes_no_sense_is_unknown() {
    for odd in ["1e400", "-1", "\"12\"", "1000000000000000000000000000000", "null", "[]"] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"a"}}}}],
                "usage":{{"prompt_tokens":3,"total_tokens":{odd},"cost":-1}}}}"#
        );
        let usage = answer(&body).unwrap().usage.unwrap();
        assert_eq!((usage.input_tokens, usage.total_tokens), (Some(3), None), "{odd}");
        assert_eq!(usage.cost, None);
    }
    for odd in ["null", "[]", "\"much\"", "{}", "7"] {
        let body = format!(r#"{{"choices":[{{"message":{{"content":"a"}}}}],"usage":{odd}}}"#);
        assert_eq!(answer(&body).unwrap().usage, None, "{odd}");
    }
}

#[test]
fn c11_marks_and_odd_characters_are_taken() {
    let body = "\u{feff}{\"choices\":[{\"message\":{\"content\":\"a\\u0000b\u{2028}c\"}}]}";
    assert_eq!(answer(body).unwrap().text(), "a\0b\u{2028}c");
    let surrogate = r#"{"choices":[{"message":{"content":"\ud800"}}]}"#;
    assert_eq!(answer(surrogate).unwrap_err().kind(), ErrorKind::MalformedResponse);
    let broken = b"{\"choices\":[{\"message\":{\"content\":\"a\xffb\"}}]}";
    assert_eq!(decode_answer(broken, &ROUTER, clock).unwrap().text(), "a\u{fffd}b");
}

#[test]
fn c15_finish_reasons_are_kept() {
    let check = |reason: &str, content: &str, expected: Option<FinishReason>| {
        let choice = json!({"message": {"content": content}, "finish_reason": reason});
        let body = json!({"choices": [choice]}).to_string();
        assert_eq!(answer(&body).unwrap().finish_reason, expected, "{reason}");
    };
    check("length", "a", Some(FinishReason::Length));
    check("length", "", Some(FinishReason::Length));
    check("content_filter", "", Some(FinishReason::ContentFilter));
    check("banana", "a", Some(FinishReason::Other("banana".to_owned())));
    check("", "a", None);
}

#[test]
fn c16_odd_tool_calls_are_passed_on() {
    let call = |id: &str, arguments: Value| {
        json!({"id": id, "type": "function",
            "function": {"name": "nobody_offered_it", "arguments": arguments}})
    };
    let calls =
        json!([call("a", json!("{bad")), call("a", json!("{}")), call("b", json!({"x": 1}))]);
    let message = answer_of(&json!({"content": null, "tool_calls": calls})).unwrap().message;
    let arguments: Vec<_> = message.tool_calls.iter().map(|call| &*call.arguments).collect();
    assert_eq!(arguments, ["{bad", "{}", r#"{"x":1}"#]);
}

#[test]
fn errors_inside_a_success_count_as_what_they_say() {
    use Execution::{Executed, Maybe, Rejected};

    let check = |body: &str, kind: ErrorKind, status: Option<u16>, execution: Execution| {
        let error = answer(body).unwrap_err();
        let seen = (error.kind(), error.status(), error.execution());
        assert_eq!(seen, (kind, status, execution), "{body}: {error}");
    };
    check(
        r#"{"id":"gen-1","error":{"message":"Upstream error from Acme","code":502}}"#,
        ErrorKind::BadGateway,
        Some(502),
        Maybe,
    );
    check(
        r#"{"error":{"message":"slow down","code":"429"},"choices":null}"#,
        ErrorKind::RateLimited,
        Some(429),
        Rejected,
    );
    check(r#"{"error":{"code":"server_error"}}"#, ErrorKind::UpstreamServer, None, Maybe);
    check(r#"{"error":{"type":"overloaded_error"}}"#, ErrorKind::Overloaded, None, Rejected);
    check(r#"{"error":"model is on fire"}"#, ErrorKind::UpstreamServer, None, Maybe);
    check(
        r#"{"choices":[{"message":{"content":"Once upon"},"finish_reason":"error",
            "error":{"code":502,"message":"gone"}}]}"#,
        ErrorKind::UpstreamMidError,
        Some(502),
        Executed,
    );
    check(
        r#"{"choices":[{"message":{"content":""},"finish_reason":"error"}]}"#,
        ErrorKind::UpstreamMidError,
        None,
        Maybe,
    );
}

#[test]
fn a_stream_folds_to_what_a_whole_answer_says() {
    let response = folded(&[
        r#"{"id":"gen-1","model":"acme/swift-8b","provider":"Acme","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        r#"{"id":"gen-1","model":"acme/swift-8b","provider":"Acme","choices":[{"delta":{"reasoning":"Think","reasoning_details":[{"type":"reasoning.text","text":"Th","index":0}]}}]}"#,
        r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"ink","index":0,"signature":"s"}]}}]}"#,
        &delta("Hel"),
        &delta("lo"),
        r#"{"choices":[{"delta":{},"finish_reason":"stop","native_finish_reason":"end_turn"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":1.35e-05}}"#,
        "[DONE]",
    ])
    .unwrap();
    insta::assert_json_snapshot!(response, @r#"
    {
      "id": "gen-1",
      "model": "acme/swift-8b",
      "upstream": "Acme",
      "message": {
        "content": [
          {
            "text": "Hello"
          }
        ],
        "reasoning": "Think",
        "extras": {
          "reasoning_details": [
            {
              "index": 0,
              "signature": "s",
              "text": "Think",
              "type": "reasoning.text"
            }
          ]
        }
      },
      "finish_reason": "stop",
      "native_finish_reason": "end_turn",
      "usage": {
        "input_tokens": 1,
        "output_tokens": 2,
        "total_tokens": 3,
        "cached_input_tokens": null,
        "cache_write_tokens": null,
        "reasoning_tokens": null,
        "cost": {
          "usd": "0.0000135",
          "source": "reported"
        }
      }
    }
    "#);
}

#[test]
fn pieces_of_reasoning_join_the_part_they_belong_to() {
    let chunk = |details: Value| {
        json!({"choices": [{"delta": {"content": "a", "reasoning_details": [details]}}]})
            .to_string()
    };
    let piece = |index: u32, text: &str| {
        chunk(json!({"type": "reasoning.text", "index": index, "text": text, "id": null}))
    };
    let sealed =
        |id: &str| chunk(json!({"type": "reasoning.encrypted", "index": 0, "id": id, "data": "x"}));
    let signed = chunk(json!({"type": "reasoning.text", "index": 0, "signature": "s"}));
    let chunks = [piece(0, "a"), piece(1, "x"), piece(0, "b"), signed, sealed("1"), sealed("2")];
    let mut chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
    chunks.push(STOP);
    let extras = folded(&chunks).unwrap().message.extras;
    let expected = json!([
        {"type": "reasoning.text", "index": 0, "text": "ab", "id": null, "signature": "s"},
        {"type": "reasoning.text", "index": 1, "text": "x", "id": null},
        {"type": "reasoning.encrypted", "index": 0, "id": "1", "data": "x"},
        {"type": "reasoning.encrypted", "index": 0, "id": "2", "data": "x"},
    ]);
    assert_eq!(extras["reasoning_details"], expected);
}

#[test]
fn a_finish_reason_does_not_end_the_stream() {
    // Some models finish twice, the second time with usage.
    let response = folded(&[
        &delta("a"),
        STOP,
        r#"{"choices":[{"delta":{"content":""},"finish_reason":"length"}],"usage":{"total_tokens":3}}"#,
        "[DONE]",
    ])
    .unwrap();
    assert_eq!(response.finish_reason, Some(FinishReason::Stop));
    assert_eq!(response.usage.unwrap().total_tokens, Some(3));
}

#[test]
fn d13_an_end_without_a_finish_reason_is_a_cut() {
    let check = |chunks: &[&str], execution: Execution| {
        let error = folded(chunks).unwrap_err();
        assert_eq!((error.kind(), error.execution()), (ErrorKind::StreamCut, execution));
    };
    let role = r#"{"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":""}]}"#;
    check(&[], Execution::Maybe);
    check(&[role], Execution::Maybe);
    check(&[role, &delta("a"), &delta("b"), &delta("c")], Execution::Executed);
    check(&[&delta("a"), r#"{"choices":[{"delta":{"content":"b"#], Execution::Executed);
    assert_eq!(folded(&[&delta("a"), STOP]).unwrap().text(), "a");
}

#[test]
fn d14_done_ends_the_stream_and_proves_nothing() {
    for done in ["[DONE]", "[done]", " [DONE] "] {
        assert_eq!(folded(&[done]).unwrap_err().kind(), ErrorKind::StreamCut);
        let error = folded(&[&delta("a"), done]).unwrap_err();
        assert_eq!((error.kind(), error.execution()), (ErrorKind::StreamCut, Execution::Executed));
        let late = folded(&[&delta("a"), STOP, done, done, &delta("b"), "{broken"]).unwrap();
        assert_eq!(late.text(), "a");
    }
}

#[test]
fn d15_d23_chunks_without_a_choice_or_delta_are_signs_of_life() {
    let usage = r#"{"choices":[],"usage":{"total_tokens":3}}"#;
    let quiet = [
        r#"{"id":"x"}"#,
        r#"{"choices":null}"#,
        r#"{"choices":[null]}"#,
        r#"{"choices":[{"delta":null}]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[],"debug":{"echo_upstream_body":{}}}"#,
        "",
    ];
    let mut chunks = quiet.to_vec();
    let (text, stop) = (delta("a"), STOP);
    chunks.extend([text.as_str(), stop, usage]);
    let response = folded(&chunks).unwrap();
    assert_eq!((response.text().as_str(), response.usage.unwrap().total_tokens), ("a", Some(3)));
    let events = events(&chunks).unwrap();
    assert_eq!(events.iter().filter(|event| **event == StreamEvent::KeepAlive).count(), 6);
}

#[test]
fn d10_d11_d12_an_error_comes_before_choices() {
    let error = r#"{"id":"gen-9","error":{"code":502,"message":"gone"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#;
    let role = r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#;
    let check = |chunks: &[&str], kind: ErrorKind, execution: Execution| {
        let error = folded(chunks).unwrap_err();
        assert_eq!((error.kind(), error.execution()), (kind, execution));
        assert_eq!((error.status(), error.request_id()), (Some(502), Some("gen-9")));
    };
    check(&[error], ErrorKind::BadGateway, Execution::Maybe);
    check(&[role, error], ErrorKind::BadGateway, Execution::Maybe);
    check(&[&delta("Once"), error], ErrorKind::UpstreamMidError, Execution::Executed);
}

#[test]
fn errors_in_chunks_come_in_many_shapes() {
    let check = |chunk: &str, kind: ErrorKind| {
        let error = folded(&[&delta("Once"), chunk]).unwrap_err();
        assert_eq!((error.kind(), error.execution()), (kind, Execution::Executed), "{chunk}");
    };
    check(
        r#"{"error":{"code":"server_error","message":"x"},"choices":[]}"#,
        ErrorKind::UpstreamMidError,
    );
    check(r#"{"error":{"message":"x"}}"#, ErrorKind::UpstreamMidError);
    check(r#"{"error":"x"}"#, ErrorKind::UpstreamMidError);
    check(r#"{"error":{"code":429}}"#, ErrorKind::RateLimited);
    check(r#"{"choices":[{"finish_reason":"error"}]}"#, ErrorKind::UpstreamMidError);
    check(r#"{"choices":[{"error":{"code":503}}]}"#, ErrorKind::UpstreamMidError);
    check("{broken}", ErrorKind::MalformedResponse);
    check("<html>", ErrorKind::NotJson);
    let fine = folded(&[r#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#, STOP]);
    assert_eq!(fine.unwrap().text(), "a");
}

#[test]
fn d19_a_stream_that_repeats_itself_is_stopped() {
    let same = delta("again ");
    let error = folded(&vec![same.as_str(); 5_000]).unwrap_err();
    assert_eq!((error.kind(), error.execution()), (ErrorKind::RunawayStream, Execution::Executed));
    let mut few = vec![same.as_str(); 900];
    few.push(STOP);
    assert!(folded(&few).is_ok());
}

#[test]
fn d21_tool_arguments_in_pieces_find_their_call() {
    let mut chunks = Vec::new();
    for (index, id) in [(0, "a"), (1, "b")] {
        let call = json!({"index": index, "id": id, "type": "function",
            "function": {"name": id, "arguments": ""}});
        chunks.push(json!({"choices": [{"delta": {"tool_calls": [call]}}]}).to_string());
    }
    for piece in 0..200 {
        let call = json!({"index": piece % 2, "function": {"arguments": format!("{piece},")}});
        chunks.push(json!({"choices": [{"delta": {"tool_calls": [call]}}]}).to_string());
    }
    chunks.push(r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#.to_owned());
    let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
    let response = folded(&chunks).unwrap();
    for (call, parity) in response.message.tool_calls.iter().zip([0, 1]) {
        let pieces = (0..200).filter(|piece| piece % 2 == parity);
        let expected: Vec<_> = pieces.map(|piece| format!("{piece},")).collect();
        assert_eq!(call.arguments, expected.concat());
    }
    assert_eq!(response.message.tool_calls.len(), 2);
}

#[test]
fn tool_calls_are_told_apart_where_indexes_fail() {
    let check = |calls: &[Value], expected: &[(&str, &str)]| {
        let chunks: Vec<_> = calls
            .iter()
            .map(|call| json!({"choices": [{"delta": {"tool_calls": [call]}}]}).to_string())
            .chain([r#"{"choices":[{"finish_reason":"tool_calls"}]}"#.to_owned()])
            .collect();
        let chunks: Vec<_> = chunks.iter().map(String::as_str).collect();
        let calls = folded(&chunks).unwrap().message.tool_calls;
        let seen: Vec<_> = calls.iter().map(|call| (&*call.id, &*call.arguments)).collect();
        assert_eq!(seen, expected);
    };
    let call = |index: Option<u32>, id: Option<&str>, arguments: &str| json!({"index": index, "id": id, "function": {"name": id, "arguments": arguments}});
    // The id is repeated with every piece.
    check(&[call(Some(0), Some("a"), "{"), call(Some(0), Some("a"), "}")], &[("a", "{}")]);
    // Every call has index 0.
    check(
        &[call(Some(0), Some("a"), "1"), call(Some(0), Some("b"), "2"), call(Some(0), None, "3")],
        &[("a", "1"), ("b", "23")],
    );
    // No call has an index.
    check(
        &[call(None, Some("a"), "1"), call(None, None, "2"), call(None, Some("b"), "3")],
        &[("a", "12"), ("b", "3")],
    );
    // An empty id is no id.
    check(&[call(Some(0), Some("a"), "1"), call(Some(0), Some(""), "2")], &[("a", "12")]);
}

#[test]
fn tool_arguments_have_a_limit() {
    let piece = |letter: &str| {
        let call = json!({"index": 0, "function": {"arguments": letter.repeat(1 << 20)}});
        json!({"choices": [{"delta": {"tool_calls": [call]}}]}).to_string()
    };
    let pieces = ["a", "b", "c", "d", "e"].map(piece);
    let chunks: Vec<_> = pieces.iter().map(String::as_str).collect();
    let error = folded(&chunks).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
}

#[test]
fn what_a_stream_may_pile_up_has_a_limit() {
    let check = |delta: &dyn Fn(usize) -> String| {
        let mut reader = ChunkReader::new(Dialect::OPENAI, clock);
        let mut events = VecDeque::new();
        let refused = (0..100).find_map(|number| {
            events.clear();
            let chunk = format!(r#"{{"choices":[{{"delta":{{{}}}}}]}}"#, delta(number));
            reader.push(&chunk, &mut events).err()
        });
        assert_eq!(refused.unwrap().kind(), ErrorKind::ResponseTooLarge);
    };
    let megabyte = "x".repeat(1024 * 1024);
    check(&|number| format!(r#""reasoning_details":[{{"index":{number},"data":"{megabyte}"}}]"#));
    check(&|_| format!(r#""images":[{{"type":"image_url","image_url":"{megabyte}"}}]"#));
    check(&|_| format!(r#""content":[{{"type":"audio","data":"{megabyte}"}}]"#));
    check(&|number| {
        let call = |more| format!(r#"{{"index":{}}}"#, 11 * number + more);
        format!(r#""tool_calls":[{}]"#, (0..11).map(call).collect::<Vec<_>>().join(","))
    });
}

#[test]
fn c17_the_model_that_served_is_named_also_when_it_changes() {
    let response = folded(&[
        r#"{"id":"gen-1","model":"acme/first","choices":[{"delta":{"content":"a"}}]}"#,
        r#"{"id":"gen-1","model":"acme/second","choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}"#,
    ])
    .unwrap();
    assert_eq!(response.model.unwrap(), "acme/second");
}

#[test]
fn an_empty_stream_that_stopped_is_no_answer() {
    let error = folded(&[STOP, "[DONE]"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EmptyContent);
    let length = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    assert!(folded(&[length, "[DONE]"]).is_ok());
}

#[test]
fn words_of_other_providers_are_understood() {
    let check = |body: &str, kind: ErrorKind| {
        assert_eq!(answer(body).unwrap_err().kind(), kind, "{body}");
    };
    check(r#"{"error":{"code":"insufficient_quota"}}"#, ErrorKind::QuotaExhausted);
    check(r#"{"error":{"code":"project_spend_limit_exceeded"}}"#, ErrorKind::QuotaExhausted);
    check(r#"{"error":{"code":"rate_limit_exceeded"}}"#, ErrorKind::RateLimited);
    check(r#"{"error":{"code":"context_length_exceeded"}}"#, ErrorKind::ContextLength);
    check(r#"{"error":{"code":"unsupported_parameter"}}"#, ErrorKind::UnsupportedParam);
    check(r#"{"error":{"type":"invalid_request_error"}}"#, ErrorKind::InvalidRequest);
    check(r#"[{"error":{"code":429}}]"#, ErrorKind::MalformedResponse);
}

#[test]
fn no_part_of_an_answer_passes_for_a_whole_one() {
    let whole = r#"{"id":"gen-1","choices":[{"message":{"content":"a\u00e9b","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#;
    assert!(answer(whole).is_ok());
    for end in 1..whole.len() {
        let error = answer(&whole[..end]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TruncatedResponse, "{}", &whole[..end]);
    }
}

proptest! {
    #[test]
    fn nothing_makes_the_codec_panic(bytes in vec(any::<u8>(), 0..64), text in any::<String>()) {
        let decode = |body: &[u8]| drop(decode_answer(body, &ROUTER, clock));
        decode(&bytes);
        decode(text.as_bytes());
        decode(json!({"choices": [{"message": {"content": text}}], "error": text}).to_string().as_bytes());
        let mut reader = ChunkReader::new(ROUTER, clock);
        let mut events = VecDeque::new();
        drop(reader.push(&text, &mut events));
        drop(reader.push(&delta("a"), &mut events));
        drop(reader.end(&mut events));
    }

    #[test]
    fn how_a_text_is_cut_into_chunks_does_not_matter(pieces in vec(any::<String>(), 1..8)) {
        let chunk = |text: &String| {
            json!({"choices": [{"delta": {"content": text}}]}).to_string()
        };
        let whole = pieces.concat();
        let many: Vec<_> = pieces.iter().map(chunk).collect();
        let mut many: Vec<_> = many.iter().map(String::as_str).collect();
        many.push(STOP);
        let one = chunk(&whole);
        let (cut, uncut) = (folded(&many), folded(&[&one, STOP]));
        if whole.trim().is_empty() {
            assert_eq!(cut.unwrap_err().kind(), ErrorKind::EmptyContent);
        } else {
            assert_eq!(cut.unwrap(), uncut.unwrap());
        }
    }
}
