//! What Anthropic is sent.

use std::sync::Arc;

use llm_anthropic::{Anthropic, AnthropicConfig};
use llm_core::{
    AssistantMessage, ChatRequest, ErrorKind as Kind, Execution, Image, ImageSource, Message, Part,
    Provider, Reasoning, ResponseFormat, Sampling, Tool, ToolCall, ToolChoice,
};
use serde_json::{Value, json};

use crate::upstream::{KEY, MODEL, Upstream};

pub(crate) const ANSWER: &str =
    r#"{"content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}"#;

/// What is sent for a request.
async fn sent(request: ChatRequest) -> Value {
    let upstream = Upstream::json(200, ANSWER);
    upstream.provider().chat(&MODEL.into(), request).await.unwrap();
    let body = upstream.body();
    // A field that is sent twice counts for nothing.
    let length = |text: &str| text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    assert_eq!(length(&upstream.received()[0].body), length(&body.to_string()));
    body
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_owned() }
}

fn calling(calls: impl IntoIterator<Item = ToolCall>) -> AssistantMessage {
    AssistantMessage { tool_calls: calls.into_iter().collect(), ..AssistantMessage::default() }
}

/// A conversation with everything in it.
fn rich_messages() -> Vec<Message> {
    let mut called =
        calling([call("toolu_1", "weather", r#"{"city":"Paris"}"#), call("toolu_2", "time", "")]);
    called.content = vec!["Let me see.".into()];
    called.reasoning = Some("Two look-ups.".to_owned());
    let thinking = json!([{"type": "thinking", "thinking": "Two look-ups.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "aGlkZGVu"}]);
    called.extras.insert("thinking_blocks".to_owned(), thinking);
    let cached =
        json!({"type": "text", "text": "Long rules.", "cache_control": {"type": "ephemeral"}});
    vec![
        Message::system("Be brief."),
        Message::System { content: vec![Part::Other(cached)] },
        Message::user_parts([
            "What is this, and how is the weather there?".into(),
            Image::url("https://example.com/a.png").into(),
            Image::base64("image/png", "aGk=").into(),
            Image::url("data:image/jpeg;base64,aGo=").into(),
        ]),
        Message::Assistant(called),
        Message::tool_result("toolu_1", "18 degrees"),
        Message::tool_result("toolu_2", ""),
        Message::user("And tomorrow?"),
    ]
}

/// A request with everything set.
fn rich() -> ChatRequest {
    let tools = [
        Tool::new("weather", json!({"type": "object", "properties": {"city": {"type": "string"}}}))
            .with_description("The weather now.")
            .with_strict(true),
        Tool::new("time", json!({})),
    ];
    let mut request = ChatRequest::new(rich_messages())
        .with_tools(tools)
        .with_tool_choice(ToolChoice::Required)
        .with_response_format(ResponseFormat::JsonSchema {
            name: "answer".to_owned(),
            schema: Arc::new(json!({"type": "object"})),
            strict: true,
        })
        .with_sampling(Sampling {
            temperature: Some(0.5),
            top_p: Some(0.9),
            top_k: Some(40),
            max_tokens: Some(3_000),
            stop: Arc::new(["END".to_owned()]),
            frequency_penalty: Some(0.0),
            presence_penalty: Some(0.0),
            seed: None,
        })
        .with_extra("service_tier", "auto");
    let mut reasoning = Reasoning::effort("low");
    reasoning.max_tokens = Some(1_024);
    reasoning.exclude = Some(false);
    request.reasoning = Some(reasoning);
    request.parallel_tool_calls = Some(false);
    request.user = Some("user-7".to_owned());
    request
}

#[tokio::test]
async fn a_rich_conversation_becomes_turns_of_blocks() {
    let body = sent(rich()).await;
    insta::assert_json_snapshot!(body["messages"], @r#"
    [
      {
        "content": [
          {
            "text": "What is this, and how is the weather there?",
            "type": "text"
          },
          {
            "source": {
              "type": "url",
              "url": "https://example.com/a.png"
            },
            "type": "image"
          },
          {
            "source": {
              "data": "aGk=",
              "media_type": "image/png",
              "type": "base64"
            },
            "type": "image"
          },
          {
            "source": {
              "data": "aGo=",
              "media_type": "image/jpeg",
              "type": "base64"
            },
            "type": "image"
          }
        ],
        "role": "user"
      },
      {
        "content": [
          {
            "signature": "c2ln",
            "thinking": "Two look-ups.",
            "type": "thinking"
          },
          {
            "data": "aGlkZGVu",
            "type": "redacted_thinking"
          },
          {
            "text": "Let me see.",
            "type": "text"
          },
          {
            "id": "toolu_1",
            "input": {
              "city": "Paris"
            },
            "name": "weather",
            "type": "tool_use"
          },
          {
            "id": "toolu_2",
            "input": {},
            "name": "time",
            "type": "tool_use"
          }
        ],
        "role": "assistant"
      },
      {
        "content": [
          {
            "content": [
              {
                "text": "18 degrees",
                "type": "text"
              }
            ],
            "tool_use_id": "toolu_1",
            "type": "tool_result"
          },
          {
            "tool_use_id": "toolu_2",
            "type": "tool_result"
          },
          {
            "text": "And tomorrow?",
            "type": "text"
          }
        ],
        "role": "user"
      }
    ]
    "#);
}

#[tokio::test]
async fn every_typed_field_has_its_place() {
    let mut body = sent(rich()).await;
    body.as_object_mut().unwrap().remove("messages");
    insta::assert_json_snapshot!(body, @r#"
    {
      "max_tokens": 3000,
      "metadata": {
        "user_id": "user-7"
      },
      "model": "claude-swift",
      "output_config": {
        "effort": "low",
        "format": {
          "schema": {
            "type": "object"
          },
          "type": "json_schema"
        }
      },
      "service_tier": "auto",
      "stop_sequences": [
        "END"
      ],
      "system": [
        {
          "text": "Be brief.",
          "type": "text"
        },
        {
          "cache_control": {
            "type": "ephemeral"
          },
          "text": "Long rules.",
          "type": "text"
        }
      ],
      "temperature": 0.5,
      "thinking": {
        "budget_tokens": 1024,
        "display": "summarized",
        "type": "enabled"
      },
      "tool_choice": {
        "disable_parallel_tool_use": true,
        "type": "any"
      },
      "tools": [
        {
          "description": "The weather now.",
          "input_schema": {
            "properties": {
              "city": {
                "type": "string"
              }
            },
            "type": "object"
          },
          "name": "weather",
          "strict": true
        },
        {
          "input_schema": {
            "type": "object"
          },
          "name": "time"
        }
      ],
      "top_k": 40,
      "top_p": 0.9
    }
    "#);
}

#[tokio::test]
async fn what_says_nothing_is_left_out() {
    let request = ChatRequest::new([
        Message::system(""),
        Message::user("Hello"),
        Message::assistant(""),
        Message::user_parts(["".into(), "again".into()]),
    ]);
    let body = sent(request).await;
    assert!(body.get("system").is_none());
    let text = |text| json!({"type": "text", "text": text});
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": [text("Hello"), text("again")]}])
    );
}

#[tokio::test]
async fn instructions_inside_a_conversation_stay_where_they_are() {
    let request = ChatRequest::new([
        Message::user("Hello"),
        Message::assistant("Hi"),
        Message::system("From now on in French."),
        Message::user("Again"),
    ]);
    let body = sent(request).await;
    assert!(body.get("system").is_none());
    let roles: Vec<_> =
        body["messages"].as_array().unwrap().iter().map(|turn| &turn["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "system", "user"]);
}

#[tokio::test]
async fn results_of_tools_stand_in_one_turn_before_its_text() {
    let own =
        json!({"type": "tool_result", "tool_use_id": "c", "content": "broken", "is_error": true});
    let request = ChatRequest::new([
        Message::user("Go"),
        Message::Assistant(calling([
            call("a", "x", "{}"),
            call("b", "x", "{}"),
            call("c", "x", "{}"),
        ])),
        Message::tool_result("a", "1"),
        Message::user("Hurry."),
        Message::tool_result("b", "2"),
        Message::user_parts([Part::Other(own)]),
    ]);
    let body = sent(request).await;
    let turn = &body["messages"][2];
    let blocks = turn["content"].as_array().unwrap();
    let kinds: Vec<_> = blocks.iter().map(|block| &block["type"]).collect();
    assert_eq!(kinds, ["tool_result", "tool_result", "tool_result", "text"]);
    assert_eq!(blocks[2]["is_error"], true);
    assert_eq!(body["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_text_and_foreign_fields_of_an_answer_stay_behind() {
    let mut message =
        AssistantMessage { refusal: Some("I will not.".to_owned()), ..Default::default() };
    message.reasoning = Some("Of another model.".to_owned());
    message.extras.insert("reasoning_details".to_owned(), json!([{"type": "reasoning.text"}]));
    let body = sent(ChatRequest::new([
        Message::user("Go"),
        Message::Assistant(message),
        Message::user("Why?"),
    ]))
    .await;
    let expected =
        json!({"role": "assistant", "content": [{"type": "text", "text": "I will not."}]});
    assert_eq!(body["messages"][1], expected);
}

#[tokio::test]
async fn tool_choice_and_parallel_calls_are_one_object() {
    let tools = [Tool::new("look_up", Value::Null)];
    let check = async |choice: Option<ToolChoice>, parallel: Option<bool>, expected: Value| {
        let mut request = ChatRequest::from("Go").with_tools(tools.clone());
        request.tool_choice = choice;
        request.parallel_tool_calls = parallel;
        let body = sent(request).await;
        assert_eq!(body.get("tool_choice").cloned().unwrap_or_default(), expected);
    };
    let named = || Some(ToolChoice::Function("look_up".to_owned()));
    check(None, None, Value::Null).await;
    check(None, Some(true), Value::Null).await;
    check(None, Some(false), json!({"type": "auto", "disable_parallel_tool_use": true})).await;
    check(Some(ToolChoice::Auto), None, json!({"type": "auto"})).await;
    check(Some(ToolChoice::None), Some(false), json!({"type": "none"})).await;
    check(
        Some(ToolChoice::Required),
        Some(true),
        json!({"type": "any", "disable_parallel_tool_use": false}),
    )
    .await;
    check(named(), None, json!({"type": "tool", "name": "look_up"})).await;
}

#[tokio::test]
async fn the_limit_of_an_answer_has_a_default_that_reasoning_comes_on_top_of() {
    let upstream = Upstream::json(200, ANSWER);
    let limit = async |config: AnthropicConfig, request: ChatRequest| {
        Anthropic::new(config).unwrap().chat(&MODEL.into(), request).await.unwrap();
        upstream
            .received()
            .last()
            .map(|sent| serde_json::from_str::<Value>(&sent.body).unwrap()["max_tokens"].clone())
    };
    let thinking = || {
        let mut reasoning = Reasoning::default();
        reasoning.max_tokens = Some(2_000);
        ChatRequest::from("Hello").with_reasoning(reasoning)
    };
    let config = || upstream.config();
    assert_eq!(limit(config(), "Hello".into()).await.unwrap(), 4_096);
    assert_eq!(limit(config().with_default_max_tokens(100), "Hello".into()).await.unwrap(), 100);
    assert_eq!(limit(config(), thinking()).await.unwrap(), 6_096);
    assert_eq!(limit(config(), thinking().with_max_tokens(2_500)).await.unwrap(), 2_500);
}

#[tokio::test]
async fn hidden_reasoning_is_left_out_of_the_answer() {
    let mut reasoning = Reasoning::default();
    reasoning.max_tokens = Some(1_024);
    reasoning.exclude = Some(true);
    let body = sent(ChatRequest::from("Hello").with_reasoning(reasoning)).await;
    assert_eq!(
        body["thinking"],
        json!({"type": "enabled", "budget_tokens": 1_024, "display": "omitted"})
    );
}

#[tokio::test]
async fn an_effort_of_none_switches_thinking_off() {
    let mut reasoning = Reasoning::effort("none");
    reasoning.exclude = Some(true);
    let body = sent(ChatRequest::from("Hello").with_reasoning(reasoning)).await;
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
    assert_eq!(body.get("output_config"), None);
    assert_eq!(body["max_tokens"], 4_096);
}

#[tokio::test]
async fn calls_of_other_providers_get_ids_this_one_takes() {
    let turns = [
        ("call_0", "first"),
        ("call_0", "second"),
        ("functions.look:2", "third"),
        ("call_0_2", "fourth"),
        ("", "fifth"),
    ];
    let turns = turns.into_iter().flat_map(|(id, result)| {
        let calls = calling([call(id, "look", "{}")]);
        [Message::Assistant(calls), Message::tool_result(id, result)]
    });
    let unasked = Message::tool_result("call.9", "nobody asked");
    let messages = [Message::user("Look.")].into_iter().chain(turns).chain([unasked]);
    let body = sent(ChatRequest::new(messages.collect::<Vec<_>>())).await;
    let turns = body["messages"].as_array().unwrap();
    let ids = turns.iter().skip(1).flat_map(|turn| turn["content"].as_array().unwrap());
    let ids: Vec<_> = ids
        .map(|block| block.get("id").or(block.get("tool_use_id")).unwrap().as_str().unwrap())
        .collect();
    let pairs = ["call_0", "call_0_2", "functions_look_2", "call_0_2_2", "call"];
    let expected: Vec<_> = pairs.iter().flat_map(|id| [*id, *id]).chain(["call_9"]).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn extras_win_over_typed_fields() {
    let tools = json!([{"type": "web_search_20250305", "name": "web_search"}]);
    let mut reasoning = Reasoning::default();
    reasoning.max_tokens = Some(1_024);
    let request = ChatRequest::from("Hello")
        .with_system("Be brief.")
        .with_reasoning(reasoning)
        .with_temperature(0.5)
        .with_max_tokens(5)
        .with_tools([Tool::new("look_up", json!({}))])
        .with_extra("tools", tools.clone())
        .with_extra("system", "Be long.")
        .with_extra("temperature", 1)
        .with_extra("max_tokens", 7)
        .with_extra("cache_control", json!({"type": "ephemeral"}))
        .with_extra("thinking", json!({"type": "adaptive"}));
    assert_eq!(
        sent(request).await,
        json!({
            "model": MODEL, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
            "tools": tools, "system": "Be long.", "temperature": 1, "max_tokens": 7,
            "cache_control": {"type": "ephemeral"}, "thinking": {"type": "adaptive"},
        })
    );
    let body = sent(ChatRequest::new([]).with_extra("messages", json!(["raw"]))).await;
    assert_eq!(body["messages"], json!(["raw"]));
}

#[tokio::test]
async fn a_stream_is_asked_for_by_the_body() {
    let upstream = Upstream::events("");
    assert!(upstream.stream().await.is_err());
    assert_eq!(upstream.body()["stream"], true);
    assert_eq!(upstream.received()[0].header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn the_head_carries_key_version_features_and_own_headers() {
    let upstream = Upstream::json(200, ANSWER);
    let config =
        upstream.config().with_beta("one-2026").with_beta("two-2026").with_header("X-Team", "blue");
    let ask = async |config: AnthropicConfig| {
        let provider = Anthropic::new(config).unwrap();
        provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
        upstream.received().pop().unwrap()
    };
    let request = ask(config.clone()).await;
    assert_eq!(request.path(), "/v1/messages");
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(request.header("anthropic-beta"), Some("one-2026,two-2026"));
    assert_eq!(request.header("x-team"), Some("blue"));
    let request = ask(config.with_header("Anthropic-Version", "2099-01-01")).await;
    assert_eq!(request.header("anthropic-version"), Some("2099-01-01"));
    let request = ask(upstream.config()).await;
    assert_eq!(request.header("anthropic-beta"), None);
}

#[tokio::test]
async fn an_address_with_the_version_at_its_end_is_the_same() {
    let upstream = Upstream::json(200, ANSWER);
    let base = upstream.config().connection.base_url;
    for end in ["", "/", "/v1", "/v1/", "/v1/v1"] {
        let config = upstream.config().with_base_url(format!("{base}{end}"));
        let provider = Anthropic::new(config).unwrap();
        provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
        assert_eq!(upstream.received().pop().unwrap().path(), "/v1/messages", "{end}");
    }
    let config = upstream.config().with_base_url(format!("{base}/gateway/v1"));
    let provider = Anthropic::new(config).unwrap();
    provider.chat(&MODEL.into(), ChatRequest::from("Hello")).await.unwrap();
    assert_eq!(upstream.received().pop().unwrap().path(), "/gateway/v1/messages");
}

/// Requests that are refused before anything is sent, and a word of why.
fn refused() -> Vec<(ChatRequest, Kind, &'static str)> {
    let hello = || ChatRequest::from("Hello");
    let sampling = |sampling: Sampling| hello().with_sampling(sampling);
    let image = || Image::url("https://example.com/a.png");
    let detailed = Image { detail: Some("low".to_owned()), ..image() };
    let inline =
        ImageSource::Base64 { media_type: "image/png".to_owned(), data: "aGk=".to_owned() };
    let drawn = AssistantMessage {
        content: vec![Part::Image(Image { source: inline, detail: None })],
        ..AssistantMessage::default()
    };
    let said = |message| ChatRequest::new([Message::user("Go"), Message::Assistant(message)]);
    let schema = |schema: Value| ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: Arc::new(schema),
        strict: true,
    };
    let mut hidden = Reasoning::default();
    hidden.exclude = Some(true);
    let mut labelled = hello();
    Arc::make_mut(&mut labelled.metadata).insert("run".to_owned(), "42".to_owned());
    let mut twice = hello().with_extra("metadata", json!({"user_id": "a"}));
    twice.user = Some("b".to_owned());
    let named = Message::User { content: vec!["Hello".into()], name: Some("Ann".to_owned()) };
    let with_config =
        |request: ChatRequest| request.with_extra("output_config", json!({"effort": "low"}));
    vec![
        (ChatRequest::new([]), Kind::InvalidRequest, "no message"),
        (ChatRequest::new([Message::system("Be brief.")]), Kind::InvalidRequest, "no message"),
        (hello().with_temperature(f64::NAN), Kind::InvalidRequest, "temperature"),
        (hello().with_extra("model", "other"), Kind::InvalidRequest, "`model`"),
        (hello().with_extra("stream", true), Kind::InvalidRequest, "`stream`"),
        (
            ChatRequest::new([Message::user_parts([Part::Other(json!(7))])]),
            Kind::InvalidRequest,
            "part",
        ),
        (hello().with_tools([Tool::new("look_up", json!(7))]), Kind::InvalidRequest, "look_up"),
        (
            with_config(hello().with_response_format(schema(json!({})))),
            Kind::InvalidRequest,
            "output_config",
        ),
        (
            with_config(hello().with_reasoning(Reasoning::effort("high"))),
            Kind::InvalidRequest,
            "output_config",
        ),
        (twice, Kind::InvalidRequest, "metadata"),
        (
            sampling(Sampling { frequency_penalty: Some(0.1), ..Sampling::default() }),
            Kind::UnsupportedParam,
            "frequency_penalty",
        ),
        (
            sampling(Sampling { presence_penalty: Some(0.1), ..Sampling::default() }),
            Kind::UnsupportedParam,
            "presence_penalty",
        ),
        (
            sampling(Sampling { seed: Some(1), ..Sampling::default() }),
            Kind::UnsupportedParam,
            "seed",
        ),
        (labelled, Kind::UnsupportedParam, "metadata"),
        (
            hello().with_response_format(ResponseFormat::JsonObject),
            Kind::UnsupportedParam,
            "json_schema",
        ),
        (hello().with_reasoning(hidden), Kind::UnsupportedParam, "reasoning.max_tokens"),
        (ChatRequest::new([named]), Kind::UnsupportedParam, "`name`"),
        (
            ChatRequest::new([Message::user_parts([detailed.into()])]),
            Kind::UnsupportedParam,
            "`detail`",
        ),
        (
            ChatRequest::new([
                Message::System { content: vec![image().into()] },
                Message::user("Hello"),
            ]),
            Kind::UnsupportedParam,
            "instructions",
        ),
        (said(drawn), Kind::UnsupportedParam, "image"),
        (said(calling([call("a", "look_up", "{\"city\":")])), Kind::UnsupportedParam, "look_up"),
        (said(calling([call("a", "look_up", "[1]")])), Kind::UnsupportedParam, "look_up"),
    ]
}

/// Settings whose values are refused before anything is sent.
fn refused_values() -> Vec<(ChatRequest, Kind, &'static str)> {
    let hello = || ChatRequest::from("Hello");
    let blank =
        Sampling { stop: Arc::new(["END".to_owned(), "\n\n".to_owned()]), ..Sampling::default() };
    let mut torn = Reasoning::effort("none");
    torn.max_tokens = Some(2_000);
    vec![
        (hello().with_temperature(1.1), Kind::UnsupportedParam, "`temperature`"),
        (hello().with_sampling(blank), Kind::UnsupportedParam, "`stop`"),
        (hello().with_reasoning(Reasoning::effort("minimal")), Kind::UnsupportedParam, "xhigh"),
        (hello().with_reasoning(torn), Kind::InvalidRequest, "`none`"),
    ]
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, ANSWER);
    for (request, kind, word) in refused().into_iter().chain(refused_values()) {
        for streamed in [false, true] {
            let (provider, request) = (upstream.provider(), request.clone());
            let error = if streamed {
                provider.stream(&MODEL.into(), request).await.err().unwrap()
            } else {
                provider.chat(&MODEL.into(), request).await.unwrap_err()
            };
            assert_eq!((error.kind(), error.execution()), (kind, Execution::NotSent), "{error}");
            assert!(error.message().contains(word), "{word} is not in {error}");
            assert_eq!(error.model().unwrap(), &MODEL);
        }
    }
    assert!(upstream.received().is_empty());
}

#[test]
fn a_key_or_address_no_call_can_use_is_refused() {
    let check = |config: AnthropicConfig, expected: &str| {
        let error = Anthropic::new(config).unwrap_err().to_string();
        assert!(error.starts_with("anthropic: ") && error.contains(expected), "{error}");
        assert!(!error.contains("canary"), "{error}");
    };
    check(AnthropicConfig::new(""), "api_key is empty: set Anthropic's key");
    check(AnthropicConfig::new("canary\n"), "line break");
    for base_url in
        ["", "canary", "ftp://canary", "https://", "https://canary@host/v1", "http:///x"]
    {
        check(AnthropicConfig::new("sk-test-000").with_base_url(base_url), "base_url");
    }
    check(AnthropicConfig::new("sk-test-000").with_header("bad name", "x"), "header");
}
