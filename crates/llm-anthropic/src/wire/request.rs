//! A request, to JSON.

use bytes::Bytes;
use llm_core::{
    ChatRequest, Error, ErrorKind, Execution, Extras, ModelId, Reasoning, ResponseFormat, Result,
    Sampling, Tool, ToolChoice,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::conversation::{BlockView, Conversation, Turn};

/// Efforts the API knows, beside `none`, which is no thinking at all.
const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// Writes the body of a request for `model`. `default_max_tokens` limits the answer where the
/// request does not.
///
/// The request's own extras win over every typed field.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`] for a request that is wrong, [`ErrorKind::UnsupportedParam`] for
/// one that another provider can express.
pub(crate) fn encode(
    model: &ModelId,
    request: &ChatRequest,
    stream: bool,
    default_max_tokens: u32,
) -> Result<Bytes> {
    check(request)?;
    let extras = &*request.extras;
    let typed = |field: &str| !extras.contains_key(field);
    let Conversation { system, turns, .. } = if typed("messages") {
        Conversation::of(&request.messages)?
    } else {
        Conversation::default()
    };
    if turns.is_empty() && typed("messages") {
        return Err(wrong("the request holds no message of the user"));
    }
    let Sampling { temperature, top_p, top_k, max_tokens, stop, .. } = &request.sampling;
    let thinking = request.reasoning.as_ref().and_then(Thinking::of);
    let budget = thinking.as_ref().and_then(|thinking| thinking.budget_tokens).unwrap_or(0);
    let max_tokens = max_tokens.unwrap_or(default_max_tokens.saturating_add(budget));
    let tools = request.tools.iter().map(ToolView::of).collect::<Result<Vec<_>>>()?;
    let body = Body {
        model,
        max_tokens: Some(max_tokens).filter(|_| typed("max_tokens")),
        system: Some(system).filter(|blocks| !blocks.is_empty() && typed("system")),
        messages: Some(turns).filter(|_| typed("messages")),
        tools: Some(tools).filter(|tools| !tools.is_empty() && typed("tools")),
        tool_choice: tool_choice(request).filter(|_| typed("tool_choice")),
        temperature: temperature.filter(|_| typed("temperature")),
        top_p: top_p.filter(|_| typed("top_p")),
        top_k: top_k.filter(|_| typed("top_k")),
        stop_sequences: Some(&**stop).filter(|stop| !stop.is_empty() && typed("stop_sequences")),
        thinking: thinking.filter(|_| typed("thinking")),
        output_config: OutputConfig::of(request),
        metadata: request.user.as_deref().map(|user_id| Metadata { user_id }),
        stream,
        extras,
    };
    let body = serde_json::to_vec(&body).map_err(|error| {
        Error::new(ErrorKind::Internal, "the request could not be written as JSON")
            .with_source(error)
    })?;
    Ok(Bytes::from(body))
}

/// Refuses what is wrong and what cannot be expressed, naming it.
fn check(request: &ChatRequest) -> Result<()> {
    for field in ["model", "stream"] {
        if request.extras.contains_key(field) {
            let message = format!("extras must not hold `{field}`: the call itself says it");
            return Err(wrong(&message));
        }
    }
    let Sampling { temperature, top_p, frequency_penalty, presence_penalty, seed, stop, .. } =
        &request.sampling;
    for (name, value) in [("temperature", temperature), ("top_p", top_p)] {
        if value.is_some_and(|value| !value.is_finite()) {
            return Err(wrong(&format!("`{name}` is no finite number")));
        }
    }
    if temperature.is_some_and(|temperature| temperature > 1.0) {
        return Err(unsupported("this provider takes a `temperature` of at most 1"));
    }
    if stop.iter().any(|stop| stop.trim().is_empty()) {
        return Err(unsupported("this provider takes no `stop` of blanks alone"));
    }
    // A penalty of zero is none.
    let is_set = |penalty: &Option<f64>| penalty.is_some_and(|penalty| penalty != 0.0);
    let refused = [
        ("frequency_penalty", is_set(frequency_penalty)),
        ("presence_penalty", is_set(presence_penalty)),
        ("seed", seed.is_some()),
    ];
    if let Some((name, _)) = refused.into_iter().find(|(_, is_set)| *is_set) {
        return Err(unsupported(&format!("this provider does not know `{name}`")));
    }
    if !request.metadata.is_empty() {
        return Err(unsupported("this provider stores no `metadata` beside `user`"));
    }
    if request.response_format == Some(ResponseFormat::JsonObject) {
        return Err(unsupported(
            "this provider knows no JSON object without a schema, ask for `json_schema`",
        ));
    }
    let has_config = request.extras.contains_key("output_config");
    if has_config && OutputConfig::of(request).is_some() {
        return Err(wrong(
            "extras hold `output_config`, so that the form of the answer and the effort of \
             reasoning must stand there too",
        ));
    }
    if request.user.is_some() && request.extras.contains_key("metadata") {
        return Err(wrong("extras hold `metadata`, so that `user` must stand there too"));
    }
    request.reasoning.as_ref().map_or(Ok(()), reasoning)
}

fn reasoning(reasoning: &Reasoning) -> Result<()> {
    match (reasoning.effort.as_deref(), reasoning.max_tokens) {
        (Some("none"), None) => Ok(()),
        (Some("none"), Some(_)) => Err(wrong(
            "`reasoning.effort` is `none`, so that `reasoning.max_tokens` is for nothing",
        )),
        (Some(effort), _) if !EFFORTS.contains(&effort) => {
            let known = EFFORTS.join(", ");
            let message = format!("this `reasoning.effort` is not among none, {known}");
            Err(unsupported(&message))
        }
        (_, None) if reasoning.exclude == Some(true) => Err(unsupported(
            "this provider keeps reasoning out of the answer only with `reasoning.max_tokens` set",
        )),
        _ => Ok(()),
    }
}

/// The error of a request no provider could serve.
pub(super) fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest, message).with_execution(Execution::NotSent)
}

