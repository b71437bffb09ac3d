//! What a request may not ask, because Ollama's API cannot say it.

use llm_core::{
    AssistantMessage, ChatRequest, Error, ErrorKind, Execution, Message, Part, Reasoning,
    ResponseFormat, Result, Tool, ToolChoice,
};

use super::outgoing::{arguments, image_data};

/// Fields that Ollama reads under `options` and drops anywhere else.
const OPTIONS: [&str; 17] = [
    "num_ctx",
    "num_predict",
    "num_keep",
    "num_batch",
    "num_gpu",
    "num_thread",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "seed",
    "stop",
    "repeat_penalty",
    "repeat_last_n",
    "presence_penalty",
    "frequency_penalty",
];

/// Efforts that Ollama knows.
const EFFORTS: [&str; 5] = ["none", "low", "medium", "high", "max"];

/// Refuses what cannot be expressed, naming it. What nobody could serve is an invalid request;
/// what others may serve is an unsupported parameter.
pub(super) fn check(request: &ChatRequest) -> Result<()> {
    extras(request)?;
    if request.messages.is_empty() && !request.extras.contains_key("messages") {
        return invalid("the request holds no message");
    }
    request.messages.iter().try_for_each(message)?;
    tools(request)?;
    match &request.response_format {
        None | Some(ResponseFormat::Text | ResponseFormat::JsonObject) => {}
        Some(ResponseFormat::JsonSchema { schema, .. }) if schema.is_object() => {}
        Some(ResponseFormat::JsonSchema { .. }) => {
            return invalid("the schema of `response_format` is no JSON object");
        }
        Some(_) => return unsupported("ollama does not know this `response_format`"),
    }
    sampling(request)?;
    request.reasoning.as_ref().map_or(Ok(()), reasoning)
}

fn extras(request: &ChatRequest) -> Result<()> {
    for field in ["model", "stream"] {
        if request.extras.contains_key(field) {
            return invalid(format!("extras must not hold `{field}`: the call itself says it"));
        }
    }
    if request.extras.get("n").is_some_and(|count| count.as_u64() != Some(1)) {
        return invalid("extras ask for several answers with `n`: one is read");
    }
    let misplaced = OPTIONS.iter().find(|name| request.extras.contains_key(**name));
    misplaced.map_or(Ok(()), |name| {
        unsupported(format!("ollama reads `{name}` under `options` alone, put it there in extras"))
    })
}

fn message(message: &Message) -> Result<()> {
    if let Message::User { name: Some(_), .. } = message {
        return unsupported("ollama does not know `name` of a message");
    }
    for part in message.content() {
        match part {
            Part::Text(_) => {}
            Part::Image(image) => {
                if image_data(part).is_none() {
                    return unsupported(
                        "ollama fetches no image by its address, send the image itself in base64",
                    );
                }
                if image.detail.as_deref().is_some_and(|detail| detail != "auto") {
                    return unsupported("ollama does not know `detail` of an image");
                }
            }
            _ => return unsupported("a message holds a part that is no text or image"),
        }
    }
    match message {
        Message::Assistant(message) => calls(message),
        _ => Ok(()),
    }
}

fn calls(message: &AssistantMessage) -> Result<()> {
    if message.extras.contains_key("tool_calls") {
        return Ok(());
    }
    let odd = message.tool_calls.iter().find(|call| arguments(&call.arguments).is_none());
    odd.map_or(Ok(()), |call| {
        let name = &call.name;
        unsupported(format!("the arguments of an earlier call of `{name}` are no JSON object"))
    })
}

fn tools(request: &ChatRequest) -> Result<()> {
    let is_odd = |tool: &&Tool| !(tool.parameters.is_object() || tool.parameters.is_null());
    if let Some(tool) = request.tools.iter().find(is_odd) {
        let name = &tool.name;
        return invalid(format!("the parameters of the tool `{name}` are no JSON object"));
    }
    match &request.tool_choice {
        None | Some(ToolChoice::Auto) => {}
        Some(ToolChoice::None) => return Ok(()),
        Some(_) => return unsupported("ollama cannot be made to call a tool by `tool_choice`"),
    }
    if request.parallel_tool_calls == Some(false) && !request.tools.is_empty() {
        return unsupported("ollama cannot be kept from several calls by `parallel_tool_calls`");
    }
    Ok(())
}

fn sampling(request: &ChatRequest) -> Result<()> {
    let sampling = &request.sampling;
    let floats = [
        ("temperature", sampling.temperature),
        ("top_p", sampling.top_p),
        ("frequency_penalty", sampling.frequency_penalty),
        ("presence_penalty", sampling.presence_penalty),
    ];
    for (name, value) in floats {
        if value.is_some_and(|value| !value.is_finite()) {
            return invalid(format!("`{name}` is no finite number"));
        }
    }
    if sampling.max_tokens == Some(0) {
        return invalid("`max_tokens` is 0, which ollama takes for no limit");
    }
    Ok(())
}

fn reasoning(reasoning: &Reasoning) -> Result<()> {
    if reasoning.max_tokens.is_some() {
        return unsupported("ollama does not know `reasoning.max_tokens`, name an effort instead");
    }
    if reasoning.exclude == Some(true) {
        return unsupported("ollama cannot leave its reasoning out by `reasoning.exclude`");
    }
    match reasoning.effort.as_deref() {
        Some(effort) if !EFFORTS.contains(&effort) => {
            let known = EFFORTS.join(", ");
            unsupported(format!("ollama does not know this `reasoning.effort`, it knows {known}"))
        }
        _ => Ok(()),
    }
}

fn invalid(message: impl Into<String>) -> Result<()> {
    Err(Error::new(ErrorKind::InvalidRequest, message).with_execution(Execution::NotSent))
}

fn unsupported(message: impl Into<String>) -> Result<()> {
    Err(Error::new(ErrorKind::UnsupportedParam, message).with_execution(Execution::NotSent))
}
