//! Every way of going wrong, as bytes.

use std::time::Duration;

use llm_testkit::simulator::{
    CallOutcome, ConnectionFault, ModelScript, Reply, SimulatorConfig, Truncation,
};
use serde_json::{Value, json};

use crate::wire::{End, Got, chat, connect, ended, post, read, send, send_until, simulator, start};

/// What one reply does to a call, and what the simulator says became of it.
async fn reply(reply: Reply, stream: bool) -> (Got, CallOutcome) {
    let simulator = simulator(|model| model.with_reply(reply));
    let got = send(&simulator, &post(&chat(stream))).await;
    let calls = ended(&simulator, 1).await;
    (got, calls[0].outcome.unwrap())
}

/// What an endless reply sends until `enough`.
async fn endless(reply: Reply, stream: bool, enough: impl Fn(&[u8]) -> bool) -> Got {
    let simulator = simulator(|model| model.with_reply(reply));
    let got = send_until(&simulator, &post(&chat(stream)), enough).await;
    assert_eq!(got.end, Some(End::Enough));
    got
}

#[tokio::test(start_paused = true)]
async fn a_status_comes_with_its_headers_and_usual_words() {
    let busy = Reply::status(429).with_header("retry-after", "2").with_header("x-one", "1");
    for stream in [false, true] {
        let (got, outcome) = reply(busy.clone(), stream).await;
        assert_eq!(got.status(), 429);
        assert_eq!(got.header("retry-after").unwrap(), "2");
        assert_eq!(got.header("x-one").unwrap(), "1");
        assert_eq!(got.json(), json!({"error": {"code": 429, "message": "Rate limit exceeded"}}));
        assert_eq!(outcome, CallOutcome::Failed { status: 429 });
    }
}

#[tokio::test(start_paused = true)]
async fn error_bodies_have_openrouters_shapes() {
    let body = async |wanted: Reply| reply(wanted, false).await.0.json();
    let context = body(Reply::context_length()).await;
    assert_eq!(context["error"]["metadata"]["error_type"], "context_length_exceeded");
    let gone = body(Reply::unavailable(503, "temporarily_unavailable", Some(4))).await;
    assert_eq!(gone["error"].get("code"), None);
    assert_eq!(gone["error"]["availability"]["retry_after"], 4);
    assert_eq!(gone["error"]["availability"]["retryable"], true);
    let day = body(Reply::free_limit_per_day()).await;
    assert!(day["error"]["message"].as_str().unwrap().contains("free-models-per-day"));
    let minute = body(Reply::free_limit_per_minute(1_790_000_000_000)).await;
    let reset = &minute["error"]["metadata"]["headers"]["X-RateLimit-Reset"];
    assert_eq!(reset, "1790000000000");
    let raw = body(Reply::provider_error(502, "{\"detail\":\"broken\"}")).await;
    assert_eq!(raw["error"]["message"], "Provider returned error");
    assert_eq!(raw["error"]["metadata"]["raw"], "{\"detail\":\"broken\"}");
    let nulls = body(Reply::null_answer_under_200("server_error", "cold")).await;
    assert_eq!(
        (&nulls["choices"], &nulls["error"]["code"]),
        (&Value::Null, &json!("server_error"))
    );
    assert_eq!(body(Reply::error_text(500, "boom")).await, json!({"error": "boom"}));
    assert_eq!(body(Reply::moderated()).await["error"]["metadata"]["reasons"][0], "violence");
    assert_eq!(body(Reply::rate_limited(None)).await["error"]["code"], 429);
    assert_eq!(body(Reply::reserved_credit(3)).await["error"]["code"], 402);
    assert_eq!(body(Reply::no_tool_support()).await["error"]["code"], 404);
}

#[tokio::test(start_paused = true)]
async fn an_error_can_hide_under_status_200() {
    let (got, outcome) = reply(Reply::error_under_200(502, "upstream died"), true).await;
    assert_eq!(got.status(), 200);
    let error = json!({"code": 502, "message": "upstream died"});
    assert_eq!(got.json(), json!({"id": "gen-simulated", "error": error}));
    assert_eq!(outcome, CallOutcome::Failed { status: 200 });
}

#[tokio::test(start_paused = true)]
async fn an_error_inside_a_stream_follows_its_tokens_and_ends_it() {
    let (got, outcome) = reply(Reply::error_after(2, 502, "disconnected"), true).await;
    let events = got.events();
    assert_eq!(got.streamed_text(), "one two ");
    let last = events.last().unwrap();
    assert_eq!(last["error"], json!({"code": 502, "message": "disconnected"}));
    assert_eq!(last["choices"][0]["finish_reason"], "error");
    assert!(!got.text().contains("[DONE]"));
    assert_eq!(outcome, CallOutcome::Failed { status: 200 });
}

