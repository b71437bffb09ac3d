//! What models are asked.

use std::sync::Arc;

use fastrand::Rng;
use llm_core::{ChatRequest, Reasoning, ResponseFormat, Tool, ToolChoice};
use serde_json::{Value, json};

use crate::{
    options::{Profile, RunOptions},
    report::Purpose,
    target::TestTarget,
};

/// What models are asked unless the configuration says otherwise.
const QUESTION: &str = "Say in one short sentence what a lighthouse is for.";

const JSON_TASK: &str = "Describe Paris. Answer with one JSON object and nothing else: \
    {\"city\": its name as text, \"population\": how many people live there as a whole number}.";

const TOOL_TASK: &str = "What is the weather in Paris now? Call the tool to find out.";

/// The name of the tool that is offered.
pub(super) const TOOL: &str = "get_weather";

/// The longest answer to a chat call, in tokens. One token would be spent on reasoning by models
/// that nobody said reason; no limit would be spent in full.
pub(super) const fn max_tokens(profile: Profile) -> u32 {
    match profile {
        Profile::Smoke => 16,
        Profile::Standard => 96,
    }
}

/// The same for models that reason.
pub(super) const MAX_TOKENS_REASONING: u32 = 512;

/// A call to `target`. `nonce` makes it unlike every other, so that no cache answers.
pub(super) fn request(
    purpose: Purpose,
    target: &TestTarget,
    options: &RunOptions,
    nonce: &str,
) -> ChatRequest {
    let task = match purpose {
        Purpose::Json => JSON_TASK,
        Purpose::Tools => TOOL_TASK,
        Purpose::WarmUp | Purpose::Chat | Purpose::Stream => question(options),
    };
    let mut request = ChatRequest::from(format!("[test {nonce}] {task}"));
    request.sampling = target.sampling.clone();
    request.extras = Arc::new(target.extras.clone());
    request.reasoning.clone_from(&target.reasoning);
    let mut limit = max_tokens(options.profile);
    if target.reasons() {
        limit = limit.max(MAX_TOKENS_REASONING);
        request.reasoning = Some(Reasoning::effort("low"));
    }
    let request = request.with_max_tokens(limit);
    match purpose {
        Purpose::Json => request.with_response_format(json_format(target)),
        Purpose::Tools => {
            let tool =
                Tool::new(TOOL, tool_schema()).with_description("The weather in a city now.");
            request.with_tools([tool]).with_tool_choice(ToolChoice::Auto)
        }
        Purpose::WarmUp | Purpose::Chat | Purpose::Stream => request,
    }
}

/// What chat calls ask.
pub(super) fn question(options: &RunOptions) -> &str {
    options.prompt.as_deref().unwrap_or(QUESTION)
}

/// A hash of what chat calls ask: enough to see that two runs asked the same.
pub(super) fn question_hash(options: &RunOptions) -> String {
    llm_manager::fingerprint(question(options))
}

/// What the answer to the JSON task must match.
pub(super) fn json_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "population": {"type": "integer"}},
        "required": ["city", "population"],
        "additionalProperties": false,
    })
}

/// What the arguments of the tool must match.
pub(super) fn tool_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city's name."}},
        "required": ["city"],
        "additionalProperties": false,
    })
}

/// The schema is sent only to models known to take it; any JSON mode can do the task.
fn json_format(target: &TestTarget) -> ResponseFormat {
    if target.capabilities.json_schema == Some(true) {
        let schema = Arc::new(json_schema());
        ResponseFormat::JsonSchema { name: "city".to_owned(), schema, strict: true }
    } else {
        ResponseFormat::JsonObject
    }
}

/// Marks of calls, each once a run.
#[derive(Debug)]
pub(super) struct Nonces {
    rng: Rng,
    n_made: u32,
}

impl Nonces {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), n_made: 0 }
    }

    pub(super) fn next(&mut self) -> String {
        self.n_made += 1;
        format!("{:08x}-{}", self.rng.u32(..), self.n_made)
    }
}
