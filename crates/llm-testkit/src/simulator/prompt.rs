//! What a request asks for, read from its JSON in the shape of OpenAI's chat completions.

use serde_json::Value;

/// A chat completion's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prompt<'a>(pub(super) &'a Value);

/// The form an answer must have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form<'a> {
    Text,
    Object,
    Schema(&'a Value),
}

impl<'a> Prompt<'a> {
    /// The models to try, in order.
    pub(super) fn models(self) -> Vec<&'a str> {
        let first = self.0.get("model").and_then(Value::as_str);
        let others = self.list("models").iter().filter_map(Value::as_str);
        first.into_iter().chain(others).collect()
    }

    pub(super) fn messages(self) -> &'a [Value] {
        self.list("messages")
    }

    pub(super) fn is_stream(self) -> bool {
        self.0.get("stream") == Some(&Value::Bool(true))
    }

    /// The most tokens the answer may have.
    pub(super) fn max_tokens(self) -> Option<usize> {
        let fields = ["max_completion_tokens", "max_tokens"];
        let limit = fields.iter().find_map(|field| self.0.get(field)?.as_u64());
        limit.and_then(|limit| usize::try_from(limit).ok())
    }

    /// The text of all messages.
    pub(super) fn text(self) -> String {
        self.messages().iter().map(text_of).collect::<Vec<_>>().join("\n")
    }

    /// The text of the last message.
    pub(super) fn last_text(self) -> String {
        self.messages().last().map(text_of).unwrap_or_default()
    }

    /// A rough count of the prompt's tokens.
    pub(super) fn tokens(self) -> usize {
        let tools = self.tools().iter().map(|tool| tool.to_string().len()).sum::<usize>();
        (self.text().chars().count() + tools).div_ceil(4) + 3 * self.messages().len()
    }

    pub(super) fn has_images(self) -> bool {
        let parts = |message: &Value| message.get("content").and_then(Value::as_array).cloned();
        let parts = self.messages().iter().filter_map(parts).flatten();
        parts.into_iter().any(|part| part.get("type") == Some(&"image_url".into()))
    }

    pub(super) fn tools(self) -> &'a [Value] {
        self.list("tools")
    }

    /// The tools a model that likes tools may call: the one it must, else all on offer; none when
    /// it may not, or has just been handed a result.
    pub(super) fn tools_to_call(self) -> &'a [Value] {
        let choice = self.0.get("tool_choice");
        let last = self.messages().last().and_then(|message| message.get("role"));
        if last == Some(&"tool".into()) || choice == Some(&"none".into()) {
            return &[];
        }
        let forced = choice.and_then(|choice| choice.pointer("/function/name"));
        let tools = self.tools();
        let Some(forced) = forced else { return tools };
        let named = |tool: &Value| tool.pointer("/function/name") == Some(forced);
        let place = tools.iter().position(named);
        place.and_then(|place| tools.get(place..=place)).unwrap_or_default()
    }

    /// Whether a stream is to tell the tokens used, where that is a choice.
    pub(super) fn wants_usage(self) -> bool {
        self.0.pointer("/stream_options/include_usage") == Some(&Value::Bool(true))
    }

    pub(super) fn form(self) -> Form<'a> {
        let Some(format) = self.0.get("response_format") else { return Form::Text };
        match format.get("type").and_then(Value::as_str) {
            Some("json_object") => Form::Object,
            Some("json_schema") => {
                format.pointer("/json_schema/schema").map_or(Form::Object, Form::Schema)
            }
            _ => Form::Text,
        }
    }

    pub(super) fn excludes_reasoning(self) -> bool {
        self.0.pointer("/reasoning/exclude") == Some(&Value::Bool(true))
    }

    fn list(self, field: &str) -> &'a [Value] {
        self.0.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// The text of a message, whose content is a text or a list of parts.
fn text_of(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()
        }
        _ => String::new(),
    }
}
