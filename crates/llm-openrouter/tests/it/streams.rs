//! Streams as a user reads them.

use std::{
    io::Write,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use llm_core::{ChatRequest, ErrorKind as Kind, Execution, FinishReason, Provider, StreamEvent};
use llm_openrouter::{OpenRouter, OpenRouterConfig};
use llm_testkit::canned::{collect, receive};

use crate::upstream::{MODEL, Upstream, fold};

fn data(chunk: &str) -> String {
    format!("data: {chunk}\n\n")
}

fn delta(text: &str) -> String {
    data(&format!(r#"{{"id":"gen-1","choices":[{{"delta":{{"content":"{text}"}}}}]}}"#))
}

fn stop() -> String {
    data(r#"{"choices":[{"delta":{},"finish_reason":"stop","native_finish_reason":"eos"}]}"#)
}

const DONE: &str = "data: [DONE]\n\n";
const COMMENT: &str = ": OPENROUTER PROCESSING\n\n";

async fn check_cut(body: &str, kind: Kind, execution: Execution) {
    let error = Upstream::events(body).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (kind, execution), "{body}");
    assert_eq!(error.model().unwrap(), &"acme/swift-8b");
}

#[tokio::test]
async fn an_answer_arrives_as_it_is_made() {
    let usage =
        data(r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":0.00001}}"#);
    let body = [COMMENT, &delta("Hel"), &delta("lo"), &stop(), &usage, DONE].concat();
    let events = Upstream::events(&body).stream().await.unwrap();
    insta::assert_json_snapshot!(events, @r#"
    [
      "keep_alive",
      {
        "start": {
          "id": "gen-1",
          "model": null,
          "upstream": null
        }
      },
      {
        "text": "Hel"
      },
      {
        "text": "lo"
      },
      {
        "finish": {
          "reason": "stop",
          "native": "eos"
        }
      },
      {
        "usage": {
          "input_tokens": 3,
          "output_tokens": 2,
          "total_tokens": null,
          "cached_input_tokens": null,
          "cache_write_tokens": null,
          "reasoning_tokens": null,
          "cost": {
            "usd": "0.00001",
            "source": "reported"
          }
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn d05_comments_are_signs_of_life() {
    let body =
        [COMMENT, &delta("a"), COMMENT, &delta("b"), COMMENT, &stop(), COMMENT, DONE].concat();
    let events = Upstream::events(&body).stream().await.unwrap();
    assert_eq!(events.iter().filter(|event| **event == StreamEvent::KeepAlive).count(), 4);
    assert_eq!(fold(events).text(), "ab");
}

#[tokio::test]
async fn d10_d11_d12_an_error_chunk_ends_the_stream_with_its_kind() {
    let error = data(
        r#"{"error":{"code":502,"message":"gone"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
    );
    let role = data(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#);
    check_cut(&error, Kind::BadGateway, Execution::Maybe).await;
    check_cut(&[&*role, COMMENT, &error].concat(), Kind::BadGateway, Execution::Maybe).await;
    let after_text = [&*delta("Once"), &error, &delta("never"), DONE].concat();
    check_cut(&after_text, Kind::UpstreamMidError, Execution::Executed).await;
    // What had come before the error has been handed over.
    let upstream = Upstream::events(&after_text);
    let stream = upstream.provider().stream(&MODEL.into(), ChatRequest::from("Hello")).await;
    let (events, error) = collect(stream.unwrap()).await;
    assert!(events.contains(&StreamEvent::Text("Once".to_owned())));
    assert_eq!(error.unwrap().status(), Some(502));
}

#[tokio::test]
async fn d13_a_cut_is_no_success() {
    check_cut("", Kind::StreamCut, Execution::Maybe).await;
    check_cut(COMMENT, Kind::StreamCut, Execution::Maybe).await;
    let three = [delta("a"), delta("b"), delta("c")].concat();
    check_cut(&three, Kind::StreamCut, Execution::Executed).await;
    check_cut(&format!("{three}data: {{\"cho"), Kind::StreamCut, Execution::Executed).await;
    let finished = [delta("a"), stop()].concat();
    assert_eq!(fold(Upstream::events(&finished).stream().await.unwrap()).text(), "a");
    // D07: the last event lacks its blank line.
    let unended = finished.trim_end();
    assert_eq!(fold(Upstream::events(unended).stream().await.unwrap()).text(), "a");
}

#[tokio::test]
async fn d13_a_broken_connection_is_a_cut_unless_the_answer_is_whole() {
    let chunked = |body: &str| {
        Upstream::raw(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
             transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
            body.len()
        ))
    };
    let error = chunked(&delta("a")).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::StreamCut, Execution::Executed));
    let error = chunked(COMMENT).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::StreamCut, Execution::Maybe));
    let whole = [delta("a"), stop()].concat();
    assert_eq!(fold(chunked(&whole).stream().await.unwrap()).text(), "a");
}

#[tokio::test]
async fn d14_done_first_twice_in_small_letters_and_in_the_middle() {
    check_cut(DONE, Kind::StreamCut, Execution::Maybe).await;
    check_cut(&[&*delta("a"), DONE].concat(), Kind::StreamCut, Execution::Executed).await;
    for done in [DONE, "data: [done]\n\n", "data: [DONE] \n\n"] {
        let body = [&*delta("a"), &stop(), done, done, &delta("b"), "data: {broken\n\n"].concat();
        assert_eq!(fold(Upstream::events(&body).stream().await.unwrap()).text(), "a");
    }
}

#[tokio::test]
async fn d18_json_to_a_stream_and_a_stream_to_a_plain_call() {
    let json = r#"{"id":"gen-1","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#;
    let events = Upstream::json(200, json).stream().await.unwrap();
    let response = fold(events);
    assert_eq!((response.text().as_str(), response.id.as_deref()), ("Hi", Some("gen-1")));
    let error = Upstream::json(200, r#"{"error":{"code":429}}"#).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (Kind::RateLimited, Some(429)));

    let body = [COMMENT, &delta("H"), &delta("i"), &stop(), DONE].concat();
    let response = Upstream::events(&body).chat().await.unwrap();
    assert_eq!(
        (response.text().as_str(), response.finish_reason),
        ("Hi", Some(FinishReason::Stop))
    );
    let error = Upstream::events(&delta("H")).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::StreamCut, Execution::Executed));
}

#[tokio::test]
async fn c07_a_wrong_content_type_is_no_reason_to_fail() {
    let body = [COMMENT, &delta("H"), &delta("i"), &stop(), DONE].concat();
    let json = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    for headers in ["", "content-type: text/plain\r\n"] {
        assert_eq!(Upstream::answering(200, headers, json).chat().await.unwrap().text(), "Hi");
        let events = Upstream::answering(200, headers, &body).stream().await.unwrap();
        assert_eq!(fold(events).text(), "Hi");
        assert_eq!(Upstream::answering(200, headers, &body).chat().await.unwrap().text(), "Hi");
    }
}

#[tokio::test]
async fn d19_a_stream_that_repeats_itself_is_stopped() {
    let body = delta("again ").repeat(5_000);
    check_cut(&body, Kind::RunawayStream, Execution::Executed).await;
}

#[tokio::test]
async fn d24_space_around_data_does_not_matter() {
    let body = delta("a").replace("}\n", "}\t \n") + &stop().replace("data: ", "data:  ");
    assert_eq!(fold(Upstream::events(&body).stream().await.unwrap()).text(), "a");
}

#[tokio::test]
async fn an_error_instead_of_a_stream_fails_the_call_itself() {
    let upstream = Upstream::json(429, r#"{"error":{"code":429,"message":"Slow down"}}"#);
    let result = upstream.provider().stream(&MODEL.into(), ChatRequest::from("Hello")).await;
    assert_eq!(result.err().unwrap().kind(), Kind::RateLimited);
}

#[tokio::test]
async fn a_stream_that_was_read_to_its_end_leaves_its_connection_to_the_next() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let body = [&*delta("a"), &stop(), DONE].concat();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            connection.set_nodelay(true).unwrap();
            while receive(&connection).is_some() {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                            transfer-encoding: chunked\r\n\r\n";
                let answer = format!("{head}{:x}\r\n{body}\r\n", body.len());
                connection.write_all(answer.as_bytes()).unwrap();
                // The end of the body is a packet of its own.
                connection.write_all(b"0\r\n\r\n").unwrap();
            }
        }
    });
    let config = OpenRouterConfig::new("sk-test-000").with_base_url(base_url);
    let provider = OpenRouter::new(config).unwrap();
    for _ in 0..3 {
        let stream = provider.stream(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
        assert_eq!(fold(collect(stream).await.0).text(), "a");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
