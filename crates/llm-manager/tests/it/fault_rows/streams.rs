//! Rows 59 to 70: a stream, or a body, that does not come to its end as it should.

use std::time::Duration;

use llm_testkit::simulator::{Dialect, Reply};
use serde_json::json;

use super::{
    answers::Answer,
    everywhere::{CHAT, EVENTS, OPENROUTER, OTHERS, settle},
    lab::{Form, HELD, Lab, STREAMED, Told, UNSTREAMED, ask},
    replies::{Said, events, stream_of},
    row::Row,
};
use crate::dialects::ON;

/// The status of an error in a stream, which only OpenRouter tells there.
fn told(dialect: Dialect, status: u16) -> Option<u16> {
    (dialect == Dialect::OpenRouter).then_some(status)
}

/// An error in a stream that says in the dialect's way that the server has too much to do.
fn overloaded(dialect: Dialect) -> Reply {
    match dialect {
        Dialect::Anthropic => Reply::error_after(0, "overloaded_error", "Overloaded"),
        Dialect::Ollama => Reply::error_after(0, 503, "server busy, please try again."),
        _ => Reply::error_after(0, 503, "The server is overloaded"),
    }
}

#[tokio::test(start_paused = true)]
async fn row_59_error_in_a_stream_before_anything_was_handed_over() {
    let error = |tokens, code| Reply::error_after(tokens, code, "Provider disconnected");
    Row::new(59, "`bad_gateway` | ModelUnavailable | once, 500ms | the next | soft | maybe | `bad_gateway`, worth trying later")
        .in_forms(STREAMED)
        .only(OPENROUTER)
        .when(502, error(0, 502))
        .await;
    let line = "`overloaded` | ModelUnavailable | once, 500ms | the next | hard, rests up to 20 s | no | `overloaded`, worth trying later";
    Row::besides(59, line).in_forms(STREAMED).only(OPENROUTER).when(503, error(0, 503)).await;
    // Elsewhere no status stands in the error: its type or its words say what it is.
    Row::besides(59, line)
        .in_forms(STREAMED)
        .only(OTHERS)
        .when_each(|dialect| (None, overloaded(dialect).into()))
        .await;
    let line = "`upstream_server` | ApiError | once, 500ms | the next | soft | maybe | `upstream_server`, worth trying later";
    Row::besides(59, line)
        .in_forms(STREAMED)
        .only(&[Dialect::OpenAi, Dialect::Anthropic])
        .when(None, error(0, 500))
        .await;
    // With part of an answer behind it the code no longer tells what happened.
    let line = "`upstream_mid_error` | ApiError | once if alone, 500ms | the next | soft | yes | `upstream_mid_error`, worth trying later";
    Row::besides(59, line)
        .in_forms(HELD)
        .when_each(|dialect| (told(dialect, 502), error(3, 502).into()))
        .await;
    settle(59);
}

#[tokio::test(start_paused = true)]
async fn row_60_error_in_a_stream_after_content_was_handed_over() {
    Row::new(60, "`upstream_mid_error` | ApiError | no | nobody | soft | yes | `upstream_mid_error`, worth trying later")
        .in_forms(&[Form::Stream])
        .after("one two three ")
        .when_each(|dialect| {
            (told(dialect, 502), Reply::error_after(3, 502, "Provider disconnected").into())
        })
        .await;
    settle(60);
}

#[tokio::test(start_paused = true)]
async fn row_61_stream_cut_before_the_first_token() {
    let row = Row::new(61, "`stream_cut` | ModelUnavailable | once, 500ms | the next | soft | maybe | `stream_cut`, worth trying later")
        .in_forms(STREAMED);
    for cut in [Reply::cut_after(0), Reply::reset_after(0)] {
        row.when(None, cut).await;
    }
    settle(61);
}

#[tokio::test(start_paused = true)]
async fn row_62_stream_cut_after_the_first_token() {
    let held = Row::new(62, "`stream_cut` | ModelUnavailable | once if alone, 500ms | the next | soft | yes | `stream_cut`, worth trying later")
        .in_forms(HELD);
    let handed_over =
        Row::besides(62, HANDED_OVER).in_forms(&[Form::Stream]).after("one two three ");
    for cut in [Reply::cut_after(3), Reply::reset_after(3)] {
        held.when(None, cut.clone()).await;
        handed_over.when(None, cut).await;
    }
    settle(62);
}

/// What a cut stream is when its beginning has reached the caller.
const HANDED_OVER: &str =
    "`stream_cut` | ModelUnavailable | no | nobody | soft | yes | `stream_cut`, worth trying later";

#[tokio::test(start_paused = true)]
async fn row_63_no_done_after_the_finish_reason() {
    let answer = Answer::new(63, "one two three four five six");
    answer.in_forms(STREAMED).when(Reply::no_done()).await;
    settle(63);
}