#[tokio::test(start_paused = true)]
async fn an_error_inside_a_whole_answer_stands_in_its_choice() {
    let (got, _) = reply(Reply::error_after(2, "server_error", "disconnected"), false).await;
    let choice = got.json()["choices"][0].clone();
    assert_eq!(choice["message"]["content"], "one two ");
    assert_eq!(choice["finish_reason"], "error");
    assert_eq!(choice["error"], json!({"code": "server_error", "message": "disconnected"}));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_cut_after_so_many_tokens() {
    for (tokens, text) in [(0, ""), (2, "one two ")] {
        let (got, outcome) = reply(Reply::cut_after(tokens), true).await;
        assert_eq!(got.end, Some(End::Closed));
        assert_eq!((got.streamed_text().as_str(), got.body().1), (text, false));
        assert_eq!(outcome, CallOutcome::Cut);
    }
    let (got, _) = reply(Reply::cut_after(2), false).await;
    assert_eq!((got.end, got.body().1), (Some(End::Closed), false));
    assert!(got.body().0.starts_with('{'));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_reset_after_so_many_tokens() {
    for stream in [false, true] {
        let (got, outcome) = reply(Reply::reset_after(2), stream).await;
        assert_eq!((got.end, outcome), (Some(End::Reset), CallOutcome::Cut));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_stalls_after_so_many_tokens() {
    for (tokens, text) in [(0, ""), (3, "one two three ")] {
        let simulator = simulator(|model| model.with_reply(Reply::stall_after(tokens)));
        let got = send(&simulator, &post(&chat(true))).await;
        assert_eq!(got.status(), 200);
        assert_eq!((got.end, got.streamed_text().as_str()), (Some(End::Silent), text));
        assert!(ended(&simulator, 1).await[0].client_left());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_can_hang_break_or_be_reset_before_any_header() {
    let simulator =
        simulator(|model| model.with_replies([Reply::hang(), Reply::close(), Reply::reset()]));
    for end in [End::Silent, End::Closed, End::Reset] {
        let got = send(&simulator, &post(&chat(true))).await;
        assert_eq!((got.bytes.len(), got.end), (0, Some(end)));
    }
    assert_eq!(send(&simulator, &post(&chat(true))).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn comments_can_be_all_there_is() {
    let every = Duration::from_secs(5);
    let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("PROCESSING").count();
    let got = endless(Reply::comments_only(every), true, |bytes| count(bytes) == 4).await;
    assert_eq!(got.events(), [] as [Value; 0]);
    assert_eq!(got.arrivals.last().unwrap().0, 3 * every);
    let after = Reply::comments_after(2, every);
    let got = endless(after, true, |bytes| count(bytes) == 4).await;
    assert_eq!(got.streamed_text(), "one two ");
    assert_eq!(got.arrivals.last().unwrap().0, 3 * every);
    let got =
        endless(Reply::comments_only(every), false, |bytes| bytes.ends_with(b"\n\r\n1\r\n\n\r\n"))
            .await;
    assert_eq!(got.body().0.trim(), "");
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_drip() {
    for stream in [false, true] {
        let (got, outcome) = reply(Reply::drip(Duration::from_secs(1)), stream).await;
        let body = got.text();
        assert!(got.arrivals.len() >= body.len());
        assert_eq!(got.arrivals.last().unwrap().0.as_secs(), body.len() as u64);
        assert_eq!(outcome, CallOutcome::Answered);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_piece_can_come_for_ever() {
    let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("\"one \"").count();
    let got = endless(Reply::repeat(Duration::ZERO), true, |bytes| count(bytes) > 200).await;
    assert!(got.streamed_text().starts_with("one one one "));
    let got = endless(Reply::repeat(Duration::ZERO), false, |bytes| bytes.len() > 100_000).await;
    assert!(got.body().0.contains("again again again "));
}

#[tokio::test(start_paused = true)]
async fn a_body_can_end_too_early_in_three_ways() {
    for stream in [false, true] {
        let (whole, _) = reply(Reply::answer(), stream).await;
        let whole = whole.text();
        let (got, outcome) = reply(Reply::truncated(Truncation::Length), stream).await;
        assert_eq!(got.header("content-length").unwrap(), whole.len().to_string());
        assert_eq!((got.end, got.body().1, outcome), (Some(End::Closed), false, CallOutcome::Cut));
        let (got, _) = reply(Reply::truncated(Truncation::Chunk), stream).await;
        assert_eq!(got.header("transfer-encoding").unwrap(), "chunked");
        assert!(!got.body().1 && whole.starts_with(&got.body().0));
        let (got, _) = reply(Reply::truncated(Truncation::Close), stream).await;
        assert_eq!(got.header("connection").unwrap(), "close");
        let body = got.body().0;
        assert!(body.len() < whole.len() && whole.starts_with(&body));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_lack_choices_content_or_finish() {
    let (got, _) = reply(Reply::no_choices(), false).await;
    assert_eq!(got.json()["choices"], json!([]));
    let (got, _) = reply(Reply::no_choices(), true).await;
    assert!(got.events().iter().all(|event| event["choices"] == json!([])));
    assert!(got.text().ends_with("data: [DONE]\n\n"));

    let (got, _) = reply(Reply::no_content(), false).await;
    assert_eq!(got.json()["choices"][0]["message"]["content"], "");
    let (got, _) = reply(Reply::no_content(), true).await;
    assert_eq!((got.streamed_text().as_str(), got.events().len()), ("", 3));

    let (got, _) = reply(Reply::no_finish(), false).await;
    assert_eq!(got.json()["choices"][0]["finish_reason"], Value::Null);
    let (got, _) = reply(Reply::no_finish(), true).await;
    assert!(got.text().contains("[DONE]"));
    assert!(got.events().iter().all(|event| event["choices"][0]["finish_reason"].is_null()));

    let (got, _) = reply(Reply::finish("banana"), false).await;
    assert_eq!(got.json()["choices"][0]["finish_reason"], "banana");
    let (got, _) = reply(Reply::no_done(), true).await;
    assert!(!got.text().contains("[DONE]"));
    assert_eq!(got.streamed_text(), "one two three four");
}

#[tokio::test(start_paused = true)]
async fn a_line_can_be_giant() {
    let (got, _) = reply(Reply::giant_line(300_000), true).await;
    assert!(got.text().lines().any(|line| line.len() > 300_000));
}

#[tokio::test(start_paused = true)]
async fn a_body_can_be_a_page_nothing_or_garbage() {
    let (got, _) = reply(Reply::html(503), false).await;
    assert_eq!(
        (got.status(), got.header("content-type").unwrap().as_str()),
        (503, "text/html; charset=utf-8")
    );
    assert!(got.text().contains("<html>"));
    let (got, _) = reply(Reply::empty(200), false).await;
    assert_eq!((got.status(), got.text().as_str()), (200, ""));
    let (got, _) = reply(Reply::http(204, "", ""), false).await;
    assert_eq!((got.status(), got.header("content-length")), (204, None));
    let (got, _) = reply(Reply::garbage(), false).await;
    assert!(serde_json::from_str::<Value>(&got.text()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_body_can_claim_to_be_something_else() {
    let (got, _) = reply(Reply::content_type("text/plain"), false).await;
    assert_eq!(got.header("content-type").unwrap(), "text/plain");
    assert_eq!(got.json()["choices"][0]["finish_reason"], "stop");
    let (got, _) = reply(Reply::content_type(""), true).await;
    assert_eq!(got.header("content-type"), None);

    let (got, _) = reply(Reply::wrong_form(), true).await;
    assert_eq!(got.json()["object"], "chat.completion");
    let (got, _) = reply(Reply::wrong_form(), false).await;
    assert_eq!(got.streamed_text(), "one two three four");
}

#[tokio::test(start_paused = true)]
async fn a_client_can_be_sent_elsewhere() {
    let (got, _) = reply(Reply::redirect(307, "http://127.0.0.1:9/api"), false).await;
    assert_eq!(
        (got.status(), got.header("location").unwrap().as_str()),
        (307, "http://127.0.0.1:9/api")
    );
}

#[tokio::test(start_paused = true)]
async fn bytes_can_be_given_by_hand() {
    let old = "HTTP/1.0 200 OK\r\n\r\n{}";
    let (got, _) = reply(Reply::raw(old), false).await;
    assert_eq!(got.bytes, old.as_bytes());
    let (got, _) = reply(Reply::event_stream("data: [DONE]\r\n\r\n").in_slices(3), true).await;
    assert_eq!(got.text(), "data: [DONE]\r\n\r\n");
    assert!(String::from_utf8_lossy(&got.bytes).contains("\r\n3\r\ndat\r\n3\r\na: \r\n"));
}

#[tokio::test(start_paused = true)]
async fn any_reply_can_be_late() {
    let late = Duration::from_secs(7);
    let (got, _) = reply(Reply::status(503).after(late), false).await;
    assert_eq!(got.arrivals[0].0, late);
    let (got, _) = reply(Reply::answer().after(late), true).await;
    assert_eq!(got.arrivals[0].0, late);
}

#[tokio::test(start_paused = true)]
async fn connections_can_fail_before_a_model_has_a_say() {
    let faults = [
        ConnectionFault::Close,
        ConnectionFault::Reset,
        ConnectionFault::ResetMidRequest,
        ConnectionFault::Silent,
        ConnectionFault::None,
    ];
    let config = SimulatorConfig::default().with_connection_faults(faults);
    let simulator = start(config.with_model(ModelScript::new("acme/one")));
    for end in [End::Closed, End::Reset] {
        let mut socket = connect(&simulator).await;
        assert_eq!(read(&mut socket, |_| false).await.end, Some(end));
    }
    for end in [End::Reset, End::Silent, End::Closed] {
        assert_eq!(send(&simulator, &post(&chat(false))).await.end, Some(end));
    }
    assert_eq!((simulator.calls().len(), simulator.connections()), (1, 5));
}
