//! What compatible servers do in their own way, each under the name of the server it was seen at.

use std::time::Duration;

use llm_core::{ErrorKind as Kind, Execution, FinishReason, Retry, StreamEvent};

use crate::upstream::{Upstream, data, stream_of};

async fn failed(status: u16, body: &str) -> (Kind, Execution) {
    let error = Upstream::json(status, body).chat().await.unwrap_err();
    (error.kind(), error.execution())
}

/// vllm-project/vllm#3485 and #37011: older versions put the error's fields at the top of the
/// body, the code is a number in some and a word in others.
#[tokio::test]
async fn vllm_errors_stand_at_the_top_or_inside() {
    let missing = r#"{"object":"error","message":"The model `a` does not exist.","type":"NotFoundError","param":null,"code":404}"#;
    assert_eq!(failed(404, missing).await, (Kind::ModelNotFound, Execution::Rejected));
    let long = r#""message":"This model's maximum context length is 2048 tokens. However, your request has 8 input tokens plus 2045 'max_tokens'.","type":"BadRequestError","param":"input_tokens""#;
    for body in [
        format!(r#"{{"object":"error",{long},"code":400}}"#),
        format!(r#"{{"error":{{{long},"code":400}}}}"#),
        r#"{"error":{"message":"too long","type":"BadRequestError","code":"context_length_exceeded"}}"#.to_owned(),
    ] {
        assert_eq!(failed(400, &body).await, (Kind::ContextLength, Execution::Rejected), "{body}");
    }
    let sampling = r#"{"object":"error","message":"max_tokens must be at least 1, got -186.","type":"BadRequestError","param":null,"code":400}"#;
    assert_eq!(failed(400, sampling).await, (Kind::InvalidRequest, Execution::Rejected));
}

/// The same shapes in a stream that began with status 200, or inside a whole success.
#[tokio::test]
async fn vllm_errors_inside_a_stream() {
    let top = r#"{"object":"error","message":"The engine died","type":"InternalServerError","param":null,"code":500}"#;
    let inside = r#"{"error":{"message":"The engine died","type":"InternalServerError","param":null,"code":500}}"#;
    for error in [top, inside] {
        let first = Upstream::events(&stream_of(&[error])).stream().await.unwrap_err();
        assert_eq!(first.kind(), Kind::UpstreamServer, "{error}");
        let begun = [r#"{"choices":[{"delta":{"content":"a"}}]}"#, error];
        let late = Upstream::events(&stream_of(&begun)).stream().await.unwrap_err();
        assert_eq!(
            (late.kind(), late.execution(), late.status()),
            (Kind::UpstreamMidError, Execution::Executed, Some(500)),
            "{error}"
        );
        assert_eq!(failed(200, error).await.0, Kind::UpstreamServer);
    }
}

/// vLLM with `continuous_usage_stats`: every chunk counts so far; the last count stands.
#[tokio::test]
async fn vllm_counts_in_every_chunk() {
    let answer = Upstream::events(&stream_of(&[
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":{"prompt_tokens":5,"total_tokens":5,"completion_tokens":0}}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":{"prompt_tokens":5,"total_tokens":6,"completion_tokens":1}}"#,
        r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}"#,
    ]))
    .streamed()
    .await;
    assert_eq!(answer.text(), "Hi");
    assert_eq!(answer.usage.unwrap().output_tokens, Some(2));
}

/// mostlygeek/llama-swap#146 and canonical/inference-snaps#234: a model that is being loaded, with
/// the error inside or at the top.
#[tokio::test]
async fn llama_cpp_is_overloaded_while_it_loads_a_model() {
    let inside = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    let top = r#"{"message":"Loading model","type":"unavailable_error","code":503}"#;
    for (status, body) in [(503, inside), (503, top), (200, inside)] {
        let error = Upstream::json(status, body).chat().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Overloaded, "{status} {body}");
        assert!(error.is_retryable());
        assert!(error.message().contains("Loading model"), "{error}");
    }
}

