//! From the JSON of a call to a request and its options.

use std::sync::Arc;

use llm_core::{ChatRequest, Message, ResponseFormat, Sampling, Tool, ToolChoice};
use llm_manager::{GenerateOptions, config::StrategyName};
use serde::{Deserialize, Deserializer, de::IntoDeserializer};
use serde_json::Value;

use crate::{
    arguments, conversation,
    fault::{Fault, usage},
    formats,
};

/// One call: what is asked, and what it changes of the configuration. Fields as in OpenAI's chat completions.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Call {
    messages: Value,
    tools: Vec<Value>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
    response_format: Option<Value>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    max_tokens: Option<u32>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    #[serde(deserialize_with = "one_or_many")]
    stop: Vec<String>,
    seed: Option<i64>,
    options: Options,
}

/// What a call changes of the configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    strategy: Option<String>,
    use_fastest: Option<bool>,
    use_parallel: Option<bool>,
    model_name: Option<String>,
    fallback: Option<bool>,
    /// Seconds.
    timeout: Option<f64>,
    /// Models that are not to be asked.
    avoid: Vec<String>,
    check_json: Option<bool>,
}

/// Reads a call.
///
/// # Errors
///
/// When it is not one; the message names the place.
pub(crate) fn read(json: &str) -> Result<(ChatRequest, GenerateOptions), Fault> {
    let call: Call = arguments::parse(json)?;
    let options = call.options.read()?;
    let messages = conversation::read(&call.messages)?;
    if messages.is_empty() || messages.iter().all(is_blank) {
        return Err(usage("there is nothing to answer: every message is empty"));
    }
    let mut request = ChatRequest::new(messages).with_sampling(Sampling {
        temperature: call.temperature,
        top_p: call.top_p,
        top_k: None,
        frequency_penalty: call.frequency_penalty,
        presence_penalty: call.presence_penalty,
        max_tokens: call.max_tokens,
        stop: call.stop.into(),
        seed: call.seed,
    });
    request.tools = tools(&call.tools)?;
    request.tool_choice = call.tool_choice.as_ref().map(formats::tool_choice).transpose()?;
    request.parallel_tool_calls = call.parallel_tool_calls;
    let format = call.response_format.as_ref().map(formats::response_format).transpose()?;
    request.response_format = format.filter(|format| *format != ResponseFormat::Text);
    // A choice among no tools is refused by some servers.
    if request.tools.is_empty() && request.tool_choice == Some(ToolChoice::Auto) {
        request.tool_choice = None;
    }
    Ok((request, options))
}

/// Reads the conversation of a call alone, to measure it: it may be empty.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_to_measure(json: &str) -> Result<ChatRequest, Fault> {
    let call: Call = arguments::parse(json)?;
    let mut request = ChatRequest::new(conversation::read(&call.messages)?);
    request.tools = tools(&call.tools)?;
    Ok(request)
}

fn tools(tools: &[Value]) -> Result<Arc<[Tool]>, Fault> {
    let tools = tools.iter().enumerate();
    tools.map(|(place, tool)| formats::tool(place, tool)).collect()
}

impl Options {
    fn read(self) -> Result<GenerateOptions, Fault> {
        let mut options = GenerateOptions::default();
        options.strategy = self.strategy.as_deref().map(strategy).transpose()?;
        options.use_fastest = self.use_fastest;
        options.use_parallel = self.use_parallel;
        options.model = self.model_name;
        options.fallback = self.fallback.unwrap_or(true);
        options.avoid = self.avoid;
        options.check_json = self.check_json.unwrap_or(true);
        options.timeout = self.timeout.map(arguments::seconds).transpose()?;
        Ok(options)
    }
}

fn strategy(name: &str) -> Result<StrategyName, Fault> {
    StrategyName::deserialize(name.into_deserializer()).map_err(|_: serde::de::value::Error| {
        usage(format!("strategy: unknown `{name}`; expected single, fallback or best_of_two"))
    })
}

fn is_blank(message: &Message) -> bool {
    let blank = |part: &llm_core::Part| part.as_text().is_some_and(|text| text.trim().is_empty());
    message.tool_calls().is_empty() && message.content().iter().all(blank)
}

/// `"stop"`, `["stop"]` or nothing.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text or a list of texts")]
    enum OneOrMany {
        Nothing,
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Nothing => Vec::new(),
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}
