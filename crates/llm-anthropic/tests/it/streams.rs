//! Streams as a user reads them.

use llm_core::{
    ChatRequest, ChatResponse, ErrorKind as Kind, Execution, FinishReason, Message, Part, Provider,
    StreamEvent,
};
use llm_testkit::canned::collect;
use serde_json::{Value, json};

use crate::{
    requests::ANSWER,
    upstream::{MODEL, Upstream, fold},
};

fn event(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

fn message_start() -> String {
    event(&json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-swift-1",
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 10, "cache_creation_input_tokens": 3,
                  "cache_read_input_tokens": 4, "output_tokens": 1},
    }}))
}

fn begin(index: u64, block: &Value) -> String {
    event(&json!({"type": "content_block_start", "index": index, "content_block": block}))
}

fn delta(index: u64, delta: &Value) -> String {
    event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

fn end(index: u64) -> String {
    event(&json!({"type": "content_block_stop", "index": index}))
}

fn text(text: &str) -> String {
    delta(0, &json!({"type": "text_delta", "text": text}))
}

fn begin_text() -> String {
    begin(0, &json!({"type": "text", "text": ""}))
}

fn stop(reason: &str) -> String {
    event(&json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": {"output_tokens": 12, "output_tokens_details": {"thinking_tokens": 5}}}))
}

fn message_stop() -> String {
    event(&json!({"type": "message_stop"}))
}

const PING: &str = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

fn error(kind: &str) -> String {
    event(&json!({"type": "error", "error": {"type": kind, "message": "No."}}))
}

/// A whole stream around these events.
fn around(blocks: &[String], reason: &str) -> String {
    [message_start(), blocks.concat(), stop(reason), message_stop()].concat()
}

async fn answer(body: &str) -> ChatResponse {
    fold(Upstream::events(body).stream().await.unwrap())
}

/// A stream and a whole answer that must mean the same.
async fn same(blocks: &[String], content: Value, reason: &str) -> ChatResponse {
    let streamed = answer(&around(blocks, reason)).await;
    let whole = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-swift-1",
        "content": content, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": 10, "cache_creation_input_tokens": 3,
                  "cache_read_input_tokens": 4, "output_tokens": 12,
                  "output_tokens_details": {"thinking_tokens": 5}},
    });
    let whole = Upstream::json(200, &whole.to_string());
    assert_eq!(whole.chat().await.unwrap(), streamed);
    // A whole answer to a streamed call comes as the events of a stream.
    assert_eq!(fold(whole.stream().await.unwrap()), streamed);
    streamed
}

async fn check_cut(body: &str, kind: Kind, execution: Execution) {
    for streamed in [true, false] {
        let upstream = Upstream::events(body);
        let error = if streamed {
            upstream.stream().await.unwrap_err()
        } else {
            upstream.chat().await.unwrap_err()
        };
        assert_eq!((error.kind(), error.execution()), (kind, execution), "{body}: {error}");
        assert_eq!(error.model().unwrap(), &MODEL);
    }
}