/// ggml-org/llama.cpp#15780: its own class of error, under 400 or 500, with counts beside it.
#[tokio::test]
async fn llama_cpp_says_that_a_prompt_is_too_long() {
    for status in [400, 500] {
        let body = format!(
            r#"{{"error":{{"code":{status},"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":1407,"n_ctx":256}}}}"#
        );
        assert_eq!(failed(status, &body).await.0, Kind::ContextLength, "{status}");
    }
}

/// llama-server's last chunk carries `timings`, and its stream counts without being asked twice.
#[tokio::test]
async fn llama_cpp_adds_timings() {
    let answer = Upstream::events(&stream_of(&[
        r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"chatcmpl-1","model":"a","system_fingerprint":"b1","object":"chat.completion.chunk"}"#,
        r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"Hm"}}],"id":"chatcmpl-1"}"#,
        r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hi"}}],"id":"chatcmpl-1"}"#,
        r#"{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"id":"chatcmpl-1","timings":{"prompt_n":1,"predicted_per_second":56.2}}"#,
        r#"{"choices":[],"id":"chatcmpl-1","usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11},"timings":{"prompt_n":1}}"#,
    ]))
    .streamed()
    .await;
    assert_eq!((answer.text().as_str(), answer.message.reasoning.as_deref()), ("Hi", Some("Hm")));
    assert_eq!(answer.usage.unwrap().total_tokens, Some(11));
}

/// lmstudio-ai/lmstudio-bug-tracker#618: an unknown path is a success whose error is a text.
#[tokio::test]
async fn lm_studio_answers_200_to_a_path_it_does_not_serve() {
    let body = r#"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#;
    for _ in 0..2 {
        assert_eq!(failed(200, body).await.0, Kind::UpstreamMisconfigured);
        let error = Upstream::json(200, body).stream().await.unwrap_err();
        assert_eq!(error.kind(), Kind::UpstreamMisconfigured);
    }
}

/// BerriAI/litellm#3899 and thinking-machines-lab/tinker-feedback#83: FastAPI servers, of which
/// `transformers serve` is one, put what is wrong under `detail`, as a list or as a text.
#[tokio::test]
async fn transformers_serve_puts_errors_under_detail() {
    let list = r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{}}]}"#;
    let error = Upstream::json(422, list).chat().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unprocessable);
    assert_eq!(error.message(), "Field required (param messages)");
    let text = r#"{"detail":"Model is busy"}"#;
    let error = Upstream::json(503, text).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Overloaded, "Model is busy"));
    let nested = r#"{"detail":{"message":"No such model","code":"model_not_found"}}"#;
    assert_eq!(failed(400, nested).await.0, Kind::ModelNotFound);
}

/// Errors as text, as proxies and web frameworks send them: the status decides.
#[tokio::test]
async fn errors_as_plain_text() {
    for (status, kind) in
        [(500, Kind::UpstreamServer), (503, Kind::Overloaded), (429, Kind::RateLimited)]
    {
        let upstream =
            Upstream::answering(status, "content-type: text/plain\r\n", "Internal Server Error");
        let error = upstream.chat().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(!error.to_string().contains("Internal Server Error"), "{error}");
        let error =
            Upstream::json(status, r#"{"error":"Out of memory"}"#).chat().await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, "Out of memory"));
    }
}

/// huggingface/text-generation-inference#2221: streams ended with the connection, without
/// `[DONE]`. Without a finish reason such an end proves nothing.
#[tokio::test]
async fn text_generation_inference_ends_without_done() {
    let text = data(
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#,
    );
    let end = data(
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"eos_token"}]}"#,
    );
    let answer = Upstream::events(&(text.clone() + &end)).streamed().await;
    assert_eq!((answer.text().as_str(), answer.finish_reason), ("Hi", Some(FinishReason::Stop)));
    let error = Upstream::events(&text).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::StreamCut, Execution::Executed));
}

