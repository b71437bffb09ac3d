//! What shows without a judge: answers that are no use, and answers that are the same.

use llm_core::{ChatRequest, ChatResponse, ErrorKind, ResponseFormat};
use serde_json::Value;

use crate::engine::usable::{flaw, is_refused, json};

/// Whether an answer can be used at all, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Soundness {
    /// Nothing speaks against it.
    Sound,
    /// The arguments of a tool call cannot be read.
    NoArguments,
    /// JSON was asked for, and this is none, or not what its schema says.
    NotJson,
    /// The model or a filter refused.
    Refused,
    /// There is nothing in it.
    Empty,
}

impl Soundness {
    /// What is wrong, for people.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::NoArguments => "a tool call with unreadable arguments",
            Self::NotJson => "not the JSON that was asked for",
            Self::Refused => "refused",
            Self::Empty => "empty",
        }
    }
}

/// Checks an answer without asking anybody.
pub(super) fn soundness(request: &ChatRequest, response: &ChatResponse) -> Soundness {
    if is_refused(response) {
        return Soundness::Refused;
    }
    match flaw(request.response_format.as_ref(), response).map(|error| error.kind()) {
        _ if response.is_empty() => Soundness::Empty,
        Some(ErrorKind::InvalidJson) => Soundness::NotJson,
        Some(ErrorKind::InvalidToolArguments) => Soundness::NoArguments,
        _ => Soundness::Sound,
    }
}

/// Whether two answers say the same: line ends, trailing blanks and the layout of JSON aside.
pub(super) fn same(request: &ChatRequest, left: &ChatResponse, right: &ChatResponse) -> bool {
    calls(left) == calls(right) && {
        let (left, right) = (left.text(), right.text());
        canonical(&left) == canonical(&right)
            || (wants_json(request) && json(&left).is_some_and(|value| Some(value) == json(&right)))
    }
}

fn wants_json(request: &ChatRequest) -> bool {
    matches!(
        request.response_format,
        Some(ResponseFormat::JsonObject | ResponseFormat::JsonSchema { .. })
    )
}

fn canonical(text: &str) -> String {
    let lines: Vec<_> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Names and arguments; ids differ from call to call.
fn calls(response: &ChatResponse) -> Vec<(&str, Result<Value, &str>)> {
    let calls = response.message.tool_calls.iter();
    calls.map(|call| (&*call.name, json(&call.arguments).ok_or(call.arguments.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use llm_core::{FinishReason, ToolCall};
    use proptest::prelude::*;

    use super::*;

    fn check(request: &ChatRequest, text: &str, expected: Soundness) {
        assert_eq!(soundness(request, &ChatResponse::from_text(text)), expected, "{text:?}");
    }

    #[test]
    fn asked_for_json_must_parse() {
        let plain = ChatRequest::from("Hi");
        let json = plain.clone().with_response_format(ResponseFormat::JsonObject);
        check(&plain, "{broken", Soundness::Sound);
        check(&json, "{broken", Soundness::NotJson);
        check(&json, " {\"a\": 1}\n", Soundness::Sound);
        check(&json, "", Soundness::Empty);
    }

    #[test]
    fn tool_calls_need_no_json_text() {
        let request = ChatRequest::from("Hi").with_response_format(ResponseFormat::JsonObject);
        let mut response = ChatResponse::default();
        response
            .message
            .tool_calls
            .push(ToolCall { name: "look".to_owned(), ..ToolCall::default() });
        assert_eq!(soundness(&request, &response), Soundness::Sound);
    }

    #[test]
    fn refusals_are_no_use() {
        let request = ChatRequest::from("Hi");
        let mut response = ChatResponse::default();
        response.message.refusal = Some("I cannot".to_owned());
        assert_eq!(soundness(&request, &response), Soundness::Refused);
        let mut cut = ChatResponse::from_text("half of");
        cut.finish_reason = Some(FinishReason::ContentFilter);
        assert_eq!(soundness(&request, &cut), Soundness::Refused);
    }

    #[test]
    fn layout_makes_no_difference() {
        let plain = ChatRequest::from("Hi");
        let json = plain.clone().with_response_format(ResponseFormat::JsonObject);
        let is_same = |request, left, right| {
            same(request, &ChatResponse::from_text(left), &ChatResponse::from_text(right))
        };
        assert!(is_same(&plain, "one \r\ntwo\n", "one\ntwo"));
        assert!(!is_same(&plain, "one  two", "one two"), "inner blanks matter in code");
        assert!(is_same(&json, r#"{"a":1,"b":2}"#, "{\"b\": 2,\n \"a\": 1}"));
        assert!(!is_same(&plain, r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#));
    }

    proptest! {
        #[test]
        fn an_answer_is_the_same_as_itself(text in any::<String>()) {
            let answer = ChatResponse::from_text(text);
            prop_assert!(same(&ChatRequest::from("Hi"), &answer, &answer));
        }
    }
}