#[tokio::test]
async fn an_answer_arrives_as_it_is_made() {
    let blocks = [begin_text(), PING.to_owned(), text("Hel"), text("lo"), end(0)];
    let events = Upstream::events(&around(&blocks, "end_turn")).stream().await.unwrap();
    insta::assert_json_snapshot!(events, @r#"
    [
      {
        "start": {
          "id": "msg_1",
          "model": "claude-swift-1",
          "upstream": null
        }
      },
      {
        "usage": {
          "input_tokens": 17,
          "output_tokens": null,
          "total_tokens": null,
          "cached_input_tokens": 4,
          "cache_write_tokens": 3,
          "reasoning_tokens": null,
          "cost": null
        }
      },
      "keep_alive",
      "keep_alive",
      {
        "text": "Hel"
      },
      {
        "text": "lo"
      },
      "keep_alive",
      {
        "finish": {
          "reason": "stop",
          "native": "end_turn"
        }
      },
      {
        "usage": {
          "input_tokens": 17,
          "output_tokens": 12,
          "total_tokens": 29,
          "cached_input_tokens": 4,
          "cache_write_tokens": 3,
          "reasoning_tokens": 5,
          "cost": null
        }
      }
    ]
    "#);
}

/// All a model can say: as the blocks of a stream, and as those of a whole answer.
fn everything() -> (Vec<String>, Value) {
    let thinking =
        json!({"type": "thinking", "thinking": "Two look-ups.", "signature": "c2lnbmF0dXJl"});
    let redacted = json!({"type": "redacted_thinking", "data": "aGlkZGVu"});
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}});
    let citation = json!({"type": "char_location", "cited_text": "Paris", "document_index": 0});
    let json_delta = |index, json: &str| {
        delta(index, &json!({"type": "input_json_delta", "partial_json": json}))
    };
    let blocks = vec![
        begin(0, &json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, &json!({"type": "thinking_delta", "thinking": "Two look"})),
        delta(0, &json!({"type": "thinking_delta", "thinking": "-ups."})),
        delta(0, &json!({"type": "signature_delta", "signature": "c2lnbmF0dXJl"})),
        end(0),
        begin(1, &redacted),
        end(1),
        begin(2, &json!({"type": "text", "text": ""})),
        delta(2, &json!({"type": "text_delta", "text": "Let me"})),
        delta(2, &json!({"type": "citations_delta", "citation": citation})),
        end(2),
        begin(3, &json!({"type": "text", "text": " see."})),
        end(3),
        begin(
            4,
            &json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}),
        ),
        json_delta(4, "{\"query\""),
        json_delta(4, ":\"x\"}"),
        end(4),
        begin(5, &json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}})),
        json_delta(5, ""),
        json_delta(5, "{\"city\":"),
        json_delta(5, "\"Paris\"}"),
        end(5),
        begin(6, &json!({"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}})),
        end(6),
    ];
    let content = json!([
        thinking, redacted, {"type": "text", "text": "Let me", "citations": [citation]},
        {"type": "text", "text": " see.", "citations": null}, search,
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}},
        {"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}},
    ]);
    (blocks, content)
}

#[tokio::test]
async fn everything_a_model_says_is_the_same_streamed_and_whole() {
    let (blocks, content) = everything();
    let response = same(&blocks, content, "tool_use").await;
    insta::assert_json_snapshot!(response, @r#"
    {
      "id": "msg_1",
      "model": "claude-swift-1",
      "upstream": null,
      "message": {
        "content": [
          {
            "text": "Let me see."
          },
          {
            "other": {
              "id": "srvtoolu_1",
              "input": {
                "query": "x"
              },
              "name": "web_search",
              "type": "server_tool_use"
            }
          }
        ],
        "reasoning": "Two look-ups.",
        "tool_calls": [
          {
            "id": "toolu_1",
            "name": "weather",
            "arguments": "{\"city\":\"Paris\"}"
          },
          {
            "id": "toolu_2",
            "name": "time",
            "arguments": "{}"
          }
        ],
        "extras": {
          "citations": [
            {
              "cited_text": "Paris",
              "document_index": 0,
              "type": "char_location"
            }
          ],
          "thinking_blocks": [
            {
              "signature": "c2lnbmF0dXJl",
              "thinking": "Two look-ups.",
              "type": "thinking"
            },
            {
              "data": "aGlkZGVu",
              "type": "redacted_thinking"
            }
          ]
        }
      },
      "finish_reason": "tool_calls",
      "native_finish_reason": "tool_use",
      "usage": {
        "input_tokens": 17,
        "output_tokens": 12,
        "total_tokens": 29,
        "cached_input_tokens": 4,
        "cache_write_tokens": 3,
        "reasoning_tokens": 5,
        "cost": null
      }
    }
    "#);
}

#[tokio::test]
async fn what_a_model_said_goes_back_as_it_came() {
    let (blocks, content) = everything();
    let message = same(&blocks, content.clone(), "tool_use").await.message;
    let upstream = Upstream::json(200, ANSWER);
    let request = ChatRequest::new([Message::user("Go"), Message::Assistant(message)]);
    upstream.provider().chat(&MODEL.into(), request).await.unwrap();
    let text = json!({"type": "text", "text": "Let me see."});
    let expected = [&content[0], &content[1], &text, &content[4], &content[5], &content[6]];
    assert_eq!(upstream.body()["messages"][1]["content"], json!(expected));
}

#[tokio::test]
async fn every_stop_reason_has_its_meaning() {
    let blocks = [begin_text(), text("Hi"), end(0)];
    for (word, reason) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("tool_use", FinishReason::ToolCalls),
        ("refusal", FinishReason::ContentFilter),
        ("pause_turn", FinishReason::Other("pause_turn".to_owned())),
        ("news", FinishReason::Other("news".to_owned())),
    ] {
        let response = same(&blocks, json!([{"type": "text", "text": "Hi"}]), word).await;
        assert_eq!(response.finish_reason, Some(reason));
        assert_eq!(response.native_finish_reason.as_deref(), Some(word));
    }
}