/// Groq's documentation and SDKs: a stream's usage stands under `x_groq` in the last chunk;
/// Portkey-AI/gateway#1338: asked for usage, it is sent in a chunk of its own as well.
#[tokio::test]
async fn groq_counts_under_a_name_of_its_own() {
    let chunks = [
        r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"x_groq":{"id":"req_1"}}"#,
        r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"queue_time":0.1,"prompt_tokens":18,"prompt_time":0.01,"completion_tokens":3,"completion_time":0.02,"total_tokens":21,"total_time":0.03}}}"#,
    ];
    let asked = r#"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":18,"completion_tokens":3,"total_tokens":21}}"#;
    let alone = Upstream::events(&stream_of(&chunks)).streamed().await;
    let both = [chunks.as_slice(), &[asked]].concat();
    let both = Upstream::events(&stream_of(&both)).streamed().await;
    assert_eq!(alone, both);
    let usage = alone.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(18), Some(3)));
    for odd in ["7", "null", "[]", r#"{"usage":7}"#] {
        let chunk = format!(
            r#"{{"choices":[{{"delta":{{"content":"a"}},"finish_reason":"stop"}}],"x_groq":{odd}}}"#
        );
        assert_eq!(Upstream::events(&data(&chunk)).streamed().await.usage, None, "{odd}");
    }
}

/// Groq's limits: danielmiessler/Fabric#364, with the headers of groq/groq-typescript#28.
#[tokio::test]
async fn groq_says_when_a_limit_ends() {
    let body = r#"{"error":{"message":"Rate limit reached for model `a` in organization `org_1` on tokens per minute (TPM): Limit 7000, Used 0, Requested ~12903. Please try again in 50.59s.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let headers = "x-ratelimit-remaining-requests: 14399\r\nx-ratelimit-reset-requests: 6s\r\n\
                   x-ratelimit-remaining-tokens: 5843\r\nx-ratelimit-reset-tokens: 1.57s\r\n";
    let error = Upstream::answering(429, headers, body).chat().await.unwrap_err();
    assert_eq!(error.kind(), Kind::RateLimited);
    assert_eq!(error.retry(), Some(Retry::After(Duration::from_millis(1_570))));
    let tool = r#"{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"canary"}}"#;
    assert_eq!(failed(400, tool).await.0, Kind::InvalidRequest);
}

/// karthink/gptel#592: chunks with a role and nothing else, reasoning under a name of its own.
/// BerriAI/litellm#5017: cached tokens at the top of the usage.
#[tokio::test]
async fn deepseek_thinks_aloud_and_counts_cached_tokens_elsewhere() {
    let usage = r#"{"completion_tokens":40,"prompt_tokens":11,"total_tokens":51,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":3,"completion_tokens_details":{"reasoning_tokens":30}}"#;
    let last = format!(
        r#"{{"id":"1","choices":[{{"index":0,"delta":{{"content":"","reasoning_content":null}},"finish_reason":"stop"}}],"usage":{usage}}}"#
    );
    let answer = Upstream::events(&stream_of(&[
        r#"{"model":"deepseek-r1","id":"1","choices":[{"index":0,"delta":{"role":"assistant"}}],"object":"chat.completion.chunk"}"#,
        r#"{"model":"deepseek-r1","id":"1","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"Okay","role":"assistant"}}]}"#,
        r#"{"model":"deepseek-r1","id":"1","choices":[{"index":0,"delta":{"reasoning_content":", so","role":"assistant"}}]}"#,
        r#"{"model":"deepseek-r1","id":"1","choices":[{"index":0,"delta":{"content":"Hi","reasoning_content":null}}]}"#,
        &last,
    ]))
    .streamed()
    .await;
    let body = format!(
        r#"{{"id":"1","model":"deepseek-r1","choices":[{{"index":0,"message":{{"role":"assistant","content":"Hi","reasoning_content":"Okay, so"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
    );
    assert_eq!(answer, Upstream::json(200, &body).chat().await.unwrap());
    assert_eq!(answer.message.reasoning.as_deref(), Some("Okay, so"));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.cached_input_tokens, usage.reasoning_tokens), (Some(8), Some(30)));
    // Whoever sends both names means the standard one.
    let both = r#"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":4},"prompt_cache_hit_tokens":5}}"#;
    let usage = Upstream::json(200, both).chat().await.unwrap().usage.unwrap();
    assert_eq!(usage.cached_input_tokens, Some(4));
}

