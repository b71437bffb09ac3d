//! Whether a whole answer is of any use: what shows without asking anybody.

use llm_core::{ChatResponse, Error, ErrorKind, FinishReason, ResponseFormat};
use serde_json::Value;

/// What makes a whole answer useless to whoever asked for `format`, if anything does.
pub(crate) fn flaw(format: Option<&ResponseFormat>, response: &ChatResponse) -> Option<Error> {
    let refused = is_refused(response);
    let cut = response.finish_reason == Some(FinishReason::Length);
    // An answer that was cut short or withheld says itself why there is nothing in it.
    if response.is_empty() && !cut && !refused {
        let message = "the answer holds neither text nor a tool call";
        return Some(Error::new(ErrorKind::EmptyContent, message));
    }
    let calls = &response.message.tool_calls;
    if calls.iter().any(|call| !are_arguments(&call.arguments)) {
        let message = "the arguments of a tool call are not JSON";
        return Some(Error::new(ErrorKind::InvalidToolArguments, message));
    }
    if !calls.is_empty() || refused || response.is_empty() {
        return None;
    }
    let problem = not_as_asked(format?, &response.text())?;
    Some(Error::new(ErrorKind::InvalidJson, problem))
}

/// Whether the model or a filter refused.
pub(crate) fn is_refused(response: &ChatResponse) -> bool {
    let refusal = response.message.refusal.as_deref().unwrap_or_default();
    response.finish_reason == Some(FinishReason::ContentFilter)
        || (!refusal.trim().is_empty() && response.text().trim().is_empty())
}

/// Whether the model or a filter refused, and said nothing else.
pub(crate) fn is_mere_refusal(response: &ChatResponse) -> bool {
    is_refused(response) && response.text().trim().is_empty()
}

/// The JSON of an answer, if it is nothing else.
pub(crate) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok()
}

/// Why a text is not what its format promises, if it is not.
fn not_as_asked(format: &ResponseFormat, text: &str) -> Option<String> {
    let schema = match format {
        ResponseFormat::JsonObject => None,
        ResponseFormat::JsonSchema { schema, .. } => Some(schema),
        // Text, and formats this version cannot read.
        _ => return None,
    };
    let Some(value) = json(text) else { return Some("the answer is not JSON".to_owned()) };
    let Some(schema) = schema else {
        return (!value.is_object()).then(|| "the answer is JSON, but no object".to_owned());
    };
    // A schema that cannot be read is between the caller and the provider, which took it.
    let validator = jsonschema::validator_for(schema).ok()?;
    let error = validator.validate(&value).err()?;
    // The schema is the caller's own; what the answer says stays out of the message.
    Some(format!("the answer breaks its schema at `{}`", error.schema_path()))
}

/// Whether these can be a call's arguments. A tool without parameters is called with nothing.
fn are_arguments(arguments: &str) -> bool {
    arguments.trim().is_empty() || json(arguments).is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use llm_core::ToolCall;
    use serde_json::json;

    use super::*;

    fn check(format: impl Into<Option<ResponseFormat>>, response: &ChatResponse, expected: &str) {
        let found = flaw(format.into().as_ref(), response)
            .map(|error| format!("{}: {}", error.kind(), error.message()));
        assert_eq!(found.unwrap_or_default(), expected);
    }

    fn schema() -> ResponseFormat {
        let schema = json!({
            "type": "object",
            "properties": {"age": {"type": "integer"}},
            "required": ["age"],
        });
        ResponseFormat::JsonSchema {
            name: "person".to_owned(),
            schema: Arc::new(schema),
            strict: true,
        }
    }

    #[test]
    fn json_must_be_what_was_asked_for() {
        let object = || ResponseFormat::JsonObject;
        let text = ChatResponse::from_text;
        check(None, &text("{broken"), "");
        check(ResponseFormat::Text, &text("{broken"), "");
        check(object(), &text(" {\"a\": 1}\n"), "");
        check(object(), &text("{broken"), "invalid_json: the answer is not JSON");
        check(object(), &text("[1]"), "invalid_json: the answer is JSON, but no object");
        check(schema(), &text("{\"age\": 7}"), "");
        check(schema(), &text("Seven."), "invalid_json: the answer is not JSON");
        check(
            schema(),
            &text("{\"age\": \"seven\"}"),
            "invalid_json: the answer breaks its schema at `/properties/age/type`",
        );
        check(schema(), &text("{}"), "invalid_json: the answer breaks its schema at `/required`");
    }

    #[test]
    fn cut_json_is_invalid_but_a_refusal_is_a_refusal() {
        let mut cut = ChatResponse::from_text("{\"age\": ");
        cut.finish_reason = Some(FinishReason::Length);
        check(schema(), &cut, "invalid_json: the answer is not JSON");
        let mut refusal = ChatResponse::default();
        refusal.message.refusal = Some("I cannot".to_owned());
        check(schema(), &refusal, "");
        let mut filtered = ChatResponse::from_text("Half of");
        filtered.finish_reason = Some(FinishReason::ContentFilter);
        check(schema(), &filtered, "");
    }

    #[test]
    fn a_broken_schema_is_not_the_answers_fault() {
        let schema = ResponseFormat::JsonSchema {
            name: "broken".to_owned(),
            schema: Arc::new(json!({"type": 7})),
            strict: true,
        };
        check(schema, &ChatResponse::from_text("{}"), "");
    }

    #[test]
    fn nothing_is_no_answer_unless_it_says_why() {
        let mut response = ChatResponse::default();
        check(None, &response, "empty_content: the answer holds neither text nor a tool call");
        response.finish_reason = Some(FinishReason::Length);
        check(None, &response, "");
        check(schema(), &response, "");
        response.finish_reason = Some(FinishReason::ContentFilter);
        check(None, &response, "");
    }

    #[test]
    fn arguments_of_a_call_must_be_json_or_nothing() {
        let calling = |arguments: &str| {
            let mut response = ChatResponse::default();
            let (name, arguments) = ("look".to_owned(), arguments.to_owned());
            response.message.tool_calls.push(ToolCall { name, arguments, ..ToolCall::default() });
            response
        };
        check(schema(), &calling("{\"a\": 1}"), "");
        check(None, &calling(""), "");
        check(
            None,
            &calling("{bad"),
            "invalid_tool_arguments: the arguments of a tool call are not JSON",
        );
    }
}
