//! What becomes of streams that are no chat completions (section D of the cases).

use llm_testkit::simulator::{Dialect, Reply};
use serde_json::{Value, json};

use super::house::*;

/// A first model that streams these bytes, with a spare one behind it, both of this dialect.
fn house(dialect: Dialect, content_type: &str, bytes: String, llm: &str) -> House {
    let reply = Reply::http(200, content_type, bytes);
    let more = More { llm, dialect, ..More::default() };
    House::with(Chain::WithSpare, main_replying([reply]), more)
}

fn events(each: &[Value], llm: &str) -> House {
    let named =
        |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    let bytes = each.iter().map(named).collect();
    house(Dialect::Anthropic, "text/event-stream", bytes, llm)
}

fn lines(each: &[Value], llm: &str) -> House {
    let bytes = each.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
    house(Dialect::Ollama, "application/x-ndjson", bytes, llm)
}

/// Checks what the caller of a stream sees, and what came of it.
async fn check(house: &House, text: &str, story: &str) {
    assert_eq!(house.read().await, (text.to_owned(), story.to_owned()));
}

const HELD: &str = "streaming: { commit: complete }";

#[tokio::test(start_paused = true)]
async fn d16_pings_and_unknown_events_of_anthropic_mean_nothing_and_an_error_counts_as_anywhere() {
    let start = json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MAIN, "content": [],
        "stop_reason": null, "usage": {"input_tokens": 3, "output_tokens": 1},
    }});
    let (ping, unknown) = (json!({"type": "ping"}), json!({"type": "weather", "sun": true}));
    let text = json!({"type": "text", "text": ""});
    let open = json!({"type": "content_block_start", "index": 0, "content_block": text});
    let says = |text: &str| {
        let delta = json!({"type": "text_delta", "text": text});
        json!({"type": "content_block_delta", "index": 0, "delta": delta})
    };
    let odd = json!({"type": "weather_delta", "sun": true});
    let odd = json!({"type": "content_block_delta", "index": 0, "delta": odd});
    let close = json!({"type": "content_block_stop", "index": 0});
    let stop = json!({"stop_reason": "end_turn", "stop_sequence": null});
    let end = json!({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 2}});
    let done = json!({"type": "message_stop"});
    let busy = json!({"type": "overloaded_error", "message": "Overloaded"});
    let error = json!({"type": "error", "error": busy});
    let all = |parts: &[&Value]| parts.iter().map(|part| (*part).clone()).collect::<Vec<_>>();

    let whole = all(&[
        &ping,
        &start,
        &unknown,
        &ping,
        &open,
        &says("from "),
        &odd,
        &ping,
        &says("main"),
        &close,
        &unknown,
        &end,
        &done,
    ]);
    check(&events(&whole, ""), "from main", "main ok yes -> ok").await;

    // Pings and a beginning commit to nothing.
    let early = all(&[&start, &ping, &unknown, &error]);
    let failed = "main overloaded no, main overloaded no";
    let spare = format!("{failed}, spare ok yes -> ok; main rests");
    check(&events(&early, ""), "from spare", &spare).await;

    // After a text the stream ends with it, and nobody else speaks.
    let late = all(&[&start, &ping, &open, &says("from "), &ping, &error]);
    let ended = "main upstream_mid_error yes -> ApiError upstream_mid_error again";
    check(&events(&late, ""), "from ", ended).await;
    let spare = "main upstream_mid_error yes, spare ok yes -> ok";
    check(&events(&late, HELD), "from spare", spare).await;
}

#[tokio::test(start_paused = true)]
async fn d17_an_error_in_the_third_line_of_ollama_ends_the_stream() {
    let says = |text: &str| {
        let message = json!({"role": "assistant", "content": text});
        json!({"model": MAIN, "message": message, "done": false})
    };
    let error = json!({"error": "the model runner has unexpectedly stopped"});
    let broken = [says("from "), says("main"), error.clone(), says(" and more")];
    let ended = "main upstream_mid_error yes -> ApiError upstream_mid_error again";
    check(&lines(&broken, ""), "from main", ended).await;
    let spare = "main upstream_mid_error yes, spare ok yes -> ok";
    check(&lines(&broken, HELD), "from spare", spare).await;
    // Lines without content commit to nothing.
    let early = [says(""), says(""), error];
    let failed = "main upstream_server maybe";
    let spare = format!("{failed}, {failed}, spare ok yes -> ok");
    check(&lines(&early, ""), "from spare", &spare).await;
}