/// The error of a request that another provider may be able to serve.
pub(super) fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedParam, message).with_execution(Execution::NotSent)
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a ModelId,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<Vec<BlockView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Turn<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Vec<ToolView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ChoiceView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_sequences: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(flatten)]
    extras: &'a Extras,
}

#[derive(Serialize)]
struct Metadata<'a> {
    user_id: &'a str,
}

#[derive(Serialize)]
struct ToolView<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    input_schema: Schema<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Schema<'a> {
    Given(&'a Value),
    /// The API demands a type; arguments are an object in any case.
    Any(Value),
}

impl<'a> ToolView<'a> {
    fn of(tool: &'a Tool) -> Result<Self> {
        let name = &*tool.name;
        let input_schema = match &tool.parameters {
            Value::Null => Schema::Any(json!({"type": "object"})),
            Value::Object(fields) if fields.is_empty() => Schema::Any(json!({"type": "object"})),
            schema @ Value::Object(_) => Schema::Given(schema),
            _ => return Err(wrong(&format!("the parameters of the tool `{name}` are no schema"))),
        };
        Ok(Self {
            name,
            description: tool.description.as_deref(),
            input_schema,
            strict: tool.strict,
        })
    }
}

#[derive(Serialize)]
struct ChoiceView<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_parallel_tool_use: Option<bool>,
}

/// Whether and which tool must be called, and whether several may be at once: one object here.
fn tool_choice(request: &ChatRequest) -> Option<ChoiceView<'_>> {
    let parallel = request.parallel_tool_calls.filter(|_| !request.tools.is_empty());
    let (r#type, name) = match &request.tool_choice {
        // Several at once is the API's own default.
        None => parallel.filter(|parallel| !parallel).map(|_| ("auto", None))?,
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Required) => ("any", None),
        Some(ToolChoice::Function(name)) => ("tool", Some(&**name)),
        Some(_) => ("auto", None),
    };
    let disable = parallel.filter(|_| r#type != "none").map(|parallel| !parallel);
    Some(ChoiceView { r#type, name, disable_parallel_tool_use: disable })
}

#[derive(Serialize)]
struct Thinking {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'static str>,
}

impl Thinking {
    fn of(reasoning: &Reasoning) -> Option<Self> {
        if reasoning.effort.as_deref() == Some("none") {
            return Some(Self { r#type: "disabled", budget_tokens: None, display: None });
        }
        let budget_tokens = Some(reasoning.max_tokens?);
        let display = |exclude| if exclude { "omitted" } else { "summarized" };
        Some(Self { r#type: "enabled", budget_tokens, display: reasoning.exclude.map(display) })
    }
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    JsonSchema { schema: &'a Value },
}

impl<'a> OutputConfig<'a> {
    fn of(request: &'a ChatRequest) -> Option<Self> {
        let effort = request.reasoning.as_ref().and_then(|reasoning| reasoning.effort.as_deref());
        let effort = effort.filter(|effort| *effort != "none");
        let format = match &request.response_format {
            Some(ResponseFormat::JsonSchema { schema, .. }) => Some(Format::JsonSchema { schema }),
            _ => None,
        };
        (effort.is_some() || format.is_some()).then_some(Self { effort, format })
    }
}