#[tokio::test]
async fn an_empty_answer_needs_a_reason() {
    for blocks in [&[][..], &[begin_text(), text(" "), text("\n"), end(0)]] {
        check_cut(&around(blocks, "end_turn"), Kind::EmptyContent, Execution::Executed).await;
    }
    for reason in ["max_tokens", "refusal"] {
        assert_eq!(same(&[], json!([]), reason).await.text(), "");
    }
}

#[tokio::test]
async fn arguments_of_a_tool_that_come_with_its_start_are_kept() {
    let call =
        json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}});
    let response = same(&[begin(0, &call), end(0)], json!([call]), "tool_use").await;
    assert_eq!(response.message.tool_calls[0].arguments, r#"{"city":"Paris"}"#);
    // The end of a block may be left out.
    let response = answer(&around(&[begin(0, &call)], "tool_use")).await;
    assert_eq!(response.message.tool_calls[0].arguments, r#"{"city":"Paris"}"#);
}

#[tokio::test]
async fn arguments_that_are_no_json_come_as_the_model_wrote_them() {
    let call = |input: Value| json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": input});
    let broken = delta(0, &json!({"type": "input_json_delta", "partial_json": "{\"city\": Par"}));
    let blocks = [begin(0, &call(json!({}))), broken, end(0)];
    let response = same(&blocks, json!([call("{\"city\": Par".into())]), "tool_use").await;
    assert_eq!(response.message.tool_calls[0].arguments, "{\"city\": Par");
    let blocks = [begin(0, &call(Value::Null)), end(0)];
    let response = same(&blocks, json!([call(Value::Null)]), "tool_use").await;
    assert_eq!(response.message.tool_calls[0].arguments, "{}");
}

#[tokio::test]
async fn a_block_that_begins_ends_the_one_of_the_same_index() {
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "weather", "input": {}});
    let arguments = delta(0, &json!({"type": "input_json_delta", "partial_json": "{\"b\":2}"}));
    let blocks = [begin(0, &call("a")), begin(0, &call("b")), arguments, end(0)];
    let calls = answer(&around(&blocks, "tool_use")).await.message.tool_calls;
    let calls: Vec<_> = calls.iter().map(|call| (&*call.id, &*call.arguments)).collect();
    assert_eq!(calls, [("a", "{}"), ("b", "{\"b\":2}")]);
}

#[tokio::test]
async fn what_is_kept_is_told_before_the_finish() {
    let block = json!({"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]});
    same(&[begin(0, &block), end(0)], json!([block]), "end_turn").await;
    let events = Upstream::events(&around(&[begin(0, &block), end(0)], "end_turn"));
    let events = events.stream().await.unwrap();
    let place = |is: fn(&StreamEvent) -> bool| events.iter().position(is).unwrap();
    let kept = place(|event| matches!(event, StreamEvent::Extras(_)));
    assert!(kept < place(|event| matches!(event, StreamEvent::Finish { .. })));
}

#[tokio::test]
async fn blocks_may_be_told_in_turn() {
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "weather", "input": {}});
    let json_delta = |index, json: &str| {
        delta(index, &json!({"type": "input_json_delta", "partial_json": json}))
    };
    let blocks = [
        begin(0, &call("a")),
        begin(1, &call("b")),
        json_delta(1, "{\"b\":"),
        json_delta(0, "{\"a\":1"),
        json_delta(1, "2}"),
        json_delta(0, "}"),
        end(1),
        end(0),
    ];
    let calls = answer(&around(&blocks, "tool_use")).await.message.tool_calls;
    let calls: Vec<_> = calls.iter().map(|call| (&*call.id, &*call.arguments)).collect();
    assert_eq!(calls, [("a", "{\"a\":1}"), ("b", "{\"b\":2}")]);
}