#[tokio::test(start_paused = true)]
async fn row_64_done_without_a_finish_reason() {
    Row::new(64, "`stream_cut` | ModelUnavailable | once if alone, 500ms | the next | soft | yes | `stream_cut`, worth trying later")
        .in_forms(HELD)
        .when(None, Reply::no_finish())
        .await;
    Row::besides(64, HANDED_OVER)
        .in_forms(&[Form::Stream])
        .after("one two three four five six")
        .when(None, Reply::no_finish())
        .await;
    settle(64);
}

#[tokio::test(start_paused = true)]
async fn row_65_data_after_done() {
    let said = |dialect| {
        let more = Said::new(" and more", "length");
        let bytes = Said::new("all there is", "stop").stream(dialect) + &more.stream(dialect);
        stream_of(dialect, bytes)
    };
    Answer::new(65, "all there is")
        .in_forms(STREAMED)
        .when_each(|dialect| said(dialect).into())
        .await;
    for dialect in ON {
        let lab = Lab::new(*dialect, said(*dialect));
        let told = Told::new(Form::Whole);
        let engine = lab.engine(&told);
        for _ in 0..4 {
            assert_eq!(ask(&engine, told.form, &"Hi".into()).await.text, "all there is");
        }
    }
    settle(65);
}

#[tokio::test(start_paused = true)]
async fn row_66_stream_that_never_ends() {
    Row::new(66, "`deadline` | Timeout | no | nobody | – | yes | `deadline`, final")
        .in_forms(HELD)
        .within(Duration::from_secs(30))
        .when(None, Reply::repeat(Duration::from_secs(1)))
        .await;
    Row::besides(66, "`deadline` | Timeout | no | nobody | – | yes | `deadline`, final")
        .in_forms(&[Form::Stream])
        .within(Duration::from_millis(2_500))
        .after("one one one ")
        .when(None, Reply::repeat(Duration::from_secs(1)))
        .await;
    // A call of a tool, with arguments beyond four MiB.
    let arguments: Vec<String> = (0..70).map(|number| arguments(number, 64 * 1024)).collect();
    Row::new(66, "`response_too_large` | ApiError | no | the next | soft | yes | `response_too_large`, final")
        .in_forms(HELD)
        .only(CHAT)
        .when(None, events(&arguments))
        .await;
    settle(66);
}

/// A piece of a tool call's arguments, of so many bytes.
fn arguments(number: usize, bytes: usize) -> String {
    let text = format!("{number:02}{}", "a".repeat(bytes));
    let call = json!({"index": 0, "id": "call-1", "function": {"name": "look", "arguments": text}});
    json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}).to_string()
}

#[tokio::test(start_paused = true)]
async fn row_67_same_piece_over_and_over() {
    let again = Reply::repeat(Duration::from_millis(1));
    Row::new(
        67,
        "`runaway_stream` | ApiError | no | the next | soft | yes | `runaway_stream`, final",
    )
    .in_forms(&[Form::Whole])
    .when(None, again.clone())
    .await;
    Row::besides(
        67,
        "`runaway_stream` | ApiError | no | nobody | soft | yes | `runaway_stream`, final",
    )
    .in_forms(&[Form::Stream])
    .after("one ".repeat(999))
    .when(None, again)
    .await;
    settle(67);
}

#[tokio::test(start_paused = true)]
async fn row_68_beyond_every_limit() {
    let row = || {
        Row::new(
            68,
            "`response_too_large` | ApiError | no | the next | soft | yes | `response_too_large`, final",
        )
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{\"choices\": ";
    row().only(EVENTS).when(None, Reply::raw(head)).await;
    row().in_forms(UNSTREAMED).only(&[Dialect::Ollama]).when(None, Reply::raw(head)).await;
    let line = Reply::event_stream(format!("data: {}", "a".repeat(9 * 1024 * 1024)));
    row().in_forms(&[Form::Whole]).only(EVENTS).when(None, line).await;
    let line = format!("{{\"message\": \"{}", "a".repeat(9 * 1024 * 1024));
    let line = stream_of(Dialect::Ollama, line);
    row().in_forms(&[Form::Whole]).only(&[Dialect::Ollama]).when(None, line).await;
    settle(68);
}

#[tokio::test(start_paused = true)]
async fn row_69_body_that_drips() {
    Row::new(69, "`first_token_timeout` | Timeout | once if alone, 500ms | the next | hard, rests up to 120 s | maybe | `first_token_timeout`, worth trying later")
        .when(None, Reply::drip(Duration::from_secs(1)))
        .await;
    settle(69);
}

#[tokio::test(start_paused = true)]
async fn row_70_packed_though_nobody_asked() {
    let row = Row::new(
        70,
        "`malformed_response` | ApiError | once, 500ms | the next | soft | maybe | `malformed_response`, worth trying later",
    );
    for packed in ["gzip", "br, gzip", "foo"] {
        row.when(None, Reply::answer().with_header("content-encoding", packed)).await;
    }
    settle(70);
}
