//! The simulator's other dialects, asked by hand: OpenAI, Anthropic and Ollama.

use llm_testkit::simulator::{Dialect, ModelScript, Reply, Simulator, SimulatorConfig, ToolMode};
use serde_json::{Value, json};

use crate::wire::{Got, send, start, with};

const TEXT: &str = "one two three four";

/// A simulator of `dialect` with the model `one`.
pub(crate) fn simulator(
    dialect: Dialect,
    change: impl FnOnce(ModelScript) -> ModelScript,
) -> Simulator {
    let model = change(ModelScript::new("one").with_answer(TEXT));
    start(SimulatorConfig::default().with_dialect(dialect).with_model(model))
}

pub(crate) fn post(path: &str, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

pub(crate) const BEARER: &str = "authorization: Bearer sk-test-000\r\n";
pub(crate) const ANTHROPIC: &str = "x-api-key: sk-test-000\r\nanthropic-version: 2023-06-01\r\n";

pub(crate) async fn openai(simulator: &Simulator, more: &Value) -> Got {
    let body = json!({"model": "one", "messages": [{"role": "user", "content": "Count."}]});
    send(simulator, &post("/v1/chat/completions", BEARER, &with(body, more))).await
}

pub(crate) async fn anthropic(simulator: &Simulator, more: &Value) -> Got {
    let body = json!({
        "model": "one", "max_tokens": 100, "messages": [{"role": "user", "content": "Count."}],
    });
    send(simulator, &post("/v1/messages", ANTHROPIC, &with(body, more))).await
}

pub(crate) async fn ollama(simulator: &Simulator, more: &Value) -> Got {
    let body = json!({"model": "one", "messages": [{"role": "user", "content": "Count."}]});
    send(simulator, &post("/api/chat", "", &with(body, more))).await
}

/// The JSON of every line.
pub(crate) fn lines(got: &Got) -> Vec<Value> {
    got.body().0.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of the events, one after another the same as one.
fn names(got: &Got) -> Vec<String> {
    let text = got.text();
    let names = text.lines().filter_map(|line| line.strip_prefix("event: "));
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.dedup();
    names
}

pub(crate) fn tool(schema: &Value) -> Value {
    let function = json!({"name": "weather", "description": "Tells it.", "parameters": schema});
    json!([{"type": "function", "function": function}])
}

pub(crate) fn schema() -> Value {
    json!({"type": "object", "required": ["city"], "properties": {"city": {"const": "Oslo"}}})
}

#[tokio::test(start_paused = true)]
async fn openai_answers_without_what_only_openrouter_says() {
    let simulator = simulator(Dialect::OpenAi, |model| model);
    assert!(simulator.base_url().ends_with("/v1"));
    let got = openai(&simulator, &json!({})).await;
    assert_eq!(got.status(), 200);
    assert!(got.header("x-request-id").is_some());
    insta::assert_json_snapshot!(got.json(), @r#"
    {
      "choices": [
        {
          "finish_reason": "stop",
          "index": 0,
          "logprobs": null,
          "message": {
            "content": "one two three four",
            "refusal": null,
            "role": "assistant"
          }
        }
      ],
      "created": 1750000000,
      "id": "chatcmpl-0000000000",
      "model": "one",
      "object": "chat.completion",
      "service_tier": "default",
      "system_fingerprint": "fp_simulated",
      "usage": {
        "completion_tokens": 4,
        "completion_tokens_details": {
          "reasoning_tokens": 0
        },
        "prompt_tokens": 5,
        "prompt_tokens_details": {
          "cached_tokens": 0
        },
        "total_tokens": 9
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn openai_tells_usage_in_a_stream_only_when_asked() {
    let simulator = simulator(Dialect::OpenAi, |model| model);
    let plain = openai(&simulator, &json!({"stream": true})).await;
    assert!(plain.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(plain.streamed_text(), TEXT);
    assert!(plain.events().iter().all(|event| event.get("usage").is_none()));
    let asked = json!({"stream": true, "stream_options": {"include_usage": true}});
    let events = openai(&simulator, &asked).await.events();
    let (last, others) = events.split_last().unwrap();
    assert!(others.iter().all(|event| event["usage"].is_null()), "{others:?}");
    assert_eq!((&last["choices"], &last["usage"]["completion_tokens"]), (&json!([]), &json!(4)));
}

#[tokio::test(start_paused = true)]
async fn openais_errors_have_type_param_and_code() {
    async fn check(reply: Reply, status: u16, kind: &str, code: &str) {
        let simulator = simulator(Dialect::OpenAi, |model| model.with_reply(reply));
        let got = openai(&simulator, &json!({})).await;
        let error = &got.json()["error"];
        let code = if code.is_empty() { Value::Null } else { code.into() };
        assert_eq!((got.status(), &error["type"], &error["code"]), (status, &kind.into(), &code));
        assert!(error["message"].is_string() && error.get("param").is_some(), "{error}");
    }
    check(Reply::status(500), 500, "server_error", "").await;
    check(Reply::overloaded(), 503, "service_unavailable_error", "server_is_overloaded").await;
    for code in ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"] {
        check(Reply::quota(code), 429, "insufficient_quota", code).await;
    }
    check(Reply::context_length(), 400, "invalid_request_error", "context_length_exceeded").await;
    check(Reply::rate_limited(None), 429, "requests", "rate_limit_exceeded").await;
    check(Reply::status(401), 401, "invalid_request_error", "invalid_api_key").await;
    check(Reply::unknown_model("one"), 404, "invalid_request_error", "model_not_found").await;
}

#[tokio::test(start_paused = true)]
async fn openai_tells_its_limits_in_headers_of_its_own() {
    let limited = Reply::rate_limited_by_headers(2);
    let simulator = simulator(Dialect::OpenAi, |model| model.with_reply(limited));
    let got = openai(&simulator, &json!({})).await;
    assert_eq!(got.header("x-ratelimit-reset-requests").as_deref(), Some("2s"));
    assert_eq!(got.header("x-ratelimit-remaining-requests").as_deref(), Some("0"));
    assert_eq!(got.header("retry-after"), None);
}

#[tokio::test(start_paused = true)]
async fn openai_refuses_unknown_fields_and_tools_without_an_object() {
    let simulator = simulator(Dialect::OpenAi, |model| model);
    let got = openai(&simulator, &json!({"top_k": 3})).await;
    assert_eq!(got.status(), 400);
    assert_eq!(got.json()["error"]["message"], "Unrecognized request argument supplied: top_k");
    let got = openai(&simulator, &json!({"tools": tool(&json!({"type": "string"}))})).await;
    assert_eq!(got.json()["error"]["code"], "invalid_function_parameters");
    assert!(simulator.calls()[0].understood.is_null());
}

#[tokio::test(start_paused = true)]
async fn openai_fails_in_the_middle_with_an_envelope() {
    let fails = Reply::error_after(2, 503, "overloaded");
    let simulator = simulator(Dialect::OpenAi, |model| model.with_reply(fails));
    let got = openai(&simulator, &json!({"stream": true})).await;
    assert_eq!((got.status(), got.streamed_text().as_str()), (200, "one two "));
    assert_eq!(got.events().last().unwrap()["error"]["code"], "server_is_overloaded");
    let whole = openai(&simulator, &json!({})).await;
    assert_eq!((whole.status(), &whole.json()["error"]["message"]), (503, &"overloaded".into()));
}

#[tokio::test(start_paused = true)]
async fn anthropic_answers_in_blocks() {
    let simulator = simulator(Dialect::Anthropic, |model| model.with_reasoning_tokens(2));
    let got = anthropic(&simulator, &json!({})).await;
    assert_eq!(got.header("request-id").as_deref(), Some("msg_0000000000"));
    insta::assert_json_snapshot!(got.json(), @r#"
    {
      "content": [
        {
          "signature": "sig-simulated-0001",
          "thinking": "hmm hmm ",
          "type": "thinking"
        },
        {
          "text": "one two three four",
          "type": "text"
        }
      ],
      "id": "msg_0000000000",
      "model": "one",
      "role": "assistant",
      "stop_reason": "end_turn",
      "stop_sequence": null,
      "type": "message",
      "usage": {
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "input_tokens": 5,
        "output_tokens": 6,
        "service_tier": "standard"
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn anthropic_streams_every_event_of_two_blocks() {
    let simulator = simulator(Dialect::Anthropic, |model| model.with_reasoning_tokens(1));
    let got = anthropic(&simulator, &json!({"stream": true})).await;
    assert_eq!(
        names(&got),
        [
            "message_start",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
    let events = got.events();
    let deltas = events.iter().filter(|event| event["type"] == "content_block_delta");
    let kinds: Vec<_> = deltas.map(|event| (&event["index"], &event["delta"]["type"])).collect();
    let (text, zero, one) = (json!("text_delta"), json!(0), json!(1));
    assert_eq!(kinds[0], (&zero, &json!("thinking_delta")));
    assert_eq!(kinds[1], (&zero, &json!("signature_delta")));
    assert!(kinds[2..].iter().all(|kind| *kind == (&one, &text)), "{kinds:?}");
    let end = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "end_turn");
    assert_eq!(end["usage"]["output_tokens"], 5);
}

#[tokio::test(start_paused = true)]
async fn anthropic_insists_on_key_version_limit_and_roles() {
    async fn check(request: &str, status: u16, kind: &str, words: &str) {
        let simulator = simulator(Dialect::Anthropic, |model| model);
        let got = send(&simulator, request).await;
        let body = got.json();
        assert_eq!((got.status(), &body["error"]["type"]), (status, &kind.into()), "{body}");
        assert!(body["error"]["message"].as_str().unwrap().contains(words), "{body}");
        assert_eq!(body["type"], "error");
    }
    let body = |messages: Value| json!({"model": "one", "max_tokens": 9, "messages": messages});
    let hello = || body(json!([{"role": "user", "content": "Hello."}]));
    let path = "/v1/messages";
    let (invalid, auth) = ("invalid_request_error", "authentication_error");
    let version = "anthropic-version: 2023-06-01\r\n";
    check(&post(path, version, &hello()), 401, auth, "x-api-key").await;
    check(&post(path, &format!("{version}{BEARER}"), &hello()), 401, auth, "x-api-key").await;
    check(&post(path, "x-api-key: k\r\n", &hello()), 400, invalid, "anthropic-version").await;
    let unlimited = json!({"model": "one", "messages": [{"role": "user", "content": "Hello."}]});
    check(&post(path, ANTHROPIC, &unlimited), 400, invalid, "max_tokens").await;
    let system = body(json!([{"role": "system", "content": "Be brief."}]));
    check(&post(path, ANTHROPIC, &system), 400, invalid, "Unexpected role").await;
    let unasked = json!([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "4"}]);
    let unasked = body(json!([{"role": "user", "content": unasked}]));
    check(&post(path, ANTHROPIC, &unasked), 400, invalid, "unexpected `tool_use_id`").await;
    let used = json!([{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}]);
    let ignored = body(json!([
        {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": used},
        {"role": "user", "content": "Well?"},
    ]));
    check(&post(path, ANTHROPIC, &ignored), 400, invalid, "without `tool_result`").await;
    let extra = with(hello(), &json!({"seed": 3}));
    check(&post(path, ANTHROPIC, &extra), 400, invalid, "seed: Extra inputs").await;
    let missing = with(hello(), &json!({"model": "two"}));
    check(&post(path, ANTHROPIC, &missing), 404, "not_found_error", "model: two").await;
}

#[tokio::test(start_paused = true)]
async fn anthropics_errors_have_the_type_of_their_status() {
    async fn check(reply: Reply, status: u16, kind: &str) -> Value {
        let simulator = simulator(Dialect::Anthropic, |model| model.with_reply(reply));
        let got = anthropic(&simulator, &json!({})).await;
        let body = got.json();
        assert_eq!((got.status(), &body["error"]["type"]), (status, &kind.into()), "{body}");
        assert_eq!(got.header("request-id").as_deref(), body["request_id"].as_str());
        body["error"].clone()
    }
    check(Reply::status(402), 402, "billing_error").await;
    check(Reply::status(403), 403, "permission_error").await;
    check(Reply::status(409), 409, "conflict_error").await;
    check(Reply::status(413), 413, "request_too_large").await;
    check(Reply::status(500), 500, "api_error").await;
    check(Reply::status(504), 504, "timeout_error").await;
    check(Reply::overloaded(), 529, "overloaded_error").await;
    check(Reply::own_spend_limit(), 400, "invalid_request_error").await;
    check(Reply::rate_limited(Some(3)), 429, "rate_limit_error").await;
    let spent = check(Reply::quota("insufficient_quota"), 429, "rate_limit_error").await;
    assert_eq!(spent["details"]["error_code"], "enforced_spend_limit_reached");
}

#[tokio::test(start_paused = true)]
async fn anthropic_fails_late_in_an_event() {
    let fails = Reply::error_after(2, "overloaded_error", "Overloaded");
    let simulator = simulator(Dialect::Anthropic, |model| model.with_reply(fails));
    let got = anthropic(&simulator, &json!({"stream": true})).await;
    let events = got.events();
    let error = json!({"type": "overloaded_error", "message": "Overloaded"});
    assert_eq!(*events.last().unwrap(), json!({"type": "error", "error": error}));
    assert_eq!(events.iter().filter(|event| event["type"] == "content_block_delta").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn anthropics_catalogue_comes_in_pages() {
    let names = ["a", "b", "c"];
    let config = SimulatorConfig::default().with_dialect(Dialect::Anthropic);
    let simulator = start(config.with_models(names.map(ModelScript::new)));
    let first = send(&simulator, &get("/v1/models?limit=2", ANTHROPIC)).await.json();
    assert_eq!((&first["has_more"], &first["last_id"]), (&json!(true), &json!("b")));
    assert_eq!(first["data"][0]["type"], "model");
    let last = send(&simulator, &get("/v1/models?limit=2&after_id=b", ANTHROPIC)).await.json();
    assert_eq!((&last["has_more"], &last["data"][0]["id"]), (&json!(false), &json!("c")));
}

#[tokio::test(start_paused = true)]
async fn anthropic_takes_a_conversation_with_tools_there_and_back() {
    let tools = json!([
        {"name": "weather", "input_schema": schema()}, {"name": "time", "input_schema": schema()},
    ]);
    let simulator = simulator(Dialect::Anthropic, |model| model.with_tools(ToolMode::CallsAll));
    let answer = anthropic(&simulator, &json!({"tools": tools})).await.json();
    assert_eq!(answer["stop_reason"], "tool_use");
    let calls = answer["content"].as_array().unwrap();
    let named: Vec<_> = calls.iter().map(|call| (&call["name"], &call["input"])).collect();
    let oslo = json!({"city": "Oslo"});
    assert_eq!(named, [(&json!("weather"), &oslo), (&json!("time"), &oslo)]);
    let result = |call: &Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "It is fine."});
    let results: Vec<_> = calls.iter().map(result).collect();
    let messages = json!([
        {"role": "user", "content": "Weather and time?"}, {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]);
    let last = anthropic(&simulator, &json!({"tools": tools, "messages": messages})).await.json();
    assert_eq!(last["content"][0]["text"], TEXT);
    let understood = &simulator.calls()[1].understood;
    let roles = understood["messages"].as_array().unwrap();
    let roles: Vec<_> = roles.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "tool"]);
}

#[tokio::test(start_paused = true)]
async fn anthropic_takes_back_only_the_thoughts_it_signed() {
    let simulator = simulator(Dialect::Anthropic, |model| model);
    let history = |signature: &str| {
        let thought = json!({"type": "thinking", "thinking": "hmm", "signature": signature});
        json!({"messages": [
            {"role": "user", "content": "Hello."},
            {"role": "assistant", "content": [thought, {"type": "text", "text": "Hello."}]},
            {"role": "user", "content": "Count."},
        ]})
    };
    assert_eq!(anthropic(&simulator, &history("sig-simulated-0001")).await.status(), 200);
    assert_eq!(anthropic(&simulator, &history("forged")).await.status(), 400);
}

#[tokio::test(start_paused = true)]
async fn ollama_streams_lines_unless_told_not_to() {
    let simulator = simulator(Dialect::Ollama, |model| model.with_reasoning_tokens(1));
    let got = ollama(&simulator, &json!({})).await;
    assert_eq!(got.header("content-type").as_deref(), Some("application/x-ndjson"));
    let lines = lines(&got);
    let (last, others) = lines.split_last().unwrap();
    assert_eq!(others[0]["message"]["thinking"], "hmm ");
    let text: String =
        others.iter().map(|line| line["message"]["content"].as_str().unwrap()).collect();
    assert_eq!(text, TEXT);
    assert!(others.iter().all(|line| line["done"] == false));
    assert_eq!((&last["done"], &last["done_reason"]), (&json!(true), &json!("stop")));
    assert_eq!((&last["prompt_eval_count"], &last["eval_count"]), (&json!(5), &json!(5)));
    assert!(last["load_duration"].is_u64() && last["total_duration"].is_u64());
    let whole = ollama(&simulator, &json!({"stream": false})).await.json();
    assert_eq!((&whole["message"]["content"], &whole["done"]), (&json!(TEXT), &json!(true)));
    assert!(simulator.calls()[0].stream && !simulator.calls()[1].stream);
}

#[tokio::test(start_paused = true)]
async fn ollamas_tool_arguments_are_objects_both_ways() {
    let simulator = simulator(Dialect::Ollama, |model| model);
    let tools = json!({"tools": tool(&schema())});
    let streamed = lines(&ollama(&simulator, &tools).await);
    let function = &streamed[0]["message"]["tool_calls"][0]["function"];
    assert_eq!(
        (&function["name"], &function["arguments"]),
        (&json!("weather"), &json!({"city": "Oslo"}))
    );
    assert_eq!(streamed.last().unwrap()["done_reason"], "stop");
    let history = |arguments: Value| {
        let call = json!({"function": {"name": "weather", "arguments": arguments}});
        json!({"stream": false, "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "Fine.", "tool_name": "weather"},
        ]})
    };
    assert_eq!(ollama(&simulator, &history(json!({"city": "Oslo"}))).await.status(), 200);
    assert_eq!(ollama(&simulator, &history(json!("{\"city\": \"Oslo\"}"))).await.status(), 400);
}

#[tokio::test(start_paused = true)]
async fn ollamas_errors_are_texts() {
    async fn check(reply: Reply, status: u16, words: &str) {
        let simulator = simulator(Dialect::Ollama, |model| model.with_reply(reply));
        let got = ollama(&simulator, &json!({})).await;
        assert_eq!((got.status(), &got.json()), (status, &json!({ "error": words })));
    }
    let busy = "server busy, please try again.  maximum pending requests exceeded";
    check(Reply::overloaded(), 503, busy).await;
    check(Reply::unknown_model("one"), 404, "model 'one' not found").await;
    check(Reply::error(500, "it broke"), 500, "it broke").await;
    let simulator = simulator(Dialect::Ollama, |model| model.with_tools(ToolMode::Unsupported));
    let got = ollama(&simulator, &json!({"tools": tool(&schema())})).await;
    let words = "\"one\" does not support tools";
    assert_eq!((got.status(), &got.json()["error"]), (400, &words.into()));
}

#[tokio::test(start_paused = true)]
async fn ollama_fails_late_in_a_line() {
    let fails = Reply::error_after(2, 500, "the runner has stopped");
    let simulator = simulator(Dialect::Ollama, |model| model.with_reply(fails));
    let got = ollama(&simulator, &json!({})).await;
    let lines = lines(&got);
    assert_eq!((got.status(), lines.len()), (200, 3));
    assert_eq!(lines[2], json!({"error": "the runner has stopped"}));
}

#[tokio::test(start_paused = true)]
async fn ollama_tells_what_its_models_can_do() {
    let sees = |model: ModelScript| {
        model.with_window(Some(8_192), None).with_input_modalities(["text", "image"])
    };
    let simulator = simulator(Dialect::Ollama, sees);
    let tags = send(&simulator, &get("/api/tags", "")).await.json();
    assert_eq!(tags["models"][0]["model"], "one");
    let show = send(&simulator, &post("/api/show", "", &json!({"model": "one"}))).await.json();
    assert_eq!(show["capabilities"], json!(["completion", "tools", "vision"]));
    let family = show["model_info"]["general.architecture"].as_str().unwrap();
    assert_eq!(show["model_info"][format!("{family}.context_length")], 8_192);
    let missing = send(&simulator, &post("/api/show", "", &json!({"model": "two"}))).await;
    assert_eq!(
        (missing.status(), &missing.json()["error"]),
        (404, &"model 'two' not found".into())
    );
    let version = send(&simulator, &get("/api/version", "")).await.json();
    assert!(version["version"].is_string());
}

#[tokio::test(start_paused = true)]
async fn each_dialects_request_is_understood_as_the_same() {
    let wish = json!({
        "json": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema()}},
        "image": {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    });
    let config = |dialect| SimulatorConfig::default().with_dialect(dialect);
    let sees = || ModelScript::new("one").with_input_modalities(["text", "image"]);

    let simulator = start(config(Dialect::Anthropic).with_model(sees()));
    let source = json!({"type": "base64", "media_type": "image/png", "data": "AAAA"});
    let content = json!([{"type": "image", "source": source}, {"type": "text", "text": "Who?"}]);
    let more = json!({
        "system": "Be brief.", "messages": [{"role": "user", "content": content}],
        "output_config": {"format": {"type": "json_schema", "schema": schema()}},
    });
    let got = anthropic(&simulator, &more).await;
    assert_eq!(got.json()["content"][0]["text"], "{\"city\":\"Oslo\"}");
    let understood = simulator.calls()[0].understood.clone();
    assert_eq!(understood["max_tokens"], 100);
    assert_eq!(understood["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(understood["messages"][1]["content"][0], wish["image"]);
    assert_eq!(understood["response_format"], wish["json"]);

    let simulator = start(config(Dialect::Ollama).with_model(sees()));
    let more = json!({
        "stream": false, "format": schema(), "options": {"num_predict": 100},
        "messages": [{"role": "user", "content": "Who?", "images": ["AAAA"]}],
    });
    let got = ollama(&simulator, &more).await;
    assert_eq!(got.json()["message"]["content"], "{\"city\":\"Oslo\"}");
    let understood = simulator.calls()[0].understood.clone();
    assert_eq!(understood["max_tokens"], 100);
    assert_eq!(understood["messages"][0]["content"][1]["image_url"]["url"], "AAAA");
    assert_eq!(understood["response_format"], wish["json"]);
}
