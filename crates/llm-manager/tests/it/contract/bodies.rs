//! What becomes of odd bodies (section C of the cases).

use std::time::Duration;

use llm_core::{ChatRequest, FinishReason, Tool};
use llm_testkit::simulator::{Dialect, ModelScript, Reply, ToolMode, Truncation};
use serde_json::json;

use super::house::*;

/// Asks for whole answers.
const WHOLE: More<'static> =
    More { llm: "", main: "upstream_stream: off", spare: "", dialect: Dialect::OpenRouter };

/// Checks what comes of a reply, asked for as a stream and whole, alone and with a spare model.
async fn check(reply: Reply, alone: &str, with_spare: &str) {
    for more in [More::default(), WHOLE] {
        let told = both_with(main_replying([reply.clone()]), more).await;
        assert_eq!(told, [alone, with_spare], "{reply:?} {more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn c01_an_answer_without_choices_is_asked_for_once_more() {
    let failed = "main empty_choices maybe";
    let told = both_with(main_replying([Reply::no_choices()]), WHOLE).await;
    assert_eq!(told[0], format!("{failed}, {failed} -> ApiError empty_choices again"));
    assert_eq!(told[1], format!("{failed}, {failed}, spare ok yes -> ok"));
}

#[tokio::test(start_paused = true)]
async fn c02_an_empty_answer_is_none_and_a_tool_call_needs_no_text() {
    let failed = "main empty_content yes";
    check(
        Reply::no_content(),
        &format!("{failed}, {failed} -> ApiError empty_content again"),
        &format!("{failed}, spare ok yes -> ok"),
    )
    .await;
    for more in [More::default(), WHOLE] {
        let house = House::with(Chain::WithSpare, ModelScript::new(MAIN), more);
        let request = ChatRequest::from("Hi").with_tools([look()]);
        let outcome = house.manager.generate(request).await.unwrap();
        assert_eq!((outcome.text().as_str(), outcome.model().as_str()), ("", MAIN));
        assert_eq!(outcome.response.message.tool_calls.len(), 1);
    }
}

fn look() -> Tool {
    Tool::new("look", json!({"type": "object", "properties": {"where": {"type": "string"}}}))
}

#[tokio::test(start_paused = true)]
async fn c04_broken_json_is_asked_for_once_more() {
    let failed = "main malformed_response maybe";
    check(
        Reply::garbage(),
        &format!("{failed}, {failed} -> ApiError malformed_response again"),
        &format!("{failed}, {failed}, spare ok yes -> ok"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn c05_a_body_cut_in_any_framing_goes_to_another_model_or_once_to_the_same() {
    for how in [Truncation::Length, Truncation::Chunk, Truncation::Close] {
        let main = main_replying([Reply::truncated(how), Reply::answer()]);
        let told = both_with(main, WHOLE).await;
        let failed = "main truncated_response yes";
        assert_eq!(told[0], format!("{failed}, main ok yes -> ok"), "{how:?}");
        assert_eq!(told[1], format!("{failed}, spare ok yes -> ok"), "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn c06_a_web_page_is_no_answer_and_is_not_shown() {
    let failed = "main not_json maybe";
    check(
        Reply::html(200),
        &format!("{failed}, {failed} -> ApiError not_json again"),
        &format!("{failed}, {failed}, spare ok yes -> ok"),
    )
    .await;
    let failed = "main 503 overloaded no";
    check(
        Reply::html(503),
        &format!("{failed}, {failed} -> ModelUnavailable overloaded again; main rests"),
        &format!("{failed}, {failed}, spare ok yes -> ok; main rests"),
    )
    .await;
    for status in [200, 503] {
        let house = House::new(Chain::Alone, main_replying([Reply::html(status)]));
        let error = house.asked().await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("html") && !shown.contains("sign in"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn c14_a_body_of_one_byte_a_second_is_not_waited_for() {
    let check = async |more: More<'_>, expected: &str, seconds: u64| {
        let slow = main_replying([Reply::drip(Duration::from_secs(1))]);
        let house = House::with(Chain::WithSpare, slow, more);
        let end = house.asked().await;
        let told = house.tell(&end);
        assert_eq!(told, format!("main {expected}"), "{more:?}");
        assert_eq!(end.unwrap().attempts()[0].elapsed.as_secs(), seconds);
        assert!(house.simulator.calls_to(MAIN)[0].client_left());
    };
    let first = "first_token_timeout maybe, spare ok yes -> ok";
    check(More::default(), &format!("{first}; main rests"), 20).await;
    // Whole, it may take half of what is left of the deadline, at most as long as lack of progress.
    check(WHOLE, first, 60).await;
    check(More { llm: "timeout: 900", ..WHOLE }, &format!("{first}; main rests"), 90).await;
    // With patience for the first token it is the lack of progress that ends a stream.
    let patient =
        More { main: "timeouts: { first_token: 300s }", llm: "timeout: 900", ..More::default() };
    // It begins with the first byte, here after a second.
    check(patient, "no_progress maybe, spare ok yes -> ok; main rests", 91).await;
}

#[tokio::test(start_paused = true)]
async fn c15_every_finish_reason_is_an_answer_and_is_kept() {
    for (word, reason) in [
        ("length", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("banana", FinishReason::Other("banana".to_owned())),
    ] {
        for more in [More::default(), WHOLE] {
            let house = House::with(Chain::WithSpare, main_replying([Reply::finish(word)]), more);
            let outcome = house.asked().await.unwrap();
            assert_eq!(story(&Ok(outcome.clone())), "main ok yes -> ok");
            assert_eq!(outcome.response.finish_reason.as_ref(), Some(&reason));
            assert_eq!(outcome.text(), "from main");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c17_who_answered_in_place_of_another_is_told_and_has_the_credit() {
    let served = |model: &str| {
        let choice = json!({"message": {"content": "fine"}, "finish_reason": "stop"});
        Reply::json(200, &json!({"model": model, "choices": [choice]}))
    };
    for (model, credited) in [(TWIN, TWIN), (MAIN, MAIN), ("acme/main-2026-01-01", MAIN)] {
        let house = House::new(Chain::WithTwinAndSpare, main_replying([served(model)]));
        let outcome = house.asked().await.unwrap();
        assert_eq!(*outcome.model(), MAIN, "who was asked");
        assert_eq!(outcome.response.model.as_ref().unwrap(), &model, "who answered");
        for (known, statistics) in house.manager.stats() {
            let count = u64::from(known.model == *credited);
            assert_eq!(statistics.success_count, count, "{known} for {model}");
            assert_eq!(statistics.latency.is_some(), count == 1, "{known} for {model}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c16_odd_tool_calls_are_passed_on() {
    for (mode, name) in [(ToolMode::BadArguments, "look"), (ToolMode::UnknownTool, "")] {
        for more in [More::default(), WHOLE] {
            let main = ModelScript::new(MAIN).with_tools(mode);
            let house = House::with(Chain::WithSpare, main, more);
            let request = ChatRequest::from("Hi").with_tools([look()]);
            let end = house.manager.generate(request).await;
            assert_eq!(story(&end), "main ok yes -> ok");
            let call = &end.unwrap().response.message.tool_calls[0];
            let is_json = serde_json::from_str::<serde_json::Value>(&call.arguments).is_ok();
            assert_eq!(is_json, mode == ToolMode::UnknownTool, "{call:?}");
            assert_eq!(call.name == "look", name == "look", "{call:?}");
        }
    }
}
