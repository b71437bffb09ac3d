//! What the simulator says when nothing goes wrong.

use std::time::Duration;

use llm_testkit::simulator::{
    AnswerText, JsonMode, Latency, ModelScript, SimulatorConfig, ToolMode, Verdict,
};
use serde_json::{Value, json};

use crate::wire::{chat, get, post, post_text, send, simulator, start, with};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_whole_answer_has_openrouters_shape() {
    let simulator = simulator(|model| model);
    let got = send(&simulator, &post(&chat(false))).await;
    assert_eq!(got.status(), 200);
    assert_eq!(got.header("content-type").unwrap(), "application/json");
    assert_eq!(got.header("x-generation-id").unwrap(), "gen-0000000000");
    let mut body = got.json();
    assert_eq!(
        body["usage"].as_object_mut().unwrap().remove("cost").unwrap().as_f64(),
        Some(2.3e-6)
    );
    insta::assert_json_snapshot!(body, @r#"
    {
      "choices": [
        {
          "finish_reason": "stop",
          "index": 0,
          "logprobs": null,
          "message": {
            "content": "one two three four",
            "reasoning": null,
            "refusal": null,
            "role": "assistant"
          },
          "native_finish_reason": "stop"
        }
      ],
      "created": 1750000000,
      "id": "gen-0000000000",
      "model": "acme/one",
      "object": "chat.completion",
      "provider": "Simulated",
      "system_fingerprint": null,
      "usage": {
        "completion_tokens": 4,
        "completion_tokens_details": {
          "reasoning_tokens": 0
        },
        "is_byok": false,
        "prompt_tokens": 7,
        "prompt_tokens_details": {
          "cached_tokens": 0
        },
        "total_tokens": 11
      }
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_openrouters_shape() {
    let simulator = simulator(|model| model.with_answer("one two"));
    let got = send(&simulator, &post(&chat(true))).await;
    assert_eq!(got.header("content-type").unwrap(), "text/event-stream");
    insta::assert_snapshot!(got.text(), @r#"
    : OPENROUTER PROCESSING

    data: {"choices":[{"delta":{"content":"one ","role":"assistant"},"finish_reason":null,"index":0,"logprobs":null,"native_finish_reason":null}],"created":1750000000,"id":"gen-0000000000","model":"acme/one","object":"chat.completion.chunk","provider":"Simulated"}

    data: {"choices":[{"delta":{"content":"two","role":"assistant"},"finish_reason":null,"index":0,"logprobs":null,"native_finish_reason":null}],"created":1750000000,"id":"gen-0000000000","model":"acme/one","object":"chat.completion.chunk","provider":"Simulated"}

    data: {"choices":[{"delta":{"content":"","role":"assistant"},"finish_reason":"stop","index":0,"logprobs":null,"native_finish_reason":"stop"}],"created":1750000000,"id":"gen-0000000000","model":"acme/one","object":"chat.completion.chunk","provider":"Simulated"}

    data: {"choices":[],"created":1750000000,"id":"gen-0000000000","model":"acme/one","object":"chat.completion.chunk","provider":"Simulated","usage":{"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":0},"cost":1.5e-6,"is_byok":false,"prompt_tokens":7,"prompt_tokens_details":{"cached_tokens":0},"total_tokens":9}}

    data: [DONE]
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_stream_takes_its_latency_and_its_pace_and_says_that_it_is_alive() {
    let simulator =
        simulator(|model| model.with_latency(Latency::Fixed(12 * SECOND)).with_pace(SECOND));
    let got = send(&simulator, &post(&chat(true))).await;
    let when = |needle: &str| {
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(needle);
        let times = got.arrivals.iter().filter(|(_, bytes)| holds(bytes));
        times.map(|(when, _)| when.as_secs()).collect::<Vec<_>>()
    };
    assert_eq!(when(": OPENROUTER PROCESSING"), [0, 5, 10]);
    assert_eq!(when("\"one \""), [12]);
    assert_eq!(when("\"four\""), [15]);
    assert_eq!(when("[DONE]"), [15]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_takes_as_long_as_its_stream() {
    let simulator =
        simulator(|model| model.with_latency(Latency::Fixed(12 * SECOND)).with_pace(SECOND));
    let got = send(&simulator, &post(&chat(false))).await;
    assert_eq!(got.arrivals.first().unwrap().0.as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn the_text_is_fixed_canned_echoed_or_drawn() {
    let said = async |model: fn(ModelScript) -> ModelScript| {
        let simulator = simulator(model);
        let got = send(&simulator, &post(&chat(false))).await;
        got.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(said(|model| model).await, "one two three four");
    assert_eq!(said(|model| model.with_text(AnswerText::Echo)).await, "Count to four.");
    assert_eq!(said(|model| model.with_answer_to("to four", "1, 2, 3, 4")).await, "1, 2, 3, 4");
    let drawn = said(|model| model.with_text(AnswerText::Generated(9))).await;
    assert_eq!(drawn.split(' ').count(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_token_limit_shortens_the_answer() {
    let simulator = simulator(|model| model);
    for stream in [false, true] {
        let body = with(chat(stream), &json!({"max_tokens": 2}));
        let got = send(&simulator, &post(&body)).await;
        let (text, finish) = if stream {
            let finish = got.events()[2]["choices"][0]["finish_reason"].clone();
            (got.streamed_text(), finish)
        } else {
            let choice = got.json()["choices"][0].clone();
            let text = choice["message"]["content"].as_str().unwrap().to_owned();
            (text, choice["finish_reason"].clone())
        };
        assert_eq!((text.as_str(), finish), ("one two ", json!("length")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reasoning_model_thinks_first_and_counts_it() {
    let simulator = simulator(|model| model.with_reasoning_tokens(3));
    let got = send(&simulator, &post(&chat(true))).await;
    let events = got.events();
    assert_eq!(events[0]["choices"][0]["delta"]["reasoning"], "hmm ");
    assert_eq!(events[3]["choices"][0]["delta"]["content"], "one ");
    let usage = &events.last().unwrap()["usage"];
    assert_eq!(usage["completion_tokens"], 7);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 3);
    let whole = send(&simulator, &post(&chat(false))).await.json();
    assert_eq!(whole["choices"][0]["message"]["reasoning"], "hmm hmm hmm ");
    let hidden = with(chat(false), &json!({"reasoning": {"exclude": true}}));
    let hidden = send(&simulator, &post(&hidden)).await.json();
    assert_eq!(hidden["choices"][0]["message"]["reasoning"], Value::Null);
    assert_eq!(hidden["usage"]["completion_tokens"], 7);
}

#[tokio::test(start_paused = true)]
async fn a_price_that_is_no_price_costs_nothing_that_is_known() {
    let simulator = simulator(|model| model.with_price("-1", "-1"));
    let got = send(&simulator, &post(&chat(false))).await;
    assert_eq!(got.json()["usage"].get("cost"), None);
}

fn tools() -> Value {
    json!({"tools": [
        {"type": "function", "function": {"name": "weather", "parameters": {
            "type": "object", "required": ["city"],
            "properties": {"city": {"type": "string", "enum": ["Oslo"]}},
        }}},
        {"type": "function", "function": {"name": "clock", "parameters": {"type": "object"}}},
    ]})
}

async fn tool_message(mode: ToolMode, body: &Value) -> Value {
    let simulator = simulator(|model| model.with_tools(mode));
    send(&simulator, &post(body)).await.json()["choices"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_called_with_arguments_that_fit() {
    let choice = tool_message(ToolMode::Calls, &with(chat(false), &tools())).await;
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], Value::Null);
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}));
    assert!(call["id"].as_str().unwrap().starts_with("call_"));
}

#[tokio::test(start_paused = true)]
async fn a_tool_call_streams_in_fragments() {
    let simulator = simulator(|model| model);
    let got = send(&simulator, &post(&with(chat(true), &tools()))).await;
    let events = got.events();
    let call = |event: &Value| event.pointer("/choices/0/delta/tool_calls/0").cloned();
    let calls: Vec<_> = events.iter().filter_map(call).collect();
    assert_eq!(calls[0]["function"]["name"], "weather");
    assert!(calls.len() > 2, "{calls:?}");
    let arguments: String =
        calls.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect();
    assert_eq!(arguments, "{\"city\":\"Oslo\"}");
}

#[tokio::test(start_paused = true)]
async fn the_caller_decides_whether_and_which_tool_is_called() {
    let forced = json!({"tool_choice": {"type": "function", "function": {"name": "clock"}}});
    let body = with(with(chat(false), &tools()), &forced);
    let choice = tool_message(ToolMode::Calls, &body).await;
    assert_eq!(choice["message"]["tool_calls"][0]["function"]["name"], "clock");

    let body = with(with(chat(false), &tools()), &json!({"tool_choice": "none"}));
    let choice = tool_message(ToolMode::Calls, &body).await;
    assert_eq!(choice["message"]["content"], "one two three four");

    let result = json!({"messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]});
    let body = with(with(chat(false), &tools()), &result);
    let choice = tool_message(ToolMode::Calls, &body).await;
    assert_eq!(choice["finish_reason"], "stop");
}

#[tokio::test(start_paused = true)]
async fn a_model_can_be_bad_at_tools() {
    let body = with(chat(false), &tools());
    let choice = tool_message(ToolMode::BadArguments, &body).await;
    let arguments = choice["message"]["tool_calls"][0]["function"]["arguments"].clone();
    assert!(serde_json::from_str::<Value>(arguments.as_str().unwrap()).is_err());
    let choice = tool_message(ToolMode::UnknownTool, &body).await;
    assert_eq!(choice["message"]["tool_calls"][0]["function"]["name"], "no_such_tool");
    let choice = tool_message(ToolMode::Ignored, &body).await;
    assert_eq!(choice["message"]["content"], "one two three four");

    let simulator = simulator(|model| model.with_tools(ToolMode::Unsupported));
    let got = send(&simulator, &post(&body)).await;
    assert_eq!(got.status(), 404);
    assert_eq!(got.json()["error"]["message"], "No endpoints found that support tool use.");
}

#[tokio::test(start_paused = true)]
async fn json_is_honoured_fenced_or_ignored() {
    let schema = json!({"response_format": {"type": "json_schema", "json_schema": {
        "name": "city", "schema": {"type": "object", "properties": {"city": {"const": "Oslo"}}},
    }}});
    let object = json!({"response_format": {"type": "json_object"}});
    let said = async |mode, format| {
        let simulator = simulator(|model| model.with_json(mode));
        let got = send(&simulator, &post(&with(chat(false), format))).await;
        got.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(said(JsonMode::Valid, &schema).await, "{\"city\":\"Oslo\"}");
    assert_eq!(said(JsonMode::Valid, &object).await, "{\"answer\":\"one two three four\"}");
    assert_eq!(said(JsonMode::Fenced, &schema).await, "```json\n{\"city\":\"Oslo\"}\n```");
    assert_eq!(said(JsonMode::Ignored, &schema).await, "one two three four");
    let told = simulator(|model| model.with_answer("{\"city\": \"Lima\"}"));
    let got = send(&told, &post(&with(chat(false), &schema))).await;
    assert_eq!(got.json()["choices"][0]["message"]["content"], "{\"city\":\"Lima\"}");
}

#[tokio::test(start_paused = true)]
async fn a_judge_prefers_as_it_is_told() {
    let prompt = "Say [[A>B]] or [[B>A]].\n<response_a>\nx\n</response_a>\n<response_b>\nlonger\n</response_b>";
    let asked = json!({"messages": [{"role": "user", "content": prompt}]});
    let said = async |verdict| {
        let simulator = simulator(|model| model.with_verdict(verdict));
        let got = send(&simulator, &post(&with(chat(false), &asked))).await;
        got.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    };
    assert!(said(Verdict::First).await.ends_with("[[A>B]]"));
    assert!(said(Verdict::Longer).await.ends_with("[[B>A]]"));
    assert_eq!(said(Verdict::None).await, "one two three four");
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_says_what_the_scripts_say() {
    let simulator = simulator(|model| {
        model
            .with_name("One")
            .with_window(Some(8_192), None)
            .with_price("0.0000025", "0.00001")
            .with_supported_parameters(["tools"])
            .with_input_modalities(["text", "image"])
            .with_expiration_date("2027-01-31")
    });
    let got = send(&simulator, &get("/api/v1/models?limit=5")).await;
    insta::assert_json_snapshot!(got.json(), @r#"
    {
      "data": [
        {
          "architecture": {
            "input_modalities": [
              "text",
              "image"
            ],
            "instruct_type": null,
            "modality": "text+image->text",
            "output_modalities": [
              "text"
            ],
            "tokenizer": "Other"
          },
          "canonical_slug": "acme/one",
          "context_length": 8192,
          "created": 1750000000,
          "default_parameters": null,
          "description": "A simulated model.",
          "expiration_date": "2027-01-31",
          "id": "acme/one",
          "name": "One",
          "per_request_limits": null,
          "pricing": {
            "completion": "0.00001",
            "image": "0",
            "prompt": "0.0000025",
            "request": "0"
          },
          "supported_parameters": [
            "tools"
          ],
          "top_provider": {
            "context_length": 8192,
            "is_moderated": false,
            "max_completion_tokens": null
          }
        }
      ]
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_demanded_and_known() {
    let simulator = start(
        SimulatorConfig::default().with_key("sk-test-000").with_model(ModelScript::new("acme/one")),
    );
    let bare = get("/api/v1/key");
    let got = send(&simulator, &bare).await;
    assert_eq!(got.status(), 401);
    assert_eq!(
        got.json(),
        json!({"error": {"code": 401, "message": "Missing Authentication header"}})
    );
    let with_key =
        |key: &str| bare.replace("\r\n\r\n", &format!("\r\nAuthorization: Bearer {key}\r\n\r\n"));
    assert_eq!(send(&simulator, &with_key("sk-test-111")).await.status(), 401);
    let got = send(&simulator, &with_key("sk-test-000")).await;
    assert_eq!(got.json()["data"]["is_free_tier"], false);

    let chat = post(&chat(false)).replace("sk-test-000", "sk-test-111");
    let got = send(&simulator, &chat).await;
    assert_eq!(got.json()["error"]["message"], "User not found.");
    assert_eq!(send(&simulator, &get("/api/v1/models")).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_makes_no_sense_is_refused_in_openrouters_words() {
    let simulator = simulator(|model| model.with_window(Some(100), None));
    let refused = async |body: &str| {
        let got = send(&simulator, &post_text(body, "connection: close\r\n")).await;
        (got.status(), got.json()["error"]["message"].as_str().unwrap().to_owned())
    };
    let (status, message) = refused("{\"model\": ").await;
    assert_eq!((status, message.as_str()), (400, "Invalid JSON in request body"));
    let (status, _) = refused("{\"model\": \"acme/one\", \"messages\": []}").await;
    assert_eq!(status, 400);
    let (_, message) =
        refused(&with(chat(false), &json!({"model": "acme/none"})).to_string()).await;
    assert_eq!(message, "acme/none is not a valid model ID");
    let image = json!([{"type": "image_url", "image_url": {"url": "data:,"}}]);
    let image = json!({"messages": [{"role": "user", "content": image}]});
    let (status, _) = refused(&with(chat(false), &image).to_string()).await;
    assert_eq!(status, 404);
    let long = json!({"messages": [{"role": "user", "content": "word ".repeat(100)}]});
    let (status, message) = refused(&with(chat(false), &long).to_string()).await;
    assert_eq!(status, 400);
    assert!(message.contains("maximum context length"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn other_paths_and_methods_are_refused() {
    let simulator = simulator(|model| model);
    assert_eq!(send(&simulator, &get("/elsewhere")).await.status(), 404);
    assert_eq!(send(&simulator, &get("/api/v1/chat/completions")).await.status(), 405);
    assert_eq!(send(&simulator, "nonsense\r\n\r\n").await.status(), 400);
    let chunked = "POST /api/v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(send(&simulator, chunked).await.status(), 411);
}

#[tokio::test(start_paused = true)]
async fn fallback_models_answer_for_one_that_refuses() {
    use llm_testkit::simulator::Reply;
    let simulator = start(SimulatorConfig::default().with_models([
        ModelScript::new("acme/one").with_reply(Reply::status(503)),
        ModelScript::new("acme/two").with_answer("two"),
    ]));
    let body = with(chat(false), &json!({"models": ["acme/none", "acme/two"]}));
    assert_eq!(send(&simulator, &post(&body)).await.json()["model"], "acme/two");
    let body = with(chat(false), &json!({"models": ["acme/none"]}));
    assert_eq!(send(&simulator, &post(&body)).await.status(), 400);
}