#[tokio::test]
async fn what_is_not_known_is_a_sign_of_life() {
    let odd = [
        event(&json!({"type": "weather_report", "sun": true})),
        delta(0, &json!({"type": "news_delta", "news": "x"})),
        delta(9, &json!({"type": "signature_delta", "signature": "x"})),
        end(7),
        event(&json!({"type": "message_delta", "delta": {}})),
        event(&json!({"type": "message_delta"})),
        event(&json!({"type": "content_block_start", "index": 3})),
        event(&json!({})),
    ];
    let blocks = [begin_text(), text("a"), odd.concat(), text("b"), end(0)];
    let events = Upstream::events(&around(&blocks, "end_turn")).stream().await.unwrap();
    assert!(events.iter().filter(|event| **event == StreamEvent::KeepAlive).count() >= odd.len());
    assert_eq!(fold(events).text(), "ab");
}

#[tokio::test]
async fn any_cut_of_the_bytes_gives_the_same() {
    let blocks = [begin_text(), text("Größe 🙂"), text("!"), end(0)];
    let body = [PING, &around(&blocks, "end_turn")].concat().replace('\n', "\r\n");
    let expected = answer(&body).await;
    for size in [1, 2, 3, 7, 64, 1_000] {
        let pieces = body
            .as_bytes()
            .chunks(size)
            .map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\
                     transfer-encoding: chunked\r\n\r\n";
        let mut response = head.to_vec();
        response.extend(pieces.flatten());
        response.extend(b"0\r\n\r\n");
        assert_eq!(fold(Upstream::raw(response).stream().await.unwrap()), expected, "{size}");
    }
    assert_eq!(expected.text(), "Größe 🙂!");
}

