//! Answers as a user reads them: line by line, and whole.

use std::time::Duration;

use llm_core::{
    ChatRequest, ChatResponse, ErrorKind as Kind, Execution, FinishReason, Part, Provider,
    StreamEvent,
};
use llm_testkit::canned::collect;

use crate::upstream::{MODEL, Upstream, fold};

fn said(text: &str) -> String {
    message(&format!(r#""content":"{text}""#))
}

fn message(fields: &str) -> String {
    format!(
        r#"{{"model":"swift:8b","created_at":"2026-11-22T12:02:30Z","message":{{"role":"assistant",{fields}}},"done":false}}"#
    ) + "\n"
}

fn done(reason: &str) -> String {
    format!(
        r#"{{"model":"swift:8b","message":{{"role":"assistant","content":""}},"done":true,"done_reason":"{reason}","total_duration":9000000000,"load_duration":6500000000,"prompt_eval_count":26,"prompt_eval_duration":1,"eval_count":5,"eval_duration":2}}"#
    ) + "\n"
}

async fn check_fails(body: &str, kind: Kind, execution: Execution) {
    let error = Upstream::lines(body).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (kind, execution), "{body}: {error}");
    assert_eq!(error.model().unwrap(), &MODEL);
}

/// Reads a body as a stream and whole; both say the same.
async fn both(body: &str) -> ChatResponse {
    let streamed = fold(Upstream::lines(body).stream().await.unwrap());
    assert_eq!(Upstream::lines(body).chat().await.unwrap(), streamed, "{body}");
    streamed
}

#[tokio::test]
async fn an_answer_arrives_as_it_is_made() {
    let thought = message(r#""content":"","thinking":"Greet.""#);
    let body = [thought, said("Hel"), said("lo"), done("stop")].concat();
    let events = Upstream::lines(&body).stream().await.unwrap();
    insta::assert_json_snapshot!(events);
}

#[tokio::test]
async fn a_whole_answer_is_a_stream_of_one_line() {
    let one = done("stop").replace(r#""content":"""#, r#""content":"Hello","thinking":"Greet.""#);
    let lines = [message(r#""thinking":"Greet.""#), said("Hel"), said("lo"), done("stop")].concat();
    let whole = both(&one).await;
    assert_eq!(both(&lines).await, whole);
    assert_eq!((&*whole.text(), whole.message.reasoning.as_deref()), ("Hello", Some("Greet.")));
    assert_eq!(whole.finish_reason, Some(FinishReason::Stop));
    let usage = whole.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(26), Some(5)));
    assert_eq!(usage.total_tokens, Some(31));
    assert_eq!(whole.load_time, Some(Duration::from_millis(6_500)), "apart from the first token");
    // JSON written over several lines is one answer.
    let wide = one.replace(",\"", ",\n  \"");
    assert_eq!(Upstream::json(200, &wide).chat().await.unwrap().text(), "Hello");
}

#[tokio::test]
async fn d08_lines_may_be_cut_anywhere_and_end_anyhow() {
    let body = [said("grüß"), said(" dich 👋"), done("stop")].concat();
    let expected = both(&body).await;
    assert_eq!(expected.text(), "grüß dich 👋");
    for variant in [
        body.replace('\n', "\r\n"),
        body.replace('\n', "\n\n  \n"),
        body.trim_end().to_owned(),
        format!("\u{feff}{body}"),
    ] {
        assert_eq!(both(&variant).await, expected);
    }
    let marked = format!("\u{feff}{body}");
    for size in [1, 2, 7] {
        let pieces: Vec<u8> = marked
            .as_bytes()
            .chunks(size)
            .flat_map(|piece| {
                [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
            })
            .collect();
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
        let upstream = Upstream::raw([&head[..], &pieces, b"0\r\n\r\n"].concat());
        assert_eq!(fold(upstream.stream().await.unwrap()), expected, "in pieces of {size}");
    }
}

#[tokio::test]
async fn tool_calls_come_whole_and_get_ids_where_they_have_none() {
    let calls = r#""content":"","tool_calls":[{"function":{"index":0,"name":"weather","arguments":{"city":"Oslo"}}},{"id":"call_x","function":{"name":"weather","arguments":{}}}]"#;
    let more = r#""tool_calls":[{"function":{"name":"time"}},{"function":{"name":"time","arguments":"{\"zone\":\"CET\"}"}}]"#;
    let response = both(&[message(calls), message(more), done("stop")].concat()).await;
    let calls = response.message.tool_calls.iter();
    let calls: Vec<_> = calls.map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
    assert_eq!(
        calls,
        [
            ("call_0", "weather", r#"{"city":"Oslo"}"#),
            ("call_x", "weather", "{}"),
            ("call_2", "time", "{}"),
            ("call_3", "time", r#"{"zone":"CET"}"#),
        ]
    );
    assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(response.native_finish_reason.as_deref(), Some("stop"));
}

#[tokio::test]
async fn a_limit_that_was_met_is_said_also_behind_a_tool_call() {
    let call = message(r#""tool_calls":[{"function":{"name":"time","arguments":{}}}]"#);
    let response = both(&[&*call, &done("length")].concat()).await;
    assert_eq!(response.finish_reason, Some(FinishReason::Length));
    // An answer may be empty that had no room.
    assert!(both(&done("length")).await.is_empty());
    let odd = both(&[said("a"), done("unload")].concat()).await;
    assert_eq!(odd.finish_reason, Some(FinishReason::Other("unload".to_owned())));
}

#[tokio::test]
async fn images_of_an_answer_are_parts() {
    let images = [message(r#""images":["iVBORw0KGgo=","AAAA"]"#), done("stop")].concat();
    let parts = both(&images).await.message.content;
    let kinds: Vec<_> = parts
        .iter()
        .map(|part| match part {
            Part::Image(image) => format!("{:?}", image.source),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(kinds[0].contains("image/png") && kinds[1].contains("octet-stream"), "{kinds:?}");
}

#[tokio::test]
async fn what_is_unknown_stays_unknown() {
    let bare = r#"{"message":{"content":"Hi"},"done":true,"done_reason":"stop"}"#;
    let response = both(bare).await;
    assert_eq!((response.usage, response.load_time), (None, None));
    assert_eq!((response.id, response.model), (None, None));
    // A prompt that was in the cache is not counted by some servers.
    let cached = done("stop").replace(r#""prompt_eval_count":26,"#, "");
    let usage = both(&[said("Hi"), cached].concat()).await.usage.unwrap();
    assert_eq!(
        (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        (None, Some(5), None)
    );
    let odd = done("stop")
        .replace("26", "-1")
        .replace("\"eval_count\":5", "\"eval_count\":\"many\"")
        .replace("6500000000", "1e99");
    let response = both(&[said("Hi"), odd].concat()).await;
    assert_eq!((response.usage, response.load_time), (None, None));
}

#[tokio::test]
async fn d10_d11_d12_an_error_line_ends_the_stream_with_its_kind() {
    let broke = "{\"error\":\"an error was encountered while running the model: EOF\"}\n";
    let memory = "{\"error\":\"cudaMalloc failed: out of memory\"}\n";
    check_fails(broke, Kind::UpstreamServer, Execution::Maybe).await;
    check_fails(memory, Kind::Overloaded, Execution::Rejected).await;
    check_fails(&[&said(""), memory].concat(), Kind::Overloaded, Execution::Rejected).await;
    let late = [&*said("Once"), broke, &said("never"), &done("stop")].concat();
    check_fails(&late, Kind::UpstreamMidError, Execution::Executed).await;
    let thinking = [&*message(r#""thinking":"Hm""#), memory].concat();
    check_fails(&thinking, Kind::UpstreamMidError, Execution::Executed).await;
    // What had come before the error has been handed over.
    let stream = Upstream::lines(&late).provider();
    let stream = stream.stream(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    let (events, error) = collect(stream).await;
    assert!(events.contains(&StreamEvent::Text("Once".to_owned())));
    assert!(error.unwrap().message().contains("while running the model"));
    // The same inside a whole answer, and as an object.
    let error = Upstream::json(200, &late).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::UpstreamMidError, Execution::Executed));
    let object = r#"{"error":{"message":"boom","code":503}}"#;
    let error = Upstream::json(200, object).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::Overloaded, Some(503)));
}

#[tokio::test]
async fn d13_a_cut_is_no_success() {
    check_fails("", Kind::EmptyResponse, Execution::Maybe).await;
    check_fails("\n\n", Kind::EmptyResponse, Execution::Maybe).await;
    check_fails(&said(""), Kind::StreamCut, Execution::Maybe).await;
    let two = [said("a"), said("b")].concat();
    check_fails(&two, Kind::StreamCut, Execution::Executed).await;
    check_fails(&format!("{two}{{\"mess"), Kind::StreamCut, Execution::Executed).await;
    check_fails(&format!("{two}{{\"mess\n"), Kind::StreamCut, Execution::Executed).await;
    // Whose connection was lost is told that it is done, not why.
    let lost = done("");
    check_fails(&[&*two, &lost].concat(), Kind::StreamCut, Execution::Executed).await;
    let unsaid = done("x").replace(r#","done_reason":"x""#, "");
    check_fails(&[&*two, &unsaid].concat(), Kind::StreamCut, Execution::Executed).await;
    let error = Upstream::json(200, &said("a")).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::TruncatedResponse, Execution::Executed));
}

#[tokio::test]
async fn d13_a_broken_connection_is_a_cut_unless_the_answer_is_whole() {
    let chunked = |body: &str| {
        Upstream::raw(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\
             transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
            body.len()
        ))
    };
    let error = chunked(&said("a")).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::StreamCut, Execution::Executed));
    let whole = [said("a"), done("stop")].concat();
    assert_eq!(fold(chunked(&whole).stream().await.unwrap()).text(), "a");
}

#[tokio::test]
async fn an_answer_without_anything_in_it_is_an_error() {
    for empty in [said(""), said("   "), message(r#""thinking":"Hm""#)] {
        let body = [&*empty, &done("stop")].concat();
        let streamed = Upstream::lines(&body).stream().await.unwrap_err();
        let whole = Upstream::lines(&body).chat().await.unwrap_err();
        for error in [streamed, whole] {
            assert_eq!(error.kind(), Kind::EmptyContent, "{body}");
        }
    }
    check_fails(&done("load"), Kind::EmptyContent, Execution::Executed).await;
    let error = Upstream::json(200, "{}").chat().await.unwrap_err();
    assert_eq!(error.kind(), Kind::EmptyChoices);
}

#[tokio::test]
async fn what_is_no_answer_is_named() {
    for (body, kind) in [
        ("", Kind::EmptyResponse),
        ("<html></html>", Kind::NotJson),
        ("ollama is running", Kind::NotJson),
        ("null", Kind::NotJson),
        ("[]", Kind::MalformedResponse),
        (r#"{"message":"#, Kind::TruncatedResponse),
        (r#"{"message":7}"#, Kind::MalformedResponse),
        ("{'a'}", Kind::MalformedResponse),
    ] {
        let error = Upstream::json(200, body).chat().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}: {error}");
    }
    check_fails("<html>\n</html>\n", Kind::NotJson, Execution::Maybe).await;
    check_fails(&[&*said("a"), "{'a'}\n"].concat(), Kind::MalformedResponse, Execution::Executed)
        .await;
}

#[tokio::test]
async fn what_comes_behind_the_end_is_not_read() {
    let body = [&*said("a"), &done("stop"), &said("b"), "{broken\n", &done("length")].concat();
    let response = both(&body).await;
    assert_eq!((&*response.text(), response.finish_reason), ("a", Some(FinishReason::Stop)));
}

#[tokio::test]
async fn d19_an_answer_without_end_is_stopped() {
    check_fails(&said("again ").repeat(5_000), Kind::RunawayStream, Execution::Executed).await;
    let calls = (0..1_001)
        .map(|number| format!(r#"{{"function":{{"name":"f","arguments":{{"n":{number}}}}}}}"#));
    let body = message(&format!(r#""tool_calls":[{}]"#, calls.collect::<Vec<_>>().join(",")));
    check_fails(&body, Kind::ResponseTooLarge, Execution::Executed).await;
}

#[tokio::test]
async fn fields_of_the_wrong_kind_and_unknown_ones_change_nothing() {
    let odd = r#"{"model":7,"created_at":{},"message":{"role":[],"content":"Hi","thinking":null,"images":null,"tool_calls":null,"logprobs":[{}]},"done":false,"new":[[]]}"#;
    let response = both(&format!("{odd}\n{}", done("stop"))).await;
    assert_eq!((&*response.text(), response.message.reasoning), ("Hi", None));
}