/// DeepSeek's documentation: a stop for want of resources is no answer; its errors say little
/// (continuedev/continue#9942).
#[tokio::test]
async fn deepseek_runs_out_of_resources_and_of_balance() {
    let end = r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"insufficient_system_resource"}]}"#;
    let begun = [r#"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#, end];
    let error = Upstream::events(&stream_of(&begun)).stream().await.unwrap_err();
    assert_eq!((error.kind(), error.execution()), (Kind::UpstreamMidError, Execution::Executed));
    assert!(error.message().contains("insufficient_system_resource"), "{error}");
    let balance = r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}"#;
    assert_eq!(failed(402, balance).await.0, Kind::QuotaExhausted);
    let model = r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#;
    assert_eq!(failed(400, model).await.0, Kind::ModelNotFound);
    let image = r#"{"error":{"message":"Failed to deserialize the JSON body into the target type: messages[0]: unknown variant `image_url`, expected `text`","type":"invalid_request_error"}}"#;
    assert_eq!(failed(400, image).await.0, Kind::UnsupportedParam);
}

/// mlflow/mlflow#11557: the usage comes with the last piece of content, `text` beside the delta,
/// and Together's own finish reason is `eos`.
#[tokio::test]
async fn together_counts_in_the_last_content_chunk() {
    let answer = Upstream::events(&stream_of(&[
        r#"{"id":"8-ATH","object":"chat.completion.chunk","choices":[{"index":0,"text":"H","logprobs":null,"finish_reason":null,"delta":{"token_id":2287,"content":"H"}}],"model":"a","usage":null}"#,
        r#"{"id":"8-ATH","object":"chat.completion.chunk","choices":[{"index":0,"text":"i","logprobs":null,"finish_reason":"eos","delta":{"token_id":1264,"content":"i"}}],"model":"a","usage":{"prompt_tokens":17,"completion_tokens":2,"total_tokens":19}}"#,
    ]))
    .streamed()
    .await;
    assert_eq!((answer.text().as_str(), answer.finish_reason), ("Hi", Some(FinishReason::Stop)));
    assert_eq!(answer.usage.unwrap().total_tokens, Some(19));
}

/// BerriAI/litellm#17136 and langchain-ai/langchain#38349: the finish reason comes twice, the
/// second time with the usage; the last chunk may hold no choices, or null for them.
#[tokio::test]
async fn a_finish_reason_that_comes_twice_is_one() {
    let events = Upstream::events(&stream_of(&[
        r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#,
        r#"{"choices":null,"usage":{"total_tokens":4}}"#,
        r#"{"choices":[]}"#,
    ]))
    .stream()
    .await
    .unwrap();
    let texts = events.iter().filter(|event| matches!(event, StreamEvent::Text(_))).count();
    assert_eq!(texts, 1);
    let answer = crate::upstream::fold(events);
    assert_eq!((answer.text().as_str(), answer.finish_reason), ("Hi", Some(FinishReason::Stop)));
    assert_eq!(answer.usage.unwrap().total_tokens, Some(4));
}

/// Servers that parse tool calls themselves send the arguments as an object, whole in one piece.
#[tokio::test]
async fn tool_arguments_that_are_an_object_are_their_text() {
    let call = r#"{"index":0,"id":"c1","type":"function","function":{"name":"look_up","arguments":{"city":"Paris"}}}"#;
    let whole = format!(
        r#"{{"choices":[{{"message":{{"role":"assistant","tool_calls":[{call}]}},"finish_reason":"tool_calls"}}]}}"#
    );
    let chunk = format!(
        r#"{{"choices":[{{"delta":{{"tool_calls":[{call}]}},"finish_reason":"tool_calls"}}]}}"#
    );
    let whole = Upstream::json(200, &whole).chat().await.unwrap();
    assert_eq!(whole.message.tool_calls[0].arguments, r#"{"city":"Paris"}"#);
    assert_eq!(Upstream::events(&data(&chunk)).streamed().await, whole);
}