#[tokio::test]
async fn a_late_error_ends_the_stream_with_its_kind() {
    let before = [message_start(), begin_text(), PING.to_owned()].concat();
    for (word, kind, execution) in [
        ("overloaded_error", Kind::Overloaded, Execution::Rejected),
        ("api_error", Kind::UpstreamServer, Execution::Maybe),
        ("rate_limit_error", Kind::RateLimited, Execution::Rejected),
        ("timeout_error", Kind::UpstreamTimeout, Execution::Maybe),
    ] {
        check_cut(&error(word), kind, execution).await;
        check_cut(&[&*before, &error(word)].concat(), kind, execution).await;
    }
    for word in ["overloaded_error", "api_error", "timeout_error", "news_error"] {
        let body =
            [&*before, &text("Once"), &error(word), &text("never"), &message_stop()].concat();
        check_cut(&body, Kind::UpstreamMidError, Execution::Executed).await;
    }
    check_cut("data: {\"type\":\"error\"}\n\n", Kind::UpstreamServer, Execution::Maybe).await;
    // Reasoning is generated even where nobody may read it, and so is what a server's tool is told.
    for block in [
        json!({"type": "redacted_thinking", "data": "aGlkZGVu"}),
        json!({"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}}),
    ] {
        let body = [message_start(), begin(0, &block), error("overloaded_error")].concat();
        check_cut(&body, Kind::UpstreamMidError, Execution::Executed).await;
    }
    // What had come before the error has been handed over.
    let upstream = Upstream::events(&[before, text("Once"), error("overloaded_error")].concat());
    let stream = upstream.provider().stream(&MODEL.into(), ChatRequest::from("Hello")).await;
    let (events, error) = collect(stream.unwrap()).await;
    assert!(events.contains(&StreamEvent::Text("Once".to_owned())));
    assert_eq!(error.unwrap().request_id(), Some("msg_1"));
}

#[tokio::test]
async fn a_cut_is_no_success() {
    check_cut("", Kind::StreamCut, Execution::Maybe).await;
    check_cut(PING, Kind::StreamCut, Execution::Maybe).await;
    check_cut(&message_start(), Kind::StreamCut, Execution::Maybe).await;
    let said = [message_start(), begin_text(), text("a"), text("b")].concat();
    check_cut(&said, Kind::StreamCut, Execution::Executed).await;
    check_cut(&format!("{said}data: {{\"typ"), Kind::StreamCut, Execution::Executed).await;
    check_cut(&format!("{said}data: {{\"typ\n"), Kind::StreamCut, Execution::Executed).await;
    check_cut(&format!("{said}data: {{\"typ\n\n"), Kind::StreamCut, Execution::Executed).await;
    check_cut(&[&*said, &end(0)].concat(), Kind::StreamCut, Execution::Executed).await;
    // The end of the message alone, without a reason, proves nothing either.
    check_cut(&[&*said, &message_stop()].concat(), Kind::StreamCut, Execution::Executed).await;
    // With a reason the answer is whole, whether or not its end is told.
    assert_eq!(answer(&[&*said, &stop("end_turn")].concat()).await.text(), "ab");
    let unended = [&*said, &stop("end_turn")].concat();
    assert_eq!(answer(unended.trim_end()).await.text(), "ab");
}

#[tokio::test]
async fn what_follows_the_end_is_ignored() {
    let blocks = [begin_text(), text("a"), end(0)];
    for rest in ["data: [DONE]\n\n", "data: {broken\n\n", &text("b")] {
        assert_eq!(answer(&[&*around(&blocks, "end_turn"), rest].concat()).await.text(), "a");
    }
}

#[tokio::test]
async fn broken_events_are_malformed() {
    let json_delta = delta(0, &json!({"type": "input_json_delta", "partial_json": "{"}));
    let server_tool =
        begin(0, &json!({"type": "server_tool_use", "id": "a", "name": "b", "input": {}}));
    for odd in [
        "data: {broken}\n\n".to_owned(),
        "data: []\n\n".to_owned(),
        event(&json!({"type": "content_block_start", "index": 0, "content_block": 7})),
        event(&json!({"type": "content_block_delta", "index": -1, "delta": {}})),
        [begin_text(), json_delta.clone()].concat(),
    ] {
        check_cut(&[message_start(), odd].concat(), Kind::MalformedResponse, Execution::Maybe)
            .await;
    }
    let broken = [server_tool, json_delta, end(0)].concat();
    check_cut(&broken, Kind::MalformedResponse, Execution::Executed).await;
}

#[tokio::test]
async fn a_stream_that_runs_away_is_stopped() {
    let body = [message_start(), begin_text(), text("again ").repeat(5_000)].concat();
    check_cut(&body, Kind::RunawayStream, Execution::Executed).await;
    let blocks: String =
        (0..10_001).map(|index| begin(index, &json!({"type": "text", "text": ""}))).collect();
    check_cut(&blocks, Kind::ResponseTooLarge, Execution::Executed).await;
}

#[tokio::test]
async fn parts_only_anthropic_knows_come_as_they_are() {
    let block = json!({"type": "container_upload", "file_id": "file_1"});
    let response = same(&[begin(0, &block), end(0)], json!([block]), "end_turn").await;
    assert_eq!(response.message.content, [Part::Other(block)]);
}

#[tokio::test]
async fn usage_counts_what_was_cached_and_an_odd_count_is_unknown() {
    let blocks = [begin_text(), text("Hi"), end(0)];
    let usage = answer(&around(&blocks, "end_turn")).await.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(17), Some(12)));
    assert_eq!((usage.cached_input_tokens, usage.cache_write_tokens), (Some(4), Some(3)));
    assert_eq!((usage.total_tokens, usage.reasoning_tokens), (Some(29), Some(5)));
    let odd = json!({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": -1, "output_tokens": 2, "cache_read_input_tokens": null,
                  "output_tokens_details": 7}});
    let usage = Upstream::json(200, &odd.to_string()).chat().await.unwrap().usage.unwrap();
    assert_eq!(
        (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        (None, Some(2), None)
    );
    let none = json!({"content": [{"type": "text", "text": "Hi"}], "usage": "much"});
    assert_eq!(Upstream::json(200, &none.to_string()).chat().await.unwrap().usage, None);
}
